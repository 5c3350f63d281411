use std::io::Write;

use anyhow::bail;
use certauth::directory::containers::containers;
use certauth::directory::limits;
use certauth::store::{Authority, RESTORABLE, Store as _};

use super::{Named, among, find};
use crate::commands::{Site, now};

pub(super) async fn delete(
    arguments: &Named,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (authority, certificate) = find(&arguments.ca, site).await?;
    let deleted = Authority {
        deleted_at: Some(now().unix()),
        ..authority
    };
    if !site.installation.store.update_authority(&deleted).await? {
        bail!("{} was removed by somebody else", certificate.subject());
    }
    writeln!(
        out,
        "deleted {}\nCertificates below it are refused unless another authority of the trust store \
         leads to a root. It can be restored until {}.",
        certificate.subject(),
        now().plus(RESTORABLE)
    )?;
    Ok(())
}

pub(super) async fn restore(
    arguments: &Named,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &site.installation.store;
    let deleted = store.deleted_authorities(&site.tenant.id).await?;
    let (authority, certificate) = among(&arguments.ca, deleted)?;
    let at = authority.deleted_at.unwrap_or_default();
    if at < now().plus(-RESTORABLE).unix() {
        bail!(
            "{} was deleted more than thirty days ago",
            certificate.subject()
        );
    }
    if let Some(container) = &authority.directory.infrastructure {
        let all = containers(store, &site.tenant).await?;
        let deleted = all
            .iter()
            .find(|one| one.id == *container && one.deleted_at.is_some());
        if let Some(container) = deleted {
            bail!(
                "{} belongs to the container {}, which was deleted; restore that: certauth pki \
                 restore {}",
                certificate.subject(),
                container.name,
                container.id
            );
        }
    }
    let restored = Authority {
        deleted_at: None,
        ..authority
    };
    limits::with(store, &site.tenant, &restored).await??;
    if !store.update_authority(&restored).await? {
        bail!("{} was purged by somebody else", certificate.subject());
    }
    writeln!(out, "restored {}", certificate.subject())?;
    Ok(())
}

pub(super) async fn purge(
    arguments: &Named,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &site.installation.store;
    let mut all = store.authorities(&site.tenant.id).await?;
    all.extend(store.deleted_authorities(&site.tenant.id).await?);
    let (authority, certificate) = among(&arguments.ca, all)?;
    if !store
        .remove_authority(&site.tenant.id, &authority.id)
        .await?
    {
        bail!("{} was purged by somebody else", certificate.subject());
    }
    writeln!(
        out,
        "purged {}\nCertificates below it are refused unless another authority of the trust store \
         leads to a root.",
        certificate.subject()
    )?;
    Ok(())
}
