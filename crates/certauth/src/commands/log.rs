use std::io::Write;

use certauth::store::{LogRow, Store as _};
use certs::Time;
use clap::Args;
use policy::CheckLine;

use super::{Site, trace};

/// Show the sign-in log, the newest entry last.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print a JSON array of all fields.
    #[arg(long)]
    json: bool,

    /// How many entries.
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: u32,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &site.installation.store;
    let mut rows = store.log_rows(&site.tenant.id, arguments.last).await?;
    rows.reverse();
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    if rows.is_empty() {
        writeln!(out, "nobody has tried to sign in yet")?;
    }
    for row in &rows {
        show(row, out)?;
    }
    Ok(())
}

fn show(row: &LogRow, out: &mut dyn Write) -> anyhow::Result<()> {
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let code = match row.code {
        0 => String::new(),
        code => format!(" {code}"),
    };
    writeln!(
        out,
        "{}  {}{code}  {}  {} for {}",
        Time::from_unix(row.created_at),
        row.result,
        row.step,
        or_unknown(&row.username),
        or_unknown(&row.application),
    )?;
    let mut lines = vec![
        ("Correlation id", row.correlation_id.clone()),
        ("Address", or_unknown(&row.address)),
    ];
    if !row.factors.is_empty() {
        lines.push(("Factors", row.factors.join(", ")));
    }
    let details = row
        .details
        .iter()
        .map(|detail| (detail.key.as_str(), detail.value.clone()));
    let lines: Vec<(&str, String)> = lines.into_iter().chain(details).collect();
    let width = lines.iter().map(|(key, _)| key.chars().count()).max();
    for (key, value) in lines {
        writeln!(out, "    {key:width$}  {value}", width = width.unwrap_or(0))?;
    }
    let checks = row.explanation.as_ref().map(|known| &known["checks"]);
    let checks: Vec<CheckLine> = match checks {
        Some(checks) => serde_json::from_value(checks.clone())?,
        None => Vec::new(),
    };
    for check in &checks {
        writeln!(out, "    {}", trace::line(check))?;
    }
    Ok(())
}
