use std::io::Write;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use certauth::server::sha256_hex;
use certauth::signing_keys::Algorithm;
use certauth::store::{Application, Store as _, StoreError};
use clap::{Args, Subcommand};
use policy::Requirement;
use url::{Host, Url};

use super::{Site, secret};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an application.
    Add(Add),
}

/// Register an application.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(after_help = NOTES)]
pub(super) struct Add {
    /// Its `client_id`.
    #[arg(long, value_name = "ID")]
    id: String,

    /// Its name, as people see it.
    #[arg(long, value_name = "NAME")]
    name: String,

    /// One line for the list of applications.
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,

    /// Where it takes the answer of a sign-in, exactly; repeatable.
    #[arg(long, value_name = "URI", required = true)]
    redirect_uri: Vec<Uri>,

    /// Where signing out may lead, exactly; repeatable.
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Vec<Uri>,

    /// Where it is opened from the list of applications; without one it is not listed.
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<Uri>,

    /// Let nobody in with one factor.
    #[arg(long)]
    require_multi_factor: bool,

    /// Give it Bearer access tokens through a primary refresh token, for scripts.
    #[arg(long)]
    allow_bearer: bool,

    /// What its ID tokens are signed with: ES256 or RS256.
    #[arg(long, value_name = "NAME", default_value = "ES256")]
    id_token_alg: Algorithm,

    /// It can keep no secret: it runs in a browser or on a person's machine.
    #[arg(long, required_unless_present = "secret_stdin")]
    public: bool,

    /// Read its secret from the first line of standard input.
    #[arg(long, conflicts_with = "public")]
    secret_stdin: bool,
}

/// An address that is kept as it was typed: clients send theirs as they know it, and the two are
/// compared as text (RFC 9700 §2.1).
#[derive(Clone, Debug)]
struct Uri {
    typed: String,
    parsed: Url,
}

impl FromStr for Uri {
    type Err = url::ParseError;

    fn from_str(typed: &str) -> Result<Self, url::ParseError> {
        Ok(Self {
            typed: typed.to_owned(),
            parsed: Url::parse(typed)?,
        })
    }
}

pub(super) async fn run(command: Command, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Add(arguments) => add(arguments, site, out).await,
    }
}

async fn add(arguments: Add, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = &site.installation.store;
    refuse_odd_id(&arguments.id)?;
    let uris = arguments
        .redirect_uri
        .iter()
        .chain(&arguments.post_logout_redirect_uri)
        .chain(&arguments.initiate_login_uri);
    for uri in uris {
        refuse_unsafe(&uri.parsed)?;
    }
    let known = store.application(&site.tenant.id, &arguments.id).await?;
    if known.is_some() {
        return Err(StoreError::Exists(format!("the application {}", arguments.id)).into());
    }
    let secret_sha256 = if arguments.secret_stdin {
        let secret = secret::from_stdin("secret")?;
        if secret.len() < SHORTEST_SECRET {
            bail!("a secret has at least {SHORTEST_SECRET} characters, made at random");
        }
        Some(sha256_hex(secret.as_bytes()))
    } else {
        None
    };
    let texts = |uris: &[Uri]| uris.iter().map(|uri| uri.typed.clone()).collect();
    let application = Application {
        application: policy::Application {
            id: arguments.id,
            name: arguments.name,
            requires: if arguments.require_multi_factor {
                Requirement::MultiFactor
            } else {
                Requirement::Any
            },
        },
        tenant: site.tenant.id.clone(),
        description: arguments.description,
        redirect_uris: texts(&arguments.redirect_uri),
        post_logout_redirect_uris: texts(&arguments.post_logout_redirect_uri),
        listed: arguments.initiate_login_uri.is_some(),
        initiate_login_uri: arguments.initiate_login_uri.map(|uri| uri.typed),
        secret_sha256,
        first_party: false,
        allow_bearer: arguments.allow_bearer,
        id_token_alg: arguments.id_token_alg.name().to_owned(),
    };
    store.put_application(&application).await?;
    let origin = super::tenant::origin(&site.installation.config);
    writeln!(
        out,
        "added {}\n  issuer     {origin}/{}/v2.0\n  client_id  {}",
        application.application.name, site.tenant.id, application.application.id
    )?;
    Ok(())
}

/// A `client_id` is visible ASCII (RFC 6749 appendix A.1), and stands in form fields and headers.
fn refuse_odd_id(id: &str) -> anyhow::Result<()> {
    let fits = (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits || id.contains(':') {
        bail!("{id:?} is not up to 128 visible ASCII characters without a colon");
    }
    Ok(())
}

/// RFC 9700 §2.1: exact, without fragment, and never in the clear except to this machine.
fn refuse_unsafe(uri: &Url) -> anyhow::Result<()> {
    if uri.fragment().is_some() {
        bail!("{uri} has a fragment");
    }
    let here = match uri
        .host()
        .context("it has no host")
        .map_err(|e| e.context(uri.clone()))?
    {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match uri.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => bail!("{uri} is neither https nor an http address of this machine"),
    }
}

const SHORTEST_SECRET: usize = 32;

const NOTES: &str = "\
The tenant's discovery document, under the issuer that is printed, tells an OpenID client the rest.
PKCE with S256 is required of every application.";
