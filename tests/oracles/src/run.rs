//! Runs cases, counts how they came out, and shrinks those that nobody can explain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result};
use proptest::strategy::{Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::differences::{self, Difference};
use crate::judges::{self, Opinion, Path, certval, openssl, ours};
use crate::keys::Pool;
use crate::mint::{self, Minted, Origin};
use crate::plan::{self, Kind, Plan, Says};

/// A case, its certificates, and what is said of it.
#[derive(Debug)]
pub struct Case {
    /// What it consists of.
    pub plan: Plan,
    /// Its certificates.
    pub minted: Minted,
    /// What we say of the pool as a whole.
    pub whole: Opinion,
    /// Whether we accept any path by itself.
    pub alone: bool,
    /// Paths by name, each by itself.
    pub paths: Vec<Judged>,
}

/// One path, and what each judge says of it alone.
#[derive(Debug)]
pub struct Judged {
    /// The path.
    pub path: Path,
    /// `certs`.
    pub ours: Opinion,
    /// OpenSSL.
    pub openssl: Opinion,
    /// certval.
    pub certval: Opinion,
}

/// Someone who does not agree with us on a path.
#[derive(Debug)]
pub struct Disagreement<'a> {
    /// Who.
    pub judge: &'static str,
    /// What they say.
    pub theirs: &'a Opinion,
    /// On which path.
    pub on: &'a Judged,
    /// What is written down about it.
    pub difference: Option<&'static Difference>,
}

/// How many came out how.
#[derive(Debug, Default)]
pub struct Counts {
    /// Cases by whether we accept them.
    pub cases: BTreeMap<bool, u64>,
    /// Paths by what we, OpenSSL and certval say.
    pub paths: BTreeMap<(bool, bool, bool), u64>,
    /// Accepted paths whose policies we and OpenSSL find the same.
    pub policies: u64,
    /// By the difference that explains them.
    pub differences: BTreeMap<&'static str, u64>,
    /// By what was broken: how many cases, and how many of them we refused.
    pub faults: BTreeMap<Option<Kind>, (u64, u64)>,
    /// Cases with a difference that is not written down, or where our search and our judgement
    /// of single paths disagree.
    pub unexplained: u64,
    /// The same by who says what, for whoever writes them down.
    pub groups: BTreeMap<String, u64>,
}

/// A case that nothing explains, as small as it gets.
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
    let everything: Vec<usize> = (0..minted.pool.len()).collect();
    let whole = ours::judge(&plan.asked, &minted, &everything);
    let openssl = openssl::Judge::new(&plan.asked, &minted)?;
    let certval = certval::Judge::new(&plan.asked, &minted);
    let mut paths = Vec::new();
    let every = judges::paths(&minted);
    let alone = every
        .iter()
        .any(|path| ours::judge(&plan.asked, &minted, path).holds());
    for path in judges::few(every, &minted, MOST_PATHS) {
        paths.push(Judged {
            ours: ours::judge(&plan.asked, &minted, &path),
            openssl: openssl.judge(&path)?,
            certval: certval.judge(&path),
            path,
        });
    }
    settle(&mut paths);
    Ok(Case {
        plan,
        minted,
        whole,
        alone,
        paths,
    })
}

/// A path holds where another one of its authorities alone does: who is asked of it may take them
/// in another order, and use those that it needs, as after a key was rolled over.
fn settle(paths: &mut [Judged]) {
    let alone: Vec<(Path, Opinion, Opinion)> = paths
        .iter()
        .map(|judged| {
            (
                judged.path.clone(),
                judged.openssl.clone(),
                judged.certval.clone(),
            )
        })
        .collect();
    for judged in paths {
        for (path, openssl, certval) in &alone {
            if !path.iter().all(|one| judged.path.contains(one)) {
                continue;
            }
            if openssl.holds() && !judged.openssl.holds() {
                judged.openssl = openssl.clone();
            }
            if certval.holds() && !judged.certval.holds() {
                judged.certval = certval.clone();
            }
        }
    }
}

