//! Reading and writing the directory's documents (§16, §17, §20).

use policy::directory::{AnyDocument, Bundle, Document, Fault, import};
use policy::{
    Affinity, AuthenticationStrength, CertificateField, ConditionalAccessPolicy, CrlValidation,
    FrequencyOf, GrantControl, MethodPolicy, Period, PolicyState, Settings, Strength, StrengthRule,
    UserProperty,
};
use serde_json::json;

use crate::mint::{CN, Ca, DC, dn};

mod refusals;
mod samples;

pub(crate) use samples::{authority, base64, conditional_access, method_policy, read};

#[test]
fn s16_1_the_method_policy_is_read_member_by_member_and_written_as_it_was() {
    let value = method_policy();
    let (document, notes) = Document::<MethodPolicy>::read(&value).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(document.written(), &value);
    let method = document.model();
    assert!(method.enabled && method.issuer_hints);
    assert_eq!(
        method.include_groups,
        ["2c7f0f6d-0000-4000-8000-000000000001"]
    );
    assert_eq!(
        method.exclude_groups,
        ["2c7f0f6d-0000-4000-8000-000000000002"]
    );
    let bindings: Vec<_> = method
        .username_bindings
        .iter()
        .map(|one| (one.field, one.property, one.priority, one.affinity))
        .collect();
    assert_eq!(
        bindings,
        [
            (
                CertificateField::PrincipalName,
                UserProperty::UserPrincipalName,
                1,
                Some(Affinity::Low)
            ),
            (
                CertificateField::Rfc822Name,
                UserProperty::OnPremisesUserPrincipalName,
                2,
                Some(Affinity::Low)
            ),
            (
                CertificateField::SubjectKeyIdentifier,
                UserProperty::CertificateUserIds,
                3,
                Some(Affinity::High)
            ),
        ]
    );
    assert_eq!(method.default_strength, Strength::SingleFactor);
    assert_eq!(method.required_affinity, Affinity::Low);
    let (issuer, oid) = (
        "CN=ContosoCA,DC=Contoso,DC=org".to_owned(),
        "1.2.3.4".to_owned(),
    );
    assert_eq!(
        method.rules,
        [
            StrengthRule::Issuer {
                issuer: issuer.clone(),
                strength: Strength::MultiFactor,
                required_affinity: Affinity::Low,
            },
            StrengthRule::PolicyOid {
                policy_oid: oid.clone(),
                strength: Strength::MultiFactor,
                required_affinity: Affinity::High,
            },
            StrengthRule::IssuerAndPolicyOid {
                issuer,
                policy_oid: oid,
                strength: Strength::SingleFactor,
                required_affinity: Affinity::Low,
            },
        ]
    );
    assert_eq!(
        method.crl_validation,
        CrlValidation {
            required: true,
            exempted: vec!["C6F4E96C".into()],
        }
    );
    assert_eq!(
        method.authority_scopes[0].public_key_infrastructure,
        "Contoso PKI"
    );
    assert_eq!(
        method.authority_scopes[0].group,
        "2c7f0f6d-0000-4000-8000-000000000001"
    );
}

#[test]
fn s16_1_what_is_changed_here_is_written_and_what_decides_nothing_stays() {
    let (mut document, _) = Document::<MethodPolicy>::read(&method_policy()).unwrap();
    let mut method = document.model().clone();
    method.enabled = false;
    method.rules.remove(1);
    document.set(method.clone());
    let mut expected = method_policy();
    expected["state"] = json!("disabled");
    expected["authenticationModeConfiguration"]["rules"]
        .as_array_mut()
        .unwrap()
        .remove(1);
    let written = document.written();
    assert_eq!(written["@odata.context"], expected["@odata.context"]);
    assert_eq!(written["includeTargets"], expected["includeTargets"]);
    assert_eq!(written["state"], "disabled");
    assert_eq!(
        Document::<MethodPolicy>::read(written).unwrap().0.model(),
        &method
    );
}

#[test]
fn s16_1_a_policy_made_here_is_read_the_same() {
    let (document, _) = Document::<MethodPolicy>::read(&method_policy()).unwrap();
    let made = Document::new(document.model().clone());
    let (again, _) = Document::<MethodPolicy>::read(made.written()).unwrap();
    let stated = |method: &MethodPolicy| {
        let mut method = method.clone();
        for binding in &mut method.username_bindings {
            binding.affinity = Some(binding.affinity());
        }
        method
    };
    assert_eq!(stated(again.model()), stated(document.model()));
    let made = Document::new(MethodPolicy::default());
    let (again, _) = Document::<MethodPolicy>::read(made.written()).unwrap();
    assert_eq!(stated(again.model()), stated(&MethodPolicy::default()));
}

