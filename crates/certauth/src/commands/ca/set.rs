use std::io::Write;

use anyhow::bail;
use certauth::store::Store as _;

use super::{Role, Set, add, describe, find};
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
    if !site.installation.store.update_authority(&authority).await? {
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
