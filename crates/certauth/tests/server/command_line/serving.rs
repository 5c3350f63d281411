//! `certauth serve`.

use std::fs;
use std::process::{Command, Stdio};

use super::{Site, failed};

#[test]
fn a_misspelt_key_refuses_to_start_with_its_line() {
    let site = Site::new();
    let path = site.dir.join("certauth.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, config.replace("[log]", "[log]\nformt = \"json\"")).unwrap();
    let refused = failed(&site.run(&["serve"], ""));
    let line = config.lines().position(|line| line == "[log]").unwrap() + 2;
    assert!(
        refused.contains(&format!("line {line}: unknown field `formt`")),
        "{refused}"
    );
}

#[test]
fn another_master_key_does_not_start() {
    let site = Site::new();
    let mut child = site.serve();
    child.stop("TERM");
    let path = site.dir.join("keys/master.key");
    fs::write(&path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    let refused = failed(&site.run(&["serve"], ""));
    assert!(
        refused.contains("not the one that this database was made with"),
        "{refused}"
    );
}

#[test]
fn a_taken_port_is_named() {
    let site = Site::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let path = site.dir.join("certauth.toml");
    let config = fs::read_to_string(&path).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fs::write(&path, config.replace("127.0.0.1:0", &address)).unwrap();
    let refused = failed(&site.run(&["serve"], ""));
    assert!(
        refused.contains(&format!("{address} cannot be listened on")),
        "{refused}"
    );
}

#[test]
fn serve_says_where_and_ends_well_on_either_signal() {
    let site = Site::new();
    for signal in ["TERM", "INT"] {
        let mut child = site.serve();
        assert_ne!(child.port, 0);
        assert!(child.stop(signal), "SIG{signal}");
    }
}

#[test]
fn a_server_that_belongs_to_a_program_ends_well_when_the_program_is_killed() {
    let site = Site::new();
    // `cat` holds the other end of the pipe, as the program that started the server would.
    let mut program = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = Stdio::from(program.stdout.take().unwrap());
    let mut server = site.serve_with(&["--until-input-ends"], input);
    assert!(server.child.try_wait().unwrap().is_none());
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn an_input_that_ends_is_nothing_to_a_server_of_its_own() {
    let site = Site::new();
    let mut server = site.serve();
    let port = server.port;
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert!(server.child.try_wait().unwrap().is_none());
    assert!(server.stop("TERM"));
}
