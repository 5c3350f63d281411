//! JSON as the importer takes it: of bounded size, and with each member once.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why bytes are no document at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// There are too many bytes.
    #[error("a file has at most {limit} bytes, and this has {found}")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
        /// What was there, in bytes.
        found: usize,
    },
    /// The bytes are not UTF-8.
    #[error("it is not text in UTF-8")]
    NotText,
    /// The text is not JSON, is nested too deeply, or has a member twice.
    #[error("it is not JSON that can be read: {0}")]
    NotJson(String),
}

/// Reads a file. A byte order mark in front is passed over. A member that stands twice is refused:
/// which of the two counts, readers do not agree on.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, JsonFault> {
    if bytes.len() > MOST_BYTES {
        return Err(JsonFault::TooLarge {
            limit: MOST_BYTES,
            found: bytes.len(),
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Once(value) =
        serde_json::from_str(text).map_err(|cause| JsonFault::NotJson(cause.to_string()))?;
    Ok(value)
}

/// A value in which no member stands twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number without end"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!(
                    "the member {name:?} stands twice"
                )));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Far more than any tenant's policies; users come in pages.
const MOST_BYTES: usize = 16 * 1024 * 1024;
