//! Finding the private key of a certificate, once a login lets it show.

use cryptoki::mechanism::MechanismType;
use cryptoki::object::{ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::mechanism::key_type;
use super::message::Job;
use super::objects::{self, KeyObject};
use crate::FailedCall;
use crate::public_key::PublicKey;

/// A private key that may sign.
pub(super) struct Key {
    pub(super) handle: ObjectHandle,
    /// It wants the PIN before each use (`CKA_ALWAYS_AUTHENTICATE`).
    pub(super) always_authenticate: bool,
    allowed: Vec<MechanismType>,
}

impl Key {
    /// Whether the key may be used with a mechanism (`CKA_ALLOWED_MECHANISMS`). Many modules give
    /// no list or an empty one, which forbids nothing.
    pub(super) fn allows(&self, mechanism: MechanismType) -> bool {
        self.allowed.is_empty() || self.allowed.contains(&mechanism)
    }
}

/// Finds the key by the certificate's identifier, then by its label, then by the key itself.
///
/// The kind of the key object is checked, because a mechanism of another kind crashes some modules.
///
/// # Errors
///
/// The search that failed.
pub(super) fn find(
    session: &Session,
    job: &Job,
    public: &PublicKey,
) -> Result<Option<Key>, FailedCall> {
    let Some(kind) = key_type(&public.algorithm) else {
        return Ok(None);
    };
    let mut keys = objects::keys(session, ObjectClass::PRIVATE_KEY)?;
    keys.retain(|(_, key)| key.kind == Some(kind));
    // What a key says of itself outweighs what it is called.
    keys.retain(|(_, key)| key.modulus.is_empty() || public.has_modulus(&key.modulus));
    let by_id = |key: &KeyObject| !job.key_id.is_empty() && key.id == job.key_id;
    let by_label = |key: &KeyObject| !job.label.is_empty() && key.label == job.label;
    let named = keys
        .iter()
        .find(|(_, key)| by_id(key))
        .or_else(|| keys.iter().find(|(_, key)| by_label(key)));
    let found = if named.is_some() {
        named
    } else {
        let beside = public_key_id(session, public)?;
        keys.iter().find(|(_, key)| {
            public.has_modulus(&key.modulus) || beside.as_ref().is_some_and(|id| *id == key.id)
        })
    };
    Ok(found.map(|(handle, key)| Key {
        handle: *handle,
        always_authenticate: key.always_authenticate,
        allowed: key.allowed.clone(),
    }))
}

/// The identifier of the public key object that is the certificate's key: private keys on curves do
/// not give their point.
fn public_key_id(session: &Session, public: &PublicKey) -> Result<Option<Vec<u8>>, FailedCall> {
    let keys = objects::keys(session, ObjectClass::PUBLIC_KEY)?;
    Ok(keys
        .into_iter()
        .map(|(_, key)| key)
        .find(|key| public.has_point(&key.point) || public.has_modulus(&key.modulus))
        .map(|key| key.id)
        .filter(|id| !id.is_empty()))
}
