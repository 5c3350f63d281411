//! The one question and the one answer.

use std::sync::Arc;

use certs::{Check, CurrentPath, Line, Time, Trace};

use crate::account::{Account, Application};
use crate::authentication_strength::{Asked, What};
use crate::binding::UsernameBinding;
use crate::binding::search::{LookUp, Match, Search};
use crate::code;
use crate::evidence::{CertificateFacts, Evidence, Factor, Fresh, Proof, Recorded};
use crate::explanation::Refusal;
use crate::method::MethodPolicy;
use crate::method::rating::{Rating, Ratings};
use crate::method::scope::{Scoped, Scopes};
use crate::rules::{Demand, Rules, Unresolved};
use crate::settings::{PolicyOidsFrom, Settings};
use crate::strength::Strength;

mod lacking;
mod weighing;

pub use lacking::Lacking;

/// A tenant's rules, ready to be asked. It is made once and shared: a copy costs nothing.
#[derive(Clone, Debug)]
pub struct Policy(Arc<Prepared>);

/// The rules with what every decision would compute again.
#[derive(Debug)]
struct Prepared {
    settings: Settings,
    method: MethodPolicy,
    bindings: Vec<UsernameBinding>,
    ratings: Ratings,
    scopes: Scopes,
    /// What applications ask for.
    anything: Asked,
    multi_factor: Asked,
    demands: Vec<Demand>,
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
    strength: Strength,
    trace: Trace,
}

/// That one more proof is needed.
#[derive(Debug)]
pub struct More {
    /// What was proven so far, to be kept until the rest arrives.
    pub proven: Recorded,
    /// What would do, the first one to suggest first; never empty.
    pub offers: Vec<Factor>,
    /// What each of them has to be, in the same order; a factor stands there once for each kind.
    pub lacking: Vec<Lacking>,
    /// Why it is needed.
    pub refusal: Refusal,
}

impl Policy {
    /// The rules of a tenant that has no conditional access policies and chose nothing else.
    #[must_use]
    pub fn new(method: MethodPolicy) -> Self {
        Self::prepare(Settings::default(), method, Vec::new())
    }

    /// All rules of a tenant.
    ///
    /// # Errors
    /// [`Unresolved`] for each conditional access policy whose strength is not known.
    pub fn of(rules: Rules) -> Result<Self, Vec<Unresolved>> {
        let demands = rules.demands()?;
        Ok(Self::prepare(rules.settings, rules.method, demands))
    }

    fn prepare(settings: Settings, method: MethodPolicy, demands: Vec<Demand>) -> Self {
        Self(Arc::new(Prepared {
            bindings: method.bindings_in_order(settings.compatibility),
            ratings: Ratings::new(&method),
            scopes: Scopes::new(&method.authority_scopes),
            anything: Asked::new(What::Anything, settings.two_possession_factors),
            multi_factor: Asked::new(What::MultiFactor, settings.two_possession_factors),
            settings,
            method,
            demands,
        }))
    }