#[test]
fn s16_1_older_exports_without_affinity_are_read() {
    let mut value = method_policy();
    let members = value.as_object_mut().unwrap();
    for name in [
        "issuerHintsConfiguration",
        "crlValidationConfiguration",
        "certificateAuthorityScopes",
    ] {
        members.remove(name);
    }
    for binding in value["certificateUserBindings"].as_array_mut().unwrap() {
        binding
            .as_object_mut()
            .unwrap()
            .remove("trustAffinityLevel");
    }
    let (document, _) = Document::<MethodPolicy>::read(&value).unwrap();
    let method = document.model();
    assert_eq!(method.username_bindings[2].affinity(), Affinity::High);
    assert!(!method.issuer_hints && !method.crl_validation.required);
    assert_eq!(document.written(), &value);
}

#[test]
fn s16_1_the_whole_methods_policy_gives_the_one_about_certificates() {
    let whole = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodsPolicy",
        "id": "authenticationMethodsPolicy",
        "authenticationMethodConfigurations": [
            { "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2", "state": "enabled" },
            method_policy(),
        ],
    });
    let found = read(&whole);
    assert_eq!(found.problems, []);
    assert!(matches!(
        found.documents[..],
        [AnyDocument::MethodPolicy(_)]
    ));
    assert!(found.notes[0].text.contains("Fido2"), "{:?}", found.notes);
}

#[test]
fn s16_4_strengths_with_the_blanks_of_the_published_example() {
    let value = json!({
        "displayName": "CBA Restriction",
        "description": "CBA Restriction with both IssuerSki and OIDs",
        "allowedCombinations": [" x509CertificateMultiFactor "],
        "combinationConfigurations": [{
            "@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration",
            "appliesToCombinations": ["x509CertificateMultiFactor "],
            "allowedIssuerSkis": ["9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"],
            "allowedPolicyOIDs": ["1.2.3.4.6", "1.2.3.4.5.6"],
        }],
    });
    let (document, _) = Document::<AuthenticationStrength>::read(&value).unwrap();
    assert_eq!(document.written(), &value);
    let strength = document.model();
    assert_eq!(
        strength.allowed_combinations,
        ["x509CertificateMultiFactor"]
    );
    assert_eq!(strength.certificates[0].applies_to, [Strength::MultiFactor]);
    assert_eq!(
        strength.certificates[0].allowed_policy_oids,
        ["1.2.3.4.6", "1.2.3.4.5.6"]
    );
}

#[test]
fn s16_4_ways_that_certauth_does_not_have_are_noted() {
    let value = json!({
        "displayName": "Many",
        "policyType": "custom",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": ["password,sms", "fido2"],
        "combinationConfigurations": [],
    });
    let (_, notes) = Document::<AuthenticationStrength>::read(&value).unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].path, "allowedCombinations[0]");
}

#[test]
fn s16_6_a_conditional_access_policy_as_the_directory_exports_it() {
    let value = conditional_access();
    let (document, notes) = Document::<ConditionalAccessPolicy>::read(&value).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(document.written(), &value);
    let policy = document.model();
    assert_eq!(policy.display_name, "Phishing-resistant for payroll");
    assert_eq!(policy.state, PolicyState::Enabled);
    assert_eq!(
        policy.users.include_groups,
        ["2c7f0f6d-0000-4000-8000-000000000001"]
    );
    assert_eq!(policy.applications.include, ["payroll"]);
    let Some(GrantControl::Strength(reference)) = &policy.grant else {
        panic!("expected a strength, got {:?}", policy.grant)
    };
    assert_eq!(
        reference.id.as_deref(),
        Some("00000000-0000-0000-0000-000000000004")
    );
    let frequency = policy.sign_in_frequency.unwrap();
    assert_eq!(
        (frequency.period, frequency.of),
        (Period::Hours(8), FrequencyOf::PrimaryAndSecondary)
    );
}

#[test]
fn s16_6_policies_made_here_are_read_the_same() {
    let (document, _) = Document::<ConditionalAccessPolicy>::read(&conditional_access()).unwrap();
    for grant in [
        Some(GrantControl::Block),
        Some(GrantControl::MultiFactor),
        document.model().grant.clone(),
    ] {
        for state in [
            PolicyState::Enabled,
            PolicyState::Disabled,
            PolicyState::ReportOnly,
        ] {
            let mut policy = document.model().clone();
            policy.grant = grant.clone();
            policy.state = state;
            let made = Document::new(policy.clone());
            let (again, _) = Document::<ConditionalAccessPolicy>::read(made.written()).unwrap();
            assert_eq!(again.model(), &policy);
        }
    }
}

