use proptest::prelude::*;

use super::*;

#[test]
fn what_openssl_writes_is_read_in_der_and_pem() {
    for file in [DER, PEM] {
        let members = read(file).unwrap();
        assert_eq!(subjects(&members), ["CN=Lee Park", "CN=Issuing", "CN=Root"]);
    }
}

#[test]
fn a_message_that_is_signed_as_well_gives_its_certificates() {
    let members = read(include_bytes!("signed.p7b")).unwrap();
    let mut subjects = subjects(&members);
    subjects.sort();
    assert_eq!(subjects, ["CN=Issuing", "CN=Root"]);
}

#[test]
fn lengths_that_are_left_open_are_told_with_the_way_out() {
    let fault = read(include_bytes!("open-lengths.p7b")).unwrap_err();
    assert!(matches!(fault, CollectionFault::OpenLengths), "{fault}");
    assert!(fault.to_string().contains("openssl pkcs7 -inform DER"));
}

#[test]
fn certificates_one_after_the_other_and_odd_labels_are_read() {
    let members = read(DER).unwrap();
    let pem = |der: &[u8], label: &str| {
        let ending = pem_rfc7468::LineEnding::CRLF;
        pem_rfc7468::encode_string(label, ending, der).unwrap()
    };
    let each: String = members
        .iter()
        .map(|member| match member {
            Member::Certificate(one) => pem(one.der(), "CERTIFICATE"),
            Member::Unreadable(_) | Member::Other => panic!("{member:?}"),
        })
        .collect();
    assert_eq!(read(each.as_bytes()).unwrap().len(), 3);
    let label = pem(DER, "CERTIFICATE");
    assert_eq!(read(label.as_bytes()).unwrap().len(), 3);
    assert_eq!(read(pem(DER, "CMS").as_bytes()).unwrap().len(), 3);
    let key = format!("{each}{}", pem(&[1, 2, 3], "PRIVATE KEY"));
    assert!(matches!(
        read(key.as_bytes()),
        Err(CollectionFault::OtherBlock(label)) if label == "PRIVATE KEY"
    ));
}

#[test]
fn a_member_that_is_no_certificate_does_not_hide_the_others() {
    // SignedData with an attribute certificate and a broken certificate before a good one.
    let good = match &read(DER).unwrap()[0] {
        Member::Certificate(one) => one.der().to_vec(),
        Member::Unreadable(_) | Member::Other => panic!("it is a certificate"),
    };
    let set = [&[0xa1, 0][..], &[0x30, 1, 0][..], &good[..]].concat();
    let members = read(&signed(&SIGNED_DATA, &set)).unwrap();
    assert!(
        matches!(
            members.as_slice(),
            [Member::Other, Member::Unreadable(_), Member::Certificate(_)]
        ),
        "{members:?}"
    );
}

#[test]
fn other_messages_and_nothing_are_refused() {
    let mut data = SIGNED_DATA;
    data[8] = 1;
    let fault = |bytes: &[u8]| read(bytes).unwrap_err();
    assert!(matches!(
        fault(&signed(&data, &[])),
        CollectionFault::OtherType
    ));
    assert!(matches!(
        fault(&signed(&SIGNED_DATA, &[])),
        CollectionFault::Empty
    ));
    assert!(matches!(fault(b"hello"), CollectionFault::Empty));
    assert!(matches!(fault(&[]), CollectionFault::Empty));
    let mut more = DER.to_vec();
    more.push(0);
    assert!(matches!(fault(&more), CollectionFault::NotDer(_)));
    for cut in [1, 20, 50, DER.len() - 1] {
        let fault = fault(&DER[..cut]);
        assert!(
            matches!(fault, CollectionFault::NotDer(_)),
            "{cut}: {fault}"
        );
    }
    let large = vec![0x30; MOST_BYTES + 1];
    assert!(matches!(fault(&large), CollectionFault::TooLarge(_)));
    let exactly = vec![0x30; MOST_BYTES];
    assert!(matches!(fault(&exactly), CollectionFault::NotDer(_)));
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_file_with_some_bytes_changed_is_read_or_refused(
        changes in proptest::collection::vec((0..DER.len(), any::<u8>()), 1..8),
        cut in 0..DER.len(),
    ) {
        let mut bytes = DER.to_vec();
        for (place, value) in changes {
            bytes[place] = value;
        }
        let whole = read(&bytes).map(|members| members.len());
        prop_assert!(whole.is_err() || whole.is_ok_and(|count| count <= DER.len()));
        let _ = read(&bytes[..cut]);
    }

    #[test]
    fn text_around_a_block_is_passed_over(before in "[a-z \n]{0,80}", after in "[a-z \n]{0,80}") {
        let text = [before.as_bytes(), b"\n", PEM, after.as_bytes()].concat();
        prop_assert_eq!(read(&text).unwrap().len(), 3);
    }
}

fn subjects(members: &[Member]) -> Vec<String> {
    members
        .iter()
        .map(|member| match member {
            Member::Certificate(one) => one.subject().to_string(),
            Member::Unreadable(_) | Member::Other => format!("{member:?}"),
        })
        .collect()
}

/// A `ContentInfo` of a type with a `SignedData` whose certificates are `set`.
fn signed(content_type: &[u8], set: &[u8]) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(
                &[
                    &[6, u8::try_from(content_type.len()).unwrap()],
                    content_type,
                ]
                .concat(),
            );
            writer
                .next()
                .write_tagged(yasna::Tag::context(0), |writer| {
                    writer.write_sequence(|writer| {
                        writer.next().write_u8(1);
                        writer.next().write_der(&[0x31, 0]);
                        writer.next().write_sequence(|writer| {
                            writer
                                .next()
                                .write_oid(&yasna::models::ObjectIdentifier::from_slice(&[
                                    1, 2, 840, 113_549, 1, 7, 1,
                                ]));
                        });
                        writer
                            .next()
                            .write_tagged_implicit(yasna::Tag::context(0), |writer| {
                                writer.write_sequence(|writer| writer.next().write_der(set));
                            });
                        writer.next().write_der(&[0x31, 0]);
                    });
                });
        });
    })
}

/// `openssl crl2pkcs7 -nocrl` of three certificates.
const DER: &[u8] = include_bytes!("openssl.p7b");
const PEM: &[u8] = include_bytes!("openssl.pem");
