use policy::one_time_code::Secret;
use policy::password::{self, VerifiedPassword};
use policy::{Account, Decision, Evidence, Factor, Policy, Recorded, Requirement, Strength};

use crate::strengths::{plain, session};
use crate::world::{Leaf, MFA, NOW, application, lee, method, path};

const LEE: Leaf = Leaf {
    principal_name: Some("lee@meridian.example"),
    email: None,
    policies: &[MFA],
};

#[test]
fn a_single_factor_certificate_opens_what_asks_for_one_factor() {
    let decision = decide(&Policy::new(method()), path(&LEE), Requirement::Any);
    let Decision::Allow(grant) = decision else {
        panic!("expected Allow, got {decision:?}")
    };
    assert_eq!(grant.strength(), Strength::SingleFactor);
    assert_eq!(grant.amr(), ["pop"]);
    let facts = grant.certificate().unwrap();
    assert_eq!(
        facts.binding,
        "Certificate: PrincipalName; User Attribute: userPrincipalName; Rank: 1"
    );
    assert_eq!(
        (facts.level_type.as_str(), facts.policies.len()),
        ("Default", 1)
    );
}

#[test]
fn a_single_factor_certificate_is_offered_the_password_and_never_a_dead_end() {
    let policy = Policy::new(method());
    let decision = decide(&policy, path(&LEE), Requirement::MultiFactor);
    let Decision::More(more) = decision else {
        panic!("expected More, got {decision:?}")
    };
    assert_eq!(
        (more.offers.as_slice(), more.refusal.code()),
        (&[Factor::Password][..], 50076)
    );

    let evidence = Evidence::from(live(more.proven)).and(password_of(&lee()));
    let decision = policy.decide(
        &evidence,
        &lee(),
        &application(Requirement::MultiFactor),
        NOW,
    );
    let Decision::Allow(grant) = decision else {
        panic!("expected Allow, got {decision:?}")
    };
    assert_eq!(grant.strength(), Strength::MultiFactor);
    assert_eq!(grant.amr(), ["pop", "pwd", "mfa"]);
}

#[test]
fn an_account_without_a_second_factor_is_told_to_ask_with_50079() {
    let mut account = lee();
    account.has_password = false;
    let decision = Policy::new(method()).decide(
        &path(&LEE).into(),
        &account,
        &application(Requirement::MultiFactor),
        NOW,
    );
    assert_eq!(refusal(decision), 50079);
}

#[test]
fn a_certificate_of_somebody_else_is_refused_with_50034_and_tells_the_person_nothing_of_the_account()
 {
    let sam = Leaf {
        principal_name: Some("sam@meridian.example"),
        ..Leaf::default()
    };
    let decision = decide(&Policy::new(method()), path(&sam), Requirement::Any);
    let Decision::Deny(refusal) = decision else {
        panic!("expected Deny, got {decision:?}")
    };
    let person = format!("{:?}", refusal.for_person());
    let administrator = format!("{:?}", refusal.for_administrator());
    assert_eq!(refusal.code(), 50034);
    assert!(!person.contains("lee@meridian.example"), "{person}");
    assert!(person.contains("sam@meridian.example"), "{person}");
    assert!(
        administrator.contains("lee@meridian.example"),
        "{administrator}"
    );
}

#[test]
fn an_unknown_username_reads_like_a_certificate_of_somebody_else() {
    let policy = Policy::new(method());
    let sam = Leaf {
        principal_name: Some("sam@meridian.example"),
        ..Leaf::default()
    };
    let path = path(&sam);
    let unknown = policy.refuse_unknown(&path);
    let decision = decide(&policy, path, Requirement::Any);
    let Decision::Deny(no_match) = decision else {
        panic!("expected Deny, got {decision:?}")
    };
    assert_eq!(unknown.for_person(), no_match.for_person());
}

