//! Name constraints, form by form, from a root, a CA, or both; and names that match though their
//! bytes differ.

use certs::Check;

use crate::mint::*;

const COUNTRY: &str = "2.5.4.6";
const ORGANIZATION: &str = "2.5.4.10";
const COMMON_NAME: &str = "2.5.4.3";

#[test]
fn names_are_held_to_what_is_permitted_and_what_is_excluded() {
    let org = name(&[(ORGANIZATION, "Meridian")]);
    let lee = name(&[(ORGANIZATION, "meridian "), (COMMON_NAME, "Lee")]);
    let other_org = name(&[(ORGANIZATION, "Other"), (COMMON_NAME, "Lee")]);
    // Base, a name within it, a name of the form outside of it.
    let forms = [
        (directory(&org), directory(&lee), directory(&other_org)),
        (
            rfc822("a.example"),
            rfc822("lee@A.example"),
            rfc822("lee@b.a.example"),
        ),
        (
            rfc822(".a.example"),
            rfc822("lee@b.a.example"),
            rfc822("lee@a.example"),
        ),
        (
            rfc822("lee@a.example"),
            rfc822("lee@a.example"),
            rfc822("ann@a.example"),
        ),
        (
            principal_name("a.example"),
            principal_name("LEE@a.example"),
            principal_name("lee@b.example"),
        ),
        (
            principal_name("@a.example"),
            principal_name("lee@a.example"),
            principal_name("lee@c.a.example"),
        ),
        (dns("a.example"), dns("b.a.example"), dns("ba.example")),
        (
            uri(".a.example"),
            uri("https://b.a.example/x"),
            uri("https://a.example/x"),
        ),
        (
            ip(&[192, 0, 2, 0, 255, 255, 255, 0]),
            ip(&[192, 0, 2, 9]),
            ip(&[192, 0, 3, 9]),
        ),
        (ip(&[0xfd; 32]), ip(&[0xfd; 16]), ip(&[0x20; 16])),
    ];
    for (base, within, outside) in &forms {
        // A mask of 0xfd is none; the sixth form of addresses is a /128.
        let base = match base.as_slice() {
            [0x87, 32, ..] => ip(&[[0xfd; 16], [0xff; 16]].concat()),
            _ => base.clone(),
        };
        let unrelated = other("1.3.9.9", &tlv(12, b"anything"));
        for (permitted, excluded, held, expected) in [
            (Some(&base), None, within, None),
            (Some(&base), None, outside, Some(Check::NameConstraints)),
            (None, Some(&base), within, Some(Check::NameConstraints)),
            (None, Some(&base), outside, None),
            (
                Some(&base),
                Some(&base),
                within,
                Some(Check::NameConstraints),
            ),
            (Some(&base), None, &unrelated, None),
        ] {
            let list = |base: Option<&Vec<u8>>| base.cloned().into_iter().collect::<Vec<_>>();
            let constraints = name_constraints(&list(permitted), &list(excluded));
            let subject = if base[0] == 0xa4 {
                lee.clone()
            } else {
                name(&[(COMMON_NAME, "Lee")])
            };
            let subject = if base[0] == 0xa4 && excluded.is_some() && permitted.is_none() {
                other_org.clone()
            } else {
                subject
            };
            for below_root in [true, false] {
                let found = judge_constrained(
                    &constraints,
                    below_root,
                    &subject,
                    std::slice::from_ref(held),
                );
                assert_eq!(
                    found, expected,
                    "{permitted:02x?} {excluded:02x?} {held:02x?}"
                );
            }
        }
    }
}

#[test]
fn each_name_is_judged_and_one_is_enough_to_refuse() {
    let subject = name(&[(COMMON_NAME, "Lee")]);
    let constraints = name_constraints(&[rfc822("a.example"), rfc822("b.example")], &[]);
    let judge = |names: &[Vec<u8>]| judge_constrained(&constraints, true, &subject, names);
    assert_eq!(
        judge(&[rfc822("lee@a.example"), rfc822("lee@b.example")]),
        None
    );
    assert_eq!(
        judge(&[rfc822("lee@a.example"), rfc822("lee@c.example")]),
        Some(Check::NameConstraints)
    );
}

