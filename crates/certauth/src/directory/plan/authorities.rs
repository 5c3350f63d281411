//! Containers of CAs, CAs, and the classic list, and which of the two counts for a CA that both have.

use policy::directory::{CertificateAuthority, ClassicStore, Document, PublicKeyInfrastructure};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Seen, Work};
use crate::directory::export;
use crate::server::uuid;
use crate::store::{Authority, DocumentKind, Placement, RESTORABLE, Sources, StoreError};

impl Work {
    pub(super) fn take_infrastructure(&mut self, one: &Document<PublicKeyInfrastructure>) {
        let model = one.model();
        if model.deleted && self.is_too_old(one.written()) {
            let name = &model.display_name;
            self.leave_out("deletedDateTime", over(&format!("the container {name}")));
            return;
        }
        let mut bare = one.written().clone();
        let lists_them = bare
            .as_object_mut()
            .and_then(|members| members.remove(export::AUTHORITIES))
            .is_some();
        let kind = DocumentKind::PublicKeyInfrastructure;
        let id = self.put(kind, model.id.clone(), &model.display_name, &bare);
        for authority in &model.authorities {
            self.take_authority(authority, Some(&id));
        }
        let deleted = model.deleted.then(|| self.deleted_at(one.written()));
        if let Some(kept) = self
            .state
            .documents
            .iter_mut()
            .find(|kept| kept.kind == kind && kept.id == id)
        {
            kept.deleted_at = deleted;
        }
        let seen = &self.seen;
        for authority in &mut self.state.authorities {
            if authority.directory.infrastructure.as_deref() != Some(&id) {
                continue;
            }
            let listed = seen.contains(&(Seen::Authority, authority.id.clone()));
            if let Some(at) = deleted {
                authority.deleted_at.get_or_insert(at);
            } else if lists_them && !listed {
                authority.deleted_at.get_or_insert(self.now);
            }
        }
    }

    pub(super) fn take_authority(
        &mut self,
        one: &Document<CertificateAuthority>,
        infrastructure: Option<&str>,
    ) {
        let model = one.model();
        let subject = model.certificate.subject().to_string();
        if model.deleted && self.is_too_old(one.written()) {
            return self.leave_out("deletedDateTime", over(&subject));
        }
        let deleted_at = model.deleted.then(|| self.deleted_at(one.written()));
        if model.root && !model.certificate.is_self_issued() {
            self.note(
                "certificateAuthorityType",
                format!("{subject} is called a root and was issued by another: paths end at it"),
            );
        }
        let urls = Sources {
            crl_urls: model.crl_url.iter().cloned().collect(),
            delta_crl_url: model.delta_crl_url.clone(),
            ..Sources::default()
        };
        let id = self.authority(model.certificate.der());
        self.see(Seen::Authority, &id, &subject);
        let Some(authority) = self
            .state
            .authorities
            .iter_mut()
            .find(|known| known.id == id)
        else {
            return;
        };
        authority.root = model.root;
        authority.name.clone_from(&model.display_name);
        authority.deleted_at = deleted_at;
        authority.sources.crl_urls = urls.crl_urls;
        authority.sources.delta_crl_url = urls.delta_crl_url;
        authority.directory.issuer_hint = model.issuer_hint;
        authority.directory.document = Some(one.written().clone());
        if let Some(infrastructure) = infrastructure {
            authority.directory.infrastructure = Some(infrastructure.to_owned());
        } else {
            self.loose(&id, &subject);
        }
    }

    /// A CA that was exported apart from its container stays in the one that it has here; where that
    /// was deleted, or there is none, it stands by itself.
    fn loose(&mut self, id: &str, subject: &str) {
        let known = self.state.authorities.iter().find(|known| known.id == id);
        let container = known.and_then(|known| known.directory.infrastructure.clone());
        let kept = container.as_deref().and_then(|id| self.state.container(id));
        if let Some(kept) = kept
            && kept.deleted_at.is_none()
        {
            let text = format!("{subject} stays in the container {}", kept.name());
            return self.note("", text);
        }
        for known in &mut self.state.authorities {
            if known.id == id {
                known.directory.infrastructure = None;
            }
        }
        self.note(
            "",
            format!(
                "{subject} is in no container: the export holds it apart from them. It counts all \
                 the same; `certauth ca set --pki` puts it into one"
            ),
        );
    }

    pub(super) fn take_classic(&mut self, one: &Document<ClassicStore>) {
        let model = one.model();
        let kind = DocumentKind::ClassicStore;
        // A tenant has one, whatever its id.
        self.state.documents.retain(|kept| kept.kind != kind);
        self.put(kind, Some(CLASSIC.to_owned()), CLASSIC, one.written());
        let mut listed = Vec::new();
        for (place, entry) in model.authorities.iter().enumerate() {
            let id = self.authority(entry.certificate.der());
            if listed.contains(&id) {
                let subject = entry.certificate.subject();
                self.refuse(
                    &format!("certificateAuthorities[{place}].certificate"),
                    format!("{subject} stands twice in the list"),
                );
            }
            if let Some(known) = self
                .state
                .authorities
                .iter_mut()
                .find(|known| known.id == id)
            {
                known.directory.classic = Some(place);
                if known.directory.document.is_none() && known.directory.classic_counts.is_some() {
                    known.root = entry.root;
                    known.deleted_at = None;
                }
            }
            listed.push(id);
        }
        for authority in &mut self.state.authorities {
            if authority.directory.classic.is_some() && !listed.contains(&authority.id) {
                authority.directory.classic = None;
                // What was there for the list alone goes with it.
                if authority.directory.document.is_none()
                    && authority.directory.classic_counts.is_some()
                {
                    authority.deleted_at.get_or_insert(self.now);
                }
            }
        }
    }

