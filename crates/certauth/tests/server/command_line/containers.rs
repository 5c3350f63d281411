//! Containers of authorities, and files of certificates that fill them.

use std::fs;
use std::path::PathBuf;

use certauth::store::{RESTORABLE, Store as _};
use rcgen::CustomExtension;
use serde_json::{Value, json};

use super::{Site, failed, now, succeeded, text, texts};
use crate::support::pki::{Authority, collection, key};

#[tokio::test]
async fn a_file_of_certificates_fills_a_container_after_its_plan() {
    let site = Site::new();
    let root = Authority::named("Root");
    let issuing = root.authority("Issuing");
    let old = Authority::shaped("Old", |params| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let lee = issuing.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let all = [&lee.certificate, &issuing.der, &root.der, &old.der].map(AsRef::as_ref);
    let file = p7b(&site, "chain.p7b", &all);
    let import = ["ca", "import", text(&file), "--pki", "Meridian PKI"];

    let planned = succeeded(&site.run(&[&import[..], &["--dry-run"]].concat(), ""));
    for line in [
        "+ add pki Meridian PKI\n",
        "+ add ca CN=Issuing\n    intermediate, in the container Meridian PKI\n",
        "+ add ca CN=Root\n    root, in the container Meridian PKI\n",
        "certificates[0]: CN=Lee Park is not the certificate of an authority",
        "certificates[3]: CN=Old ended 2020-01-01",
    ] {
        assert!(planned.contains(line), "{line}: {planned}");
    }
    let unasked = failed(&site.run(&import, ""));
    assert!(
        unasked.contains("nothing was imported: say --yes"),
        "{unasked}"
    );
    assert_eq!(listed(&site, &[]), json!([]));

    succeeded(&site.run(&[&import[..], &["--yes"]].concat(), ""));
    let shown = listed(&site, &[]);
    let of = |place: usize, name: &str| shown[place][name].clone();
    assert_eq!(
        (of(0, "subject"), of(0, "role")),
        (json!("CN=Issuing"), json!("intermediate"))
    );
    assert_eq!(
        (of(1, "subject"), of(1, "role")),
        (json!("CN=Root"), json!("root"))
    );
    assert_eq!(shown[1]["container"]["name"], "Meridian PKI");
    let shown = succeeded(&site.run(&["ca", "list"], ""));
    assert!(shown.contains("in the container Meridian PKI"), "{shown}");
    let exported: Value =
        serde_json::from_str(&succeeded(&site.run(&["export", "pki"], ""))).unwrap();
    let exported = &exported["value"][0];
    assert_eq!(exported["displayName"], "Meridian PKI");
    assert_eq!(
        exported["certificateAuthorities"].as_array().unwrap().len(),
        2
    );
    // What was deleted from it is not exported with it.
    succeeded(&site.run(&["ca", "delete", "CN=Issuing"], ""));
    let without: Value =
        serde_json::from_str(&succeeded(&site.run(&["export", "pki"], ""))).unwrap();
    let left = &without["value"][0]["certificateAuthorities"];
    assert_eq!(left.as_array().unwrap().len(), 1);
    succeeded(&site.run(&["ca", "restore", "CN=Issuing"], ""));

    // Once more: nothing changes, and what is there already is named.
    let again = succeeded(&site.run(&[&import[..], &["--yes"]].concat(), ""));
    assert!(again.starts_with("nothing changes"), "{again}");
    assert!(
        again.contains("CN=Root is there already, in the container Meridian PKI"),
        "{again}"
    );
    let whole = succeeded(&site.run(&["export"], ""));
    let again = succeeded(&site.run(&["import", "-", "--yes"], &whole));
    assert!(again.starts_with("nothing changes"), "{again}");
}

#[test]
fn an_authority_of_another_key_under_its_own_name_is_no_root() {
    let site = Site::new();
    let old = Authority::named("Root");
    let new = old.authority("Root");
    let file = p7b(&site, "rollover.p7b", &[&new.der, &old.der]);
    let pem = site.file("both.pem", &format!("{}{}", old.pem, new.pem));
    for file in [file, pem] {
        let plan = ["ca", "import", text(&file), "--pki", "P", "--dry-run"];
        let planned = succeeded(&site.run(&plan, ""));
        assert!(
            planned.contains("+ add ca CN=Root\n    root, in"),
            "{planned}"
        );
        assert!(
            planned.contains("+ add ca CN=Root\n    intermediate, in"),
            "{planned}"
        );
    }
}

#[test]
fn files_that_are_too_much_are_refused_as_a_whole() {
    let site = Site::new();
    let ca = Authority::named("Fine");
    let import = |file: &PathBuf| {
        let arguments = ["ca", "import", text(file), "--pki", "P", "--yes"];
        let output = site.run(&arguments, "");
        let (out, _) = texts(&output);
        (failed(&output), out)
    };
    let padded = Authority::shaped("Padded", |params| {
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 5, 1], vec![5; 8192]);
        params.custom_extensions.push(extension);
    });
    let (said, out) = import(&p7b(&site, "padded.p7b", &[&ca.der, &padded.der]));
    assert!(said.contains("nothing was imported: 1 refused"), "{said}");
    assert!(out.contains("at most 8192"), "{out}");
    let pki = json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki", "displayName": "P",
        "certificateAuthorities": [super::directory::entry(&padded)],
    });
    let (out, _) = texts(&site.run(&["import", "-", "--yes"], &pki.to_string()));
    assert!(out.contains("Refused") && out.contains("8192"), "{out}");

    let many: Vec<Authority> = (0..251)
        .map(|number| Authority::named(&format!("CA {number}")))
        .collect();
    let many: Vec<&[u8]> = many.iter().map(|ca| ca.der.as_ref()).collect();
    let (_, out) = import(&p7b(&site, "many.p7b", &many));
    assert!(out.contains("250") && out.contains("251"), "{out}");
    assert_eq!(listed(&site, &[]), json!([]));
    let fits = p7b(&site, "fits.p7b", &many[..250]);
    succeeded(&site.run(&["ca", "import", text(&fits), "--pki", "P", "--yes"], ""));
    let file = site.file("fine.pem", &ca.pem);
    let said = failed(&site.run(&["ca", "add", "--file", text(&file), "--role", "root"], ""));
    assert!(said.contains("would have 251 authorities"), "{said}");

    let large = site.folder.path().join("large.p7b");
    fs::write(&large, vec![0x30; 2 * 1024 * 1024 + 1]).unwrap();
    let (said, _) = import(&large);
    assert!(said.contains("larger than 2097152 bytes"), "{said}");
    let (said, out) = import(&site.file("odd.p7b", "hello"));
    assert!(said.contains("nothing was imported"), "{said}");
    assert!(out.contains("there is no certificate in it"), "{out}");
}

