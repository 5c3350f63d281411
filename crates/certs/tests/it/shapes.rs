//! The shapes that smart-card PKIs really issue: US PIV and PIV-I with its bridge, and national
//! identity cards.

use certs::{Check, InitialPolicies, Purpose, Settings, TrustStore};

use crate::mint::*;

const SMARTCARD_LOGON: &str = "1.3.6.1.4.1.311.20.2.2";
const PKINIT_CLIENT: &str = "1.3.6.1.5.2.3.4";
const PIV_CARD_AUTH: &str = "2.16.840.1.101.3.6.8";
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const ANY_PURPOSE: &str = "2.5.29.37.0";
/// id-fpki-common-authentication, and an agency's own.
const COMMON_AUTHENTICATION: &str = "2.16.840.1.101.3.2.1.3.13";
const AGENCY: &str = "2.16.840.1.101.3.2.1.5.7";

/// A root, a bridge and an agency's CA, and the card of a person.
struct Piv {
    trust: TrustStore,
    agency: Holder,
    lee: Holder,
}

impl Piv {
    fn new() -> Self {
        let [root, bridge] = ["Common Policy CA", "Bridge CA"].map(|common_name| {
            Holder::named(name(&[
                ("2.5.4.6", "US"),
                ("2.5.4.10", "U.S. Government"),
                ("2.5.4.3", common_name),
            ]))
        });
        let agency_name = [("2.5.4.6", "US"), ("2.5.4.10", "Agency")];
        let agency = Holder::named(name(&[
            agency_name[0],
            agency_name[1],
            ("2.5.4.3", "Agency CA"),
        ]));
        let lee = Holder::named(name(&[
            agency_name[0],
            agency_name[1],
            ("2.5.4.3", "LEE PARK"),
        ]));
        let anchor = Draft::ca(&root, &root).sign(&root);
        let cross = Draft::ca(&bridge, &root)
            .with(policies(&[COMMON_AUTHENTICATION, ANY_POLICY]))
            .with(policy_constraints(Some(0), None).critical(false))
            .with(inhibit_any_policy(1).critical(false))
            .sign(&root);
        let issuing = Draft::ca(&agency, &bridge)
            .with(policies(&[COMMON_AUTHENTICATION]).critical(true))
            .with(policy_mappings(&[(COMMON_AUTHENTICATION, AGENCY)]).critical(false))
            .with(name_constraints(
                &[
                    directory(&name(&agency_name)),
                    principal_name("agency.example"),
                ],
                &[rfc822(".mil")],
            ))
            .sign(&bridge);
        Self {
            trust: trust(&anchor, &[&cross, &issuing]),
            agency,
            lee,
        }
    }

    /// The PIV authentication certificate with these purposes and this principal name.
    fn card(&self, purposes: &[&str], user: &str) -> Vec<u8> {
        let uuid = "urn:uuid:9e1d2c3b-4a59-4867-8796-a5b4c3d2e1f0";
        let draft = Draft::leaf(&self.lee, &self.agency)
            .with(policies(&[AGENCY]).critical(true))
            .with(alternative_names(&[
                other("2.16.840.1.101.3.6.6", &tlv(4, &[0xd6; 25])),
                principal_name(user),
                uri(uuid),
            ]))
            // The NACI indicator of older cards.
            .with(extension("2.16.840.1.101.3.6.9.1", tlv(1, &[0])));
        if purposes.is_empty() {
            draft.without(EXTENDED_KEY_USAGE)
        } else {
            draft.with(extended_key_usage(purposes))
        }
        .der(&self.agency)
    }

    fn outcome(&self, card: &[u8], purpose: Purpose) -> Option<Check> {
        let settings = Settings {
            purpose,
            explicit_policy: true,
            initial_policies: InitialPolicies::These(vec![COMMON_AUTHENTICATION.parse().unwrap()]),
            ..Settings::default()
        };
        refused_by(judge_with(card, &self.trust, &settings))
    }
}

#[test]
fn a_piv_card_is_accepted_across_the_bridge_with_the_policy_of_the_anchor() {
    let piv = Piv::new();
    let card = piv.card(
        &[CLIENT_AUTH, SMARTCARD_LOGON, PKINIT_CLIENT],
        "lee@agency.example",
    );
    let path = judge_with(&card, &piv.trust, &Settings::default()).unwrap();
    assert_eq!(path.policies(), [COMMON_AUTHENTICATION.parse().unwrap()]);
    assert_eq!(path.authorities().len(), 3);
    // An account of another domain.
    let stranger = piv.card(&[CLIENT_AUTH], "lee@other.example");
    assert_eq!(
        refused_by(judge(&stranger, &piv.trust)),
        Some(Check::NameConstraints)
    );
}

#[test]
fn each_purpose_has_its_rule() {
    let piv = Piv::new();
    let refused = Some(Check::Purpose);
    for (purposes, client, smartcard, authentication) in [
        (
            &[CLIENT_AUTH, SMARTCARD_LOGON, PKINIT_CLIENT][..],
            None,
            None,
            None,
        ),
        (&[CLIENT_AUTH], None, refused, None),
        (&[SMARTCARD_LOGON], refused, None, None),
        (&[PKINIT_CLIENT], refused, refused, None),
        (&[ANY_PURPOSE], None, None, None),
        (&[], None, refused, None),
        (&[PIV_CARD_AUTH], refused, refused, refused),
        (&[SERVER_AUTH], refused, refused, refused),
    ] {
        let card = piv.card(purposes, "lee@agency.example");
        for (purpose, expected) in [
            (Purpose::ClientAuthentication, client),
            (Purpose::SmartcardLogon, smartcard),
            (Purpose::PivAuthentication, authentication),
            (Purpose::Any, None),
        ] {
            assert_eq!(
                piv.outcome(&card, purpose),
                expected,
                "{purposes:?} {purpose:?}"
            );
        }
    }
}

