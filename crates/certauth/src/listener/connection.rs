use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::HOST;
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;

use super::handshake::Refused;
use super::{Peer, Shared};
use crate::config::Limits;
use crate::server::HostKind;

impl Shared {
    /// Answers the requests of a connection until either side ends it.
    pub(super) async fn converse(
        &self,
        stream: TlsStream<TcpStream>,
        peer: Peer,
        mut stopped: watch::Receiver<()>,
    ) -> Result<(), Refused> {
        let routes = match self.server.hosts.kind(&peer.server_name) {
            Some(HostKind::Certauth | HostKind::TenantCertauth { .. }) => &self.certauth,
            // Without a name, every request is answered 421.
            Some(HostKind::Login) | None => &self.login,
        };
        let limits = self.limits;
        let peer = Arc::new(peer);
        let under_way = watch::Sender::new(Requests::default());
        let quiet = pin!(quiet(under_way.subscribe(), limits));
        let service = service_fn(move |request| {
            let counted = Counted::begin(&under_way);
            let answer = answer(request, Arc::clone(&peer), routes.clone(), limits);
            async move {
                let answer = answer.await;
                drop(counted);
                answer
            }
        });
        let builder = http(&limits);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(Refused::Http),
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                return connection.await.map_err(Refused::Http);
            }
            () = quiet => connection.as_mut().graceful_shutdown(),
        }
        // A client that does not take part in the farewell is not waited for.
        timeout(limits.request_timeout, connection)
            .await
            .map_err(|_| Refused::Idle)?
            .map_err(Refused::Http)
    }
}

fn http(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST);
    builder
}

/// The requests of a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Requests {
    came: bool,
    under_way: usize,
}

/// A request that is under way until this is dropped.
struct Counted(watch::Sender<Requests>);

impl Counted {
    fn begin(requests: &watch::Sender<Requests>) -> Self {
        requests.send_modify(|requests| {
            requests.came = true;
            requests.under_way += 1;
        });
        Self(requests.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0
            .send_modify(|requests| requests.under_way = requests.under_way.saturating_sub(1));
    }
}

/// Waits until nothing was asked for too long. HTTP/2 keeps a connection for ever otherwise: its
/// pings only show that the client is still there.
async fn quiet(mut requests: watch::Receiver<Requests>, limits: Limits) {
    loop {
        let now = *requests.borrow_and_update();
        let patience = match now {
            Requests { under_way: 1.., .. } => {
                // The sender lives as long as the connection that waits here.
                if requests.changed().await.is_err() {
                    return;
                }
                continue;
            }
            Requests { came: false, .. } => limits.header_timeout,
            Requests { came: true, .. } => limits.idle_timeout,
        };
        match timeout(patience, requests.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

async fn answer(
    request: http::Request<Incoming>,
    peer: Arc<Peer>,
    routes: Router,
    limits: Limits,
) -> Result<Response, Infallible> {
    if !is_for(&request, &peer.server_name) {
        return Ok(misdirected());
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut request: Request =
        request.map(|body| Body::new(Limited::new(body, limits.max_body_bytes)));
    request.extensions_mut().insert(Peer::clone(&peer));
    let answered = timeout(limits.request_timeout, routes.oneshot(request)).await;
    let response = if let Ok(answered) = answered {
        answered?
    } else {
        tracing::warn!(%method, path, "a request took too long");
        (StatusCode::SERVICE_UNAVAILABLE, "it took too long\n").into_response()
    };
    tracing::debug!(
        %method,
        path,
        status = response.status().as_u16(),
        address = %peer.address,
        host = peer.server_name,
        "answered"
    );
    Ok(response)
}

/// Whether a request names the host that the connection was made for (RFC 9110 §7.4). On a
/// connection of the certauth host nothing else may be asked, nor the other way round: the
/// certificate was shown, or not asked for, for this host alone.
fn is_for<B>(request: &http::Request<B>, server_name: &str) -> bool {
    let host = match request.uri().host() {
        Some(host) => Some(host.to_owned()),
        None => the_host_header(request),
    };
    !server_name.is_empty() && host.is_some_and(|host| host.eq_ignore_ascii_case(server_name))
}

/// The host in the one `Host` header of a request, without its port.
fn the_host_header<B>(request: &http::Request<B>) -> Option<String> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return None;
    };
    let authority = host.to_str().ok()?.parse::<http::uri::Authority>().ok()?;
    Some(authority.host().to_owned())
}

fn misdirected() -> Response {
    (
        StatusCode::MISDIRECTED_REQUEST,
        "this connection was made for another host name\n",
    )
        .into_response()
}

const MAX_HEAD_BYTES: usize = 32 * 1024;
const MAX_HEADER_LIST: u32 = 32 * 1024;
const MAX_STREAMS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, hosts: &[&str]) -> http::Request<()> {
        let mut request = http::Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).expect("a request")
    }

    #[test]
    fn a_request_is_for_the_host_of_its_connection_only() {
        let name = "login.localhost";
        for (uri, hosts, fits) in [
            ("/", &["login.localhost"][..], true),
            ("/", &["LOGIN.localhost:8443"], true),
            ("https://login.localhost:8443/", &[], true),
            ("/", &["certauth.login.localhost"], false),
            ("/", &[], false),
            ("/", &[""], false),
            ("/", &["login.localhost", "login.localhost"], false),
            ("/", &["login.localhost@evil.example"], false),
            ("https://evil.example/", &["login.localhost"], false),
        ] {
            assert_eq!(is_for(&request(uri, hosts), name), fits, "{uri} {hosts:?}");
        }
        assert!(!is_for(&request("/", &[""]), ""));
        assert!(!is_for(&request("/", &["login.localhost"]), ""));
    }
}
