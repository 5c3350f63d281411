use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
    PKCS_RSA_SHA256, SignatureAlgorithm,
};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, SignatureScheme};
use token::{
    Credential, Fingerprint, KeyAlgorithm, PinPolicy, PrivateKey, Scheme, SignError,
    TokenDescription, TokenKind, TouchPolicy,
};

use super::{OlderTls, Outcome, Signing, SigningError, SignsOnce, prepare};
use crate::fixture::{Authority, HOST, Met, Wants, meet};
use crate::{Alert, Cause, Protocols};

#[test]
fn every_kind_of_key_signs_in_both_versions() {
    let authority = Authority::new("Meridian CA");
    let newer = authority.server(HOST, &[&TLS13], authority.accepts(None));
    let older = authority.server(HOST, &[&TLS12], authority.accepts(None));
    for kind in [RSA, P256, P384, P521, ED25519] {
        for (server, version) in [
            (&newer, ProtocolVersion::TLSv1_3),
            (&older, ProtocolVersion::TLSv1_2),
        ] {
            let soft = Soft::issued_by(&authority, kind);
            let credential = soft.credential.clone();
            let signing = soft.presents(&authority).expect("a connection");
            let met = meet(&signing.config, HOST, server);
            let label = format!("{:?} {version:?}", credential.algorithm);
            assert_eq!(met.client, Ok(()), "{label}");
            assert_eq!(met.server, Ok(()), "{label}");
            assert_eq!(met.version, Some(version), "{label}");
            let presented = met.presented.map(|certificate| certificate.to_vec());
            assert_eq!(presented, Some(credential.certificate), "{label}");
            assert_eq!(
                signing.handshake.outcome(),
                Outcome::Signed(credential.schemes[0]),
                "{label}"
            );
            assert_eq!(signing.older_tls, None, "{label}");
        }
    }
}

#[test]
fn a_token_without_pss_signs_for_the_older_version() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13, &TLS12], authority.accepts(None));
    let signing = without_pss(&authority);
    assert_eq!(signing.older_tls, Some(OlderTls::NoPss));
    let met = meet(&signing.config, HOST, &server);
    assert_eq!((met.client, met.server), (Ok(()), Ok(())));
    assert_eq!(met.version, Some(ProtocolVersion::TLSv1_2));
    assert_eq!(
        signing.handshake.outcome(),
        Outcome::Signed(Scheme::RsaPkcs1Sha256)
    );
}

#[test]
fn a_token_without_pss_is_told_why_a_newer_server_refuses() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], authority.accepts(None));
    let signing = without_pss(&authority);
    let refused = meet(&signing.config, HOST, &server)
        .client
        .expect_err("no version in common");
    assert_eq!(
        signing.cause(&refused),
        Cause::OlderTlsRefused(OlderTls::NoPss)
    );
    assert_eq!(signing.handshake.outcome(), Outcome::NotAsked);
}

#[test]
fn a_refused_version_is_not_blamed_on_a_token_that_can_do_both() {
    let authority = Authority::new("Meridian CA");
    let signing = Soft::issued_by(&authority, P256)
        .presents(&authority)
        .expect("a connection");
    let alert = rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion);
    assert_eq!(signing.cause(&alert), Cause::Alert(Alert::ProtocolVersion));
}

#[test]
fn a_key_that_cannot_sign_makes_no_connection() {
    let authority = Authority::new("Meridian CA");
    let mut soft = Soft::issued_by(&authority, RSA);
    soft.credential.schemes.clear();
    let refused = soft.presents(&authority);
    assert!(
        matches!(refused, Err(SigningError::NoScheme)),
        "{refused:?}"
    );
}

