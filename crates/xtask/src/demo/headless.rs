//! The sign-in in the terminal: Lee, with the certificate on the token.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::events::{Event, Events};
use crate::say;
use crate::world::World;
use crate::world::certauth::Certauth;
use crate::world::child::Running;
use crate::world::people::Credential;
use crate::world::token::PIN;

/// Signs Lee in and prints what the sign-in log has to say about it.
pub(super) fn sign_in(world: &World, certauth: &Certauth, events: &Events) -> Result<()> {
    let lee = world.person("lee");
    let certificate = &world.issued(Credential::Lee).sha256;
    say::heading(format_args!(
        "lanyard sign-in --username {} --certificate {}… --pin-fd 0",
        lee.user_principal_name,
        certificate.get(..8).unwrap_or(certificate)
    ));
    let mut command = world.lanyard(certauth, &world.folder().join("home"))?;
    command
        .args(["sign-in", "--username", &lee.user_principal_name])
        .args(["--certificate", certificate, "--pin-fd", "0"])
        .stdin(Stdio::piped());
    super::leftovers::mark(&mut command, world.folder());
    let (_running, streams) = Running::start(&mut command, events.when_client_ends())?;
    let mut stdin = streams.stdin.context("standard input is a pipe")?;
    writeln!(stdin, "{PIN}").context("lanyard does not take the PIN")?;
    drop(stdin);
    match events.next() {
        Event::ClientEnded(status) => ensure!(status.success(), "lanyard ended with {status}"),
        Event::CertauthEnded(status) => bail!("certauth ended with {status}"),
        Event::Interrupted => bail!("interrupted"),
    }

    say::heading("sign-in log");
    let entries = world.installation().log(1)?;
    let entry = entries.last().context("the sign-in log is empty")?;
    check(entry, &world.issued(Credential::Lee).serial)?;
    let printed = world
        .installation()
        .administer(["log", "--last", "1"], None)?;
    say::line(printed.trim_end());
    say::line(format_args!("\n{} is signed in", lee.name));
    Ok(())
}

/// The newest entry is a success and knows the certificate that was used.
fn check(entry: &Value, serial: &str) -> Result<()> {
    let result = entry.get("result").and_then(Value::as_str);
    ensure!(
        result.is_some_and(|result| result.eq_ignore_ascii_case("success")),
        "the newest entry of the sign-in log is no success: {entry}"
    );
    let known = entry.to_string().to_ascii_lowercase().replace(':', "");
    ensure!(
        known.contains(serial),
        "the sign-in log does not name the certificate: {entry}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_success_with_this_certificate_ends_the_demo_well() {
        let good = json!({"result": "Success", "details": [{"value": "4A:00:FF"}]});
        assert!(check(&good, "4a00ff").is_ok());
        assert!(check(&good, "4a00fe").is_err());
        let failure = json!({"result": "Failure", "details": [{"value": "4A:00:FF"}]});
        assert!(check(&failure, "4a00ff").is_err());
    }
}
