//! Everything of a tenant that was imported, and what holds across documents.

use super::document::Document;
use super::people::{Group, RegisteredApplication, User};
use super::trust::{CertificateAuthority, ClassicStore, MOST_AUTHORITIES, PublicKeyInfrastructure};
use super::walk::{Fault, Note, Problem};
use super::{AnyDocument, Import};
use crate::account::{Account, Application, Requirement};
use crate::authentication_strength::AuthenticationStrength;
use crate::conditional_access::ConditionalAccessPolicy;
use crate::method::MethodPolicy;
use crate::rules::Rules;
use crate::settings::Settings;
use crate::user_ids;

/// The documents of a tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// The x509Certificate method policy.
    pub method: Option<Document<MethodPolicy>>,
    /// The strengths.
    pub strengths: Vec<Document<AuthenticationStrength>>,
    /// The conditional access policies.
    pub conditional_access: Vec<Document<ConditionalAccessPolicy>>,
    /// The containers of CAs.
    pub infrastructures: Vec<Document<PublicKeyInfrastructure>>,
    /// CAs that stand in no container here.
    pub authorities: Vec<Document<CertificateAuthority>>,
    /// The classic list of CAs.
    pub classic: Option<Document<ClassicStore>>,
    /// Accounts.
    pub users: Vec<Document<User>>,
    /// Groups.
    pub groups: Vec<Document<Group>>,
    /// Applications.
    pub applications: Vec<Document<RegisteredApplication>>,
    /// What is read otherwise than the directory reads it.
    pub notes: Vec<Note>,
}

