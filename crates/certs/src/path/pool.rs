use std::collections::{BTreeMap, HashMap};

use super::{Authority, Role};
use crate::certificate::Certificate;

/// The CAs of a trust store, in an order of their own and with what the search asks of them ready:
/// how the store was filled can change nothing.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Sorted by fingerprint, each certificate once.
    nodes: Vec<Node>,
    /// By the folded subject.
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) certificate: Certificate,
    pub(super) role: Role,
    /// How many more CAs a path from here has at least; `None` if none leads to an anchor.
    pub(super) distance: Option<usize>,
}

impl Pool {
    pub(super) fn new(authorities: &[Authority]) -> Self {
        let mut sorted = BTreeMap::new();
        for authority in authorities {
            let role = sorted
                .entry(authority.certificate.sha256())
                .or_insert((&authority.certificate, authority.role));
            if authority.role == Role::Root {
                role.1 = Role::Root;
            }
        }
        let nodes: Vec<Node> = sorted
            .into_values()
            .map(|(certificate, role)| Node {
                certificate: certificate.clone(),
                role,
                distance: None,
            })
            .collect();
        let mut by_subject: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            by_subject
                .entry(node.certificate.subject().folded().to_vec())
                .or_default()
                .push(index);
        }
        let mut pool = Self { nodes, by_subject };
        pool.measure();
        pool
    }

    /// The CAs that have the name of `certificate`'s issuer, whatever their key.
    pub(super) fn named(&self, certificate: &Certificate) -> impl Iterator<Item = (usize, &Node)> {
        self.by_subject
            .get(certificate.issuer().folded())
            .into_iter()
            .flatten()
            .filter_map(|index| Some((*index, self.nodes.get(*index)?)))
    }

    /// The CAs that may have issued `certificate`: those of the name, less those whose key
    /// identifier is another, as directories chain. A missing identifier says nothing; one that
    /// fits comes first.
    pub(super) fn issuers(&self, certificate: &Certificate) -> Vec<(usize, &Node)> {
        let wanted = certificate.authority_key_identifier();
        let fits = |node: &Node| match (wanted, node.certificate.subject_key_identifier()) {
            (Some(wanted), Some(found)) => Some(wanted == found),
            (Some(_) | None, None) | (None, Some(_)) => None,
        };
        let mut found: Vec<(usize, &Node)> = self
            .named(certificate)
            .filter(|(_, node)| fits(node) != Some(false))
            .collect();
        // The sort is stable, so the order of the pool breaks ties.
        found.sort_by_key(|(_, node)| fits(node).is_none());
        found
    }

    /// Finds how far each CA is from an anchor.
    fn measure(&mut self) {
        let above: Vec<Vec<usize>> = self
            .nodes
            .iter()
            .map(|node| {
                let issuers = self.issuers(&node.certificate);
                issuers.into_iter().map(|(index, _)| index).collect()
            })
            .collect();
        for node in &mut self.nodes {
            node.distance = (node.role == Role::Root).then_some(0);
        }
        let mut distances: Vec<Option<usize>> =
            self.nodes.iter().map(|node| node.distance).collect();
        loop {
            let mut changed = false;
            for (index, issuers) in above.iter().enumerate() {
                let nearest = issuers
                    .iter()
                    .filter_map(|issuer| distances.get(*issuer).copied().flatten())
                    .min()
                    .map(|distance| distance.saturating_add(1));
                if let (Some(nearest), Some(known)) = (nearest, distances.get_mut(index))
                    && known.is_none_or(|known| nearest < known)
                {
                    *known = Some(nearest);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        for (node, distance) in self.nodes.iter_mut().zip(distances) {
            node.distance = distance;
        }
    }
}
