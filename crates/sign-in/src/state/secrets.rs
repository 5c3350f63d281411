//! Secrets that were typed: only that they were, never what they are.

use crate::effect::Effect;
use crate::view::{Method, PinEntry, PinProblem};

use super::stage::Stage;
use super::{State, Step};

impl State {
    pub(super) fn pin_entered(self) -> Step {
        match self.asking() {
            Some(pin) if self.entry(pin) == PinEntry::Typed => self.sign(),
            Some(_) | None => self.secret_unwanted(),
        }
    }

    pub(super) fn pin_of_wrong_length(mut self) -> Step {
        if let Stage::Pin {
            pin, wait: None, ..
        } = &mut self.stage
        {
            pin.problem = Some(PinProblem::Length);
        }
        self.unchanged()
    }

    pub(super) fn password_entered(mut self) -> Step {
        let attempt = self.attempt();
        let wait = match &mut self.stage {
            Stage::Password {
                wait: wait @ None, ..
            } => wait,
            Stage::Second {
                asked,
                wait: wait @ None,
                ..
            } if asked.asking == Method::Password => wait,
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Pin { .. }
            | Stage::Signing { .. }
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => return self.secret_unwanted(),
        };
        *wait = Some(attempt);
        self.doing(vec![Effect::SendPassword { attempt }])
    }

    pub(super) fn code_entered(mut self) -> Step {
        let attempt = self.attempt();
        match &mut self.stage {
            Stage::Second {
                asked,
                wait: wait @ None,
                ..
            } if asked.asking == Method::Code => {
                *wait = Some(attempt);
            }
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Pin { .. }
            | Stage::Signing { .. }
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => return self.secret_unwanted(),
        }
        self.doing(vec![Effect::SendCode { attempt }])
    }

    /// A secret was typed that nothing asks for. One that is already on its way is left to it.
    fn secret_unwanted(self) -> Step {
        let under_way = match &self.stage {
            Stage::Pin { wait, .. } | Stage::Password { wait, .. } | Stage::Second { wait, .. } => {
                wait.is_some()
            }
            Stage::Signing { .. } => true,
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => false,
        };
        let effects = if under_way {
            Vec::new()
        } else {
            vec![Effect::DropSecrets]
        };
        self.doing(effects)
    }
}
