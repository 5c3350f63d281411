//! Getting at a journey: only for whoever began it, and one change at a time.

use super::{Binding, Event, Journey, LIFETIME};
use crate::server::{Server, sha256_hex};
use crate::store::{JourneyRow, StoreError};

/// A journey in the hands of the one it belongs to.
#[derive(Debug)]
pub struct Held {
    /// The id that the person's browser or client holds.
    pub id: String,
    /// The journey.
    pub journey: Journey,
    row: JourneyRow,
}

/// Why a journey cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotHeld {
    /// There is none with this id, or its time is over.
    #[error("the sign-in took too long, or does not exist")]
    Over,
    /// It belongs to another browser, another key or another tenant.
    #[error("the sign-in was started elsewhere")]
    Elsewhere(Box<Journey>),
    /// Another request moved it first.
    #[error("another request of the same sign-in came first")]
    Overtaken,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// What was stored cannot be read.
    #[error("the stored sign-in cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Held {
    /// Begins a journey for whoever its binding names.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn begin(server: &Server, journey: Journey) -> Result<Self, NotHeld> {
        let id = server.random_token();
        let row = JourneyRow {
            id_sha256: sha256_hex(id.as_bytes()),
            tenant: journey.tenant.clone(),
            state: serde_json::to_string(&journey)?,
            expires_at: server.now().plus(LIFETIME).unix(),
            version: 0,
        };
        server.store.add_journey(&row).await?;
        Ok(Self { id, journey, row })
    }

    /// Opens a journey for `holder`.
    ///
    /// # Errors
    /// [`NotHeld::Elsewhere`] if it is not theirs, [`NotHeld::Over`] if there is none.
    pub async fn open(
        server: &Server,
        tenant: &str,
        id: &str,
        holder: Option<&Binding>,
    ) -> Result<Self, NotHeld> {
        let row = server
            .store
            .journey(&sha256_hex(id.as_bytes()))
            .await?
            .filter(|row| server.now().unix() < row.expires_at)
            .ok_or(NotHeld::Over)?;
        let journey: Journey = serde_json::from_str(&row.state)?;
        if holder != Some(&journey.binding) || row.tenant != tenant || journey.tenant != tenant {
            return Err(NotHeld::Elsewhere(Box::new(journey)));
        }
        Ok(Self {
            id: id.to_owned(),
            journey,
            row,
        })
    }

    /// Moves the journey and writes it down. Says whether the event had its place there.
    ///
    /// # Errors
    /// [`NotHeld::Overtaken`] if another request moved it since it was opened.
    pub async fn on(self, server: &Server, event: Event) -> Result<(Self, bool), NotHeld> {
        let turn = self.journey.on(event);
        let mut row = self.row;
        if turn.taken {
            row.state = serde_json::to_string(&turn.journey)?;
            server.store.update_journey(&row).await?;
            row.version += 1;
        }
        let held = Self {
            id: self.id,
            journey: turn.journey,
            row,
        };
        Ok((held, turn.taken))
    }

    /// When the journey's time is over, Unix seconds.
    pub fn ends(&self) -> i64 {
        self.row.expires_at
    }
}

impl From<StoreError> for NotHeld {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Conflict) {
            Self::Overtaken
        } else {
            Self::Store(error)
        }
    }
}
