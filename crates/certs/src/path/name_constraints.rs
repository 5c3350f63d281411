//! Name constraints (RFC 5280 §4.2.1.10): whether the names of a certificate lie within the subtrees
//! that a CA above it permits, and outside those that it excludes.
//!
//! `permitted_subtrees` of §6.1 is an intersection, and a name lies within an intersection exactly if
//! it lies within each part; so every CA's constraints are kept and judged as they stand. The same
//! holds of the union of `excluded_subtrees`.
//!
//! A principal name (UPN) has no rule in the standard. It is judged as an e-mail address is, with
//! the directory's habits: `lee@meridian.example` is one account, `meridian.example` and
//! `@meridian.example` are all accounts of that domain, `.meridian.example` all accounts of domains
//! below it; case does not count.

use super::work::{Bound, Work};
use crate::certificate::{Certificate, GeneralName, NameConstraints, Subtree};
use crate::name::{Name, hex};
use crate::oid::Oid;

mod forms;

use forms::{dns, ip, principal_name, rfc822, uri_host};

/// A name that breaks a constraint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is outside of what is permitted.
    NotPermitted { name: String, permitted: String },
    /// It is within what is excluded.
    Excluded { name: String, excluded: String },
    /// The name or the constraint cannot be judged, and one applies to the other.
    NotJudged { name: String, constraint: String },
    /// The bound of the work was met.
    Bound(Bound),
}

/// §6.1.3 (b) and (c), for the constraints of one CA. What holds is judged once in a decision,
/// however many paths lead by.
pub(super) fn judge(
    certificate: &Certificate,
    authority: &Certificate,
    work: &mut Work<'_>,
) -> Result<(), Broken> {
    let Some(constraints) = authority.name_constraints() else {
        return Ok(());
    };
    if work.names_hold(certificate, authority) {
        return Ok(());
    }
    judge_names(certificate, constraints, work)?;
    work.remember_names(certificate, authority);
    Ok(())
}

fn judge_names(
    certificate: &Certificate,
    constraints: &NameConstraints,
    work: &mut Work<'_>,
) -> Result<(), Broken> {
    let subject = certificate.subject();
    if !subject.is_empty() {
        judge_name(&Held::Directory(subject), constraints, work)?;
    }
    // The standard asks for the subject's own addresses only where there is no alternative name; but
    // the name space is that of all subject names.
    for address in subject.email_addresses() {
        judge_name(&Held::Rfc822(address), constraints, work)?;
    }
    for name in certificate.alternative_names() {
        if name.is_blank() {
            return Err(Broken::NotJudged {
                name: Held::of(name).show(),
                constraint: "constraints of any form".to_owned(),
            });
        }
        judge_name(&Held::of(name), constraints, work)?;
    }
    Ok(())
}

