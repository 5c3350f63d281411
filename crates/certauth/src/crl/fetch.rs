use std::sync::Arc;

use certs::CrlFault;
use certs::ocsp::OcspFault;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{RequestBuilder, StatusCode};
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::config::{Bound, Fetching};

/// Fetches what tells of revocations over http and https, within a size and a time.
///
/// Lists are signed, so plain http is no loss; https is checked against the system's roots. No
/// proxy is used. A redirect is followed only within the same host, and never from https to http,
/// so that the answer of a CA's server cannot make this one call others.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    bounds: Fetching,
}

/// Why no fetcher can be made.
#[derive(Debug, thiserror::Error)]
#[error("revocation lists cannot be fetched: {0}")]
pub struct NoFetcher(String);

/// What an address gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// A body, and what it is known by.
    Body(Vec<u8>, Validators),
    /// What was there the last time.
    Unchanged,
}

/// What the server knows an earlier answer by (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

impl Fetcher {
    /// Makes a fetcher with its bounds.
    ///
    /// # Errors
    /// If the TLS library refuses its configuration.
    pub fn new(bounds: Fetching) -> Result<Self, NoFetcher> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .no_proxy()
            .redirect(Policy::custom(same_host))
            .build()
            .map_err(|error| NoFetcher(error.to_string()))?;
        Ok(Self { client, bounds })
    }

    /// Its bounds.
    pub(crate) const fn bounds(&self) -> &Fetching {
        &self.bounds
    }

    /// Fetches a list, unless it is the one that is known.
    ///
    /// # Errors
    /// With what went wrong, in the words of the explanation that a refused sign-in carries.
    pub(crate) async fn list(
        &self,
        url: &str,
        bound: Bound,
        known: &Validators,
    ) -> Result<Fetched, CrlFault> {
        let mut request = self.client.get(url);
        for (name, value) in [
            (IF_NONE_MATCH, &known.etag),
            (IF_MODIFIED_SINCE, &known.last_modified),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let conditional = *known != Validators::default();
        Ok(fetch(request, bound, conditional).await?)
    }

    /// Asks an OCSP responder (RFC 6960, appendix A.1).
    ///
    /// # Errors
    /// With what went wrong, in the words of the explanation that a refused sign-in carries.
    pub(crate) async fn ocsp(&self, url: &str, question: Vec<u8>) -> Result<Vec<u8>, OcspFault> {
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/ocsp-request")
            .header(ACCEPT, "application/ocsp-response")
            .body(question);
        match fetch(request, self.bounds.ocsp, false).await? {
            Fetched::Body(bytes, _) => Ok(bytes),
            Fetched::Unchanged => Err(OcspFault::Status(StatusCode::NOT_MODIFIED.as_u16())),
        }
    }
}

/// Why nothing was fetched.
enum Failure {
    Status(u16),
    Unreachable(String),
    TimedOut(u64),
    TooLarge(u64),
}

impl From<Failure> for CrlFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Status(status) => Self::Status(status),
            Failure::Unreachable(cause) => Self::Unreachable(cause),
            Failure::TimedOut(seconds) => Self::TimedOut(seconds),
            Failure::TooLarge(bytes) => Self::TooLarge(bytes),
        }
    }
}

impl From<Failure> for OcspFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Status(status) => Self::Status(status),
            Failure::Unreachable(cause) => Self::Unreachable(cause),
            Failure::TimedOut(seconds) => Self::TimedOut(seconds),
            Failure::TooLarge(bytes) => Self::TooLarge(bytes),
        }
    }
}

async fn fetch(
    request: RequestBuilder,
    bound: Bound,
    conditional: bool,
) -> Result<Fetched, Failure> {
    tokio::time::timeout(bound.time, download(request, bound.bytes, conditional))
        .await
        .unwrap_or(Err(Failure::TimedOut(bound.time.as_secs())))
}

async fn download(
    request: RequestBuilder,
    most: usize,
    conditional: bool,
) -> Result<Fetched, Failure> {
    let mut response = request.send().await.map_err(|error| unreachable(&error))?;
    if conditional && response.status() == StatusCode::NOT_MODIFIED {
        return Ok(Fetched::Unchanged);
    }
    if response.status() != StatusCode::OK {
        return Err(Failure::Status(response.status().as_u16()));
    }
    let too_large = || Failure::TooLarge(u64::try_from(most).unwrap_or(u64::MAX));
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > most) {
        return Err(too_large());
    }
    let validators = Validators {
        etag: text(response.headers(), &ETAG),
        last_modified: text(response.headers(), &LAST_MODIFIED),
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(&error))?
    {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched::Body(bytes, validators))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= MOST_VALIDATOR_BYTES).then(|| value.to_owned())
}

fn tls() -> Result<rustls::ClientConfig, NoFetcher> {
    let builder = || {
        rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| NoFetcher(error.to_string()))
    };
    match builder()?.with_platform_verifier() {
        Ok(builder) => Ok(builder.with_no_client_auth()),
        Err(error) => {
            tracing::warn!(%error, "the system has no root certificates: lists on https servers cannot be fetched");
            Ok(builder()?
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth())
        }
    }
}

fn same_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let stays = attempt.previous().last().is_some_and(|from| {
        let to = attempt.url();
        let upgraded = from.scheme() == "http" && to.scheme() == "https";
        let same_server = from.scheme() == to.scheme()
            && from.port_or_known_default() == to.port_or_known_default();
        from.host_str() == to.host_str() && (same_server || upgraded)
    });
    if stays && attempt.previous().len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Says the innermost cause: "Connection refused" helps, "error sending request" does not.
fn unreachable(error: &reqwest::Error) -> Failure {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Failure::Unreachable(cause.to_string())
}

const MOST_REDIRECTS: usize = 5;
/// A longer one is not kept, and the list is fetched whole each time.
const MOST_VALIDATOR_BYTES: usize = 1024;
