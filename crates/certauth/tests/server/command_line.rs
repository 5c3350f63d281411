//! The program itself, as administrators and scripts run it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use certauth::server::sha256_hex;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{OnceKind, Store as _};
use certs::Time;
use policy::{Strength, StrengthRule, password};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::pki::Authority;

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
async fn a_user_is_added_with_a_password_from_standard_input() {
    let site = Site::new();
    let arguments = [
        "user",
        "add",
        "--upn",
        "lee@meridian.example",
        "--name",
        "Lee Park",
        "--group",
        "staff",
        "--certificate-user-id",
        "X509:<SKI>aa",
        "--password-stdin",
    ];
    succeeded(&site.run(&arguments, "correct horse battery\n"));
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let lee = store.user_by_name(&tenant.id, "lee@meridian.example").await;
    let lee = lee.unwrap().unwrap();
    assert_eq!(lee.account.groups, ["staff"]);
    assert_eq!(lee.account.certificate_user_ids, ["X509:<SKI>aa"]);
    assert!(!lee.administrator);
    let hash = lee.password.as_ref().unwrap();
    let now = Time::from_unix(5);
    password::verify(Some((&lee.account, hash)), "correct horse battery", now).unwrap();

    let again = failed(&site.run(&arguments, "other\n"));
    assert!(
        again.contains("lee@meridian.example exists already"),
        "{again}"
    );
}

#[test]
fn a_user_with_wrong_options_is_refused() {
    let site = Site::new();
    let add = |upn: &str, more: &[&str], input: &str| {
        let mut arguments = vec!["user", "add", "--upn", upn, "--name", "X"];
        arguments.extend(more);
        failed(&site.run(&arguments, input))
    };
    let said = add("lee@other.example", &[], "");
    assert!(said.contains("@meridian.example"), "{said}");
    add("@meridian.example", &[], "");
    add("lee", &[], "");
    let said = add(
        "lee@meridian.example",
        &["--certificate-user-id", "PN:lee"],
        "",
    );
    assert!(said.contains("X509:<PN>"), "{said}");
    let said = add("lee@meridian.example", &["--password-stdin"], "\n");
    assert!(said.contains("no password on standard input"), "{said}");
    let said = add("lee@meridian.example", &["--password"], "");
    assert!(said.contains("--password-stdin"), "{said}");
}

#[tokio::test]
async fn an_enrolled_code_is_sealed_and_shown_once() {
    let site = Site::new();
    let sam = ["--upn", "sam@meridian.example"];
    succeeded(&site.run(&["user", "add", sam[0], sam[1], "--name", "Sam"], ""));
    let enrol = ["user", "enrol-code", sam[0], sam[1]];
    let shown = succeeded(&site.run(&enrol, ""));
    assert!(
        shown.contains('█') && shown.contains("otpauth://totp/"),
        "{shown}"
    );

    let shown = succeeded(&site.run(&[&enrol[..], &["--json"]].concat(), ""));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let secret = shown["secret"].as_str().unwrap();
    assert!(shown["link"].as_str().unwrap().contains(secret));

    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let sam = store
        .user_by_name(&tenant.id, sam[1])
        .await
        .unwrap()
        .unwrap();
    let sealed = sam.code_secret.unwrap();
    let database = site.dir.join("database/certauth.sqlite");
    let key = site.dir.join("keys/master.key");
    let master = certauth::master_key::read(&key, &database).unwrap();
    let opened = master.open("one-time-code", &sealed).unwrap();
    let opened = policy::one_time_code::Secret::from_bytes(&opened).unwrap();
    assert_eq!(opened.base32().as_str(), secret);
}

