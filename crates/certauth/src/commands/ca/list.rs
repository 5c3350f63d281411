use std::io::Write;

use certauth::directory::containers::{self, containers};
use certauth::store::{Authority, RESTORABLE, Sources, Store as _};
use certs::{Certificate, Time, hex};
use serde::Serialize;
use serde_json::Value;

use super::{List, describe, label};
use crate::commands::{Site, now};

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
    container: Option<&'a Container>,
    issuer_hint: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<String>,
    #[serde(flatten)]
    sources: &'a Sources,
}

/// The container of an authority.
#[derive(Clone, Debug, Serialize)]
pub(in crate::commands) struct Container {
    id: String,
    name: String,
}

pub(super) async fn run(arguments: &List, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = &site.installation.store;
    let authorities = if arguments.deleted {
        store.deleted_authorities(&site.tenant.id).await?
    } else {
        store.authorities(&site.tenant.id).await?
    };
    let containers = containers(store, &site.tenant).await?;
    if arguments.json {
        let all = json(&authorities, &containers)?;
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    if arguments.deleted && authorities.is_empty() {
        writeln!(out, "no authority was deleted that could be restored")?;
    } else if authorities.is_empty() {
        writeln!(
            out,
            "no authority is trusted; add the root first: certauth ca add --file FILE --role root"
        )?;
    }
    for authority in &authorities {
        show(authority, out)?;
        for line in place(authority, &containers) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// Authorities as `--json` prints them.
pub(in crate::commands) fn json(
    authorities: &[Authority],
    containers: &[containers::Container],
) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    for authority in authorities {
        let certificate = Certificate::from_der(&authority.certificate)?;
        let container = of(authority, containers);
        all.push(serde_json::to_value(shown(
            authority,
            &certificate,
            container.as_ref(),
        ))?);
    }
    Ok(all)
}

fn of(authority: &Authority, containers: &[containers::Container]) -> Option<Container> {
    let id = authority.directory.infrastructure.as_ref()?;
    let known = containers.iter().find(|container| container.id == *id);
    Some(Container {
        id: id.clone(),
        name: known.map_or_else(|| id.clone(), |container| container.name.clone()),
    })
}

fn place(authority: &Authority, containers: &[containers::Container]) -> Vec<String> {
    let mut lines = Vec::new();
    let directory = &authority.directory;
    lines.push(match of(authority, containers) {
        Some(container) => format!("in the container {}", container.name),
        None if directory.document.is_none() && directory.classic_counts.is_some() => {
            "in the classic list".to_owned()
        }
        None => "in no container".to_owned(),
    });
    if directory.issuer_hint {
        lines.push("its name is sent in the handshake where names are".to_owned());
    }
    if let Some(at) = authority.deleted_at {
        lines.push(deleted(at));
    }
    lines
}

/// When something was deleted, and until when it can be restored.
pub(in crate::commands) fn deleted(at: i64) -> String {
    let at = Time::from_unix(at);
    let until = at.plus(RESTORABLE);
    if now() > until {
        format!("deleted {at}, more than thirty days ago: it goes with the next sweep")
    } else {
        format!("deleted {at}, can be restored until {until}")
    }
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

fn shown<'a>(
    authority: &'a Authority,
    certificate: &Certificate,
    container: Option<&'a Container>,
) -> Shown<'a> {
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
        container,
        issuer_hint: authority.directory.issuer_hint,
        deleted: authority
            .deleted_at
            .map(|at| Time::from_unix(at).to_string()),
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
