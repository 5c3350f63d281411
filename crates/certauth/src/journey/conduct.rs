//! Carrying a journey on: verifies what the person gave, decides, moves the journey, and writes
//! the log.

use certs::{CurrentPath, Presented};
use policy::{Account, Decision, Evidence, Factor, Grant, LookUp, Policy, Refusal};
use zeroize::Zeroizing;

use super::held::{Held, NotHeld};
use super::{Event, Problem, Proven, Refused, judge};
use crate::listener::Peer;
use crate::sessions::LiveSession;
use crate::sign_in_log::{self, Attempt, Outcome as Logged};
use crate::store::{Application, StoreError, Tenant, User};
use crate::throttle;
use crate::web::App;

/// One request's work on a journey.
pub struct Conduct<'a> {
    /// The server and its throttles.
    pub app: &'a App,
    /// The tenant of the request.
    pub tenant: &'a Tenant,
    /// Where the request came from.
    pub peer: &'a Peer,
}

/// What became of a try.
#[derive(Debug)]
pub enum Outcome {
    /// The journey goes on; its step says how.
    Next(Held),
    /// The person may in.
    Allowed(Held, Box<Grant>),
}

/// Why a try came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConductError {
    /// The journey cannot go on.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// It has no place at this step.
    #[error("that is not asked for at this step")]
    OutOfTurn(Box<Held>),
    /// The application is no longer registered.
    #[error("the application is not registered")]
    NoApplication,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Conduct<'_> {
    /// Moves the journey by something that proves nothing: a username, a choice.
    ///
    /// # Errors
    /// [`ConductError::OutOfTurn`] if it has no place at this step.
    pub async fn on(&self, held: Held, event: Event) -> Result<Held, ConductError> {
        let (held, taken) = held.on(&self.app.server, event).await?;
        if taken {
            Ok(held)
        } else {
            Err(ConductError::OutOfTurn(Box::new(held)))
        }
    }

    /// Tries a password.
    ///
    /// An account that does not exist, or has no password, takes as long and gives the same answer.
    ///
    /// # Errors
    /// See [`ConductError`].
    pub async fn password(&self, held: Held, password: &str) -> Result<Outcome, ConductError> {
        let held = is_open(held, Factor::Password)?;
        let now = self.app.server.now();
        let username = held.journey.username.clone().unwrap_or_default();
        let address = self.peer.address.ip();
        let key = throttle::password_key(address, &self.tenant.id, &username);
        if let Err(slow) = self.app.passwords.take(&key, now) {
            return self.wait(held, Factor::Password, slow.retry_after).await;
        }
        let user = self.user(&username).await?;
        let known = user
            .as_ref()
            .and_then(|user| Some((user.account.clone(), user.password.clone()?)));
        let password = Zeroizing::new(password.to_owned());
        let verified = self
            .app
            .server
            .hashing(move || {
                let known = known.as_ref().map(|(account, hash)| (account, hash));
                policy::password::verify(known, &password, now)
            })
            .await;
        match (verified, user) {
            (Ok(verified), Some(user)) => {
                self.app.passwords.forgive(&key);
                let attempt = Attempt::of(&held.journey, Some(self.peer));
                self.decide(held, Factor::Password, verified.into(), &user, attempt)
                    .await
            }
            (Ok(_) | Err(_), user) => self.wrong(held, Factor::Password, user.as_ref()).await,
        }
    }

    /// Tries a one-time code; each counts once.
    ///
    /// # Errors
    /// See [`ConductError`].
    pub async fn code(&self, held: Held, code: &str) -> Result<Outcome, ConductError> {
        let held = is_open(held, Factor::Code)?;
        let now = self.app.server.now();
        let username = held.journey.username.clone().unwrap_or_default();
        let Some(user) = self.user(&username).await? else {
            return self.wrong(held, Factor::Code, None).await;
        };
        let key = throttle::code_key(&self.tenant.id, &user.account.id);
        if let Err(slow) = self.app.codes.take(&key, now) {
            return self.wait(held, Factor::Code, slow.retry_after).await;
        }
        let secret = user.code_secret.as_deref().and_then(|sealed| {
            let opened = self.app.server.sealer.open(CODE_PURPOSE, sealed).ok()?;
            policy::one_time_code::Secret::from_bytes(&opened)
        });
        let verified = secret.and_then(|secret| secret.verify(&user.account, code, now).ok());
        let Some(verified) = verified else {
            return self.wrong(held, Factor::Code, Some(&user)).await;
        };
        let fresh = self
            .app
            .server
            .store
            .use_code_step(&self.tenant.id, &user.account.id, verified.step())
            .await?;
        if !fresh {
            return self.wrong(held, Factor::Code, Some(&user)).await;
        }
        self.app.codes.forgive(&key);
        let attempt = Attempt::of(&held.journey, Some(self.peer));
        self.decide(held, Factor::Code, verified.into(), &user, attempt)
            .await
    }

    /// Judges a certificate whose key the certauth host saw proven.
    ///
    /// # Errors
    /// See [`ConductError`].
    pub async fn certificate(
        &self,
        held: Held,
        presented: &Presented,
    ) -> Result<Outcome, ConductError> {
        let held = is_open(held, Factor::Certificate)?;
        let trust = self.app.server.trust.of(self.tenant).await?;
        let attempt = Attempt::of(&held.journey, Some(self.peer)).presented(presented);
        let user = self
            .user(held.journey.username.as_deref().unwrap_or_default())
            .await?;
        let path = match judge::certificate(presented, &trust, self.app.server.clock()).await {
            Ok(path) => path,
            Err(refusal) => {
                return self
                    .refuse(held, Factor::Certificate.into(), &refusal, attempt)
                    .await;
            }
        };
        let issuer = path.authorities().first();
        let attempt = attempt.store(issuer.and_then(|issuer| trust.classic(issuer)));
        let user = match self.found_by(&path, user, &trust.policy).await? {
            Ok(user) => user,
            Err(refusal) => {
                return self
                    .refuse(held, Factor::Certificate.into(), &refusal, attempt)
                    .await;
            }
        };
        let Some(user) = user else {
            let refusal = trust.policy.refuse_unknown(&path);
            return self
                .refuse(held, Factor::Certificate.into(), &refusal, attempt)
                .await;
        };
        self.decide(held, Factor::Certificate, path.into(), &user, attempt)
            .await
    }

    /// The account that a certificate is compared with: the one whose username was entered, or in
    /// tenants that work as in 2022 the one that the certificate finds, which has to be the same.
    async fn found_by(
        &self,
        path: &CurrentPath,
        entered: Option<User>,
        policy: &Policy,
    ) -> Result<Result<Option<User>, Refusal>, StoreError> {
        let (property, values) = match policy.look_up(path) {
            LookUp::ByUsername | LookUp::NoField => return Ok(Ok(entered)),
            LookUp::ByCertificate { property, values } => (property, values),
        };
        let store = &self.app.server.store;
        let tenant = &self.tenant.id;
        let found = store
            .users_by_property(tenant, property, &values, MOST_FOUND)
            .await?;
        let accounts: Vec<Account> = found.into_iter().map(|user| user.account).collect();
        Ok(policy
            .only_account(path, &accounts)
            .map(|only| entered.filter(|user| user.account.id == only.id)))
    }

    /// Lets a live session count; a new journey that it is not enough for asks for the rest.
    ///
    /// # Errors
    /// See [`ConductError`].
    pub async fn session(
        &self,
        held: Held,
        session: &LiveSession,
    ) -> Result<Outcome, ConductError> {
        let now = self.app.server.now();
        let application = self.application(&held).await?;
        let attempt = Attempt::of(&held.journey, Some(self.peer)).account(&session.user.account);
        let (user, live) = (&session.user, session.evidence(now));
        let policy = &self.app.server.trust.of(self.tenant).await?.policy;
        let Some(decision) = judge::decide(policy, live, None, user, &application, now) else {
            return Err(NotHeld::Over.into());
        };
        let newest = session.session.recorded.proofs().last();
        let tried = Tried {
            factor: newest.map_or(Factor::Password, |proof| proof.factor),
            step: "session",
        };
        let ends = session.session.expires_at;
        self.settle(held, tried, decision, attempt, ends).await
    }

    async fn decide(
        &self,
        held: Held,
        factor: Factor,
        fresh: Evidence,
        user: &User,
        attempt: Attempt,
    ) -> Result<Outcome, ConductError> {
        let now = self.app.server.now();
        let application = self.application(&held).await?;
        let before = held.journey.proven.clone().and_then(|proven| {
            let ends = certs::Time::from_unix(proven.ends);
            proven.recorded.live(ends, now).ok()
        });
        if held.journey.proven.is_some() && before.is_none() {
            return Err(NotHeld::Over.into());
        }
        let attempt = attempt.account(&user.account);
        let ends = held
            .journey
            .proven
            .as_ref()
            .map_or(held.ends(), |proven| proven.ends);
        let policy = &self.app.server.trust.of(self.tenant).await?.policy;
        let Some(decision) = judge::decide(policy, before, Some(fresh), user, &application, now)
        else {
            return Err(NotHeld::Over.into());
        };
        self.settle(held, factor.into(), decision, attempt, ends)
            .await
    }

    /// Moves the journey where the decision says, then writes it into the log.
    async fn settle(
        &self,
        held: Held,
        tried: Tried,
        decision: Decision,
        attempt: Attempt,
        ends: i64,
    ) -> Result<Outcome, ConductError> {
        let (server, step) = (&self.app.server, tried.step);
        match decision {
            Decision::Allow(grant) => {
                let held = self.on(held, Event::Allowed).await?;
                let attempt = with_facts(attempt, grant.recorded());
                let logged = Logged::Allowed(grant.trace());
                attempt.write(server, step, logged).await?;
                Ok(Outcome::Allowed(held, Box::new(grant)))
            }
            Decision::More(more) => {
                let attempt = with_facts(attempt, &more.proven);
                let proven = Proven {
                    recorded: more.proven,
                    offers: more.offers,
                    lacking: more.lacking,
                    ends,
                };
                let held = self.on(held, Event::More(proven)).await?;
                let logged = Logged::Unfinished(&more.refusal);
                attempt.write(server, step, logged).await?;
                Ok(Outcome::Next(held))
            }
            Decision::Deny(refusal) => self.refuse(held, tried, &refusal, attempt).await,
        }
    }

    async fn refuse(
        &self,
        held: Held,
        tried: Tried,
        refusal: &Refusal,
        attempt: Attempt,
    ) -> Result<Outcome, ConductError> {
        let refused = Refused {
            factor: tried.factor,
            explanation: refusal.for_person(),
            at: self.app.server.now().unix(),
        };
        let held = self.on(held, Event::Refused(refused)).await?;
        attempt
            .write(&self.app.server, tried.step, Logged::Refused(refusal))
            .await?;
        Ok(Outcome::Next(held))
    }

    async fn wrong(
        &self,
        held: Held,
        factor: Factor,
        user: Option<&User>,
    ) -> Result<Outcome, ConductError> {
        let trust = self.app.server.trust.of(self.tenant).await?;
        let refusal = trust.policy.refuse_wrong_secret(factor);
        let mut attempt = Attempt::of(&held.journey, Some(self.peer));
        if let Some(user) = user {
            attempt = attempt.account(&user.account);
        }
        let held = self
            .on(held, Event::Wrong(factor, Problem::NotRight))
            .await?;
        attempt
            .write(
                &self.app.server,
                super::word(factor),
                Logged::Refused(&refusal),
            )
            .await?;
        Ok(Outcome::Next(held))
    }

    async fn wait(
        &self,
        held: Held,
        factor: Factor,
        seconds: u32,
    ) -> Result<Outcome, ConductError> {
        let attempt = Attempt::of(&held.journey, Some(self.peer));
        let held = self
            .on(held, Event::Wrong(factor, Problem::TooMany(seconds)))
            .await?;
        let logged = Logged::Failure(sign_in_log::code::TOO_MANY_TRIES);
        attempt
            .write(&self.app.server, super::word(factor), logged)
            .await?;
        Ok(Outcome::Next(held))
    }

    async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        self.app
            .server
            .store
            .user_by_name(&self.tenant.id, username)
            .await
    }

    async fn application(&self, held: &Held) -> Result<Application, ConductError> {
        self.app
            .server
            .store
            .application(&self.tenant.id, &held.journey.purpose.application)
            .await?
            .ok_or(ConductError::NoApplication)
    }
}

/// What was tried: the factor, and the log's word for the step.
#[derive(Clone, Copy)]
struct Tried {
    factor: Factor,
    step: &'static str,
}

impl From<Factor> for Tried {
    fn from(factor: Factor) -> Self {
        Self {
            factor,
            step: super::word(factor),
        }
    }
}

fn is_open(held: Held, factor: Factor) -> Result<Held, ConductError> {
    let asked = !matches!(held.journey.step, super::Step::Username | super::Step::Done);
    if asked && held.journey.open().contains(&factor) {
        Ok(held)
    } else {
        Err(ConductError::OutOfTurn(Box::new(held)))
    }
}

fn with_facts(attempt: Attempt, recorded: &policy::Recorded) -> Attempt {
    let newest = recorded.proofs().last();
    let attempt = attempt.proven(recorded);
    match newest.and_then(|proof| proof.certificate.as_ref()) {
        Some(facts) => attempt.certificate(facts),
        None => attempt,
    }
}

/// More than one is too many; a few are asked for, because the bindings compare more exactly.
const MOST_FOUND: u32 = 8;
/// What the secret of a one-time code is sealed for.
pub const CODE_PURPOSE: &str = "one-time-code";
