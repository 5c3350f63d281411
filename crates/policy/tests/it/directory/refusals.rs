//! What is refused, and by which name.

use policy::directory::{Bundle, import};
use serde_json::{Value, json};

use super::{authority, base64, conditional_access, method_policy, read};
use crate::mint::{CN, Ca, Person, dn};

/// Each change of the policy of every member, and the path that is named for it.
#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn each_wrong_member_of_the_method_policy_is_named() {
    let rule = "authenticationModeConfiguration.rules";
    let table = [
        ("/state", json!("on"), "state".to_owned()),
        ("/state", json!(true), "state".into()),
        ("/state", json!("unknownFutureValue"), "state".into()),
        ("/newCondition", json!({ "x": 1 }), "newCondition".into()),
        (
            "/includeTargets/0/targetType",
            json!("user"),
            "includeTargets[0].targetType".into(),
        ),
        (
            "/includeTargets/0/id",
            json!(null),
            "includeTargets[0].id".into(),
        ),
        ("/includeTargets", json!({}), "includeTargets".into()),
        (
            "/includeTargets/0/filter",
            json!("x"),
            "includeTargets[0].filter".into(),
        ),
        (
            "/certificateUserBindings/0/x509CertificateField",
            json!("Email"),
            "certificateUserBindings[0].x509CertificateField".into(),
        ),
        (
            "/certificateUserBindings/0/userProperty",
            json!("email"),
            "certificateUserBindings[0].userProperty".into(),
        ),
        (
            "/certificateUserBindings/2/userProperty",
            json!("userPrincipalName"),
            "certificateUserBindings[2].userProperty".into(),
        ),
        (
            "/certificateUserBindings/1/priority",
            json!(1),
            "certificateUserBindings[1].priority".into(),
        ),
        (
            "/certificateUserBindings/1/priority",
            json!(-1),
            "certificateUserBindings[1].priority".into(),
        ),
        (
            "/certificateUserBindings/0/trustAffinityLevel",
            json!("high"),
            "certificateUserBindings[0].trustAffinityLevel".into(),
        ),
        (
            "/authenticationModeConfiguration/x509CertificateAuthenticationDefaultMode",
            json!("multi"),
            "authenticationModeConfiguration.x509CertificateAuthenticationDefaultMode".into(),
        ),
        (
            "/authenticationModeConfiguration/rules/0/x509CertificateRuleType",
            json!("subject"),
            format!("{rule}[0].x509CertificateRuleType"),
        ),
        (
            "/authenticationModeConfiguration/rules/0/identifier",
            json!("ContosoCA"),
            format!("{rule}[0].identifier"),
        ),
        (
            "/authenticationModeConfiguration/rules/0/policyOidIdentifier",
            json!("1.2"),
            format!("{rule}[0].policyOidIdentifier"),
        ),
        (
            "/authenticationModeConfiguration/rules/1/policyOidIdentifier",
            json!("1.2.3.5"),
            format!("{rule}[1].policyOidIdentifier"),
        ),
        (
            "/authenticationModeConfiguration/rules/1/x509CertificateAuthenticationMode",
            json!(null),
            format!("{rule}[1].x509CertificateAuthenticationMode"),
        ),
        (
            "/authenticationModeConfiguration/rules/2/policyOidIdentifier",
            json!(null),
            format!("{rule}[2].policyOidIdentifier"),
        ),
        (
            "/authenticationModeConfiguration/rules/2/policyOidIdentifier",
            json!("1.02"),
            format!("{rule}[2].policyOidIdentifier"),
        ),
        (
            "/issuerHintsConfiguration/state",
            json!("maybe"),
            "issuerHintsConfiguration.state".into(),
        ),
        (
            "/crlValidationConfiguration/exemptedCertificateAuthoritiesSubjectKeyIdentifiers/0",
            json!("xyz"),
            "crlValidationConfiguration.exemptedCertificateAuthoritiesSubjectKeyIdentifiers[0]"
                .into(),
        ),
        (
            "/certificateAuthorityScopes/0/subjectKeyIdentifier",
            json!("abc"),
            "certificateAuthorityScopes[0].subjectKeyIdentifier".into(),
        ),
        (
            "/certificateAuthorityScopes/0/includeTargets",
            json!([]),
            "certificateAuthorityScopes[0].includeTargets".into(),
        ),
    ];
    for (pointer, value, path) in table {
        named(&method_policy(), pointer, &value, &path);
    }
}

