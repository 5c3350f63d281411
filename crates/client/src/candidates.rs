//! From tokens to what the conversation judges.

use std::collections::HashMap;
use std::sync::Arc;

use certs::Certificate;
use sign_in::candidate::{Asks, Candidate, IssuerName, PinRules, Token, TokenId};
use sign_in::view::{
    CertificateDetails, CertificateRow, ModuleFailure, PinEntry, Through, TokenKind, TokenLabel,
};
use tls_identity::Asked;
use token::{Credential, FoundToken, PinPolicy, PrivateKey};
use x509_parser::prelude::{FromDer as _, X509Name};

/// A certificate that a person may choose, with all it takes to sign.
#[derive(Clone)]
pub(crate) struct Choice {
    pub(crate) token: Arc<dyn token::Token>,
    /// Where the token's PIN is given.
    pub(crate) entry: token::PinEntry,
    pub(crate) credential: Credential,
    /// The CA certificates to send beside it, its issuer's first.
    pub(crate) intermediates: Vec<Vec<u8>>,
}

/// What a token holds, by the SHA-256 of each certificate.
pub(crate) type Choices = HashMap<String, Choice>;

/// Turns a token into plain values, with how to sign with each of its certificates.
pub(crate) fn take(found: &FoundToken, id: TokenId) -> (Token, Choices) {
    let read: Vec<(&Credential, Option<Certificate>)> = found
        .credentials
        .iter()
        .map(|credential| {
            (
                credential,
                Certificate::from_der(&credential.certificate).ok(),
            )
        })
        .collect();
    let authorities: Vec<&Certificate> = read
        .iter()
        .filter_map(|(_, certificate)| certificate.as_ref())
        .filter(|certificate| certificate.is_ca())
        .collect();
    let mut candidates = Vec::new();
    let mut choices = Choices::new();
    for (credential, certificate) in &read {
        let above = certificate
            .as_ref()
            .map(|leaf| chain(leaf, &authorities))
            .unwrap_or_default();
        // A CA's certificate beside the person's is no entry of its own.
        if credential.private_key == PrivateKey::Absent
            && certificate.as_ref().is_some_and(Certificate::is_ca)
        {
            continue;
        }
        let candidate = candidate(credential, certificate.as_ref(), &above);
        let sha256 = candidate.row.sha256.clone();
        let signs = choices
            .get(&sha256)
            .is_some_and(|known| known.credential.can_sign());
        if !signs || credential.can_sign() {
            let intermediates = above
                .iter()
                .filter(|authority| !authority.is_self_issued())
                .map(|authority| authority.der().to_vec())
                .collect();
            let choice = Choice {
                token: Arc::clone(&found.token),
                entry: found.pin.entry,
                credential: (*credential).clone(),
                intermediates,
            };
            choices.insert(sha256, choice);
        }
        candidates.push(candidate);
    }
    let through = match found.description.kind {
        token::TokenKind::Piv { .. } => Through::Reader,
        token::TokenKind::Pkcs11 { .. } => Through::Module,
    };
    let token = Token {
        id,
        through,
        label: label(found),
        pin: pin_rules(found),
        candidates,
    };
    (token, choices)
}

/// What the probes learned, as the judgement takes it.
pub(crate) fn asks(asked: &Asked, older_tls: bool) -> Asks {
    Asks {
        authorities: asked
            .authorities
            .iter()
            .map(|der| issuer_name(der))
            .collect(),
        schemes: asked.schemes.clone(),
        older_tls,
    }
}

pub(crate) fn module_failure(failure: &token::ModuleFailure) -> ModuleFailure {
    ModuleFailure {
        module: failure.module.clone(),
        cause: failure.cause.to_string(),
    }
}

/// The CA certificates on the way up from a leaf, as far as the token holds them.
fn chain<'a>(leaf: &Certificate, authorities: &[&'a Certificate]) -> Vec<&'a Certificate> {
    let mut above: Vec<&Certificate> = Vec::new();
    let mut issuer = leaf.issuer().der().to_vec();
    while let Some(next) = authorities.iter().find(|authority| {
        authority.subject().der() == issuer
            && !above.iter().any(|known| known.der() == authority.der())
    }) {
        above.push(next);
        issuer = next.issuer().der().to_vec();
        if above.len() == LONGEST_CHAIN {
            break;
        }
    }
    above
}

fn candidate(
    credential: &Credential,
    certificate: Option<&Certificate>,
    above: &[&Certificate],
) -> Candidate {
    let sha256 = credential.fingerprint.to_string();
    let slot = credential
        .slot
        .map(|slot| format!("{} ({slot})", slot.name()));
    let without_pin = credential.pin == PinPolicy::Never;
    let has_key = credential.private_key != PrivateKey::Absent;
    let schemes = credential
        .schemes
        .iter()
        .map(|scheme| scheme.code())
        .collect();
    let Some(certificate) = certificate else {
        return Candidate {
            row: unreadable(sha256, slot),
            readable: false,
            has_key,
            without_pin,
            schemes,
            may_sign: true,
            for_clients: true,
            issuers: Vec::new(),
        };
    };
    let purposes = certificate.extended_key_usage();
    let mut issuers = vec![issuer_name(certificate.issuer().der())];
    issuers.extend(
        above
            .iter()
            .map(|authority| issuer_name(authority.issuer().der())),
    );
    Candidate {
        row: row(sha256, slot, certificate),
        readable: true,
        has_key,
        without_pin,
        schemes,
        may_sign: certificate
            .key_usage()
            .is_none_or(|usage| usage.digital_signature),
        for_clients: purposes.is_none_or(|purposes| {
            purposes
                .iter()
                .any(|purpose| purpose == CLIENT_AUTH || purpose == ANY_PURPOSE)
        }),
        issuers,
    }
}

