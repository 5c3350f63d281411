//! A person's desk: the app, a home, and a browser that notes what it is asked to open.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use journeys::curl::Browser;
use journeys::desktop::{Desktop, Launch};

use crate::place::Place;

/// From the account screen to the picker, whatever it offers.
pub(crate) async fn to_the_picker(app: &Desktop, user: &str) -> Result<()> {
    app.title_is("Who is signing in?").await?;
    app.fill("username", &format!("{user}@meridian.example"))
        .await?;
    app.press("Next").await?;
    app.title_is("How do you want to sign in?").await?;
    app.press("Sign in with a certificate").await?;
    app.title_is("Choose a certificate").await
}

/// From the account screen to the picker with every certificate in it.
pub(crate) async fn picker(app: &Desktop, user: &str) -> Result<()> {
    to_the_picker(app, user).await?;
    app.shows("Not usable here").await
}

/// From the account screen to the PIN of this certificate.
pub(crate) async fn choose(app: &Desktop, user: &str, row: &str) -> Result<()> {
    picker(app, user).await?;
    app.press(row).await?;
    app.press("Continue").await
}

/// A person's desk: a home, and a browser that notes what it is asked to open.
pub(crate) struct Desk<'a> {
    place: &'a Place,
    home: PathBuf,
    /// Where SoftHSM reads that there is no token, on a desk without one.
    no_token: Option<PathBuf>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(place: &'a Place, name: &str) -> Result<Self> {
        let home = place.folder(name)?;
        let programs = home.join("bin");
        fs::create_dir_all(&programs)?;
        let opener = programs.join("xdg-open");
        fs::write(
            &opener,
            format!(
                "#!/bin/sh\nprintf '%s' \"$1\" > {}\n",
                opened(&home).display()
            ),
        )?;
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755))?;
        Ok(Self {
            place,
            home,
            no_token: None,
        })
    }

    /// The same desk, with nothing plugged in.
    pub(crate) fn without_a_token(mut self) -> Result<Self> {
        let tokens = self.home.join("no-tokens");
        fs::create_dir_all(&tokens)?;
        let configuration = self.home.join("softhsm2.conf");
        fs::write(
            &configuration,
            format!("directories.tokendir = {}\n", tokens.display()),
        )?;
        self.no_token = Some(configuration);
        Ok(self)
    }

    pub(crate) async fn open(&self) -> Result<Desktop> {
        let command = self.place.world.desktop(&self.place.certauth, &self.home)?;
        let mut environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        if let Some(configuration) = &self.no_token {
            environment.push(("SOFTHSM2_CONF".into(), configuration.into()));
        }
        let path = env::var("PATH").unwrap_or_default();
        environment.push((
            "PATH".into(),
            format!("{}:{path}", self.home.join("bin").display()).into(),
        ));
        Desktop::open(&Launch {
            program: command.get_program().into(),
            arguments: command.get_args().map(Into::into).collect(),
            environment,
        })
        .await
    }

    /// Follows the link that the app opened, with a browser, to what the application shows.
    pub(crate) async fn follow(&self, application: &str) -> Result<String> {
        let file = opened(&self.home);
        let mut waited = 0;
        while !file.exists() {
            if waited > 200 {
                bail!("no link was opened");
            }
            waited += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let link = fs::read_to_string(&file)?;
        fs::remove_file(&file)?;
        let folder = self.place.folder(&format!("browser-{application}"))?;
        let browser = Browser::new(&folder, self.place.world.pki().servers.certificate());
        let page = browser.open(&link)?;
        let form = page.form("/open").context("the page waits for Continue")?;
        let at_application = browser.submit(&page, &form, &[])?;
        let party = self.place.world.application(application);
        assert!(
            at_application.url.starts_with(&party.initiate_login_uri()),
            "{}",
            at_application.url
        );
        // The application sends the browser to the server, which knows it by now.
        let back = browser.open(&at_application.url)?;
        assert!(back.url.contains("code="), "{} {}", back.url, back.body);
        let landed = browser.open(&back.url)?;
        if landed.url == back.url {
            return Ok(landed.body);
        }
        Ok(browser.open(&landed.url)?.body)
    }
}

fn opened(home: &Path) -> PathBuf {
    home.join("opened")
}
