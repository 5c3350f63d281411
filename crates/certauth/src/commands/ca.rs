use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use certauth::store::{Authority, Store as _};
use certs::{Certificate, hex};
use clap::{Args, Subcommand, ValueEnum};

use self::sources::SourceOptions;
use super::Site;

mod add;
mod list;
mod set;
mod sources;

pub(super) use self::list::show;
pub(super) use self::sources::describe;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Trust an authority's certificates.
    Add(Add),
    /// Change an authority's name, its role, or where its revocations are asked for.
    Set(Set),
    /// Show the trust store.
    List(List),
    /// Trust an authority's certificates no more.
    Remove(Remove),
}

/// Trust an authority's certificates.
#[derive(Args, Debug)]
#[command(after_help = sources::NOTES)]
pub(super) struct Add {
    /// The authority's certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,

    /// What it is in a chain.
    #[arg(long)]
    role: Role,

    /// A name of your own for it.
    #[arg(long)]
    name: Option<String>,

    #[command(flatten)]
    sources: SourceOptions,
}

/// Change an authority's name, its role, or where its revocations are asked for.
///
/// What is not named stays as it is.
#[derive(Args, Debug)]
#[command(after_help = sources::NOTES)]
pub(super) struct Set {
    /// The authority: its name, subject, subject key identifier, id, or the first digits of its
    /// certificate's SHA-256.
    ca: String,

    /// What it is in a chain.
    #[arg(long)]
    role: Option<Role>,

    /// A name of your own for it.
    #[arg(long)]
    name: Option<String>,

    #[command(flatten)]
    sources: SourceOptions,

    /// No CRL, and no delta CRL.
    #[arg(long, conflicts_with_all = ["crl_url", "delta_crl_url"])]
    no_crl: bool,

    /// No delta CRL.
    #[arg(long, conflicts_with = "delta_crl_url")]
    no_delta_crl: bool,

    /// No OCSP responder.
    #[arg(long, conflicts_with = "ocsp_url")]
    no_ocsp: bool,
}

/// Show the trust store.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

/// Trust an authority's certificates no more.
#[derive(Args, Debug)]
pub(super) struct Remove {
    /// The authority: its name, subject, subject key identifier, id, or the first digits of its
    /// certificate's SHA-256.
    ca: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// A chain may end at it.
    Root,
    /// A root must vouch for it.
    Intermediate,
}

pub(super) async fn run(command: Command, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Add(arguments) => add::run(&arguments, site, out).await,
        Command::Set(arguments) => set::run(&arguments, site, out).await,
        Command::List(arguments) => list::run(&arguments, site, out).await,
        Command::Remove(arguments) => remove(&arguments, site, out).await,
    }
}

async fn remove(arguments: &Remove, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let (authority, certificate) = find(&arguments.ca, site).await?;
    let store = &site.installation.store;
    if !store
        .remove_authority(&site.tenant.id, &authority.id)
        .await?
    {
        bail!("{} was removed by somebody else", certificate.subject());
    }
    writeln!(
        out,
        "removed {}\nCertificates below it are refused unless another authority of the trust store \
         leads to a root.",
        certificate.subject()
    )?;
    Ok(())
}

/// Finds the authority that a person names in one of several ways.
pub(super) async fn find(wanted: &str, site: &Site) -> anyhow::Result<(Authority, Certificate)> {
    let mut found = Vec::new();
    let mut all = Vec::new();
    for authority in site.installation.store.authorities(&site.tenant.id).await? {
        let certificate = Certificate::from_der(&authority.certificate)?;
        all.push(label(&authority, &certificate));
        if is_meant(wanted, &authority, &certificate) {
            found.push((authority, certificate));
        }
    }
    match <[_; 1]>::try_from(found) {
        Ok([only]) => Ok(only),
        Err(none) if none.is_empty() => {
            bail!(
                "no authority is named {wanted:?}; there are: {}",
                all.join("; ")
            )
        }
        Err(several) => {
            let fingerprints: Vec<String> = several
                .iter()
                .map(|(_, certificate)| certificate.sha256().to_string())
                .collect();
            bail!(
                "{} authorities are named {wanted:?}; say which by its SHA-256: {}",
                several.len(),
                fingerprints.join(", ")
            )
        }
    }
}

/// An authority as administrators know it.
pub(super) fn label(authority: &Authority, certificate: &Certificate) -> String {
    match &authority.name {
        Some(name) => format!("{name} ({})", certificate.subject()),
        None => certificate.subject().to_string(),
    }
}

fn is_meant(wanted: &str, authority: &Authority, certificate: &Certificate) -> bool {
    let digits: String = wanted
        .chars()
        .filter(|character| *character != ':')
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let fingerprint = certificate.sha256().to_string();
    let key = certificate.subject_key_identifier().map(hex);
    authority.id == wanted
        || authority.name.as_deref() == Some(wanted)
        || certificate.subject().to_string() == wanted
        || key.is_some_and(|key| key.eq_ignore_ascii_case(&digits))
        || (digits.len() >= FEWEST_DIGITS && fingerprint.starts_with(&digits))
}

impl Role {
    const fn is_root(self) -> bool {
        match self {
            Self::Root => true,
            Self::Intermediate => false,
        }
    }
}

/// Fewer digits would be a guess.
const FEWEST_DIGITS: usize = 6;
