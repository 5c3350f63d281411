//! What the client found on the tokens and learned from the server, as plain values.

use crate::view::{CertificateRow, PinEntry, Through, TokenLabel};

/// The number that the client gives a token when it finds it, and keeps until the token is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub u64);

/// A token that was read, with every certificate on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: TokenId,
    /// Which way it is spoken to.
    pub through: Through,
    /// How it is shown.
    pub label: TokenLabel,
    /// What it takes as a PIN.
    pub pin: PinRules,
    /// Its certificates.
    pub candidates: Vec<Candidate>,
}

/// What a token takes as a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinRules {
    /// Fewest characters.
    pub shortest: u8,
    /// Most characters.
    pub longest: u8,
    /// Whether only digits are taken.
    pub digits_only: bool,
    /// Whether the next wrong PIN blocks the token.
    pub last_try: bool,
    /// Whether it is still the one that the card left its factory with.
    pub factory_pin: bool,
    /// Where it is given: a reader may have a PIN pad, a token may want none.
    pub entry: PinEntry,
}

impl Token {
    /// Says where the PIN is given for one of its certificates.
    pub fn entry(&self, candidate: &Candidate) -> PinEntry {
        if candidate.without_pin {
            PinEntry::NotNeeded
        } else {
            self.pin.entry
        }
    }
}

/// A certificate that could be sent, before anybody judged whether it fits.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact of the certificate"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// How it is shown; `warning` and `gone` are filled in by the judgement.
    pub row: CertificateRow,
    /// Whether it could be read at all.
    pub readable: bool,
    /// Whether a private key is known or believed to lie beside it.
    pub has_key: bool,
    /// Whether that key signs without a PIN, whatever the token's other keys want.
    pub without_pin: bool,
    /// TLS signature schemes that its key and token can make, by their numbers (RFC 8446 §4.2.3).
    pub schemes: Vec<u16>,
    /// Whether its key usage allows digital signatures; a certificate without the extension does.
    pub may_sign: bool,
    /// Whether its extended key usage allows client authentication; one without it does.
    pub for_clients: bool,
    /// The issuers on its way up: its own, and those of the CA certificates beside it.
    pub issuers: Vec<IssuerName>,
}

/// A distinguished name in two forms, because encoders differ in string types, case and spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerName {
    /// The DER encoding.
    pub der: Vec<u8>,
    /// The text with case and spaces evened out; none where the name cannot be read.
    pub text: Option<String>,
}

impl IssuerName {
    /// Says whether both name the same issuer.
    pub fn is(&self, other: &Self) -> bool {
        self.der == other.der || (self.text.is_some() && self.text == other.text)
    }
}

/// What the server asks for in its handshake, learned by a probe that sends no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// The CAs it names; empty when it takes a certificate of any.
    pub authorities: Vec<IssuerName>,
    /// The signature schemes it takes in the version that the probe spoke.
    pub schemes: Vec<u16>,
    /// Whether it was seen to speak TLS 1.2 too, for keys that cannot sign for TLS 1.3.
    pub older_tls: bool,
}