/// Runs cases from the seed on, and hands over the first ones that nothing explains.
///
/// With words, only cases in whose troubles they stand are handed over.
pub fn run(
    seed: u64,
    cases: u64,
    most_unexplained: usize,
    words: Option<&str>,
) -> Result<(Counts, Vec<Unexplained>)> {
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
        if case.troubles().is_empty() {
            continue;
        }
        counts.unexplained += 1;
        let wanted = |trouble: &String| words.is_none_or(|words| trouble.contains(words));
        if unexplained.len() < most_unexplained && case.troubles().iter().any(wanted) {
            let case = shrink(&mut tree, case, &keys, wanted)?;
            unexplained.push(Unexplained { number, case });
        }
    }
    Ok((counts, unexplained))
}

/// Takes away what the trouble does not need.
fn shrink(
    tree: &mut impl ValueTree<Value = Plan>,
    found: Case,
    keys: &Pool,
    wanted: impl Fn(&String) -> bool,
) -> Result<Case> {
    let before: Vec<String> = found.troubles().into_iter().filter(wanted).collect();
    let mut smallest = found;
    let mut goes_on = tree.simplify();
    for _ in 0..MOST_STEPS {
        if !goes_on {
            break;
        }
        let case = judge(tree.current(), keys)?;
        let same = case
            .troubles()
            .iter()
            .any(|trouble| before.contains(trouble));
        goes_on = if same {
            smallest = case;
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    Ok(smallest)
}

impl Case {
    /// Whoever does not agree with us, path by path.
    pub fn disagreements(&self) -> impl Iterator<Item = Disagreement<'_>> {
        let told = self
            .paths
            .iter()
            .enumerate()
            .filter(|(number, judged)| !self.holds_within(*number, judged));
        told.flat_map(move |(_, on)| {
            [("OpenSSL", &on.openssl), ("certval", &on.certval)]
                .into_iter()
                .filter(move |(_, theirs)| theirs.holds() != on.ours.holds())
                .map(move |(judge, theirs)| Disagreement {
                    judge,
                    theirs,
                    on,
                    difference: differences::find(judge, theirs, on, self),
                })
        })
    }

    /// Whether we accept another path of some of these authorities, which then is what we said of
    /// this one.
    fn holds_within(&self, number: usize, judged: &Judged) -> bool {
        judged.ours.holds()
            && self.paths.iter().enumerate().any(|(other, within)| {
                let shorter = within.path.len() < judged.path.len();
                let earlier = within.path.len() == judged.path.len() && other < number;
                within.ours.holds()
                    && (shorter || earlier)
                    && within.path.iter().all(|one| judged.path.contains(one))
            })
    }

    /// What nothing explains.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles: Vec<String> = self
            .disagreements()
            .filter(|disagreement| disagreement.difference.is_none())
            .map(|disagreement| self.words(&disagreement))
            .collect();
        if self.alone != self.whole.holds() {
            troubles.push(format!(
                "the search {}, and a path {}",
                word(self.whole.holds()),
                word(self.alone)
            ));
        }
        for (number, judged) in self.paths.iter().enumerate() {
            if judged.same_policies() == Some(false)
                && !self.holds_within(number, judged)
                && !differences::in_policies(judged, self)
            {
                troubles.push("the policies of an accepted path differ".to_owned());
            }
        }
        troubles
    }

    fn words(&self, disagreement: &Disagreement<'_>) -> String {
        let fault = self.plan.fault.map(|fault| {
            let at = fault.at % (self.minted.pool.len() + 1);
            (fault.kind, if at == 0 { "leaf" } else { "authority" })
        });
        // Names and depths would make a group of each case.
        let ours = match &disagreement.on.ours {
            Opinion::Fails(reason) => reason.split_once(": ").map_or("", |(_, reason)| reason),
            Opinion::Holds(_) => "holds",
        };
        let theirs = disagreement.theirs.to_string();
        let theirs = theirs.split(" at ").next().unwrap_or_default();
        format!("{fault:?}: certs {ours}; {} {theirs}", disagreement.judge)
    }

    /// Whether the broken certificate is on this path, the leaf included.
    pub fn breaks(&self, on: &Judged) -> bool {
        match self.minted.broken {
            None => false,
            Some(0) => true,
            Some(number) => on.path.contains(&(number - 1)),
        }
    }

    /// Whether the anchor of this path is the broken certificate.
    pub fn breaks_anchor(&self, on: &Judged) -> bool {
        on.path
            .last()
            .is_some_and(|anchor| self.minted.broken == Some(anchor + 1))
    }

    /// What the authorities of this path say, the issuing one first; the second root says nothing.
    pub fn says(&self, on: &Judged) -> Vec<Option<&Says>> {
        on.path
            .iter()
            .map(|number| match self.minted.pool[*number].origin {
                Origin::Authority(number) => Some(&self.plan.authorities[number].says),
                Origin::Cross(number) => Some(&self.plan.crosses[number].says),
                Origin::SecondRoot | Origin::Leaf => None,
            })
            .collect()
    }
}

