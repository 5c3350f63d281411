//! One errand for each effect: it goes out, and comes home with an event.

use std::sync::Arc;

use sign_in::candidate::Asks;
use sign_in::view::{Method, PinProblem, Problem};
use sign_in::{Answer, Attempt, Event, Failure, Memory, Opened, Session};
use token::{Pin, UnlockError};
use tokio::sync::{Mutex, mpsc};

use super::{Brought, Message};
use crate::candidates::{self, Choice};
use crate::certificate_host::{self, Presented};
use crate::device::Device;
use crate::device_key::DeviceKey;
use crate::secret::Secret;
use crate::session::{Link, OpenSession};
use crate::wire::challenge::{Begin, Given, Journey};
use crate::wire::protocol;
use crate::wire::tokens::NoToken;

/// A sign-in under way: its server, its key, and what it holds between its steps.
pub(crate) struct JourneyLink {
    pub(super) link: Link,
    pub(super) key: Arc<DeviceKey>,
    pub(super) username: String,
    pub(super) steps: Mutex<Journey>,
}

impl JourneyLink {
    async fn go_on(&self, given: Given<'_>) -> Result<Answer, Failure> {
        let mut steps = self.steps.lock().await;
        steps
            .go_on(&self.link.http, &self.link.provider, &self.key, given)
            .await
    }
}

/// Somebody sent out for one attempt.
pub(super) struct Errand {
    pub(super) device: Device,
    inbox: mpsc::UnboundedSender<Message>,
    pub(super) attempt: Attempt,
}

impl Errand {
    pub(super) fn new(
        device: Device,
        inbox: mpsc::UnboundedSender<Message>,
        attempt: Attempt,
    ) -> Self {
        Self {
            device,
            inbox,
            attempt,
        }
    }

    pub(super) fn tell(&self, event: Event) {
        self.bring(Brought::Nothing, event);
    }

    pub(super) fn bring(&self, brought: Brought, event: Event) {
        // Nobody listens when the program ends.
        let _ = self.inbox.send(Message::Came {
            attempt: self.attempt,
            brought,
            event,
        });
    }

    pub(super) fn answer(&self, outcome: Result<Answer, Failure>) {
        let answer = outcome.unwrap_or_else(Answer::Failed);
        self.tell(Event::Answered {
            attempt: self.attempt,
            answer,
        });
    }

    pub(super) async fn start(self) {
        let session = match self.device.last_account() {
            Some((server, username)) => self.device.open_session(&server, &username).await,
            None => None,
        };
        let event = Event::Started {
            attempt: self.attempt,
            memory: self.device.memory(),
            session: session.as_ref().map(|open| open.session.clone()),
        };
        self.bring(session.map_or(Brought::Nothing, Brought::Session), event);
    }

    pub(super) async fn resume(
        self,
        server: String,
        username: String,
        held: Option<Arc<OpenSession>>,
    ) {
        let session = match held {
            Some(held) => Some(held),
            None => self.device.open_session(&server, &username).await,
        };
        let event = Event::Resumed {
            attempt: self.attempt,
            session: session.as_ref().map(|open| open.session.clone()),
        };
        self.bring(session.map_or(Brought::Nothing, Brought::Session), event);
    }

    pub(super) async fn begin(
        self,
        server: String,
        username: String,
        application: Option<String>,
        session: Option<Arc<OpenSession>>,
    ) {
        let link = match Link::to(&self.device, &server, &username).await {
            Ok(link) => link,
            Err(failure) => return self.answer(Err(failure)),
        };
        let tenant = link.provider.tenant.clone();
        self.tell(Event::TenantKnown {
            attempt: self.attempt,
            name: tenant,
        });
        // More proof for a session goes with the session's own key.
        let kept = session
            .as_ref()
            .filter(|_| application.is_some())
            .map(|open| &open.kept);
        let key = kept.map_or_else(|| Arc::new(DeviceKey::new()), |kept| Arc::clone(&kept.key));
        let step_up = application
            .as_deref()
            .zip(kept.map(|kept| &kept.refresh_token));
        let mut steps = Journey::new();
        let begin = Begin {
            username: &username,
            step_up,
        };
        match steps.begin(&link.http, &link.provider, &key, &begin).await {
            Ok(answer) => {
                let steps = Mutex::new(steps);
                let journey = Arc::new(JourneyLink {
                    link,
                    key,
                    username,
                    steps,
                });
                let event = Event::Answered {
                    attempt: self.attempt,
                    answer,
                };
                self.bring(Brought::Journey(journey), event);
            }
            Err(failure) => self.answer(Err(failure)),
        }
    }

    pub(super) async fn choose(self, journey: Option<Arc<JourneyLink>>, method: Method) {
        self.give(journey, Given::Method(method)).await;
    }

    pub(super) async fn send_password(
        self,
        journey: Option<Arc<JourneyLink>>,
        password: Option<Secret>,
    ) {
        match password {
            Some(password) => self.give(journey, Given::Password(&password)).await,
            None => self.answer(Err(protocol("no password was typed"))),
        }
    }

    pub(super) async fn send_code(self, journey: Option<Arc<JourneyLink>>, code: Option<Secret>) {
        match code {
            Some(code) => self.give(journey, Given::Code(&code)).await,
            None => self.answer(Err(protocol("no code was typed"))),
        }
    }

    async fn give(&self, journey: Option<Arc<JourneyLink>>, given: Given<'_>) {
        match journey {
            Some(journey) => self.answer(journey.go_on(given).await),
            None => self.answer(Ok(Answer::Expired)),
        }
    }

