//! One CRL (RFC 5280 §5), judged once when it arrives and then looked up.

use std::fmt;

mod reading;

use reading::{Extensions, Unsorted};

use crate::certificate::Certificate;
use crate::distribution_point::holds;
use crate::name::Name;
use crate::path::TrustStore;
use crate::revocation::Revoked;
use crate::revocation::fault::CrlFault;
use crate::revocation::number::CrlNumber;
use crate::revocation::scope::Scope;
use crate::revocation::table::{REMOVE_FROM_CRL, Table};
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

    /// The bytes that are kept beside its own.
    #[cfg(test)]
    pub(crate) fn bytes_beside(&self) -> usize {
        self.table.bytes()
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

/// Whether the key usage lets a certificate sign lists.
pub(crate) fn may_sign(signer: &Certificate) -> bool {
    signer.key_usage().is_none_or(|usage| usage.crl_sign)
}
