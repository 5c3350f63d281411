//! Finding tokens: which modules there are, and what each of them holds.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::helper::Program;
use crate::p11_kit::{self, Verdict};
use crate::shown::{Rank, Shown};
use crate::watch::Watch;
use crate::{
    CardService, Cause, Credential, Fingerprint, ModuleFailure, ModuleHeldBack, ModuleLoaded,
    ModuleOrigin, P11Kit, Permission, PinState, Reader, Token, TokenDescription, UnreadableSlot,
};
use crate::{cards, pkcs11};

/// Where to look for tokens, and how long to wait for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name by which p11-kit's `enable-in` and `disable-in` know this program.
    pub program: String,
    /// Where p11-kit's configuration lies.
    pub p11_kit: P11Kit,
    /// Modules that the person named themselves.
    pub modules: Vec<PathBuf>,
    /// Modules that the person switched on although others could have written them.
    pub permission: Permission,
    /// How long a module or a card may take to list what it holds.
    pub deadline: Duration,
    /// Whether cards in readers are spoken to directly.
    pub readers: Readers,
    /// The program that modules are loaded in: this one, unless a test has none of its own.
    pub helper: Program,
}

/// Whether cards in readers are spoken to directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// PIV cards in all readers are.
    All,
    /// None is: modules alone are looked at.
    None,
}

impl Settings {
    /// All readers, and the modules that p11-kit knows on this computer, each given ten seconds.
    pub fn of_this_computer(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            p11_kit: P11Kit::of_this_computer(),
            modules: Vec::new(),
            permission: Permission::default(),
            deadline: DEADLINE,
            readers: Readers::All,
            helper: Program::this(),
        }
    }

    /// These modules and no others, and no readers.
    pub fn only(modules: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            program: String::new(),
            p11_kit: P11Kit::none(),
            modules: modules.into_iter().collect(),
            permission: Permission::default(),
            deadline: DEADLINE,
            readers: Readers::None,
            helper: Program::this(),
        }
    }
}

/// One thing found, in the order in which it turns up.
pub enum Found {
    /// A token and what it holds.
    Token(FoundToken),
    /// A module that answered, after its tokens.
    Loaded(ModuleLoaded),
    /// A module, or one slot of it, that gave nothing.
    Failed(ModuleFailure),
    /// A module that was not loaded.
    HeldBack(ModuleHeldBack),
    /// The system's card service, before its readers.
    CardService(CardService),
    /// A reader. A PIV card in it follows as a token.
    Reader(Reader),
    /// A slot of a card whose certificate cannot be read.
    Unreadable(UnreadableSlot),
}

/// A token and what it holds.
#[derive(Clone)]
pub struct FoundToken {
    /// The token, to be unlocked.
    pub token: Arc<dyn Token>,
    /// What it is.
    pub description: TokenDescription,
    /// What it says about its PIN.
    pub pin: PinState,
    /// Its certificates.
    pub credentials: Vec<Credential>,
}

/// Everything found.
#[derive(Default)]
pub struct Listing {
    /// The tokens.
    pub tokens: Vec<FoundToken>,
    /// The modules that answered.
    pub loaded: Vec<ModuleLoaded>,
    /// The modules and slots that gave nothing.
    pub failed: Vec<ModuleFailure>,
    /// The modules that were not loaded.
    pub held_back: Vec<ModuleHeldBack>,
    /// The system's card service, when readers were looked at.
    pub card_service: Option<CardService>,
    /// The readers.
    pub readers: Vec<Reader>,
    /// The slots of cards whose certificates cannot be read.
    pub unreadable: Vec<UnreadableSlot>,
}

impl Listing {
    /// Each certificate once, although two ways may lead to the same card. The way that can sign is
    /// kept, and of those a card that is spoken to directly.
    pub fn credentials(&self) -> Vec<(&FoundToken, &Credential)> {
        let mut order = Vec::new();
        let mut best: HashMap<Fingerprint, (&FoundToken, &Credential)> = HashMap::new();
        for found in &self.tokens {
            for credential in &found.credentials {
                match best.get(&credential.fingerprint) {
                    None => order.push(credential.fingerprint),
                    Some((_, known)) if Rank::of(known) < Rank::of(credential) => {}
                    Some(_) => continue,
                }
                best.insert(credential.fingerprint, (found, credential));
            }
        }
        order
            .iter()
            .filter_map(|fingerprint| best.get(fingerprint).copied())
            .collect()
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::Token(token) => self.tokens.push(token),
            Found::Loaded(module) => self.loaded.push(module),
            Found::Failed(failure) => self.failed.push(failure),
            Found::HeldBack(module) => self.held_back.push(module),
            Found::CardService(service) => self.card_service = Some(service),
            Found::Reader(reader) => self.readers.push(reader),
            Found::Unreadable(slot) => self.unreadable.push(slot),
        }
    }
}

/// Looks for tokens.
///
/// A module is loaded once in a process and kept, so looking again is cheap and sees what was
/// plugged in meanwhile.
#[derive(Debug, Clone)]
pub struct TokenHost {
    settings: Settings,
}

