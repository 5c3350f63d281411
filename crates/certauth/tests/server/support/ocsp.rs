//! A responder's answers, signed by the CA itself.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods themselves are not general enough in their lifetimes"
)]

use certs::Certificate;
use rcgen::SigningKey as _;
use time::OffsetDateTime;
use time::macros::format_description;
use yasna::models::ObjectIdentifier;
use yasna::{ASN1Result, DERWriter, Tag};

use super::pki::Authority;

/// What a responder says of whatever certificate it is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Says {
    pub(crate) status: Status,
    /// When it was made.
    pub(crate) at: i64,
    /// For how many seconds it counts.
    pub(crate) seconds: i64,
    /// Whether the nonce of the question comes back.
    pub(crate) nonce: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Status {
    Good,
    Revoked,
    Unknown,
}

/// The answer to a question, DER of both.
pub(crate) fn answer(ca: &Authority, question: &[u8], says: Says) -> Vec<u8> {
    let (id, extensions) = yasna::parse_der(question, read).unwrap();
    let data = yasna::construct_der(|writer| write(writer, ca, &id, extensions.as_deref(), says));
    let signature = ca.issuer.key().sign(&data).unwrap();
    let basic = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(&data);
            writer.next().write_sequence(|writer| {
                // ecdsa-with-SHA256
                writer.next().write_oid(&oid(&[1, 2, 840, 10045, 4, 3, 2]));
            });
            writer
                .next()
                .write_bitvec_bytes(&signature, signature.len() * 8);
        });
    });
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_enum(0);
            writer.next().write_tagged(Tag::context(0), |writer| {
                writer.write_sequence(|writer| {
                    writer
                        .next()
                        .write_oid(&oid(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 1]));
                    writer.next().write_bytes(&basic);
                });
            });
        });
    })
}

/// The `CertID` of a question, and its extensions.
fn read(reader: yasna::BERReader<'_, '_>) -> ASN1Result<(Vec<u8>, Option<Vec<u8>>)> {
    reader.read_sequence(|reader| {
        reader.next().read_sequence(|reader| {
            let id = reader.next().read_sequence(|reader| {
                reader
                    .next()
                    .read_sequence(|reader| reader.next().read_der())
            })?;
            let extensions = reader.read_optional(|reader| {
                reader.read_tagged(Tag::context(2), |reader| reader.read_der())
            })?;
            Ok((id, extensions))
        })
    })
}

fn write(writer: DERWriter<'_>, ca: &Authority, id: &[u8], extensions: Option<&[u8]>, says: Says) {
    let name = Certificate::from_der(&ca.der).unwrap();
    let at = generalized_time(says.at);
    writer.write_sequence(|writer| {
        let by_name = Tag::context(1);
        writer
            .next()
            .write_tagged(by_name, |writer| writer.write_der(name.subject().der()));
        writer.next().write_der(&at);
        writer.next().write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                writer.next().write_der(id);
                let status = writer.next();
                match says.status {
                    Status::Good => {
                        status.write_tagged_implicit(Tag::context(0), |writer| writer.write_null());
                    }
                    Status::Revoked => status.write_tagged_implicit(Tag::context(1), |writer| {
                        writer.write_sequence(|writer| writer.next().write_der(&at));
                    }),
                    Status::Unknown => {
                        status.write_tagged_implicit(Tag::context(2), |writer| writer.write_null());
                    }
                }
                writer.next().write_der(&at);
                writer.next().write_tagged(Tag::context(0), |writer| {
                    writer.write_der(&generalized_time(says.at + says.seconds));
                });
            });
        });
        if let (Some(extensions), true) = (extensions, says.nonce) {
            writer
                .next()
                .write_tagged(Tag::context(1), |writer| writer.write_der(extensions));
        }
    });
}

fn generalized_time(at: i64) -> Vec<u8> {
    let format = format_description!("[year][month][day][hour][minute][second]Z");
    let at = OffsetDateTime::from_unix_timestamp(at).unwrap();
    let text = at.format(format).unwrap();
    let mut der = vec![0x18, u8::try_from(text.len()).unwrap()];
    der.extend_from_slice(text.as_bytes());
    der
}

fn oid(arcs: &[u64]) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(arcs)
}
