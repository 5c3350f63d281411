//! The certificate around its extensions (RFC 5280 §4.1), read in the order of the standard.

use std::ops::Range;

use aws_lc_rs::digest;
use der::Tag;
use time::{Date, Month, PrimitiveDateTime};

use super::ReadError;
use super::extensions::{Extensions, Unreadable};
use super::violation::Violation;
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::fingerprint::Fingerprint;
use crate::key::{AlgorithmIdentifier, KeyDescription, SignatureAlgorithm};
use crate::name::Name;
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) der: Vec<u8>,
    pub(crate) sha256: Fingerprint,
    /// Where the `TBSCertificate` stands.
    pub(crate) signed: Range<usize>,
    /// Where the bits of the signature stand.
    pub(crate) signature: Range<usize>,
    pub(crate) signature_algorithm: SignatureAlgorithm,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Name,
    pub(crate) not_before: Time,
    pub(crate) not_after: Time,
    pub(crate) subject: Name,
    pub(crate) key: KeyDescription,
    pub(crate) subject_public_key_info: Range<usize>,
    pub(crate) extensions: Extensions,
    pub(crate) violations: Vec<Violation>,
}

impl Fields {
    pub(crate) fn read(der: &[u8]) -> Result<Self, ReadError> {
        let mut outer = Elements::of(der)?;
        let certificate = outer.expect(Tag::Sequence, "it is no SEQUENCE")?;
        if !outer.is_empty() {
            return Err(ReadError::TrailingBytes);
        }
        let mut parts = certificate.inside()?;
        let signed = parts.expect(Tag::Sequence, "it has no TBSCertificate")?;
        let algorithm = parts.expect(Tag::Sequence, "it has no signature algorithm")?;
        let signature = parts.expect(Tag::BitString, "it has no signature")?;
        parts.end()?;
        // The first byte of the contents counts the unused bits. Of a signature there are none; one
        // that has some is kept empty, and fits no key.
        let bits = match signature.contents_range() {
            range if signature.octets_in_bits().is_ok() => range.start.saturating_add(1)..range.end,
            range => range.end..range.end,
        };

        let mut violations = Vec::new();
        let mut fields = signed.inside()?;
        let version = version(&mut fields)?;
        let serial = fields.expect(Tag::Integer, "it has no serial number")?;
        let serial = serial.integer()?;
        judge_serial(serial, &mut violations);
        let inner = fields.expect(Tag::Sequence, "it has no inner signature algorithm")?;
        if inner.whole() != algorithm.whole() {
            violations.push(Violation::TwoSignatureAlgorithms);
        }
        let issuer = Name::read(&fields.expect(Tag::Sequence, "it has no issuer")?)?;
        let validity = fields.expect(Tag::Sequence, "it has no validity")?;
        let (not_before, not_after) = read_validity(&validity)?;
        let subject = Name::read(&fields.expect(Tag::Sequence, "it has no subject")?)?;
        let key_info = fields.expect(Tag::Sequence, "it has no public key")?;
        let key = KeyDescription::read(&key_info)?;
        for number in [1, 2] {
            let Some(identifier) = fields.next_if(context_primitive(number))? else {
                continue;
            };
            identifier.bits()?;
            if version == 0 {
                violations.push(Violation::UniqueIdentifierInVersion1);
            }
        }
        let extensions = match fields.next_if(context(3))? {
            Some(list) => {
                if version != 2 {
                    violations.push(Violation::ExtensionsBeforeVersion3);
                }
                Extensions::read(&list, &mut violations)
                    .map_err(|Unreadable(which)| ReadError::Extension(which))?
            }
            None => Extensions::default(),
        };
        fields.end()?;
        judge_names(&issuer, &subject, &extensions, &mut violations);
        judge_rights(&extensions, &mut violations);

        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Ok(Self {
            sha256: Fingerprint(sha256),
            signed: signed.range(),
            signature: bits,
            signature_algorithm: SignatureAlgorithm::from(&AlgorithmIdentifier::read(&algorithm)?),
            serial: serial.to_vec(),
            issuer,
            not_before,
            not_after,
            subject,
            key,
            subject_public_key_info: key_info.range(),
            extensions,
            violations,
            der: der.to_vec(),
        })
    }
}