impl TokenHost {
    /// Looks at what the settings say.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Looks once at every reader and module, all at the same time, and sends what turns up as it
    /// turns up.
    ///
    /// The channel closes when everything has answered or its deadline has passed. A module or a
    /// card that hangs costs its own row and delays no other, except that modules' tokens wait for
    /// the readers a moment: a certificate that two ways lead to is sent once, by the direct one.
    pub fn scan(&self) -> Receiver<Found> {
        let (sender, receiver) = mpsc::channel();
        let deadline = self.settings.deadline;
        let shown = Arc::new(Shown::new(self.settings.readers));
        if self.settings.readers == Readers::All {
            let (sender, shown) = (sender.clone(), Arc::clone(&shown));
            thread::spawn(move || {
                cards::scan(deadline, &|found| {
                    if let Some(found) = shown.pass(found) {
                        // Nobody listens any more; the cards are read to the end all the same.
                        let _ = sender.send(found);
                    }
                });
                shown.cards_are_read();
            });
        }
        self.scan_modules(&shown, &sender);
        receiver
    }

    /// Tells what comes and goes, from now until it is dropped.
    ///
    /// It begins with what is there.
    pub fn watch(&self) -> Watch {
        Watch::start(self.clone())
    }

    /// Looks once at every module. Each sends from a thread of its own.
    pub(crate) fn scan_modules(&self, shown: &Arc<Shown>, sender: &Sender<Found>) {
        for planned in self.plan() {
            match planned {
                Planned::Load { module, path } => {
                    let (sender, shown) = (sender.clone(), Arc::clone(shown));
                    let settings = self.settings.clone();
                    thread::spawn(move || collect(&module, path, &settings, &shown, &sender));
                }
                Planned::Say(found) => {
                    // Whoever receives is still there or does not care.
                    let _ = sender.send(*found);
                }
            }
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Looks once at every reader and module and waits for all of them.
    pub fn enumerate(&self) -> Listing {
        let mut listing = Listing::default();
        for found in self.scan() {
            listing.add(found);
        }
        listing
    }

    /// What to do with each module. A file that is named twice is loaded once.
    fn plan(&self) -> Vec<Planned> {
        let settings = &self.settings;
        let (entries, unreadable) = settings.p11_kit.entries();
        let mut planned: Vec<Planned> = unreadable
            .into_iter()
            .map(|unreadable| {
                Planned::failed(
                    file_name(&unreadable.file),
                    unreadable.file,
                    Cause::Configuration(unreadable.why),
                )
            })
            .collect();
        let chosen = settings.modules.iter().map(|path| {
            let verdict = p11_kit::chosen(path);
            (file_name(path), ModuleOrigin::Chosen, verdict)
        });
        let known = entries.into_iter().map(|entry| {
            let verdict = p11_kit::judge(
                &entry,
                &settings.p11_kit,
                &settings.program,
                &settings.permission,
            );
            (entry.name, entry.origin, verdict)
        });
        let mut seen = BTreeSet::new();
        for (module, origin, verdict) in chosen.chain(known) {
            planned.extend(match verdict {
                Verdict::Load(path) => seen
                    .insert(path.clone())
                    .then_some(Planned::Load { module, path }),
                Verdict::Missing(path) => Some(Planned::failed(module, path, Cause::Missing)),
                Verdict::HeldBack(path, _) if seen.contains(&path) => None,
                Verdict::HeldBack(path, reason) => {
                    Some(Planned::Say(Box::new(Found::HeldBack(ModuleHeldBack {
                        module,
                        path,
                        origin,
                        reason,
                    }))))
                }
            });
        }
        planned
    }
}

/// What to do with one module.
enum Planned {
    Load { module: String, path: PathBuf },
    Say(Box<Found>),
}

impl Planned {
    fn failed(module: String, path: PathBuf, cause: Cause) -> Self {
        Self::Say(Box::new(Found::Failed(ModuleFailure {
            module,
            path,
            cause,
        })))
    }
}

/// Passes on what one module finds until it is done or out of time.
fn collect(module: &str, path: PathBuf, settings: &Settings, shown: &Shown, found: &Sender<Found>) {
    let mut tokens = 0;
    let outcome = pkcs11::scan(&path, &settings.helper, settings.deadline, |seen| {
        let seen = match seen {
            pkcs11::Seen::Token(token) => {
                tokens += 1;
                Found::Token(*token)
            }
            pkcs11::Seen::SlotFailed { slot, failed } => Found::Failed(ModuleFailure {
                module: module.to_owned(),
                path: path.clone(),
                cause: Cause::Slot { slot, failed },
            }),
        };
        shown.wait_for_cards();
        if let Some(seen) = shown.pass(seen) {
            // Nobody listens any more; the module's answers are read to the end all the same.
            let _ = found.send(seen);
        }
    });
    let module = module.to_owned();
    let _ = found.send(match outcome {
        Ok(about) => Found::Loaded(ModuleLoaded {
            module,
            path,
            description: about.description,
            manufacturer: about.manufacturer,
            version: about.version,
            tokens,
        }),
        Err(cause) => Found::Failed(ModuleFailure {
            module,
            path,
            cause,
        }),
    });
}

fn file_name(path: &std::path::Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

const DEADLINE: Duration = Duration::from_secs(10);
