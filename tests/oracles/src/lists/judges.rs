use std::sync::Arc;

use anyhow::Result;
use certs::{
    Authority, Certificate, Crl, Presented, Revocation, RevocationList, Role, Settings, Sources,
    Time, TrustStore, code, validate,
};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509Crl, X509StoreContext};

use super::plan::{DeltaEntry, Plan, freshest};
use crate::der;
use crate::judges::openssl::add_crl;
use crate::plan::NOW;
use crate::world::{LEAF_SERIAL, List, Signer, World};

/// What is said of the leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is revoked.
    Revoked,
    /// Nobody knows, and why.
    Unknown(String),
}

impl Status {
    /// Whether it is good.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }

    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Lists in DER.
pub(super) struct Lists {
    bases: Vec<Vec<u8>>,
    delta: Option<Vec<u8>>,
    root: Vec<u8>,
}

impl Lists {
    pub(super) fn sign(plan: &Plan, world: &World) -> Result<Self> {
        let holder = |impostor| {
            if impostor {
                Signer::Impostor
            } else {
                Signer::Authority
            }
        };
        let mut bases = Vec::new();
        for base in &plan.bases {
            let mut list = List::number(base.number);
            (list.this_update, list.next_update) = base.window.times();
            list.revoked = (0..base.others)
                .map(|number| (vec![0x33, number], None))
                .collect();
            if let Some(reason) = base.leaf {
                list.revoked.push((LEAF_SERIAL.to_vec(), reason));
            }
            list.extensions
                .extend(base.scope.der().map(|value| (ISSUING_POINT, true, value)));
            if plan.delta.is_some() {
                list.extensions.push(freshest());
            }
            if base.unknown {
                list.extensions
                    .push(("1.3.6.1.4.1.99999.7", true, der::octets(b"?")));
            }
            let mut signed = world.list(holder(base.impostor), &list)?;
            if base.flipped {
                let at = signed.len() - 3;
                signed[at] ^= 0x10;
            }
            bases.push(signed);
        }
        let delta = plan.delta.as_ref().map(|delta| {
            let mut list = List::number(delta.number);
            (list.this_update, list.next_update) = delta.window.times();
            let reason = match delta.leaf {
                DeltaEntry::Absent => None,
                DeltaEntry::Revoked => Some(1),
                DeltaEntry::Removed => Some(8),
            };
            if reason.is_some() {
                list.revoked.push((LEAF_SERIAL.to_vec(), reason));
            }
            let base = der::number(u64::from(delta.base));
            list.extensions.push((DELTA, true, base));
            list.extensions
                .extend(delta.scope.der().map(|value| (ISSUING_POINT, true, value)));
            world.list(holder(delta.impostor), &list)
        });
        Ok(Self {
            bases,
            delta: delta.transpose()?,
            root: world.list(Signer::Root, &List::number(1))?,
        })
    }
}

pub(super) fn ours(lists: &Lists, world: &World) -> Status {
    let read = |der: &[u8]| Certificate::from_der(der).expect("a certificate of ours");
    let (root, authority) = (read(&world.root), read(&world.authority));
    let trust = TrustStore::new(vec![
        Authority {
            certificate: root.clone(),
            role: Role::Root,
        },
        Authority {
            certificate: authority.clone(),
            role: Role::Intermediate,
        },
    ]);
    let list = |der: &Vec<u8>, signer: &Certificate| match Crl::read(
        der.clone(),
        signer,
        &trust,
        1_000_000,
    ) {
        Ok(list) => RevocationList::Ready(Arc::new(list)),
        Err(fault) => RevocationList::Missing(fault),
    };
    let mut revocation = Revocation::none();
    revocation.require(Vec::new());
    revocation.set(&root, list(&lists.root, &root));
    revocation.set(
        &authority,
        Sources {
            lists: lists
                .bases
                .iter()
                .map(|der| list(der, &authority))
                .collect(),
            deltas: lists
                .delta
                .iter()
                .map(|der| list(der, &authority))
                .collect(),
            ..Sources::default()
        },
    );
    let presented = Presented {
        certificates: vec![world.leaf.clone()],
    };
    let now = Time::from_unix(NOW);
    let checked = validate(&presented, &trust, &Settings::default(), now)
        .and_then(|valid| valid.check(&revocation, now));
    match checked {
        Ok(_) => Status::Good,
        Err(refused) if refused.code() == code::REVOKED => Status::Revoked,
        Err(refused) => {
            let line = refused.trace.failure();
            let found = line.and_then(|line| line.found.clone());
            Status::Unknown(found.unwrap_or_default())
        }
    }
}

pub(super) fn openssl(lists: &Lists, world: &World) -> Result<Status> {
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(X509::from_der(&world.root)?)?;
    let mut parameters = X509VerifyParam::new()?;
    parameters.set_time(NOW);
    parameters.set_flags(
        X509VerifyFlags::CRL_CHECK
            | X509VerifyFlags::CRL_CHECK_ALL
            | X509VerifyFlags::EXTENDED_CRL_SUPPORT
            | X509VerifyFlags::USE_DELTAS,
    )?;
    store.set_param(&parameters)?;
    let all = lists.bases.iter().chain(&lists.delta);
    for der in all.chain(std::iter::once(&lists.root)) {
        let list = X509Crl::from_der(der)?;
        // A list that is there already is taken once.
        let _ = add_crl(&mut store, &list);
    }
    let mut chain = Stack::new()?;
    chain.push(X509::from_der(&world.authority)?)?;
    let leaf = X509::from_der(&world.leaf)?;
    let mut context = X509StoreContext::new()?;
    Ok(context.init(&store.build(), &leaf, &chain, |context| {
        Ok(if context.verify_cert()? {
            Status::Good
        } else if context.error().as_raw() == REVOKED {
            Status::Revoked
        } else {
            let error = context.error();
            Status::Unknown(format!("{}: {}", error.as_raw(), error.error_string()))
        })
    })?)
}

const ISSUING_POINT: &str = "2.5.29.28";
const DELTA: &str = "2.5.29.27";
/// `X509_V_ERR_CERT_REVOKED`.
const REVOKED: i32 = 23;
