//! Conditional access policies.

use certs::Time;
use policy::{
    Account, Applications, Clients, ConditionalAccessPolicy, Decision, Evidence, Factor,
    FrequencyOf, GrantControl, Period, PolicyState, Requirement, Rules, SignInFrequency, Users,
};
use serde_json::Value;

use crate::strengths::{built_in, certificate, passkey, plain, session};
use crate::world::{NOW, application, lee, policy_of};

#[test]
fn a_policy_concerns_whoever_is_included_and_not_excluded() {
    let users = |include: &[&str], exclude: &[&str], groups: &[&str], not_groups: &[&str]| Users {
        include_users: owned(include),
        exclude_users: owned(exclude),
        include_groups: owned(groups),
        exclude_groups: owned(not_groups),
    };
    let table = [
        (users(&["All"], &[], &[], &[]), true),
        (users(&["lee"], &[], &[], &[]), true),
        (users(&["LEE"], &[], &[], &[]), true),
        (users(&["sam"], &[], &[], &[]), false),
        (users(&["None"], &[], &[], &[]), false),
        (users(&[], &[], &["card-holders"], &[]), true),
        (users(&[], &[], &["others"], &[]), false),
        (users(&["All"], &["lee"], &[], &[]), false),
        (users(&["All"], &[], &[], &["card-holders"]), false),
        (
            users(&["lee"], &[], &["card-holders"], &["card-holders"]),
            false,
        ),
        (users(&[], &[], &[], &[]), false),
    ];
    for (users, expected) in table {
        let mut rules = everywhere(GrantControl::Block);
        rules.conditional_access[0].users = users.clone();
        let blocked = code(&decide(rules, &session(&[plain("password")]))) == Some(53003);
        assert_eq!(blocked, expected, "{users:?}");
    }
}

#[test]
fn a_policy_concerns_the_applications_that_are_included_and_not_excluded() {
    for (include, exclude, expected) in [
        (&["All"][..], &[][..], true),
        (&["payroll"], &[], true),
        (&["mail", "PAYROLL"], &[], true),
        (&["mail"], &[], false),
        (&["None"], &[], false),
        (&["All"], &["payroll"], false),
    ] {
        let mut rules = everywhere(GrantControl::Block);
        rules.conditional_access[0].applications = Applications {
            include: owned(include),
            exclude: owned(exclude),
        };
        let blocked = code(&decide(rules, &session(&[plain("password")]))) == Some(53003);
        assert_eq!(blocked, expected, "{include:?} {exclude:?}");
    }
}

#[test]
fn a_policy_about_legacy_clients_never_concerns_a_sign_in_here() {
    let mut rules = everywhere(GrantControl::Block);
    rules.conditional_access[0].clients = Clients::LegacyOnly;
    assert_eq!(code(&decide(rules, &session(&[plain("password")]))), None);
}

#[test]
fn block_wins_over_whatever_other_policies_ask_for() {
    let mut rules = everywhere(GrantControl::MultiFactor);
    rules
        .conditional_access
        .extend(everywhere(GrantControl::Block).conditional_access);
    for proofs in [vec![plain("password")], vec![certificate("multi_factor")]] {
        assert_eq!(code(&decide(rules.clone(), &session(&proofs))), Some(53003));
    }
}

#[test]
fn every_policy_that_concerns_a_sign_in_has_to_be_met() {
    let mut rules = everywhere(GrantControl::MultiFactor);
    rules
        .conditional_access
        .extend(everywhere(built_in(4)).conditional_access);
    let both = [plain("password"), plain("code")];
    assert_eq!(code(&decide(rules.clone(), &session(&both))), Some(50076));
    assert_eq!(code(&decide(rules, &session(&[passkey(true)]))), None);
}

#[test]
fn multi_factor_is_50076_where_something_helps_and_50079_where_nothing_does() {
    let rules = everywhere(GrantControl::MultiFactor);
    let evidence = session(&[plain("password")]);
    let mut helpless = lee();
    helpless.groups = vec![];
    let mut closed = rules.clone();
    closed.method.include_groups = vec![];
    let of = |rules: Rules, account: &Account| {
        let decision =
            policy_of(rules).decide(&evidence, account, &application(Requirement::Any), NOW);
        code(&decision)
    };
    assert_eq!(of(rules, &lee()), Some(50076));
    assert_eq!(of(closed, &helpless), Some(50079));
}

#[test]
fn a_policy_that_only_reports_leaves_a_line_for_administrators_and_decides_nothing() {
    for (grant, told) in [
        (GrantControl::Block, "would have refused"),
        (GrantControl::MultiFactor, "would have asked for more"),
    ] {
        let rules = with(PolicyState::ReportOnly, Some(grant), None);
        let Decision::Allow(grant) = decide(rules, &session(&[plain("password")])) else {
            panic!("expected Allow")
        };
        let lines = format!("{:?}", grant.trace());
        assert!(
            lines.contains(told) && lines.contains("Everywhere"),
            "{lines}"
        );
    }
    let disabled = with(PolicyState::Disabled, Some(GrantControl::Block), None);
    let Decision::Allow(grant) = decide(disabled, &session(&[plain("password")])) else {
        panic!("expected Allow")
    };
    assert!(!format!("{:?}", grant.trace()).contains("Everywhere"));
}

