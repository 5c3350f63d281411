//! What the extensions of a certificate say (RFC 5280 §4.2), each read to its last byte.

use std::ops::Range;

use der::Tag;

use super::general_name::GeneralName;
use super::key_usage::KeyUsage;
use super::name_constraints::{NameConstraints, name_constraints};
use super::policies::{Policies, PolicyConstraints, policy_constraints, policy_mappings};
use super::violation::Violation;
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::name::hex;
use crate::oid::Oid;

/// One extension as it stands.
#[derive(Clone, Debug)]
pub(crate) struct RawExtension {
    pub(crate) oid: Oid,
    pub(crate) critical: bool,
    /// Where the contents of its OCTET STRING stand in the certificate.
    pub(crate) value: Range<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) raw: Vec<RawExtension>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) authority_key_identifier: Option<AuthorityKeyIdentifier>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<Oid>>,
    pub(crate) extended_key_usage_text: Option<Vec<String>>,
    pub(crate) policies: Option<Policies>,
    pub(crate) policies_text: Vec<String>,
    /// Pairs of issuerDomainPolicy and subjectDomainPolicy.
    pub(crate) policy_mappings: Vec<(Oid, Oid)>,
    pub(crate) policy_constraints: Option<PolicyConstraints>,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) alternative_names: Vec<GeneralName>,
    pub(crate) alternative_names_critical: bool,
    pub(crate) principal_names: Vec<String>,
    pub(crate) emails: Vec<String>,
    /// Critical extensions that this crate does not know.
    pub(crate) unknown_critical: Vec<String>,
}

/// RFC 5280 §4.2.1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthorityKeyIdentifier {
    pub(crate) key: Option<Vec<u8>>,
    /// The issuer of the issuer's certificate, and that certificate's serial number.
    pub(crate) issuer: Option<(Vec<GeneralName>, Vec<u8>)>,
}

/// RFC 5280 §4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// Why an extension cannot be read, and which it is.
pub(crate) struct Unreadable(pub(crate) String);

impl Extensions {
    /// Reads `Extensions`, the contents of `[3]`.
    pub(crate) fn read(
        outer: &Element<'_>,
        violations: &mut Vec<Violation>,
    ) -> Result<Self, Unreadable> {
        const FAULT: &str = "the list of extensions";
        let unreadable = |_: NotDer| Unreadable(FAULT.to_owned());
        let mut read = Self::default();
        let mut list = outer.inside().map_err(unreadable)?;
        let mut extensions = list
            .expect(Tag::Sequence, FAULT)
            .and_then(|list| list.inside())
            .map_err(unreadable)?;
        list.end().map_err(unreadable)?;
        if extensions.is_empty() {
            violations.push(Violation::NoExtensions);
        }
        while !extensions.is_empty() {
            let (raw, value) = read_envelope(&mut extensions).map_err(unreadable)?;
            if read.raw.iter().any(|seen| seen.oid == raw.oid) {
                return Err(Unreadable(raw.oid.to_string()));
            }
            read.take(&raw, value, violations)
                .map_err(|_| Unreadable(raw.oid.to_string()))?;
            read.raw.push(raw);
        }
        read.extended_key_usage_text = read
            .extended_key_usage
            .as_ref()
            .map(|purposes| purposes.iter().map(Oid::to_string).collect());
        Ok(read)
    }

    fn take(
        &mut self,
        raw: &RawExtension,
        value: &[u8],
        violations: &mut Vec<Violation>,
    ) -> Result<(), NotDer> {
        match raw.oid.contents() {
            SUBJECT_KEY_IDENTIFIER => {
                let identifier = Element::only(value, Tag::OctetString, "no OCTET STRING")?;
                self.subject_key_identifier = Some(identifier.contents.to_vec());
                must_not_be_critical(raw, violations);
            }
            AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = Some(authority_key_identifier(value)?);
                must_not_be_critical(raw, violations);
            }
            BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            KEY_USAGE => {
                let usage = KeyUsage::read(value)?;
                if usage.is_empty() {
                    violations.push(Violation::EmptyKeyUsage);
                }
                self.key_usage = Some(usage);
            }
            EXTENDED_KEY_USAGE => {
                let purposes = oids(value)?;
                if purposes.is_empty() {
                    violations.push(Violation::EmptyExtendedKeyUsage);
                }
                self.extended_key_usage = Some(purposes);
            }
            CERTIFICATE_POLICIES => {
                let (policies, text) = Policies::read(raw.critical, value, violations)?;
                self.policies = Some(policies);
                self.policies_text = text;
            }
            POLICY_MAPPINGS => {
                self.policy_mappings = policy_mappings(value)?;
                if self.policy_mappings.is_empty() {
                    violations.push(Violation::EmptyPolicyMappings);
                }
            }
            POLICY_CONSTRAINTS => {
                let constraints = policy_constraints(value)?;
                if constraints.require_explicit_policy.is_none()
                    && constraints.inhibit_policy_mapping.is_none()
                {
                    violations.push(Violation::EmptyPolicyConstraints);
                }
                self.policy_constraints = Some(constraints);
            }
            INHIBIT_ANY_POLICY => {
                let skip = Element::only(value, Tag::Integer, "no INTEGER")?;
                self.inhibit_any_policy = Some(skip.count()?);
            }
            NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(value, violations)?),
            SUBJECT_ALTERNATIVE_NAME => self.take_names(raw.critical, value)?,
            ISSUER_ALTERNATIVE_NAME => {
                let names = Element::only(value, Tag::Sequence, "no SEQUENCE")?;
                GeneralName::read_all(names.inside()?)?;
            }
            FRESHEST_CRL => must_not_be_critical(raw, violations),
            AUTHORITY_INFORMATION_ACCESS | SUBJECT_INFORMATION_ACCESS => {
                must_not_be_critical(raw, violations);
                if read_information_access(value).is_err() {
                    violations.push(Violation::InformationAccess);
                }
            }
            // Whoever judges responders asks whether it is there; it limits nothing.
            OCSP_NO_CHECK => {
                Element::only(value, Tag::Null, "no NULL")?;
            }
            // Whoever judges revocation reads the first; the second is a text for people.
            CRL_DISTRIBUTION_POINTS | NETSCAPE_COMMENT => {}
            _ => {
                if raw.critical {
                    self.unknown_critical.push(raw.oid.to_string());
                }
            }
        }
        Ok(())
    }

    fn take_names(&mut self, critical: bool, value: &[u8]) -> Result<(), NotDer> {
        let names = Element::only(value, Tag::Sequence, "no SEQUENCE")?;
        self.alternative_names = GeneralName::read_all(names.inside()?)?;
        self.alternative_names_critical = critical;
        for name in &self.alternative_names {
            if let GeneralName::Ip(address) = name
                && !matches!(address.len(), 4 | 16)
            {
                return Err(NotDer("an address has neither 4 nor 16 bytes"));
            }
            if let GeneralName::Rfc822(email) = name {
                self.emails.push(email.clone());
            }
            if let Some(name) = name.principal_name() {
                self.principal_names.push(name.to_owned());
            }
        }
        Ok(())
    }
}

