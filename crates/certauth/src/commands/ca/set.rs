use std::io::Write;

use anyhow::bail;
use certauth::directory::limits;
use certauth::store::Store as _;

use super::{Role, Set, add, container, describe, find};
use crate::commands::Site;

pub(super) async fn run(arguments: &Set, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let (mut authority, certificate) = find(&arguments.ca, site).await?;
    if let Some(role) = arguments.role {
        add::refuse_unfit(&certificate, role)?;
        authority.root = role == Role::Root;
    }
    if let Some(name) = &arguments.name {
        authority.name = Some(name.clone()).filter(|name| !name.is_empty());
    }
    if arguments.no_pki {
        authority.directory.infrastructure = None;
    } else if let Some(wanted) = &arguments.pki {
        authority.directory.infrastructure = Some(container(wanted, site).await?);
    }
    if let Some(switch) = arguments.issuer_hint {
        authority.directory.issuer_hint = switch.is_on();
    }
    let sources = &mut authority.sources;
    if arguments.no_crl {
        sources.crl_urls.clear();
        sources.delta_crl_url = None;
    }
    if arguments.no_delta_crl {
        sources.delta_crl_url = None;
    }
    if arguments.no_ocsp {
        sources.ocsp_url = None;
    }
    arguments.sources.apply(sources)?;
    sources.check()?;
    let store = &site.installation.store;
    limits::with(store, &site.tenant, &authority).await??;
    if !store.update_authority(&authority).await? {
        bail!("{} was removed by somebody else", certificate.subject());
    }
    writeln!(
        out,
        "changed {}\n  role         {}\n  revocation   {}",
        super::label(&authority, &certificate),
        if authority.root {
            "root"
        } else {
            "intermediate"
        },
        describe(&authority.sources)
    )?;
    Ok(())
}