#[tokio::test]
async fn authorities_and_rules_are_added_and_shown() {
    let site = Site::new();
    let root = site.file("root.pem", &Authority::named("Meridian Root").pem);
    let role = ["--role", "root", "--crl-url", "http://127.0.0.1:1/root.crl"];
    let added = succeeded(&site.run(
        &[&["ca", "add", "--file", text(&root)], &role[..]].concat(),
        "",
    ));
    assert!(added.contains("CN=Meridian Root"), "{added}");
    let again = failed(&site.run(&["ca", "add", "--file", text(&root), "--role", "root"], ""));
    assert!(again.contains("exists already"), "{again}");

    let add_rule = |options: &[&str]| site.run(&[&["rule", "add"], options].concat(), "");
    succeeded(&add_rule(&["--policy-oid", "1.2.3.4", "--mode", "multi"]));
    succeeded(&add_rule(&[
        "--issuer",
        "CN=Meridian Root",
        "--mode",
        "single",
    ]));
    for refused in [
        &["--policy-oid", "1.2.3.4", "--mode", "single"][..],
        &["--policy-oid", "1.02.3", "--mode", "multi"],
        &["--policy-oid", "policy", "--mode", "multi"],
        &["--issuer", "CN=Nobody", "--mode", "multi"],
        &["--mode", "multi"],
    ] {
        failed(&add_rule(refused));
    }

    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    assert_eq!(
        tenant.method.rules,
        [
            StrengthRule::PolicyOid {
                policy_oid: "1.2.3.4".to_owned(),
                strength: Strength::MultiFactor,
            },
            StrengthRule::Issuer {
                issuer: "CN=Meridian Root".to_owned(),
                strength: Strength::SingleFactor,
            },
        ]
    );
    let shown = succeeded(&site.run(&["tenant", "show"], ""));
    for part in [
        "Meridian\n",
        tenant.id.as_str(),
        "CN=Meridian Root",
        "http://127.0.0.1:1/root.crl",
        "policy 1.2.3.4: multi-factor",
        "PrincipalName = userPrincipalName",
        "lanyard",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

#[test]
fn what_is_no_authority_is_refused() {
    let site = Site::new();
    let ca = Authority::named("Root");
    let leaf = ca.server(&["leaf.example"]);
    for (name, content, role, said) in [
        (
            "leaf.pem",
            leaf.certificate_pem.as_str(),
            "root",
            "is not an authority",
        ),
        ("text.pem", "hello", "root", "does not hold a certificate"),
        (
            "two.pem",
            &format!("{}{}", ca.pem, ca.pem),
            "root",
            "holds 2 certificates",
        ),
    ] {
        let file = site.file(name, content);
        let refused = failed(&site.run(&["ca", "add", "--file", text(&file), "--role", role], ""));
        assert!(refused.contains(said), "{refused}");
    }
    let file = site.file("root.pem", &ca.pem);
    let ldap = ["--role", "root", "--crl-url", "ldap://crl.example/list"];
    let refused = failed(&site.run(
        &[&["ca", "add", "--file", text(&file)], &ldap[..]].concat(),
        "",
    ));
    assert!(refused.contains("neither http nor https"), "{refused}");
}

#[tokio::test]
async fn applications_are_registered_with_safe_addresses_only() {
    let site = Site::new();
    let app = |id: &str, uri: &str, more: &[&str], input: &str| {
        let first = [
            "app",
            "add",
            "--id",
            id,
            "--name",
            "Payroll",
            "--redirect-uri",
            uri,
        ];
        site.run(&[&first[..], more].concat(), input)
    };
    let https = "https://payroll.example/callback";
    let secret = "0123456789abcdef0123456789abcdef";
    let more = [
        "--secret-stdin",
        "--require-multi-factor",
        "--initiate-login-uri",
        https,
    ];
    succeeded(&app("payroll", https, &more, secret));
    succeeded(&app(
        "script",
        "http://127.0.0.1:9000/",
        &["--public", "--allow-bearer"],
        "",
    ));
    for (id, uri, more) in [
        ("payroll", https, &["--public"][..]),
        ("http", "http://payroll.example/", &["--public"]),
        ("fragment", "https://payroll.example/#x", &["--public"]),
        ("javascript", "javascript:alert(1)", &["--public"]),
        ("a b", https, &["--public"]),
        ("both", https, &["--public", "--secret-stdin"]),
        ("neither", https, &[]),
        ("short", https, &["--secret-stdin"]),
        ("algorithm", https, &["--public", "--id-token-alg", "none"]),
    ] {
        failed(&app(id, uri, more, "short"));
    }
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let applications = store.applications(&tenant.id).await.unwrap();
    let ids: Vec<&str> = applications
        .iter()
        .map(|app| app.application.id.as_str())
        .collect();
    assert_eq!(ids, ["lanyard", "payroll", "script"]);
    let payroll = &applications[1];
    assert_eq!(payroll.secret_sha256, Some(sha256_hex(secret.as_bytes())));
    assert_eq!(
        payroll.application.requires,
        policy::Requirement::MultiFactor
    );
    assert!(payroll.listed && !payroll.allow_bearer && !payroll.first_party);
    assert!(applications[2].allow_bearer && !applications[2].listed);
}

#[test]
fn the_log_of_a_new_installation_is_empty() {
    let site = Site::new();
    assert_eq!(succeeded(&site.run(&["log", "--json"], "")).trim(), "[]");
    let said = succeeded(&site.run(&["log"], ""));
    assert_eq!(said, "nobody has tried to sign in yet\n");
}

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
fn a_full_disk_is_said_in_words() {
    let site = Site::new();
    let config = site.dir.join("certauth.toml");
    // No file may grow beyond 64 KiB, and the user's name alone takes more.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_certauth")])
        .args(["--config", text(&config), "user", "add"])
        .args(["--upn", "lee@meridian.example"])
        .args(["--name", &"x".repeat(100_000)])
        .output()
        .unwrap();
    let refused = failed(&output);
    assert!(refused.starts_with("certauth: the database"), "{refused}");
    assert!(
        refused.contains("full") || refused.contains("I/O"),
        "{refused}"
    );
    let shown = succeeded(&site.run(&["tenant", "show"], ""));
    assert!(shown.contains("users     0"), "{shown}");
}

#[test]
fn every_command_explains_itself() {
    for command in [
        &["--help"][..],
        &["init", "--help"],
        &["serve", "--help"],
        &["user", "add", "--help"],
        &["user", "enrol-code", "--help"],
        &["ca", "add", "--help"],
        &["app", "add", "--help"],
        &["rule", "add", "--help"],
        &["log", "--help"],
        &["tenant", "show", "--help"],
    ] {
        let help = succeeded(&run(command, ""));
        assert!(help.contains("Usage: certauth"), "{help}");
    }
}

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

    async fn store(&self) -> SqliteStore {
        let path = self.dir.join("database/certauth.sqlite");
        SqliteStore::open(&path).await.unwrap()
    }

    fn serve(&self) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certauth"))
            .args(["serve", "--config", text(&self.dir.join("certauth.toml"))])
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

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
