//! `lanyard whoami` and `lanyard sign-out`: the session that this device keeps.

use client::{Account, Device, Failure, Session};
use serde_json::{Value, json};
use sign_in::view::SignedIn;

use crate::outcome::{Outcome, Trouble};
use crate::plain::rfc3339;
use crate::{screen, sign_in as signing, terminal, words};

/// Finds the account whose session is used.
pub(crate) async fn account(device: &Device) -> Result<Account, Trouble> {
    let found = Account::last(device).await;
    found.ok_or_else(|| Trouble::new(Outcome::Refused, words::NOBODY))
}

/// What a failure comes to; a session that the server has ended is removed here as well.
pub(crate) async fn failed(account: Account, failure: Failure) -> Trouble {
    let words = words::failure(&failure);
    let outcome = match failure {
        Failure::SessionEnded => {
            account.forget().await;
            Outcome::Refused
        }
        Failure::SlowDown { .. } => Outcome::Refused,
        Failure::Unreachable { .. }
        | Failure::ServerNotTrusted { .. }
        | Failure::NotAnIdentityServer
        | Failure::NotAsked
        | Failure::Handshake { .. }
        | Failure::Protocol { .. }
        | Failure::Token { .. } => Outcome::Unreachable,
    };
    Trouble::new(outcome, words)
}

/// Says who is signed in, once the server has confirmed it.
pub(crate) async fn whoami(device: &Device, as_json: bool) -> Result<Outcome, Trouble> {
    let account = account(device).await?;
    let server_says = match account.me().await {
        Ok(server_says) => server_says,
        Err(failure) => return Err(failed(account, failure).await),
    };
    let session = account.session();
    if as_json {
        terminal::print_json(&json(session, &server_says));
    } else {
        terminal::print(&screen::signed_in(&shown(session), false));
    }
    Ok(Outcome::Done)
}

/// Signs out, here and at the server.
pub(crate) async fn sign_out(device: &Device, as_json: bool) -> Result<Outcome, Trouble> {
    let account = account(device).await?;
    let username = account.session().username.clone();
    let problem = account.sign_out().await;
    if as_json {
        terminal::print_json(&json!({
            "outcome": "signed_out",
            "account": username,
            "server_told": problem.is_none(),
        }));
        return Ok(Outcome::Done);
    }
    match problem {
        None => terminal::print(words::SIGNED_OUT),
        Some(problem) => {
            terminal::print(words::SIGNED_OUT_HERE);
            terminal::say(&words::problem(&problem));
        }
    }
    Ok(Outcome::Done)
}

fn shown(session: &Session) -> SignedIn {
    let session = session.clone();
    SignedIn {
        server: session.server,
        name: session.name,
        username: session.username,
        tenant: session.tenant,
        since: session.since,
        until: session.until,
        strength: session.strength,
        factors: session.factors,
        certificate: session.certificate,
        apps: None,
        memory_only: session.memory_only,
        problem: None,
        opening: None,
    }
}

fn json(session: &Session, server_says: &Value) -> Value {
    json!({
        "account": session.username,
        "name": session.name,
        "tenant": session.tenant,
        "server": session.server,
        "strength": signing::strength(session.strength),
        "factors": session.factors,
        "since": rfc3339(session.since),
        "until": rfc3339(session.until),
        "server_says": server_says,
    })
}
