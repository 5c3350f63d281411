use std::io::Write;
use std::path::Path;

use anyhow::bail;
use certauth::directory::collection::MOST_BYTES;
use certauth::directory::plan::{self, File};

use super::Import;
use crate::commands::import::{Said, Way, carry_out, read};
use crate::commands::{Site, now};

pub(super) async fn run(
    arguments: &Import,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if arguments.json && !arguments.yes && !arguments.dry_run {
        bail!("say --yes or --dry-run with --json");
    }
    let file = File {
        name: arguments.file.display().to_string(),
        bytes: read(&arguments.file, MOST_BYTES)?,
    };
    let store = &site.installation.store;
    let plan = plan::collection(store, &site.tenant, &file, &arguments.pki, now()).await?;
    let way = Way {
        yes: arguments.yes,
        dry_run: arguments.dry_run,
        json: arguments.json,
        from_input: arguments.file == Path::new("-"),
    };
    carry_out(&plan, way, &SAID, site, out).await
}

const SAID: Said = Said {
    question: "Import this?",
    done: "imported",
    not_done: "nothing was imported",
};
