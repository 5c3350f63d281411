//! Trust stores: containers of CAs, and the classic list.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Certificate, hex};
use serde_json::{Map, Value, json};

use super::document::{Document, Model, Reading};
use super::walk::{Fault, MANY, Members, Walk};

/// A container of CAs (`certificateBasedAuthPki`).
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKeyInfrastructure {
    /// Its id; none before the directory gave it one.
    pub id: Option<String>,
    /// Its name.
    pub display_name: String,
    /// Its CAs, where the export holds them.
    pub authorities: Vec<Document<CertificateAuthority>>,
    /// Whether it was deleted, and can be restored.
    pub deleted: bool,
}

/// A CA (`certificateAuthorityDetail`).
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateAuthority {
    /// Its id; none before the directory gave it one.
    pub id: Option<String>,
    /// Its name.
    pub display_name: Option<String>,
    /// Whether paths may end at it.
    pub root: bool,
    /// Its certificate.
    pub certificate: Certificate,
    /// Where its revocation list is.
    pub crl_url: Option<String>,
    /// Where the changes to that list are.
    pub delta_crl_url: Option<String>,
    /// Whether its name is sent in the handshake.
    pub issuer_hint: bool,
    /// Whether it was deleted, and can be restored.
    pub deleted: bool,
}

/// The classic list of CAs (`certificateBasedAuthConfiguration`).
#[derive(Clone, Debug, PartialEq)]
pub struct ClassicStore {
    /// Its id.
    pub id: Option<String>,
    /// Its CAs.
    pub authorities: Vec<ClassicAuthority>,
}

/// A CA of the classic list (`certificateAuthority`).
#[derive(Clone, Debug, PartialEq)]
pub struct ClassicAuthority {
    /// Whether paths may end at it.
    pub root: bool,
    /// Its certificate.
    pub certificate: Certificate,
    /// Where its revocation list is.
    pub crl_url: Option<String>,
    /// Where the changes to that list are.
    pub delta_crl_url: Option<String>,
}

impl Model for PublicKeyInfrastructure {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        members.keeps(&["status", "statusDetails", "lastModifiedDateTime"]);
        let id = members.text("id", walk).map(str::to_owned);
        let display_name = members.needed_text("displayName", walk);
        if let Some(name) = display_name {
            let found = name.chars().count();
            if found > LONGEST_CONTAINER_NAME {
                let limit = LONGEST_CONTAINER_NAME;
                walk.refuse(members.at("displayName"), Fault::TooMany { limit, found });
            }
        }
        let deleted = members.take("deletedDateTime").is_some();
        let items = members.list("certificateAuthorities", MOST_AUTHORITIES, walk);
        let authorities = items
            .into_iter()
            .filter_map(|(path, item)| Document::read_at(item, &path, walk))
            .collect();
        members.end(walk);
        Some(Self {
            id,
            display_name: display_name?.to_owned(),
            authorities,
            deleted,
        })
    }

    fn write(&self) -> Value {
        let mut value = json!({
            "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
            "displayName": self.display_name,
        });
        if let Some(members) = value.as_object_mut() {
            if let Some(id) = &self.id {
                members.insert("id".into(), json!(id));
            }
            if !self.authorities.is_empty() {
                let authorities: Vec<&Value> =
                    self.authorities.iter().map(Document::written).collect();
                members.insert("certificateAuthorities".into(), json!(authorities));
            }
            not_deleted(self.deleted, members);
        }
        value
    }
}

