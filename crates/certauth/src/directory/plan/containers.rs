//! What is done to a container of CAs as a whole: its authorities go with it, and come back.

use certs::Time;
use policy::directory::{Document, LONGEST_CONTAINER_NAME, PublicKeyInfrastructure};

use super::state::{Kept, State};
use super::{Plan, Work, whole};
use crate::directory::{document, export, method};
use crate::server::uuid;
use crate::store::{DocumentKind, RESTORABLE, Store, StoreError, Tenant};

/// What is done. A container is named by its name or its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed<'a> {
    /// A container without authorities is made.
    Add {
        /// Its name.
        name: &'a str,
    },
    /// A container is called otherwise.
    Rename {
        /// The container.
        container: &'a str,
        /// Its new name.
        name: &'a str,
    },
    /// A container and its authorities count no more; for thirty days they can be restored.
    Delete {
        /// The container.
        container: &'a str,
    },
    /// A container comes back, with the authorities that went with it.
    Restore {
        /// The container.
        container: &'a str,
    },
    /// A container goes for good, deleted or not, with its authorities.
    Purge {
        /// The container.
        container: &'a str,
    },
}

/// Plans a deed.
///
/// # Errors
/// If the store fails. Why it cannot be done is in the plan.
pub async fn container(
    store: &dyn Store,
    tenant: &Tenant,
    deed: Deed<'_>,
    now: Time,
) -> Result<Plan, StoreError> {
    let before = State::read(store, tenant).await?;
    let mut after = Work::new(before.clone(), now);
    match deed {
        Deed::Add { name } => after.add_container(name),
        Deed::Rename { container, name } => after.rename(container, name)?,
        Deed::Delete { container } => after.delete(container),
        Deed::Restore { container } => {
            after.restore(container)?;
            after.settle_classic()?;
            whole::check(&mut after, &[])?;
        }
        Deed::Purge { container } => after.purge(container),
    }
    Ok(after.plan(&before, &[]))
}

impl Work {
    /// The container that a file fills; one that is not there is made.
    pub(super) fn container_to_fill(&mut self, wanted: &str) -> Option<String> {
        match self.meant(wanted, false).as_slice() {
            [] => {
                if !self.meant(wanted, true).is_empty() {
                    self.note(
                        "displayName",
                        format!(
                            "a container {wanted} was deleted and can be restored; this makes \
                             another"
                        ),
                    );
                }
                self.new_container(wanted)
            }
            [only] => Some(only.clone()),
            several => {
                self.refuse_several(wanted, several);
                None
            }
        }
    }

    fn add_container(&mut self, name: &str) {
        if !self.refuse_taken(name, None) {
            self.new_container(name);
        }
    }

    fn rename(&mut self, wanted: &str, name: &str) -> Result<(), StoreError> {
        let Some(id) = self.the_container(wanted, false) else {
            return Ok(());
        };
        if self.refuse_taken(name, Some(&id)) || !self.is_fit(name) {
            return Ok(());
        }
        let kind = DocumentKind::PublicKeyInfrastructure;
        let mut before = String::new();
        for kept in &mut self.state.documents {
            if kept.kind == kind && kept.id == id {
                kept.name().clone_into(&mut before);
                let mut document: Document<PublicKeyInfrastructure> =
                    export::parsed(&kept.document)?;
                let renamed = PublicKeyInfrastructure {
                    display_name: name.to_owned(),
                    ..document.model().clone()
                };
                document.set(renamed);
                kept.document = document.written().clone();
            }
        }
        self.rename_in_scopes(&before, name)
    }

    /// Scope rules name the container of their CA.
    fn rename_in_scopes(&mut self, before: &str, name: &str) -> Result<(), StoreError> {
        let scopes = &mut self.state.tenant.method.authority_scopes;
        for scope in scopes
            .iter_mut()
            .filter(|scope| scope.public_key_infrastructure == before)
        {
            name.clone_into(&mut scope.public_key_infrastructure);
        }
        let policy = method(&self.state.tenant);
        let tenant = &self.state.tenant.id;
        for kept in &mut self.state.documents {
            if kept.kind == DocumentKind::Method {
                let mut written: Document<policy::MethodPolicy> = document(&kept.stored(tenant))?;
                written.set(policy.clone());
                kept.document = written.written().clone();
            }
        }
        Ok(())
    }

    fn delete(&mut self, wanted: &str) {
        let Some(id) = self.the_container(wanted, false) else {
            return;
        };
        let now = self.now;
        if let Some(kept) = self.kept(&id) {
            kept.deleted_at = Some(now);
        }
        let mut gone = Vec::new();
        for authority in &mut self.state.authorities {
            if authority.directory.infrastructure.as_deref() == Some(&id)
                && authority.deleted_at.is_none()
            {
                authority.deleted_at = Some(now);
                gone.push(authority.certificate.clone());
            }
        }
        self.note_what_names(&gone);
    }