/// Conditions and controls that are not evaluated are refused by their names.
#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn each_condition_and_control_that_is_not_evaluated_is_named() {
    let users = "conditions.users";
    let table = [
        (
            "/conditions/signInRiskLevels",
            json!(["high"]),
            "conditions.signInRiskLevels".to_owned(),
        ),
        (
            "/conditions/userRiskLevels",
            json!(["medium"]),
            "conditions.userRiskLevels".into(),
        ),
        (
            "/conditions/servicePrincipalRiskLevels",
            json!(["high"]),
            "conditions.servicePrincipalRiskLevels".into(),
        ),
        (
            "/conditions/insiderRiskLevels",
            json!("elevated"),
            "conditions.insiderRiskLevels".into(),
        ),
        (
            "/conditions/platforms",
            json!({ "includePlatforms": ["android"], "excludePlatforms": [] }),
            "conditions.platforms".into(),
        ),
        (
            "/conditions/platforms",
            json!({ "includePlatforms": ["all"], "excludePlatforms": ["iOS"] }),
            "conditions.platforms".into(),
        ),
        (
            "/conditions/locations",
            json!({ "includeLocations": ["AllTrusted"] }),
            "conditions.locations".into(),
        ),
        (
            "/conditions/locations",
            json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] }),
            "conditions.locations".into(),
        ),
        (
            "/conditions/devices",
            json!({ "deviceFilter": { "mode": "exclude", "rule": "device.isCompliant -eq True" } }),
            "conditions.devices".into(),
        ),
        (
            "/conditions/clientApplications",
            json!({ "includeServicePrincipals": ["x"] }),
            "conditions.clientApplications".into(),
        ),
        (
            "/conditions/authenticationFlows",
            json!({ "transferMethods": "deviceCodeFlow" }),
            "conditions.authenticationFlows".into(),
        ),
        (
            "/conditions/clientAppTypes",
            json!(["browser"]),
            "conditions.clientAppTypes".into(),
        ),
        (
            "/conditions/clientAppTypes",
            json!(["telnet"]),
            "conditions.clientAppTypes[0]".into(),
        ),
        (
            "/conditions/somethingNew",
            json!("x"),
            "conditions.somethingNew".into(),
        ),
        (
            "/conditions/applications/includeUserActions",
            json!(["urn:user:registersecurityinfo"]),
            "conditions.applications.includeUserActions".into(),
        ),
        (
            "/conditions/applications/includeAuthenticationContextClassReferences",
            json!(["c1"]),
            "conditions.applications.includeAuthenticationContextClassReferences".into(),
        ),
        (
            "/conditions/applications/applicationFilter",
            json!({ "mode": "include", "rule": "x" }),
            "conditions.applications.applicationFilter".into(),
        ),
        (
            "/conditions/applications/includeApplications",
            json!(["Office365"]),
            "conditions.applications.includeApplications[0]".into(),
        ),
        (
            "/conditions/applications/excludeApplications",
            json!(["MicrosoftAdminPortals"]),
            "conditions.applications.excludeApplications[0]".into(),
        ),
        (
            "/conditions/users/includeRoles",
            json!(["62e90394-69f5-4237-9190-012177145e10"]),
            format!("{users}.includeRoles"),
        ),
        (
            "/conditions/users/excludeRoles",
            json!(["62e90394-69f5-4237-9190-012177145e10"]),
            format!("{users}.excludeRoles"),
        ),
        (
            "/conditions/users/includeUsers",
            json!(["GuestsOrExternalUsers"]),
            format!("{users}.includeUsers[0]"),
        ),
        (
            "/conditions/users/excludeUsers",
            json!(["All"]),
            format!("{users}.excludeUsers[0]"),
        ),
        (
            "/conditions/users/includeGuestsOrExternalUsers",
            json!({ "guestOrExternalUserTypes": "b2bCollaborationGuest" }),
            format!("{users}.includeGuestsOrExternalUsers"),
        ),
        ("/conditions/users", json!(null), users.into()),
        (
            "/grantControls/builtInControls",
            json!(["compliantDevice"]),
            "grantControls.builtInControls[0]".into(),
        ),
        (
            "/grantControls/builtInControls",
            json!(["passwordChange"]),
            "grantControls.builtInControls[0]".into(),
        ),
        (
            "/grantControls/builtInControls",
            json!(["unknownFutureValue"]),
            "grantControls.builtInControls[0]".into(),
        ),
        (
            "/grantControls/builtInControls",
            json!(["mfa"]),
            "grantControls".into(),
        ),
        (
            "/grantControls/builtInControls",
            json!(["block"]),
            "grantControls".into(),
        ),
        (
            "/grantControls/customAuthenticationFactors",
            json!(["x"]),
            "grantControls.customAuthenticationFactors".into(),
        ),
        (
            "/grantControls/termsOfUse",
            json!(["x"]),
            "grantControls.termsOfUse".into(),
        ),
        (
            "/grantControls/operator",
            json!("XOR"),
            "grantControls.operator".into(),
        ),
        (
            "/sessionControls/persistentBrowser",
            json!({ "isEnabled": true, "mode": "never" }),
            "sessionControls.persistentBrowser".into(),
        ),
        (
            "/sessionControls/cloudAppSecurity",
            json!({ "cloudAppSecurityType": "monitorOnly" }),
            "sessionControls.cloudAppSecurity".into(),
        ),
        (
            "/sessionControls/applicationEnforcedRestrictions",
            json!({ "isEnabled": true }),
            "sessionControls.applicationEnforcedRestrictions".into(),
        ),
        (
            "/sessionControls/continuousAccessEvaluation",
            json!({ "mode": "strictEnforcement" }),
            "sessionControls.continuousAccessEvaluation".into(),
        ),
        (
            "/sessionControls/signInFrequency/value",
            json!(0),
            "sessionControls.signInFrequency.value".into(),
        ),
        (
            "/sessionControls/signInFrequency/type",
            json!("weeks"),
            "sessionControls.signInFrequency.type".into(),
        ),
        ("/state", json!("reportOnly"), "state".into()),
    ];
    for (pointer, value, path) in table {
        named(&conditional_access(), pointer, &value, &path);
    }
}

