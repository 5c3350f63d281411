//! The program itself, as administrators and scripts run it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use certauth::server::Clock;
use certauth::store::sqlite::SqliteStore;
use tempfile::TempDir;

use crate::support::pki::Authority;

mod administration;
mod checking;
mod containers;
mod directory;
mod explaining;
mod importing;
mod making;
mod named_lists;
mod serving;
mod trust_store;

/// An installation with certificates, made by the program itself.
struct Site {
    dir: PathBuf,
    setup_link: String,
    folder: TempDir,
}

/// A server that the program runs.
struct Serving {
    child: Child,
    port: u16,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::named("Server CA");
        crate::support::site::configuration(folder.path(), &authority);
        let at = |name: &str| folder.path().join(name);
        let dir = at("site");
        let made = run(
            &[
                "init",
                "--dir",
                text(&dir),
                "--tenant-name",
                "Meridian",
                "--domain",
                "meridian.example",
                "--listen",
                "127.0.0.1:0",
                "--login-certificate",
                text(&at("login.pem")),
                "--login-key",
                text(&at("login.key")),
                "--certauth-certificate",
                text(&at("certauth.pem")),
                "--certauth-key",
                text(&at("certauth.key")),
            ],
            "",
        );
        let said = succeeded(&made);
        assert!(!said.contains("put these files in place"), "{said}");
        Self {
            dir,
            setup_link: said.lines().last().unwrap().trim().to_owned(),
            folder,
        }
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let config = self.dir.join("certauth.toml");
        run(&[&["--config", text(&config)], arguments].concat(), input)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Adds an authority to the trust store.
    fn trust(&self, authority: &Authority, role: &str, more: &[&str]) {
        let file = self.file("authority.pem", &authority.pem);
        let first = ["ca", "add", "--file", text(&file), "--role", role];
        succeeded(&self.run(&[&first[..], more].concat(), ""));
    }

    async fn store(&self) -> SqliteStore {
        let path = self.dir.join("database/certauth.sqlite");
        SqliteStore::open(&path).await.unwrap()
    }

    fn serve(&self) -> Serving {
        self.serve_with(&[], Stdio::null())
    }

    fn serve_with(&self, options: &[&str], input: Stdio) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certauth"))
            .args(["serve", "--config", text(&self.dir.join("certauth.toml"))])
            .args(options)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let port = line
            .trim()
            .strip_prefix("listening on https://login.localhost:")
            .unwrap_or_else(|| panic!("{line:?}"));
        Serving {
            port: port.parse().unwrap(),
            child,
        }
    }
}

impl Serving {
    /// Sends a signal; whether the server then ended well.
    fn stop(&mut self, signal: &str) -> bool {
        let sent = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_certauth"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads no input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn succeeded(output: &Output) -> String {
    let (out, err) = texts(output);
    assert!(output.status.success(), "{out}{err}");
    out
}

/// What the program said when it failed: an explanation, and never a panic.
fn failed(output: &Output) -> String {
    let (out, err) = texts(output);
    assert!(!output.status.success(), "{out}");
    assert!(!err.is_empty() && !err.contains("panicked"), "{err}");
    err
}

fn now() -> i64 {
    Clock::system().now().unix()
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
