//! The demo's identity server: made with its own commands, and run as a program of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::child::Running;
use super::files;
use super::people::DOMAIN;
use super::pki::{LOGIN_HOST, Pki};

/// An installation of certauth in a folder of its own.
#[derive(Clone, Debug)]
pub struct Installation {
    program: PathBuf,
    folder: PathBuf,
}

impl Installation {
    /// Takes the installation in this folder, made or not.
    pub fn at(program: PathBuf, folder: PathBuf) -> Self {
        Self { program, folder }
    }

    /// Makes the configuration, the tenant and the master key, to listen on this port of the
    /// loopback address; 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When certauth refuses.
    pub fn initialize(&self, pki: &Pki, port: u16) -> Result<()> {
        let (database, keys) = (self.folder.join("database"), self.folder.join("keys"));
        for folder in [&self.folder, &database, &keys] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = Command::new(&self.program);
        command
            .args(["init", "--dir"])
            .arg(&self.folder)
            .args(["--tenant-name", TENANT, "--domain", DOMAIN])
            .args(["--login-host", LOGIN_HOST])
            .args(["--listen", &listen.to_string()])
            .arg("--login-certificate")
            .arg(&pki.login.certificate)
            .arg("--login-key")
            .arg(&pki.login.key)
            .arg("--certauth-certificate")
            .arg(&pki.certauth.certificate)
            .arg("--certauth-key")
            .arg(&pki.certauth.key)
            .arg("--master-key")
            .arg(keys.join("master.key"))
            .arg("--database")
            .arg(database.join("certauth.db"));
        run(&mut command, None)?;
        Ok(())
    }

    /// Names the configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("certauth.toml")
    }

    /// Names the file that the running server logs to.
    pub fn log_file(&self) -> PathBuf {
        self.folder.join("certauth.log")
    }

    /// Runs an administrator's command and returns what it printed.
    ///
    /// # Errors
    ///
    /// With what the command said, when it refuses.
    pub fn administer<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        input: Option<&str>,
    ) -> Result<String> {
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(self.configuration())
            .args(arguments);
        run(&mut command, input)
    }

    /// Returns the newest rows of the sign-in log.
    ///
    /// # Errors
    ///
    /// When certauth refuses, or prints what is not JSON.
    pub fn log(&self, rows: usize) -> Result<Vec<Value>> {
        let printed = self.administer(["log", "--json", "--last", &rows.to_string()], None)?;
        let mut entries = Vec::new();
        for value in serde_json::Deserializer::from_str(&printed).into_iter::<Value>() {
            let value = value.context("the sign-in log is not JSON")?;
            if let Value::Array(several) = value {
                entries.extend(several);
            } else {
                entries.push(value);
            }
        }
        Ok(entries)
    }

    /// Starts the server and waits until it listens.
    ///
    /// `at_end` is called once when the server has ended, however it came to that.
    ///
    /// # Errors
    ///
    /// With the end of its log, when it does not come to listen.
    pub fn serve(&self, at_end: impl FnOnce(ExitStatus) + Send + 'static) -> Result<Certauth> {
        let log = self.log_file();
        let stderr =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--until-input-ends", "--config"])
            .arg(self.configuration())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr);
        let (running, streams) = Running::start(&mut command, at_end)?;
        let stdout = streams.stdout.context("the server's output is a pipe")?;
        let input = streams.stdin.context("the server's input is a pipe")?;
        let (ready, listening) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, so that the server never waits for a reader.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(origin) = line.strip_prefix("listening on ") {
                    drop(ready.send(origin.trim().to_owned()));
                }
            }
        });
        let Ok(origin) = listening.recv_timeout(READY) else {
            drop(running);
            bail!("certauth did not start:\n{}", tail(&log));
        };
        self.keep_port(&origin)?;
        Ok(Certauth {
            running,
            origin,
            _input: input,
        })
    }

    /// Writes the port that was free into the configuration: the issuer's name holds it, so a
    /// second start must listen there again.
    fn keep_port(&self, origin: &str) -> Result<()> {
        let path = self.configuration();
        let configuration = files::read(&path)?;
        let Some(port) = origin.rsplit(':').next() else {
            return Ok(());
        };
        let any = format!("\"{}:0\"", Ipv4Addr::LOCALHOST);
        if !configuration.contains(&any) {
            return Ok(());
        }
        let kept = format!("\"{}:{port}\"", Ipv4Addr::LOCALHOST);
        files::write(&path, configuration.replacen(&any, &kept, 1))
    }
}

/// The running server; it stops when dropped.
#[derive(Debug)]
pub struct Certauth {
    running: Running,
    origin: String,
    /// The server ends when this pipe does, so it ends with us even if we are killed.
    _input: ChildStdin,
}

impl Certauth {
    /// Returns the login host's origin, as in `https://login.localhost:8443`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the port of both hosts.
    pub fn port(&self) -> u16 {
        self.origin
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .unwrap_or(443)
    }

    /// Returns the program, to stop or to kill it.
    pub fn running(&self) -> &Running {
        &self.running
    }
}

fn run(command: &mut Command, input: Option<&str>) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start certauth")?;
    let mut stdin = child.stdin.take().context("standard input is a pipe")?;
    stdin.write_all(input.unwrap_or_default().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let asked: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        bail!(
            "certauth {} refused: {}",
            asked.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).context("certauth printed what is not text")
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let last = lines.len().saturating_sub(20);
    lines.get(last..).unwrap_or_default().join("\n")
}

const TENANT: &str = "Meridian";

/// How long certauth may take to listen: its first start makes signing keys.
const READY: Duration = Duration::from_secs(30);
