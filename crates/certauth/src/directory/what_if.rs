//! What would happen under documents that were exported: no database, no configuration, no network.

use std::sync::Arc;

use certs::{
    Certificate, Crl, CrlFault, InitialPolicies, Presented, Purpose, Requirement, Revocation,
    RevocationList, Role, Sources, Time, TrustStore,
};
use policy::directory::{Bundle, import};
use policy::{Account, Answer, Application, CheckLine, Policy, Requirement as Asked, Settings};

use super::plan::{File, Finding};

/// Documents that can be asked.
pub struct WhatIf {
    bundle: Bundle,
    policy: Policy,
    settings: Settings,
    anchors: TrustStore,
    /// The CAs with the addresses of their lists.
    authorities: Vec<(Certificate, bool)>,
    /// What certauth reads otherwise than the directory.
    pub notes: Vec<Finding>,
}

/// Who signs in, to what, and what is assumed beside the documents.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The username; none to judge the certificate alone.
    pub user: Option<&'a str>,
    /// The application's client id or name.
    pub application: Option<&'a str>,
    /// Other ways that the account has.
    pub ways: Ways,
    /// Revocation lists, DER or PEM.
    pub lists: &'a [Vec<u8>],
    /// When.
    pub now: Time,
}

/// Ways to sign in that an account has beside certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// A password.
    pub password: bool,
    /// One-time codes.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
}

impl WhatIf {
    /// Reads exported files.
    ///
    /// # Errors
    /// Everything that an import would refuse, by file and path.
    pub fn read(files: &[File], settings: Settings) -> Result<Self, Vec<Finding>> {
        let mut bundle = Bundle::default();
        let mut refused = Vec::new();
        let mut notes = Vec::new();
        for file in files {
            let finding = |path: &str, text: String| Finding {
                file: Some(file.name.clone()),
                path: path.to_owned(),
                text,
            };
            let read = import(&file.bytes);
            for problem in read.problems {
                refused.push(finding(&problem.path, problem.fault.to_string()));
            }
            notes.extend(
                read.notes
                    .into_iter()
                    .map(|note| finding(&note.path, note.text)),
            );
            for document in read.documents {
                if let Some(problem) = bundle.add(document) {
                    refused.push(finding(&problem.path, problem.fault.to_string()));
                }
            }
        }
        let together = |path: String, text: String| Finding {
            file: None,
            path,
            text,
        };
        let across = bundle.check();
        refused.extend(
            across
                .into_iter()
                .map(|problem| together(problem.path, problem.fault.to_string())),
        );
        let policy = match Policy::of(bundle.rules(settings)) {
            Ok(policy) if refused.is_empty() => policy,
            Ok(_) | Err(_) => return Err(refused),
        };
        let (anchors, authorities) = trusted(&bundle);
        Ok(Self {
            bundle,
            policy,
            settings,
            anchors,
            authorities,
            notes,
        })
    }

    /// What would happen if somebody signed in with this certificate.
    #[must_use]
    pub fn ask(&self, presented: &Presented, question: &Question<'_>) -> Answer {
        let now = question.now;
        let settings = certs::Settings {
            purpose: Purpose::ClientAuthentication,
            initial_policies: InitialPolicies::Any,
            ..certs::Settings::default()
        };
        let path = certs::validate(presented, &self.anchors, &settings, now)
            .and_then(|path| path.check(&self.revocation(question.lists), now));
        let Some(name) = question.user else {
            return match path {
                Ok(path) => Answer::Allowed {
                    strength: policy::Strength::SingleFactor,
                    checks: path.trace().lines().iter().map(CheckLine::from).collect(),
                },
                refused => self
                    .policy
                    .what_if(refused, None, &self.application(None), now),
            };
        };
        let account = self.account(name, question.ways);
        let application = self.application(question.application);
        let account = match (&path, account) {
            (Ok(path), Some(account))
                if self.settings.compatibility == policy::Compatibility::Preview2022 =>
            {
                // The certificate finds the account, and it has to be the one that was named.
                let all = self.bundle.accounts();
                let found = self.policy.only_account(path, &all);
                found
                    .is_ok_and(|found| found.id == account.id)
                    .then_some(account)
            }
            (_, account) => account,
        };
        self.policy
            .what_if(path, account.as_ref(), &application, now)
    }

