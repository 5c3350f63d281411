//! Signature algorithms (RFC 4055, RFC 5758, RFC 8410): which are accepted, and what the others are
//! called.

use std::fmt;

use der::Tag;

use crate::encoding::{Element, Elements, NotDer, context};
use crate::oid::Oid;

/// An algorithm and its parameters, as they stand (RFC 5280 §4.1.1.2).
#[derive(Debug)]
pub(crate) struct AlgorithmIdentifier<'a> {
    pub(crate) oid: Oid,
    pub(crate) parameters: Parameters<'a>,
}

/// The parameters of an algorithm.
#[derive(Debug)]
pub(crate) enum Parameters<'a> {
    /// There are none.
    Absent,
    /// They are NULL.
    Null,
    /// They are a SEQUENCE with these contents.
    Sequence(&'a [u8]),
    /// They are something else.
    Other(Element<'a>),
}

/// A signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Hash),
    /// RSASSA-PSS with one hash throughout and a salt of its length.
    Pss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
    /// One that is not accepted, by its name.
    Refused(String),
}

/// A hash function that is accepted in signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads an `AlgorithmIdentifier`.
    pub(crate) fn read(element: &Element<'a>) -> Result<Self, NotDer> {
        let mut inside = element.inside()?;
        let oid = inside
            .expect(Tag::ObjectIdentifier, "an algorithm has no identifier")?
            .oid()?;
        let parameters = if inside.is_empty() {
            Parameters::Absent
        } else {
            let element = inside.next()?;
            if element.tag == Tag::Null && element.contents.is_empty() {
                Parameters::Null
            } else if element.tag == Tag::Sequence {
                Parameters::Sequence(element.contents)
            } else {
                Parameters::Other(element)
            }
        };
        inside.end()?;
        Ok(Self { oid, parameters })
    }
}

impl From<&AlgorithmIdentifier<'_>> for SignatureAlgorithm {
    fn from(identifier: &AlgorithmIdentifier<'_>) -> Self {
        read(identifier.oid.contents(), &identifier.parameters)
            .unwrap_or_else(|| Self::Refused(name(&identifier.oid, &identifier.parameters)))
    }
}

impl From<&Self> for SignatureAlgorithm {
    fn from(algorithm: &Self) -> Self {
        algorithm.clone()
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkcs1(hash) => write!(f, "RSA with {hash}"),
            Self::Pss(hash) => write!(f, "RSASSA-PSS with {hash}"),
            Self::Ecdsa(hash) => write!(f, "ECDSA with {hash}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Refused(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

fn read(oid: &[u8], parameters: &Parameters<'_>) -> Option<SignatureAlgorithm> {
    // RFC 4055 §5: NULL, and taken as well where it is left out.
    let null = matches!(parameters, Parameters::Null | Parameters::Absent);
    // RFC 5758 §3.2, RFC 8410 §3: none.
    let none = matches!(parameters, Parameters::Absent);
    Some(match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b] if null => {
            SignatureAlgorithm::Pkcs1(Hash::Sha256)
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c] if null => {
            SignatureAlgorithm::Pkcs1(Hash::Sha384)
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d] if null => {
            SignatureAlgorithm::Pkcs1(Hash::Sha512)
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02] if none => {
            SignatureAlgorithm::Ecdsa(Hash::Sha256)
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03] if none => {
            SignatureAlgorithm::Ecdsa(Hash::Sha384)
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04] if none => {
            SignatureAlgorithm::Ecdsa(Hash::Sha512)
        }
        [0x2b, 0x65, 0x70] if none => SignatureAlgorithm::Ed25519,
        RSA_PSS => match parameters {
            Parameters::Sequence(contents) => {
                let parameters = PssParameters::read(contents).ok()??;
                if parameters.salt != parameters.hash.length() {
                    return None;
                }
                SignatureAlgorithm::Pss(parameters.hash)
            }
            Parameters::Absent | Parameters::Null | Parameters::Other(_) => return None,
        },
        _ => return None,
    })
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1), where one hash that is accepted is for message and mask, and
/// the trailer field is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PssParameters {
    pub(crate) hash: Hash,
    /// In a signature the length of its salt, in a key the least that a signature may have.
    pub(crate) salt: u32,
}

