//! The two connections to the certificate host: one that asks, one that signs.

use std::sync::Arc;

use serde::Deserialize;
use sign_in::{Answer, Failure};
use tls_identity::{Asked, Identity, Outcome, Protocols, Signing, Trust, Versions};
use token::{SignError, Unlocked};

use crate::candidates::Choice;
use crate::reach::{self, WITH_A_TOKEN};
use crate::secret::Secret;
use crate::wire::challenge::CertificateStep;
use crate::wire::{http, protocol};

/// What a host asks for, and whether it asks in TLS 1.2 too.
///
/// Both are asked at the same time, so that a certificate whose token cannot sign for TLS 1.3 is
/// offered only where the server is known to take the older version.
pub(crate) async fn probe_both(
    trust: &Trust,
    endpoint: &url::Url,
) -> Result<(Asked, bool), Failure> {
    let (newest, older) = tokio::join!(
        probe(trust, Versions::Both, endpoint),
        probe(trust, Versions::Tls12, endpoint),
    );
    Ok((newest?, older.is_ok()))
}

/// Learns what a host asks for, with a handshake that sends no certificate.
pub(crate) async fn probe(
    trust: &Trust,
    versions: Versions,
    endpoint: &url::Url,
) -> Result<Asked, Failure> {
    let (config, probe) =
        tls_identity::probe(trust, versions).map_err(|error| reach::not_trusted(&error))?;
    let client = reach::client(&config, endpoint.as_str(), WITH_A_TOKEN)?;
    let mut front = endpoint.clone();
    front.set_path("/");
    front.set_query(None);
    // What the host says to the request does not matter; some end the connection after it.
    let said = client.head(front).send().await;
    match (probe.asked(), said) {
        (Some(asked), _) => Ok(asked),
        (None, Ok(_)) => Err(Failure::NotAsked),
        (None, Err(error)) => Err(reach::failure(&error)),
    }
}

/// What the certificate host gave for the ticket.
pub(crate) enum Presented {
    /// A code that the login host takes.
    ResultCode(Secret),
    /// The journey cannot go on.
    Ended(Answer),
}

/// Why the certificate host gave nothing.
pub(crate) enum NotPresented {
    /// The token made no signature, so the ticket is as good as it was.
    NotSigned(SignError),
    /// Anything else.
    Failed(Failure),
}

impl From<Failure> for NotPresented {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Makes the one handshake that signs, and hands over the ticket on its connection.
///
/// The token signs within the handshake and blocks while it does, so this runs on a thread of its
/// own, with a client that is dropped afterwards.
pub(crate) async fn present(
    trust: Trust,
    step: CertificateStep,
    choice: Choice,
    unlocked: Unlocked,
) -> Result<Presented, NotPresented> {
    let task = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| protocol(format!("no thread for the handshake: {error}")))?;
        runtime.block_on(exchange(&trust, &step, choice, unlocked))
    });
    task.await
        .unwrap_or(Err(NotPresented::NotSigned(SignError::Stopped)))
}

async fn exchange(
    trust: &Trust,
    step: &CertificateStep,
    choice: Choice,
    unlocked: Unlocked,
) -> Result<Presented, NotPresented> {
    let host = step.endpoint.host_str().unwrap_or_default();
    let identity = Identity {
        credential: choice.credential,
        intermediates: choice.intermediates,
        unlocked,
    };
    let signing = tls_identity::signing(trust, host, identity, Protocols::Http1)
        .map_err(|error| reach::unprepared(&error))?;
    let client = reach::client(&signing.config, step.endpoint.as_str(), WITH_A_TOKEN)?;
    let said = client
        .post(step.endpoint.clone())
        .header(reqwest::header::ACCEPT, "application/json")
        .form(&[("ticket", step.ticket.reveal())])
        .send()
        .await;
    drop(client);
    match signing.handshake.outcome() {
        Outcome::Signed(_) | Outcome::Asked => {}
        Outcome::Failed(cause) => {
            return Err(NotPresented::NotSigned(cause));
        }
        // A server that gave no answer at all did not come as far as asking.
        Outcome::NotAsked => {
            let failure =
                said.map_or_else(|error| refusal(&signing, &error), |_| Failure::NotAsked);
            return Err(failure.into());
        }
        Outcome::NothingInCommon { .. } => {
            let cause = "the server takes no signature that this key can make".to_owned();
            return Err(Failure::Handshake { cause }.into());
        }
    }
    let reply = http::read(said.map_err(|error| refusal(&signing, &error))?).await?;
    let told: Told = reply.json()?;
    match (told.result_code, told.error.as_deref()) {
        (Some(code), _) => Ok(Presented::ResultCode(code)),
        (None, Some("invalid_ticket")) => Ok(Presented::Ended(Answer::Expired)),
        (None, told) => {
            let told = told.unwrap_or("without a result");
            Err(protocol(format!("status {} {told}", reply.status)).into())
        }
    }
}

/// What a failed handshake means, with what is known of the token's share in it.
fn refusal(signing: &Signing, error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return reach::failure(error);
    }
    reach::meaning(signing.cause(error))
}

#[derive(Deserialize)]
struct Told {
    result_code: Option<Secret>,
    error: Option<String>,
}

/// Unlocks a token, on a thread that may block: a person may type on the reader.
pub(crate) async fn unlock(
    token: Arc<dyn token::Token>,
    pin: Option<token::Pin>,
) -> Result<Unlocked, token::UnlockError> {
    let task = tokio::task::spawn_blocking(move || match pin {
        Some(pin) => token.unlock(pin),
        None => token.unlock_without_typing(),
    });
    task.await.unwrap_or(Err(token::UnlockError::Stopped))
}

#[cfg(test)]
mod tests;
