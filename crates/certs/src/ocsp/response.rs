use std::fmt;

use der::Tag;

use super::fault::OcspFault;
use super::responder::ResponderId;
use super::{NONCE, names};
use crate::certificate::{Certificate, read_time};
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::key::{AlgorithmIdentifier, SignatureAlgorithm};
use crate::name::Name;
use crate::revocation::extension::Extension;
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
        let mut parts = Element::only(basic(bytes)?, Tag::Sequence, NOT_ONE)?.inside()?;
        let message = parts.expect(Tag::Sequence, "a response has no data")?;
        let algorithm = parts.expect(Tag::Sequence, "a response has no algorithm")?;
        let signature = parts
            .expect(Tag::BitString, "a response has no signature")?
            .octets_in_bits()?;
        let certificates = certificates(parts.next_if(context(0))?)?;
        parts.end()?;

        let data = Data::read(&message, certificate, issuer)?;
        let repeats_nonce = match (nonce, data.nonce) {
            (Some(sent), Some(back)) if sent != back => return Err(OcspFault::OtherNonce),
            (Some(_), Some(_)) => true,
            (Some(_) | None, None) | (None, Some(_)) => false,
        };
        let single = data.single.ok_or(OcspFault::OtherCertificate)?;
        let responder = data.responder.find(issuer, certificates)?;
        let algorithm = SignatureAlgorithm::from(&AlgorithmIdentifier::read(&algorithm)?);
        responder
            .as_ref()
            .unwrap_or(issuer)
            .key()
            .verify(&algorithm, message.whole(), signature)
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
    let mut outer = Element::only(bytes, Tag::Sequence, NOT_ONE)?.inside()?;
    match outer.expect(Tag::Enumerated, NOT_ONE)?.contents {
        [0] => {}
        [1] => return Err(OcspFault::Refused("malformedRequest")),
        [2] => return Err(OcspFault::Refused("internalError")),
        [3] => return Err(OcspFault::Refused("tryLater")),
        [5] => return Err(OcspFault::Refused("sigRequired")),
        [6] => return Err(OcspFault::Refused("unauthorized")),
        _ => return Err(OcspFault::Forbidden("a status that is none".into())),
    }
    let wrapped = outer
        .next_if(context(0))?
        .ok_or_else(|| OcspFault::Forbidden("successful, but without a response".into()))?;
    outer.end()?;
    let mut typed = Element::only(wrapped.contents, Tag::Sequence, NOT_ONE)?.inside()?;
    let kind = typed.expect(Tag::ObjectIdentifier, NOT_ONE)?;
    if kind.contents != BASIC {
        return Err(OcspFault::NotJudged(kind.oid()?.to_string()));
    }
    let response = typed.expect(Tag::OctetString, NOT_ONE)?;
    typed.end()?;
    Ok(response.contents)
}