impl Model for CertificateAuthority {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        members.keeps(&["createdDateTime", "expirationDateTime"]);
        let id = members.text("id", walk).map(str::to_owned);
        let display_name = members.text("displayName", walk).map(str::to_owned);
        let certificate = certificate(&mut members, walk);
        let stated = members.word(
            "certificateAuthorityType",
            &[("root", true), ("intermediate", false)],
            walk,
        );
        let issuer_hint = members.flag("isIssuerHintEnabled", walk).unwrap_or(false);
        let (crl_url, delta_crl_url) = urls(&mut members, walk);
        let deleted = members.take("deletedDateTime").is_some();
        derived(&mut members, certificate.as_ref(), walk);
        members.end(walk);
        let certificate = certificate?;
        let root = stated.unwrap_or_else(|| certificate.is_self_issued());
        Some(Self {
            id,
            display_name,
            root,
            certificate,
            crl_url,
            delta_crl_url,
            issuer_hint,
            deleted,
        })
    }

    fn write(&self) -> Value {
        let key = self.certificate.authority_key_identifier();
        let mut value = json!({
            "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
            "certificateAuthorityType": if self.root { "root" } else { "intermediate" },
            "certificate": STANDARD.encode(self.certificate.der()),
            "displayName": self.display_name,
            "issuer": self.certificate.issuer().to_string(),
            "issuerSubjectKeyIdentifier": key.map(|key| hex(key).to_uppercase()),
            "expirationDateTime": self.certificate.not_after().to_string(),
            "thumbprint": self.certificate.thumbprint(),
            "certificateRevocationListUrl": self.crl_url,
            "deltaCertificateRevocationListUrl": self.delta_crl_url,
            "isIssuerHintEnabled": self.issuer_hint,
        });
        if let Some(members) = value.as_object_mut() {
            if let Some(id) = &self.id {
                members.insert("id".into(), json!(id));
            }
            not_deleted(self.deleted, members);
        }
        value
    }
}

/// What was restored does not say when it was deleted.
fn not_deleted(deleted: bool, members: &mut Map<String, Value>) {
    if !deleted {
        members.insert("deletedDateTime".into(), Value::Null);
    }
}

impl Model for ClassicStore {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        let id = members.text("id", walk).map(str::to_owned);
        let mut authorities = Vec::new();
        if members.take("certificateAuthorities").is_none() {
            walk.refuse(members.at("certificateAuthorities"), Fault::Missing);
        }
        for (path, item) in members.list("certificateAuthorities", MOST_AUTHORITIES, walk) {
            let Some(mut one) = Members::of(item, path, walk) else {
                continue;
            };
            // They follow from the certificate.
            one.keeps(&["issuer", "issuerSki"]);
            if one.take("isRootAuthority").is_none() {
                walk.refuse(one.at("isRootAuthority"), Fault::Missing);
            }
            let root = one.flag("isRootAuthority", walk);
            let certificate = certificate(&mut one, walk);
            let (crl_url, delta_crl_url) = urls(&mut one, walk);
            one.end(walk);
            if let (Some(root), Some(certificate)) = (root, certificate) {
                authorities.push(ClassicAuthority {
                    root,
                    certificate,
                    crl_url,
                    delta_crl_url,
                });
            }
        }
        members.end(walk);
        Some(Self { id, authorities })
    }

    fn write(&self) -> Value {
        let authority = |one: &ClassicAuthority| {
            json!({
                "certificate": STANDARD.encode(one.certificate.der()),
                "isRootAuthority": one.root,
                "certificateRevocationListUrl": one.crl_url,
                "deltaCertificateRevocationListUrl": one.delta_crl_url,
            })
        };
        let mut value = json!({
            "certificateAuthorities": self.authorities.iter().map(authority).collect::<Vec<_>>(),
        });
        if let (Some(id), Some(members)) = (&self.id, value.as_object_mut()) {
            members.insert("id".into(), json!(id));
        }
        value
    }
}

