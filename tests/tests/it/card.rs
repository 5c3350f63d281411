//! Lee's PIV card in pcscd's reader, with `lanyard` as the client.

use anyhow::Result;
use journeys::requires::Part;
use journeys::shell::{Said, Shell};
use virtual_piv::{Profile, Slot};
use xtask::world::card::{Key, OnCard, PIN, PUK};
use xtask::world::token::KeyKind;

use crate::place::Place;

#[test]
fn every_kind_of_key_signs_lee_in_from_9a_and_9c() -> Result<()> {
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let keys = [Slot::Authentication, Slot::Signature].map(|slot| Key::untouched(slot, kind));
        for profile in [Profile::YUBIKEY_57, Profile::GOVERNMENT] {
            let Some(mut place) = Place::with(NEEDED)? else {
                return Ok(());
            };
            let name = profile.name;
            place.world.plug_in(profile, &keys)?;
            let shell = place.shell("lee")?;
            for key in keys {
                let certificate = certificate(&place, key.slot);
                let said = sign_in(&shell, &certificate, PIN)?;
                let answer = said.json()?;
                assert_eq!(
                    answer["strength"], "multi_factor",
                    "{kind:?} in {} of {name:?}: {said:?}",
                    key.slot
                );
            }
        }
    }
    Ok(())
}

#[test]
fn a_wrong_pin_costs_one_try_and_the_person_is_told_how_many_are_left() -> Result<()> {
    let Some(place) = with_card()? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let certificate = certificate(&place, Slot::Authentication);
    let wrong = sign_in(&shell, &certificate, "999999")?;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.out.contains("2 tries left"), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("999999"));
    let right = sign_in(&shell, &certificate, PIN)?;
    assert_eq!(right.code, Some(0), "{right:?}");
    Ok(())
}

#[test]
fn a_blocked_card_says_so_and_its_puk_unblocks_it() -> Result<()> {
    let Some(place) = with_card()? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let certificate = certificate(&place, Slot::Authentication);
    for _ in 0..2 {
        let wrong = sign_in(&shell, &certificate, "999999")?;
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
    }
    // A script does not get the last try.
    let kept = sign_in(&shell, &certificate, "999999")?;
    assert!(kept.out.contains("one try left"), "{kept:?}");
    let card = place.world.card().expect("a card was plugged in").card();
    assert_eq!(card.with(|card| card.pin_tries()), 1);
    card.with(|card| card.leave_pin_tries(0));
    let blocked = sign_in(&shell, &certificate, PIN)?;
    assert_eq!(blocked.code, Some(1), "{blocked:?}");
    assert!(blocked.out.contains("PUK"), "{blocked:?}");

    let unblocked = shell.with_secrets(
        &["pin", "unblock"],
        &["--puk-fd", "--new-pin-fd"],
        &[PUK, "135791"],
    )?;
    assert_eq!(unblocked.code, Some(0), "{unblocked:?}");
    let changed = shell.with_secrets(
        &["pin", "change"],
        &["--pin-fd", "--new-pin-fd"],
        &["135791", PIN],
    )?;
    assert_eq!(changed.code, Some(0), "{changed:?}");
    let right = sign_in(&shell, &certificate, PIN)?;
    assert_eq!(right.code, Some(0), "{right:?}");
    Ok(())
}

#[test]
fn without_a_card_or_its_service_the_next_step_is_named_and_its_return_is_enough() -> Result<()> {
    let Some(mut place) = with_card()? else {
        return Ok(());
    };
    let certificate = certificate(&place, Slot::Authentication);
    plugged(&mut place).pull();
    let gone = sign_in(&place.shell("lee")?, &certificate, PIN)?;
    assert_eq!(gone.code, Some(3), "{gone:?}");

    plugged(&mut place).put_back()?;
    plugged(&mut place).service().crash();
    let doctor = place.shell("lee")?.lanyard(&["doctor", "--json"])?;
    assert!(doctor.out.contains("cardService"), "{doctor:?}");
    let stopped = sign_in(&place.shell("lee")?, &certificate, PIN)?;
    assert_eq!(stopped.code, Some(3), "{stopped:?}");
    assert!(stopped.out.contains("card service"), "{stopped:?}");

    plugged(&mut place).service().resume()?;
    plugged(&mut place).put_back()?;
    let back = sign_in(&place.shell("lee")?, &certificate, PIN)?;
    assert_eq!(back.code, Some(0), "{back:?}");
    Ok(())
}

#[test]
fn the_list_and_the_doctor_name_the_card_and_never_its_pin() -> Result<()> {
    let Some(place) = with_card()? else {
        return Ok(());
    };
    let shell = place.shell("lee")?;
    let list = shell.lanyard(&["list", "--json"])?;
    for slot in [Slot::Authentication, Slot::Signature] {
        assert!(
            list.out.contains(&certificate(&place, slot).sha256),
            "{list:?}"
        );
    }
    let doctor = shell.lanyard(&["doctor", "--json"])?;
    for part in ["Yubico YubiKey", "cardService", "triesLeft"] {
        assert!(doctor.out.contains(part), "{part} is not in {}", doctor.out);
    }
    assert!(!doctor.out.contains(PIN));
    Ok(())
}

fn with_card() -> Result<Option<Place>> {
    let Some(mut place) = Place::with(NEEDED)? else {
        return Ok(None);
    };
    place.world.plug_in(Profile::YUBIKEY_57, KEYS)?;
    Ok(Some(place))
}

fn plugged(place: &mut Place) -> &mut xtask::world::card::Plugged {
    place.world.plugged().expect("a card was plugged in")
}

fn certificate(place: &Place, slot: Slot) -> OnCard {
    place
        .world
        .card()
        .expect("a card was plugged in")
        .certificate(slot)
        .clone()
}

fn sign_in(shell: &Shell<'_>, certificate: &OnCard, pin: &str) -> Result<Said> {
    let words = [
        "--username",
        "lee@meridian.example",
        "--method",
        "certificate",
        "--certificate",
        &certificate.sha256,
    ];
    shell.sign_in(&words, pin, "no password is asked for")
}

const KEYS: &[Key] = &[
    Key::untouched(Slot::Authentication, KeyKind::P256),
    Key::untouched(Slot::Signature, KeyKind::Rsa2048),
];

const NEEDED: &[Part] = &[Part::SoftHsm, Part::Card, Part::Keyring];
