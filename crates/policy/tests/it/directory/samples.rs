//! Documents with the members that the directory exports.

use policy::directory::{Import, import};
use serde_json::{Value, json};

use crate::mint::Ca;

pub(crate) fn read(value: &Value) -> Import {
    import(value.to_string().as_bytes())
}

pub(crate) fn authority(ca: &Ca, kind: &str, url: &str) -> Value {
    let read = certs::Certificate::from_der(&ca.der).unwrap();
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": "9f0c5d2e-0000-4000-8000-000000000001",
        "certificateAuthorityType": kind,
        "certificate": base64(&ca.der),
        "displayName": read.subject().to_string(),
        "issuer": read.issuer().to_string(),
        "issuerSubjectKeyIdentifier": certs::hex(read.authority_key_identifier().unwrap()).to_uppercase(),
        "createdDateTime": "2026-01-01T00:00:00Z",
        "expirationDateTime": read.not_after().to_string(),
        "thumbprint": read.thumbprint(),
        "certificateRevocationListUrl": url,
        "deltaCertificateRevocationListUrl": null,
        "isIssuerHintEnabled": false,
        "deletedDateTime": null,
    })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A policy with every member of §16.1.
pub(crate) fn method_policy() -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodConfigurations/$entity",
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "enabled",
        "includeTargets@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x",
        "includeTargets": [{
            "id": "2c7f0f6d-0000-4000-8000-000000000001",
            "targetType": "group",
            "isRegistrationRequired": false,
        }],
        "excludeTargets": [{ "id": "2c7f0f6d-0000-4000-8000-000000000002", "targetType": "group" }],
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1, "trustAffinityLevel": "low" },
            { "x509CertificateField": "RFC822Name", "userProperty": "onPremisesUserPrincipalName", "priority": 2, "trustAffinityLevel": "low" },
            { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 3, "trustAffinityLevel": "high" },
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": [
                {
                    "x509CertificateRuleType": "issuerSubject",
                    "identifier": "CN=ContosoCA,DC=Contoso,DC=org ",
                    "issuerSubjectIdentifier": null,
                    "policyOidIdentifier": null,
                    "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
                    "x509CertificateRequiredAffinityLevel": "low",
                },
                {
                    "x509CertificateRuleType": "policyOID",
                    "identifier": "1.2.3.4",
                    "issuerSubjectIdentifier": null,
                    "policyOidIdentifier": "1.2.3.4",
                    "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
                    "x509CertificateRequiredAffinityLevel": "high",
                },
                {
                    "x509CertificateRuleType": "issuerSubjectAndPolicyOID",
                    "identifier": "anything",
                    "issuerSubjectIdentifier": "CN=ContosoCA,DC=Contoso,DC=org",
                    "policyOidIdentifier": "1.2.3.4",
                    "x509CertificateAuthenticationMode": "x509CertificateSingleFactor",
                    "x509CertificateRequiredAffinityLevel": "low",
                },
            ],
        },
        "issuerHintsConfiguration": { "state": "enabled" },
        "crlValidationConfiguration": {
            "state": "enabled",
            "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": ["C6F4E96C"],
        },
        "certificateAuthorityScopes": [{
            "publicKeyInfrastructureIdentifier": "Contoso PKI",
            "subjectKeyIdentifier": "C6F4E96CAAD84640361F9FB5F74F6308247CB8B4",
            "includeTargets": [{ "id": "2c7f0f6d-0000-4000-8000-000000000001", "targetType": "group" }],
        }],
    })
}

/// A policy with the members that Graph v1.0 exports.
pub(crate) fn conditional_access() -> Value {
    json!({
        "id": "2b31ac51-b855-40a5-a986-0a4ed23e9008",
        "templateId": null,
        "displayName": "Phishing-resistant for payroll",
        "createdDateTime": "2026-07-24T04:56:11Z",
        "modifiedDateTime": null,
        "state": "enabled",
        "partialEnablementStrategy": null,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": null,
            "clientAppTypes": ["all"],
            "platforms": null,
            "locations": null,
            "times": null,
            "deviceStates": null,
            "devices": null,
            "clientApplications": null,
            "authenticationFlows": null,
            "applications": {
                "includeApplications": ["payroll"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": null,
            },
            "users": {
                "includeUsers": [],
                "excludeUsers": ["0a1b2c3d-0000-4000-8000-000000000009"],
                "includeGroups": ["2c7f0f6d-0000-4000-8000-000000000001"],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
                "includeGuestsOrExternalUsers": null,
                "excludeGuestsOrExternalUsers": null,
            },
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": [],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x",
            "authenticationStrength": {
                "id": "00000000-0000-0000-0000-000000000004",
                "createdDateTime": "2021-12-01T00:00:00Z",
                "modifiedDateTime": "2021-12-01T00:00:00Z",
                "displayName": "Phishing-resistant MFA",
                "description": "Phishing-resistant, Passwordless methods for the strongest authentication",
                "policyType": "builtIn",
                "requirementsSatisfied": "mfa",
                "allowedCombinations": ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
                "combinationConfigurations": [],
            },
        },
        "sessionControls": {
            "disableResilienceDefaults": null,
            "applicationEnforcedRestrictions": null,
            "cloudAppSecurity": null,
            "persistentBrowser": null,
            "signInFrequency": {
                "value": 8,
                "type": "hours",
                "authenticationType": "primaryAndSecondaryAuthentication",
                "frequencyInterval": "timeBased",
                "isEnabled": true,
            },
        },
    })
}