impl PssParameters {
    /// Reads the contents of the SEQUENCE; `None` for what is not accepted. The defaults are SHA-1's,
    /// so where a hash is left out the parameters are not accepted.
    pub(crate) fn read(contents: &[u8]) -> Result<Option<Self>, NotDer> {
        const FAULT: &str = "the parameters of RSASSA-PSS are not those of RFC 4055";
        let mut fields = Elements::of(contents)?;
        let hash = fields.next_if(context(0))?;
        let mask = fields.next_if(context(1))?;
        let salt = fields.next_if(context(2))?;
        let trailer = fields.next_if(context(3))?;
        fields.end()?;
        let number = |field: Option<Element<'_>>, default| match field {
            Some(field) => Element::only(field.contents, Tag::Integer, FAULT)?.count(),
            None => Ok(default),
        };
        let (salt, trailer) = (number(salt, 20)?, number(trailer, 1)?);
        let (Some(hash), Some(mask)) = (hash, mask) else {
            return Ok(None);
        };
        let hash = hash_function(&Element::only(hash.contents, Tag::Sequence, FAULT)?)?;
        let mut mask = Element::only(mask.contents, Tag::Sequence, FAULT)?.inside()?;
        let function = mask.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
        let of = hash_function(&mask.expect(Tag::Sequence, FAULT)?)?;
        mask.end()?;
        let fits = function.is(MGF1) && of == hash && trailer == 1;
        Ok(hash.filter(|_| fits).map(|hash| Self { hash, salt }))
    }
}

impl Hash {
    /// Octets of its output.
    pub(crate) const fn length(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// RFC 4055 §2.1: with NULL, and taken as well where that is left out.
fn hash_function(algorithm: &Element<'_>) -> Result<Option<Hash>, NotDer> {
    let algorithm = AlgorithmIdentifier::read(algorithm)?;
    if !matches!(algorithm.parameters, Parameters::Null | Parameters::Absent) {
        return Ok(None);
    }
    Ok(match algorithm.oid.contents() {
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01] => Some(Hash::Sha256),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02] => Some(Hash::Sha384),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03] => Some(Hash::Sha512),
        _ => None,
    })
}

/// What a refused algorithm is called.
fn name(oid: &Oid, parameters: &Parameters<'_>) -> String {
    let dotted = oid.to_string();
    let known = match dotted.as_str() {
        "1.2.840.113549.1.1.2" => "RSA with MD2",
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "RSA with SHA-1",
        "1.2.840.113549.1.1.14" => "RSA with SHA-224",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10045.4.3.1" => "ECDSA with SHA-224",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.1" => "DSA with SHA-224",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "1.3.101.113" => "Ed448",
        "1.2.840.113549.1.1.10" => match parameters {
            Parameters::Sequence([]) => "RSASSA-PSS with SHA-1",
            Parameters::Sequence(_)
            | Parameters::Absent
            | Parameters::Null
            | Parameters::Other(_) => "RSASSA-PSS with these parameters",
        },
        "1.2.840.113549.1.1.11"
        | "1.2.840.113549.1.1.12"
        | "1.2.840.113549.1.1.13"
        | "1.2.840.10045.4.3.2"
        | "1.2.840.10045.4.3.3"
        | "1.2.840.10045.4.3.4"
        | "1.3.101.112" => return format!("{dotted} with parameters that it does not have"),
        _ => return dotted,
    };
    known.to_owned()
}

/// id-RSASSA-PSS, 1.2.840.113549.1.1.10
pub(crate) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.2.840.113549.1.1.8
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
