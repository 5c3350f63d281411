use crate::code;
use crate::encoding::NotDer;

/// Why there is no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspFault {
    /// The responder was not asked yet.
    #[error("the responder was not asked yet")]
    NotAsked,
    /// The responder's server answered with something else.
    #[error("the responder's server answered {0}")]
    Status(u16),
    /// The responder could not be reached.
    #[error("the responder could not be reached: {0}")]
    Unreachable(String),
    /// The answer took longer than allowed.
    #[error("the responder did not answer within {0} s")]
    TimedOut(u64),
    /// The answer is larger than allowed.
    #[error("the responder's answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The responder gives no answer, and says why (RFC 6960 §4.2.1).
    #[error("the responder gives no answer: {0}")]
    Refused(&'static str),
    /// The bytes are no response.
    #[error("it is not a response in DER: {0}")]
    NotDer(String),
    /// It has a critical extension, or is of a type, that is not judged.
    #[error("the response has something that is not judged: {0}")]
    NotJudged(String),
    /// It says something that RFC 6960 forbids.
    #[error("the response is not as RFC 6960 wants it: {0}")]
    Forbidden(String),
    /// It answers about other certificates.
    #[error("the response is about another certificate")]
    OtherCertificate,
    /// It repeats another question's nonce.
    #[error("the response is to another question: its nonce differs")]
    OtherNonce,
    /// Whoever signed it may not answer for the CA.
    #[error("the responder may not answer for the CA: {0}")]
    Responder(String),
    /// Its signature does not fit.
    #[error("the response's signature does not count: {0}")]
    Signature(String),
}

impl OcspFault {
    /// The directory's code. The directory asks no responder, so the codes are those of lists.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::NotAsked => code::CRL_MISSING,
            Self::Status(_) | Self::Unreachable(_) | Self::Refused(_) => code::CRL_FETCH_FAILED,
            Self::TimedOut(_) => code::CRL_TIMED_OUT,
            Self::TooLarge(_) => code::CRL_TOO_LARGE,
            Self::Responder(_) | Self::Signature(_) => code::CRL_WRONG_SIGNER,
            Self::NotDer(_)
            | Self::NotJudged(_)
            | Self::Forbidden(_)
            | Self::OtherCertificate
            | Self::OtherNonce => code::CRL_NOT_USABLE,
        }
    }
}

/// What is not DER is no response.
impl From<NotDer> for OcspFault {
    fn from(cause: NotDer) -> Self {
        Self::NotDer(cause.to_string())
    }
}
