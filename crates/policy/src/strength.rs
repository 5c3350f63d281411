use serde::{Deserialize, Serialize};

/// How much a proof counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
}
