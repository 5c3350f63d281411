//! Where judges may differ from `certs`, and what decides it.

use crate::judges::{Opinion, names_repeat};
use crate::mint::Origin;
use crate::plan::{Directory, General, Identifiers, Kind, Policy, Purpose, Says, Subtree};
use crate::run::{Case, Judged};

mod profile;

/// A difference that is written down.
#[derive(Debug)]
pub struct Difference {
    /// Its name.
    pub name: &'static str,
    /// What decides it: the sentence of a standard, or the rule of the directory.
    pub decides: &'static str,
    when: When,
}

#[derive(Debug)]
enum When {
    /// This judge differs where this holds of what they say, the path, and the case.
    Judge(&'static str, fn(&Opinion, &Judged, &Case) -> bool),
    /// We refuse a path on which this is broken, and they do not look.
    Broken(Kind),
}

/// The first difference that explains why this judge does not agree with us on a path.
pub fn find(
    judge: &str,
    theirs: &Opinion,
    on: &Judged,
    case: &Case,
) -> Option<&'static Difference> {
    all().find(|difference| match &difference.when {
        When::Judge(who, holds) => *who == judge && holds(theirs, on, case),
        When::Broken(kind) => {
            theirs.holds()
                && case.breaks(on)
                && case.plan.fault.is_some_and(|fault| fault.kind == *kind)
        }
    })
}

/// Every difference that is written down.
pub fn all() -> impl Iterator<Item = &'static Difference> {
    ALL.iter().chain(profile::ALL)
}

/// Whether the policies of an accepted path may differ from OpenSSL's: it does not ask the anchor,
/// and maps what anyPolicy stands for in its own way.
pub fn in_policies(on: &Judged, case: &Case) -> bool {
    anchor(on, case).is_some_and(has_policies)
        || case.breaks_anchor(on)
        || says(on, case).any(maps_beside_any)
}

