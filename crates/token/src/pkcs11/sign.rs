//! Making one signature.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};

use super::library::Library;
use super::login::{Holds, Login, Logins, Secret, try_pin};
use super::mechanism::{Mechanisms, Way};
use super::message::{Job, UnlockId};
use super::private_key::{self, Key};
use super::slot::{is_gone, is_gone_by_code};
use crate::public_key::PublicKey;
use crate::signature::to_der;
use crate::{FailedCall, KeyAlgorithm, Scheme, SignError};

/// Signs with the key beside a certificate.
///
/// Each signature has a session of its own, so an operation that fails half-way leaves nothing
/// behind.
///
/// # Errors
///
/// Why there is no signature.
pub(super) fn sign(
    library: &Library,
    logins: &mut Logins,
    unlock: UnlockId,
    job: &Job,
) -> Result<Vec<u8>, SignError> {
    let login = logins.live(unlock).ok_or(SignError::LockedAgain)?;
    let slot = match login.holds(library) {
        Holds::Yes(slot) => slot,
        Holds::Locked => return Err(SignError::LockedAgain),
        Holds::Removed => return Err(SignError::Removed),
    };
    let session = library
        .context
        .open_ro_session(slot)
        .map_err(|error| failure(library, login, &error, Function::OpenSession))?;
    let public = PublicKey::of(&job.certificate);
    let key = private_key::find(&session, job, &public)
        .map_err(SignError::Other)?
        .ok_or(SignError::NoPrivateKey)?;
    let mechanisms = Mechanisms::of(library, slot).map_err(SignError::Other)?;
    let mut refused = None;
    let ways = mechanisms.ways(job.scheme, &public.algorithm);
    for way in ways.filter(|way| key.allows(way.mechanism)) {
        match operation(
            library,
            &session,
            login,
            &key,
            way,
            (job, &public.algorithm),
        )? {
            Operation::Signed(signature) => {
                login.wipe_pin();
                return in_tls_form(job.scheme, &signature, &public);
            }
            Operation::MechanismRefused(failed) => refused = Some(failed),
        }
    }
    Err(refused.map_or(
        SignError::UnsupportedScheme { scheme: job.scheme },
        SignError::Other,
    ))
}

enum Operation {
    Signed(Vec<u8>),
    /// The mechanism is listed and yet not to be had with this key; another may do.
    MechanismRefused(FailedCall),
}

/// `C_SignInit`, the PIN again where the key wants it, `C_Sign`, and nothing in between: a card
/// forgets the PIN at the first other command.
fn operation(
    library: &Library,
    session: &Session,
    login: &Login,
    key: &Key,
    way: Way,
    (job, algorithm): (&Job, &KeyAlgorithm),
) -> Result<Operation, SignError> {
    let input = way.input(&job.message, algorithm)?;
    let mechanism = way
        .mechanism()
        .ok_or(SignError::UnsupportedScheme { scheme: job.scheme })?;
    let begin = || session.sign_init(&mechanism, key.handle);
    match begin() {
        Ok(()) => {}
        Err(Error::Pkcs11(code, function)) if is_about_the_mechanism(code) => {
            let failed = FailedCall::new(function, code);
            return Ok(Operation::MechanismRefused(failed));
        }
        Err(error) => return Err(failure(library, login, &error, Function::SignInit)),
    }
    if key.always_authenticate {
        authenticate(library, session, login)?;
    }
    match library.raw.sign(session, &input) {
        Ok(signature) => Ok(Operation::Signed(signature)),
        // Some modules do not say that a key wants the PIN each time.
        Err(RvError::UserNotLoggedIn) if !key.always_authenticate => {
            begin().map_err(|error| failure(library, login, &error, Function::SignInit))?;
            authenticate(library, session, login)?;
            let signed = library.raw.sign(session, &input);
            signed
                .map(Operation::Signed)
                .map_err(|code| sign_failure(library, login, code))
        }
        Err(code) => Err(sign_failure(library, login, code)),
    }
}

/// Gives the PIN for the operation that was just begun.
fn authenticate(library: &Library, session: &Session, login: &Login) -> Result<(), SignError> {
    let pin = match &login.secret {
        Secret::Typed(pin, _) => Some(pin),
        Secret::OnReader => None,
        Secret::None => return Err(SignError::PinNeededAgain),
    };
    let given = try_pin(session, UserType::ContextSpecific, pin);
    given.or_else(|error| {
        let refused = [
            RvError::PinIncorrect,
            RvError::PinInvalid,
            RvError::PinLocked,
        ];
        let is =
            |codes: &[RvError]| matches!(error, Error::Pkcs11(code, _) if codes.contains(&code));
        if is(&[RvError::UserAlreadyLoggedIn]) {
            // Some modules count the first login; whether it is enough shows when they sign.
            Ok(())
        } else if is(&refused) {
            Err(SignError::WrongPin)
        } else {
            Err(failure(library, login, &error, Function::Login))
        }
    })
}

fn is_about_the_mechanism(code: RvError) -> bool {
    matches!(
        code,
        RvError::MechanismInvalid
            | RvError::MechanismParamInvalid
            | RvError::FunctionNotSupported
            | RvError::KeyFunctionNotPermitted
    )
}

/// PKCS #11 gives ECDSA signatures as two numbers side by side. The others have their form already,
/// and a length that is known.
fn in_tls_form(scheme: Scheme, signature: &[u8], key: &PublicKey) -> Result<Vec<u8>, SignError> {
    let of_length = |length| {
        if signature.len() == length {
            Ok(signature.to_vec())
        } else {
            Err(SignError::Malformed)
        }
    };
    match scheme {
        Scheme::EcdsaSecp256r1Sha256
        | Scheme::EcdsaSecp384r1Sha384
        | Scheme::EcdsaSecp521r1Sha512 => to_der(scheme, signature),
        Scheme::RsaPkcs1Sha256
        | Scheme::RsaPkcs1Sha384
        | Scheme::RsaPkcs1Sha512
        | Scheme::RsaPssRsaeSha256
        | Scheme::RsaPssRsaeSha384
        | Scheme::RsaPssRsaeSha512 => of_length(key.identity.len()),
        Scheme::Ed25519 => of_length(64),
    }
}

fn sign_failure(library: &Library, login: &Login, code: RvError) -> SignError {
    if is_gone_by_code(library, login.slot, code) {
        SignError::Removed
    } else {
        SignError::Other(FailedCall::new(Function::Sign, code))
    }
}

fn failure(library: &Library, login: &Login, error: &Error, during: Function) -> SignError {
    if is_gone(library, login.slot, error) {
        SignError::Removed
    } else {
        SignError::Other(FailedCall::from_error(error, during))
    }
}
