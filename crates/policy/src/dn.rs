//! Distinguished names as the directory writes them: the leaf first in rules, in the order of the
//! encoding in username bindings, with the keywords and the quoting of Windows.

use std::borrow::Cow;

use certs::Name;

/// Relative names in the order of the text, each with its attributes.
#[derive(Debug, PartialEq, Eq)]
struct Dn(Vec<Vec<Attribute>>);

#[derive(Debug, PartialEq, Eq)]
struct Attribute {
    /// Dotted, or as it stands where the keyword is not known.
    oid: Cow<'static, str>,
    value: String,
}

/// Writes a name as username bindings have it: encoding order, a comma without blanks between
/// relative names, a blank between the attributes of one, values quoted where Windows quotes them.
#[must_use]
pub(crate) fn directory_form(name: &Name) -> String {
    let Some(mut parsed) = Dn::parse(&name.to_string()) else {
        return name.directory_form();
    };
    parsed.0.reverse();
    let relative = |attributes: &Vec<Attribute>| {
        let attributes: Vec<String> = attributes
            .iter()
            .map(|one| format!("{}={}", windows_keyword(&one.oid), quoted(&one.value)))
            .collect();
        attributes.join(" ")
    };
    parsed.0.iter().map(relative).collect::<Vec<_>>().join(",")
}

/// What two names written with the leaf first have in common exactly if they name the same holder:
/// keywords and OIDs are one, and values differ neither by case nor by blanks (RFC 5280 §7.1).
/// None where the text is no name.
#[must_use]
pub(crate) fn key(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for relative in Dn::parse(text)?.0 {
        if let [only] = relative.as_slice() {
            out.push_str(&only.oid);
            out.push('\u{1f}');
            push_folded(&mut out, &only.value);
            out.push_str("\u{1e}\u{1d}");
            continue;
        }
        let mut attributes: Vec<String> = relative
            .iter()
            .map(|one| {
                let mut text = format!("{}\u{1f}", one.oid);
                push_folded(&mut text, &one.value);
                text
            })
            .collect();
        attributes.sort_unstable();
        for attribute in attributes {
            out.push_str(&attribute);
            out.push('\u{1e}');
        }
        out.push('\u{1d}');
    }
    Some(out)
}

impl Dn {
    fn parse(text: &str) -> Option<Self> {
        let mut relative_names = vec![Vec::new()];
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (keyword, after) = rest.split_once('=')?;
            let keyword = keyword.trim();
            let allowed = |character: char| {
                character.is_ascii_alphanumeric() || character == '.' || character == '-'
            };
            if keyword.is_empty() || !keyword.chars().all(allowed) {
                return None;
            }
            let (value, end, after) = read_value(after)?;
            relative_names.last_mut()?.push(Attribute {
                oid: oid(keyword),
                value,
            });
            rest = after;
            match end {
                Some(',' | ';') => relative_names.push(Vec::new()),
                Some('+') => {}
                Some(_) | None => return Some(Self(relative_names)),
            }
            if rest.trim().is_empty() {
                return None;
            }
        }
        None
    }
}

