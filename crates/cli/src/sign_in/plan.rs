//! What to do about a view: the pure half of signing in on a terminal.

use sign_in::address;
use sign_in::intent::Intent;
use sign_in::view::{Method, Picker, PinProblem, PinPrompt, Problem, Screen, SignedIn, View};

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
            Screen::Progress { .. } | Screen::Account { busy: true, .. } => Move::Wait,
            Screen::Account {
                server,
                username,
                problem,
                ..
            } => self.account(server, username, problem.as_ref()),
            Screen::Method { methods } => self.method(methods),
            Screen::Picker(picker) => self.picker(picker),
            Screen::Pin(prompt) => self.pin(prompt),
            Screen::Password { busy: true, .. } | Screen::SecondFactor { busy: true, .. } => {
                Move::Wait
            }
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

    fn picker(&mut self, picker: &Picker) -> Move {
        if picker.searching {
            return Move::Wait;
        }
        match (self.wanted.certificate.clone(), self.terminal) {
            (Some(_), _) if self.certificate_sent => end(Ending::SaidNothing),
            (Some(sha256), _) => self.named(picker, sha256),
            (None, Terminal::Person) => Move::Ask(Question::Certificate(Box::new(picker.clone()))),
            (None, Terminal::Nobody) => end(Ending::MissingCertificate(Box::new(picker.clone()))),
        }
    }

    fn named(&mut self, picker: &Picker, sha256: String) -> Move {
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
                problem @ (PinProblem::Blocked | PinProblem::Removed | PinProblem::Token { .. }),
            ) => return end(Ending::Pin(problem.clone())),
            Some(problem @ (PinProblem::Wrong { .. } | PinProblem::Length))
                if self.used.contains(&SecretKind::Pin) || self.terminal == Terminal::Nobody =>
            {
                return end(Ending::Pin(problem.clone()));
            }
            Some(PinProblem::Wrong { .. } | PinProblem::Length) | None => {}
        }
        self.proved = true;
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
mod tests {
    use sign_in::intent::Intent;
    use sign_in::view::{
        Method, Picker, PinProblem, PinPrompt, Problem, Reason, Screen, TokenGroup, Unusable,
    };

    use super::super::ending::Ending;
    use super::{Move, Plan, Question, SecretKind};
    use crate::arguments::{SignIn, Way};
    use crate::outcome::Outcome;
    use crate::screen::examples::{candidate, token, view};
    use crate::terminal::Terminal;

    fn plan(wanted: SignIn, terminal: Terminal) -> Plan {
        Plan::new(wanted, Some("login.example".to_owned()), terminal)
    }

    fn account(problem: Option<Problem>) -> Screen {
        Screen::Account {
            server: String::new(),
            username: String::new(),
            recent: Vec::new(),
            problem,
            busy: false,
        }
    }

    fn picker() -> Picker {
        Picker {
            host: "t1.certauth.login.example".to_owned(),
            groups: vec![TokenGroup {
                token: token(),
                rows: vec![candidate("Lee").row],
            }],
            unusable: vec![
                Unusable {
                    row: candidate("Old").row,
                    token: "Meridian demo".to_owned(),
                    reason: Reason::Expired { at: 0 },
                    can_send: true,
                },
                Unusable {
                    row: candidate("Bare").row,
                    token: "Meridian demo".to_owned(),
                    reason: Reason::NoPrivateKey,
                    can_send: false,
                },
            ],
            selected: None,
            searching: false,
            failures: Vec::new(),
        }
    }

    fn pin(problem: Option<PinProblem>, last_try: bool) -> Screen {
        Screen::Pin(Box::new(PinPrompt {
            token: token(),
            certificate: candidate("Lee").row,
            shortest: 4,
            longest: 64,
            digits_only: false,
            last_try,
            problem,
            busy: false,
        }))
    }

    fn second(asking: Method, problem: Option<Problem>) -> Screen {
        Screen::SecondFactor {
            proven: vec![Method::Certificate],
            offers: vec![Method::Password, Method::Code],
            asking,
            application: None,
            problem,
            busy: false,
        }
    }

    fn ended(next: Move) -> Ending {
        match next {
            Move::End(ending) => *ending,
            Move::Wait | Move::Tell(_) | Move::Ask(_) | Move::Read(..) => {
                panic!("it goes on with {next:?}")
            }
        }
    }

    #[test]
    fn without_a_terminal_every_missing_option_is_named() {
        let on = |wanted: SignIn, screen: Screen| {
            ended(plan(wanted, Terminal::Nobody).on(&view(screen)))
        };
        let methods = vec![Method::Certificate, Method::Password];
        let password = Screen::Password {
            problem: None,
            busy: false,
        };
        let cases = [
            (account(None), "--username"),
            (Screen::Method { methods }, "--method"),
            (Screen::Picker(picker()), "--certificate"),
            (pin(None, false), "--pin-fd"),
            (password, "--password-fd"),
            (second(Method::Code, None), "--code-fd"),
        ];
        for (screen, option) in cases {
            let ending = on(SignIn::default(), screen);
            assert_eq!(ending.outcome(), Outcome::Usage);
            assert!(ending.words().contains(option), "{}", ending.words());
        }
    }

