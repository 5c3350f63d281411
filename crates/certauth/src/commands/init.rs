use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use certauth::init::{Made, Plan, init};
use clap::Args;

/// Make a new installation.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Arguments {
    /// Folder of the installation; made if it is not there.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,

    /// Name of the first tenant, as people see it [default: the domain].
    #[arg(long, value_name = "NAME")]
    tenant_name: Option<String>,

    /// Domain of the tenant's usernames, as in lee@meridian.example [default: the login host
    /// without its first label].
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Name under which people reach the server; the certauth host is `certauth.` before it.
    #[arg(long, value_name = "HOST", default_value = "login.localhost")]
    login_host: String,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,

    /// Certificate chain of the login host, PEM [default: DIR/tls/login.pem].
    #[arg(long, value_name = "FILE")]
    login_certificate: Option<PathBuf>,

    /// Its key, PEM [default: DIR/tls/login.key].
    #[arg(long, value_name = "FILE")]
    login_key: Option<PathBuf>,

    /// Certificate chain of the certauth host and of *.certauth.HOST, PEM [default:
    /// DIR/tls/certauth.pem].
    #[arg(long, value_name = "FILE")]
    certauth_certificate: Option<PathBuf>,

    /// Its key, PEM [default: DIR/tls/certauth.key].
    #[arg(long, value_name = "FILE")]
    certauth_key: Option<PathBuf>,

    /// Master key file to make, outside the database's folder [default: DIR/keys/master.key].
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,

    /// Database file to make [default: DIR/database/certauth.sqlite].
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let made = init(&plan(arguments), super::now()).await?;
    report(&made, out)
}

fn plan(arguments: &Arguments) -> Plan {
    let mut plan = Plan::new(&arguments.dir, &arguments.login_host);
    plan.listen = arguments.listen;
    if let Some(domain) = &arguments.domain {
        plan.domain.clone_from(domain);
        plan.tenant_name.clone_from(domain);
    }
    if let Some(name) = &arguments.tenant_name {
        plan.tenant_name.clone_from(name);
    }
    let given = [
        (&mut plan.login.certificate, &arguments.login_certificate),
        (&mut plan.login.key, &arguments.login_key),
        (
            &mut plan.certauth.certificate,
            &arguments.certauth_certificate,
        ),
        (&mut plan.certauth.key, &arguments.certauth_key),
        (&mut plan.master_key, &arguments.master_key),
        (&mut plan.database, &arguments.database),
    ];
    for (place, path) in given {
        if let Some(path) = path {
            place.clone_from(path);
        }
    }
    plan
}

fn report(made: &Made, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "Configuration  {}", made.config.display())?;
    writeln!(out, "Tenant         {}", made.tenant)?;
    writeln!(
        out,
        "Master key     {}\n               keep a copy of it apart from the database: without \
         it the database cannot be used",
        made.master_key.display()
    )?;
    if !made.missing.is_empty() {
        writeln!(
            out,
            "\nBefore the server can start, put these files in place, PEM:"
        )?;
        for file in &made.missing {
            writeln!(out, "  {}", file.display())?;
        }
        let [login, certauth, below] = &made.names;
        writeln!(
            out,
            "The login host's certificate must hold {login}, and the certauth host's, another \
             one,\n{certauth} and {below}."
        )?;
    }
    writeln!(
        out,
        "\nStart it:\n  certauth serve --config {}",
        made.config.display()
    )?;
    writeln!(
        out,
        "\nThen open this link on this machine to make the first administrator. It counts once, \
         for one hour:\n  {}",
        made.setup_link
    )?;
    Ok(())
}

const NOTES: &str = "\
Nothing is ever overwritten. Folders are made with mode 0700, the master key file with 0600.

Server certificates are not made: the two hosts need certificates that your people's browsers
trust. Where the files are not there yet, the configuration names them all the same, and what is
missing is listed.

A new set-up link is made with `certauth tenant setup-link`.";
