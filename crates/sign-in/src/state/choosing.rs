//! The picker: tokens as they are found, judged and sorted when the server's wishes are known.

use crate::candidate::{Asks, Candidate, Token};
use crate::effect::Attempt;
use crate::judge::{Verdict, can_send, judge};
use crate::view::{
    CertificateRow, ModuleFailure, Picker, TokenGroup, TokenLabel, Unusable, UsedCertificate,
};

use super::stage::Journey;

/// The certificates to choose from, within a journey.
#[derive(Clone, Debug)]
pub(super) struct Choosing {
    pub(super) journey: Journey,
    pub(super) host: String,
    /// The probe under way.
    pub(super) probe: Option<Attempt>,
    /// The reading under way.
    pub(super) reading: Option<Attempt>,
    /// What the server asks for, once the probe has said.
    pub(super) asks: Option<Asks>,
    pub(super) found: Vec<FoundToken>,
    pub(super) failures: Vec<ModuleFailure>,
    /// What the person marked.
    pub(super) marked: Option<String>,
    /// What this device remembers for the server.
    pub(super) remembered: Option<String>,
}

/// A token, and whether the reading under way has seen it.
#[derive(Clone, Debug)]
pub(super) struct FoundToken {
    pub(super) token: Token,
    pub(super) seen: bool,
    pub(super) gone: bool,
}

impl Choosing {
    /// Takes in a token. A certificate that is known already through another way is left out,
    /// unless only this way has its key.
    pub(super) fn add(&mut self, mut token: Token) {
        let same = |label: &TokenLabel| {
            label.name == token.label.name
                && label.serial == token.label.serial
                && label.model == token.label.model
        };
        if let Some(place) = self
            .found
            .iter_mut()
            .find(|found| same(&found.token.label) && !found.seen)
        {
            // Its place stays: cards coming and going move nothing above them.
            let gone: Vec<Candidate> = place
                .token
                .candidates
                .iter()
                .filter(|old| {
                    !token
                        .candidates
                        .iter()
                        .any(|new| new.row.sha256 == old.row.sha256)
                })
                .map(|old| Candidate {
                    row: CertificateRow {
                        gone: true,
                        ..old.row.clone()
                    },
                    ..old.clone()
                })
                .collect();
            token.candidates.extend(gone);
            *place = FoundToken {
                token,
                seen: true,
                gone: false,
            };
            return;
        }
        token.candidates.retain(|new| {
            !self.all().any(|(_, old)| {
                old.row.sha256 == new.row.sha256 && (can_send(old) || !can_send(new))
            })
        });
        for found in &mut self.found {
            found.token.candidates.retain(|old| {
                !token
                    .candidates
                    .iter()
                    .any(|new| new.row.sha256 == old.row.sha256)
            });
        }
        self.found.push(FoundToken {
            token,
            seen: true,
            gone: false,
        });
    }

    /// Begins to read again: what is not seen this time is gone.
    pub(super) fn read_again(&mut self, attempt: Attempt) {
        self.reading = Some(attempt);
        self.failures.clear();
        for found in &mut self.found {
            found.seen = false;
        }
    }

    /// Every token was read.
    pub(super) fn all_read(&mut self) {
        self.reading = None;
        for found in &mut self.found {
            found.gone = !found.seen;
        }
    }

    /// The tokens that are plugged in.
    pub(super) fn labels(&self) -> Vec<TokenLabel> {
        let here = self.found.iter().filter(|found| !found.gone);
        here.map(|found| found.token.label.clone()).collect()
    }

    pub(super) fn find(&self, sha256: &str) -> Option<(&FoundToken, &Candidate)> {
        self.all()
            .find(|(_, candidate)| candidate.row.sha256 == sha256)
    }

