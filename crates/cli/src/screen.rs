//! The views as text: the same ones that the window draws.
//!
//! Each function is pure, so that what a person reads is held by tests.

mod ending;
#[cfg(test)]
pub(crate) mod examples;
mod picker;

use sign_in::view::{Method, PinPrompt, Problem, RecentAccount, Screen, View};

use crate::plain::plain;
use crate::words;

pub(crate) use ending::{refusal, signed_in};
pub(crate) use picker::{by_fingerprint, picker, preset, rows};

/// Draws a view: what is read before a question, or in the end.
pub fn draw(view: &View) -> String {
    match &view.screen {
        Screen::Account {
            recent, problem, ..
        } => account(recent, problem.as_ref()),
        Screen::Method { methods } => choices(methods),
        Screen::Picker(shown) => picker(shown),
        Screen::Pin(prompt) => pin(prompt),
        Screen::Password { problem, .. } => said(problem.as_ref()),
        Screen::SecondFactor {
            proven,
            offers,
            asking,
            application,
            problem,
            ..
        } => {
            let mut lines = vec![words::second_factor(proven, application.as_deref())];
            lines.extend(problem.iter().map(words::problem));
            lines.extend(another(offers, *asking).map(words::or_instead));
            lines.join("\n")
        }
        Screen::Touch(prompt) => words::cards::touch(prompt),
        Screen::Progress { doing } => words::doing(*doing).to_owned(),
        Screen::SignedIn(session) => signed_in(session, false),
        Screen::Error(shown) => refusal(shown),
    }
}

/// The way that comes after the one being asked for, in turn.
pub(crate) fn another(offers: &[Method], asking: Method) -> Option<Method> {
    let at = offers.iter().position(|offer| *offer == asking)?;
    let next = offers.get(at + 1).or_else(|| offers.first())?;
    (*next != asking).then_some(*next)
}

fn account(recent: &[RecentAccount], problem: Option<&Problem>) -> String {
    let mut lines = vec![said(problem)];
    lines.retain(|line| !line.is_empty());
    lines.extend(recent.iter().map(|account| {
        let at = format!("{} at {}", plain(&account.username), plain(&account.server));
        words::recent(&at, account.signed_in)
    }));
    lines.join("\n")
}

fn choices(methods: &[Method]) -> String {
    let mut lines = vec![words::HOW.to_owned()];
    let numbered = methods.iter().zip(1..);
    lines
        .extend(numbered.map(|(method, number)| format!("  {number}  {}", words::choice(*method))));
    lines.join("\n")
}

fn pin(prompt: &PinPrompt) -> String {
    let mut lines: Vec<String> = prompt.problem.iter().map(words::pin_problem).collect();
    if prompt.problem.is_none()
        && let Some(tries) = prompt.token.tries_left
    {
        lines.push(words::tries_left(tries));
    }
    if prompt.factory_pin {
        lines.push(words::cards::FACTORY_PIN.to_owned());
    }
    if prompt.last_try {
        lines.push(format!("{} {}", words::LAST_TRY, words::LAST_TRY_HINT));
    }
    lines.join("\n")
}

