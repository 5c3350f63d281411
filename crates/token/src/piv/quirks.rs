//! What is particular about some cards, as data: one row a kind of card.

/// What differs between cards that all call themselves PIV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quirks {
    /// What people call it; empty where nothing is known.
    pub(crate) model: &'static str,
    /// Who makes it; empty where nothing is known.
    pub(crate) manufacturer: &'static str,
    known_by: KnownBy,
    /// Whether asking for the tries left costs nothing.
    pub(crate) tries: Tries,
    /// How it says how many tries are left.
    pub(crate) counter: Counter,
    /// How retired keys are found.
    pub(crate) retired: Retired,
    /// Which of Yubico's own commands are worth sending.
    pub(crate) extensions: Extensions,
}

/// By what a kind of card is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownBy {
    /// Bytes within the answer to reset.
    Atr(&'static [u8]),
    /// How its application's label begins.
    Label(&'static str),
    /// A word in the reader's name.
    Reader(&'static str),
    /// It is all the rest.
    Nothing,
}

/// Whether an empty `VERIFY` is a harmless question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// It is.
    Asked,
    /// It may count as a wrong PIN or answer nonsense, so it is not asked.
    NotAsked,
}

/// How a card says how many tries are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// `63Cx`, as the standard has it.
    Standard,
    /// `630x`.
    Plain,
}

/// How retired keys are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retired {
    /// The Key History object counts them, as the standard has it.
    History,
    /// Each slot is asked: programs put keys there without keeping the history.
    Probe,
}

/// Yubico's commands beyond the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extensions {
    /// None.
    No,
    /// `GET VERSION` alone: the serial number is wrong or costs the PIN state.
    Version,
    /// `GET VERSION`, `GET SERIAL`, and `GET METADATA` where the version has it.
    All,
}

impl Quirks {
    /// The row of a card. The reader's name and the answer to reset are there before anything is
    /// sent, the label after `SELECT`.
    pub(crate) fn of(atr: &[u8], reader: &str, label: &str) -> &'static Self {
        let fits = |row: &&Self| match row.known_by {
            KnownBy::Atr(bytes) => atr.windows(bytes.len()).any(|window| window == bytes),
            KnownBy::Label(start) => label.starts_with(start),
            KnownBy::Reader(word) => reader.contains(word),
            KnownBy::Nothing => true,
        };
        TABLE.iter().find(fits).unwrap_or(&STANDARD)
    }
}

/// A card of which nothing is known but that it has the application.
const STANDARD: Quirks = Quirks {
    model: "",
    manufacturer: "",
    known_by: KnownBy::Nothing,
    tries: Tries::Asked,
    counter: Counter::Standard,
    retired: Retired::History,
    extensions: Extensions::No,
};

const TABLE: &[Quirks] = &[
    Quirks {
        model: "YubiKey NEO",
        manufacturer: "Yubico",
        known_by: KnownBy::Atr(b"YubikeyNEO"),
        tries: Tries::NotAsked,
        counter: Counter::Plain,
        retired: Retired::Probe,
        // Its serial number is not the one printed on it.
        extensions: Extensions::Version,
    },
    Quirks {
        model: "YubiKey 4",
        manufacturer: "Yubico",
        known_by: KnownBy::Atr(b"Yubikey 4"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        // Its serial number is in another application, and selecting that drops the PIN state.
        extensions: Extensions::Version,
    },
    Quirks {
        model: "YubiKey",
        manufacturer: "Yubico",
        known_by: KnownBy::Atr(b"YubiKey"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        extensions: Extensions::All,
    },
    Quirks {
        model: "YubiKey",
        manufacturer: "Yubico",
        known_by: KnownBy::Reader("Yubico YubiKey"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        extensions: Extensions::All,
    },
    Quirks {
        model: "Nitrokey",
        manufacturer: "Nitrokey",
        known_by: KnownBy::Reader("Nitrokey"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        extensions: Extensions::No,
    },
    Quirks {
        model: "Token2",
        manufacturer: "Token2",
        known_by: KnownBy::Reader("Token2"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        extensions: Extensions::No,
    },
    Quirks {
        model: "PivApplet",
        manufacturer: "",
        known_by: KnownBy::Label("PivApplet"),
        tries: Tries::Asked,
        counter: Counter::Standard,
        retired: Retired::Probe,
        extensions: Extensions::No,
    },
    Quirks {
        model: "PIVKey",
        manufacturer: "Taglio",
        known_by: KnownBy::Reader("PIVKey"),
        tries: Tries::NotAsked,
        counter: Counter::Standard,
        retired: Retired::History,
        extensions: Extensions::No,
    },
    STANDARD,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yubikeys_are_told_apart_by_their_answer_to_reset() {
        let of = |historical: &[u8]| Quirks::of(&[&[0x3b, 0xf8], historical].concat(), "", "");
        assert_eq!(of(b"YubikeyNEOr3").model, "YubiKey NEO");
        assert_eq!(of(b"Yubikey 4").model, "YubiKey 4");
        assert_eq!(of(b"YubiKey").extensions, Extensions::All);
    }

    #[test]
    fn an_unknown_card_is_taken_by_the_standard() {
        assert_eq!(Quirks::of(&[], "Some Reader 00 00", ""), &STANDARD);
        assert_eq!(Quirks::of(&[], "", "PivApplet v0.9").model, "PivApplet");
    }
}
