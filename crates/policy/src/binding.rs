//! Username bindings: which field of a certificate has to equal which property of an account.

use certs::{Certificate, hex};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::dn;
use crate::settings::SerialOrders;
use crate::user_ids;

pub(crate) mod search;

/// One binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsernameBinding {
    /// The certificate's field.
    #[serde(rename = "x509CertificateField")]
    pub field: CertificateField,
    /// The account's property.
    #[serde(rename = "userProperty")]
    pub property: UserProperty,
    /// The lowest number is tried first.
    pub priority: u32,
    /// The affinity that the policy states. It counts where it is below the field's own.
    #[serde(
        rename = "trustAffinityLevel",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub affinity: Option<Affinity>,
}

/// A field of a certificate that can name an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CertificateField {
    /// The principal name (UPN) of the subject alternative name.
    PrincipalName,
    /// The e-mail address of the subject alternative name.
    #[serde(rename = "RFC822Name")]
    Rfc822Name,
    /// The subject key identifier.
    SubjectKeyIdentifier,
    /// The thumbprint; the directory's name for it is historical.
    #[serde(rename = "SHA1PublicKey")]
    Sha1PublicKey,
    /// Issuer and serial number, the serial's bytes reversed.
    IssuerAndSerialNumber,
    /// Issuer and subject.
    IssuerAndSubject,
    /// Subject.
    Subject,
}

/// A property of an account that can hold a certificate's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserProperty {
    /// The username.
    UserPrincipalName,
    /// The username on the premises.
    OnPremisesUserPrincipalName,
    /// The account's certificate values.
    CertificateUserIds,
}

/// How hard a binding is to imitate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Affinity {
    /// A name, which another CA could repeat.
    #[default]
    Low,
    /// A key, a certificate, or an issuer's serial number.
    High,
}

impl UsernameBinding {
    /// A binding of the field's own affinity.
    #[must_use]
    pub const fn new(field: CertificateField, property: UserProperty, priority: u32) -> Self {
        Self {
            field,
            property,
            priority,
            affinity: None,
        }
    }

    /// How hard it is to imitate: what the policy states, and never more than the field gives.
    #[must_use]
    pub fn affinity(&self) -> Affinity {
        self.affinity.map_or(self.field.affinity(), |stated| {
            stated.min(self.field.affinity())
        })
    }
}

impl Affinity {
    /// The directory's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

impl CertificateField {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Self; 7] = [
        Self::PrincipalName,
        Self::Rfc822Name,
        Self::SubjectKeyIdentifier,
        Self::Sha1PublicKey,
        Self::IssuerAndSerialNumber,
        Self::IssuerAndSubject,
        Self::Subject,
    ];

    /// How hard the field is to imitate.
    #[must_use]
    pub const fn affinity(self) -> Affinity {
        match self {
            Self::SubjectKeyIdentifier | Self::Sha1PublicKey | Self::IssuerAndSerialNumber => {
                Affinity::High
            }
            Self::PrincipalName | Self::Rfc822Name | Self::IssuerAndSubject | Self::Subject => {
                Affinity::Low
            }
        }
    }

    /// The directory's name of the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrincipalName => "PrincipalName",
            Self::Rfc822Name => "RFC822Name",
            Self::SubjectKeyIdentifier => "SubjectKeyIdentifier",
            Self::Sha1PublicKey => "SHA1PublicKey",
            Self::IssuerAndSerialNumber => "IssuerAndSerialNumber",
            Self::IssuerAndSubject => "IssuerAndSubject",
            Self::Subject => "Subject",
        }
    }

    /// Whether an account's property can hold it.
    #[must_use]
    pub const fn may_bind_to(self, property: UserProperty) -> bool {
        match (self, property) {
            (_, UserProperty::CertificateUserIds) | (Self::PrincipalName | Self::Rfc822Name, _) => {
                true
            }
            (
                Self::SubjectKeyIdentifier
                | Self::Sha1PublicKey
                | Self::IssuerAndSerialNumber
                | Self::IssuerAndSubject
                | Self::Subject,
                UserProperty::UserPrincipalName | UserProperty::OnPremisesUserPrincipalName,
            ) => false,
        }
    }

    /// The prefix of the field's values among an account's certificate values.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::PrincipalName => "X509:<PN>",
            Self::Rfc822Name => "X509:<RFC822>",
            Self::SubjectKeyIdentifier => "X509:<SKI>",
            Self::Sha1PublicKey => "X509:<SHA1-PUKEY>",
            Self::IssuerAndSerialNumber | Self::IssuerAndSubject => "X509:<I>",
            Self::Subject => "X509:<S>",
        }
    }
}

impl UserProperty {
    /// The directory's name of the property.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserPrincipalName => "userPrincipalName",
            Self::OnPremisesUserPrincipalName => "onPremisesUserPrincipalName",
            Self::CertificateUserIds => "certificateUserIds",
        }
    }

    fn values(self, account: &Account) -> &[String] {
        match self {
            Self::UserPrincipalName => std::slice::from_ref(&account.user_principal_name),
            Self::OnPremisesUserPrincipalName => account.on_premises_user_principal_name.as_slice(),
            Self::CertificateUserIds => &account.certificate_user_ids,
        }
    }
}

/// The value of the certificate that equals one of the account's, if there is one.
///
/// Usernames are compared without regard to case; an account's certificate values are compared
/// with their prefix exactly, except for hex digits and usernames, whose case says nothing.
fn matching(
    binding: UsernameBinding,
    leaf: &Certificate,
    values: &[String],
    wanted: &[String],
    serials: SerialOrders,
) -> Option<String> {
    let same = |value: &&String| {
        wanted.iter().any(|wanted| match binding.property {
            UserProperty::UserPrincipalName | UserProperty::OnPremisesUserPrincipalName => {
                !wanted.is_empty() && value.to_lowercase() == wanted.to_lowercase()
            }
            UserProperty::CertificateUserIds => fits(binding.field, value, wanted, leaf, serials),
        })
    };
    values.iter().find(same).cloned()
}

fn fits(
    field: CertificateField,
    value: &str,
    wanted: &str,
    leaf: &Certificate,
    serials: SerialOrders,
) -> bool {
    let Some(rest) = wanted.strip_prefix(field.prefix()) else {
        return false;
    };
    match field {
        CertificateField::PrincipalName | CertificateField::Rfc822Name => {
            value.to_lowercase() == rest.to_lowercase()
        }
        CertificateField::SubjectKeyIdentifier | CertificateField::Sha1PublicKey => {
            value.eq_ignore_ascii_case(rest)
        }
        CertificateField::IssuerAndSubject | CertificateField::Subject => value == rest,
        CertificateField::IssuerAndSerialNumber => {
            let issuer = dn::directory_form(leaf.issuer());
            let Some(serial) = rest
                .strip_prefix(issuer.as_str())
                .and_then(|rest| rest.strip_prefix("<SR>"))
            else {
                return false;
            };
            let reversed: Vec<u8> = leaf.serial().iter().rev().copied().collect();
            let as_the_directory =
                user_ids::significant(serial) == user_ids::significant(&hex(&reversed));
            as_the_directory
                || (serials == SerialOrders::Either
                    && bare_number(serial) == bare_number(&leaf.serial_hex()))
        }
    }
}

/// A displayed serial number in lowercase, without the zero bytes in front.
fn bare_number(displayed: &str) -> String {
    let lower = displayed.to_lowercase();
    let mut rest = lower.as_str();
    while let Some(shorter) = rest.strip_prefix("00") {
        if shorter.is_empty() {
            break;
        }
        rest = shorter;
    }
    rest.to_owned()
}