#[test]
fn the_subject_is_a_directory_name_and_its_address_is_an_address() {
    let meridian = [(ORGANIZATION, "Meridian"), (COMMON_NAME, "Lee")];
    let permitted = name_constraints(&[directory(&name(&meridian[..1]))], &[]);
    assert_eq!(
        judge_constrained(&permitted, true, &name(&meridian), &[]),
        None
    );
    assert_eq!(
        judge_constrained(&permitted, true, &name(&meridian[1..]), &[]),
        Some(Check::NameConstraints)
    );
    // A subtree is of whole relative names, from the first on.
    let reversed = name(&[meridian[1], meridian[0]]);
    assert_eq!(
        judge_constrained(&permitted, true, &reversed, &[]),
        Some(Check::NameConstraints)
    );

    let address = |value: &str| {
        sequence(&[relative_name(&[(
            "1.2.840.113549.1.9.1",
            22,
            value.as_bytes(),
        )])])
    };
    let permitted = name_constraints(&[rfc822("a.example")], &[]);
    let judge = |value: &str, names: &[Vec<u8>]| {
        judge_constrained(&permitted, false, &address(value), names)
    };
    assert_eq!(judge("lee@a.example", &[]), None);
    assert_eq!(judge("lee@b.example", &[]), Some(Check::NameConstraints));
    for other in [rfc822("lee@a.example"), dns("a.example")] {
        assert_eq!(
            judge("lee@b.example", std::slice::from_ref(&other)),
            Some(Check::NameConstraints)
        );
        assert_eq!(judge("lee@a.example", &[other]), None);
    }
}

#[test]
fn what_cannot_be_judged_is_refused_where_it_applies_and_nowhere_else() {
    let subject = name(&[(COMMON_NAME, "Lee")]);
    let registered = tlv(0x88, &[0x2b, 0x06]);
    let x400 = tlv(0xa3, &[]);
    let edi = tlv(0xa5, &[]);
    let fasc_n = other("2.16.840.1.101.3.6.6", &tlv(4, &[7; 25]));
    for (base, held) in [
        (registered.clone(), registered),
        (x400.clone(), x400),
        (edi.clone(), edi),
        (fasc_n.clone(), fasc_n),
        (dns(".a.example"), dns("b.a.example")),
        (dns("*.a.example"), dns("b.a.example")),
        (dns("a.example"), dns("b..a.example")),
        (rfc822("a@b@a.example"), rfc822("lee@a.example")),
        (rfc822("a.example"), rfc822("lee")),
        (rfc822(""), rfc822("lee@a.example")),
        (uri(""), uri("https://a.example/")),
        (dns("_a.example"), dns("b._a.example")),
        (uri("a.example"), uri("urn:uuid:1")),
        (uri("a.example"), uri("https://192.0.2.1/")),
        (principal_name("a.example"), principal_name("lee")),
        (
            principal_name("a.example"),
            other("1.3.6.1.4.1.311.20.2.3", &tlv(4, b"lee@a.example")),
        ),
    ] {
        for constraints in [
            name_constraints(std::slice::from_ref(&base), &[]),
            name_constraints(&[], std::slice::from_ref(&base)),
        ] {
            let found =
                judge_constrained(&constraints, true, &subject, std::slice::from_ref(&held));
            assert_eq!(found, Some(Check::NameConstraints), "{held:02x?}");
            let found = judge_constrained(&constraints, true, &subject, &[ip(&[1; 4])]);
            assert_eq!(found, None, "{base:02x?}");
        }
    }
}

