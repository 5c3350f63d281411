//! Lists and responses written field by field, and a small world to judge by them.

use std::sync::Arc;

use aws_lc_rs::digest::{self, Algorithm};
use certs::{
    Certificate, Crl, CrlFault, CurrentPath, Presented, Refused, Revocation, RevocationList,
    Settings, Sources, Time, TrustStore, validate,
};
use rcgen::SigningKey;

use crate::mint::{
    Draft, Extension, Holder, authority_key_identifier, ecdsa_sha256, extension, generalized_time,
    oid, sequence, signed, tlv, trust,
};
use crate::pki::NOW;

/// A root, a CA, and the certificate of a person with the serial number 6.
pub(crate) struct World {
    pub(crate) root: Holder,
    pub(crate) ca: Holder,
    pub(crate) root_certificate: Certificate,
    pub(crate) ca_certificate: Certificate,
    pub(crate) leaf: Certificate,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|leaf| leaf)
    }

    /// The leaf's draft can be changed before it is signed.
    pub(crate) fn with(change: impl FnOnce(Draft) -> Draft) -> Self {
        let root = Holder::new("Meridian Root CA");
        let ca = Holder::new("Meridian Issuing CA 1");
        let leaf = Draft::leaf(&Holder::new("Lee Park"), &ca).serial(&[6]);
        Self {
            root_certificate: Draft::ca(&root, &root).sign(&root),
            ca_certificate: Draft::ca(&ca, &root).serial(&[2]).sign(&root),
            leaf: change(leaf).sign(&ca),
            root,
            ca,
        }
    }

    pub(crate) fn trust(&self, others: &[&Certificate]) -> TrustStore {
        trust(
            &self.root_certificate,
            &[&[&self.ca_certificate], others].concat(),
        )
    }

    /// A list that is configured for the CA.
    pub(crate) fn read(&self, der: Vec<u8>) -> Result<Crl, CrlFault> {
        Crl::read(der, &self.ca_certificate, &self.trust(&[]), 1_000_000)
    }

    pub(crate) fn ready(&self, list: &List) -> RevocationList {
        RevocationList::Ready(Arc::new(self.read(list.der(&self.ca)).unwrap()))
    }

    /// The code of the refusal with these lists for the CA; none for a path that holds.
    pub(crate) fn code(
        &self,
        lists: Vec<RevocationList>,
        deltas: Vec<RevocationList>,
    ) -> Option<u32> {
        let sources = Sources {
            lists,
            deltas,
            ..Sources::default()
        };
        self.judge(sources, NOW).err().map(|refused| refused.code())
    }

    pub(crate) fn judge(&self, sources: Sources, now: Time) -> Result<CurrentPath, Refused> {
        let mut revocation = Revocation::none();
        revocation.set(&self.ca_certificate, sources);
        self.check(&self.trust(&[]), &revocation, now)
    }

    pub(crate) fn check(
        &self,
        trust: &TrustStore,
        revocation: &Revocation,
        now: Time,
    ) -> Result<CurrentPath, Refused> {
        let presented = Presented {
            certificates: vec![self.leaf.der().to_vec()],
        };
        validate(&presented, trust, &Settings::default(), now)?.check(revocation, now)
    }
}

/// A list before it is signed.
#[derive(Clone)]
pub(crate) struct List {
    /// The INTEGER; empty for version 1.
    pub(crate) version: Vec<u8>,
    pub(crate) inner: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: Vec<u8>,
    pub(crate) next_update: Vec<u8>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Extension>,
}

impl List {
    /// List number 7 of a CA, from an hour ago to in an hour.
    pub(crate) fn of(issuer: &Holder) -> Self {
        Self {
            version: tlv(2, &[1]),
            inner: ecdsa_sha256(),
            issuer: issuer.name.clone(),
            this_update: generalized_time(NOW.plus(-3600)),
            next_update: generalized_time(NOW.plus(3600)),
            entries: Vec::new(),
            extensions: vec![authority_key_identifier(&issuer.key_identifier())],
        }
        .number(&[7])
    }

