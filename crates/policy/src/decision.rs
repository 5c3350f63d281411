//! The one question and the one answer.

use certs::{Check, CurrentPath, Line, Time, Trace};

use crate::account::{Account, Application, Requirement};
use crate::binding;
use crate::code;
use crate::evidence::{CertificateFacts, Evidence, Factor, Fresh, Proof, Recorded, together};
use crate::explanation::Refusal;
use crate::method::MethodPolicy;
use crate::strength::Strength;

/// A tenant's rules, ready to be asked.
#[derive(Clone, Debug)]
pub struct Policy {
    method: MethodPolicy,
}

/// The answer.
#[derive(Debug)]
#[must_use]
pub enum Decision {
    /// The person may in.
    Allow(Grant),
    /// What was proven counts, and more is needed.
    More(More),
    /// The person may not in.
    Deny(Refusal),
}

/// That a person may in: the only thing that tokens are minted from.
#[derive(Debug)]
pub struct Grant {
    account: Account,
    application: Application,
    recorded: Recorded,
    trace: Trace,
}

/// That one more proof is needed.
#[derive(Debug)]
pub struct More {
    /// What was proven so far, to be kept until the rest arrives.
    pub proven: Recorded,
    /// What would do, the first one to suggest first; never empty.
    pub offers: Vec<Factor>,
    /// Why it is needed.
    pub refusal: Refusal,
}

impl Policy {
    /// The rules of a tenant.
    #[must_use]
    pub const fn new(method: MethodPolicy) -> Self {
        Self { method }
    }

    /// Decides whether the evidence lets the account into the application.
    pub fn decide(
        &self,
        evidence: &Evidence,
        account: &Account,
        application: &Application,
        now: Time,
    ) -> Decision {
        let mut trace = Trace::new();
        let mut proofs: Vec<Proof> = Vec::new();
        for live in &evidence.recorded {
            let recorded = live.recorded();
            if recorded.account() != account.id {
                return deny(trace, other_account());
            }
            proofs.extend(recorded.proofs().iter().cloned());
        }
        for fresh in &evidence.fresh {
            match self.prove(fresh, account, now, &mut trace) {
                Some(proof) => proofs.push(proof),
                None => return Decision::Deny(Refusal::new(trace)),
            }
        }
        if !account.enabled {
            return deny(
                trace,
                Line::failed(Check::Method, code::ACCOUNT_DISABLED)
                    .found("an account that is switched off"),
            );
        }
        if proofs.is_empty() {
            return deny(
                trace,
                Line::failed(Check::Key, certs::code::NO_CERTIFICATE).found("no proof at all"),
            );
        }
        self.weigh(proofs, account, application, trace)
    }

    /// Explains a refusal where no account has the username. The person reads the same as where the
    /// account exists and the certificate is another's.
    #[must_use]
    pub fn refuse_unknown(&self, path: &CurrentPath) -> Refusal {
        let mut trace = path.trace().clone();
        binding::find(&self.method, path.leaf(), &nobody(), &mut trace);
        trace.push(
            Line::not_checked(Check::Account)
                .found("no account has the username that was entered")
                .for_administrators(),
        );
        Refusal::new(trace)
    }

    /// Explains a wrong password or code; the same where no account has the username.
    #[must_use]
    pub fn refuse_wrong_secret(&self, factor: Factor) -> Refusal {
        let check = match factor {
            Factor::Password | Factor::Certificate => Check::Password,
            Factor::Code => Check::Code,
        };
        let mut trace = Trace::new();
        trace.push(Line::failed(check, code::WRONG_PASSWORD));
        Refusal::new(trace)
    }

    fn prove(
        &self,
        fresh: &Fresh,
        account: &Account,
        now: Time,
        trace: &mut Trace,
    ) -> Option<Proof> {
        match fresh {
            Fresh::Password(password) => {
                if password.account != account.id {
                    trace.push(other_account());
                    return None;
                }
                trace.push(Line::passed(Check::Password));
                Some(single(Factor::Password, password.at))
            }
            Fresh::Code(code) => {
                if code.account != account.id {
                    trace.push(other_account());
                    return None;
                }
                trace.push(Line::passed(Check::Code));
                Some(single(Factor::Code, code.at))
            }
            Fresh::Certificate(path) => self.prove_certificate(path, account, now, trace),
        }
    }

