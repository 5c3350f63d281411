//! `certauth init`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use certauth::server::sha256_hex;
use certauth::store::{OnceKind, Store as _};
use serde_json::Value;

use super::{Site, failed, run, succeeded, text};

#[test]
fn init_with_a_folder_alone_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("site");
    let made = run(&["init", "--dir", text(&dir)], "");
    let said = succeeded(&made);
    for file in ["login.pem", "login.key", "certauth.pem", "certauth.key"] {
        assert!(said.contains(text(&dir.join("tls").join(file))), "{said}");
    }
    assert!(said.contains("*.certauth.login.localhost"), "{said}");
    assert!(
        said.contains("https://login.localhost:8443/setup?token="),
        "{said}"
    );

    let config = dir.join("certauth.toml");
    let refused = failed(&run(&["serve", "--config", text(&config)], ""));
    assert!(refused.contains("login.pem cannot be read"), "{refused}");
}

#[test]
fn what_init_makes_only_its_owner_can_read() {
    let site = Site::new();
    for (path, mode) in [
        ("", 0o700),
        ("keys", 0o700),
        ("database", 0o700),
        ("certauth.toml", 0o600),
        ("keys/master.key", 0o600),
    ] {
        let path = site.dir.join(path);
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(found, mode, "{}", path.display());
    }
}

#[test]
fn init_overwrites_nothing() {
    let site = Site::new();
    let before = fs::read(site.dir.join("keys/master.key")).unwrap();
    let dir = text(&site.dir);
    for keep in [
        "certauth.toml",
        "keys/master.key",
        "database/certauth.sqlite",
    ] {
        let refused = failed(&run(&["init", "--dir", dir], ""));
        assert!(refused.contains("exists already"), "{refused}");
        assert_eq!(fs::read(site.dir.join("keys/master.key")).unwrap(), before);
        if keep == "certauth.toml" {
            fs::remove_file(site.dir.join(keep)).unwrap();
        }
    }
}

#[test]
fn init_refuses_bad_options_before_it_makes_anything() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("site");
    let beside = dir.join("database/master.key");
    for options in [
        ["--login-host", "https://login.example"],
        ["--domain", "not a domain"],
        ["--master-key", text(&beside)],
    ] {
        let mut arguments = vec!["init", "--dir", text(&dir)];
        arguments.extend(options);
        failed(&run(&arguments, ""));
        assert!(!dir.exists(), "{options:?}");
    }
}

#[tokio::test]
async fn the_set_up_link_counts_for_an_hour_and_is_not_in_the_database() {
    let site = Site::new();
    let token = site.setup_link.split_once("token=").unwrap().1;
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let now = certauth::server::Clock::system().now().unix();
    let peek = async |key: &str, now| {
        let kind = OnceKind::SetupLink;
        store.peek_once(kind, key, now).await.unwrap()
    };
    let key = sha256_hex(token.as_bytes());
    let payload: Value = serde_json::from_str(&peek(&key, now).await.unwrap()).unwrap();
    assert_eq!(payload["tenant"], Value::String(tenant.id));
    assert_eq!(peek(&key, now + 3601).await, None);
    assert_eq!(peek(token, now).await, None);
    let database = fs::read(site.dir.join("database/certauth.sqlite")).unwrap();
    let holds = |needle: &str| {
        database
            .windows(needle.len())
            .any(|part| part == needle.as_bytes())
    };
    assert!(!holds(token));
}

#[tokio::test]
async fn lanyard_is_registered_and_nobody_has_default_credentials() {
    let site = Site::new();
    let store = site.store().await;
    let tenant = store.tenant("meridian.example").await.unwrap().unwrap();
    assert_eq!(tenant.display_name, "Meridian");
    assert_eq!(store.users(&tenant.id).await.unwrap(), []);
    let applications = store.applications(&tenant.id).await.unwrap();
    let [lanyard] = applications.as_slice() else {
        panic!("{applications:?}");
    };
    assert_eq!(lanyard.application.id, "lanyard");
    assert!(lanyard.first_party && !lanyard.allow_bearer && !lanyard.listed);
    assert_eq!(lanyard.redirect_uris, ["http://127.0.0.1/callback"]);
    assert_eq!(lanyard.secret_sha256, None);
}

#[tokio::test]
async fn another_set_up_link_can_be_made() {
    let site = Site::new();
    let link = succeeded(&site.run(&["tenant", "setup-link"], ""));
    assert_ne!(link.trim(), site.setup_link);
    let token = link.trim().split_once("/setup?token=").unwrap().1;
    let now = certauth::server::Clock::system().now().unix();
    let key = sha256_hex(token.as_bytes());
    let store = site.store().await;
    let payload = store.take_once(OnceKind::SetupLink, &key, now).await;
    assert!(payload.unwrap().is_some());
}
