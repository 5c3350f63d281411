//! `oracles --cases N [--seed S]`: judges cases and fails where a difference is not written down.
#![expect(clippy::print_stdout, reason = "what it found is its output")]
#![expect(clippy::disallowed_methods, reason = "it says how long it took")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Parser;
use oracles::lists;
use oracles::run::{self, Unexplained};

#[derive(Debug, Parser)]
struct Arguments {
    /// How many cases.
    #[arg(long, default_value_t = 2_000)]
    cases: u64,
    /// Where the randomness begins; the same seed gives the same cases, under other keys.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the certificates of a case go that nothing explains.
    #[arg(long, default_value = "unexplained")]
    folder: PathBuf,
    /// How many of those are shrunk and written.
    #[arg(long, default_value_t = 3)]
    show: usize,
    /// Shows cases with these words alone.
    #[arg(long)]
    words: Option<String>,
    /// Prints what was broken how often, and how often we refused it.
    #[arg(long)]
    faults: bool,
    /// Prints the differences that are not written down by who says what.
    #[arg(long)]
    groups: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    println!("seed {}, {} cases", arguments.seed, arguments.cases);
    let since = Instant::now();
    let (counts, unexplained) = run::run(
        arguments.seed,
        arguments.cases,
        arguments.show,
        arguments.words.as_deref(),
    )?;
    println!("took {:.1?}", since.elapsed());
    print!("{counts}");
    if arguments.faults {
        for (kind, (all, refused)) in &counts.faults {
            let kind = kind.map_or("nothing".to_owned(), |kind| format!("{kind:?}"));
            println!("{all:>8} {kind}, {refused} refused");
        }
    }
    if arguments.groups {
        for (group, count) in &counts.groups {
            println!("{count:>8} {group}");
        }
    }
    for one in &unexplained {
        show(one, &arguments.folder)?;
    }
    let lists = lists::run(arguments.seed, arguments.cases)?;
    print!("{lists}");
    Ok(if counts.unexplained == 0 && lists.unexplained.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show(unexplained: &Unexplained, folder: &Path) -> Result<()> {
    let case = &unexplained.case;
    println!("\ncase {}", unexplained.number);
    println!("  certs, of the whole pool: {}", case.whole);
    for judged in &case.paths {
        println!("  path {:?}", judged.path);
        println!("    certs   {}", judged.ours);
        println!("    OpenSSL {}", judged.openssl);
        println!("    certval {}", judged.certval);
    }
    for trouble in case.troubles() {
        println!("  NOT WRITTEN DOWN: {trouble}");
    }
    println!("{:#?}", case.plan);
    let folder = folder.join(unexplained.number.to_string());
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    write(&folder.join("leaf.pem"), &case.minted.leaf.der)?;
    for (number, authority) in case.minted.pool.iter().enumerate() {
        let role = if authority.trusted { "root" } else { "ca" };
        write(&folder.join(format!("{role}-{number}.pem")), &authority.der)?;
    }
    println!("  written to {}", folder.display());
    Ok(())
}

fn write(path: &Path, der: &[u8]) -> Result<()> {
    let pem = pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, der)
        .map_err(|cause| anyhow::anyhow!("{cause}"))?;
    std::fs::write(path, pem).with_context(|| format!("cannot write {}", path.display()))
}
