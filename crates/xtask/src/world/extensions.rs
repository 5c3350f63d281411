//! Certificate extensions that the demo's certificates carry and `rcgen` has no words for.

use rcgen::{CustomExtension, SanType};
use yasna::models::ObjectIdentifier;

/// Writes the certificatePolicies extension (RFC 5280 §4.2.1.4), without qualifiers.
pub fn policies(policies: &[&[u64]]) -> CustomExtension {
    let content = yasna::construct_der(|writer| {
        writer.write_sequence_of(|writer| {
            for policy in policies {
                writer.next().write_sequence(|writer| {
                    writer
                        .next()
                        .write_oid(&ObjectIdentifier::from_slice(policy));
                });
            }
        });
    });
    CustomExtension::from_oid_content(CERTIFICATE_POLICIES, content)
}

/// Names an account in the subjectAltName extension, as smart-card certificates do.
pub fn user_principal_name(name: &str) -> SanType {
    SanType::OtherName((USER_PRINCIPAL_NAME.to_vec(), name.into()))
}

/// The policy that stands for every policy.
pub const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];

/// The policy of certificates whose key lives on a card that asks for a PIN.
pub const CARD_POLICY: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 2];

/// The policy of all other certificates.
pub const PLAIN_POLICY: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 1];

/// Writes an object identifier with dots.
pub fn dotted(identifier: &[u64]) -> String {
    identifier
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];
const USER_PRINCIPAL_NAME: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
