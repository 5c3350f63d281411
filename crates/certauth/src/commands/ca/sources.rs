use std::fmt::Write as _;
use std::str::FromStr;

use anyhow::bail;
use certauth::store::{self, Sources};
use clap::Args;
use url::Url;

/// Where revocations are asked for.
#[derive(Args, Debug)]
pub(super) struct SourceOptions {
    /// Where its certificate revocation list is, http or https; DER or PEM. Again for each part of
    /// a list that the authority publishes in parts.
    #[arg(long, value_name = "URL")]
    pub(super) crl_url: Vec<Url>,

    /// Where its delta CRL is: what changed since the list at --crl-url.
    #[arg(long, value_name = "URL")]
    pub(super) delta_crl_url: Option<Url>,

    /// Its OCSP responder, asked before any list.
    #[arg(long, value_name = "URL")]
    pub(super) ocsp_url: Option<Url>,

    /// What it means when nothing answers: fail-closed (nobody signs in), grace=24h (a list counts
    /// for so many hours past its end), or not-required (unknown is let through; revoked is not).
    #[arg(long, value_name = "WHAT")]
    pub(super) revocation: Option<Requirement>,
}

/// What it means when nothing answers, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Requirement(pub(super) store::Requirement);

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hours = |text: &str| {
            let hours = text.strip_suffix('h')?.parse().ok()?;
            (1..=MOST_GRACE_HOURS).contains(&hours).then_some(hours)
        };
        match text.split_once('=') {
            None if text == "fail-closed" => Ok(Self(store::Requirement::FailClosed)),
            None if text == "not-required" => Ok(Self(store::Requirement::NotRequired)),
            Some(("grace", length)) => match hours(length) {
                Some(hours) => Ok(Self(store::Requirement::Grace { hours })),
                None => Err(format!(
                    "grace is whole hours, from 1h to {MOST_GRACE_HOURS}h, as in grace=24h"
                )),
            },
            None | Some(_) => Err("use fail-closed, grace=24h or not-required".to_owned()),
        }
    }
}

impl SourceOptions {
    /// Puts what was named in the place of what is there.
    pub(super) fn apply(&self, sources: &mut Sources) -> anyhow::Result<()> {
        for url in self
            .crl_url
            .iter()
            .chain(&self.delta_crl_url)
            .chain(&self.ocsp_url)
        {
            refuse_odd(url)?;
        }
        if !self.crl_url.is_empty() {
            sources.crl_urls = self.crl_url.iter().map(Url::to_string).collect();
        }
        if let Some(url) = &self.delta_crl_url {
            sources.delta_crl_url = Some(url.to_string());
        }
        if let Some(url) = &self.ocsp_url {
            sources.ocsp_url = Some(url.to_string());
        }
        if let Some(Requirement(requirement)) = self.revocation {
            sources.requirement = requirement;
        }
        Ok(())
    }
}

fn refuse_odd(url: &Url) -> anyhow::Result<()> {
    if !matches!(url.scheme(), "http" | "https") {
        bail!("{url} is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        bail!(
            "{url} holds a user or a password, which everybody who sees the trust store would read"
        );
    }
    Ok(())
}

/// Where an authority's revocations are asked for, in words.
pub(in crate::commands) fn describe(sources: &Sources) -> String {
    let mut text = String::new();
    let mut add = |words: &str, url: &str| {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{words}{url}");
    };
    if let Some(url) = &sources.ocsp_url {
        add("OCSP ", url);
    }
    for (url, delta) in sources.lists() {
        add(if delta { "delta " } else { "" }, url);
    }
    if text.is_empty() {
        return "not checked: there is no CRL and no OCSP responder".to_owned();
    }
    match sources.requirement {
        store::Requirement::FailClosed => text.push_str("; fails closed"),
        store::Requirement::Grace { hours } => {
            let _ = write!(text, "; counts {hours} h past its end");
        }
        store::Requirement::NotRequired => text.push_str("; not required"),
    }
    text
}

pub(super) const NOTES: &str = "\
Every authority of a chain must be added, the root and each below it; what a client sends along is
not used, and the machine's own trust store is not either.

Only these addresses are ever asked for revocations, never one that a certificate names. The list of
an authority is the one that it issues, about the certificates below it. OCSP is asked first; where
it gives no answer, the lists are looked at.

Where a list or a responder is configured, revocation fails closed unless --revocation says
otherwise: if there is no answer, nobody whose certificate this authority issued signs in. Without
any, its certificates are not checked, unless `certauth tenant set --require-crl on` says that they
must be.

See `certauth check` for what is wrong with the trust store, and `certauth crl list` for its lists.";

const MOST_GRACE_HOURS: u32 = 24 * 90;