#[tokio::test]
async fn a_container_takes_its_authorities_along_and_brings_them_back() {
    let site = Site::new();
    let (one, two, three) = (
        Authority::named("One"),
        Authority::named("Two"),
        Authority::named("Three"),
    );
    let file = p7b(&site, "all.p7b", &[&one.der, &two.der]);
    let import = [
        "ca",
        "import",
        text(&file),
        "--pki",
        "Meridian PKI",
        "--yes",
    ];
    succeeded(&site.run(&import, ""));
    site.trust(&three, "root", &[]);
    succeeded(&site.run(&["ca", "delete", "CN=Two"], ""));
    // The container goes a while after the authority that was deleted by itself.
    set_back(&site, 5).await;

    let delete = ["pki", "delete", "Meridian PKI"];
    let unasked = failed(&site.run(&delete, ""));
    assert!(
        unasked.contains("nothing was deleted: say --yes"),
        "{unasked}"
    );
    let said = succeeded(&site.run(&[&delete[..], &["--yes"]].concat(), ""));
    assert!(said.contains("- remove pki Meridian PKI"), "{said}");
    assert!(said.contains("- remove ca CN=One"), "{said}");
    assert!(!said.contains("CN=Two"), "{said}");
    assert_eq!(subjects(&listed(&site, &[])), ["CN=Three"]);
    assert_eq!(
        subjects(&listed(&site, &["--deleted"])),
        ["CN=One", "CN=Two"]
    );
    let shown = succeeded(&site.run(&["pki", "list"], ""));
    assert!(shown.contains("can be restored until"), "{shown}");
    let exported = succeeded(&site.run(&["export", "pki"], ""));
    assert!(!exported.contains("Meridian PKI"), "{exported}");

    let refused = failed(&site.run(&["ca", "restore", "CN=One"], ""));
    assert!(refused.contains("certauth pki restore"), "{refused}");
    let file = site.file("one.pem", &one.pem);
    let add = ["ca", "add", "--file", text(&file), "--role", "root"];
    let refused = failed(&site.run(&add, ""));
    assert!(refused.contains("certauth ca restore"), "{refused}");

    let said = succeeded(&site.run(&["pki", "restore", "Meridian PKI"], ""));
    assert!(said.contains("+ restore ca CN=One"), "{said}");
    assert_eq!(subjects(&listed(&site, &[])), ["CN=One", "CN=Three"]);

    let purge = ["pki", "purge", "Meridian PKI", "--yes"];
    let said = succeeded(&site.run(&purge, ""));
    for line in [
        "- purge pki Meridian PKI",
        "- purge ca CN=One",
        "- purge ca CN=Two",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert_eq!(listed(&site, &["--deleted"]), json!([]));
    assert_eq!(subjects(&listed(&site, &[])), ["CN=Three"]);
    failed(&site.run(&["pki", "restore", "Meridian PKI"], ""));
}

#[tokio::test]
async fn a_container_is_restored_within_thirty_days_only() {
    let site = Site::new();
    let one = Authority::named("One");
    let file = p7b(&site, "one.p7b", &[&one.der]);
    succeeded(&site.run(&["ca", "import", text(&file), "--pki", "P", "--yes"], ""));
    succeeded(&site.run(&["pki", "delete", "P", "--yes"], ""));
    set_back(&site, RESTORABLE - 60).await;
    succeeded(&site.run(&["pki", "restore", "P"], ""));
    succeeded(&site.run(&["pki", "delete", "P", "--yes"], ""));
    set_back(&site, RESTORABLE + 60).await;
    let refused = site.run(&["pki", "restore", "P"], "");
    let (out, _) = texts(&refused);
    let said = failed(&refused);
    assert!(said.contains("nothing was restored"), "{said}");
    assert!(out.contains("more than thirty days ago"), "{out}");
    let shown = succeeded(&site.run(&["pki", "show", "P"], ""));
    assert!(shown.contains("more than thirty days ago"), "{shown}");
    let store = site.store().await;
    store.sweep(now()).await.unwrap();
    let shown = succeeded(&site.run(&["pki", "list", "--json"], ""));
    assert_eq!(shown.trim(), "[]");
}

#[tokio::test]
async fn what_was_deleted_elsewhere_long_ago_is_left_out() {
    let site = Site::new();
    let ca = Authority::named("One");
    let deleted = |days: i64| {
        let at = certs::Time::from_unix(now() - days * 24 * 60 * 60).to_string();
        let mut authority = super::directory::entry(&ca);
        authority["displayName"] = json!("One");
        json!({
            "@odata.type": "#microsoft.graph.certificateBasedAuthPki", "id": "p",
            "displayName": "P", "deletedDateTime": at,
            "certificateAuthorities": [authority],
        })
        .to_string()
    };
    let said = succeeded(&site.run(&["import", "-", "--yes"], &deleted(31)));
    assert!(said.starts_with("nothing changes"), "{said}");
    assert!(
        said.contains("Left out\n  -: deletedDateTime: the container P was deleted more than"),
        "{said}"
    );
    succeeded(&site.run(&["import", "-", "--yes"], &deleted(29)));
    assert_eq!(listed(&site, &[]), json!([]));
    succeeded(&site.run(&["pki", "restore", "P"], ""));
    assert_eq!(subjects(&listed(&site, &[])), ["CN=One"]);
    // What is restored is exported as something that counts.
    let whole = succeeded(&site.run(&["export", "pki"], ""));
    let again = succeeded(&site.run(&["import", "-", "--yes"], &whole));
    assert!(again.starts_with("nothing changes"), "{again}");
    assert_eq!(subjects(&listed(&site, &[])), ["CN=One"]);
}

#[tokio::test]
async fn a_container_is_called_otherwise_and_scope_rules_follow() {
    let site = Site::new();
    let ca = Authority::named("One");
    let file = p7b(&site, "one.p7b", &[&ca.der]);
    succeeded(&site.run(
        &["ca", "import", text(&file), "--pki", "Old name", "--yes"],
        "",
    ));
    let mut method = super::directory::method();
    let certificate = certs::Certificate::from_der(&ca.der).unwrap();
    method["certificateAuthorityScopes"] = json!([{
        "publicKeyInfrastructureIdentifier": "Old name",
        "subjectKeyIdentifier": certs::hex(certificate.subject_key_identifier().unwrap()),
        "includeTargets": [{ "id": "g", "targetType": "group" }],
    }]);
    succeeded(&site.run(&["import", "-", "--yes"], &method.to_string()));
    succeeded(&site.run(&["pki", "add", "Taken"], ""));
    let (out, _) = texts(&site.run(&["pki", "rename", "Old name", "Taken"], ""));
    assert!(out.contains("a container Taken is there already"), "{out}");
    let long = "n".repeat(257);
    let (out, _) = texts(&site.run(&["pki", "rename", "Old name", &long], ""));
    assert!(out.contains("257 characters"), "{out}");
    let (out, _) = texts(&site.run(&["pki", "rename", "Nowhere", "Other"], ""));
    assert!(out.contains("there are: Old name; Taken"), "{out}");

    succeeded(&site.run(&["pki", "rename", "Old name", &long[..256]], ""));
    succeeded(&site.run(&["pki", "rename", &long[..256], "New name"], ""));
    let exported: Value =
        serde_json::from_str(&succeeded(&site.run(&["export", "method"], ""))).unwrap();
    let scope = &exported["certificateAuthorityScopes"][0];
    assert_eq!(scope["publicKeyInfrastructureIdentifier"], "New name");
    let shown: Value = serde_json::from_str(&succeeded(
        &site.run(&["pki", "show", "New name", "--json"], ""),
    ))
    .unwrap();
    assert_eq!(shown["certificateAuthorities"][0]["subject"], "CN=One");
    assert_eq!(shown["deletedDateTime"], Value::Null);

    let said = succeeded(&site.run(&["pki", "delete", "New name", "--dry-run"], ""));
    assert!(
        said.contains("a scope rule lets the group g use certificates under CN=One"),
        "{said}"
    );
}

#[test]
fn an_authority_goes_into_a_container_and_out_of_it() {
    let site = Site::new();
    let ca = Authority::named("One");
    let file = site.file("one.pem", &ca.pem);
    let add = [
        "ca",
        "add",
        "--file",
        text(&file),
        "--role",
        "root",
        "--pki",
    ];
    let refused = failed(&site.run(&[&add[..], &["P"]].concat(), ""));
    assert!(refused.contains("certauth pki add"), "{refused}");
    succeeded(&site.run(&["pki", "add", "P"], ""));
    succeeded(&site.run(&[&add[..], &["P"]].concat(), ""));
    assert_eq!(listed(&site, &[])[0]["container"]["name"], "P");
    succeeded(&site.run(&["ca", "set", "CN=One", "--no-pki"], ""));
    let shown = succeeded(&site.run(&["ca", "list"], ""));
    assert!(shown.contains("in no container"), "{shown}");
    succeeded(&site.run(&["ca", "set", "CN=One", "--pki", "P"], ""));
    assert_eq!(listed(&site, &[])[0]["container"]["name"], "P");
}

#[test]
fn names_that_are_too_much_for_a_handshake_are_refused_at_each_way_in() {
    let site = Site::new();
    let named = |number: usize| {
        let long = "long ".repeat(12);
        let ca = Authority::named(&format!("{number} {long}"));
        ca.der.as_ref().to_vec()
    };
    succeeded(&site.run(&["tenant", "set", "--issuer-hints", "off"], ""));
    let many: Vec<Vec<u8>> = (0..220).map(named).collect();
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    let file = p7b(&site, "many.p7b", &many);
    succeeded(&site.run(&["ca", "import", text(&file), "--pki", "P", "--yes"], ""));
    let on = ["tenant", "set", "--issuer-hints", "on"];
    let refused = failed(&site.run(&on, ""));
    assert!(refused.contains("at most 16384"), "{refused}");
    let hint = |ca: &str, switch: &str| {
        let set = ["ca", "set", ca, "--issuer-hint", switch];
        site.run(&set, "")
    };
    let all = listed(&site, &[]);
    let first = all[0]["id"].as_str().unwrap();
    succeeded(&hint(first, "on"));
    succeeded(&site.run(&on, ""));
    // Without the one flag the names of all would be sent.
    let refused = failed(&hint(first, "off"));
    assert!(refused.contains("at most 16384"), "{refused}");
    succeeded(&hint(all[1]["id"].as_str().unwrap(), "on"));
    succeeded(&hint(first, "off"));
    let file = site.file("more.pem", &Authority::named("More").pem);
    let add = ["ca", "add", "--file", text(&file), "--role", "root"];
    succeeded(&site.run(&add, ""));
}

/// Makes everything deleted a while ago.
async fn set_back(site: &Site, seconds: i64) {
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    for mut authority in store.deleted_authorities(&tenant.id).await.unwrap() {
        authority.deleted_at = authority.deleted_at.map(|at| at - seconds);
        store.update_authority(&authority).await.unwrap();
    }
    let kinds = [certauth::store::DocumentKind::PublicKeyInfrastructure];
    let mut documents = store.documents(&tenant.id, &kinds).await.unwrap();
    documents.retain(|document| document.deleted_at.is_some());
    for document in &mut documents {
        document.deleted_at = document.deleted_at.map(|at| at - seconds);
    }
    let changes = certauth::store::DirectoryChanges {
        tenant: store.tenant(&tenant.id).await.unwrap().unwrap(),
        documents,
        removed: Vec::new(),
        authorities: Vec::new(),
        forgotten: Vec::new(),
        users: Vec::new(),
    };
    store.apply(&changes).await.unwrap();
    store.close().await;
}

fn listed(site: &Site, more: &[&str]) -> Value {
    let shown = succeeded(&site.run(&[&["ca", "list", "--json"], more].concat(), ""));
    serde_json::from_str(&shown).unwrap()
}

fn subjects(shown: &Value) -> Vec<&str> {
    let all = shown.as_array().unwrap().iter();
    all.map(|one| one["subject"].as_str().unwrap()).collect()
}

fn p7b(site: &Site, name: &str, certificates: &[&[u8]]) -> PathBuf {
    let path = site.folder.path().join(name);
    fs::write(&path, collection(certificates)).unwrap();
    path
}