    /// Decides whether the evidence lets the account into the application.
    ///
    /// A certificate is judged in this order: rating, account, method, scope of its CA. Whether the
    /// account exists, and what it may do, is told only to whoever holds a certificate of it.
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
        self.weigh(proofs, account, application, now, trace)
    }

    /// Says how the account of a certificate is found. It is [`LookUp::ByUsername`] except in the
    /// era of the preview, where whoever asks searches, and lets [`Policy::only_account`] choose.
    #[must_use]
    pub fn look_up(&self, path: &CurrentPath) -> LookUp {
        let (_, rating) = self.rate(path, &path.leaf().issuer().to_string());
        self.search(&rating).look_up(path.leaf())
    }

    /// Chooses among the accounts that were found for a certificate: the only one that it fits.
    ///
    /// # Errors
    /// A refusal where it fits none, or several.
    pub fn only_account<'a>(
        &self,
        path: &CurrentPath,
        found: &'a [Account],
    ) -> Result<&'a Account, Refusal> {
        let (_, rating) = self.rate(path, &path.leaf().issuer().to_string());
        let search = self.search(&rating);
        let mut fitting = found.iter().filter(|account| {
            search
                .find(path.leaf(), account, &mut Trace::new())
                .is_some()
        });
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) | (None, _) => Err(self.refuse_unknown(path)),
        }
    }

    /// Explains a refusal where no account has the username. The person reads the same as where the
    /// account exists and the certificate is another's.
    #[must_use]
    pub fn refuse_unknown(&self, path: &CurrentPath) -> Refusal {
        let mut trace = path.trace().clone();
        let (_, rating) = self.rate(path, &path.leaf().issuer().to_string());
        self.search(&rating)
            .find(path.leaf(), &nobody(), &mut trace);
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
            Factor::Passkey { .. } => Check::Key,
        };
        let mut trace = Trace::new();
        trace.push(Line::failed(check, code::WRONG_PASSWORD));
        Refusal::new(trace)
    }

    fn search<'a>(&'a self, rating: &'a Rating) -> Search<'a> {
        Search {
            bindings: &self.0.bindings,
            required: rating.required_affinity,
            required_by: &rating.affinity_by,
            settings: &self.0.settings,
        }
    }

    /// Rates a certificate by the policies that count, and names those of the path where they do.
    fn rate(&self, path: &CurrentPath, issuer: &str) -> (Option<Vec<String>>, Rating) {
        let leaf = path.leaf();
        match self.0.settings.policy_oids_from {
            PolicyOidsFrom::Leaf => (None, self.0.ratings.rate(issuer, leaf.policies())),
            PolicyOidsFrom::Path => {
                let oids: Vec<String> = path.policies().iter().map(ToString::to_string).collect();
                let rating = self.0.ratings.rate(issuer, &oids);
                (Some(oids), rating)
            }
        }
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
        let issuer = leaf.issuer().to_string();
        let (path_policies, rating) = self.rate(path, &issuer);
        let found = self.search(&rating).find(leaf, account, trace)?;
        if !self
            .0
            .method
            .is_open_to(account, self.0.settings.compatibility)
        {
            trace.push(
                Line::failed(Check::Method, code::METHOD_NOT_ALLOWED)
                    .found("certificates are not switched on for this account"),
            );
            return None;
        }
        trace.push(Line::passed(Check::Method));
        let scoped_by = match self
            .0
            .scopes
            .judge(path.authorities(), leaf, account, trace)
        {
            Scoped::Open => None,
            Scoped::By(authority) => Some(authority),
            Scoped::Outside => return None,
        };
        trace.push(rated(&rating));
        trace.push(Line::passed(Check::Strength).found(rating.strength.directory_word()));
        let binding = in_directory_words(&found);
        let mut facts = CertificateFacts::of(leaf, found.subject, issuer);
        facts.path_policies = path_policies;
        facts.scoped_by = scoped_by;
        facts.binding = binding;
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
    pub const fn strength(&self) -> Strength {
        self.strength
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

    /// The `amr` values (RFC 8176): `pop` for a certificate or a passkey, `pwd`, `otp`, and `mfa`
    /// where two factors were proven.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values = Vec::new();
        for proof in self.recorded.proofs() {
            let value = match proof.factor {
                Factor::Certificate | Factor::Passkey { .. } => "pop",
                Factor::Password => "pwd",
                Factor::Code => "otp",
            };
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if self.strength == Strength::MultiFactor {
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

fn rated(rating: &Rating) -> Line {
    let mut found = rating.by.to_owned();
    if !rating.identifier.is_empty() {
        found.push(' ');
        found.push_str(&rating.identifier);
    }
    if rating.disputed {
        found.push_str(", and rules that fit disagree, so the weaker one counts");
    }
    Line::passed(Check::Strength)
        .found(found)
        .for_administrators()
}

fn in_directory_words(found: &Match) -> String {
    format!(
        "Certificate: {}; User Attribute: {}; Rank: {}",
        found.field.name(),
        found.property.name(),
        found.rank
    )
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
        has_passkey: false,
    }
}
