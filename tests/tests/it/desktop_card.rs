//! The desktop app and a card: pulled, touched, held by a service that stops.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use journeys::desktop::Desktop;
use journeys::requires::Part;
use rustix::process::{Pid, Signal, kill_process};
use virtual_piv::{Profile, Slot, Touch, TouchPolicy};
use xtask::world::card::{Key, PIN, Plugged};
use xtask::world::people::Credential;
use xtask::world::token::{self, KeyKind};

use crate::desk::{Desk, to_the_picker};
use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_pulled_before_the_pin_goes_on_when_it_is_back() -> Result<()> {
    let Some(mut place) = with_card(&[AUTHENTICATION])? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    to_the_pin(&app, &place).await?;
    plugged(&mut place).pull();
    app.shows("The card was removed").await?;
    app.picture("card-removed").await?;
    plugged(&mut place).put_back()?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;
    app.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_is_asked_for_and_can_be_given_up_and_given() -> Result<()> {
    let touched = Key {
        touch: TouchPolicy::Always,
        ..AUTHENTICATION
    };
    let Some(mut place) = with_card(&[touched])? else {
        return Ok(());
    };
    let card = plugged(&mut place).card().clone();
    card.set_touch(Touch::WhenTold);
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    to_the_pin(&app, &place).await?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.shows("Touch your YubiKey").await?;
    app.picture("touch").await?;
    app.press("Cancel").await?;
    app.shows("Use this PIN").await?;
    card.let_touch_time_out();

    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.shows("Touch your YubiKey").await?;
    assert!(card.awaits_touch(PATIENCE), "the card waits");
    card.touch();
    app.title_is("My Apps").await?;
    app.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_service_that_dies_is_named_and_its_return_brings_the_card_back() -> Result<()> {
    let Some(mut place) = with_card(&[AUTHENTICATION])? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    to_the_picker(&app, "lee").await?;
    app.shows("slot 9A").await?;
    plugged(&mut place).service().crash();
    app.shows("The card service is stopped").await?;
    app.picture("card-service-stopped").await?;
    plugged(&mut place).service().resume()?;
    plugged(&mut place).put_back()?;
    app.is_gone("The card service is stopped").await?;
    app.choose(&sha256(&place)).await?;
    app.press("Continue").await?;
    app.fill("pin", PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;
    app.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_survives_the_crash_of_a_module_and_signs_in_with_it_afterwards() -> Result<()> {
    let Some(place) = Place::with(NEEDED)? else {
        return Ok(());
    };
    let desk = Desk::new(&place, "lee")?;
    let app = desk.open().await?;
    to_the_picker(&app, "lee").await?;
    app.shows("Not usable here").await?;
    let helpers = helpers_below(std::process::id())?;
    assert!(!helpers.is_empty(), "modules are loaded in helpers");
    for helper in &helpers {
        // A module's own handler may swallow the first.
        for _ in 0..2 {
            let pid = Pid::from_raw(i32::try_from(*helper)?).context("a process")?;
            let _ = kill_process(pid, Signal::SEGV);
        }
    }
    app.press("Look again").await?;
    app.shows(Credential::Lee.label()).await?;
    app.press(Credential::Lee.label()).await?;
    app.press("Continue").await?;
    app.fill("pin", token::PIN).await?;
    app.press("Use this PIN").await?;
    app.title_is("My Apps").await?;
    app.close().await
}

/// From the account screen to the PIN of the card's certificate.
async fn to_the_pin(app: &Desktop, place: &Place) -> Result<()> {
    to_the_picker(app, "lee").await?;
    app.choose(&sha256(place)).await?;
    app.press("Continue").await?;
    app.shows("Enter the PIN of your YubiKey").await
}

/// What the certificate in 9A is known by.
fn sha256(place: &Place) -> String {
    let card = place.world.card().expect("a card was plugged in");
    card.certificate(Slot::Authentication).sha256.clone()
}

fn with_card(keys: &[Key]) -> Result<Option<Place>> {
    let Some(mut place) = Place::with(NEEDED)? else {
        return Ok(None);
    };
    place.world.plug_in(Profile::YUBIKEY_57, keys)?;
    Ok(Some(place))
}

fn plugged(place: &mut Place) -> &mut Plugged {
    place.world.plugged().expect("a card was plugged in")
}

/// The helpers of modules among the processes that this one started, and those started.
fn helpers_below(process: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    let children = Path::new("/proc").join(process.to_string()).join("task");
    for task in fs::read_dir(children)? {
        let Ok(list) = fs::read_to_string(task?.path().join("children")) else {
            continue;
        };
        for child in list.split_whitespace() {
            let child: u32 = child.parse()?;
            let words = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            if words.split(|byte| *byte == 0).any(|word| word == HELPER) {
                found.push(child);
            }
            found.extend(helpers_below(child).unwrap_or_default());
        }
    }
    Ok(found)
}

const AUTHENTICATION: Key = Key::untouched(Slot::Authentication, KeyKind::P256);
const HELPER: &[u8] = b"--hold-a-module";
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
const NEEDED: &[Part] = &[Part::SoftHsm, Part::Card, Part::Desktop, Part::Keyring];
