use crate::code;
use crate::encoding::NotDer;

/// Why a CRL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlFault {
    /// It was never fetched.
    #[error("it was not fetched yet")]
    NotFetched,
    /// The server that has it answered with something else.
    #[error("the server answered {0}")]
    Status(u16),
    /// The server that has it could not be reached.
    #[error("it could not be fetched: {0}")]
    Unreachable(String),
    /// The fetch took longer than allowed.
    #[error("it was not there within {0} s")]
    TimedOut(u64),
    /// The fetch took longer than a sign-in waits; it is tried again for whoever comes next.
    #[error("it was not there within {0} s, and is fetched again for the next sign-in")]
    Late(u64),
    /// Somebody else's fetch of it took longer than a sign-in waits.
    #[error("it is being fetched")]
    BeingFetched,
    /// It is larger than allowed.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// It is neither DER nor PEM of a CRL.
    #[error("it is not a revocation list: {0}")]
    NotDer(String),
    /// Another CA, or another key, signed it.
    #[error("it is signed by {found}, and expected was {expected}")]
    WrongSigner {
        /// Name and key identifier of the CA.
        expected: String,
        /// Name and key identifier of the list.
        found: String,
    },
    /// Its signature does not fit.
    #[error("its signature does not count: {0}")]
    Signature(String),
    /// It has a critical extension that is not judged.
    #[error("it has an extension that is not judged: {0}")]
    NotJudged(String),
    /// It says something that RFC 5280 §5 forbids.
    #[error("it is not as RFC 5280 wants it: {0}")]
    Forbidden(String),
    /// It has no nextUpdate, so nothing says how long it counts.
    #[error("it has no nextUpdate")]
    NoNextUpdate,
}

impl CrlFault {
    /// The directory's code.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::NotFetched => code::CRL_MISSING,
            Self::Status(_) | Self::Unreachable(_) => code::CRL_FETCH_FAILED,
            Self::TimedOut(_) => code::CRL_TIMED_OUT,
            Self::Late(_) => code::CRL_LATE,
            Self::BeingFetched => code::CRL_BEING_FETCHED,
            Self::TooLarge(_) => code::CRL_TOO_LARGE,
            Self::NotDer(_) => code::CRL_NOT_DER,
            Self::WrongSigner { .. } | Self::Signature(_) => code::CRL_WRONG_SIGNER,
            Self::NotJudged(_) | Self::Forbidden(_) | Self::NoNextUpdate => code::CRL_NOT_USABLE,
        }
    }
}

/// What is not DER is no list.
impl From<NotDer> for CrlFault {
    fn from(cause: NotDer) -> Self {
        Self::NotDer(cause.to_string())
    }
}
