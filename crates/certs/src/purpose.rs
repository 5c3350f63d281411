use crate::certificate::Certificate;
use crate::code;
use crate::trace::{Check, Line};

/// Judges whether a certificate is meant for signing in: its key usage has digitalSignature where
/// it has one, and its extended key usage has clientAuth where it has one.
pub(crate) fn judge(leaf: &Certificate) -> Line {
    if let Some(usage) = leaf.key_usage()
        && !usage.digital_signature
    {
        return Line::failed(Check::Purpose, code::NOT_FOR_SIGN_IN)
            .on(leaf.subject())
            .expected("key usage digitalSignature")
            .found("a key usage without it");
    }
    match leaf.extended_key_usage() {
        None => Line::passed(Check::Purpose)
            .on(leaf.subject())
            .found("any purpose"),
        Some(purposes) if purposes.iter().any(|oid| oid == CLIENT_AUTH || oid == ANY) => {
            Line::passed(Check::Purpose)
                .on(leaf.subject())
                .found("client authentication")
        }
        Some(purposes) => Line::failed(Check::Purpose, code::NOT_FOR_SIGN_IN)
            .on(leaf.subject())
            .expected(CLIENT_AUTH)
            .found(purposes.join(", ")),
    }
}

const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
/// anyExtendedKeyUsage.
const ANY: &str = "2.5.29.37.0";