#[test]
fn a_disabled_policy_is_refused_for_the_same_reasons() {
    let mut value = conditional_access();
    value["state"] = json!("disabled");
    named(
        &value,
        "/conditions/signInRiskLevels",
        &json!(["high"]),
        "conditions.signInRiskLevels",
    );
}

#[test]
fn s17_limits_of_strengths_and_passkey_models_are_named() {
    let strength = |configuration: Value| {
        json!({
            "displayName": "x",
            "allowedCombinations": ["x509CertificateMultiFactor", "fido2"],
            "combinationConfigurations": [configuration],
        })
    };
    let six_oids: Vec<String> = (0..6).map(|number| format!("1.2.{number}")).collect();
    let six_keys: Vec<String> = (0..6).map(|number| format!("AA0{number}")).collect();
    let certificate = |member: &str, value: Value| {
        let mut configuration = json!({ "appliesToCombinations": ["x509CertificateMultiFactor"] });
        configuration[member] = value;
        strength(configuration)
    };
    let at = |name: &str| format!("combinationConfigurations[0].{name}");
    let table = [
        (
            certificate("allowedPolicyOIDs", json!(six_oids)),
            at("allowedPolicyOIDs"),
        ),
        (
            certificate("allowedIssuerSkis", json!(six_keys)),
            at("allowedIssuerSkis"),
        ),
        (
            certificate("allowedIssuerSkis", json!(["not hex"])),
            at("allowedIssuerSkis"),
        ),
        (
            certificate("allowedPolicyOIDs", json!(["1"])),
            at("allowedPolicyOIDs"),
        ),
        (
            certificate("appliesToCombinations", json!(["sms"])),
            at("appliesToCombinations[0]"),
        ),
        (
            strength(json!({
                "@odata.type": "#microsoft.graph.fido2CombinationConfiguration",
                "appliesToCombinations": ["fido2"],
                "allowedAAGUIDs": ["486be136-7cc1-4b3f-b0b3-6b3f1b8c4f5e"],
            })),
            at("allowedAAGUIDs"),
        ),
        (
            json!({ "displayName": "x", "allowedCombinations": ["telepathy"] }),
            "allowedCombinations[0]".into(),
        ),
        (
            json!({ "displayName": "x", "allowedCombinations": [] }),
            "allowedCombinations".into(),
        ),
        (
            json!({ "policyType": "builtIn", "id": "x", "allowedCombinations": ["fido2"] }),
            "id".into(),
        ),
    ];
    for (value, path) in table {
        let found = read(&value);
        let paths: Vec<&str> = found.problems.iter().map(|one| one.path.as_str()).collect();
        assert!(paths.contains(&path.as_str()), "{path}: {paths:?}");
        assert!(found.documents.is_empty());
    }
}

