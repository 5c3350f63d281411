//! Name constraints (RFC 5280 §4.2.1.10): whether the names of a certificate lie within the subtrees
//! that a CA above it permits, and outside those that it excludes.
//!
//! permitted_subtrees of §6.1 is an intersection, and a name lies within an intersection exactly if
//! it lies within each part; so every CA's constraints are kept and judged as they stand. The same
//! holds of the union of excluded_subtrees.
//!
//! A principal name (UPN) has no rule in the standard. It is judged as an e-mail address is, with
//! the directory's habits: `lee@meridian.example` is one account, `meridian.example` and
//! `@meridian.example` are all accounts of that domain, `.meridian.example` all accounts of domains
//! below it; case does not count.

use super::work::{Bound, Work};
use crate::certificate::{Certificate, GeneralName, NameConstraints, Subtree};
use crate::name::{Name, fold, hex};
use crate::oid::Oid;

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

/// §6.1.3 (b) and (c), for the constraints of one CA.
pub(super) fn judge(
    certificate: &Certificate,
    constraints: &NameConstraints,
    work: &mut Work<'_>,
) -> Result<(), Broken> {
    let subject = certificate.subject();
    if !subject.is_empty() {
        judge_name(&Held::Directory(subject), constraints, work)?;
    }
    // Where no alternative name is an address, the subject's own address attributes are judged.
    if certificate.emails().is_empty() {
        for address in subject.email_addresses() {
            judge_name(&Held::Rfc822(address), constraints, work)?;
        }
    }
    for name in certificate.alternative_names() {
        judge_name(&Held::of(name), constraints, work)?;
    }
    Ok(())
}

