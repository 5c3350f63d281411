//! What an import would change, what of it is refused, and what certauth reads differently: all of
//! it before anything is changed.

use policy::directory::{AnyDocument, import};
use serde::Serialize;
use serde_json::Value;

use self::state::{Kept, State};
use crate::store::{DirectoryChanges, DocumentKind, Store, StoreError, Tenant};

mod authorities;
mod collection;
mod containers;
mod differences;
mod lists;
mod people;
pub(super) mod state;
mod whole;

pub use self::collection::collection;
pub use self::containers::{Deed, container};

/// A file to import.
#[derive(Clone, Debug)]
pub struct File {
    /// What people know it by.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What an import would do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What it changes.
    pub changes: Vec<Change>,
    /// How many documents stay as they are.
    pub unchanged: usize,
    /// What is refused; nothing is imported then.
    pub refused: Vec<Finding>,
    /// What is not taken over, and does not stand in the way of the rest.
    pub left_out: Vec<Finding>,
    /// What certauth reads otherwise than the directory.
    pub notes: Vec<Finding>,
    #[serde(skip)]
    carry_out: DirectoryChanges,
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What becomes of it.
    pub action: Action,
    /// What it is.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The members that change, with both values.
    pub members: Vec<String>,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is new.
    Add,
    /// It becomes another.
    Change,
    /// It goes; CAs and their containers can be restored for thirty days.
    Remove,
    /// It was deleted and comes back.
    Restore,
    /// It goes for good.
    Purge,
}

/// Something about a member of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The file; none where it is about all of them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where in it.
    pub path: String,
    /// What.
    pub text: String,
}

/// How an import treats what its files do not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It stays.
    Keep,
    /// What is of a kind that the files hold goes; users and applications stay.
    Remove,
}

/// Plans an import.
///
/// # Errors
/// If the store fails. What is wrong with the files is in the plan.
pub async fn plan(
    store: &dyn Store,
    tenant: &Tenant,
    files: &[File],
    rest: Rest,
    now: certs::Time,
) -> Result<Plan, StoreError> {
    let before = State::read(store, tenant).await?;
    let mut after = Work::new(before.clone(), now);
    let mut read_later = Vec::new();
    for file in files {
        after.file = Some(file.name.clone());
        let read = import(&file.bytes);
        for problem in read.problems {
            after.refuse(&problem.path, problem.fault.to_string());
        }
        for note in read.notes {
            after.note(&note.path, note.text);
        }
        for document in read.documents {
            // Authorities may be in a file before the one that has their container.
            if let AnyDocument::CertificateAuthority(..) = document {
                read_later.push((after.file.clone(), document));
            } else {
                after.take(document);
            }
        }
    }
    for (file, document) in read_later {
        after.file = file;
        after.take(document);
    }
    after.file = None;
    if rest == Rest::Remove {
        after.remove_the_rest();
    }
    after.settle_classic()?;
    let people = people::plan(store, &mut after).await?;
    whole::check(&mut after, &people)?;
    Ok(after.plan(&before, &people))
}

impl Plan {
    /// Whether it writes anything: an annotation that changed is no change that people are told of.
    pub fn writes(&self) -> bool {
        let all = &self.carry_out;
        !(all.documents.is_empty()
            && all.removed.is_empty()
            && all.authorities.is_empty()
            && all.forgotten.is_empty()
            && all.users.is_empty())
    }

    /// Carries it out, in one transaction.
    ///
    /// # Errors
    /// [`Undone`] if something in it is refused or somebody changed the tenant since it was made;
    /// nothing is changed then.
    pub async fn apply(&self, store: &dyn Store) -> Result<(), Undone> {
        if !self.refused.is_empty() {
            return Err(Undone::Refused(self.refused.len()));
        }
        match store.apply(&self.carry_out).await {
            Ok(()) => Ok(()),
            Err(StoreError::Conflict) => Err(Undone::Overtaken),
            Err(error) => Err(Undone::Store(error)),
        }
    }
}

/// Why a plan was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Undone {
    /// Something in it is refused.
    #[error("{0} refused")]
    Refused(usize),
    /// The tenant, or a user, is not what it was.
    #[error("the tenant or one of its users was changed meanwhile; look at the plan again")]
    Overtaken,
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
}

/// An import on its way: the state as it will be, and what was found.
struct Work {
    state: State,
    /// What the files hold, by kind and id; CAs by their certificate's fingerprint.
    seen: Vec<(Seen, String)>,
    users: Vec<policy::directory::Document<policy::directory::User>>,
    groups: Vec<policy::directory::Document<policy::directory::Group>>,
    refused: Vec<Finding>,
    left_out: Vec<Finding>,
    notes: Vec<Finding>,
    file: Option<String>,
    now: i64,
}

/// Kinds of things that a file can hold once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Document(DocumentKind),
    Authority,
}

impl Work {
    fn new(state: State, now: certs::Time) -> Self {
        Self {
            state,
            seen: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            refused: Vec::new(),
            left_out: Vec::new(),
            notes: Vec::new(),
            file: None,
            now: now.unix(),
        }
    }

