//! Where a certificate says that its revocation lists are (RFC 5280 §4.2.1.13), and the names by
//! which certificate and list find each other.
//!
//! Nothing is fetched from these places: the names only tell which list covers which certificate.

use der::Tag;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use crate::name::Name;
use crate::revocation::fields::{Fields, constructed, element, primitive};

/// One distribution point of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DistributionPoint {
    /// Its full names; empty where it has none.
    pub(crate) names: Vec<PointName>,
    /// The reasons that its lists cover; none stands for all.
    pub(crate) reasons: Option<Reasons>,
    /// Who signs its lists, where that is not the certificate's issuer.
    pub(crate) crl_issuer: Vec<PointName>,
}

/// A general name, as far as names of distribution points are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PointName {
    /// A directory name, compared after RFC 5280 §7.1.
    Directory(Name),
    /// Any other form, compared by its bytes.
    Other(Vec<u8>),
}

/// A set of reasons for which a certificate can be revoked (`ReasonFlags`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl DistributionPoint {
    /// The point that stands for lists which no point of the certificate names: all reasons, under
    /// the issuer's own name (RFC 5280 §6.3.3, at its end).
    pub(crate) fn of_issuer(issuer: &Name) -> Self {
        Self {
            names: vec![PointName::Directory(issuer.clone())],
            reasons: None,
            crl_issuer: Vec::new(),
        }
    }

    /// Reads `CRLDistributionPoints`, the contents of the extension.
    ///
    /// `issuer` completes names that are relative to it.
    pub(crate) fn read_all(extension: &[u8], issuer: &Name) -> Result<Vec<Self>, der::Error> {
        let mut all = Fields::of_sequence(extension)?;
        let mut points = Vec::new();
        while !all.is_empty() {
            if points.len() >= MOST_NAMES {
                return Err(Tag::Sequence.length_error().to_error());
            }
            points.push(Self::read(all.take(Tag::Sequence)?, issuer)?);
        }
        if points.is_empty() {
            return Err(Tag::Sequence.length_error().to_error());
        }
        Ok(points)
    }

    /// Whether it says that `issuer` signs its lists.
    pub(crate) fn is_issued_by(&self, issuer: &Name) -> bool {
        self.crl_issuer
            .iter()
            .filter_map(PointName::directory)
            .any(|name| name.matches(issuer))
    }

    fn read(contents: &[u8], issuer: &Name) -> Result<Self, der::Error> {
        let mut fields = Fields::of(contents)?;
        let name = fields.optional(constructed(0))?;
        let reasons = fields
            .optional(primitive(1))?
            .map(Reasons::read)
            .transpose()?;
        let crl_issuer = fields
            .optional(constructed(2))?
            .map(PointName::read_all)
            .transpose()?
            .unwrap_or_default();
        fields.end()?;
        // A point without a name and without a list issuer is forbidden: it leads nowhere.
        if name.is_none() && crl_issuer.is_empty() {
            return Err(Tag::Sequence.value_error().to_error());
        }
        let base = crl_issuer
            .iter()
            .find_map(PointName::directory)
            .unwrap_or(issuer);
        let names = name
            .map(|name| PointName::read_point(name, base))
            .transpose()?
            .unwrap_or_default();
        Ok(Self {
            names,
            reasons,
            crl_issuer,
        })
    }
}

impl PointName {
    /// Reads `DistributionPointName`; a relative name is completed by `base`.
    pub(crate) fn read_point(contents: &[u8], base: &Name) -> Result<Vec<Self>, der::Error> {
        let mut fields = Fields::of(contents)?;
        let names = if let Some(names) = fields.optional(constructed(0))? {
            Self::read_all(names)?
        } else {
            let relative = element(Tag::Set, &[fields.take(constructed(1))?])?;
            let mut of_base = Fields::of(base.der())?;
            let full = element(Tag::Sequence, &[of_base.take(Tag::Sequence)?, &relative])?;
            vec![Self::Directory(read_name(&full)?)]
        };
        fields.end()?;
        Ok(names)
    }

    /// Reads the contents of `GeneralNames`.
    pub(crate) fn read_all(contents: &[u8]) -> Result<Vec<Self>, der::Error> {
        let mut fields = Fields::of(contents)?;
        let mut names = Vec::new();
        while !fields.is_empty() {
            if names.len() >= MOST_NAMES {
                return Err(Tag::Sequence.length_error().to_error());
            }
            names.push(match fields.optional(constructed(4))? {
                Some(name) => Self::Directory(read_name(name)?),
                None => Self::Other(fields.whole()?.to_vec()),
            });
        }
        if names.is_empty() {
            return Err(Tag::Sequence.length_error().to_error());
        }
        Ok(names)
    }

    /// The directory name, if it is one.
    pub(crate) fn directory(&self) -> Option<&Name> {
        match self {
            Self::Directory(name) => Some(name),
            Self::Other(_) => None,
        }
    }

    /// Whether both name the same.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory(one), Self::Directory(other)) => one.matches(other),
            (Self::Other(one), Self::Other(other)) => one == other,
            (Self::Directory(_), Self::Other(_)) | (Self::Other(_), Self::Directory(_)) => false,
        }
    }
}

impl Reasons {
    /// Every reason there is.
    pub(crate) const ALL: Self = Self(0x7f80);
    /// No reason.
    pub(crate) const NONE: Self = Self(0);

    /// Reads the contents of a BIT STRING. Bit 0 is unused, and bits that no reason has are passed
    /// over.
    pub(crate) fn read(contents: &[u8]) -> Result<Self, der::Error> {
        let (unused, bits) = match contents {
            [unused @ 0..=7, bits @ ..] if !bits.is_empty() || *unused == 0 => (*unused, bits),
            _ => return Err(Tag::BitString.value_error().to_error()),
        };
        let last = bits.last().copied().unwrap_or(0);
        if last.trailing_zeros() < u32::from(unused) {
            return Err(Tag::BitString.value_error().to_error());
        }
        let mut bytes = bits.iter().copied();
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

/// Reads one distinguished name, which has to be all of `bytes`.
pub(crate) fn read_name(bytes: &[u8]) -> Result<Name, der::Error> {
    match X509Name::from_der(bytes) {
        Ok(([], name)) => Ok(Name::read(&name)),
        Ok(_) | Err(_) => Err(Tag::Sequence.value_error().to_error()),
    }
}

/// More names or points than real certificates have.
const MOST_NAMES: usize = 64;

#[cfg(test)]
mod tests {
    use super::Reasons;

    #[test]
    fn reasons_are_read_from_the_first_bit_on_and_the_unused_one_does_not_count() {
        let all = Reasons::read(&[7, 0xff, 0x80]).ok();
        assert_eq!(all, Some(Reasons::ALL));
        assert!(all.is_some_and(Reasons::is_all));
        assert_eq!(Reasons::read(&[7, 0x80]).ok(), Some(Reasons::NONE));
        let compromise = Reasons::read(&[5, 0x60]).ok();
        assert!(compromise.is_some_and(|some| !some.is_all() && !some.is_none()));
        for refused in [&[][..], &[8, 0x80], &[1], &[6, 0x40, 0xff]] {
            assert!(Reasons::read(refused).is_err(), "{refused:?}");
        }
    }
}