/// `AuthorityInfoAccessSyntax` and `SubjectInfoAccessSyntax` (RFC 5280 §4.2.2): one place at least.
fn read_information_access(value: &[u8]) -> Result<(), NotDer> {
    const FAULT: &str = "information access is not a list of places";
    let mut places = Element::only(value, Tag::Sequence, FAULT)?.inside()?;
    if places.is_empty() {
        return Err(NotDer(FAULT));
    }
    while !places.is_empty() {
        let mut place = places.expect(Tag::Sequence, FAULT)?.inside()?;
        place.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
        place.next()?;
        place.end()?;
    }
    Ok(())
}

fn must_not_be_critical(raw: &RawExtension, violations: &mut Vec<Violation>) {
    if raw.critical {
        violations.push(Violation::MustNotBeCritical);
    }
}

/// Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }.
fn read_envelope<'a>(extensions: &mut Elements<'a>) -> Result<(RawExtension, &'a [u8]), NotDer> {
    const FAULT: &str = "an extension is not one";
    let mut extension = extensions.expect(Tag::Sequence, FAULT)?.inside()?;
    let oid = extension.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
    // CAs write FALSE out, which DER forbids and which says the same.
    let critical = match extension.next_if(Tag::Boolean)? {
        Some(critical) => critical.boolean()?,
        None => false,
    };
    let value = extension.expect(Tag::OctetString, FAULT)?;
    extension.end()?;
    let raw = RawExtension {
        oid,
        critical,
        value: value.contents_range(),
    };
    Ok((raw, value.contents))
}

fn authority_key_identifier(value: &[u8]) -> Result<AuthorityKeyIdentifier, NotDer> {
    const FAULT: &str = "an authority key identifier is not one";
    let mut fields = Element::only(value, Tag::Sequence, FAULT)?.inside()?;
    let key = fields.next_if(context_primitive(0))?;
    let issuer = fields.next_if(context(1))?;
    let serial = fields.next_if(context_primitive(2))?;
    fields.end()?;
    let issuer = match (issuer, serial) {
        (Some(issuer), Some(serial)) => Some((
            GeneralName::read_all(issuer.inside()?)?,
            serial.integer()?.to_vec(),
        )),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(NotDer(FAULT)),
    };
    Ok(AuthorityKeyIdentifier {
        key: key.map(|key| key.contents.to_vec()),
        issuer,
    })
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, NotDer> {
    let mut fields = Element::only(value, Tag::Sequence, "no SEQUENCE")?.inside()?;
    let ca = match fields.next_if(Tag::Boolean)? {
        Some(ca) => ca.boolean()?,
        None => false,
    };
    let path_length = match fields.next_if(Tag::Integer)? {
        Some(length) => Some(length.count()?),
        None => None,
    };
    fields.end()?;
    Ok(BasicConstraints { ca, path_length })
}

fn oids(value: &[u8]) -> Result<Vec<Oid>, NotDer> {
    let mut elements = Element::only(value, Tag::Sequence, "no SEQUENCE")?.inside()?;
    let mut read = Vec::new();
    while !elements.is_empty() {
        read.push(
            elements
                .expect(Tag::ObjectIdentifier, "no identifier")?
                .oid()?,
        );
    }
    Ok(read)
}

/// Prints the key identifier in hex.
impl std::fmt::Display for AuthorityKeyIdentifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(self.key.as_deref().unwrap_or_default()))
    }
}

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const ISSUER_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 18];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
/// 2.5.29.31
pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
/// 2.5.29.46
pub(crate) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
/// 1.3.6.1.5.5.7.1.1
pub(crate) const AUTHORITY_INFORMATION_ACCESS: &[u8] =
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
/// 1.3.6.1.5.5.7.1.11
const SUBJECT_INFORMATION_ACCESS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0b];
/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5
const OCSP_NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
/// 2.16.840.1.113730.1.13
const NETSCAPE_COMMENT: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x0d];
