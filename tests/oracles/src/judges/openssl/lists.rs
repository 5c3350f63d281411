//! What the `openssl` crate does not reach: lists in a store.
#![expect(unsafe_code, reason = "libcrypto's own functions")]

use std::ffi::c_int;

use anyhow::{Result, ensure};
use foreign_types::ForeignTypeRef as _;
use openssl::x509::X509CrlRef;
use openssl::x509::store::X509StoreBuilderRef;

/// Adds a list to a store.
pub fn add_crl(store: &mut X509StoreBuilderRef, list: &X509CrlRef) -> Result<()> {
    // SAFETY: both are valid, and the store takes a reference of its own.
    let added = unsafe { X509_STORE_add_crl(store.as_ptr(), list.as_ptr()) };
    ensure!(added == 1, "the store does not take the list");
    Ok(())
}

unsafe extern "C" {
    fn X509_STORE_add_crl(
        store: *mut openssl_sys::X509_STORE,
        crl: *mut openssl_sys::X509_CRL,
    ) -> c_int;
}