#[test]
fn s16_6_conditions_that_hold_for_everything_are_accepted() {
    let mut value = conditional_access();
    value["conditions"]["locations"] =
        json!({ "includeLocations": ["All"], "excludeLocations": [] });
    value["conditions"]["platforms"] =
        json!({ "includePlatforms": ["all"], "excludePlatforms": [] });
    value["conditions"]["devices"] =
        json!({ "includeDevices": [], "excludeDevices": [], "deviceFilter": null });
    value["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
    value["sessionControls"]["persistentBrowser"] = json!({ "isEnabled": false, "mode": null });
    assert!(Document::<ConditionalAccessPolicy>::read(&value).is_ok());
}

#[test]
fn s16_2_a_container_and_its_cas() {
    let root = Ca::root(dn(&[(DC, "com"), (CN, "Contoso Root")]));
    let issuing = root.below(dn(&[(CN, "Contoso Issuing")]), &[]);
    let collection = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#directory/publicKeyInfrastructure/certificateBasedAuthConfigurations",
        "value": [{
            "id": "7d3a5c1e-0000-4000-8000-000000000001",
            "displayName": "Contoso PKI",
            "status": "succeeded",
            "statusDetails": null,
            "lastModifiedDateTime": "2026-08-01T00:00:00Z",
            "deletedDateTime": null,
            "certificateAuthorities": [
                authority(&root, "root", "http://crl.contoso.example/root.crl"),
                authority(&issuing, "intermediate", "https://crl.contoso.example/issuing.crl"),
            ],
        }],
    });
    let found = read(&collection);
    assert_eq!(found.problems, []);
    let [AnyDocument::PublicKeyInfrastructure(one)] = &found.documents[..] else {
        panic!("expected a container, got {:?}", found.documents)
    };
    assert_eq!(one.written(), &collection["value"][0]);
    let authorities: Vec<_> = one
        .model()
        .authorities
        .iter()
        .map(Document::model)
        .collect();
    assert_eq!((authorities[0].root, authorities[1].root), (true, false));
    assert_eq!(authorities[1].certificate.der(), issuing.der);
    // HTTPS is allowed by the newest documentation alone (CONF-03).
    assert_eq!(found.notes.len(), 1);
}

#[test]
fn s16_2_a_ca_made_here_is_read_the_same() {
    let root = Ca::root(dn(&[(DC, "com"), (CN, "Contoso Root")]));
    let value = authority(&root, "root", "http://crl.contoso.example/root.crl");
    let (document, _) = Document::<policy::directory::CertificateAuthority>::read(&value).unwrap();
    let made = Document::new(document.model().clone());
    let (again, _) = Document::read(made.written()).unwrap();
    assert_eq!(document.model(), again.model());
}

#[test]
fn s16_3_the_classic_store() {
    let root = Ca::root(dn(&[(CN, "Contoso Root")]));
    let value = json!({
        "id": "29728ade-6ae4-4ee9-9103-412912537da5",
        "certificateAuthorities": [{
            "certificate": base64(&root.der),
            "isRootAuthority": true,
            "certificateRevocationListUrl": "",
            "deltaCertificateRevocationListUrl": "",
            "issuer": "CN=Contoso Root",
            "issuerSki": "",
        }],
    });
    let found = read(&value);
    assert_eq!(found.problems, []);
    let [AnyDocument::ClassicStore(one)] = &found.documents[..] else {
        panic!("expected the classic store, got {:?}", found.documents)
    };
    assert_eq!(one.written(), &value);
    let ca = &one.model().authorities[0];
    assert_eq!(
        (ca.root, ca.crl_url.as_deref(), ca.delta_crl_url.as_deref()),
        (true, None, None)
    );
}

#[test]
fn s16_5_users_groups_and_applications_make_accounts() {
    let files = [
        json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users(id,userPrincipalName,authorizationInfo)",
            "value": [{
                "id": "u-1",
                "userPrincipalName": "lee@meridian.example",
                "displayName": "Lee Park",
                "accountEnabled": true,
                "jobTitle": "Engineer",
                "authorizationInfo": { "certificateUserIds": ["X509:<PN>lee@meridian.example"] },
                "memberOf": [{ "@odata.type": "#microsoft.graph.group", "id": "g-1" }],
            }],
        }),
        json!({ "id": "g-2", "displayName": "Cards", "securityEnabled": true, "members": [{ "id": "u-1" }] }),
        json!({ "appId": "payroll", "displayName": "Payroll", "signInAudience": "AzureADMyOrg" }),
    ]
    .map(|value| value.to_string());
    let bundle = Bundle::read(&files.each_ref().map(String::as_bytes)).unwrap();
    let accounts = bundle.accounts();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].groups, ["g-1", "g-2"]);
    assert_eq!(
        accounts[0].certificate_user_ids,
        ["X509:<PN>lee@meridian.example"]
    );
    assert!(accounts[0].enabled);
    assert_eq!(bundle.application("Payroll").unwrap().id, "payroll");
    assert_eq!(bundle.application("nothing"), None);
    assert!(!bundle.rules(Settings::default()).method.enabled);
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark_and_hold_a_list() {
    let text = format!("\u{feff}{}", json!([method_policy(), conditional_access()]));
    let found = import(text.as_bytes());
    assert_eq!(found.problems, []);
    assert_eq!(found.documents.len(), 2);
}

