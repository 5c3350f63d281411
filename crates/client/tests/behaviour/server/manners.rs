//! What a test tells the server to do.

/// How the server behaves; the default is well.
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// It has no authorization challenge endpoint.
    pub(crate) ordinary: bool,
    /// It puts this nonce into the ID token.
    pub(crate) nonce: Option<String>,
    /// It asks for the certificate at this address.
    pub(crate) certificate_endpoint: Option<String>,
    /// It has ended every session.
    pub(crate) ended: bool,
    /// Its application asks for two factors.
    pub(crate) wants_two_factors: bool,
    /// It gives this address to open.
    pub(crate) open_uri: Option<String>,
    /// It wants a pause before it hears another password.
    pub(crate) busy: bool,
    /// It forgets every journey at once.
    pub(crate) forgetful: bool,
    /// What it wants with nonces in proofs.
    pub(crate) nonces: Nonces,
}

/// What a server wants with nonces in proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Nonces {
    /// Nothing.
    #[default]
    None,
    /// Its newest one, and each answer brings another.
    Rotating,
    /// Always another than it gave.
    Insatiable,
}
