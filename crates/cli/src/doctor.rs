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
    let mut first = format!("{:<9}{subject:<13}{head}", words::state(row.is_bad()));
    for line in lines {
        first.push_str(&format!("\n{}", indented(line, 24)));
    }
    match advice {
        Some(advice) => format!("{first}\n{}", indented(&advice, 22)),
        None => first,
    }
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
        } => Said {
            subject: words::MODULE_ROW,
            found: words::module(&plain(name), &plain(path), &plain(description), *tokens),
            advice: None,
        },
        Row::ModuleFailed(failure) => Said {
            subject: words::MODULE_ROW,
            found: words::module_failed(&failure.module, &failure.cause),
            advice: Some(words::MODULE_ADVICE.to_owned()),
        },
        Row::ModuleHeldBack { name, path, reason } => Said {
            subject: words::MODULE_ROW,
            found: words::not_loaded(&plain(name), *reason),
            advice: match reason {
                NotLoaded::WaitsForYou => Some(words::name_module(&plain(path))),
                NotLoaded::Remote | NotLoaded::NoUse | NotLoaded::Disabled => None,
            },
        },
        Row::NoToken => Said {
            subject: words::TOKEN_ROW,
            found: words::NO_TOKEN.to_owned(),
            advice: Some(words::NO_TOKEN_ADVICE.to_owned()),
        },
        Row::CardService { state, version } => Said {
            subject: words::cards::SERVICE_ROW,
            found: words::cards::service(state, version.as_deref()),
            advice: words::cards::service_advice(state).map(str::to_owned),
        },
        Row::Reader(reader) => Said {
            subject: words::cards::READER_ROW,
            found: words::cards::reader(reader),
            advice: words::cards::reader_advice(reader).map(str::to_owned),
        },
        Row::UnreadableSlot(failure) => Said {
            subject: words::cards::CERTIFICATE_ROW,
            found: words::module_failed(&failure.module, &failure.cause),
            advice: Some(words::cards::UNREADABLE_SLOT_ADVICE.to_owned()),
        },
        Row::Token {
            token,
            by,
            holds,
            last_try,
            factory_pin,
        } => Said {
            subject: words::TOKEN_ROW,
            found: words::cards::holds(&words::token(token), by, holds),
            advice: if token.blocked {
                Some(words::BLOCKED_ADVICE.to_owned())
            } else if *last_try {
                Some(words::LAST_TRY.to_owned())
            } else {
                factory_pin.then(|| words::cards::FACTORY_PIN.to_owned())
            },
        },
        Row::Keyring { problem: None } => Said {
            subject: words::KEYRING_ROW,
            found: words::KEYRING_WORKS.to_owned(),
            advice: None,
        },
        Row::Keyring {
            problem: Some(cause),
        } => Said {
            subject: words::KEYRING_ROW,
            found: words::keyring_fails(&plain(cause)),
            advice: Some(words::KEYRING_ADVICE.to_owned()),
        },
        Row::NoServer => Said {
            subject: words::SERVER_ROW,
            found: words::NO_SERVER_SET.to_owned(),
            advice: Some(words::NO_SERVER_ADVICE.to_owned()),
        },
        Row::LoginHost {
            origin,
            tenant,
            problem,
        } => match problem {
            None => Said {
                subject: words::SERVER_ROW,
                found: words::login_host(&plain(origin), tenant.as_deref().map(plain).as_deref()),
                advice: None,
            },
            Some(trouble) => troubled(words::SERVER_ROW, &plain(origin), trouble),
        },
        Row::CertificateHost {
            host,
            authorities,
            versions,
            problem,
            ..
        } => match problem {
            None => Said {
                subject: words::CERTIFICATES_ROW,
                found: words::certificate_host(
                    &plain(host),
                    &versions
                        .iter()
                        .map(|version| plain(version))
                        .collect::<Vec<_>>(),
                    &authorities
                        .iter()
                        .map(|name| plain(name))
                        .collect::<Vec<_>>(),
                ),
                advice: None,
            },
            Some(trouble) => troubled(words::CERTIFICATES_ROW, &plain(host), trouble),
        },
    }
}

fn troubled(subject: &'static str, host: &str, trouble: &Trouble) -> Said {
    Said {
        subject,
        found: words::trouble(host, trouble),
        advice: Some(words::trouble_advice(trouble).to_owned()),
    }
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
        let lines: Vec<String> = rows().iter().map(text).collect();
        insta::assert_snapshot!("doctor", lines.join("\n"));
    }
}
