//! Certificates written field by field, so that a test can put anything anywhere.

use certs::{Authority, Certificate, CurrentPath, Presented, Refused, Revocation, Role};
use certs::{Check, Settings, Time, TrustStore, validate};
use rcgen::{KeyPair, PublicKeyData, SigningKey};

use crate::pki::{NOT_AFTER, NOT_BEFORE, NOW};

/// A name and a key.
pub(crate) struct Holder {
    pub(crate) name: Vec<u8>,
    pub(crate) key: KeyPair,
}

/// A certificate before it is signed; each field is a whole element in DER.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// The signature algorithm inside, and the one outside.
    pub(crate) inner: Vec<u8>,
    pub(crate) outer: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) validity: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) key_info: Vec<u8>,
    /// Between the key and the extensions.
    pub(crate) unique_identifiers: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
    /// After the extensions, where nothing belongs.
    pub(crate) rest: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) oid: &'static str,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Holder {
    pub(crate) fn new(common_name: &str) -> Self {
        Self::named(name(&[("2.5.4.3", common_name)]))
    }

    pub(crate) fn named(name: Vec<u8>) -> Self {
        Self {
            name,
            key: KeyPair::generate().unwrap(),
        }
    }

    /// The same name with another key.
    pub(crate) fn rekeyed(&self) -> Self {
        Self::named(self.name.clone())
    }

    pub(crate) fn key_identifier(&self) -> Vec<u8> {
        self.key.der_bytes()[..20].to_vec()
    }
}

impl Draft {
    /// A CA that may do anything.
    pub(crate) fn ca(subject: &Holder, issuer: &Holder) -> Self {
        Self::plain(subject, issuer)
            .with(basic_constraints(true, None))
            .with(key_usage(&[5, 6]))
            .with(subject_key_identifier(&subject.key_identifier()))
            .with(authority_key_identifier(&issuer.key_identifier()))
    }

    /// A certificate of a person, for signing in.
    pub(crate) fn leaf(subject: &Holder, issuer: &Holder) -> Self {
        Self::plain(subject, issuer)
            .with(key_usage(&[0]))
            .with(extended_key_usage(&[CLIENT_AUTH]))
            .with(authority_key_identifier(&issuer.key_identifier()))
    }

    fn plain(subject: &Holder, issuer: &Holder) -> Self {
        Self {
            version: tlv(0xa0, &tlv(2, &[2])),
            serial: tlv(2, &[1]),
            inner: ecdsa_sha256(),
            outer: ecdsa_sha256(),
            issuer: issuer.name.clone(),
            validity: validity(NOT_BEFORE, NOT_AFTER),
            subject: subject.name.clone(),
            key_info: subject.key.subject_public_key_info(),
            unique_identifiers: Vec::new(),
            extensions: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// Adds an extension, instead of one of the same kind.
    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|other| other.oid != extension.oid);
        self.extensions.push(extension);
        self
    }

    pub(crate) fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    pub(crate) fn valid(mut self, from: Time, until: Time) -> Self {
        self.validity = validity(from, until);
        self
    }

    pub(crate) fn serial(mut self, contents: &[u8]) -> Self {
        self.serial = tlv(2, contents);
        self
    }

    pub(crate) fn der(&self, issuer: &Holder) -> Vec<u8> {
        self.der_by(|message| issuer.key.sign(message).unwrap())
    }

    /// The same with another kind of signature; both algorithms are as they stand.
    pub(crate) fn der_by(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut parts = vec![
            self.version.clone(),
            self.serial.clone(),
            self.inner.clone(),
            self.issuer.clone(),
            self.validity.clone(),
            self.subject.clone(),
            self.key_info.clone(),
            self.unique_identifiers.clone(),
        ];
        if !self.extensions.is_empty() {
            let all: Vec<Vec<u8>> = self.extensions.iter().map(Extension::der).collect();
            parts.push(tlv(0xa3, &sequence(&all)));
        }
        parts.push(self.rest.clone());
        signed(&sequence(&parts), &self.outer, sign)
    }

    pub(crate) fn sign(&self, issuer: &Holder) -> Certificate {
        Certificate::from_der(&self.der(issuer)).unwrap()
    }
}

impl Extension {
    pub(crate) fn der(&self) -> Vec<u8> {
        let critical = if self.critical {
            tlv(1, &[0xff])
        } else {
            Vec::new()
        };
        sequence(&[oid(self.oid), critical, tlv(4, &self.value)])
    }

