//! The contract of a token, whatever it is made of, and the guard that signs.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::wait::{self, Expected};
use crate::{Canceller, Credential, FailedCall, Pin, PinManagement, Scheme, Wait};

/// A card, USB key or software token that holds certificates and signs with keys it never gives up.
///
/// Every call may take as long as the hardware does, so it belongs on a thread that may block.
pub trait Token: Send + Sync {
    /// What the token is, as far as people tell tokens apart.
    fn describe(&self) -> TokenDescription;

    /// Reads the certificates. No PIN is needed or used.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when the token is gone.
    fn credentials(&self) -> Result<Vec<Credential>, TokenError>;

    /// Asks what the token says about its PIN. It costs no try.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when the token is gone.
    fn pin_state(&self) -> Result<PinState, TokenError>;

    /// Has the token check a PIN and, when it is right, unlocks signing.
    ///
    /// The PIN is given to the token exactly once, and its length is checked first, so one call
    /// costs at most one try. A token that another program unlocked is locked first: a wrong PIN
    /// is never taken for a right one.
    ///
    /// # Errors
    ///
    /// [`UnlockError`] says what the token answered, and how many tries are left when it says so.
    fn unlock(&self, pin: Pin) -> Result<Unlocked, UnlockError>;

    /// Unlocks signing where nothing is typed here: the PIN is entered on the reader, or the token
    /// asks for none ([`PinEntry`]).
    ///
    /// It blocks until the person is done at the reader.
    ///
    /// # Errors
    ///
    /// As [`unlock`](Self::unlock), and [`UnlockError::PinNeeded`] when a PIN has to be typed.
    fn unlock_without_typing(&self) -> Result<Unlocked, UnlockError>;

    /// What can be done about the PIN, on tokens that this crate can do it for.
    fn pin_management(&self) -> Option<&dyn PinManagement> {
        None
    }

    /// Ends an unlock of this token that waits on another thread, which then fails with
    /// [`UnlockError::Cancelled`]. Where none waits, or the token cannot be stopped, nothing
    /// happens.
    fn cancel_unlock(&self) {}
}

/// What a token is, as far as people tell tokens apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenDescription {
    /// How the token is spoken to.
    pub kind: TokenKind,
    /// The name that its owner or issuer gave it.
    pub label: String,
    /// The serial number; empty on some tokens.
    pub serial: String,
    /// The model.
    pub model: String,
    /// The manufacturer.
    pub manufacturer: String,
}

/// How a token is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Through a PKCS #11 module.
    Pkcs11 {
        /// The module's file, with every symbolic link resolved.
        module: PathBuf,
    },
    /// A PIV card, directly.
    Piv {
        /// The reader it is in.
        reader: String,
    },
}

/// What a token says about its PIN without being asked to check one.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that a token says or does not"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinState {
    /// Where the PIN is entered.
    pub entry: PinEntry,
    /// How many wrong PINs it still takes, when it gives a number. PKCS #11 has none.
    pub tries: Option<u8>,
    /// It says that some tries were used up (`CKF_USER_PIN_COUNT_LOW`).
    pub low: bool,
    /// It says that the next wrong PIN blocks it (`CKF_USER_PIN_FINAL_TRY`).
    pub last_try: bool,
    /// It takes no PIN any more (`CKF_USER_PIN_LOCKED`).
    pub blocked: bool,
    /// It says that its PIN is the one it left the factory with, which everybody knows.
    pub factory: bool,
    /// The shortest PIN it takes, in bytes.
    pub min_length: usize,
    /// The longest PIN it takes, in bytes.
    pub max_length: usize,
}

/// Where a token's PIN is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PinEntry {
    /// It is typed here.
    Typed,
    /// It is typed on the reader (`CKF_PROTECTED_AUTHENTICATION_PATH`), and a PIN field here would
    /// mislead.
    OnReader,
    /// The token asks for none.
    NotNeeded,
}

/// A token that has accepted a PIN; the only thing that signs.
///
/// Dropping it logs out, so a signature needs the PIN again.
pub struct Unlocked {
    signing: Arc<dyn Signing>,
    tell: Option<Box<dyn Fn(Wait) + Send + Sync>>,
    canceller: Canceller,
}

impl Unlocked {
    pub(crate) fn new(signing: impl Signing + 'static) -> Self {
        let signing: Arc<dyn Signing> = Arc::new(signing);
        let canceller = Canceller::default();
        let weak = Arc::downgrade(&signing);
        canceller.also(move || {
            if let Some(signing) = weak.upgrade() {
                signing.cancel();
            }
        });
        Self {
            signing,
            tell: None,
            canceller,
        }
    }

    /// Names what is to be told what a signature waits for: a touch, or a PIN on the reader.
    ///
    /// It is called while [`sign_handshake`](Self::sign_handshake) blocks, on the same thread.
    pub fn on_wait(&mut self, tell: impl Fn(Wait) + Send + Sync + 'static) {
        self.tell = Some(Box::new(tell));
    }

