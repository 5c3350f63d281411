//! The demo world: authorities, a token with certificates, an identity server with accounts, and
//! two applications, all in one folder and all on the loopback address.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use self::binaries::Binaries;
use self::card::Plugged;
use self::certauth::{Certauth, Installation};
use self::crl::Publisher;
use self::people::{Credential, Issued, Person};
use self::pki::Pki;
use self::relying_party::provider::Provider;
use self::relying_party::{Application, RelyingParty};
use self::token::Token;
use self::web::{Site, Web};
use crate::clock;

pub mod binaries;
pub mod card;
pub mod certauth;
pub mod child;
pub mod crl;
pub mod extensions;
mod files;
pub mod people;
pub mod pki;
mod population;
pub mod relying_party;
pub mod token;
pub mod web;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that holds everything the world keeps.
    pub folder: PathBuf,
    /// The port of certauth; 0 takes a free one.
    pub port: u16,
    /// The port of the revocation list and the applications; 0 takes a free one.
    pub web_port: u16,
    /// The certificates on the token.
    pub credentials: &'static [Credential],
    /// The programs to run.
    pub binaries: Binaries,
}

impl Options {
    /// A world for a test: every certificate there is, free ports, the programs of this build.
    ///
    /// # Errors
    ///
    /// When the running program's own place is unknown.
    pub fn for_test(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            port: 0,
            web_port: 0,
            credentials: Credential::ALL,
            binaries: Binaries::of_this_build()?,
        })
    }
}

/// A demo world. Its web server runs as long as it lives; certauth as long as
/// [`World::serve_certauth`]'s answer does.
#[derive(Debug)]
pub struct World {
    options: Options,
    kept: Kept,
    pki: Arc<Pki>,
    token: Token,
    installation: Installation,
    provider: Arc<Provider>,
    web: Web,
    web_origin: String,
    plugged: Option<Plugged>,
}

/// What a world remembers in its folder.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// When the world was made, Unix seconds.
    made_at: i64,
    people: Vec<Person>,
    issued: Vec<Issued>,
    /// The secret of the one application that has one.
    payroll_secret: String,
}

impl World {
    /// Makes a world in its folder, or takes up the one that is there.
    ///
    /// # Errors
    ///
    /// When a port is taken, a program is missing, or the folder holds something else.
    pub fn build(options: Options) -> Result<Self> {
        let now = clock::unix_now();
        // Bound before anything is made: a taken port must leave nothing behind.
        let listener = listen(options.web_port)?;
        let web_origin = format!("http://{}", listener.local_addr()?);

        let (kept, pki, token) = if options.folder.join(KEPT).is_file() {
            take_up(&options, now)?
        } else {
            make(&options, now)?
        };
        let pki = Arc::new(pki);
        let provider = Arc::new(Provider::trusting(pki.servers.pem())?);
        let site = site(&kept, &pki, &provider, &web_origin)?;
        let web = Web::serve(listener, site)?;

        let installation = Installation::at(
            options.binaries.certauth()?,
            options.folder.join(format!("certauth-{}", options.port)),
        );
        let world = Self {
            options,
            kept,
            pki,
            token,
            installation,
            provider,
            web,
            web_origin,
            plugged: None,
        };
        population::settle(&world)?;
        Ok(world)
    }

    /// Starts certauth and tells the applications where it listens.
    ///
    /// # Errors
    ///
    /// When it does not come to listen.
    pub fn serve_certauth(&self) -> Result<Certauth> {
        self.serve_certauth_until(|_| ())
    }

    /// Starts certauth as [`World::serve_certauth`] does; `at_end` is called when it has ended.
    ///
    /// # Errors
    ///
    /// When it does not come to listen.
    pub fn serve_certauth_until(
        &self,
        at_end: impl FnOnce(ExitStatus) + Send + 'static,
    ) -> Result<Certauth> {
        let certauth = self.installation.serve(at_end)?;
        self.provider.moved_to(certauth.origin());
        Ok(certauth)
    }

    /// Names the folder that holds everything the world keeps.
    pub fn folder(&self) -> &Path {
        &self.options.folder
    }

