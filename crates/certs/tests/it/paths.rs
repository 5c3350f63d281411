use certs::{
    Certificate, Check, CurrentPath, Presented, Refused, Revocation, Role, Settings, Time,
    TrustStore, validate,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose,
};

use crate::pki::{Ca, NOT_AFTER, NOT_BEFORE, NOW, Pki, at, authority, presented};

#[test]
fn a_leaf_of_the_issuing_ca_is_accepted_and_the_trace_says_what_was_checked() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let path = judge(&leaf, &pki.trust(), NOW).unwrap();
    assert_eq!(path.leaf(), &leaf);
    assert_eq!(path.authorities().len(), 2);
    let checks: Vec<Check> = path.trace().lines().iter().map(|line| line.check).collect();
    assert_eq!(
        checks,
        [
            Check::Key,
            Check::Path,
            // The root.
            Check::Time,
            Check::Constraints,
            // The issuing CA.
            Check::Signature,
            Check::Time,
            Check::Constraints,
            // The leaf.
            Check::Signature,
            Check::Time,
            Check::Constraints,
            Check::Policies,
            Check::Purpose,
            Check::Revocation,
            Check::Revocation
        ]
    );
}

#[test]
fn no_certificate_is_refused_with_50192() {
    let refused = validate(
        &Presented::default(),
        &Pki::new().trust(),
        &Settings::default(),
        NOW,
    )
    .unwrap_err();
    assert_eq!((refused.code(), refused.leaf), (50192, None));
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let garbage = Presented {
        certificates: vec![vec![0x30, 0x82, 0xff, 0xff, 0x00]],
    };
    let refused = validate(&garbage, &Pki::new().trust(), &Settings::default(), NOW).unwrap_err();
    assert_eq!(refused.code(), 50017);
}

#[test]
fn a_leaf_of_another_ca_is_refused_with_500176() {
    let stranger = Ca::root("Another CA").issue(|_| {});
    assert_eq!(
        refusal(&stranger, &Pki::new().trust(), NOW),
        (500_176, Check::Path)
    );
}

#[test]
fn every_ca_up_to_the_root_must_be_in_the_trust_store() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let root_alone = TrustStore::new(vec![authority(&pki.root, Role::Root)]);
    let both = Presented {
        certificates: vec![leaf.der().to_vec(), pki.issuing.certificate.der().to_vec()],
    };
    let refused = validate(&both, &root_alone, &Settings::default(), NOW).unwrap_err();
    assert_eq!(refused.code(), 500_176);
}

#[test]
fn a_ca_with_the_right_name_and_another_key_is_not_the_issuer() {
    let pki = Pki::new();
    let impostor = Pki::new();
    let leaf = impostor.issuing.issue(|_| {});
    assert_eq!(refusal(&leaf, &pki.trust(), NOW), (500_176, Check::Path));

    // Without key identifiers only the signature tells the two apart.
    let nameless = impostor.issuing.issue(|params| {
        params.use_authority_key_identifier_extension = false;
    });
    assert_eq!(
        refusal(&nameless, &pki.trust(), NOW),
        (50017, Check::Signature)
    );
}

#[test]
fn an_expired_leaf_and_one_of_tomorrow_are_refused_with_500172() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|params| {
        params.not_before = at(NOW.plus(-10));
        params.not_after = at(NOW.plus(10));
    });
    let trust = pki.trust();
    assert!(judge(&leaf, &trust, NOW.plus(10)).is_ok());
    assert_eq!(refusal(&leaf, &trust, NOW.plus(11)), (500_172, Check::Time));
    assert!(judge(&leaf, &trust, NOW.plus(-10)).is_ok());
    assert_eq!(
        refusal(&leaf, &trust, NOW.plus(-11)),
        (500_172, Check::Time)
    );
}

#[test]
fn an_expired_root_ends_every_path() {
    let pki = Pki::new();
    let leaf = pki
        .issuing
        .issue(|params| params.not_after = at(NOT_AFTER.plus(999)));
    assert_eq!(
        refusal(&leaf, &pki.trust(), NOT_AFTER.plus(1)),
        (500_172, Check::Time)
    );
    assert_eq!(
        refusal(&leaf, &pki.trust(), NOT_BEFORE.plus(-1)),
        (500_172, Check::Time)
    );
}

