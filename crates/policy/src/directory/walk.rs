//! Going through a document member by member: each is read, kept because it decides nothing, or
//! refused by name.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::json::JsonFault;

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `conditions.users.includeRoles`, `rules[2].identifier`. Empty for the whole.
    pub path: String,
    /// What.
    pub fault: Fault,
}

/// Why a member is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file is no JSON.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// It is not there, and has to be.
    #[error("it has to be there")]
    Missing,
    /// It is of another type.
    #[error("it has to be {0}")]
    WrongType(&'static str),
    /// It is none of the values that it can have.
    #[error("{found:?} is none of {allowed}")]
    NotOneOf {
        /// What was there.
        found: String,
        /// What could be, separated by commas.
        allowed: String,
    },
    /// It is of a newer directory, which did not say what it means.
    #[error(
        "unknownFutureValue says that the directory knows a value here that this export does not tell"
    )]
    FutureValue,
    /// It is not known, and could decide something.
    #[error("it is not known, and could decide something")]
    Unknown,
    /// It is known, and certauth does not evaluate it.
    #[error("certauth does not evaluate {0}")]
    NotEvaluated(String),
    /// There is more than the directory allows.
    #[error("at most {limit} are allowed, and here are {found}")]
    TooMany {
        /// The limit.
        limit: usize,
        /// What was there.
        found: usize,
    },
    /// It does not go with something else, or with itself.
    #[error("{0}")]
    Wrong(String),
}

/// Something that is accepted, and that certauth reads otherwise than the directory, or that may not
/// do what it seems to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Where.
    pub path: String,
    /// How certauth reads it.
    pub text: String,
}

/// What was found on the way.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Note>,
}

/// The members of one object.
#[derive(Debug)]
pub(crate) struct Members<'v> {
    object: &'v Map<String, Value>,
    pub(crate) path: String,
    known: Vec<&'static str>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.fault)
        } else {
            write!(f, "{}: {}", self.path, self.fault)
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.text)
        } else {
            write!(f, "{}: {}", self.path, self.text)
        }
    }
}

impl Walk {
    pub(crate) fn refuse(&mut self, path: impl Into<String>, fault: Fault) {
        self.problems.push(Problem {
            path: path.into(),
            fault,
        });
    }

    pub(crate) fn note(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note {
            path: path.into(),
            text: text.into(),
        });
    }

    /// The text of a value.
    pub(crate) fn text<'v>(&mut self, value: &'v Value, path: &str) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            self.refuse(path, Fault::WrongType("a text"));
        }
        text
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        value: &Value,
        path: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(value, path)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        if text == "unknownFutureValue" {
            self.refuse(path, Fault::FutureValue);
        } else {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(
                path,
                Fault::NotOneOf {
                    found: text.to_owned(),
                    allowed: allowed.join(", "),
                },
            );
        }
        None
    }
}

impl<'v> Members<'v> {
    pub(crate) fn of(value: &'v Value, path: impl Into<String>, walk: &mut Walk) -> Option<Self> {
        let path = path.into();
        let Some(object) = value.as_object() else {
            walk.refuse(path, Fault::WrongType("an object"));
            return None;
        };
        Some(Self {
            object,
            path,
            known: Vec::new(),
        })
    }

    /// Where a member is.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A member that says something; null says nothing.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'v Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A member as it stands, without counting it as read.
    pub(crate) fn peek(&self, name: &str) -> Option<&'v Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &'static str, walk: &mut Walk) -> Option<&'v str> {
        let value = self.take(name)?;
        walk.text(value, &self.at(name))
    }

    pub(crate) fn needed_text(&mut self, name: &'static str, walk: &mut Walk) -> Option<&'v str> {
        if self.take(name).is_none() {
            walk.refuse(self.at(name), Fault::Missing);
            return None;
        }
        self.text(name, walk)
    }

    pub(crate) fn flag(&mut self, name: &'static str, walk: &mut Walk) -> Option<bool> {
        let value = self.take(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            walk.refuse(self.at(name), Fault::WrongType("true or false"));
        }
        flag
    }

    /// A number without sign that fits 32 bits.
    pub(crate) fn number(&mut self, name: &'static str, walk: &mut Walk) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            walk.refuse(self.at(name), Fault::WrongType("a whole number, 0 or more"));
        }
        number
    }

    pub(crate) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        walk: &mut Walk,
    ) -> Option<T> {
        let value = self.take(name)?;
        walk.word(value, &self.at(name), words)
    }

    pub(crate) fn needed_word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        walk: &mut Walk,
    ) -> Option<T> {
        if self.take(name).is_none() {
            walk.refuse(self.at(name), Fault::Missing);
            return None;
        }
        self.word(name, words, walk)
    }

    /// The items of a list with their paths; none where there is no list.
    pub(crate) fn list(
        &mut self,
        name: &'static str,
        limit: usize,
        walk: &mut Walk,
    ) -> Vec<(String, &'v Value)> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let path = self.at(name);
        let Some(items) = value.as_array() else {
            walk.refuse(path, Fault::WrongType("a list"));
            return Vec::new();
        };
        if items.len() > limit {
            walk.refuse(
                path,
                Fault::TooMany {
                    limit,
                    found: items.len(),
                },
            );
            return Vec::new();
        }
        items
            .iter()
            .enumerate()
            .map(|(place, item)| (format!("{path}[{place}]"), item))
            .collect()
    }

    pub(crate) fn texts(
        &mut self,
        name: &'static str,
        limit: usize,
        walk: &mut Walk,
    ) -> Vec<String> {
        self.list(name, limit, walk)
            .into_iter()
            .filter_map(|(path, item)| walk.text(item, &path).map(str::to_owned))
            .collect()
    }

    pub(crate) fn object(&mut self, name: &'static str, walk: &mut Walk) -> Option<Self> {
        let value = self.take(name)?;
        Self::of(value, self.at(name), walk)
    }

    /// Members that decide nothing, and are kept as they are.
    pub(crate) fn keeps(&mut self, names: &[&'static str]) {
        self.known.extend_from_slice(names);
    }

    /// A member that certauth does not evaluate, refused unless it says nothing.
    pub(crate) fn refuses(&mut self, name: &'static str, what: &str, walk: &mut Walk) {
        if let Some(value) = self.take(name)
            && !says_nothing(value)
        {
            walk.refuse(self.at(name), Fault::NotEvaluated(what.to_owned()));
        }
    }

    /// Refuses every member that was not asked for. Annotations decide nothing, nor does a member
    /// without a value.
    pub(crate) fn end(self, walk: &mut Walk) {
        for (name, value) in self.object {
            let known = self.known.contains(&name.as_str());
            if !known && !name.contains('@') && !says_nothing(value) {
                walk.refuse(self.at(name), Fault::Unknown);
            }
        }
    }
}

/// Whether a value is empty all the way down.
pub(crate) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| name.contains('@') || says_nothing(value)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// More items than any list of a policy has, where the directory names no limit.
pub(crate) const MANY: usize = 10_000;
