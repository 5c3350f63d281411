//! What RFC 5280 forbids is refused, one thing broken at a time, in the certificate where it counts.

use certs::{Certificate, Check, Violation};

use crate::mint::*;
use crate::pki::{NOT_AFTER, NOT_BEFORE};

/// A root, a CA and a leaf of which each test changes one.
struct World {
    root: Holder,
    ca: Holder,
    lee: Holder,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Root,
    Ca,
    Leaf,
}
use Which::{Ca, Leaf, Root};

#[test]
fn the_plain_path_holds() {
    assert_eq!(World::new().change(Leaf, |leaf| leaf), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, with a line for each thing")]
fn what_a_certificate_must_not_be_is_refused() {
    let world = World::new();
    let constraints = |which, what, change: fn(Draft) -> Draft| {
        let found = world.change(which, change);
        assert_eq!(found, Some(Check::Constraints), "{what} in {which:?}");
    };
    for which in [Root, Ca, Leaf] {
        constraints(which, "an unknown critical extension", |draft| {
            draft.with(extension("1.3.9.9", vec![5, 0]).critical(true))
        });
        constraints(which, "a serial number of 21 bytes", |draft| {
            draft.serial(&[1; 21])
        });
        constraints(which, "two signature algorithms", |mut draft| {
            draft.inner = sequence(&[oid("1.2.840.10045.4.3.3")]);
            draft
        });
        constraints(which, "a key identifier that is critical", |mut draft| {
            for extension in &mut draft.extensions {
                extension.critical |= extension.oid == AUTHORITY_KEY_IDENTIFIER;
            }
            draft
        });
        constraints(which, "information access that is critical", |draft| {
            draft.with(extension("1.3.6.1.5.5.7.1.1", sequence(&[])).critical(true))
        });
        constraints(which, "information access without a place", |draft| {
            draft.with(extension("1.3.6.1.5.5.7.1.1", sequence(&[])))
        });
        constraints(which, "information access that is none", |draft| {
            draft.with(extension("1.3.6.1.5.5.7.1.11", b"nothing".to_vec()))
        });
        constraints(which, "a key usage without a use", |draft| {
            draft.with(key_usage(&[]))
        });
        constraints(which, "no purpose", |draft| {
            draft.with(extended_key_usage(&[]))
        });
        constraints(which, "no policy", |draft| draft.with(policies(&[])));
        constraints(which, "a policy twice", |draft| {
            draft.with(policies(&["1.3.1", "1.3.1"]))
        });
        constraints(
            which,
            "a critical policy with an unknown qualifier",
            |draft| {
                let qualifier = sequence(&[oid("1.3.7"), tlv(12, b"?")]);
                let policy = sequence(&[oid("1.3.1"), sequence(&[qualifier])]);
                draft.with(extension(POLICIES, sequence(&[policy])).critical(true))
            },
        );
        constraints(which, "version 2 with extensions", |mut draft| {
            draft.version = tlv(0xa0, &tlv(2, &[1]));
            draft
        });
        constraints(which, "version 1 with extensions", |mut draft| {
            draft.version = Vec::new();
            draft
        });
        constraints(which, "name constraints without a list", |draft| {
            draft.with(extension(NAME_CONSTRAINTS, sequence(&[])).critical(true))
        });
        constraints(which, "name constraints with an empty list", |draft| {
            let value = sequence(&[tlv(0xa0, &[])]);
            draft.with(extension(NAME_CONSTRAINTS, value).critical(true))
        });
        constraints(which, "policy constraints without one", |draft| {
            draft.with(policy_constraints(None, None))
        });
        constraints(which, "no mapping", |draft| {
            draft.with(policy_mappings(&[]))
        });
    }
    for which in [Ca, Leaf] {
        constraints(which, "the serial number zero", |draft| draft.serial(&[0]));
    }
    for which in [Root, Ca] {
        constraints(which, "a CA that is none", |draft| {
            draft.with(basic_constraints(false, None))
        });
        constraints(
            which,
            "a CA that is none, with a key for anything",
            |draft| {
                draft
                    .with(basic_constraints(false, None))
                    .without(KEY_USAGE)
            },
        );
        constraints(which, "nothing that says that it is a CA", |draft| {
            draft.without(BASIC_CONSTRAINTS).without(KEY_USAGE)
        });
        for version in [Vec::new(), tlv(0xa0, &tlv(2, &[1]))] {
            let found = world.change(which, |mut draft| {
                draft.version.clone_from(&version);
                draft.extensions.clear();
                draft
            });
            assert_eq!(
                found,
                Some(Check::Constraints),
                "{version:02x?} in {which:?}"
            );
        }
        constraints(which, "a CA without basic constraints", |draft| {
            draft.without(BASIC_CONSTRAINTS)
        });
        constraints(which, "a CA that may not sign certificates", |draft| {
            draft.with(key_usage(&[6]))
        });
        constraints(which, "a range without a mask", |draft| {
            draft.with(name_constraints(&[ip(&[192, 0, 2, 0])], &[]))
        });
        constraints(which, "a mask with gaps between bytes", |draft| {
            let range = ip(&[192, 0, 2, 0, 255, 0, 255, 0]);
            draft.with(name_constraints(&[range], &[]))
        });
        constraints(which, "a mask with gaps in a byte", |draft| {
            let range = ip(&[192, 0, 2, 0, 255, 255, 0b1111_1011, 0]);
            draft.with(name_constraints(&[range], &[]))
        });
    }
    let version_1 = |mut draft: Draft| {
        draft.version = Vec::new();
        draft.extensions.clear();
        draft
    };
    assert_eq!(world.change(Leaf, version_1), None);
    constraints(Leaf, "a unique identifier in version 1", |mut draft| {
        draft.version = Vec::new();
        draft.extensions.clear();
        draft.unique_identifiers = tlv(0x81, &[0, 1]);
        draft
    });
    constraints(Leaf, "a list of no extensions", |mut draft| {
        draft.extensions.clear();
        draft.rest = tlv(0xa3, &sequence(&[]));
        draft
    });
    constraints(Leaf, "a path length without a CA", |draft| {
        draft.with(basic_constraints(false, Some(0)))
    });
    constraints(Leaf, "a path length without keyCertSign", |draft| {
        draft.with(basic_constraints(true, Some(0)))
    });
    constraints(Leaf, "keyCertSign without a CA", |draft| {
        draft.with(key_usage(&[0, 5]))
    });
    constraints(Leaf, "name constraints without a CA", |draft| {
        draft.with(name_constraints(&[dns("a.example")], &[]))
    });
    constraints(Leaf, "no subject and no critical name", |mut draft| {
        draft.subject = sequence(&[]);
        draft.with(alternative_names(&[rfc822("lee@a.example")]))
    });
}

/// A CA without a name is not found by what it issued either; it is told of itself all the same.
#[test]
fn each_empty_name_is_told() {
    let world = World::new();
    let nobody = Holder::named(sequence(&[]));
    let of = |draft: Draft| draft.sign(&world.ca).violations().to_vec();
    let critical = alternative_names(&[dns("a.example")]).critical(true);
    assert_eq!(
        of(Draft::leaf(&world.lee, &nobody)),
        [Violation::EmptyIssuer]
    );
    assert_eq!(
        of(Draft::leaf(&nobody, &world.ca)),
        [Violation::EmptySubjectWithoutCriticalName]
    );
    assert_eq!(
        of(Draft::ca(&nobody, &world.ca).with(critical)),
        [Violation::EmptySubjectOfCa]
    );
}

#[test]
fn what_is_unusual_and_allowed_is_accepted() {
    let world = World::new();
    let allowed = |which, what, change: fn(Draft) -> Draft| {
        assert_eq!(world.change(which, change), None, "{what} in {which:?}");
    };
    for which in [Root, Ca, Leaf] {
        // RFC 5280 §4.1.2.5 has UTCTime until 2049; PKITS 4.2.4 takes the other for what it says.
        allowed(which, "times before 2050 in four digits", |draft| {
            draft.valid(NOT_BEFORE, NOT_AFTER)
        });
        allowed(which, "times in two digits", |mut draft| {
            let times = [b"200101000000Z", b"400101000000Z"].map(|time| tlv(0x17, time));
            draft.validity = sequence(&times);
            draft
        });
        allowed(which, "an unknown extension", |draft| {
            draft.with(extension("1.3.9.9", vec![5, 0]))
        });
        // RFC 5280 §4.1.2.2: CAs that do so exist, and users are to be ready for them.
        allowed(which, "a negative serial number", |draft| {
            draft.serial(&[0xff, 0x7f])
        });
        allowed(which, "a serial number of 20 bytes and its sign", |draft| {
            let mut digits = [0xff; 21];
            digits[0] = 0;
            draft.serial(&digits)
        });
        allowed(which, "unique identifiers", |mut draft| {
            draft.unique_identifiers = [tlv(0x81, &[0, 1]), tlv(0x82, &[0, 1])].concat();
            draft
        });
        allowed(which, "no key identifiers", |draft| {
            draft
                .without(SUBJECT_KEY_IDENTIFIER)
                .without(AUTHORITY_KEY_IDENTIFIER)
        });
        allowed(which, "information access", |draft| {
            let place = sequence(&[oid("1.3.6.1.5.5.7.48.2"), uri("http://a.example/ca")]);
            draft.with(extension("1.3.6.1.5.5.7.1.1", sequence(&[place])))
        });
        allowed(which, "no need to ask responders", |draft| {
            draft.with(extension("1.3.6.1.5.5.7.48.1.5", tlv(5, &[])).critical(true))
        });
        allowed(which, "any purpose", |draft| {
            draft.with(extended_key_usage(&["2.5.29.37.0"]))
        });
        allowed(which, "critical distribution points", |draft| {
            draft.with(extension("2.5.29.31", sequence(&[])).critical(true))
        });
    }
    allowed(Root, "the serial number zero", |draft| draft.serial(&[0]));
    // RFC 5280 §4.2 wants these to be critical; they count whether they are or not.
    allowed(Ca, "constraints that are not critical", |draft| {
        draft
            .with(policies(&["1.3.1"]))
            .with(policy_constraints(None, Some(0)).critical(false))
            .with(inhibit_any_policy(0).critical(false))
            .with(name_constraints(&[dns("a.example")], &[]).critical(false))
    });
    allowed(Ca, "basic constraints that are not critical", |draft| {
        draft.with(basic_constraints(true, None).critical(false))
    });
    allowed(Leaf, "no key usage and no purpose", |draft| {
        draft.without(KEY_USAGE).without(EXTENDED_KEY_USAGE)
    });
    allowed(Leaf, "no subject and a critical name", |mut draft| {
        draft.subject = sequence(&[]);
        draft.with(alternative_names(&[rfc822("lee@a.example")]).critical(true))
    });
    allowed(Leaf, "a CA that signs in", |draft| {
        draft.with(basic_constraints(true, None))
    });
}

#[test]
fn a_time_has_one_form() {
    let world = World::new();
    let unread = |what, change: fn(Draft) -> Draft| {
        let der = change(Draft::leaf(&world.lee, &world.ca)).der(&world.ca);
        assert!(Certificate::from_der(&der).is_err(), "{what}");
    };
    unread("a third time in the validity", |mut draft| {
        let times = [tlv(0x17, b"200101000000Z"), tlv(0x17, b"300101000000Z")];
        draft.validity = sequence(&[times.concat(), tlv(5, &[])]);
        draft
    });
    for time in [
        "260922084100",
        "2609220841Z",
        "260922084100+0000",
        "261322084100Z",
        "260922250000Z",
        "260922084160Z",
        "260230084100Z",
        "26092208410.Z",
        "26092208410:Z",
    ] {
        let mut draft = Draft::leaf(&world.lee, &world.ca);
        let until = tlv(0x18, b"20300101000000Z");
        draft.validity = sequence(&[tlv(0x17, time.as_bytes()), until]);
        assert!(
            Certificate::from_der(&draft.der(&world.ca)).is_err(),
            "{time}"
        );
    }
    unread("a time with fractions", |mut draft| {
        let time = tlv(0x18, b"20260922084100.5Z");
        draft.validity = sequence(&[time, tlv(0x18, b"20300101000000Z")]);
        draft
    });
}

#[test]
fn bytes_that_two_readers_could_take_differently_are_no_certificate() {
    let world = World::new();
    let unread = |what, change: fn(Draft) -> Draft| {
        let der = change(Draft::leaf(&world.lee, &world.ca)).der(&world.ca);
        assert!(Certificate::from_der(&der).is_err(), "{what}");
    };
    unread("a field after the extensions", |mut draft| {
        draft.rest = tlv(0x84, &[0]);
        draft
    });
    unread("version 4", |mut draft| {
        draft.version = tlv(0xa0, &tlv(2, &[3]));
        draft
    });
    unread("version 1 written out", |mut draft| {
        draft.version = tlv(0xa0, &tlv(2, &[0]));
        draft
    });
    unread("a unique identifier that is no BIT STRING", |mut draft| {
        draft.unique_identifiers = tlv(0x81, &[9, 1]);
        draft
    });
    unread("an empty serial number", |draft| draft.serial(&[]));
    unread("a serial number with a byte too many", |draft| {
        draft.serial(&[0, 1])
    });
    unread("a relative name without attributes", |mut draft| {
        draft.subject = sequence(&[tlv(0x31, &[])]);
        draft
    });
    unread("attributes that are not in order", |mut draft| {
        let attribute = |value: &[u8]| sequence(&[oid("2.5.4.3"), tlv(12, value)]);
        let set = [attribute(b"Lee"), attribute(b"Ann")].concat();
        draft.subject = sequence(&[tlv(0x31, &set)]);
        draft
    });
    unread("a name that is no UTF-8", |mut draft| {
        draft.subject = sequence(&[relative_name(&[("2.5.4.3", 12, &[0xc3, 0x28])])]);
        draft
    });
    unread("no list of alternative names", |draft| {
        draft.with(extension(ALTERNATIVE_NAME, b"lee.example".to_vec()))
    });
    unread("an empty list of alternative names", |draft| {
        draft.with(alternative_names(&[]))
    });
    unread("bytes after the alternative names", |draft| {
        let mut value = alternative_names(&[dns("a.example")]).value;
        value.extend([5, 0]);
        draft.with(extension(ALTERNATIVE_NAME, value))
    });
    unread("a NUL in an alternative name", |draft| {
        draft.with(alternative_names(&[dns("a.example\0.b.example")]))
    });
    unread("an alternative name beyond ASCII", |draft| {
        draft.with(alternative_names(&[rfc822("l\u{e9}e@a.example")]))
    });
    unread("an address of five bytes", |draft| {
        draft.with(alternative_names(&[ip(&[1; 5])]))
    });
    unread("a negative path length", |draft| {
        let value = sequence(&[tlv(1, &[0xff]), tlv(2, &[0xff])]);
        draft.with(extension(BASIC_CONSTRAINTS, value))
    });
    unread("a BOOLEAN that is 01", |draft| {
        draft.with(extension(BASIC_CONSTRAINTS, sequence(&[tlv(1, &[1])])))
    });
    unread("half of an issuer in the key identifier", |draft| {
        let value = sequence(&[tlv(0x82, &[1])]);
        draft.with(extension(AUTHORITY_KEY_IDENTIFIER, value))
    });
    unread("an identifier with a byte too many", |draft| {
        let value = sequence(&[tlv(6, &[0x2b, 0x80, 0x01])]);
        draft.with(extension(EXTENDED_KEY_USAGE, value))
    });
}

#[test]
fn a_path_through_a_ca_without_a_name_or_from_an_issuer_without_one_is_refused() {
    let mut world = World::new();
    world.ca = Holder::named(sequence(&[]));
    assert_eq!(world.change(Leaf, |leaf| leaf), Some(Check::Constraints));
}

impl World {
    fn new() -> Self {
        Self {
            root: Holder::new("Root CA"),
            ca: Holder::new("Issuing CA"),
            lee: Holder::new("Lee Park"),
        }
    }

    /// Changes one certificate and judges the path: the check that refused it, if one did.
    fn change(&self, which: Which, change: impl Fn(Draft) -> Draft) -> Option<Check> {
        let draft = |here, draft: Draft| {
            if which == here { change(draft) } else { draft }
        };
        let root = draft(Root, Draft::ca(&self.root, &self.root)).sign(&self.root);
        let ca = draft(Ca, Draft::ca(&self.ca, &self.root)).sign(&self.root);
        let leaf = draft(Leaf, Draft::leaf(&self.lee, &self.ca)).sign(&self.ca);
        refused_by(judge(leaf.der(), &trust(&root, &[&ca])))
    }
}
