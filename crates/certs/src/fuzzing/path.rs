//! A trust store and a leaf, with whatever extensions.

use super::Outcome;
use super::input::Input;
use super::mint::{algorithm, extensions, key, name, public_key, signed, tlv};
use crate::certificate::Certificate;
use crate::path::{
    Authority, InitialPolicies, Presented, Role, Settings, TrustStore, ValidPath, validate,
};
use crate::purpose::Purpose;
use crate::time::Time;

/// Judges a leaf against a trust store. The order of the store never matters, a refusal has a line
/// that failed and an acceptance none, and nothing is accepted where there is no anchor.
pub fn path(input: &[u8]) -> Outcome {
    let mut input = Input::new(input);
    let settings = settings(&mut input);
    let leaf = certificate(&mut input, 0);
    let mut authorities = Vec::new();
    while !input.is_empty() && authorities.len() < MOST_AUTHORITIES {
        let role = match input.below(3) {
            0 => Role::Root,
            _ => Role::Intermediate,
        };
        let der = certificate(&mut input, authorities.len() + 1);
        if let Ok(certificate) = Certificate::from_der(&der) {
            authorities.push(Authority { certificate, role });
        }
    }
    let presented = Presented {
        certificates: vec![leaf],
    };
    let verdict = judged(&presented, &authorities, &settings);
    authorities.reverse();
    assert_eq!(
        verdict,
        judged(&presented, &authorities, &settings),
        "the order of the store matters"
    );
    authorities.retain(|authority| authority.role == Role::Intermediate);
    assert!(
        judged(&presented, &authorities, &settings).is_err(),
        "accepted without an anchor"
    );
    match verdict {
        Ok(_) => Outcome::Accepted,
        Err(_) => Outcome::Refused,
    }
}

/// The trace as text, by its verdict.
fn judged(
    presented: &Presented,
    authorities: &[Authority],
    settings: &Settings,
) -> Result<String, String> {
    let store = TrustStore::new(authorities.to_vec());
    match validate(presented, &store, settings, NOW) {
        Ok(valid) => {
            let current = ValidPath::check(valid, &crate::Revocation::none(), NOW)
                .expect("no list is configured");
            assert!(current.trace().failure().is_none(), "accepted and failed");
            assert!(
                current.authorities().len() <= settings.most_authorities,
                "more authorities than may be"
            );
            Ok(format!("{:?}", current.trace()))
        }
        Err(refused) => {
            assert!(refused.trace.failure().is_some(), "refused for no reason");
            Err(format!("{:?}", refused.trace))
        }
    }
}

fn settings(input: &mut Input<'_>) -> Settings {
    let flags = input.byte();
    let purpose = match flags & 3 {
        0 => Purpose::ClientAuthentication,
        1 => Purpose::SmartcardLogon,
        2 => Purpose::PivAuthentication,
        _ => Purpose::Any,
    };
    let initial_policies = if flags & 4 == 0 {
        InitialPolicies::Any
    } else {
        InitialPolicies::These(vec!["1.2.3.1".parse().expect("an object identifier")])
    };
    Settings {
        purpose,
        initial_policies,
        explicit_policy: flags & 8 != 0,
        inhibit_policy_mapping: flags & 16 != 0,
        inhibit_any_policy: flags & 32 != 0,
        ..Settings::default()
    }
}

/// Builds a certificate: names and keys by number, extensions from the input.
fn certificate(input: &mut Input<'_>, serial: usize) -> Vec<u8> {
    let (subject, issuer) = (input.below(8), input.below(8));
    let (own, signer) = (key(input.below(8)), key(input.below(8)));
    let shape = input.byte();
    let extensions = extensions(input, EXTENSIONS);
    let parts: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let version: &[u8] = match shape & 3 {
        3 => &[0xa0, 3, 2, 1, 1],
        _ => &[0xa0, 3, 2, 1, 2],
    };
    let end: &[u8] = match shape & 0x30 {
        0x30 => b"\x17\x0d260101000000Z",
        _ => b"\x17\x0d361231235959Z",
    };
    let serial = [
        2,
        1,
        u8::try_from(serial).unwrap_or_default().saturating_add(1),
    ];
    let mut content = vec![
        version.to_vec(),
        serial.to_vec(),
        algorithm(),
        name(issuer),
        tlv(0x30, &[b"\x17\x0d250101000000Z", end]),
        name(subject),
        public_key(own),
    ];
    if !extensions.is_empty() {
        content.push(tlv(0xa3, &[&tlv(0x30, &parts)]));
    }
    let content: Vec<&[u8]> = content.iter().map(Vec::as_slice).collect();
    signed(&tlv(0x30, &content), signer)
}

/// What an input can choose from, as the contents of object identifiers.
pub(super) const EXTENSIONS: &[&[u8]] = &[
    &[0x55, 0x1d, 0x13], // basic constraints
    &[0x55, 0x1d, 0x0f], // key usage
    &[0x55, 0x1d, 0x25], // extended key usage
    &[0x55, 0x1d, 0x20], // certificate policies
    &[0x55, 0x1d, 0x21], // policy mappings
    &[0x55, 0x1d, 0x24], // policy constraints
    &[0x55, 0x1d, 0x36], // inhibit anyPolicy
    &[0x55, 0x1d, 0x1e], // name constraints
    &[0x55, 0x1d, 0x11], // subject alternative name
    &[0x55, 0x1d, 0x0e], // subject key identifier
    &[0x55, 0x1d, 0x23], // authority key identifier
    &[0x55, 0x1d, 0x1f], // CRL distribution points
    &[0x2a, 0x03, 0x04], // one that nobody knows
];

const MOST_AUTHORITIES: usize = 12;
/// 22 September 2026, 08:41.
const NOW: Time = Time::from_unix(1_790_066_460);
