//! Certificates written field by field, so that a test says what is in them.

use rcgen::{KeyPair, PublicKeyData, SigningKey};
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag};

/// A name in the order of its encoding: relative names, each with its attributes.
pub(crate) type Dn = Vec<Vec<(&'static [u64], String)>>;

pub(crate) const CN: &[u64] = &[2, 5, 4, 3];
pub(crate) const O: &[u64] = &[2, 5, 4, 10];
pub(crate) const OU: &[u64] = &[2, 5, 4, 11];
pub(crate) const C: &[u64] = &[2, 5, 4, 6];
pub(crate) const DC: &[u64] = &[0, 9, 2342, 19_200_300, 100, 1, 25];

/// A name of relative names with one attribute each.
pub(crate) fn dn(parts: &[(&'static [u64], &str)]) -> Dn {
    parts
        .iter()
        .map(|(oid, value)| vec![(*oid, (*value).to_owned())])
        .collect()
}

/// A CA with its key.
pub(crate) struct Ca {
    pub(crate) der: Vec<u8>,
    pub(crate) name: Dn,
    pub(crate) key_identifier: Vec<u8>,
    key: KeyPair,
}

/// What a certificate of a person says.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) subject: Dn,
    pub(crate) serial: Vec<u8>,
    pub(crate) principal_names: Vec<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) policies: Vec<&'static [u64]>,
    pub(crate) key_identifier: Option<Vec<u8>>,
    pub(crate) names_its_issuers_key: bool,
}

impl Ca {
    pub(crate) fn root(name: Dn) -> Self {
        Self::under(None, name, &[])
    }

    pub(crate) fn below(&self, name: Dn, policies: &[&[u64]]) -> Self {
        Self::under(Some(self), name, policies)
    }

    fn under(issuer: Option<&Self>, name: Dn, policies: &[&[u64]]) -> Self {
        let key = KeyPair::generate().unwrap();
        let key_identifier = fresh_identifier(&key);
        let signer = issuer.map_or(&key, |issuer| &issuer.key);
        let issuer_name = issuer.map_or(&name, |issuer| &issuer.name);
        let authority = issuer.map_or(&key_identifier, |issuer| &issuer.key_identifier);
        let mut extensions = vec![
            (
                &[2, 5, 29, 19][..],
                true,
                sequence(|writer| writer.write_bool(true)),
            ),
            (&[2, 5, 29, 15], true, bits(0b0000_0110, 7)),
            (&[2, 5, 29, 14], false, octets(&key_identifier)),
            (&[2, 5, 29, 35], false, authority_key(authority)),
        ];
        if !policies.is_empty() {
            extensions.push((&[2, 5, 29, 32], false, policies_extension(policies)));
        }
        let der = certificate(issuer_name, &name, &[1], &key, signer, &extensions);
        Self {
            der,
            name,
            key_identifier,
            key,
        }
    }

    pub(crate) fn issue(&self, person: &Person) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let mut extensions = vec![(&[2, 5, 29, 15][..], true, bits(0b1000_0000, 1))];
        if !person.principal_names.is_empty() || !person.emails.is_empty() {
            extensions.push((&[2, 5, 29, 17], false, alternative_names(person)));
        }
        if let Some(identifier) = &person.key_identifier {
            extensions.push((&[2, 5, 29, 14], false, octets(identifier)));
        }
        if person.names_its_issuers_key {
            extensions.push((&[2, 5, 29, 35], false, authority_key(&self.key_identifier)));
        }
        if !person.policies.is_empty() {
            extensions.push((&[2, 5, 29, 32], false, policies_extension(&person.policies)));
        }
        certificate(
            &self.name,
            &person.subject,
            &person.serial,
            &key,
            &self.key,
            &extensions,
        )
    }
}

impl Default for Person {
    fn default() -> Self {
        Self {
            subject: dn(&[(O, "Meridian"), (CN, "Lee Park")]),
            serial: vec![0x2b, 0, 0, 0, 0, 0x11, 0xac, 0, 0, 0, 0, 0x12],
            principal_names: Vec::new(),
            emails: Vec::new(),
            policies: Vec::new(),
            key_identifier: Some(vec![0xc6, 0xf4, 0xe9, 0x6c]),
            names_its_issuers_key: true,
        }
    }
}