/// A name that a certificate has.
enum Held<'a> {
    Directory(&'a Name),
    Rfc822(&'a str),
    /// An address with characters beyond ASCII, to which the constraints of addresses apply (RFC 9598
    /// §6). The text is missing where it cannot be read.
    SmtpUtf8(Option<&'a str>),
    Dns(&'a str),
    Uri(&'a str),
    Ip(&'a [u8]),
    /// The text is missing where it cannot be read.
    PrincipalName(Option<&'a str>),
    Other(&'a Oid),
    X400,
    EdiParty,
    Registered(&'a Oid),
}

/// What a name is to a subtree.
enum Place {
    Within,
    Outside,
    NotJudged,
}

fn judge_name(
    name: &Held<'_>,
    constraints: &NameConstraints,
    work: &mut Work<'_>,
) -> Result<(), Broken> {
    let excluded = constraints.excluded.iter().map(|subtree| (true, subtree));
    let permitted = constraints.permitted.iter().map(|subtree| (false, subtree));
    let mut outside: Option<&Subtree> = None;
    let mut within = false;
    for (excludes, subtree) in excluded.chain(permitted) {
        work.name_comparison().map_err(Broken::Bound)?;
        let Some(place) = name.place(subtree, excludes) else {
            continue;
        };
        match (place, excludes) {
            (Place::Within, true) => {
                return Err(Broken::Excluded {
                    name: name.show(),
                    excluded: show(&subtree.base),
                });
            }
            (Place::Within, false) => within = true,
            (Place::Outside, true) => {}
            (Place::Outside, false) => outside = outside.or(Some(subtree)),
            (Place::NotJudged, _) => {
                return Err(Broken::NotJudged {
                    name: name.show(),
                    constraint: show(&subtree.base),
                });
            }
        }
    }
    match outside {
        Some(subtree) if !within => Err(Broken::NotPermitted {
            name: name.show(),
            permitted: show(&subtree.base),
        }),
        Some(_) | None => Ok(()),
    }
}

impl<'a> Held<'a> {
    fn of(name: &'a GeneralName) -> Self {
        match name {
            GeneralName::Directory(name) => Self::Directory(name),
            GeneralName::Rfc822(address) => Self::Rfc822(address),
            GeneralName::Dns(host) => Self::Dns(host),
            GeneralName::Uri(uri) => Self::Uri(uri),
            GeneralName::Ip(address) => Self::Ip(address),
            GeneralName::Other { .. } if name.is_principal_name() => {
                Self::PrincipalName(name.principal_name())
            }
            GeneralName::Other { .. } if name.is_smtp_utf8_mailbox() => {
                Self::SmtpUtf8(name.smtp_utf8_mailbox())
            }
            GeneralName::Other { kind, .. } => Self::Other(kind),
            GeneralName::X400 => Self::X400,
            GeneralName::EdiParty => Self::EdiParty,
            GeneralName::Registered(oid) => Self::Registered(oid),
        }
    }

    /// Where the name stands to a subtree of its own form; `None` for one of another form.
    fn place(&self, subtree: &Subtree, excludes: bool) -> Option<Place> {
        let base = &subtree.base;
        let judged = match (self, base) {
            (Self::Directory(name), GeneralName::Directory(base)) => Some(base.holds(name)),
            (Self::Rfc822(address), GeneralName::Rfc822(base)) => rfc822(address, base),
            (Self::SmtpUtf8(address), GeneralName::Rfc822(base)) => {
                address.and_then(|address| rfc822(address, base))
            }
            (Self::SmtpUtf8(_), GeneralName::Other { .. }) if base.is_smtp_utf8_mailbox() => None,
            (Self::Dns(host), GeneralName::Dns(base)) => dns(host, base, excludes),
            (Self::Uri(uri), GeneralName::Uri(base)) => uri_host(uri, base),
            (Self::Ip(address), GeneralName::Ip(range)) => ip(address, range, excludes),
            (Self::PrincipalName(name), GeneralName::Other { .. }) if base.is_principal_name() => {
                match (name, base.principal_name()) {
                    (Some(name), Some(base)) => principal_name(name, base),
                    (Some(_) | None, Some(_) | None) => None,
                }
            }
            (Self::Other(held), GeneralName::Other { kind, .. }) if *held == kind => None,
            (Self::X400, GeneralName::X400)
            | (Self::EdiParty, GeneralName::EdiParty)
            | (Self::Registered(_), GeneralName::Registered(_)) => None,
            (
                Self::Directory(_)
                | Self::Rfc822(_)
                | Self::SmtpUtf8(_)
                | Self::Dns(_)
                | Self::Uri(_)
                | Self::Ip(_)
                | Self::PrincipalName(_)
                | Self::Other(_)
                | Self::X400
                | Self::EdiParty
                | Self::Registered(_),
                _,
            ) => return None,
        };
        Some(match judged {
            Some(true) => Place::Within,
            Some(false) => Place::Outside,
            None => Place::NotJudged,
        })
    }

    fn show(&self) -> String {
        match self {
            Self::Directory(name) => name.to_string(),
            Self::Rfc822(text) | Self::Dns(text) | Self::Uri(text) => (*text).to_owned(),
            Self::Ip(address) => show_address(address),
            Self::SmtpUtf8(address) => address.unwrap_or("an address that is no text").into(),
            Self::PrincipalName(name) => name.unwrap_or("a principal name that is no text").into(),
            Self::Other(kind) => format!("a name of the kind {kind}"),
            Self::X400 => "an X.400 address".to_owned(),
            Self::EdiParty => "the name of an EDI party".to_owned(),
            Self::Registered(oid) => oid.to_string(),
        }
    }
}

/// The base of a subtree as people read it.
fn show(base: &GeneralName) -> String {
    match base {
        GeneralName::Ip(range) => {
            let (address, mask) = range
                .split_at_checked(range.len() / 2)
                .unwrap_or((range, &[]));
            let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            format!("{}/{ones}", show_address(address))
        }
        GeneralName::Other { .. }
        | GeneralName::Rfc822(_)
        | GeneralName::Dns(_)
        | GeneralName::X400
        | GeneralName::Directory(_)
        | GeneralName::EdiParty
        | GeneralName::Uri(_)
        | GeneralName::Registered(_) => Held::of(base).show(),
    }
}

fn show_address(address: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(address) {
        std::net::Ipv4Addr::from(four).to_string()
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(address) {
        std::net::Ipv6Addr::from(sixteen).to_string()
    } else {
        hex(address)
    }
}
