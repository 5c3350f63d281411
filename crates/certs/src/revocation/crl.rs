//! One CRL (RFC 5280 §5), judged once when it arrives and then looked up.

use std::fmt;

use der::Tag;

use crate::certificate::{Certificate, read_time};
use crate::distribution_point::holds;
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::key::{AlgorithmIdentifier, SignatureAlgorithm};
use crate::name::{Name, hex};
use crate::path::TrustStore;
use crate::revocation::Revoked;
use crate::revocation::extension::Extension;
use crate::revocation::fault::CrlFault;
use crate::revocation::number::CrlNumber;
use crate::revocation::scope::Scope;
use crate::revocation::table::{Allowed, REMOVE_FROM_CRL, Table};
use crate::time::Time;

/// A CRL whose signature was verified, ready for look-ups.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    extensions: Extensions,
    table: Table,
    signer: Certificate,
}

/// What the extensions of a list say.
#[derive(Clone, Debug, Default)]
struct Extensions {
    number: Option<CrlNumber>,
    base_number: Option<CrlNumber>,
    next_publish: Option<Time>,
    key_identifier: Option<Vec<u8>>,
    /// The whole authority key identifier: base and delta have the same.
    authority_key_identifier: Vec<u8>,
    scope: Scope,
}

/// What a list says about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is revoked, or on hold.
    Revoked(Revoked),
    /// A delta takes it off the list (removeFromCRL).
    Removed,
}

impl Crl {
    /// Reads a CRL in DER or PEM that is configured for `authority`, and verifies its signature.
    ///
    /// The key is the authority's; or another key of its name, or of the issuer of an indirect
    /// list, of which `trust` has the certificate. Whether that certificate may sign for a path is
    /// judged with the path. `most_bytes` bounds what is read.
    ///
    /// # Errors
    /// [`CrlFault`] with what is wrong with it.
    pub fn read(
        bytes: Vec<u8>,
        authority: &Certificate,
        trust: &TrustStore,
        most_bytes: usize,
    ) -> Result<Self, CrlFault> {
        if bytes.len() > most_bytes {
            return Err(CrlFault::TooLarge(
                u64::try_from(most_bytes).unwrap_or(u64::MAX),
            ));
        }
        let der = if bytes.starts_with(b"-----") {
            let (label, der) = pem_rfc7468::decode_vec(&bytes)
                .map_err(|cause| CrlFault::NotDer(cause.to_string()))?;
            if label != "X509 CRL" {
                return Err(CrlFault::NotDer(format!("it is a PEM of {label}")));
            }
            drop(bytes);
            der
        } else {
            bytes
        };
        let unsorted = Unsorted::read(&der, authority, trust)?;
        let Unsorted {
            issuer,
            this_update,
            next_update,
            extensions,
            mut table,
            signer,
        } = unsorted;
        table.sort(&der);
        Ok(Self {
            der,
            issuer,
            this_update,
            next_update,
            extensions,
            table,
            signer,
        })
    }

    /// Whether this list may take the place of `known`, which came from the same address.
    ///
    /// CRL numbers grow strictly and never go back (RFC 5280 §5.2.3): an old list, played back,
    /// would bring revoked certificates to life. Lists without numbers are told by their date.
    #[must_use]
    pub fn supersedes(&self, known: &Self) -> bool {
        match (self.number(), known.number()) {
            (Some(new), Some(known)) => new > known,
            (Some(_) | None, None) => self.this_update > known.this_update,
            (None, Some(_)) => false,
        }
    }

    /// The list in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The certificate whose key signed it.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// Its CRL number.
    #[must_use]
    pub const fn number(&self) -> Option<&CrlNumber> {
        self.extensions.number.as_ref()
    }

    /// The number of the list that it changes, if it is a delta (RFC 5280 §5.2.4).
    #[must_use]
    pub const fn base_number(&self) -> Option<&CrlNumber> {
        self.extensions.base_number.as_ref()
    }

