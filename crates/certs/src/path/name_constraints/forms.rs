//! The forms of names whose constraints have a syntax: whether a name lies at or below a base. `None`
//! says that one of the two is malformed, so nobody can tell.

use crate::name::fold;

/// A base with an @ is one mailbox, one that begins with a dot all hosts below it, another one host.
/// The part before the @ is compared exactly (RFC 5280 §7.5). `None` if either is malformed.
pub(super) fn rfc822(address: &str, base: &str) -> Option<bool> {
    let (local, host) = mailbox(address)?;
    if base.contains('@') {
        let (base_local, base_host) = base.split_once('@')?;
        if base_local.is_empty() || !is_base(base_host) {
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
pub(super) fn principal_name(name: &str, base: &str) -> Option<bool> {
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

/// The base `host.example` holds itself and what is below it, so an empty one holds every host. A
/// wildcard stands for one label, so
/// it is within what is excluded as soon as one such host is.
pub(super) fn dns(host: &str, base: &str, excludes: bool) -> Option<bool> {
    let pattern = host.strip_prefix("*.");
    if !is_host(pattern.unwrap_or(host)) {
        return None;
    }
    if base.is_empty() {
        return Some(true);
    }
    if !is_base(base) {
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
pub(super) fn uri_host(uri: &str, base: &str) -> Option<bool> {
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

/// `host` exactly, or strictly below `.domain`. An empty base is neither.
fn host_or_below(host: &str, base: &str) -> Option<bool> {
    match base.strip_prefix('.') {
        Some(domain) if is_base(domain) => {
            Some(is_at_or_below(host, domain) && !host.eq_ignore_ascii_case(domain))
        }
        None if is_base(base) => Some(host.eq_ignore_ascii_case(base)),
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

/// Whether it is a host in the preferred name syntax, which knows no underscore (RFC 5280 §4.2.1.6).
/// Hosts with one exist all the same; a constraint has no need of it.
fn is_base(base: &str) -> bool {
    is_host(base) && !base.contains('_')
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

/// Whether the address lies in the range, which is an address and a mask of the same length. An IPv4
/// address that is written as IPv6 (RFC 4291 §2.5.5.2) is the same host, so what excludes the one
/// excludes the other.
pub(super) fn ip(address: &[u8], range: &[u8], excludes: bool) -> Option<bool> {
    if !matches!(range.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = range.split_at_checked(range.len() / 2)?;
    let address = match address.strip_prefix(MAPPED) {
        Some(four) if excludes && address.len() == 16 && network.len() == 4 => four,
        Some(_) | None => address,
    };
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

/// What an IPv4 address written as IPv6 begins with, `::ffff:0:0/96`.
const MAPPED: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

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
            ("lee@meridian.example", "", None),
            ("lee@meridian.example", ".", None),
            ("lee@m_x.example", "m_x.example", None),
            ("lee@m_x.example", ".example", Some(true)),
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
            ("a.m_x.example", "m_x.example", false, None),
            ("a.m_x.example", "example", false, Some(true)),
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
            ("http://a.example/", "", None),
        ] {
            assert_eq!(uri_host(uri, base), expected, "{uri} in {base}");
        }
    }

    #[test]
    fn an_address_lies_in_a_range_of_its_own_family() {
        let range = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(ip(&[192, 0, 2, 77], &range, false), Some(true));
        assert_eq!(ip(&[192, 0, 3, 77], &range, false), Some(false));
        assert_eq!(ip(&[0; 16], &range, false), Some(false));
        assert_eq!(ip(&[192, 0, 2, 77], &[192, 0, 2, 0], false), None);
        // 192.0.2.77, as IPv6 has it.
        let mapped = [[0; 10].as_slice(), &[0xff, 0xff, 192, 0, 2, 77]].concat();
        assert_eq!(ip(&mapped, &range, true), Some(true));
        assert_eq!(ip(&mapped, &range, false), Some(false));
        assert_eq!(ip(&[0; 16], &range, true), Some(false));
        let mut six = [0; 32];
        assert_eq!(ip(&[7; 16], &six, false), Some(true));
        six[31] = 1;
        assert_eq!(ip(&[7; 16], &six, false), Some(false));
    }
}