    /// Finds the authority with a certificate; a new one is of the classic list until a container
    /// says more.
    pub(super) fn authority(&mut self, der: &[u8]) -> String {
        if let Some(known) = self
            .state
            .authorities
            .iter()
            .find(|known| known.certificate == der)
        {
            return known.id.clone();
        }
        let id = uuid();
        self.state.authorities.push(Authority {
            id: id.clone(),
            tenant: self.state.tenant.id.clone(),
            root: false,
            name: None,
            certificate: der.to_vec(),
            sources: Sources::default(),
            directory: Placement {
                classic_counts: Some(ALONE.to_owned()),
                ..Placement::default()
            },
            deleted_at: None,
        });
        id
    }

    /// Says for each CA whether the container's word or the classic list's counts: the container's,
    /// unless it names no CRL and the list does, or they name different ones.
    pub(super) fn settle_classic(&mut self) -> Result<(), StoreError> {
        let kept = self.state.of_kind(DocumentKind::ClassicStore).next();
        let classic: Option<Document<ClassicStore>> = kept
            .map(|kept| export::parsed(&kept.document))
            .transpose()?;
        let mut notes = Vec::new();
        for authority in &mut self.state.authorities {
            let entry = authority
                .directory
                .classic
                .and_then(|place| classic.as_ref()?.model().authorities.get(place));
            let own = match &authority.directory.document {
                Some(raw) => {
                    let own: Document<CertificateAuthority> = export::parsed(raw)?;
                    let model = own.model();
                    Some((model.crl_url.clone(), model.delta_crl_url.clone()))
                }
                None => None,
            };
            let Some(entry) = entry else {
                if let Some((complete, delta)) = own
                    && authority.directory.classic_counts.take().is_some()
                {
                    authority.sources.crl_urls = complete.into_iter().collect();
                    authority.sources.delta_crl_url = delta;
                }
                continue;
            };
            let alone = authority.directory.document.is_none()
                && authority.directory.classic_counts.is_some();
            let own = own.unwrap_or_else(|| {
                let sources = &authority.sources;
                (
                    sources.crl_urls.first().cloned(),
                    sources.delta_crl_url.clone(),
                )
            });
            let listed = (entry.crl_url.clone(), entry.delta_crl_url.clone());
            let why = if alone {
                Some(ALONE)
            } else if own.0.is_none() && listed.0.is_some() {
                Some("the container's copy has no CRL, and the classic list's has one")
            } else if own.0.is_some() && listed.0.is_some() && own.0 != listed.0 {
                Some("the container's copy and the classic list's name different CRLs")
            } else {
                None
            };
            if alone {
                authority.root = entry.root;
            }
            let counts = if why.is_some() { listed } else { own };
            if why.is_some() || authority.directory.document.is_some() {
                authority.sources.crl_urls = counts.0.into_iter().collect();
                authority.sources.delta_crl_url = counts.1;
            }
            authority.directory.classic_counts = why.map(str::to_owned);
            if authority.deleted_at.is_some() {
                notes.push(format!(
                    "{} was deleted from its container, so its copy in the classic list does not \
                     count either",
                    export::subject(&authority.certificate)
                ));
            }
        }
        for note in notes {
            self.note("certificateAuthorities", note);
        }
        Ok(())
    }

    pub(super) fn delete_other_infrastructures(&mut self) {
        let kind = DocumentKind::PublicKeyInfrastructure;
        let now = self.now;
        let mut gone = Vec::new();
        for place in 0..self.state.documents.len() {
            let Some(kept) = self.state.documents.get(place) else {
                break;
            };
            let id = kept.id.clone();
            if kept.kind == kind && !self.has_seen(Seen::Document(kind), &id) {
                gone.push(id);
            }
        }
        for kept in &mut self.state.documents {
            if kept.kind == kind && gone.contains(&kept.id) {
                kept.deleted_at.get_or_insert(now);
            }
        }
        for authority in &mut self.state.authorities {
            let container = authority.directory.infrastructure.as_ref();
            if container.is_some_and(|container| gone.contains(container)) {
                authority.deleted_at.get_or_insert(now);
            }
        }
    }

    /// When something was deleted: when the document says, and at this moment where it does not say
    /// it in a way that can be read.
    fn deleted_at(&self, document: &Value) -> i64 {
        let stated = document.get("deletedDateTime").and_then(Value::as_str);
        stated
            .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
            .map_or(self.now, OffsetDateTime::unix_timestamp)
            .min(self.now)
    }

    /// Whether it was deleted longer ago than it can be restored.
    fn is_too_old(&self, document: &Value) -> bool {
        self.deleted_at(document) < self.now.saturating_sub(RESTORABLE)
    }
}

fn over(what: &str) -> String {
    format!("{what} was deleted more than thirty days ago and cannot be restored")
}

const ALONE: &str = "the classic list alone has it";
/// The id of the classic list in the store.
const CLASSIC: &str = "classic";
