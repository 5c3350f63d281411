//! The set-up page: makes the first administrator, once, and only on the server's own machine.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use policy::one_time_code::Secret;
use qrcode::{Color, QrCode};
use zeroize::Zeroizing;

use crate::init::SetupLink;
use crate::journey::conduct::CODE_PURPOSE;
use crate::listener::Peer;
use crate::oidc::authorize::MAX_USERNAME;
use crate::server::{random_bytes, sha256_hex};
use crate::sign_in_log::{Attempt, Outcome};
use crate::store::{OnceKind, StoreError, Tenant, User};
use crate::web::failure::{Failure, Told};
use crate::web::form::{Params, ParamsError};
use crate::web::pages::{self, Frame, Message, SetupPage};
use crate::web::sign_in::answer;
use crate::web::words::Words;
use crate::web::{App, origin};

/// Shows the form with a new one-time code secret.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let params = params?;
        let token = params.value("token").unwrap_or_default();
        let tenant = opened(&app, &peer, token).await?;
        let secret = Secret::new(random_bytes());
        form(&app, &tenant, token, &secret, &params, None)
    })
    .await
}

/// Makes the administrator.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        if !origin::is_ours(&app.server.hosts, &headers) {
            return Err(Failure::new(Told::OtherSite, StatusCode::FORBIDDEN));
        }
        let params = params?;
        let token = params.value("token").unwrap_or_default();
        let tenant = opened(&app, &peer, token).await?;
        let secret = params
            .value("secret")
            .and_then(|sealed| URL_SAFE_NO_PAD.decode(sealed).ok())
            .and_then(|sealed| app.server.sealer.open(&purpose(token), &sealed).ok())
            .and_then(|plain| Secret::from_bytes(&plain))
            .ok_or_else(|| Failure::new(Told::Malformed, StatusCode::BAD_REQUEST))?;
        let (user, step) = match administrator(&app, &tenant, &params, &secret).await? {
            Ok(made) => made,
            Err(problem) => return form(&app, &tenant, token, &secret, &params, Some(problem)),
        };
        let now = app.server.now().unix();
        let link = app
            .server
            .store
            .take_once(OnceKind::SetupLink, &sha256_hex(token.as_bytes()), now)
            .await?;
        if link.is_none() {
            return Err(Failure::new(Told::UsedLink, StatusCode::BAD_REQUEST));
        }
        app.server.store.put_user(&user).await?;
        // The code that enrolled counts no second time.
        app.server
            .store
            .use_code_step(&tenant.id, &user.account.id, step)
            .await?;
        Attempt::new(&tenant.id, &app.server.uuid(), Some(&peer))
            .account(&user.account)
            .write(&app.server, "set-up", Outcome::Success)
            .await?;
        let words = Words::new(
            "The administrator is there",
            "Sign in with the username and password you chose. This link counts no longer.",
        );
        let page = Message {
            frame: Frame::new(&app, Some(&tenant), &words.title),
            words,
            facts: None,
        };
        Ok(pages::respond(&app, StatusCode::OK, &page, None))
    })
    .await
}

/// The tenant of a link that counts, for somebody on this machine.
async fn opened(app: &App, peer: &Peer, token: &str) -> Result<Tenant, Failure> {
    if !peer.address.ip().to_canonical().is_loopback() {
        return Err(Failure::new(Told::NotHere, StatusCode::FORBIDDEN));
    }
    let used = || Failure::new(Told::UsedLink, StatusCode::BAD_REQUEST);
    let key = sha256_hex(token.as_bytes());
    let now = app.server.now().unix();
    let payload = app
        .server
        .store
        .peek_once(OnceKind::SetupLink, &key, now)
        .await?
        .ok_or_else(used)?;
    let link: SetupLink = serde_json::from_str(&payload).map_err(|_| used())?;
    app.tenant(&link.tenant).await?.ok_or_else(used)
}

