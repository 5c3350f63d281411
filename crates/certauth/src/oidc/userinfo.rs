//! The userinfo endpoint (`OpenID` Connect Core §5.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::error::OAuthError;
use super::token::HttpRequest;
use super::{has_scope, resource};
use crate::web::App;

/// Tells whom an access token is about.
pub(crate) async fn userinfo(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    let tenant = app
        .tenant(&tenant)
        .await?
        .ok_or_else(|| resource::refused("there is no such tenant"))?;
    let http = HttpRequest {
        method: &method,
        uri: &uri,
        headers: &headers,
    };
    let shown = resource::access(&app, &tenant, http).await?;
    if !has_scope(&shown.claims.scope, "openid") {
        return Err(resource::not_for_this("the token has no scope openid"));
    }
    let account = &shown.live.user.account;
    let mut claims = json!({
        "sub": account.id,
        "oid": account.id,
        "tid": tenant.id,
    });
    if has_scope(&shown.claims.scope, "profile") {
        claims["preferred_username"] = account.user_principal_name.clone().into();
        claims["name"] = account.display_name.clone().into();
    }
    Ok(Json(claims))
}
