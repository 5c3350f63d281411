//! Small answers that many handlers give.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::store::Tenant;

/// Sends the browser to another page with GET.
pub fn see_other(location: &str) -> Response {
    let Ok(value) = HeaderValue::from_str(location) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response()
}

/// Path of a journey's page.
pub fn journey_path(tenant: &Tenant, journey: &str) -> String {
    format!("/{}/signin/{journey}", tenant.id)
}