/// Every difference that is no matter of a certificate's form.
const ALL: &[Difference] = &[
    Difference {
        name: "OpenSSL does not take anyExtendedKeyUsage for client authentication",
        decides: "RFC 5280 §4.2.1.12: a CA that does not wish to restrict usages can include \
                  anyExtendedKeyUsage; applications MAY reject such a certificate, and the \
                  directory does not.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            on.ours.holds()
                && theirs.says("26 at")
                && (only_any(case.plan.leaf.purposes.as_deref())
                    || says(on, case).any(|says| only_any(says.purposes.as_deref())))
        }),
    },
    Difference {
        name: "OpenSSL compares the issuer and serial number of a key identifier",
        decides: "RFC 5280 §6.1 has no authority key identifier among what a path is judged by; \
                  §4.2.1.1 has it help to build one.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            on.ours.holds()
                && (theirs.says("20 at") || theirs.says("2 at"))
                && (case.plan.leaf.common.identifiers == Identifiers::Full
                    || says(on, case).any(|says| says.common.identifiers == Identifiers::Full))
        }),
    },
    Difference {
        name: "OpenSSL does not ask the anchor of policies",
        decides: "RFC 5937 §3.2: certificate policies, policy constraints and inhibitAnyPolicy of \
                  a trust anchor set the initial values.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            theirs.holds()
                && on.ours.says("Policies ")
                && (anchor(on, case).is_some_and(has_policies) || case.breaks_anchor(on))
        }),
    },
    Difference {
        name: "OpenSSL takes the first authority of a name and does not go back",
        decides: "RFC 4158 §2.3: more than one certificate may match by name, and a path builder \
                  that meets a dead end returns and tries the next.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            on.ours.holds()
                && ["7 at", "19 at", "20 at", "2 at", "24 at", "25 at"]
                    .iter()
                    .any(|code| theirs.says(code))
                && names_repeat(&on.path, &case.minted)
        }),
    },
    Difference {
        name: "OpenSSL does not judge a constraint of user principal names",
        decides: "RFC 5280 §4.2.1.10 leaves otherName to whoever defines the type; ours are \
                  compared like the host of a mailbox.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            on.ours.holds() && theirs.says("51 at") && constrains_principals(on, case)
        }),
    },
    Difference {
        name: "certval wants key usage in every authority",
        decides: "RFC 5280 §6.1.4 (n): if a key usage extension is present, verify that the \
                  keyCertSign bit is set.",
        when: When::Judge("certval", |theirs, on, case| {
            on.ours.holds()
                && theirs.says("InvalidKeyUsage")
                && says(on, case).any(|says| says.key_usage.is_none())
        }),
    },
    Difference {
        name: "certval refuses an anchor with critical policy mappings",
        decides: "RFC 5280 §6.1: the trust anchor is not part of the path, and RFC 5937 §3.2 takes \
                  no mappings from it.",
        when: When::Judge("certval", |theirs, on, case| {
            on.ours.holds()
                && theirs.says("anchor: Unrecognized")
                && (anchor(on, case).is_some_and(|says| !says.mappings.is_empty())
                    || case.breaks_anchor(on))
        }),
    },
    Difference {
        name: "certval is not asked of the extended key usage of authorities",
        decides: "RFC 5280 §4.2.1.12 gives it to end entities in general; directories hold every \
                  authority of a path to it.",
        when: When::Judge("certval", |theirs, on, case| {
            theirs.holds()
                && on.ours.says("Purpose ")
                && (case.breaks(on) || says(on, case).any(excludes_client))
        }),
    },
    Difference {
        name: "certval does not judge a constraint of user principal names",
        decides: "RFC 5280 §4.2.1.10 leaves otherName to whoever defines the type; ours are \
                  compared like the host of a mailbox.",
        when: When::Judge("certval", |theirs, on, case| {
            on.ours.holds()
                && (theirs.says("NameConstraintsViolation") || theirs.says("anchor:"))
                && constrains_principals(on, case)
        }),
    },
    Difference {
        name: "certval does not look at key identifiers",
        decides: "The directory chains by subject and authority key identifier: where both are \
                  there, they are equal.",
        when: When::Judge("certval", |theirs, on, case| {
            theirs.holds()
                && case.breaks(on)
                && (broken(case, &[Kind::AuthorityKeyOther])
                    // Who signed it happens to be the authority's other key, which it does not name.
                    || broken(case, &[Kind::SignedByAnother]) && rekeyed(on, case))
        }),
    },
    Difference {
        name: "certval forgets that a policy may have two above it",
        decides: "RFC 9618 §5.1: a node of the policy graph has one or more parents; with \
                  anyPolicy, each expected policy of each node above is taken on.",
        when: When::Judge("certval", |theirs, on, case| {
            on.ours.holds()
                && !on.openssl.says("43 at")
                && theirs.says("NullPolicySet")
                && says(on, case).any(|says| !says.mappings.is_empty())
        }),
    },
    Difference {
        name: "OpenSSL maps a policy that only anyPolicy could stand for",
        decides: "RFC 5280 §6.1.4 (b) (1): a node for the issuer's policy comes out of a node for \
                  anyPolicy at that depth, which there is not while it is inhibited, and expects \
                  the subject's policies alone.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            theirs.holds()
                && on.ours.says("Policies ")
                && !on.certval.holds()
                && says(on, case).any(maps_beside_any)
        }),
    },
    Difference {
        name: "OpenSSL loses a policy that anyPolicy takes on and that is mapped",
        decides: "RFC 5280 §6.1.3 (d) (2): anyPolicy takes on each policy that is expected above \
                  and has no node; §6.1.4 (b) (1) maps it as any other, into a policy that the \
                  authority asserts beside it too.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            on.ours.holds()
                && theirs.says("43 at")
                && on.certval.holds()
                && says(on, case).any(maps_into_its_own)
        }),
    },
    Difference {
        name: "certval takes any number of an anchor's policy constraints for zero",
        decides: "RFC 5937 §3.2 sets a value of true; RFC 5280 §4.2.1.11 and §4.2.1.14 give a \
                  number of certificates that may come first, which we count from the anchor.",
        when: When::Judge("certval", |theirs, on, case| {
            on.ours.holds()
                && theirs.says("NullPolicySet")
                && anchor(on, case).is_some_and(counts_policies)
        }),
    },
    Difference {
        name: "certval lets a URI without a host pass",
        decides: "RFC 5280 §4.2.1.10: when a constraint on URIs is imposed, one that does not \
                  include an authority component MUST be rejected.",
        when: When::Judge("certval", |theirs, on, case| {
            theirs.holds() && on.ours.says("/ urn:") && constrains_uris(on, case)
        }),
    },
    Difference {
        name: "OpenSSL takes the person in a URI for a part of its host",
        decides: "RFC 3986 §3.2: the host of an authority comes after the user information.",
        when: When::Judge("OpenSSL", |theirs, on, case| {
            let person = |name: &General| matches!(name, General::Uri(text) if text.contains('@'));
            on.ours.holds() != theirs.holds()
                && (on.ours.says("ldap://lee@")
                    || ["47 at", "48 at", "53 at"]
                        .iter()
                        .any(|code| theirs.says(code)))
                && case.plan.leaf.names.iter().any(person)
                && constrains_uris(on, case)
        }),
    },
    Difference {
        name: "OpenSSL does not ask an anchor to be a sound certificate",
        decides: ANCHOR,
        when: When::Judge("OpenSSL", |theirs, on, case| {
            theirs.holds() && case.breaks_anchor(on)
        }),
    },
    Difference {
        name: "certval does not ask an anchor to be a sound certificate",
        decides: ANCHOR,
        when: When::Judge("certval", |theirs, on, case| {
            theirs.holds() && case.breaks_anchor(on)
        }),
    },
    Difference {
        name: "OpenSSL lets a leaf that signs no certificates limit the length of paths",
        decides: LENGTH_OF_LEAF,
        when: When::Judge("OpenSSL", length_of_leaf),
    },
    Difference {
        name: "certval lets a leaf that signs no certificates limit the length of paths",
        decides: LENGTH_OF_LEAF,
        when: When::Judge("certval", length_of_leaf),
    },
    Difference {
        name: "OpenSSL lets an authority without a name be a leaf",
        decides: NAMELESS,
        when: When::Judge("OpenSSL", nameless),
    },
    Difference {
        name: "certval lets an authority without a name be a leaf",
        decides: NAMELESS,
        when: When::Judge("certval", nameless),
    },
];

