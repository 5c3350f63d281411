//! The command line.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use certauth::config::Config;
use certauth::installation::Installation;
use certauth::store::{Store as _, Tenant};
use clap::{Parser, Subcommand, ValueEnum};

mod app;
mod ca;
mod check;
mod crl;
mod explain;
mod export;
mod import;
mod init;
mod log;
mod pki;
mod qr;
mod rule;
mod secret;
mod serve;
mod settings;
mod tenant;
mod trace;
mod user;
mod user_ids;

/// The identity server: signs people in with certificates, passwords and one-time codes.
#[derive(Debug, Parser)]
#[command(name = "certauth", version, after_help = START)]
struct Arguments {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "certauth.toml"
    )]
    config: PathBuf,

    /// The tenant to work on, by its id or a domain; needed only where there are several.
    #[arg(long, global = true, value_name = "NAME")]
    tenant: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new installation: configuration, master key, database and the first tenant.
    Init(init::Arguments),
    /// Serve until SIGTERM or SIGINT.
    Serve(serve::Arguments),
    /// People and their secrets.
    #[command(subcommand)]
    User(user::Command),
    /// The authorities whose certificates count.
    #[command(subcommand)]
    Ca(ca::Command),
    /// Containers of authorities.
    #[command(subcommand)]
    Pki(pki::Command),
    /// The revocation lists of the authorities.
    #[command(subcommand)]
    Crl(crl::Command),
    /// The applications that people sign in to.
    #[command(subcommand)]
    App(app::Command),
    /// Rules that say how much a certificate counts for.
    #[command(subcommand)]
    Rule(rule::Command),
    /// Test the configuration and the trust store.
    Check(check::Arguments),
    /// Judge a certificate as a sign-in would, and show every check.
    Explain(explain::Arguments),
    /// Take over documents that were exported from a directory.
    Import(import::Arguments),
    /// Write the tenant's documents as the directory does.
    Export(export::Arguments),
    /// Show the sign-in log, the newest entry last.
    Log(log::Arguments),
    /// Show every certificate value of a certificate, and whom each would match.
    UserIds(user_ids::Arguments),
    /// The tenant and its rules.
    #[command(subcommand)]
    Tenant(tenant::Command),
}

/// An installation and the tenant that a command works on.
struct Site {
    installation: Installation,
    tenant: Tenant,
}

/// Runs the command that the process was started with.
pub(crate) fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime does not start")?
        .block_on(carry_out(arguments, &mut io::stdout().lock()))
}

async fn carry_out(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let Arguments {
        config,
        tenant,
        command,
    } = arguments;
    let site = async || Site::open(&config, tenant.as_deref()).await;
    match command {
        Command::Init(arguments) => init::run(&arguments, out).await,
        Command::Serve(arguments) => serve::run(&arguments, Config::read(&config)?, out).await,
        Command::User(command) => user::run(command, &site().await?, out).await,
        Command::Ca(command) => ca::run(command, &site().await?, out).await,
        Command::Pki(command) => pki::run(command, &site().await?, out).await,
        Command::Crl(command) => crl::run(command, &site().await?, out).await,
        Command::App(command) => app::run(command, &site().await?, out).await,
        Command::Rule(command) => rule::run(command, site().await?, out).await,
        Command::Check(arguments) => check::run(&arguments, &site().await?, out).await,
        Command::Explain(arguments) if arguments.policy.is_empty() => {
            explain::run(&arguments, &site().await?, out).await
        }
        Command::Explain(arguments) => explain::offline::run(&arguments, out),
        Command::Import(arguments) => import::run(&arguments, &site().await?, out).await,
        Command::Export(arguments) => export::run(&arguments, &site().await?, out).await,
        Command::Log(arguments) => log::run(&arguments, &site().await?, out).await,
        Command::UserIds(arguments) => {
            let site = if config.exists() {
                Some(site().await?)
            } else {
                None
            };
            user_ids::run(&arguments, site.as_ref(), out).await
        }
        Command::Tenant(command) => tenant::run(&command, site().await?, out).await,
    }
}

impl Site {
    async fn open(config: &std::path::Path, tenant: Option<&str>) -> anyhow::Result<Self> {
        let installation = Installation::open(Config::read(config)?).await?;
        let tenant = match tenant {
            Some(name) => installation
                .store
                .tenant(name)
                .await?
                .with_context(|| format!("there is no tenant {name:?}"))?,
            None => the_only(installation.store.tenants().await?)?,
        };
        Ok(Self {
            installation,
            tenant,
        })
    }
}

fn the_only(tenants: Vec<Tenant>) -> anyhow::Result<Tenant> {
    let names: Vec<String> = tenants
        .iter()
        .flat_map(|tenant| tenant.domains.clone())
        .collect();
    let mut tenants = tenants.into_iter();
    match (tenants.next(), tenants.next()) {
        (Some(tenant), None) => Ok(tenant),
        (Some(_), Some(_)) => bail!("say which tenant with --tenant: {}", names.join(", ")),
        (None, _) => bail!("there is no tenant in the database"),
    }
}

/// That a command ends with a status of its own.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Ends {
    /// The status.
    pub(crate) status: u8,
    text: String,
}

impl Ends {
    fn with(status: u8, text: String) -> anyhow::Error {
        Self { status, text }.into()
    }
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Switch {
    const fn is_on(self) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// The current time.
fn now() -> certs::Time {
    certauth::server::Clock::system().now()
}

const START: &str = "\
Start with a folder of its own:
  certauth init --dir /srv/certauth --domain meridian.example --login-host login.meridian.example
  certauth serve --config /srv/certauth/certauth.toml

Passwords and secrets are read from standard input or asked for; they are never arguments, which
other users of the machine could see.";
