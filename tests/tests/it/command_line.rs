//! `lanyard`, from the token to the application.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use journeys::requires::Part;
use journeys::shell::Shell;
use xtask::world::people::Credential;
use xtask::world::token::PIN;

use crate::place::Place;

#[test]
fn lee_signs_in_and_a_script_uses_her_token_until_she_signs_out() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let signed_in = sign_in(&place, &shell, "lee", Credential::Lee, PIN)?.json()?;
    assert_eq!(signed_in["outcome"], "signed_in", "{signed_in}");
    assert_eq!(signed_in["strength"], "multi_factor");
    assert_eq!(signed_in["memory_only"], false);

    let who = shell.lanyard(&["whoami"])?;
    assert!(
        who.code == Some(0) && who.out.contains("lee@meridian.example"),
        "{who:?}"
    );

    let url = format!(
        "{}/meridian.example/oauth2/v2.0/userinfo",
        place.certauth.origin()
    );
    let headers = shell.lanyard(&["token", "--dpop", "GET", &url])?;
    assert_eq!(headers.code, Some(0), "{headers:?}");
    let answer = userinfo(&place, &url, headers.out.lines())?;
    assert!(answer.contains("lee@meridian.example"), "{answer}");
    // The proof was for one request.
    let again = userinfo(&place, &url, headers.out.lines())?;
    assert!(!again.contains("lee@meridian.example"), "{again}");
    // A bound token without its proof is worth nothing.
    let bare = userinfo(&place, &url, headers.out.lines().take(1))?;
    assert!(!bare.contains("lee@meridian.example"), "{bare}");

    let out = shell.lanyard(&["sign-out"])?;
    assert_eq!(out.code, Some(0), "{out:?}");
    let who = shell.lanyard(&["whoami"])?;
    assert_ne!(who.code, Some(0), "{who:?}");
    let after = shell.lanyard(&["token", "--dpop", "GET", &url])?;
    assert_ne!(after.code, Some(0), "{after:?}");
    Ok(())
}

#[test]
fn sam_opens_the_handbook_with_one_factor_and_payroll_wants_another() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("sam")?;
    let signed_in = sign_in(&place, &shell, "sam", Credential::Sam, PIN)?.json()?;
    assert_eq!(signed_in["strength"], "single_factor", "{signed_in}");
    let url = "http://127.0.0.1/";
    let handbook = shell.lanyard(&["token", "--app", "handbook", "--dpop", "GET", url])?;
    assert_eq!(handbook.code, Some(0), "{handbook:?}");
    let payroll = shell.lanyard(&["token", "--app", "payroll", "--dpop", "GET", url])?;
    assert_eq!(payroll.code, Some(1), "{payroll:?}");
    Ok(())
}

#[test]
fn every_refusal_is_explained_in_json_and_in_the_log() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let table = [
        (Credential::LeeExpired, "lee", 500_172),
        (Credential::LeeUntrusted, "lee", 500_176),
        (Credential::RobinRevoked, "robin", 500_171),
        (Credential::Stranger, "lee", 50034),
        (Credential::Sam, "lee", 50034),
        (Credential::Lee, "nobody", 50034),
    ];
    for (credential, user, code) in table {
        let shell = place.shell(&format!("{credential:?}-{user}"))?;
        let said = sign_in(&place, &shell, user, credential, PIN)?;
        let answer = said.json()?;
        assert_eq!(said.code, Some(1), "{said:?}");
        assert_eq!(answer["code"], code, "{credential:?} as {user}: {answer}");
        let id = answer["correlation_id"]
            .as_str()
            .context("a correlation id")?;
        assert!(
            !answer["explanation"]["checks"]
                .as_array()
                .context("checks")?
                .is_empty()
        );

        let log = place.world.installation().log(3)?;
        let row = log
            .iter()
            .find(|row| row["correlationId"] == id && row["code"] == code)
            .with_context(|| format!("no row of {id} in {log:?}"))?;
        assert!(row["explanation"].is_object(), "{row}");
        assert_eq!(row["username"], format!("{user}@meridian.example"));
    }
    Ok(())
}

