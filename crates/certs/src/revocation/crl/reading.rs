//! A list from its first byte to its last (RFC 5280 §5.1), and whose key signed it.

use der::Tag;

use super::may_sign;
use crate::certificate::{Certificate, read_time};
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::key::{AlgorithmIdentifier, SignatureAlgorithm};
use crate::name::{Name, hex};
use crate::path::TrustStore;
use crate::revocation::extension::Extension;
use crate::revocation::fault::CrlFault;
use crate::revocation::number::CrlNumber;
use crate::revocation::scope::Scope;
use crate::revocation::table::{Allowed, Table};
use crate::time::Time;

/// What was read of a list, while its bytes are borrowed.
pub(super) struct Unsorted {
    pub(super) issuer: Name,
    pub(super) this_update: Time,
    pub(super) next_update: Time,
    pub(super) extensions: Extensions,
    pub(super) table: Table,
    pub(super) signer: Certificate,
}

/// What the extensions of a list say.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) number: Option<CrlNumber>,
    pub(super) base_number: Option<CrlNumber>,
    pub(super) next_publish: Option<Time>,
    pub(super) key_identifier: Option<Vec<u8>>,
    /// The whole authority key identifier: base and delta have the same.
    pub(super) authority_key_identifier: Vec<u8>,
    pub(super) scope: Scope,
}

impl Unsorted {
    pub(super) fn read(
        der: &[u8],
        authority: &Certificate,
        trust: &TrustStore,
    ) -> Result<Self, CrlFault> {
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
