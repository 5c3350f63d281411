//! From a certificate as a module shows it to a credential.

use super::mechanism::fits;
use super::message::SeenCertificate;
use crate::public_key::PublicKey;
use crate::{Credential, Fingerprint, PinPolicy, TokenDescription, TouchPolicy};

/// Reads a certificate. Its fingerprint and kind of key come from itself, and a scheme that is not
/// one for such a key is left out, whatever the module's helper says.
pub(super) fn read(seen: SeenCertificate, token: &TokenDescription) -> Credential {
    let algorithm = PublicKey::of(&seen.der).algorithm;
    let mut schemes = seen.schemes;
    schemes.retain(|scheme| fits(*scheme, &algorithm));
    Credential {
        token: token.clone(),
        fingerprint: Fingerprint::of(&seen.der),
        algorithm,
        label: seen.label,
        key_id: seen.key_id,
        private_key: seen.private_key,
        schemes,
        certificate: seen.der,
        slot: None,
        pin: PinPolicy::Unknown,
        touch: TouchPolicy::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::{KeyAlgorithm, PrivateKey, Scheme, TokenKind};

    #[test]
    fn what_a_module_claims_of_a_key_gives_way_to_the_certificate() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key");
        let params = CertificateParams::new(vec!["lee".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        let seen = SeenCertificate {
            der: certificate.der().to_vec(),
            label: String::new(),
            key_id: Vec::new(),
            private_key: PrivateKey::Presumed,
            schemes: Scheme::ALL.to_vec(),
        };
        let token = TokenDescription {
            kind: TokenKind::Pkcs11 {
                module: "module.so".into(),
            },
            label: String::new(),
            serial: String::new(),
            model: String::new(),
            manufacturer: String::new(),
        };
        let credential = read(seen, &token);
        assert_eq!(credential.algorithm, KeyAlgorithm::P384);
        assert_eq!(credential.schemes, [Scheme::EcdsaSecp384r1Sha384]);
        assert_eq!(
            credential.fingerprint,
            Fingerprint::of(certificate.der().as_ref())
        );
    }
}
