use std::io::Write;

use anyhow::bail;
use certauth::store::{Store as _, StoreError};
use certs::Certificate;
use clap::{Args, Subcommand, ValueEnum};
use policy::{Affinity, Strength, StrengthRule};

use super::Site;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say how much certificates of a policy or of an issuer count for.
    Add(Add),
}

/// Say how much certificates of a policy or of an issuer count for.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Add {
    /// A certificate policy, dotted, as in 1.3.6.1.4.1.311.21.8.1.
    #[arg(
        long,
        value_name = "OID",
        required_unless_present = "issuer",
        conflicts_with = "issuer"
    )]
    policy_oid: Option<String>,

    /// Subject of an issuing authority, as `certauth tenant show` prints it.
    #[arg(long, value_name = "DN")]
    issuer: Option<String>,

    /// One factor, or as much as two.
    #[arg(long)]
    mode: Mode,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// As much as two factors.
    Multi,
    /// One factor.
    Single,
}

pub(super) async fn run(command: Command, site: Site, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Add(arguments) => add(arguments, site, out).await,
    }
}

async fn add(arguments: Add, mut site: Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let strength = match arguments.mode {
        Mode::Multi => Strength::MultiFactor,
        Mode::Single => Strength::SingleFactor,
    };
    let rule = match (arguments.policy_oid, arguments.issuer) {
        (Some(policy_oid), _) => {
            refuse_odd_oid(&policy_oid)?;
            StrengthRule::PolicyOid {
                policy_oid,
                strength,
                required_affinity: Affinity::Low,
            }
        }
        (None, Some(issuer)) => {
            refuse_unknown_issuer(&issuer, &site).await?;
            StrengthRule::Issuer {
                issuer,
                strength,
                required_affinity: Affinity::Low,
            }
        }
        (None, None) => bail!("say --policy-oid or --issuer"),
    };
    let rules = &mut site.tenant.method.rules;
    if rules.iter().any(|known| subject(known) == subject(&rule)) {
        let (issuer, policy_oid) = subject(&rule);
        let named = issuer.or(policy_oid).unwrap_or_default();
        return Err(StoreError::Exists(format!("a rule for {named}")).into());
    }
    writeln!(out, "added: {}", describe(&rule))?;
    rules.push(rule);
    site.installation.store.put_tenant(&site.tenant).await?;
    Ok(())
}

/// A rule in words.
pub(super) fn describe(rule: &StrengthRule) -> String {
    let (kind, identifier) = match rule {
        StrengthRule::PolicyOid { policy_oid, .. } => ("policy", policy_oid.clone()),
        StrengthRule::Issuer { issuer, .. } => ("issuer", issuer.clone()),
        StrengthRule::IssuerAndPolicyOid {
            issuer, policy_oid, ..
        } => ("issuer and policy", format!("{issuer}; {policy_oid}")),
    };
    format!("{kind} {identifier}: {}", in_words(rule.strength()))
}

/// A strength in words.
pub(super) fn in_words(strength: Strength) -> &'static str {
    match strength {
        Strength::MultiFactor => "multi-factor",
        Strength::SingleFactor => "single-factor",
    }
}

/// What a rule asks for: an issuer, a policy, or both.
fn subject(rule: &StrengthRule) -> (Option<&str>, Option<&str>) {
    match rule {
        StrengthRule::PolicyOid { policy_oid, .. } => (None, Some(policy_oid)),
        StrengthRule::Issuer { issuer, .. } => (Some(issuer), None),
        StrengthRule::IssuerAndPolicyOid {
            issuer, policy_oid, ..
        } => (Some(issuer), Some(policy_oid)),
    }
}

fn refuse_odd_oid(oid: &str) -> anyhow::Result<()> {
    let arcs: Vec<&str> = oid.split('.').collect();
    let is_number = |arc: &&str| {
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc.len() == 1 || !arc.starts_with('0'))
    };
    if arcs.len() < 2 || !arcs.iter().all(is_number) {
        bail!("{oid:?} is not an OID, as in 1.3.6.1.4.1.311.21.8.1");
    }
    Ok(())
}

/// A rule for a name that nobody has would never fit, and nobody would notice.
async fn refuse_unknown_issuer(issuer: &str, site: &Site) -> anyhow::Result<()> {
    let mut known = Vec::new();
    for authority in site.installation.store.authorities(&site.tenant.id).await? {
        known.push(
            Certificate::from_der(&authority.certificate)?
                .subject()
                .to_string(),
        );
    }
    if !known.iter().any(|name| name == issuer) {
        bail!(
            "no authority is named {issuer:?}; there are: {}",
            known.join("; ")
        );
    }
    Ok(())
}

const NOTES: &str = "\
Policy rules count before issuer rules; where policy rules disagree, the weaker one counts. A
certificate that no rule fits counts for what the tenant says: one factor, unless changed.";
