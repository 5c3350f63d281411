//! tls-identity