#[test]
fn a_blank_name_is_refused_below_constraints_of_whatever_form() {
    let subject = name(&[(COMMON_NAME, "Lee")]);
    let constraints = name_constraints(&[ip(&[192, 0, 2, 0, 255, 255, 255, 0])], &[]);
    let judge = |held| judge_constrained(&constraints, true, &subject, &[held]);
    for held in [
        dns(" "),
        dns(""),
        dns("a .example"),
        rfc822("lee @a.example"),
    ] {
        assert_eq!(judge(held), Some(Check::NameConstraints));
    }
    for held in [rfc822("\"lee park\"@a.example"), rfc822("lee@a.example")] {
        assert_eq!(judge(held), None);
    }
}

#[test]
fn an_address_beyond_ascii_is_held_to_the_constraints_of_addresses() {
    let subject = name(&[(COMMON_NAME, "Lee")]);
    let mailbox = |address: &str| other("1.3.6.1.5.5.7.8.9", &tlv(12, address.as_bytes()));
    let permitted = name_constraints(&[rfc822("a.example")], &[]);
    let judge = |held| judge_constrained(&permitted, true, &subject, &[held]);
    assert_eq!(judge(mailbox("l\u{e9}e@a.example")), None);
    assert_eq!(
        judge(mailbox("l\u{e9}e@b.example")),
        Some(Check::NameConstraints)
    );
    assert_eq!(
        judge(mailbox("l\u{e9}e@\u{e9}.example")),
        Some(Check::NameConstraints)
    );
    let own = name_constraints(&[], &[mailbox("l\u{e9}e@a.example")]);
    let found = judge_constrained(&own, true, &subject, &[mailbox("ann@a.example")]);
    assert_eq!(found, Some(Check::NameConstraints));
}

#[test]
fn a_subtree_with_bounds_is_refused_and_a_minimum_of_zero_is_none() {
    let subject = name(&[(COMMON_NAME, "Lee")]);
    let judge = |tag, bounds: Vec<u8>, held| {
        let subtree = sequence(&[dns("a.example"), bounds]);
        let value = sequence(&[tlv(tag, &subtree)]);
        let constraints = extension(NAME_CONSTRAINTS, value);
        [true, false].map(|in_root| {
            let names = std::slice::from_ref(&held);
            judge_constrained(&constraints, in_root, &subject, names)
        })
    };
    let refused = [Some(Check::Constraints); 2];
    for bounds in [tlv(0x80, &[1]), tlv(0x81, &[0]), tlv(0x81, &[5])] {
        for tag in [0xa0, 0xa1] {
            assert_eq!(judge(tag, bounds.clone(), dns("b.example")), refused);
            assert_eq!(judge(tag, bounds.clone(), rfc822("lee@b.example")), refused);
        }
    }
    // Constraints count whether critical or not.
    let zero = tlv(0x80, &[0]);
    assert_eq!(judge(0xa0, zero.clone(), dns("a.example")), [None; 2]);
    let outside = [Some(Check::NameConstraints); 2];
    assert_eq!(judge(0xa0, zero, dns("b.example")), outside);
}

#[test]
fn constraints_add_up_on_the_way_down_and_pass_over_self_issued_cas() {
    let root = Holder::new("Root CA");
    let again = root.rekeyed();
    let ca = Holder::named(name(&[(ORGANIZATION, "Meridian"), (COMMON_NAME, "CA")]));
    let lee = Holder::named(name(&[(ORGANIZATION, "Meridian"), (COMMON_NAME, "Lee")]));
    let meridian = directory(&name(&[(ORGANIZATION, "Meridian")]));
    let anchor = Draft::ca(&root, &root)
        .with(name_constraints(&[meridian, dns("example")], &[]))
        .sign(&root);
    // The renewed root has a name that its own constraints do not permit.
    let renewed = Draft::ca(&again, &root).sign(&root);
    let issuing = Draft::ca(&ca, &again)
        .with(name_constraints(&[dns("a.example"), dns("b")], &[]))
        .sign(&again);
    let store = trust(&anchor, &[&renewed, &issuing]);
    let outcome = |host| {
        let leaf = Draft::leaf(&lee, &ca).with(alternative_names(&[dns(host)]));
        refused_by(judge(&leaf.der(&ca), &store))
    };
    assert_eq!(outcome("x.a.example"), None);
    assert_eq!(outcome("x.c.example"), Some(Check::NameConstraints));
    assert_eq!(outcome("x.b"), Some(Check::NameConstraints));

    // A self-issued leaf is not passed over.
    let own = Holder {
        name: root.name.clone(),
        key: lee.key,
    };
    let leaf = Draft::leaf(&own, &again).der(&again);
    assert_eq!(
        refused_by(judge(&leaf, &store)),
        Some(Check::NameConstraints)
    );
}

