//! A session that this device keeps, and what can be done with it.

use std::sync::Arc;

use serde_json::Value;
use sign_in::view::App;
use sign_in::{Failure, Session, address};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use crate::ambient;
use crate::device::Device;
use crate::keyring::KeptSession;
use crate::secret::Secret;
use crate::wire::http::Http;
use crate::wire::provider::Provider;
use crate::wire::resources;
use crate::wire::tokens::{self, AccessToken, NoToken};

/// A session in use.
pub(crate) struct OpenSession {
    device: Device,
    pub(crate) issuer: String,
    pub(crate) session: Session,
    pub(crate) kept: KeptSession,
    /// The server, found when it is first needed, so that a start needs no network.
    link: OnceCell<Link>,
    /// Lanyard's own access token, while it lasts.
    access: Mutex<Option<(Secret, i64)>>,
}

/// A server that was found.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) http: Http,
    pub(crate) provider: Provider,
}

impl Link {
    pub(crate) async fn to(device: &Device, server: &str, username: &str) -> Result<Self, Failure> {
        let domain = address::tenant_of(username).ok_or(Failure::NotAnIdentityServer)?;
        let http = device.http(server)?;
        let provider = Provider::discover(&http, server, domain).await?;
        Ok(Self { http, provider })
    }
}

impl OpenSession {
    pub(crate) fn new(
        device: Device,
        issuer: String,
        session: Session,
        kept: KeptSession,
    ) -> Arc<Self> {
        Arc::new(Self {
            device,
            issuer,
            session,
            kept,
            link: OnceCell::new(),
            access: Mutex::new(None),
        })
    }

    /// The same with what is known already.
    pub(crate) fn begun(
        device: Device,
        session: Session,
        kept: KeptSession,
        link: Link,
        access: Option<(Secret, i64)>,
    ) -> Arc<Self> {
        Arc::new(Self {
            device,
            issuer: link.provider.issuer.clone(),
            session,
            kept,
            link: OnceCell::new_with(Some(link)),
            access: Mutex::new(access),
        })
    }

    /// The server, which must still be the one that issued the session.
    async fn link(&self) -> Result<&Link, Failure> {
        let session = &self.session;
        let found = self.link.get_or_try_init(async || {
            let link = Link::to(&self.device, &session.server, &session.username).await?;
            if link.provider.issuer == self.issuer {
                Ok(link)
            } else {
                Err(Failure::SessionEnded)
            }
        });
        found.await
    }

    /// An access token for an application, or for Lanyard itself.
    pub(crate) async fn access_token(
        &self,
        application: Option<&str>,
        bearer: bool,
    ) -> Result<AccessToken, NoToken> {
        let Link { http, provider } = self.link().await?;
        let KeptSession { refresh_token, key } = &self.kept;
        tokens::refresh(http, provider, key, refresh_token, application, bearer).await
    }

    /// The person's applications.
    pub(crate) async fn apps(&self) -> Result<Vec<App>, Failure> {
        let token = self.own_token().await?;
        let Link { http, provider } = self.link().await?;
        resources::apps(http, &provider.apps, &token, &self.kept.key).await
    }

    /// What the server says of person and session.
    pub(crate) async fn me(&self) -> Result<Value, Failure> {
        let token = self.own_token().await?;
        let Link { http, provider } = self.link().await?;
        resources::me(http, &provider.me, &token, &self.kept.key).await
    }

    /// The address that opens an application in a browser.
    pub(crate) async fn ticket(&self, application: &str) -> Result<Url, NoToken> {
        let Link { http, provider } = self.link().await?;
        let KeptSession { refresh_token, key } = &self.kept;
        tokens::browser_ticket(http, provider, key, refresh_token, application).await
    }

    /// Ends the session at the server.
    pub(crate) async fn revoke(&self) -> Result<(), Failure> {
        let Link { http, provider } = self.link().await?;
        let KeptSession { refresh_token, key } = &self.kept;
        tokens::revoke(http, provider, key, refresh_token).await
    }

    async fn own_token(&self) -> Result<Secret, Failure> {
        let mut access = self.access.lock().await;
        let now = ambient::now();
        if let Some((token, until)) = access.as_ref()
            && *until > now + SOON
        {
            return Ok(token.clone());
        }
        let fresh = match self.access_token(None, false).await {
            Ok(fresh) => fresh,
            // Lanyard itself asks for more than this session gives: only a sign-in helps.
            Err(NoToken::MoreNeeded) => return Err(Failure::SessionEnded),
            Err(NoToken::Failed(failure)) => return Err(failure),
        };
        let token = fresh.access_token.clone();
        *access = Some((fresh.access_token, now.saturating_add(fresh.expires_in)));
        Ok(token)
    }
}

/// Seconds before its end when an access token counts as used up.
const SOON: i64 = 60;