/// A name that a certificate has.
enum Held<'a> {
    Directory(&'a Name),
    Rfc822(&'a str),
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
            (Self::Dns(host), GeneralName::Dns(base)) => dns(host, base, excludes),
            (Self::Uri(uri), GeneralName::Uri(base)) => uri_host(uri, base),
            (Self::Ip(address), GeneralName::Ip(range)) => ip(address, range),
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
            _ if subtree.bounded => Place::NotJudged,
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

/// A base with an @ is one mailbox, one that begins with a dot all hosts below it, another one host.
/// The part before the @ is compared exactly (RFC 5280 §7.5). `None` if either is malformed.
fn rfc822(address: &str, base: &str) -> Option<bool> {
    let (local, host) = mailbox(address)?;
    if base.contains('@') {
        let (base_local, base_host) = base.split_once('@')?;
        if base_local.is_empty() || !is_host(base_host) {
            return None;
        }
        return Some(local == base_local && host.eq_ignore_ascii_case(base_host));
    }
    host_or_below(host, base)
}

/// The two parts of an address; the first may hold an @ in quotes.
fn mailbox(address: &str) -> Option<(&str, &str)> {
    let (local, host) = address.rsplit_once('@')?;
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let plain = !local.is_empty()
        && !local
            .chars()
            .any(|character| matches!(character, '@' | '"' | ' ' | ',' | ';' | '<' | '>'));
    ((quoted || plain) && is_host(host)).then_some((local, host))
}

/// As an e-mail address, but without regard to case, and `@host` means the host.
fn principal_name(name: &str, base: &str) -> Option<bool> {
    let name = fold(name);
    let base = fold(base);
    let (user, domain) = name.rsplit_once('@')?;
    if user.is_empty() || domain.is_empty() {
        return None;
    }
    match base.rsplit_once('@') {
        Some((_, "")) => None,
        Some(("", base_domain)) => Some(domain == base_domain),
        Some((base_user, base_domain)) => Some(user == base_user && domain == base_domain),
        None if base == "." => None,
        None if base.starts_with('.') => Some(domain.ends_with(&base) && domain != base),
        None => Some(base.is_empty() || domain == base),
    }
}

/// The base `host.example` holds itself and what is below it. A wildcard stands for one label, so
/// it is within what is excluded as soon as one such host is.
fn dns(host: &str, base: &str, excludes: bool) -> Option<bool> {
    let pattern = host.strip_prefix("*.");
    if !is_host(pattern.unwrap_or(host)) {
        return None;
    }
    if base.is_empty() {
        return Some(true);
    }
    if !is_host(base) {
        return None;
    }
    if is_at_or_below(host, base) {
        return Some(true);
    }
    let covers = match (pattern, base.split_once('.')) {
        (Some(parent), Some((_, above))) => excludes && parent.eq_ignore_ascii_case(above),
        (Some(_) | None, _) => false,
    };
    Some(covers)
}

/// The host of a URI against a host, or against all below `.domain`. A URI without a host, or with
/// an address for one, cannot be judged (RFC 5280 §4.2.1.10).
fn uri_host(uri: &str, base: &str) -> Option<bool> {
    let (scheme, rest) = uri.split_once(':')?;
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(letters)
    {
        return None;
    }
    let authority = rest.strip_prefix("//")?;
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let authority = authority.get(..end)?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) => return None,
        None => host,
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
    if !is_host(host) || is_address {
        return None;
    }
    host_or_below(host, base)
}

/// `host` exactly, or strictly below `.domain`; an empty base is every host.
fn host_or_below(host: &str, base: &str) -> Option<bool> {
    if base.is_empty() {
        return Some(true);
    }
    match base.strip_prefix('.') {
        Some(domain) if is_host(domain) => {
            Some(is_at_or_below(host, domain) && !host.eq_ignore_ascii_case(domain))
        }
        None if is_host(base) => Some(host.eq_ignore_ascii_case(base)),
        Some(_) | None => None,
    }
}

fn is_at_or_below(host: &str, base: &str) -> bool {
    let Some(from) = host.len().checked_sub(base.len()) else {
        return false;
    };
    let Some((front, end)) = host.split_at_checked(from) else {
        return false;
    };
    end.eq_ignore_ascii_case(base) && (front.is_empty() || front.ends_with('.'))
}

/// Whether it is labels of letters, digits, hyphens and underscores with dots between them.
fn is_host(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

/// Whether the address lies in the range, which is an address and a mask of the same length.
fn ip(address: &[u8], range: &[u8]) -> Option<bool> {
    if !matches!(range.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = range.split_at_checked(range.len() / 2)?;
    if address.len() != network.len() {
        return Some(false);
    }
    Some(
        address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((address, network), mask)| address & mask == network & mask),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_mailbox_host_and_domain() {
        for (address, base, expected) in [
            ("lee@meridian.example", "lee@meridian.example", Some(true)),
            ("lee@MERIDIAN.example", "lee@meridian.example", Some(true)),
            ("Lee@meridian.example", "lee@meridian.example", Some(false)),
            ("lee@meridian.example", "meridian.example", Some(true)),
            ("lee@a.meridian.example", "meridian.example", Some(false)),
            ("lee@a.meridian.example", ".meridian.example", Some(true)),
            ("lee@meridian.example", ".meridian.example", Some(false)),
            ("lee@notmeridian.example", ".meridian.example", Some(false)),
            ("\"lee@x\"@meridian.example", "meridian.example", Some(true)),
            ("lee@x@meridian.example", "meridian.example", None),
            ("lee", "meridian.example", None),
            ("lee@", "meridian.example", None),
            ("@meridian.example", "meridian.example", None),
            ("lee@meridian.example", "a@b@meridian.example", None),
            ("lee@meridian.example", "@meridian.example", None),
            ("lee@meridian.example", "*.example", None),
            ("lee@meridian.example", "", Some(true)),
        ] {
            assert_eq!(rfc822(address, base), expected, "{address} in {base}");
        }
    }

    #[test]
    fn principal_names_are_judged_without_case() {
        for (name, base, expected) in [
            ("Lee@Meridian.example", "meridian.EXAMPLE", Some(true)),
            ("lee@meridian.example", "@meridian.example", Some(true)),
            ("lee@meridian.example", "LEE@meridian.example", Some(true)),
            ("lee@meridian.example", "ann@meridian.example", Some(false)),
            ("lee@a.meridian.example", "meridian.example", Some(false)),
            ("lee@a.meridian.example", ".meridian.example", Some(true)),
            ("lee@evilmeridian.example", "meridian.example", Some(false)),
            ("lee@evilmeridian.example", ".meridian.example", Some(false)),
            ("lee", "meridian.example", None),
            ("lee@", "meridian.example", None),
        ] {
            assert_eq!(principal_name(name, base), expected, "{name} in {base}");
        }
    }

    #[test]
    fn hosts_are_judged_by_their_labels() {
        for (host, base, excludes, expected) in [
            ("meridian.example", "meridian.example", false, Some(true)),
            ("a.MERIDIAN.example", "meridian.example", false, Some(true)),
            (
                "notmeridian.example",
                "meridian.example",
                false,
                Some(false),
            ),
            ("example", "meridian.example", false, Some(false)),
            ("*.meridian.example", "meridian.example", false, Some(true)),
            ("*.example", "meridian.example", false, Some(false)),
            ("*.example", "meridian.example", true, Some(true)),
            ("*.example", "a.meridian.example", true, Some(false)),
            ("meridian.example.", "meridian.example", false, None),
            ("a..example", "example", false, None),
            ("a b.example", "example", false, None),
            ("meridian.example", ".example", false, None),
            ("meridian.example", "*.example", false, None),
            ("meridian.example", "", false, Some(true)),
        ] {
            assert_eq!(dns(host, base, excludes), expected, "{host} in {base}");
        }
    }

    #[test]
    fn uris_are_judged_by_their_host() {
        for (uri, base, expected) in [
            ("http://a.example/x", "a.example", Some(true)),
            ("ldap://user:pw@A.example:389?x", "a.example", Some(true)),
            ("http://b.a.example", "a.example", Some(false)),
            ("http://b.a.example#f", ".a.example", Some(true)),
            ("http://a.example", ".a.example", Some(false)),
            (
                "http://evil.example@a.example/",
                "evil.example",
                Some(false),
            ),
            ("http://192.0.2.1/", ".1", None),
            ("http://[2001:db8::1]/", "a.example", None),
            ("urn:uuid:0", "a.example", None),
            ("//a.example", "a.example", None),
        ] {
            assert_eq!(uri_host(uri, base), expected, "{uri} in {base}");
        }
    }

    #[test]
    fn an_address_lies_in_a_range_of_its_own_family() {
        let range = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(ip(&[192, 0, 2, 77], &range), Some(true));
        assert_eq!(ip(&[192, 0, 3, 77], &range), Some(false));
        assert_eq!(ip(&[0; 16], &range), Some(false));
        assert_eq!(ip(&[192, 0, 2, 77], &[192, 0, 2, 0]), None);
        let mut six = [0; 32];
        assert_eq!(ip(&[7; 16], &six), Some(true));
        six[31] = 1;
        assert_eq!(ip(&[7; 16], &six), Some(false));
    }
}
