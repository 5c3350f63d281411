//! Sessions: who is signed in on which browser or device, and until when.

use certs::Time;
use policy::{Live, Recorded};

use crate::server::{Server, sha256_hex};
use crate::store::{Session, StoreError, Tenant, User};

/// A session that lives, and whose it is.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Its account, which may have changed since.
    pub user: User,
}

impl LiveSession {
    /// What was proven, counting again.
    pub fn evidence(&self, now: Time) -> Option<Live> {
        let ends = Time::from_unix(self.session.expires_at);
        self.session.recorded.clone().live(ends, now).ok()
    }
}

/// Finds the live session with this cookie or primary refresh token, in this tenant.
///
/// # Errors
/// If the store fails.
pub async fn by_key(
    server: &Server,
    tenant: &Tenant,
    key: &str,
) -> Result<Option<LiveSession>, StoreError> {
    let found = server
        .store
        .session_by_key(&sha256_hex(key.as_bytes()))
        .await?;
    alive(server, tenant, found).await
}

/// Finds the live session with this id, in this tenant.
///
/// # Errors
/// If the store fails.
pub async fn by_id(
    server: &Server,
    tenant: &Tenant,
    id: &str,
) -> Result<Option<LiveSession>, StoreError> {
    let found = server.store.session(id).await?;
    alive(server, tenant, found).await
}

/// Begins a session and hands out its key: a cookie, or a primary refresh token if a device key is
/// named.
///
/// # Errors
/// If the store fails.
pub async fn begin(
    server: &Server,
    tenant: &Tenant,
    recorded: &Recorded,
    holder: Holder,
) -> Result<(Session, String), StoreError> {
    let key = server.random_token();
    let now = server.now();
    let (jkt, parent, ends) = match holder {
        Holder::Browser => (None, None, now.plus(BROWSER_LIFETIME).unix()),
        Holder::BrowserOf(parent) => {
            let ends = now.plus(BROWSER_LIFETIME).unix().min(parent.expires_at);
            (None, Some(parent.id), ends)
        }
        Holder::Device(jkt) => (Some(jkt), None, now.plus(DEVICE_LIFETIME).unix()),
    };
    let session = Session {
        id: server.uuid(),
        tenant: tenant.id.clone(),
        account: recorded.account().to_owned(),
        key_sha256: sha256_hex(key.as_bytes()),
        jkt,
        parent,
        recorded: recorded.clone(),
        started_at: now.unix(),
        expires_at: ends,
        ended_at: None,
    };
    server.store.add_session(&session).await?;
    Ok((session, key))
}

/// Ends a session: its tokens stop to count with it.
///
/// # Errors
/// If the store fails.
pub async fn end(server: &Server, session: &Session) -> Result<(), StoreError> {
    let ended = Session {
        ended_at: Some(server.now().unix()),
        ..session.clone()
    };
    server.store.update_session(&ended).await
}

/// On what a session lives.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A browser, by its cookie.
    Browser,
    /// A browser that was let in by a session on a device.
    BrowserOf(Box<Session>),
    /// A device, by the thumbprint of its key.
    Device(String),
}

async fn alive(
    server: &Server,
    tenant: &Tenant,
    found: Option<Session>,
) -> Result<Option<LiveSession>, StoreError> {
    let now = server.now();
    let Some(session) = found.filter(|session| session.tenant == tenant.id && lives(session, now))
    else {
        return Ok(None);
    };
    if let Some(parent) = &session.parent {
        let parent = server.store.session(parent).await?;
        if !parent.is_some_and(|parent| lives(&parent, now)) {
            return Ok(None);
        }
    }
    let user = server.store.user(&tenant.id, &session.account).await?;
    Ok(user
        .filter(|user| user.account.enabled)
        .map(|user| LiveSession { session, user }))
}

fn lives(session: &Session, now: Time) -> bool {
    session.ended_at.is_none() && now.unix() < session.expires_at
}

/// A browser's session ends after a day, in seconds.
const BROWSER_LIFETIME: i64 = 24 * 60 * 60;
/// A primary refresh token counts for fourteen days, in seconds.
pub const DEVICE_LIFETIME: i64 = 14 * 24 * 60 * 60;
