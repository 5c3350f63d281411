//! Which account a certificate means, how strong the proof is, and whether the person may in.
//!
//! The crate is pure. Its one answer is a [`Decision`], and its one question is [`Evidence`], which
//! can be had only from something that was really proven: a certificate whose path holds, a
//! verified password or code, or a live session. Only [`Decision::Allow`] holds a [`Grant`], and
//! tokens are minted from nothing else.

mod account;
mod binding;
mod decision;
mod evidence;
mod explanation;
mod method;
pub mod one_time_code;
pub mod password;
mod strength;

pub use account::{Account, Application, Requirement};
pub use binding::{Affinity, CertificateField, UserProperty, UsernameBinding};
pub use decision::{Decision, Grant, More, Policy};
pub use evidence::{CertificateFacts, Ended, Evidence, Factor, Live, Proof, Recorded};
pub use explanation::{CheckLine, Explanation, NextStep, Refusal};
pub use method::{MethodPolicy, StrengthRule};
pub use strength::Strength;

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
    /// The account may not use the method.
    pub const METHOD_NOT_ALLOWED: u32 = 130_501;
    /// The certificate lacks every field that a binding names.
    pub const FIELD_MISSING: u32 = 1_001_003;
}
