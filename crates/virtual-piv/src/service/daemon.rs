//! pcscd in its namespaces.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::ServiceError;

/// A pcscd that runs and answers.
///
/// The system kills it when the thread that started it ends, so one thread does nothing but
/// start it and wait.
#[derive(Debug)]
pub(super) struct Daemon {
    process: u32,
    keeper: Option<JoinHandle<()>>,
}

impl Daemon {
    pub(super) fn start(
        sockets: &Path,
        configuration: &Path,
        stage: &Path,
    ) -> Result<Self, ServiceError> {
        let mut command = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        command
            .args(["--mount", "--net", "--"])
            .args([
                "setpriv",
                "--pdeathsig",
                "KILL",
                "sh",
                "-c",
                SCRIPT,
                "pcscd",
            ])
            .args([sockets, configuration, stage])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (ready, readiness) = channel();
        let keeper = thread::Builder::new()
            .name("pcscd".to_owned())
            .spawn(move || keep(command, &ready))?;
        let started = first(&readiness);
        match started {
            Ok(process) => Ok(Self {
                process,
                keeper: Some(keeper),
            }),
            Err(error) => {
                drop(keeper.join());
                Err(error)
            }
        }
    }

    pub(super) const fn process(&self) -> u32 {
        self.process
    }

    pub(super) fn stop(mut self) {
        self.end(Signal::TERM);
    }

    pub(super) fn kill(mut self) {
        self.end(Signal::KILL);
    }

    fn end(&mut self, signal: Signal) {
        let Some(keeper) = self.keeper.take() else {
            return;
        };
        // The keeper reaps it only after it has ended by itself, and then nobody has its number
        // but by great misfortune: the keeper is asked first.
        if !keeper.is_finished() {
            let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
            if let Some(process) = process {
                let _ = kill_process(process, signal);
            }
        }
        drop(keeper.join());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end(Signal::KILL);
    }
}

fn first(readiness: &Receiver<Result<u32, ServiceError>>) -> Result<u32, ServiceError> {
    readiness
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|_| Err(ServiceError::Daemon("it says nothing".to_owned())))
}

/// Starts pcscd, tells when it is ready, and waits for its end.
fn keep(mut command: Command, ready: &Sender<Result<u32, ServiceError>>) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            drop(ready.send(Err(error.into())));
            return;
        }
    };
    let said = listen(&mut child, ready);
    let complaint = child.stderr.take().map(text).unwrap_or_default();
    let status = child.wait();
    // Nobody listens when it had been ready before.
    drop(ready.send(Err(judge(&said, &complaint, status.ok()))));
}

/// Reads what pcscd says until it ends, so that it never waits for a reader.
fn listen(child: &mut Child, ready: &Sender<Result<u32, ServiceError>>) -> String {
    let process = child.id();
    let mut last = String::new();
    let Some(output) = child.stdout.take() else {
        return last;
    };
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if line.contains("daemon ready") {
            drop(ready.send(Ok(process)));
        }
        last = line;
    }
    last
}

fn judge(said: &str, complaint: &str, status: Option<ExitStatus>) -> ServiceError {
    let complaint = complaint.trim();
    let refused = ["unshare:", "mount:", "RTNETLINK", "setpriv:"]
        .iter()
        .any(|word| complaint.contains(word));
    if refused {
        return ServiceError::Refused(complaint.to_owned());
    }
    let status = status.map_or_else(|| "no status".to_owned(), |status| status.to_string());
    ServiceError::Daemon(format!("{status}; {complaint} {said}"))
}

fn text(stream: impl Read) -> String {
    let mut text = Vec::new();
    // What can be read of a complaint is enough of it.
    drop(stream.take(4096).read_to_end(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

const PATIENCE: Duration = Duration::from_secs(20);

/// Inside: loopback up, with acknowledgements at once; the folder outside on `/run/pcscd`, which
/// need not exist outside.
const SCRIPT: &str = r#"
set -e
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
for net in 127.0.0.0/8 127.0.0.1; do
    ip route change local $net dev lo table local proto kernel scope host src 127.0.0.1 quickack 1
done
mount -t tmpfs tmpfs "$3"
mkdir "$3/pcscd"
mount --bind "$1" "$3/pcscd"
mount --rbind "$3" /run
exec pcscd --foreground --info --config "$2"
"#;
