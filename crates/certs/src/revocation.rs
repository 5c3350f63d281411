//! Complete CRLs (RFC 5280 §5, §6.3), judged once when they arrive and then looked up.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{CertificateRevocationList, FromDer};
use x509_parser::revocation_list::RevokedCertificate;

use crate::certificate::Certificate;
use crate::code;
use crate::fingerprint::Fingerprint;
use crate::name::hex;
use crate::path::Path;
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// What is known of each CA's revoked certificates.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists {
    by_authority: HashMap<Fingerprint, RevocationList>,
}

/// The list of a CA for which one is configured.
#[derive(Clone, Debug)]
pub enum RevocationList {
    /// The newest list whose signature was verified.
    Ready(Arc<CrlIndex>),
    /// There is none, and why. Unknown is neither good nor revoked.
    Missing(CrlFault),
}

/// A verified CRL, ready for look-ups.
#[derive(Clone, Debug)]
pub struct CrlIndex {
    issuer: String,
    number: Option<String>,
    this_update: Time,
    next_update: Time,
    /// Sorted by serial number.
    revoked: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    serial: Vec<u8>,
    revoked: Revoked,
}

/// That a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When the CA revoked it.
    pub at: Time,
    /// Why, in the words of RFC 5280 §5.3.1.
    pub reason: Option<&'static str>,
}

/// Why a CRL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlFault {
    /// It was never fetched.
    #[error("it was not fetched yet")]
    NotFetched,
    /// The server that has it answered with something else.
    #[error("the server answered {0}")]
    Status(u16),
    /// The server that has it could not be reached.
    #[error("it could not be fetched: {0}")]
    Unreachable(String),
    /// The fetch took longer than allowed.
    #[error("it was not there within {0} s")]
    TimedOut(u64),
    /// It is larger than allowed.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// It is neither DER nor PEM of a CRL.
    #[error("it is not a revocation list: {0}")]
    NotDer(String),
    /// Another CA, or another key, signed it.
    #[error("it is signed by {found}, and expected was {expected}")]
    WrongSigner {
        /// Name and key identifier of the CA.
        expected: String,
        /// Name and key identifier of the list.
        found: String,
    },
    /// Its signature does not fit.
    #[error("its signature does not count: {0}")]
    Signature(String),
    /// It is partial, or has a critical extension that is not judged.
    #[error("it has an extension that is not judged: {0}")]
    NotJudged(String),
    /// It has no nextUpdate, so nothing says how long it counts.
    #[error("it has no nextUpdate")]
    NoNextUpdate,
}

impl CrlFault {
    /// The directory's code.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::NotFetched => code::CRL_MISSING,
            Self::Status(_) | Self::Unreachable(_) => code::CRL_FETCH_FAILED,
            Self::TimedOut(_) => code::CRL_TIMED_OUT,
            Self::TooLarge(_) => code::CRL_TOO_LARGE,
            Self::NotDer(_) => code::CRL_NOT_DER,
            Self::WrongSigner { .. } | Self::Signature(_) => code::CRL_WRONG_SIGNER,
            Self::NotJudged(_) | Self::NoNextUpdate => code::CRL_NOT_USABLE,
        }
    }
}

impl RevocationLists {
    /// No list is configured for any CA.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Says what is known for a CA that has a list configured.
    pub fn set(&mut self, authority: &Certificate, list: RevocationList) {
        self.by_authority.insert(Path::list_key(authority), list);
    }

    /// The list of a CA; none if none is configured.
    #[must_use]
    pub fn of(&self, authority: &Certificate) -> Option<&RevocationList> {
        self.by_authority.get(&Path::list_key(authority))
    }
}

impl CrlIndex {
    /// Reads a CRL in DER or PEM and verifies that `issuer` signed it.
    ///
    /// # Errors
    /// [`CrlFault`] with what is wrong with it.
    pub fn read(bytes: &[u8], issuer: &Certificate) -> Result<Self, CrlFault> {
        let decoded;
        let der = if bytes.starts_with(b"-----") {
            decoded = pem_rfc7468::decode_vec(bytes)
                .map_err(|cause| CrlFault::NotDer(cause.to_string()))?
                .1;
            decoded.as_slice()
        } else {
            bytes
        };
        let (rest, list) = CertificateRevocationList::from_der(der)
            .map_err(|cause| CrlFault::NotDer(cause.to_string()))?;
        if !rest.is_empty() {
            return Err(CrlFault::NotDer("bytes follow the list".into()));
        }
        verify(&list, issuer)?;
        let next_update = list.next_update().ok_or(CrlFault::NoNextUpdate)?;
        let mut revoked: Vec<Entry> =
            Vec::with_capacity(list.tbs_cert_list.revoked_certificates.len());
        for entry in list.iter_revoked_certificates() {
            revoked.push(read_entry(entry)?);
        }
        revoked.sort_by(|a, b| a.serial.cmp(&b.serial));
        Ok(Self {
            issuer: issuer.subject().short(),
            number: list.crl_number().map(ToString::to_string),
            this_update: Time::from_unix(list.last_update().timestamp()),
            next_update: Time::from_unix(next_update.timestamp()),
            revoked,
        })
    }

