//! Who may answer for a CA (RFC 6960 §4.2.2.2).

use aws_lc_rs::digest;

use super::fault::OcspFault;
use crate::certificate::Certificate;
use crate::name::Name;

/// Who says that it answers.
pub(super) enum ResponderId<'a> {
    Name(Name),
    /// SHA-1 of the key's bits.
    Key(&'a [u8]),
}

impl ResponderId<'_> {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name.matches(certificate.subject()),
            Self::Key(hash) => {
                let bits = certificate.key().bytes();
                digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits).as_ref() == *hash
            }
        }
    }

    /// RFC 6960 §4.2.2.2: the CA itself (none), or a certificate that the CA's key issued directly
    /// for this purpose.
    pub(super) fn find(
        &self,
        issuer: &Certificate,
        certificates: Vec<Certificate>,
    ) -> Result<Option<Certificate>, OcspFault> {
        let key = issuer.subject_public_key_info();
        if self.is(issuer) {
            return Ok(None);
        }
        let mut fault = OcspFault::Responder("its certificate did not come along".into());
        for responder in certificates.into_iter().filter(|one| self.is(one)) {
            // The CA under another of its names would be no delegation.
            if responder.subject_public_key_info() == key {
                continue;
            }
            match delegated(&responder, issuer) {
                Ok(()) => return Ok(Some(responder)),
                Err(why) => fault = OcspFault::Responder(why),
            }
        }
        Err(fault)
    }
}

fn delegated(responder: &Certificate, issuer: &Certificate) -> Result<(), String> {
    let same_key = match (
        responder.authority_key_identifier(),
        issuer.subject_key_identifier(),
    ) {
        (Some(wanted), Some(found)) => wanted == found,
        (Some(_) | None, None) | (None, Some(_)) => true,
    };
    if !responder.issuer().matches(issuer.subject()) || !same_key {
        return Err("the CA did not issue its certificate".into());
    }
    let may_answer = responder
        .purposes()
        .is_some_and(|purposes| purposes.iter().any(|purpose| purpose.is(OCSP_SIGNING)));
    if !may_answer {
        return Err("its certificate has no extended key usage OCSPSigning".into());
    }
    if responder
        .key_usage()
        .is_some_and(|usage| !usage.digital_signature)
    {
        return Err("its certificate has a key usage without digitalSignature".into());
    }
    if let [unknown, ..] = responder.unknown_critical_extensions() {
        return Err(format!("its certificate has the extension {unknown}"));
    }
    if let [violation, ..] = responder.violations() {
        return Err(format!(
            "its certificate is not as it should be: {violation}"
        ));
    }
    responder
        .verify_signed_by(issuer)
        .map_err(|fault| fault.to_string())
}

/// id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9
const OCSP_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];