fn certificate(
    issuer: &Dn,
    subject: &Dn,
    serial: &[u8],
    key: &KeyPair,
    signer: &KeyPair,
    extensions: &[(&[u64], bool, Vec<u8>)],
) -> Vec<u8> {
    let algorithm = sequence(|writer| {
        writer.write_oid(&ObjectIdentifier::from_slice(&[1, 2, 840, 10045, 4, 3, 2]));
    });
    let tbs = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer
                .next()
                .write_tagged(Tag::context(0), |writer| writer.write_u8(2));
            writer.next().write_der(&tlv(2, serial));
            writer.next().write_der(&algorithm);
            write_name(writer.next(), issuer);
            writer.next().write_sequence(|writer| {
                writer.next().write_der(&tlv(0x17, b"250101000000Z"));
                writer.next().write_der(&tlv(0x17, b"350101000000Z"));
            });
            write_name(writer.next(), subject);
            writer.next().write_der(&key.subject_public_key_info());
            writer.next().write_tagged(Tag::context(3), |writer| {
                writer.write_sequence(|writer| {
                    for (oid, critical, value) in extensions {
                        writer.next().write_sequence(|writer| {
                            writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
                            if *critical {
                                writer.next().write_bool(true);
                            }
                            writer.next().write_bytes(value);
                        });
                    }
                });
            });
        });
    });
    let signature = signer.sign(&tbs).unwrap();
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(&tbs);
            writer.next().write_der(&algorithm);
            writer
                .next()
                .write_bitvec_bytes(&signature, signature.len() * 8);
        });
    })
}

fn write_name(writer: DERWriter<'_>, name: &Dn) {
    writer.write_sequence(|writer| {
        for relative in name {
            writer.next().write_set_of(|writer| {
                for (oid, value) in relative {
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
                        let kind = if *oid == DC {
                            22
                        } else if *oid == C {
                            19
                        } else {
                            12
                        };
                        writer.next().write_der(&tlv(kind, value.as_bytes()));
                    });
                }
            });
        }
    });
}

fn alternative_names(person: &Person) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for name in &person.principal_names {
                writer
                    .next()
                    .write_tagged_implicit(Tag::context(0), |writer| {
                        writer.write_sequence(|writer| {
                            writer.next().write_oid(&ObjectIdentifier::from_slice(&[
                                1, 3, 6, 1, 4, 1, 311, 20, 2, 3,
                            ]));
                            writer.next().write_tagged(Tag::context(0), |writer| {
                                writer.write_utf8_string(name);
                            });
                        });
                    });
            }
            for email in &person.emails {
                writer
                    .next()
                    .write_tagged_implicit(Tag::context(1), |writer| {
                        writer.write_ia5_string(email);
                    });
            }
        });
    })
}

fn policies_extension(oids: &[&[u64]]) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for oid in oids {
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
                });
            }
        });
    })
}

fn authority_key(identifier: &[u8]) -> Vec<u8> {
    sequence(|writer| {
        writer.write_tagged_implicit(Tag::context(0), |writer| writer.write_bytes(identifier));
    })
}

fn sequence(content: impl FnOnce(DERWriter<'_>)) -> Vec<u8> {
    yasna::construct_der(|writer| writer.write_sequence(|writer| content(writer.next())))
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    yasna::construct_der(|writer| writer.write_bytes(bytes))
}

fn bits(byte: u8, count: usize) -> Vec<u8> {
    yasna::construct_der(|writer| writer.write_bitvec_bytes(&[byte], count))
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag, u8::try_from(content.len()).unwrap()];
    der.extend_from_slice(content);
    der
}

fn fresh_identifier(key: &KeyPair) -> Vec<u8> {
    let public = key.subject_public_key_info();
    public[public.len() - 20..].to_vec()
}
