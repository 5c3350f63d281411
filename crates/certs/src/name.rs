use std::fmt;

use x509_parser::x509::X509Name;

/// A distinguished name (RFC 5280 §4.1.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
    /// In DER order: one entry per relative name, each with one or more attributes.
    relative_names: Vec<Vec<Attribute>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    oid: String,
    value: String,
}

impl Name {
    pub(crate) fn read(name: &X509Name<'_>) -> Self {
        let relative_names = name
            .iter_rdn()
            .map(|relative| {
                relative
                    .iter()
                    .map(|attribute| Attribute {
                        oid: attribute.attr_type().to_id_string(),
                        value: attribute.as_str().map_or_else(
                            |_| format!("#{}", hex(attribute.as_slice())),
                            str::to_owned,
                        ),
                    })
                    .collect()
            })
            .collect();
        Self {
            der: name.as_raw().to_vec(),
            relative_names,
        }
    }

    /// The name as it stands in the certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether both are the same name.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der
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
            .find(|attribute| attribute.oid == "2.5.4.3")
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
            .map(|attribute| format!("{}={}", directory_keyword(&attribute.oid), attribute.value))
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
                let keyword = rfc4514_keyword(&attribute.oid).unwrap_or(&attribute.oid);
                write!(f, "{keyword}={}", escaped(&attribute.value))?;
            }
        }
        Ok(())
    }
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
