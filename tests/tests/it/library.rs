//! The client library by itself: no terminal and no window between a person and the conversation.

use std::env;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use client::intent::Intent;
use client::view::{Method, Screen, SignedIn, Strength, View};
use client::{Conversation, Device, Keyring, Offer, Places, Settings};
use journeys::alone;
use journeys::requires::Part;
use token::TokenHost;
use token::helper::Program;
use tokio::sync::watch;
use xtask::world::people::Credential;
use xtask::world::token::PIN;

use crate::place::Place;

#[test]
fn lee_is_let_in_with_rsa_2048_at_multi_factor_strength() -> Result<()> {
    let signed_in = sign_in("lee", Credential::Lee)?;
    assert!(signed_in.is_none_or(|signed_in| {
        assert_eq!(signed_in.name, "Lee Park");
        signed_in.strength == Strength::MultiFactor
    }));
    Ok(())
}

#[test]
fn sam_is_let_in_with_p_256_at_single_factor_strength() -> Result<()> {
    let signed_in = sign_in("sam", Credential::Sam)?;
    assert!(signed_in.is_none_or(|signed_in| {
        assert_eq!(signed_in.name, "Sam Ortiz");
        signed_in.strength == Strength::SingleFactor
    }));
    Ok(())
}

/// Signs somebody in, in a process of its own; the outer one has nothing to look at.
fn sign_in(user: &str, credential: Credential) -> Result<Option<SignedIn>> {
    if alone::is_inner() {
        let runtime = tokio::runtime::Runtime::new()?;
        return runtime.block_on(within()).map(Some);
    }
    let Some(place) = Place::with(&[Part::SoftHsm])? else {
        return Ok(None);
    };
    let world = &place.world;
    alone::again([
        ("SOFTHSM2_CONF", world.token().configuration().into()),
        (FOLDER, place.folder(user)?.into_os_string()),
        (ORIGIN, place.certauth.origin().into()),
        (CA, world.pki().servers.certificate().into()),
        (MODULE, world.token().module().into()),
        (USER, format!("{user}@meridian.example").into()),
        (SHA256, world.issued(credential).sha256.as_str().into()),
    ]);
    Ok(None)
}

/// The sign-in itself, told everything by the outer process.
async fn within() -> Result<SignedIn> {
    let told = |name: &str| env::var(name).with_context(|| format!("{name} is told"));
    let folder = PathBuf::from(told(FOLDER)?);
    let origin = told(ORIGIN)?;
    let module = PathBuf::from(told(MODULE)?);
    let settings = Settings::default().with(Some(&origin), Some(told(CA)?.into()), [])?;
    let opened = Arc::new(Mutex::new(Vec::new()));
    let browser = Arc::clone(&opened);
    let device = Device::new(
        settings,
        Places::at(folder.join("settings"), folder.join("state")),
        Keyring::memory_only(),
        TokenHost::new(token::Settings {
            helper: Program::at(env!("CARGO_BIN_EXE_module-helper")),
            ..token::Settings::only([module])
        }),
        Box::new(move |url| {
            browser
                .lock()
                .expect("nobody panicked")
                .push(url.to_string());
            Ok(())
        }),
        Offer::default(),
    );
    let conversation = Conversation::start(device);
    let mut views = conversation.views();

    sees(&mut views, |screen| {
        matches!(screen, Screen::Account { busy: false, .. })
    })
    .await?;
    conversation.wants(Intent::EnterAccount {
        server: origin,
        username: told(USER)?,
    });
    sees(&mut views, |screen| matches!(screen, Screen::Method { .. })).await?;
    conversation.wants(Intent::ChooseMethod {
        method: Method::Certificate,
    });
    let sha256 = told(SHA256)?;
    sees(&mut views, |screen| offers(screen, &sha256)).await?;
    conversation.wants(Intent::UseCertificate {
        sha256,
        anyway: false,
        remember: false,
    });
    sees(&mut views, |screen| matches!(screen, Screen::Pin(_))).await?;
    conversation.submit_pin(PIN.to_owned());
    let Screen::SignedIn(signed_in) = sees(&mut views, has_apps).await? else {
        bail!("only the signed-in screen has applications");
    };

    conversation.wants(Intent::OpenApp {
        id: "handbook".to_owned(),
    });
    sees(&mut views, |screen| {
        has_apps(screen) && !opened.lock().expect("nobody panicked").is_empty()
    })
    .await?;
    conversation.wants(Intent::SignOut);
    sees(&mut views, |screen| {
        matches!(screen, Screen::Account { .. })
    })
    .await?;
    Ok(*signed_in)
}

/// Waits until the screen is as told.
async fn sees(views: &mut watch::Receiver<View>, fits: impl Fn(&Screen) -> bool) -> Result<Screen> {
    let seen = async {
        let view = views.wait_for(|view| fits(&view.screen)).await?;
        anyhow::Ok(view.screen.clone())
    };
    if let Ok(seen) = tokio::time::timeout(PATIENCE, seen).await {
        return seen;
    }
    bail!("the screen stays {:#?}", views.borrow().screen)
}

fn offers(screen: &Screen, sha256: &str) -> bool {
    let Screen::Picker(picker) = screen else {
        return false;
    };
    let mut rows = picker.groups.iter().flat_map(|group| &group.rows);
    rows.any(|row| row.sha256 == sha256)
}

fn has_apps(screen: &Screen) -> bool {
    matches!(screen, Screen::SignedIn(signed_in) if signed_in.apps.is_some())
}

const PATIENCE: Duration = Duration::from_secs(30);
const FOLDER: &str = "LANYARD_JOURNEY_FOLDER";
const ORIGIN: &str = "LANYARD_JOURNEY_ORIGIN";
const CA: &str = "LANYARD_JOURNEY_CA";
const MODULE: &str = "LANYARD_JOURNEY_MODULE";
const USER: &str = "LANYARD_JOURNEY_USER";
const SHA256: &str = "LANYARD_JOURNEY_SHA256";
