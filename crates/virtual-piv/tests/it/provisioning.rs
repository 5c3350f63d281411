//! GENERATE, and what a YubiKey adds, in process.

use virtual_piv::{Algorithm, Card, Profile, Slot};

use crate::terminal::{FACTORY_KEY, MANAGEMENT, PIN, Terminal};

#[test]
fn keys_are_generated_with_the_management_key() {
    let mut terminal = Terminal::selected(Card::builder());
    terminal.expect("0047009A05AC03800111", 0x6982);
    terminal.authenticate(MANAGEMENT);
    let public = terminal.expect("0047009A05AC03800111", 0x9000);
    assert!(public.starts_with("7F4943864104"), "{public}");
    terminal.expect("0047009A05AC03800107", 0x610E);
    for (command, status) in [
        ("0047009A05AC038001E0", 0x6A80),
        ("0047009A05AC03800106", 0x6A80),
        ("0047009A02AC00", 0x6A80),
        ("0047009A08AC06800111AA0101", 0x6A80),
        ("0047019A05AC03800111", 0x6A86),
        ("0047009B05AC03800111", 0x6A86),
    ] {
        terminal.expect(command, status);
    }
}

#[test]
fn a_yubikey_tells_about_itself() {
    let builder = || {
        Card::builder()
            .profile(Profile::YUBIKEY_57)
            .serial(0x0102_0304)
            .key(Slot::Signature, Algorithm::P256)
    };
    let mut terminal = Terminal::selected(builder());
    assert_eq!(terminal.expect("00FD000000", 0x9000), "050701");
    assert_eq!(terminal.expect("00F8000000", 0x9000), "01020304");
    let pin = terminal.expect("00F7008000", 0x9000);
    assert_eq!(pin, "0101FF05010106020303");
    let management = terminal.expect("00F7009B00", 0x9000);
    assert_eq!(management, "01010A02020001050101");
    let key = terminal.expect("00F7009C00", 0x9000);
    assert!(key.starts_with("01011102020301030101044386410"), "{key}");
    terminal.expect("00F7009A00", 0x6A88);
    terminal.expect("00F7009900", 0x6A86);
    terminal.expect("00F99A0000", 0x6A80);
    let mut neo = Terminal::selected(Card::builder().profile(Profile::NEO));
    assert_eq!(neo.expect("00FD000000", 0x9000), "010004");
    for command in ["00F8000000", "00F7009A00", "00F99A0000", "00F6FF9A"] {
        neo.expect(command, 0x6D00);
    }
}

#[test]
fn a_yubikey_is_provisioned_by_its_own_commands() {
    let builder = Card::builder()
        .profile(Profile::YUBIKEY_57)
        .key(Slot::Authentication, Algorithm::P256);
    let mut terminal = Terminal::selected(builder);
    let scalar = "07".repeat(32);
    let import = format!("00FE119D280620{scalar}AA0101AB0102");
    terminal.expect(&import, 0x6982);
    terminal.expect(&format!("00FFFFFF1B0A9B18{}", "0A".repeat(24)), 0x6982);
    terminal.expect("00FA0505", 0x6982);
    terminal.expect("00F6829A", 0x6982);
    terminal.authenticate((0x0A, FACTORY_KEY));
    terminal.expect(&import, 0x9000);
    let metadata = terminal.expect("00F7009D00", 0x9000);
    assert!(metadata.starts_with("0101110202010203010204"), "{metadata}");
    terminal.expect("00F99D0000", 0x6A80);
    terminal.expect(&format!("00FE119D220620{}", "00".repeat(32)), 0x6A80);
    terminal.expect("00FE129D02060100", 0x6A80);
    terminal.expect("00F6829A", 0x9000);
    terminal.expect("00F6829D", 0x6985);
    terminal.expect("00F6FF9D", 0x9000);
    terminal.expect("00F6FF9D", 0x6A88);
    terminal.expect("00FA0505", 0x6982);
    terminal.expect(PIN, 0x9000);
    terminal.expect("00FA0005", 0x6A86);
    terminal.expect("00FA0504", 0x9000);
    assert_eq!(
        (terminal.card.pin_tries(), terminal.card.puk_tries()),
        (5, 4)
    );
    terminal.expect(&format!("00FFFFFF1B0A9B18{}", "0A".repeat(24)), 0x9000);
    terminal.expect(&format!("00FFFFFE1B0A9B18{}", "0A".repeat(24)), 0x6A86);
    terminal.expect("00FFFFFF030A9B18", 0x6700);
    terminal.card.reset();
    terminal.expect("00A4040005A00000030800", 0x9000);
    terminal.authenticate((0x0A, &[0x0A; 24]));
    terminal.expect("00FB0000", 0x6985);
}
