//! A file of certificates that becomes the CAs of a container.

use certs::{Certificate, Time};
use policy::directory::{CertificateAuthority, Document, MOST_AUTHORITY_BYTES};

use super::state::State;
use super::{File, Plan, Work, whole};
use crate::directory::collection::{Member, read};
use crate::directory::export;
use crate::store::{Store, StoreError, Tenant};

/// Plans to take the CAs of a file into a container, by its name or id; a container that is not
/// there is made.
///
/// What is no CA, has ended or is there already is left out by name, and does not stand in the way
/// of the rest.
///
/// # Errors
/// If the store fails. What is wrong with the file is in the plan.
pub async fn collection(
    store: &dyn Store,
    tenant: &Tenant,
    file: &File,
    container: &str,
    now: Time,
) -> Result<Plan, StoreError> {
    let before = State::read(store, tenant).await?;
    let mut after = Work::new(before.clone(), now);
    if let Some(container) = after.container_to_fill(container) {
        after.file = Some(file.name.clone());
        match read(&file.bytes) {
            Ok(members) => {
                let issued: Vec<Certificate> =
                    members.iter().filter_map(Member::certificate).collect();
                for (place, member) in members.into_iter().enumerate() {
                    after.take_member(
                        &format!("certificates[{place}]"),
                        member,
                        &container,
                        now,
                    )?;
                }
                after.find_lists(&before, &issued)?;
            }
            Err(fault) => after.refuse("", fault.to_string()),
        }
        after.file = None;
        after.settle_classic()?;
        whole::check(&mut after, &[])?;
    }
    Ok(after.plan(&before, &[]))
}

/// Whether a certificate is its own issuer. A name alone does not say so: an authority that changes
/// its key issues a certificate to its own name as well (RFC 5280 §3.2, self-issued).
pub(super) fn is_root(certificate: &Certificate) -> bool {
    let vouched_by = certificate.authority_key_identifier();
    let own = certificate.subject_key_identifier();
    certificate.is_self_issued() && (vouched_by.is_none() || vouched_by == own)
}

impl Work {
    fn take_member(
        &mut self,
        path: &str,
        member: Member,
        container: &str,
        now: Time,
    ) -> Result<(), StoreError> {
        let certificate = match member {
            Member::Certificate(certificate) => certificate,
            Member::Unreadable(fault) => {
                self.leave_out(path, format!("it cannot be read: {fault}"));
                return Ok(());
            }
            Member::Other => {
                self.leave_out(path, "it is no X.509 certificate");
                return Ok(());
            }
        };
        let subject = certificate.subject().to_string();
        if !certificate.is_ca() {
            self.leave_out(
                path,
                format!("{subject} is not the certificate of an authority"),
            );
            return Ok(());
        }
        if now > certificate.not_after() {
            let ended = certificate.not_after();
            self.leave_out(path, format!("{subject} ended {ended}"));
            return Ok(());
        }
        let size = certificate.der().len();
        if size > MOST_AUTHORITY_BYTES {
            self.refuse(
                path,
                format!(
                    "the certificate of {subject} has {size} bytes, and an authority's has at \
                     most {MOST_AUTHORITY_BYTES}"
                ),
            );
            return Ok(());
        }
        if let Some(place) = self.place_of(&certificate) {
            self.leave_out(path, format!("{subject} is there already, {place}"));
            return Ok(());
        }
        self.place(&certificate, container)
    }

    /// Where a certificate stands that counts already; none where only the classic list has it.
    fn place_of(&self, certificate: &Certificate) -> Option<String> {
        let known =
            self.state.authorities.iter().find(|known| {
                known.deleted_at.is_none() && known.certificate == certificate.der()
            })?;
        let directory = &known.directory;
        match directory.infrastructure.as_deref() {
            Some(id) => {
                let name = self.state.container(id).map_or(id, |kept| kept.name());
                Some(format!("in the container {name}"))
            }
            None if directory.document.is_none() && directory.classic_counts.is_some() => None,
            None => Some("in no container".to_owned()),
        }
    }

    /// Puts a certificate into a container: a new authority, one that was deleted, or one that only
    /// the classic list has.
    fn place(&mut self, certificate: &Certificate, container: &str) -> Result<(), StoreError> {
        let id = self.authority(certificate.der());
        let Some(known) = self.state.authorities.iter_mut().find(|one| one.id == id) else {
            return Ok(());
        };
        known.deleted_at = None;
        known.directory.infrastructure = Some(container.to_owned());
        if known.directory.document.is_none() && known.directory.classic_counts.take().is_some() {
            known.root = is_root(certificate);
            let document = Document::new(CertificateAuthority {
                id: Some(id),
                display_name: known.name.clone(),
                root: known.root,
                certificate: certificate.clone(),
                crl_url: None,
                delta_crl_url: None,
                issuer_hint: false,
                deleted: false,
            });
            known.directory.document = Some(document.written().clone());
        }
        // What was deleted comes back as it was, and its document says what it is.
        if let Some(written) = export::authority(known)? {
            known.directory.document = Some(written.written().clone());
        }
        Ok(())
    }
}
