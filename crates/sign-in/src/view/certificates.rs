//! What the picker shows: tokens, their certificates, and why some do not fit.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Reader;

/// The certificates to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Picker {
    /// The host the certificate will be sent to.
    pub host: String,
    /// Tokens that hold a certificate that fits.
    pub groups: Vec<TokenGroup>,
    /// Certificates that do not fit, each with the reason.
    pub unusable: Vec<Unusable>,
    /// SHA-256 of the selected certificate, lowercase hex.
    pub selected: Option<String>,
    /// Whether tokens are still being read.
    pub searching: bool,
    /// Modules that failed, each a row of its own.
    pub failures: Vec<ModuleFailure>,
    /// Readers whose card cannot be used, each a row of its own.
    pub readers: Vec<Reader>,
}

/// A token and its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TokenGroup {
    /// The token.
    pub token: TokenLabel,
    /// Its certificates that fit.
    pub rows: Vec<CertificateRow>,
}

/// How a token is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TokenLabel {
    /// Its label, `Meridian demo` or `YubiKey 5 NFC`.
    pub name: String,
    /// What it is made of, `SoftHSM v2` for instance.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The picture beside it.
    pub kind: TokenKind,
    /// Tries left, where the token gives a number.
    pub tries_left: Option<u8>,
    /// Whether its PIN is blocked.
    pub blocked: bool,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum TokenKind {
    /// A USB key.
    Key,
    /// A card in a reader.
    Card,
    /// A chip or software token.
    Chip,
}

/// One certificate of the picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CertificateRow {
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
    /// The common name of the subject.
    pub name: String,
    /// The principal name, or the e-mail address.
    pub address: Option<String>,
    /// The common name of the issuer.
    pub issuer: String,
    /// The name of the PIV slot, `PIV Authentication (9A)`; none for other tokens.
    pub slot: Option<String>,
    /// Valid from.
    #[ts(type = "number")]
    pub not_before: i64,
    /// Valid until.
    #[ts(type = "number")]
    pub not_after: i64,
    /// What needs care.
    pub warning: Option<RowWarning>,
    /// Whether its token was removed since the list was made.
    pub gone: bool,
    /// What Details shows.
    pub details: CertificateDetails,
}

/// What needs care about a certificate that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "warning",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum RowWarning {
    /// It expires within thirty days.
    ExpiresSoon {
        /// Whole days left.
        days: u32,
    },
    /// Its token cannot sign for TLS 1.3, so the connection will use TLS 1.2.
    OlderTls,
    /// Its key signs without a PIN, so it proves the card and not the person.
    ProvesCardOnly,
}

/// The fields of a certificate that Details shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CertificateDetails {
    /// Subject in RFC 4514 form.
    pub subject: String,
    /// Issuer in RFC 4514 form.
    pub issuer: String,
    /// Serial number in hex.
    pub serial: String,
    /// Principal names of the subject alternative name.
    pub principal_names: Vec<String>,
    /// E-mail addresses of the subject alternative name.
    pub emails: Vec<String>,
    /// The key, "RSA 2048" or "P-256".
    pub key: String,
    /// Extended key usages, by name where known, else dotted.
    pub purposes: Vec<String>,
    /// Certificate policies, dotted.
    pub policies: Vec<String>,
}

/// A certificate that does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Unusable {
    /// The certificate.
    pub row: CertificateRow,
    /// The token that holds it.
    pub token: String,
    /// Why it does not fit.
    pub reason: Reason,
    /// Whether its key can sign, so that it can be sent all the same.
    pub can_send: bool,
}

/// Why a certificate does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "reason",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Reason {
    /// Its validity has ended.
    Expired {
        /// When it ended.
        #[ts(type = "number")]
        at: i64,
    },
    /// Its validity has not begun.
    NotYetValid {
        /// When it begins.
        #[ts(type = "number")]
        at: i64,
    },
    /// The server does not name its issuer among the CAs it accepts.
    WrongIssuer {
        /// The issuer's common name.
        issuer: String,
    },
    /// Its extended key usage lacks client authentication.
    NotForSignIn {
        /// What it is for.
        purposes: Vec<String>,
    },
    /// Its key usage lacks digitalSignature.
    NotForSigning,
    /// The token holds no private key for it.
    NoPrivateKey,
    /// Its key cannot make a signature that the server takes.
    CannotSign {
        /// The key, "RSA 2048" for instance.
        key: String,
    },
    /// The certificate cannot be read.
    Unreadable,
}

/// A PKCS#11 module that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ModuleFailure {
    /// The module's name.
    pub module: String,
    /// What it said.
    pub cause: String,
}