    pub(crate) fn critical(mut self, critical: bool) -> Self {
        self.critical = critical;
        self
    }
}

/// An extension that is not critical, whatever its contents.
pub(crate) fn extension(oid: &'static str, value: Vec<u8>) -> Extension {
    Extension {
        oid,
        critical: false,
        value,
    }
}

pub(crate) fn basic_constraints(ca: bool, path_length: Option<u8>) -> Extension {
    let ca = if ca { tlv(1, &[0xff]) } else { Vec::new() };
    let length = path_length.map_or(Vec::new(), |most| tlv(2, &[most]));
    extension(BASIC_CONSTRAINTS, sequence(&[ca, length])).critical(true)
}

/// The bits by their numbers (RFC 5280 §4.2.1.3), up to 7.
pub(crate) fn key_usage(bits: &[u8]) -> Extension {
    let byte = bits.iter().fold(0, |byte, bit| byte | (0x80 >> bit));
    extension(KEY_USAGE, tlv(3, &[0, byte])).critical(true)
}

pub(crate) fn extended_key_usage(purposes: &[&str]) -> Extension {
    extension(EXTENDED_KEY_USAGE, oids(purposes))
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> Extension {
    extension(SUBJECT_KEY_IDENTIFIER, tlv(4, identifier))
}

pub(crate) fn authority_key_identifier(identifier: &[u8]) -> Extension {
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(&[tlv(0x80, identifier)]))
}

pub(crate) fn policies(policies: &[&str]) -> Extension {
    let all: Vec<Vec<u8>> = policies.iter().map(|it| sequence(&[oid(it)])).collect();
    extension(POLICIES, sequence(&all))
}

pub(crate) fn policy_mappings(pairs: &[(&str, &str)]) -> Extension {
    let all: Vec<Vec<u8>> = pairs
        .iter()
        .map(|(issuer, subject)| sequence(&[oid(issuer), oid(subject)]))
        .collect();
    extension(POLICY_MAPPINGS, sequence(&all)).critical(true)
}

pub(crate) fn policy_constraints(explicit: Option<u8>, mapping: Option<u8>) -> Extension {
    let field = |tag, skip: Option<u8>| skip.map_or(Vec::new(), |skip| tlv(tag, &[skip]));
    let value = sequence(&[field(0x80, explicit), field(0x81, mapping)]);
    extension(POLICY_CONSTRAINTS, value).critical(true)
}

pub(crate) fn inhibit_any_policy(skip: u8) -> Extension {
    extension("2.5.29.54", tlv(2, &[skip])).critical(true)
}

/// Of bases, each a general name.
pub(crate) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let list = |tag, bases: &[Vec<u8>]| {
        if bases.is_empty() {
            return Vec::new();
        }
        let all: Vec<Vec<u8>> = bases
            .iter()
            .map(|base| sequence(std::slice::from_ref(base)))
            .collect();
        tlv(tag, &all.concat())
    };
    let value = sequence(&[list(0xa0, permitted), list(0xa1, excluded)]);
    extension(NAME_CONSTRAINTS, value).critical(true)
}

pub(crate) fn alternative_names(names: &[Vec<u8>]) -> Extension {
    extension(ALTERNATIVE_NAME, sequence(names))
}

pub(crate) fn rfc822(address: &str) -> Vec<u8> {
    tlv(0x81, address.as_bytes())
}

pub(crate) fn dns(host: &str) -> Vec<u8> {
    tlv(0x82, host.as_bytes())
}

pub(crate) fn uri(uri: &str) -> Vec<u8> {
    tlv(0x86, uri.as_bytes())
}

pub(crate) fn ip(address: &[u8]) -> Vec<u8> {
    tlv(0x87, address)
}

pub(crate) fn directory(name: &[u8]) -> Vec<u8> {
    tlv(0xa4, name)
}

pub(crate) fn other(kind: &str, value: &[u8]) -> Vec<u8> {
    tlv(0xa0, &[oid(kind), tlv(0xa0, value)].concat())
}

pub(crate) fn principal_name(name: &str) -> Vec<u8> {
    other("1.3.6.1.4.1.311.20.2.3", &tlv(12, name.as_bytes()))
}

/// A name of attributes, each in a relative name of its own, as `UTF8String`.
pub(crate) fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, value)| relative_name(&[(kind, 12, value.as_bytes())]))
        .collect();
    sequence(&all)
}