    /// Returns the programs that the world runs.
    pub fn binaries(&self) -> &Binaries {
        &self.options.binaries
    }

    /// Returns the authorities.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// Returns the token.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Returns the installation of certauth, for an administrator's commands and the sign-in log.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Returns everyone who has an account.
    pub fn people(&self) -> &[Person] {
        &self.kept.people
    }

    /// Returns the person with this user part, as in `lee`.
    ///
    /// # Panics
    ///
    /// When nobody has it: who lives in the world is known when a test is written.
    pub fn person(&self, user: &str) -> &Person {
        self.kept
            .people
            .iter()
            .find(|person| person.user_principal_name.split('@').next() == Some(user))
            .expect("everyone in the world is known")
    }

    /// Returns one of the certificates on the token.
    ///
    /// # Panics
    ///
    /// When the world was made without it.
    pub fn issued(&self, credential: Credential) -> &Issued {
        self.kept
            .issued
            .iter()
            .find(|issued| issued.credential == credential)
            .expect("the world was made with this certificate")
    }

    /// Returns the applications.
    pub fn applications(&self) -> &[RelyingParty] {
        &self.web.site().applications
    }

    /// Returns the application with this `client_id`.
    ///
    /// # Panics
    ///
    /// When there is none: `payroll` and `handbook` are always there.
    pub fn application(&self, id: &str) -> &RelyingParty {
        self.applications()
            .iter()
            .find(|party| party.application().id == id)
            .expect("payroll and handbook are always there")
    }

    /// Returns where the issuing authority's revocation list is.
    pub fn list_url(&self) -> String {
        format!("{}{}", self.web_origin, web::LIST)
    }

    /// Has the issuing authority revoke a certificate; the next list says so.
    ///
    /// # Errors
    ///
    /// When its serial number is not readable.
    pub fn revoke(&self, credential: Credential) -> Result<()> {
        let serial = self.issued(credential).serial_number()?;
        self.web.site().list.revoke(serial);
        Ok(())
    }

    /// Prepares `lanyard` for this world: its server, authority and module, and a home of its own
    /// so that it sees neither the person's settings nor another test's.
    ///
    /// # Errors
    ///
    /// When it was not built, or the home cannot be made.
    pub fn lanyard(&self, certauth: &Certauth, home: &Path) -> Result<Command> {
        let mut command = Command::new(self.options.binaries.lanyard()?);
        self.introduce(&mut command, certauth, home)?;
        Ok(command)
    }

    /// Prepares the desktop app as [`World::lanyard`] prepares the command line.
    ///
    /// # Errors
    ///
    /// When it was not built, or the home cannot be made.
    pub fn desktop(&self, certauth: &Certauth, home: &Path) -> Result<Command> {
        let mut command = Command::new(self.options.binaries.desktop()?);
        self.introduce(&mut command, certauth, home)?;
        Ok(command)
    }

    fn introduce(&self, command: &mut Command, certauth: &Certauth, home: &Path) -> Result<()> {
        command
            .args(["--server", certauth.origin()])
            .arg("--ca")
            .arg(self.pki.servers.certificate())
            .arg("--module")
            .arg(self.token.module());
        self.settle_in(command, home)
    }

    /// Gives a program the token's configuration and a home of its own.
    ///
    /// # Errors
    ///
    /// When the home cannot be made.
    pub fn settle_in(&self, command: &mut Command, home: &Path) -> Result<()> {
        for (variable, below) in HOMES {
            let folder = home.join(below);
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            command.env(variable, folder);
        }
        command.env("SOFTHSM2_CONF", self.token.configuration());
        // Without a card the machine's own readers are none of this world's business.
        let (variable, socket) = match &self.plugged {
            Some(plugged) => plugged.variable(),
            None => (READERS, self.options.folder.join("no-reader").into()),
        };
        command.env(variable, socket);
        // X11's programs look for the display's key in the home that they were just moved out of.
        let key = env::var_os("HOME").map(|home| Path::new(&home).join(".Xauthority"));
        if let Some(key) = key.filter(|key| key.is_file())
            && env::var_os("XAUTHORITY").is_none()
        {
            command.env("XAUTHORITY", key);
        }
        Ok(())
    }
}

