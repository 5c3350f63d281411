//! What would happen, asked of an exported policy and a certificate on a token, by nothing but two
//! programs and a pipe.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use journeys::requires::Part;
use serde_json::{Value, json};
use xtask::world::people::Credential;

use crate::place::Place;

#[test]
fn a_certificate_of_a_token_is_asked_about_without_server_and_configuration() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm])? else {
        return Ok(());
    };
    let folder = place.folder("exported")?;
    let mut policy = exported(&place, &folder)?;
    let conditional_access = folder.join("payroll.json");
    fs::write(&conditional_access, asks_for_two_factors().to_string())?;
    policy.push(conditional_access);
    let shell = place.shell("lee")?;
    let exported = |credential: Credential| -> Result<String> {
        let sha256 = &place.world.issued(credential).sha256;
        let words = ["list", "--export", "-", "--certificate", sha256];
        let said = shell.lanyard(&words)?;
        assert_eq!(said.code, Some(0), "{said:?}");
        Ok(said.out)
    };
    let table = [
        (Credential::Lee, "lee", "payroll", 0, "accepted", 0),
        (Credential::Sam, "sam", "payroll", 3, "moreNeeded", 50076),
        (Credential::Sam, "sam", "handbook", 0, "accepted", 0),
        (Credential::Sam, "lee", "handbook", 1, "refused", 50034),
        (
            Credential::LeeExpired,
            "lee",
            "payroll",
            1,
            "refused",
            500_172,
        ),
        (
            Credential::LeeUntrusted,
            "lee",
            "payroll",
            1,
            "refused",
            500_176,
        ),
    ];
    let mut certificates = Vec::new();
    for row in table {
        certificates.push(exported(row.0)?);
    }
    let all = shell.lanyard(&["list", "--export", "-"])?.out;
    let program = place.world.binaries().certauth()?;
    drop(place.certauth);

    let nowhere = tempfile::tempdir()?;
    let ask = |certificate: &str, user: &str, application: &str| {
        explain(
            &program,
            nowhere.path(),
            &policy,
            certificate,
            user,
            application,
        )
    };
    for (row, certificate) in table.iter().zip(&certificates) {
        let (credential, user, application, status, verdict, code) = row;
        let (ended, out, err) = ask(certificate, user, application)?;
        assert_eq!(ended, Some(*status), "{credential:?}: {out}{err}");
        let told: Value = serde_json::from_str(&out).with_context(|| out.clone())?;
        assert_eq!(told["verdict"], *verdict, "{credential:?}: {told}");
        assert_eq!(told["code"], *code, "{credential:?}: {told}");
    }
    // Of several people's certificates none is chosen in silence.
    let (ended, _, err) = ask(&all, "lee", "payroll")?;
    assert_eq!(ended, Some(2), "{err}");
    let sha256 = &place.world.issued(Credential::Sam).sha256;
    assert!(
        err.contains("say which") && err.contains(sha256.as_str()),
        "{err}"
    );
    Ok(())
}

/// The files of everything that the tenant has.
fn exported(place: &Place, folder: &Path) -> Result<Vec<PathBuf>> {
    let out = folder.to_str().context("a folder with a plain name")?;
    let printed = place
        .world
        .installation()
        .administer(["export", "--out", out], None)?;
    Ok(printed.lines().map(PathBuf::from).collect())
}

fn explain(
    program: &Path,
    folder: &Path,
    policy: &[PathBuf],
    certificate: &str,
    user: &str,
    application: &str,
) -> Result<(Option<i32>, String, String)> {
    let mut child = Command::new(program)
        .env_clear()
        .current_dir(folder)
        .args(["explain", "-", "--json", "--app", application])
        .args(["--as", &format!("{user}@meridian.example"), "--policy"])
        .args(policy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("standard input is a pipe")?;
    input.write_all(certificate.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    Ok((
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    ))
}

fn asks_for_two_factors() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
        "id": "4f0c5d2e-0000-4000-8000-000000000004", "displayName": "Two factors for payroll",
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": { "includeApplications": ["payroll"] },
            "users": { "includeUsers": ["All"] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
    })
}
