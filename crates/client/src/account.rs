//! What a script needs of a session that this device keeps.

use std::sync::Arc;

use serde_json::Value;
use sign_in::view::Problem;
use sign_in::{Failure, Session};
use url::Url;

use crate::ambient;
use crate::conversation::untold;
use crate::device::Device;
use crate::session::OpenSession;
use crate::wire::tokens::{AccessToken, NoToken};

/// An account that is signed in on this device.
///
/// Using one only reads the keyring: its token is bound to the device key and never rotated, so
/// any number of processes may use the same account at once.
pub struct Account {
    device: Device,
    open: Arc<OpenSession>,
}

impl Account {
    /// The account that was used last, or the one that the device was told to offer.
    pub async fn last(device: &Device) -> Option<Self> {
        let (server, username) = device.last_account()?;
        let open = device.open_session(&server, &username).await?;
        Some(Self {
            device: device.clone(),
            open,
        })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.open.session
    }

    /// An access token for an application, or for Lanyard itself. `bearer` asks for one that can
    /// be used without proofs, which the server gives where the application allows it.
    ///
    /// # Errors
    ///
    /// [`NoToken`] says whether more proof is needed, or what failed.
    pub async fn access_token(
        &self,
        application: Option<&str>,
        bearer: bool,
    ) -> Result<AccessToken, NoToken> {
        self.open.access_token(application, bearer).await
    }

    /// A proof for one request with this access token (RFC 9449).
    pub fn proof(&self, method: &str, url: &Url, token: &AccessToken) -> String {
        self.open.kept.key.proof(
            method,
            url,
            Some(token.access_token.reveal()),
            None,
            ambient::now(),
        )
    }

    /// What the server says of the person and the session.
    ///
    /// # Errors
    ///
    /// The failure; [`Failure::SessionEnded`] when the server has ended the session.
    pub async fn me(&self) -> Result<Value, Failure> {
        self.open.me().await
    }

    /// Signs out: ends the session at the server, then removes it here. The problem says why the
    /// server could not be told; it is removed here all the same.
    pub async fn sign_out(self) -> Option<Problem> {
        let problem = self
            .open
            .revoke()
            .await
            .err()
            .and_then(|failure| untold(&failure));
        let Session {
            server, username, ..
        } = &self.open.session;
        self.device.remove(server, username, false).await;
        problem
    }

    /// Removes the session here, because the server has ended it.
    pub async fn forget(self) {
        let Session {
            server, username, ..
        } = &self.open.session;
        self.device.remove(server, username, false).await;
    }
}