#[test]
fn a_certificate_without_the_field_of_any_binding_is_refused_with_1001003() {
    let mut only_email = method();
    only_email.username_bindings.truncate(1);
    let leaf = Leaf {
        email: Some("lee@meridian.example"),
        ..Leaf::default()
    };
    let decision = decide(&Policy::new(only_email), path(&leaf), Requirement::Any);
    assert_eq!(refusal(decision), 1_001_003);
}

#[test]
fn an_account_out_of_the_methods_scope_is_refused_with_130501() {
    let with = |include: &[&str], exclude: &[&str]| {
        let mut method = method();
        method.include_groups = include.iter().map(ToString::to_string).collect();
        method.exclude_groups = exclude.iter().map(ToString::to_string).collect();
        decide(&Policy::new(method), path(&LEE), Requirement::Any)
    };
    assert!(matches!(with(&["card-holders"], &[]), Decision::Allow(_)));
    assert_eq!(refusal(with(&["others"], &[])), 130_501);
    assert_eq!(refusal(with(&["all_users"], &["card-holders"])), 130_501);
    assert_eq!(refusal(with(&[], &[])), 130_501);
}

#[test]
fn a_disabled_account_is_refused_only_after_it_proved_itself() {
    let mut disabled = lee();
    disabled.enabled = false;
    let application = application(Requirement::Any);
    let policy = Policy::new(method());
    let hers = policy.decide(&path(&LEE).into(), &disabled, &application, NOW);
    assert_eq!(refusal(hers), 50057);
    let sam = Leaf {
        principal_name: Some("sam@meridian.example"),
        ..Leaf::default()
    };
    let of_another = policy.decide(&path(&sam).into(), &disabled, &application, NOW);
    assert_eq!(refusal(of_another), 50034);
}

#[test]
fn proofs_of_two_accounts_never_add_up() {
    let mut sam = lee();
    sam.id = "sam".into();
    let evidence = Evidence::from(path(&LEE)).and(password_of(&sam));
    let application = application(Requirement::MultiFactor);
    let decision = Policy::new(method()).decide(&evidence, &lee(), &application, NOW);
    assert_eq!(refusal(decision), 50034);

    // Nor do a code of another account, a session of another, and no proof at all.
    let decide = |evidence: &Evidence, account: &Account| {
        let decision = Policy::new(method()).decide(evidence, account, &application, NOW);
        refusal(decision)
    };
    let secret = Secret::new([9; 20]);
    let code = secret.code_at(NOW).unwrap();
    let verified = secret.verify(&sam, &code, NOW).unwrap();
    let evidence = Evidence::from(password_of(&lee())).and(verified);
    assert_eq!(decide(&evidence, &lee()), 50034);
    let both = session(&[plain("password"), plain("code")]);
    assert_eq!(decide(&both, &sam), 50034);
    assert_eq!(decide(&session(&[]), &lee()), 50192);
}

#[test]
fn a_session_that_ended_is_no_evidence() {
    let Decision::Allow(grant) = decide(&Policy::new(method()), path(&LEE), Requirement::Any)
    else {
        panic!("expected Allow")
    };
    let recorded = grant.recorded().clone();
    assert!(recorded.clone().live(NOW.plus(1), NOW).is_ok());
    assert!(recorded.live(NOW, NOW).is_err());
}

fn decide(policy: &Policy, path: certs::CurrentPath, requires: Requirement) -> Decision {
    policy.decide(&path.into(), &lee(), &application(requires), NOW)
}

fn refusal(decision: Decision) -> u32 {
    match decision {
        Decision::Deny(refusal) => refusal.code(),
        Decision::Allow(_) | Decision::More(_) => panic!("expected Deny, got {decision:?}"),
    }
}

fn password_of(account: &Account) -> VerifiedPassword {
    let hash = password::hash("correct horse", &[1; 16]).unwrap();
    password::verify(Some((account, &hash)), "correct horse", NOW).unwrap()
}

fn live(recorded: Recorded) -> policy::Live {
    recorded.live(NOW.plus(60), NOW).unwrap()
}
