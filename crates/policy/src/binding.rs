//! Username bindings: which field of a certificate has to equal which property of an account.

use certs::{Certificate, Check, Line, Trace, hex};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::code;
use crate::method::MethodPolicy;

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
}

/// A field of a certificate that can name an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Affinity {
    /// A name, which another CA could repeat.
    Low,
    /// A key, a certificate, or an issuer's serial number.
    High,
}

/// The binding that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Match {
    pub(crate) field: CertificateField,
    pub(crate) property: UserProperty,
    pub(crate) rank: usize,
    pub(crate) value: String,
}

impl CertificateField {
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

    /// The field's values in the certificate, bare.
    fn values(self, leaf: &Certificate) -> Vec<String> {
        let one = |value: String| vec![value];
        match self {
            Self::PrincipalName => leaf.principal_names().to_vec(),
            Self::Rfc822Name => leaf.emails().to_vec(),
            Self::SubjectKeyIdentifier => leaf
                .subject_key_identifier()
                .map(|key| vec![hex(key).to_uppercase()])
                .unwrap_or_default(),
            Self::Sha1PublicKey => one(leaf.thumbprint()),
            Self::IssuerAndSerialNumber => one(format!(
                "{}<SR>{}",
                leaf.issuer().directory_form(),
                hex(&leaf.serial().iter().rev().copied().collect::<Vec<u8>>())
            )),
            Self::IssuerAndSubject => one(format!(
                "{}<S>{}",
                leaf.issuer().directory_form(),
                leaf.subject().directory_form()
            )),
            Self::Subject => one(leaf.subject().directory_form()),
        }
    }

    /// The prefix of the field's values among an account's certificate values.
    const fn prefix(self) -> &'static str {
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

    fn values(self, account: &Account) -> Vec<&str> {
        match self {
            Self::UserPrincipalName => vec![&account.user_principal_name],
            Self::OnPremisesUserPrincipalName => account
                .on_premises_user_principal_name
                .iter()
                .map(String::as_str)
                .collect(),
            Self::CertificateUserIds => account
                .certificate_user_ids
                .iter()
                .map(String::as_str)
                .collect(),
        }
    }
}

/// Tries the bindings in the order of their priorities; each leaves a line for administrators, and
/// the person reads only what the certificate says.
pub(crate) fn find(
    policy: &MethodPolicy,
    leaf: &Certificate,
    account: &Account,
    trace: &mut Trace,
) -> Option<Match> {
    let mut bindings: Vec<&UsernameBinding> = policy
        .username_bindings
        .iter()
        .filter(|binding| binding.field.affinity() >= policy.required_affinity)
        .collect();
    bindings.sort_by_key(|binding| binding.priority);
    let mut tried = Vec::new();
    let mut any_field = false;
    for (index, binding) in bindings.iter().enumerate() {
        let values = binding.field.values(leaf);
        any_field |= !values.is_empty();
        let wanted = binding.property.values(account);
        let matching = values.iter().find(|value| {
            wanted
                .iter()
                .any(|wanted| matches(**binding, value, wanted))
        });
        let line = match matching {
            Some(_) => Line::passed(Check::Account),
            None => Line::not_checked(Check::Account),
        };
        tried.push(
            line.expected(format!("{} {}", binding.property.name(), wanted.join(" ")))
                .found(format!("{} {}", binding.field.name(), values.join(" ")))
                .for_administrators(),
        );
        if let Some(value) = matching {
            for line in tried {
                trace.push(line);
            }
            trace.push(
                Line::passed(Check::Account)
                    .on(leaf.subject())
                    .found(format!("{} {value}", binding.field.name())),
            );
            return Some(Match {
                field: binding.field,
                property: binding.property,
                rank: index + 1,
                value: value.clone(),
            });
        }
    }
    for line in tried {
        trace.push(line);
    }
    let presented: Vec<String> = bindings
        .iter()
        .flat_map(|binding| {
            let field = binding.field;
            field
                .values(leaf)
                .into_iter()
                .map(move |value| format!("{} {value}", field.name()))
        })
        .collect();
    let mut presented_once = presented;
    presented_once.dedup();
    let code = if any_field {
        code::NO_ACCOUNT
    } else {
        code::FIELD_MISSING
    };
    let line = Line::failed(Check::Account, code)
        .on(leaf.subject())
        .expected("a certificate of the account that was entered");
    trace.push(if presented_once.is_empty() {
        line.found("none of the fields that name an account")
    } else {
        line.found(presented_once.join("; "))
    });
    None
}

/// Usernames are compared without regard to case; an account's certificate values are compared
/// with their prefix exactly, except for hex digits and usernames, whose case says nothing.
fn matches(binding: UsernameBinding, value: &str, wanted: &str) -> bool {
    if value.is_empty() || wanted.is_empty() {
        return false;
    }
    match binding.property {
        UserProperty::UserPrincipalName | UserProperty::OnPremisesUserPrincipalName => {
            value.eq_ignore_ascii_case(wanted)
        }
        UserProperty::CertificateUserIds => {
            let Some(rest) = wanted.strip_prefix(binding.field.prefix()) else {
                return false;
            };
            match binding.field {
                CertificateField::PrincipalName
                | CertificateField::Rfc822Name
                | CertificateField::SubjectKeyIdentifier
                | CertificateField::Sha1PublicKey => value.eq_ignore_ascii_case(rest),
                CertificateField::IssuerAndSerialNumber => {
                    match (value.split_once("<SR>"), rest.split_once("<SR>")) {
                        (Some((issuer, serial)), Some((wanted_issuer, wanted_serial))) => {
                            issuer == wanted_issuer && serial.eq_ignore_ascii_case(wanted_serial)
                        }
                        (Some(_) | None, None) | (None, Some(_)) => false,
                    }
                }
                CertificateField::IssuerAndSubject | CertificateField::Subject => value == rest,
            }
        }
    }
}
