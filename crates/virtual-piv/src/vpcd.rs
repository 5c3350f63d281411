//! The card's side of vpcd, the virtual reader of pcscd.
//!
//! Both directions: a length in two bytes, big-endian, then so many bytes. From the reader one
//! byte is a control command (0 off, 1 on, 2 reset, 4 asks for the answer to reset), more is a
//! command APDU. Answered are 4 and APDUs. A card is pulled by closing the connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::shared::Presence;
use crate::{Interruption, Shared, Status};

/// A connection to the reader.
///
/// It is a trait because the reader may listen where only another process can connect.
pub trait Wire: Send {
    /// What is called before each read: vpcd sends a length and its bytes in two segments, and
    /// without an acknowledgement at once the second waits 44 ms for the first.
    fn before_read(&self);
    /// Where commands come from.
    fn input(&mut self) -> &mut dyn Read;
    /// Where answers go to.
    fn output(&mut self) -> &mut dyn Write;
    /// What ends a read that is under way.
    ///
    /// # Errors
    /// When the system has no way to.
    fn ender(&self) -> io::Result<Box<dyn FnOnce() + Send>>;
}

/// What happens between a card and its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The card is in the reader.
    Connected,
    /// The reader is not there, or was lost; it is looked for again.
    NoReader,
    /// The card was pulled.
    Pulled,
}

/// A card in a reader; dropping this pulls it for good.
#[derive(Debug)]
pub struct Reader {
    card: Shared,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Keeps a card in the reader that listens at this address, on a thread of its own: it is looked
/// for again when pcscd starts anew, and the card connects again when it is inserted again.
///
/// # Errors
/// When the system gives no thread.
pub fn connect(address: SocketAddr, card: &Shared) -> io::Result<Reader> {
    connect_and_tell(address, card, |_| {})
}

/// As [`connect`], telling what happens.
///
/// # Errors
/// When the system gives no thread.
pub fn connect_and_tell(
    address: SocketAddr,
    card: &Shared,
    tell: impl Fn(Happening) + Send + 'static,
) -> io::Result<Reader> {
    keep(card, move || TcpWire::open(address), tell)
}

/// As [`connect_and_tell`], over any way to the reader.
///
/// # Errors
/// When the system gives no thread.
pub fn keep<W: Wire>(
    card: &Shared,
    open: impl Fn() -> io::Result<W> + Send + 'static,
    tell: impl Fn(Happening) + Send + 'static,
) -> io::Result<Reader> {
    let (theirs, ended) = (card.clone(), Arc::new(AtomicBool::new(false)));
    let end = ended.clone();
    let thread = thread::Builder::new()
        .name("card".to_owned())
        .spawn(move || run(&theirs, &end, &open, &tell))?;
    Ok(Reader {
        card: card.clone(),
        ended,
        thread: Some(thread),
    })
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        self.card.pull();
        self.card.wake();
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            drop(thread.join());
        }
    }
}

fn run<W: Wire>(
    card: &Shared,
    ended: &AtomicBool,
    open: &dyn Fn() -> io::Result<W>,
    tell: &dyn Fn(Happening),
) {
    let mut said_missing = false;
    loop {
        let is_over = || ended.load(Ordering::SeqCst);
        card.wait_while(|presence| presence == Presence::Pulled && !is_over());
        let Presence::Inserted(moved) = card.presence() else {
            if is_over() {
                return;
            }
            continue;
        };
        let Ok(wire) = open() else {
            if !said_missing {
                tell(Happening::NoReader);
            }
            said_missing = true;
            card.wait_until_moved(moved, RETRY);
            continue;
        };
        said_missing = false;
        tell(Happening::Connected);
        session(card, moved, wire);
        tell(if card.presence() == Presence::Inserted(moved) {
            Happening::NoReader
        } else {
            Happening::Pulled
        });
    }
}