/// The certificates that came along. One that cannot be read cannot answer either.
fn certificates(wrapped: Option<Element<'_>>) -> Result<Vec<Certificate>, OcspFault> {
    let mut certificates = Vec::new();
    let Some(wrapped) = wrapped else {
        return Ok(certificates);
    };
    let mut all = Element::only(wrapped.contents, Tag::Sequence, NOT_ONE)?.inside()?;
    for _ in 0..MOST_CERTIFICATES {
        if all.is_empty() {
            break;
        }
        certificates.extend(Certificate::from_der(all.next()?.whole()));
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
        data: &Element<'a>,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Self, OcspFault> {
        let mut fields = data.inside()?;
        if let Some(version) = fields.next_if(context(0))?
            && Element::only(version.contents, Tag::Integer, NOT_ONE)?.contents != [0]
        {
            return Err(OcspFault::Forbidden("a version that is not 1".into()));
        }
        let responder = if let Some(name) = fields.next_if(context(1))? {
            ResponderId::Name(Name::from_der(name.contents)?)
        } else {
            let key = fields.expect(context(2), "a response has no responder")?;
            let hash = Element::only(key.contents, Tag::OctetString, NOT_ONE)?;
            ResponderId::Key(hash.contents)
        };
        let produced_at = generalized_time(&mut fields)?;
        let mut singles = fields.expect(Tag::Sequence, NOT_ONE)?.inside()?;
        let mut single: Option<Single> = None;
        while !singles.is_empty() {
            let found = singles.expect(Tag::Sequence, NOT_ONE)?;
            let Some(found) = Single::read(&found, certificate, issuer)? else {
                continue;
            };
            if single.is_none_or(|known| found.newness() > known.newness()) {
                single = Some(found);
            }
        }
        let nonce = match fields.next_if(context(1))? {
            Some(wrapped) => nonce(&wrapped)?,
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
        single: &Element<'_>,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Option<Self>, OcspFault> {
        let mut fields = single.inside()?;
        let about_it = names(&fields.expect(Tag::Sequence, NOT_ONE)?, certificate, issuer)?;
        let status = if let Some(nothing) = fields.next_if(context_primitive(0))? {
            empty(&nothing)?;
            Status::Good
        } else if let Some(revoked) = fields.next_if(context(1))? {
            Status::Revoked(revocation(&revoked)?)
        } else {
            empty(&fields.expect(context_primitive(2), "a status is none")?)?;
            Status::Unknown
        };
        let this_update = generalized_time(&mut fields)?;
        let next_update = match fields.next_if(context(0))? {
            Some(wrapped) => {
                let mut inside = wrapped.inside()?;
                let time = generalized_time(&mut inside)?;
                inside.end()?;
                Some(time)
            }
            None => None,
        };
        if let Some(wrapped) = fields.next_if(context(1))? {
            let list = Element::only(wrapped.contents, Tag::Sequence, NOT_ONE)?;
            let extensions = Extension::read_all(&list)?;
            if let Some(unknown) = extensions.iter().find(|extension| extension.critical)
                && about_it
            {
                return Err(OcspFault::NotJudged(unknown.name()));
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

fn empty(nothing: &Element<'_>) -> Result<(), NotDer> {
    if nothing.contents.is_empty() {
        return Ok(());
    }
    Err(NotDer("a status says more than there is to say"))
}

/// The one form of times in responses (RFC 6960 §4.2.2.1).
fn generalized_time(fields: &mut Elements<'_>) -> Result<Time, NotDer> {
    read_time(&fields.expect(
        Tag::GeneralizedTime,
        "a response has no time where one stands",
    )?)
}

/// `RevokedInfo` (RFC 6960 §4.2.1).
fn revocation(info: &Element<'_>) -> Result<Revoked, NotDer> {
    const FAULT: NotDer = NotDer("a reason is none");
    let mut fields = info.inside()?;
    let at = generalized_time(&mut fields)?;
    let reason = match fields.next_if(context(0))? {
        Some(wrapped) => {
            let [code] = Element::only(wrapped.contents, Tag::Enumerated, FAULT.0)?.contents else {
                return Err(FAULT);
            };
            Revoked::word(*code)
        }
        None => None,
    };
    fields.end()?;
    Ok(Revoked { at, reason })
}

/// Reads the response's extensions for the nonce.
fn nonce<'a>(wrapped: &Element<'a>) -> Result<Option<&'a [u8]>, OcspFault> {
    let list = Element::only(wrapped.contents, Tag::Sequence, NOT_ONE)?;
    let mut nonce = None;
    for extension in Extension::read_all(&list)? {
        if extension.oid == NONCE {
            let value = Element::only(extension.value, Tag::OctetString, "a nonce is not one")?;
            nonce = Some(value.contents);
        } else if extension.critical {
            return Err(OcspFault::NotJudged(extension.name()));
        }
    }
    Ok(nonce)
}

const NOT_ONE: &str = "it is not as RFC 6960 writes a response";
/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// More than a responder needs to send.
const MOST_CERTIFICATES: usize = 8;
/// Seconds that an answer without nextUpdate counts.
const WITHOUT_NEXT_UPDATE: i64 = 600;
/// Seconds that a responder's clock may be ahead.
const AHEAD: i64 = 300;
