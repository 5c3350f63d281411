//! Certificate values of accounts (`certificateUserIds`): which a certificate has, whether a text is
//! one, and who else has it.

use certs::{Certificate, hex};

use crate::binding::CertificateField;
use crate::dn;

/// A value by which an account can name a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserId {
    /// The field that it states.
    pub field: CertificateField,
    /// The value, with its prefix.
    pub value: String,
    /// How the serial number in it is written, where there is one.
    pub serial: Option<SerialOrder>,
}

/// In which order the bytes of a serial number are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialOrder {
    /// The last byte first, as the directory wants it.
    Reversed,
    /// The first byte first, as certificates are displayed.
    Displayed,
}

/// Why a text is no certificate value, or why values cannot be an account's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserIdFault {
    /// It has no prefix that is known; prefixes are compared exactly.
    #[error(
        "{0:?} begins with none of the prefixes X509:<PN>, X509:<RFC822>, X509:<SKI>, \
             X509:<SHA1-PUKEY>, X509:<S>, X509:<I>…<S>, X509:<I>…<SR>"
    )]
    Prefix(String),
    /// Nothing follows the prefix.
    #[error("{0:?} has nothing after its prefix")]
    Empty(String),
    /// It is longer than [`LONGEST`] characters.
    #[error("a value has at most {LONGEST} characters, and this has {0}")]
    TooLong(usize),
    /// There are more than [`MOST`].
    #[error("an account has at most {MOST} values, and here are {0}")]
    TooMany(usize),
    /// It stands twice.
    #[error("{0:?} stands twice")]
    Twice(String),
    /// Another account has it.
    #[error("{value:?} is a value of {account} already")]
    Taken {
        /// The value.
        value: String,
        /// The id of the account that has it.
        account: String,
    },
}

/// Every value of a certificate, in the order of the fields; issuer and serial number in both
/// orders, the directory's first.
#[must_use]
pub fn of(leaf: &Certificate) -> Vec<UserId> {
    let mut found = Vec::new();
    for field in CertificateField::ALL {
        let prefix = field.prefix();
        found.extend(bare(field, leaf).into_iter().map(|value| UserId {
            field,
            value: format!("{prefix}{value}"),
            serial:
                (field == CertificateField::IssuerAndSerialNumber).then_some(SerialOrder::Reversed),
        }));
        if field == CertificateField::IssuerAndSerialNumber {
            let issuer = dn::directory_form(leaf.issuer());
            found.push(UserId {
                field,
                value: format!("{prefix}{issuer}<SR>{}", leaf.serial_hex()),
                serial: Some(SerialOrder::Displayed),
            });
        }
    }
    found
}

/// The field that a value states.
///
/// # Errors
/// [`UserIdFault`] if it is no certificate value.
pub fn field_of(value: &str) -> Result<CertificateField, UserIdFault> {
    let length = value.chars().count();
    if length > LONGEST {
        return Err(UserIdFault::TooLong(length));
    }
    let simple = [
        CertificateField::PrincipalName,
        CertificateField::Rfc822Name,
        CertificateField::SubjectKeyIdentifier,
        CertificateField::Sha1PublicKey,
        CertificateField::Subject,
    ];
    let (field, states_something) = if let Some((field, rest)) = simple
        .into_iter()
        .find_map(|field| Some((field, value.strip_prefix(field.prefix())?)))
    {
        (field, !rest.is_empty())
    } else if let Some(rest) = value.strip_prefix("X509:<I>") {
        let compound = [
            ("<SR>", CertificateField::IssuerAndSerialNumber),
            ("<S>", CertificateField::IssuerAndSubject),
        ]
        .into_iter()
        .find_map(|(tag, field)| Some((field, rest.split_once(tag)?)));
        let Some((field, (issuer, second))) = compound else {
            return Err(UserIdFault::Prefix(value.to_owned()));
        };
        (field, !issuer.is_empty() && !second.is_empty())
    } else {
        return Err(UserIdFault::Prefix(value.to_owned()));
    };
    if states_something {
        Ok(field)
    } else {
        Err(UserIdFault::Empty(value.to_owned()))
    }
}

