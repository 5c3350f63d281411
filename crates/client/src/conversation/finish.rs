//! The end of a sign-in: the session is made and kept.

use std::sync::Arc;

use sign_in::view::{Method, UsedCertificate};
use sign_in::{Event, Failure, Session};

use super::Brought;
use super::errands::{Errand, JourneyLink};
use crate::ambient;
use crate::keyring::{KeptSession, Place};
use crate::memory::{Account, Kept};
use crate::session::{Link, OpenSession};
use crate::wire::id_token::Claims;
use crate::wire::protocol;
use crate::wire::tokens::{self, Issued};

impl Errand {
    pub(super) async fn finish(
        self,
        journey: Option<Arc<JourneyLink>>,
        certificate: Option<UsedCertificate>,
        before: Option<Arc<OpenSession>>,
    ) {
        match self.make_session(journey, certificate, before).await {
            Ok(open) => {
                let session = open.session.clone();
                let event = Event::SignedIn {
                    attempt: self.attempt,
                    session,
                };
                self.bring(Brought::Session(open), event);
            }
            Err(failure) => self.answer(Err(failure)),
        }
    }

    async fn make_session(
        &self,
        journey: Option<Arc<JourneyLink>>,
        certificate: Option<UsedCertificate>,
        before: Option<Arc<OpenSession>>,
    ) -> Result<Arc<OpenSession>, Failure> {
        let journey = journey.ok_or_else(|| protocol("no sign-in is under way"))?;
        let Link { http, provider } = &journey.link;
        let mut steps = journey.steps.lock().await;
        let code = steps
            .code
            .take()
            .ok_or_else(|| protocol("there is no authorization code"))?;
        let issued = tokens::redeem(http, provider, &journey.key, &code, &steps.verifier).await?;
        let now = ambient::now();
        let claims = Claims::check(http, provider, &issued.id_token, &steps.nonce, now).await?;
        let certificate = certificate.filter(|_| claims.factors().contains(&Method::Certificate));
        match &issued.refresh_token {
            Some(token) => {
                let key = Arc::clone(&journey.key);
                let kept = KeptSession {
                    refresh_token: token.clone(),
                    key,
                };
                let ends = now.saturating_add(issued.refresh_token_expires_in);
                let account = account(&journey, &claims, certificate, now, ends);
                self.keep(&journey, account, kept, issued, now).await
            }
            // The session existed before and has grown stronger.
            None => {
                self.strengthen(&journey, &claims, certificate, before, &issued, now)
                    .await
            }
        }
    }

    /// Keeps a new session before anything uses it.
    async fn keep(
        &self,
        journey: &JourneyLink,
        account: Account,
        kept: KeptSession,
        issued: Issued,
        now: i64,
    ) -> Result<Arc<OpenSession>, Failure> {
        let (place, replaced) = self.device.keep(account.clone(), &kept).await;
        let session = account
            .session(place == Place::MemoryOnly)
            .ok_or_else(|| protocol("the session was not made"))?;
        let access = (issued.access_token, now.saturating_add(issued.expires_in));
        let link = journey.link.clone();
        if let Some(old) = replaced {
            let Link { http, provider } = link.clone();
            tokio::spawn(async move {
                let ended = tokens::revoke(&http, &provider, &old.key, &old.refresh_token).await;
                if let Err(failure) = ended {
                    tracing::debug!(?failure, "the session that was replaced was not ended");
                }
            });
        }
        Ok(OpenSession::begun(
            self.device.clone(),
            session,
            kept,
            link,
            Some(access),
        ))
    }

    async fn strengthen(
        &self,
        journey: &JourneyLink,
        claims: &Claims,
        certificate: Option<UsedCertificate>,
        before: Option<Arc<OpenSession>>,
        issued: &Issued,
        now: i64,
    ) -> Result<Arc<OpenSession>, Failure> {
        let before = before.ok_or_else(|| protocol("the server gave no session to keep"))?;
        let mut session: Session = before.session.clone();
        session.strength = claims.strength();
        session.factors = claims.factors();
        session.certificate = certificate.or(session.certificate);
        let (server, username) = (session.server.clone(), session.username.clone());
        let (strength, factors) = (session.strength, session.factors.clone());
        let used = session.certificate.clone();
        self.device
            .remember(move |memory| {
                let account = memory
                    .accounts
                    .iter_mut()
                    .find(|a| a.is(&server, &username));
                if let Some(kept) = account.and_then(|account| account.session.as_mut()) {
                    kept.strength = strength;
                    kept.factors = factors;
                    kept.certificate = used;
                }
            })
            .await;
        let access = (
            issued.access_token.clone(),
            now.saturating_add(issued.expires_in),
        );
        Ok(OpenSession::begun(
            self.device.clone(),
            session,
            before.kept.clone(),
            journey.link.clone(),
            Some(access),
        ))
    }
}

fn account(
    journey: &JourneyLink,
    claims: &Claims,
    certificate: Option<UsedCertificate>,
    now: i64,
    until: i64,
) -> Account {
    let provider = &journey.link.provider;
    let username = claims
        .preferred_username
        .clone()
        .unwrap_or_else(|| journey.username.clone());
    Account {
        server: provider.origin.clone(),
        name: claims.name.clone().unwrap_or_else(|| username.clone()),
        username,
        issuer: provider.issuer.clone(),
        tenant: provider.tenant.clone(),
        session: Some(Kept {
            since: claims.auth_time.unwrap_or(now),
            until,
            strength: claims.strength(),
            factors: claims.factors(),
            certificate,
        }),
    }
}
