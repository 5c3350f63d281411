//! Conditional access: policies that ask for more, for some people and some applications.

use std::fmt;

use crate::account::{Account, Application};
use crate::authentication_strength::AuthenticationStrength;

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionalAccessPolicy {
    /// Its id; none before the directory gave it one.
    pub id: Option<String>,
    /// Its name.
    pub display_name: String,
    /// Whether it counts.
    pub state: PolicyState,
    /// For whom.
    pub users: Users,
    /// For what.
    pub applications: Applications,
    /// From which kinds of clients.
    pub clients: Clients,
    /// What it asks for; none where it only limits the session.
    pub grant: Option<GrantControl>,
    /// How recent the proofs have to be.
    pub sign_in_frequency: Option<SignInFrequency>,
}

/// Whether a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyState {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
    /// It is evaluated, and only leaves a line.
    ReportOnly,
}

/// For whom a policy is: whoever is included and not excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// Ids of accounts; `All` stands for everybody, `None` for nobody.
    pub include_users: Vec<String>,
    /// Ids of accounts.
    pub exclude_users: Vec<String>,
    /// Ids of groups.
    pub include_groups: Vec<String>,
    /// Ids of groups.
    pub exclude_groups: Vec<String>,
}

/// For which applications a policy is: whichever are included and not excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications {
    /// Ids of applications; `All` stands for every one, `None` for none.
    pub include: Vec<String>,
    /// Ids of applications.
    pub exclude: Vec<String>,
}

/// From which kinds of clients a policy is about sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// All kinds that there are: browsers and applications of today.
    Any,
    /// Clients with legacy protocols, which certauth does not speak: never.
    LegacyOnly,
}

/// What a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantControl {
    /// Nothing helps.
    Block,
    /// Two factors.
    MultiFactor,
    /// A strength.
    Strength(StrengthReference),
}

/// Which strength a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrengthReference {
    /// The strength's id.
    pub id: Option<String>,
    /// The strength, where the policy carries the whole of it.
    pub whole: Option<AuthenticationStrength>,
}

/// How recent proofs have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInFrequency {
    /// At most this old.
    pub period: Period,
    /// Which of the proofs.
    pub of: FrequencyOf,
}

/// How old a proof may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many hours.
    Hours(u32),
    /// So many days.
    Days(u32),
    /// It has to be proven every time; five minutes make one time.
    EveryTime,
}

/// Which proofs have to be recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrequencyOf {
    /// All of them.
    PrimaryAndSecondary,
    /// The last of them, which made two factors of what was there.
    Secondary,
}

impl Period {
    /// The most seconds that may have passed.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Hours(hours) => i64::from(hours).saturating_mul(3600),
            Self::Days(days) => i64::from(days).saturating_mul(24 * 3600),
            Self::EveryTime => 5 * 60,
        }
    }
}

/// Prints "8 hours", "1 day", "5 minutes".
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Hours(hours) => (*hours, "hour"),
            Self::Days(days) => (*days, "day"),
            Self::EveryTime => (5, "minute"),
        };
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{plural}")
    }
}

impl ConditionalAccessPolicy {
    /// Whether the policy is about this sign-in.
    #[must_use]
    pub fn concerns(&self, account: &Account, application: &Application) -> bool {
        self.clients == Clients::Any
            && self.applications.hold(application)
            && self.users.hold(account)
    }
}

impl Users {
    fn hold(&self, account: &Account) -> bool {
        let named = |ids: &[String]| {
            ids.iter()
                .any(|id| id == ALL || id.eq_ignore_ascii_case(&account.id))
        };
        let member = |groups: &[String]| groups.iter().any(|group| account.groups.contains(group));
        (named(&self.include_users) || member(&self.include_groups))
            && !named(&self.exclude_users)
            && !member(&self.exclude_groups)
    }
}

impl Applications {
    fn hold(&self, application: &Application) -> bool {
        let named = |ids: &[String]| {
            ids.iter()
                .any(|id| id == ALL || id.eq_ignore_ascii_case(&application.id))
        };
        named(&self.include) && !named(&self.exclude)
    }
}

/// Stands for everybody, or for every application.
pub(crate) const ALL: &str = "All";
