use der::Tag;

use crate::certificate::{Certificate, GeneralName};
use crate::distribution_point::{DistributionPoint, Reasons, any_matches, read_point_name};
use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::name::Name;
use crate::revocation::fault::CrlFault;

/// Which certificates and reasons a list covers: its issuing distribution point (RFC 5280 §5.2.5).
///
/// A complete list has none of it, and covers all of its issuer's certificates for all reasons.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The names of its distribution point; empty where it has none.
    names: Vec<GeneralName>,
    kind: Kind,
    /// The reasons it covers; none stands for all.
    reasons: Option<Reasons>,
    /// Whether it has certificates of other issuers.
    pub(crate) indirect: bool,
    /// The extension's bytes: base and delta have the same.
    der: Vec<u8>,
}

/// The kind of certificates that a list has.
#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    #[default]
    Every,
    User,
    Ca,
    Attribute,
}

impl Scope {
    /// Reads the contents of the extension; `issuer` is the list's.
    pub(crate) fn read(extension: &[u8], issuer: &Name) -> Result<Self, CrlFault> {
        const FAULT: &str = "an issuing distribution point is no SEQUENCE";
        let mut fields = Element::only(extension, Tag::Sequence, FAULT)?.inside()?;
        if fields.is_empty() {
            return Err(forbidden("an issuing distribution point without contents"));
        }
        let names = match fields.next_if(context(0))? {
            Some(name) => read_point_name(&name, issuer)?,
            None => Vec::new(),
        };
        let users = flag(&mut fields, 1)?;
        let cas = flag(&mut fields, 2)?;
        let reasons = match fields.next_if(context_primitive(3))? {
            Some(reasons) => Some(Reasons::read(&reasons)?),
            None => None,
        };
        let indirect = flag(&mut fields, 4)?;
        let attributes = flag(&mut fields, 5)?;
        fields.end()?;
        let kind = match (users, cas, attributes) {
            (false, false, false) => Kind::Every,
            (true, false, false) => Kind::User,
            (false, true, false) => Kind::Ca,
            (false, false, true) => Kind::Attribute,
            _ => return Err(forbidden("a list for two kinds of certificates only")),
        };
        Ok(Self {
            names,
            kind,
            reasons,
            indirect,
            der: extension.to_vec(),
        })
    }

    /// RFC 5280 §6.3.3 (b): whether the list of `issuer` with this scope covers the certificate at
    /// this point. None, or what does not fit.
    pub(crate) fn misfit(
        &self,
        issuer: &Name,
        certificate: &Certificate,
        point: &DistributionPoint,
    ) -> Option<&'static str> {
        // (1)
        if point.crl_issuer.is_empty() {
            if !issuer.matches(certificate.issuer()) {
                return Some("it is of another issuer");
            }
        } else if !self.indirect || !point.is_issued_by(issuer) {
            return Some("it is of another issuer than the distribution point names");
        }
        // (2) (i)
        if !self.names.is_empty() {
            let wanted = if point.names.is_empty() {
                &point.crl_issuer
            } else {
                &point.names
            };
            if !any_matches(&self.names, wanted) {
                return Some("it is for another distribution point");
            }
        }
        // (2) (ii) to (iv)
        match self.kind {
            Kind::Every => None,
            Kind::User => certificate
                .is_ca()
                .then_some("it has certificates of users only"),
            Kind::Ca => (!certificate.is_ca()).then_some("it has certificates of CAs only"),
            Kind::Attribute => Some("it has attribute certificates only"),
        }
    }

    /// RFC 5280 §6.3.3 (d): the reasons that this list covers at this point.
    pub(crate) fn reasons_at(&self, point: &DistributionPoint) -> Reasons {
        self.reasons
            .unwrap_or(Reasons::ALL)
            .common(point.reasons.unwrap_or(Reasons::ALL))
    }

    /// The extension as it stands in the list; empty where there is none.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }
}

/// A BOOLEAN that is false where it is left out.
fn flag(fields: &mut Elements<'_>, number: u32) -> Result<bool, NotDer> {
    match fields.next_if(context_primitive(number))? {
        Some(flag) => flag.boolean(),
        None => Ok(false),
    }
}

fn forbidden(what: &str) -> CrlFault {
    CrlFault::Forbidden(what.to_owned())
}
