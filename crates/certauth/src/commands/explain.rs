use std::fs;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use certauth::directory::{self, plan::Finding};
use certauth::server::Clock;
use certauth::store::Store as _;
use certs::{Certificate, CurrentPath, Presented, Time};
use clap::{Args, ValueEnum};
use policy::{CheckLine, Decision, Evidence, Explanation, Lacking, NextStep, Refusal, Requirement};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::import::findings;
use super::settings::SettingOptions;
use super::{Ends, Site, trace};

pub(super) mod offline;

/// Judge a certificate as a sign-in would, and show every check.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Arguments {
    /// The certificate, PEM or DER; - is standard input.
    #[arg(value_name = "CERT")]
    certificate: PathBuf,

    /// Judge also whether it means this user, and how much it counts for.
    #[arg(long = "as", value_name = "UPN")]
    user: Option<String>,

    /// With --as: the application that is signed in to; one that asks for nothing, unless given.
    #[arg(long = "app", value_name = "ID", requires = "user")]
    application: Option<String>,

    /// Judge validity at another time, as in 2027-01-15T08:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Time>,

    /// Ask these exported documents instead of the database; no configuration is read then, and
    /// nothing is fetched.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) policy: Vec<PathBuf>,

    /// With --policy: a revocation list, DER or PEM. Where a CA has a list and it is not given,
    /// revocation is not known, and passes.
    #[arg(long, value_name = "FILE", requires = "policy")]
    crl: Vec<PathBuf>,

    /// With --policy: what the account has registered beside a password.
    #[arg(long, value_name = "WAY", requires = "policy")]
    registered: Vec<Way>,

    /// With --policy: the account has no password.
    #[arg(long, requires = "policy")]
    without_password: bool,

    #[command(flatten)]
    settings: SettingOptions,

    /// Fetch nothing: judge by the lists that are stored.
    #[arg(long, conflicts_with = "policy")]
    offline: bool,

    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// A way to sign in that an account can have registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Way {
    /// One-time codes.
    Code,
    /// A passkey whose holder is verified.
    Passkey,
}

/// The verdict, as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    verdict: Word,
    /// 0 where it is accepted.
    code: u32,
    subject: Option<String>,
    sha256: Option<String>,
    checks: Vec<CheckLine>,
    next: Option<NextStep>,
    /// What would do beside it, where more is needed.
    offers: Vec<&'static str>,
    /// What each of them has to be.
    wanted: Vec<Lacking>,
    /// What certauth reads otherwise than the directory.
    notes: Vec<Finding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Word {
    Accepted,
    /// It counts, and the application asks for another factor.
    MoreNeeded,
    Refused,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: &Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let presented = Presented {
        certificates: vec![read(&arguments.certificate)?],
    };
    if !arguments.settings.is_empty() {
        bail!("the tenant's settings count; see `certauth tenant set`, or ask with --policy");
    }
    let judged = judge(arguments, &presented, site).await?;
    end(arguments, &judged, out)
}

async fn judge(
    arguments: &Arguments,
    presented: &Presented,
    site: &Site,
) -> anyhow::Result<Judged> {
    let clock = Clock::system();
    let cache = site.installation.trust(clock.clone())?;
    let trust = cache.of(&site.tenant).await?;
    let at = arguments.at.unwrap_or_else(|| clock.now());
    let leaf = presented.certificates.first();
    let leaf = leaf.and_then(|der| Certificate::from_der(der).ok());
    let path = match certs::validate(presented, &trust.anchors, &trust.settings, at) {
        Ok(path) => {
            let revocation = if arguments.offline {
                trust.known(&path)
            } else {
                trust.revocation(&path).await
            };
            path.check(&revocation, clock.now())
        }
        Err(refused) => Err(refused),
    };
    let path = match path {
        Ok(path) => path,
        Err(refused) => return Ok(Judged::refused(&refused.into(), leaf.as_ref())),
    };
    let Some(name) = &arguments.user else {
        let checks = path.trace().lines().iter().map(CheckLine::from).collect();
        return Ok(Judged::new(Word::Accepted, 0, checks, leaf.as_ref()));
    };
    decide(path, name, arguments.application.as_deref(), at, site).await
}

/// Judges the account's side as well.
async fn decide(
    path: CurrentPath,
    name: &str,
    application: Option<&str>,
    at: Time,
    site: &Site,
) -> anyhow::Result<Judged> {
    let store = &site.installation.store;
    let application = match application {
        None => policy::Application {
            id: String::new(),
            name: "any application".to_owned(),
            requires: Requirement::Any,
        },
        Some(id) => {
            let known = store.application(&site.tenant.id, id).await?;
            known
                .with_context(|| format!("there is no application {id:?}"))?
                .application
        }
    };
    let policy = directory::policy(store, &site.tenant).await?;
    let leaf = path.leaf().clone();
    let Some(user) = store.user_by_name(&site.tenant.id, name).await? else {
        return Ok(Judged::refused(&policy.refuse_unknown(&path), Some(&leaf)));
    };
    let evidence = Evidence::from(path);
    let judged = match policy.decide(&evidence, &user.account, &application, at) {
        Decision::Allow(grant) => {
            let checks = grant.trace().lines().iter().map(CheckLine::from).collect();
            Judged::new(Word::Accepted, 0, checks, Some(&leaf))
        }
        Decision::More(more) => Judged {
            verdict: Word::MoreNeeded,
            offers: more.offers.iter().copied().map(offline::in_words).collect(),
            wanted: more.lacking,
            ..Judged::refused(&more.refusal, Some(&leaf))
        },
        Decision::Deny(refusal) => Judged::refused(&refusal, Some(&leaf)),
    };
    Ok(judged)
}

