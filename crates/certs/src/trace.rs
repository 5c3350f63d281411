use serde::{Deserialize, Serialize};

/// What was checked, in order: the verdict is read off it, so that the explanation and the decision
/// cannot disagree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    lines: Vec<Line>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which check.
    pub check: Check,
    /// How it came out.
    pub outcome: Outcome,
    /// The certificate it was about, by its subject (RFC 4514).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What was wanted; times in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there; times in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The refusal's code, on a line that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// Who may read the values.
    pub reader: Reader,
}

/// Which check a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A certificate came, and the handshake proved its key.
    Key,
    /// Its issuers lead to a trust anchor.
    Path,
    /// Each signature of the path fits.
    Signature,
    /// The certificates are inside their validity.
    Time,
    /// The issuers may issue, and nothing critical is unknown.
    Constraints,
    /// The names lie within what the issuers permit.
    NameConstraints,
    /// The certificate policies that hold for the whole path.
    Policies,
    /// The certificate is meant for signing in.
    Purpose,
    /// No certificate of the path is revoked.
    Revocation,
    /// The method is on and the account is in its scope.
    Method,
    /// The issuing CA is meant for this account.
    Scope,
    /// The certificate names the account.
    Account,
    /// How many factors the proof counts for.
    Strength,
    /// What the application asks for.
    Policy,
    /// The password.
    Password,
    /// The one-time code.
    Code,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It was not reached, or is not asked for.
    NotChecked,
}

/// Who may read a line's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// The person who signs in: what they presented themselves.
    Person,
    /// Administrators only: what the account or the rules hold.
    Administrator,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a name, a time or a literal is handed over alike"
)]
impl Line {
    /// A check that holds.
    #[must_use]
    pub fn passed(check: Check) -> Self {
        Self::new(check, Outcome::Passed, None)
    }

    /// A check that does not hold, and the refusal's code.
    #[must_use]
    pub fn failed(check: Check, code: u32) -> Self {
        Self::new(check, Outcome::Failed, Some(code))
    }

    /// A check that was not reached, or is not asked for.
    #[must_use]
    pub fn not_checked(check: Check) -> Self {
        Self::new(check, Outcome::NotChecked, None)
    }

    /// Names the certificate the check was about.
    #[must_use]
    pub fn on(mut self, certificate: impl ToString) -> Self {
        self.certificate = Some(certificate.to_string());
        self
    }

    /// Says what was wanted.
    #[must_use]
    pub fn expected(mut self, value: impl ToString) -> Self {
        self.expected = Some(value.to_string());
        self
    }

    /// Says what was there.
    #[must_use]
    pub fn found(mut self, value: impl ToString) -> Self {
        self.found = Some(value.to_string());
        self
    }

    /// Keeps the values for administrators.
    #[must_use]
    pub fn for_administrators(mut self) -> Self {
        self.reader = Reader::Administrator;
        self
    }

    fn new(check: Check, outcome: Outcome, code: Option<u32>) -> Self {
        Self {
            check,
            outcome,
            certificate: None,
            expected: None,
            found: None,
            code,
            reader: Reader::Person,
        }
    }
}

impl Trace {
    /// An empty trace.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds the lines of another trace.
    pub fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// The lines, in the order of the checks.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The first line that failed; none is the verdict "holds".
    #[must_use]
    pub fn failure(&self) -> Option<&Line> {
        self.lines
            .iter()
            .find(|line| line.outcome == Outcome::Failed)
    }
}
