//! A loaded and initialised module.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::message::About;
use super::raw::RawSign;
use crate::{Cause, FailedCall};

/// A module, initialised for this process and never finalised: some modules hang when they are, and
/// the process ends anyway.
pub(super) struct Library {
    pub(super) context: Pkcs11,
    pub(super) raw: RawSign,
}

impl Library {
    /// Loads a module and initialises it.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub(super) fn load(module: &Path) -> Result<Self, Cause> {
        let context = Pkcs11::new(module).map_err(|error| {
            if let Error::Pkcs11(code, function) = error {
                Cause::Call(FailedCall::new(function, code))
            } else {
                Cause::NotLoadable(error.to_string())
            }
        })?;
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match context.initialize(arguments) {
            // A library that the module is linked with did it first.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => {
                return Err(Cause::Call(FailedCall::from_error(
                    &error,
                    Function::Initialize,
                )));
            }
        }
        let raw = RawSign::load(module).map_err(Cause::NotLoadable)?;
        Ok(Self { context, raw })
    }

    /// What the module says of itself.
    ///
    /// # Errors
    ///
    /// The call that failed.
    pub(super) fn about(&self) -> Result<About, Cause> {
        let info = self
            .context
            .get_library_info()
            .map_err(|error| Cause::Call(FailedCall::from_error(&error, Function::GetInfo)))?;
        Ok(About {
            description: info.library_description().trim().to_owned(),
            manufacturer: info.manufacturer_id().trim().to_owned(),
            version: info.library_version().to_string(),
        })
    }
}
