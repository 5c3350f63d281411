use super::*;

const MINIMAL: &str = r#"
[server]
listen = "127.0.0.1:8443"
login_host = "login.localhost"
certauth_host = "certauth.login.localhost"

[tls.login]
certificate = "tls/login.pem"
key = "tls/login.key"

[tls.certauth]
certificate = "tls/certauth.pem"
key = "tls/certauth.key"

[database]
path = "database/certauth.sqlite"

[master_key]
file = "/etc/certauth/master.key"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/srv/certauth.toml"), text)
}

fn refusal(text: &str) -> String {
    parse(text).expect_err("refused").to_string()
}

#[test]
fn paths_are_relative_to_the_file_and_limits_have_defaults() {
    let config = parse(MINIMAL).expect("a good configuration");
    assert_eq!(config.database, Path::new("/srv/database/certauth.sqlite"));
    assert_eq!(config.master_key, Path::new("/etc/certauth/master.key"));
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.limits.handshake_timeout, Duration::from_secs(10));
    assert_eq!(config.certauth_versions, TlsVersions::Auto);
}

#[test]
fn an_unknown_key_is_refused_with_file_line_and_key() {
    for (section, line) in [
        ("[server]", 3),
        ("[tls.login]", 8),
        ("[tls.certauth]", 12),
        ("[database]", 16),
        ("[master_key]", 19),
    ] {
        let text = MINIMAL.replace(section, &format!("{section}\nlisten_adress = 1"));
        let refusal = refusal(&text);
        assert!(
            refusal.starts_with(&format!("/srv/certauth.toml, line {line}: ")),
            "{refusal}"
        );
        assert!(refusal.contains("`listen_adress`"), "{refusal}");
    }
}

#[test]
fn unknown_sections_and_keys_of_optional_sections_are_refused() {
    for more in [
        "[logs]\nformat = \"json\"",
        "[log]\nlevel = \"info\"",
        "[limits]\nhandshake_timeout = 3",
        "[tls.other]\nkey = \"x\"",
    ] {
        let refusal = refusal(&format!("{MINIMAL}\n{more}\n"));
        assert!(refusal.contains("unknown field"), "{refusal}");
    }
}

#[test]
fn a_missing_key_is_refused_by_name() {
    let refusal = refusal(&MINIMAL.replace("login_host = \"login.localhost\"\n", ""));
    assert!(refusal.contains("missing field `login_host`"), "{refusal}");
}

#[test]
fn a_wrong_value_is_refused_with_its_line() {
    let refusal = refusal(&MINIMAL.replace("\"127.0.0.1:8443\"", "8443"));
    assert!(refusal.contains("line 3"), "{refusal}");
    assert!(refusal.contains("listen = 8443"), "{refusal}");
}

#[test]
fn a_certauth_host_that_is_not_below_the_login_host_is_refused() {
    for host in [
        "certauth.other.localhost",
        "login.localhost",
        "xlogin.localhost",
        "localhost",
    ] {
        let text = MINIMAL.replace("\"certauth.login.localhost\"", &format!("\"{host}\""));
        let refusal = refusal(&text);
        assert!(
            refusal.starts_with("/srv/certauth.toml, line 5: certauth_host must be"),
            "{refusal}"
        );
    }
}

#[test]
fn something_else_than_a_host_name_is_refused() {
    for host in [
        "https://login.localhost",
        "login.localhost:8443",
        "",
        "127.0.0.1",
        "login..localhost",
        "*.localhost",
    ] {
        let text = MINIMAL.replace("\"login.localhost\"", &format!("\"{host}\""));
        assert!(
            refusal(&text).contains("login_host must be a host name"),
            "{host}"
        );
    }
}

#[test]
fn one_certificate_for_both_hosts_is_refused() {
    let refusal = refusal(&MINIMAL.replace("tls/certauth.pem", "tls/login.pem"));
    assert!(refusal.contains("line 12: certificate"), "{refusal}");
}

#[test]
fn limits_out_of_range_are_refused_by_name() {
    for limit in [
        "handshake_timeout_seconds = 0",
        "max_connections = 0",
        "max_body_bytes = 1",
        "crl_max_bytes = 0",
        "request_timeout_seconds = 601",
    ] {
        let refusal = refusal(&format!("{MINIMAL}[limits]\n{limit}\n"));
        let key = limit.split(' ').next().expect("a key");
        assert!(
            refusal.contains(&format!("line 21: {key} must be from")),
            "{refusal}"
        );
    }
}

#[test]
fn a_written_template_reads_back_and_its_comments_are_the_defaults() {
    let expected = parse(MINIMAL).expect("a good configuration");
    let text = render(&Template {
        listen: expected.listen,
        login_host: &expected.login_host,
        certauth_host: &expected.certauth_host,
        login: &expected.login,
        certauth: &expected.certauth,
        database: &expected.database,
        master_key: &expected.master_key,
    });
    assert_eq!(parse(&text).expect("the template"), expected);

    let shown = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(default) if default.split(" = ").next().is_some_and(is_key) => default,
            Some(_) | None => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let shown = parse(&shown).expect("every default is a key");
    assert_eq!(
        shown,
        Config {
            public_port: Some(443),
            ..expected
        }
    );
}

#[test]
fn a_path_with_quotes_survives_the_template() {
    let files = KeyFiles {
        certificate: PathBuf::from("/srv/it's \"odd\"/\\login.pem"),
        key: PathBuf::from("key"),
    };
    let other = KeyFiles {
        certificate: PathBuf::from("other"),
        key: PathBuf::from("key"),
    };
    let text = render(&Template {
        listen: "127.0.0.1:0".parse().expect("an address"),
        login_host: "a.localhost",
        certauth_host: "c.a.localhost",
        login: &files,
        certauth: &other,
        database: Path::new("db"),
        master_key: Path::new("key"),
    });
    assert_eq!(
        parse(&text).expect("the template").login.certificate,
        files.certificate
    );
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
