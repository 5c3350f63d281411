//! `certauth explain --policy`: without database, configuration or network.

use std::io::Write;

use anyhow::bail;
use certauth::directory::what_if::{Question, Ways, WhatIf};
use certs::{Certificate, Presented};
use policy::{Answer, Factor, Settings};

use super::{Arguments, Judged, Word};
use crate::commands::import::{files, findings, read};
use crate::commands::{Ends, now};

pub(in crate::commands) fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut settings = Settings::default();
    arguments.settings.apply(&mut settings);
    let documents = files(&arguments.policy)?;
    let what_if = match WhatIf::read(&documents, settings) {
        Ok(what_if) => what_if,
        Err(refused) => {
            findings("Refused", &refused, out)?;
            return Err(Ends::with(
                1,
                "nothing was judged: the documents would not be imported".to_owned(),
            ));
        }
    };
    let presented = Presented {
        certificates: vec![super::read(&arguments.certificate)?],
    };
    let lists: anyhow::Result<Vec<Vec<u8>>> = arguments
        .crl
        .iter()
        .map(|path| read(path, MOST_LIST_BYTES))
        .collect();
    let lists = lists?;
    if let Some(place) = what_if.misfit(&lists) {
        let path = arguments.crl.get(place);
        bail!(
            "{} is no revocation list of a CA of these documents",
            path.map(|path| path.display().to_string())
                .unwrap_or_default()
        );
    }
    let ways = &arguments.registered;
    let question = Question {
        user: arguments.user.as_deref(),
        application: arguments.application.as_deref(),
        ways: Ways {
            password: !arguments.without_password,
            code: ways.contains(&super::Way::Code),
            passkey: ways.contains(&super::Way::Passkey),
        },
        lists: &lists,
        now: arguments.at.unwrap_or_else(now),
    };
    let answer = what_if.ask(&presented, &question);
    let leaf = presented.certificates.first();
    let leaf = leaf.and_then(|der| Certificate::from_der(der).ok());
    let mut judged = match answer {
        Answer::Allowed { checks, .. } => Judged::new(Word::Accepted, 0, checks, leaf.as_ref()),
        Answer::MoreNeeded {
            offers,
            lacking,
            explanation,
        } => Judged {
            offers: offers.into_iter().map(in_words).collect(),
            wanted: lacking,
            ..Judged::explained(Word::MoreNeeded, explanation, leaf.as_ref())
        },
        Answer::Refused { explanation } => {
            Judged::explained(Word::Refused, explanation, leaf.as_ref())
        }
    };
    judged.notes.clone_from(&what_if.notes);
    super::end(arguments, &judged, out)
}

pub(super) const fn in_words(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate => "another certificate",
        Factor::Password => "password",
        Factor::Code => "one-time code",
        Factor::Passkey { .. } => "passkey",
    }
}

const MOST_LIST_BYTES: usize = 256 * 1024 * 1024;
