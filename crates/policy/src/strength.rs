use serde::{Deserialize, Serialize};

/// How much a proof counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// One factor.
    SingleFactor,
    /// Two factors, or one that counts as two.
    MultiFactor,
}

impl Strength {
    /// The directory's word, `singleFactorAuthentication` or `multiFactorAuthentication`.
    #[must_use]
    pub const fn directory_word(self) -> &'static str {
        match self {
            Self::SingleFactor => "singleFactorAuthentication",
            Self::MultiFactor => "multiFactorAuthentication",
        }
    }

    /// The directory's mode of a certificate, `x509CertificateSingleFactor` or
    /// `x509CertificateMultiFactor`.
    #[must_use]
    pub const fn mode(self) -> &'static str {
        match self {
            Self::SingleFactor => "x509CertificateSingleFactor",
            Self::MultiFactor => "x509CertificateMultiFactor",
        }
    }
}