/// One stay in the reader: ends when the card is pulled or the reader goes away.
fn session<W: Wire>(card: &Shared, moved: u64, mut wire: W) {
    let Ok(end) = wire.ender() else { return };
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            card.wait_while(|presence| {
                presence == Presence::Inserted(moved) && !over.load(Ordering::SeqCst)
            });
            end();
        });
        // Either way the stay is over; what the card knows of it is in its log.
        drop(serve(card, moved, &mut wire));
        over.store(true, Ordering::SeqCst);
        card.set_seen(false);
    });
}

fn serve<W: Wire>(card: &Shared, moved: u64, wire: &mut W) -> io::Result<()> {
    let mut last = now();
    let mut looks = Looks::Off;
    loop {
        let message = receive(wire)?;
        let time = now();
        card.with(|card| card.elapse(time.saturating_duration_since(last)));
        last = time;
        match message.as_slice() {
            [] => {}
            [OFF] => {
                card.with(crate::Card::reset);
                looks = Looks::Off;
            }
            [ON | RESET] => {
                card.with(crate::Card::reset);
                looks = Looks::On;
            }
            [ATR] => {
                let atr = card.with(|card| card.atr());
                send(wire, &atr)?;
                looks = looks.again();
                if looks == Looks::Again {
                    card.set_seen(true);
                }
            }
            [_] => return Err(io::ErrorKind::InvalidData.into()),
            command => {
                let answer = match card.transmit(command) {
                    // It is as forgetful as after a reset, and answers like that.
                    Err(Interruption::Reset) => card.transmit(command),
                    other => other,
                };
                match answer {
                    Ok(answer) => send(wire, &answer)?,
                    Err(Interruption::Removed) => return Ok(()),
                    Err(Interruption::Reset | Interruption::SharingViolation) => {
                        send(wire, &Status::FAILED.value().to_be_bytes())?;
                    }
                }
            }
        }
        if card.presence() != Presence::Inserted(moved) {
            return Ok(());
        }
    }
}

/// How often pcscd has asked for the answer to reset since it gave power.
///
/// It asks to see whether a card is there, then gives power and asks again, then tells its
/// clients, then asks every 0.2 s: the second time after power they have been told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Off,
    On,
    Once,
    Again,
}

impl Looks {
    const fn again(self) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::On => Self::Once,
            Self::Once | Self::Again => Self::Again,
        }
    }
}

fn receive<W: Wire>(wire: &mut W) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    wire.before_read();
    wire.input().read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    wire.before_read();
    wire.input().read_exact(&mut message)?;
    Ok(message)
}

fn send<W: Wire>(wire: &mut W, answer: &[u8]) -> io::Result<()> {
    // What vpcd cannot carry is cut off: the length has two bytes.
    let answer = answer.get(..usize::from(u16::MAX)).unwrap_or(answer);
    let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
    let message = [&length.to_be_bytes()[..], answer].concat();
    wire.output().write_all(&message)?;
    wire.output().flush()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a card in a reader lives in real time; in process it is told the time"
)]
fn now() -> Instant {
    Instant::now()
}

/// The reader listens where this process can connect.
struct TcpWire {
    stream: TcpStream,
}

impl TcpWire {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }
}

impl Wire for TcpWire {
    fn before_read(&self) {
        // Without it the card is slow, and works.
        let _ = rustix::net::sockopt::set_tcp_quickack(&self.stream, true);
    }

    fn input(&mut self) -> &mut dyn Read {
        &mut self.stream
    }

    fn output(&mut self) -> &mut dyn Write {
        &mut self.stream
    }

    fn ender(&self) -> io::Result<Box<dyn FnOnce() + Send>> {
        let stream = self.stream.try_clone()?;
        Ok(Box::new(move || {
            // A stream that is down already cannot be taken down again.
            drop(stream.shutdown(std::net::Shutdown::Both));
        }))
    }
}

const OFF: u8 = 0;
const ON: u8 = 1;
const RESET: u8 = 2;
const ATR: u8 = 4;
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(50);
