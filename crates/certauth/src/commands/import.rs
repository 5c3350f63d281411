use std::fs::File as OpenFile;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use certauth::directory::plan::{self, Action, File, Finding, Plan, Rest};
use clap::Args;

use super::{Ends, Site, now};

/// Take over documents that were exported from a directory: show what changes, ask, and change all of
/// it or nothing.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Arguments {
    /// The files, JSON; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Remove containers, strengths, conditional access policies and groups that the files do not
    /// hold, of those kinds that they hold.
    #[arg(long)]
    replace: bool,

    /// Print the plan as a JSON object; needs --yes or --dry-run.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if arguments.json && !arguments.yes && !arguments.dry_run {
        bail!("say --yes or --dry-run with --json");
    }
    let files = files(&arguments.files)?;
    let rest = if arguments.replace {
        Rest::Remove
    } else {
        Rest::Keep
    };
    let store = &site.installation.store;
    let plan = plan::plan(store, &site.tenant, &files, rest, now()).await?;
    let way = Way {
        yes: arguments.yes,
        dry_run: arguments.dry_run,
        json: arguments.json,
        from_input: arguments.files.iter().any(|file| file == Path::new("-")),
    };
    carry_out(&plan, way, &IMPORT, site, out).await
}

/// How a plan is carried out.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Way {
    /// Nobody is asked.
    pub(super) yes: bool,
    /// Nothing is changed.
    pub(super) dry_run: bool,
    /// The plan is printed as JSON.
    pub(super) json: bool,
    /// Standard input was read, so nobody can answer there.
    pub(super) from_input: bool,
}

/// The words around a plan.
pub(super) struct Said {
    /// The question.
    pub(super) question: &'static str,
    /// What was done.
    pub(super) done: &'static str,
    /// What was not.
    pub(super) not_done: &'static str,
}

/// Shows a plan, asks, and changes all of it or nothing.
pub(super) async fn carry_out(
    plan: &Plan,
    way: Way,
    said: &Said,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if way.json {
        serde_json::to_writer_pretty(&mut *out, plan)?;
        writeln!(out)?;
    } else {
        show(plan, out)?;
    }
    let not_done = said.not_done;
    if !plan.refused.is_empty() {
        let text = format!("{not_done}: {} refused", plan.refused.len());
        return Err(Ends::with(1, text));
    }
    if way.dry_run || plan.changes.is_empty() && !plan.writes() {
        return Ok(());
    }
    if !way.yes {
        if way.from_input || !std::io::stdin().is_terminal() {
            bail!("{not_done}: say --yes, because nobody can be asked here");
        }
        if !agreed(said.question, out)? {
            return Err(Ends::with(1, not_done.to_owned()));
        }
    }
    if let Err(undone) = plan.apply(&site.installation.store).await {
        bail!("{not_done}: {undone}");
    }
    if !way.json {
        writeln!(out, "{}", said.done)?;
    }
    Ok(())
}

const IMPORT: Said = Said {
    question: "Import this?",
    done: "imported",
    not_done: "nothing was imported",
};

/// Reads files, each within the limit of an export.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    paths
        .iter()
        .map(|path| {
            let bytes = read(path, MOST_BYTES)?;
            Ok(File {
                name: path.display().to_string(),
                bytes,
            })
        })
        .collect()
}

/// Reads a file or standard input, within a limit.
pub(super) fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most)?.saturating_add(1);
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)?;
    } else {
        let file = OpenFile::open(path);
        let file = file.with_context(|| format!("{} cannot be read", path.display()))?;
        file.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() > most {
        bail!("{} is larger than {most} bytes", path.display());
    }
    Ok(bytes)
}

fn agreed(question: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
    write!(out, "\n{question} [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

fn show(plan: &Plan, out: &mut dyn Write) -> anyhow::Result<()> {
    for change in &plan.changes {
        let sign = match change.action {
            Action::Add => "+ add",
            Action::Change => "~ change",
            Action::Remove => "- remove",
            Action::Restore => "+ restore",
            Action::Purge => "- purge",
        };
        writeln!(out, "{sign} {} {}", change.kind, change.name)?;
        for member in &change.members {
            writeln!(out, "    {member}")?;
        }
    }
    if plan.changes.is_empty() {
        writeln!(out, "nothing changes")?;
    }
    if plan.unchanged > 0 {
        writeln!(out, "{} unchanged", plan.unchanged)?;
    }
    findings("Left out", &plan.left_out, out)?;
    findings("Read otherwise than the directory does", &plan.notes, out)?;
    findings("Refused", &plan.refused, out)
}

/// Prints findings below a title.
pub(super) fn findings(
    title: &str,
    findings: &[Finding],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !findings.is_empty() {
        writeln!(out, "\n{title}")?;
    }
    for finding in findings {
        let places = [finding.file.as_deref().unwrap_or_default(), &finding.path];
        let places: Vec<&str> = places.into_iter().filter(|one| !one.is_empty()).collect();
        if places.is_empty() {
            writeln!(out, "  {}", finding.text)?;
        } else {
            writeln!(out, "  {}: {}", places.join(": "), finding.text)?;
        }
    }
    Ok(())
}

const NOTES: &str = "\
The files hold the directory's JSON, one document, a collection or a list in each: the x509Certificate
authentication method policy, containers of CAs, CAs, the classic list of CAs, authentication
strengths, conditional access policies, users, groups and applications.

What the files do not mention stays, unless --replace is given; a container that lists its CAs, and
the classic list, replace what was there. What could decide something and is not evaluated is refused
with its path, and then nothing is imported.

Ends with 0 if it was imported, or if --dry-run would import it; with 1 if something is refused or
nobody agreed.";

/// Most bytes of an exported file.
const MOST_BYTES: usize = 16 * 1024 * 1024;
