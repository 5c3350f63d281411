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
        Err(error) if is_removal(&error) => None,
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

/// Whether an error means that the token is gone. Modules differ in which of these they give.
pub(super) fn is_removal(error: &Error) -> bool {
    matches!(error, Error::Pkcs11(code, _) if is_removal_code(*code))
}

pub(super) fn is_removal_code(code: RvError) -> bool {
    matches!(
        code,
        RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::SlotIdInvalid
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
    )
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
