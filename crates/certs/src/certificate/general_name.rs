use der::Tag;

use crate::encoding::{Element, Elements, NotDer, context, context_primitive};
use crate::name::Name;
use crate::oid::Oid;

/// A name of one of the forms that a certificate can give its holder (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GeneralName {
    /// A name of a kind that an identifier names, its value in DER.
    Other { kind: Oid, value: Vec<u8> },
    /// An e-mail address.
    Rfc822(String),
    /// A host name.
    Dns(String),
    /// An X.400 address, which nothing here judges.
    X400,
    /// A distinguished name.
    Directory(Name),
    /// The name of a party to EDI, which nothing here judges.
    EdiParty,
    /// A URI.
    Uri(String),
    /// An address of 4 or 16 bytes; in a constraint an address and its mask.
    Ip(Vec<u8>),
    /// A registered identifier.
    Registered(Oid),
}

impl GeneralName {
    /// Reads one name.
    pub(crate) fn read(name: &Element<'_>) -> Result<Self, NotDer> {
        let tag = name.tag;
        if tag == context(0) {
            let mut inside = name.inside()?;
            let kind = inside.expect(Tag::ObjectIdentifier, NOT_A_NAME)?.oid()?;
            let value = inside.expect(context(0), NOT_A_NAME)?;
            inside.end()?;
            return Ok(Self::Other {
                kind,
                value: value.contents.to_vec(),
            });
        }
        if tag == context_primitive(1) {
            return Ok(Self::Rfc822(name.ia5()?.to_owned()));
        }
        if tag == context_primitive(2) {
            return Ok(Self::Dns(name.ia5()?.to_owned()));
        }
        if tag == context(3) {
            return Ok(Self::X400);
        }
        if tag == context(4) {
            // EXPLICIT, because Name is a CHOICE.
            return Ok(Self::Directory(Name::from_der(name.contents)?));
        }
        if tag == context(5) {
            return Ok(Self::EdiParty);
        }
        if tag == context_primitive(6) {
            return Ok(Self::Uri(name.ia5()?.to_owned()));
        }
        if tag == context_primitive(7) {
            return Ok(Self::Ip(name.contents.to_vec()));
        }
        if tag == context_primitive(8) {
            return Ok(Self::Registered(name.oid()?));
        }
        Err(NotDer(NOT_A_NAME))
    }

    /// Reads `GeneralNames`: one name at least.
    pub(crate) fn read_all(mut names: Elements<'_>) -> Result<Vec<Self>, NotDer> {
        let mut read = Vec::new();
        while !names.is_empty() {
            read.push(Self::read(&names.next()?)?);
        }
        if read.is_empty() {
            return Err(NotDer("a list of names has no name"));
        }
        Ok(read)
    }

    /// Whether it is a host or an address that is empty or has blanks, which no syntax of either allows
    /// (RFC 5280 §4.2.1.6). A quoted address may have them. Nobody can say of what such a name is the
    /// name, so it lies within no name space.
    pub(crate) fn is_blank(&self) -> bool {
        let blank = |text: &str| {
            let blank = |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control();
            text.is_empty() || text.bytes().any(blank)
        };
        match self {
            Self::Rfc822(address) => !address.starts_with('"') && blank(address),
            Self::Dns(host) => blank(host),
            Self::Other { .. }
            | Self::X400
            | Self::Directory(_)
            | Self::EdiParty
            | Self::Uri(_)
            | Self::Ip(_)
            | Self::Registered(_) => false,
        }
    }

    /// Whether it is of the kind of a principal name (UPN), readable or not.
    pub(crate) fn is_principal_name(&self) -> bool {
        matches!(self, Self::Other { kind, .. } if kind.is(PRINCIPAL_NAME))
    }

    /// The principal name (UPN) that this is, where its value is a text.
    pub(crate) fn principal_name(&self) -> Option<&str> {
        self.text_of(PRINCIPAL_NAME)
    }

    /// Whether it is of the kind of an address with characters beyond ASCII (RFC 9598), readable or
    /// not.
    pub(crate) fn is_smtp_utf8_mailbox(&self) -> bool {
        matches!(self, Self::Other { kind, .. } if kind.is(SMTP_UTF8_MAILBOX))
    }

    /// That address, where its value is a text.
    pub(crate) fn smtp_utf8_mailbox(&self) -> Option<&str> {
        self.text_of(SMTP_UTF8_MAILBOX)
    }

    fn text_of(&self, wanted: &[u8]) -> Option<&str> {
        match self {
            Self::Other { kind, value } if kind.is(wanted) => text(value),
            Self::Other { .. }
            | Self::Rfc822(_)
            | Self::Dns(_)
            | Self::X400
            | Self::Directory(_)
            | Self::EdiParty
            | Self::Uri(_)
            | Self::Ip(_)
            | Self::Registered(_) => None,
        }
    }
}

/// `UTF8String`, or another string type of old CAs; all read as UTF-8.
fn text(value: &[u8]) -> Option<&str> {
    let mut elements = Elements::of(value).ok()?;
    let text = elements.next().ok()?;
    elements.end().ok()?;
    matches!(
        text.tag,
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String
    )
    .then(|| std::str::from_utf8(text.contents).ok())
    .flatten()
}

const NOT_A_NAME: &str = "a general name is of no known form";
/// 1.3.6.1.4.1.311.20.2.3
const PRINCIPAL_NAME: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x03];
/// 1.3.6.1.5.5.7.8.9
const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09];