/// Reads a value up to the separator that ends it: quoted as Windows does it, or escaped after
/// RFC 4514 §2.4.
fn read_value(text: &str) -> Option<(String, Option<char>, &str)> {
    let text = text.trim_start();
    let mut characters = text.char_indices().peekable();
    let mut value: Vec<u8> = Vec::new();
    let push = |value: &mut Vec<u8>, character: char| {
        value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let quoted = text.starts_with('"');
    let mut inside = quoted;
    if quoted {
        characters.next();
    }
    // How much of the value stays whatever blanks follow it.
    let mut kept = 0;
    while let Some((at, character)) = characters.next() {
        match character {
            '"' if inside => {
                if characters.peek().is_some_and(|(_, next)| *next == '"') {
                    characters.next();
                    push(&mut value, '"');
                } else {
                    inside = false;
                }
                kept = value.len();
            }
            '\\' if !inside => {
                let (_, escaped) = characters.next()?;
                let pair = escaped
                    .to_digit(16)
                    .zip(characters.peek().and_then(|(_, low)| low.to_digit(16)));
                if let Some((high, low)) = pair {
                    characters.next();
                    value.push(u8::try_from(high * 16 + low).ok()?);
                } else {
                    push(&mut value, escaped);
                }
                kept = value.len();
            }
            ',' | ';' | '+' if !inside => {
                value.truncate(kept);
                let rest = text.get(at..)?.get(character.len_utf8()..)?;
                return Some((String::from_utf8(value).ok()?, Some(character), rest));
            }
            other => {
                if quoted && !inside && !other.is_whitespace() {
                    return None;
                }
                if inside || !quoted {
                    push(&mut value, other);
                }
                if inside || !other.is_whitespace() {
                    kept = value.len();
                }
            }
        }
    }
    if inside {
        return None;
    }
    value.truncate(kept);
    Some((String::from_utf8(value).ok()?, None, ""))
}

/// Adds a value without regard to case and to the number of blanks.
fn push_folded(out: &mut String, value: &str) {
    for (place, word) in value.split_whitespace().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// Quotes a value where it has something that would end it, or a blank at an end, or nothing at all.
fn quoted(value: &str) -> String {
    let needs = value.is_empty()
        || value.starts_with(char::is_whitespace)
        || value.ends_with(char::is_whitespace)
        || value.contains([',', '+', '=', '"', '\n', '<', '>', '#', ';']);
    if needs {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

/// The dotted form of a keyword; what is not known stays, in capitals.
fn oid(keyword: &str) -> Cow<'static, str> {
    let bare = match keyword.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("OID.") => keyword.get(4..).unwrap_or(keyword),
        Some(_) | None => keyword,
    };
    KEYWORDS
        .iter()
        .find(|(_, names)| names.iter().any(|name| name.eq_ignore_ascii_case(bare)))
        .map_or_else(
            || Cow::Owned(bare.to_uppercase()),
            |(oid, _)| Cow::Borrowed(*oid),
        )
}

fn windows_keyword(oid: &str) -> String {
    KEYWORDS
        .iter()
        .find(|(known, _)| *known == oid)
        .and_then(|(_, names)| names.first())
        .map_or_else(|| format!("OID.{oid}"), |name| (*name).to_owned())
}

/// OIDs and their keywords, that of Windows first, then other people's.
const KEYWORDS: [(&str, &[&str]); 20] = [
    ("2.5.4.3", &["CN"]),
    ("2.5.4.4", &["SN"]),
    ("2.5.4.5", &["SERIALNUMBER"]),
    ("2.5.4.6", &["C"]),
    ("2.5.4.7", &["L"]),
    ("2.5.4.8", &["S", "ST"]),
    ("2.5.4.9", &["STREET"]),
    ("2.5.4.10", &["O"]),
    ("2.5.4.11", &["OU"]),
    ("2.5.4.12", &["T", "TITLE"]),
    ("2.5.4.13", &["Description"]),
    ("2.5.4.17", &["PostalCode"]),
    ("2.5.4.18", &["POBox"]),
    ("2.5.4.20", &["Phone", "telephoneNumber"]),
    ("2.5.4.42", &["G", "GN", "givenName"]),
    ("2.5.4.43", &["I", "initials"]),
    ("2.5.4.46", &["dnQualifier"]),
    ("1.2.840.113549.1.9.1", &["E", "emailAddress"]),
    ("0.9.2342.19200300.100.1.25", &["DC"]),
    (
        "0.9.2342.19200300.100.1.1",
        &["OID.0.9.2342.19200300.100.1.1", "UID"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ab_10_an_issuer_is_the_same_whatever_blanks_case_and_keywords_it_is_written_with() {
        let one = key("CN=Contoso CA,DC=Contoso,DC=org ").expect("a name");
        for same in [
            "CN=Contoso CA, DC=contoso, DC=org",
            "cn=contoso  ca;dc=contoso;dc=ORG",
            "2.5.4.3=Contoso CA,OID.0.9.2342.19200300.100.1.25=Contoso,DC=org",
            "CN=\"Contoso CA\",DC=Contoso,DC=org",
        ] {
            assert_eq!(key(same).as_ref(), Some(&one), "{same}");
        }
        for other in [
            "DC=org,DC=Contoso,CN=Contoso CA",
            "CN=Contoso CA,DC=Contoso",
            "CN=Contoso CA+DC=Contoso,DC=org",
            "CN=ContosoCA,DC=Contoso,DC=org",
        ] {
            assert_ne!(key(other).as_ref(), Some(&one), "{other}");
        }
    }

    #[test]
    fn what_is_no_name_has_no_key() {
        for odd in [
            "",
            "Contoso",
            "=x",
            "CN=a,",
            "CN=\"a",
            "CN=a\\",
            "CN=\"a\"b",
            "CN=a,,O=b",
        ] {
            assert_eq!(key(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_separator_inside_a_value_does_not_end_it() {
        assert_eq!(
            key("O=Meridian\\, Inc.,C=NL"),
            key("O=\"Meridian, Inc.\",C=NL")
        );
        assert_eq!(key("CN=a\\2Cb"), key("CN=\"a,b\""));
        assert_ne!(key("CN=a\\,b"), key("CN=a,CN=b"));
    }

    #[test]
    fn values_are_quoted_where_windows_quotes_them() {
        for (value, expected) in [
            ("Contoso User", "Contoso User"),
            ("Meridian, Inc.", "\"Meridian, Inc.\""),
            ("the \"one\"", "\"the \"\"one\"\"\""),
            (" a", "\" a\""),
            ("a=b", "\"a=b\""),
            ("", "\"\""),
            ("a\\b", "a\\b"),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }
}
