//! Breaks one certificate: its draft before it is signed, or its bytes afterwards.

use anyhow::Result;

use super::draft::{Draft, extension};
use super::extensions as says;
use super::names::authority_name;
use super::{Certificate, DAY};
use crate::der;
use crate::keys::Pool;
use crate::plan::{Kind, NOW, Policy, Purpose, Spelling, Subtree};

/// Signs the certificate, broken as wanted; one that is missing is no certificate.
pub(super) fn finish(
    mut draft: Draft,
    kind: Option<Kind>,
    keys: &Pool,
) -> Result<Option<Certificate>> {
    if let Some(kind) = kind {
        before(&mut draft, kind, keys);
    }
    let mut signed = draft.sign(keys)?;
    if let Some(kind) = kind {
        signed = after(&draft, signed, kind, keys)?;
    }
    let leaf = draft.subject_name == super::LEAF;
    Ok(
        (kind != Some(Kind::Missing) || leaf).then_some(Certificate {
            der: signed,
            subject: draft.subject_name,
            issuer: draft.issuer_name,
            key: draft.key,
            trusted: draft.trusted,
            origin: draft.origin,
        }),
    )
}

fn before(draft: &mut Draft, kind: Kind, keys: &Pool) {
    match kind {
        Kind::Expired => draft.validity = [NOW - 2 * DAY, NOW - DAY].map(der::time),
        Kind::NotYetValid => draft.validity = [NOW + DAY, NOW + 2 * DAY].map(der::time),
        Kind::SignedByAnother => {
            draft.signer = (0..12)
                .find(|other| {
                    *other != draft.signer
                        && keys.key(*other).algorithm(draft.scheme)
                            == keys.key(draft.signer).algorithm(draft.scheme)
                })
                .unwrap_or(draft.signer + 1);
        }
        Kind::IssuerRenamed => {
            draft.issuer = authority_name(NOBODY, Spelling::Same);
            draft.issuer_name = NOBODY;
        }
        Kind::NoBasicConstraints => draft.remove(says::BASIC_CONSTRAINTS),
        Kind::NotCa => draft.replace(says::basic_constraints(None, None)),
        Kind::LengthWithoutCa => draft.replace(says::basic_constraints(None, Some(3))),
        Kind::LengthZero => draft.replace(says::basic_constraints(Some(true), Some(0))),
        Kind::KeyUsageOther => draft.replace(says::key_usage(0x2000)),
        Kind::KeyUsageEmpty => draft.replace(says::key_usage(0)),
        Kind::PurposeOther => draft.replace(says::purposes(&[Purpose::Server])),
        Kind::PurposeEmpty => draft.replace(says::purposes(&[])),
        Kind::UnknownCritical => draft.extensions.push(says::unknown(true)),
        Kind::ExtensionTwice => {
            let first = draft.extensions.first().cloned();
            draft.extensions.extend(first);
        }
        Kind::AuthorityKeyOther => draft.replace(extension(
            says::AUTHORITY_KEY,
            false,
            der::sequence(&[der::tlv(0x80, &[&[7; 20]])]),
        )),
        Kind::VersionOne => draft.version = None,
        Kind::VersionTwo => draft.version = Some(1),
        Kind::VersionFour => draft.version = Some(3),
        Kind::SerialNegative => draft.serial = der::tlv(0x02, &[&[0x80, 1]]),
        Kind::SerialZero => draft.serial = der::number(0),
        Kind::SerialLong => draft.serial = der::integer(&[0x41; 21]),
        Kind::IssuerEmpty => draft.issuer = der::sequence::<Vec<u8>>(&[]),
        Kind::SubjectEmpty => draft.subject = der::sequence::<Vec<u8>>(&[]),
        Kind::ExtensionTrailing => {
            if let Some(first) = draft.extensions.first_mut() {
                first.value.extend([5, 0]);
            }
        }
        Kind::TimeGeneralized => {
            draft.validity = [NOW - DAY, NOW + DAY].map(der::generalized_time);
        }
        Kind::TimeWithoutSeconds => draft.validity[0] = der::tlv(0x17, &[b"2609010000Z"]),
        Kind::TimeFraction => draft.validity[1] = der::tlv(0x18, &[b"20500101000000.5Z"]),
        Kind::NamesEmpty => {
            draft.replace(extension(says::NAMES, false, der::sequence::<Vec<u8>>(&[])));
        }
        Kind::NamesNul => draft.replace(extension(
            says::NAMES,
            false,
            der::sequence(&[der::tlv(0x82, &[b"host.meridian.example\0.other.example"])]),
        )),
        Kind::DefaultWritten => draft.replace(says::basic_constraints(Some(false), None)),
        Kind::TrueOtherwise => {
            let value = der::sequence(&[der::tlv(0x01, &[&[1]])]);
            draft.replace(extension(says::BASIC_CONSTRAINTS, true, value));
        }
        Kind::LengthLong => {
            let mut value = der::octets(&[9; 20]);
            value.splice(1..2, [0x81, 20]);
            draft.replace(extension(says::SUBJECT_KEY, false, value));
        }
        Kind::PoliciesEmpty
        | Kind::PolicyTwice
        | Kind::PoliciesOther
        | Kind::PolicyConstraintsEmpty
        | Kind::ExplicitRequired
        | Kind::AnyMapped
        | Kind::MappedToAny
        | Kind::AnyInhibited => policies(draft, kind),
        Kind::ConstraintsEmpty
        | Kind::ConstraintsOther
        | Kind::ConstraintsMinimum
        | Kind::ConstraintsHoledMask
        | Kind::ConstraintsUnknownForm => constraints(draft, kind),
        Kind::SignatureFlipped
        | Kind::ContentFlipped
        | Kind::AlgorithmsDiffer
        | Kind::CertificateTrailing
        | Kind::Missing => {}
    }
}

