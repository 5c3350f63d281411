//! What a module's tokens hold, read without any login.

use cryptoki::context::Function;
use cryptoki::error::Error;
use cryptoki::object::{ObjectClass, ObjectHandle};
use cryptoki::slot::{Slot, TokenInfo};

use super::library::Library;
use super::mechanism::{Mechanisms, key_type};
use super::message::{About, Answer, SeenCertificate, SeenToken};
use super::objects::{self, CertificateObject, KeyObject};
use super::slot::{self, Found, Looked};
use crate::public_key::PublicKey;
use crate::{Cause, FailedCall, PinEntry, PinState, PrivateKey, TokenError};

/// Says every token of a module and what it holds. A token that fails costs its own row.
///
/// # Errors
///
/// Why the module as a whole gave nothing.
pub(super) fn slots(library: &Library, say: &mut impl FnMut(Answer)) -> Result<About, Cause> {
    let about = library.about()?;
    for looked in slot::look(library).map_err(Cause::Call)? {
        match looked {
            Looked::Token(found) => match certificates(library, &found) {
                Ok(certificates) => say(Answer::Token(Box::new(SeenToken {
                    pin: state(&found.info),
                    certificates,
                    address: found.address,
                }))),
                Err(TokenError::Other(failed)) => say(Answer::SlotFailed {
                    slot: found.slot.id(),
                    failed,
                }),
                // It was pulled while we looked.
                Err(TokenError::Removed | TokenError::InUse { .. } | TokenError::Stopped) => {}
            },
            Looked::Failed { slot, failed } => say(Answer::SlotFailed { slot, failed }),
        }
    }
    Ok(about)
}

/// Reads the certificates of one token and what shows of the keys beside them.
///
/// # Errors
///
/// The call that failed.
pub(super) fn certificates(
    library: &Library,
    found: &Found,
) -> Result<Vec<SeenCertificate>, TokenError> {
    let session = library
        .context
        .open_ro_session(found.slot)
        .map_err(|error| failure(library, found.slot, &error, Function::OpenSession))?;
    let certificates = objects::certificates(&session).map_err(TokenError::Other)?;
    if certificates.is_empty() {
        return Ok(Vec::new());
    }
    let mechanisms = Mechanisms::of(library, found.slot).map_err(TokenError::Other)?;
    // A token that will not list its keys may have them all the same.
    let keys = |class| objects::keys(&session, class).unwrap_or_default();
    let seen = Keys {
        private: keys(ObjectClass::PRIVATE_KEY),
        public: keys(ObjectClass::PUBLIC_KEY),
        all_private_shown: !found.info.login_required(),
    };
    Ok(certificates
        .into_iter()
        .map(|certificate| seen_certificate(certificate, &mechanisms, &seen))
        .collect())
}

/// Asks for the state of a token's PIN.
///
/// # Errors
///
/// The call that failed.
pub(super) fn pin_state(library: &Library, slot: Slot) -> Result<PinState, TokenError> {
    library
        .context
        .get_token_info(slot)
        .map(|info| state(&info))
        .map_err(|error| failure(library, slot, &error, Function::GetTokenInfo))
}

/// What the flags of a token say about its PIN.
pub(super) fn state(info: &TokenInfo) -> PinState {
    PinState {
        entry: if info.protected_authentication_path() {
            PinEntry::OnReader
        } else if info.login_required() {
            PinEntry::Typed
        } else {
            PinEntry::NotNeeded
        },
        tries: None,
        low: info.user_pin_count_low(),
        last_try: info.user_pin_final_try(),
        blocked: info.user_pin_locked(),
        factory: false,
        min_length: info.min_pin_length(),
        max_length: info.max_pin_length(),
    }
}

/// The keys that show before login.
struct Keys {
    private: Vec<(ObjectHandle, KeyObject)>,
    public: Vec<(ObjectHandle, KeyObject)>,
    /// The token hides nothing until a login, so what does not show is not there.
    all_private_shown: bool,
}

impl Keys {
    fn private_key_of(&self, certificate: &CertificateObject, key: &PublicKey) -> PrivateKey {
        let beside = |(_, object): &(ObjectHandle, KeyObject)| {
            let kind = key_type(&key.algorithm);
            let may_be = object.kind.is_none() || object.kind == kind;
            may_be && belongs(object, certificate, key)
        };
        if self.private.iter().any(beside) {
            PrivateKey::Seen
        } else if self.all_private_shown {
            PrivateKey::Absent
        } else if key.is_ca && !self.public.iter().any(beside) {
            // A CA's certificate is there to complete the path.
            PrivateKey::Absent
        } else {
            PrivateKey::Presumed
        }
    }
}

/// By identifier, then by label, then by the key itself.
fn belongs(object: &KeyObject, certificate: &CertificateObject, key: &PublicKey) -> bool {
    let same_id = !certificate.id.is_empty() && object.id == certificate.id;
    let same_label = !certificate.label.is_empty() && object.label == certificate.label;
    same_id || same_label || key.has_modulus(&object.modulus) || key.has_point(&object.point)
}

fn seen_certificate(
    certificate: CertificateObject,
    mechanisms: &Mechanisms,
    keys: &Keys,
) -> SeenCertificate {
    let key = PublicKey::of(&certificate.der);
    SeenCertificate {
        private_key: keys.private_key_of(&certificate, &key),
        schemes: mechanisms.schemes(&key.algorithm),
        label: certificate.label,
        key_id: certificate.id,
        der: certificate.der,
    }
}

fn failure(library: &Library, slot: Slot, error: &Error, during: Function) -> TokenError {
    if slot::is_gone(library, slot, error) {
        TokenError::Removed
    } else {
        TokenError::Other(FailedCall::from_error(error, during))
    }
}