fn nameless(theirs: &Opinion, _on: &Judged, case: &Case) -> bool {
    theirs.holds()
        && case.minted.broken == Some(0)
        && broken(case, &[Kind::LengthZero])
        && case.plan.leaf.subject == Directory::Empty
}

fn length_of_leaf(theirs: &Opinion, _on: &Judged, case: &Case) -> bool {
    theirs.holds()
        && case.minted.broken == Some(0)
        && broken(case, &[Kind::LengthZero])
        && case.plan.leaf.key_usage.is_some()
}

const LENGTH_OF_LEAF: &str = "RFC 5280 §4.2.1.9: CAs MUST NOT include the pathLenConstraint field \
    unless the cA boolean is asserted and the key usage extension asserts the keyCertSign bit.";

const ANCHOR: &str = "RFC 5280 §6.1 does not judge the anchor; the directory does: what it could \
    not have taken for a root, or would not read, leads to no path.";

const NAMELESS: &str = "RFC 5280 §4.1.2.6: if the subject is a CA, the subject field MUST be \
    populated with a non-empty distinguished name.";

/// What the authorities of a path say.
fn says<'a>(on: &Judged, case: &'a Case) -> impl Iterator<Item = &'a Says> {
    case.says(on).into_iter().flatten()
}

fn anchor<'a>(on: &Judged, case: &'a Case) -> Option<&'a Says> {
    case.says(on).pop().flatten()
}

fn has_policies(says: &Says) -> bool {
    !says.policies.is_empty()
        || says.require_explicit.is_some()
        || says.inhibit_mapping.is_some()
        || says.inhibit_any.is_some()
}

fn counts_policies(says: &Says) -> bool {
    [
        says.require_explicit,
        says.inhibit_mapping,
        says.inhibit_any,
    ]
    .into_iter()
    .flatten()
    .any(|number| number > 0)
}

fn maps_beside_any(says: &Says) -> bool {
    says.policies.contains(&Policy::Any) && !says.mappings.is_empty()
}

fn maps_into_its_own(says: &Says) -> bool {
    maps_beside_any(says)
        && says
            .mappings
            .iter()
            .any(|(_, subject)| says.policies.contains(subject))
}

/// Whether an authority of the path has another key than the first of its name.
fn rekeyed(on: &Judged, case: &Case) -> bool {
    on.path
        .iter()
        .filter_map(|index| case.minted.pool.get(*index))
        .any(|authority| match authority.origin {
            Origin::Cross(number) => case.plan.crosses.get(number).is_some_and(|it| it.rekeyed),
            Origin::Leaf | Origin::Authority(_) | Origin::SecondRoot => false,
        })
}

fn only_any(purposes: Option<&[Purpose]>) -> bool {
    purposes.is_some_and(|purposes| {
        purposes.contains(&Purpose::Any) && !purposes.contains(&Purpose::Client)
    })
}

fn excludes_client(says: &Says) -> bool {
    says.purposes.as_deref().is_some_and(|purposes| {
        !purposes.contains(&Purpose::Any) && !purposes.contains(&Purpose::Client)
    })
}

fn constrains_principals(on: &Judged, case: &Case) -> bool {
    constrains(on, case, |subtree| matches!(subtree, Subtree::Principal(_)))
}

fn constrains_uris(on: &Judged, case: &Case) -> bool {
    constrains(on, case, |subtree| matches!(subtree, Subtree::Uri(_)))
}

/// Whether one of these is what is broken.
fn broken(case: &Case, kinds: &[Kind]) -> bool {
    case.plan
        .fault
        .is_some_and(|fault| kinds.contains(&fault.kind))
}

fn constrains(on: &Judged, case: &Case, holds: fn(&Subtree) -> bool) -> bool {
    says(on, case)
        .flat_map(|says| says.permitted.iter().chain(&says.excluded))
        .any(holds)
}