    pub(crate) fn number(self, contents: &[u8]) -> Self {
        self.with(extension(CRL_NUMBER, tlv(2, contents)))
    }

    /// Makes it a delta to the list with this number.
    pub(crate) fn delta(self, base: u8) -> Self {
        self.with(extension(DELTA, tlv(2, &[base])).critical(true))
    }

    pub(crate) fn scope(self, fields: &[Vec<u8>]) -> Self {
        self.with(extension(SCOPE, sequence(fields)).critical(true))
    }

    pub(crate) fn window(mut self, from: i64, until: i64) -> Self {
        self.this_update = generalized_time(NOW.plus(from));
        self.next_update = generalized_time(NOW.plus(until));
        self
    }

    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|other| other.oid != extension.oid);
        self.extensions.push(extension);
        self
    }

    pub(crate) fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    /// Revokes a serial number, for a reason if one is given.
    pub(crate) fn revoke(self, serial: u8, reason: Option<u8>) -> Self {
        let reason = reason.map(|reason| extension(REASON, tlv(10, &[reason])));
        self.entry(&[serial], &reason.into_iter().collect::<Vec<_>>())
    }

    pub(crate) fn entry(mut self, serial: &[u8], extensions: &[Extension]) -> Self {
        let mut parts = vec![tlv(2, serial), generalized_time(NOW.plus(-7200))];
        if !extensions.is_empty() {
            let all: Vec<Vec<u8>> = extensions.iter().map(Extension::der).collect();
            parts.push(sequence(&all));
        }
        self.entries.push(sequence(&parts));
        self
    }

    pub(crate) fn der(&self, signer: &Holder) -> Vec<u8> {
        self.der_by(&ecdsa_sha256(), |message| signer.key.sign(message).unwrap())
    }

    /// The same with another kind of signature; the algorithm inside is as it stands.
    pub(crate) fn der_by(&self, outer: &[u8], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let optional = |present: bool, part: Vec<u8>| if present { part } else { Vec::new() };
        let extensions: Vec<Vec<u8>> = self.extensions.iter().map(Extension::der).collect();
        let message = sequence(&[
            self.version.clone(),
            self.inner.clone(),
            self.issuer.clone(),
            self.this_update.clone(),
            self.next_update.clone(),
            optional(!self.entries.is_empty(), sequence(&self.entries)),
            optional(!extensions.is_empty(), tlv(0xa0, &sequence(&extensions))),
        ]);
        signed(&message, outer, sign)
    }
}

/// A response before it is signed: about one certificate, good, produced a minute ago.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) responder: Vec<u8>,
    pub(crate) produced_at: Time,
    pub(crate) singles: Vec<Single>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) certificates: Vec<Certificate>,
}

/// What a response says about one certificate.
#[derive(Clone)]
pub(crate) struct Single {
    pub(crate) id: Vec<u8>,
    pub(crate) status: Vec<u8>,
    pub(crate) this_update: Time,
    pub(crate) next_update: Option<Time>,
    pub(crate) extensions: Vec<Extension>,
}

impl Answer {
    /// Signed by `responder`, by name.
    pub(crate) fn new(responder: &Certificate, single: Single) -> Self {
        Self {
            responder: tlv(0xa1, responder.subject().der()),
            produced_at: NOW.plus(-60),
            singles: vec![single],
            extensions: Vec::new(),
            certificates: Vec::new(),
        }
    }

    pub(crate) fn der(&self, signer: &Holder) -> Vec<u8> {
        self.der_by(&ecdsa_sha256(), |message| signer.key.sign(message).unwrap())
    }