#[test]
fn names_chain_without_regard_to_case_blanks_kind_of_string_and_order_in_a_set() {
    let chains = |above: Vec<u8>, below: Vec<u8>| {
        let root = Holder::new("Root CA");
        let ca = Holder::named(above);
        let anchor = Draft::ca(&root, &root).sign(&root);
        let issuing = Draft::ca(&ca, &root).sign(&root);
        let mut leaf = Draft::leaf(&Holder::new("Lee"), &ca);
        leaf.issuer = below;
        judge(&leaf.der(&ca), &trust(&anchor, &[&issuing])).is_ok()
    };
    let one = |tag, value: &[u8]| sequence(&[relative_name(&[(ORGANIZATION, tag, value)])]);
    let utf16: Vec<u8> = "Good CA"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    for (above, below) in [
        (one(19, b"Good CA"), one(12, b"good   ca ")),
        (one(12, b"Good CA"), one(30, &utf16)),
        (one(20, b"Caf\xe9"), one(12, "CAFE\u{301}".as_bytes())),
        (
            sequence(&[relative_name(&[
                (COUNTRY, 19, b"DE"),
                (ORGANIZATION, 12, b"A"),
            ])]),
            sequence(&[relative_name(&[
                // The blanks make it the longer one, which stands last.
                (ORGANIZATION, 19, b"a  "),
                (COUNTRY, 19, b"de"),
            ])]),
        ),
    ] {
        assert!(chains(above, below));
    }
    for (above, below) in [
        (one(12, b"Good CA"), one(12, b"GoodCA")),
        (
            one(12, b"Good CA"),
            sequence(&[relative_name(&[(COMMON_NAME, 12, b"Good CA")])]),
        ),
        (
            one(12, b"A"),
            sequence(&[relative_name(&[
                (ORGANIZATION, 12, b"A"),
                (COUNTRY, 19, b"DE"),
            ])]),
        ),
        (
            sequence(&[relative_name(&[
                (COUNTRY, 19, b"DE"),
                (ORGANIZATION, 12, b"A"),
            ])]),
            name(&[(COUNTRY, "DE"), (ORGANIZATION, "A")]),
        ),
        (
            name(&[(COUNTRY, "DE"), (ORGANIZATION, "A")]),
            name(&[(ORGANIZATION, "A"), (COUNTRY, "DE")]),
        ),
        (one(4, b"A"), one(12, b"A")),
    ] {
        assert!(!chains(above, below));
    }
}

/// A leaf with this subject and these names below constraints in the root, or in the CA.
fn judge_constrained(
    constraints: &Extension,
    in_root: bool,
    subject: &[u8],
    names: &[Vec<u8>],
) -> Option<Check> {
    let root = Holder::new("Root CA");
    // Its name breaks no constraint: it is the leaf's own, which is judged anyway.
    let ca = Holder::named(subject.to_vec());
    let lee = Holder::named(subject.to_vec());
    let add = |draft: Draft, here| {
        if here {
            draft.with(constraints.clone())
        } else {
            draft
        }
    };
    let anchor = add(Draft::ca(&root, &root), in_root).sign(&root);
    let issuing = add(Draft::ca(&ca, &root), !in_root).sign(&root);
    let mut leaf = Draft::leaf(&lee, &ca);
    if !names.is_empty() {
        leaf = leaf.with(alternative_names(names));
    }
    refused_by(judge(&leaf.der(&ca), &trust(&anchor, &[&issuing])))
}
