use std::io::Write;

use certauth::config::Config;
use certauth::init::setup_token;
use certauth::server::Hosts;
use certauth::store::Store as _;
use clap::Subcommand;
use policy::Requirement;

use super::{Site, ca, rule, settings};

mod set;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the tenant: its names, its trust store, its rules and its applications.
    Show,
    /// Say what certificates have to be like, over what RFC 5280 asks.
    Set(set::Set),
    /// Make a new link for an administrator's set-up: once, for one hour, from this machine.
    SetupLink,
}

pub(super) async fn run(command: &Command, site: Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Show => show(&site, out).await,
        Command::Set(arguments) => set::run(arguments, site, out).await,
        Command::SetupLink => {
            let token =
                setup_token(&site.installation.store, &site.tenant.id, super::now()).await?;
            let origin = origin(&site.installation.config);
            writeln!(out, "{origin}/setup?token={token}")?;
            Ok(())
        }
    }
}

/// The login host's origin as the configuration says it; the port of a server on port 0 is known
/// only to that server.
pub(super) fn origin(config: &Config) -> String {
    match config.public_port.unwrap_or(config.listen.port()) {
        0 => format!(
            "https://{}:<the port that `serve` prints>",
            config.login_host
        ),
        port => Hosts::new(&config.login_host, &config.certauth_host, port)
            .login_origin()
            .to_owned(),
    }
}

async fn show(site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let Site {
        installation,
        tenant,
    } = site;
    let store = &installation.store;
    writeln!(
        out,
        "{}\n  id        {}\n  domains   {}\n  issuer    {}/{}/v2.0\n  users     {}",
        tenant.display_name,
        tenant.id,
        tenant.domains.join(", "),
        origin(&installation.config),
        tenant.id,
        store.users(&tenant.id).await?.len()
    )?;
    writeln!(out, "\nTrust store")?;
    for authority in store.authorities(&tenant.id).await? {
        ca::show(&authority, out)?;
    }
    writeln!(
        out,
        "\nCertificates must\n  {}",
        set::describe(&tenant.validation)
    )?;
    writeln!(
        out,
        "\nCertificates count for\n  {} where no rule fits",
        rule::in_words(tenant.method.default_strength)
    )?;
    for known in &tenant.method.rules {
        writeln!(out, "  {}", rule::describe(known))?;
    }
    for line in settings::describe(tenant.settings) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\nCertificates mean the user by")?;
    let mut bindings = tenant.method.username_bindings.clone();
    bindings.sort_by_key(|binding| binding.priority);
    for binding in bindings {
        writeln!(
            out,
            "  {} = {}",
            binding.field.name(),
            binding.property.name()
        )?;
    }
    writeln!(out, "\nApplications")?;
    for application in store.applications(&tenant.id).await? {
        let requires = match application.application.requires {
            Requirement::Any => "",
            Requirement::MultiFactor => ", multi-factor",
        };
        writeln!(
            out,
            "  {}  {}{requires}",
            application.application.id, application.application.name
        )?;
    }
    Ok(())
}
