use std::fmt;

use aws_lc_rs::digest;
use der::Tag;
use der::asn1::ObjectIdentifier;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::AlgorithmIdentifier;

use super::fault::OcspFault;
use super::{NONCE, names};
use crate::certificate::Certificate;
use crate::distribution_point::read_name;
use crate::name::Name;
use crate::revocation::fields::{Extension, Fields, constructed, primitive, whole_bytes};
use crate::revocation::{Revoked, Window};
use crate::time::Time;

/// An answer about one certificate whose signature was verified (RFC 6960 §4.2).
#[derive(Clone, Debug)]
pub struct Response {
    issuer: Certificate,
    single: Single,
    produced_at: Time,
    /// The certificate that the CA issued to whoever answers for it; none if the CA itself did.
    responder: Option<Certificate>,
    repeats_nonce: bool,
}

/// What a responder says about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is revoked, or on hold.
    Revoked(Revoked),
    /// The responder does not know it.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
struct Single {
    status: Status,
    this_update: Time,
    next_update: Option<Time>,
}

impl Response {
    /// Reads the answer to a question about `certificate`, which `issuer` issued, and verifies
    /// that the CA signed it, or someone to whom the CA's own key gave that right.
    ///
    /// A nonce that comes back has to be the one that was sent; a responder may leave it out
    /// (RFC 9654 §2.1). `most_bytes` bounds what is read. Whether the answer still counts is judged
    /// with the path.
    ///
    /// # Errors
    /// [`OcspFault`] with what is wrong with it.
    pub fn read(
        bytes: &[u8],
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
        most_bytes: usize,
    ) -> Result<Self, OcspFault> {
        if bytes.len() > most_bytes {
            return Err(OcspFault::TooLarge(
                u64::try_from(most_bytes).unwrap_or(u64::MAX),
            ));
        }
        let basic = basic(bytes)?;
        let mut parts = Fields::of_sequence(basic)?;
        let signed = parts.whole()?;
        let algorithm = parts.whole()?;
        let signature = whole_bytes(parts.take(Tag::BitString)?)?;
        let certificates = certificates(parts.optional(constructed(0))?)?;
        parts.end()?;

        let data = Data::read(signed, certificate, issuer)?;
        let repeats_nonce = match (nonce, data.nonce) {
            (Some(sent), Some(back)) if sent != back => return Err(OcspFault::OtherNonce),
            (Some(_), Some(_)) => true,
            (Some(_) | None, None) | (None, Some(_)) => false,
        };
        let single = data.single.ok_or(OcspFault::OtherCertificate)?;
        let responder = data.responder.find(issuer, certificates)?;
        let key = responder.as_ref().unwrap_or(issuer).key();
        let (rest, algorithm) = AlgorithmIdentifier::from_der(algorithm)
            .map_err(|cause| OcspFault::NotDer(cause.to_string()))?;
        if !rest.is_empty() {
            return Err(OcspFault::NotDer("bytes follow the algorithm".into()));
        }
        key.verify(&algorithm, signed, signature)
            .map_err(|fault| OcspFault::Signature(fault.to_string()))?;
        Ok(Self {
            issuer: issuer.clone(),
            single,
            produced_at: data.produced_at,
            responder,
            repeats_nonce,
        })
    }

    /// What it says.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.single.status
    }

    /// Since when what it says is known to be so.
    #[must_use]
    pub const fn this_update(&self) -> Time {
        self.single.this_update
    }

    /// When it was signed.
    #[must_use]
    pub const fn produced_at(&self) -> Time {
        self.produced_at
    }

    /// Until when it counts: its nextUpdate, or ten minutes after it was signed where it has none,
    /// because then there is always a newer answer (RFC 6960 §4.2.2.1).
    #[must_use]
    pub fn next_update(&self) -> Time {
        self.single
            .next_update
            .unwrap_or(self.produced_at.plus(WITHOUT_NEXT_UPDATE))
    }

    /// Whether the nonce of the question came back, so that it was made for it.
    #[must_use]
    pub const fn repeats_nonce(&self) -> bool {
        self.repeats_nonce
    }

    /// The CA for which it was given.
    pub(crate) const fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// The certificate of whoever answered for the CA.
    pub(crate) const fn responder(&self) -> Option<&Certificate> {
        self.responder.as_ref()
    }

    /// Whether it counts at a time, or until `grace` seconds past its end. A responder's clock may
    /// be a little ahead.
    pub(crate) fn window(&self, now: Time, grace: i64) -> Window {
        let latest = now.plus(AHEAD);
        if self.single.this_update > latest || self.produced_at > latest {
            return Window::Closed("it is from the future");
        }
        Window::until(self.next_update(), now, grace)
    }
}

/// Prints "OCSP response of …, produced …, next …".
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.responder.as_ref().unwrap_or(&self.issuer);
        write!(
            f,
            "OCSP response of {}, produced {}, next {}",
            by.subject().short(),
            self.produced_at,
            self.next_update()
        )
    }
}

