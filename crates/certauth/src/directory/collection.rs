//! Files of certificates: a CMS `SignedData` that signs nothing and carries certificates (RFC 5652
//! §5; `.p7b`, `.p7c`), or certificates one after the other, in DER or PEM.

use certs::{Certificate, ReadError};
use der::{Decode as _, Header, Reader as _, SliceReader, Tag, TagNumber};

/// What stands in the place of a certificate.
#[derive(Debug)]
pub enum Member {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A certificate that cannot be read.
    Unreadable(ReadError),
    /// One of the other things that may stand there: an attribute certificate, or an older form.
    Other,
}

impl Member {
    /// The certificate, if it is one that can be read.
    pub fn certificate(&self) -> Option<Certificate> {
        match self {
            Self::Certificate(certificate) => Some((**certificate).clone()),
            Self::Unreadable(_) | Self::Other => None,
        }
    }
}

/// Why a file holds no certificates.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionFault {
    /// It is larger than the directory takes.
    #[error("it has {0} bytes, and at most {MOST_BYTES} are taken")]
    TooLarge(usize),
    /// It is neither DER nor PEM of what is wanted.
    #[error("it is neither a collection of certificates (RFC 5652) nor a certificate: {0}")]
    NotDer(&'static str),
    /// Its lengths are left open.
    #[error(
        "its lengths are left open, which BER allows and DER does not; write it again with `openssl \
         pkcs7 -inform DER -in FILE -outform DER -out NEW`"
    )]
    OpenLengths,
    /// It is another kind of CMS message.
    #[error("it is another kind of CMS message, and certificates are carried by signedData alone")]
    OtherType,
    /// Its PEM cannot be read.
    #[error("it is not usable PEM: {0}")]
    Pem(String),
    /// It has a block that has no place there.
    #[error("it has a block of {0:?}, and only certificates are taken")]
    OtherBlock(String),
    /// There is nothing in it.
    #[error("there is no certificate in it")]
    Empty,
}

/// Reads everything that stands in the place of a certificate, in order.
///
/// # Errors
/// [`CollectionFault`] if the file is not such a collection. A member that cannot be read is among
/// the others.
pub fn read(bytes: &[u8]) -> Result<Vec<Member>, CollectionFault> {
    if bytes.len() > MOST_BYTES {
        return Err(CollectionFault::TooLarge(bytes.len()));
    }
    let is_der = bytes.first() == Some(&FIRST_OF_SEQUENCE);
    let members = if is_der {
        of_der(bytes)?
    } else {
        of_pem(bytes)?
    };
    if members.is_empty() {
        return Err(CollectionFault::Empty);
    }
    Ok(members)
}

fn of_pem(bytes: &[u8]) -> Result<Vec<Member>, CollectionFault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| CollectionFault::NotDer("it begins with no SEQUENCE, and is no text"))?;
    let mut members = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once(BEGIN) {
        let Some((label, _)) = from.split_once(DASHES) else {
            return Err(CollectionFault::Pem("a block has no label".to_owned()));
        };
        // Some tools of Windows write a whole collection under the label of one certificate.
        if !LABELS.contains(&label) {
            let shown = label.chars().take(LONGEST_LABEL).collect();
            return Err(CollectionFault::OtherBlock(shown));
        }
        let end = format!("-----END {label}-----");
        let Some((inner, after)) = from.split_once(&end) else {
            return Err(CollectionFault::Pem(format!("{label} does not end")));
        };
        let block = format!("{BEGIN}{inner}{end}");
        let (_, der) = pem_rfc7468::decode_vec(block.as_bytes())
            .map_err(|cause| CollectionFault::Pem(cause.to_string()))?;
        members.extend(of_der(&der)?);
        rest = after;
    }
    Ok(members)
}

/// A collection or a certificate: the one begins with an object identifier, the other does not.
fn of_der(bytes: &[u8]) -> Result<Vec<Member>, CollectionFault> {
    let whole = only(bytes, Tag::Sequence)?;
    let first = Elements(whole).next()?;
    if first.is_none_or(|first| first.tag != Tag::ObjectIdentifier) {
        return Ok(vec![certificate(bytes)]);
    }
    let mut fields = Elements(whole);
    if fields.expect(Tag::ObjectIdentifier)? != SIGNED_DATA {
        return Err(CollectionFault::OtherType);
    }
    let content = fields.expect(context(0))?;
    fields.end()?;
    signed_data(only(content, Tag::Sequence)?)
}

/// The certificates of a `SignedData`. Whatever it signs says nothing here: who hands the file over
/// decides what is trusted, and not who signed it.
fn signed_data(contents: &[u8]) -> Result<Vec<Member>, CollectionFault> {
    let mut fields = Elements(contents);
    fields.expect(Tag::Integer)?;
    fields.expect(Tag::Set)?;
    fields.expect(Tag::Sequence)?;
    let mut members = Vec::new();
    let Some(next) = fields.next()? else {
        return Err(SHORT);
    };
    if next.tag != context(0) {
        return Ok(members);
    }
    let mut choices = Elements(next.contents);
    while let Some(choice) = choices.next()? {
        members.push(if choice.tag == Tag::Sequence {
            certificate(choice.whole)
        } else {
            Member::Other
        });
    }
    // What follows are lists and signatures.
    while fields.next()?.is_some() {}
    Ok(members)
}

fn certificate(der: &[u8]) -> Member {
    match Certificate::from_der(der) {
        Ok(certificate) => Member::Certificate(Box::new(certificate)),
        Err(fault) => Member::Unreadable(fault),
    }
}

/// One element.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: Tag,
    whole: &'a [u8],
    contents: &'a [u8],
}

/// Elements that stand one after the other.
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    fn next(&mut self) -> Result<Option<Element<'a>>, CollectionFault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        if self.0.get(1) == Some(&OPEN_LENGTH) {
            return Err(CollectionFault::OpenLengths);
        }
        let mut reader = SliceReader::new(self.0).map_err(|_| SHORT)?;
        let header = Header::decode(&mut reader).map_err(|_| SHORT)?;
        let contents = reader.read_slice(header.length()).map_err(|_| SHORT)?;
        let length = usize::try_from(reader.position()).map_err(|_| SHORT)?;
        let (whole, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(Some(Element {
            tag: header.tag(),
            whole,
            contents,
        }))
    }

    fn expect(&mut self, tag: Tag) -> Result<&'a [u8], CollectionFault> {
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element.contents),
            Some(_) | None => Err(CollectionFault::NotDer(
                "something stands where another thing is expected",
            )),
        }
    }

    fn end(&self) -> Result<(), CollectionFault> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(CollectionFault::NotDer("something follows it"))
        }
    }
}

fn only(bytes: &[u8], tag: Tag) -> Result<&[u8], CollectionFault> {
    let mut elements = Elements(bytes);
    let contents = elements.expect(tag)?;
    elements.end()?;
    Ok(contents)
}

const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// Most bytes of a collection.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;
const FIRST_OF_SEQUENCE: u8 = 0x30;
const OPEN_LENGTH: u8 = 0x80;
/// The contents of id-signedData, 1.2.840.113549.1.7.2 (RFC 5652 §5.1).
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const SHORT: CollectionFault = CollectionFault::NotDer("an element does not end where it should");
const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
const LABELS: [&str; 3] = ["PKCS7", "CMS", "CERTIFICATE"];
const LONGEST_LABEL: usize = 40;

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]
mod tests;
