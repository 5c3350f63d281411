//! Lists at random: complete, partitioned and changed by deltas; judged by `certs` and OpenSSL.

mod differences;
mod judges;
mod plan;

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};

pub use judges::Status;
pub use plan::{Base, Delta, DeltaEntry, Plan, Scope, Window};

use crate::keys::Key;
use crate::run::rng;
use crate::world::World;
use judges::Lists;

/// A case of lists and what is said of the leaf.
#[derive(Debug)]
pub struct Case {
    /// The lists.
    pub plan: Plan,
    /// `certs`.
    pub ours: Status,
    /// OpenSSL.
    pub openssl: Status,
}

/// Nothing explains why the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWrittenDown;

/// How many came out how.
#[derive(Debug, Default)]
pub struct Counts {
    /// Cases by what we and OpenSSL say.
    pub cases: BTreeMap<(&'static str, &'static str), u64>,
    /// By the difference that explains them.
    pub differences: BTreeMap<&'static str, u64>,
    /// Cases with a difference that is not written down, the first ones shrunk.
    pub unexplained: Vec<Case>,
}

/// Runs cases from the seed on.
pub fn run(seed: u64, cases: u64) -> Result<Counts> {
    let world = World::with(Key::p256, &[plan::distribution_point()])?;
    let mut counts = Counts::default();
    for number in 0..cases {
        let mut runner = TestRunner::new_with_rng(Config::default(), rng(seed, number));
        let mut tree = plan::plan()
            .new_tree(&mut runner)
            .map_err(|reason| anyhow::anyhow!("no plan: {reason}"))?;
        let mut case = judge(tree.current(), &world)?;
        let words = (case.ours.word(), case.openssl.word());
        *counts.cases.entry(words).or_default() += 1;
        match case.difference() {
            Ok(None) => continue,
            Ok(Some(name)) => {
                *counts.differences.entry(name).or_default() += 1;
                continue;
            }
            Err(NotWrittenDown) => {}
        }
        let mut goes_on = counts.unexplained.len() < MOST_SHRUNK && tree.simplify();
        while goes_on {
            let smaller = judge(tree.current(), &world)?;
            goes_on = if smaller.difference().is_err() {
                case = smaller;
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
        counts.unexplained.push(case);
    }
    Ok(counts)
}

/// Judges a plan.
pub fn judge(plan: Plan, world: &World) -> Result<Case> {
    let lists = Lists::sign(&plan, world)?;
    Ok(Case {
        ours: judges::ours(&lists, world),
        openssl: judges::openssl(&lists, world)?,
        plan,
    })
}

impl Case {
    /// What is written down where the two differ on whether the leaf is good; which of them calls
    /// it revoked, and which unknown, is no difference.
    pub fn difference(&self) -> Result<Option<&'static str>, NotWrittenDown> {
        if self.ours.is_good() == self.openssl.is_good() {
            return Ok(None);
        }
        differences::find(self).map(Some).ok_or(NotWrittenDown)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((ours, openssl), count) in &self.cases {
            writeln!(f, "{count:>8}  lists: certs {ours}, OpenSSL {openssl}")?;
        }
        for (name, count) in &self.differences {
            writeln!(f, "{count:>8}  differ: {name}")?;
        }
        writeln!(
            f,
            "{:>8}  cases of lists that nothing explains",
            self.unexplained.len()
        )?;
        for case in self.unexplained.iter().take(MOST_SHRUNK) {
            writeln!(f, "{case:#?}")?;
        }
        Ok(())
    }
}

const MOST_SHRUNK: usize = 12;
