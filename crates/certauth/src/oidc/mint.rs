//! Minting tokens: from a grant, and from nothing else.

use certs::Time;
use policy::{Grant, Strength};
use serde::{Deserialize, Serialize};

use super::{dpop, has_scope};
use crate::signing_keys::{SignError, SigningKeys};

/// Signs the tokens of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// The keys.
    pub keys: &'a SigningKeys,
    /// `iss` of every token.
    pub issuer: &'a str,
    /// The tenant's id, `tid`.
    pub tenant: &'a str,
}

/// What an access token is for.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The client that gets it.
    pub client: &'a str,
    /// Whom it is shown to.
    pub audience: &'a str,
    /// Its scopes.
    pub scope: &'a str,
    /// The session it lives in.
    pub session: &'a str,
    /// Thumbprint of the key that must be proven beside it.
    pub key: Option<&'a str>,
    /// Its own id.
    pub id: &'a str,
}

/// What an ID token is for.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The client that gets it.
    pub client: &'a str,
    /// `ES256` or `RS256`.
    pub algorithm: &'a str,
    /// The client's `nonce`.
    pub nonce: Option<&'a str>,
    /// Granted scopes; they say which claims go in.
    pub scope: &'a str,
    /// The session it is about.
    pub session: &'a str,
    /// The access token that goes with it, for `at_hash`.
    pub access_token: &'a str,
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is about: the account's id.
    pub sub: String,
    /// Whom it is shown to.
    pub aud: String,
    /// Until when it counts, Unix seconds.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// Its own id.
    pub jti: String,
    /// The client it was issued to.
    pub client_id: String,
    /// Its scopes.
    pub scope: String,
    /// The session it lives in.
    pub sid: String,
    /// The tenant's id.
    pub tid: String,
    /// When the person last proved something.
    pub auth_time: i64,
    /// `single` or `mfa`.
    pub acr: String,
    /// What was proven (RFC 8176).
    pub amr: Vec<String>,
    /// The key that must be proven beside it (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// A key that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// JWK thumbprint.
    pub jkt: String,
}

/// The claims of an ID token (`OpenID` Connect Core §2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityClaims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is about: the account's id.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// Until when it counts, Unix seconds.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// When the person last proved something.
    pub auth_time: i64,
    /// The client's `nonce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// `single` or `mfa`.
    pub acr: String,
    /// What was proven (RFC 8176).
    pub amr: Vec<String>,
    /// The session.
    pub sid: String,
    /// The tenant's id.
    pub tid: String,
    /// The account's id, in the directory's word.
    pub oid: String,
    /// Left half of the access token's hash.
    pub at_hash: String,
    /// The username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Issuer<'_> {
    /// Mints an access token: a JWT of type `at+jwt`, ES256, one hour.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn access_token(
        &self,
        grant: &Grant,
        access: Access<'_>,
        now: Time,
    ) -> Result<String, SignError> {
        let claims = AccessClaims {
            iss: self.issuer.to_owned(),
            sub: grant.account().id.clone(),
            aud: access.audience.to_owned(),
            exp: now.plus(ACCESS_LIFETIME).unix(),
            iat: now.unix(),
            jti: access.id.to_owned(),
            client_id: access.client.to_owned(),
            scope: access.scope.to_owned(),
            sid: access.session.to_owned(),
            tid: self.tenant.to_owned(),
            auth_time: grant.auth_time().unix(),
            acr: acr(grant.strength()).to_owned(),
            amr: amr(grant),
            cnf: access.key.map(|jkt| Confirmation {
                jkt: jkt.to_owned(),
            }),
        };
        self.keys.sign("ES256", "at+jwt", &claims)
    }

    /// Mints an ID token.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn id_token(
        &self,
        grant: &Grant,
        identity: Identity<'_>,
        now: Time,
    ) -> Result<String, SignError> {
        let account = grant.account();
        let profile = has_scope(identity.scope, "profile");
        let claims = IdentityClaims {
            iss: self.issuer.to_owned(),
            sub: account.id.clone(),
            aud: identity.client.to_owned(),
            exp: now.plus(ACCESS_LIFETIME).unix(),
            iat: now.unix(),
            auth_time: grant.auth_time().unix(),
            nonce: identity.nonce.map(str::to_owned),
            acr: acr(grant.strength()).to_owned(),
            amr: amr(grant),
            sid: identity.session.to_owned(),
            tid: self.tenant.to_owned(),
            oid: account.id.clone(),
            at_hash: at_hash(identity.access_token),
            preferred_username: profile.then(|| account.user_principal_name.clone()),
            name: profile.then(|| account.display_name.clone()),
        };
        self.keys.sign(identity.algorithm, "JWT", &claims)
    }
}

/// `acr` of a strength.
pub const fn acr(strength: Strength) -> &'static str {
    match strength {
        Strength::SingleFactor => "single",
        Strength::MultiFactor => "mfa",
    }
}

fn amr(grant: &Grant) -> Vec<String> {
    grant.amr().into_iter().map(str::to_owned).collect()
}

/// The left half of SHA-256 in base64url (`OpenID` Connect Core §3.1.3.6); ES256 and RS256 both hash
/// with SHA-256.
fn at_hash(access_token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let whole = URL_SAFE_NO_PAD
        .decode(dpop::hash(access_token.as_bytes()))
        .unwrap_or_default();
    URL_SAFE_NO_PAD.encode(whole.get(..16).unwrap_or_default())
}

/// How long access and ID tokens count, in seconds.
pub const ACCESS_LIFETIME: i64 = 60 * 60;
