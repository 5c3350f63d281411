//! What ends a demo: the person, the app, or a server that should have gone on.

use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use anyhow::{Context as _, Result};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Something that the demo waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Ctrl-C, or somebody asked the program to end.
    Interrupted,
    /// The program that the person looks at has ended: cargo, Lanyard.
    ClientEnded(ExitStatus),
    /// The identity server has ended.
    CertauthEnded(ExitStatus),
}

/// The events of one demo.
#[derive(Debug)]
pub(super) struct Events {
    tell: Sender<Event>,
    told: Receiver<Event>,
}

impl Events {
    /// Listens for SIGINT, SIGTERM and SIGHUP from now on; none of them ends this program at once.
    pub(super) fn listen() -> Result<Self> {
        let (tell, told) = mpsc::channel();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot listen for signals")?;
        let (mut interrupt, mut terminate, mut hang_up) = {
            let _entered = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            )
        };
        let interrupted = tell.clone();
        thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                        _ = hang_up.recv() => {}
                    }
                    if interrupted.send(Event::Interrupted).is_err() {
                        break;
                    }
                }
            });
        });
        Ok(Self { tell, told })
    }

    /// Returns what a watched server calls at its end.
    pub(super) fn when_certauth_ends(&self) -> impl FnOnce(ExitStatus) + Send + 'static {
        self.when(Event::CertauthEnded)
    }

    /// Returns what the program that the person looks at calls at its end.
    pub(super) fn when_client_ends(&self) -> impl FnOnce(ExitStatus) + Send + 'static {
        self.when(Event::ClientEnded)
    }

    /// Waits for the next event.
    pub(super) fn next(&self) -> Event {
        self.told
            .recv()
            .expect("the sender lives as long as the receiver")
    }

    fn when(&self, event: fn(ExitStatus) -> Event) -> impl FnOnce(ExitStatus) + Send + 'static {
        let tell = self.tell.clone();
        move |status| {
            // Nobody listens any more once the demo is over.
            let _ = tell.send(event(status));
        }
    }
}
