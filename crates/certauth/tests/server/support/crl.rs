//! Lists with what rcgen does not write: deltas, parts without a name, the next publication.

use certs::Certificate;
use rcgen::SigningKey as _;
use time::OffsetDateTime;
use time::macros::format_description;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag};

use super::pki::{Authority, Crl};

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything.
    Whole,
    /// What changed since the list of that number.
    Since(u64),
    /// People's certificates (onlyContainsUserCerts).
    People,
    /// Authorities' certificates (onlyContainsCACerts).
    Authorities,
}

impl Authority {
    /// A list of `scope` with a number, valid from `from` for `seconds`, that revokes these serial
    /// numbers and says when the next one is published.
    pub(crate) fn list(
        &self,
        scope: Scope,
        number: u64,
        (from, seconds): (i64, i64),
        publish: Option<i64>,
        revoked: &[u64],
    ) -> Crl {
        let own = Certificate::from_der(&self.der).unwrap();
        let body = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                writer.next().write_u8(1);
                algorithm(writer.next());
                writer.next().write_der(own.subject().der());
                writer.next().write_der(&utc_time(from));
                writer.next().write_der(&utc_time(from + seconds));
                if !revoked.is_empty() {
                    writer.next().write_sequence(|writer| {
                        for serial in revoked {
                            writer.next().write_sequence(|writer| {
                                writer.next().write_u64(*serial);
                                writer.next().write_der(&utc_time(from));
                            });
                        }
                    });
                }
                writer.next().write_tagged(Tag::context(0), |writer| {
                    writer.write_sequence(|writer| {
                        let key = own.subject_key_identifier().unwrap();
                        extension(writer.next(), &[2, 5, 29, 35], false, |writer| {
                            writer.write_sequence(|writer| {
                                writer
                                    .next()
                                    .write_tagged_implicit(Tag::context(0), |writer| {
                                        writer.write_bytes(key);
                                    });
                            });
                        });
                        extension(writer.next(), &[2, 5, 29, 20], false, |writer| {
                            writer.write_u64(number);
                        });
                        scope.write(writer);
                        if let Some(publish) = publish {
                            let next = [1, 3, 6, 1, 4, 1, 311, 21, 4];
                            extension(writer.next(), &next, false, |writer| {
                                writer.write_der(&utc_time(publish));
                            });
                        }
                    });
                });
            });
        });
        let signature = self.issuer.key().sign(&body).unwrap();
        let der = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                writer.next().write_der(&body);
                algorithm(writer.next());
                let bits = signature.len() * 8;
                writer.next().write_bitvec_bytes(&signature, bits);
            });
        });
        Crl {
            der,
            pem: String::new(),
        }
    }
}

impl Scope {
    fn write(self, writer: &mut yasna::DERWriterSeq<'_>) {
        let only = match self {
            Self::Whole => return,
            Self::Since(base) => {
                extension(writer.next(), &[2, 5, 29, 27], true, |writer| {
                    writer.write_u64(base);
                });
                return;
            }
            Self::People => 1,
            Self::Authorities => 2,
        };
        extension(writer.next(), &[2, 5, 29, 28], true, |writer| {
            writer.write_sequence(|writer| {
                let only = Tag::context(only);
                writer
                    .next()
                    .write_tagged_implicit(only, |writer| writer.write_bool(true));
            });
        });
    }
}

fn extension(
    writer: DERWriter<'_>,
    oid: &[u64],
    critical: bool,
    value: impl FnOnce(DERWriter<'_>),
) {
    let value = yasna::construct_der(value);
    writer.write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
        if critical {
            writer.next().write_bool(true);
        }
        writer.next().write_bytes(&value);
    });
}

/// ecdsa-with-SHA256.
fn algorithm(writer: DERWriter<'_>) {
    let oid = ObjectIdentifier::from_slice(&[1, 2, 840, 10045, 4, 3, 2]);
    writer.write_sequence(|writer| writer.next().write_oid(&oid));
}

fn utc_time(at: i64) -> Vec<u8> {
    let format = format_description!("[year repr:last_two][month][day][hour][minute][second]Z");
    let at = OffsetDateTime::from_unix_timestamp(at).unwrap();
    let text = at.format(format).unwrap();
    let mut der = vec![0x17, u8::try_from(text.len()).unwrap()];
    der.extend_from_slice(text.as_bytes());
    der
}
