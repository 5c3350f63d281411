use std::io::Write;

use anyhow::bail;
use certauth::directory::containers::{Container, containers};
use certauth::store::Authority;
use certs::Time;
use serde_json::{Value, json};

use crate::commands::{Site, ca};

pub(super) async fn run(as_json: bool, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let all = containers(&site.installation.store, &site.tenant).await?;
    if as_json {
        let shown: Vec<Value> = all.iter().map(facts).collect();
        serde_json::to_writer_pretty(&mut *out, &shown)?;
        writeln!(out)?;
        return Ok(());
    }
    if all.is_empty() {
        writeln!(
            out,
            "there is no container; make one with: certauth pki add NAME"
        )?;
    }
    for container in &all {
        write_head(container, out)?;
    }
    Ok(())
}

pub(super) async fn show(
    wanted: &str,
    as_json: bool,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let all = containers(&site.installation.store, &site.tenant).await?;
    let container = among(wanted, &all)?;
    let members: Vec<Authority> = match container.deleted_at {
        None => container.counting().cloned().collect(),
        Some(_) => container.authorities.clone(),
    };
    if as_json {
        let mut whole = facts(container);
        if let Some(facts) = whole.as_object_mut() {
            let members = ca::json(&members, &all)?;
            facts.insert("certificateAuthorities".into(), members.into());
        }
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
        return Ok(());
    }
    write_head(container, out)?;
    for member in &members {
        ca::show(member, out)?;
    }
    Ok(())
}

/// The container that a person names; one that counts before one that was deleted.
fn among<'a>(wanted: &str, all: &'a [Container]) -> anyhow::Result<&'a Container> {
    let meant = |deleted: bool| -> Vec<&'a Container> {
        all.iter()
            .filter(|one| one.deleted_at.is_some() == deleted)
            .filter(|one| one.name == wanted || one.id.eq_ignore_ascii_case(wanted))
            .collect()
    };
    let mut found = meant(false);
    if found.is_empty() {
        found = meant(true);
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            bail!(
                "no container is named {wanted:?}; there are: {}",
                names.join("; ")
            )
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            bail!(
                "{} containers are named {wanted:?}; say which by its id: {}",
                several.len(),
                ids.join(", ")
            )
        }
    }
}

fn write_head(container: &Container, out: &mut dyn Write) -> anyhow::Result<()> {
    let count = match container.deleted_at {
        None => container.counting().count(),
        Some(_) => container.authorities.len(),
    };
    let authorities = if count == 1 {
        "authority"
    } else {
        "authorities"
    };
    writeln!(
        out,
        "{}\n  id {}, {count} {authorities}",
        container.name, container.id
    )?;
    if let Some(status) = container.document.get("status").and_then(Value::as_str) {
        writeln!(out, "  status in the directory: {status}")?;
    }
    if let Some(at) = container.deleted_at {
        writeln!(out, "  {}", ca::deleted(at))?;
    }
    Ok(())
}

/// A container as the directory describes it, with how many authorities it has.
fn facts(container: &Container) -> Value {
    let stated = |name: &str| container.document.get(name).cloned().unwrap_or_default();
    json!({
        "id": container.id,
        "displayName": container.name,
        "status": stated("status"),
        "statusDetails": stated("statusDetails"),
        "lastModifiedDateTime": stated("lastModifiedDateTime"),
        "deletedDateTime": container.deleted_at.map(|at| Time::from_unix(at).to_string()),
        "authorities": container.counting().count(),
    })
}
