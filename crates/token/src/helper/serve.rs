//! The helper itself: reads questions, has the module answer them, and ends with its parent.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::exit;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::confine;
use super::protocol::{self, HEADER, Kind, ProtocolError};
use crate::pkcs11::message::{Answer, Request};
use crate::pkcs11::{Incoming, Module};
use crate::{Cause, FailedCall, Pin, TokenError};

/// Serves one module until the other side hangs up.
pub(super) fn serve(socket: UnixStream) -> ! {
    exit(match run(socket) {
        Ok(()) => 0,
        Err(why) => {
            complain(&why);
            1
        }
    })
}

fn run(mut socket: UnixStream) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    confine::confine().map_err(said)?;
    let reading = socket.try_clone().map_err(said)?;
    let (requests, inbox) = mpsc::channel();
    thread::spawn(move || read(reading, requests));
    let Some(module) = load(&inbox, &mut socket)? else {
        return Ok(());
    };
    module.run(&inbox, |answer| say(&mut socket, answer));
    Ok(())
}

/// Waits for the module's name and loads it. Without a module there is nothing to serve.
fn load(inbox: &Receiver<Incoming>, socket: &mut UnixStream) -> Result<Option<Module>, String> {
    let Ok(Incoming { request, .. }) = inbox.recv() else {
        return Ok(None);
    };
    let Request::Load { module } = request else {
        return Err("the first question names no module".to_owned());
    };
    let path = Path::new(OsStr::from_bytes(&module));
    let (module, outcome) = match Module::load(path) {
        Ok(module) => (Some(module), Ok(())),
        Err(cause) => (None, Err(cause)),
    };
    say(socket, Answer::Loaded(outcome));
    Ok(module)
}

/// Reads questions until there are no more. The module is then given a moment to log out, unless it
/// hangs.
fn read(mut socket: UnixStream, requests: Sender<Incoming>) {
    while let Some(incoming) = read_one(&mut socket) {
        if requests.send(incoming).is_err() {
            break;
        }
    }
    drop(requests);
    thread::sleep(FAREWELL);
    // An orderly exit would run the module's own end, which hangs as well as the module does.
    let this = rustix::process::getpid();
    let _ = rustix::process::kill_process(this, rustix::process::Signal::KILL);
}

/// One question, with the PIN that follows it. None when the other side has gone or makes no sense.
pub(super) fn read_one(socket: &mut impl Read) -> Option<Incoming> {
    let length = read_header(socket, Kind::Message)?;
    let mut body = vec![0; length];
    socket.read_exact(&mut body).ok()?;
    let request = protocol::decode_request(&body).ok()?;
    let pin = match &request {
        Request::Unlock { typed: true, .. } => Some(read_pin(socket)?),
        Request::Unlock { typed: false, .. }
        | Request::Load { .. }
        | Request::Scan
        | Request::Credentials { .. }
        | Request::PinState { .. }
        | Request::Sign { .. }
        | Request::Lock { .. } => None,
    };
    Some(Incoming { request, pin })
}

/// Reads a PIN into a buffer that is wiped, whatever comes of it.
fn read_pin(socket: &mut impl Read) -> Option<Pin> {
    let length = read_header(socket, Kind::Pin)?;
    let mut typed = Zeroizing::new(vec![0; length]);
    socket.read_exact(&mut typed).ok()?;
    Pin::from_bytes(std::mem::take(&mut *typed)).ok()
}

fn read_header(socket: &mut impl Read, wanted: Kind) -> Option<usize> {
    let mut header = [0; HEADER];
    socket.read_exact(&mut header).ok()?;
    let header = protocol::read_header(header).ok()?;
    (header.kind == wanted).then_some(header.length)
}

/// Sends an answer. When nobody takes it the helper has no purpose, which its reader notices.
fn say(socket: &mut UnixStream, answer: Answer) {
    let frame = protocol::encode(&answer).or_else(|why| protocol::encode(&instead(answer, why)));
    if let Ok(frame) = frame {
        let _ = socket.write_all(&frame);
    }
}

/// What is said where an answer is too long, so that the row has a reason.
fn instead(answer: Answer, why: ProtocolError) -> Answer {
    let failed = FailedCall {
        call: "C_FindObjects".to_owned(),
        code: format!("more than one list holds ({why})"),
    };
    match answer {
        Answer::Token(token) => Answer::SlotFailed {
            slot: token.address.slot,
            failed,
        },
        Answer::Credentials(_) => Answer::Credentials(Err(TokenError::Other(failed))),
        Answer::Loaded(_) => Answer::Loaded(Err(Cause::Call(failed))),
        Answer::Done(_) => Answer::Done(Err(Cause::Call(failed))),
        Answer::PinState(_) => Answer::PinState(Err(TokenError::Other(failed))),
        Answer::SlotFailed { slot, .. } => Answer::SlotFailed { slot, failed },
        Answer::Unlocked(_) => Answer::Unlocked(Err(crate::UnlockError::Other(failed))),
        Answer::Signed(_) => Answer::Signed(Err(crate::SignError::Malformed)),
        Answer::Locked => Answer::Locked,
    }
}

/// Says what went wrong where whoever started the helper collects it.
#[expect(
    clippy::print_stderr,
    reason = "the helper's words are a row's explanation"
)]
fn complain(why: &str) {
    eprintln!("{why}");
}

const FAREWELL: Duration = Duration::from_secs(2);