#[test]
fn a_leaf_that_is_not_for_signing_in_is_refused() {
    let pki = Pki::new();
    let refuse =
        |change: fn(&mut CertificateParams)| refusal(&pki.issuing.issue(change), &pki.trust(), NOW);
    assert_eq!(
        refuse(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        (50012, Check::Purpose)
    );
    assert_eq!(
        refuse(|params| params.key_usages = vec![KeyUsagePurpose::ContentCommitment]),
        (50012, Check::Purpose)
    );
    let unlimited = pki.issuing.issue(|params| {
        params.extended_key_usages.clear();
        params.key_usages.clear();
    });
    assert!(judge(&unlimited, &pki.trust(), NOW).is_ok());
}

#[test]
fn an_issuer_without_the_right_to_issue_is_refused() {
    let pki = Pki::new();
    let constrained = |change: fn(&mut CertificateParams)| {
        let ca = pki.root.issue_ca("Constrained CA", change);
        let leaf = ca.issue(|_| {});
        let trust = TrustStore::new(vec![
            authority(&pki.root, Role::Root),
            authority(&ca, Role::Intermediate),
        ]);
        refusal(&leaf, &trust, NOW)
    };
    let expected = (50017, Check::Constraints);
    assert_eq!(
        constrained(|params| params.is_ca = IsCa::ExplicitNoCa),
        expected
    );
    assert_eq!(
        constrained(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]),
        expected
    );
}

#[test]
fn a_path_longer_than_the_path_length_constraint_is_refused() {
    let pki = Pki::new();
    let upper = pki.root.issue_ca("Upper CA", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let lower = upper.issue_ca("Lower CA", |_| {});
    let trust = TrustStore::new(vec![
        authority(&pki.root, Role::Root),
        authority(&upper, Role::Intermediate),
        authority(&lower, Role::Intermediate),
    ]);
    assert!(judge(&upper.issue(|_| {}), &trust, NOW).is_ok());
    assert_eq!(
        refusal(&lower.issue(|_| {}), &trust, NOW),
        (50017, Check::Constraints)
    );
}

#[test]
fn a_critical_extension_that_is_not_known_is_refused_and_an_ordinary_one_is_not() {
    let pki = Pki::new();
    let with = |critical: bool| {
        pki.issuing.issue(|params| {
            let mut extension = CustomExtension::from_oid_content(&[1, 3, 9, 9], vec![5, 0]);
            extension.set_criticality(critical);
            params.custom_extensions.push(extension);
        })
    };
    assert!(judge(&with(false), &pki.trust(), NOW).is_ok());
    assert_eq!(
        refusal(&with(true), &pki.trust(), NOW),
        (50017, Check::Constraints)
    );
}

#[test]
fn an_expired_twin_of_a_ca_does_not_hide_the_one_that_holds() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let twin = pki.root.issue_ca("Meridian Issuing CA 1", |params| {
        params.not_after = at(NOW.plus(-1));
    });
    let trust = TrustStore::new(vec![
        authority(&twin, Role::Intermediate),
        authority(&pki.issuing, Role::Intermediate),
        authority(&pki.root, Role::Root),
    ]);
    assert!(judge(&leaf, &trust, NOW).is_ok());
}

#[test]
fn cas_that_vouch_for_each_other_end_the_search() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let no_root = TrustStore::new(vec![
        authority(&pki.root, Role::Intermediate),
        authority(&pki.issuing, Role::Intermediate),
    ]);
    assert_eq!(refusal(&leaf, &no_root, NOW), (500_176, Check::Path));
}

fn judge(leaf: &Certificate, trust: &TrustStore, now: Time) -> Result<CurrentPath, Refused> {
    validate(&presented(leaf), trust, &Settings::default(), now)?.check(&Revocation::none(), now)
}

fn refusal(leaf: &Certificate, trust: &TrustStore, now: Time) -> (u32, Check) {
    let refused = judge(leaf, trust, now).unwrap_err();
    (refused.code(), refused.trace.failure().unwrap().check)
}