fn row(sha256: String, slot: Option<String>, certificate: &Certificate) -> CertificateRow {
    let address = certificate
        .principal_names()
        .first()
        .or(certificate.emails().first());
    CertificateRow {
        sha256,
        name: certificate.subject().short(),
        address: address.cloned(),
        issuer: certificate.issuer().short(),
        slot,
        not_before: certificate.not_before().unix(),
        not_after: certificate.not_after().unix(),
        warning: None,
        gone: false,
        details: CertificateDetails {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial_hex(),
            principal_names: certificate.principal_names().to_vec(),
            emails: certificate.emails().to_vec(),
            key: certificate.key().to_string(),
            purposes: certificate
                .extended_key_usage()
                .unwrap_or_default()
                .iter()
                .map(|oid| purpose(oid).map_or_else(|| oid.clone(), str::to_owned))
                .collect(),
            policies: certificate.policies().to_vec(),
        },
    }
}

fn unreadable(sha256: String, slot: Option<String>) -> CertificateRow {
    CertificateRow {
        name: slot
            .clone()
            .unwrap_or_else(|| sha256.chars().take(16).collect()),
        sha256,
        address: None,
        issuer: String::new(),
        slot,
        not_before: 0,
        not_after: 0,
        warning: None,
        gone: false,
        details: CertificateDetails {
            subject: String::new(),
            issuer: String::new(),
            serial: String::new(),
            principal_names: Vec::new(),
            emails: Vec::new(),
            key: String::new(),
            purposes: Vec::new(),
            policies: Vec::new(),
        },
    }
}

fn label(found: &FoundToken) -> TokenLabel {
    let description = &found.description;
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let about = format!("{} {}", description.manufacturer, description.model).to_lowercase();
    let kind = if about.contains("yubi") || about.contains("nitrokey") {
        TokenKind::Key
    } else if about.contains("softhsm") || about.contains("tpm") {
        TokenKind::Chip
    } else {
        TokenKind::Card
    };
    TokenLabel {
        name: some(&description.label)
            .or_else(|| some(&description.model))
            .unwrap_or_else(|| "?".to_owned()),
        model: some(&description.model),
        serial: some(&description.serial),
        kind,
        tries_left: found.pin.tries,
        blocked: found.pin.blocked,
    }
}

fn pin_rules(found: &FoundToken) -> PinRules {
    let within = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    PinRules {
        shortest: within(found.pin.min_length),
        longest: within(found.pin.max_length),
        digits_only: false,
        last_try: found.pin.last_try,
        factory_pin: found.pin.factory,
        entry: match found.pin.entry {
            token::PinEntry::Typed => PinEntry::Typed,
            token::PinEntry::OnReader => PinEntry::OnReader,
            token::PinEntry::NotNeeded => PinEntry::NotNeeded,
        },
    }
}

/// A distinguished name for a person.
pub(crate) fn name_text(der: &[u8]) -> String {
    X509Name::from_der(der).map_or_else(
        |_| format!("{} bytes that are no name", der.len()),
        |(_, name)| name.to_string(),
    )
}

/// A name in both forms. Case and spaces count for nothing when names are compared
/// (RFC 5280 §7.1), so the text is evened out.
fn issuer_name(der: &[u8]) -> IssuerName {
    let text = X509Name::from_der(der)
        .ok()
        .filter(|(rest, _)| rest.is_empty())
        .map(|(_, name)| {
            let words: Vec<String> = name
                .to_string()
                .to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            words.join(" ")
        });
    IssuerName {
        der: der.to_vec(),
        text: text.filter(|text| !text.is_empty()),
    }
}

/// The purposes that people meet, by the names of RFC 5280 §4.2.1.12 and the directory.
fn purpose(oid: &str) -> Option<&'static str> {
    Some(match oid {
        CLIENT_AUTH => "clientAuth",
        ANY_PURPOSE => "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1" => "serverAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.4.1.311.20.2.2" => "smartcardLogon",
        "1.3.6.1.4.1.311.10.3.12" => "documentSigning",
        "1.3.6.1.5.2.3.4" => "pkinitClientAuth",
        _ => return None,
    })
}

const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE: &str = "2.5.29.37.0";
const LONGEST_CHAIN: usize = 8;

#[cfg(test)]
mod tests {
    use super::issuer_name;

    #[test]
    fn a_name_is_the_same_in_another_string_type_and_case() {
        let name = |kind: u8, text: &str| {
            // SEQUENCE { SET { SEQUENCE { commonName, text } } }
            let length = u8::try_from(text.len()).expect("a short name");
            let mut der = vec![0x30, length + 11, 0x31, length + 9, 0x30, length + 7];
            der.extend([0x06, 0x03, 0x55, 0x04, 0x03, kind, length]);
            der.extend(text.bytes());
            issuer_name(&der)
        };
        let (utf8, printable) = (0x0c, 0x13);
        assert!(name(utf8, "Meridian CA 1").is(&name(printable, "MERIDIAN  ca 1")));
        assert!(!name(utf8, "Meridian CA 1").is(&name(utf8, "Meridian CA 2")));
    }

    #[test]
    fn bytes_that_are_no_name_equal_only_themselves() {
        assert!(issuer_name(&[1, 2]).is(&issuer_name(&[1, 2])));
        assert!(!issuer_name(&[1, 2]).is(&issuer_name(&[3])));
    }
}
