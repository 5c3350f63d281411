//! What the machine has to offer to the stages.

use std::collections::BTreeSet;

/// The system packages that the machine lacks.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    missing: BTreeSet<&'static str>,
}

impl Machine {
    /// A machine that lacks these packages.
    pub(super) fn without(missing: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            missing: missing.into_iter().collect(),
        }
    }

    /// Says which of these packages are missing, in the words of a skipped stage.
    pub(super) fn lacks(&self, wanted: &[&'static str]) -> Option<String> {
        let missing: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|package| self.missing.contains(package))
            .collect();
        (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_hears_only_of_the_packages_that_it_needs() {
        let machine = Machine::without(["chromium", "xvfb"]);
        assert_eq!(
            machine.lacks(&["softhsm2", "xvfb"]).as_deref(),
            Some("not installed: xvfb")
        );
        assert_eq!(machine.lacks(&["softhsm2"]), None);
    }
}
