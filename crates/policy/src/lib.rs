//! Which account a certificate means, how strong the proof is, and whether the person may in.
//!
//! The crate is pure. Its one answer is a [`Decision`], and its one question is [`Evidence`], which
//! can be had only from something that was really proven: a certificate whose path holds, a
//! verified password or code, or a live session. Only [`Decision::Allow`] holds a [`Grant`], and
//! tokens are minted from nothing else.
//!
//! A tenant's [`Rules`] are the directory's own: [`directory`] reads them from what an
//! administrator exported, and writes them the same again.

mod account;
mod authentication_strength;
mod binding;
mod combination;
mod conditional_access;
mod decision;
pub mod directory;
mod dn;
mod evidence;
mod explanation;
mod method;
pub mod one_time_code;
pub mod password;
mod rules;
mod settings;
mod strength;
pub mod user_ids;
mod what_if;

pub use account::{Account, Application, Requirement};
pub use authentication_strength::{AuthenticationStrength, CertificateConfiguration};
pub use binding::search::LookUp;
pub use binding::{Affinity, CertificateField, UserProperty, UsernameBinding};
pub use combination::BuiltInStrength;
pub use conditional_access::{
    Applications, Clients, ConditionalAccessPolicy, FrequencyOf, GrantControl, Period, PolicyState,
    SignInFrequency, StrengthReference, Users,
};
pub use decision::{Decision, Grant, Lacking, More, Policy};
pub use evidence::{CertificateFacts, Ended, Evidence, Factor, Live, Proof, Recorded};
pub use explanation::{CheckLine, Explanation, NextStep, Refusal};
pub use method::{AuthorityScope, CrlValidation, MethodPolicy, StrengthRule};
pub use rules::{Rules, Unresolved};
pub use settings::{Compatibility, PolicyOidsFrom, SerialOrders, Settings, TwoPossessionFactors};
pub use strength::Strength;
pub use what_if::Answer;

/// Codes that this crate's refusals carry; the meanings are the directory's.
pub mod code {
    /// No account fits; also said where the account does not exist.
    pub const NO_ACCOUNT: u32 = 50034;
    /// The account is switched off.
    pub const ACCOUNT_DISABLED: u32 = 50057;
    /// A second factor is needed.
    pub const SECOND_FACTOR_REQUIRED: u32 = 50076;
    /// A second factor is needed, and the account has none.
    pub const SECOND_FACTOR_NOT_ENROLLED: u32 = 50079;
    /// The username or password is not right.
    pub const WRONG_PASSWORD: u32 = 50126;
    /// A conditional access policy blocks it.
    pub const BLOCKED: u32 = 53003;
    /// What was proven is older than a conditional access policy allows.
    pub const SIGN_IN_TOO_OLD: u32 = 70044;
    /// The account may not use the method.
    pub const METHOD_NOT_ALLOWED: u32 = 130_501;
    /// The certificate does not meet the authentication strength.
    pub const STRENGTH_NOT_MET: u32 = 500_187;
    /// The certificate's CA is not meant for the account.
    pub const OUTSIDE_SCOPE: u32 = 500_189;
    /// The certificate lacks every field that a binding names.
    pub const FIELD_MISSING: u32 = 1_001_003;
}
