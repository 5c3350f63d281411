//! `lanyard doctor`: what is wrong, and what to do.

use client::{Device, NotLoaded, Row, Trouble};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::plain::{indented, plain};
use crate::{terminal, words};

/// Looks at everything and prints a line for each.
pub(crate) async fn run(device: &Device, username: Option<&str>, as_json: bool) -> Outcome {
    let rows = device.examine(username).await;
    if as_json {
        terminal::print_json(&rows.iter().map(json).collect::<Vec<_>>());
    } else {
        terminal::print(&rows.iter().map(text).collect::<Vec<_>>().join("\n"));
    }
    if rows.iter().any(Row::is_bad) {
        Outcome::Refused
    } else {
        Outcome::Done
    }
}

/// What is said of one row.
struct Said {
    subject: &'static str,
    found: String,
    advice: Option<String>,
}

fn text(row: &Row) -> String {
    let Said {
        subject,
        found,
        advice,
    } = said(row);
    let mut lines = found.lines();
    let head = lines.next().unwrap_or_default();
    let first = format!("{:<9}{subject:<13}{head}", words::state(row.is_bad()));
    std::iter::once(first)
        .chain(lines.map(|line| indented(line, 24)))
        .chain(advice.map(|advice| indented(&advice, 22)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn json(row: &Row) -> Value {
    let Said {
        subject,
        found,
        advice,
    } = said(row);
    json!({
        "subject": subject,
        "state": if row.is_bad() { "bad" } else { "good" },
        "found": found,
        "advice": advice,
        "facts": row,
    })
}

fn said(row: &Row) -> Said {
    match row {
        Row::Module {
            name,
            path,
            description,
            tokens,
        } => Said::of(
            words::MODULE_ROW,
            words::module(&plain(name), &plain(path), &plain(description), *tokens),
        ),
        Row::ModuleFailed(failure) => Said::of(
            words::MODULE_ROW,
            words::module_failed(&failure.module, &failure.cause),
        )
        .with(words::MODULE_ADVICE),
        Row::ModuleHeldBack { name, path, reason } => held_back(name, path, *reason),
        Row::NoToken => Said::of(words::TOKEN_ROW, words::NO_TOKEN).with(words::NO_TOKEN_ADVICE),
        Row::CardService { state, version } => Said::of(
            words::cards::SERVICE_ROW,
            words::cards::service(state, version.as_deref()),
        )
        .with_any(words::cards::service_advice(state)),
        Row::Reader(reader) => Said::of(words::cards::READER_ROW, words::cards::reader(reader))
            .with_any(words::cards::reader_advice(reader)),
        Row::UnreadableSlot(failure) => Said::of(
            words::cards::CERTIFICATE_ROW,
            words::module_failed(&failure.module, &failure.cause),
        )
        .with(words::cards::UNREADABLE_SLOT_ADVICE),
        Row::Token {
            token,
            by,
            holds,
            last_try,
            factory_pin,
        } => {
            let advice = match (token.blocked, last_try, factory_pin) {
                (true, _, _) => Some(words::BLOCKED_ADVICE),
                (false, true, _) => Some(words::LAST_TRY),
                (false, false, true) => Some(words::cards::FACTORY_PIN),
                (false, false, false) => None,
            };
            let found = words::cards::holds(&words::token(token), by, holds);
            Said::of(words::TOKEN_ROW, found).with_any(advice)
        }
        Row::Keyring { problem: None } => Said::of(words::KEYRING_ROW, words::KEYRING_WORKS),
        Row::Keyring {
            problem: Some(cause),
        } => Said::of(words::KEYRING_ROW, words::keyring_fails(&plain(cause)))
            .with(words::KEYRING_ADVICE),
        Row::NoServer => {
            Said::of(words::SERVER_ROW, words::NO_SERVER_SET).with(words::NO_SERVER_ADVICE)
        }
        Row::LoginHost {
            origin,
            tenant,
            problem: None,
        } => Said::of(
            words::SERVER_ROW,
            words::login_host(&plain(origin), tenant.as_deref().map(plain).as_deref()),
        ),
        Row::LoginHost {
            origin,
            problem: Some(trouble),
            ..
        } => troubled(words::SERVER_ROW, &plain(origin), trouble),
        Row::CertificateHost {
            host,
            authorities,
            versions,
            problem: None,
            ..
        } => {
            let plain_all = |texts: &[String]| texts.iter().map(|text| plain(text)).collect();
            let (versions, authorities): (Vec<_>, Vec<_>) =
                (plain_all(versions), plain_all(authorities));
            Said::of(
                words::CERTIFICATES_ROW,
                words::certificate_host(&plain(host), &versions, &authorities),
            )
        }
        Row::CertificateHost {
            host,
            problem: Some(trouble),
            ..
        } => troubled(words::CERTIFICATES_ROW, &plain(host), trouble),
    }
}

fn held_back(name: &str, path: &str, reason: NotLoaded) -> Said {
    let said = Said::of(words::MODULE_ROW, words::not_loaded(&plain(name), reason));
    match reason {
        NotLoaded::WaitsForYou => said.with(&words::name_module(&plain(path))),
        NotLoaded::Remote | NotLoaded::NoUse | NotLoaded::Disabled => said,
    }
}

impl Said {
    fn of(subject: &'static str, found: impl Into<String>) -> Self {
        Self {
            subject,
            found: found.into(),
            advice: None,
        }
    }

    fn with(self, advice: &str) -> Self {
        self.with_any(Some(advice))
    }

    fn with_any(self, advice: Option<&str>) -> Self {
        Self {
            advice: advice.map(str::to_owned),
            ..self
        }
    }
}

fn troubled(subject: &'static str, host: &str, trouble: &Trouble) -> Said {
    Said::of(subject, words::trouble(host, trouble)).with(words::trouble_advice(trouble))
}

#[cfg(test)]
mod tests {
    use client::{Held, NotLoaded, Row, Trouble};
    use sign_in::view::{CardService, ModuleFailure, Reader, ReaderState, TokenLabel};

    use super::text;
    use crate::screen::examples;

    fn held(slot: Option<&str>) -> Held {
        Held {
            slot: slot.map(str::to_owned),
            name: "Lee Park".to_owned(),
            key: "P-256".to_owned(),
            not_after: 1_821_536_000,
            can_sign: slot.is_some(),
        }
    }

    fn reader(state: ReaderState) -> Row {
        Row::Reader(Reader {
            name: "Reader 1".to_owned(),
            state,
        })
    }

    fn card_rows() -> Vec<Row> {
        vec![
            Row::CardService {
                state: CardService::Running,
                version: Some("4:4".to_owned()),
            },
            Row::CardService {
                state: CardService::Stopped,
                version: None,
            },
            Row::CardService {
                state: CardService::Denied,
                version: None,
            },
            reader(ReaderState::Read),
            reader(ReaderState::Mute),
            reader(ReaderState::InUse {
                by: Some("scdaemon".to_owned()),
            }),
            Row::UnreadableSlot(ModuleFailure {
                module: "Reader 1 (9C)".to_owned(),
                cause: "the certificate is compressed and does not inflate".to_owned(),
            }),
        ]
    }

    fn rows() -> Vec<Row> {
        let blocked = TokenLabel {
            blocked: true,
            ..examples::token()
        };
        let cause = || "connection refused".to_owned();
        let host = || "t1.certauth.login.example".to_owned();
        vec![
            Row::Module {
                name: "softhsm2".to_owned(),
                path: "/usr/lib/softhsm/libsofthsm2.so".to_owned(),
                description: "SoftHSM 2.6".to_owned(),
                tokens: 1,
            },
            Row::ModuleFailed(ModuleFailure {
                module: "acme".to_owned(),
                cause: cause(),
            }),
            Row::ModuleHeldBack {
                name: "own".to_owned(),
                path: "/home/lee/own.so".to_owned(),
                reason: NotLoaded::WaitsForYou,
            },
            Row::ModuleHeldBack {
                name: "far".to_owned(),
                path: String::new(),
                reason: NotLoaded::Remote,
            },
            Row::NoToken,
            Row::Token {
                token: examples::token(),
                by: "/usr/lib/softhsm/libsofthsm2.so".to_owned(),
                holds: vec![held(None), held(Some("PIV Authentication (9A)"))],
                last_try: false,
                factory_pin: false,
            },
            Row::Token {
                token: examples::token(),
                by: "Reader 1".to_owned(),
                holds: Vec::new(),
                last_try: true,
                factory_pin: true,
            },
            Row::Token {
                token: blocked,
                by: "Reader 1".to_owned(),
                holds: Vec::new(),
                last_try: false,
                factory_pin: false,
            },
            Row::Keyring { problem: None },
            Row::Keyring {
                problem: Some("no secret service".to_owned()),
            },
            Row::NoServer,
            Row::LoginHost {
                origin: "https://login.example".to_owned(),
                tenant: Some("Meridian".to_owned()),
                problem: None,
            },
            Row::LoginHost {
                origin: "https://login.example".to_owned(),
                tenant: None,
                problem: Some(Trouble::NotTrusted {
                    cause: "unknown issuer".to_owned(),
                }),
            },
            Row::CertificateHost {
                host: host(),
                authorities: vec!["CN=Meridian Issuing CA 1".to_owned()],
                versions: vec!["TLS 1.3".to_owned(), "TLS 1.2".to_owned()],
                schemes: vec![0x0403],
                problem: None,
            },
            Row::CertificateHost {
                host: host(),
                authorities: Vec::new(),
                versions: Vec::new(),
                schemes: Vec::new(),
                problem: Some(Trouble::NotAsked),
            },
        ]
    }

    #[test]
    fn every_row_says_what_is_there_and_what_to_do() {
        let lines: Vec<String> = card_rows().iter().chain(&rows()).map(text).collect();
        insta::assert_snapshot!("doctor", lines.join("\n"));
    }
}
