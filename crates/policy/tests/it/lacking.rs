//! What a person is told of the proof that is lacking.

use policy::{
    Account, CertificateConfiguration, Decision, Evidence, Factor, FrequencyOf, GrantControl,
    Lacking, Period, PolicyState, Requirement, Rules, SignInFrequency, Strength,
    TwoPossessionFactors,
};
use serde_json::Value;

use crate::conditional_access::{everywhere, with};
use crate::strengths::{certificate, custom, plain, session};
use crate::world::{NOW, application, lee, policy_of};

#[test]
fn a_certificate_of_either_rating_is_one_where_both_would_do() {
    let account = with_a_code();
    let mut rules = everywhere(GrantControl::MultiFactor);
    rules.settings.two_possession_factors = TwoPossessionFactors::MultiFactor;
    // A certificate with a code is two factors here, but a password was given already.
    let told = lacking(&rules, &account, &session(&[plain("password")]));
    assert_eq!(
        told,
        [of(Factor::Code, None), of(Factor::Certificate, None)]
    );
    // From nothing but a code, the one rated as two factors is enough, and so is the other.
    let told = lacking(&rules, &account, &session(&[plain("code")]));
    assert_eq!(
        told,
        [of(Factor::Password, None), of(Factor::Certificate, None)]
    );
    rules.settings.two_possession_factors = TwoPossessionFactors::SingleFactor;
    let helpless = Account {
        has_password: false,
        ..account
    };
    let told = lacking(&rules, &helpless, &session(&[plain("code")]));
    let strong = of(Factor::Certificate, Some(Strength::MultiFactor));
    assert_eq!(told, [strong]);
}

#[test]
fn a_certificate_that_is_too_old_is_asked_for_again_whichever_rating_it_had() {
    let hourly = SignInFrequency {
        period: Period::Hours(1),
        of: FrequencyOf::PrimaryAndSecondary,
    };
    let rules = with(
        PolicyState::Enabled,
        Some(GrantControl::MultiFactor),
        Some(hourly),
    );
    let evidence = session(&[ago(certificate("single_factor"), 3601), plain("password")]);
    let told = lacking(&rules, &lee(), &evidence);
    let again = Lacking {
        again: true,
        ..of(Factor::Certificate, None)
    };
    assert_eq!(told, [again]);
}

#[test]
fn a_code_alone_begins_no_sign_in() {
    let hourly = SignInFrequency {
        period: Period::Hours(1),
        of: FrequencyOf::PrimaryAndSecondary,
    };
    let rules = with(PolicyState::Enabled, None, Some(hourly));
    let evidence = session(&[ago(plain("password"), 3601)]);
    let told = lacking(&rules, &with_a_code(), &evidence);
    let factors: Vec<Factor> = told.iter().map(|one| one.factor).collect();
    assert_eq!(factors, [Factor::Password, Factor::Certificate]);
}

#[test]
fn a_way_that_the_account_has_no_more_is_not_asked_for_again() {
    let secondary = SignInFrequency {
        period: Period::Hours(1),
        of: FrequencyOf::Secondary,
    };
    let control = custom(&["password,softwareOath"], vec![]);
    let rules = with(PolicyState::Enabled, Some(control), Some(secondary));
    let evidence = session(&[ago(plain("password"), 9000), ago(plain("code"), 9000)]);
    for (account, factor) in [(with_a_code(), Factor::Code), (lee(), Factor::Password)] {
        let told = lacking(&rules, &account, &evidence);
        let again = Lacking {
            again: true,
            ..of(factor, None)
        };
        assert_eq!(told, [again]);
    }
}

#[test]
fn issuers_and_policies_are_those_for_certificates_rated_so_and_of_all_configurations() {
    let configuration = |rated, issuers: &[&str], policies: &[&str]| {
        let owned = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        CertificateConfiguration {
            applies_to: vec![rated],
            allowed_issuer_skis: owned(issuers),
            allowed_policy_oids: owned(policies),
        }
    };
    let (single, multi) = (Strength::SingleFactor, Strength::MultiFactor);
    let control = custom(
        &["x509CertificateMultiFactor"],
        vec![
            configuration(single, &["EE"], &["9.9"]),
            configuration(multi, &["AA", "BB"], &[]),
            configuration(multi, &["bb", "CC"], &["1.2.3"]),
        ],
    );
    let told = lacking(&everywhere(control), &lee(), &session(&[plain("password")]));
    let wanted = Lacking {
        issuers: vec!["BB".to_owned()],
        policies: vec!["1.2.3".to_owned()],
        ..of(Factor::Certificate, Some(multi))
    };
    assert_eq!(told, [wanted]);
}

#[test]
fn what_follows_a_proof_is_told_with_it() {
    let control = custom(&["password,softwareOath"], vec![]);
    let evidence = session(&[certificate("multi_factor")]);
    let told = lacking(&everywhere(control), &with_a_code(), &evidence);
    let first = Lacking {
        then: vec![Factor::Code],
        ..of(Factor::Password, None)
    };
    assert_eq!(told, [first]);
}

fn lacking(rules: &Rules, account: &Account, evidence: &Evidence) -> Vec<Lacking> {
    let app = application(Requirement::Any);
    match policy_of(rules.clone()).decide(evidence, account, &app, NOW) {
        Decision::More(more) => more.lacking,
        other @ (Decision::Allow(_) | Decision::Deny(_)) => panic!("expected More, got {other:?}"),
    }
}

fn of(factor: Factor, rated: Option<Strength>) -> Lacking {
    Lacking {
        factor,
        rated,
        issuers: vec![],
        policies: vec![],
        again: false,
        then: vec![],
    }
}

fn with_a_code() -> Account {
    Account {
        has_code: true,
        ..lee()
    }
}

fn ago(mut proof: Value, seconds: i64) -> Value {
    proof["at"] = Value::from(NOW.unix() - seconds);
    proof
}