#[test]
fn going_on_without_a_certificate_is_recorded_with_what_the_server_takes() {
    let authority = Authority::new("Meridian CA");
    for version in [&TLS13, &TLS12] {
        let server = authority.server(
            HOST,
            &[version],
            authority.accepts(Some(SignatureScheme::ECDSA_NISTP256_SHA256)),
        );
        let soft = Soft::issued_by(&authority, RSA);
        let asked = soft.asked.clone();
        let signing = soft.presents(&authority).expect("a connection");
        let met = meet(&signing.config, HOST, &server);
        assert_eq!(met.client, Ok(()), "rustls goes on without a word");
        assert_eq!(met.presented, None);
        assert_eq!(
            signing.handshake.outcome(),
            Outcome::NothingInCommon {
                offered: vec![0x0403]
            }
        );
        assert_eq!(asked.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn a_server_that_does_not_ask_is_recorded() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], Wants::Nothing);
    let signing = Soft::issued_by(&authority, P256)
        .presents(&authority)
        .expect("a connection");
    assert_eq!(meet(&signing.config, HOST, &server).client, Ok(()));
    assert_eq!(signing.handshake.outcome(), Outcome::NotAsked);
}

#[test]
fn an_alert_after_the_signature_says_what_the_server_found() {
    let (authority, stranger) = (Authority::new("Meridian CA"), Authority::new("Another CA"));
    for version in [&TLS13, &TLS12] {
        let server = authority.server(HOST, &[version], authority.accepts(None));
        let soft = Soft::issued_by(&stranger, P256);
        let signing = soft.presents(&authority).expect("a connection");
        let Met { client, .. } = meet(&signing.config, HOST, &server);
        let alert = client.expect_err("the server refuses");
        assert_eq!(signing.cause(&alert), Cause::Alert(Alert::UnknownCa));
        assert_eq!(
            signing.handshake.outcome(),
            Outcome::Signed(Scheme::EcdsaSecp256r1Sha256)
        );
    }
}

#[test]
fn what_the_token_says_is_the_cause() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], authority.accepts(None));
    let mut soft = Soft::issued_by(&authority, P256);
    soft.refuses = Some(SignError::Removed);
    let signing = soft.presents(&authority).expect("a connection");
    let error = meet(&signing.config, HOST, &server)
        .client
        .expect_err("no signature");
    assert_eq!(signing.cause(&error), Cause::Signing(SignError::Removed));
    assert_eq!(
        signing.handshake.outcome(),
        Outcome::Failed(SignError::Removed)
    );
}

