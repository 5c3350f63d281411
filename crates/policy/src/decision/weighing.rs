//! Whether what was proven is enough for what the application and the policies ask for.

use certs::{Check, Line, Time, Trace};

use super::{Decision, Grant, Lacking, More, Policy, deny, lacking};
use crate::account::{Account, Application, Requirement};
use crate::authentication_strength::{Asked, RECENT, What};
use crate::code;
use crate::combination::{Combination, Part, together};
use crate::conditional_access::{FrequencyOf, PolicyState, SignInFrequency};
use crate::evidence::{Factor, Proof, Recorded};
use crate::explanation::Refusal;
use crate::rules::{Control, Demand};
use crate::strength::Strength;

/// One thing that is asked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    asked: &'a Asked,
    frequency: Option<SignInFrequency>,
    /// The policy that asks; none where the application does.
    demand: Option<&'a Demand>,
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
        let strength = together(&proofs, self.0.settings.two_possession_factors);
        let mut wanted = vec![Wanted {
            asked: match application.requires {
                Requirement::Any => &self.0.anything,
                Requirement::MultiFactor => &self.0.multi_factor,
            },
            frequency: None,
            demand: None,
        }];
        for demand in &self.0.demands {
            if !demand.policy.concerns(account, application) {
                continue;
            }
            let this = match &demand.control {
                Control::Block => None,
                Control::Ask(asked) => Some(Wanted {
                    asked,
                    frequency: demand.policy.sign_in_frequency,
                    demand: Some(demand),
                }),
            };
            match (demand.policy.state, this) {
                (PolicyState::Disabled, _) => {}
                (PolicyState::Enabled, Some(this)) => wanted.push(this),
                (PolicyState::Enabled, None) => {
                    trace.push(
                        Line::failed(Check::Policy, code::BLOCKED)
                            .expected(format!("{} blocks {}", demand.title, application.name))
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
                    trace.push(reported(demand, this, &proofs, now));
                }
            }
        }
        let mut met = String::new();
        for this in &wanted {
            if !is_met(*this, &proofs, now) {
                note_met(&met, strength, &mut trace);
                return self.ask_for_more(*this, proofs, account, application, now, trace);
            }
            if let Some(demand) = this.demand {
                if !met.is_empty() {
                    met.push_str("; ");
                }
                push_asks(&mut met, demand);
            }
        }
        note_met(&met, strength, &mut trace);
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
        this: Wanted<'_>,
        proofs: Vec<Proof>,
        account: &Account,
        application: &Application,
        now: Time,
        mut trace: Trace,
    ) -> Decision {
        let lacking = self.lacking(this, &proofs, account, now);
        let timeless = Wanted {
            frequency: None,
            ..this
        };
        let only_too_old = this.frequency.is_some() && is_met(timeless, &proofs, now);
        let with_a_certificate = proofs.iter().any(|proof| proof.certificate.is_some());
        let a_strength = matches!(this.asked.what, What::Strength(_));
        let code = if only_too_old {
            code::SIGN_IN_TOO_OLD
        } else if a_strength && with_a_certificate {
            code::STRENGTH_NOT_MET
        } else if lacking.is_empty() {
            code::SECOND_FACTOR_NOT_ENROLLED
        } else {
            code::SECOND_FACTOR_REQUIRED
        };
        let found = together(&proofs, self.0.settings.two_possession_factors).directory_word();
        trace.push(
            Line::failed(Check::Policy, code)
                .expected(this.demand.map_or_else(
                    || format!("{} asks for {}", application.name, this.asked.name()),
                    |demand| format!("{} {}", demand.title, demand.in_words),
                ))
                .found(in_words(&proofs))
                .for_administrators(),
        );
        let expected = if a_strength && !only_too_old {
            format!("for {}: {}", application.name, this.asked.name_for_person())
        } else if only_too_old {
            format!("{RECENT} for {}", application.name)
        } else {
            format!("{} for {}", this.asked.name_for_person(), application.name)
        };
        trace.push(
            Line::failed(Check::Policy, code)
                .expected(expected)
                .found(found),
        );
        let refusal = Refusal::new(trace);
        if lacking.is_empty() {
            return Decision::Deny(refusal);
        }
        let mut offers: Vec<Factor> = lacking.iter().map(|one| one.factor).collect();
        offers.dedup();
        Decision::More(More {
            proven: Recorded::new(account, proofs),
            offers,
            lacking,
            refusal,
        })
    }

    /// What would bring the person nearer, the one to suggest first first. A combination is offered
    /// by the first of its parts that is missing, where the account can prove every part.
    fn lacking(
        &self,
        this: Wanted<'_>,
        proofs: &[Proof],
        account: &Account,
        now: Time,
    ) -> Vec<Lacking> {
        let counted = |proof: &&Proof| this.asked.counts(proof) && is_recent(this, proof, now);
        let has_certificate = proofs
            .iter()
            .filter(|proof| is_recent(this, proof, now))
            .any(|proof| proof.certificate.is_some());
        // Whoever showed a certificate is asked for another one only where the kind of certificate
        // is what is missing.
        let another_helps = matches!(this.asked.what, What::Strength(_)) || !has_certificate;
        let open = self
            .0
            .method
            .is_open_to(account, self.0.settings.compatibility);
        let registered = |part: Part| match part {
            Part::Password => account.has_password,
            Part::Code => account.has_code,
            Part::VerifiedPasskey | Part::Passkey => account.has_passkey,
            Part::MultiFactorCertificate | Part::SingleFactorCertificate => open,
        };
        let obtainable = |part: Part| {
            let another = another_helps || part.factor() != Factor::Certificate;
            another && registered(part)
        };
        let again = |part: Part| {
            let known = |proof: &&Proof| this.asked.counts(proof) && part.is_proven_by(proof);
            proofs.iter().any(|proof| known(&proof))
        };
        let mut found: Vec<Lacking> = Vec::new();
        for way in &this.asked.ways {
            let mut missing = way.parts.iter().copied().filter(|part| {
                !proofs
                    .iter()
                    .filter(counted)
                    .any(|proof| part.is_proven_by(proof))
            });
            let Some(first) = missing.next() else {
                // All of it was proven, and the last of it too long ago: that one once more.
                let mut parts = way.parts.iter().rev().copied();
                let last = parts.find(|part| registered(*part));
                found.extend(last.map(|part| this.asked.lacking(part, &[], true)));
                continue;
            };
            let then: Vec<Part> = missing.collect();
            let reachable = obtainable(first) && then.iter().all(|part| obtainable(*part));
            // A code beside nothing starts no sign-in.
            let starts = first != Part::Code || !way.is_single();
            if reachable && starts {
                found.push(this.asked.lacking(first, &then, again(first)));
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
        let mut all: Vec<Lacking> = Vec::new();
        for factor in order {
            for one in found.iter().filter(|one| one.factor == factor) {
                // What does by itself needs no mention of the ways that it begins.
                let known = all.iter_mut().find(|known| known.is_like(one));
                match known {
                    Some(known) if one.then.len() < known.then.len() => *known = one.clone(),
                    Some(_) => {}
                    None => all.push(one.clone()),
                }
            }
        }
        lacking::however_rated(all)
    }
}

/// Whether what is asked for is met, by proofs that count for it and are recent enough.
fn is_met(this: Wanted<'_>, proofs: &[Proof], now: Time) -> bool {
    let counted: Vec<&Proof> = proofs
        .iter()
        .filter(|proof| this.asked.counts(proof) && is_recent(this, proof, now))
        .collect();
    this.asked
        .ways
        .iter()
        .any(|way| is_held(way, this, &counted, now))
}

fn reported(demand: &Demand, this: Option<Wanted<'_>>, proofs: &[Proof], now: Time) -> Line {
    let outcome = match this {
        None => "would have refused",
        Some(this) if is_met(this, proofs, now) => "would have held",
        Some(_) => "would have asked for more",
    };
    Line::not_checked(Check::Policy)
        .expected(format!(
            "{}, which only reports, {}",
            demand.title, demand.in_words
        ))
        .found(outcome)
        .for_administrators()
}

/// One line for all policies that are met, so that the one that is not stands out.
fn note_met(met: &str, strength: Strength, trace: &mut Trace) {
    if !met.is_empty() {
        trace.push(
            Line::passed(Check::Policy)
                .expected(met)
                .found(strength.directory_word())
                .for_administrators(),
        );
    }
}

fn push_asks(text: &mut String, demand: &Demand) {
    text.push_str(&demand.title);
    text.push(' ');
    text.push_str(&demand.in_words);
}

fn is_held(way: &Combination, this: Wanted<'_>, counted: &[&Proof], now: Time) -> bool {
    let counted = counted.iter().copied();
    if !way.is_held_by(&counted) {
        return false;
    }
    match this.frequency {
        Some(SignInFrequency {
            of: FrequencyOf::Secondary,
            period,
        }) => way
            .completed_at(&counted)
            .is_some_and(|last| now.unix().saturating_sub(last.unix()) <= period.seconds()),
        Some(SignInFrequency {
            of: FrequencyOf::PrimaryAndSecondary,
            ..
        })
        | None => true,
    }
}

/// Whether a proof is as recent as every proof has to be.
fn is_recent(this: Wanted<'_>, proof: &Proof, now: Time) -> bool {
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