    /// Whether the CA revoked the certificate with this serial number.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<Revoked> {
        self.revoked
            .binary_search_by(|entry| entry.serial.as_slice().cmp(significant(serial)))
            .ok()
            .and_then(|index| self.revoked.get(index))
            .map(|entry| entry.revoked)
    }

    /// Its CRL number, decimal.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
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

    /// How many certificates it revokes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.revoked.len()
    }

    /// Whether it revokes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty()
    }
}

/// Prints when and why, "2026-09-18T06:00:00Z, superseded".
impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        match self.reason {
            Some(reason) => write!(f, ", {reason}"),
            None => Ok(()),
        }
    }
}

/// Looks each certificate of the path up, and stops at the first that fails.
pub(crate) fn judge(path: &Path, lists: &RevocationLists, now: Time, trace: &mut Trace) {
    for (certificate, issuer) in path.issued() {
        let line = match lists.of(issuer) {
            None => Line::not_checked(Check::Revocation)
                .on(certificate.subject())
                .found(format!(
                    "no list is configured for {}",
                    issuer.subject().short()
                )),
            Some(RevocationList::Missing(fault)) => Line::failed(Check::Revocation, fault.code())
                .on(certificate.subject())
                .expected(format!(
                    "the revocation list of {}",
                    issuer.subject().short()
                ))
                .found(fault),
            Some(RevocationList::Ready(list)) => look_up(certificate, list, now),
        };
        trace.push(line);
        if trace.failure().is_some() {
            return;
        }
    }
}

fn look_up(certificate: &Certificate, list: &CrlIndex, now: Time) -> Line {
    let published = format!(
        "CRL {} of {}, published {}, next {}",
        list.number().unwrap_or("without number"),
        list.issuer,
        list.this_update,
        list.next_update
    );
    if now > list.next_update || now < list.this_update {
        return Line::failed(Check::Revocation, code::CRL_STALE)
            .on(certificate.subject())
            .expected("a revocation list that counts today")
            .found(published);
    }
    match list.find(certificate.serial()) {
        Some(revoked) => Line::failed(Check::Revocation, code::REVOKED)
            .on(certificate.subject())
            .expected(published)
            .found(revoked),
        None => Line::passed(Check::Revocation)
            .on(certificate.subject())
            .found(published),
    }
}

/// RFC 5280 §6.3.3 (b), (c), (f), (g), for a complete list that the CA itself signs.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is the parser's, which adds to it"
)]
fn verify(list: &CertificateRevocationList<'_>, issuer: &Certificate) -> Result<(), CrlFault> {
    let mut key_identifier = None;
    for extension in list.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                key_identifier = identifier.key_identifier.as_ref().map(|key| key.0.to_vec());
            }
            ParsedExtension::CRLNumber(_) => {}
            _ if extension.critical => {
                return Err(CrlFault::NotJudged(extension.oid.to_id_string()));
            }
            _ => {}
        }
    }
    let same_key = match (&key_identifier, issuer.subject_key_identifier()) {
        (Some(found), Some(expected)) => found == expected,
        (Some(_) | None, None) | (None, Some(_)) => true,
    };
    if list.issuer().as_raw() != issuer.subject().der() || !same_key {
        let named = |name: String, key: Option<&[u8]>| match key {
            Some(key) => format!("{name} ({})", hex(key)),
            None => name,
        };
        return Err(CrlFault::WrongSigner {
            expected: named(
                issuer.subject().to_string(),
                issuer.subject_key_identifier(),
            ),
            found: named(list.issuer().to_string(), key_identifier.as_deref()),
        });
    }
    if issuer.key_usage().is_some_and(|usage| !usage.crl_sign) {
        return Err(CrlFault::Signature("the CA may not sign lists".into()));
    }
    if list.signature_algorithm != list.tbs_cert_list.signature {
        return Err(CrlFault::Signature("it names two algorithms".into()));
    }
    issuer
        .key()
        .verify(
            &list.signature_algorithm,
            list.tbs_cert_list.as_ref(),
            &list.signature_value.data,
        )
        .map_err(|fault| CrlFault::Signature(fault.to_string()))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is the parser's, which adds to it"
)]
fn read_entry(entry: &RevokedCertificate<'_>) -> Result<Entry, CrlFault> {
    let mut reason = None;
    for extension in entry.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::ReasonCode(code) => reason = reason_word(code.0),
            ParsedExtension::InvalidityDate(_) => {}
            _ if extension.critical => {
                return Err(CrlFault::NotJudged(extension.oid.to_id_string()));
            }
            _ => {}
        }
    }
    Ok(Entry {
        serial: significant(entry.raw_serial()).to_vec(),
        revoked: Revoked {
            at: Time::from_unix(entry.revocation_date.timestamp()),
            reason,
        },
    })
}

/// The serial number without leading zero bytes, so that two encodings of one number are equal.
fn significant(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}

fn reason_word(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "key compromise",
        2 => "CA compromise",
        3 => "affiliation changed",
        4 => "superseded",
        5 => "cessation of operation",
        6 => "certificate hold",
        9 => "privilege withdrawn",
        10 => "attribute authority compromise",
        _ => return None,
    })
}
