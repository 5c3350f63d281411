//! What the `openssl` crate does not reach: policies.
#![expect(unsafe_code, reason = "libcrypto's own functions")]

use std::collections::BTreeSet;
use std::ffi::{c_int, c_void};

use anyhow::{Result, ensure};
use foreign_types::{ForeignType as _, ForeignTypeRef as _};
use openssl::asn1::{Asn1Object, Asn1ObjectRef};
use openssl::x509::X509StoreContextRef;
use openssl::x509::verify::X509VerifyParam;

/// Adds a policy to the user-initial-policy-set.
pub(super) fn add(parameters: &mut X509VerifyParam, policy: &str) -> Result<()> {
    let object = Asn1Object::from_str(policy)?;
    // SAFETY: both are valid; the parameters own the object if and only if the call succeeds.
    let added = unsafe { X509_VERIFY_PARAM_add0_policy(parameters.as_ptr(), object.as_ptr()) };
    ensure!(added == 1, "no memory");
    std::mem::forget(object);
    Ok(())
}

/// The user-constrained-policy-set of what was verified.
pub(super) fn user_policies(context: &X509StoreContextRef) -> BTreeSet<String> {
    // SAFETY: the context is valid; what is read from it is read at once and not kept.
    unsafe {
        let tree = X509_STORE_CTX_get0_policy_tree(context.as_ptr());
        if tree.is_null() {
            return BTreeSet::new();
        }
        let nodes = X509_policy_tree_get0_user_policies(tree);
        let mut found = BTreeSet::new();
        if nodes.is_null() {
            return found;
        }
        for number in 0..OPENSSL_sk_num(nodes) {
            let node = OPENSSL_sk_value(nodes, number);
            let object = X509_policy_node_get0_policy(node);
            let name = Asn1ObjectRef::from_ptr(object.cast_mut()).to_string();
            // An object prints by its long name where it has one.
            found.insert(name.replace("X509v3 Any Policy", "2.5.29.32.0"));
        }
        found
    }
}

unsafe extern "C" {
    fn X509_VERIFY_PARAM_add0_policy(
        param: *mut openssl_sys::X509_VERIFY_PARAM,
        policy: *mut openssl_sys::ASN1_OBJECT,
    ) -> c_int;
    fn X509_STORE_CTX_get0_policy_tree(ctx: *const openssl_sys::X509_STORE_CTX) -> *const c_void;
    fn X509_policy_tree_get0_user_policies(tree: *const c_void) -> *const c_void;
    fn X509_policy_node_get0_policy(node: *const c_void) -> *const openssl_sys::ASN1_OBJECT;
    fn OPENSSL_sk_num(stack: *const c_void) -> c_int;
    fn OPENSSL_sk_value(stack: *const c_void, number: c_int) -> *const c_void;
}
