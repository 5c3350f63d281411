use std::fs;
use std::io::Write;

use anyhow::{Context as _, bail};
use certauth::directory::limits;
use certauth::server::uuid;
use certauth::store::{Authority, Placement, Sources, Store as _};
use certs::Certificate;

use super::{Add, Role, container, describe};
use crate::commands::{Site, Switch, now};

pub(super) async fn run(arguments: &Add, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let certificate = read(arguments)?;
    refuse_unfit(&certificate, arguments.role)
        .with_context(|| arguments.file.display().to_string())?;
    if now() > certificate.not_after() {
        bail!(
            "{} ended {}",
            certificate.subject(),
            certificate.not_after()
        );
    }
    let mut sources = Sources::default();
    arguments.sources.apply(&mut sources)?;
    sources.check()?;
    let store = &site.installation.store;
    let deleted = store.deleted_authorities(&site.tenant.id).await?;
    if let Some(known) = deleted
        .iter()
        .find(|known| known.certificate == certificate.der())
    {
        bail!(
            "{} was deleted and is kept; restore it with: certauth ca restore {}",
            certificate.subject(),
            known.id
        );
    }
    let infrastructure = match &arguments.pki {
        Some(wanted) => Some(container(wanted, site).await?),
        None => None,
    };
    let authority = Authority {
        id: uuid(),
        tenant: site.tenant.id.clone(),
        root: arguments.role.is_root(),
        name: arguments.name.clone(),
        certificate: certificate.der().to_vec(),
        sources,
        directory: Placement {
            infrastructure,
            issuer_hint: arguments.issuer_hint.is_some_and(Switch::is_on),
            ..Placement::default()
        },
        deleted_at: None,
    };
    limits::with(store, &site.tenant, &authority).await??;
    store
        .put_authority(&authority)
        .await
        .with_context(|| format!("{} was not added", certificate.subject()))?;
    writeln!(
        out,
        "added {}\n  SHA-256      {}\n  valid until  {}\n  revocation   {}",
        certificate.subject(),
        certificate.sha256(),
        certificate.not_after(),
        describe(&authority.sources)
    )?;
    Ok(())
}

/// Refuses a certificate that cannot be in the place it is meant for.
pub(super) fn refuse_unfit(certificate: &Certificate, role: Role) -> anyhow::Result<()> {
    if !certificate.is_ca() {
        bail!(
            "this is the certificate of {}, which is not an authority",
            certificate.subject()
        );
    }
    if role == Role::Root && !certificate.is_self_issued() {
        bail!(
            "{} was issued by {}; a root issues itself",
            certificate.subject(),
            certificate.issuer()
        );
    }
    Ok(())
}

fn read(arguments: &Add) -> anyhow::Result<Certificate> {
    let file = arguments.file.display();
    let bytes = fs::read(&arguments.file).with_context(|| format!("{file} cannot be read"))?;
    let certificates = Certificate::from_pem_or_der(&bytes)
        .with_context(|| format!("{file} does not hold a certificate"))?;
    match certificates.as_slice() {
        [certificate] => Ok(certificate.clone()),
        [] => bail!("{file} holds no certificate"),
        several => bail!(
            "{file} holds {} certificates; add each with its own role",
            several.len()
        ),
    }
}
