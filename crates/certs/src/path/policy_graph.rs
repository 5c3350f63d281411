//! The valid policy graph: which policies hold from the anchor down to a certificate. RFC 5280 §6.1
//! draws a tree, whose branches a hostile chain can multiply; RFC 9618 joins them into a graph that
//! grows no faster than the certificates themselves.
//!
//! The steps carry the names of RFC 9618 §5. Qualifiers are not followed.

use std::collections::BTreeMap;

use super::work::{Bound, Work};
use crate::certificate::Policies;
use crate::oid::Oid;

/// `valid_policy_graph`; NULL when no depth is left.
#[derive(Debug)]
pub(super) struct PolicyGraph<'a> {
    /// The nodes of depth 0, 1, …; empty when the graph is NULL.
    depths: Vec<Vec<Node<'a>>>,
}

/// A policy, or anyPolicy. The least is anyPolicy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Policy<'a> {
    Any,
    Named(&'a Oid),
}

#[derive(Debug)]
struct Node<'a> {
    valid_policy: Policy<'a>,
    expected_policy_set: Vec<Policy<'a>>,
    /// Indices into the depth above.
    parents: Vec<usize>,
}

impl<'a> PolicyGraph<'a> {
    /// §6.1.2 (a): one node of depth zero, anyPolicy, which expects anyPolicy.
    pub(super) fn new() -> Self {
        Self {
            depths: vec![vec![Node {
                valid_policy: Policy::Any,
                expected_policy_set: vec![Policy::Any],
                parents: Vec::new(),
            }]],
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.depths.is_empty()
    }

    /// §6.1.3 (e).
    pub(super) fn set_null(&mut self) {
        self.depths.clear();
    }

    /// §6.1.3 (d): adds the depth of a certificate with these policies; `any_counts` says whether
    /// its anyPolicy does, by (d)(2).
    pub(super) fn descend(
        &mut self,
        policies: &'a Policies,
        any_counts: bool,
        work: &mut Work<'_>,
    ) -> Result<(), Bound> {
        let Some(above) = self.depths.last() else {
            return Ok(());
        };
        // Which nodes above expect a policy.
        let mut expecting: BTreeMap<Policy<'a>, Vec<usize>> = BTreeMap::new();
        for (index, node) in above.iter().enumerate() {
            for policy in &node.expected_policy_set {
                expecting.entry(*policy).or_default().push(index);
            }
        }
        let any_above = above
            .iter()
            .position(|node| node.valid_policy == Policy::Any);
        let mut depth: Vec<Node<'a>> = Vec::new();
        // (d)(1), for each policy P other than anyPolicy.
        for oid in &policies.named {
            let policy = Policy::Named(oid);
            let parents = match (expecting.remove(&policy), any_above) {
                // (i): all nodes above that expect P.
                (Some(parents), _) => parents,
                // (ii): none does, and anyPolicy is above.
                (None, Some(any)) => vec![any],
                (None, None) => continue,
            };
            work.policy_node()?;
            depth.push(Node::of(policy, parents));
        }
        // (d)(2): each policy that is expected above and has no node here.
        if policies.any && any_counts {
            for (policy, parents) in expecting {
                work.policy_node()?;
                depth.push(Node::of(policy, parents));
            }
        }
        self.depths.push(depth);
        // (d)(3).
        self.prune();
        Ok(())
    }

    /// §6.1.4 (b): maps issuerDomainPolicy to subjectDomainPolicy, or deletes what is mapped where
    /// `allowed` is false.
    pub(super) fn map(
        &mut self,
        mappings: &'a [(Oid, Oid)],
        allowed: bool,
        work: &mut Work<'_>,
    ) -> Result<(), Bound> {
        let mut mapped: BTreeMap<&'a Oid, Vec<Policy<'a>>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            mapped
                .entry(issuer)
                .or_default()
                .push(Policy::Named(subject));
        }
        for subjects in mapped.values_mut() {
            subjects.sort_unstable();
            subjects.dedup();
        }
        let Some((depth, above)) = self.depths.split_last_mut() else {
            return Ok(());
        };
        if !allowed {
            // (b)(2).
            depth.retain(|node| match node.valid_policy {
                Policy::Any => true,
                Policy::Named(oid) => !mapped.contains_key(oid),
            });
            self.prune();
            return Ok(());
        }
        // (b)(1)(i).
        for node in depth.iter_mut() {
            if let Policy::Named(oid) = node.valid_policy
                && let Some(subjects) = mapped.remove(oid)
            {
                node.expected_policy_set = subjects;
            }
        }
        // (b)(1)(ii): no node has the policy, and one has anyPolicy; the new node stands beside it,
        // below the anyPolicy above.
        let any_here = depth.iter().any(|node| node.valid_policy == Policy::Any);
        let any_above = above.last().and_then(|nodes| {
            nodes
                .iter()
                .position(|node| node.valid_policy == Policy::Any)
        });
        if let (true, Some(any_above)) = (any_here, any_above) {
            for (oid, subjects) in mapped {
                work.policy_node()?;
                depth.push(Node {
                    valid_policy: Policy::Named(oid),
                    expected_policy_set: subjects,
                    parents: vec![any_above],
                });
            }
        }
        Ok(())
    }

