/// What a certificate has that RFC 5280 forbids, though it can be read. Such a certificate is shown,
/// and no path through it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// §4.1.2.1, §4.1.2.9.
    #[error("it has extensions, and only version 3 has them")]
    ExtensionsBeforeVersion3,
    /// §4.1.2.8.
    #[error("it has unique identifiers, and version 1 has none")]
    UniqueIdentifierInVersion1,
    /// §4.1.2.9.
    #[error("its list of extensions is empty")]
    NoExtensions,
    /// §4.1.2.2.
    #[error("its serial number is zero")]
    SerialZero,
    /// §4.1.2.2.
    #[error("its serial number has more than 20 bytes")]
    SerialTooLong,
    /// §4.1.1.2, §4.1.2.3.
    #[error("it names one signature algorithm inside and another outside")]
    TwoSignatureAlgorithms,
    /// §4.1.2.4.
    #[error("its issuer has no name")]
    EmptyIssuer,
    /// §4.2.2.
    #[error("its information access is not a list of places")]
    InformationAccess,
    /// §4.1.2.6.
    #[error("it is a CA without a name")]
    EmptySubjectOfCa,
    /// §4.2.1.6.
    #[error("its subject is empty, and its subject alternative name is not critical")]
    EmptySubjectWithoutCriticalName,
    /// §4.2.1.9.
    #[error("it limits the length of paths, and is no CA that signs certificates")]
    PathLengthWithoutCa,
    /// §4.2.1.3, §4.2.1.9.
    #[error("its key usage has keyCertSign, and it is no CA")]
    CertSignWithoutCa,
    /// §4.2.1.3.
    #[error("its key usage has no use")]
    EmptyKeyUsage,
    /// §4.2.1.12.
    #[error("its extended key usage has no purpose")]
    EmptyExtendedKeyUsage,
    /// §4.2.1.4.
    #[error("its certificate policies have no policy")]
    EmptyPolicies,
    /// §4.2.1.4.
    #[error("one of its certificate policies stands twice")]
    RepeatedPolicy,
    /// §4.2.1.4.
    #[error("its certificate policies are critical and have a qualifier that is not known")]
    UnknownQualifier,
    /// §4.2.1.5.
    #[error("its policy mappings have no mapping")]
    EmptyPolicyMappings,
    /// §4.2.1.11.
    #[error("its policy constraints constrain nothing")]
    EmptyPolicyConstraints,
    /// §4.2.1.10.
    #[error("its name constraints have an empty list")]
    EmptyNameConstraints,
    /// §4.2.1.10.
    #[error("it has name constraints, and is no CA")]
    NameConstraintsWithoutCa,
    /// §4.2.1.10.
    #[error("an address of its name constraints has no mask, or one with gaps")]
    NameConstraintsMask,
    /// §4.2.1.10.
    #[error("a subtree of its name constraints has a minimum or a maximum")]
    NameConstraintsBounds,
    /// §4.2.1.1, §4.2.1.2, §4.2.1.15, §4.2.2.1, §4.2.2.2.
    #[error("an extension is critical that must not be")]
    MustNotBeCritical,
}
