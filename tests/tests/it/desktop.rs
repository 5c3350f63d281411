//! The desktop app, driven as a person would, on a screen of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use journeys::curl::Browser;
use journeys::desktop::{Desktop, Launch};
use journeys::requires::Part;
use xtask::world::people::Credential;
use xtask::world::token::PIN;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn lee_signs_in_opens_an_application_is_still_in_after_a_restart_and_signs_out() -> Result<()>
{
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    app.picture("account").await?;
    choose(&app, "lee", Credential::Lee).await?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;
    app.picture("signed-in").await?;
    app.press("Payroll").await?;
    let page = desk.follow("payroll").await?;
    assert!(
        page.contains("Lee Park") || page.contains("lee@meridian.example"),
        "{page}"
    );
    app.close().await?;

    let app = desk.open().await?;
    app.title_is("My Apps").await?;
    app.shows("Lee Park").await?;
    app.shows("multi-factor strength").await?;
    app.press("Sign out").await?;
    app.title_is("Who is signing in?").await?;
    app.picture("signed-out").await?;
    app.close().await?;

    let app = desk.open().await?;
    app.title_is("Who is signing in?").await?;
    app.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sam_is_asked_for_a_second_factor_by_payroll_and_not_by_the_handbook() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "sam")?;
    let app = desk.open().await?;
    choose(&app, "sam", Credential::Sam).await?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;

    app.press("Handbook").await?;
    let page = desk.follow("handbook").await?;
    assert!(
        page.contains("Sam Ortiz") || page.contains("sam@meridian.example"),
        "{page}"
    );

    app.press("Payroll").await?;
    app.title_is("One more step").await?;
    app.picture("second-factor").await?;
    app.fill("password", "not this one").await?;
    app.press("Continue").await?;
    app.shows("not right").await?;
    app.fill("password", &place.world.person("sam").password)
        .await?;
    app.press("Continue").await?;
    app.title_is("My Apps").await?;
    let page = desk.follow("payroll").await?;
    assert!(
        page.contains("Sam Ortiz") || page.contains("sam@meridian.example"),
        "{page}"
    );
    app.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_fit_can_be_sent_anyway_and_the_refusal_is_explained()
-> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let table = [
        ("Details of Lee Park: Expired", "500172"),
        ("Details of Lee Park: Issued by Borealis", "500176"),
    ];
    for (details, code) in table {
        let desk = Desk::new(&place, code)?;
        let app = desk.open().await?;
        picker(&app, "lee").await?;
        app.press("Not usable here").await?;
        app.picture("picker").await?;
        app.press(details).await?;
        app.press("Send it anyway").await?;
        app.fill("pin", PIN).await?;
        app.press("Use this PIN").await?;
        refused(&app, code).await?;
        app.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_looks_good_here_and_is_refused_there_is_explained() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let table = [
        (Credential::RobinRevoked, "robin", "500171"),
        (Credential::Stranger, "lee", "50034"),
    ];
    for (credential, user, code) in table {
        let desk = Desk::new(&place, code)?;
        let app = desk.open().await?;
        choose(&app, user, credential).await?;
        app.fill("pin", PIN).await?;
        app.press("Use this PIN").await?;
        refused(&app, code).await?;
        app.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_the_picker_says_so_and_offers_another_way() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?.without_a_token()?;
    let app = desk.open().await?;
    to_the_picker(&app, "lee").await?;
    app.shows("No certificate fits here").await?;
    app.picture("no-certificate").await?;
    app.press("Other ways").await?;
    app.title_is("How do you want to sign in?").await?;
    app.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_said_on_the_same_screen_and_the_right_one_goes_on() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    choose(&app, "lee", Credential::Lee).await?;
    app.fill("pin", "654321").await?;
    app.press("Use this PIN").await?;
    app.shows("That PIN was not right").await?;
    // SoftHSM gives no number of tries, so none is made up.
    assert!(!app.text().await?.contains("tries left"));
    app.picture("pin-wrong").await?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;
    app.close().await?;
    Ok(())
}

/// The screen of a refusal: its code, and what to give to the service desk.
async fn refused(app: &Desktop, code: &str) -> Result<()> {
    app.shows(code).await?;
    app.shows("Correlation ID").await?;
    app.picture(&format!("refused-{code}")).await
}

/// From the account screen to the picker, whatever it offers.
async fn to_the_picker(app: &Desktop, user: &str) -> Result<()> {
    app.title_is("Who is signing in?").await?;
    app.fill("username", &format!("{user}@meridian.example"))
        .await?;
    app.press("Next").await?;
    app.title_is("How do you want to sign in?").await?;
    app.press("Sign in with a certificate").await?;
    app.title_is("Choose a certificate").await
}

/// From the account screen to the picker with every certificate in it.
async fn picker(app: &Desktop, user: &str) -> Result<()> {
    to_the_picker(app, user).await?;
    app.shows("Not usable here").await
}

/// From the account screen to the PIN of this certificate.
async fn choose(app: &Desktop, user: &str, credential: Credential) -> Result<()> {
    picker(app, user).await?;
    app.press(credential.label()).await?;
    app.press("Continue").await
}

/// A person's desk: a home, and a browser that notes what it is asked to open.
struct Desk<'a> {
    place: &'a Place,
    home: PathBuf,
    /// Where SoftHSM reads that there is no token, on a desk without one.
    no_token: Option<PathBuf>,
}

impl<'a> Desk<'a> {
    fn new(place: &'a Place, name: &str) -> Result<Self> {
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
    fn without_a_token(mut self) -> Result<Self> {
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

    async fn open(&self) -> Result<Desktop> {
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
    async fn follow(&self, application: &str) -> Result<String> {
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

const NEEDED: &[Part] = &[Part::SoftHsm, Part::Desktop, Part::Keyring, Part::Curl];
