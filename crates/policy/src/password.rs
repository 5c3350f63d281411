//! Passwords, as argon2id hashes.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use certs::Time;
use serde::{Deserialize, Serialize};

use crate::account::Account;

/// A password's hash as a PHC string: argon2id, 19 MiB, two passes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// That a password was the right one for an account.
#[derive(Debug)]
pub struct VerifiedPassword {
    pub(crate) account: String,
    pub(crate) at: Time,
}

/// That a password was not the right one, or that the account has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password is not right")]
pub struct Mismatch;

/// Why a password cannot be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// It is empty, or longer than [`LONGEST`] bytes.
    #[error("a password has 1 to {LONGEST} bytes")]
    Length,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hashes a new password with a salt of sixteen random bytes.
///
/// # Errors
/// [`HashError::Length`] if it is empty or too long.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<PasswordHash, HashError> {
    if password.is_empty() || password.len() > LONGEST {
        return Err(HashError::Length);
    }
    let hashed: phc::PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|_| HashError::Hash)?;
    Ok(PasswordHash(hashed.to_string()))
}

/// Verifies a password, and takes as long where the account does not exist or has none: `known` is
/// then empty, and the answer is always [`Mismatch`].
///
/// # Errors
/// [`Mismatch`] without saying which of the reasons it was.
pub fn verify(
    known: Option<(&Account, &PasswordHash)>,
    password: &str,
    now: Time,
) -> Result<VerifiedPassword, Mismatch> {
    let stored = known.map_or(NOBODY, |(_, hash)| hash.0.as_str());
    let Ok(stored) = phc::PasswordHash::new(stored) else {
        return Err(Mismatch);
    };
    if password.len() > LONGEST {
        return Err(Mismatch);
    }
    let right = Argon2::default()
        .verify_password(password.as_bytes(), &stored)
        .is_ok();
    match known {
        Some((account, _)) if right => Ok(VerifiedPassword {
            account: account.id.clone(),
            at: now,
        }),
        Some(_) | None => Err(Mismatch),
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Most bytes of a password.
pub const LONGEST: usize = 1024;

/// The hash of a random value that nobody kept, with the parameters of every new hash.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGFueWFyZC1ub2JvZHktMQ$5zZ9m0g2J2o0c0pQm6cQ8mXyX0n9o7a9Zq8b7c6d5e4";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_for_its_own_account_and_nothing_prints_it() {
        let lee = account();
        let hash = hash("correct horse battery", &[7; 16]).expect("short enough");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{hash:?}"), "***");
        let now = Time::from_unix(5);
        let verified = verify(Some((&lee, &hash)), "correct horse battery", now);
        assert_eq!(verified.expect("right").account, "lee");
        assert!(verify(Some((&lee, &hash)), "correct horse batterx", now).is_err());
    }

    #[test]
    fn nobody_has_a_password_but_the_hash_is_computed_all_the_same() {
        assert!(phc::PasswordHash::new(NOBODY).is_ok());
        assert!(verify(None, "anything", Time::from_unix(5)).is_err());
    }

    #[test]
    fn a_password_without_bounds_is_refused() {
        assert_eq!(hash("", &[0; 16]), Err(HashError::Length));
        assert_eq!(hash(&"x".repeat(1025), &[0; 16]), Err(HashError::Length));
    }

    fn account() -> Account {
        Account {
            id: "lee".into(),
            user_principal_name: "lee@meridian.example".into(),
            on_premises_user_principal_name: None,
            certificate_user_ids: vec![],
            display_name: "Lee Park".into(),
            enabled: true,
            groups: vec![],
            has_password: true,
            has_code: false,
            has_passkey: false,
        }
    }
}
