//! Why the card service cannot be used, or which one it is.

use super::failed;
use crate::CardService;

/// What the attempt to use the card service came to.
pub(crate) fn diagnose(outcome: Result<(), pcsc::Error>) -> CardService {
    match outcome {
        Ok(()) => CardService::Running {
            version: system::protocol_version(),
        },
        Err(pcsc::Error::SecurityViolation | pcsc::Error::NoAccess) => CardService::Denied,
        Err(
            pcsc::Error::NoService
            | pcsc::Error::ServiceStopped
            | pcsc::Error::CommError
            | pcsc::Error::InternalError,
        ) => system::absence(),
        Err(error) => CardService::Failed(failed(error, "SCardEstablishContext")),
    }
}

/// pcscd answers on a socket, which tells more than its library does.
#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use std::env;
    use std::io::{ErrorKind, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use crate::CardService;

    /// The version of the protocol that pcscd speaks: it tells no other, and a program that brings
    /// a library of another version is refused.
    pub(super) fn protocol_version() -> Option<String> {
        ask_version().ok()
    }

    pub(super) fn absence() -> CardService {
        match UnixStream::connect(socket()).map_err(|error| error.kind()) {
            // It takes the connection and then gives no context: a policy forbids it.
            Ok(_) | Err(ErrorKind::PermissionDenied) => CardService::Denied,
            Err(_) if is_installed() => CardService::Stopped,
            Err(_) => CardService::NotInstalled,
        }
    }

    fn is_installed() -> bool {
        let programs = ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"];
        programs.iter().any(|program| Path::new(program).exists())
    }

    /// Where the PC/SC library itself looks.
    fn socket() -> PathBuf {
        env::var_os("PCSCLITE_CSOCK_NAME")
            .map_or_else(|| PathBuf::from("/run/pcscd/pcscd.comm"), PathBuf::from)
    }

    /// `CMD_VERSION` of pcsclite's protocol: a header of length and command, then the version that
    /// the client speaks and room for a return value, in the machine's byte order.
    fn ask_version() -> std::io::Result<String> {
        const COMMAND: u32 = 0x11;
        const LENGTH: u32 = 12;
        const SPOKEN: [u32; 3] = [4, 4, 0];

        let mut stream = UnixStream::connect(socket())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let question: Vec<u8> = [LENGTH, COMMAND]
            .iter()
            .chain(&SPOKEN)
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        stream.write_all(&question)?;
        let mut major = [0; 4];
        let mut minor = [0; 4];
        stream.read_exact(&mut major)?;
        stream.read_exact(&mut minor)?;
        Ok(format!(
            "{}.{}",
            u32::from_ne_bytes(major),
            u32::from_ne_bytes(minor)
        ))
    }

    const PATIENCE: Duration = Duration::from_secs(1);
}

/// Windows stops the service with its last reader, and neither system tells a version.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    use crate::CardService;

    pub(super) fn protocol_version() -> Option<String> {
        None
    }

    pub(super) fn absence() -> CardService {
        CardService::Stopped
    }
}
