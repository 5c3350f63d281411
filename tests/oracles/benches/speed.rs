//! Speed beside OpenSSL and rustls-webpki, in one run, with the ratios at its end.
#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use certs::{
    Authority, Certificate, Crl, Presented, Revocation, RevocationList, Role, Settings, Time,
    TrustStore, validate,
};
use criterion::{BatchSize, BenchmarkId, Criterion};
use openssl::asn1::Asn1Integer;
use openssl::bn::BigNum;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509Crl, X509PurposeId, X509StoreContext};
use oracles::judges::openssl::add_crl;
use oracles::keys::Key;
use oracles::plan::NOW;
use oracles::world::{LEAF_SERIAL, List, Signer, World};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
};

fn main() {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .sample_size(20)
        .measurement_time(Duration::from_secs(4))
        .warm_up_time(Duration::from_secs(1));
    chains(&mut criterion);
    for entries in SIZES {
        lists(&mut criterion, *entries);
    }
    criterion.final_summary();
    table();
}

fn chains(criterion: &mut Criterion) {
    for (name, world) in [
        ("RSA-2048", World::new(Key::rsa)),
        ("P-256", World::new(Key::p256)),
    ] {
        let world = world.expect("a world");
        let mut group = criterion.benchmark_group(format!("chain of 3, {name}"));
        let ours = Ours::new(&world, &[]);
        group.bench_function(OURS, |bench| bench.iter(|| ours.judge()));
        let openssl = OpenSsl::new(&world, &[]);
        group.bench_function(OPENSSL, |bench| bench.iter(|| openssl.judge()));
        let webpki = Webpki::new(&world, &[]);
        group.bench_function(WEBPKI, |bench| bench.iter(|| webpki.judge()));
        group.finish();
    }
}

fn lists(criterion: &mut Criterion, entries: u32) {
    let world = World::new(Key::p256).expect("a world");
    let list = List::of(entries);
    let serial = list.revoked[list.revoked.len() / 2].0.clone();
    let lists = [
        world.list(Signer::Authority, &list).expect("a list"),
        world.list(Signer::Root, &List::number(1)).expect("a list"),
    ];

    let mut group = criterion.benchmark_group(format!("chain of 3 with a list of {entries}"));
    group.sample_size(10);
    let ours = Ours::new(&world, &lists);
    group.bench_function(OURS, |bench| bench.iter(|| ours.judge()));
    let openssl = OpenSsl::new(&world, &lists);
    group.bench_function(OPENSSL, |bench| bench.iter(|| openssl.judge()));
    let webpki = Webpki::new(&world, &lists);
    group.bench_function(WEBPKI, |bench| bench.iter(|| webpki.judge()));
    group.finish();

    let [der, _] = &lists;
    let mut group = criterion.benchmark_group(format!("load a list of {entries}"));
    group.sample_size(10);
    group.bench_function(OURS, |bench| {
        bench.iter_batched(
            || der.clone(),
            |der| ours.load(der),
            BatchSize::PerIteration,
        );
    });
    group.bench_function(OPENSSL, |bench| {
        bench.iter_with_large_drop(|| openssl.load(der, &serial));
    });
    // It verifies a list's signature whenever it is used, so this is reading and indexing alone.
    group.bench_function(WEBPKI, |bench| {
        bench.iter_with_large_drop(|| OwnedCertRevocationList::from_der(der).expect("a list"));
    });
    group.finish();

    let read = ours.load(der.clone());
    let their = openssl.load(der, &serial);
    let own = OwnedCertRevocationList::from_der(der).expect("a list");
    let own = CertRevocationList::from(own);
    // Whoever signs in is not on the list. One that is has its date and its reason read from there.
    for (what, serial) in [("miss", LEAF_SERIAL), ("find", &serial)] {
        let mut group = criterion.benchmark_group(format!("{what} one in a list of {entries}"));
        group.bench_function(BenchmarkId::from_parameter(OURS), |bench| {
            bench.iter(|| black_box(read.find(black_box(serial))).is_some());
        });
        let number = integer(serial);
        group.bench_function(BenchmarkId::from_parameter(OPENSSL), |bench| {
            bench.iter(|| found(&their, black_box(&number)));
        });
        group.bench_function(BenchmarkId::from_parameter(WEBPKI), |bench| {
            bench.iter(|| {
                own.find_serial(black_box(serial))
                    .is_ok_and(|one| one.is_some())
            });
        });
        group.finish();
    }
}

struct Ours {
    presented: Presented,
    trust: TrustStore,
    authority: Certificate,
    revocation: Revocation,
}

impl Ours {
    fn new(world: &World, lists: &[Vec<u8>]) -> Self {
        let read = |der: &[u8]| Certificate::from_der(der).expect("a certificate");
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
        let mut revocation = Revocation::none();
        for (list, signer) in lists.iter().zip([&authority, &root]) {
            let read = Crl::read(list.clone(), signer, &trust, MOST_BYTES).expect("a list");
            revocation.set(signer, RevocationList::Ready(Arc::new(read)));
        }
        Self {
            presented: Presented {
                certificates: vec![world.leaf.clone()],
            },
            trust,
            authority,
            revocation,
        }
    }

    fn judge(&self) {
        let now = Time::from_unix(NOW);
        let valid = validate(&self.presented, &self.trust, &Settings::default(), now)
            .expect("a path that holds");
        black_box(valid.check(&self.revocation, now).expect("and is current"));
    }

    fn load(&self, der: Vec<u8>) -> Crl {
        Crl::read(der, &self.authority, &self.trust, MOST_BYTES).expect("a list")
    }
}

