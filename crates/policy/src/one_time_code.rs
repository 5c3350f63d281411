//! One-time codes (RFC 6238): six digits, SHA-1, thirty seconds, one step of tolerance either way.

use std::fmt;

use certs::Time;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::account::Account;

/// The secret that a person's authenticator shares with the server: twenty bytes.
pub struct Secret(Zeroizing<Vec<u8>>);

/// That a code was the right one for an account.
#[derive(Debug)]
pub struct VerifiedCode {
    pub(crate) account: String,
    pub(crate) at: Time,
    step: u64,
}

/// That a code was not the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code is not right")]
pub struct Mismatch;

impl Secret {
    /// A secret of random bytes.
    #[must_use]
    pub fn new(random: [u8; 20]) -> Self {
        Self(Zeroizing::new(random.to_vec()))
    }

    /// A secret as it was kept; none if it has another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == 20).then(|| Self(Zeroizing::new(bytes.to_vec())))
    }

    /// The bytes, to be sealed and kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as a person types it into an authenticator, base32.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(totp_rs::Secret::from(self.0.to_vec()).to_base32())
    }

    /// The `otpauth://` link of the QR code; colons in the names are left out, as the format asks.
    #[must_use]
    pub fn link(&self, issuer: &str, account: &str) -> Option<Zeroizing<String>> {
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name(plain(account))
            .with_issuer(Some(plain(issuer)))
            .build()
            .ok()?
            .to_url()
            .ok()
            .map(Zeroizing::new)
    }

    /// The code at a time; for tests and for whoever plays the authenticator.
    #[must_use]
    pub fn code_at(&self, time: Time) -> Option<String> {
        let seconds = u64::try_from(time.unix()).ok()?;
        Some(self.generator()?.generate(seconds).to_string())
    }

    /// Verifies a code. Whoever holds the account's last used step must then refuse a step that is
    /// not later ([`VerifiedCode::step`]).
    ///
    /// # Errors
    /// [`Mismatch`] if it is not the code of this step or of one beside it.
    pub fn verify(
        &self,
        account: &Account,
        code: &str,
        now: Time,
    ) -> Result<VerifiedCode, Mismatch> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Mismatch);
        }
        let seconds = u64::try_from(now.unix()).map_err(|_| Mismatch)?;
        let step = self
            .generator()
            .and_then(|generator| generator.check(&digits, seconds))
            .ok_or(Mismatch)?;
        Ok(VerifiedCode {
            account: account.id.clone(),
            at: now,
            step,
        })
    }

    fn generator(&self) -> Option<Totp> {
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name("-")
            .build()
            .ok()
    }
}

impl VerifiedCode {
    /// The step whose code it was: thirty-second intervals since 1970. Each counts once.
    #[must_use]
    pub const fn step(&self) -> u64 {
        self.step
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
