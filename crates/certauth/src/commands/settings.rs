//! What a tenant chooses beside the directory's documents.

use clap::{Args, ValueEnum};
use policy::{Compatibility, PolicyOidsFrom, SerialOrders, Settings, TwoPossessionFactors};

/// Choices beside the directory's documents.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SettingOptions {
    /// Whose behaviour: the directory's of this day, or that of its preview in 2022, where the
    /// certificate finds the account, a mismatch ends the search, and everybody is in scope.
    #[arg(long, value_name = "WHICH")]
    compatibility: Option<Era>,

    /// Which policy OIDs of a certificate count: those that it asserts, or of them those that hold
    /// along its path.
    #[arg(long, value_name = "WHERE")]
    policy_oids_from: Option<From>,

    /// In which order of its bytes a serial number in certificateUserIds counts: reversed, as the
    /// directory has it, or either, as some of its tools print it.
    #[arg(long, value_name = "ORDER")]
    serial_order: Option<Order>,

    /// What two things that are held count for together, a certificate and a passkey for example.
    #[arg(long, value_name = "STRENGTH")]
    two_possession_factors: Option<Two>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Era {
    Current,
    #[value(name = "preview-2022")]
    Preview2022,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    Leaf,
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    Reversed,
    Either,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Two {
    SingleFactor,
    MultiFactor,
}

impl SettingOptions {
    /// Whether one was given.
    pub(super) const fn is_empty(&self) -> bool {
        self.compatibility.is_none()
            && self.policy_oids_from.is_none()
            && self.serial_order.is_none()
            && self.two_possession_factors.is_none()
    }

    /// Puts what was given in the place of what is there.
    pub(super) const fn apply(&self, settings: &mut Settings) {
        if let Some(era) = self.compatibility {
            settings.compatibility = match era {
                Era::Current => Compatibility::Current,
                Era::Preview2022 => Compatibility::Preview2022,
            };
        }
        if let Some(from) = self.policy_oids_from {
            settings.policy_oids_from = match from {
                From::Leaf => PolicyOidsFrom::Leaf,
                From::Path => PolicyOidsFrom::Path,
            };
        }
        if let Some(order) = self.serial_order {
            settings.serial_order = match order {
                Order::Reversed => SerialOrders::Reversed,
                Order::Either => SerialOrders::Either,
            };
        }
        if let Some(two) = self.two_possession_factors {
            settings.two_possession_factors = match two {
                Two::SingleFactor => TwoPossessionFactors::SingleFactor,
                Two::MultiFactor => TwoPossessionFactors::MultiFactor,
            };
        }
    }
}

/// What differs from the directory of this day, a line each.
pub(super) fn describe(settings: Settings) -> Vec<&'static str> {
    let mut lines = Vec::new();
    match settings.compatibility {
        Compatibility::Current => {}
        Compatibility::Preview2022 => lines.push("accounts and scope as in the preview of 2022"),
    }
    match settings.policy_oids_from {
        PolicyOidsFrom::Leaf => {}
        PolicyOidsFrom::Path => lines.push("policy OIDs that hold along the path alone"),
    }
    match settings.serial_order {
        SerialOrders::Reversed => {}
        SerialOrders::Either => lines.push("serial numbers in either order of their bytes"),
    }
    match settings.two_possession_factors {
        TwoPossessionFactors::SingleFactor => {}
        TwoPossessionFactors::MultiFactor => lines.push("two things that are held are two factors"),
    }
    lines
}
