//! The one call that `cryptoki` cannot express: `C_Sign` by itself.
//!
//! A key with `CKA_ALWAYS_AUTHENTICATE` wants `C_SignInit`, then `C_Login` for that operation, then
//! `C_Sign` (PKCS #11 §5.6.8, §5.13), and `cryptoki` joins the first and the last into one function.
#![expect(
    unsafe_code,
    reason = "C_Sign is called through the module's own function list"
)]

use std::path::Path;

use cryptoki::error::{Rv, RvError};
use cryptoki::session::Session;
use cryptoki_sys::{
    CK_BYTE, CK_BYTE_PTR, CK_FUNCTION_LIST, CK_RV, CK_SESSION_HANDLE, CK_ULONG, CK_ULONG_PTR,
};

/// The module's `C_Sign`, and the module, which stays loaded as long as it can be called.
pub(super) struct RawSign {
    sign: SignFunction,
    _module: cryptoki_sys::Pkcs11,
}

type SignFunction = unsafe extern "C" fn(
    CK_SESSION_HANDLE,
    CK_BYTE_PTR,
    CK_ULONG,
    CK_BYTE_PTR,
    CK_ULONG_PTR,
) -> CK_RV;

impl RawSign {
    /// Finds `C_Sign` in a module that `cryptoki` has loaded and initialised.
    ///
    /// # Errors
    ///
    /// What the module lacks.
    pub(super) fn load(module: &Path) -> Result<Self, String> {
        // SAFETY: the module is loaded already, so no initialiser of a library runs here that did
        // not run before; this only takes another reference to it.
        let loaded =
            unsafe { cryptoki_sys::Pkcs11::new(module) }.map_err(|error| error.to_string())?;
        if loaded.C_GetFunctionList.is_err() {
            return Err("the symbol C_GetFunctionList is missing".to_owned());
        }
        let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        // SAFETY: the symbol is there, and the pointer to write to is valid for the call.
        let answer = unsafe { loaded.C_GetFunctionList(&raw mut list) };
        if answer != cryptoki_sys::CKR_OK || list.is_null() {
            return Err(format!("C_GetFunctionList answered 0x{answer:x}"));
        }
        // SAFETY: PKCS #11 §5.4.4 has the module answer with a pointer to a function list that
        // stays valid while the module is loaded. One field is copied out; every version of the
        // list begins with the fields of version 2.
        let sign = unsafe { (*list).C_Sign }.ok_or("the module has no C_Sign")?;
        Ok(Self {
            sign,
            _module: loaded,
        })
    }

    /// Ends the signing operation that `C_SignInit` began on this session.
    ///
    /// The buffer is large enough for every signature we ask for, so the length is not asked
    /// first: some cards end the operation then.
    ///
    /// # Errors
    ///
    /// The return value of `C_Sign`.
    pub(super) fn sign(&self, session: &Session, data: &[u8]) -> Result<Vec<u8>, RvError> {
        let mut input = data.to_vec();
        let mut signature = vec![0; LONGEST_SIGNATURE];
        let (Ok(input_length), Ok(mut length)) = (
            CK_ULONG::try_from(input.len()),
            CK_ULONG::try_from(signature.len()),
        ) else {
            return Err(RvError::DataLenRange);
        };
        let input_start: *mut CK_BYTE = input.as_mut_ptr();
        let start: *mut CK_BYTE = signature.as_mut_ptr();
        // SAFETY: the function belongs to the module that `_module` keeps loaded, the session is
        // open, and both buffers outlive the call and have the lengths that are given.
        let answer = unsafe {
            (self.sign)(
                session.handle(),
                input_start,
                input_length,
                start,
                &raw mut length,
            )
        };
        match Rv::from(answer) {
            Rv::Ok => {
                // A length beyond the buffer is that of no signature, and nothing is taken for one.
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Ok(signature.get(..length).unwrap_or_default().to_vec())
            }
            Rv::Error(error) => Err(error),
        }
    }
}

/// RSA-8192; the longest of our other signatures has 132 bytes.
const LONGEST_SIGNATURE: usize = 1024;
