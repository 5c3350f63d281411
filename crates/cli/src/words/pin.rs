//! The words of `lanyard pin`.

use super::tries_left;
use crate::plain::plain;

pub(crate) const PIN: &str = "Changes or unblocks the PIN of a PIV card";
pub(crate) const PIN_LONG: &str = "\
Changes or unblocks the PIN of a PIV card.

It speaks to the card directly, so it works for PIV cards and YubiKeys in a reader. The PIN of a \
token behind a PKCS #11 module is changed with the module's own tools.";
pub(crate) const CHANGE: &str = "Changes the PIN";
pub(crate) const CHANGE_EXAMPLES: &str = "\
A wrong PIN costs one of the card's tries.

Examples:
  lanyard pin change
  lanyard pin change --serial 20260922
  lanyard pin change --pin-fd 3 --new-pin-fd 4 3<old.txt 4<new.txt";
pub(crate) const UNBLOCK: &str =
    "Sets a new PIN with the PUK, when the PIN is blocked or forgotten";
pub(crate) const UNBLOCK_EXAMPLES: &str = "\
Whoever issued the card has its PUK. A wrong PUK costs one of the PUK's tries, and a card whose PUK \
is blocked too cannot be rescued.

Examples:
  lanyard pin unblock
  lanyard pin unblock --puk-fd 3 --new-pin-fd 4 3<puk.txt 4<new.txt";
pub(crate) const SERIAL: &str = "The serial number of the card, where there are several";
pub(crate) const OLD_PIN_FD: &str = "Read the PIN from this file descriptor, one line";
pub(crate) const NEW_PIN_FD: &str = "Read the new PIN from this file descriptor, one line";
pub(crate) const PUK_FD: &str = "Read the PUK from this file descriptor, one line";

pub(crate) const NEW_PIN: &str = "New PIN: ";
pub(crate) const NEW_PIN_AGAIN: &str = "New PIN, once more: ";
pub(crate) const NOT_THE_SAME: &str =
    "The two are not the same, so nothing was changed. Type the new PIN twice.";
pub(crate) const CHANGED: &str = "The PIN is changed.";
pub(crate) const UNBLOCKED: &str = "The card has a new PIN, with all its tries.";
pub(crate) const BLOCKED: &str = "\
The PIN of this card is blocked. Unblock it with its PUK: `lanyard pin unblock`. Whoever issued the \
card has the PUK.";
pub(crate) const PUK_BLOCKED: &str = "\
The PUK of this card is blocked too, so its PIN cannot be set any more. Ask whoever issued the card \
for another.";
pub(crate) const POLICY: &str = "\
The card does not take this new PIN. Choose another: most cards want six to eight digits, and some \
refuse simple ones.";
pub(crate) const NO_CARD: &str = "\
There is no PIV card here. Put the card into its reader, or plug in the key; `lanyard doctor` says \
what is found.";

/// Which PIN.
pub(crate) fn pin_of(card: &str) -> String {
    format!("PIN of {card}: ")
}

/// Which PUK.
pub(crate) fn puk_of(card: &str) -> String {
    format!("PUK of {card}: ")
}

/// A serial number that no card has.
pub(crate) fn no_such_card(serial: &str) -> String {
    format!(
        "There is no PIV card with the serial number {}. `lanyard list` names those that are here.",
        plain(serial)
    )
}

/// Several cards.
pub(crate) fn which_card(names: &[String]) -> String {
    format!(
        "There are several cards. Name one with --serial:\n  {}",
        names.join("\n  ")
    )
}

/// A wrong PIN.
pub(crate) fn wrong_pin(tries: Option<u8>) -> String {
    wrong("PIN", tries)
}

/// A wrong PUK.
pub(crate) fn wrong_puk(tries: Option<u8>) -> String {
    wrong("PUK", tries)
}

fn wrong(what: &str, tries: Option<u8>) -> String {
    let left = tries.map(|tries| format!(" {}", tries_left(tries)));
    format!(
        "That {what} was not right.{} Check that it is the {what} of this card.",
        left.unwrap_or_default()
    )
}

/// Too short or too long.
pub(crate) fn length(min: usize, max: usize) -> String {
    format!(
        "A PIN or PUK of this card has {min} to {max} characters. The card was not asked, so no try \
         was used."
    )
}

/// Somebody else has the card.
pub(crate) fn in_use(by: Option<&str>) -> String {
    match by {
        Some(program) => format!(
            "The card is in use by {}. Close it, or wait until it is done.",
            plain(program)
        ),
        None => {
            "The card is in use by another program. Close it, or wait until it is done.".to_owned()
        }
    }
}

/// Anything else.
pub(crate) fn failed(cause: &str) -> String {
    format!(
        "The card could not be asked: {}. Take it out, put it back and try again.",
        plain(cause)
    )
}
