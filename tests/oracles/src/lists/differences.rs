//! Where OpenSSL differs from `certs` on lists, and what decides it.

use super::{Base, Case, Delta, DeltaEntry, Scope, Status, Window};

/// The first that explains a case.
pub(super) fn find(case: &Case) -> Option<&'static str> {
    ALL.iter()
        .find(|(_, _, holds)| holds(case))
        .map(|(name, _, _)| *name)
}

type Difference = (&'static str, &'static str, fn(&Case) -> bool);

/// Name, what decides it, and whether it is this one.
const ALL: &[Difference] = &[
    (
        "OpenSSL ends at the first list that covers every reason",
        "RFC 5280 §6.3.3: the algorithm may end there, and need not; here every list that counts \
         is looked at, and one that revokes is enough.",
        |case| {
            case.ours == Status::Revoked
                && case.openssl.is_good()
                && (case.plan.bases.len() > 1 || case.plan.delta.is_some())
        },
    ),
    (
        "OpenSSL takes one list and does not go back to another",
        "RFC 5280 §6.3.3 (a) to (l) are for each distribution point and its list: one whose \
         signature, scope or time does not hold is left, and the next is taken.",
        |case| {
            case.ours.is_good()
                && matches!(case.openssl, Status::Unknown(_))
                && case.plan.bases.len() > 1
        },
    ),
    (
        "OpenSSL takes any of two lists of one date",
        "RFC 5280 §5.2.3: CRL numbers increase, so that of two lists of one issuer and scope the \
         one with the greater number supersedes the other.",
        |case| case.ours.is_good() && case.openssl == Status::Revoked && superseded(case),
    ),
    (
        "OpenSSL goes back to a list of a lower number",
        "RFC 5280 §5.2.3: the list with the greater number superseded it, so where that one is \
         past its date nobody is good by the other.",
        |case| matches!(case.ours, Status::Unknown(_)) && case.openssl.is_good() && goes_back(case),
    ),
    (
        "OpenSSL counts a delta outside its window",
        "RFC 5280 §6.3.3 (a) (1) (i): obtain a delta CRL with a next update value that is after \
         the current time; one whose thisUpdate is to come is not published yet.",
        |case| {
            let late = |delta: &Delta| {
                delta.window != Window::Open && delta.leaf == DeltaEntry::Revoked && !delta.impostor
            };
            case.ours.is_good()
                && case.openssl == Status::Revoked
                && case.plan.delta.as_ref().is_some_and(late)
        },
    ),
    (
        "OpenSSL changes an older list by a delta that a newer list knows",
        "RFC 5280 §5.2.4 (d): a complete list and a delta may be combined if the number of the \
         complete list is less than the delta's.",
        |case| case.ours.is_good() && case.openssl == Status::Revoked && caught_up(case),
    ),
    (
        "OpenSSL does without a delta that does not fit or count",
        "RFC 5280 §5.2.4: a delta that is configured and not usable leaves unknown what has \
         happened since the complete list, so nobody is good by it.",
        |case| {
            matches!(case.ours, Status::Unknown(_))
                && case.openssl.is_good()
                && case.plan.delta.is_some()
        },
    ),
];

/// Whether each list that revokes the leaf, counts and covers it, is superseded by one that does
/// not, or from which the delta takes the leaf.
fn superseded(case: &Case) -> bool {
    let sound = |base: &&Base| !base.impostor && !base.flipped && !base.unknown;
    let bases: Vec<&Base> = case.plan.bases.iter().filter(sound).collect();
    let removed = |base: &Base| {
        case.plan.delta.as_ref().is_some_and(|delta| {
            delta.leaf == DeltaEntry::Removed
                && delta.window == Window::Open
                && delta.scope == base.scope
                && delta.base <= base.number
                && !delta.impostor
        })
    };
    let says = |base: &&&Base| {
        base.leaf.is_some() && base.window == Window::Open && covers_people(base.scope)
    };
    let revoking: Vec<&Base> = bases.iter().filter(says).copied().collect();
    let by_a_newer_one = |old: &&Base| {
        bases.iter().any(|new| {
            new.scope == old.scope
                && new.number >= old.number
                && new.window == Window::Open
                && (new.leaf.is_none() || removed(new))
        })
    };
    !revoking.is_empty() && revoking.iter().all(by_a_newer_one)
}

/// Whether the delta revokes the leaf, and a list that counts has its number or a greater one.
fn caught_up(case: &Case) -> bool {
    let Some(delta) = &case.plan.delta else {
        return false;
    };
    delta.leaf == DeltaEntry::Revoked
        && case.plan.bases.iter().any(|base| {
            base.scope == delta.scope
                && base.number >= delta.number
                && base.window == Window::Open
                && base.leaf.is_none()
                && !(base.impostor || base.flipped || base.unknown)
        })
}

/// Whether a list of this scope says anything of the leaf.
fn covers_people(scope: Scope) -> bool {
    match scope {
        Scope::Everything
        | Scope::Point
        | Scope::Users
        | Scope::Compromise
        | Scope::OtherReasons => true,
        Scope::OtherPoint | Scope::Authorities | Scope::Attributes => false,
    }
}

/// Whether a list that is past its date has a greater number than one of its scope that counts.
fn goes_back(case: &Case) -> bool {
    let bases = &case.plan.bases;
    bases.iter().any(|old| {
        bases.iter().any(|new| {
            new.scope == old.scope
                && new.number > old.number
                && new.window == Window::Past
                && old.window == Window::Open
        })
    })
}
