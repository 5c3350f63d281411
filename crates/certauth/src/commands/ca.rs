use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use certauth::server::uuid;
use certauth::store::{Authority, Store as _};
use certs::Certificate;
use clap::{Args, Subcommand, ValueEnum};
use url::Url;

use super::Site;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Trust an authority's certificates.
    Add(Add),
}

/// Trust an authority's certificates.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Add {
    /// The authority's certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,

    /// What it is in a chain.
    #[arg(long)]
    role: Role,

    /// Where its certificate revocation list is, http or https; DER or PEM.
    #[arg(long, value_name = "URL")]
    crl_url: Option<Url>,
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
        Command::Add(arguments) => add(&arguments, site, out).await,
    }
}

async fn add(arguments: &Add, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let certificate = read(arguments)?;
    if !certificate.is_ca() {
        bail!(
            "{} is the certificate of {}, which is not an authority",
            arguments.file.display(),
            certificate.subject()
        );
    }
    if arguments.role == Role::Root && !certificate.is_self_issued() {
        bail!(
            "{} was issued by {}; a root issues itself",
            certificate.subject(),
            certificate.issuer()
        );
    }
    if super::now() > certificate.not_after() {
        bail!(
            "{} ended {}",
            certificate.subject(),
            certificate.not_after()
        );
    }
    if let Some(url) = &arguments.crl_url
        && !matches!(url.scheme(), "http" | "https")
    {
        bail!("{url} is neither http nor https");
    }
    let authority = Authority {
        id: uuid(),
        tenant: site.tenant.id.clone(),
        root: arguments.role == Role::Root,
        certificate: certificate.der().to_vec(),
        crl_url: arguments.crl_url.as_ref().map(Url::to_string),
    };
    site.installation
        .store
        .put_authority(&authority)
        .await
        .with_context(|| format!("{} was not added", certificate.subject()))?;
    writeln!(
        out,
        "added {}\n  SHA-256      {}\n  valid until  {}\n  revocation   {}",
        certificate.subject(),
        certificate.sha256(),
        certificate.not_after(),
        authority
            .crl_url
            .as_deref()
            .unwrap_or("not checked: no --crl-url was given")
    )?;
    Ok(())
}

fn read(arguments: &Add) -> anyhow::Result<Certificate> {
    let file = arguments.file.display();
    let bytes = fs::read(&arguments.file).with_context(|| format!("{file} cannot be read"))?;
    let certificates = Certificate::from_pem_or_der(&bytes)
        .with_context(|| format!("{file} does not hold a certificate"))?;
    match certificates.as_slice() {
        [certificate] => Ok(certificate.clone()),
        [] => bail!("{file} holds no certificate"),
        several => bail!(
            "{file} holds {} certificates; add each with its own role",
            several.len()
        ),
    }
}

const NOTES: &str = "\
Every authority of a chain must be added, the root and each below it; what a client sends along is
not used, and the machine's own trust store is not either.

Where a list is configured, revocation fails closed: if the list cannot be had, nobody whose
certificate this authority issued signs in.";