struct OpenSsl {
    leaf: Vec<u8>,
    store: X509Store,
    chain: Stack<X509>,
    authority: X509,
}

impl OpenSsl {
    fn new(world: &World, lists: &[Vec<u8>]) -> Self {
        let read = |der: &[u8]| X509::from_der(der).expect("a certificate");
        let mut store = X509StoreBuilder::new().expect("a store");
        store.add_cert(read(&world.root)).expect("a root");
        let mut parameters = X509VerifyParam::new().expect("parameters");
        parameters.set_time(NOW);
        parameters
            .set_purpose(X509PurposeId::SSL_CLIENT)
            .expect("a purpose");
        if !lists.is_empty() {
            parameters
                .set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL)
                .expect("flags");
        }
        store.set_param(&parameters).expect("parameters");
        for list in lists {
            add_crl(&mut store, &X509Crl::from_der(list).expect("a list")).expect("a list");
        }
        let authority = read(&world.authority);
        let mut chain = Stack::new().expect("a chain");
        chain.push(authority.clone()).expect("an authority");
        Self {
            leaf: world.leaf.clone(),
            store: store.build(),
            chain,
            authority,
        }
    }

    fn judge(&self) {
        let leaf = X509::from_der(&self.leaf).expect("a certificate");
        let mut context = X509StoreContext::new().expect("a context");
        let holds = context
            .init(&self.store, &leaf, &self.chain, |context| {
                context.verify_cert()
            })
            .expect("an answer");
        assert!(holds, "a path that holds");
    }

    /// Reads, verifies, and looks one up: the first look-up sorts.
    fn load(&self, der: &[u8], serial: &[u8]) -> X509Crl {
        let list = X509Crl::from_der(der).expect("a list");
        let key = self.authority.public_key().expect("a key");
        assert!(
            list.verify(&key).expect("an answer"),
            "a signature that fits"
        );
        assert!(found(&list, &integer(serial)), "an entry");
        list
    }
}

fn found(list: &X509Crl, serial: &Asn1Integer) -> bool {
    match list.get_by_serial(serial) {
        openssl::x509::CrlStatus::Revoked(_) => true,
        openssl::x509::CrlStatus::NotRevoked | openssl::x509::CrlStatus::RemoveFromCrl(_) => false,
    }
}

fn integer(serial: &[u8]) -> Asn1Integer {
    let number = BigNum::from_slice(serial).expect("a number");
    Asn1Integer::from_bn(&number).expect("a number")
}

struct Webpki {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    root: CertificateDer<'static>,
    lists: Vec<CertRevocationList<'static>>,
}

impl Webpki {
    fn new(world: &World, lists: &[Vec<u8>]) -> Self {
        Self {
            leaf: world.leaf.clone().into(),
            intermediates: vec![world.authority.clone().into()],
            root: world.root.clone().into(),
            lists: lists
                .iter()
                .map(|der| {
                    OwnedCertRevocationList::from_der(der)
                        .expect("a list")
                        .into()
                })
                .collect(),
        }
    }

    fn judge(&self) {
        let anchors = [webpki::anchor_from_trusted_cert(&self.root).expect("an anchor")];
        let lists: Vec<&CertRevocationList<'_>> = self.lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Deny)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        let leaf = EndEntityCert::try_from(&self.leaf).expect("a certificate");
        let path = leaf
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &self.intermediates,
                UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs())),
                KeyUsage::client_auth(),
                revocation,
                None,
            )
            .map(|_| ());
        path.expect("a path that holds");
    }
}

/// Prints what criterion measured, and how many times faster we are.
fn table() {
    let folder = Path::new(&std::env::var("CARGO_TARGET_DIR").unwrap_or("target".to_owned()))
        .join("criterion");
    let mut rows: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for group in fs::read_dir(&folder).into_iter().flatten().flatten() {
        for judge in [OURS, OPENSSL, WEBPKI] {
            let file = group.path().join(judge).join("new");
            let read = |name: &str| -> Option<serde_json::Value> {
                serde_json::from_slice(&fs::read(file.join(name)).ok()?).ok()
            };
            let time = read("estimates.json")
                .and_then(|estimates| estimates["median"]["point_estimate"].as_f64());
            let row = read("benchmark.json")
                .and_then(|names| names["group_id"].as_str().map(str::to_owned));
            if let (Some(time), Some(row)) = (time, row) {
                rows.entry(row).or_default().insert(judge.to_owned(), time);
            }
        }
    }
    println!("\n{:<38}{:>12}{:>20}{:>20}", "", OURS, OPENSSL, WEBPKI);
    for (row, times) in rows {
        let Some(ours) = times.get(OURS) else {
            continue;
        };
        let beside = |judge: &str| match times.get(judge) {
            Some(time) => format!("{} ({:.1} x)", words(*time), time / ours),
            None => "-".to_owned(),
        };
        println!(
            "{row:<38}{:>12}{:>20}{:>20}",
            words(*ours),
            beside(OPENSSL),
            beside(WEBPKI)
        );
    }
}

fn words(nanoseconds: f64) -> String {
    if nanoseconds < 1e3 {
        format!("{nanoseconds:.0} ns")
    } else if nanoseconds < 1e6 {
        format!("{:.1} us", nanoseconds / 1e3)
    } else {
        format!("{:.1} ms", nanoseconds / 1e6)
    }
}

const OURS: &str = "certs";
const OPENSSL: &str = "OpenSSL";
const WEBPKI: &str = "rustls-webpki";
const SIZES: &[u32] = &[10, 100_000, 1_000_000];
const MOST_BYTES: usize = 100_000_000;