#[test]
fn proofs_that_are_too_old_are_asked_for_again_and_the_age_is_counted_from_each_proof() {
    let hourly = SignInFrequency {
        period: Period::Hours(1),
        of: FrequencyOf::PrimaryAndSecondary,
    };
    let rules = with(PolicyState::Enabled, None, Some(hourly));
    let evidence = session(&[plain("password")]);
    for (later, expected) in [
        (0, None),
        (3600, None),
        (3601, Some(70044)),
        (86_400, Some(70044)),
    ] {
        let decision = at(rules.clone(), &evidence, NOW.plus(later));
        assert_eq!(code(&decision), expected, "{later}");
        if let Decision::More(more) = decision {
            assert_eq!(more.offers, [Factor::Password, Factor::Certificate]);
        }
    }
}

#[test]
fn every_time_leaves_five_minutes() {
    let every_time = SignInFrequency {
        period: Period::EveryTime,
        of: FrequencyOf::PrimaryAndSecondary,
    };
    let rules = with(
        PolicyState::Enabled,
        Some(GrantControl::MultiFactor),
        Some(every_time),
    );
    let evidence = session(&[certificate("multi_factor")]);
    assert_eq!(code(&at(rules.clone(), &evidence, NOW.plus(300))), None);
    assert_eq!(code(&at(rules, &evidence, NOW.plus(301))), Some(70044));
}

#[test]
fn of_old_proofs_a_secondary_frequency_wants_only_the_last_again() {
    let secondary = SignInFrequency {
        period: Period::Hours(1),
        of: FrequencyOf::Secondary,
    };
    let rules = with(
        PolicyState::Enabled,
        Some(GrantControl::MultiFactor),
        Some(secondary),
    );
    let proven_at = |mut proof: Value, ago: i64| {
        proof["at"] = Value::from(NOW.unix() - ago);
        proof
    };
    let day = 86_400;
    let (password, code_) = (plain("password"), plain("code"));
    for (first, second, expected) in [
        (
            proven_at(password.clone(), day),
            proven_at(code_.clone(), 60),
            None,
        ),
        (
            proven_at(password.clone(), day),
            proven_at(code_.clone(), day),
            Some(70044),
        ),
    ] {
        assert_eq!(
            code(&decide(rules.clone(), &session(&[first, second]))),
            expected
        );
    }
    let alone = |ago| session(&[proven_at(certificate("multi_factor"), ago)]);
    assert_eq!(code(&decide(rules.clone(), &alone(60))), None);
    assert_eq!(code(&decide(rules.clone(), &alone(3600))), None);
    assert_eq!(code(&decide(rules.clone(), &alone(3601))), Some(70044));
    assert_eq!(code(&decide(rules.clone(), &alone(day))), Some(70044));

    // What is asked for is the second proof again, and never nothing.
    let with_a_code = Account {
        has_code: true,
        ..lee()
    };
    let both = session(&[proven_at(password, day), proven_at(code_, day)]);
    for (account, evidence, offers) in [
        (
            &with_a_code,
            &both,
            [Factor::Code, Factor::Certificate].as_slice(),
        ),
        (
            &lee(),
            &alone(day),
            &[Factor::Password, Factor::Certificate],
        ),
    ] {
        let app = application(Requirement::Any);
        let decision = policy_of(rules.clone()).decide(evidence, account, &app, NOW);
        let Decision::More(more) = decision else {
            panic!("expected More, got {decision:?}")
        };
        assert_eq!(more.offers, offers);
        let again = |factor| {
            let mut all = more.lacking.iter();
            all.any(|one| one.factor == factor && one.again)
        };
        assert_eq!(again(Factor::Code), more.offers.contains(&Factor::Code));
        assert_eq!(
            again(Factor::Certificate),
            !more.offers.contains(&Factor::Code)
        );
    }
}

#[test]
fn both_old_proofs_are_asked_for_again_one_after_the_other() {
    let daily = SignInFrequency {
        period: Period::Days(1),
        of: FrequencyOf::PrimaryAndSecondary,
    };
    let rules = with(
        PolicyState::Enabled,
        Some(GrantControl::MultiFactor),
        Some(daily),
    );
    let account = Account {
        has_code: true,
        ..lee()
    };
    let evidence = session(&[plain("password"), plain("code")]);
    let later = NOW.plus(90_000);
    let decision =
        policy_of(rules).decide(&evidence, &account, &application(Requirement::Any), later);
    let Decision::More(more) = decision else {
        panic!("expected More, got {decision:?}")
    };
    assert_eq!(more.offers, [Factor::Password, Factor::Certificate]);
}

/// A policy for everybody and every application.
pub(crate) fn everywhere(grant: GrantControl) -> Rules {
    with(PolicyState::Enabled, Some(grant), None)
}

pub(crate) fn with(
    state: PolicyState,
    grant: Option<GrantControl>,
    sign_in_frequency: Option<SignInFrequency>,
) -> Rules {
    Rules {
        conditional_access: vec![ConditionalAccessPolicy {
            id: None,
            display_name: "Everywhere".into(),
            state,
            users: Users {
                include_users: owned(&["All"]),
                ..Users::default()
            },
            applications: Applications {
                include: owned(&["All"]),
                exclude: vec![],
            },
            clients: Clients::Any,
            grant,
            sign_in_frequency,
        }],
        ..Rules::default()
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn decide(rules: Rules, evidence: &Evidence) -> Decision {
    at(rules, evidence, NOW)
}

fn at(rules: Rules, evidence: &Evidence, now: Time) -> Decision {
    policy_of(rules).decide(evidence, &lee(), &application(Requirement::Any), now)
}

/// The code of a refusal, or of what asks for more; none where the person is in.
fn code(decision: &Decision) -> Option<u32> {
    match decision {
        Decision::Allow(_) => None,
        Decision::More(more) => Some(more.refusal.code()),
        Decision::Deny(refusal) => Some(refusal.code()),
    }
}
