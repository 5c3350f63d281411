//! Why a sign-in was refused, for two readers.
//!
//! The person reads what they presented and what to do; what the account holds, which rules there
//! are, and whether the account exists are for administrators alone.

use certs::{Check, Line, Outcome, Reader, Trace};
use serde::{Deserialize, Serialize};

use crate::code;

/// A refusal: its trace says everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: u32,
    trace: Trace,
}

/// A refusal as one reader sees it. The same shape serves pages, JSON, log and command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The directory's code.
    pub code: u32,
    /// The check that failed.
    pub failed: Check,
    /// What was checked, in order.
    pub checks: Vec<CheckLine>,
    /// What to do.
    pub next: NextStep,
}

/// One check as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckLine {
    /// Which check.
    pub check: Check,
    /// How it came out.
    pub outcome: Outcome,
    /// The certificate it was about, by its subject.
    pub certificate: Option<String>,
    /// What was wanted.
    pub expected: Option<String>,
    /// What was there.
    pub found: Option<String>,
}

/// What helps after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Another certificate.
    ChooseAnother,
    /// Another way to sign in.
    OtherWay,
    /// The same again, perhaps later.
    TryAgain,
    /// An administrator has to change something.
    AskAdministrator,
}

impl Refusal {
    /// A refusal whose reason is the trace's failed line.
    #[must_use]
    pub(crate) fn new(trace: Trace) -> Self {
        let code = trace
            .failure()
            .and_then(|line| line.code)
            .unwrap_or(certs::code::CERTIFICATE_NOT_VALID);
        Self { code, trace }
    }

    /// The directory's code.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.code
    }

    /// The whole trace.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What the person may read.
    #[must_use]
    pub fn for_person(&self) -> Explanation {
        self.for_reader(|line| line.reader == Reader::Person)
    }

    /// What an administrator may read: everything.
    #[must_use]
    pub fn for_administrator(&self) -> Explanation {
        self.for_reader(|_| true)
    }

    fn for_reader(&self, may_read: impl Fn(&Line) -> bool) -> Explanation {
        let mut checks: Vec<CheckLine> = self
            .trace
            .lines()
            .iter()
            .filter(|line| may_read(line))
            .map(CheckLine::from)
            .collect();
        let failed = self.trace.failure().map_or(Check::Path, |line| line.check);
        if let Some(position) = CERTIFICATE_ORDER.iter().position(|check| *check == failed)
            && self
                .trace
                .lines()
                .iter()
                .any(|line| line.check == Check::Key)
        {
            let after = CERTIFICATE_ORDER.iter().skip(position + 1);
            checks.extend(after.map(|check| CheckLine::from(&Line::not_checked(*check))));
        }
        Explanation {
            code: self.code,
            failed,
            checks,
            next: next_step(self.code),
        }
    }
}

impl From<certs::Refused> for Refusal {
    fn from(refused: certs::Refused) -> Self {
        Self::new(refused.trace)
    }
}

impl From<&Line> for CheckLine {
    fn from(line: &Line) -> Self {
        Self {
            check: line.check,
            outcome: line.outcome,
            certificate: line.certificate.clone(),
            expected: line.expected.clone(),
            found: line.found.clone(),
        }
    }
}

/// The lines of a trace for a reader who may read all of it.
pub(crate) fn all_checks(trace: &Trace) -> Vec<CheckLine> {
    trace.lines().iter().map(CheckLine::from).collect()
}

fn next_step(code: u32) -> NextStep {
    match code {
        certs::code::CRL_FETCH_FAILED
        | certs::code::CRL_NOT_USABLE
        | certs::code::CRL_MISSING
        | certs::code::DELTA_WITHOUT_BASE
        | certs::code::CRL_STALE
        | certs::code::CRL_TIMED_OUT
        | certs::code::CRL_NOT_DER
        | certs::code::CRL_TOO_LARGE
        | certs::code::CRL_WRONG_SIGNER
        | code::WRONG_PASSWORD => NextStep::TryAgain,
        code::METHOD_NOT_ALLOWED
        | code::SECOND_FACTOR_REQUIRED
        | code::STRENGTH_NOT_MET
        | code::SIGN_IN_TOO_OLD => NextStep::OtherWay,
        code::ACCOUNT_DISABLED | code::SECOND_FACTOR_NOT_ENROLLED | code::BLOCKED => {
            NextStep::AskAdministrator
        }
        _ => NextStep::ChooseAnother,
    }
}

/// The order in which a certificate is judged; what stands after the failed check was not reached.
const CERTIFICATE_ORDER: [Check; 14] = [
    Check::Key,
    Check::Path,
    Check::Time,
    Check::Signature,
    Check::Constraints,
    Check::NameConstraints,
    Check::Policies,
    Check::Purpose,
    Check::Revocation,
    Check::Account,
    Check::Method,
    Check::Scope,
    Check::Strength,
    Check::Policy,
];
