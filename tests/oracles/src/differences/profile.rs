//! What RFC 5280 forbids an authority to write, X.690 to encode, or the directory to be, and not
//! every judge looks at. We refuse it, since whoever wrote it meant something else than we would
//! read.

use super::{Difference, When};
use crate::plan::Kind;

macro_rules! broken {
    ($($kind:ident: $decides:literal,)*) => {
        &[$(Difference {
            name: concat!("they do not look: ", stringify!($kind)),
            decides: $decides,
            when: When::Broken(Kind::$kind),
        },)*]
    };
}

pub(super) const ALL: &[Difference] = broken! {
    LengthWithoutCa: "RFC 5280 §4.2.1.9: CAs MUST NOT include the pathLenConstraint field unless \
        the cA boolean is asserted.",
    PurposeEmpty: "RFC 5280 §4.2.1.12: SEQUENCE SIZE (1..MAX) OF KeyPurposeId.",
    ExtensionTwice: "RFC 5280 §4.2: a certificate MUST NOT include more than one instance of an \
        extension.",
    VersionOne: "RFC 5280 §4.1.2.1: when extensions are used, version MUST be 3.",
    VersionTwo: "RFC 5280 §4.1.2.1: when extensions are used, version MUST be 3.",
    VersionFour: "RFC 5280 §4.1: Version is v1, v2 or v3.",
    SerialZero: "RFC 5280 §4.1.2.2: the serial number MUST be a positive integer.",
    SerialLong: "RFC 5280 §4.1.2.2: conforming CAs MUST NOT use more than 20 octets.",
    SubjectEmpty: "RFC 5280 §4.1.2.6: where the subject is empty, the alternative name MUST be \
        critical; a CA's MUST NOT be empty.",
    ExtensionTrailing: "RFC 5280 §4.2: the value is the DER encoding of one ASN.1 value.",
    PoliciesEmpty: "RFC 5280 §4.2.1.4: SEQUENCE SIZE (1..MAX) OF PolicyInformation.",
    PolicyTwice: "RFC 5280 §4.2.1.4: a policy OID MUST NOT appear more than once.",
    PolicyConstraintsEmpty: "RFC 5280 §4.2.1.11: CAs MUST NOT issue certificates where policy \
        constraints is an empty sequence.",
    AnyMapped: "RFC 5280 §4.2.1.5: policies MUST NOT be mapped either to or from anyPolicy.",
    MappedToAny: "RFC 5280 §4.2.1.5: policies MUST NOT be mapped either to or from anyPolicy.",
    ConstraintsEmpty: "RFC 5280 §4.2.1.10: CAs MUST NOT issue certificates where name constraints \
        is an empty sequence.",
    ConstraintsOther: "RFC 5280 §4.2.1.10: name constraints MUST be used only in a CA certificate.",
    ConstraintsMinimum: "RFC 5280 §4.2.1.10: the minimum MUST be zero, and maximum MUST be absent.",
    ConstraintsHoledMask: "RFC 5280 §4.2.1.10: an address and mask in the style of RFC 4632 \
        (CIDR), whose masks have no gaps.",
    ConstraintsUnknownForm: "RFC 5280 §4.2.1.10: a constraint of a name form that is not processed \
        MUST lead to rejection where the form appears; and name constraints MUST be used only in a \
        CA certificate.",
    NamesEmpty: "RFC 5280 §4.2.1.6: SEQUENCE SIZE (1..MAX) OF GeneralName.",
    NamesNul: "RFC 5280 §4.2.1.6: a dNSName is in the preferred name syntax, which has no NUL.",
    TrueOtherwise: "X.690 §11.1: TRUE is FF.",
    LengthLong: "X.690 §10.1: a length is in the fewest octets.",
};
