//! `virtual-piv` from outside: provisioned, served, driven by lines.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{fs, thread};

use serde_json::Value;
use virtual_piv::Slot;
use virtual_piv::service::ReaderName;
use virtual_piv::state::Folder;

use crate::requires;

#[test]
fn a_card_is_provisioned_and_certified() {
    let place = tempfile::tempdir().expect("a folder");
    let card = place.path().join("card");
    provision(
        &card,
        &["--key", "9a=p256", "--key", "9e=ed25519,never,always"],
    );
    assert!(!run(&["provision", text(&card)]));
    let certificate = place.path().join("certificate.der");
    fs::write(&certificate, [0x30, 0x00]).expect("a file");
    provision(
        &card,
        &["--certificate", &format!("9a={}", text(&certificate))],
    );
    let kept = Folder::new(&card).load().expect("a card");
    assert_eq!(
        kept.object(0x5F_C105),
        Some(&[0x70, 2, 0x30, 0, 0x71, 1, 0, 0xFE, 0][..])
    );
    let pem = fs::read(card.join("9A.public.pem")).expect("a file");
    assert_eq!(
        pem_rfc7468::decode_vec(&pem).expect("PEM").1,
        kept.public_key(Slot::Authentication).expect("a key")
    );
    for wrong in [
        "9b=p256",
        "9a=p521",
        "9a=p256,sometimes",
        "9a",
        "9a=p256,once,never,x",
    ] {
        assert!(!run(&[
            "provision",
            text(&place.path().join("other")),
            "--key",
            wrong
        ]));
    }
}

#[test]
fn a_served_card_obeys_and_is_kept() {
    if requires::service(ReaderName::Virtual, &["opensc-tool", "yubico-piv-tool"]).is_none() {
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    let card = place.path().join("card");
    provision(&card, &["--key", "9a=p256", "--self-issued", "Lee"]);
    let mut served = Served::start(&["serve", text(&card), "--private"]);
    let started = served.line();
    let socket = started["value"].as_str().expect("a socket").to_owned();
    let verify = |pin: &str| {
        let output = Command::new("yubico-piv-tool")
            .args(["-r", "Virtual", "-a", "verify-pin", "-P", pin])
            .env("PCSCLITE_CSOCK_NAME", &socket)
            .output()
            .expect("yubico-piv-tool runs");
        output.status.success()
    };
    assert!(verify("123456"));
    assert!(!verify("999999"));
    let verifies = &served.ask("log")["instructions"]["20"]["count"];
    assert!(verifies.as_u64() >= Some(2), "{verifies}");
    // The tool asks how many tries are left, and then sends the PIN.
    served.ask("fault status=6983 ins=20 after=1");
    assert!(!verify("123456"));
    assert!(verify("123456"));
    assert!(!verify("999999"));
    served.ask("pull");
    assert!(!verify("123456"));
    drop(served);
    let kept = Folder::new(&card).load().expect("a card");
    assert_eq!(kept.pin_tries(), 2);
}

#[test]
fn a_program_that_is_killed_leaves_nothing_behind() {
    if requires::service(ReaderName::Virtual, &[]).is_none() {
        return;
    }
    let mut served = Served::start(&["serve", "--private"]);
    let started = served.line();
    let socket = started["value"].as_str().expect("a socket").to_owned();
    let daemon = pcscd_of(&socket);
    assert!(daemon.is_some());
    served.child.kill().expect("it is killed");
    served.child.wait().expect("it ends");
    while pcscd_of(&socket).is_some() {
        thread::yield_now();
    }
    let folder = Path::new(&socket).ancestors().nth(2).expect("a folder");
    fs::remove_dir_all(folder).expect("a killed program cannot remove its folder");
}

/// The number of the pcscd whose socket lies in this folder outside.
fn pcscd_of(socket: &str) -> Option<u32> {
    let folder = Path::new(socket).ancestors().nth(2)?.to_str()?.to_owned();
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        (line.contains("pcscd") && line.contains(&folder)).then_some(number)
    })
}

struct Served {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_virtual-piv"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("an output");
        Self {
            input: child.stdin.take(),
            output: BufReader::new(output).lines(),
            child,
        }
    }

    fn line(&mut self) -> Value {
        let line = self.output.next().expect("a line").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    fn ask(&mut self, line: &str) -> Value {
        let input = self.input.as_mut().expect("an input");
        writeln!(input, "{line}").expect("it listens");
        let answer = self.line();
        let command = line.split(' ').next().expect("a word");
        assert_eq!(answer["done"], command, "{answer}");
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().expect("it ends with its input");
    }
}

fn provision(folder: &Path, arguments: &[&str]) {
    assert!(run(&[&["provision", text(folder)][..], arguments].concat()));
}

fn run(arguments: &[&str]) -> bool {
    Command::new(env!("CARGO_BIN_EXE_virtual-piv"))
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it runs")
        .success()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
