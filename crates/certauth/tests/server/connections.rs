//! What a connection may take: its place, its time for the handshake, for a request, and for
//! nothing at all.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::support::client::{Client, ask};
use crate::support::site::{CERTAUTH, LOGIN, Site, Wish};

/// Short enough to wait for.
const SOON: Duration = Duration::from_millis(50);
/// Far longer than a handshake takes.
const LONG: Duration = Duration::from_millis(400);
/// Nothing here takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn connections_beyond_the_cap_wait_until_one_ends() {
    let mut wish = Wish::default();
    wish.limits.max_connections = 2;
    let site = Site::start_with(wish).await;
    let client = Client::new(&site);
    let first = client.connect(&site, LOGIN).await.unwrap();
    let mut second = client.connect(&site, LOGIN).await.unwrap();
    let third = timeout(LONG, client.connect(&site, LOGIN)).await;
    assert!(third.is_err(), "a third connection was served");
    assert_eq!(ask(&mut second, LOGIN, "/who").await.unwrap().status, 200);
    drop((first, second));
    // The one that gave up waiting is still in the queue, and takes its place only briefly.
    let mut fourth = timeout(PATIENCE, client.connect(&site, LOGIN))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ask(&mut fourth, LOGIN, "/who").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_handshake_that_stops_in_the_middle_ends() {
    let mut wish = Wish::default();
    wish.limits.handshake_timeout = SOON;
    wish.limits.certificate_timeout = SOON;
    let site = Site::start_with(wish).await;
    for host in [LOGIN, CERTAUTH] {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        stream.write_all(&hello(&site, host)).await.unwrap();
        // The server answers the hello, and then waits no longer than the limit.
        let mut answer = Vec::new();
        let ended = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{host}");
        assert!(!answer.is_empty(), "{host}");
    }
}

#[tokio::test]
async fn half_a_request_ends_with_the_limit_for_its_head() {
    let mut wish = Wish::default();
    wish.limits.header_timeout = SOON;
    let site = Site::start_with(wish).await;
    let client = Client::new(&site);
    for begun in ["", "GET /who HTTP/1.1\r\nHost: login.localhost\r\nX-Slow: "] {
        let mut stream = client.connect(&site, LOGIN).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let answer = the_rest(&mut stream).await;
        assert!(!answer.contains("200 OK"), "{begun:?}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_that_is_kept_alive_for_nothing_ends() {
    let mut wish = Wish::default();
    wish.limits.header_timeout = SOON;
    let site = Site::start_with(wish).await;
    let mut stream = Client::new(&site).connect(&site, LOGIN).await.unwrap();
    let request = format!("GET /who HTTP/1.1\r\nHost: {LOGIN}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert!(the_rest(&mut stream).await.contains("200 OK"));
}

#[tokio::test]
async fn an_idle_http_2_connection_ends_though_its_client_answers_pings() {
    let mut wish = Wish::default();
    wish.limits.idle_timeout = SOON;
    let site = Site::start_with(wish).await;
    let mut stream = http_2(&site).await;
    // HEADERS on stream 1, ended at once: GET https://login.localhost/healthz, by the static table
    // of HPACK (RFC 7541 Appendix A) and literals without Huffman coding.
    let mut headers = vec![0x82, 0x87, 0x04, 8];
    headers.extend(b"/healthz");
    headers.extend([0x01, u8::try_from(LOGIN.len()).unwrap()]);
    headers.extend(LOGIN.bytes());
    frame(&mut stream, HEADERS, END_STREAM | END_HEADERS, 1, &headers).await;
    let seen = timeout(PATIENCE, kinds_until_the_end(&mut stream, true)).await;
    let seen = seen.expect("the connection ends").unwrap();
    assert!(
        seen.contains(&HEADERS),
        "the request was answered: {seen:?}"
    );
    assert!(seen.contains(&GOAWAY), "{seen:?}");
}

#[tokio::test]
async fn an_http_2_connection_without_any_request_ends() {
    let mut wish = Wish::default();
    wish.limits.header_timeout = SOON;
    wish.limits.request_timeout = SOON;
    let site = Site::start_with(wish).await;
    // One client takes part in the farewell, one does not.
    for polite in [true, false] {
        let mut stream = http_2(&site).await;
        let seen = timeout(PATIENCE, kinds_until_the_end(&mut stream, polite)).await;
        let seen = seen.expect("the connection ends").unwrap();
        assert!(seen.contains(&GOAWAY), "{seen:?}");
    }
}

/// A connection that speaks HTTP/2 and has said what RFC 9113 §3.4 wants first.
async fn http_2(site: &Site) -> TlsStream<TcpStream> {
    let mut client = Client::new(site);
    client.config.alpn_protocols = vec![b"h2".to_vec()];
    let mut stream = client.connect(site, LOGIN).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    frame(&mut stream, SETTINGS, 0, 0, &[]).await;
    stream
}

async fn frame(stream: &mut TlsStream<TcpStream>, kind: u8, flags: u8, id: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(id.to_be_bytes());
    bytes.extend(payload);
    stream.write_all(&bytes).await.unwrap();
}

/// The kinds of the frames that come until the server ends the connection.
async fn kinds_until_the_end(
    stream: &mut TlsStream<TcpStream>,
    answers_pings: bool,
) -> io::Result<Vec<u8>> {
    let mut seen = Vec::new();
    loop {
        let mut head = [0; 9];
        match stream.read_exact(&mut head).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(seen),
            Err(error) => return Err(error),
        }
        let [high, middle, low, kind, flags, ..] = head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await?;
        seen.push(kind);
        if kind == PING && flags & ACK == 0 && answers_pings {
            frame(stream, PING, ACK, 0, &payload).await;
        }
    }
}

async fn the_rest(stream: &mut TlsStream<TcpStream>) -> String {
    let mut answer = Vec::new();
    // The server may close without the farewell of TLS.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends");
    String::from_utf8(answer).unwrap()
}

/// The first message of a client.
fn hello(site: &Site, host: &str) -> Vec<u8> {
    let config = std::sync::Arc::new(Client::new(site).config);
    let name = rustls_pki_types::ServerName::try_from(host.to_owned()).unwrap();
    let mut client = rustls::ClientConnection::new(config, name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