#[test]
fn scope_03_a_tenant_has_thirty_scope_rules_and_a_ca_has_one() {
    let scope = |number: usize| {
        json!({
            "publicKeyInfrastructureIdentifier": "PKI",
            "subjectKeyIdentifier": format!("{number:04x}"),
            "includeTargets": [{ "id": "g", "targetType": "group" }],
        })
    };
    let with = |scopes: Vec<Value>| {
        let mut value = method_policy();
        value["certificateAuthorityScopes"] = json!(scopes);
        read(&value).problems
    };
    assert_eq!(with((0..30).map(scope).collect()), []);
    assert_eq!(
        with((0..31).map(scope).collect())[0].path,
        "certificateAuthorityScopes"
    );
    let twice = with(vec![scope(1), scope(1)]);
    assert_eq!(twice[0].path, "certificateAuthorityScopes[1]");
    let mut two_groups = scope(1);
    two_groups["includeTargets"] =
        json!([{ "id": "g", "targetType": "group" }, { "id": "h", "targetType": "group" }]);
    assert_eq!(
        with(vec![two_groups])[0].path,
        "certificateAuthorityScopes[0].includeTargets"
    );
}

#[test]
fn ab_08_one_issuer_has_one_rule() {
    let mut value = method_policy();
    let rules = value["authenticationModeConfiguration"]["rules"]
        .as_array_mut()
        .unwrap();
    let mut twin = rules[0].clone();
    twin["identifier"] = json!("cn=contosoca, dc=contoso, dc=org");
    rules.push(twin);
    let problems = read(&value).problems;
    assert_eq!(problems[0].path, "authenticationModeConfiguration.rules[3]");
}

#[test]
fn ab_09_the_friendly_name_of_any_policy_is_noted_because_it_never_fits() {
    let mut value = method_policy();
    let rule = &mut value["authenticationModeConfiguration"]["rules"][1];
    rule["identifier"] = json!("All issuance policies");
    rule["policyOidIdentifier"] = json!(null);
    let found = read(&value);
    assert_eq!(found.problems, []);
    assert!(found.notes[0].text.contains("2.5.29.32.0"));
}

#[test]
fn cas_that_contradict_their_certificates_are_refused() {
    let root = Ca::root(dn(&[(CN, "Root")]));
    let good = authority(&root, "root", "http://crl.example/r.crl");
    let person = root.issue(&Person::default());
    let table = [
        ("/thumbprint", json!("00"), "thumbprint"),
        (
            "/issuerSubjectKeyIdentifier",
            json!("00"),
            "issuerSubjectKeyIdentifier",
        ),
        (
            "/certificateAuthorityType",
            json!("leaf"),
            "certificateAuthorityType",
        ),
        ("/certificate", json!("%%%"), "certificate"),
        ("/certificate", json!(base64(b"nothing")), "certificate"),
        ("/certificate", json!(base64(&person)), "certificate"),
        ("/certificate", json!(base64(&[0x30; 9000])), "certificate"),
        (
            "/certificateRevocationListUrl",
            json!("ldap://dc/cn=x"),
            "certificateRevocationListUrl",
        ),
        (
            "/certificateRevocationListUrl",
            json!("file:///etc/passwd"),
            "certificateRevocationListUrl",
        ),
    ];
    for (pointer, value, path) in table {
        named(&good, pointer, &value, path);
    }
    let mut delta = good.clone();
    delta["certificateRevocationListUrl"] = json!(null);
    let url = json!("http://crl.example/d.crl");
    named(
        &delta,
        "/deltaCertificateRevocationListUrl",
        &url,
        "deltaCertificateRevocationListUrl",
    );
    named(
        &delta,
        "/deltacertificateRevocationListUrl",
        &url,
        "deltaCertificateRevocationListUrl",
    );
}