#[test]
fn a_second_handshake_gets_no_signature() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], authority.accepts(None));
    let soft = Soft::issued_by(&authority, P256);
    let asked = soft.asked.clone();
    let signing = soft.presents(&authority).expect("a connection");
    assert_eq!(meet(&signing.config, HOST, &server).client, Ok(()));
    let error = meet(&signing.config, HOST, &server)
        .client
        .expect_err("the guard is gone");
    assert_eq!(
        signing.cause(&error),
        Cause::Signing(SignError::LockedAgain)
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn another_host_never_gets_the_certificate() {
    let authority = Authority::new("Meridian CA");
    // It is trusted and asks, and goes by its own name or by that of the host which was chosen.
    let server = authority.server("other.example", &[&TLS13], authority.accepts(None));
    for name in ["other.example", HOST] {
        let soft = Soft::issued_by(&authority, P256);
        let asked = soft.asked.clone();
        let signing = soft.presents(&authority).expect("a connection");
        let met = meet(&signing.config, name, &server);
        let error = met.client.expect_err("another host");
        assert_eq!(signing.cause(&error), Cause::OtherName, "{name}");
        assert_eq!(met.presented, None, "{name}");
        assert_eq!(asked.load(Ordering::SeqCst), 0, "{name}");
    }
}

#[test]
fn a_server_that_is_not_trusted_gets_no_signature() {
    let (authority, stranger) = (Authority::new("Meridian CA"), Authority::new("Another CA"));
    let server = stranger.server(HOST, &[&TLS13], authority.accepts(None));
    let soft = Soft::issued_by(&authority, P256);
    let asked = soft.asked.clone();
    let signing = soft.presents(&authority).expect("a connection");
    let error = meet(&signing.config, HOST, &server)
        .client
        .expect_err("not trusted");
    assert!(matches!(signing.cause(&error), Cause::NotTrusted(_)));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_no_host_name_is_said() {
    let authority = Authority::new("Meridian CA");
    let soft = Soft::issued_by(&authority, P256);
    let refused = soft.presents_to("no host", &authority);
    assert!(matches!(refused, Err(SigningError::NoHost(_))));
}

fn without_pss(authority: &Authority) -> Signing {
    let mut soft = Soft::issued_by(authority, RSA);
    soft.credential.schemes = vec![Scheme::RsaPkcs1Sha256, Scheme::RsaPkcs1Sha384];
    soft.presents(authority).expect("a connection")
}

/// A key in memory, beside its certificate.
struct Soft {
    credential: Credential,
    key: Arc<dyn SigningKey>,
    refuses: Option<SignError>,
    /// How often it was asked to sign.
    asked: Arc<AtomicUsize>,
}

impl Soft {
    fn issued_by(authority: &Authority, kind: &Kind) -> Self {
        let (certificate, key) = authority.issue(kind.key);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
        let credential = Credential {
            token: TokenDescription {
                kind: TokenKind::Pkcs11 {
                    module: PathBuf::from("in memory"),
                },
                label: String::new(),
                serial: String::new(),
                model: String::new(),
                manufacturer: String::new(),
            },
            fingerprint: Fingerprint::of(&certificate),
            certificate,
            algorithm: kind.algorithm.clone(),
            label: String::new(),
            key_id: Vec::new(),
            private_key: PrivateKey::Seen,
            schemes: kind.schemes.to_vec(),
            slot: None,
            pin: PinPolicy::Unknown,
            touch: TouchPolicy::Unknown,
        };
        Self {
            credential,
            key: any_supported_type(&key).expect("a key that can sign"),
            refuses: None,
            asked: Arc::default(),
        }
    }

    fn presents(self, authority: &Authority) -> Result<Signing, SigningError> {
        self.presents_to(HOST, authority)
    }

    fn presents_to(self, host: &str, authority: &Authority) -> Result<Signing, SigningError> {
        let credential = self.credential.clone();
        let trust = authority.trust();
        prepare(
            &trust,
            host,
            credential,
            Vec::new(),
            Box::new(self),
            Protocols::Http1,
        )
    }
}

impl std::fmt::Debug for Soft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Soft(***)")
    }
}

impl SignsOnce for Soft {
    fn sign(
        self: Box<Self>,
        _credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(cause) = self.refuses {
            return Err(cause);
        }
        let signer = self
            .key
            .choose_scheme(&[SignatureScheme::from(scheme.code())])
            .ok_or(SignError::UnsupportedScheme { scheme })?;
        signer.sign(message).map_err(|_| SignError::Malformed)
    }
}

/// A kind of key, and what a token that can do everything signs with it.
struct Kind {
    key: &'static SignatureAlgorithm,
    algorithm: KeyAlgorithm,
    schemes: &'static [Scheme],
}

const RSA: &Kind = &Kind {
    key: &PKCS_RSA_SHA256,
    algorithm: KeyAlgorithm::Rsa { bits: 2048 },
    schemes: &[
        Scheme::RsaPssRsaeSha256,
        Scheme::RsaPssRsaeSha384,
        Scheme::RsaPkcs1Sha256,
    ],
};
const P256: &Kind = &Kind {
    key: &PKCS_ECDSA_P256_SHA256,
    algorithm: KeyAlgorithm::P256,
    schemes: &[Scheme::EcdsaSecp256r1Sha256],
};
const P384: &Kind = &Kind {
    key: &PKCS_ECDSA_P384_SHA384,
    algorithm: KeyAlgorithm::P384,
    schemes: &[Scheme::EcdsaSecp384r1Sha384],
};
const P521: &Kind = &Kind {
    key: &PKCS_ECDSA_P521_SHA512,
    algorithm: KeyAlgorithm::P521,
    schemes: &[Scheme::EcdsaSecp521r1Sha512],
};
const ED25519: &Kind = &Kind {
    key: &PKCS_ED25519,
    algorithm: KeyAlgorithm::Ed25519,
    schemes: &[Scheme::Ed25519],
};
