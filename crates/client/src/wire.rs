//! What is said to the server, and what its answers mean.

pub(crate) mod challenge;
pub(crate) mod http;
pub(crate) mod id_token;
mod nonce;
pub(crate) mod provider;
pub(crate) mod resources;
pub(crate) mod tokens;

use sign_in::Failure;
use sign_in::view::Method;

/// Lanyard's registration at every certauth.
pub(crate) const CLIENT_ID: &str = "lanyard";

/// A way to sign in by its name on the wire; one that is not known here is left out.
pub(crate) fn method(name: &str) -> Option<Method> {
    match name {
        "certificate" => Some(Method::Certificate),
        "password" => Some(Method::Password),
        "code" => Some(Method::Code),
        _ => None,
    }
}

pub(crate) fn method_name(method: Method) -> &'static str {
    match method {
        Method::Certificate => "certificate",
        Method::Password => "password",
        Method::Code => "code",
    }
}

pub(crate) fn protocol(cause: impl Into<String>) -> Failure {
    Failure::Protocol {
        cause: cause.into(),
    }
}