    #[test]
    fn on_a_terminal_the_same_things_are_asked_for() {
        let mut plan = plan(SignIn::default(), Terminal::Person);
        let server = "login.example".to_owned();
        let asked = plan.on(&view(account(None)));
        assert_eq!(asked, Move::Ask(Question::Username { server }));
        let asked = plan.on(&view(Screen::Picker(picker())));
        assert_eq!(asked, Move::Ask(Question::Certificate(Box::new(picker()))));
        assert!(matches!(
            plan.on(&view(pin(None, false))),
            Move::Ask(Question::Pin(_))
        ));
        let instead = Some(Method::Code);
        let asked = plan.on(&view(second(Method::Password, None)));
        assert_eq!(asked, Move::Ask(Question::Password { instead }));
    }

    #[test]
    fn a_named_certificate_is_sent_even_if_it_does_not_fit() {
        for (name, anyway) in [("Lee", false), ("Old", true)] {
            let sha256 = candidate(name).row.sha256;
            let wanted = SignIn {
                certificate: Some(sha256.clone()),
                ..SignIn::default()
            };
            let next = plan(wanted, Terminal::Nobody).on(&view(Screen::Picker(picker())));
            let remember = false;
            let expected = Intent::UseCertificate {
                sha256,
                remember,
                anyway,
            };
            assert_eq!(next, Move::Tell(expected));
        }
    }

    #[test]
    fn a_named_certificate_that_cannot_be_sent_ends_with_the_reason() {
        let on = |sha256: String| {
            let wanted = SignIn {
                certificate: Some(sha256),
                ..SignIn::default()
            };
            ended(plan(wanted, Terminal::Person).on(&view(Screen::Picker(picker()))))
        };
        let bare = on(candidate("Bare").row.sha256);
        assert_eq!(bare, Ending::CannotBeSent(Reason::NoPrivateKey));
        assert_eq!(on("00".repeat(32)).outcome(), Outcome::Unreachable);
    }

    #[test]
    fn certificates_are_not_judged_while_tokens_are_still_read() {
        let searching = Picker {
            searching: true,
            ..picker()
        };
        let wanted = SignIn {
            certificate: Some("00".repeat(32)),
            ..SignIn::default()
        };
        let next = plan(wanted, Terminal::Nobody).on(&view(Screen::Picker(searching)));
        assert_eq!(next, Move::Wait);
    }

    #[test]
    fn a_pin_from_a_descriptor_is_tried_once() {
        let wanted = SignIn {
            pin_fd: Some(3),
            ..SignIn::default()
        };
        let mut plan = plan(wanted, Terminal::Person);
        assert_eq!(
            plan.on(&view(pin(None, false))),
            Move::Read(SecretKind::Pin, 3)
        );
        let wrong = PinProblem::Wrong {
            tries_left: Some(2),
        };
        let ending = ended(plan.on(&view(pin(Some(wrong.clone()), false))));
        assert_eq!(ending, Ending::Pin(wrong));
        assert_eq!(ending.outcome(), Outcome::Refused);
    }

    #[test]
    fn the_last_try_is_for_a_person_to_make() {
        let wanted = SignIn {
            pin_fd: Some(3),
            ..SignIn::default()
        };
        let ending = ended(plan(wanted, Terminal::Nobody).on(&view(pin(None, true))));
        assert_eq!(ending, Ending::LastTry);
    }

    #[test]
    fn a_person_may_type_a_wrong_pin_again() {
        let wrong = PinProblem::Wrong { tries_left: None };
        let next = plan(SignIn::default(), Terminal::Person).on(&view(pin(Some(wrong), false)));
        assert!(matches!(next, Move::Ask(Question::Pin(_))), "{next:?}");
    }

    #[test]
    fn the_second_factor_is_the_one_whose_descriptor_was_named() {
        let wanted = SignIn {
            code_fd: Some(4),
            ..SignIn::default()
        };
        let mut plan = plan(wanted, Terminal::Nobody);
        let next = plan.on(&view(second(Method::Password, None)));
        assert_eq!(
            next,
            Move::Tell(Intent::AskFor {
                method: Method::Code
            })
        );
        let next = plan.on(&view(second(Method::Code, None)));
        assert_eq!(next, Move::Read(SecretKind::Code, 4));
        let ending = ended(plan.on(&view(second(Method::Code, Some(Problem::CodeNotRight)))));
        assert_eq!(ending, Ending::Problem(Problem::CodeNotRight));
    }

    #[test]
    fn options_imply_the_first_factor() {
        let methods = || Screen::Method {
            methods: vec![Method::Password, Method::Certificate],
        };
        let cases = [
            (
                SignIn {
                    pin_fd: Some(3),
                    ..SignIn::default()
                },
                Method::Certificate,
            ),
            (
                SignIn {
                    password_fd: Some(3),
                    ..SignIn::default()
                },
                Method::Password,
            ),
            (
                SignIn {
                    password_fd: Some(3),
                    method: Some(Way::Certificate),
                    ..SignIn::default()
                },
                Method::Certificate,
            ),
        ];
        for (wanted, method) in cases {
            let next = plan(wanted, Terminal::Nobody).on(&view(methods()));
            assert_eq!(next, Move::Tell(Intent::ChooseMethod { method }));
        }
    }

    #[test]
    fn a_server_that_cannot_be_reached_is_told_from_a_refusal() {
        let wanted = SignIn {
            username: Some("lee@a.example".to_owned()),
            ..SignIn::default()
        };
        let mut plan = plan(wanted, Terminal::Nobody);
        assert!(matches!(plan.on(&view(account(None))), Move::Tell(_)));
        assert_eq!(plan.on(&view(account(None))), Move::Wait);
        let problem = Problem::Unreachable {
            cause: "refused".to_owned(),
        };
        let ending = ended(plan.on(&view(account(Some(problem)))));
        assert_eq!(ending.outcome(), Outcome::Unreachable);
    }
}
