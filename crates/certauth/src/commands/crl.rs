use std::io::Write;

use anyhow::bail;
use certauth::server::Clock;
use certauth::store::{Authority, CrlState, ListFacts, Store as _};
use certs::{Certificate, Time};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Site, ca, now};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the revocation lists: how old, how large, and what went wrong.
    List(List),
    /// Fetch revocation lists, whether or not they are due.
    Refresh(Refresh),
}

/// Show the revocation lists: how old, how large, and what went wrong.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Print a JSON array; times in seconds since 1970.
    #[arg(long)]
    json: bool,
}

/// Fetch revocation lists, whether or not they are due.
///
/// A running server takes them over within seconds.
#[derive(Args, Debug)]
pub(super) struct Refresh {
    /// The authority: its name, subject, subject key identifier, id, or the first digits of its
    /// certificate's SHA-256.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    ca: Option<String>,

    /// The lists of all authorities.
    #[arg(long)]
    all: bool,

    /// Keep an older list in the place of a newer one. Only for an authority that was made anew
    /// with the same key and began its CRL numbers again: an old list, played back, brings revoked
    /// certificates to life.
    #[arg(long)]
    allow_older: bool,

    /// Print a JSON array; times in seconds since 1970.
    #[arg(long)]
    json: bool,
}

/// A list as `--json` prints it.
#[derive(Serialize)]
struct Shown<'a> {
    subject: String,
    name: Option<&'a str>,
    #[serde(flatten)]
    state: CrlState,
}

pub(super) async fn run(command: Command, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::List(arguments) => {
            let store = &site.installation.store;
            let states = store.crl_states(&site.tenant.id).await?;
            show_all(&states, |_| true, arguments.json, site, out).await
        }
        Command::Refresh(arguments) => refresh(&arguments, site, out).await,
    }
}

async fn refresh(arguments: &Refresh, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let wanted = match &arguments.ca {
        Some(wanted) => Some(ca::find(wanted, site).await?.0.id),
        None => None,
    };
    let trust = site.installation.trust(Clock::system())?;
    let asked = wanted.as_deref();
    let states = trust
        .ask(&site.tenant, asked, arguments.allow_older)
        .await?;
    let meant = |id: &str| wanted.as_deref().is_none_or(|wanted| wanted == id);
    show_all(&states, meant, arguments.json, site, out).await?;
    let failed = states.iter().filter(|state| state.fault.is_some()).count();
    if failed > 0 {
        bail!("{failed} of {} lists were not had", states.len());
    }
    Ok(())
}

/// Shows the list of every address that is configured, asked or not.
async fn show_all(
    states: &[CrlState],
    meant: impl Fn(&str) -> bool,
    json: bool,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut all = Vec::new();
    let authorities = site.installation.store.authorities(&site.tenant.id).await?;
    for authority in authorities.iter().filter(|known| meant(&known.id)) {
        let certificate = Certificate::from_der(&authority.certificate)?;
        for (url, delta) in authority.sources.lists() {
            let known = states
                .iter()
                .find(|state| state.authority == authority.id && state.url == url);
            let state = known.cloned().unwrap_or_else(|| CrlState {
                authority: authority.id.clone(),
                url: url.to_owned(),
                ..CrlState::default()
            });
            all.push((authority, certificate.clone(), delta, state));
        }
    }
    if json {
        let all: Vec<Shown<'_>> = all.into_iter().map(shown).collect();
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    if all.is_empty() {
        writeln!(
            out,
            "no list is configured; give an authority one: certauth ca set CA --crl-url URL"
        )?;
    }
    for (authority, certificate, delta, state) in &all {
        writeln!(out, "{}", ca::label(authority, certificate))?;
        show(*delta, state, now(), out)?;
    }
    Ok(())
}

fn shown(
    (authority, certificate, _, state): (&Authority, Certificate, bool, CrlState),
) -> Shown<'_> {
    Shown {
        subject: certificate.subject().to_string(),
        name: authority.name.as_deref(),
        state,
    }
}

fn show(delta: bool, state: &CrlState, now: Time, out: &mut dyn Write) -> anyhow::Result<()> {
    let kind = if delta { "delta CRL" } else { "CRL" };
    writeln!(out, "  {kind} at {}", state.url)?;
    match &state.list {
        Some(list) => show_list(list, now, out)?,
        None => writeln!(out, "    no list is there")?,
    }
    let ago = |at: i64| format!("{} ago", length(now.unix().saturating_sub(at)));
    if let Some(at) = state.fetched_at {
        writeln!(out, "    fetched {}", ago(at))?;
    }
    if let (Some(fault), Some(at)) = (&state.fault, state.attempted_at) {
        writeln!(
            out,
            "    failed {}, {} in a row: {}: {}",
            ago(at),
            times(state.failures),
            fault.code,
            fault.text
        )?;
    }
    match state.next_attempt {
        Some(at) if at > now.unix() => writeln!(
            out,
            "    asked again in {}",
            length(at.saturating_sub(now.unix()))
        )?,
        Some(_) | None => writeln!(out, "    asked at once by a server that runs")?,
    }
    Ok(())
}

fn show_list(list: &ListFacts, now: Time, out: &mut dyn Write) -> anyhow::Result<()> {
    let age = now.unix().saturating_sub(list.this_update);
    let left = list.next_update.saturating_sub(now.unix());
    let counts = if left >= 0 {
        format!("counts for {}", length(left))
    } else {
        format!("ended {} ago", length(left.saturating_neg()))
    };
    writeln!(
        out,
        "    CRL {}, {}, {} bytes",
        list.number.as_deref().unwrap_or("without number"),
        entries(list.entries),
        list.bytes
    )?;
    writeln!(
        out,
        "    issued {} ago ({}), {counts} ({})",
        length(age),
        Time::from_unix(list.this_update),
        Time::from_unix(list.next_update)
    )?;
    if let Some(at) = list.next_publish {
        writeln!(out, "    next one published {}", Time::from_unix(at))?;
    }
    Ok(())
}

fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// A length of time in its largest unit that is not almost nothing of it.
fn length(seconds: i64) -> String {
    for (unit, word) in [(86_400, "d"), (3600, "h"), (60, "min")] {
        if seconds >= 2 * unit {
            return format!("{} {word}", seconds / unit);
        }
    }
    format!("{} s", seconds.max(0))
}
