//! Where a certificate says that its revocation lists are (RFC 5280 §4.2.1.13), and the names by
//! which certificate and list find each other.
//!
//! Nothing is fetched from these places: the names only tell which list covers which certificate.

use der::Tag;

use crate::certificate::GeneralName;
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::name::Name;

/// One distribution point of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct DistributionPoint {
    /// Its full names; empty where it has none.
    pub(crate) names: Vec<GeneralName>,
    /// The reasons that its lists cover; none stands for all.
    pub(crate) reasons: Option<Reasons>,
    /// Who signs its lists, where that is not the certificate's issuer.
    pub(crate) crl_issuer: Vec<GeneralName>,
}

/// A set of reasons for which a certificate can be revoked (`ReasonFlags`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl DistributionPoint {
    /// The point that stands for lists which no point of the certificate names: all reasons, under
    /// the issuer's own name (RFC 5280 §6.3.3, at its end).
    pub(crate) fn of_issuer(issuer: &Name) -> Self {
        Self {
            names: vec![GeneralName::Directory(issuer.clone())],
            reasons: None,
            crl_issuer: Vec::new(),
        }
    }

    /// Reads `CRLDistributionPoints`, the contents of the extension.
    ///
    /// `issuer` completes names that are relative to it.
    pub(crate) fn read_all(extension: &[u8], issuer: &Name) -> Result<Vec<Self>, NotDer> {
        let mut all = Element::only(extension, Tag::Sequence, NOT_POINTS)?.inside()?;
        let mut points = Vec::new();
        while !all.is_empty() {
            if points.len() >= MOST_POINTS {
                return Err(NotDer("there are too many distribution points"));
            }
            let point = all.expect(Tag::Sequence, NOT_POINTS)?;
            points.push(Self::read(point.inside()?, issuer)?);
        }
        if points.is_empty() {
            return Err(NotDer("there is no distribution point"));
        }
        Ok(points)
    }

    /// Whether it says that `issuer` signs its lists.
    pub(crate) fn is_issued_by(&self, issuer: &Name) -> bool {
        holds(&self.crl_issuer, issuer)
    }

    /// Its first HTTP address, where the issuer's own list for every reason is behind it.
    pub(crate) fn url_of_all_reasons(&self) -> Option<&str> {
        if self.reasons.is_some() || !self.crl_issuer.is_empty() {
            return None;
        }
        self.names.iter().find_map(|name| match name {
            GeneralName::Uri(uri) => is_http(uri).then_some(uri.as_str()),
            GeneralName::Other { .. }
            | GeneralName::Rfc822(_)
            | GeneralName::Dns(_)
            | GeneralName::X400
            | GeneralName::Directory(_)
            | GeneralName::EdiParty
            | GeneralName::Ip(_)
            | GeneralName::Registered(_) => None,
        })
    }

    fn read(mut fields: Elements<'_>, issuer: &Name) -> Result<Self, NotDer> {
        let name = fields.next_if(context(0))?;
        let reasons = match fields.next_if(context_primitive(1))? {
            Some(reasons) => Some(Reasons::read(&reasons)?),
            None => None,
        };
        let crl_issuer = match fields.next_if(context(2))? {
            Some(names) => GeneralName::read_all(names.inside()?)?,
            None => Vec::new(),
        };
        fields.end()?;
        if name.is_none() && crl_issuer.is_empty() {
            return Err(NotDer("a distribution point has neither name nor issuer"));
        }
        let names = match name {
            Some(name) => {
                let base = directory_names(&crl_issuer).next().unwrap_or(issuer);
                read_point_name(&name, base)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            names,
            reasons,
            crl_issuer,
        })
    }
}

/// Reads a `DistributionPointName`; a relative name is completed by `base`.
pub(crate) fn read_point_name(name: &Element<'_>, base: &Name) -> Result<Vec<GeneralName>, NotDer> {
    let mut choice = name.inside()?;
    let names = if let Some(names) = choice.next_if(context(0))? {
        GeneralName::read_all(names.inside()?)?
    } else {
        let relative = choice.expect(context(1), "a distribution point has no known name")?;
        let name = base.with_relative(relative.inside()?)?;
        vec![GeneralName::Directory(name)]
    };
    choice.end()?;
    Ok(names)
}