#[test]
fn a_key_that_only_deciphers_or_seals_signs_nobody_in() {
    let piv = Piv::new();
    for (bits, expected) in [
        (&[0][..], None),
        (&[0, 1], None),
        (&[2], Some(Check::Purpose)),
        (&[4], Some(Check::Purpose)),
        (&[1], Some(Check::Purpose)),
    ] {
        let card = Draft::leaf(&piv.lee, &piv.agency)
            .with(policies(&[AGENCY]))
            .with(key_usage(bits))
            .der(&piv.agency);
        assert_eq!(
            piv.outcome(&card, Purpose::ClientAuthentication),
            expected,
            "{bits:?}"
        );
        assert_eq!(piv.outcome(&card, Purpose::Any), None);
    }
}

#[test]
fn a_ca_limits_what_the_certificates_below_are_for() {
    let root = Holder::new("Root CA");
    let ca = Holder::new("Issuing CA");
    let lee = Holder::new("Lee");
    let outcome = |of_ca: &[&str], of_leaf: &[&str], purpose| {
        let anchor = Draft::ca(&root, &root).sign(&root);
        let issuing = Draft::ca(&ca, &root)
            .with(extended_key_usage(of_ca))
            .sign(&root);
        let leaf = Draft::leaf(&lee, &ca)
            .with(extended_key_usage(of_leaf))
            .der(&ca);
        let settings = Settings {
            purpose,
            ..Settings::default()
        };
        refused_by(judge_with(&leaf, &trust(&anchor, &[&issuing]), &settings))
    };
    let client = Purpose::ClientAuthentication;
    assert_eq!(
        outcome(&[CLIENT_AUTH, SERVER_AUTH], &[CLIENT_AUTH], client),
        None
    );
    assert_eq!(outcome(&[ANY_PURPOSE], &[CLIENT_AUTH], client), None);
    assert_eq!(
        outcome(&[SERVER_AUTH], &[CLIENT_AUTH], client),
        Some(Check::Purpose)
    );
    assert_eq!(
        outcome(&[SERVER_AUTH], &[ANY_PURPOSE], client),
        Some(Check::Purpose)
    );
    // One and the same purpose must go all the way down.
    let piv = Purpose::PivAuthentication;
    assert_eq!(outcome(&[SMARTCARD_LOGON], &[SMARTCARD_LOGON], piv), None);
    assert_eq!(
        outcome(&[SMARTCARD_LOGON], &[CLIENT_AUTH], piv),
        Some(Check::Purpose)
    );
}

#[test]
fn a_national_identity_card_is_accepted() {
    let country = ("2.5.4.6", "EE");
    let root = Holder::named(name(&[
        country,
        ("2.5.4.10", "Certification Body"),
        ("2.5.4.97", "NTREE-10747013"),
        ("2.5.4.3", "Root"),
    ]));
    let ca = Holder::named(name(&[
        country,
        ("2.5.4.10", "Certification Body"),
        ("2.5.4.97", "NTREE-10747013"),
        ("2.5.4.3", "ESTEID"),
    ]));
    let person = Holder::named(name(&[
        country,
        ("2.5.4.3", "J\u{d5}EORG,JAAK-KRISTJAN,38001085718"),
        ("2.5.4.4", "J\u{d5}EORG"),
        ("2.5.4.42", "JAAK-KRISTJAN"),
        ("2.5.4.5", "PNOEE-38001085718"),
    ]));
    let anchor = Draft::ca(&root, &root).sign(&root);
    let issuing = Draft::ca(&ca, &root)
        .with(basic_constraints(true, Some(0)))
        .with(policies(&[ANY_POLICY]))
        .with(extended_key_usage(&[
            CLIENT_AUTH,
            "1.3.6.1.5.5.7.3.4",
            "1.3.6.1.5.5.7.3.9",
        ]))
        .sign(&root);
    // Qualified statements, as eIDAS has them, and a practice statement by its address.
    let statement = sequence(&[sequence(&[oid("0.4.0.1862.1.5"), sequence(&[])])]);
    let practice = sequence(&[
        oid("1.3.6.1.5.5.7.2.1"),
        tlv(0x16, b"https://www.example.ee/CPS"),
    ]);
    let card_policies = sequence(&[
        sequence(&[oid("0.4.0.2042.1.2"), sequence(&[practice])]),
        sequence(&[oid("1.3.6.1.4.1.51361.1.1.1")]),
    ]);
    let card = Draft::leaf(&person, &ca)
        .with(key_usage(&[0, 4]))
        .with(extended_key_usage(&[CLIENT_AUTH, "1.3.6.1.5.5.7.3.4"]))
        .with(extension(POLICIES, card_policies))
        .with(extension("1.3.6.1.5.5.7.1.3", statement))
        .with(alternative_names(&[rfc822("38001085718@eesti.ee")]))
        .der(&ca);
    let path = judge(&card, &trust(&anchor, &[&issuing])).unwrap();
    assert_eq!(path.policies().len(), 2);
    assert_eq!(
        path.leaf().subject().common_name(),
        Some("J\u{d5}EORG,JAAK-KRISTJAN,38001085718")
    );
}
