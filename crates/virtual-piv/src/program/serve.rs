//! `virtual-piv serve`.

use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clap::Args;
use serde_json::{Value, json};

use super::{Done, control};
use crate::service::{ReaderName, Service};
use crate::state::Folder;
use crate::vpcd::{self, Happening, Reader};
use crate::{Profile, Shared};

/// Put a card into a reader until the input ends.
///
/// Each line of the input is a command, each line of the output a JSON object: what happened, or
/// the answer to a command.
///
///   pull                       take the card out
///   insert                     put it in again
///   touch                      touch it, if it asks
///   touch at-once|when-told|never
///                              what happens when it asks; when-told waits for `touch` or `ignore`
///   ignore                     let its patience end
///   speak                      let a silent card answer after all
///   tries N                    leave so many tries to the PIN
///   log                        what it was asked: counts and bytes by instruction
///   clear                      forget what it was asked
///   fault KIND [ins=87] [p1=..] [p2=9A] [object=5FC105] [after=N]
///                              once, at the next command APDU that fits
///     KIND: removed, removed-afterwards, reset, foreign-select, silent, block-pin, status=6985,
///     truncate=N, claim-longer=N, append=N, pieces=N, ask-exactly
///   disarm                     forget faults that have not happened
///   quit                       end
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    /// The folder that `provision` wrote; a fresh card without keys when there is none.
    folder: Option<PathBuf>,
    /// Where vpcd listens.
    #[arg(long, default_value = "127.0.0.1:35963", conflicts_with = "private")]
    connect: SocketAddr,
    /// Start a pcscd of its own, which nobody finds who does not set `PCSCLITE_CSOCK_NAME`.
    #[arg(long)]
    private: bool,
    /// Call the private reader as a YubiKey's reader is called; ykcs11 looks at no other.
    #[arg(long, requires = "private")]
    yubikey_reader: bool,
}

impl Serve {
    pub(super) fn run(self) -> Done {
        let folder = self.folder.as_ref().map(Folder::new);
        let card = match &folder {
            Some(folder) => folder.load()?,
            None => crate::Card::builder()
                .profile(Profile::YUBIKEY_57)
                .build()?,
        }
        .share();
        let (service, _reader) = self.reader(&card)?;
        if let Some(service) = &service {
            let (name, value) = service.variable();
            say(&json!({ "event": "pcscd", "variable": name, "value": value.to_string_lossy() }));
        }
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            if let Some(folder) = &folder {
                scope.spawn(|| follow(folder, &card, &over));
            }
            let done = obey(&card);
            over.store(true, Ordering::SeqCst);
            card.wake();
            done
        })
    }

    fn reader(
        &self,
        card: &Shared,
    ) -> Result<(Option<Service>, Reader), Box<dyn std::error::Error>> {
        if self.private {
            let name = if self.yubikey_reader {
                ReaderName::YubiKey
            } else {
                ReaderName::Virtual
            };
            let service = Service::start(name)?;
            let reader = service.insert(card)?;
            return Ok((Some(service), reader));
        }
        let address = self.connect;
        let reader = vpcd::connect_and_tell(address, card, |happening| {
            let event = match happening {
                Happening::Connected => "connected",
                Happening::NoReader => "no-reader",
                Happening::Pulled => "pulled",
            };
            say(&json!({ "event": event }));
        })?;
        Ok((None, reader))
    }
}

fn obey(card: &Shared) -> Done {
    for line in io::stdin().lock().lines() {
        match control::obey(card, &line?) {
            control::Obeyed::Quit => break,
            control::Obeyed::Answer(answer) => say(&answer),
        }
    }
    Ok(())
}

/// Keeps the folder as the card is, whoever changes it.
fn follow(folder: &Folder, card: &Shared, over: &AtomicBool) {
    let mut kept = card.with(|card| card.revision());
    loop {
        let is_over = || over.load(Ordering::SeqCst);
        let revision = card.wait_until_changed(kept, is_over);
        if revision == kept {
            return;
        }
        kept = revision;
        if let Err(error) = card.with(|card| folder.save(card)) {
            say(&json!({ "event": "not-saved", "reason": error.to_string() }));
        }
    }
}

fn say(what: &Value) {
    let mut output = io::stdout().lock();
    // Whoever does not listen any more does not miss it.
    drop(writeln!(output, "{what}").and_then(|()| output.flush()));
}