#[test]
fn of_a_collection_what_holds_is_read_and_what_does_not_is_named_by_its_place() {
    let mut odd = conditional_access();
    odd["conditions"]["signInRiskLevels"] = json!(["high"]);
    let collection = json!({ "value": [conditional_access(), odd] });
    let found = read(&collection);
    assert_eq!(found.documents.len(), 1);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(
        found.problems[0].path,
        "value[1].conditions.signInRiskLevels"
    );
}

#[test]
fn a_store_keeps_a_document_and_reads_the_same_again() {
    let (document, _) = Document::<MethodPolicy>::read(&method_policy()).unwrap();
    let kept = serde_json::to_string(&document).unwrap();
    let again: Document<MethodPolicy> = serde_json::from_str(&kept).unwrap();
    assert_eq!(document, again);
    assert!(serde_json::from_str::<Document<MethodPolicy>>("{}").is_err());
}

#[test]
fn s17_a_tenant_makes_fifteen_strengths() {
    let strength = |number: usize| json!({ "id": format!("s-{number}"), "displayName": "x", "policyType": "custom", "allowedCombinations": ["fido2"] });
    let file = |count: usize| json!((0..count).map(strength).collect::<Vec<_>>()).to_string();
    assert!(Bundle::read(&[file(15).as_bytes()]).is_ok());
    let problems = Bundle::read(&[file(16).as_bytes()]).unwrap_err();
    assert_eq!(
        problems[0].fault,
        Fault::TooMany {
            limit: 15,
            found: 16
        }
    );
}

#[test]
fn a_tenant_has_one_method_policy_and_values_belong_to_one_account() {
    let two = json!([method_policy(), method_policy()]).to_string();
    assert!(Bundle::read(&[two.as_bytes()]).is_err());
    let user = |name: &str| json!({ "userPrincipalName": name, "authorizationInfo": { "certificateUserIds": ["X509:<SKI>AA"] } });
    let users = json!([user("lee@m.example"), user("sam@m.example")]).to_string();
    let problems = Bundle::read(&[users.as_bytes()]).unwrap_err();
    assert_eq!(
        problems[0].path,
        "users[1].authorizationInfo.certificateUserIds"
    );
}

#[test]
fn a_scope_rule_names_a_ca_that_the_imported_store_holds() {
    let root = Ca::root(dn(&[(CN, "Contoso Root")]));
    let store = authority(&root, "root", "").to_string();
    let mut method = method_policy();
    let problems = Bundle::read(&[method.to_string().as_bytes(), store.as_bytes()]).unwrap_err();
    assert_eq!(
        problems[0].path,
        "certificateAuthorityScopes[0].subjectKeyIdentifier"
    );
    method["certificateAuthorityScopes"][0]["subjectKeyIdentifier"] =
        json!(certs::hex(&root.key_identifier).to_uppercase());
    assert!(Bundle::read(&[method.to_string().as_bytes(), store.as_bytes()]).is_ok());
}

#[test]
fn a_policy_with_a_strength_of_the_tenant_needs_the_strength_beside_it() {
    let mut policy = conditional_access();
    policy["grantControls"]["authenticationStrength"] = json!({
        "id": "5790842e-5a42-4a9a-8a7c-2c3ba0a41d23",
        "displayName": "Cards",
        "policyType": "custom",
        "allowedCombinations": ["x509CertificateMultiFactor"],
    });
    let strength = json!({
        "id": "5790842e-5a42-4a9a-8a7c-2c3ba0a41d23",
        "displayName": "Cards",
        "policyType": "custom",
        "allowedCombinations": ["x509CertificateMultiFactor"],
        "combinationConfigurations": [],
    });
    let (policy, strength) = (policy.to_string(), strength.to_string());
    let problems = Bundle::read(&[policy.as_bytes()]).unwrap_err();
    assert_eq!(problems[0].path, "grantControls.authenticationStrength");
    assert!(Bundle::read(&[policy.as_bytes(), strength.as_bytes()]).is_ok());
}