    pub(super) async fn probe(self, journey: Option<Arc<JourneyLink>>) {
        let outcome = self.ask_host(journey).await;
        self.tell(Event::Probed {
            attempt: self.attempt,
            outcome,
        });
    }

    async fn ask_host(&self, journey: Option<Arc<JourneyLink>>) -> Result<Asks, Failure> {
        let journey = journey.ok_or_else(|| protocol("no sign-in is under way"))?;
        let step = journey.steps.lock().await.certificate.clone();
        let step = step.ok_or_else(|| protocol("no certificate was asked for"))?;
        let trust = self.device.trust(&journey.link.provider.origin)?;
        let (asked, older_tls) = certificate_host::probe_both(&trust, &step.endpoint).await?;
        Ok(candidates::asks(&asked, older_tls))
    }

    pub(super) async fn sign(
        self,
        journey: Option<Arc<JourneyLink>>,
        choice: Option<Choice>,
        pin: Option<Pin>,
    ) {
        let (Some(journey), Some(choice)) = (journey, choice) else {
            return self.answer(Ok(Answer::Expired));
        };
        let unlocked = match certificate_host::unlock(Arc::clone(&choice.token), pin).await {
            Ok(unlocked) => unlocked,
            Err(error) => return self.pin_refused(error),
        };
        self.tell(Event::Unlocked {
            attempt: self.attempt,
        });
        let step = journey.steps.lock().await.certificate.take();
        let Some(step) = step else {
            return self.answer(Ok(Answer::Expired));
        };
        let trust = match self.device.trust(&journey.link.provider.origin) {
            Ok(trust) => trust,
            Err(failure) => return self.answer(Err(failure)),
        };
        match certificate_host::present(trust, step, choice, unlocked).await {
            Ok(Presented::ResultCode(code)) => {
                self.answer(journey.go_on(Given::ResultCode(&code)).await);
            }
            Ok(Presented::Ended(answer)) => self.answer(Ok(answer)),
            Err(failure) => self.answer(Err(failure)),
        }
    }

    fn pin_refused(&self, error: UnlockError) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest is told in its own words"
        )]
        let (problem, last_try) = match error {
            UnlockError::WrongPin {
                tries_left,
                last_try,
            } => (PinProblem::Wrong { tries_left }, last_try),
            UnlockError::Locked => (PinProblem::Blocked, false),
            UnlockError::Length { .. } => (PinProblem::Length, false),
            UnlockError::Removed => (PinProblem::Removed, false),
            other => (
                PinProblem::Token {
                    cause: other.to_string(),
                },
                false,
            ),
        };
        self.tell(Event::PinRefused {
            attempt: self.attempt,
            problem,
            last_try,
        });
    }

    pub(super) async fn read_apps(self, session: Option<Arc<OpenSession>>) {
        let outcome = match session {
            Some(session) => session.apps().await,
            None => Err(Failure::SessionEnded),
        };
        self.tell(Event::AppsRead {
            attempt: self.attempt,
            outcome,
        });
    }

    pub(super) async fn open_app(self, session: Option<Arc<OpenSession>>, id: String) {
        let ticket = match session {
            Some(session) => session.ticket(&id).await,
            None => Err(NoToken::Failed(Failure::SessionEnded)),
        };
        let outcome = match ticket {
            Ok(url) => {
                let device = self.device.clone();
                let opened = tokio::task::spawn_blocking(move || device.open(&url)).await;
                match opened.map_err(std::io::Error::other).flatten() {
                    Ok(()) => Opened::Opens,
                    Err(error) => Opened::Failed(Failure::Unreachable {
                        cause: format!("the browser did not start: {error}"),
                    }),
                }
            }
            Err(NoToken::MoreNeeded) => Opened::MoreNeeded,
            Err(NoToken::Failed(failure)) => Opened::Failed(failure),
        };
        self.tell(Event::AppOpened {
            attempt: self.attempt,
            outcome,
        });
    }

    pub(super) async fn sign_out(self, session: Option<Arc<OpenSession>>) {
        let Some(open) = session else {
            let memory = self.device.memory();
            return self.tell(Event::SignedOut {
                attempt: self.attempt,
                memory,
                problem: None,
            });
        };
        let problem = open
            .revoke()
            .await
            .err()
            .and_then(|failure| untold(&failure));
        let Session {
            server, username, ..
        } = &open.session;
        let memory = self.device.remove(server, username, false).await;
        self.tell(Event::SignedOut {
            attempt: self.attempt,
            memory,
            problem,
        });
    }
}

/// Signs an account out and forgets it.
pub(super) async fn forget(
    device: &Device,
    server: &str,
    username: &str,
    held: Option<Arc<OpenSession>>,
) -> Memory {
    let open = match held {
        Some(held) => Some(held),
        None => device.open_session(server, username).await,
    };
    if let Some(open) = open
        && let Err(failure) = open.revoke().await
    {
        tracing::warn!(?failure, "the server was not told");
    }
    device.remove(server, username, true).await
}

/// Why the server does not know that the session has ended.
pub(crate) fn untold(failure: &Failure) -> Option<Problem> {
    match failure {
        // It ended there before.
        Failure::SessionEnded => None,
        Failure::Unreachable { cause }
        | Failure::Handshake { cause }
        | Failure::Protocol { cause }
        | Failure::Token { cause } => Some(Problem::Unreachable {
            cause: cause.clone(),
        }),
        Failure::ServerNotTrusted { cause } => Some(Problem::ServerNotTrusted {
            cause: cause.clone(),
        }),
        Failure::NotAnIdentityServer | Failure::NotAsked => Some(Problem::NotAnIdentityServer),
        Failure::SlowDown { seconds } => Some(Problem::SlowDown { seconds: *seconds }),
    }
}
