//! The desktop app, driven as a person would, on a screen of its own.

use anyhow::Result;
use journeys::desktop::Desktop;
use journeys::requires::Part;
use xtask::world::people::Credential;
use xtask::world::token::PIN;

use crate::desk::{Desk, choose, picker, to_the_picker};
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
    choose(&app, "lee", Credential::Lee.label()).await?;
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
    choose(&app, "sam", Credential::Sam.label()).await?;
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
        choose(&app, user, credential.label()).await?;
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
    choose(&app, "lee", Credential::Lee.label()).await?;
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

const NEEDED: &[Part] = &[Part::SoftHsm, Part::Desktop, Part::Keyring, Part::Curl];
