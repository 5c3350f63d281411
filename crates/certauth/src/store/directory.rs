//! What was imported from a directory: the documents as they were written, and an import as one
//! change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Authority, Tenant, User};

/// A document of the directory as it was imported, with everything that decides nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// The tenant it belongs to.
    pub tenant: String,
    /// What it is.
    pub kind: DocumentKind,
    /// The id in the directory; for a user the account's.
    pub id: String,
    /// The document.
    pub document: Value,
    /// When it was deleted; it can be restored until it is purged.
    pub deleted_at: Option<i64>,
}

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DocumentKind {
    /// The x509Certificate authentication method policy.
    Method,
    /// A container of CAs.
    PublicKeyInfrastructure,
    /// The classic list of CAs.
    ClassicStore,
    /// An authentication strength.
    Strength,
    /// A conditional access policy.
    ConditionalAccess,
    /// A group.
    Group,
    /// A user.
    User,
    /// An application.
    Application,
}

/// What the directory says of an authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Placement {
    /// The id of its container; none for one that was added by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure: Option<String>,
    /// Whether its name is sent in the handshake (`isIssuerHintEnabled`).
    pub issuer_hint: bool,
    /// The `certificateAuthorityDetail` as it was imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// Its place in the classic list, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classic: Option<usize>,
    /// Why the classic list's word on its revocations counts; none where the container's does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classic_counts: Option<String>,
}

/// An import: all of it, or nothing.
#[derive(Clone, Debug)]
pub struct DirectoryChanges {
    /// The tenant as it will be, with the version that was read.
    pub tenant: Tenant,
    /// Documents, new and changed.
    pub documents: Vec<StoredDocument>,
    /// Documents that go.
    pub removed: Vec<(DocumentKind, String)>,
    /// Authorities, new and changed, deleted ones too.
    pub authorities: Vec<Authority>,
    /// The ids of authorities that are forgotten, with their lists.
    pub forgotten: Vec<String>,
    /// Users, new and changed.
    pub users: Vec<UserChange>,
}

/// A user of an import. Users change without their tenant: somebody sets a password while the plan
/// is read, and the password that was read must not come back.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// As it was read; none where it was not there.
    pub before: Option<User>,
    /// As it will be.
    pub after: User,
}

impl DocumentKind {
    /// The word of the database, the command line and the export's file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::PublicKeyInfrastructure => "pki",
            Self::ClassicStore => "classic",
            Self::Strength => "strengths",
            Self::ConditionalAccess => "conditional-access",
            Self::Group => "groups",
            Self::User => "users",
            Self::Application => "applications",
        }
    }

    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Method,
        Self::PublicKeyInfrastructure,
        Self::ClassicStore,
        Self::Strength,
        Self::ConditionalAccess,
        Self::Group,
        Self::User,
        Self::Application,
    ];
}

/// How long what was deleted can be restored, in seconds: thirty days.
pub const RESTORABLE: i64 = 30 * 24 * 60 * 60;
