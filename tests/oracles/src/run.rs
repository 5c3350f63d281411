//! Runs cases, counts how they came out, and shrinks the one that nobody can explain.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use anyhow::{Context as _, Result};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::differences::{self, Difference};
use crate::judges::{self, Opinion, Path};
use crate::keys::Pool;
use crate::mint::{self, Minted};
use crate::plan::{self, Kind, Plan};

/// A case, its certificates, and what each judge says.
#[derive(Debug)]
pub struct Case {
    /// What it consists of.
    pub plan: Plan,
    /// Its certificates.
    pub minted: Minted,
    /// Every path by name.
    pub paths: Vec<Path>,
    /// `certs`.
    pub ours: Opinion,
    /// OpenSSL.
    pub openssl: Opinion,
    /// certval.
    pub certval: Opinion,
}

/// How many cases came out how.
#[derive(Debug, Default)]
pub struct Counts {
    /// By what we, OpenSSL and certval say.
    pub verdicts: BTreeMap<(bool, bool, bool), u64>,
    /// By the difference that explains them.
    pub differences: BTreeMap<&'static str, u64>,
    /// By what was broken: how many, and how many of them we refused.
    pub faults: BTreeMap<Option<Kind>, (u64, u64)>,
    /// Differences that are not written down.
    pub unexplained: u64,
    /// The same by who says what, for whoever writes them down.
    pub groups: BTreeMap<String, u64>,
}

/// A case that no difference explains, as small as it gets.
#[derive(Debug)]
pub struct Unexplained {
    /// The number of the case in its run.
    pub number: u64,
    /// The case.
    pub case: Case,
}

/// Judges a plan.
pub fn judge(plan: Plan, keys: &Pool) -> Result<Case> {
    let minted = mint::mint(&plan, keys).context("a plan that cannot be minted")?;
    let paths = judges::paths(&minted);
    let ours = judges::ours::judge(&plan.asked, &minted);
    let openssl = judges::openssl::judge(&plan.asked, &minted, &paths);
    let certval = judges::certval::judge(&plan.asked, &minted, &paths);
    Ok(Case {
        plan,
        minted,
        paths,
        ours,
        openssl,
        certval,
    })
}

/// Runs cases from the seed on, and hands over the first ones that nobody can explain.
pub fn run(seed: u64, cases: u64, most_unexplained: usize) -> Result<(Counts, Vec<Unexplained>)> {
    let keys = Pool::mint()?;
    let mut counts = Counts::default();
    let mut unexplained = Vec::new();
    for number in 0..cases {
        let mut runner = TestRunner::new_with_rng(Config::default(), rng(seed, number));
        let mut tree = plan::plan()
            .new_tree(&mut runner)
            .map_err(|reason| anyhow::anyhow!("no plan: {reason}"))?;
        let case = judge(tree.current(), &keys)?;
        counts.add(&case);
        if explained(&case) {
            continue;
        }
        counts.unexplained += 1;
        if unexplained.len() < most_unexplained {
            let case = shrink(&mut tree, case, &keys)?;
            unexplained.push(Unexplained { number, case });
        }
    }
    Ok((counts, unexplained))
}

/// Takes away what the disagreement does not need.
fn shrink(
    tree: &mut impl proptest::strategy::ValueTree<Value = Plan>,
    found: Case,
    keys: &Pool,
) -> Result<Case> {
    let mut smallest = found;
    let mut steps = 0;
    let mut goes_on = tree.simplify();
    while goes_on && steps < MOST_STEPS {
        steps += 1;
        let case = judge(tree.current(), keys)?;
        let same = case.verdicts() == smallest.verdicts() && !explained(&case);
        if same {
            smallest = case;
        }
        goes_on = if same { tree.simplify() } else { tree.complicate() };
    }
    Ok(smallest)
}

impl Case {
    /// Whether we, OpenSSL and certval accept it.
    pub fn verdicts(&self) -> (bool, bool, bool) {
        (
            self.ours.accepted,
            self.openssl.accepted,
            self.certval.accepted,
        )
    }

    /// What a difference looks like from outside.
    fn group(&self, judge: &str) -> String {
        let theirs = if judge == "OpenSSL" {
            &self.openssl
        } else {
            &self.certval
        };
        let reason = |opinion: &Opinion| opinion.reasons.last().cloned().unwrap_or_default();
        let fault = self.plan.fault.map(|fault| {
            let at = fault.at % (self.minted.pool.len() + 1);
            (fault.kind, if at == 0 { "leaf" } else { "authority" })
        });
        format!(
            "{judge}, {fault:?}: certs {} {:?}; they {} {:?}",
            word(self.ours.accepted),
            reason(&self.ours),
            word(theirs.accepted),
            reason(theirs)
        )
    }

    /// What is written down about each judge that does not agree with us.
    pub fn explanations(&self) -> Vec<(&'static str, Option<&'static Difference>)> {
        let mut all = Vec::new();
        for (judge, opinion) in [("OpenSSL", &self.openssl), ("certval", &self.certval)] {
            if opinion.accepted != self.ours.accepted {
                all.push((judge, differences::find(judge, self)));
            }
        }
        all
    }
}

fn explained(case: &Case) -> bool {
    case.explanations()
        .iter()
        .all(|(_, difference)| difference.is_some())
}

impl Counts {
    fn add(&mut self, case: &Case) {
        *self.verdicts.entry(case.verdicts()).or_default() += 1;
        for (judge, difference) in case.explanations() {
            match difference {
                Some(difference) => *self.differences.entry(difference.name).or_default() += 1,
                None => *self.groups.entry(case.group(judge)).or_default() += 1,
            }
        }
        let fault = case.plan.fault.map(|fault| fault.kind);
        let (all, refused) = self.faults.entry(fault).or_default();
        *all += 1;
        *refused += u64::from(!case.ours.accepted);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((ours, openssl, certval), count) in &self.verdicts {
            writeln!(
                f,
                "{count:>8}  certs {}, OpenSSL {}, certval {}",
                word(*ours),
                word(*openssl),
                word(*certval)
            )?;
        }
        for (name, count) in &self.differences {
            writeln!(f, "{count:>8}  {name}")?;
        }
        writeln!(f, "{:>8}  differ and nothing explains it", self.unexplained)
    }
}

fn word(accepts: bool) -> &'static str {
    if accepts { "accepts" } else { "refuses" }
}

/// Each case has randomness of its own, so that one can be run again without those before it.
fn rng(seed: u64, number: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// How long a run took, in cases a second.
pub fn pace(cases: u64, since: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a pace is rough")]
    let cases = cases as f64;
    cases / since.elapsed().as_secs_f64()
}

const MOST_STEPS: u32 = 400;