/// Whether values can be those of one account, in a tenant where the `others` have theirs.
///
/// # Errors
/// Each [`UserIdFault`], with the place of the value where it is one value's.
pub fn check<'a>(
    values: &[String],
    others: impl IntoIterator<Item = (&'a str, &'a [String])>,
) -> Result<(), Vec<(Option<usize>, UserIdFault)>> {
    let mut faults = Vec::new();
    if values.len() > MOST {
        faults.push((None, UserIdFault::TooMany(values.len())));
    }
    let mut seen: Vec<String> = Vec::new();
    for (place, value) in values.iter().enumerate() {
        if let Err(fault) = field_of(value) {
            faults.push((Some(place), fault));
            continue;
        }
        let same = canonical(value);
        if seen.contains(&same) {
            faults.push((Some(place), UserIdFault::Twice(value.clone())));
        }
        seen.push(same);
    }
    for (account, theirs) in others {
        for taken in theirs {
            let taken = canonical(taken);
            let place = values.iter().position(|value| canonical(value) == taken);
            if let Some((place, value)) = place.and_then(|place| Some((place, values.get(place)?)))
            {
                faults.push((
                    Some(place),
                    UserIdFault::Taken {
                        value: value.clone(),
                        account: account.to_owned(),
                    },
                ));
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

/// What is equal for two values exactly if a certificate that fits one fits the other: names and
/// hex digits count in either case.
#[must_use]
pub fn canonical(value: &str) -> String {
    match field_of(value) {
        Ok(
            CertificateField::PrincipalName
            | CertificateField::Rfc822Name
            | CertificateField::SubjectKeyIdentifier
            | CertificateField::Sha1PublicKey,
        ) => value.to_lowercase(),
        Ok(CertificateField::IssuerAndSerialNumber) => match value.split_once("<SR>") {
            Some((issuer, serial)) => format!("{issuer}<SR>{}", significant(serial)),
            None => value.to_owned(),
        },
        Ok(CertificateField::IssuerAndSubject | CertificateField::Subject) | Err(_) => {
            value.to_owned()
        }
    }
}

/// The field's values in the certificate, without prefix.
pub(crate) fn bare(field: CertificateField, leaf: &Certificate) -> Vec<String> {
    let present = |values: &[String]| -> Vec<String> {
        values
            .iter()
            .filter(|value| !value.is_empty())
            .cloned()
            .collect()
    };
    let named = |name: String| {
        if name.is_empty() {
            Vec::new()
        } else {
            vec![name]
        }
    };
    match field {
        CertificateField::PrincipalName => present(leaf.principal_names()),
        CertificateField::Rfc822Name => present(leaf.emails()),
        CertificateField::SubjectKeyIdentifier => leaf
            .subject_key_identifier()
            .map(|key| vec![hex(key).to_uppercase()])
            .unwrap_or_default(),
        CertificateField::Sha1PublicKey => vec![leaf.thumbprint()],
        CertificateField::IssuerAndSerialNumber => {
            let reversed: Vec<u8> = leaf.serial().iter().rev().copied().collect();
            let issuer = dn::directory_form(leaf.issuer());
            vec![format!("{issuer}<SR>{}", hex(&reversed))]
        }
        CertificateField::IssuerAndSubject => named(subject(leaf))
            .into_iter()
            .map(|subject| format!("{}<S>{subject}", dn::directory_form(leaf.issuer())))
            .collect(),
        CertificateField::Subject => named(subject(leaf)),
    }
}

fn subject(leaf: &Certificate) -> String {
    if leaf.subject().is_empty() {
        String::new()
    } else {
        dn::directory_form(leaf.subject())
    }
}

/// A reversed serial number in lowercase, without the zero bytes that only keep its first bit from
/// being a sign: two encodings of one number are one.
pub(crate) fn significant(reversed: &str) -> String {
    let lower = reversed.to_lowercase();
    let mut rest = lower.as_str();
    while let Some(shorter) = rest.strip_suffix("00") {
        if shorter.is_empty() {
            break;
        }
        rest = shorter;
    }
    rest.to_owned()
}

/// Most values of one account.
pub const MOST: usize = 10;
/// Most characters of one value.
pub const LONGEST: usize = 1024;
