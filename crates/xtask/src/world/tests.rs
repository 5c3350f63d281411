use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "dear").expect("a file");
    let error = make(&options(folder.path()), 1_790_000_000).expect_err("not ours");
    assert!(error.to_string().contains("something else"));
    assert!(folder.path().join("letter.txt").is_file());
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let error = listen(port).expect_err("taken");
    assert!(error.to_string().contains(&port.to_string()));
}

#[test]
fn a_world_is_taken_up_as_it_was_made_until_its_certificates_run_out() {
    if let Err(missing) = token::softhsm_module() {
        required("softhsm", &missing);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let options = options(folder.path());
    let now = clock::unix_now();
    let (first, _, _) = make(&options, now).expect("a world");
    let (taken_up, _, _) = take_up(&options, now + DAY).expect("the same world");
    assert_eq!(first.people, taken_up.people);
    assert_eq!(first.issued, taken_up.issued);
    let mode = fs::metadata(folder.path().join(KEPT))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "it holds passwords");

    let error = take_up(&options, now + 365 * DAY).expect_err("too old");
    assert!(error.to_string().contains("--reset"));
}

fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_owned(),
        port: 0,
        web_port: 0,
        credentials: Credential::DEMO,
        binaries: Binaries::in_folder(folder),
    }
}
