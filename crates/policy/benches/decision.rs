//! What a decision costs in a tenant with as many rules as the directory allows: 30 scope rules,
//! 100 rating rules, and 15 strengths that 15 policies ask for, all of which concern the sign-in.
//! The goal is 10 µs.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints, and stops where it cannot mint"
)]

use std::hint::black_box;
use std::time::Instant;

use policy::{
    Affinity, Applications, AuthenticationStrength, AuthorityScope, CertificateConfiguration,
    CertificateField, Clients, ConditionalAccessPolicy, Decision, Evidence, GrantControl,
    MethodPolicy, PolicyState, Requirement, Rules, Strength, StrengthReference, StrengthRule,
    UserProperty, UsernameBinding, Users,
};

use mint::{CN, Ca, DC, Person, dn};
use world::{MFA, NOW, application, lee, path_under, policy_of};

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/it/mint.rs"]
mod mint;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/it/world.rs"]
mod world;

fn main() {
    let root = Ca::root(dn(&[(DC, "com"), (DC, "contoso"), (CN, "Root")]));
    let issuing = root.below(dn(&[(DC, "com"), (DC, "contoso"), (CN, "Issuing CA")]), &[]);
    let person = Person {
        principal_names: vec!["lee@meridian.example".into()],
        policies: vec![&[1, 2, 3, 4], MFA],
        ..Person::default()
    };
    let path = path_under(&[&issuing, &root], &person);
    let policy = policy_of(rules(&issuing));
    let evidence = Evidence::from(path);
    let (account, application) = (lee(), application(Requirement::MultiFactor));
    let decide = || policy.decide(black_box(&evidence), &account, &application, NOW);
    let Decision::Allow(grant) = decide() else {
        panic!("expected Allow, got {:?}", decide())
    };
    println!("{} lines in the trace", grant.trace().lines().len());
    let mut batches: Vec<f64> = (0..2000)
        .map(|_| {
            let begin = Instant::now();
            for _ in 0..50 {
                let _ = black_box(decide());
            }
            begin.elapsed().as_secs_f64() / 50.0 * 1e6
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    println!(
        "a decision: median {:.2} µs, fastest {:.2} µs, 90th percentile {:.2} µs",
        batches[1000], batches[0], batches[1800]
    );
}

fn rules(issuing: &Ca) -> Rules {
    let mut scopes: Vec<AuthorityScope> = (0..29)
        .map(|number| scope(format!("{number:040x}"), "others"))
        .collect();
    scopes.push(scope(certs::hex(&issuing.key_identifier), "card-holders"));
    let mut ratings: Vec<StrengthRule> = (0..99).map(rating).collect();
    ratings.push(StrengthRule::PolicyOid {
        policy_oid: "1.3.6.1.4.1.99999.1.2".into(),
        strength: Strength::MultiFactor,
        required_affinity: Affinity::Low,
    });
    let strengths: Vec<AuthenticationStrength> = (0..15).map(strength).collect();
    let conditional_access = (0..15).map(policy).collect();
    Rules {
        method: MethodPolicy {
            username_bindings: vec![
                UsernameBinding::new(
                    CertificateField::Rfc822Name,
                    UserProperty::UserPrincipalName,
                    1,
                ),
                UsernameBinding::new(
                    CertificateField::PrincipalName,
                    UserProperty::UserPrincipalName,
                    2,
                ),
            ],
            authority_scopes: scopes,
            rules: ratings,
            ..MethodPolicy::default()
        },
        strengths,
        conditional_access,
        ..Rules::default()
    }
}

fn scope(key: String, group: &str) -> AuthorityScope {
    AuthorityScope {
        public_key_infrastructure: "PKI".into(),
        subject_key_identifier: key,
        group: group.into(),
    }
}

fn rating(number: usize) -> StrengthRule {
    let (issuer, policy_oid) = (
        format!("CN=CA {number},DC=contoso,DC=com"),
        format!("1.2.3.{number}.5"),
    );
    let (strength, required_affinity) = (Strength::SingleFactor, Affinity::Low);
    match number % 3 {
        0 => StrengthRule::Issuer {
            issuer,
            strength,
            required_affinity,
        },
        1 => StrengthRule::PolicyOid {
            policy_oid,
            strength,
            required_affinity,
        },
        _ => StrengthRule::IssuerAndPolicyOid {
            issuer,
            policy_oid,
            strength,
            required_affinity,
        },
    }
}

fn strength(number: usize) -> AuthenticationStrength {
    AuthenticationStrength {
        id: Some(format!("s-{number}")),
        display_name: format!("Strength {number}"),
        built_in: false,
        allowed_combinations: vec![
            "password,softwareOath".into(),
            "fido2".into(),
            "x509CertificateMultiFactor".into(),
        ],
        certificates: vec![CertificateConfiguration {
            applies_to: vec![Strength::MultiFactor],
            allowed_issuer_skis: vec![],
            allowed_policy_oids: vec!["1.2.9".into(), "1.3.6.1.4.1.99999.1.2".into()],
        }],
    }
}

fn policy(number: usize) -> ConditionalAccessPolicy {
    ConditionalAccessPolicy {
        id: None,
        display_name: format!("Policy {number}"),
        state: PolicyState::Enabled,
        users: Users {
            include_users: vec!["All".into()],
            ..Users::default()
        },
        applications: Applications {
            include: vec!["All".into()],
            exclude: vec![],
        },
        clients: Clients::Any,
        grant: Some(GrantControl::Strength(StrengthReference {
            id: Some(format!("s-{number}")),
            whole: None,
        })),
        sign_in_frequency: None,
    }
}
