//! Pages that say that something did not work, outside a journey or at its end.

use axum::response::Response;
use http::{StatusCode, header};

use super::App;
use super::form::ParamsError;
use super::pages::{self, Facts, Frame, Message};
use super::words::Words;
use crate::journey::conduct::ConductError;
use crate::journey::held::NotHeld;
use crate::server::uuid;
use crate::sign_in_log::code;
use crate::throttle::SlowDown;

/// Something that did not work, for a person.
#[derive(Debug)]
pub struct Failure {
    told: Told,
    status: StatusCode,
    correlation_id: String,
}

/// What the person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// No tenant has the name in the address.
    NoSuchTenant,
    /// No application has the id.
    NoSuchApplication,
    /// The application did not register the address it wants the answer at.
    WrongRedirect,
    /// The request cannot be read.
    Malformed,
    /// The sign-in belongs to another browser or device.
    Elsewhere,
    /// The sign-in took too long, or is over.
    Over,
    /// Another request of the same sign-in came first.
    Overtaken,
    /// The form came from another site.
    OtherSite,
    /// A link that counts once was used, or its time is over.
    UsedLink,
    /// The page opens only on the server's own machine.
    NotHere,
    /// There is no such page.
    Nothing,
    /// Too many sign-ins were begun at the person's address; it has to wait so many seconds.
    TooMany(u32),
    /// The server failed.
    Internal,
}

impl Failure {
    /// Something that did not work.
    pub fn new(told: Told, status: StatusCode) -> Self {
        Self {
            told,
            status,
            correlation_id: uuid(),
        }
    }

    /// Something that failed on the server's side: its cause goes into the server's own log.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let failure = Self::new(Told::Internal, StatusCode::INTERNAL_SERVER_ERROR);
        tracing::error!(
            correlation_id = failure.correlation_id,
            error,
            "a page failed"
        );
        failure
    }

    /// Names the sign-in it belongs to.
    #[must_use]
    pub fn correlation(mut self, id: &str) -> Self {
        id.clone_into(&mut self.correlation_id);
        self
    }

    /// The page.
    pub fn into_response(self, app: &App) -> Response {
        let wait = self.told.wait();
        let words = self.told.words();
        let page = Message {
            frame: Frame::new(app, None, &words.title),
            facts: Some(Facts {
                code: self.told.code(),
                correlation_id: self.correlation_id,
                at: app.server.now().to_string(),
            }),
            words,
        };
        let mut response = pages::respond(app, self.status, &page, None);
        if let Some(seconds) = wait {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl Told {
    fn words(self) -> Words {
        let (title, next) = match self {
            Self::TooMany(seconds) => {
                let unit = if seconds == 1 { "second" } else { "seconds" };
                let next = format!("Wait {seconds} {unit}, then load this page again.");
                return Words::new("Too many sign-ins were begun at your address", &next);
            }
            Self::NoSuchTenant => (
                "There is no such organisation here",
                "Check the address, or go back to the application and start again.",
            ),
            Self::NoSuchApplication => (
                "This application is not registered",
                "Tell whoever runs the application; its administrator has to register it here.",
            ),
            Self::WrongRedirect => (
                "This application asked for an answer at an unknown address",
                "Nothing was sent there. Tell whoever runs the application.",
            ),
            Self::Malformed => (
                "This request cannot be read",
                "Go back to the application and start again.",
            ),
            Self::Elsewhere => (
                "This sign-in was started elsewhere",
                "It belongs to another browser or device, so it cannot go on here. If you did not \
                 start it, close this page; otherwise start again from your application.",
            ),
            Self::Over => (
                "This sign-in has ended",
                "It took too long, or was finished before. Go back to the application and start \
                 again.",
            ),
            Self::Overtaken => (
                "This sign-in went on in another window",
                "Go on there, or go back to the application and start again.",
            ),
            Self::OtherSite => (
                "This form came from another site",
                "Nothing was done. Go back to the application and start again.",
            ),
            Self::UsedLink => (
                "This link counts no longer",
                "It was used before, or its time is over. Open a new one.",
            ),
            Self::NotHere => (
                "This page opens only on the server itself",
                "Open the link in a browser on the machine that certauth runs on.",
            ),
            Self::Nothing => (
                "There is nothing here",
                "Check the address, or go back to the application.",
            ),
            Self::Internal => (
                "The server failed",
                "Try again later. Your administrator finds the cause by the correlation ID.",
            ),
        };
        Words::new(title, next)
    }

    const fn code(self) -> Option<u32> {
        match self {
            Self::Elsewhere => Some(code::ELSEWHERE),
            Self::Over | Self::UsedLink => Some(code::EXPIRED),
            Self::NoSuchTenant
            | Self::NoSuchApplication
            | Self::WrongRedirect
            | Self::Malformed
            | Self::Overtaken
            | Self::OtherSite
            | Self::NotHere
            | Self::Nothing
            | Self::TooMany(_)
            | Self::Internal => None,
        }
    }

    const fn wait(self) -> Option<u32> {
        match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::NoSuchTenant
            | Self::NoSuchApplication
            | Self::WrongRedirect
            | Self::Malformed
            | Self::Elsewhere
            | Self::Over
            | Self::Overtaken
            | Self::OtherSite
            | Self::UsedLink
            | Self::NotHere
            | Self::Nothing
            | Self::Internal => None,
        }
    }
}

impl From<SlowDown> for Failure {
    fn from(slow: SlowDown) -> Self {
        Self::new(
            Told::TooMany(slow.retry_after),
            StatusCode::TOO_MANY_REQUESTS,
        )
    }
}

impl From<ParamsError> for Failure {
    fn from(_: ParamsError) -> Self {
        Self::new(Told::Malformed, StatusCode::BAD_REQUEST)
    }
}

impl From<NotHeld> for Failure {
    fn from(error: NotHeld) -> Self {
        match error {
            NotHeld::Over => Self::new(Told::Over, StatusCode::BAD_REQUEST),
            NotHeld::Elsewhere(journey) => Self::new(Told::Elsewhere, StatusCode::FORBIDDEN)
                .correlation(&journey.correlation_id),
            NotHeld::Overtaken => Self::new(Told::Overtaken, StatusCode::CONFLICT),
            NotHeld::Store(_) | NotHeld::Unreadable(_) => Self::internal(&error),
        }
    }
}

impl From<ConductError> for Failure {
    fn from(error: ConductError) -> Self {
        match error {
            ConductError::NotHeld(error) => error.into(),
            ConductError::OutOfTurn(held) => Self::new(Told::Over, StatusCode::CONFLICT)
                .correlation(&held.journey.correlation_id),
            ConductError::NoApplication => {
                Self::new(Told::NoSuchApplication, StatusCode::BAD_REQUEST)
            }
            ConductError::Store(error) => error.into(),
        }
    }
}
