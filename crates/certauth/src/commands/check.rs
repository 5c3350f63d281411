use std::io::Write;

use anyhow::bail;
use certauth::check::{Finding, Severity, check};
use certauth::server::Clock;
use clap::Args;

use super::Site;

/// Test the configuration and the trust store: chains, dates, key identifiers, revocation lists.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Arguments {
    /// Fetch nothing: look at the lists that are stored.
    #[arg(long)]
    offline: bool,

    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let findings = check(&site.installation, &site.tenant, arguments.offline, &clock).await?;
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &findings)?;
        writeln!(out)?;
    } else {
        for finding in &findings {
            show(finding, out)?;
        }
        if findings.is_empty() {
            writeln!(out, "everything that was looked at is as it should be")?;
        }
    }
    let is_problem = |finding: &&Finding| finding.severity == Severity::Problem;
    match findings.iter().filter(is_problem).count() {
        0 => Ok(()),
        1 => bail!("there is a problem"),
        problems => bail!("there are {problems} problems"),
    }
}

fn show(finding: &Finding, out: &mut dyn Write) -> anyhow::Result<()> {
    let severity = match finding.severity {
        Severity::Problem => "PROBLEM",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let code = match finding.code {
        Some(code) => format!(" [{code}]"),
        None => String::new(),
    };
    writeln!(
        out,
        "{severity}  {}: {}{code}\n  {}\n  {}\n",
        finding.check, finding.about, finding.found, finding.next
    )?;
    Ok(())
}

const NOTES: &str = "\
Every list that is configured is fetched, within the limits of the background, and none is kept: see
`certauth crl refresh` for that. Ends with 0 if there is no problem; warnings do not count.";
