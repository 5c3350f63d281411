use der::Tag;

use super::general_name::GeneralName;
use super::violation::Violation;
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};

/// RFC 5280 §4.2.1.10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<Subtree>,
    pub(crate) excluded: Vec<Subtree>,
}

/// The names at and below a base. The profile has no minimum but 0 and no maximum, so a certificate
/// that has one is refused where it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subtree {
    pub(crate) base: GeneralName,
}

/// Reads the extension.
pub(super) fn name_constraints(
    value: &[u8],
    violations: &mut Vec<Violation>,
) -> Result<NameConstraints, NotDer> {
    let mut fields = Element::only(value, Tag::Sequence, "no SEQUENCE")?.inside()?;
    let permitted = fields.next_if(context(0))?;
    let excluded = fields.next_if(context(1))?;
    fields.end()?;
    if permitted.is_none() && excluded.is_none() {
        violations.push(Violation::EmptyNameConstraints);
    }
    let mut read = |list: Option<Element<'_>>| match list {
        Some(list) => subtrees(list.inside()?, violations),
        None => Ok(Vec::new()),
    };
    Ok(NameConstraints {
        permitted: read(permitted)?,
        excluded: read(excluded)?,
    })
}

fn subtrees(
    mut list: Elements<'_>,
    violations: &mut Vec<Violation>,
) -> Result<Vec<Subtree>, NotDer> {
    const FAULT: &str = "name constraints are not names with bounds";
    if list.is_empty() {
        violations.push(Violation::EmptyNameConstraints);
    }
    let mut read = Vec::new();
    while !list.is_empty() {
        let mut subtree = list.expect(Tag::Sequence, FAULT)?.inside()?;
        let base = GeneralName::read(&subtree.next()?)?;
        let minimum = match subtree.next_if(context_primitive(0))? {
            Some(minimum) => minimum.count()?,
            None => 0,
        };
        let maximum = subtree.next_if(context_primitive(1))?;
        subtree.end()?;
        if minimum != 0 || maximum.is_some() {
            violations.push(Violation::NameConstraintsBounds);
        }
        if let GeneralName::Ip(range) = &base
            && !is_range(range)
        {
            violations.push(Violation::NameConstraintsMask);
        }
        read.push(Subtree { base });
    }
    Ok(read)
}

/// Whether the bytes are an address and a mask whose ones stand before its zeros.
fn is_range(range: &[u8]) -> bool {
    if !matches!(range.len(), 8 | 32) {
        return false;
    }
    let Some((_, mask)) = range.split_at_checked(range.len() / 2) else {
        return false;
    };
    let mut rest = mask.iter().skip_while(|byte| **byte == 0xff);
    let first = rest.next().copied().unwrap_or(0);
    first.leading_ones() + first.trailing_zeros() == 8 && rest.all(|byte| *byte == 0)
}
