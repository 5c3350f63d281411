use std::sync::Arc;
use std::time::Duration;

use certs::CrlFault;
use reqwest::redirect::{Attempt, Policy};
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Fetches revocation lists over http and https, within a size and a time.
///
/// Lists are signed, so plain http is no loss; https is checked against the system's roots. No
/// proxy is used. A redirect is followed only within the same host, so that the answer of a CA's
/// server cannot make this one call others.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    max_bytes: usize,
    timeout: Duration,
}

/// Why no fetcher can be made.
#[derive(Debug, thiserror::Error)]
#[error("revocation lists cannot be fetched: {0}")]
pub struct NoFetcher(String);

impl Fetcher {
    /// Makes a fetcher with its limits.
    ///
    /// # Errors
    /// If the TLS library refuses its configuration.
    pub fn new(max_bytes: usize, timeout: Duration) -> Result<Self, NoFetcher> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .no_proxy()
            .redirect(Policy::custom(same_host))
            .build()
            .map_err(|error| NoFetcher(error.to_string()))?;
        Ok(Self {
            client,
            max_bytes,
            timeout,
        })
    }

    /// Fetches one list.
    ///
    /// # Errors
    /// With what went wrong, in the words of the explanation that a refused sign-in carries.
    pub async fn fetch(&self, url: &str) -> Result<Vec<u8>, CrlFault> {
        tokio::time::timeout(self.timeout, self.download(url))
            .await
            .unwrap_or(Err(CrlFault::TimedOut(self.timeout.as_secs())))
    }

    async fn download(&self, url: &str) -> Result<Vec<u8>, CrlFault> {
        let mut response = self
            .client
            .get(url)
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(CrlFault::Status(response.status().as_u16()));
        }
        let too_large = || CrlFault::TooLarge(u64::try_from(self.max_bytes).unwrap_or(u64::MAX));
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&error))?
        {
            if bytes.len().saturating_add(chunk.len()) > self.max_bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
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
    let first = attempt.previous().first();
    let stays = first.is_some_and(|first| first.host_str() == attempt.url().host_str());
    if stays && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Says the innermost cause: "Connection refused" helps, "error sending request" does not.
fn unreachable(error: &reqwest::Error) -> CrlFault {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    CrlFault::Unreachable(cause.to_string())
}

const MAX_REDIRECTS: usize = 5;
