//! Naming a PKCS #11 call that failed, and with what.

use std::fmt;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use serde::{Deserialize, Serialize};

/// A PKCS #11 function that failed, and the return value it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCall {
    /// The function, such as `C_Login`.
    pub call: String,
    /// The return value by its name in the standard, such as `CKR_DEVICE_ERROR`, or what else
    /// went wrong around the call.
    pub code: String,
}

impl FailedCall {
    pub(crate) fn new(function: Function, code: RvError) -> Self {
        Self {
            call: format!("C_{function:?}"),
            code: code_name(code),
        }
    }

    /// Names a failure that may also lie in the binding, such as a missing function.
    ///
    /// `during` is the call that was being made, for errors that do not carry one.
    pub(crate) fn from_error(error: &Error, during: Function) -> Self {
        if let Error::Pkcs11(code, function) = error {
            Self::new(*function, *code)
        } else {
            Self {
                call: format!("C_{during:?}"),
                code: error.to_string(),
            }
        }
    }
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.call, self.code)
    }
}

/// The name of a return value as PKCS #11 §6 writes it: `PinIncorrect` is `CKR_PIN_INCORRECT`.
fn code_name(code: RvError) -> String {
    if let RvError::VendorDefined(value) = code {
        return format!("CKR_VENDOR_DEFINED (0x{value:x})");
    }
    if let RvError::UnknownErrorCode(value) = code {
        return format!("0x{value:x}");
    }
    let mut name = String::from("CKR");
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_value_is_named_as_in_the_standard() {
        let failed = FailedCall::new(Function::Login, RvError::PinIncorrect);
        assert_eq!(failed.to_string(), "C_Login answered CKR_PIN_INCORRECT");
    }

    #[test]
    fn a_vendor_value_keeps_its_number() {
        let failed = FailedCall::new(Function::Sign, RvError::VendorDefined(0x8000_0001));
        assert_eq!(failed.code, "CKR_VENDOR_DEFINED (0x80000001)");
    }
}
