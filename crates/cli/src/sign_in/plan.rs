//! What to do about a view: the pure half of signing in on a terminal.

use sign_in::address;
use sign_in::intent::Intent;
use sign_in::view::{
    CardService, Method, Picker, PinEntry, PinProblem, PinPrompt, Problem, Screen, SignedIn, View,
};

use super::ending::Ending;
use crate::arguments::SignIn;
use crate::screen;
use crate::terminal::Terminal;

/// Goes through one sign-in, view by view.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a step that was taken, whatever the others are"
)]
#[derive(Debug)]
pub(crate) struct Plan {
    wanted: SignIn,
    server: Option<String>,
    terminal: Terminal,
    /// Whether an account was named to the conversation.
    entered: bool,
    /// Whether anything was proven: without it, the session was there before.
    proved: bool,
    method_chosen: bool,
    certificate_sent: bool,
    /// The secrets that were read from their descriptors: each is tried once.
    used: Vec<SecretKind>,
}

/// The next thing to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Move {
    /// The world has the word.
    Wait,
    /// Tell the conversation what the person wants.
    Tell(Intent),
    /// Ask the person.
    Ask(Question),
    /// Read a secret from this descriptor.
    Read(SecretKind, u32),
    /// Stop here.
    End(Box<Ending>),
}

/// What only the person knows.
#[derive(Debug, PartialEq)]
pub(crate) enum Question {
    /// The username; the server is known.
    Username { server: String },
    /// One of these ways.
    Method(Vec<Method>),
    /// One of these certificates.
    Certificate(Box<Picker>),
    /// The PIN.
    Pin(Box<PinPrompt>),
    /// The password; an empty one means the other way, where there is one.
    Password { instead: Option<Method> },
    /// The code; an empty one means the other way, where there is one.
    Code { instead: Option<Method> },
}

/// Which secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretKind {
    Pin,
    Password,
    Code,
}

impl Plan {
    pub(crate) fn new(wanted: SignIn, server: Option<String>, terminal: Terminal) -> Self {
        Self {
            wanted,
            server,
            terminal,
            entered: false,
            proved: false,
            method_chosen: false,
            certificate_sent: false,
            used: Vec::new(),
        }
    }

    /// Gives what to do about a view.
    pub(crate) fn on(&mut self, view: &View) -> Move {
        match &view.screen {
            Screen::Progress { .. }
            | Screen::Touch(_)
            | Screen::Account { busy: true, .. }
            | Screen::Password { busy: true, .. }
            | Screen::SecondFactor { busy: true, .. } => Move::Wait,
            Screen::Account {
                server,
                username,
                problem,
                ..
            } => self.account(server, username, problem.as_ref()),
            Screen::Method { methods } => self.method(methods),
            Screen::Picker(picker) => self.picker(picker, &view.card_service),
            Screen::Pin(prompt) => self.pin(prompt),
            Screen::Password { problem, .. } => {
                self.secret(Method::Password, &[Method::Password], problem.as_ref())
            }
            Screen::SecondFactor {
                offers,
                asking,
                problem,
                ..
            } => self.secret(*asking, offers, problem.as_ref()),
            Screen::SignedIn(session) => self.signed_in(session),
            Screen::Error(shown) => end(Ending::Ended(shown.clone())),
        }
    }

    fn account(&mut self, server: &str, username: &str, problem: Option<&Problem>) -> Move {
        if self.entered {
            return match problem {
                Some(problem) => end(Ending::Problem(problem.clone())),
                None => Move::Wait,
            };
        }
        let server = self.server.clone().unwrap_or_else(|| server.to_owned());
        if server.is_empty() {
            return end(Ending::NoServer);
        }
        let username = match &self.wanted.username {
            Some(username) => username.clone(),
            None if !username.is_empty() => username.to_owned(),
            None if self.terminal == Terminal::Person => {
                return Move::Ask(Question::Username { server });
            }
            None => return end(Ending::Missing("--username")),
        };
        self.enter(server, username)
    }