    /// Whether it is a delta, which says only what changed since a complete list.
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        self.extensions.base_number.is_some()
    }

    /// Whether it has certificates of other issuers (RFC 5280 §5.2.5).
    #[must_use]
    pub const fn is_indirect(&self) -> bool {
        self.extensions.scope.indirect
    }

    /// Whether it covers only some certificates or reasons of its issuer (RFC 5280 §5.2.5).
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        !self.extensions.scope.der().is_empty()
    }

    /// When it was published.
    #[must_use]
    pub const fn this_update(&self) -> Time {
        self.this_update
    }

    /// Until when it counts.
    #[must_use]
    pub const fn next_update(&self) -> Time {
        self.next_update
    }

    /// When the next one is published, where the CA says so ahead of nextUpdate (Microsoft's Next
    /// CRL Publish, 1.3.6.1.4.1.311.21.4).
    #[must_use]
    pub const fn next_publish(&self) -> Option<Time> {
        self.extensions.next_publish
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether it has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// The serial numbers of its entries as they stand there, big-endian, in no promised order.
    pub fn serials(&self) -> impl Iterator<Item = &[u8]> {
        self.table.serials(&self.der)
    }

    /// Whether its issuer's own certificate with this serial number, as it stands in the
    /// certificate, is revoked by this list alone.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<Revoked> {
        match self.entry(serial, &self.issuer)? {
            Entry::Revoked(revoked) => Some(revoked),
            Entry::Removed => None,
        }
    }

    /// What it says about the certificate of `issuer` with this serial number.
    pub(crate) fn entry(&self, serial: &[u8], issuer: &Name) -> Option<Entry> {
        let by_itself = self.issuer.matches(issuer);
        let (at, reason) = self.table.find(&self.der, serial, |named| {
            named.map_or(by_itself, |named| holds(named, issuer))
        })?;
        Some(match reason {
            Some(REMOVE_FROM_CRL) => Entry::Removed,
            Some(_) | None => Entry::Revoked(Revoked {
                at,
                reason: reason.and_then(Revoked::word),
            }),
        })
    }

    pub(crate) const fn scope(&self) -> &Scope {
        &self.extensions.scope
    }

    /// Whether both are of one issuer, key and scope, so that the newer takes the other's place.
    pub(crate) fn continues(&self, other: &Self) -> bool {
        self.is_delta() == other.is_delta() && self.belongs_to(other)
    }

    /// Whether this list, of two that [continue](Self::continues) each other, is the later.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(new), Some(known)) => (new, self.this_update) > (known, other.this_update),
            (Some(_) | None, None) | (None, Some(_)) => self.this_update > other.this_update,
        }
    }

    /// RFC 5280 §6.3.3 (c): whether a delta is of the same issuer, scope and key as a base.
    pub(crate) fn belongs_to(&self, base: &Self) -> bool {
        let (one, other) = (&self.extensions, &base.extensions);
        self.issuer.matches(&base.issuer)
            && one.scope.der() == other.scope.der()
            && one.authority_key_identifier == other.authority_key_identifier
            && self.signer.subject_public_key_info() == base.signer.subject_public_key_info()
    }
}

/// Prints what tells it from other lists, "CRL 412 of Meridian Issuing CA 1, published …, next …".
impl fmt::Display for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_delta() { "delta CRL" } else { "CRL" };
        match self.number() {
            Some(number) => write!(f, "{kind} {number}")?,
            None => write!(f, "{kind} without number")?,
        }
        write!(
            f,
            " of {}, published {}, next {}",
            self.issuer.short(),
            self.this_update,
            self.next_update
        )
    }
}

/// Prints the same; the entries would fill screens.
impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({self}, {} entries)", self.len())
    }
}

/// What was read of a list, while its bytes are borrowed.
struct Unsorted {
    issuer: Name,
    this_update: Time,
    next_update: Time,
    extensions: Extensions,
    table: Table,
    signer: Certificate,
}

