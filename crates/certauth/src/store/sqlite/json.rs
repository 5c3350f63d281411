//! Structures as JSON columns.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

pub(super) fn write(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|cause| StoreError::Unreadable { what, cause })
}

pub(super) fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| StoreError::Unreadable { what, cause })
}
