//! Which certificates fit what the server asks for, and why the others do not.

use crate::candidate::{Asks, Candidate};
use crate::view::{Reason, RowWarning};

/// What the judgement came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fits, perhaps with something that needs care.
    Fits(Option<RowWarning>),
    /// It does not fit.
    Unfit(Reason),
}

/// Judges one certificate.
///
/// The server has the last word. This verdict only decides what a person is offered first, so it
/// names the one reason that a person can act on soonest: what the certificate is, before who
/// issued it, before what its key can do.
pub fn judge(candidate: &Candidate, asks: &Asks, now: i64) -> Verdict {
    let row = &candidate.row;
    let unfit = if !candidate.readable {
        Some(Reason::Unreadable)
    } else if !candidate.has_key {
        Some(Reason::NoPrivateKey)
    } else if now > row.not_after {
        Some(Reason::Expired { at: row.not_after })
    } else if now < row.not_before {
        Some(Reason::NotYetValid { at: row.not_before })
    } else if !candidate.for_clients {
        Some(Reason::NotForSignIn {
            purposes: row.details.purposes.clone(),
        })
    } else if !candidate.may_sign {
        Some(Reason::NotForSigning)
    } else if !is_named(candidate, asks) {
        Some(Reason::WrongIssuer {
            issuer: row.issuer.clone(),
        })
    } else {
        None
    };
    if let Some(reason) = unfit {
        return Verdict::Unfit(reason);
    }
    match signing(candidate, asks) {
        // That it is the wrong kind of proof matters more than when it ends.
        Signing::Directly | Signing::WithOlderTls if candidate.without_pin => {
            Verdict::Fits(Some(RowWarning::ProvesCardOnly))
        }
        Signing::Directly => Verdict::Fits(expires_soon(row.not_after, now)),
        // An expiry within the month matters more to a person than the version of TLS.
        Signing::WithOlderTls => {
            Verdict::Fits(expires_soon(row.not_after, now).or(Some(RowWarning::OlderTls)))
        }
        Signing::No => Verdict::Unfit(Reason::CannotSign {
            key: row.details.key.clone(),
        }),
    }
}

/// Says whether a certificate can be sent at all, whatever the judgement.
pub fn can_send(candidate: &Candidate) -> bool {
    candidate.has_key && !candidate.schemes.is_empty()
}

enum Signing {
    Directly,
    WithOlderTls,
    No,
}

fn signing(candidate: &Candidate, asks: &Asks) -> Signing {
    if candidate
        .schemes
        .iter()
        .any(|scheme| asks.schemes.contains(scheme))
    {
        Signing::Directly
    } else if asks.older_tls && candidate.schemes.iter().any(|scheme| is_pkcs1(*scheme)) {
        Signing::WithOlderTls
    } else {
        Signing::No
    }
}

fn is_named(candidate: &Candidate, asks: &Asks) -> bool {
    asks.authorities.is_empty()
        || candidate
            .issuers
            .iter()
            .any(|issuer| asks.authorities.iter().any(|ca| ca.is(issuer)))
}

fn expires_soon(not_after: i64, now: i64) -> Option<RowWarning> {
    let left = not_after.saturating_sub(now);
    (left < SOON).then(|| RowWarning::ExpiresSoon {
        days: u32::try_from(left / DAY).unwrap_or_default(),
    })
}

/// `rsa_pkcs1_*`, which TLS 1.3 does not take in a handshake (RFC 8446 §4.2.3).
fn is_pkcs1(scheme: u16) -> bool {
    matches!(scheme, 0x0401 | 0x0501 | 0x0601)
}

const DAY: i64 = 24 * 60 * 60;
const SOON: i64 = 30 * DAY;
