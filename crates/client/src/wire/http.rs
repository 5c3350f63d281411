//! Requests to one server over connections that carry no client certificate.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use sign_in::Failure;
use url::Url;

use super::nonce::{self, Nonces, Part};
use super::protocol;
use crate::ambient;
use crate::device_key::DeviceKey;
use crate::reach;
use crate::secret::Secret;

/// A client for one server.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    nonces: Arc<Nonces>,
}

/// An answer, read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            nonces: Arc::default(),
        }
    }

    pub(crate) async fn get(&self, url: &Url) -> Result<Reply, Failure> {
        send(self.client.get(url.clone())).await
    }

    /// Posts a form, with a proof of the device key where one is given.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        key: Option<&DeviceKey>,
    ) -> Result<Reply, Failure> {
        let request = || self.client.post(url.clone()).form(form);
        let Some(key) = key else {
            return send(request()).await;
        };
        let proof = |nonce: Option<&str>| key.proof("POST", url, None, nonce, ambient::now());
        self.prove(Part::Authorization, request, proof).await
    }

    /// Gets a resource with an access token that is bound to the device key (RFC 9449 §7.1).
    pub(crate) async fn get_bound(
        &self,
        url: &Url,
        token: &Secret,
        key: &DeviceKey,
    ) -> Result<Reply, Failure> {
        let mut authorization = HeaderValue::try_from(format!("DPoP {}", token.reveal()))
            .map_err(|_| protocol("the access token cannot be sent in a header"))?;
        authorization.set_sensitive(true);
        let request = || {
            self.client
                .get(url.clone())
                .header(reqwest::header::AUTHORIZATION, authorization.clone())
        };
        let proof = |nonce: Option<&str>| {
            let method = Method::GET.as_str();
            key.proof(method, url, Some(token.reveal()), nonce, ambient::now())
        };
        self.prove(Part::Resource, request, proof).await
    }

    /// Sends a request with a proof. A server that wants its nonce in the proof has done nothing
    /// yet, so the request is sent once more with it (RFC 9449 §8), and never a third time.
    async fn prove(
        &self,
        part: Part,
        request: impl Fn() -> RequestBuilder,
        proof: impl Fn(Option<&str>) -> String,
    ) -> Result<Reply, Failure> {
        let nonce = self.nonces.newest(part);
        let reply = send(request().header(DPOP, proof(nonce.as_deref()))).await?;
        let fresh = self.nonces.keep(part, &reply.headers);
        if !fresh || !nonce::is_wanted(part, reply.status, &reply.headers, &reply.body) {
            return Ok(reply);
        }
        let nonce = self.nonces.newest(part);
        let reply = send(request().header(DPOP, proof(nonce.as_deref()))).await?;
        self.nonces.keep(part, &reply.headers);
        Ok(reply)
    }
}

impl Reply {
    /// Reads the body.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            protocol(format!(
                "status {}, and the answer cannot be read: {error}",
                self.status
            ))
        })
    }

    /// The pause that the server wants, where it wants one.
    pub(crate) fn slow_down(&self) -> Option<Failure> {
        (self.status == 429).then(|| {
            let seconds = self
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok());
            let seconds = seconds.and_then(|value| value.trim().parse().ok());
            Failure::SlowDown {
                seconds: seconds.unwrap_or(UNTOLD_PAUSE),
            }
        })
    }
}

async fn send(request: RequestBuilder) -> Result<Reply, Failure> {
    let response = request
        .header(reqwest::header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(|error| reach::failure(&error))?;
    read(response).await
}

/// Reads an answer whole, up to a size that no honest one has.
pub(crate) async fn read(mut response: Response) -> Result<Reply, Failure> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| reach::failure(&error))?
    {
        if body.len() + chunk.len() > LARGEST {
            return Err(protocol("the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status,
        headers,
        body,
    })
}

const DPOP: HeaderName = HeaderName::from_static("dpop");
const LARGEST: usize = 1024 * 1024;
const UNTOLD_PAUSE: u32 = 30;