fn said(problem: Option<&Problem>) -> String {
    problem.map(words::problem).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sign_in::view::{
        Action, CheckLine, CheckOutcome, ErrorScreen, Fault, Method, ModuleFailure, Picker,
        PinEntry, PinProblem, PinPrompt, Problem, Reader, ReaderState, Reason, RowWarning, Screen,
        SignedIn, Strength, Through, TokenGroup, TouchPrompt, Unusable, UsedCertificate,
    };

    use super::examples::{candidate, token, view};
    use super::{another, draw, picker};

    fn shown_picker() -> Picker {
        let mut soon = candidate("Sam Ortiz").row;
        soon.warning = Some(RowWarning::ExpiresSoon { days: 12 });
        let rows = vec![candidate("Lee Park").row, soon];
        let misfit = |name: &str, reason: Reason, can_send: bool| Unusable {
            row: candidate(name).row,
            token: "Meridian demo".to_owned(),
            reason,
            can_send,
        };
        Picker {
            host: "t1.certauth.login.example".to_owned(),
            selected: Some(rows[0].sha256.clone()),
            groups: vec![TokenGroup {
                token: token(),
                rows,
            }],
            unusable: vec![
                misfit("Old", Reason::Expired { at: 1_760_000_000 }, true),
                misfit(
                    "Far",
                    Reason::WrongIssuer {
                        issuer: "Other CA".to_owned(),
                    },
                    true,
                ),
                misfit("Bare", Reason::NoPrivateKey, false),
            ],
            searching: false,
            readers: vec![Reader {
                name: "Reader 1".to_owned(),
                state: ReaderState::InUse {
                    by: Some("scdaemon".to_owned()),
                },
            }],
            failures: vec![ModuleFailure {
                module: "acme".to_owned(),
                cause: "no answer within 10 seconds".to_owned(),
            }],
        }
    }

    fn prompt() -> PinPrompt {
        PinPrompt {
            token: token(),
            certificate: candidate("Lee Park").row,
            shortest: 4,
            longest: 64,
            digits_only: false,
            through: Through::Module,
            entry: PinEntry::Typed,
            factory_pin: false,
            last_try: false,
            problem: None,
            busy: false,
        }
    }

    #[test]
    fn the_picker_is_a_numbered_list_with_the_reasons_of_what_does_not_fit() {
        insta::assert_snapshot!("picker", draw(&view(Screen::Picker(shown_picker()))));
    }

    #[test]
    fn a_picker_without_a_fit_says_so() {
        let mut shown = shown_picker();
        shown.groups.clear();
        insta::assert_snapshot!("picker_no_fit", picker(&shown));
        shown.unusable.clear();
        shown.readers.clear();
        shown.failures.clear();
        insta::assert_snapshot!("picker_empty", picker(&shown));
    }

    #[test]
    fn a_name_on_a_certificate_cannot_act_on_the_terminal() {
        let mut shown = shown_picker();
        shown.groups[0].rows[0].name = "Lee\u{1b}[2J".to_owned();
        shown.groups[0].token.name = "\u{1b}]0;x\u{7}".to_owned();
        shown.unusable[0].token = "\u{9b}31m".to_owned();
        assert!(!picker(&shown).contains(['\u{1b}', '\u{7}', '\u{9b}']));
    }

    #[test]
    fn a_pin_prompt_tells_the_tries_only_where_the_token_does() {
        let pin = |prompt: PinPrompt| draw(&view(Screen::Pin(Box::new(prompt))));
        assert_eq!(pin(prompt()), "");
        let mut two = prompt();
        two.token.tries_left = Some(2);
        assert_eq!(pin(two), "2 tries left.");
        let wrong = PinProblem::Wrong {
            tries_left: Some(1),
        };
        let last = PinPrompt {
            last_try: true,
            problem: Some(wrong),
            ..prompt()
        };
        insta::assert_snapshot!("pin_last_try", pin(last));
        let wrong = PinProblem::Wrong { tries_left: None };
        let unknown = pin(PinPrompt {
            problem: Some(wrong),
            ..prompt()
        });
        assert!(!unknown.contains(char::is_numeric), "{unknown}");
    }

    #[test]
    fn a_touch_is_asked_for_and_one_that_is_guessed_is_not_promised() {
        let touch = |certain: bool| {
            let prompt = TouchPrompt {
                token: token(),
                certificate: candidate("Lee Park").row,
                server: "https://login.example".to_owned(),
                application: None,
                since: 1_790_000_000,
                seconds: 15,
                certain,
            };
            draw(&view(Screen::Touch(Box::new(prompt))))
        };
        assert!(touch(true).starts_with("Touch Meridian demo: it waits 15 seconds."));
        assert!(touch(false).contains("If it blinks"));
    }

    #[test]
    fn a_second_factor_names_what_is_proven_and_who_asks() {
        let screen = Screen::SecondFactor {
            proven: vec![Method::Certificate],
            offers: vec![Method::Password, Method::Code],
            asking: Method::Password,
            application: Some("Payroll".to_owned()),
            problem: Some(Problem::NotRight),
            busy: false,
        };
        insta::assert_snapshot!("second_factor", draw(&view(screen)));
    }

    #[test]
    fn ways_are_a_numbered_list() {
        let methods = vec![Method::Certificate, Method::Password];
        insta::assert_snapshot!("methods", draw(&view(Screen::Method { methods })));
    }

    #[test]
    fn a_refusal_shows_the_code_the_checks_and_the_next_step() {
        let line = |check: &str, outcome: CheckOutcome| CheckLine {
            check: check.to_owned(),
            outcome,
            certificate: None,
            expected: None,
            found: None,
        };
        let mut time = line("time", CheckOutcome::Failed);
        time.certificate = Some("CN=Lee Park".to_owned());
        time.expected = Some("2024-11-09T00:00:00Z until 2026-11-09T00:00:00Z".to_owned());
        time.found = Some("2026-11-22T08:41:00Z".to_owned());
        let screen = Screen::Error(Box::new(ErrorScreen {
            fault: Fault::Refused { code: 500_172 },
            correlation_id: Some("7c1f0e52-9b4d-4a18-b6f3-2e5d90c7a841".to_owned()),
            at: 1_790_000_000,
            checks: vec![
                line("key", CheckOutcome::Passed),
                line("path", CheckOutcome::Passed),
                time,
                line("revocation", CheckOutcome::NotChecked),
            ],
            actions: vec![Action::ChooseAnother, Action::OtherWays, Action::StartOver],
        }));
        insta::assert_snapshot!("refused", draw(&view(screen)));
    }

    #[test]
    fn a_session_says_who_how_and_until_when() {
        let screen = Screen::SignedIn(Box::new(SignedIn {
            server: "https://login.example".to_owned(),
            name: "Lee Park".to_owned(),
            username: "lee@meridian.example".to_owned(),
            tenant: "Meridian".to_owned(),
            since: 1_790_000_000,
            until: 1_790_036_000,
            strength: Strength::MultiFactor,
            factors: vec![Method::Certificate],
            certificate: Some(UsedCertificate {
                sha256: "ab".repeat(32),
                issuer: "Meridian Issuing CA 1".to_owned(),
                not_after: 1_809_000_000,
                token: "Meridian demo".to_owned(),
            }),
            apps: None,
            memory_only: true,
            problem: None,
            opening: None,
        }));
        insta::assert_snapshot!("signed_in", draw(&view(screen)));
    }

    #[test]
    fn ways_come_in_turn() {
        let offers = [Method::Password, Method::Code];
        assert_eq!(another(&offers, Method::Password), Some(Method::Code));
        assert_eq!(another(&offers, Method::Code), Some(Method::Password));
        assert_eq!(another(&[Method::Code], Method::Code), None);
    }
}
