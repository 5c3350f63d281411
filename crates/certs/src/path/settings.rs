use crate::oid::Oid;
use crate::purpose::Purpose;

/// What a path is judged for, and the bounds of the work on one decision. The bounds count; none is
/// a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the leaf must be meant for.
    pub purpose: Purpose,
    /// The user-initial-policy-set (RFC 5280 §6.1.1 (c)).
    pub initial_policies: InitialPolicies,
    /// initial-policy-mapping-inhibit (RFC 5280 §6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// initial-explicit-policy (RFC 5280 §6.1.1 (f)): some policy must hold for the whole path.
    pub explicit_policy: bool,
    /// initial-any-policy-inhibit (RFC 5280 §6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// Most CAs in a path, the anchor counted.
    pub most_authorities: usize,
    /// Most steps of the search for candidates.
    pub most_steps: usize,
    /// Most candidates that are judged.
    pub most_candidates: usize,
    /// Most paths that are kept of those that hold.
    pub most_paths: usize,
    /// Most signatures that are verified.
    pub most_signatures: usize,
    /// Most nodes of policy graphs.
    pub most_policy_nodes: usize,
    /// Most comparisons of a name with a name constraint.
    pub most_name_comparisons: usize,
}

/// The certificate policies that are acceptable at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitialPolicies {
    /// Any.
    #[default]
    Any,
    /// These; with anyPolicy among them, any.
    These(Vec<Oid>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            purpose: Purpose::default(),
            initial_policies: InitialPolicies::Any,
            inhibit_policy_mapping: false,
            explicit_policy: false,
            inhibit_any_policy: false,
            most_authorities: 10,
            most_steps: 20_000,
            most_candidates: 1_000,
            most_paths: 8,
            most_signatures: 250,
            most_policy_nodes: 50_000,
            most_name_comparisons: 250_000,
        }
    }
}
