//! Drives the conversation: owns its state, carries out its effects, publishes its views.

mod errands;
mod finish;
mod signing;
mod tokens;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sign_in::candidate::TokenId;
use sign_in::intent::Intent;
use sign_in::view::View;
use sign_in::{Attempt, Effect, Event, Memory, State, Step, Wait};
use token::Pin;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use crate::ambient;
use crate::device::Device;
use crate::secret::Secret;
use crate::session::OpenSession;
use crate::tokens::Tokens;
use errands::{Errand, JourneyLink};

pub(crate) use errands::untold;

/// A conversation with a person, in a window or a terminal.
///
/// It runs on the tokio runtime it was started in, until the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Conversation {
    inbox: mpsc::UnboundedSender<Message>,
    views: watch::Receiver<View>,
}

/// What reaches the driver.
pub(crate) enum Message {
    Event(Event),
    Pin(Pin),
    Password(Secret),
    Code(Secret),
    /// An event that belongs to an attempt, with what came of it beside the event.
    Came {
        attempt: Attempt,
        brought: Brought,
        event: Event,
    },
}

impl Message {
    /// A token waits for the person.
    fn waiting(attempt: Attempt, wait: Wait) -> Self {
        Self::Came {
            attempt,
            brought: Brought::Nothing,
            event: Event::Waiting { attempt, wait },
        }
    }
}

/// What an effect brings home that is no business of the pure conversation.
pub(crate) enum Brought {
    Nothing,
    Journey(Arc<JourneyLink>),
    Session(Arc<OpenSession>),
}

impl Conversation {
    /// Begins on this device.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start(device: Device) -> Self {
        let (state, effects) = State::start();
        let (inbox, messages) = mpsc::unbounded_channel();
        let (sender, views) = watch::channel(state.view(ambient::now()));
        let driver = Driver {
            device,
            state: Some(state),
            // A weak way in: the driver ends when nobody else can say anything.
            inbox: inbox.downgrade(),
            views: sender,
            secrets: Secrets::default(),
            errands: HashMap::new(),
            abandoned: HashSet::new(),
            journey: None,
            session: None,
            sessions: Vec::new(),
            tokens: Tokens::default(),
        };
        tokio::spawn(driver.run(messages, effects));
        Self { inbox, views }
    }

    /// The views, the newest first.
    pub fn views(&self) -> watch::Receiver<View> {
        self.views.clone()
    }

    /// The view of this moment.
    pub fn view(&self) -> View {
        self.views.borrow().clone()
    }

    /// Says what the person wants.
    pub fn wants(&self, intent: Intent) {
        self.say(Message::Event(Event::Wants(intent)));
    }

    /// Hands over the PIN that was typed.
    pub fn submit_pin(&self, typed: String) {
        match Pin::new(typed) {
            Ok(pin) => self.say(Message::Pin(pin)),
            Err(_) => self.say(Message::Event(Event::PinOfWrongLength)),
        }
    }

    /// Hands over the password that was typed.
    pub fn submit_password(&self, typed: String) {
        self.say(Message::Password(Secret::new(typed)));
    }

    /// Hands over the code that was typed.
    pub fn submit_code(&self, typed: String) {
        self.say(Message::Code(Secret::new(typed)));
    }

    fn say(&self, message: Message) {
        // The driver outlives every handle, so this is heard.
        let _ = self.inbox.send(message);
    }
}

/// Secrets between being typed and being used; each waits for the one effect of its event.
#[derive(Default)]
struct Secrets {
    pin: Option<Pin>,
    password: Option<Secret>,
    code: Option<Secret>,
}

struct Driver {
    device: Device,
    /// Taken out while it moves on.
    state: Option<State>,
    inbox: mpsc::WeakUnboundedSender<Message>,
    views: watch::Sender<View>,
    secrets: Secrets,
    errands: HashMap<Attempt, AbortHandle>,
    /// Attempts whose answers may still be in the inbox and are not wanted.
    abandoned: HashSet<Attempt>,
    /// The sign-in under way.
    journey: Option<Arc<JourneyLink>>,
    /// The session on the screen.
    session: Option<Arc<OpenSession>>,
    /// Sessions that no keyring took, while this process lasts.
    sessions: Vec<Arc<OpenSession>>,
    tokens: Tokens,
}

