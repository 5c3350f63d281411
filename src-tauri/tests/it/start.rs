//! What the program leaves out of its environment before anything else.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

#[test]
fn nothing_lets_another_program_into_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("lanyard");
    fs::create_dir(&settings).expect("a folder");
    let pipe = settings.join("settings.toml");
    let made = Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo starts");
    assert!(made.success());
    let mut app = Running(
        Command::new(env!("CARGO_BIN_EXE_lanyard-desktop"))
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_STATE_HOME", folder.path())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_INSPECTOR_SERVER", "127.0.0.1:1")
            .env("WEBKIT_INSPECTOR_HTTP_SERVER", "127.0.0.1:1")
            .env("GTK_DEBUG", "interactive")
            .env("LANYARD_STAYS", "yes")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts"),
    );
    // It reads its settings before it opens a window, and so waits here until somebody writes.
    let mut settings = fs::OpenOptions::new()
        .write(true)
        .open(&pipe)
        .expect("it reads them");
    let environment = fs::read(format!("/proc/{}/environ", app.0.id())).expect("it is there");
    let limits = fs::read_to_string(format!("/proc/{}/limits", app.0.id())).expect("it is there");
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let names: Vec<&str> = environment
        .split('\0')
        .filter_map(|set| set.split('=').next())
        .collect();
    assert!(names.contains(&"LANYARD_STAYS"), "{names:?}");
    for name in [
        "TAURI_WEBVIEW_AUTOMATION",
        "WEBKIT_INSPECTOR_SERVER",
        "WEBKIT_INSPECTOR_HTTP_SERVER",
        "GTK_DEBUG",
    ] {
        assert!(!names.contains(&name), "{name}");
    }
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let fields: Vec<&str> = core.expect("a limit").split_whitespace().collect();
    assert_eq!(fields[4..6], ["0", "0"], "a PIN must not end in a file");

    // Settings that cannot be used end the program, and it says why.
    settings
        .write_all(b"no settings\n")
        .expect("it still reads");
    drop(settings);
    let mut said = String::new();
    let error = app.0.stderr.take().expect("its errors are read");
    BufReader::new(error)
        .read_to_string(&mut said)
        .expect("it says something");
    assert!(said.contains("settings.toml"), "{said}");
    assert!(!app.0.wait().expect("it ends").success());
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
