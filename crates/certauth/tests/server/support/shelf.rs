//! A server that has lists and answers for responders, and counts who asks.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use hyper::body::Frame;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// The server.
pub(crate) struct Shelf {
    answers: Mutex<HashMap<String, Answer>>,
    fetches: watch::Sender<usize>,
    unchanged: AtomicUsize,
    /// Lets a slow answer go on.
    pub(crate) go_on: Notify,
    pub(crate) address: SocketAddr,
}

/// Makes an answer of a question.
type Responder = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// What is at a path.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A list.
    List(Vec<u8>),
    /// A list with an `ETag`, by which it may be asked.
    Tagged(Vec<u8>),
    /// A list that comes when it is told to.
    Slow(Vec<u8>),
    /// A responder: the body of the answer to the body of a question.
    Responder(Responder),
    Status(u16),
    Elsewhere(String),
    Never,
    /// Bytes without end, and without a length.
    Endless,
    /// Less than was announced.
    Cut,
}

impl Shelf {
    pub(crate) async fn open() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shelf = Arc::new(Self {
            answers: Mutex::default(),
            fetches: watch::Sender::new(0),
            unchanged: AtomicUsize::new(0),
            go_on: Notify::new(),
            address,
        });
        let routes = Router::new().fallback(answer).with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        shelf
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn put(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// How often something that is there was asked for; redirects do not count.
    pub(crate) fn fetches(&self) -> usize {
        *self.fetches.borrow()
    }

    /// How often "unchanged" was the answer.
    pub(crate) fn unchanged(&self) -> usize {
        self.unchanged.load(Ordering::Relaxed)
    }

    /// Waits until something was asked for so many times.
    pub(crate) async fn asked(&self, times: usize) {
        let mut fetches = self.fetches.subscribe();
        let asked = fetches.wait_for(|count| *count >= times);
        let asked = tokio::time::timeout(Duration::from_secs(20), asked).await;
        asked.unwrap().unwrap();
    }
}

async fn answer(
    State(shelf): State<Arc<Shelf>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = shelf.answers.lock().unwrap().get(uri.path()).cloned();
    let Some(answer) = answer else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Answer::Elsewhere(url) = answer {
        return Redirect::to(&url).into_response();
    }
    shelf.fetches.send_modify(|count| *count += 1);
    match answer {
        Answer::List(bytes) => plain(bytes),
        Answer::Tagged(_)
            if headers
                .get(header::IF_NONE_MATCH)
                .is_some_and(|tag| tag == TAG) =>
        {
            shelf.unchanged.fetch_add(1, Ordering::Relaxed);
            StatusCode::NOT_MODIFIED.into_response()
        }
        Answer::Tagged(bytes) => ([(header::ETAG, TAG)], bytes).into_response(),
        Answer::Slow(bytes) => {
            shelf.go_on.notified().await;
            plain(bytes)
        }
        Answer::Responder(answer) => {
            let kind = [(header::CONTENT_TYPE, "application/ocsp-response")];
            (kind, answer(&body)).into_response()
        }
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Elsewhere(_) => unreachable!(),
        Answer::Never => std::future::pending().await,
        Answer::Endless => Body::new(Frames(None)).into_response(),
        Answer::Cut => {
            let cut = [(header::CONTENT_LENGTH, "4000")];
            (cut, Body::new(Frames(Some(1)))).into_response()
        }
    }
}

fn plain(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/pkix-crl")], bytes).into_response()
}

/// So many pieces of a body; without a number it never ends.
struct Frames(Option<usize>);

impl hyper::body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(left) = &mut self.0 {
            let Some(less) = left.checked_sub(1) else {
                return Poll::Ready(None);
            };
            *left = less;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0x30; 1000])))))
    }
}

const TAG: &str = "\"one\"";
