//! How a journey moves: any event at any step gives a next step.

use policy::Factor;

use super::{Journey, Problem, Proven, Refused, Step};

/// What happened to a journey.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The person gave a username.
    Username(String),
    /// The person is someone else, and starts over.
    NotMe,
    /// The person chose a way.
    Chose(Factor),
    /// A secret was not right, or came too soon after others that were not.
    Wrong(Factor, Problem),
    /// A proof holds, and the application asks for one more.
    More(Proven),
    /// A try was refused.
    Refused(Refused),
    /// The person may in.
    Allowed,
}

/// A journey after an event.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Turn {
    /// The journey, moved or as it was.
    pub journey: Journey,
    /// Whether the event had its place there; if not, nothing moved.
    pub taken: bool,
}

impl Journey {
    /// Moves on.
    pub fn on(self, event: Event) -> Turn {
        match self.next(&event) {
            Some(step) => Turn {
                journey: self.moved(step, event),
                taken: true,
            },
            None => Turn {
                journey: self,
                taken: false,
            },
        }
    }

    fn next(&self, event: &Event) -> Option<Step> {
        let username_known = match &self.step {
            Step::Done => return None,
            Step::Username => false,
            Step::Choose | Step::Asked { .. } | Step::Refused(_) => true,
        };
        match event {
            Event::NotMe => Some(Step::Username),
            Event::Username(_) => self.proven.is_none().then_some(Step::Choose),
            Event::Chose(factor) => {
                (username_known && self.open().contains(factor)).then_some(Step::Asked {
                    factor: *factor,
                    problem: None,
                })
            }
            Event::Wrong(factor, problem) => (username_known && self.open().contains(factor))
                .then_some(Step::Asked {
                    factor: *factor,
                    problem: Some(*problem),
                }),
            Event::More(proven) => proven.offers.first().map(|factor| Step::Asked {
                factor: *factor,
                problem: None,
            }),
            Event::Refused(refused) => username_known.then(|| Step::Refused(refused.clone())),
            Event::Allowed => username_known.then_some(Step::Done),
        }
    }

    fn moved(self, step: Step, event: Event) -> Self {
        let (username, proven) = match event {
            Event::Username(username) => (Some(username), None),
            Event::NotMe => (None, None),
            Event::More(proven) => (self.username, Some(proven)),
            Event::Chose(_) | Event::Wrong(..) | Event::Refused(_) | Event::Allowed => {
                (self.username, self.proven)
            }
        };
        Self {
            username,
            proven,
            step,
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