    /// Begins with an account.
    pub(crate) fn enter(&mut self, server: String, username: String) -> Move {
        self.entered = true;
        self.wanted.username = Some(username.clone());
        Move::Tell(Intent::EnterAccount { server, username })
    }

    fn method(&mut self, methods: &[Method]) -> Move {
        if self.method_chosen && self.terminal == Terminal::Nobody {
            return end(Ending::SaidNothing);
        }
        let wanted = match self.first_factor() {
            Some(wanted) if methods.contains(&wanted) => wanted,
            Some(wanted) => return end(Ending::NotOffered(wanted)),
            None => match (methods, self.terminal) {
                ([only], _) => *only,
                (_, Terminal::Person) => return Move::Ask(Question::Method(methods.to_vec())),
                (_, Terminal::Nobody) => return end(Ending::Missing("--method")),
            },
        };
        self.choose(wanted)
    }

    /// Takes a way.
    pub(crate) fn choose(&mut self, method: Method) -> Move {
        self.method_chosen = true;
        Move::Tell(Intent::ChooseMethod { method })
    }

    /// The first factor, where the options name or imply one.
    fn first_factor(&self) -> Option<Method> {
        if self.method_chosen {
            return None;
        }
        let wanted = &self.wanted;
        if let Some(way) = wanted.method {
            Some(way.into())
        } else if wanted.certificate.is_some() || wanted.pin_fd.is_some() {
            Some(Method::Certificate)
        } else {
            wanted.password_fd.map(|_| Method::Password)
        }
    }

    fn picker(&mut self, picker: &Picker, service: &CardService) -> Move {
        if picker.searching {
            return Move::Wait;
        }
        match (self.wanted.certificate.clone(), self.terminal) {
            (Some(_), _) if self.certificate_sent => end(Ending::SaidNothing),
            (Some(sha256), _) => self.named(picker, service, sha256),
            (None, Terminal::Person) => Move::Ask(Question::Certificate(Box::new(picker.clone()))),
            (None, Terminal::Nobody) => end(Ending::MissingCertificate(Box::new(picker.clone()))),
        }
    }

    fn named(&mut self, picker: &Picker, service: &CardService, sha256: String) -> Move {
        let fits = screen::rows(picker)
            .iter()
            .any(|row| row.sha256 == sha256 && !row.gone);
        let misfit = picker
            .unusable
            .iter()
            .find(|entry| entry.row.sha256 == sha256);
        match misfit {
            _ if fits => self.send(sha256, false, false),
            Some(misfit) if misfit.can_send => self.send(sha256, false, true),
            Some(misfit) => end(Ending::CannotBeSent(misfit.reason.clone())),
            None => end(Ending::NotHere {
                service: service.clone(),
                readers: picker.readers.clone(),
                sha256,
                failures: picker.failures.clone(),
            }),
        }
    }

    /// Goes on with a certificate.
    pub(crate) fn send(&mut self, sha256: String, remember: bool, anyway: bool) -> Move {
        self.certificate_sent = true;
        Move::Tell(Intent::UseCertificate {
            sha256,
            remember,
            anyway,
        })
    }

    fn pin(&mut self, prompt: &PinPrompt) -> Move {
        if prompt.busy {
            return Move::Wait;
        }
        match &prompt.problem {
            Some(
                problem @ (PinProblem::Blocked
                | PinProblem::Removed
                | PinProblem::Cancelled
                | PinProblem::NotTouched
                | PinProblem::InUse { .. }
                | PinProblem::Token { .. }),
            ) => return end(Ending::Pin(problem.clone())),
            Some(problem @ (PinProblem::Wrong { .. } | PinProblem::Length))
                if self.used.contains(&SecretKind::Pin) || self.terminal == Terminal::Nobody =>
            {
                return end(Ending::Pin(problem.clone()));
            }
            Some(PinProblem::Wrong { .. } | PinProblem::Length) | None => {}
        }
        if prompt.certificate.gone {
            return end(Ending::Pin(PinProblem::Removed));
        }
        self.proved = true;
        match prompt.entry {
            PinEntry::Typed => {}
            PinEntry::OnReader | PinEntry::NotNeeded => return Move::Tell(Intent::Unlock),
        }
        match (self.wanted.pin_fd, self.terminal) {
            (Some(_), _) if prompt.last_try => end(Ending::LastTry),
            (Some(number), _) => {
                self.used.push(SecretKind::Pin);
                Move::Read(SecretKind::Pin, number)
            }
            (None, Terminal::Person) => Move::Ask(Question::Pin(Box::new(prompt.clone()))),
            (None, Terminal::Nobody) => end(Ending::Missing("--pin-fd")),
        }
    }