    /// A handle that gives a pending signature up, from any thread.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Signs what a TLS client signs to prove possession of the key (`CertificateVerify`).
    ///
    /// `message` is the whole of it, not its digest: RFC 8446 §4.4.3's padded transcript hash, or
    /// RFC 5246 §7.4.8's handshake messages. Anything else is refused, so that a token unlocked
    /// for a handshake cannot be made to sign something that is worth signing. ECDSA signatures
    /// are DER, as TLS wants them. The signature is checked against the certificate before it is
    /// returned.
    ///
    /// # Errors
    ///
    /// [`SignError`] says why there is no signature.
    pub fn sign_handshake(
        &self,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        if !crate::handshake::is_certificate_verify(message) {
            return Err(SignError::NotAHandshake);
        }
        if !credential.schemes.contains(&scheme) {
            return Err(SignError::UnsupportedScheme { scheme });
        }
        let expected = self.signing.expects(credential);
        let signing = Arc::clone(&self.signing);
        let (theirs, whole) = (credential.clone(), message.to_vec());
        let signature =
            wait::attended(&self.canceller, expected, self.tell.as_deref(), move || {
                signing.sign(&theirs, scheme, &whole)
            })?;
        crate::signature::verify(&credential.certificate, scheme, message, &signature)?;
        Ok(signature)
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlocked(***)")
    }
}

/// What each backend does for the guard: one signature in TLS form. Its drop logs out.
pub(crate) trait Signing: Send + Sync {
    fn sign(
        &self,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError>;

    /// Stops a pending signature, where the backend has a way to.
    fn cancel(&self) {}

    /// What a signature with this key has the person do.
    fn expects(&self, credential: &Credential) -> Expected {
        Expected::Touch(credential.touch)
    }
}

/// Why a token could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is gone.
    #[error("the token was removed")]
    Removed,
    /// Another program holds the token for itself.
    #[error("the token is in use by another program")]
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// The module did not answer in time or its process stopped.
    #[error("the module stopped answering")]
    Stopped,
    /// Any other answer of the module.
    #[error("{0}")]
    Other(FailedCall),
}

/// Why a token is not unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum UnlockError {
    /// The token refused the PIN.
    #[error("the PIN is wrong")]
    WrongPin {
        /// How many tries are left, when the token gives a number.
        tries_left: Option<u8>,
        /// The next wrong PIN blocks the token.
        last_try: bool,
    },
    /// The token takes no PIN any more.
    #[error("the PIN is blocked")]
    Locked,
    /// The token says that this PIN must be changed before it works.
    #[error("the PIN has expired")]
    Expired,
    /// The PIN cannot be right, so the token was not asked and no try was used.
    #[error("a PIN of this token has {min} to {max} bytes")]
    Length {
        /// The shortest PIN it takes, in bytes.
        min: usize,
        /// The longest PIN it takes, in bytes.
        max: usize,
    },
    /// The token was never given a PIN (`CKR_USER_PIN_NOT_INITIALIZED`).
    #[error("the token has no PIN set")]
    NoPinSet,
    /// A PIN has to be typed, and none was.
    #[error("the token needs a PIN")]
    PinNeeded,
    /// A PIN was typed, and this one is entered on the reader.
    #[error("the PIN is entered on the reader")]
    PinOnReader,
    /// The person cancelled, at the reader or here.
    #[error("cancelled")]
    Cancelled,
    /// The token is gone.
    #[error("the token was removed")]
    Removed,
    /// Another program holds the token for itself.
    #[error("the token is in use by another program")]
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// The token was reset, by another program or by itself, while it checked the PIN. It is not
    /// known whether a wrong one cost a try.
    #[error("the token was interrupted while it checked the PIN")]
    Interrupted,
    /// The module did not answer in time or its process stopped.
    #[error("the module stopped answering")]
    Stopped,
    /// Any other answer of the module.
    #[error("{0}")]
    Other(FailedCall),
}

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SignError {
    /// After login the token shows no private key for the certificate.
    #[error("the token holds no private key for this certificate")]
    NoPrivateKey,
    /// The private key found for the certificate does not fit it.
    #[error("the key on the token does not belong to this certificate")]
    KeyMismatch,
    /// The token cannot sign with this scheme and key.
    #[error("the token cannot sign with {scheme}")]
    UnsupportedScheme {
        /// What was asked for.
        scheme: Scheme,
    },
    /// The bytes are not what a TLS client signs.
    #[error("only TLS handshakes are signed")]
    NotAHandshake,
    /// The token returned something that is no signature.
    #[error("the token returned a malformed signature")]
    Malformed,
    /// The key wants the PIN before each use, and the PIN has been wiped.
    #[error("the key needs the PIN again")]
    PinNeededAgain,
    /// The key wants the PIN before each use, and did not accept it again.
    #[error("the key refused the PIN")]
    WrongPin,
    /// The token was locked meanwhile, by another unlock or another program.
    #[error("the token was locked meanwhile")]
    LockedAgain,
    /// The token is gone.
    #[error("the token was removed")]
    Removed,
    /// Another program holds the token for itself.
    #[error("the token is in use by another program")]
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// It was given up ([`Canceller`]).
    #[error("cancelled")]
    Cancelled,
    /// The key waited for a touch that did not come.
    #[error("the key was not touched in time")]
    NotTouched,
    /// The module did not answer in time or its process stopped.
    #[error("the module stopped answering")]
    Stopped,
    /// Any other answer of the module.
    #[error("{0}")]
    Other(FailedCall),
}