impl Driver {
    async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>, first: Vec<Effect>) {
        for effect in first {
            self.carry_out(effect);
        }
        while let Some(message) = messages.recv().await {
            let event = match message {
                Message::Event(event) => event,
                Message::Pin(pin) => {
                    self.secrets.pin = Some(pin);
                    Event::PinEntered
                }
                Message::Password(password) => {
                    self.secrets.password = Some(password);
                    Event::PasswordEntered
                }
                Message::Code(code) => {
                    self.secrets.code = Some(code);
                    Event::CodeEntered
                }
                Message::Came {
                    attempt,
                    brought,
                    event,
                } => {
                    if self.abandoned.contains(&attempt) {
                        continue;
                    }
                    self.adopt(brought);
                    event
                }
            };
            self.on(event);
            // What the event did not use is not kept for another.
            self.secrets = Secrets::default();
        }
        for errand in self.errands.into_values() {
            errand.abort();
        }
    }

    fn on(&mut self, event: Event) {
        let Some(state) = self.state.take() else {
            return;
        };
        let now = ambient::now();
        let Step { state, effects } = state.on(event, now);
        let view = state.view(now);
        self.state = Some(state);
        for effect in effects {
            self.carry_out(effect);
        }
        self.views.send_if_modified(|shown| {
            let changed = *shown != view;
            *shown = view;
            changed
        });
    }

    fn adopt(&mut self, brought: Brought) {
        match brought {
            Brought::Nothing => {}
            Brought::Journey(journey) => self.journey = Some(journey),
            Brought::Session(session) => {
                if session.session.memory_only {
                    self.sessions.retain(|old| !same_account(old, &session));
                    self.sessions.push(Arc::clone(&session));
                }
                self.session = Some(session);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::ReadMemory { attempt } => self.send(attempt, Errand::start),
            Effect::Resume {
                attempt,
                server,
                username,
            } => {
                let held = self.held(&server, &username);
                self.send(attempt, |errand| errand.resume(server, username, held));
            }
            Effect::Begin {
                attempt,
                server,
                username,
                application,
            } => {
                let session = self.session.clone();
                self.send(attempt, |errand| {
                    errand.begin(server, username, application, session)
                });
            }
            Effect::Choose { attempt, method } => {
                self.on_journey(attempt, |errand, journey| errand.choose(journey, method));
            }
            Effect::Probe { attempt } => {
                self.on_journey(attempt, Errand::probe);
            }
            Effect::WatchTokens { attempt } => self.watch_tokens(attempt),
            Effect::ReadTokens { attempt } => {
                let tokens = self.tokens.clone();
                self.send(attempt, |errand| errand.read_tokens(tokens));
            }
            Effect::Sign {
                attempt,
                token,
                sha256,
            } => {
                let pin = self.secrets.pin.take();
                self.sign(attempt, token, &sha256, pin);
            }
            Effect::SignWithoutPin {
                attempt,
                token,
                sha256,
            } => self.sign(attempt, token, &sha256, None),
            Effect::SendPassword { attempt } => {
                let password = self.secrets.password.take();
                self.on_journey(attempt, |errand, journey| {
                    errand.send_password(journey, password)
                });
            }
            Effect::SendCode { attempt } => {
                let code = self.secrets.code.take();
                self.on_journey(attempt, |errand, journey| errand.send_code(journey, code));
            }
            Effect::Finish {
                attempt,
                certificate,
            } => {
                let session = self.session.clone();
                self.on_journey(attempt, |errand, journey| {
                    errand.finish(journey, certificate, session)
                });
            }
            Effect::RememberCertificate {
                server,
                username,
                sha256,
            } => {
                self.mark(server, username, sha256);
            }
            Effect::ReadApps { attempt } => {
                let session = self.session.clone();
                self.send(attempt, |errand| errand.read_apps(session));
            }
            Effect::OpenApp { attempt, id } => {
                let session = self.session.clone();
                self.send(attempt, |errand| errand.open_app(session, id));
            }
            Effect::SignOut { attempt } => self.sign_out(attempt),
            Effect::RemoveSession { server, username } => {
                self.session = None;
                self.sessions
                    .retain(|old| !is_account(old, &server, &username));
                self.remember(async move |device| device.remove(&server, &username, false).await);
            }
            Effect::Forget { server, username } => self.forget(server, username),
            Effect::Abandon { attempt } => {
                self.abandoned.insert(attempt);
                if let Some(errand) = self.errands.remove(&attempt) {
                    errand.abort();
                }
            }
            Effect::DropSecrets => self.secrets = Secrets::default(),
        }
    }

    fn watch_tokens(&self, attempt: Attempt) {
        tokens::watch(
            self.device.tokens().clone(),
            self.tokens.clone(),
            self.inbox.clone(),
            attempt,
        );
    }

    /// Has a token sign: the one that was shown, and no other.
    fn sign(&mut self, attempt: Attempt, token: TokenId, sha256: &str, pin: Option<Pin>) {
        let choice = self.tokens.choice(token, sha256);
        self.on_journey(attempt, |errand, journey| errand.sign(journey, choice, pin));
    }

    fn mark(&self, server: String, username: String, sha256: String) {
        self.remember(async move |device| {
            device
                .remember(move |memory| memory.mark(server, &username, sha256))
                .await
        });
    }

    fn forget(&mut self, server: String, username: String) {
        let held = self.held(&server, &username);
        self.sessions
            .retain(|old| !is_account(old, &server, &username));
        self.remember(async move |device| errands::forget(&device, &server, &username, held).await);
    }

    fn sign_out(&mut self, attempt: Attempt) {
        let session = self.session.take();
        if let Some(session) = &session {
            self.sessions.retain(|old| !same_account(old, session));
        }
        self.send(attempt, |errand| errand.sign_out(session));
    }

    /// A session that only this process holds.
    fn held(&self, server: &str, username: &str) -> Option<Arc<OpenSession>> {
        self.sessions
            .iter()
            .find(|held| is_account(held, server, username))
            .cloned()
    }

    /// Sends somebody out who has to do with the sign-in under way.
    fn on_journey<F>(
        &mut self,
        attempt: Attempt,
        go: impl FnOnce(Errand, Option<Arc<JourneyLink>>) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let journey = self.journey.clone();
        self.send(attempt, |errand| go(errand, journey));
    }

    /// Sends somebody out; what they bring home is a message.
    fn send<F>(&mut self, attempt: Attempt, go: impl FnOnce(Errand) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.errands.retain(|_, errand| !errand.is_finished());
        let Some(inbox) = self.inbox.upgrade() else {
            return;
        };
        let errand = Errand::new(self.device.clone(), inbox, attempt);
        let task = tokio::spawn(go(errand));
        self.errands.insert(attempt, task.abort_handle());
    }

    /// Changes what this device remembers; the conversation hears of it.
    fn remember<F>(&self, change: impl FnOnce(Device) -> F)
    where
        F: Future<Output = Memory> + Send + 'static,
    {
        let Some(inbox) = self.inbox.upgrade() else {
            return;
        };
        let changed = change(self.device.clone());
        tokio::spawn(async move {
            let memory = changed.await;
            let _ = inbox.send(Message::Event(Event::MemoryRead { memory }));
        });
    }
}

fn is_account(held: &OpenSession, server: &str, username: &str) -> bool {
    held.session.server == server && held.session.username.eq_ignore_ascii_case(username)
}

fn same_account(one: &OpenSession, other: &OpenSession) -> bool {
    is_account(one, &other.session.server, &other.session.username)
}