/// The response inside its envelope (RFC 6960 §4.2.1).
fn basic(bytes: &[u8]) -> Result<&[u8], OcspFault> {
    let mut outer = Fields::of_sequence(bytes)?;
    match outer.take(Tag::Enumerated)? {
        [0] => {}
        [1] => return Err(OcspFault::Refused("malformedRequest")),
        [2] => return Err(OcspFault::Refused("internalError")),
        [3] => return Err(OcspFault::Refused("tryLater")),
        [5] => return Err(OcspFault::Refused("sigRequired")),
        [6] => return Err(OcspFault::Refused("unauthorized")),
        _ => return Err(OcspFault::Forbidden("a status that is none".into())),
    }
    let wrapped = outer
        .optional(constructed(0))?
        .ok_or_else(|| OcspFault::Forbidden("successful, but without a response".into()))?;
    outer.end()?;
    let mut typed = Fields::of_sequence(wrapped)?;
    let kind = typed.take(Tag::ObjectIdentifier)?;
    if kind != BASIC.as_bytes() {
        let name = ObjectIdentifier::from_bytes(kind)
            .map_or_else(|_| "its type".to_owned(), |oid| oid.to_string());
        return Err(OcspFault::NotJudged(name));
    }
    let response = typed.take(Tag::OctetString)?;
    typed.end()?;
    Ok(response)
}

/// The certificates that came along. One that cannot be read cannot answer either.
fn certificates(wrapped: Option<&[u8]>) -> Result<Vec<Certificate>, OcspFault> {
    let Some(wrapped) = wrapped else {
        return Ok(Vec::new());
    };
    let mut all = Fields::of_sequence(wrapped)?;
    let mut certificates = Vec::new();
    for _ in 0..MOST_CERTIFICATES {
        if all.is_empty() {
            return Ok(certificates);
        }
        certificates.extend(Certificate::from_der(all.whole()?));
    }
    if all.is_empty() {
        return Ok(certificates);
    }
    Err(OcspFault::Forbidden(format!(
        "more than {MOST_CERTIFICATES} certificates"
    )))
}

/// `ResponseData`, as far as it is about one certificate.
struct Data<'a> {
    responder: ResponderId<'a>,
    produced_at: Time,
    single: Option<Single>,
    nonce: Option<&'a [u8]>,
}

