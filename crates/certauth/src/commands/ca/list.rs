use std::io::Write;

use certauth::store::{Authority, Sources, Store as _};
use certs::{Certificate, hex};
use serde::Serialize;

use super::{List, describe, label};
use crate::commands::Site;

/// An authority as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    name: Option<&'a str>,
    role: &'static str,
    subject: String,
    issuer: String,
    sha256: String,
    subject_key_identifier: Option<String>,
    authority_key_identifier: Option<String>,
    not_before: String,
    not_after: String,
    #[serde(flatten)]
    sources: &'a Sources,
}

pub(super) async fn run(arguments: &List, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let authorities = site.installation.store.authorities(&site.tenant.id).await?;
    if arguments.json {
        let mut all = Vec::new();
        for authority in &authorities {
            all.push(shown(
                authority,
                &Certificate::from_der(&authority.certificate)?,
            ));
        }
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    if authorities.is_empty() {
        writeln!(
            out,
            "no authority is trusted; add the root first: certauth ca add --file FILE --role root"
        )?;
    }
    for authority in &authorities {
        show(authority, out)?;
    }
    Ok(())
}

/// Prints an authority of the trust store.
pub(in crate::commands) fn show(authority: &Authority, out: &mut dyn Write) -> anyhow::Result<()> {
    let certificate = Certificate::from_der(&authority.certificate)?;
    writeln!(
        out,
        "  {}\n    {}, until {}, SHA-256 {}\n    revocation {}",
        label(authority, &certificate),
        role(authority),
        certificate.not_after(),
        certificate.sha256(),
        describe(&authority.sources)
    )?;
    Ok(())
}

fn shown<'a>(authority: &'a Authority, certificate: &Certificate) -> Shown<'a> {
    Shown {
        id: &authority.id,
        name: authority.name.as_deref(),
        role: role(authority),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        sha256: certificate.sha256().to_string(),
        subject_key_identifier: certificate.subject_key_identifier().map(hex),
        authority_key_identifier: certificate.authority_key_identifier().map(hex),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        sources: &authority.sources,
    }
}

const fn role(authority: &Authority) -> &'static str {
    if authority.root {
        "root"
    } else {
        "intermediate"
    }
}