    /// The same with another kind of signature.
    pub(crate) fn der_by(&self, algorithm: &[u8], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let singles: Vec<Vec<u8>> = self.singles.iter().map(Single::der).collect();
        let message = sequence(&[
            self.responder.clone(),
            generalized_time(self.produced_at),
            sequence(&singles),
            extensions(0xa1, &self.extensions),
        ]);
        let mut bits = vec![0];
        bits.extend(sign(&message));
        let mut parts = vec![message, algorithm.to_vec(), tlv(3, &bits)];
        if !self.certificates.is_empty() {
            let all: Vec<Vec<u8>> = self
                .certificates
                .iter()
                .map(|it| it.der().to_vec())
                .collect();
            parts.push(tlv(0xa0, &sequence(&all)));
        }
        let basic = sequence(&[oid("1.3.6.1.5.5.7.48.1.1"), tlv(4, &sequence(&parts))]);
        sequence(&[tlv(10, &[0]), tlv(0xa0, &basic)])
    }
}

impl Single {
    pub(crate) fn good(certificate: &Certificate, issuer: &Certificate) -> Self {
        Self {
            id: certificate_id(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate, issuer),
            status: tlv(0x80, &[]),
            this_update: NOW.plus(-60),
            next_update: Some(NOW.plus(3600)),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn revoked(mut self, reason: u8) -> Self {
        let at = generalized_time(NOW.plus(-7200));
        self.status = tlv(0xa1, &[at, tlv(0xa0, &tlv(10, &[reason]))].concat());
        self
    }

    fn der(&self) -> Vec<u8> {
        let next = self.next_update.map(generalized_time);
        sequence(&[
            self.id.clone(),
            self.status.clone(),
            generalized_time(self.this_update),
            next.map_or(Vec::new(), |time| tlv(0xa0, &time)),
            extensions(0xa1, &self.extensions),
        ])
    }
}

pub(crate) fn certificate_id(
    hash: &'static Algorithm,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Vec<u8> {
    let name = if *hash == digest::SHA256 {
        "2.16.840.1.101.3.4.2.1"
    } else {
        "1.3.14.3.2.26"
    };
    sequence(&[
        sequence(&[oid(name), tlv(5, &[])]),
        tlv(4, digest::digest(hash, certificate.issuer().der()).as_ref()),
        tlv(4, digest::digest(hash, key_bits(issuer)).as_ref()),
        tlv(2, certificate.serial()),
    ])
}

/// The bits of a key on P-256: its last 65 bytes.
pub(crate) fn key_bits(certificate: &Certificate) -> &[u8] {
    let info = certificate.subject_public_key_info();
    &info[info.len() - 65..]
}

fn extensions(tag: u8, all: &[Extension]) -> Vec<u8> {
    if all.is_empty() {
        return Vec::new();
    }
    let all: Vec<Vec<u8>> = all.iter().map(Extension::der).collect();
    tlv(tag, &sequence(&all))
}

/// `DistributionPointName` of one full name.
pub(crate) fn full_name(name: &[u8]) -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, name))
}

/// cRLDistributionPoints of points, each with its fields.
pub(crate) fn distribution_points(points: &[&[Vec<u8>]]) -> Extension {
    let all: Vec<Vec<u8>> = points.iter().map(|fields| sequence(fields)).collect();
    extension("2.5.29.31", sequence(&all))
}

/// The code for which a path is refused; none for one that holds.
pub(crate) fn code(outcome: &Result<CurrentPath, Refused>) -> Option<u32> {
    outcome.as_ref().err().map(Refused::code)
}

pub(crate) const CRL_NUMBER: &str = "2.5.29.20";
pub(crate) const REASON: &str = "2.5.29.21";
pub(crate) const DELTA: &str = "2.5.29.27";
pub(crate) const SCOPE: &str = "2.5.29.28";
pub(crate) const CERTIFICATE_ISSUER: &str = "2.5.29.29";
/// certificateHold and removeFromCRL.
pub(crate) const HOLD: u8 = 6;
pub(crate) const REMOVE: u8 = 8;
