//! Finding the server's endpoints (RFC 8414, OpenID Connect Discovery).

use serde::Deserialize;
use sign_in::Failure;
use url::Url;

use super::http::Http;
use super::protocol;

/// A tenant at a server: its issuer and its endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) origin: String,
    pub(crate) issuer: String,
    pub(crate) tenant: String,
    pub(crate) challenge: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) revocation: Url,
    pub(crate) me: Url,
    pub(crate) apps: Url,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    tenant_name: Option<String>,
    authorization_challenge_endpoint: Option<Url>,
    token_endpoint: Option<Url>,
    jwks_uri: Option<Url>,
    revocation_endpoint: Option<Url>,
    me_endpoint: Option<Url>,
    apps_endpoint: Option<Url>,
}

impl Provider {
    /// Asks a server for the tenant with this domain name.
    pub(crate) async fn discover(http: &Http, origin: &str, domain: &str) -> Result<Self, Failure> {
        let url = format!("{origin}/{domain}/v2.0/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|_| Failure::NotAnIdentityServer)?;
        let reply = http.get(&url).await?;
        if let Some(pause) = reply.slow_down() {
            return Err(pause);
        }
        if reply.status != 200 {
            return Err(Failure::NotAnIdentityServer);
        }
        let document = reply.json().map_err(|_| Failure::NotAnIdentityServer)?;
        Self::read(origin, domain, document)
    }

    /// Every endpoint has to lie on the server that was typed: secrets and proofs go there.
    fn read(origin: &str, domain: &str, document: Document) -> Result<Self, Failure> {
        let here =
            |url: &Url| url.scheme() == "https" && url.origin().ascii_serialization() == origin;
        let issuer = Url::parse(&document.issuer).map_err(|_| Failure::NotAnIdentityServer)?;
        if !here(&issuer) || issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(protocol("the issuer is another server"));
        }
        let endpoint = |url: Option<Url>| {
            let url = url.ok_or(Failure::NotAnIdentityServer)?;
            if here(&url) {
                Ok(url)
            } else {
                Err(protocol("an endpoint lies on another server"))
            }
        };
        Ok(Self {
            origin: origin.to_owned(),
            tenant: document.tenant_name.unwrap_or_else(|| domain.to_owned()),
            challenge: endpoint(document.authorization_challenge_endpoint)?,
            token: endpoint(document.token_endpoint)?,
            keys: endpoint(document.jwks_uri)?,
            revocation: endpoint(document.revocation_endpoint)?,
            me: endpoint(document.me_endpoint)?,
            apps: endpoint(document.apps_endpoint)?,
            issuer: document.issuer,
        })
    }

    /// Says whether a certificate may be sent to this address: the certificate host is always a
    /// subdomain of the login host.
    pub(crate) fn takes_certificates_at(&self, url: &Url) -> bool {
        let Ok(login) = Url::parse(&self.origin) else {
            return false;
        };
        let (Some(login_host), Some(host)) = (login.host_str(), url.host_str()) else {
            return false;
        };
        url.scheme() == "https"
            && url.port_or_known_default() == login.port_or_known_default()
            && host
                .strip_suffix(login_host)
                .is_some_and(|below| below.ends_with('.'))
            && url.username().is_empty()
            && url.password().is_none()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sign_in::Failure;

    use super::{Document, Provider};

    const ORIGIN: &str = "https://login.localhost:8443";

    fn document() -> Value {
        json!({
            "issuer": "https://login.localhost:8443/t/v2.0",
            "tenant_name": "Meridian",
            "authorization_challenge_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/challenge",
            "token_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/token",
            "jwks_uri": "https://login.localhost:8443/t/discovery/v2.0/keys",
            "revocation_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/revoke",
            "me_endpoint": "https://login.localhost:8443/t/me",
            "apps_endpoint": "https://login.localhost:8443/t/me/apps",
        })
    }

    fn read(document: Value) -> Result<Provider, Failure> {
        let document: Document = serde_json::from_value(document).expect("a document");
        Provider::read(ORIGIN, "meridian.example", document)
    }

    #[test]
    fn a_document_of_the_server_is_read() {
        let provider = read(document()).expect("a provider");
        assert_eq!(provider.tenant, "Meridian");
        assert_eq!(provider.challenge.path(), "/t/oauth2/v2.0/challenge");
    }

    #[test]
    fn an_issuer_or_endpoint_elsewhere_is_refused() {
        for member in [
            "issuer",
            "token_endpoint",
            "authorization_challenge_endpoint",
            "jwks_uri",
        ] {
            for elsewhere in ["https://evil.example/t", "http://login.localhost:8443/t"] {
                let mut changed = document();
                changed[member] = elsewhere.into();
                assert!(read(changed).is_err(), "{member} at {elsewhere}");
            }
        }
    }

    #[test]
    fn a_provider_without_the_challenge_endpoint_is_not_one_for_lanyard() {
        let mut other = document();
        other["authorization_challenge_endpoint"] = Value::Null;
        assert_eq!(read(other), Err(Failure::NotAnIdentityServer));
    }

    #[test]
    fn certificates_go_below_the_login_host_only() {
        let provider = read(document()).expect("a provider");
        let takes = |url: &str| provider.takes_certificates_at(&url.parse().expect("a URL"));
        assert!(takes("https://t1.certauth.login.localhost:8443/t/certauth"));
        for elsewhere in [
            "https://login.localhost:8443/t/certauth",
            "https://evillogin.localhost:8443/t/certauth",
            "https://certauth.login.localhost:9443/t/certauth",
            "http://certauth.login.localhost:8443/t/certauth",
            "https://certauth.login.localhost.evil.example:8443/t/certauth",
            "https://a@certauth.login.localhost:8443/t/certauth",
        ] {
            assert!(!takes(elsewhere), "{elsewhere}");
        }
    }
}
