use std::io::Write;

use anyhow::{Context as _, bail};
use certauth::server::{random_bytes, uuid};
use certauth::store::{Store as _, StoreError, User};
use clap::{Args, Subcommand};
use policy::one_time_code::Secret;
use policy::{Account, password};
use serde_json::json;

use super::{Site, qr, secret};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a user.
    Add(Add),
    /// Give a user a new secret for one-time codes, and show it once.
    EnrolCode(EnrolCode),
}

/// Add a user.
#[derive(Args, Debug)]
#[command(after_help = ADD_NOTES)]
pub(super) struct Add {
    /// Username, as in lee@meridian.example; its domain must be one of the tenant's.
    #[arg(long, value_name = "NAME")]
    upn: String,

    /// The person's name.
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Ask for a password on the terminal.
    #[arg(long)]
    password: bool,

    /// Read a password from the first line of standard input.
    #[arg(long, conflicts_with = "password")]
    password_stdin: bool,

    /// A certificate value that means this user; repeatable.
    #[arg(long, value_name = "VALUE")]
    certificate_user_id: Vec<String>,

    /// Id of a group that the user is in; repeatable.
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
}

/// Give a user a new secret for one-time codes.
#[derive(Args, Debug)]
#[command(after_help = "The secret replaces the one before it. It is shown only now.")]
pub(super) struct EnrolCode {
    /// The user.
    #[arg(long, value_name = "NAME")]
    upn: String,

    /// Print `{"secret", "link"}` instead of the QR code.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Add(arguments) => add(arguments, site, out).await,
        Command::EnrolCode(arguments) => enrol_code(&arguments, site, out).await,
    }
}

async fn add(arguments: Add, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    refuse_other_domains(&arguments.upn, site)?;
    for value in &arguments.certificate_user_id {
        if !PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
            bail!(
                "{value:?} does not begin with one of {}",
                PREFIXES.join(" ")
            );
        }
    }
    if user_of(site, &arguments.upn).await?.is_some() {
        return Err(StoreError::Exists(format!("the user {}", arguments.upn)).into());
    }
    let password = match (arguments.password_stdin, arguments.password) {
        (true, _) => Some(secret::from_stdin("password")?),
        (false, true) => Some(secret::by_prompt("password")?),
        (false, false) => None,
    };
    let password = password
        .map(|password| password::hash(&password, &random_bytes()))
        .transpose()?;
    let user = User {
        account: Account {
            id: uuid(),
            user_principal_name: arguments.upn,
            on_premises_user_principal_name: None,
            certificate_user_ids: arguments.certificate_user_id,
            display_name: arguments.name,
            enabled: true,
            groups: arguments.group,
            has_password: password.is_some(),
            has_code: false,
            has_passkey: false,
        },
        tenant: site.tenant.id.clone(),
        password,
        code_secret: None,
        administrator: false,
    };
    site.installation.store.put_user(&user).await?;
    let ways = if user.password.is_some() {
        "a certificate or the password"
    } else {
        "a certificate; no password is set"
    };
    writeln!(
        out,
        "added {}, who signs in with {ways}",
        user.account.user_principal_name
    )?;
    Ok(())
}

async fn enrol_code(arguments: &EnrolCode, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut user = user_of(site, &arguments.upn)
        .await?
        .with_context(|| format!("there is no user {}", arguments.upn))?;
    let secret = Secret::new(random_bytes());
    let link = secret
        .link(&site.tenant.display_name, &user.account.user_principal_name)
        .context("the names do not make a link")?;
    user.code_secret = Some(
        site.installation
            .sealer
            .seal("one-time-code", secret.bytes()),
    );
    user.account.has_code = true;
    site.installation.store.put_user(&user).await?;
    if arguments.json {
        let shown = json!({ "secret": secret.base32().as_str(), "link": link.as_str() });
        writeln!(out, "{shown}")?;
    } else {
        writeln!(
            out,
            "{}\nScan it with an authenticator app, or type the secret:\n  {}\n  {}",
            qr::draw(&link)?,
            secret.base32().as_str(),
            link.as_str()
        )?;
    }
    Ok(())
}

async fn user_of(site: &Site, upn: &str) -> Result<Option<User>, StoreError> {
    let store = &site.installation.store;
    store.user_by_name(&site.tenant.id, upn).await
}

fn refuse_other_domains(upn: &str, site: &Site) -> anyhow::Result<()> {
    let domains = &site.tenant.domains;
    let fits = upn.rsplit_once('@').is_some_and(|(name, domain)| {
        let known = domains
            .iter()
            .any(|known| known.eq_ignore_ascii_case(domain));
        !name.is_empty() && !upn.contains(char::is_whitespace) && known
    });
    if !fits {
        bail!("{upn:?} is not a name before @{}", domains.join(" or @"));
    }
    Ok(())
}

const PREFIXES: [&str; 6] = [
    "X509:<PN>",
    "X509:<RFC822>",
    "X509:<SKI>",
    "X509:<SHA1-PUKEY>",
    "X509:<I>",
    "X509:<S>",
];

const ADD_NOTES: &str = "\
Certificate values tie a certificate to the user by one of its fields:
  X509:<PN>lee@meridian.example       principal name
  X509:<RFC822>lee@meridian.example   e-mail address
  X509:<SKI>1a2b3c                    subject key identifier, hex
  X509:<SHA1-PUKEY>1a2b3c             thumbprint, hex
  X509:<I>DC=example,CN=CA<SR>1a2b    issuer, and serial number with its bytes reversed
  X509:<I>DC=example,CN=CA<S>CN=Lee   issuer and subject
  X509:<S>CN=Lee                      subject
Without one, the certificate's principal name must be the username.";