    fn prove_certificate(
        &self,
        path: &CurrentPath,
        account: &Account,
        now: Time,
        trace: &mut Trace,
    ) -> Option<Proof> {
        trace.extend(path.trace().clone());
        let leaf = path.leaf();
        // The account comes first: whether it is in the method's scope is told only to its holder.
        let found = binding::find(&self.method, leaf, account, trace)?;
        if !self.method.enabled || !self.method.includes(account) {
            trace.push(
                Line::failed(Check::Method, code::METHOD_NOT_ALLOWED)
                    .found("certificates are not switched on for this account"),
            );
            return None;
        }
        trace.push(Line::passed(Check::Method));
        let rating = self.method.rate(leaf);
        trace.push(
            Line::passed(Check::Strength)
                .found(format!("{} {}", rating.by, rating.identifier).trim_end())
                .for_administrators(),
        );
        trace.push(Line::passed(Check::Strength).found(rating.strength.directory_word()));
        let mut facts = CertificateFacts::of(leaf);
        facts.binding = format!(
            "Certificate: {}; User Attribute: {}; Rank: {}",
            found.field.name(),
            found.property.name(),
            found.rank
        );
        facts.level = rating.strength;
        rating.by.clone_into(&mut facts.level_type);
        facts.level_identifier = rating.identifier;
        Some(Proof {
            factor: Factor::Certificate,
            at: now,
            strength: rating.strength,
            certificate: Some(facts),
        })
    }

    fn weigh(
        &self,
        proofs: Vec<Proof>,
        account: &Account,
        application: &Application,
        mut trace: Trace,
    ) -> Decision {
        let strength = together(&proofs);
        let found = strength.directory_word();
        if application.requires.is_met_by(strength) {
            trace.push(Line::passed(Check::Policy).found(found));
            return Decision::Allow(Grant {
                recorded: Recorded::new(account, proofs),
                account: account.clone(),
                application: application.clone(),
                trace,
            });
        }
        let wanted = match application.requires {
            Requirement::Any => Strength::SingleFactor,
            Requirement::MultiFactor => Strength::MultiFactor,
        };
        let offers = self.offers(&proofs, account);
        let code = if offers.is_empty() {
            code::SECOND_FACTOR_NOT_ENROLLED
        } else {
            code::SECOND_FACTOR_REQUIRED
        };
        trace.push(
            Line::failed(Check::Policy, code)
                .expected(format!(
                    "{} for {}",
                    wanted.directory_word(),
                    application.name
                ))
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

    /// The factors that would make two with what is there.
    fn offers(&self, proofs: &[Proof], account: &Account) -> Vec<Factor> {
        let known = proofs.iter().any(|proof| proof.factor == Factor::Password);
        let mut offers = Vec::new();
        if !known && account.has_password {
            offers.push(Factor::Password);
        }
        if known && account.has_code {
            offers.push(Factor::Code);
        }
        if known && self.method.enabled && self.method.includes(account) {
            offers.push(Factor::Certificate);
        }
        offers
    }
}

impl Grant {
    /// Who.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Into what.
    #[must_use]
    pub const fn application(&self) -> &Application {
        &self.application
    }

    /// What was proven, as a session keeps it.
    #[must_use]
    pub const fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// How strong the sign-in is.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.recorded.strength()
    }

    /// When the person last proved something.
    #[must_use]
    pub fn auth_time(&self) -> Time {
        self.recorded
            .proofs()
            .iter()
            .map(|proof| proof.at)
            .max()
            .unwrap_or(Time::from_unix(0))
    }

    /// The `amr` values (RFC 8176): `pop` for a certificate, `pwd`, `otp`, and `mfa` where two
    /// factors were proven.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values = Vec::new();
        for proof in self.recorded.proofs() {
            let value = match proof.factor {
                Factor::Certificate => "pop",
                Factor::Password => "pwd",
                Factor::Code => "otp",
            };
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if self.strength() == Strength::MultiFactor {
            values.push("mfa");
        }
        values
    }

    /// The certificate that was used, the newest first.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateFacts> {
        self.recorded
            .proofs()
            .iter()
            .rev()
            .find_map(|proof| proof.certificate.as_ref())
    }

    /// What was checked.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }
}

fn deny(mut trace: Trace, line: Line) -> Decision {
    trace.push(line);
    Decision::Deny(Refusal::new(trace))
}

fn single(factor: Factor, at: Time) -> Proof {
    Proof {
        factor,
        at,
        strength: Strength::SingleFactor,
        certificate: None,
    }
}

fn other_account() -> Line {
    Line::failed(Check::Account, code::NO_ACCOUNT).found("a proof of another account")
}

/// An account that no certificate means.
fn nobody() -> Account {
    Account {
        id: String::new(),
        user_principal_name: String::new(),
        on_premises_user_principal_name: None,
        certificate_user_ids: Vec::new(),
        display_name: String::new(),
        enabled: false,
        groups: Vec::new(),
        has_password: false,
        has_code: false,
    }
}