/// The administrator that the form describes and the step of the code it holds, or what is wrong
/// with it.
async fn administrator(
    app: &App,
    tenant: &Tenant,
    params: &Params,
    secret: &Secret,
) -> Result<Result<(User, u64), &'static str>, StoreError> {
    let name = params.value("name").unwrap_or_default().trim();
    let username = params.value("username").unwrap_or_default().trim();
    let password = params.value("password").unwrap_or_default();
    let in_domain = username.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && tenant
                .domains
                .iter()
                .any(|known| known.eq_ignore_ascii_case(domain))
    });
    if name.is_empty() || name.len() > 256 {
        return Ok(Err("Enter a name."));
    }
    if !in_domain || username.len() > MAX_USERNAME {
        return Ok(Err("The username has to end in the organisation's domain."));
    }
    if password.chars().count() < SHORTEST || password.len() > policy::password::LONGEST {
        return Ok(Err("The password needs at least 12 characters."));
    }
    if params.value("again") != Some(password) {
        return Ok(Err("The two passwords differ."));
    }
    let taken = app.server.store.user_by_name(&tenant.id, username).await?;
    if taken.is_some() {
        return Ok(Err("Somebody has this username already."));
    }
    let account = policy::Account {
        id: app.server.uuid(),
        user_principal_name: username.to_owned(),
        on_premises_user_principal_name: None,
        certificate_user_ids: Vec::new(),
        display_name: name.to_owned(),
        enabled: true,
        groups: Vec::new(),
        has_password: true,
        has_code: true,
        has_passkey: false,
    };
    let code = params.value("code").unwrap_or_default();
    let Ok(verified) = secret.verify(&account, code, app.server.now()) else {
        return Ok(Err(
            "That code was not right. Scan the picture, and enter the code that your app shows now.",
        ));
    };
    let password = Zeroizing::new(password.to_owned());
    let hash = app
        .server
        .hashing(move || policy::password::hash(&password, &random_bytes()))
        .await;
    let Ok(hash) = hash else {
        return Ok(Err("This password cannot be used. Choose another."));
    };
    let user = User {
        account,
        tenant: tenant.id.clone(),
        password: Some(hash),
        code_secret: Some(app.server.sealer.seal(CODE_PURPOSE, secret.bytes())),
        administrator: true,
    };
    Ok(Ok((user, verified.step())))
}

fn form(
    app: &App,
    tenant: &Tenant,
    token: &str,
    secret: &Secret,
    params: &Params,
    problem: Option<&str>,
) -> Result<Response, Failure> {
    let username = params.value("username").unwrap_or_default();
    let named = if username.is_empty() {
        "administrator"
    } else {
        username
    };
    let link = secret.link(&tenant.display_name, named);
    let qr = link
        .and_then(|link| qr(link.as_bytes()))
        .ok_or_else(|| Failure::new(Told::Malformed, StatusCode::BAD_REQUEST))?;
    let sealed = app.server.sealer.seal(&purpose(token), secret.bytes());
    let page = SetupPage {
        frame: Frame::new(app, Some(tenant), "Make the first administrator"),
        token: token.to_owned(),
        sealed: URL_SAFE_NO_PAD.encode(sealed),
        secret: secret.base32().to_string(),
        qr,
        domain: tenant.domains.first().cloned().unwrap_or_default(),
        name: params.owned("name").unwrap_or_default(),
        username: username.to_owned(),
        problem: problem.map(str::to_owned),
    };
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(pages::respond(app, status, &page, None))
}

/// A QR code as an SVG in a `data:` URI, black on white, with the quiet zone around it.
fn qr(text: &[u8]) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET, index / width + QUIET);
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    let side = width + 2 * QUIET;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\"/></svg>"
    );
    Some(format!(
        "data:image/svg+xml;base64,{}",
        STANDARD.encode(svg)
    ))
}

/// The sealed secret belongs to one link.
fn purpose(token: &str) -> String {
    format!("setup-code {}", sha256_hex(token.as_bytes()))
}

/// Fewest characters of an administrator's password.
const SHORTEST: usize = 12;
/// Modules of white around a QR code (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;
