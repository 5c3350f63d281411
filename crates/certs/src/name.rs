use std::fmt;

use der::Tag;

use crate::encoding::{Element, Elements, NotDer};
use crate::oid::Oid;

mod folded;

pub(crate) use folded::fold;

/// A distinguished name (RFC 5280 §4.1.2.4).
#[derive(Clone, Debug)]
pub struct Name {
    der: Vec<u8>,
    /// In DER order: one entry per relative name, each with one or more attributes.
    relative_names: Vec<Vec<Attribute>>,
    /// Equal for two names exactly if they match, and a prefix of it for each name above.
    folded: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Attribute {
    oid: Oid,
    value: String,
}

/// Two names are the same value if they are the same bytes; whether they name the same holder is
/// [`Name::matches`].
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Name {}

impl Name {
    /// Reads a name in DER.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, NotDer> {
        Self::read(&Element::only(der, Tag::Sequence, NOT_A_NAME)?)
    }

    /// Reads the SEQUENCE of relative names.
    pub(crate) fn read(name: &Element<'_>) -> Result<Self, NotDer> {
        let mut relative_names = Vec::new();
        let mut folded = Vec::new();
        let mut elements = name.inside()?;
        while !elements.is_empty() {
            let relative = elements.expect(Tag::Set, NOT_A_NAME)?;
            let attributes = read_relative(relative.inside()?)?;
            folded::push(&mut folded, &attributes);
            relative_names.push(
                attributes
                    .into_iter()
                    .map(|(oid, value)| Attribute {
                        oid,
                        value: shown(&value),
                    })
                    .collect(),
            );
        }
        Ok(Self {
            der: name.whole().to_vec(),
            relative_names,
            folded,
        })
    }

    /// Reads a relative name, as a distribution point gives it, as the last one under `self`.
    pub(crate) fn with_relative(&self, relative: Elements<'_>) -> Result<Self, NotDer> {
        let attributes = read_relative(relative)?;
        let mut longer = self.clone();
        // Such a name stands in no certificate, so it has no bytes there.
        longer.der.clear();
        folded::push(&mut longer.folded, &attributes);
        longer.relative_names.push(
            attributes
                .into_iter()
                .map(|(oid, value)| Attribute {
                    oid,
                    value: shown(&value),
                })
                .collect(),
        );
        Ok(longer)
    }

    /// Whether both name the same holder: the same relative names in the same order, each with the
    /// same attributes in any order, values compared without regard to case, to the kind of string
    /// and to the number of blanks (RFC 5280 §7.1).
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.folded == other.folded
    }

    /// Whether `other` is this name or stands below it (RFC 5280 §4.2.1.10).
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        other.folded.starts_with(&self.folded)
    }

    /// What is equal for two names exactly if they match.
    pub(crate) fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// The values of its e-mail address attributes (RFC 5280 §4.1.2.6).
    pub(crate) fn email_addresses(&self) -> impl Iterator<Item = &str> {
        self.relative_names
            .iter()
            .flatten()
            .filter(|attribute| attribute.oid.is(EMAIL_ADDRESS))
            .map(|attribute| attribute.value.as_str())
    }

    /// The name as it stands in the certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.relative_names.is_empty()
    }

    /// The last common name of the name (2.5.4.3).
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.relative_names
            .iter()
            .flatten()
            .rev()
            .find(|attribute| attribute.oid.is(COMMON_NAME))
            .map(|attribute| attribute.value.as_str())
    }

    /// The name for a person: its common name, else the whole name.
    #[must_use]
    pub fn short(&self) -> String {
        self.common_name()
            .map_or_else(|| self.to_string(), str::to_owned)
    }

    /// The form of the directory's username bindings: DER order, the directory's keywords, commas
    /// without blanks, values as they are.
    #[must_use]
    pub fn directory_form(&self) -> String {
        let attributes: Vec<String> = self
            .relative_names
            .iter()
            .flatten()
            .map(|attribute| {
                format!(
                    "{}={}",
                    directory_keyword(&attribute.oid.to_string()),
                    attribute.value
                )
            })
            .collect();
        attributes.join(",")
    }
}

/// Prints RFC 4514: the leaf first, values escaped.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, relative) in self.relative_names.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in relative.iter().enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                let oid = attribute.oid.to_string();
                let keyword = rfc4514_keyword(&oid).unwrap_or(&oid);
                write!(f, "{keyword}={}", escaped(&attribute.value))?;
            }
        }
        Ok(())
    }
}

fn read_relative(mut elements: Elements<'_>) -> Result<Vec<(Oid, Element<'_>)>, NotDer> {
    let mut attributes = Vec::new();
    let mut before: &[u8] = &[];
    while !elements.is_empty() {
        let attribute = elements.expect(Tag::Sequence, NOT_A_NAME)?;
        // DER has one order for a SET OF (X.690 §11.6).
        if attribute.whole() < before {
            return Err(NotDer("the attributes of a relative name are not in order"));
        }
        before = attribute.whole();
        let mut attribute = attribute.inside()?;
        let oid = attribute.expect(Tag::ObjectIdentifier, NOT_A_NAME)?.oid()?;
        let value = attribute.next()?;
        attribute.end()?;
        if value.tag == Tag::Utf8String && std::str::from_utf8(value.contents).is_err() {
            return Err(NotDer("a UTF8String of a name is not UTF-8"));
        }
        attributes.push((oid, value));
    }
    if attributes.is_empty() {
        return Err(NotDer(NOT_A_NAME));
    }
    Ok(attributes)
}

/// The value as people read it: text, or the bytes in hex behind a `#`.
fn shown(value: &Element<'_>) -> String {
    folded::text(value).map_or_else(|| format!("#{}", hex(value.contents)), Into::into)
}

/// Escapes a value after RFC 4514 §2.4.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let at_an_end = index == 0 || index == last;
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            ' ' if at_an_end => out.push_str("\\ "),
            '#' if index == 0 => out.push_str("\\#"),
            '\0' => out.push_str("\\00"),
            other => out.push(other),
        }
    }
    out
}

fn rfc4514_keyword(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.6" => "C",
        "2.5.4.9" => "STREET",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        _ => return None,
    })
}

/// The keywords that Windows prints; others as `OID.` and the dotted form.
fn directory_keyword(oid: &str) -> String {
    let keyword = match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "S",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "T",
        "2.5.4.42" => "G",
        "2.5.4.43" => "I",
        "1.2.840.113549.1.9.1" => "E",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => return format!("OID.{oid}"),
    };
    keyword.to_owned()
}

/// Writes bytes in lowercase hex, two digits each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

const NOT_A_NAME: &str = "a name is not a sequence of sets of attributes";
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 1.2.840.113549.1.9.1
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