impl Judged {
    fn new(verdict: Word, code: u32, checks: Vec<CheckLine>, leaf: Option<&Certificate>) -> Self {
        Self {
            verdict,
            code,
            subject: leaf.map(|leaf| leaf.subject().to_string()),
            sha256: leaf.map(|leaf| leaf.sha256().to_string()),
            checks,
            next: None,
            offers: Vec::new(),
            wanted: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn explained(word: Word, explanation: Explanation, leaf: Option<&Certificate>) -> Self {
        let Explanation {
            code, checks, next, ..
        } = explanation;
        Self {
            next: Some(next),
            ..Self::new(word, code, checks, leaf)
        }
    }

    fn refused(refusal: &Refusal, leaf: Option<&Certificate>) -> Self {
        Self::explained(Word::Refused, refusal.for_administrator(), leaf)
    }
}

/// Prints the verdict and ends with its status.
fn end(arguments: &Arguments, judged: &Judged, out: &mut dyn Write) -> anyhow::Result<()> {
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, judged)?;
        writeln!(out)?;
    } else {
        show(judged, out)?;
    }
    match judged.verdict {
        Word::Accepted => Ok(()),
        Word::MoreNeeded => Err(Ends::with(
            MORE_NEEDED,
            format!("more is needed: {}", judged.code),
        )),
        Word::Refused => bail!("the certificate is refused: {}", judged.code),
    }
}

fn show(judged: &Judged, out: &mut dyn Write) -> anyhow::Result<()> {
    match judged.verdict {
        Word::Accepted => writeln!(out, "accepted")?,
        Word::MoreNeeded => writeln!(
            out,
            "accepted, and more is needed ({}): {}",
            judged.code,
            wanted(judged)
        )?,
        Word::Refused => writeln!(out, "refused: {}", judged.code)?,
    }
    if let (Some(subject), Some(sha256)) = (&judged.subject, &judged.sha256) {
        writeln!(out, "  {subject}\n  SHA-256 {sha256}")?;
    }
    writeln!(out)?;
    for check in &judged.checks {
        writeln!(out, "  {}", trace::line(check))?;
    }
    findings("Read otherwise than the directory does", &judged.notes, out)
}

/// What would do, each with what it has to be.
fn wanted(judged: &Judged) -> String {
    let one = |lacking: &Lacking| {
        let mut text = offline::in_words(lacking.factor).to_owned();
        if let Some(rated) = lacking.rated {
            text = format!("{text} ({})", rated.mode());
        }
        if !lacking.issuers.is_empty() {
            text = format!("{text} of the issuer {}", lacking.issuers.join(" or "));
        }
        if !lacking.policies.is_empty() {
            text = format!("{text} under the policy {}", lacking.policies.join(" or "));
        }
        if lacking.again {
            text.push_str(", again");
        }
        for factor in &lacking.then {
            text = format!("{text} and then {}", offline::in_words(*factor));
        }
        text
    };
    let all: Vec<String> = judged.wanted.iter().map(one).collect();
    all.join(", ")
}

/// Reads the one certificate of a file that is not an authority's; its chain does not count, and what
/// is no certificate is judged as it came.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES)?.saturating_add(1);
    if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        let file = fs::File::open(path);
        let file = file.with_context(|| format!("{} cannot be read", path.display()))?;
        file.take(most).read_to_end(&mut bytes)?;
    }
    if bytes.len() > MOST_BYTES {
        bail!("{} is larger than a certificate may be", path.display());
    }
    if !bytes.starts_with(b"-----") && bytes.first() == Some(&DER_SEQUENCE) {
        return Ok(bytes);
    }
    let certificates = Certificate::from_pem_or_der(&bytes)
        .with_context(|| format!("{} does not hold a certificate", path.display()))?;
    let people: Vec<&Certificate> = certificates.iter().filter(|one| !one.is_ca()).collect();
    if people.len() > 1 {
        let each: Vec<String> = people
            .iter()
            .map(|one| format!("{} {}", one.sha256(), one.subject()))
            .collect();
        let text = format!(
            "{} holds {} certificates of people; say which, as in `lanyard list --export - \
             --certificate SHA256`:\n  {}",
            path.display(),
            people.len(),
            each.join("\n  ")
        );
        return Err(Ends::with(2, text));
    }
    // Authorities beside it are a chain that came along.
    let meant = people.first().copied().or(certificates.first());
    let meant = meant.with_context(|| format!("{} holds no certificate", path.display()))?;
    Ok(meant.der().to_vec())
}

fn time(text: &str) -> Result<Time, String> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339);
    let time = parsed.map_err(|_| "use a time as in 2027-01-15T08:00:00Z".to_owned())?;
    Ok(Time::from_unix(time.unix_timestamp()))
}

const NOTES: &str = "\
The checks are those of a sign-in, in words for administrators: the person reads less. Without
--offline, lists that the path needs and that are missing or past their date are fetched, and the
OCSP responders of its authorities are asked, as a sign-in would; --at moves validity and not
revocation, which is judged as it is known at this moment.

With --policy everything comes from exported documents: the method policy, the containers of CAs or
the classic list, strengths, conditional access policies, users, groups and applications. The account
is taken to have a password, as every account of the directory does.

Ends with 0 if the person would be in, with 3 if more is needed beside the certificate, and with 1 if
it is refused. With 2 if the file holds certificates of several people.";

/// The status where more is needed.
const MORE_NEEDED: u8 = 3;

/// PEM of a large chain.
const MOST_BYTES: usize = 1024 * 1024;
const DER_SEQUENCE: u8 = 0x30;
