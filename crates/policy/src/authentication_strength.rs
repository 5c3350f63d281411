//! Authentication strengths: which combinations of factors an application may ask for by name.

use crate::combination::{BuiltInStrength, Combination, TABLE};
use crate::evidence::{CertificateFacts, Proof};
use crate::settings::TwoPossessionFactors;
use crate::strength::Strength;

/// A strength that a tenant made, or one of the directory's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationStrength {
    /// Its id; none before the directory gave it one.
    pub id: Option<String>,
    /// Its name.
    pub display_name: String,
    /// Whether it is one that is always there.
    pub built_in: bool,
    /// The combinations that satisfy it, in the directory's words: `password,softwareOath`.
    pub allowed_combinations: Vec<String>,
    /// What certificates have to be, beside their mode.
    pub certificates: Vec<CertificateConfiguration>,
}

/// What a certificate has to be to count in a strength.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateConfiguration {
    /// The certificates that it is about.
    pub applies_to: Vec<Strength>,
    /// Key identifiers of issuers, in hex: one of them has to be the certificate's issuer.
    pub allowed_issuer_skis: Vec<String>,
    /// Policy OIDs: the certificate has to have one of them.
    pub allowed_policy_oids: Vec<String>,
}

/// What an application or a policy asks for, with the combinations that would do.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) what: What,
    pub(crate) ways: Vec<&'static Combination>,
}

/// What can be asked for.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Anything that was proven.
    Anything,
    /// Two factors.
    MultiFactor,
    /// A strength.
    Strength(Ready),
}

/// A strength, ready to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) name: String,
    built_in: Option<BuiltInStrength>,
    /// Each with its methods in order.
    combinations: Vec<Vec<String>>,
    certificates: Vec<CertificateConfiguration>,
}

impl BuiltInStrength {
    /// The strength with this id, which is the same in every tenant.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        let last = id.strip_prefix("00000000-0000-0000-0000-00000000000")?;
        match last {
            "2" => Some(Self::MultiFactor),
            "3" => Some(Self::Passwordless),
            "4" => Some(Self::PhishingResistant),
            _ => None,
        }
    }

    /// The directory's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiFactor => "Multifactor authentication",
            Self::Passwordless => "Passwordless MFA",
            Self::PhishingResistant => "Phishing-resistant MFA",
        }
    }
}

impl AuthenticationStrength {
    pub(crate) fn ready(&self) -> Ready {
        let built_in = self.id.as_deref().and_then(BuiltInStrength::by_id);
        Ready {
            name: self.display_name.clone(),
            built_in,
            combinations: self
                .allowed_combinations
                .iter()
                .map(|one| methods(one))
                .collect(),
            certificates: self.certificates.clone(),
        }
    }
}

impl Ready {
    pub(crate) fn built_in(strength: BuiltInStrength) -> Self {
        Self {
            name: strength.name().to_owned(),
            built_in: Some(strength),
            combinations: Vec::new(),
            certificates: Vec::new(),
        }
    }

    fn allows(&self, row: &Combination, tenant: TwoPossessionFactors) -> bool {
        match self.built_in {
            Some(built_in) => row.satisfies(built_in, tenant),
            None => row.mode.is_some_and(|mode| {
                let mode = methods(mode);
                self.combinations.contains(&mode)
            }),
        }
    }

    /// Whether a certificate counts that was rated so: every configuration about such certificates
    /// holds, that is one of its issuers and one of its OIDs fit, where it names any.
    fn accepts(&self, rated: Strength, facts: &CertificateFacts) -> bool {
        self.certificates
            .iter()
            .filter(|one| one.applies_to.contains(&rated))
            .all(|one| {
                let issuer = facts.authority_key_identifier.as_deref();
                let by_issuer = one.allowed_issuer_skis.is_empty()
                    || issuer.is_some_and(|issuer| {
                        one.allowed_issuer_skis
                            .iter()
                            .any(|allowed| allowed.eq_ignore_ascii_case(issuer))
                    });
                let by_policy = one.allowed_policy_oids.is_empty()
                    || facts
                        .counted_policies()
                        .iter()
                        .any(|oid| one.allowed_policy_oids.contains(oid));
                by_issuer && by_policy
            })
    }
}

impl Asked {
    pub(crate) fn new(what: What, tenant: TwoPossessionFactors) -> Self {
        let ways = TABLE
            .iter()
            .filter(|row| match &what {
                What::Anything => row.is_single(),
                What::MultiFactor => row.is_multi_factor(tenant),
                What::Strength(ready) => ready.allows(row, tenant),
            })
            .collect();
        Self { what, ways }
    }

    /// Whether a proof counts here at all.
    pub(crate) fn counts(&self, proof: &Proof) -> bool {
        match (&self.what, &proof.certificate) {
            (What::Strength(ready), Some(facts)) => ready.accepts(proof.strength, facts),
            (What::Strength(_), None) | (What::Anything | What::MultiFactor, _) => true,
        }
    }

    /// What it is called in an explanation.
    pub(crate) fn name(&self) -> String {
        match &self.what {
            What::Anything => RECENT.to_owned(),
            What::MultiFactor => Strength::MultiFactor.directory_word().to_owned(),
            What::Strength(ready) => format!("the authentication strength {:?}", ready.name),
        }
    }

    /// What it is called for the person, who is told what would do and not by which policy.
    pub(crate) fn name_for_person(&self) -> String {
        match &self.what {
            What::Anything => RECENT.to_owned(),
            What::MultiFactor => Strength::MultiFactor.directory_word().to_owned(),
            What::Strength(_) => {
                let ways: Vec<String> = self
                    .ways
                    .iter()
                    .filter(|way| !self.ways.iter().any(|other| way.is_more_than(other)))
                    .map(|way| way.in_words())
                    .collect();
                if ways.is_empty() {
                    "a way to sign in that is not offered here".to_owned()
                } else {
                    ways.join(", or ")
                }
            }
        }
    }

    /// What certificates have to be that are rated so: issuers by their key identifiers, and policy
    /// OIDs, of each of which one has to fit. Where several configurations name some, what all of
    /// them name.
    pub(crate) fn limits_of(&self, rated: Strength) -> (Vec<String>, Vec<String>) {
        let What::Strength(ready) = &self.what else {
            return (Vec::new(), Vec::new());
        };
        let about = || {
            let all = ready.certificates.iter();
            all.filter(|one| one.applies_to.contains(&rated))
        };
        let issuers = about().map(|one| one.allowed_issuer_skis.as_slice());
        let policies = about().map(|one| one.allowed_policy_oids.as_slice());
        (in_all(issuers), in_all(policies))
    }
}

/// What stands in all lists that are not empty, in either case.
fn in_all<'a>(lists: impl Iterator<Item = &'a [String]>) -> Vec<String> {
    let mut lists = lists.filter(|list| !list.is_empty());
    let mut all = lists.next().unwrap_or_default().to_vec();
    for list in lists {
        all.retain(|one| list.iter().any(|other| other.eq_ignore_ascii_case(one)));
    }
    all
}

/// The methods of a combination, in order, so that two spellings of one are equal.
pub(crate) fn methods(combination: &str) -> Vec<String> {
    let mut methods: Vec<String> = combination
        .split(',')
        .map(|method| method.trim().to_owned())
        .collect();
    methods.sort_unstable();
    methods
}

/// What only the age of proofs can fail.
pub(crate) const RECENT: &str = "a recent sign-in";
