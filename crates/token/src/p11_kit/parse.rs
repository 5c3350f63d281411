//! Reading one file of p11-kit's configuration: `key: value` lines and `#` comments.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The settings of one file. A key given twice has its last value, as in p11-kit.
pub(crate) type Values = BTreeMap<String, String>;

/// Reads a file, or nothing where there is none.
///
/// # Errors
///
/// Why the file cannot be used, for the listing.
pub(super) fn read(path: &Path) -> Result<Option<Values>, String> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("larger than {LARGEST} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    parse(&text).map(Some)
}

/// Reads the text of a file.
///
/// # Errors
///
/// The number of the first line that is neither a comment nor `key: value`.
pub(super) fn parse(text: &str) -> Result<Values, String> {
    let mut values = Values::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(format!("line {number} is not `key: value`"));
        };
        let key = key.trim();
        if key.is_empty() || line.starts_with('[') {
            return Err(format!("line {number} is not `key: value`"));
        }
        values.insert(key.to_owned(), value.trim().to_owned());
    }
    Ok(values)
}

const LARGEST: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_and_blank_lines_are_skipped() {
        let values = parse("# a comment\n\n  module:  opensc-pkcs11.so \n").expect("well formed");
        assert_eq!(
            values.get("module").map(String::as_str),
            Some("opensc-pkcs11.so")
        );
        assert_eq!(values.len(), 1);
    }

    #[test]
    fn a_value_may_hold_colons() {
        let values =
            parse("x-trust-lookup: pkcs11:library-description=Trust").expect("well formed");
        assert_eq!(
            values.get("x-trust-lookup").map(String::as_str),
            Some("pkcs11:library-description=Trust")
        );
    }

    #[test]
    fn a_value_may_be_empty() {
        assert_eq!(
            parse("x-init-reserved:")
                .expect("well formed")
                .get("x-init-reserved"),
            Some(&String::new())
        );
    }

    #[test]
    fn a_line_without_a_colon_is_named() {
        assert_eq!(
            parse("module: a.so\nnonsense\n"),
            Err("line 2 is not `key: value`".to_owned())
        );
    }

    #[test]
    fn section_headers_are_refused_as_p11_kit_does() {
        assert!(parse("[p11-kit: x]\n").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(values) = parse(&text) {
                prop_assert!(values.keys().all(|key| !key.is_empty() && key.trim() == key));
            }
        }

        #[test]
        fn what_is_written_is_read_back(
            key in "[a-z][a-z-]{0,20}",
            value in "[!-~]([ -~]{0,40}[!-~])?",
        ) {
            let values = parse(&format!("  {key} :  {value}  \n")).expect("well formed");
            prop_assert_eq!(values.get(&key), Some(&value));
        }
    }
}
