//! Imports beside other changes: whoever comes second does not undo what the first did.

use std::process::{Child, Command, Stdio};

use certauth::directory::plan::{File, Rest, Undone, plan};
use certauth::store::{DocumentKind, Store as _};
use serde_json::{Value, json};

use super::directory::{GROUP, LEE, documents, entry};
use super::{Site, now, succeeded, text, texts};
use crate::support::pki::Authority;

#[tokio::test]
async fn of_two_imports_at_once_each_is_whole_or_not_at_all() {
    let site = Site::new();
    for round in 0..4 {
        let files: Vec<_> = ["a", "b"]
            .map(|half| {
                let groups: Vec<Value> = (0..40)
                    .map(|number| group(&format!("{round}-{half}-{number}"), &[]))
                    .collect();
                site.file(&format!("{half}.json"), &json!(groups).to_string())
            })
            .into();
        let running: Vec<Child> = files.iter().map(|file| start(&site, text(file))).collect();
        let ended: Vec<_> = running
            .into_iter()
            .map(|child| child.wait_with_output().unwrap())
            .collect();
        let store = site.store().await;
        let tenant = store.tenants().await.unwrap().remove(0);
        let kept = store
            .documents(&tenant.id, &[DocumentKind::Group])
            .await
            .unwrap();
        assert!(ended.iter().any(|one| one.status.success()), "{ended:?}");
        for (half, output) in ["a", "b"].iter().zip(&ended) {
            let whole = kept
                .iter()
                .filter(|one| one.id.starts_with(&format!("{round}-{half}-")))
                .count();
            if output.status.success() {
                assert_eq!(whole, 40);
            } else {
                assert_eq!(whole, 0);
                let (_, said) = texts(output);
                assert!(said.contains("was changed meanwhile"), "{said}");
            }
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_plan_that_was_overtaken_changes_nothing_and_no_password_comes_back() {
    let site = Site::new();
    let add = [
        "user",
        "add",
        "--upn",
        "lee@meridian.example",
        "--name",
        "Lee",
    ];
    succeeded(&site.run(&add, ""));
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let file = |value: Value| File {
        name: "f".to_owned(),
        bytes: value.to_string().into_bytes(),
    };
    let user = json!({ "userPrincipalName": "lee@meridian.example", "displayName": "Lee Park" });
    let time = certs::Time::from_unix(now());
    let files = [file(json!([user]))];
    let planned = plan(&store, &tenant, &files, Rest::Keep, time)
        .await
        .unwrap();
    let mut lee = store
        .user_by_name(&tenant.id, "lee@meridian.example")
        .await
        .unwrap()
        .unwrap();
    lee.administrator = true;
    store.put_user(&lee).await.unwrap();
    let undone = planned.apply(&store).await.unwrap_err();
    assert!(matches!(undone, Undone::Overtaken), "{undone}");
    let kept = store.user(&tenant.id, &lee.account.id).await.unwrap();
    assert_eq!(kept, Some(lee.clone()));

    // Two plans from one state: the second is overtaken by the first.
    let first = plan(&store, &tenant, &files, Rest::Keep, time)
        .await
        .unwrap();
    let other = [file(json!([group("g", &[&lee.account.id])]))];
    let second = plan(&store, &tenant, &other, Rest::Keep, time)
        .await
        .unwrap();
    first.apply(&store).await.unwrap();
    assert!(matches!(second.apply(&store).await, Err(Undone::Overtaken)));
    let groups = store.documents(&tenant.id, &[DocumentKind::Group]).await;
    assert_eq!(groups.unwrap(), []);

    // Somebody was added with the id that the plan is about to add.
    let tenant = store.tenants().await.unwrap().remove(0);
    let new = json!({ "id": "sam", "userPrincipalName": "sam@meridian.example" });
    let files = [file(json!([new]))];
    let planned = plan(&store, &tenant, &files, Rest::Keep, time)
        .await
        .unwrap();
    let mut sam = lee.clone();
    sam.account.id = "sam".to_owned();
    sam.account.user_principal_name = "other@meridian.example".to_owned();
    store.put_user(&sam).await.unwrap();
    assert!(matches!(
        planned.apply(&store).await,
        Err(Undone::Overtaken)
    ));
    let kept = store.user(&tenant.id, "sam").await.unwrap();
    assert_eq!(kept, Some(sam));
}

#[tokio::test]
async fn a_group_that_is_imported_again_has_the_members_of_the_second_time() {
    let site = Site::new();
    let all = documents(&Authority::named("People CA"));
    succeeded(&site.run(&["import", "-", "--yes"], &all.to_string()));
    let kim = json!({ "id": "kim", "userPrincipalName": "kim@meridian.example" });
    succeeded(&site.run(&["import", "-", "--yes"], &kim.to_string()));
    let said = succeeded(&site.run(
        &["import", "-", "--yes"],
        &group(GROUP, &["kim", "nobody"]).to_string(),
    ));
    assert!(
        said.contains("~ change users lee@meridian.example"),
        "{said}"
    );
    assert!(
        said.contains("~ change users kim@meridian.example"),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "the member nobody of the group {GROUP} is no user here"
        )),
        "{said}"
    );
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let groups = async |id: &str| {
        store
            .user(&tenant.id, id)
            .await
            .unwrap()
            .unwrap()
            .account
            .groups
    };
    assert_eq!(groups(LEE).await, Vec::<String>::new());
    assert_eq!(groups("kim").await, [GROUP]);

    // A group that does not say its members leaves them as they are.
    let mut silent = group(GROUP, &[]);
    silent.as_object_mut().unwrap().remove("members");
    succeeded(&site.run(&["import", "-", "--yes"], &silent.to_string()));
    assert_eq!(groups("kim").await, [GROUP]);
    succeeded(&site.run(&["import", "-", "--yes"], &group(GROUP, &[LEE]).to_string()));
    assert_eq!(groups("kim").await, Vec::<String>::new());
    assert_eq!(groups(LEE).await, [GROUP]);

    // An id in capitals is the same id.
    let mut policy = all[3].clone();
    policy["id"] = json!(policy["id"].as_str().unwrap().to_uppercase());
    let said = succeeded(&site.run(&["import", "-", "--yes"], &policy.to_string()));
    assert!(
        said.contains("~ change conditional-access Strong for payroll"),
        "{said}"
    );
    let kinds = [DocumentKind::ConditionalAccess];
    assert_eq!(store.documents(&tenant.id, &kinds).await.unwrap().len(), 1);
}

#[test]
fn a_collection_of_authorities_names_its_container() {
    let site = Site::new();
    let (one, two, three) = (
        Authority::named("One"),
        Authority::named("Two"),
        Authority::named("Three"),
    );
    let context = |id: &str, rest: &str| {
        format!(
            "https://directory.example/$metadata#directory/publicKeyInfrastructure/\
             certificateBasedAuthConfigurations({id})/certificateAuthorities{rest}"
        )
    };
    let collection = json!({
        "@odata.context": context("'c1'", ""),
        "value": [entry(&one)],
    });
    let mut single = entry(&two);
    single["@odata.context"] = json!(context("c1", "/$entity"));
    let mut elsewhere = entry(&three);
    elsewhere["@odata.context"] = json!(context("'unknown'", "/$entity"));
    let container = json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
        "id": "c1", "displayName": "Contoso PKI", "status": "succeeded",
    });
    // The container comes last: two requests export it and its authorities, in any order.
    let files: Vec<_> = [collection, single, elsewhere, container]
        .iter()
        .enumerate()
        .map(|(place, document)| site.file(&format!("{place}.json"), &document.to_string()))
        .collect();
    let mut import = vec!["import", "--yes"];
    import.extend(files.iter().map(|file| text(file)));
    let said = succeeded(&site.run(&import, ""));
    for (name, place) in [
        ("One", "in the container Contoso PKI"),
        ("Two", "in the container Contoso PKI"),
        ("Three", "in no container"),
    ] {
        let line = format!("+ add ca CN={name}\n    root, {place}\n");
        assert!(said.contains(&line), "{line}: {said}");
    }
}