/// The version as it is counted: 0 is version 1.
fn version(fields: &mut Elements<'_>) -> Result<u32, NotDer> {
    const FAULT: NotDer = NotDer("its version is not 1, 2 or 3");
    let Some(version) = fields.next_if(context(0))? else {
        return Ok(0);
    };
    let version = Element::only(version.contents, Tag::Integer, FAULT.0)?.count()?;
    // Version 1 is the default, which DER leaves out.
    (1..=2).contains(&version).then_some(version).ok_or(FAULT)
}

/// RFC 5280 §4.1.2.2. A negative number is taken as it is, as the standard asks of those who read.
fn judge_serial(serial: &[u8], violations: &mut Vec<Violation>) {
    if serial == [0] {
        violations.push(Violation::SerialZero);
    }
    let digits = serial.strip_prefix(&[0]).unwrap_or(serial);
    if digits.len() > 20 {
        violations.push(Violation::SerialTooLong);
    }
}

fn judge_names(
    issuer: &Name,
    subject: &Name,
    extensions: &Extensions,
    violations: &mut Vec<Violation>,
) {
    if issuer.is_empty() {
        violations.push(Violation::EmptyIssuer);
    }
    if subject.is_empty() {
        if extensions.basic_constraints.is_some_and(|basic| basic.ca) {
            violations.push(Violation::EmptySubjectOfCa);
        }
        if !extensions.alternative_names_critical {
            violations.push(Violation::EmptySubjectWithoutCriticalName);
        }
    }
}

fn judge_rights(extensions: &Extensions, violations: &mut Vec<Violation>) {
    let basic = extensions.basic_constraints;
    let ca = basic.is_some_and(|basic| basic.ca);
    // Key usage is left out by old CAs, whose keys may do anything then.
    let signs = extensions.key_usage.map(|usage| usage.key_cert_sign);
    if basic.is_some_and(|basic| basic.path_length.is_some()) && !(ca && signs.unwrap_or(true)) {
        violations.push(Violation::PathLengthWithoutCa);
    }
    if ca {
        return;
    }
    if signs == Some(true) {
        violations.push(Violation::CertSignWithoutCa);
    }
    if extensions.name_constraints.is_some() {
        violations.push(Violation::NameConstraintsWithoutCa);
    }
}

fn read_validity(validity: &Element<'_>) -> Result<(Time, Time), NotDer> {
    let mut times = validity.inside()?;
    let not_before = read_time(&times.next()?)?;
    let not_after = read_time(&times.next()?)?;
    times.end()?;
    Ok((not_before, not_after))
}

/// `UTCTime` or `GeneralizedTime` in the one form of RFC 5280 §4.1.2.5: to the second, in UTC.
pub(crate) fn read_time(element: &Element<'_>) -> Result<Time, NotDer> {
    const FAULT: NotDer = NotDer("a time is not in the form of RFC 5280");
    let [digits @ .., b'Z'] = element.contents else {
        return Err(FAULT);
    };
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(FAULT);
    }
    let mut pairs = pairs.iter().map(|[ten, one]| {
        ten.wrapping_sub(b'0')
            .wrapping_mul(10)
            .wrapping_add(one.wrapping_sub(b'0'))
    });
    let mut pair = || pairs.next().ok_or(FAULT);
    let year = match (element.tag, digits.len()) {
        (Tag::UtcTime, 12) => match i32::from(pair()?) {
            year @ ..50 => 2000 + year,
            year => 1900 + year,
        },
        (Tag::GeneralizedTime, 14) => 100 * i32::from(pair()?) + i32::from(pair()?),
        _ => return Err(FAULT),
    };
    let month = Month::try_from(pair()?).map_err(|_| FAULT)?;
    let date = Date::from_calendar_date(year, month, pair()?).map_err(|_| FAULT)?;
    let moment = date.with_hms(pair()?, pair()?, pair()?);
    let moment: PrimitiveDateTime = moment.map_err(|_| FAULT)?;
    Ok(Time::from_unix(moment.assume_utc().unix_timestamp()))
}