#[test]
fn s17_a_store_has_250_cas_and_a_containers_name_256_characters() {
    let root = Ca::root(dn(&[(CN, "Root")]));
    let one = authority(&root, "root", "");
    let container = |name: String, count: usize| json!({ "displayName": name, "status": "succeeded", "certificateAuthorities": vec![one.clone(); count] });
    assert_eq!(read(&container("x".repeat(256), 250)).problems, []);
    assert_eq!(
        read(&container("x".repeat(257), 1)).problems[0].path,
        "displayName"
    );
    assert_eq!(
        read(&container("x".into(), 251)).problems[0].path,
        "certificateAuthorities"
    );
    let two = json!([container("a".into(), 200), container("b".into(), 100)]).to_string();
    let problems = Bundle::read(&[two.as_bytes()]).unwrap_err();
    assert_eq!(problems[0].path, "certificateAuthorities");
}

#[test]
fn cu_02_values_of_users_are_checked() {
    let user = |values: Value| json!({ "userPrincipalName": "lee@m.example", "authorizationInfo": { "certificateUserIds": values } });
    let many: Vec<String> = (0..11)
        .map(|number| format!("X509:<SKI>{number:02}"))
        .collect();
    let at = "authorizationInfo.certificateUserIds";
    for (values, path) in [
        (json!(many), at.to_owned()),
        (json!(["x509:<PN>lee"]), format!("{at}[0]")),
        (json!(["X509:<PN>lee", 3]), format!("{at}[1]")),
        (
            json!([format!("X509:<PN>{}", "x".repeat(1016))]),
            format!("{at}[0]"),
        ),
    ] {
        assert_eq!(read(&user(values)).problems[0].path, path);
    }
    let found = read(&user(json!(["X509:<SKI>aB1cD2eF3gH4iJ5kL6-mN7oP8qR="])));
    assert_eq!((found.problems.len(), found.notes.len()), (0, 1));
}

#[test]
fn what_is_no_document_is_refused() {
    for (bytes, told) in [
        (&b"not json"[..], "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"3", "an object"),
        (b"{}", "no document"),
        (br#"{"value":[],"state":"enabled"}"#, "no document"),
        (br#"{"state":"enabled","state":"disabled"}"#, "twice"),
        (
            br#"{"value":[{"state":"enabled","grantControls":null}],"@odata.nextLink":"x"}"#,
            "another page",
        ),
        (
            br##"{"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration"}"##,
            "other methods",
        ),
    ] {
        let found = import(bytes);
        let told_so = found
            .problems
            .iter()
            .any(|one| one.to_string().contains(told));
        assert!(told_so, "{told}: {:?}", found.problems);
        assert!(found.documents.is_empty());
    }
    let deep = "[".repeat(100_000);
    assert_eq!(import(deep.as_bytes()).problems.len(), 1);
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    assert!(import(&large).problems[0].to_string().contains("at most"));
}

/// Changes one member, and expects that the importer names this path and no other.
fn named(document: &Value, pointer: &str, value: &Value, path: &str) {
    let mut changed = document.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
        Value::Object(members) => {
            members.insert(name.to_owned(), value.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => panic!("{pointer}"),
    }
    let found = read(&changed);
    let paths: Vec<&str> = found.problems.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, [path], "{pointer} = {value}");
    assert!(found.documents.is_empty(), "{pointer} = {value}");
}
