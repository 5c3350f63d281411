use serde::{Deserialize, Serialize};

/// What a tenant of certauth chooses beside the directory's own policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// Which era of the directory the sign-in follows.
    pub compatibility: Compatibility,
    /// Which policy OIDs of a certificate count.
    pub policy_oids_from: PolicyOidsFrom,
    /// Which byte orders of a serial number an account's value may have.
    pub serial_order: SerialOrders,
    /// What two things that are held, and nothing that is known, count for.
    pub two_possession_factors: TwoPossessionFactors,
}

/// The era of the directory that a tenant follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compatibility {
    /// The username names the account, and the certificate has to fit it.
    #[default]
    #[serde(rename = "current")]
    Current,
    /// The public preview of 2022: the certificate names the account, a field that fits nobody ends
    /// the sign-in, and the method is everybody's.
    #[serde(rename = "preview-2022")]
    Preview2022,
}

/// Where the policy OIDs come from that rules and strengths ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyOidsFrom {
    /// Those that the certificate asserts, as the directory reads them.
    #[default]
    Leaf,
    /// Those of them that hold along the whole path (RFC 5280 §6.1.5 (g)).
    Path,
}

/// Which byte orders of a serial number count in an account's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SerialOrders {
    /// The directory's alone: the last byte first.
    #[default]
    Reversed,
    /// The order in which certificates are displayed as well, as Microsoft's own tools print it.
    Either,
}

/// What two things that are held count for together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TwoPossessionFactors {
    /// One factor, twice.
    #[default]
    SingleFactor,
    /// Two factors.
    MultiFactor,
}
