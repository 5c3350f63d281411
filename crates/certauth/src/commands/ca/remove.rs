use std::io::Write;

use anyhow::bail;
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
    let restored = Authority {
        deleted_at: None,
        ..authority
    };
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