impl<'a> Data<'a> {
    fn read(
        signed: &'a [u8],
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Self, OcspFault> {
        let mut fields = Fields::of_sequence(signed)?;
        if let Some(version) = fields.optional(constructed(0))?
            && Fields::of(version)?.take(Tag::Integer)? != [0]
        {
            return Err(OcspFault::Forbidden("a version that is not 1".into()));
        }
        let responder = if let Some(name) = fields.optional(constructed(1))? {
            ResponderId::Name(read_name(name)?)
        } else {
            let mut key = Fields::of(fields.take(constructed(2))?)?;
            let hash = key.take(Tag::OctetString)?;
            key.end()?;
            ResponderId::Key(hash)
        };
        let produced_at = fields.generalized_time()?;
        let mut singles = Fields::of(fields.take(Tag::Sequence)?)?;
        let mut single: Option<Single> = None;
        while !singles.is_empty() {
            let found = Single::read(singles.take(Tag::Sequence)?, certificate, issuer)?;
            let newer =
                |known: &Single| found.is_some_and(|found| found.newness() > known.newness());
            if single.as_ref().is_none_or(newer) {
                single = found.or(single);
            }
        }
        let nonce = match fields.optional(constructed(1))? {
            Some(wrapped) => nonce(wrapped)?,
            None => None,
        };
        fields.end()?;
        Ok(Self {
            responder,
            produced_at,
            single,
            nonce,
        })
    }
}

impl Single {
    /// Reads one answer; none if it is about another certificate.
    fn read(
        contents: &[u8],
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Option<Self>, OcspFault> {
        let mut fields = Fields::of(contents)?;
        let about_it = names(fields.take(Tag::Sequence)?, certificate, issuer)?;
        let status = if let Some(nothing) = fields.optional(primitive(0))? {
            empty(nothing)?;
            Status::Good
        } else if let Some(revoked) = fields.optional(constructed(1))? {
            Status::Revoked(revocation(revoked)?)
        } else {
            empty(fields.take(primitive(2))?)?;
            Status::Unknown
        };
        let this_update = fields.generalized_time()?;
        let next_update = match fields.optional(constructed(0))? {
            Some(wrapped) => {
                let mut time = Fields::of(wrapped)?;
                let read = time.generalized_time()?;
                time.end()?;
                Some(read)
            }
            None => None,
        };
        if let Some(wrapped) = fields.optional(constructed(1))? {
            let mut all = Fields::of_sequence(wrapped)?;
            while let Some(extension) = Extension::next(&mut all)? {
                if extension.critical && about_it {
                    return Err(OcspFault::NotJudged(extension.oid.to_string()));
                }
            }
        }
        fields.end()?;
        Ok(about_it.then_some(Self {
            status,
            this_update,
            next_update,
        }))
    }

    /// Of two answers the newer counts, and of two as new the worse.
    const fn newness(&self) -> (i64, u8) {
        let worse = match self.status {
            Status::Good => 0,
            Status::Unknown => 1,
            Status::Revoked(_) => 2,
        };
        (self.this_update.unix(), worse)
    }
}

fn empty(contents: &[u8]) -> Result<(), OcspFault> {
    if contents.is_empty() {
        return Ok(());
    }
    Err(Tag::Null.value_error().to_error().into())
}

/// `RevokedInfo` (RFC 6960 §4.2.1).
fn revocation(contents: &[u8]) -> Result<Revoked, OcspFault> {
    let mut fields = Fields::of(contents)?;
    let at = fields.generalized_time()?;
    let reason = match fields.optional(constructed(0))? {
        Some(wrapped) => {
            let mut reason = Fields::of(wrapped)?;
            let [code] = reason.take(Tag::Enumerated)? else {
                return Err(OcspFault::Forbidden("a reason that is none".into()));
            };
            reason.end()?;
            Revoked::word(*code)
        }
        None => None,
    };
    fields.end()?;
    Ok(Revoked { at, reason })
}

/// Reads the response's extensions for the nonce.
fn nonce(wrapped: &[u8]) -> Result<Option<&[u8]>, OcspFault> {
    let mut all = Fields::of_sequence(wrapped)?;
    let mut nonce = None;
    while let Some(extension) = Extension::next(&mut all)? {
        if extension.oid == NONCE {
            let mut value = Fields::of(extension.value)?;
            let found = value.take(Tag::OctetString)?;
            value.end()?;
            if nonce.replace(found).is_some() {
                return Err(OcspFault::Forbidden("two nonces".into()));
            }
        } else if extension.critical {
            return Err(OcspFault::NotJudged(extension.oid.to_string()));
        }
    }
    Ok(nonce)
}

/// Who says that it answers.
enum ResponderId<'a> {
    Name(Name),
    /// SHA-1 of the key's bits.
    Key(&'a [u8]),
}

impl ResponderId<'_> {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name.matches(certificate.subject()),
            Self::Key(hash) => {
                let bits = certificate.key().bytes();
                digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits).as_ref() == *hash
            }
        }
    }

    /// RFC 6960 §4.2.2.2: the CA itself (none), or a certificate that the CA's key issued directly
    /// for this purpose.
    fn find(
        &self,
        issuer: &Certificate,
        certificates: Vec<Certificate>,
    ) -> Result<Option<Certificate>, OcspFault> {
        let key = issuer.subject_public_key_info();
        if self.is(issuer) {
            return Ok(None);
        }
        let mut fault = OcspFault::Responder("its certificate did not come along".into());
        for responder in certificates.into_iter().filter(|one| self.is(one)) {
            // The CA under another of its names would be no delegation.
            if responder.subject_public_key_info() == key {
                continue;
            }
            match delegated(&responder, issuer) {
                Ok(()) => return Ok(Some(responder)),
                Err(why) => fault = OcspFault::Responder(why),
            }
        }
        Err(fault)
    }
}

fn delegated(responder: &Certificate, issuer: &Certificate) -> Result<(), String> {
    let same_key = match (
        responder.authority_key_identifier(),
        issuer.subject_key_identifier(),
    ) {
        (Some(wanted), Some(found)) => wanted == found,
        (Some(_) | None, None) | (None, Some(_)) => true,
    };
    if !responder.issuer().matches(issuer.subject()) || !same_key {
        return Err("the CA did not issue its certificate".into());
    }
    let may_answer = responder
        .extended_key_usage()
        .is_some_and(|purposes| purposes.iter().any(|purpose| purpose == OCSP_SIGNING));
    if !may_answer {
        return Err("its certificate has no extended key usage OCSPSigning".into());
    }
    if responder
        .key_usage()
        .is_some_and(|usage| !usage.digital_signature)
    {
        return Err("its certificate has a key usage without digitalSignature".into());
    }
    if let [unknown, ..] = responder.not_judged() {
        return Err(format!("its certificate has the extension {unknown}"));
    }
    responder
        .verify_signed_by(issuer)
        .map_err(|fault| fault.to_string())
}

/// id-pkix-ocsp-basic.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// More than a responder needs to send.
const MOST_CERTIFICATES: usize = 8;
/// Seconds that an answer without nextUpdate counts.
const WITHOUT_NEXT_UPDATE: i64 = 600;
/// Seconds that a responder's clock may be ahead.
const AHEAD: i64 = 300;
