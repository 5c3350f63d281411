//! The demo's plain web server on the loopback address: the revocation list and the applications.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::crl::Publisher;
use super::relying_party::{Answer, Cookies, RelyingParty, page};
use crate::clock;
use crate::say;

/// What the server answers with.
#[derive(Debug)]
pub struct Site {
    /// The issuing authority's revocation list.
    pub list: Publisher,
    /// The applications, each below its own path.
    pub applications: Vec<RelyingParty>,
}

/// The running server; it stops when dropped.
///
/// It has a thread and a runtime of its own, so that a test may hold it inside any other runtime.
#[derive(Debug)]
pub struct Web {
    site: Arc<Site>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Web {
    /// Answers on a socket that already listens.
    ///
    /// # Errors
    ///
    /// When no runtime can be started.
    pub fn serve(listener: TcpListener, site: Site) -> Result<Self> {
        let site = Arc::new(site);
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the demo's web server")?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let answering = Arc::clone(&site);
        let thread = thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = accept(listener, answering) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self {
            site,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns what the server answers with.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, site: Arc<Site>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                say::failure(format_args!("the demo's web server stopped: {error}"));
                return;
            }
        };
        let site = Arc::clone(&site);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let site = Arc::clone(&site);
                async move { Ok::<_, Infallible>(site.answer(&request).await) }
            });
            // A browser that goes away in mid-sentence is none of the demo's business.
            drop(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}

impl Site {
    async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let path = request.uri().path();
        let outcome = match path {
            LIST => self.list(),
            "/style.css" => content("text/css", page::STYLE.into()),
            _ => self.application(request).await,
        };
        outcome.unwrap_or_else(|error| {
            say::failure(format_args!("{path}: {error:#}"));
            plain(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }

    fn list(&self) -> Result<Answer> {
        content("application/pkix-crl", self.list.der(clock::unix_now())?)
    }

    async fn application(&self, request: &Request<Incoming>) -> Result<Answer> {
        let path = request.uri().path();
        let found = self.applications.iter().find_map(|party| {
            let rest = path
                .strip_prefix('/')?
                .strip_prefix(party.application().id)?;
            rest.starts_with('/').then_some((party, rest))
        });
        let Some((party, rest)) = found else {
            return Ok(plain(StatusCode::NOT_FOUND));
        };
        let query = request.uri().query().unwrap_or_default();
        party
            .answer(rest, query, &Cookies::of(request.headers()))
            .await
    }
}

fn content(kind: &str, body: Vec<u8>) -> Result<Answer> {
    Ok(Response::builder()
        .header(CONTENT_TYPE, kind)
        .body(Full::from(body))?)
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::from(status.to_string()));
    *answer.status_mut() = status;
    answer
}

/// Where the revocation list is.
pub const LIST: &str = "/crl/issuing.crl";
