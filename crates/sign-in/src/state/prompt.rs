//! What is asked of a person for a signature: the PIN, and a touch.

use crate::candidate::PinRules;
use crate::view::{
    CertificateDetails, CertificateRow, PinEntry, PinProblem, PinPrompt, Through, TokenKind,
    TokenLabel, TouchPrompt,
};

use super::plugged::Plugged;
use super::stage::{Journey, PinState};

pub(super) fn pin_prompt(plugged: &Plugged, pin: &PinState, busy: bool) -> PinPrompt {
    let asked = Asked::of(plugged, pin);
    let gone = asked.certificate.gone;
    PinPrompt {
        token: asked.token,
        through: asked.through,
        certificate: asked.certificate,
        entry: asked.entry,
        shortest: asked.rules.shortest,
        longest: asked.rules.longest,
        digits_only: asked.rules.digits_only,
        last_try: asked.rules.last_try,
        factory_pin: asked.rules.factory_pin,
        problem: if gone {
            Some(PinProblem::Removed)
        } else {
            pin.problem.clone()
        },
        busy: busy && !gone,
    }
}

/// `wait` is since when the token waits, and whether it says so itself.
pub(super) fn touch_prompt(
    plugged: &Plugged,
    pin: &PinState,
    journey: &Journey,
    wait: (i64, bool),
) -> TouchPrompt {
    let asked = Asked::of(plugged, pin);
    let (since, certain) = wait;
    TouchPrompt {
        token: asked.token,
        certificate: asked.certificate,
        server: journey.server.clone(),
        application: journey.application_name(),
        since,
        seconds: TOUCH_SECONDS,
        certain,
    }
}

/// What is known of the chosen certificate and its token.
struct Asked {
    token: TokenLabel,
    through: Through,
    certificate: CertificateRow,
    entry: PinEntry,
    rules: PinRules,
}

impl Asked {
    fn of(plugged: &Plugged, pin: &PinState) -> Self {
        let Some((seat, candidate)) = plugged.at(pin.place, &pin.sha256) else {
            return Self::nothing(&pin.sha256);
        };
        let mut certificate = candidate.row.clone();
        certificate.gone |= seat.gone;
        Self {
            token: seat.token.label.clone(),
            through: seat.token.through,
            certificate,
            entry: seat.token.entry(candidate),
            rules: seat.token.pin,
        }
    }

    /// A prompt keeps its place even if nothing is known of its token any longer.
    fn nothing(sha256: &str) -> Self {
        Self {
            token: TokenLabel {
                name: String::new(),
                model: None,
                serial: None,
                kind: TokenKind::Card,
                tries_left: None,
                blocked: false,
            },
            through: Through::Module,
            certificate: no_certificate(sha256),
            entry: PinEntry::Typed,
            rules: PinRules {
                shortest: 4,
                longest: 64,
                digits_only: false,
                last_try: false,
                factory_pin: false,
                entry: PinEntry::Typed,
            },
        }
    }
}

fn no_certificate(sha256: &str) -> CertificateRow {
    CertificateRow {
        sha256: sha256.to_owned(),
        name: String::new(),
        address: None,
        issuer: String::new(),
        slot: None,
        not_before: 0,
        not_after: 0,
        warning: None,
        gone: true,
        details: CertificateDetails {
            subject: String::new(),
            issuer: String::new(),
            serial: String::new(),
            principal_names: Vec::new(),
            emails: Vec::new(),
            key: String::new(),
            purposes: Vec::new(),
            policies: Vec::new(),
        },
    }
}

/// How long tokens wait for a touch.
const TOUCH_SECONDS: u8 = 15;