fn policies(draft: &mut Draft, kind: Kind) {
    let own = Policy::Own(1);
    draft.replace(match kind {
        Kind::PoliciesEmpty => says::policies(&[], false),
        Kind::PolicyTwice => says::policies(&[own, own], false),
        Kind::PoliciesOther => says::policies(&[Policy::Own(9)], false),
        Kind::PolicyConstraintsEmpty => says::policy_constraints(None, None),
        Kind::ExplicitRequired => says::policy_constraints(Some(0), None),
        Kind::AnyMapped => says::mappings(&[(Policy::Any, own)]),
        Kind::MappedToAny => says::mappings(&[(own, Policy::Any)]),
        _ => says::inhibit_any(0),
    });
}

fn constraints(draft: &mut Draft, kind: Kind) {
    let host = der::tlv(0x82, &[b"meridian.example"]);
    let other = says::subtree(&Subtree::Other);
    let minimum = der::sequence(&[host, der::tagged_number(0x80, 1)]);
    let holed = der::sequence(&[der::tlv(0x87, &[&[10, 0, 0, 0, 255, 0, 255, 0]])]);
    let registered = der::sequence(&[der::tlv(0x88, &[&[0x2a, 3, 4]])]);
    draft.replace(match kind {
        Kind::ConstraintsEmpty => says::name_constraints(&[], &[]),
        Kind::ConstraintsOther => says::name_constraints(&[other], &[]),
        Kind::ConstraintsMinimum => says::name_constraints(&[minimum], &[]),
        Kind::ConstraintsHoledMask => says::name_constraints(&[], &[holed]),
        _ => says::name_constraints(&[registered], &[]),
    });
}

fn after(draft: &Draft, mut signed: Vec<u8>, kind: Kind, keys: &Pool) -> Result<Vec<u8>> {
    match kind {
        Kind::SignatureFlipped => {
            let last = signed.len() - 3;
            signed[last] ^= 0x10;
        }
        Kind::ContentFlipped => {
            let spki = &draft.spki;
            // The serial number is somewhere before the key, and any value of its last byte is
            // a serial number.
            let serial = draft.serial.as_slice();
            let at = signed
                .windows(serial.len())
                .position(|window| window == serial)
                .unwrap_or(signed.len() - spki.len());
            signed[at + serial.len() - 1] ^= 0x01;
        }
        Kind::AlgorithmsDiffer => {
            let key = keys.key(draft.signer);
            let inside = if key.is_rsa() {
                der::sequence(&[der::oid("1.2.840.113549.1.1.11")])
            } else {
                der::sequence(&[der::oid("1.2.840.10045.4.3.4")])
            };
            let content = draft.to_be_signed(&inside);
            let signature = key.sign(draft.scheme, &content)?;
            let outside = key.algorithm(draft.scheme);
            signed = der::sequence(&[content, outside, der::bits(&signature)]);
        }
        Kind::CertificateTrailing => signed.push(0),
        _ => {}
    }
    Ok(signed)
}

const NOBODY: usize = 77;