    /// The token that holds this certificate, to note what it says about its PIN.
    pub(super) fn token_of(&mut self, sha256: &str) -> Option<&mut Token> {
        self.found
            .iter_mut()
            .find(|found| {
                found
                    .token
                    .candidates
                    .iter()
                    .any(|c| c.row.sha256 == sha256)
            })
            .map(|found| &mut found.token)
    }

    /// Says whether the person may go on with this certificate.
    pub(super) fn may_use(&self, sha256: &str, anyway: bool, now: i64) -> bool {
        let Some((found, candidate)) = self.find(sha256) else {
            return false;
        };
        if found.gone || candidate.row.gone {
            return false;
        }
        let fits = self
            .asks
            .as_ref()
            .is_some_and(|asks| matches!(judge(candidate, asks, now), Verdict::Fits(_)));
        fits || (anyway && can_send(candidate))
    }

    /// What a session notes of the certificate it began with.
    pub(super) fn used(&self, sha256: &str) -> Option<(String, UsedCertificate)> {
        let (found, candidate) = self.find(sha256)?;
        let row = &candidate.row;
        let used = UsedCertificate {
            sha256: row.sha256.clone(),
            issuer: row.issuer.clone(),
            not_after: row.not_after,
            token: found.token.label.name.clone(),
        };
        Some((row.name.clone(), used))
    }

    /// The picture. Rows wait for the probe, so that none moves from one list to the other.
    pub(super) fn picker(&self, now: i64) -> Picker {
        let mut groups: Vec<TokenGroup> = Vec::new();
        let mut unusable = Vec::new();
        for found in &self.found {
            let Some(asks) = &self.asks else { break };
            let mut rows = Vec::new();
            for candidate in &found.token.candidates {
                let mut row = candidate.row.clone();
                row.gone |= found.gone;
                match judge(candidate, asks, now) {
                    Verdict::Fits(warning) => {
                        row.warning = warning;
                        rows.push(row);
                    }
                    Verdict::Unfit(reason) => unusable.push(Unusable {
                        row,
                        token: found.token.label.name.clone(),
                        reason,
                        can_send: can_send(candidate) && !found.gone,
                    }),
                }
            }
            rows.sort_by_key(|row| self.rank(row));
            if !rows.is_empty() {
                groups.push(TokenGroup {
                    token: found.token.label.clone(),
                    rows,
                });
            }
        }
        let searching = self.probe.is_some() || self.reading.is_some();
        if !searching {
            groups.sort_by_key(|group| group.rows.first().map(|row| self.rank(row)));
        }
        let selected = self.selected(&groups, searching);
        Picker {
            host: self.host.clone(),
            groups,
            unusable,
            selected,
            searching,
            failures: self.failures.clone(),
        }
    }

    fn selected(&self, groups: &[TokenGroup], searching: bool) -> Option<String> {
        let rows = || groups.iter().flat_map(|group| &group.rows);
        let shown = |sha256: &Option<String>| {
            sha256
                .clone()
                .filter(|sha256| rows().any(|row| row.sha256 == *sha256))
        };
        shown(&self.marked)
            .or_else(|| shown(&self.remembered))
            .or_else(|| {
                let first = rows().find(|row| !row.gone).map(|row| row.sha256.clone());
                first.filter(|_| !searching)
            })
    }

    /// What is remembered first, then what names the account, then what lasts longest.
    fn rank(&self, row: &CertificateRow) -> (bool, bool, std::cmp::Reverse<i64>, String) {
        let remembered = self.remembered.as_ref() == Some(&row.sha256);
        let address = row.address.as_deref().unwrap_or_default();
        let named = address.eq_ignore_ascii_case(&self.journey.username);
        let lasts = std::cmp::Reverse(row.not_after);
        (!remembered, !named, lasts, row.sha256.clone())
    }

    fn all(&self) -> impl Iterator<Item = (&FoundToken, &Candidate)> {
        self.found.iter().flat_map(|found| {
            found
                .token
                .candidates
                .iter()
                .map(move |candidate| (found, candidate))
        })
    }
}