impl Unsorted {
    fn read(der: &[u8], authority: &Certificate, trust: &TrustStore) -> Result<Self, CrlFault> {
        let mut outer = Elements::of(der)?;
        let mut parts = outer.expect(Tag::Sequence, "it is no SEQUENCE")?.inside()?;
        outer.end()?;
        let message = parts.expect(Tag::Sequence, "it has no TBSCertList")?;
        let algorithm = parts.expect(Tag::Sequence, "it has no signature algorithm")?;
        let signature = parts
            .expect(Tag::BitString, "it has no signature")?
            .octets_in_bits()?;
        parts.end()?;

        let mut fields = message.inside()?;
        let version_2 = match fields.next_if(Tag::Integer)? {
            None => false,
            Some(version) if version.contents == [1] => true,
            Some(_) => return Err(CrlFault::Forbidden("neither version 1 nor 2".into())),
        };
        let inner = fields.expect(Tag::Sequence, "it has no inner signature algorithm")?;
        if inner.whole() != algorithm.whole() {
            return Err(CrlFault::Signature("it names two algorithms".into()));
        }
        let issuer = Name::read(&fields.expect(Tag::Sequence, "it has no issuer")?)?;
        if issuer.is_empty() {
            return Err(CrlFault::Forbidden("no issuer".into()));
        }
        let this_update = read_time(&fields.next()?)?;
        let mut next_update = None;
        for tag in [Tag::UtcTime, Tag::GeneralizedTime] {
            if let Some(time) = fields.next_if(tag)? {
                next_update = Some(read_time(&time)?);
                break;
            }
        }
        let next_update = next_update.ok_or(CrlFault::NoNextUpdate)?;
        let entries = fields.next_if(Tag::Sequence)?;
        let extensions = match fields.next_if(context(0))? {
            Some(_) if !version_2 => {
                return Err(CrlFault::Forbidden("version 1 with extensions".into()));
            }
            Some(wrapped) => Extensions::read(wrapped.contents, &issuer)?,
            None => Extensions::default(),
        };
        fields.end()?;
        let signers = signers(&issuer, &extensions, authority, trust)?;
        let signer = verify(&signers, &algorithm, message.whole(), signature)?;
        let allowed = Allowed {
            extensions: version_2,
            issuers: extensions.scope.indirect,
            removals: extensions.base_number.is_some(),
        };
        let table = match entries {
            Some(entries) => Table::read(&entries, allowed)?,
            None => Table::default(),
        };
        Ok(Self {
            issuer,
            this_update,
            next_update,
            extensions,
            table,
            signer,
        })
    }
}

impl Extensions {
    fn read(wrapped: &[u8], issuer: &Name) -> Result<Self, CrlFault> {
        const FAULT: &str = "its extensions are no SEQUENCE";
        if wrapped.len() > MOST_EXTENSION_BYTES {
            return Err(CrlFault::Forbidden(format!(
                "extensions of more than {MOST_EXTENSION_BYTES} bytes"
            )));
        }
        let mut read = Self::default();
        for extension in Extension::read_all(&Element::only(wrapped, Tag::Sequence, FAULT)?)? {
            read.take(&extension, issuer)?;
        }
        if read.base_number.is_some() && read.number.is_none() {
            return Err(CrlFault::Forbidden("a delta without CRL number".into()));
        }
        Ok(read)
    }

    fn take(&mut self, extension: &Extension<'_>, issuer: &Name) -> Result<(), CrlFault> {
        const FAULT: &str = "an authority key identifier is no SEQUENCE";
        let value = extension.value;
        match extension.oid {
            // RFC 5280 §5.2.3.
            CRL_NUMBER if extension.critical => {
                return Err(CrlFault::Forbidden("a CRL number that is critical".into()));
            }
            CRL_NUMBER => self.number = Some(number(value)?),
            DELTA_CRL_INDICATOR => self.base_number = Some(number(value)?),
            AUTHORITY_KEY_IDENTIFIER => {
                let mut fields = Element::only(value, Tag::Sequence, FAULT)?.inside()?;
                let key = fields.next_if(context_primitive(0))?;
                self.key_identifier = key.map(|key| key.contents.to_vec());
                value.clone_into(&mut self.authority_key_identifier);
            }
            ISSUING_DISTRIBUTION_POINT => self.scope = Scope::read(value, issuer)?,
            // It only says when to ask again, so one that cannot be read is as good as none.
            NEXT_CRL_PUBLISH => {
                self.next_publish = Elements::of(value)
                    .and_then(|mut elements| read_time(&elements.next()?))
                    .ok();
            }
            _ if extension.critical => return Err(CrlFault::NotJudged(extension.name())),
            _ => {}
        }
        Ok(())
    }
}

