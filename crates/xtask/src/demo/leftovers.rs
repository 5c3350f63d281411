//! Programs that were started by what the demo started, such as a browser behind a link.
//!
//! They may have left our process groups on purpose, so they are known by a variable that they
//! inherited.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Marks a program, and with it everything that it starts.
pub(super) fn mark(command: &mut Command, folder: &Path) {
    command.env(VARIABLE, folder);
}

/// Stops whatever still carries the mark of the world in this folder.
pub(super) fn stop(folder: &Path) {
    for (signal, attempts) in [(Signal::TERM, 100), (Signal::KILL, 20)] {
        for attempt in 0..attempts {
            let left = marked(folder);
            if left.is_empty() {
                return;
            }
            // A browser answers the first one by closing its windows; a second would break it off.
            if attempt == 0 {
                for process in left {
                    // It may have ended on its own since it was found.
                    let _ = kill_process(process, signal);
                }
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn marked(folder: &Path) -> Vec<Pid> {
    let mut mark = format!("{VARIABLE}=").into_bytes();
    mark.extend_from_slice(folder.as_os_str().as_bytes());
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(Result::ok)
        .filter_map(|entry| process(&entry.file_name()))
        .filter(|process| *process != rustix::process::getpid())
        .filter(|process| {
            fs::read(format!("/proc/{}/environ", process.as_raw_nonzero())).is_ok_and(
                |environment| {
                    environment
                        .split(|byte| *byte == 0)
                        .any(|variable| variable == mark)
                },
            )
        })
        .collect()
}

fn process(name: &OsStr) -> Option<Pid> {
    Pid::from_raw(name.to_str()?.parse().ok()?)
}

const VARIABLE: &str = "LANYARD_DEMO";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::child::Running;

    #[test]
    fn a_program_that_left_its_group_is_found_by_its_mark_and_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("setsid");
        command.args(["--wait", "sleep", "600"]);
        mark(&mut command, folder.path());
        let (running, _) = Running::start(&mut command, |_| ()).expect("setsid starts");
        assert!(!marked(folder.path()).is_empty());
        assert!(marked(Path::new("/another/world")).is_empty());
        stop(folder.path());
        assert!(marked(folder.path()).is_empty());
        assert!(running.wait(Duration::from_secs(8)).is_some());
    }
}
