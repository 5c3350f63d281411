//! What has to be done.

use crate::candidate::TokenId;
use crate::view::{Method, UsedCertificate};

/// The number of one request to the world.
///
/// Whoever carries out an effect gives the number back with the answer; an answer whose number
/// nobody waits for any more belongs to something that was abandoned and is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub(crate) u64);

impl Attempt {
    /// The bare number, for a log line.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// One thing to do. None carries a secret: a PIN, a password and a code wait where they were
/// typed until the one effect that uses them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read what this device remembers. Answer: [`Started`](crate::Event::Started).
    ReadMemory {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Take up the session that this device keeps for an account. Answer:
    /// [`Resumed`](crate::Event::Resumed).
    Resume {
        /// The number to give back.
        attempt: Attempt,
        /// The server's origin.
        server: String,
        /// The username.
        username: String,
    },
    /// Find the server's endpoints and begin a journey. Answers:
    /// [`TenantKnown`](crate::Event::TenantKnown), then [`Answered`](crate::Event::Answered).
    Begin {
        /// The number to give back.
        attempt: Attempt,
        /// The server's origin.
        server: String,
        /// The username.
        username: String,
        /// The application that asks for more than the session gives; the journey then starts
        /// with the session.
        application: Option<String>,
    },
    /// Tell the server which way the person takes. Answer: [`Answered`](crate::Event::Answered).
    Choose {
        /// The number to give back.
        attempt: Attempt,
        /// The way.
        method: Method,
    },
    /// Learn what the certificate host asks for. Answer: [`Probed`](crate::Event::Probed).
    Probe {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Watch tokens, readers and the card service from now on until the program ends. What is
    /// there, comes and goes is told at any time by [`TokenFound`](crate::Event::TokenFound),
    /// [`TokenGone`](crate::Event::TokenGone), [`ModuleFailed`](crate::Event::ModuleFailed),
    /// [`ReaderFound`](crate::Event::ReaderFound), [`ReaderGone`](crate::Event::ReaderGone) and
    /// [`CardService`](crate::Event::CardService). Answer, once all that is plugged in was read:
    /// [`TokensRead`](crate::Event::TokensRead). It is never abandoned.
    WatchTokens {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Read every token again, for those whose coming and going nobody tells. What differs is told
    /// as for [`WatchTokens`](Self::WatchTokens). Answer: [`TokensRead`](crate::Event::TokensRead).
    ReadTokens {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Unlock the certificate's token with the PIN that was typed, sign one handshake with the
    /// certificate host, and hand the result to the server. While the token waits for the person:
    /// [`Waiting`](crate::Event::Waiting). Answers: [`Unlocked`](crate::Event::Unlocked),
    /// [`Signed`](crate::Event::Signed), then [`Answered`](crate::Event::Answered); or
    /// [`NotSigned`](crate::Event::NotSigned).
    ///
    /// The way to the certificate host stays good until the token has signed, because another
    /// `Sign` may follow one that was abandoned or not signed.
    Sign {
        /// The number to give back.
        attempt: Attempt,
        /// The token that was shown to the person: no other may get the PIN.
        token: TokenId,
        /// SHA-256 of the certificate, lowercase hex.
        sha256: String,
    },
    /// The same for a certificate whose PIN is not typed here: it is entered on the reader's pad,
    /// or the key wants none. Answers as for [`Sign`](Self::Sign).
    SignWithoutPin {
        /// The number to give back.
        attempt: Attempt,
        /// The token that was shown to the person.
        token: TokenId,
        /// SHA-256 of the certificate, lowercase hex.
        sha256: String,
    },
    /// Send the password that was typed. Answer: [`Answered`](crate::Event::Answered).
    SendPassword {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Send the code that was typed. Answer: [`Answered`](crate::Event::Answered).
    SendCode {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Redeem the authorization code and keep the session. Answer:
    /// [`SignedIn`](crate::Event::SignedIn), or [`Answered`](crate::Event::Answered) with a failure.
    Finish {
        /// The number to give back.
        attempt: Attempt,
        /// The certificate to note with the session.
        certificate: Option<UsedCertificate>,
    },
    /// Mark this certificate the next time that this account signs in. Answer:
    /// [`MemoryRead`](crate::Event::MemoryRead).
    RememberCertificate {
        /// The server's origin.
        server: String,
        /// The username.
        username: String,
        /// SHA-256 of the certificate, lowercase hex.
        sha256: String,
    },
    /// Ask for the applications. Answer: [`AppsRead`](crate::Event::AppsRead).
    ReadApps {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Get a browser ticket for this application and open it. Answer:
    /// [`AppOpened`](crate::Event::AppOpened).
    OpenApp {
        /// The number to give back.
        attempt: Attempt,
        /// The application's identifier.
        id: String,
    },
    /// Revoke the session at the server and remove it here. Answer:
    /// [`SignedOut`](crate::Event::SignedOut).
    SignOut {
        /// The number to give back.
        attempt: Attempt,
    },
    /// Remove the session of an account here, because the server ended it.
    RemoveSession {
        /// The server's origin.
        server: String,
        /// The username.
        username: String,
    },
    /// Sign an account out and forget that it was used here. Answer:
    /// [`MemoryRead`](crate::Event::MemoryRead).
    Forget {
        /// The server's origin.
        server: String,
        /// The username.
        username: String,
    },
    /// Stop what this number began; its answer is no longer wanted. A signature that waits for a
    /// touch or for the reader is cancelled at the token.
    Abandon {
        /// The number.
        attempt: Attempt,
    },
    /// Wipe a PIN, password or code that waits for an effect that will not come.
    DropSecrets,
}