/// The one certificate in a member, base64 of DER or of PEM.
fn certificate(members: &mut Members<'_>, walk: &mut Walk) -> Option<Certificate> {
    let text = members.needed_text("certificate", walk)?;
    let path = members.at("certificate");
    if text.len() > MOST_AUTHORITY_BYTES.saturating_mul(2) {
        let found = text.len();
        walk.refuse(
            path,
            Fault::TooMany {
                limit: MOST_AUTHORITY_BYTES,
                found,
            },
        );
        return None;
    }
    let joined: String = text.split_whitespace().collect();
    let Ok(bytes) = STANDARD.decode(joined) else {
        walk.refuse(path, Fault::WrongType("a certificate in base64"));
        return None;
    };
    if bytes.len() > MOST_AUTHORITY_BYTES {
        let found = bytes.len();
        walk.refuse(
            path,
            Fault::TooMany {
                limit: MOST_AUTHORITY_BYTES,
                found,
            },
        );
        return None;
    }
    match Certificate::from_pem_or_der(&bytes).as_deref() {
        Ok([only]) => {
            if only.is_ca() {
                return Some(only.clone());
            }
            walk.refuse(
                path,
                Fault::Wrong("it is not the certificate of a CA".into()),
            );
            None
        }
        Ok(_) => {
            walk.refuse(path, Fault::Wrong("it has to be one certificate".into()));
            None
        }
        Err(cause) => {
            walk.refuse(path, Fault::Wrong(cause.to_string()));
            None
        }
    }
}

/// Members that follow from the certificate are kept, and must not be another's.
fn derived(members: &mut Members<'_>, certificate: Option<&Certificate>, walk: &mut Walk) {
    members.keeps(&["issuer"]);
    let thumbprint = members.text("thumbprint", walk);
    let key = members.text("issuerSubjectKeyIdentifier", walk);
    let Some(certificate) = certificate else {
        return;
    };
    let plain = |text: &str| text.replace([':', ' '], "").to_uppercase();
    if thumbprint.is_some_and(|text| !text.is_empty() && plain(text) != certificate.thumbprint()) {
        walk.refuse(
            members.at("thumbprint"),
            Fault::Wrong(format!("the certificate's is {}", certificate.thumbprint())),
        );
    }
    let own = certificate
        .authority_key_identifier()
        .map(|key| hex(key).to_uppercase());
    if let (Some(stated), Some(own)) = (key.filter(|key| !key.is_empty()), own)
        && plain(stated) != own
    {
        walk.refuse(
            members.at("issuerSubjectKeyIdentifier"),
            Fault::Wrong(format!("the certificate's is {own}")),
        );
    }
}

/// The addresses of a CA's lists; an empty text is no address.
fn urls(members: &mut Members<'_>, walk: &mut Walk) -> (Option<String>, Option<String>) {
    let complete = url(members, "certificateRevocationListUrl", walk);
    let delta = url(members, "deltaCertificateRevocationListUrl", walk);
    // The documentation spells it so in places.
    let other = url(members, "deltacertificateRevocationListUrl", walk);
    let delta_at = members.at("deltaCertificateRevocationListUrl");
    if delta.is_some() && other.is_some() {
        walk.refuse(
            &delta_at,
            Fault::Wrong("it stands twice, in two spellings".into()),
        );
    }
    let delta = delta.or(other);
    if delta.is_some() && complete.is_none() {
        walk.refuse(
            delta_at,
            Fault::Wrong("a delta list needs the complete list beside it (500177)".into()),
        );
    }
    (complete, delta)
}

fn url(members: &mut Members<'_>, name: &'static str, walk: &mut Walk) -> Option<String> {
    let text = members.text(name, walk)?.trim();
    if text.is_empty() {
        return None;
    }
    let path = members.at(name);
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("https://") {
        walk.note(
            path,
            "fetched over HTTPS, as the newest documentation allows; older pages allow HTTP alone",
        );
    } else if !lower.starts_with("http://") {
        walk.refuse(
            path,
            Fault::NotEvaluated("addresses that are not HTTP or HTTPS".into()),
        );
        return None;
    }
    Some(text.to_owned())
}

/// Most characters of a container's name.
pub const LONGEST_CONTAINER_NAME: usize = 256;
/// Most CAs of a store.
pub const MOST_AUTHORITIES: usize = 250;
/// Most bytes of a CA's certificate.
pub const MOST_AUTHORITY_BYTES: usize = 8 * 1024;
const _: () = assert!(MANY > MOST_AUTHORITIES);