    /// The plan that leads here.
    fn plan(self, before: &State, people: &[people::Person]) -> Plan {
        let mut plan = differences::between(before, &self.state, people);
        plan.refused = self.refused;
        plan.left_out = self.left_out;
        plan.notes = self.notes;
        plan
    }

    fn refuse(&mut self, path: &str, text: impl Into<String>) {
        self.refused.push(Finding {
            file: self.file.clone(),
            path: path.to_owned(),
            text: text.into(),
        });
    }

    fn leave_out(&mut self, path: &str, text: impl Into<String>) {
        self.left_out.push(Finding {
            file: self.file.clone(),
            path: path.to_owned(),
            text: text.into(),
        });
    }

    fn note(&mut self, path: &str, text: impl Into<String>) {
        self.notes.push(Finding {
            file: self.file.clone(),
            path: path.to_owned(),
            text: text.into(),
        });
    }

    fn take(&mut self, document: AnyDocument) {
        match document {
            AnyDocument::MethodPolicy(one) => {
                let crl = &one.model().crl_validation;
                let validation = &mut self.state.tenant.validation.crl_validation_configuration;
                validation.required = crl.required;
                let exempted = crl.exempted.iter().map(|key| key.to_ascii_lowercase());
                validation.exempted_subject_key_identifiers = exempted.collect();
                self.state.tenant.method = one.model().clone();
                self.put(DocumentKind::Method, None, METHOD, one.written());
            }
            AnyDocument::Strength(one) => {
                let name = one.model().display_name.clone();
                let id = one.model().id.clone();
                self.put(DocumentKind::Strength, id, &name, one.written());
            }
            AnyDocument::ConditionalAccess(one) => {
                let name = one.model().display_name.clone();
                let id = one.model().id.clone();
                self.put(DocumentKind::ConditionalAccess, id, &name, one.written());
            }
            AnyDocument::Application(one) => {
                let name = one.model().app_id.clone();
                let id = Some(name.clone());
                self.put(DocumentKind::Application, id, &name, one.written());
            }
            AnyDocument::Group(one) => {
                let id = Some(one.model().id.clone());
                let name = one.model().id.clone();
                self.put(DocumentKind::Group, id, &name, one.written());
                self.groups.push(one);
            }
            AnyDocument::User(one) => self.users.push(one),
            AnyDocument::PublicKeyInfrastructure(one) => self.take_infrastructure(&one),
            AnyDocument::CertificateAuthority(one, container) => {
                let known = container.filter(|id| {
                    let kept = self.state.container(id);
                    kept.is_some_and(|kept| kept.deleted_at.is_none())
                });
                self.take_authority(&one, known.as_deref());
            }
            AnyDocument::ClassicStore(one) => self.take_classic(&one),
        }
    }

    /// Puts a document in the place of the one with its id; without an id, of its name.
    fn put(
        &mut self,
        kind: DocumentKind,
        id: Option<String>,
        name: &str,
        document: &Value,
    ) -> String {
        let known = self.state.documents.iter().position(|known| {
            known.kind == kind
                && match &id {
                    Some(id) => known.id.eq_ignore_ascii_case(id),
                    None => kind == DocumentKind::Method || known.name() == name,
                }
        });
        let id = match (known.and_then(|place| self.state.documents.get(place)), id) {
            (Some(known), _) => known.id.clone(),
            (None, Some(id)) => id,
            (None, None) if kind == DocumentKind::Method => METHOD.to_owned(),
            (None, None) => crate::server::uuid(),
        };
        self.see(Seen::Document(kind), &id, name);
        let document = document.clone();
        let written = Kept {
            kind,
            id: id.clone(),
            document,
            deleted_at: None,
        };
        match known.and_then(|place| self.state.documents.get_mut(place)) {
            Some(known) => *known = written,
            None => self.state.documents.push(written),
        }
        id
    }

    fn see(&mut self, what: Seen, id: &str, name: &str) {
        let this = (what, id.to_owned());
        if self.seen.contains(&this) {
            self.refuse("", format!("{name} stands twice in what is imported"));
        } else {
            self.seen.push(this);
        }
    }

    fn has_seen(&self, what: Seen, id: &str) -> bool {
        self.seen
            .iter()
            .any(|(kind, known)| *kind == what && known == id)
    }

    fn remove_the_rest(&mut self) {
        let kinds: Vec<DocumentKind> = DocumentKind::ALL
            .into_iter()
            .filter(|kind| {
                self.seen
                    .iter()
                    .any(|(seen, _)| *seen == Seen::Document(*kind))
            })
            .collect();
        for kind in kinds {
            match kind {
                DocumentKind::Strength | DocumentKind::ConditionalAccess | DocumentKind::Group => {
                    let seen = &self.seen;
                    self.state.documents.retain(|one| {
                        one.kind != kind || seen.contains(&(Seen::Document(kind), one.id.clone()))
                    });
                }
                DocumentKind::PublicKeyInfrastructure => self.delete_other_infrastructures(),
                DocumentKind::Method
                | DocumentKind::ClassicStore
                | DocumentKind::User
                | DocumentKind::Application => {}
            }
        }
    }
}

/// The directory's id of the method policy.
const METHOD: &str = "X509Certificate";