    /// §6.1.5 (g): the user-constrained-policy-set, sorted, anyPolicy first.
    pub(super) fn user_constrained<'b>(&'b self, initial: Initial<'b>) -> Vec<Policy<'b>> {
        // The valid_policy_node_set: whose only parent is anyPolicy, and anyPolicy at the end.
        let mut authority_constrained: Vec<Policy<'b>> = Vec::new();
        let mut above: Option<&'b Vec<Node<'a>>> = None;
        for depth in &self.depths {
            for node in depth {
                let below_any = match node.parents.as_slice() {
                    [only] => above
                        .and_then(|nodes| nodes.get(*only))
                        .is_some_and(|parent| parent.valid_policy == Policy::Any),
                    _ => false,
                };
                if node.valid_policy != Policy::Any && below_any {
                    authority_constrained.push(node.valid_policy);
                }
            }
            above = Some(depth);
        }
        let any_at_the_end =
            above.is_some_and(|nodes| nodes.iter().any(|node| node.valid_policy == Policy::Any));
        if any_at_the_end {
            authority_constrained.push(Policy::Any);
        }
        let mut constrained = match initial {
            Initial::Any => authority_constrained,
            Initial::These(oids) => oids
                .iter()
                .map(Policy::Named)
                .filter(|policy| any_at_the_end || authority_constrained.contains(policy))
                .collect(),
        };
        constrained.sort_unstable();
        constrained.dedup();
        constrained
    }

    /// Deletes what has nothing below it, from the last depth up; a graph without nodes is NULL.
    fn prune(&mut self) {
        let mut below: Option<&mut Vec<Node<'a>>> = None;
        let mut empty = false;
        for depth in self.depths.iter_mut().rev() {
            if let Some(below) = below {
                keep_parents(depth, below);
            }
            empty |= depth.is_empty();
            below = Some(depth);
        }
        if empty {
            self.depths.clear();
        }
    }
}

/// The user-initial-policy-set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Initial<'a> {
    Any,
    /// Sorted.
    These(&'a [Oid]),
}

impl<'a> Node<'a> {
    fn of(policy: Policy<'a>, parents: Vec<usize>) -> Self {
        Self {
            valid_policy: policy,
            expected_policy_set: vec![policy],
            parents,
        }
    }
}

/// Keeps the nodes that are parents of a node below, and renumbers them there.
fn keep_parents(depth: &mut Vec<Node<'_>>, below: &mut [Node<'_>]) {
    let mut places: Vec<Option<usize>> = vec![None; depth.len()];
    for parent in below.iter().flat_map(|node| &node.parents) {
        if let Some(place) = places.get_mut(*parent) {
            *place = Some(0);
        }
    }
    for (kept, place) in places.iter_mut().flatten().enumerate() {
        *place = kept;
    }
    let mut index = 0;
    depth.retain(|_| {
        let keep = places.get(index).copied().flatten().is_some();
        index += 1;
        keep
    });
    for node in below {
        node.parents = node
            .parents
            .iter()
            .filter_map(|parent| places.get(*parent).copied().flatten())
            .collect();
    }
}
