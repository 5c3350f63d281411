//! Views to test with.

use client::candidate::{Candidate, IssuerName};
use sign_in::view::{
    Badge, CardService, CertificateDetails, CertificateRow, Screen, TokenKind, TokenLabel, View,
};

pub(crate) fn view(screen: Screen) -> View {
    View {
        badge: Badge::default(),
        tokens: vec![token()],
        card_service: CardService::Running,
        screen,
    }
}

pub(crate) fn token() -> TokenLabel {
    TokenLabel {
        name: "Meridian demo".to_owned(),
        model: Some("SoftHSM v2".to_owned()),
        serial: Some("1234abcd".to_owned()),
        kind: TokenKind::Chip,
        tries_left: None,
        blocked: false,
    }
}

/// A certificate whose fingerprint follows from the name, so that two differ.
pub(crate) fn candidate(name: &str) -> Candidate {
    let first = name.split(' ').next().unwrap_or(name).to_lowercase();
    let address = format!("{first}@meridian.example");
    let seed = first.bytes().fold(0_u8, u8::wrapping_add);
    Candidate {
        row: CertificateRow {
            sha256: format!("{seed:02x}").repeat(32),
            name: name.to_owned(),
            address: Some(address.clone()),
            issuer: "Meridian Issuing CA 1".to_owned(),
            slot: Some(first),
            not_before: 1_758_464_000,
            not_after: 1_821_536_000,
            warning: None,
            gone: false,
            details: CertificateDetails {
                subject: format!("CN={name},O=Meridian"),
                issuer: "CN=Meridian Issuing CA 1".to_owned(),
                serial: "01a2".to_owned(),
                principal_names: vec![address],
                emails: Vec::new(),
                key: "RSA 2048".to_owned(),
                purposes: vec!["client authentication".to_owned()],
                policies: vec!["1.3.6.1.4.1.1.1".to_owned()],
            },
        },
        readable: true,
        has_key: true,
        without_pin: false,
        schemes: vec![0x0804],
        may_sign: true,
        for_clients: true,
        issuers: vec![IssuerName {
            der: vec![0x30, 0],
            text: None,
        }],
    }
}