#[test]
fn a_wrong_pin_is_reported_and_not_tried_again() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let wrong = sign_in(&place, &shell, "lee", Credential::Lee, "654321")?;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(
        wrong.json()?["explanation"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("PIN"))
    );
    assert!(!format!("{wrong:?}").contains("654321"));
    // SoftHSM gives no number of tries, so none is made up.
    assert!(!wrong.out.contains("tries left"), "{wrong:?}");
    let right = sign_in(&place, &shell, "lee", Credential::Lee, PIN)?;
    assert_eq!(right.code, Some(0), "{right:?}");
    Ok(())
}

#[test]
fn twenty_tokens_at_once_sign_nobody_out() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    assert_eq!(
        sign_in(&place, &shell, "lee", Credential::Lee, PIN)?.code,
        Some(0)
    );
    let running = (0..20)
        .map(|_| {
            Ok(shell
                .command(&["token", "--dpop", "GET", "http://127.0.0.1/"])?
                .spawn()?)
        })
        .collect::<Result<Vec<_>>>()?;
    for child in running {
        let output = child.wait_with_output()?;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(shell.lanyard(&["whoami"])?.code, Some(0));
    Ok(())
}

#[test]
fn a_client_killed_anywhere_in_a_refresh_leaves_the_person_signed_in() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    assert_eq!(
        sign_in(&place, &shell, "lee", Credential::Lee, PIN)?.code,
        Some(0)
    );
    for delay in (0..240).step_by(12) {
        let mut child = shell
            .command(&["token", "--dpop", "GET", "http://127.0.0.1/"])?
            .spawn()?;
        // The delay is what moves the kill from step to step; nothing waits for it.
        std::thread::sleep(Duration::from_millis(delay));
        child.kill()?;
        child.wait()?;
    }
    let who = shell.lanyard(&["whoami"])?;
    assert_eq!(who.code, Some(0), "{who:?}");
    let token = shell.lanyard(&["token", "--dpop", "GET", "http://127.0.0.1/"])?;
    assert_eq!(token.code, Some(0), "{token:?}");
    Ok(())
}

#[test]
fn the_list_names_every_certificate_and_the_doctor_every_part() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let list = shell.lanyard(&["list", "--json"])?;
    for credential in Credential::ALL {
        let sha256 = &place.world.issued(*credential).sha256;
        assert!(
            list.out.contains(sha256),
            "{credential:?} is not in {}",
            list.out
        );
    }
    let doctor = shell.lanyard(&["doctor", "--json"])?;
    for part in [
        "softhsm",
        "Meridian demo",
        "keyring",
        place.certauth.origin(),
    ] {
        assert!(doctor.out.contains(part), "{part} is not in {}", doctor.out);
    }
    assert!(!doctor.out.contains(PIN));
    Ok(())
}

fn sign_in(
    place: &Place,
    shell: &Shell<'_>,
    user: &str,
    credential: Credential,
    pin: &str,
) -> Result<journeys::shell::Said> {
    let username = format!("{user}@meridian.example");
    let sha256 = &place.world.issued(credential).sha256;
    let words = [
        "--username",
        &username,
        "--method",
        "certificate",
        "--certificate",
        sha256,
    ];
    shell.sign_in(&words, pin, "no password is asked for")
}

/// Asks `/userinfo` with curl, under these headers.
fn userinfo<'a>(
    place: &Place,
    url: &str,
    headers: impl Iterator<Item = &'a str>,
) -> Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--max-time", "30", "--cacert"])
        .arg(place.world.pki().servers.certificate());
    for header in headers {
        curl.args(["--header", header]);
    }
    let output = curl.arg(url).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

const NEEDED: &[Part] = &[Part::SoftHsm, Part::Keyring, Part::Curl];
