//! Which certificates fit.

use sign_in::candidate::{Asks, Candidate, IssuerName};
use sign_in::judge::{Verdict, can_send, judge};
use sign_in::view::{Reason, RowWarning};

use crate::world::{DAY, NOW, asks, candidate};

fn verdict(change: impl FnOnce(&mut Candidate)) -> Verdict {
    let mut subject = candidate("lee");
    change(&mut subject);
    judge(&subject, &asks(), NOW)
}

#[test]
fn a_good_certificate_fits() {
    assert_eq!(verdict(|_| {}), Verdict::Fits(None));
}

#[test]
fn each_flaw_has_its_own_reason() {
    assert_eq!(
        verdict(|c| c.readable = false),
        Verdict::Unfit(Reason::Unreadable)
    );
    assert_eq!(
        verdict(|c| c.has_key = false),
        Verdict::Unfit(Reason::NoPrivateKey)
    );
    assert_eq!(
        verdict(|c| c.row.not_after = NOW - 1),
        Verdict::Unfit(Reason::Expired { at: NOW - 1 })
    );
    assert_eq!(
        verdict(|c| c.row.not_before = NOW + 1),
        Verdict::Unfit(Reason::NotYetValid { at: NOW + 1 })
    );
    assert_eq!(
        verdict(|c| c.for_clients = false),
        Verdict::Unfit(Reason::NotForSignIn {
            purposes: vec!["clientAuth".into()]
        })
    );
    assert_eq!(
        verdict(|c| c.may_sign = false),
        Verdict::Unfit(Reason::NotForSigning)
    );
    assert_eq!(
        verdict(|c| c.issuers.clear()),
        Verdict::Unfit(Reason::WrongIssuer {
            issuer: "Meridian Issuing CA 1".into()
        })
    );
    assert_eq!(
        verdict(|c| c.schemes.clear()),
        Verdict::Unfit(Reason::CannotSign {
            key: "P-256".into()
        })
    );
}

#[test]
fn the_last_second_of_the_validity_still_counts() {
    assert!(matches!(
        verdict(|c| c.row.not_after = NOW),
        Verdict::Fits(_)
    ));
    assert!(matches!(
        verdict(|c| c.row.not_before = NOW),
        Verdict::Fits(_)
    ));
}

#[test]
fn an_expiry_within_thirty_days_is_a_warning_with_whole_days() {
    assert_eq!(
        verdict(|c| c.row.not_after = NOW + 12 * DAY + 5),
        Verdict::Fits(Some(RowWarning::ExpiresSoon { days: 12 }))
    );
    assert_eq!(
        verdict(|c| c.row.not_after = NOW + 30 * DAY),
        Verdict::Fits(None)
    );
}

#[test]
fn a_key_without_pss_falls_back_to_tls_1_2_where_the_server_speaks_it() {
    assert_eq!(
        verdict(|c| c.schemes = vec![0x0401]),
        Verdict::Fits(Some(RowWarning::OlderTls))
    );
    let mut subject = candidate("lee");
    subject.schemes = vec![0x0401];
    let only_new = Asks {
        older_tls: false,
        ..asks()
    };
    assert!(matches!(
        judge(&subject, &only_new, NOW),
        Verdict::Unfit(Reason::CannotSign { .. })
    ));
    assert!(can_send(&subject));
}

#[test]
fn a_name_in_another_string_type_is_the_same_issuer() {
    let theirs = IssuerName {
        der: vec![9],
        text: Some("cn=meridian issuing ca 1".into()),
    };
    let server = Asks {
        authorities: vec![theirs],
        ..asks()
    };
    assert_eq!(judge(&candidate("lee"), &server, NOW), Verdict::Fits(None));
}

#[test]
fn a_server_that_names_no_authority_takes_any() {
    let server = Asks {
        authorities: Vec::new(),
        ..asks()
    };
    let mut subject = candidate("lee");
    subject.issuers.clear();
    assert_eq!(judge(&subject, &server, NOW), Verdict::Fits(None));
}

#[test]
fn a_key_that_signs_without_a_pin_proves_the_card_only() {
    let warned = verdict(|c| {
        c.without_pin = true;
        c.row.not_after = NOW + DAY;
    });
    assert_eq!(warned, Verdict::Fits(Some(RowWarning::ProvesCardOnly)));
    let unfit = verdict(|c| {
        c.without_pin = true;
        c.schemes = Vec::new();
    });
    assert!(matches!(unfit, Verdict::Unfit(Reason::CannotSign { .. })));
}