impl Bundle {
    /// Reads files, one after the other.
    ///
    /// # Errors
    /// Every [`Problem`] of every file, with the file's place in front of its path.
    pub fn read(files: &[&[u8]]) -> Result<Self, Vec<Problem>> {
        let mut bundle = Self::default();
        let mut problems = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let Import {
                documents,
                problems: found,
                notes,
            } = super::import(file);
            let mut found: Vec<Problem> = found;
            for document in documents {
                found.extend(bundle.add(document));
            }
            bundle.notes.extend(notes);
            if files.len() > 1 {
                for problem in &mut found {
                    let path = std::mem::take(&mut problem.path);
                    problem.path = format!("file {}: {path}", place + 1);
                }
            }
            problems.extend(found);
        }
        problems.extend(bundle.check());
        if problems.is_empty() {
            Ok(bundle)
        } else {
            Err(problems)
        }
    }

    /// Adds a document; a problem where there is one already that can be only once.
    pub fn add(&mut self, document: AnyDocument) -> Option<Problem> {
        let twice = |what: &str| {
            Some(Problem {
                path: String::new(),
                fault: Fault::Wrong(format!("a tenant has one {what}, and here is another")),
            })
        };
        match document {
            AnyDocument::MethodPolicy(one) => {
                if self.method.replace(one).is_some() {
                    return twice("x509Certificate method policy");
                }
            }
            AnyDocument::ClassicStore(one) => {
                if self.classic.replace(one).is_some() {
                    return twice("classic list of CAs");
                }
            }
            AnyDocument::Strength(one) => self.strengths.push(one),
            AnyDocument::ConditionalAccess(one) => self.conditional_access.push(one),
            AnyDocument::PublicKeyInfrastructure(one) => self.infrastructures.push(one),
            AnyDocument::CertificateAuthority(one, _) => self.authorities.push(one),
            AnyDocument::User(one) => self.users.push(one),
            AnyDocument::Group(one) => self.groups.push(one),
            AnyDocument::Application(one) => self.applications.push(one),
        }
        None
    }

    /// What holds across documents: limits, unique certificate values, CAs that scope rules name,
    /// strengths that policies name.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut refuse = |path: &str, fault: Fault| {
            problems.push(Problem {
                path: path.to_owned(),
                fault,
            });
        };
        let custom = self
            .strengths
            .iter()
            .filter(|one| !one.model().built_in)
            .count();
        if custom > MOST_STRENGTHS {
            refuse(
                "authenticationStrength",
                Fault::TooMany {
                    limit: MOST_STRENGTHS,
                    found: custom,
                },
            );
        }
        let authorities = self.authorities().count();
        if authorities > MOST_AUTHORITIES {
            refuse(
                "certificateAuthorities",
                Fault::TooMany {
                    limit: MOST_AUTHORITIES,
                    found: authorities,
                },
            );
        }
        self.check_scopes(&mut refuse);
        self.check_user_ids(&mut refuse);
        if let Err(unresolved) = self.rules(Settings::default()).demands() {
            for one in unresolved {
                refuse(
                    "grantControls.authenticationStrength",
                    Fault::Wrong(one.to_string()),
                );
            }
        }
        problems
    }

    /// The rules of the tenant; where there is no method policy, the directory's own, switched off.
    #[must_use]
    pub fn rules(&self, settings: Settings) -> Rules {
        let method = self.method.as_ref().map_or_else(
            || MethodPolicy {
                enabled: false,
                ..MethodPolicy::default()
            },
            |method| method.model().clone(),
        );
        Rules {
            settings,
            method,
            strengths: self
                .strengths
                .iter()
                .map(|one| one.model().clone())
                .collect(),
            conditional_access: self
                .conditional_access
                .iter()
                .map(|one| one.model().clone())
                .collect(),
        }
    }

    /// The accounts that have a username, with their groups. What they have enrolled is not in an
    /// export, so they have nothing but their certificates.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let account = |user: &User| {
            let name = user.user_principal_name.clone()?;
            let id = user.id.clone().unwrap_or_else(|| name.clone());
            let mut groups = user.member_of.clone();
            for group in &self.groups {
                let group = group.model();
                if group.members.contains(&id) && !groups.contains(&group.id) {
                    groups.push(group.id.clone());
                }
            }
            Some(Account {
                display_name: user.display_name.clone().unwrap_or_else(|| name.clone()),
                on_premises_user_principal_name: user.on_premises_user_principal_name.clone(),
                certificate_user_ids: user.certificate_user_ids.clone().unwrap_or_default(),
                enabled: user.enabled.unwrap_or(true),
                user_principal_name: name,
                id,
                groups,
                has_password: false,
                has_code: false,
                has_passkey: false,
            })
        };
        self.users
            .iter()
            .filter_map(|user| account(user.model()))
            .collect()
    }

    /// The application with this `appId` or name; it asks for nothing by itself.
    #[must_use]
    pub fn application(&self, wanted: &str) -> Option<Application> {
        let found = self.applications.iter().map(Document::model).find(|one| {
            one.app_id.eq_ignore_ascii_case(wanted) || one.display_name.as_deref() == Some(wanted)
        })?;
        Some(Application {
            id: found.app_id.clone(),
            name: found
                .display_name
                .clone()
                .unwrap_or_else(|| found.app_id.clone()),
            requires: Requirement::Any,
        })
    }

    /// The CAs that were not deleted, each with the name of its container.
    pub fn authorities(&self) -> impl Iterator<Item = (&str, &CertificateAuthority)> {
        let contained = self
            .infrastructures
            .iter()
            .filter(|one| !one.model().deleted)
            .flat_map(|one| {
                let name = one.model().display_name.as_str();
                one.model()
                    .authorities
                    .iter()
                    .map(move |authority| (name, authority.model()))
            });
        let loose = self.authorities.iter().map(|one| ("", one.model()));
        contained
            .chain(loose)
            .filter(|(_, authority)| !authority.deleted)
    }

    /// A scope rule for a CA that the imported store does not hold would scope nothing.
    fn check_scopes(&self, refuse: &mut impl FnMut(&str, Fault)) {
        let (Some(method), true) = (&self.method, self.authorities().next().is_some()) else {
            return;
        };
        for (place, scope) in method.model().authority_scopes.iter().enumerate() {
            let classic = self
                .classic
                .iter()
                .flat_map(|classic| &classic.model().authorities)
                .map(|authority| &authority.certificate);
            let known = self
                .authorities()
                .map(|(_, authority)| &authority.certificate)
                .chain(classic)
                .filter_map(|certificate| certificate.subject_key_identifier())
                .any(|key| certs::hex(key).eq_ignore_ascii_case(&scope.subject_key_identifier));
            if !known {
                refuse(
                    &format!("certificateAuthorityScopes[{place}].subjectKeyIdentifier"),
                    Fault::Wrong(format!(
                        "no CA of the trust store has the key identifier {}",
                        scope.subject_key_identifier
                    )),
                );
            }
        }
    }

    fn check_user_ids(&self, refuse: &mut impl FnMut(&str, Fault)) {
        let mut seen = std::collections::HashMap::new();
        for (place, user) in self.users.iter().enumerate() {
            for value in user.model().certificate_user_ids.iter().flatten() {
                let key = user_ids::canonical(value);
                if let Some(first) = seen.insert(key, place)
                    && first != place
                {
                    refuse(
                        &format!("users[{place}].authorizationInfo.certificateUserIds"),
                        Fault::Wrong(format!("{value:?} is a value of another account already")),
                    );
                }
            }
        }
    }
}

/// Most strengths that a tenant makes.
const MOST_STRENGTHS: usize = 15;