impl Judged {
    /// Whether we and OpenSSL find the same policies, where both accept. With anyPolicy among them
    /// any policy holds, whichever others are named beside it.
    fn same_policies(&self) -> Option<bool> {
        match (&self.ours, &self.openssl) {
            (Opinion::Holds(Some(ours)), Opinion::Holds(Some(theirs))) => {
                let any = |policies: &BTreeSet<String>| policies.contains(ANY_POLICY);
                Some(ours == theirs || any(ours) && any(theirs))
            }
            _ => None,
        }
    }
}

impl Counts {
    fn add(&mut self, case: &Case) {
        let accepted = case.whole.holds();
        *self.cases.entry(accepted).or_default() += 1;
        for judged in &case.paths {
            let verdicts = (
                judged.ours.holds(),
                judged.openssl.holds(),
                judged.certval.holds(),
            );
            *self.paths.entry(verdicts).or_default() += 1;
            self.policies += u64::from(judged.same_policies() == Some(true));
        }
        for disagreement in case.disagreements() {
            if let Some(difference) = disagreement.difference {
                *self.differences.entry(difference.name).or_default() += 1;
            }
        }
        for trouble in case.troubles() {
            *self.groups.entry(trouble).or_default() += 1;
        }
        let fault = case.plan.fault.map(|fault| fault.kind);
        let (all, refused) = self.faults.entry(fault).or_default();
        *all += 1;
        *refused += u64::from(!accepted);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (accepted, count) in &self.cases {
            writeln!(f, "{count:>8}  cases that certs {}", word(*accepted))?;
        }
        for ((ours, openssl, certval), count) in &self.paths {
            writeln!(
                f,
                "{count:>8}  paths: certs {}, OpenSSL {}, certval {}",
                word(*ours),
                word(*openssl),
                word(*certval)
            )?;
        }
        writeln!(f, "{:>8}  of them with OpenSSL's policies", self.policies)?;
        for (name, count) in &self.differences {
            writeln!(f, "{count:>8}  differ: {name}")?;
        }
        writeln!(f, "{:>8}  cases that nothing explains", self.unexplained)
    }
}

fn word(accepts: bool) -> &'static str {
    if accepts { "accepts" } else { "refuses" }
}

/// Each case has randomness of its own, so that one can be run again without those before it.
pub(crate) fn rng(seed: u64, number: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

const ANY_POLICY: &str = "2.5.29.32.0";
const MOST_STEPS: u32 = 400;
/// A mesh has more, and the shortest ones are like the others.
const MOST_PATHS: usize = 24;
