use std::error::Error as StdError;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, Error};
use token::SignError;

use crate::OlderTls;

/// Why a connection failed, found somewhere down an error's sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server ended the connection with an alert (RFC 8446 §6).
    Alert(Alert),
    /// The server's certificate is for another name.
    OtherName,
    /// The server's certificate is not trusted here.
    NotTrusted(String),
    /// The token did not sign.
    Signing(SignError),
    /// The two sides have no version or algorithm in common.
    NothingInCommon(String),
    /// The server does not speak TLS 1.2, and the key can sign for nothing newer.
    OlderTlsRefused(OlderTls),
    /// What came is not TLS.
    NotTls(String),
    /// The server closed or reset the connection.
    Closed,
    /// The connection took too long.
    TimedOut,
    /// Nobody answers at that address, or the name has none.
    Unreachable(String),
    /// Anything else, in the words of whoever found it.
    Other(String),
}

/// What a server's alert says about the client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// `certificate_required`: it wants one and got none.
    CertificateRequired,
    /// `bad_certificate`.
    BadCertificate,
    /// `unsupported_certificate`.
    UnsupportedCertificate,
    /// `certificate_revoked`.
    CertificateRevoked,
    /// `certificate_expired`.
    CertificateExpired,
    /// `certificate_unknown`.
    CertificateUnknown,
    /// `unknown_ca`.
    UnknownCa,
    /// `access_denied`.
    AccessDenied,
    /// `handshake_failure`.
    HandshakeFailure,
    /// `protocol_version`.
    ProtocolVersion,
    /// `unrecognized_name`: it serves no such host.
    UnrecognizedName,
    /// Another alert, by its number.
    Other(u8),
}

impl Cause {
    /// Finds the cause in an error and its sources: of rustls, the operating system, or neither.
    #[must_use]
    pub fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut last = error.to_string();
        let mut kind = None;
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<Error>() {
                return Self::of_rustls(tls);
            }
            last = error.to_string();
            next = match error.downcast_ref::<io::Error>() {
                Some(io) => {
                    kind = Self::of_kind(io.kind()).or(kind);
                    match io.get_ref() {
                        // An I/O error hides what it wraps from `source`.
                        Some(inner) => Some(inner),
                        None => return kind.unwrap_or(Self::Unreachable(last)),
                    }
                }
                None => error.source(),
            };
        }
        kind.unwrap_or(Self::Other(last))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is another's, and grows"
    )]
    fn of_rustls(error: &Error) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::Alert(Alert::of_rustls(*alert)),
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => Self::OtherName,
            Error::InvalidCertificate(cause) => Self::NotTrusted(cause.to_string()),
            Error::PeerIncompatible(_) => Self::NothingInCommon(error.to_string()),
            Error::InvalidMessage(_) => Self::NotTls(error.to_string()),
            Error::Other(other) => match other.0.downcast_ref::<SignError>() {
                Some(cause) => Self::Signing(cause.clone()),
                None => Self::Other(error.to_string()),
            },
            _ => Self::Other(error.to_string()),
        }
    }

    /// What the kind of an I/O error tells by itself, whatever the error wraps.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is another's, and grows"
    )]
    fn of_kind(kind: io::ErrorKind) -> Option<Self> {
        match kind {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Self::Closed),
            // A socket whose time limit has passed says "would block" on Unix.
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Some(Self::TimedOut),
            _ => None,
        }
    }
}

impl Alert {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is another's, and grows"
    )]
    fn of_rustls(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateRequired => Self::CertificateRequired,
            AlertDescription::BadCertificate => Self::BadCertificate,
            AlertDescription::UnsupportedCertificate => Self::UnsupportedCertificate,
            AlertDescription::CertificateRevoked => Self::CertificateRevoked,
            AlertDescription::CertificateExpired => Self::CertificateExpired,
            AlertDescription::CertificateUnknown => Self::CertificateUnknown,
            AlertDescription::UnknownCA => Self::UnknownCa,
            AlertDescription::AccessDenied => Self::AccessDenied,
            AlertDescription::HandshakeFailure => Self::HandshakeFailure,
            AlertDescription::ProtocolVersion => Self::ProtocolVersion,
            AlertDescription::UnrecognisedName => Self::UnrecognizedName,
            other => Self::Other(u8::from(other)),
        }
    }
}

/// Prints the name of the TLS alert registry.
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::CertificateRequired => "certificate_required",
            Self::BadCertificate => "bad_certificate",
            Self::UnsupportedCertificate => "unsupported_certificate",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateUnknown => "certificate_unknown",
            Self::UnknownCa => "unknown_ca",
            Self::AccessDenied => "access_denied",
            Self::HandshakeFailure => "handshake_failure",
            Self::ProtocolVersion => "protocol_version",
            Self::UnrecognizedName => "unrecognized_name",
            Self::Other(number) => return write!(f, "alert {number}"),
        };
        f.write_str(name)
    }
}

/// Prints the cause in a few words, for logs and details; screens have words of their own.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(alert) => write!(f, "the server ended the connection: {alert}"),
            Self::OtherName => f.write_str("the server's certificate is for another name"),
            Self::NotTrusted(cause) => write!(f, "the server's certificate: {cause}"),
            Self::Signing(cause) => write!(f, "{cause}"),
            Self::NothingInCommon(cause)
            | Self::NotTls(cause)
            | Self::Unreachable(cause)
            | Self::Other(cause) => f.write_str(cause),
            Self::OlderTlsRefused(older) => {
                write!(f, "the server does not speak TLS 1.2, and {older}")
            }
            Self::Closed => f.write_str("the server closed the connection"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Cause;

    #[derive(Debug, thiserror::Error)]
    #[error("the request failed")]
    struct Wrapped(#[source] io::Error);

    fn of(error: io::Error) -> Cause {
        Cause::of(&Wrapped(error))
    }

    #[test]
    fn a_connection_that_ends_within_the_handshake_was_closed_by_the_server() {
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert_eq!(of(eof), Cause::Closed);
        assert_eq!(of(io::ErrorKind::ConnectionReset.into()), Cause::Closed);
    }

    #[test]
    fn a_wrapped_kind_counts_where_the_wrapping_says_nothing() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(of(io::Error::other(reset)), Cause::Closed);
    }

    #[test]
    fn a_time_limit_that_passed_is_one_by_either_name() {
        assert_eq!(of(io::ErrorKind::WouldBlock.into()), Cause::TimedOut);
        assert_eq!(of(io::ErrorKind::TimedOut.into()), Cause::TimedOut);
    }

    #[test]
    fn what_the_system_says_of_the_address_makes_it_unreachable() {
        let refused = of(io::ErrorKind::ConnectionRefused.into());
        assert!(matches!(refused, Cause::Unreachable(_)), "{refused:?}");
    }

    #[test]
    fn the_words_of_rustls_win_over_the_kind_around_them() {
        let inner = rustls::Error::AlertReceived(rustls::AlertDescription::AccessDenied);
        let io = io::Error::new(io::ErrorKind::UnexpectedEof, inner);
        assert_eq!(of(io), Cause::Alert(super::Alert::AccessDenied));
    }

    #[test]
    fn what_nobody_knows_keeps_its_words() {
        let odd = of(io::Error::other("a resolver's complaint"));
        assert_eq!(odd, Cause::Other("a resolver's complaint".to_owned()));
    }
}
