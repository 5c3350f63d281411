//! Programs that the demo world starts, and that never outlive it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A program in a process group of its own: a Ctrl-C in the terminal reaches it only through us,
/// and what it starts is stopped with it.
#[derive(Debug)]
pub struct Running {
    group: Pid,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    exit: Mutex<Option<ExitStatus>>,
    ended: Condvar,
}

impl Running {
    /// Starts a program.
    ///
    /// `at_end` is called once, from another thread, when the program has ended.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(
        command: &mut Command,
        at_end: impl FnOnce(ExitStatus) + Send + 'static,
    ) -> Result<(Self, Streams)> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let streams = Streams {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
        };
        let group = Pid::from_child(&child);
        let state = Arc::new(State::default());
        let watched = Arc::clone(&state);
        thread::spawn(move || {
            if let Ok(status) = watched.reap(group, child) {
                at_end(status);
            }
        });
        Ok((Self { group, state }, streams))
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits for the program's end, up to `limit`.
    pub fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let exit = self.state.exit();
        let (exit, _) = self
            .state
            .ended
            .wait_timeout_while(exit, limit, |exit| exit.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *exit
    }

    /// Stops the program and what it started: first politely, then for good.
    pub fn stop(&self) {
        self.signal(Signal::TERM);
        if self.wait(PATIENCE).is_none() {
            self.signal(Signal::KILL);
            self.wait(PATIENCE);
        }
        // Whoever is left of the group has lost its leader.
        let _ = kill_process_group(self.group, Signal::KILL);
    }

    /// Ends the program the way a crash does: at once and unasked.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        self.wait(PATIENCE);
    }

    fn signal(&self, signal: Signal) {
        // While the lock is held the process cannot be reaped, so the number is still its own.
        let exit = self.state.exit();
        if exit.is_none() {
            let _ = kill_process_group(self.group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The ends of the program's input and output that were asked for as pipes.
#[derive(Debug)]
pub struct Streams {
    /// Standard input.
    pub stdin: Option<std::process::ChildStdin>,
    /// Standard output.
    pub stdout: Option<std::process::ChildStdout>,
    /// Standard error.
    pub stderr: Option<std::process::ChildStderr>,
}

impl State {
    fn exit(&self) -> std::sync::MutexGuard<'_, Option<ExitStatus>> {
        self.exit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits without reaping first, so that nobody signals a number that was given away.
    fn reap(&self, group: Pid, mut child: Child) -> io::Result<ExitStatus> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(group), options) {
            if error != rustix::io::Errno::INTR {
                return Err(error.into());
            }
        }
        let mut exit = self.exit();
        let status = child.wait()?;
        *exit = Some(status);
        self.ended.notify_all();
        Ok(status)
    }
}

/// How long a program may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::test_kill_process_group;
    use std::io::Read as _;
    use std::process::Stdio;
    use std::sync::mpsc;

    #[test]
    fn a_program_that_is_dropped_has_ended_and_so_has_what_it_started() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "sleep 600 & echo started; wait"])
            .stdout(Stdio::piped());
        let (running, streams) = Running::start(&mut command, |_| ()).expect("sh starts");
        let mut word = [0; 8];
        let mut stdout = streams.stdout.expect("a pipe");
        stdout.read_exact(&mut word).expect("one line");
        let group = running.group;
        assert!(test_kill_process_group(group).is_ok());
        drop(running);
        // The pipe ends when its last holder, the program in the background, is gone.
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).expect("the end");
        assert!(rest.is_empty());
    }

    #[test]
    fn the_end_of_a_program_is_told_once() {
        let (told, heard) = mpsc::channel();
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3"]);
        let (running, _) = Running::start(&mut command, move |status| {
            told.send(status.code()).expect("someone listens");
        })
        .expect("sh starts");
        assert_eq!(heard.recv().expect("told"), Some(3));
        assert_eq!(running.wait(PATIENCE).and_then(|exit| exit.code()), Some(3));
    }
}
