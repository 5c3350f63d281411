//! The master key, and what is sealed under it.
//!
//! Secrets that must be read again (signing keys, one-time code secrets, the successor of a
//! refresh token) are in the database only in sealed form, so that a copy of the database alone
//! signs nobody in. The key is in a file of its own, outside the database's folder.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::server::random_bytes;

/// Seals and opens small secrets: AES-256-GCM under the master key.
///
/// A sealed value is a version byte, the nonce, and the ciphertext with its tag. The purpose is
/// authenticated with it, so that a value sealed for one purpose does not open as another.
#[derive(Clone)]
pub struct Sealer(Arc<LessSafeKey>);

impl Sealer {
    /// Makes a sealer of the 32 bytes of a master key.
    ///
    /// # Panics
    /// Never: AES-256 takes any 32 bytes.
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// Seals `plain` for `purpose`.
    ///
    /// # Panics
    /// If `plain` is longer than AES-GCM allows (64 GiB).
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut text = Zeroizing::new(plain.to_vec());
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut text,
            )
            .expect("secrets are far shorter than AES-GCM's limit");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len() + tag.as_ref().len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what was sealed for `purpose`.
    ///
    /// # Errors
    /// If the value was changed, sealed for another purpose, or sealed under another master key.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let Some((&VERSION, rest)) = sealed.split_first() else {
            return Err(NotOpened);
        };
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOpened)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .0
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| NotOpened)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

/// A sealed value that does not open under this master key for this purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was sealed under another master key, for another purpose, or has been changed")]
pub struct NotOpened;

/// Why a master key file is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// The file cannot be read.
    #[error("the master key file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file cannot be made.
    #[error("the master key file {path} cannot be made: {cause}")]
    NotMade {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Others than its owner may read the file.
    #[error(
        "the master key file {path} has mode {mode:04o}; it must be readable by its owner only: \
         chmod 600 {path}"
    )]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is where copies of the database would take it along.
    #[error(
        "the master key file {path} is inside the database's folder {folder}; move it out, so \
         that a copy of the database does not take the key along"
    )]
    BesideDatabase {
        /// The file.
        path: PathBuf,
        /// The database's folder.
        folder: PathBuf,
    },
    /// The file holds something else.
    #[error("the master key file {path} does not hold 32 bytes in base64")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// Makes a master key file that only its owner can read, and never overwrites one.
///
/// # Errors
/// If the file exists, or cannot be written.
pub fn create(path: &Path) -> Result<Sealer, MasterKeyError> {
    let key = Zeroizing::new(random_bytes::<KEY_LEN>());
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(*key)));
    write_private(path, text.as_bytes()).map_err(|cause| MasterKeyError::NotMade {
        path: path.to_owned(),
        cause,
    })?;
    Ok(Sealer::new(&key))
}

/// Reads a master key file.
///
/// # Errors
/// If it is readable by others, lies in the folder of `database`, or holds no key.
pub fn read(path: &Path, database: &Path) -> Result<Sealer, MasterKeyError> {
    let unreadable = |cause| MasterKeyError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let file = fs::File::open(path).map_err(unreadable)?;
    refuse_readable(path, &file.metadata().map_err(unreadable)?)?;
    refuse_beside_database(path, database)?;
    let malformed = || MasterKeyError::Malformed {
        path: path.to_owned(),
    };
    let mut text = Zeroizing::new(String::new());
    std::io::Read::read_to_string(&mut std::io::Read::take(file, MAX_FILE_LEN), &mut text)
        .map_err(unreadable)?;
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| malformed())?);
    let key: &[u8; KEY_LEN] = bytes.as_slice().try_into().map_err(|_| malformed())?;
    Ok(Sealer::new(key))
}

/// Refuses a master key file that lies in the folder of the database, or below it.
///
/// # Errors
/// `BesideDatabase`.
pub fn refuse_beside_database(path: &Path, database: &Path) -> Result<(), MasterKeyError> {
    let folder = real(database.parent().unwrap_or(Path::new(".")));
    if real(path).starts_with(&folder) {
        return Err(MasterKeyError::BesideDatabase {
            path: path.to_owned(),
            folder,
        });
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_readable(path: &Path, metadata: &fs::Metadata) -> Result<(), MasterKeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(MasterKeyError::Readable {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Follows links as far as the path exists; a file that is still to be made keeps its name.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent != Path::new("") => real(parent).join(name),
        (_, Some(name)) => real(Path::new(".")).join(name),
        (_, None) => path.to_owned(),
    }
}

const KEY_LEN: usize = 32;
const VERSION: u8 = 1;
const MAX_FILE_LEN: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let key = Sealer::new(&[7; 32]);
        let sealed = key.seal("one-time code", b"secret");
        assert_eq!(
            key.open("one-time code", &sealed)
                .as_deref()
                .map(Vec::as_slice),
            Ok(b"secret".as_slice())
        );
        assert_eq!(key.open("signing key", &sealed), Err(NotOpened));
        assert_eq!(
            Sealer::new(&[8; 32]).open("one-time code", &sealed),
            Err(NotOpened)
        );
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let key = Sealer::new(&[7; 32]);
        let sealed = key.seal("purpose", b"secret");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(key.open("purpose", &changed), Err(NotOpened), "{index}");
            assert_eq!(key.open("purpose", &sealed[..index]), Err(NotOpened));
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same() {
        let key = Sealer::new(&[7; 32]);
        assert_ne!(key.seal("p", b"secret"), key.seal("p", b"secret"));
    }

    #[test]
    fn a_made_file_is_private_and_reads_back() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("keys/master.key");
        let database = folder.path().join("database/certauth.sqlite");
        fs::create_dir(folder.path().join("keys")).expect("made");
        let made = create(&path).expect("made");
        let bits = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(bits & 0o777, 0o600);
        let read = read(&path, &database).expect("read");
        let sealed = made.seal("p", b"x");
        assert!(read.open("p", &sealed).is_ok());
        assert!(matches!(create(&path), Err(MasterKeyError::NotMade { .. })));
    }

    #[test]
    fn a_file_that_the_group_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("master.key");
        create(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        let database = folder.path().join("database/certauth.sqlite");
        let refused = read(&path, &database).expect_err("refused");
        assert!(
            matches!(refused, MasterKeyError::Readable { mode: 0o640, .. }),
            "{refused}"
        );
    }

    #[test]
    fn a_file_in_the_database_folder_is_refused_through_links_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database_folder = folder.path().join("database");
        fs::create_dir(&database_folder).expect("made");
        let database = database_folder.join("certauth.sqlite");
        let inside = database_folder.join("master.key");
        create(&inside).expect("made");
        let linked = folder.path().join("linked");
        std::os::unix::fs::symlink(&database_folder, &linked).expect("linked");
        for path in [inside, linked.join("master.key")] {
            let refused = read(&path, &database).expect_err("refused");
            assert!(
                matches!(refused, MasterKeyError::BesideDatabase { .. }),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_file_with_something_else_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("database/certauth.sqlite");
        for (name, text) in [
            ("empty", ""),
            ("short", "c2hvcnQ="),
            ("text", "not base64!"),
        ] {
            let path = folder.path().join(name);
            write_private(&path, text.as_bytes()).expect("written");
            let refused = read(&path, &database).expect_err("refused");
            assert!(
                matches!(refused, MasterKeyError::Malformed { .. }),
                "{refused}"
            );
        }
    }
}
