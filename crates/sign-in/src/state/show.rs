//! The picture of each stage.

use crate::candidate::PinRules;
use crate::view::{
    CertificateDetails, CertificateRow, Doing, ErrorScreen, PinPrompt, Problem, Screen, SignedIn,
    TokenKind, TokenLabel, View,
};

use super::State;
use super::choosing::Choosing;
use super::stage::{Form, In, PinState, Stage};

impl State {
    /// Draws the conversation.
    ///
    /// `now` is in seconds since 1970-01-01T00:00:00Z; certificates are judged against it.
    pub fn view(&self, now: i64) -> View {
        View {
            badge: self.badge(),
            tokens: self.tokens.clone(),
            screen: self.screen(now),
        }
    }

    fn screen(&self, now: i64) -> Screen {
        match &self.stage {
            Stage::Starting { .. } => Screen::Progress {
                doing: Doing::Starting,
            },
            Stage::Account(form) => self.account(form, form.problem.clone(), false),
            Stage::Resuming { form, .. } => self.account(form, None, true),
            Stage::Contacting { journey, .. } => {
                if journey.methods.is_empty() && journey.step_up.is_none() {
                    self.account(&journey.form(None), None, true)
                } else {
                    Screen::Progress {
                        doing: Doing::Contacting,
                    }
                }
            }
            Stage::Ways { journey } => Screen::Method {
                methods: journey.methods.clone(),
            },
            Stage::Choosing(choosing) => Screen::Picker(choosing.picker(now)),
            Stage::Pin {
                choosing,
                pin,
                wait,
            } => Screen::Pin(Box::new(prompt(choosing, pin, wait.is_some()))),
            Stage::Signing { .. } => Screen::Progress {
                doing: Doing::Signing,
            },
            Stage::Password { problem, wait, .. } => Screen::Password {
                problem: problem.clone(),
                busy: wait.is_some(),
            },
            Stage::Second {
                journey,
                asked,
                wait,
            } => Screen::SecondFactor {
                proven: asked.proven.clone(),
                offers: asked.offers.clone(),
                asking: asked.asking,
                application: journey
                    .step_up
                    .as_ref()
                    .map(|step_up| step_up.inside.app_name(&step_up.app))
                    .map(|known| asked.application.clone().unwrap_or(known)),
                problem: asked.problem.clone(),
                busy: wait.is_some(),
            },
            Stage::Finishing { .. } => Screen::Progress {
                doing: Doing::Finishing,
            },
            Stage::In(inside) => Screen::SignedIn(Box::new(inside.screen())),
            Stage::Refused(ended) => Screen::Error(Box::new(ErrorScreen {
                fault: ended.fault.clone(),
                correlation_id: ended.correlation_id.clone(),
                at: ended.at,
                checks: ended.checks.clone(),
                actions: ended.actions.clone(),
            })),
            Stage::SigningOut { .. } => Screen::Progress {
                doing: Doing::SigningOut,
            },
        }
    }

    fn account(&self, form: &Form, problem: Option<Problem>, busy: bool) -> Screen {
        Screen::Account {
            server: form.server.clone(),
            username: form.username.clone(),
            recent: self.memory.accounts.clone(),
            problem,
            busy,
        }
    }
}

impl In {
    fn screen(&self) -> SignedIn {
        let session = self.session.clone();
        SignedIn {
            server: session.server,
            name: session.name,
            username: session.username,
            tenant: session.tenant,
            since: session.since,
            until: session.until,
            strength: session.strength,
            factors: session.factors,
            certificate: session.certificate,
            apps: self.apps.clone(),
            memory_only: session.memory_only,
            problem: self.problem.clone(),
            opening: self.opening.as_ref().map(|opening| opening.id.clone()),
        }
    }

    fn app_name(&self, id: &str) -> String {
        let apps = self.apps.iter().flatten();
        apps.into_iter()
            .find(|app| app.id == id)
            .map_or_else(|| id.to_owned(), |app| app.name.clone())
    }
}

fn prompt(choosing: &Choosing, pin: &PinState, busy: bool) -> PinPrompt {
    let (token, rules, certificate) = match choosing.find(&pin.sha256) {
        Some((found, candidate)) => (
            found.token.label.clone(),
            found.token.pin,
            candidate.row.clone(),
        ),
        // The token went while the prompt was open: the prompt keeps its place and says so.
        None => (no_token(), NO_RULES, no_certificate(&pin.sha256)),
    };
    PinPrompt {
        token,
        certificate,
        shortest: rules.shortest,
        longest: rules.longest,
        digits_only: rules.digits_only,
        last_try: pin.last_try,
        problem: pin.problem.clone(),
        busy,
    }
}

fn no_token() -> TokenLabel {
    TokenLabel {
        name: String::new(),
        model: None,
        serial: None,
        kind: TokenKind::Card,
        tries_left: None,
        blocked: false,
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

const NO_RULES: PinRules = PinRules {
    shortest: 4,
    longest: 64,
    digits_only: false,
    last_try: false,
    typed_here: true,
};