/// Says that a test cannot run here, or fails where it must (`LANYARD_REQUIRE=softhsm,…`).
///
/// # Panics
///
/// When `LANYARD_REQUIRE` names the thing that is missing.
pub fn required(what: &str, missing: &anyhow::Error) {
    let required = env::var("LANYARD_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name == what),
        "{what} is required here: {missing:#}"
    );
    crate::say::failure(format_args!("skipped: {missing:#}"));
}

fn make(options: &Options, now: i64) -> Result<(Kept, Pki, Token)> {
    let folder = &options.folder;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        if !folder.join(MARK).is_file() {
            bail!(
                "{} holds something else than a demo world",
                folder.display()
            );
        }
        // An earlier run was cut short.
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let certificates = folder.join("certificates");
    fs::create_dir_all(&certificates)
        .with_context(|| format!("cannot make {}", certificates.display()))?;
    files::write(
        &folder.join(MARK),
        "Everything here is made by `cargo demo`.\n",
    )?;

    let pki = Pki::mint(&folder.join("pki"), now)?;
    let token = Token::initialize(&folder.join("token"))?;
    let issued = options
        .credentials
        .iter()
        .map(|credential| people::issue(*credential, &token, &pki, &certificates, now))
        .collect::<Result<Vec<_>>>()?;
    let mut people = vec![
        Person::named("Lee Park", "lee")?,
        Person::named("Sam Ortiz", "sam")?,
    ];
    if options.credentials.contains(&Credential::RobinRevoked) {
        people.push(Person::named("Robin Vale", "robin")?);
    }
    let kept = Kept {
        made_at: now,
        people,
        issued,
        payroll_secret: files::random_word()?,
    };
    files::write_secret(&folder.join(KEPT), serde_json::to_string_pretty(&kept)?)?;
    Ok((kept, pki, token))
}

fn take_up(options: &Options, now: i64) -> Result<(Kept, Pki, Token)> {
    let kept: Kept = serde_json::from_str(&files::read(&options.folder.join(KEPT))?)
        .context("the demo world is from another version: begin anew with --reset")?;
    if now - kept.made_at > pki::SERVER_LIFETIME.whole_seconds() - DAY {
        bail!("the demo world's certificates have run out: begin anew with --reset");
    }
    let pki = Pki::read(&options.folder.join("pki"))?;
    let token = Token::existing(&options.folder.join("token"))?;
    Ok((kept, pki, token))
}

fn site(kept: &Kept, pki: &Arc<Pki>, provider: &Arc<Provider>, web_origin: &str) -> Result<Site> {
    let revoked = kept
        .issued
        .iter()
        .filter(|issued| issued.credential == Credential::RobinRevoked)
        .map(Issued::serial_number)
        .collect::<Result<Vec<_>>>()?;
    let applications = [
        Application {
            id: "payroll",
            name: "Payroll",
            description: "Pay slips and bank details. Asks for two factors.",
            multi_factor: true,
            secret: Some(kept.payroll_secret.clone()),
        },
        Application {
            id: "handbook",
            name: "Handbook",
            description: "How we work. One factor is enough.",
            multi_factor: false,
            secret: None,
        },
    ];
    Ok(Site {
        list: Publisher::new(Arc::clone(pki), revoked),
        applications: applications
            .into_iter()
            .map(|application| RelyingParty::new(application, web_origin, Arc::clone(provider)))
            .collect(),
    })
}

fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .with_context(|| format!("port {port} of the loopback address is taken"))
}

/// Where libpcsclite finds the service that holds the readers.
const READERS: &str = "PCSCLITE_CSOCK_NAME";

/// The file that makes a folder a complete world.
const KEPT: &str = "world.json";

/// The file that makes a folder ours to remove.
pub const MARK: &str = "MADE-BY-CARGO-DEMO";

const DAY: i64 = 86_400;

const HOMES: &[(&str, &str)] = &[
    ("HOME", ""),
    ("XDG_CONFIG_HOME", ".config"),
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_STATE_HOME", ".local/state"),
    ("XDG_CACHE_HOME", ".cache"),
];

#[cfg(test)]
mod tests;
