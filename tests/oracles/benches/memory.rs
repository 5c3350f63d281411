//! What a list takes in memory beside OpenSSL and rustls-webpki: what is kept, and the most there
//! was while it was read. Rust's allocator counts its own bytes; OpenSSL is given functions that
//! count `malloc`'s (`CRYPTO_set_mem_functions`).
#![expect(clippy::print_stdout, reason = "the table is its output")]
#![expect(unsafe_code, reason = "allocators are")]
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use certs::{Authority, Certificate, Crl, Role, TrustStore};
use openssl::x509::{X509, X509Crl};
use oracles::keys::Key;
use oracles::world::{List, Signer, World};
use webpki::OwnedCertRevocationList;

fn main() {
    // SAFETY: nothing of OpenSSL was called before.
    let taken = unsafe { CRYPTO_set_mem_functions(allocate, reallocate, release) };
    assert_eq!(taken, 1, "OpenSSL takes the functions");
    println!(
        "{:>10}{:>12}{:>26}{:>26}{:>26}",
        "entries", "DER", "certs", "OpenSSL", "rustls-webpki"
    );
    for entries in [10, 100_000, 1_000_000] {
        row(entries);
    }
    println!("kept above the DER / the most above it while reading; MB are of 1,000,000 bytes");
}

fn row(entries: u32) {
    let world = World::new(Key::p256).expect("a world");
    let der = world
        .list(Signer::Authority, &List::of(entries))
        .expect("a list");
    let authority = Certificate::from_der(&world.authority).expect("a certificate");
    let trust = TrustStore::new(vec![Authority {
        certificate: authority.clone(),
        role: Role::Intermediate,
    }]);
    let key = X509::from_der(&world.authority)
        .and_then(|authority| authority.public_key())
        .expect("a key");

    // The DER is in what they keep, or not needed any more.
    let since = Instant::now();
    let ours = measure(&RUST, der.len(), || {
        Crl::read(der.clone(), &authority, &trust, 100_000_000).expect("a list")
    });
    let took = since.elapsed();
    let openssl = measure(&C, der.len(), || {
        let list = X509Crl::from_der(&der).expect("a list");
        assert!(list.verify(&key).expect("an answer"));
        let serial = openssl::asn1::Asn1Integer::from_bn(
            &openssl::bn::BigNum::from_u32(5).expect("a number"),
        )
        .expect("a number");
        assert!(matches!(
            list.get_by_serial(&serial),
            openssl::x509::CrlStatus::NotRevoked
        ));
        list
    });
    // It copies what it needs, so none of the DER is kept.
    let webpki = measure(&RUST, 0, || {
        OwnedCertRevocationList::from_der(&der).expect("a list")
    });
    println!(
        "{entries:>10}{:>12}{ours:>26}{openssl:>26}{webpki:>26}   (certs: {took:.0?})",
        megabytes(der.len())
    );
}

/// What is kept above `der` bytes, and the most above them in between.
fn measure<T>(counter: &Counter, der: usize, make: impl FnOnce() -> T) -> String {
    let before = counter.now.load(Relaxed);
    counter.most.store(before, Relaxed);
    let value = make();
    let kept = counter.now.load(Relaxed) - before;
    let most = counter.most.load(Relaxed) - before;
    drop(value);
    format!(
        "{} / {}",
        megabytes(kept.saturating_sub(der)),
        megabytes(most.saturating_sub(der))
    )
}

fn megabytes(bytes: usize) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

/// Bytes that are allocated, and the most that ever were.
struct Counter {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Counter {
    const fn new() -> Self {
        Self {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Relaxed) + bytes;
        self.most.fetch_max(now, Relaxed);
    }

    fn take(&self, bytes: usize) {
        self.now.fetch_sub(bytes, Relaxed);
    }
}

struct Counting;

// SAFETY: the system's allocator does the work; the rest counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        RUST.add(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        RUST.take(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        RUST.add(size);
        RUST.take(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

unsafe extern "C" fn allocate(size: usize, _: *const c_char, _: c_int) -> *mut c_void {
    // SAFETY: any size may be asked for, and null may be asked about.
    unsafe {
        let pointer = malloc(size);
        C.add(malloc_usable_size(pointer));
        pointer
    }
}

unsafe extern "C" fn reallocate(
    pointer: *mut c_void,
    size: usize,
    _: *const c_char,
    _: c_int,
) -> *mut c_void {
    // SAFETY: the pointer is null or came from here.
    unsafe {
        C.take(malloc_usable_size(pointer));
        let pointer = realloc(pointer, size);
        C.add(malloc_usable_size(pointer));
        pointer
    }
}

unsafe extern "C" fn release(pointer: *mut c_void, _: *const c_char, _: c_int) {
    // SAFETY: the pointer is null or came from here.
    unsafe {
        C.take(malloc_usable_size(pointer));
        free(pointer);
    }
}

unsafe extern "C" {
    fn CRYPTO_set_mem_functions(
        allocate: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        reallocate: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        release: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
    fn malloc(size: usize) -> *mut c_void;
    fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn malloc_usable_size(pointer: *mut c_void) -> usize;
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
static RUST: Counter = Counter::new();
static C: Counter = Counter::new();
