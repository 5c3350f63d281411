//! Reading certificates, validating paths, judging revocation, and saying why.
//!
//! The crate is pure: bytes, trust and the time come in as arguments, and a verdict with its trace
//! goes out. Nothing here reaches a socket, a file, a clock or randomness.
//!
//! ```text
//! validate(presented, anchors, settings, now) -> ValidPath -> check(revocation, now) -> CurrentPath
//! ```
//!
//! A [`CurrentPath`] can be had in no other way, so whoever holds one knows that every check ran.

mod certificate;
mod distribution_point;
mod encoding;
mod fingerprint;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod key;
mod name;
pub mod ocsp;
mod oid;
mod path;
mod purpose;
mod revocation;
mod time;
mod trace;

pub use certificate::{Certificate, KeyUsage, ReadError, Violation};
pub use fingerprint::{Fingerprint, NotAFingerprint};
pub use key::{KeyDescription, KeyKind};
pub use name::{Name, hex};
pub use oid::{NotAnOid, Oid};
pub use path::{
    Authority, CurrentPath, InitialPolicies, Presented, Refused, Role, Settings, TrustStore,
    ValidPath, validate,
};
pub use purpose::Purpose;
pub use revocation::{
    Crl, CrlFault, CrlNumber, Question, Requirement, Revocation, RevocationList, Revoked, Sources,
};
pub use time::Time;
pub use trace::{Check, Line, Outcome, Reader, Trace};

/// Codes that this crate's refusals carry; the meanings are the directory's.
pub mod code {
    /// The path cannot be trusted: a signature, a CA's rights, an algorithm, an extension.
    pub const CERTIFICATE_NOT_VALID: u32 = 50017;
    /// The certificate is not meant for signing in.
    pub const NOT_FOR_SIGN_IN: u32 = 50012;
    /// No certificate was sent.
    pub const NO_CERTIFICATE: u32 = 50192;
    /// The certificate is on its issuer's revocation list.
    pub const REVOKED: u32 = 500_171;
    /// The certificate is outside its validity.
    pub const OUTSIDE_VALIDITY: u32 = 500_172;
    /// The revocation list could not be fetched.
    pub const CRL_FETCH_FAILED: u32 = 500_173;
    /// What was fetched is no revocation list that can be used.
    pub const CRL_NOT_USABLE: u32 = 500_174;
    /// A certificate of the path has no revocation list.
    pub const CRL_MISSING: u32 = 500_175;
    /// The issuer is not in the trust store.
    pub const ISSUER_NOT_TRUSTED: u32 = 500_176;
    /// A delta is configured without a list that it could change.
    pub const DELTA_WITHOUT_BASE: u32 = 500_177;
    /// No revocation list counts: it is past its date, or covers other certificates.
    pub const CRL_STALE: u32 = 500_178;
    /// Fetching the revocation list took too long.
    pub const CRL_TIMED_OUT: u32 = 500_179;
    /// The revocation list is not DER.
    pub const CRL_NOT_DER: u32 = 2_205_011;
    /// A sign-in did not wait for the revocation list any longer; its fetch goes on without it.
    pub const CRL_LATE: u32 = 2_205_012;
    /// The revocation list is being fetched, and was not there in time.
    pub const CRL_BEING_FETCHED: u32 = 2_205_013;
    /// The revocation list is larger than allowed.
    pub const CRL_TOO_LARGE: u32 = 2_205_014;
    /// The revocation list is not signed by the CA it was configured for.
    pub const CRL_WRONG_SIGNER: u32 = 2_205_015;
}
