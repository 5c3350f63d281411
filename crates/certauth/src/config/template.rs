use std::net::SocketAddr;
use std::path::Path;

use super::KeyFiles;

/// What a new configuration file says; the rest are its defaults, commented out.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Name of the login host.
    pub login_host: &'a str,
    /// Name of the certauth host.
    pub certauth_host: &'a str,
    /// Certificate and key of the login host.
    pub login: &'a KeyFiles,
    /// Certificate and key of the certauth host.
    pub certauth: &'a KeyFiles,
    /// The `SQLite` file.
    pub database: &'a Path,
    /// The master key file.
    pub master_key: &'a Path,
}

/// Writes a commented configuration file.
pub fn render(template: &Template<'_>) -> String {
    TEXT.replace("{listen}", &quoted(&template.listen.to_string()))
        .replace("{login_host}", &quoted(template.login_host))
        .replace("{certauth_host}", &quoted(template.certauth_host))
        .replace("{login_certificate}", &path(&template.login.certificate))
        .replace("{login_key}", &path(&template.login.key))
        .replace(
            "{certauth_certificate}",
            &path(&template.certauth.certificate),
        )
        .replace("{certauth_key}", &path(&template.certauth.key))
        .replace("{database}", &path(template.database))
        .replace("{master_key}", &path(template.master_key))
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const TEXT: &str = r##"# Configuration of certauth.
#
# Every key is checked: one that is unknown, or that has a wrong value, refuses to start.
# Paths are relative to this file. Lines that begin with "# " and a key show the default.

[server]
# Address and port to listen on. Port 0 takes a free one.
listen = {listen}

# The port that people reach, where a forwarder puts another one in front.
# public_port = 443

# The login host: pages and OpenID. Never asks for a client certificate.
login_host = {login_host}

# The certauth host: asks for a client certificate. Must be a name below the login host.
# t<tenant-id>.<certauth_host> sends the names of the tenant's authorities, and any other
# <label>.<certauth_host> is a fresh origin, so make *.<certauth_host> lead here too.
certauth_host = {certauth_host}

# Server certificates, PEM: the chain with the host's own certificate first, and its key.
[tls.login]
certificate = {login_certificate}
key = {login_key}

# Another certificate than the login host's, or browsers reuse connections across the two.
# It must hold <certauth_host> and *.<certauth_host>.
[tls.certauth]
certificate = {certauth_certificate}
key = {certauth_key}
# "auto" is TLS 1.3 and 1.2. "1.2" is for cards that cannot sign RSA-PSS.
# versions = "auto"

# SQLite. Copy it with `sqlite3 FILE ".backup COPY"`, not with cp.
[database]
path = {database}

# Seals the secrets in the database. Only its owner may read it, and it must not be in the
# database's folder. Without it the database cannot be used: keep a copy apart from the database.
[master_key]
file = {master_key}

[log]
# "text" or "json", on standard error.
# format = "text"
# Levels by module: error, warn, info, debug, trace. Account names appear from debug on.
# filter = "info"

[limits]
# For a TLS handshake. From 1 to 600, as for all seconds here.
# handshake_timeout_seconds = 10
# For a TLS handshake on the certauth host, in which a browser asks for the certificate and PIN.
# certificate_timeout_seconds = 120
# For the head of a request, for the first request of a connection, and between two over HTTP/1.1.
# header_timeout_seconds = 10
# For a request, until its answer.
# request_timeout_seconds = 30
# For requests under way when the server is told to stop.
# shutdown_timeout_seconds = 10
# For an HTTP/2 connection on which nothing is asked.
# idle_timeout_seconds = 60
# Sign-ins that may begin at one address in a second; a minute's worth may come at once. Raise it
# where many people share an address.
# sign_ins_per_second = 10
# Open connections at once; more wait.
# max_connections = 1024
# Size of a request's body.
# max_body_bytes = 65536
# Size of a certificate revocation list and the time to fetch it, while a sign-in waits for it.
# crl_max_bytes = 20000000
# crl_timeout_seconds = 10
# The same while nobody waits: lists are refreshed ahead of need, and one that is too large or too
# slow for a sign-in is fetched again within these.
# crl_background_max_bytes = 65000000
# crl_background_timeout_seconds = 60
# The time to ask an OCSP responder.
# ocsp_timeout_seconds = 5
"##;
