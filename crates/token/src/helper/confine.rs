//! What a helper does to itself before it loads a module.

use std::fs::File;
use std::io;
use std::os::unix::net::UnixStream;

use rustix::fs::FileType;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Takes the socket of the protocol, which is passed as the standard input, and puts nothing in its
/// place, so that a module that reads or writes its standard streams does not meet it.
///
/// It is none when the standard input is no socket: the process was not started as a helper then.
pub(super) fn take_socket() -> Option<UnixStream> {
    let input = rustix::stdio::stdin();
    let status = rustix::fs::fstat(input).ok()?;
    if !FileType::from_raw_mode(status.st_mode).is_socket() {
        return None;
    }
    let socket = rustix::io::fcntl_dupfd_cloexec(input, 3).ok()?;
    let nothing = File::open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(&nothing).ok()?;
    Some(UnixStream::from(socket))
}

/// Keeps the PIN out of memory dumps, the terminal out of reach, and a module that asks for absurd
/// amounts of memory from taking the computer's.
///
/// # Errors
///
/// What the system refused. No module is loaded then.
pub(super) fn confine() -> io::Result<()> {
    // A session of its own has no terminal to read from, no signals of its keys, and is a group
    // that can be ended as a whole. A process that leads a session already has all of it.
    let _ = rustix::process::setsid();
    limit(Resource::Core, 0)?;
    #[cfg(target_os = "linux")]
    {
        // A handler of dumps that is a program is not held by the limit, and asks this instead.
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
        // Elsewhere the limit is refused or has no effect.
        limit(Resource::As, MOST_MEMORY)?;
    }
    Ok(())
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let present = rustix::process::getrlimit(resource);
    let most = present.maximum.map_or(most, |maximum| maximum.min(most));
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, limit)?)
}

#[cfg(target_os = "linux")]
const MOST_MEMORY: u64 = 8 * 1024 * 1024 * 1024;
