/// The names under which the server is reached, and the origins that follow from them.
///
/// The certauth host is always below the login host, so that the way back from it is same-site
/// and the browser sends the cookie of the journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    login_host: String,
    certauth_host: String,
    port: u16,
    login_origin: String,
}

/// What a host name of the server is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// The login host: pages and `OpenID`, no client certificate.
    Login,
    /// The certauth host, or a fresh name below it: a client certificate, no hints.
    Certauth,
    /// The certauth host of one tenant, which sends the names of the tenant's authorities.
    TenantCertauth {
        /// The tenant's id as the name carries it.
        tenant: String,
    },
}

impl Hosts {
    /// Names the hosts, in lowercase, and the port that people reach.
    pub fn new(login_host: &str, certauth_host: &str, port: u16) -> Self {
        let login_host = login_host.to_ascii_lowercase();
        Self {
            login_origin: origin(&login_host, port),
            certauth_host: certauth_host.to_ascii_lowercase(),
            login_host,
            port,
        }
    }

    /// Origin of the login host, as in `https://login.localhost:8443`; no slash at the end.
    pub fn login_origin(&self) -> &str {
        &self.login_origin
    }

    /// Origin of the certauth host of a tenant, `https://t<tenant-id>.certauth…`.
    pub fn certauth_origin(&self, tenant_id: &str) -> String {
        origin(&format!("t{tenant_id}.{}", self.certauth_host), self.port)
    }

    /// Origin of the certauth host that belongs to no tenant.
    pub fn plain_certauth_origin(&self) -> String {
        origin(&self.certauth_host, self.port)
    }

    /// Name of the login host.
    pub fn login_host(&self) -> &str {
        &self.login_host
    }

    /// Name of the certauth host.
    pub fn certauth_host(&self) -> &str {
        &self.certauth_host
    }

    /// Port that people reach.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the hosts are names of this machine (RFC 6761 §6.3), for which no HSTS is sent.
    pub fn is_localhost(&self) -> bool {
        self.login_host == "localhost" || self.login_host.ends_with(".localhost")
    }

    /// Tells what a host name is for; none for a name that is not the server's.
    pub fn kind(&self, name: &str) -> Option<HostKind> {
        let name = name.to_ascii_lowercase();
        if name == self.login_host {
            return Some(HostKind::Login);
        }
        if name == self.certauth_host {
            return Some(HostKind::Certauth);
        }
        let label = name
            .strip_suffix(&self.certauth_host)?
            .strip_suffix('.')
            .filter(|label| !label.is_empty() && !label.contains('.'))?;
        Some(match label.strip_prefix('t') {
            Some(tenant) if is_uuid(tenant) => HostKind::TenantCertauth {
                tenant: tenant.to_owned(),
            },
            Some(_) | None => HostKind::Certauth,
        })
    }
}

fn origin(host: &str, port: u16) -> String {
    if port == 443 {
        format!("https://{host}")
    } else {
        format!("https://{host}:{port}")
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "4a3ae0e2-5b2c-4b55-9d2e-1f7a4a2f9a10";

    fn hosts() -> Hosts {
        Hosts::new("login.localhost", "certauth.login.localhost", 8443)
    }

    #[test]
    fn a_name_tells_what_it_is_for() {
        let tenant = HostKind::TenantCertauth {
            tenant: TENANT.to_owned(),
        };
        for (name, kind) in [
            ("login.localhost", Some(HostKind::Login)),
            ("LOGIN.localhost", Some(HostKind::Login)),
            ("certauth.login.localhost", Some(HostKind::Certauth)),
            ("x7.certauth.login.localhost", Some(HostKind::Certauth)),
            ("tx7.certauth.login.localhost", Some(HostKind::Certauth)),
            ("a.b.certauth.login.localhost", None),
            (".certauth.login.localhost", None),
            ("xcertauth.login.localhost", None),
            ("other.login.localhost", None),
            ("login.localhost.evil.example", None),
            ("", None),
        ] {
            assert_eq!(hosts().kind(name), kind, "{name}");
        }
        let name = format!("t{TENANT}.certauth.login.localhost");
        assert_eq!(hosts().kind(&name), Some(tenant));
    }

    #[test]
    fn the_standard_port_is_left_out_of_origins() {
        assert_eq!(hosts().login_origin(), "https://login.localhost:8443");
        let plain = Hosts::new("login.example", "certauth.login.example", 443);
        assert_eq!(plain.login_origin(), "https://login.example");
        assert_eq!(
            plain.certauth_origin(TENANT),
            format!("https://t{TENANT}.certauth.login.example")
        );
    }

    #[test]
    fn only_names_of_this_machine_are_localhost() {
        assert!(hosts().is_localhost());
        assert!(!Hosts::new("notlocalhost", "c.notlocalhost", 443).is_localhost());
    }
}
