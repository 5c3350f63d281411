use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use certauth::directory::containers::containers;
use certauth::store::{Authority, Store as _};
use certs::{Certificate, hex};
use clap::{Args, Subcommand, ValueEnum};

use self::sources::SourceOptions;
use super::{Site, Switch};

mod add;
mod import;
mod list;
mod remove;
mod set;
mod sources;

pub(super) use self::list::{deleted, json, show};
pub(super) use self::sources::describe;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Trust an authority's certificates.
    Add(Add),
    /// Trust the authorities of a .p7b file, or of a file with several certificates.
    Import(Import),
    /// Change an authority's name, its role, its container, or where its revocations are asked for.
    Set(Set),
    /// Show the trust store.
    List(List),
    /// Trust an authority's certificates no more; for thirty days it can be restored.
    Delete(Named),
    /// Trust an authority's certificates again.
    Restore(Named),
    /// Forget an authority, deleted or not, with its lists.
    Purge(Named),
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

    /// The container that it goes into, by its name or id; see `certauth pki`.
    #[arg(long, value_name = "NAME")]
    pki: Option<String>,

    /// Whether its name is among those that the handshake sends (isIssuerHintEnabled).
    #[arg(long, value_name = "ON|OFF")]
    issuer_hint: Option<Switch>,

    #[command(flatten)]
    sources: SourceOptions,
}

/// Trust the authorities of a .p7b file, or of a file with several certificates: show what changes,
/// ask, and change all of it or nothing.
#[derive(Args, Debug)]
#[command(after_help = IMPORT_NOTES)]
pub(super) struct Import {
    /// The file: PKCS #7 (.p7b, .p7c), DER or PEM, or certificates in PEM; - is standard input.
    file: PathBuf,

    /// The container that they go into, by its name or id; one that is not there is made.
    #[arg(long, value_name = "NAME")]
    pki: String,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Print the plan as a JSON object; needs --yes or --dry-run.
    #[arg(long)]
    json: bool,
}

/// Change an authority's name, its role, its container, or where its revocations are asked for.
///
/// What is not named stays as it is.
#[derive(Args, Debug)]
#[command(after_help = sources::NOTES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
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

    /// The container that it goes into, by its name or id.
    #[arg(long, value_name = "NAME")]
    pki: Option<String>,

    /// No container.
    #[arg(long, conflicts_with = "pki")]
    no_pki: bool,

    /// Whether its name is among those that the handshake sends (isIssuerHintEnabled). Where no
    /// authority is flagged, the names of all are sent.
    #[arg(long, value_name = "ON|OFF")]
    issuer_hint: Option<Switch>,

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
    /// Those that were deleted and can be restored, instead of those that count.
    #[arg(long)]
    deleted: bool,

    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

/// An authority.
#[derive(Args, Debug)]
pub(super) struct Named {
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
        Command::Import(arguments) => import::run(&arguments, site, out).await,
        Command::Set(arguments) => set::run(&arguments, site, out).await,
        Command::List(arguments) => list::run(&arguments, site, out).await,
        Command::Delete(arguments) => remove::delete(&arguments, site, out).await,
        Command::Restore(arguments) => remove::restore(&arguments, site, out).await,
        Command::Purge(arguments) => remove::purge(&arguments, site, out).await,
    }
}

/// Finds the authority that a person names in one of several ways.
pub(super) async fn find(wanted: &str, site: &Site) -> anyhow::Result<(Authority, Certificate)> {
    let authorities = site.installation.store.authorities(&site.tenant.id).await?;
    among(wanted, authorities)
}

fn among(wanted: &str, authorities: Vec<Authority>) -> anyhow::Result<(Authority, Certificate)> {
    let mut found = Vec::new();
    let mut all = Vec::new();
    for authority in authorities {
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

/// The id of the container that a person names.
async fn container(wanted: &str, site: &Site) -> anyhow::Result<String> {
    let store = &site.installation.store;
    let mut all = containers(store, &site.tenant).await?;
    all.retain(|container| container.deleted_at.is_none());
    let there: Vec<String> = all.iter().map(|one| one.name.clone()).collect();
    all.retain(|one| one.name == wanted || one.id.eq_ignore_ascii_case(wanted));
    match <[_; 1]>::try_from(all) {
        Ok([only]) => Ok(only.id),
        Err(none) if none.is_empty() => bail!(
            "no container is named {wanted:?}; there are: {}. Make one with `certauth pki add`",
            there.join("; ")
        ),
        Err(several) => {
            let ids: Vec<String> = several.into_iter().map(|one| one.id).collect();
            bail!("say which container by its id: {}", ids.join(", "))
        }
    }
}

/// Fewer digits would be a guess.
const FEWEST_DIGITS: usize = 6;

const IMPORT_NOTES: &str = "\
A .p7b file is what a PKI hands out as its chain. What it signs, if anything, says nothing: whoever
gives the file here decides what is trusted.

An authority that issued itself becomes a root, every other an intermediate. What is no authority,
has ended, or is there already is left out by name. Everything else is taken in one transaction: at
most 2 MB in the file, 8 KB for a certificate, 250 authorities in the trust store.

A certificate says where its issuer's CRL is. So an authority is given the address that the
certificates below it in the file name, if they name one; the plan shows it. An authority below which
the file has nothing, as an issuing one often is, is given its own by `certauth ca set --crl-url`.
Put one of its certificates into the file, and it is found: no person's certificate is trusted by
that.

Ends with 0 if it was imported, or if --dry-run would import it; with 1 if something is refused or
nobody agreed.";
