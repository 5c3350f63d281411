//! The badge: who the person is here, and what has been proven.

use crate::event::Wait;
use crate::view::{Badge, Method, PinEntry, Proof, ProofLine, ProofState};

use super::State;
use super::stage::{Ended, Form, Journey, PinState, Stage};

impl State {
    pub(super) fn badge(&self) -> Badge {
        match &self.stage {
            Stage::Starting { .. } => Badge::default(),
            Stage::Account(Form {
                server, username, ..
            }) => Badge {
                proofs: lines(&[
                    (Proof::Account, ProofState::Now),
                    (Proof::Certificate, ProofState::ToDo),
                    (Proof::Pin, ProofState::ToDo),
                ]),
                ..self.named(server, username, None)
            },
            Stage::Resuming { form, .. } => Badge {
                proofs: lines(&[
                    (Proof::Account, ProofState::Now),
                    (Proof::SignIn, ProofState::ToDo),
                ]),
                ..self.named(&form.server, &form.username, None)
            },
            Stage::Contacting { journey, .. } => {
                let known = !journey.methods.is_empty() || journey.step_up.is_some();
                let account = if known {
                    ProofState::Done
                } else {
                    ProofState::Now
                };
                self.journey_badge(journey, account, &[(Proof::SignIn, ProofState::ToDo)])
            }
            Stage::Ways { journey } => self.journey_badge(
                journey,
                ProofState::Done,
                &[(Proof::SignIn, ProofState::ToDo)],
            ),
            Stage::Choosing(choosing) => {
                let ahead = [
                    (Proof::Certificate, ProofState::Now),
                    (Proof::Pin, ProofState::ToDo),
                ];
                self.journey_badge(&choosing.journey, ProofState::Done, &ahead)
            }
            Stage::Pin { choosing, pin, .. } => {
                let badge = self.signing_badge(&choosing.journey, pin, Proof::Pin);
                let name = self
                    .plugged
                    .at(pin.place, &pin.sha256)
                    .map(|(_, candidate)| candidate.row.name.clone());
                Badge {
                    name: badge.name.or(name),
                    ..badge
                }
            }
            Stage::Signing { choosing, pin, .. } => {
                self.signing_badge(&choosing.journey, pin, Proof::SignIn)
            }
            Stage::Password { journey, .. } => {
                let ahead = [
                    (Proof::Password, ProofState::Now),
                    (Proof::SignIn, ProofState::ToDo),
                ];
                self.journey_badge(journey, ProofState::Done, &ahead)
            }
            Stage::Second { journey, asked, .. } => {
                let asking = match asked.asking {
                    Method::Certificate => Proof::Certificate,
                    Method::Password => Proof::Password,
                    Method::Code => Proof::Code,
                };
                let ahead = [(asking, ProofState::Now), (Proof::SignIn, ProofState::ToDo)];
                self.journey_badge(journey, ProofState::Done, &ahead)
            }
            Stage::Finishing { journey, .. } => self.journey_badge(
                journey,
                ProofState::Done,
                &[(Proof::SignIn, ProofState::Now)],
            ),
            Stage::In(inside) => session_badge(&inside.session, ProofState::Done),
            Stage::SigningOut { session, .. } => session_badge(session, ProofState::Done),
            Stage::Refused(ended) => self.ended_badge(ended),
        }
    }

    /// While the chosen certificate is put to use; `next` is what is asked for unless its token
    /// waits for something of its own.
    fn signing_badge(&self, journey: &Journey, pin: &PinState, next: Proof) -> Badge {
        let next = match pin.waiting.map(|waiting| waiting.wait) {
            Some(Wait::Touch { .. }) => Proof::Touch,
            Some(Wait::Reader) => Proof::Pin,
            None => next,
        };
        let mut ahead = vec![(Proof::Certificate, ProofState::Done)];
        match self.entry(pin) {
            PinEntry::Typed | PinEntry::OnReader if next != Proof::Pin => {
                ahead.push((Proof::Pin, ProofState::Done));
            }
            PinEntry::NotNeeded if next == Proof::Pin => {
                ahead.push((Proof::SignIn, ProofState::Now));
                return self.journey_badge(journey, ProofState::Done, &ahead);
            }
            PinEntry::Typed | PinEntry::OnReader | PinEntry::NotNeeded => {}
        }
        ahead.push((next, ProofState::Now));
        self.journey_badge(journey, ProofState::Done, &ahead)
    }

    fn ended_badge(&self, ended: &Ended) -> Badge {
        let (account, ahead) = if ended.failed == Proof::Account {
            (ProofState::Failed, vec![(Proof::SignIn, ProofState::ToDo)])
        } else if ended.failed == Proof::SignIn {
            (ProofState::Done, vec![(Proof::SignIn, ProofState::Failed)])
        } else {
            let failed = (ended.failed, ProofState::Failed);
            (
                ProofState::Done,
                vec![failed, (Proof::SignIn, ProofState::ToDo)],
            )
        };
        self.journey_badge(&ended.journey, account, &ahead)
    }

    /// The account, what was proven before, and what lies ahead.
    fn journey_badge(
        &self,
        journey: &Journey,
        account: ProofState,
        ahead: &[(Proof, ProofState)],
    ) -> Badge {
        let mut proofs = vec![(Proof::Account, account)];
        proofs.extend(journey.proven.iter().flat_map(|method| proofs_of(*method)));
        proofs.retain(|(proof, _)| !ahead.iter().any(|(coming, _)| coming == proof));
        proofs.extend_from_slice(ahead);
        let sent = journey.sent.as_ref().map(|sent| sent.name.clone());
        let badge = self.named(&journey.server, &journey.username, journey.tenant.clone());
        Badge {
            name: badge.name.or(sent),
            proofs: lines(&proofs),
            ..badge
        }
    }

    /// The name comes from this device's memory, never from the server before a proof.
    fn named(&self, server: &str, username: &str, tenant: Option<String>) -> Badge {
        let known = self.memory.accounts.iter().find(|account| {
            account.server == server && account.username.eq_ignore_ascii_case(username)
        });
        Badge {
            name: known.and_then(|account| account.name.clone()),
            address: (!username.is_empty()).then(|| username.to_owned()),
            tenant,
            proofs: Vec::new(),
        }
    }
}

fn session_badge(session: &crate::event::Session, state: ProofState) -> Badge {
    let mut proofs = vec![(Proof::Account, state)];
    proofs.extend(session.factors.iter().flat_map(|method| proofs_of(*method)));
    proofs.push((Proof::SignIn, state));
    Badge {
        name: Some(session.name.clone()),
        address: Some(session.username.clone()),
        tenant: Some(session.tenant.clone()),
        proofs: lines(&proofs),
    }
}

fn proofs_of(method: Method) -> Vec<(Proof, ProofState)> {
    let proofs: &[Proof] = match method {
        Method::Certificate => &[Proof::Certificate, Proof::Pin],
        Method::Password => &[Proof::Password],
        Method::Code => &[Proof::Code],
    };
    proofs
        .iter()
        .map(|proof| (*proof, ProofState::Done))
        .collect()
}

fn lines(proofs: &[(Proof, ProofState)]) -> Vec<ProofLine> {
    proofs
        .iter()
        .map(|(proof, state)| ProofLine {
            proof: *proof,
            state: *state,
        })
        .collect()
}
