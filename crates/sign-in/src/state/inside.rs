//! What a person wants who is signed in, or was.

use crate::effect::Effect;

use super::intents::abandon;
use super::stage::{Opening, Stage};
use super::{State, Step};

impl State {
    pub(super) fn open_app(mut self, id: String, stepped_up: bool) -> Step {
        let attempt = self.attempt();
        let Stage::In(inside) = &mut self.stage else {
            return self.unchanged();
        };
        if inside.opening.is_some() {
            return self.unchanged();
        }
        inside.problem = None;
        inside.opening = Some(Opening {
            id: id.clone(),
            wait: attempt,
            stepped_up,
        });
        self.doing(vec![Effect::OpenApp { attempt, id }])
    }

    pub(super) fn refresh_apps(mut self) -> Step {
        let attempt = self.attempt();
        let Stage::In(inside) = &mut self.stage else {
            return self.unchanged();
        };
        let mut effects: Vec<Effect> = abandon(inside.reading).collect();
        inside.reading = Some(attempt);
        inside.problem = None;
        effects.push(Effect::ReadApps { attempt });
        self.doing(effects)
    }

    pub(super) fn forget_account(self, server: String, username: String) -> Step {
        // The account that is in is signed out with its own button.
        let Stage::Account(_) = self.stage else {
            return self.unchanged();
        };
        self.doing(vec![Effect::Forget { server, username }])
    }

    pub(super) fn sign_out(mut self) -> Step {
        let attempt = self.attempt();
        let Stage::In(ref inside) = self.stage else {
            return self.unchanged();
        };
        let mut effects: Vec<Effect> = abandon(inside.reading)
            .chain(abandon(inside.opening.as_ref().map(|opening| opening.wait)))
            .collect();
        let session = Box::new(inside.session.clone());
        effects.push(Effect::SignOut { attempt });
        self.with(Stage::SigningOut {
            session,
            wait: attempt,
        })
        .doing(effects)
    }
}