    fn restore(&mut self, wanted: &str) -> Result<(), StoreError> {
        let Some(id) = self.the_container(wanted, true) else {
            return Ok(());
        };
        let oldest = self.now.saturating_sub(RESTORABLE);
        let Some(kept) = self.kept(&id) else {
            return Ok(());
        };
        let (name, at) = (kept.name().to_owned(), kept.deleted_at);
        if at.is_none_or(|at| at < oldest) {
            let text = format!("the container {name} was deleted more than thirty days ago");
            self.refuse("", text);
            return Ok(());
        }
        if self.refuse_taken(&name, Some(&id)) {
            return Ok(());
        }
        if let Some(kept) = self.kept(&id) {
            kept.deleted_at = None;
            let mut document: Document<PublicKeyInfrastructure> = export::parsed(&kept.document)?;
            let restored = PublicKeyInfrastructure {
                deleted: false,
                ..document.model().clone()
            };
            document.set(restored);
            kept.document = document.written().clone();
        }
        // What was deleted by itself, before the container was, stays deleted.
        for authority in &mut self.state.authorities {
            if authority.directory.infrastructure.as_deref() == Some(&id)
                && authority.deleted_at == at
            {
                authority.deleted_at = None;
            }
        }
        Ok(())
    }

    fn purge(&mut self, wanted: &str) {
        let id = match self.meant(wanted, false).as_slice() {
            [] => self.the_container(wanted, true),
            [_, ..] => self.the_container(wanted, false),
        };
        let Some(id) = id else {
            return;
        };
        let kind = DocumentKind::PublicKeyInfrastructure;
        self.state
            .documents
            .retain(|kept| kept.kind != kind || kept.id != id);
        let mut gone = Vec::new();
        self.state.authorities.retain(|authority| {
            let goes = authority.directory.infrastructure.as_deref() == Some(&id);
            if goes {
                gone.push(authority.certificate.clone());
            }
            !goes
        });
        self.note_what_names(&gone);
    }

    /// Tells of scope rules and of the classic list where they name an authority that goes.
    fn note_what_names(&mut self, gone: &[Vec<u8>]) {
        let mut notes = Vec::new();
        for der in gone {
            let Ok(certificate) = certs::Certificate::from_der(der) else {
                continue;
            };
            let Some(key) = certificate.subject_key_identifier().map(certs::hex) else {
                continue;
            };
            let subject = certificate.subject();
            for scope in &self.state.tenant.method.authority_scopes {
                if scope.subject_key_identifier.eq_ignore_ascii_case(&key) {
                    let group = &scope.group;
                    notes.push(format!(
                        "a scope rule lets the group {group} use certificates under {subject}; it \
                         scopes nothing without it"
                    ));
                }
            }
        }
        for note in notes {
            self.note("certificateAuthorityScopes", note);
        }
    }

    fn new_container(&mut self, name: &str) -> Option<String> {
        if !self.is_fit(name) {
            return None;
        }
        let id = uuid();
        let document = Document::new(PublicKeyInfrastructure {
            id: Some(id.clone()),
            display_name: name.to_owned(),
            authorities: Vec::new(),
            deleted: false,
        });
        let kind = DocumentKind::PublicKeyInfrastructure;
        Some(self.put(kind, Some(id), name, document.written()))
    }

    fn is_fit(&mut self, name: &str) -> bool {
        let length = name.chars().count();
        if name.trim().is_empty() {
            self.refuse("displayName", "a container needs a name");
            return false;
        }
        if length > LONGEST_CONTAINER_NAME {
            self.refuse(
                "displayName",
                format!("the name has {length} characters, and at most {LONGEST_CONTAINER_NAME} are taken"),
            );
            return false;
        }
        true
    }

    /// Refuses a name that another container has.
    fn refuse_taken(&mut self, name: &str, own: Option<&str>) -> bool {
        let others = self.meant(name, false);
        let taken = others.iter().any(|id| Some(id.as_str()) != own);
        if taken {
            self.refuse(
                "displayName",
                format!("a container {name} is there already"),
            );
        }
        taken
    }

    fn the_container(&mut self, wanted: &str, deleted: bool) -> Option<String> {
        match self.meant(wanted, deleted).as_slice() {
            [only] => Some(only.clone()),
            [] => {
                let kind = DocumentKind::PublicKeyInfrastructure;
                let all = self.state.documents.iter();
                let names: Vec<&str> = all
                    .filter(|kept| kept.kind == kind && kept.deleted_at.is_some() == deleted)
                    .map(Kept::name)
                    .collect();
                let there = if names.is_empty() {
                    "there is none".to_owned()
                } else {
                    format!("there are: {}", names.join("; "))
                };
                let which = if deleted {
                    "deleted container"
                } else {
                    "container"
                };
                self.refuse("", format!("no {which} is named {wanted:?}; {there}"));
                None
            }
            several => {
                self.refuse_several(wanted, several);
                None
            }
        }
    }

    fn refuse_several(&mut self, wanted: &str, several: &[String]) {
        self.refuse(
            "",
            format!(
                "{} containers are named {wanted:?}; say which by its id: {}",
                several.len(),
                several.join(", ")
            ),
        );
    }

    /// The ids of the containers that a person may mean.
    fn meant(&self, wanted: &str, deleted: bool) -> Vec<String> {
        let kind = DocumentKind::PublicKeyInfrastructure;
        self.state
            .documents
            .iter()
            .filter(|kept| kept.kind == kind && kept.deleted_at.is_some() == deleted)
            .filter(|kept| kept.id.eq_ignore_ascii_case(wanted) || kept.name() == wanted)
            .map(|kept| kept.id.clone())
            .collect()
    }

    fn kept(&mut self, id: &str) -> Option<&mut Kept> {
        let kind = DocumentKind::PublicKeyInfrastructure;
        self.state
            .documents
            .iter_mut()
            .find(|kept| kept.kind == kind && kept.id == id)
    }
}
