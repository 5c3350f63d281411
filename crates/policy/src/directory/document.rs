//! A document of the directory: what it means, beside the text it was read from.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::walk::{Note, Problem, Walk};

/// Something that the directory writes as a JSON object.
pub trait Model: Sized + PartialEq {
    /// Reads it. What is wrong is told to the walk.
    #[doc(hidden)]
    fn read(value: &Value, path: &str, walk: &mut Reading) -> Option<Self>;

    /// Writes the members that it stands for.
    #[doc(hidden)]
    fn write(&self) -> Value;
}

/// The importer's notes and problems on the way through a document.
#[derive(Debug, Default)]
pub struct Reading(pub(crate) Walk);

/// What a document means, and the document.
///
/// Members that decide nothing are kept as they are, so that what is written is what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<M> {
    model: M,
    raw: Value,
}

impl<M: Model> Document<M> {
    /// Reads a document.
    ///
    /// # Errors
    /// Every [`Problem`] that it has.
    pub fn read(value: &Value) -> Result<(Self, Vec<Note>), Vec<Problem>> {
        let mut reading = Reading::default();
        let document = Self::read_at(value, "", &mut reading.0);
        match document {
            Some(document) if reading.0.problems.is_empty() => Ok((document, reading.0.notes)),
            Some(_) | None => Err(reading.0.problems),
        }
    }

    /// A document that was made here.
    #[must_use]
    pub fn new(model: M) -> Self {
        let raw = model.write();
        Self { model, raw }
    }

    /// What it means.
    #[must_use]
    pub const fn model(&self) -> &M {
        &self.model
    }

    /// Changes what it means; what decides nothing stays.
    pub fn set(&mut self, model: M) {
        if model != self.model {
            self.raw = merged(&self.raw, &model.write());
            self.model = model;
        }
    }

    /// The document as the directory writes it.
    #[must_use]
    pub const fn written(&self) -> &Value {
        &self.raw
    }

    pub(crate) fn read_at(value: &Value, path: &str, walk: &mut Walk) -> Option<Self> {
        let mut reading = Reading(std::mem::take(walk));
        let before = reading.0.problems.len();
        let model = M::read(value, path, &mut reading);
        *walk = reading.0;
        if walk.problems.len() > before {
            return None;
        }
        Some(Self {
            model: model?,
            raw: value.clone(),
        })
    }
}

impl<M: Model> Serialize for Document<M> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}

impl<'de, M: Model> Deserialize<'de> for Document<M> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let (document, _) = Self::read(&value).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            D::Error::custom(problems.join("; "))
        })?;
        Ok(document)
    }
}

/// `raw` with the members of `written`: what `written` does not know stays, and so does an item of a
/// list that says the same.
fn merged(raw: &Value, written: &Value) -> Value {
    match (raw, written) {
        (Value::Object(old), Value::Object(new)) => {
            let mut all = old.clone();
            for (name, value) in new {
                match old.get(name) {
                    Some(known) => {
                        all.insert(name.clone(), merged(known, value));
                    }
                    None if is_empty(value) => {}
                    None => {
                        all.insert(name.clone(), value.clone());
                    }
                }
            }
            Value::Object(all)
        }
        (Value::Array(old), Value::Array(new)) => Value::Array(
            new.iter()
                .map(|item| {
                    let same = old.iter().find(|known| says(known, item));
                    same.unwrap_or(item).clone()
                })
                .collect(),
        ),
        (old, new) if says(old, new) => old.clone(),
        (_, new) => new.clone(),
    }
}

/// Whether `raw` says all that `written` does.
fn says(raw: &Value, written: &Value) -> bool {
    match (raw, written) {
        (Value::Object(old), Value::Object(new)) => new.iter().all(|(name, value)| {
            old.get(name)
                .map_or(is_empty(value), |known| says(known, value))
        }),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| says(old, new))
        }
        (old, new) => old == new || (is_empty(old) && is_empty(new)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}
