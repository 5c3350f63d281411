//! Whether what was proven is enough for what the application and the policies ask for.

use std::fmt::Write as _;

use certs::{Check, Line, Time, Trace};

use super::{Decision, Grant, More, Policy, deny};
use crate::account::{Account, Application, Requirement};
use crate::authentication_strength::Asked;
use crate::code;
use crate::combination::{Combination, Part, together};
use crate::conditional_access::{FrequencyOf, PolicyState, SignInFrequency};
use crate::evidence::{Factor, Proof, Recorded};
use crate::explanation::Refusal;
use crate::rules::Control;

/// One thing that is asked for.
struct Wanted<'a> {
    /// Who asks, for administrators.
    by: String,
    asked: &'a Asked,
    frequency: Option<SignInFrequency>,
}

impl Policy {
    pub(super) fn weigh(
        &self,
        proofs: Vec<Proof>,
        account: &Account,
        application: &Application,
        now: Time,
        mut trace: Trace,
    ) -> Decision {
        let tenant = self.0.settings.two_possession_factors;
        let strength = together(&proofs, tenant);
        let of_the_application = match application.requires {
            Requirement::Any => Asked::Anything,
            Requirement::MultiFactor => Asked::MultiFactor,
        };
        let mut wanted = vec![Wanted {
            by: format!("the application {}", application.name),
            asked: &of_the_application,
            frequency: None,
        }];
        for demand in &self.0.demands {
            if !demand.policy.concerns(account, application) {
                continue;
            }
            let name = format!("the policy {:?}", demand.policy.display_name);
            let this = match &demand.control {
                Control::Block => None,
                Control::Ask(asked) => Some(Wanted {
                    by: name.clone(),
                    asked,
                    frequency: demand.policy.sign_in_frequency,
                }),
            };
            match (demand.policy.state, this) {
                (PolicyState::Disabled, _) => {}
                (PolicyState::Enabled, Some(this)) => wanted.push(this),
                (PolicyState::Enabled, None) => {
                    trace.push(
                        Line::failed(Check::Policy, code::BLOCKED)
                            .expected(format!("{name} blocks {}", application.name))
                            .found(strength.directory_word())
                            .for_administrators(),
                    );
                    return deny(
                        trace,
                        Line::failed(Check::Policy, code::BLOCKED)
                            .expected(format!("a sign-in that may use {}", application.name))
                            .found(strength.directory_word()),
                    );
                }
                (PolicyState::ReportOnly, this) => {
                    trace.push(self.reported(&name, this.as_ref(), &proofs, now));
                }
            }
        }
        for this in &wanted {
            if self.is_met(this, &proofs, now) {
                if this.by.starts_with("the policy") {
                    trace.push(
                        Line::passed(Check::Policy)
                            .expected(asks(this))
                            .found(strength.directory_word())
                            .for_administrators(),
                    );
                }
                continue;
            }
            return self.ask_for_more(this, proofs, account, application, now, trace);
        }
        trace.push(Line::passed(Check::Policy).found(strength.directory_word()));
        Decision::Allow(Grant {
            recorded: Recorded::new(account, proofs),
            account: account.clone(),
            application: application.clone(),
            strength,
            trace,
        })
    }

    fn ask_for_more(
        &self,
        this: &Wanted<'_>,
        proofs: Vec<Proof>,
        account: &Account,
        application: &Application,
        now: Time,
        mut trace: Trace,
    ) -> Decision {
        let offers = self.offers(this, &proofs, account, now);
        let timeless = Wanted {
            by: String::new(),
            asked: this.asked,
            frequency: None,
        };
        let only_too_old = this.frequency.is_some() && self.is_met(&timeless, &proofs, now);
        let with_a_certificate = proofs.iter().any(|proof| proof.certificate.is_some());
        let code = match this.asked {
            _ if only_too_old => code::SIGN_IN_TOO_OLD,
            Asked::Strength(_) if with_a_certificate => code::STRENGTH_NOT_MET,
            Asked::Strength(_) | Asked::MultiFactor | Asked::Anything if offers.is_empty() => {
                code::SECOND_FACTOR_NOT_ENROLLED
            }
            Asked::Strength(_) | Asked::MultiFactor | Asked::Anything => {
                code::SECOND_FACTOR_REQUIRED
            }
        };
        let found = together(&proofs, self.0.settings.two_possession_factors).directory_word();
        trace.push(
            Line::failed(Check::Policy, code)
                .expected(asks(this))
                .found(in_words(&proofs))
                .for_administrators(),
        );
        let expected = if only_too_old {
            Asked::Anything.name_for_person()
        } else {
            this.asked.name_for_person()
        };
        trace.push(
            Line::failed(Check::Policy, code)
                .expected(format!("{expected} for {}", application.name))
                .found(found),
        );
        let refusal = Refusal::new(trace);
        if offers.is_empty() {
            return Decision::Deny(refusal);
        }
        Decision::More(More {
            proven: Recorded::new(account, proofs),
            offers,
            refusal,
        })
    }

    fn is_met(&self, this: &Wanted<'_>, proofs: &[Proof], now: Time) -> bool {
        let tenant = self.0.settings.two_possession_factors;
        this.asked
            .ways(tenant)
            .any(|way| is_held(way, this, proofs, now))
    }

