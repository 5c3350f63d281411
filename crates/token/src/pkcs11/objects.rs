//! Reading objects of a token: certificates and what ties them to keys.

use cryptoki::context::Function;
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{
    Attribute, AttributeInfo, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;

use crate::FailedCall;

/// A certificate object.
pub(super) struct CertificateObject {
    pub(super) der: Vec<u8>,
    pub(super) id: Vec<u8>,
    pub(super) label: String,
}

/// A public or private key object, as far as it can be read.
#[derive(Default)]
pub(super) struct KeyObject {
    pub(super) id: Vec<u8>,
    pub(super) label: String,
    pub(super) kind: Option<KeyType>,
    pub(super) modulus: Vec<u8>,
    pub(super) point: Vec<u8>,
    pub(super) always_authenticate: bool,
    pub(super) allowed: Vec<MechanismType>,
}

/// The X.509 certificates stored on the token.
///
/// `CKA_TOKEN` keeps out those that a module makes up, such as attestations with the identifier of
/// the key they attest.
///
/// # Errors
///
/// The search that failed. A single certificate that cannot be read is left out.
pub(super) fn certificates(session: &Session) -> Result<Vec<CertificateObject>, FailedCall> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
    ];
    let objects = find(session, &template)?;
    Ok(objects
        .into_iter()
        .filter_map(|object| certificate(session, object))
        .collect())
}

/// The keys of one class that show at this moment.
///
/// # Errors
///
/// The search that failed.
pub(super) fn keys(
    session: &Session,
    class: ObjectClass,
) -> Result<Vec<(ObjectHandle, KeyObject)>, FailedCall> {
    let objects = find(session, &[Attribute::Class(class)])?;
    Ok(objects
        .into_iter()
        .map(|object| (object, key(session, object)))
        .collect())
}

fn find(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, FailedCall> {
    let mut found = Vec::new();
    let objects = session
        .iter_objects(template)
        .map_err(|error| FailedCall::from_error(&error, Function::FindObjectsInit))?;
    for object in objects.take(MOST_OBJECTS) {
        found.push(object.map_err(|error| FailedCall::from_error(&error, Function::FindObjects))?);
    }
    Ok(found)
}

fn certificate(session: &Session, object: ObjectHandle) -> Option<CertificateObject> {
    let mut der = Vec::new();
    let mut id = Vec::new();
    let mut label = String::new();
    for wanted in [
        AttributeType::Value,
        AttributeType::Id,
        AttributeType::Label,
    ] {
        match attribute(session, object, wanted) {
            Some(Attribute::Value(value)) => der = value,
            Some(Attribute::Id(value)) => id = value,
            Some(Attribute::Label(value)) => label = text(&value),
            Some(_) | None => {}
        }
    }
    (!der.is_empty()).then_some(CertificateObject { der, id, label })
}

fn key(session: &Session, object: ObjectHandle) -> KeyObject {
    let mut key = KeyObject::default();
    for wanted in [
        AttributeType::Id,
        AttributeType::Label,
        AttributeType::KeyType,
        AttributeType::Modulus,
        AttributeType::EcPoint,
        AttributeType::AlwaysAuthenticate,
        AttributeType::AllowedMechanisms,
    ] {
        // A module may fail rather than say that a key has no such attribute, so each is asked for
        // when it makes sense, and by itself.
        let is_rsa = key.kind == Some(KeyType::RSA);
        if (wanted == AttributeType::Modulus && !is_rsa)
            || (wanted == AttributeType::EcPoint && is_rsa)
        {
            continue;
        }
        match attribute(session, object, wanted) {
            Some(Attribute::Id(value)) => key.id = value,
            Some(Attribute::Label(value)) => key.label = text(&value),
            Some(Attribute::KeyType(kind)) => key.kind = Some(kind),
            Some(Attribute::Modulus(value)) => key.modulus = value,
            Some(Attribute::EcPoint(value)) => key.point = value,
            Some(Attribute::AlwaysAuthenticate(always)) => key.always_authenticate = always,
            Some(Attribute::AllowedMechanisms(allowed)) => key.allowed = allowed,
            Some(_) | None => {}
        }
    }
    key
}

/// One attribute, when the object has it and its size is sensible.
fn attribute(session: &Session, object: ObjectHandle, wanted: AttributeType) -> Option<Attribute> {
    let sizes = session.get_attribute_info(object, &[wanted]).ok()?;
    let [AttributeInfo::Available(0..=LARGEST_ATTRIBUTE)] = sizes.as_slice() else {
        return None;
    };
    let mut values = session.get_attributes(object, &[wanted]).ok()?;
    values.pop()
}

/// Labels are UTF-8 and, by some tokens, padded.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_matches(|letter: char| letter == '\0' || letter.is_whitespace())
        .to_owned()
}

const MOST_OBJECTS: usize = 256;
const LARGEST_ATTRIBUTE: usize = 64 * 1024;
