use der::Tag;

use crate::encoding::{Element, Elements, NotDer};
use crate::oid::Oid;

/// One extension of a list, an entry or a response (RFC 5280 §4.2).
pub(crate) struct Extension<'a> {
    pub(crate) oid: &'a [u8],
    pub(crate) critical: bool,
    /// The contents of the OCTET STRING.
    pub(crate) value: &'a [u8],
}

impl<'a> Extension<'a> {
    /// Reads `Extensions`, the SEQUENCE of them: one at least, and none twice.
    pub(crate) fn read_all(list: &Element<'a>) -> Result<Vec<Self>, NotDer> {
        let mut extensions: Vec<Self> = Vec::new();
        let mut elements = list.inside()?;
        while !elements.is_empty() {
            let extension = Self::read(elements.expect(Tag::Sequence, NOT_ONE)?.inside()?)?;
            if extensions.len() >= MOST {
                return Err(NotDer("there are too many extensions"));
            }
            if extensions.iter().any(|seen| seen.oid == extension.oid) {
                return Err(NotDer("an extension stands twice"));
            }
            extensions.push(extension);
        }
        if extensions.is_empty() {
            return Err(NotDer("a list of extensions has none"));
        }
        Ok(extensions)
    }

    /// The identifier in dotted form.
    pub(crate) fn name(&self) -> String {
        Oid::from_contents(self.oid)
            .map_or_else(|| "without identifier".into(), |oid| oid.to_string())
    }

    fn read(mut fields: Elements<'a>) -> Result<Self, NotDer> {
        let oid = fields.expect(Tag::ObjectIdentifier, NOT_ONE)?;
        if !Oid::are_contents(oid.contents) {
            return Err(NotDer(NOT_ONE));
        }
        let critical = match fields.next_if(Tag::Boolean)? {
            Some(critical) => critical.boolean()?,
            None => false,
        };
        let value = fields.expect(Tag::OctetString, NOT_ONE)?;
        fields.end()?;
        Ok(Self {
            oid: oid.contents,
            critical,
            value: value.contents,
        })
    }
}

const NOT_ONE: &str = "an extension is not one";
/// More than any list, entry or response has.
const MOST: usize = 32;
