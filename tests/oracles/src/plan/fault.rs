/// One thing that is broken.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// At which certificate, counted around: the leaf first, then the authorities from the anchor on.
    pub at: usize,
    /// What.
    pub kind: Kind,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// What can be broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];
        }
    };
}

kinds! {
    /// Its validity has ended.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// A bit of the signature is another.
    SignatureFlipped,
    /// A bit of what was signed is another.
    ContentFlipped,
    /// Another key signed it.
    SignedByAnother,
    /// It names another issuer.
    IssuerRenamed,
    /// The two algorithms of a signature differ (RFC 5280 §4.1.1.2).
    AlgorithmsDiffer,
    /// Basic constraints are left out.
    NoBasicConstraints,
    /// Basic constraints say that it is no CA.
    NotCa,
    /// Basic constraints have a length limit and no CA.
    LengthWithoutCa,
    /// No authority may follow.
    LengthZero,
    /// Key usage has no certificate signing and no digital signature.
    KeyUsageOther,
    /// Key usage has no bit set.
    KeyUsageEmpty,
    /// Extended key usage is server authentication alone.
    PurposeOther,
    /// Extended key usage lists nothing.
    PurposeEmpty,
    /// A critical extension that nobody knows.
    UnknownCritical,
    /// An extension stands twice.
    ExtensionTwice,
    /// The authority key identifier is of another key.
    AuthorityKeyOther,
    /// Version 1, with extensions.
    VersionOne,
    /// Version 2, with extensions.
    VersionTwo,
    /// A version that there is not.
    VersionFour,
    /// The serial number is negative.
    SerialNegative,
    /// The serial number is zero.
    SerialZero,
    /// The serial number has 21 octets.
    SerialLong,
    /// The issuer is an empty name.
    IssuerEmpty,
    /// The subject is an empty name.
    SubjectEmpty,
    /// Bytes follow inside an extension's value.
    ExtensionTrailing,
    /// Bytes follow the certificate.
    CertificateTrailing,
    /// Certificate policies list nothing.
    PoliciesEmpty,
    /// A certificate policy stands twice.
    PolicyTwice,
    /// Certificate policies are another one alone.
    PoliciesOther,
    /// Policy constraints say nothing.
    PolicyConstraintsEmpty,
    /// An explicit policy is required from here on.
    ExplicitRequired,
    /// anyPolicy is mapped.
    AnyMapped,
    /// A policy is mapped to anyPolicy.
    MappedToAny,
    /// anyPolicy counts no more from here on.
    AnyInhibited,
    /// Name constraints say nothing.
    ConstraintsEmpty,
    /// Name constraints permit another directory name.
    ConstraintsOther,
    /// Name constraints have a minimum.
    ConstraintsMinimum,
    /// Name constraints have an address mask with a hole.
    ConstraintsHoledMask,
    /// Name constraints of a form that nobody judges.
    ConstraintsUnknownForm,
    /// Validity in a `GeneralizedTime` before 2050 (RFC 5280 §4.1.2.5).
    TimeGeneralized,
    /// Validity without seconds.
    TimeWithoutSeconds,
    /// Validity with fractions of a second.
    TimeFraction,
    /// Subject alternative names list nothing.
    NamesEmpty,
    /// A NUL in a DNS name.
    NamesNul,
    /// A default value is written out in basic constraints (X.690 §11.5).
    DefaultWritten,
    /// TRUE is another byte than FF (X.690 §11.1).
    TrueOtherwise,
    /// A length in more bytes than it needs (X.690 §10.1).
    LengthLong,
    /// It is not in the pool.
    Missing,
}
