//! The end of a journey: a session for a browser, and an authorization code.

use certs::Time;
use http::HeaderMap;
use policy::{Decision, Grant, Live, Policy};

use super::code::{self, Code};
use super::redirect;
use crate::journey::held::Held;
use crate::journey::{Journey, judge};
use crate::sessions::{self, Holder, LiveSession};
use crate::store::{Session, StoreError, Tenant};
use crate::web::App;
use crate::web::cookie;

/// Where a browser goes at the end of its journey.
#[derive(Debug)]
pub struct Leave {
    /// The client's redirect URI with code, state and issuer.
    pub location: String,
    /// The session's cookie, if the journey began one.
    pub cookie: Option<String>,
}

/// Ends a browser's journey: the session begins, or the one that is there counts for more.
///
/// # Errors
/// If the store fails.
pub async fn browser(
    app: &App,
    tenant: &Tenant,
    headers: &HeaderMap,
    held: &Held,
    grant: &Grant,
) -> Result<Option<Leave>, StoreError> {
    let here = match cookie::session(headers) {
        Some(key) => sessions::by_key(&app.server, tenant, &key).await?,
        None => None,
    };
    let same = here
        .filter(|live| live.session.jkt.is_none())
        .filter(|live| live.user.account.id == grant.account().id);
    let (session, cookie) = if let Some(live) = same {
        (raise(app, tenant, &live, grant).await?, None)
    } else {
        let recorded = grant.recorded();
        let (session, key) =
            sessions::begin(&app.server, tenant, recorded, Holder::Browser).await?;
        (session, Some(key))
    };
    let journey = &held.journey;
    let value = code::issue(&app.server, &a_code(journey, grant, Some(&session))).await?;
    let Some(uri) = &journey.purpose.redirect_uri else {
        return Ok(None);
    };
    let issuer = super::issuer(app, tenant);
    let mut answer = vec![("code", value.as_str()), ("iss", issuer.as_str())];
    if let Some(state) = &journey.purpose.state {
        answer.push(("state", state));
    }
    Ok(redirect::with_query(uri, &answer).map(|location| Leave { location, cookie }))
}

/// Ends a client's journey with a code.
///
/// # Errors
/// If the store fails.
pub async fn client(app: &App, held: &Held, grant: &Grant) -> Result<String, StoreError> {
    let code = Code {
        ends: held.ends().min(session_end(&held.journey)),
        ..a_code(&held.journey, grant, None)
    };
    code::issue(&app.server, &code).await
}

/// When the session that a journey raises ends; never, if it raises none.
fn session_end(journey: &Journey) -> i64 {
    journey
        .proven
        .as_ref()
        .map_or(i64::MAX, |proven| proven.ends)
}

/// Adds what was proven to a session of the same person, so that neither proof is lost.
async fn raise(
    app: &App,
    tenant: &Tenant,
    live: &LiveSession,
    grant: &Grant,
) -> Result<Session, StoreError> {
    let now = app.server.now();
    let trust = app.server.trust.of(tenant).await?;
    let ends = Time::from_unix(live.session.expires_at);
    let mut recorded = grant.recorded().clone();
    if *grant.recorded() != live.session.recorded
        && let Some(application) = app
            .server
            .store
            .application(&tenant.id, &grant.application().id)
            .await?
        && let (Ok(fresh), Some(before)) = (recorded.clone().live(ends, now), live.evidence(now))
        && !contains(&recorded, &live.session.recorded)
    {
        recorded =
            joined(&trust.policy, before, fresh, live, &application, now).unwrap_or(recorded);
    }
    let raised = Session {
        recorded,
        ..live.session.clone()
    };
    app.server.store.update_session(&raised).await?;
    Ok(raised)
}

/// Whether a record holds every proof of another one: the journey began with that session.
fn contains(whole: &policy::Recorded, part: &policy::Recorded) -> bool {
    part.proofs()
        .iter()
        .all(|proof| whole.proofs().contains(proof))
}

fn joined(
    policy: &Policy,
    before: Live,
    fresh: Live,
    live: &LiveSession,
    application: &crate::store::Application,
    now: Time,
) -> Option<policy::Recorded> {
    let decision = judge::decide(
        policy,
        Some(before),
        Some(fresh.into()),
        &live.user,
        application,
        now,
    );
    match decision {
        Some(Decision::Allow(grant)) => Some(grant.recorded().clone()),
        Some(Decision::More(_) | Decision::Deny(_)) | None => None,
    }
}

fn a_code(journey: &Journey, grant: &Grant, session: Option<&Session>) -> Code {
    let purpose = &journey.purpose;
    let raised = purpose.session.clone();
    Code {
        tenant: journey.tenant.clone(),
        client: purpose.client.clone(),
        application: purpose.application.clone(),
        redirect_uri: purpose.redirect_uri.clone(),
        scope: purpose.scope.clone(),
        nonce: purpose.nonce.clone(),
        code_challenge: purpose.code_challenge.clone(),
        key: purpose.code_key.clone(),
        session: session.map(|session| session.id.clone()).or(raised),
        recorded: grant.recorded().clone(),
        ends: session.map_or(i64::MAX, |session| session.expires_at),
        correlation_id: journey.correlation_id.clone(),
    }
}
