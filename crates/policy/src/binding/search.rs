//! Going through the bindings, for an account that is known or for one that is looked for.

use certs::{Certificate, Check, Line, Trace};

use super::{Affinity, CertificateField, UserProperty, UsernameBinding, matching};
use crate::account::Account;
use crate::code;
use crate::settings::{Compatibility, Settings};
use crate::user_ids;

/// The bindings and what they have to hold against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    /// In the order of their priorities.
    pub(crate) bindings: &'a [UsernameBinding],
    pub(crate) required: Affinity,
    /// Who asks for it, for administrators.
    pub(crate) required_by: &'a str,
    pub(crate) settings: &'a Settings,
}

/// The binding that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) field: CertificateField,
    pub(crate) property: UserProperty,
    pub(crate) rank: usize,
    /// Whom the certificate names, RFC 4514.
    pub(crate) subject: String,
}

/// How an account is found for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// By the username that was entered; the certificate has to fit the account.
    ByUsername,
    /// By the certificate: the one account that has one of these values there.
    ByCertificate {
        /// The property to search.
        property: UserProperty,
        /// The values, as the property holds them; usernames and hex digits in either case.
        values: Vec<String>,
    },
    /// By nothing: the certificate has no field that a binding names.
    NoField,
}

impl Search<'_> {
    /// Tries the bindings; each leaves a line for administrators, and the person reads only what
    /// the certificate says.
    pub(crate) fn find(
        &self,
        leaf: &Certificate,
        account: &Account,
        trace: &mut Trace,
    ) -> Option<Match> {
        let mut presented: Vec<String> = Vec::new();
        let mut in_question = 0;
        for binding in self.bindings {
            let values = user_ids::bare(binding.field, leaf);
            if !self.stops_at_mismatch() && binding.affinity() < self.required {
                trace.push(self.left_out(*binding, &values));
                note(&mut presented, binding.field, &values);
                continue;
            }
            in_question += 1;
            let wanted = binding.property.values(account);
            let found = (binding.affinity() >= self.required)
                .then(|| matching(*binding, leaf, &values, wanted, self.settings.serial_order))
                .flatten();
            let line = match found {
                Some(_) => Line::passed(Check::Account),
                None => Line::not_checked(Check::Account),
            };
            trace.push(
                line.expected(format!("{} {}", binding.property.name(), shown(wanted)))
                    .found(format!("{} {}", binding.field.name(), shown(&values)))
                    .for_administrators(),
            );
            if let Some(value) = found {
                let subject = leaf.subject().to_string();
                trace.push(
                    Line::passed(Check::Account)
                        .on(&subject)
                        .found(format!("{} {value}", binding.field.name())),
                );
                return Some(Match {
                    field: binding.field,
                    property: binding.property,
                    rank: in_question,
                    subject,
                });
            }
            note(&mut presented, binding.field, &values);
            if self.stops_at_mismatch() && !values.is_empty() {
                break;
            }
        }
        trace.push(Self::nobody(leaf, in_question, &presented));
        None
    }

    /// Which account to look for, where the tenant finds accounts by certificates.
    pub(crate) fn look_up(&self, leaf: &Certificate) -> LookUp {
        if !self.stops_at_mismatch() {
            return LookUp::ByUsername;
        }
        for binding in self.bindings {
            let values = user_ids::bare(binding.field, leaf);
            if values.is_empty() {
                continue;
            }
            let prefix = match binding.property {
                UserProperty::CertificateUserIds => binding.field.prefix(),
                UserProperty::UserPrincipalName | UserProperty::OnPremisesUserPrincipalName => "",
            };
            return LookUp::ByCertificate {
                property: binding.property,
                values: values
                    .into_iter()
                    .map(|value| format!("{prefix}{value}"))
                    .collect(),
            };
        }
        LookUp::NoField
    }

    fn stops_at_mismatch(&self) -> bool {
        self.settings.compatibility == Compatibility::Preview2022
    }

    fn left_out(&self, binding: UsernameBinding, values: &[String]) -> Line {
        Line::not_checked(Check::Account)
            .expected(format!(
                "{} affinity, which {} asks for",
                self.required.word(),
                self.required_by
            ))
            .found(format!(
                "{} {}, {} affinity",
                binding.field.name(),
                shown(values),
                binding.affinity().word()
            ))
            .for_administrators()
    }

    /// The line that the person reads, whoever the account is, and whether or not there is one.
    fn nobody(leaf: &Certificate, in_question: usize, presented: &[String]) -> Line {
        if presented.is_empty() {
            return Line::failed(Check::Account, code::FIELD_MISSING)
                .on(leaf.subject())
                .expected(FITTING)
                .found("none of the fields that name an account");
        }
        let expected = if in_question == 0 {
            "a certificate that is tied to the account by its key, not by a name"
        } else {
            FITTING
        };
        Line::failed(Check::Account, code::NO_ACCOUNT)
            .on(leaf.subject())
            .expected(expected)
            .found(presented.join("; "))
    }
}

fn note(presented: &mut Vec<String>, field: CertificateField, values: &[String]) {
    for value in values {
        let text = format!("{} {value}", field.name());
        if !presented.contains(&text) {
            presented.push(text);
        }
    }
}

fn shown(values: &[String]) -> String {
    let all: Vec<&str> = values
        .iter()
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .collect();
    if all.is_empty() {
        "(none)".to_owned()
    } else {
        all.join(" ")
    }
}

const FITTING: &str = "a certificate of the account that was entered";