#[tokio::test]
async fn authorities_that_were_exported_apart_say_where_they_stand() {
    let site = Site::new();
    let (one, two) = (Authority::named("One"), Authority::named("Two"));
    let pki = json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki", "id": "p",
        "displayName": "Contoso PKI", "certificateAuthorities": [entry(&one)],
    });
    succeeded(&site.run(&["import", "-", "--yes"], &pki.to_string()));
    let apart = json!({ "value": [entry(&one), entry(&two)] }).to_string();
    let said = succeeded(&site.run(&["import", "-", "--yes"], &apart));
    assert!(
        said.contains("+ add ca CN=Two\n    root, in no container"),
        "{said}"
    );
    assert!(said.contains("CN=Two is in no container"), "{said}");
    assert!(
        said.contains("CN=One stays in the container Contoso PKI"),
        "{said}"
    );
    // Its container goes, and it is imported apart: it stands by itself.
    succeeded(&site.run(&["pki", "delete", "Contoso PKI", "--yes"], ""));
    let said = succeeded(&site.run(&["import", "-", "--yes"], &apart));
    assert!(said.contains("+ restore ca CN=One"), "{said}");
    let exported = succeeded(&site.run(&["export", "pki"], ""));
    assert!(!exported.contains("Contoso PKI"), "{exported}");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["value"].as_array().unwrap().len(), 2);
}

fn start(site: &Site, file: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_certauth"))
        .args(["--config", text(&site.dir.join("certauth.toml"))])
        .args(["import", file, "--yes"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn group(id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "id": id })).collect();
    json!({
        "@odata.type": "#microsoft.graph.group", "id": id, "displayName": id,
        "members": members,
    })
}
