//! A tenant's trust store, and what is known of its revocation lists.

use serde::{Deserialize, Serialize};

/// A certification authority of a tenant's trust store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// UUID.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// Whether it is a trust anchor.
    pub root: bool,
    /// The name that administrators gave it.
    pub name: Option<String>,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Where its revocations are asked for, and what it means when there is no answer.
    pub sources: Sources,
}

/// Where an authority's revocations are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sources {
    /// Its CRLs: one complete list, or the parts of one (RFC 5280 §5.2.5).
    pub crl_urls: Vec<String>,
    /// Its delta CRL (RFC 5280 §5.2.4), which counts only beside a complete one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta_crl_url: Option<String>,
    /// Its OCSP responder (RFC 6960), which is asked before any list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocsp_url: Option<String>,
    /// What it means when none of them answers.
    pub requirement: Requirement,
}

/// What it means when nothing tells whether a certificate is revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// Nobody signs in.
    #[default]
    FailClosed,
    /// A list counts for so many hours past its nextUpdate.
    Grace {
        /// Hours.
        hours: u32,
    },
    /// What is revoked is refused, and what is unknown is not.
    NotRequired,
}

/// What a tenant asks of certificates, over what RFC 5280 does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Validation {
    /// Whether each issuing authority must have a source of revocations.
    pub crl_validation_configuration: CrlValidation,
    /// What a person's certificate must be meant for.
    pub purpose: Purpose,
    /// The policies of which one must hold along the path, dotted (RFC 5280 §6.1.1 (c)); any, where
    /// there are none.
    pub initial_policies: Vec<String>,
    /// Whether a policy must hold along the path even where no authority asks for it
    /// (RFC 5280 §6.1.1 (e)).
    pub require_explicit_policy: bool,
}

/// Whether an authority without a source of revocations refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CrlValidation {
    /// Whether it does.
    pub required: bool,
    /// Subject key identifiers, lowercase hex, of authorities whose certificates are never checked.
    pub exempted_subject_key_identifiers: Vec<String>,
}

/// What a person's certificate must be meant for: its extended key usage, where it has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// Client authentication in TLS.
    #[default]
    ClientAuthentication,
    /// Smart-card logon, of Microsoft.
    SmartCardLogon,
    /// PIV authentication, of NIST SP 800-73 and FPKI.
    PivAuthentication,
    /// Anything that may sign.
    Any,
}

/// The newest CRL that an address gave and that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCrl {
    /// Counts how often it was replaced, from 1.
    pub version: i64,
    /// The list, DER.
    pub der: Vec<u8>,
}

/// What is known of the CRL of one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrlState {
    /// The authority's id.
    pub authority: String,
    /// The address.
    pub url: String,
    /// The version of the stored CRL; 0 where there is none.
    pub version: i64,
    /// What the stored CRL says of itself.
    pub list: Option<ListFacts>,
    /// When the address last gave a list that is as new as the stored one.
    pub fetched_at: Option<i64>,
    /// When it was last asked.
    pub attempted_at: Option<i64>,
    /// How many attempts have failed since the last that did not.
    pub failures: u32,
    /// Why the last attempt failed; none if it did not.
    pub fault: Option<FetchFault>,
    /// When it will be asked again without a sign-in that needs it.
    pub next_attempt: Option<i64>,
    /// The `ETag` of the last answer (RFC 9110 §8.8.3).
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer (RFC 9110 §8.8.2).
    pub last_modified: Option<String>,
}

/// What a CRL says of itself; times in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListFacts {
    /// Its CRL number, as people read it.
    pub number: Option<String>,
    /// Whether it is a delta CRL.
    pub delta: bool,
    /// When it was issued.
    pub this_update: i64,
    /// Until when it counts.
    pub next_update: i64,
    /// When the next one is published, where it says so.
    pub next_publish: Option<i64>,
    /// How many certificates it revokes.
    pub entries: u64,
    /// Its size.
    pub bytes: u64,
}

/// Why a list was not had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchFault {
    /// The directory's code.
    pub code: u32,
    /// What went wrong.
    pub text: String,
}

/// Why sources cannot be used together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongSources {
    /// A delta CRL says what changed since a base, and there is no base.
    #[error(
        "500177: there is a delta CRL, {0}, and no base CRL: a delta counts only with the complete \
         list it continues"
    )]
    DeltaWithoutBase(String),
    /// An address stands twice.
    #[error("the address {0} stands twice")]
    Twice(String),
    /// More lists than an authority may have.
    #[error("an authority has at most {MOST_LISTS} lists, and these are {0}")]
    TooMany(usize),
}

impl Sources {
    /// Every address of a list, the delta's last, and whether it is the delta's.
    pub fn lists(&self) -> impl Iterator<Item = (&str, bool)> {
        let complete = self.crl_urls.iter().map(|url| (url.as_str(), false));
        complete.chain(self.delta_crl_url.iter().map(|url| (url.as_str(), true)))
    }

    /// Says what is wrong with them together.
    ///
    /// # Errors
    /// [`WrongSources`].
    pub fn check(&self) -> Result<(), WrongSources> {
        if self.crl_urls.len() > MOST_LISTS {
            return Err(WrongSources::TooMany(self.crl_urls.len()));
        }
        if let Some(delta) = &self.delta_crl_url
            && self.crl_urls.is_empty()
        {
            return Err(WrongSources::DeltaWithoutBase(delta.clone()));
        }
        let mut urls: Vec<&str> = self.lists().map(|(url, _)| url).collect();
        urls.sort_unstable();
        match urls.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(twice) => Err(WrongSources::Twice(
                twice.first().map_or_else(String::new, ToString::to_string),
            )),
            None => Ok(()),
        }
    }

    /// Whether nothing is configured that could tell of a revocation.
    pub fn is_empty(&self) -> bool {
        self.crl_urls.is_empty() && self.ocsp_url.is_none()
    }
}

/// Lists of one authority: RFC 5280 knows nine reasons by which they may be parted.
const MOST_LISTS: usize = 16;
