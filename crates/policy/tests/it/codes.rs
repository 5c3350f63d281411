use certs::Time;
use policy::one_time_code::Secret;

use crate::world::lee;

#[test]
fn codes_are_those_of_rfc_6238_appendix_b() {
    let secret = Secret::new(*b"12345678901234567890");
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(secret.code_at(Time::from_unix(seconds)).unwrap(), code);
    }
}

#[test]
fn a_code_counts_for_its_step_and_the_one_on_either_side() {
    let secret = Secret::new([9; 20]);
    let made = Time::from_unix(1_000_000_020);
    let code = secret.code_at(made).unwrap();
    let step_at = |offset| {
        secret
            .verify(&lee(), &code, made.plus(offset))
            .map(|verified| verified.step())
    };
    let step = step_at(0).unwrap();
    assert_eq!(step, 1_000_000_020 / 30);
    assert_eq!(step_at(30), Ok(step));
    assert_eq!(step_at(-30), Ok(step));
    assert!(step_at(60).is_err());
    assert!(step_at(-60).is_err());
}

#[test]
fn what_is_no_code_is_refused_and_blanks_are_passed_over() {
    let secret = Secret::new([9; 20]);
    let now = Time::from_unix(1_000_000_020);
    let code = secret.code_at(now).unwrap();
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert!(secret.verify(&lee(), &spaced, now).is_ok());
    for wrong in ["", "12345", "1234567", "12345x", "١٢٣٤٥٦"] {
        assert!(secret.verify(&lee(), wrong, now).is_err(), "{wrong}");
    }
}

#[test]
fn the_link_of_the_qr_code_names_issuer_and_account_and_nothing_prints_the_secret() {
    let secret = Secret::new([9; 20]);
    let link = secret
        .link("Meridian: demo", "lee@meridian.example")
        .unwrap();
    assert!(
        link.starts_with("otpauth://totp/Meridian%20%20demo:lee%40meridian.example?secret="),
        "{}",
        *link
    );
    assert!(link.contains(secret.base32().as_str()));
    assert_eq!(format!("{secret:?}"), "***");
}
