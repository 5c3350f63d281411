//! Checking a fresh signature against the certificate before anybody else sees it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};

use crate::{Scheme, SignError};

/// Whether the signature is one by the certificate's key.
///
/// Tokens hold certificates beside keys that are not theirs more often than one would think; the
/// server's alert would not say so.
///
/// # Errors
///
/// [`SignError::KeyMismatch`] when it is not.
pub(crate) fn verify(
    certificate: &[u8],
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignError> {
    let (_, certificate) =
        x509_parser::parse_x509_certificate(certificate).map_err(|_| SignError::KeyMismatch)?;
    let key = &certificate.public_key().subject_public_key.data;
    UnparsedPublicKey::new(algorithm(scheme), key)
        .verify(message, signature)
        .map_err(|_| SignError::KeyMismatch)
}

fn algorithm(scheme: Scheme) -> &'static dyn VerificationAlgorithm {
    match scheme {
        Scheme::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPkcs1Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Scheme::RsaPkcs1Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        Scheme::RsaPssRsaeSha256 => &RSA_PSS_2048_8192_SHA256,
        Scheme::RsaPssRsaeSha384 => &RSA_PSS_2048_8192_SHA384,
        Scheme::RsaPssRsaeSha512 => &RSA_PSS_2048_8192_SHA512,
        Scheme::EcdsaSecp256r1Sha256 => &ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaSecp384r1Sha384 => &ECDSA_P384_SHA384_ASN1,
        Scheme::EcdsaSecp521r1Sha512 => &ECDSA_P521_SHA512_ASN1,
        Scheme::Ed25519 => &ED25519,
    }
}
