//! What holds across documents, with what the tenant has already.

use policy::directory::{Bundle, Document};

use super::Work;
use super::people::Person;
use crate::directory::{document, export, hints, method};
use crate::store::{DocumentKind, StoreError};

/// Refuses what does not hold together.
pub(super) fn check(work: &mut Work, people: &[Person]) -> Result<(), StoreError> {
    let tenant = work.state.tenant.id.clone();
    let mut bundle = Bundle {
        method: Some(Document::new(method(&work.state.tenant))),
        ..Bundle::default()
    };
    for kept in work.state.of_kind(DocumentKind::Strength) {
        bundle.strengths.push(document(&kept.stored(&tenant))?);
    }
    for kept in work.state.of_kind(DocumentKind::ConditionalAccess) {
        bundle
            .conditional_access
            .push(document(&kept.stored(&tenant))?);
    }
    let mut hinted = Vec::new();
    for authority in &work.state.authorities {
        if authority.deleted_at.is_none()
            && let Some(written) = export::authority(authority)?
        {
            let certificate = written.model().certificate.clone();
            hinted.push((certificate, authority.directory.issuer_hint));
            bundle.authorities.push(written);
        }
    }
    for person in people {
        if let Some((_, stored)) = &person.document {
            bundle.users.push(document(stored)?);
        }
    }
    for problem in bundle.check() {
        work.refuse(&problem.path, problem.fault.to_string());
    }
    let on = work.state.tenant.method.issuer_hints;
    let hinted = hinted
        .iter()
        .map(|(certificate, flag)| (certificate, *flag));
    let size = hints::size(&hints::names(on, hinted));
    if size > hints::MOST_BYTES {
        work.refuse("issuerHintsConfiguration.state", hints::too_large(size));
    }
    Ok(())
}
