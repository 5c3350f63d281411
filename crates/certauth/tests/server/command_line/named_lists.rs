//! Addresses of revocation lists, taken from a file of certificates.

use rcgen::{CertificateParams, CrlDistributionPoint};

use super::{Site, succeeded, text};
use crate::support::pki::{Authority, collection};

#[test]
fn an_authority_is_given_the_list_that_the_certificates_below_it_name() {
    let site = Site::new();
    let root = Authority::shaped("Root", |params| {
        names(params, &["http://of-no-issuer.example/list.crl"]);
    });
    let issuing = root.authority_shaped("Issuing", |params| {
        names(
            params,
            &[
                "ldap:///CN=Root",
                "HTTP://pki.example/root.crl",
                "http://other.example/root.crl",
            ],
        );
    });
    let (plan, list) = import(&site, &[&issuing, &root]);
    assert!(
        plan.contains("    root, in the container P\n    CRL http://pki.example/root.crl\n"),
        "{plan}"
    );
    assert!(
        plan.contains("nothing in the file says where CN=Issuing has its CRL"),
        "{plan}"
    );
    assert!(
        !plan.contains("of-no-issuer") && !plan.contains("other.example"),
        "{plan}"
    );
    assert!(list.contains("http://pki.example/root.crl"), "{list}");
    let exported = succeeded(&site.run(&["export", "pki"], ""));
    assert!(
        exported.contains(r#""certificateRevocationListUrl": "http://pki.example/root.crl""#),
        "{exported}"
    );
}

#[test]
fn certificates_that_do_not_agree_on_a_list_give_none() {
    let site = Site::new();
    let root = Authority::named("Root");
    let [one, two] = ["http://a.example/1.crl", "https://b.example/2.crl"]
        .map(|url| root.authority_shaped(url, |params| names(params, &[url])));
    let (plan, list) = import(&site, &[&root, &one, &two]);
    assert!(
        plan.contains(
            "certificates of CN=Root name http://a.example/1.crl and https://b.example/2.crl"
        ),
        "{plan}"
    );
    assert!(!list.contains("CRL http"), "{list}");
}

#[test]
fn a_namesake_with_another_key_names_no_list() {
    let site = Site::new();
    let (root, namesake) = (Authority::named("Root"), Authority::named("Root"));
    let issuing = namesake.authority_shaped("Issuing", |params| {
        names(params, &["http://pki.example/root.crl"]);
    });
    let (plan, _) = import(&site, &[&root, &issuing]);
    assert!(!plan.contains("CRL http"), "{plan}");
}

#[test]
fn a_list_that_an_administrator_gave_stays() {
    let site = Site::new();
    let root = Authority::named("Root");
    let file = site.file("root.pem", &root.pem);
    let given = ["--crl-url", "http://given.example/list.crl"];
    let add = ["ca", "add", "--file", text(&file), "--role", "root"];
    succeeded(&site.run(&[&add[..], &given].concat(), ""));
    let issuing = root.authority_shaped("Issuing", |params| {
        names(params, &["http://pki.example/root.crl"]);
    });
    let (_, list) = import(&site, &[&root, &issuing]);
    assert!(list.contains("given.example"), "{list}");
    assert!(!list.contains("pki.example"), "{list}");
}

fn names(params: &mut CertificateParams, uris: &[&str]) {
    params.crl_distribution_points.push(CrlDistributionPoint {
        uris: uris.iter().map(ToString::to_string).collect(),
    });
}

/// What the import says, and what the trust store holds then.
fn import(site: &Site, authorities: &[&Authority]) -> (String, String) {
    let all: Vec<&[u8]> = authorities.iter().map(|one| one.der.as_ref()).collect();
    let file = site.folder.path().join("chain.p7b");
    std::fs::write(&file, collection(&all)).unwrap();
    let import = ["ca", "import", text(&file), "--pki", "P", "--yes"];
    let said = succeeded(&site.run(&import, ""));
    (said, succeeded(&site.run(&["ca", "list"], "")))
}
