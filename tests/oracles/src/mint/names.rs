use crate::der;
use crate::plan::{Directory, Spelling};

/// The name of the authority with this number.
pub fn authority_name(number: usize, spelling: Spelling) -> Vec<u8> {
    rdns(
        &[
            (ORGANIZATION, "Meridian"),
            (COMMON_NAME, &format!("Signing CA {number}")),
        ],
        spelling,
    )
}

/// A person's name.
pub fn directory(name: Directory, spelling: Spelling) -> Vec<u8> {
    let attributes: &[(&str, &str)] = match name {
        Directory::Staff => &[
            (ORGANIZATION, "Meridian"),
            (UNIT, "Staff"),
            (COMMON_NAME, "Lee Park"),
        ],
        Directory::Guest => &[
            (ORGANIZATION, "Meridian"),
            (UNIT, "Guests"),
            (COMMON_NAME, "Lee Park"),
        ],
        Directory::Other => &[(ORGANIZATION, "Other"), (COMMON_NAME, "Lee Park")],
        Directory::StaffWithMail => &[
            (ORGANIZATION, "Meridian"),
            (UNIT, "Staff"),
            (COMMON_NAME, "Lee Park"),
            (MAIL, "lee@meridian.example"),
        ],
        Directory::Empty => return der::sequence::<Vec<u8>>(&[]),
    };
    rdns(attributes, spelling)
}

/// The name above others: the country, then these attributes.
pub(super) fn rdns(attributes: &[(&str, &str)], spelling: Spelling) -> Vec<u8> {
    let mut parts = vec![attribute(COUNTRY, &der::tlv(0x13, &[b"XX"]))];
    for (kind, text) in attributes {
        parts.push(attribute(kind, &spelled(kind, text, spelling)));
    }
    der::sequence(&parts)
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    der::set(&[der::sequence(&[der::oid(kind), value.to_vec()])])
}

fn spelled(kind: &str, text: &str, spelling: Spelling) -> Vec<u8> {
    if kind == MAIL {
        return der::tlv(0x16, &[text.as_bytes()]);
    }
    match spelling {
        Spelling::Same => der::tlv(0x0c, &[text.as_bytes()]),
        Spelling::Printable => der::tlv(0x13, &[text.as_bytes()]),
        Spelling::Case => der::tlv(0x0c, &[text.to_uppercase().as_bytes()]),
        Spelling::Blanks => {
            let blanks = format!(" {} ", text.replace(' ', "  "));
            der::tlv(0x0c, &[blanks.as_bytes()])
        }
    }
}

const COUNTRY: &str = "2.5.4.6";
pub(super) const ORGANIZATION: &str = "2.5.4.10";
pub(super) const UNIT: &str = "2.5.4.11";
const COMMON_NAME: &str = "2.5.4.3";
const MAIL: &str = "1.2.840.113549.1.9.1";
