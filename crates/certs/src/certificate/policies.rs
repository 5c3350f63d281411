//! The extensions that say which certificate policies hold (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11).

use der::Tag;

use super::violation::Violation;
use crate::encoding::{Element, NotDer, context_primitive};
use crate::oid::Oid;

/// RFC 5280 §4.2.1.4, without the qualifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) critical: bool,
    /// Whether anyPolicy is among them.
    pub(crate) any: bool,
    /// The others.
    pub(crate) named: Vec<Oid>,
}

/// RFC 5280 §4.2.1.11, as numbers of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

impl Policies {
    /// Reads the extension, and each policy in dotted form as it stands.
    pub(super) fn read(
        critical: bool,
        value: &[u8],
        violations: &mut Vec<Violation>,
    ) -> Result<(Self, Vec<String>), NotDer> {
        const FAULT: &str = "certificate policies are not policies with qualifiers";
        let mut text = Vec::new();
        let mut read = Self {
            critical,
            any: false,
            named: Vec::new(),
        };
        let mut policies = Element::only(value, Tag::Sequence, FAULT)?.inside()?;
        if policies.is_empty() {
            violations.push(Violation::EmptyPolicies);
        }
        while !policies.is_empty() {
            let mut policy = policies.expect(Tag::Sequence, FAULT)?.inside()?;
            let oid = policy.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
            if let Some(qualifiers) = policy.next_if(Tag::Sequence)?
                && !qualifiers_are_known(&qualifiers)?
                && critical
            {
                violations.push(Violation::UnknownQualifier);
            }
            policy.end()?;
            text.push(oid.to_string());
            if oid.is(ANY_POLICY) {
                if read.any {
                    violations.push(Violation::RepeatedPolicy);
                }
                read.any = true;
            } else {
                read.named.push(oid);
            }
        }
        read.named.sort_unstable();
        let all = read.named.len();
        read.named.dedup();
        if read.named.len() != all {
            violations.push(Violation::RepeatedPolicy);
        }
        Ok((read, text))
    }
}

fn qualifiers_are_known(qualifiers: &Element<'_>) -> Result<bool, NotDer> {
    const FAULT: &str = "a policy qualifier is not one";
    let mut known = true;
    let mut qualifiers = qualifiers.inside()?;
    while !qualifiers.is_empty() {
        let mut qualifier = qualifiers.expect(Tag::Sequence, FAULT)?.inside()?;
        let oid = qualifier.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
        qualifier.next()?;
        qualifier.end()?;
        known &= oid.is(CPS_QUALIFIER) || oid.is(NOTICE_QUALIFIER);
    }
    Ok(known)
}

pub(super) fn policy_mappings(value: &[u8]) -> Result<Vec<(Oid, Oid)>, NotDer> {
    const FAULT: &str = "policy mappings are not pairs of policies";
    let mut mappings = Element::only(value, Tag::Sequence, FAULT)?.inside()?;
    let mut read = Vec::new();
    while !mappings.is_empty() {
        let mut mapping = mappings.expect(Tag::Sequence, FAULT)?.inside()?;
        let issuer = mapping.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
        let subject = mapping.expect(Tag::ObjectIdentifier, FAULT)?.oid()?;
        mapping.end()?;
        read.push((issuer, subject));
    }
    Ok(read)
}

pub(super) fn policy_constraints(value: &[u8]) -> Result<PolicyConstraints, NotDer> {
    let mut fields = Element::only(value, Tag::Sequence, "no SEQUENCE")?.inside()?;
    let mut skip = |number| -> Result<Option<u32>, NotDer> {
        match fields.next_if(context_primitive(number))? {
            Some(skip) => Ok(Some(skip.count()?)),
            None => Ok(None),
        }
    };
    let require_explicit_policy = skip(0)?;
    let inhibit_policy_mapping = skip(1)?;
    fields.end()?;
    Ok(PolicyConstraints {
        require_explicit_policy,
        inhibit_policy_mapping,
    })
}

/// 2.5.29.32.0
pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];
/// 1.3.6.1.5.5.7.2.1
const CPS_QUALIFIER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01];
/// 1.3.6.1.5.5.7.2.2
const NOTICE_QUALIFIER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x02];