    /// The factors that would bring the person nearer, the one to suggest first first. A combination
    /// is offered by the first of its parts that is missing, where the account can prove every part.
    fn offers(
        &self,
        this: &Wanted<'_>,
        proofs: &[Proof],
        account: &Account,
        now: Time,
    ) -> Vec<Factor> {
        let tenant = self.0.settings.two_possession_factors;
        let counted = |proof: &&Proof| this.asked.counts(proof) && is_recent(this, proof, now);
        let has_certificate = proofs
            .iter()
            .filter(|proof| is_recent(this, proof, now))
            .any(|proof| proof.certificate.is_some());
        // Whoever showed a certificate is asked for another one only where the kind of certificate
        // is what is missing.
        let another_helps = matches!(this.asked, Asked::Strength(_)) || !has_certificate;
        let open = self
            .0
            .method
            .is_open_to(account, self.0.settings.compatibility);
        let obtainable = |part: Part| match part {
            Part::Password => account.has_password,
            Part::Code => account.has_code,
            Part::VerifiedPasskey | Part::Passkey => account.has_passkey,
            Part::MultiFactorCertificate | Part::SingleFactorCertificate => open && another_helps,
        };
        let mut missing: Vec<Factor> = Vec::new();
        for way in this.asked.ways(tenant) {
            let mut lacking = way.parts.iter().filter(|part| {
                !proofs
                    .iter()
                    .filter(counted)
                    .any(|proof| part.is_proven_by(proof))
            });
            let Some(first) = lacking.next() else {
                continue;
            };
            let reachable = obtainable(*first) && lacking.all(|part| obtainable(*part));
            // A code beside nothing starts no sign-in.
            let starts = *first != Part::Code || !way.is_single();
            if reachable && starts {
                missing.push(first.factor());
            }
        }
        let order = [
            Factor::Passkey {
                user_verified: true,
            },
            Factor::Password,
            Factor::Code,
            Factor::Certificate,
        ];
        order
            .into_iter()
            .filter(|factor| missing.contains(factor))
            .collect()
    }

    fn reported(&self, name: &str, this: Option<&Wanted<'_>>, proofs: &[Proof], now: Time) -> Line {
        let (asks, outcome) = match this {
            None => ("blocks".to_owned(), "would have refused"),
            Some(this) if self.is_met(this, proofs, now) => (asks(this), "would have held"),
            Some(this) => (asks(this), "would have asked for more"),
        };
        let asks = asks.strip_prefix(name).unwrap_or(&asks).trim().to_owned();
        Line::not_checked(Check::Policy)
            .expected(format!("{name}, which only reports: {asks}"))
            .found(outcome)
            .for_administrators()
    }
}

fn is_held(way: &Combination, this: &Wanted<'_>, proofs: &[Proof], now: Time) -> bool {
    let counted = proofs
        .iter()
        .filter(|proof| this.asked.counts(proof) && is_recent(this, proof, now));
    if !way.is_held_by(counted.clone()) {
        return false;
    }
    match this.frequency {
        Some(SignInFrequency {
            of: FrequencyOf::Secondary,
            period,
        }) => way
            .completed_at(counted)
            .is_some_and(|last| now.unix().saturating_sub(last.unix()) <= period.seconds()),
        Some(SignInFrequency {
            of: FrequencyOf::PrimaryAndSecondary,
            ..
        })
        | None => true,
    }
}

/// Whether a proof is as recent as every proof has to be.
fn is_recent(this: &Wanted<'_>, proof: &Proof, now: Time) -> bool {
    match this.frequency {
        Some(SignInFrequency {
            of: FrequencyOf::PrimaryAndSecondary,
            period,
        }) => now.unix().saturating_sub(proof.at.unix()) <= period.seconds(),
        Some(SignInFrequency {
            of: FrequencyOf::Secondary,
            ..
        })
        | None => true,
    }
}

fn asks(this: &Wanted<'_>) -> String {
    let mut text = format!("{} asks for {}", this.by, this.asked.name());
    if let Some(frequency) = this.frequency {
        let which = match frequency.of {
            FrequencyOf::PrimaryAndSecondary => "proofs",
            FrequencyOf::Secondary => "a second proof",
        };
        let _ = write!(text, ", {which} not older than {}", frequency.period);
    }
    text
}

/// What was proven, and when.
fn in_words(proofs: &[Proof]) -> String {
    let one = |proof: &Proof| {
        let what = match (proof.factor, &proof.certificate) {
            (Factor::Certificate, Some(facts)) => {
                let policies = facts.counted_policies();
                let policies = if policies.is_empty() {
                    "no policy".to_owned()
                } else {
                    policies.join(" ")
                };
                let issuer = facts.authority_key_identifier.as_deref();
                format!(
                    "{} (issuer {}, {policies})",
                    proof.strength.mode(),
                    issuer.unwrap_or("without key identifier")
                )
            }
            (Factor::Certificate, None) => proof.strength.mode().to_owned(),
            (Factor::Password, _) => "password".to_owned(),
            (Factor::Code, _) => "softwareOath".to_owned(),
            (Factor::Passkey { user_verified }, _) => {
                if user_verified {
                    "fido2".to_owned()
                } else {
                    "fido2 without user verification".to_owned()
                }
            }
        };
        format!("{what} at {}", proof.at)
    };
    proofs.iter().map(one).collect::<Vec<_>>().join("; ")
}
