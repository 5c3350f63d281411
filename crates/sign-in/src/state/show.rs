//! The picture of each stage.

use crate::event::Wait;
use crate::view::{Doing, ErrorScreen, Problem, Screen, SignedIn, View};

use super::State;
use super::prompt::{pin_prompt, touch_prompt};
use super::stage::{Form, In, Journey, PinState, Stage, Waiting};

impl State {
    /// Draws the conversation.
    ///
    /// `now` is in seconds since 1970-01-01T00:00:00Z; certificates are judged against it.
    pub fn view(&self, now: i64) -> View {
        View {
            badge: self.badge(),
            tokens: self.plugged.labels(),
            card_service: self.plugged.service.clone(),
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
            Stage::Choosing(choosing) => Screen::Picker(choosing.picker(&self.plugged, now)),
            Stage::Pin {
                choosing,
                pin,
                wait,
            } => self.signing(&choosing.journey, pin, wait.is_some()),
            Stage::Signing { choosing, pin, .. } => match pin.waiting {
                Some(_) => self.signing(&choosing.journey, pin, true),
                None => Screen::Progress {
                    doing: Doing::Signing,
                },
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
                    .application_name()
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

    /// What the chosen certificate's token asks of the person.
    fn signing(&self, journey: &Journey, pin: &PinState, busy: bool) -> Screen {
        let here = self.plugged.here(pin.place, &pin.sha256).is_some();
        match pin.waiting {
            // A card that is out waits for nothing: its prompt says so.
            Some(Waiting {
                wait: Wait::Touch { certain },
                since,
            }) if here => {
                let prompt = touch_prompt(&self.plugged, pin, journey, (since, certain));
                Screen::Touch(Box::new(prompt))
            }
            Some(Waiting {
                wait: Wait::Touch { .. } | Wait::Reader,
                ..
            })
            | None => Screen::Pin(Box::new(pin_prompt(&self.plugged, pin, busy))),
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

impl Journey {
    /// The name of the application that the journey is for, as far as this side knows it.
    pub(super) fn application_name(&self) -> Option<String> {
        let step_up = self.step_up.as_ref()?;
        Some(step_up.inside.app_name(&step_up.app))
    }
}
