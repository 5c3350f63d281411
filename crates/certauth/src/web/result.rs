//! The way back from the certauth host: a browser brings the result code, and only the journey
//! that the ticket named takes it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http::StatusCode;

use super::failure::{Failure, Told};
use super::form::{Params, ParamsError};
use super::sign_in::{Visit, answer};
use super::{App, origin, ticket};
use crate::listener::Peer;
use crate::sign_in_log::Attempt;

/// Redeems a result code in the browser that began the journey.
pub(crate) async fn result(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let hosts = &app.server.hosts;
        if !origin::is_certauth(hosts, &headers) && !origin::is_ours(hosts, &headers) {
            return Err(Failure::new(Told::OtherSite, StatusCode::FORBIDDEN));
        }
        let visit = Visit::new(&app, &tenant, &peer, &headers).await?;
        let form = form?;
        let code = form.value("result_code").unwrap_or_default();
        let seen = ticket::take_result(&app.server, code)
            .await?
            .ok_or_else(|| Failure::new(Told::Over, StatusCode::BAD_REQUEST))?;
        if seen.tenant != visit.tenant.id {
            let attempt = Attempt::new(&seen.tenant, &seen.correlation_id, Some(&peer));
            ticket::elsewhere(&app.server, attempt, "certificate").await?;
            return Err(Failure::new(Told::Elsewhere, StatusCode::FORBIDDEN)
                .correlation(&seen.correlation_id));
        }
        let held = visit.held(&seen.journey).await?;
        let presented = seen.presented();
        let outcome = Box::pin(visit.conduct().certificate(held, &presented)).await?;
        visit.go_on(outcome).await
    })
    .await
}
