//! Tokens in slots, and finding a token again.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::slot::{Slot, TokenInfo};

use super::library::Library;
use super::message::Address;
use crate::FailedCall;

/// A token in its slot of this moment.
pub(super) struct Found {
    pub(super) slot: Slot,
    pub(super) info: TokenInfo,
    pub(super) address: Address,
}

/// What one slot gave.
pub(super) enum Looked {
    Token(Box<Found>),
    Failed { slot: u64, failed: FailedCall },
}

/// Looks into every slot. Empty slots and tokens that were never initialised are passed over; a
/// slot that fails does not stop the others.
///
/// # Errors
///
/// The call that failed for the module as a whole.
pub(super) fn look(library: &Library) -> Result<Vec<Looked>, FailedCall> {
    let slots = library
        .context
        .get_slots_with_token()
        .map_err(|error| FailedCall::from_error(&error, Function::GetSlotList))?;
    let look_into = |slot: Slot| match library.context.get_token_info(slot) {
        Ok(info) if info.token_initialized() => {
            let address = address(slot, &info);
            Some(Looked::Token(Box::new(Found {
                slot,
                info,
                address,
            })))
        }
        Ok(_) => None,
        Err(error) if is_gone(library, slot, &error) => None,
        Err(error) => Some(Looked::Failed {
            slot: slot.id(),
            failed: FailedCall::from_error(&error, Function::GetTokenInfo),
        }),
    };
    Ok(slots
        .into_iter()
        .take(MOST_SLOTS)
        .filter_map(look_into)
        .collect())
}

/// Finds the token in whatever slot it is in.
///
/// Of several tokens that share all names, the one in the slot where it was last seen is taken, and
/// none when that slot holds another: a PIN must not go to the wrong token.
///
/// # Errors
///
/// The call that failed for the module as a whole.
pub(super) fn find(library: &Library, token: &Address) -> Result<Option<Found>, FailedCall> {
    let mut same: Vec<Found> = look(library)?
        .into_iter()
        .filter_map(|looked| match looked {
            Looked::Token(found) if found.address.same_token(token) => Some(*found),
            Looked::Token(_) | Looked::Failed { .. } => None,
        })
        .collect();
    let only = same.len() == 1;
    Ok(same
        .iter()
        .position(|found| only || found.address.slot == token.slot)
        .map(|index| same.swap_remove(index)))
}

/// Whether a call failed because the token is gone.
pub(super) fn is_gone(library: &Library, slot: Slot, error: &Error) -> bool {
    matches!(error, Error::Pkcs11(code, _) if is_gone_by_code(library, slot, *code))
}

/// Modules differ in which return value says that a token is gone. Those that say it only sometimes
/// are checked against the list of slots, which also has the module look at its readers again
/// (PKCS #11 §5.5.1).
pub(super) fn is_gone_by_code(library: &Library, slot: Slot, code: RvError) -> bool {
    let certain = matches!(
        code,
        RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::SlotIdInvalid
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
    );
    let vague = matches!(
        code,
        RvError::DeviceError
            | RvError::GeneralError
            | RvError::FunctionFailed
            | RvError::TokenNotRecognized
    );
    certain || (vague && !is_there(library, slot))
}

/// Whether there is a token in the slot at this moment.
pub(super) fn is_there(library: &Library, slot: Slot) -> bool {
    let slots = library.context.get_slots_with_token();
    slots.is_ok_and(|slots| slots.contains(&slot))
}

fn address(slot: Slot, info: &TokenInfo) -> Address {
    Address {
        label: trimmed(info.label()),
        serial: trimmed(info.serial_number()),
        model: trimmed(info.model()),
        manufacturer: trimmed(info.manufacturer_id()),
        slot: slot.id(),
    }
}

/// The fields are padded with spaces, by some modules with zeros.
fn trimmed(field: &str) -> String {
    field
        .trim_matches(|letter: char| letter == '\0' || letter.is_whitespace())
        .to_owned()
}

const MOST_SLOTS: usize = 64;