    fn secret(&mut self, asking: Method, offers: &[Method], problem: Option<&Problem>) -> Move {
        self.proved = true;
        let from = self.unused(asking);
        if let Some(problem) = problem {
            let may_retype = match problem {
                Problem::NotRight | Problem::CodeNotRight => {
                    self.terminal == Terminal::Person && self.given(asking).is_none()
                }
                Problem::ServerAddress
                | Problem::Unreachable { .. }
                | Problem::ServerNotTrusted { .. }
                | Problem::NotAnIdentityServer
                | Problem::UsernameMissing
                | Problem::SlowDown { .. }
                | Problem::Expired
                | Problem::SignedOut => false,
            };
            if !may_retype {
                return end(Ending::Problem(problem.clone()));
            }
        }
        if let Some(number) = from {
            return self.read(asking, number);
        }
        let by_descriptor = offers
            .iter()
            .copied()
            .find(|offer| self.unused(*offer).is_some());
        if let Some(method) = by_descriptor {
            return Move::Tell(Intent::AskFor { method });
        }
        let instead = screen::another(offers, asking);
        match (asking, self.terminal) {
            (Method::Password, Terminal::Person) => Move::Ask(Question::Password { instead }),
            (Method::Code, Terminal::Person) => Move::Ask(Question::Code { instead }),
            (Method::Password, Terminal::Nobody) => end(Ending::Missing("--password-fd")),
            (Method::Code, Terminal::Nobody) => end(Ending::Missing("--code-fd")),
            (Method::Certificate, _) => Move::Tell(Intent::ChooseAnother),
        }
    }

    fn read(&mut self, asking: Method, number: u32) -> Move {
        match asking {
            Method::Password => {
                self.used.push(SecretKind::Password);
                Move::Read(SecretKind::Password, number)
            }
            Method::Code => {
                self.used.push(SecretKind::Code);
                Move::Read(SecretKind::Code, number)
            }
            Method::Certificate => Move::Tell(Intent::ChooseAnother),
        }
    }

    /// The descriptor that was named for a secret.
    fn given(&self, method: Method) -> Option<u32> {
        match method {
            Method::Password => self.wanted.password_fd,
            Method::Code => self.wanted.code_fd,
            Method::Certificate => None,
        }
    }

    /// The same, as long as nothing was read from it.
    fn unused(&self, method: Method) -> Option<u32> {
        let used = match method {
            Method::Password => self.used.contains(&SecretKind::Password),
            Method::Code => self.used.contains(&SecretKind::Code),
            Method::Certificate => true,
        };
        self.given(method).filter(|_| !used)
    }

    fn signed_in(&self, session: &SignedIn) -> Move {
        let already = !self.proved;
        if already {
            let other_person = self
                .wanted
                .username
                .as_deref()
                .is_some_and(|wanted| !session.username.eq_ignore_ascii_case(wanted.trim()));
            let origin = self.server.as_deref().and_then(address::origin);
            let other_server = origin.is_some_and(|origin| origin != session.server);
            if other_person || other_server {
                // A session of somebody else is left alone, not ended.
                return if self.entered {
                    Move::Wait
                } else {
                    Move::Tell(Intent::StartOver)
                };
            }
        }
        end(Ending::SignedIn {
            session: Box::new(session.clone()),
            already,
        })
    }
}

fn end(ending: Ending) -> Move {
    Move::End(Box::new(ending))
}

#[cfg(test)]
mod tests;