/// A relative name of attributes with the tags of their values, in DER's order.
pub(crate) fn relative_name(attributes: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut all: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, tag, value)| sequence(&[oid(kind), tlv(*tag, value)]))
        .collect();
    all.sort_unstable();
    tlv(0x31, &all.concat())
}

pub(crate) fn validity(from: Time, until: Time) -> Vec<u8> {
    sequence(&[generalized_time(from), generalized_time(until)])
}

pub(crate) fn generalized_time(time: Time) -> Vec<u8> {
    let text = time.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    tlv(0x18, format!("{digits}Z").as_bytes())
}

pub(crate) fn ecdsa_sha256() -> Vec<u8> {
    sequence(&[oid("1.2.840.10045.4.3.2")])
}

/// A signed message: certificate, list or response.
pub(crate) fn signed(
    message: &[u8],
    algorithm: &[u8],
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let mut signature = vec![0];
    signature.extend(sign(message));
    sequence(&[message.to_vec(), algorithm.to_vec(), tlv(3, &signature)])
}

pub(crate) fn oids(all: &[&str]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(|it| oid(it)).collect();
    sequence(&all)
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut contents = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let mut digits = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.insert(0, (rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        contents.extend(digits);
    }
    tlv(6, &contents)
}

pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &elements.concat())
}

pub(crate) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len();
    if length < 128 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let bytes = length.to_be_bytes();
        let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
        out.push(0x80 | u8::try_from(bytes.len()).unwrap());
        out.extend(bytes);
    }
    out.extend(contents);
    out
}

/// A list of serial numbers, each of one byte, around the time of the tests.
pub(crate) fn crl(issuer: &Holder, revoked: &[u8]) -> Vec<u8> {
    let time = tlv(0x17, b"260922080000Z");
    let entries: Vec<Vec<u8>> = revoked
        .iter()
        .map(|serial| sequence(&[tlv(2, &[*serial]), time.clone()]))
        .collect();
    let list = if entries.is_empty() {
        Vec::new()
    } else {
        sequence(&entries)
    };
    let number = sequence(&[oid("2.5.29.20"), tlv(4, &tlv(2, &[1]))]);
    let signed = sequence(&[
        tlv(2, &[1]),
        ecdsa_sha256(),
        issuer.name.clone(),
        time.clone(),
        tlv(0x17, b"270101000000Z"),
        list,
        tlv(0xa0, &sequence(&[number])),
    ]);
    let mut signature = vec![0];
    signature.extend(issuer.key.sign(&signed).unwrap());
    sequence(&[signed, ecdsa_sha256(), tlv(3, &signature)])
}

/// A trust store of one root and some CAs.
pub(crate) fn trust(root: &Certificate, others: &[&Certificate]) -> TrustStore {
    let mut authorities = vec![Authority {
        certificate: root.clone(),
        role: Role::Root,
    }];
    authorities.extend(others.iter().map(|ca| Authority {
        certificate: (*ca).clone(),
        role: Role::Intermediate,
    }));
    TrustStore::new(authorities)
}

pub(crate) fn judge(leaf: &[u8], trust: &TrustStore) -> Result<CurrentPath, Refused> {
    judge_with(leaf, trust, &Settings::default())
}

pub(crate) fn judge_with(
    leaf: &[u8],
    trust: &TrustStore,
    settings: &Settings,
) -> Result<CurrentPath, Refused> {
    let presented = Presented {
        certificates: vec![leaf.to_vec()],
    };
    validate(&presented, trust, settings, NOW)?.check(&Revocation::none(), NOW)
}

/// How it came out: the check that refused, and what was found there.
pub(crate) fn refusal(outcome: Result<CurrentPath, Refused>) -> Option<(Check, String)> {
    let refused = outcome.err()?;
    let line = refused.trace.failure().unwrap();
    Some((line.check, line.found.clone().unwrap_or_default()))
}

/// The check that refused; none for a path that holds.
pub(crate) fn refused_by(outcome: Result<CurrentPath, Refused>) -> Option<Check> {
    refusal(outcome).map(|(check, _)| check)
}

pub(crate) const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const ANY_POLICY: &str = "2.5.29.32.0";
pub(crate) const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const ALTERNATIVE_NAME: &str = "2.5.29.17";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const POLICIES: &str = "2.5.29.32";
pub(crate) const POLICY_MAPPINGS: &str = "2.5.29.33";
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub(crate) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
