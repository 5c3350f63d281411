use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use certauth::directory::export;
use certauth::store::DocumentKind;
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::Site;

/// Write the tenant's documents as the directory does.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Arguments {
    /// What; everything, unless named.
    #[arg(value_name = "KIND")]
    kinds: Vec<Kind>,

    /// The folder for the files, one for each kind; without it they are printed as one list.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The x509Certificate authentication method policy.
    Method,
    /// Containers of CAs, with their CAs.
    Pki,
    /// The classic list of CAs.
    Classic,
    /// Authentication strengths.
    Strengths,
    /// Conditional access policies.
    ConditionalAccess,
    /// Groups that were imported.
    Groups,
    /// Users.
    Users,
    /// Applications that were imported.
    Applications,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let kinds: Vec<DocumentKind> = if arguments.kinds.is_empty() {
        DocumentKind::ALL.to_vec()
    } else {
        arguments.kinds.iter().map(|kind| (*kind).into()).collect()
    };
    let store = &site.installation.store;
    let written = export::export(store, &site.tenant, &kinds).await?;
    let Some(folder) = &arguments.out else {
        let values: Vec<Value> = written.into_iter().map(|(_, value)| value).collect();
        let whole = match <[_; 1]>::try_from(values) {
            Ok([only]) => only,
            Err(several) => Value::Array(flat(several)),
        };
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
        return Ok(());
    };
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (kind, value) in written {
        let path = folder.join(format!("{}.json", kind.word()));
        let text = serde_json::to_string_pretty(&value)?;
        fs::write(&path, format!("{text}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}

/// A list of documents and collections, none inside another.
fn flat(values: Vec<Value>) -> Vec<Value> {
    values
        .into_iter()
        .flat_map(|value| {
            if let Value::Array(items) = value {
                items
            } else {
                vec![value]
            }
        })
        .collect()
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Method => Self::Method,
            Kind::Pki => Self::PublicKeyInfrastructure,
            Kind::Classic => Self::ClassicStore,
            Kind::Strengths => Self::Strength,
            Kind::ConditionalAccess => Self::ConditionalAccess,
            Kind::Groups => Self::Group,
            Kind::Users => Self::User,
            Kind::Applications => Self::Application,
        }
    }
}

const NOTES: &str = "\
What was imported comes out as it was, annotations included, with what other commands changed since.
The files can be imported again, and asked with `certauth explain --policy`. Deleted CAs and
containers are not among them.";