    /// The place of a list that is of none of the CAs.
    #[must_use]
    pub fn misfit(&self, lists: &[Vec<u8>]) -> Option<usize> {
        lists.iter().position(|bytes| {
            !self.authorities.iter().any(|(certificate, _)| {
                Crl::read(bytes.clone(), certificate, &self.anchors, MOST_LIST_BYTES).is_ok()
            })
        })
    }

    fn account(&self, name: &str, ways: Ways) -> Option<Account> {
        let mut all = self.bundle.accounts().into_iter();
        let account = all.find(|one| one.user_principal_name.eq_ignore_ascii_case(name))?;
        Some(Account {
            has_password: ways.password,
            has_code: ways.code,
            has_passkey: ways.passkey,
            ..account
        })
    }

    /// An application of the documents; one that they do not hold has nothing but its id.
    fn application(&self, wanted: Option<&str>) -> Application {
        let id = wanted.unwrap_or_default();
        self.bundle.application(id).unwrap_or_else(|| Application {
            id: id.to_owned(),
            name: if id.is_empty() {
                "any application".to_owned()
            } else {
                id.to_owned()
            },
            requires: Asked::Any,
        })
    }

    /// Where a CA has a list it counts if it was given; where it was not, revocation is unknown,
    /// which the trace says. That a CA must have a list is held to what is configured.
    fn revocation(&self, given: &[Vec<u8>]) -> Revocation {
        let mut revocation = Revocation::none();
        for (certificate, has_list) in &self.authorities {
            let lists: Vec<RevocationList> = given
                .iter()
                .filter_map(|bytes| {
                    Crl::read(bytes.clone(), certificate, &self.anchors, MOST_LIST_BYTES).ok()
                })
                .map(|list| RevocationList::Ready(Arc::new(list)))
                .collect();
            let sources = match (lists.is_empty(), has_list) {
                (false, _) => Sources {
                    lists,
                    ..Sources::default()
                },
                (true, true) => Sources {
                    requirement: Requirement::NotRequired,
                    lists: vec![RevocationList::Missing(CrlFault::Unreachable(
                        "nothing is fetched here; give the list with --crl".to_owned(),
                    ))],
                    ..Sources::default()
                },
                (true, false) => continue,
            };
            revocation.set(certificate, sources);
        }
        if let Some(method) = &self.bundle.method {
            let crl = &method.model().crl_validation;
            if crl.required {
                let exempt = crl.exempted.iter();
                revocation.require(
                    exempt
                        .filter_map(|key| crate::trust::from_hex(key))
                        .collect(),
                );
            }
        }
        revocation
    }
}

impl std::fmt::Debug for WhatIf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhatIf")
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

/// The CAs of containers and of the classic list, each once, and whether it has a list.
fn trusted(bundle: &Bundle) -> (TrustStore, Vec<(Certificate, bool)>) {
    let mut all: Vec<(Certificate, bool, bool)> = Vec::new();
    for (_, authority) in bundle.authorities() {
        let has_list = authority.crl_url.is_some();
        all.push((authority.certificate.clone(), authority.root, has_list));
    }
    for entry in bundle
        .classic
        .iter()
        .flat_map(|list| &list.model().authorities)
    {
        let known = all
            .iter_mut()
            .find(|(known, ..)| known.sha256() == entry.certificate.sha256());
        match known {
            Some((_, _, has_list)) => *has_list |= entry.crl_url.is_some(),
            None => all.push((
                entry.certificate.clone(),
                entry.root,
                entry.crl_url.is_some(),
            )),
        }
    }
    let anchors = all
        .iter()
        .map(|(certificate, root, _)| certs::Authority {
            certificate: certificate.clone(),
            role: if *root {
                Role::Root
            } else {
                Role::Intermediate
            },
        })
        .collect();
    let lists = all
        .into_iter()
        .map(|(certificate, _, has_list)| (certificate, has_list))
        .collect();
    (TrustStore::new(anchors), lists)
}

/// Most bytes of a revocation list that is given.
const MOST_LIST_BYTES: usize = 256 * 1024 * 1024;
