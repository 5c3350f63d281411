//! Signing in on a terminal: the same conversation as in the window.

mod ending;
mod plan;
mod questions;

use client::{Conversation, Device};
use sign_in::view::{PinEntry, Screen, View};
use zeroize::Zeroizing;

use crate::arguments::SignIn;
use crate::descriptors::Descriptors;
use crate::outcome::Outcome;
use crate::terminal::{self, Terminal};
use crate::words;
use ending::Ending;
use plan::{Move, Plan, SecretKind};
use questions::Reply;

pub(crate) use ending::strength;

/// Signs in, and says how it ended.
pub(crate) async fn run(wanted: SignIn, server: Option<String>, device: Device) -> Outcome {
    let json = wanted.json;
    let conversation = Conversation::start(device);
    let face = Face {
        conversation: &conversation,
        descriptors: Descriptors::default(),
        plan: Plan::new(wanted, server, Terminal::of_this_process()),
        said: String::new(),
    };
    let ending = face.converse().await;
    let outcome = ending.outcome();
    if json {
        terminal::print_json(&ending.json());
    } else if outcome == Outcome::Done {
        terminal::print(&ending.words());
    } else {
        terminal::say(&ending.words());
    }
    outcome
}

struct Face<'a> {
    conversation: &'a Conversation,
    descriptors: Descriptors,
    plan: Plan,
    /// What was said last of what takes a while.
    said: String,
}

impl Face<'_> {
    /// Goes from view to view until the sign-in has ended.
    async fn converse(mut self) -> Ending {
        let mut views = self.conversation.views();
        loop {
            let view = views.borrow_and_update().clone();
            self.say_progress(&view);
            let mut next = self.plan.on(&view);
            if let Move::Ask(question) = next {
                let reply = match questions::ask(question, &view).await {
                    Ok(reply) => reply,
                    Err(cause) => {
                        return Ending::Terminal {
                            cause: cause.to_string(),
                        };
                    }
                };
                // An answer to a view that has changed since is no answer to the new one.
                if !matches!(reply, Reply::Stop) && *views.borrow_and_update() != view {
                    terminal::say(words::CHANGED_MEANWHILE);
                    continue;
                }
                next = match reply {
                    Reply::Username { server, username } => self.plan.enter(server, username),
                    Reply::Method(method) => self.plan.choose(method),
                    Reply::Certificate(sha256) => self.plan.send(sha256, true, false),
                    Reply::Tell(intent) => Move::Tell(intent),
                    Reply::Secret(kind, secret) => {
                        self.submit(kind, secret);
                        Move::Wait
                    }
                    Reply::Stop => return Ending::Stopped,
                };
            }
            match next {
                Move::Wait | Move::Ask(_) => {}
                Move::Tell(intent) => self.conversation.wants(intent),
                Move::Read(kind, number) => match self.descriptors.line(number) {
                    Ok(secret) if !secret.is_empty() => self.submit(kind, secret),
                    Ok(_) => {
                        return Ending::Descriptor {
                            number,
                            cause: words::EMPTY.to_owned(),
                        };
                    }
                    Err(cause) => {
                        return Ending::Descriptor {
                            number,
                            cause: cause.to_string(),
                        };
                    }
                },
                Move::End(ending) => return *ending,
            }
            if views.changed().await.is_err() {
                return Ending::SaidNothing;
            }
        }
    }

    fn submit(&self, kind: SecretKind, mut secret: Zeroizing<String>) {
        let text = std::mem::take(&mut *secret);
        match kind {
            SecretKind::Pin => self.conversation.submit_pin(text),
            SecretKind::Password => self.conversation.submit_password(text),
            SecretKind::Code => self.conversation.submit_code(text),
        }
    }

    fn say_progress(&mut self, view: &View) {
        let words = match &view.screen {
            Screen::Progress { doing } => words::doing(*doing).to_owned(),
            Screen::Touch(prompt) => words::cards::touch(prompt),
            Screen::Pin(prompt) if prompt.entry == PinEntry::OnReader => {
                words::cards::at_reader(prompt)
            }
            Screen::Account { .. }
            | Screen::Method { .. }
            | Screen::Picker(_)
            | Screen::Pin(_)
            | Screen::Password { .. }
            | Screen::SecondFactor { .. }
            | Screen::SignedIn(_)
            | Screen::Error(_) => return,
        };
        if words != self.said {
            terminal::say(&words);
            self.said = words;
        }
    }
}
