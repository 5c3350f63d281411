//! What a certificate is meant for (RFC 5280 §4.2.1.3, §4.2.1.12). The standard says nothing of
//! extended key usage in CAs; directories let it limit what is below, and so does this.

use crate::certificate::Certificate;
use crate::code;
use crate::trace::{Check, Line};

/// What a leaf must be meant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// TLS client authentication (clientAuth). A leaf without extended key usage is meant for it
    /// too.
    #[default]
    ClientAuthentication,
    /// Smart card logon, which the leaf must name, as Windows asks by default.
    SmartcardLogon,
    /// What a PIV card's authentication certificate is for: clientAuth, smart card logon, or
    /// PKINIT's client. One for the card alone (id-PIV-cardAuth) proves no person.
    PivAuthentication,
    /// Anything, whatever its key usages are.
    Any,
}

impl Purpose {
    /// The purposes of which one is enough.
    const fn wanted(self) -> &'static [(&'static [u8], &'static str)] {
        const CLIENT_AUTHENTICATION: (&[u8], &str) = (
            &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
            "1.3.6.1.5.5.7.3.2",
        );
        const SMARTCARD_LOGON: (&[u8], &str) = (
            &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x02],
            "1.3.6.1.4.1.311.20.2.2",
        );
        const PKINIT_CLIENT: (&[u8], &str) = (
            &[0x2b, 0x06, 0x01, 0x05, 0x02, 0x03, 0x04],
            "1.3.6.1.5.2.3.4",
        );
        match self {
            Self::ClientAuthentication => &[CLIENT_AUTHENTICATION],
            Self::SmartcardLogon => &[SMARTCARD_LOGON],
            Self::PivAuthentication => &[CLIENT_AUTHENTICATION, SMARTCARD_LOGON, PKINIT_CLIENT],
            Self::Any => &[],
        }
    }
}

/// Judges whether the leaf is meant for the purpose, and whether each CA above lets it be: one of
/// the wanted purposes must stand in every extended key usage from the anchor down.
pub(crate) fn judge<'a>(
    leaf: &'a Certificate,
    authorities: impl Iterator<Item = &'a Certificate>,
    purpose: Purpose,
) -> Line {
    if purpose == Purpose::Any {
        return Line::not_checked(Check::Purpose).on(leaf.subject());
    }
    if let Some(usage) = leaf.key_usage()
        && !usage.digital_signature
    {
        return Line::failed(Check::Purpose, code::NOT_FOR_SIGN_IN)
            .on(leaf.subject())
            .expected("key usage digitalSignature")
            .found(format!("key usage {usage}"));
    }
    if purpose == Purpose::SmartcardLogon && leaf.purposes().is_none() {
        return failed(leaf, purpose, "no extended key usage".to_owned());
    }
    let mut left: Vec<&[u8]> = purpose.wanted().iter().map(|(oid, _)| *oid).collect();
    for certificate in std::iter::once(leaf).chain(authorities) {
        let Some(purposes) = certificate.purposes() else {
            continue;
        };
        if purposes.iter().any(|oid| oid.is(ANY)) {
            continue;
        }
        left.retain(|wanted| purposes.iter().any(|oid| oid.is(wanted)));
        if left.is_empty() {
            let found = certificate.extended_key_usage().unwrap_or_default();
            return failed(certificate, purpose, found.join(", "));
        }
    }
    Line::passed(Check::Purpose)
        .on(leaf.subject())
        .found(match (leaf.purposes(), purpose) {
            (None, _) => "any purpose",
            (Some(_), Purpose::SmartcardLogon) => "smart card logon",
            (Some(_), Purpose::PivAuthentication) => "authentication with a PIV card",
            (Some(_), Purpose::ClientAuthentication | Purpose::Any) => "client authentication",
        })
}

fn failed(certificate: &Certificate, purpose: Purpose, found: String) -> Line {
    let wanted: Vec<&str> = purpose.wanted().iter().map(|(_, text)| *text).collect();
    Line::failed(Check::Purpose, code::NOT_FOR_SIGN_IN)
        .on(certificate.subject())
        .expected(wanted.join(" or "))
        .found(found)
}

/// anyExtendedKeyUsage, 2.5.29.37.0.
const ANY: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
