//! Connections to servers: trust, names, and what their failures mean.

use std::fmt::Display;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect};
use sign_in::Failure;
use tls_identity::{Cause, ClientConfig, Protocols, SigningError, Trust, TrustError};
use url::Url;

use crate::settings::Settings;
use crate::wire::http::Http;

/// Who may vouch for a server: the CA that was named for it, or those this computer trusts.
pub(crate) fn trust(settings: &Settings, origin: &str) -> Result<Trust, Failure> {
    match settings.ca_of(origin) {
        Some(file) => {
            Trust::only(authorities(file)?).map_err(|error| unusable(file.display(), &error))
        }
        None => Trust::of_this_computer().map_err(|error| not_trusted(&error)),
    }
}

/// A client for requests that carry no certificate.
pub(crate) fn http(settings: &Settings, origin: &str) -> Result<Http, Failure> {
    let trust = trust(settings, origin)?;
    let config =
        tls_identity::server_only(&trust, Protocols::Http2).map_err(|error| not_trusted(&error))?;
    client(&config, origin, ORDINARY).map(Http::new)
}

/// A client with a TLS configuration of its own, for the host of `url`; nothing is kept for later
/// connections, and no redirect is followed, so that what was meant for one host stays there.
pub(crate) fn client(
    config: &Arc<ClientConfig>,
    url: &str,
    patience: Duration,
) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(config))
        .dns_resolver(Loopback)
        .redirect(redirect::Policy::none())
        .https_only(true)
        .connect_timeout(CONNECTING)
        .timeout(patience)
        .user_agent(concat!("Lanyard/", env!("CARGO_PKG_VERSION")));
    let host = Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    if host.is_some_and(|host| is_loopback_name(&host)) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failure(&error))
}

/// What a failed request means for a person.
pub(crate) fn failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Unreachable {
            cause: Cause::TimedOut.to_string(),
        };
    }
    meaning(Cause::of(error))
}

/// What the cause of a failed connection means for a person.
pub(crate) fn meaning(cause: Cause) -> Failure {
    match cause {
        cause @ (Cause::OtherName | Cause::NotTrusted(_)) => Failure::ServerNotTrusted {
            cause: cause.to_string(),
        },
        cause @ (Cause::Alert(_) | Cause::NothingInCommon(_) | Cause::OlderTlsRefused(_)) => {
            Failure::Handshake {
                cause: cause.to_string(),
            }
        }
        cause @ Cause::Signing(_) => Failure::Token {
            cause: cause.to_string(),
        },
        cause @ (Cause::NotTls(_)
        | Cause::Closed
        | Cause::TimedOut
        | Cause::Unreachable(_)
        | Cause::Other(_)) => Failure::Unreachable {
            cause: cause.to_string(),
        },
    }
}

/// The CA certificates of a file, PEM or DER.
fn authorities(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = fs::read(file).map_err(|error| unusable(file.display(), &error))?;
    let certificates = certs::Certificate::from_pem_or_der(&bytes)
        .map_err(|error| unusable(file.display(), &error))?;
    Ok(certificates
        .iter()
        .map(|certificate| certificate.der().to_vec())
        .collect())
}

fn unusable(what: impl Display, error: &impl Display) -> Failure {
    Failure::ServerNotTrusted {
        cause: format!("{what}: {error}"),
    }
}

pub(crate) fn unprepared(error: &SigningError) -> Failure {
    match error {
        SigningError::Trust(error) => not_trusted(error),
        SigningError::NoScheme | SigningError::NoHost(_) => Failure::Handshake {
            cause: error.to_string(),
        },
    }
}

pub(crate) fn not_trusted(error: &TrustError) -> Failure {
    Failure::ServerNotTrusted {
        cause: error.to_string(),
    }
}

/// `localhost` and every name below it mean this computer (RFC 6761 §6.3), whatever the resolver
/// of the system says of them.
#[derive(Clone, Copy, Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_loopback_name(name.as_str()) {
                let here: [SocketAddr; 2] = [
                    (Ipv4Addr::LOCALHOST, 0).into(),
                    (Ipv6Addr::LOCALHOST, 0).into(),
                ];
                return Ok(Box::new(here.into_iter()) as Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

fn is_loopback_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let ends = host
        .len()
        .checked_sub(LOCALHOST.len())
        .and_then(|start| host.get(start..));
    ends.is_some_and(|end| end.eq_ignore_ascii_case(LOCALHOST))
        && (host.len() == LOCALHOST.len()
            || host.as_bytes().get(host.len() - LOCALHOST.len() - 1) == Some(&b'.'))
}

const LOCALHOST: &str = "localhost";
const CONNECTING: Duration = Duration::from_secs(10);
/// For requests that no token takes part in.
const ORDINARY: Duration = Duration::from_secs(30);
/// For the handshake in which a person may have to touch a key.
pub(crate) const WITH_A_TOKEN: Duration = Duration::from_secs(90);

#[cfg(test)]
mod tests {
    use super::is_loopback_name;

    #[test]
    fn localhost_and_what_lies_below_it_is_this_computer() {
        for name in [
            "localhost",
            "LOCALHOST",
            "login.localhost",
            "t1.certauth.login.localhost.",
        ] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in [
            "",
            "notlocalhost",
            "localhost.example",
            "local",
            "ölocalhost",
        ] {
            assert!(!is_loopback_name(name), "{name}");
        }
    }
}