/// Schemes of URIs are compared in either case (RFC 3986 §3.1).
fn is_http(uri: &str) -> bool {
    uri.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    })
}

/// Whether one of these names is one of those. Forms that nothing here judges are never the same.
pub(crate) fn any_matches(some: &[GeneralName], others: &[GeneralName]) -> bool {
    some.iter()
        .any(|one| others.iter().any(|other| matches(one, other)))
}

/// Whether `name` is among the directory names.
pub(crate) fn holds(names: &[GeneralName], name: &Name) -> bool {
    directory_names(names).any(|one| one.matches(name))
}

fn matches(one: &GeneralName, other: &GeneralName) -> bool {
    match one {
        GeneralName::Directory(name) => holds(std::slice::from_ref(other), name),
        GeneralName::X400 | GeneralName::EdiParty => false,
        GeneralName::Other { .. }
        | GeneralName::Rfc822(_)
        | GeneralName::Dns(_)
        | GeneralName::Uri(_)
        | GeneralName::Ip(_)
        | GeneralName::Registered(_) => one == other,
    }
}

/// The directory names among the names.
pub(crate) fn directory_names(names: &[GeneralName]) -> impl Iterator<Item = &Name> {
    names.iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        GeneralName::Other { .. }
        | GeneralName::Rfc822(_)
        | GeneralName::Dns(_)
        | GeneralName::X400
        | GeneralName::EdiParty
        | GeneralName::Uri(_)
        | GeneralName::Ip(_)
        | GeneralName::Registered(_) => None,
    })
}

impl Reasons {
    /// Every reason there is.
    pub(crate) const ALL: Self = Self(0x7f80);
    /// No reason.
    pub(crate) const NONE: Self = Self(0);

    /// Reads a BIT STRING. Bit 0 is unused, and bits that no reason has are passed over.
    pub(crate) fn read(bits: &Element<'_>) -> Result<Self, NotDer> {
        let (bytes, _) = bits.bits()?;
        let mut bytes = bytes.iter().copied();
        let mut next = || bytes.next().unwrap_or(0);
        Ok(Self(u16::from_be_bytes([next(), next()]) & Self::ALL.0))
    }

    /// The reasons of either.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The reasons of both.
    pub(crate) const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every reason is among them.
    pub(crate) const fn is_all(self) -> bool {
        self.0 == Self::ALL.0
    }

    /// Whether none is among them.
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

const NOT_POINTS: &str = "distribution points are not a SEQUENCE of points";
/// More points than real certificates have.
const MOST_POINTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_from_the_second_bit_on() {
        let read = |bytes: &'static [u8]| {
            let bits = Element::only(bytes, Tag::BitString, "").unwrap_or_else(|_| unreachable!());
            Reasons::read(&bits)
        };
        assert_eq!(read(&[3, 3, 7, 0xff, 0x80]), Ok(Reasons::ALL));
        assert_eq!(read(&[3, 3, 7, 0x7f, 0x80]), Ok(Reasons::ALL));
        assert_eq!(read(&[3, 2, 7, 0x80]), Ok(Reasons::NONE));
        assert_eq!(read(&[3, 1, 0]), Ok(Reasons::NONE));
        let compromise = read(&[3, 2, 5, 0x60]);
        assert!(compromise.is_ok_and(|some| !some.is_all() && !some.is_none()));
    }

    #[test]
    fn names_of_forms_that_are_not_judged_are_never_the_same() {
        let x400 = [GeneralName::X400];
        assert!(!any_matches(&x400, &x400));
        let uri = [GeneralName::Uri("http://crl.meridian.example/1.crl".into())];
        assert!(any_matches(&uri, &uri));
    }
}