/// The certificates whose key may have signed the list: name and key identifier fit, and their key
/// usage has cRLSign (RFC 5280 §6.3.3 (f)).
fn signers<'a>(
    issuer: &Name,
    extensions: &Extensions,
    authority: &'a Certificate,
    trust: &'a TrustStore,
) -> Result<Vec<&'a Certificate>, CrlFault> {
    let known = trust
        .authorities()
        .iter()
        .map(|authority| &authority.certificate);
    let own = issuer.matches(authority.subject());
    let fitting: Vec<&Certificate> = std::iter::once(authority)
        .chain(known)
        .filter(|_| own || extensions.scope.indirect)
        .filter(|signer| issuer.matches(signer.subject()))
        .filter(
            |signer| match (&extensions.key_identifier, signer.subject_key_identifier()) {
                (Some(found), Some(expected)) => found == expected,
                (Some(_) | None, None) | (None, Some(_)) => true,
            },
        )
        .collect();
    if fitting.is_empty() {
        let named = |name: &Name, key: Option<&[u8]>| match key {
            Some(key) => format!("{name} ({})", hex(key)),
            None => name.to_string(),
        };
        return Err(CrlFault::WrongSigner {
            expected: named(authority.subject(), authority.subject_key_identifier()),
            found: named(issuer, extensions.key_identifier.as_deref()),
        });
    }
    let mut signers: Vec<&Certificate> = Vec::new();
    for signer in fitting.into_iter().filter(|signer| may_sign(signer)) {
        let key = signer.subject_public_key_info();
        let repeated = signers
            .iter()
            .any(|seen| seen.subject_public_key_info() == key);
        if !repeated && signers.len() < MOST_KEYS {
            signers.push(signer);
        }
    }
    if signers.is_empty() {
        return Err(CrlFault::Signature("the CA may not sign lists".into()));
    }
    Ok(signers)
}

/// RFC 5280 §6.3.3 (g): finds whose key signed the list.
fn verify(
    signers: &[&Certificate],
    algorithm: &Element<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<Certificate, CrlFault> {
    let algorithm = SignatureAlgorithm::from(&AlgorithmIdentifier::read(algorithm)?);
    let mut fault = CrlFault::Signature("nobody could have made it".into());
    for signer in signers {
        match signer.key().verify(&algorithm, message, signature) {
            Ok(()) => return Ok((*signer).clone()),
            Err(cause) => fault = CrlFault::Signature(cause.to_string()),
        }
    }
    Err(fault)
}

/// Whether the key usage lets a certificate sign lists.
pub(crate) fn may_sign(signer: &Certificate) -> bool {
    signer.key_usage().is_none_or(|usage| usage.crl_sign)
}

/// A CRL number: not negative, and at most 20 octets (RFC 5280 §5.2.3).
fn number(value: &[u8]) -> Result<CrlNumber, CrlFault> {
    const FAULT: NotDer = NotDer("a CRL number is not one");
    let octets = Element::only(value, Tag::Integer, FAULT.0)?.integer()?;
    match octets {
        [0, octets @ ..] if octets.len() <= 20 => Ok(CrlNumber::new(octets)),
        [first, ..] if *first < 0x80 && octets.len() <= 20 => Ok(CrlNumber::new(octets)),
        _ => Err(FAULT.into()),
    }
}

/// Most keys of one name that are tried on a list.
const MOST_KEYS: usize = 8;
/// More than the extensions of any list have.
const MOST_EXTENSION_BYTES: usize = 64 * 1024;
/// 2.5.29.20
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
/// 2.5.29.27
const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
/// 2.5.29.28
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
/// 2.5.29.35
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
/// 1.3.6.1.4.1.311.21.4
const NEXT_CRL_PUBLISH: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15, 0x04];
