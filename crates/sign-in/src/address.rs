//! The server's address as a person types it.

/// Reads a server's address and gives its origin, `https://login.example` or
/// `https://login.example:8443`.
///
/// A missing scheme means https; plain http, a path, a query and a user are refused, because the
/// address names a server and nothing on it.
pub fn origin(typed: &str) -> Option<String> {
    let typed = typed.trim().to_ascii_lowercase();
    let rest = match typed.split_once("://") {
        Some(("https", rest)) => rest,
        Some(_) => return None,
        None => typed.as_str(),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = split_port(rest)?;
    let reads_as_host = if let Some(v6) = host.strip_prefix('[') {
        let v6 = v6.strip_suffix(']')?;
        v6.contains(':')
            && v6
                .chars()
                .all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.')
    } else {
        host.split('.').all(reads_as_label)
    };
    if !reads_as_host {
        return None;
    }
    Some(match port {
        None | Some(443) => format!("https://{host}"),
        Some(port) => format!("https://{host}:{port}"),
    })
}

/// Says whether a username has the form `name@domain`; the part after the last `@` names the
/// tenant.
pub fn tenant_of(username: &str) -> Option<&str> {
    let (name, domain) = username.trim().rsplit_once('@')?;
    let reads = !name.is_empty() && domain.split('.').all(reads_as_label);
    reads.then_some(domain)
}

fn split_port(rest: &str) -> Option<(&str, Option<u16>)> {
    let after_host = rest.rfind(']').map_or(0, |end| end + 1);
    match rest.get(after_host..)?.rfind(':') {
        None => Some((rest, None)),
        Some(colon) => {
            let colon = after_host + colon;
            let port = rest.get(colon + 1..)?;
            let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
            Some((rest.get(..colon)?, Some(port)))
        }
    }
}

fn reads_as_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{origin, tenant_of};

    #[test]
    fn an_address_without_a_scheme_means_https() {
        assert_eq!(
            origin(" login.localhost:8443 ").as_deref(),
            Some("https://login.localhost:8443")
        );
        assert_eq!(
            origin("https://Login.Example:443/").as_deref(),
            Some("https://login.example")
        );
        assert_eq!(origin("[::1]:8443").as_deref(), Some("https://[::1]:8443"));
    }

    #[test]
    fn anything_but_an_origin_is_refused() {
        for typed in [
            "",
            " ",
            "http://login.example",
            "https://",
            "login.example/path",
            "a@login.example",
            "login.example:0",
            "login.example:99999",
            "login..example",
            "login.example?x",
            "ftp://a",
            "[::1",
            "a b",
        ] {
            assert_eq!(origin(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn the_tenant_is_the_part_after_the_at_sign() {
        assert_eq!(tenant_of("lee@meridian.example"), Some("meridian.example"));
        assert_eq!(tenant_of("lee"), None);
        assert_eq!(tenant_of("@meridian.example"), None);
        assert_eq!(tenant_of("lee@"), None);
        assert_eq!(tenant_of("lee@../x"), None);
    }
}
