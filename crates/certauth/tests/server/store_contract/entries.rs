//! What is written is read back, and names stay unique.

use std::sync::Arc;

use certauth::server::uuid;
use certauth::store::{
    self, Application, CrlState, CrlValidation, Detail, JourneyRow, LogRow, Once, OnceKind,
    Purpose, SealedKey, Session, Sources, Store, StoreError, Tenant, User, Validation,
};
use policy::{Account, Affinity, Requirement, Strength, StrengthRule, password};
use serde_json::json;

use super::already_there;
use super::single_use::refresh;
use crate::support::pki::Authority;
use crate::support::site::{tenant, trusted};

pub(crate) async fn a_tenant_is_found_by_id_and_domain_and_counts_its_changes(
    store: Arc<dyn Store>,
) {
    let mut written = tenant();
    written.domains = vec!["Meridian.example".to_owned(), "m.example".to_owned()];
    written.help_url = Some("https://help.example/".to_owned());
    store.put_tenant(&written).await.unwrap();
    let read = store.tenant(&written.id).await.unwrap().unwrap();
    assert_eq!(read.version, 1);
    assert_eq!(read.domains, ["meridian.example", "m.example"]);
    assert_eq!(read.help_url, written.help_url);
    for name in ["meridian.example", "MERIDIAN.EXAMPLE", "m.example"] {
        let found = store.tenant(name).await.unwrap();
        assert_eq!(found.as_ref(), Some(&read), "{name}");
    }
    assert_eq!(store.tenant("other.example").await.unwrap(), None);

    let mut changed = read.clone();
    changed.domains = vec!["m.example".to_owned()];
    changed.method.rules.push(StrengthRule::PolicyOid {
        policy_oid: "1.2.3".to_owned(),
        strength: Strength::MultiFactor,
        required_affinity: Affinity::Low,
    });
    store.put_tenant(&changed).await.unwrap();
    let read = store.tenant("m.example").await.unwrap().unwrap();
    assert_eq!((read.version, &read.method), (2, &changed.method));
    assert_eq!(store.tenant("meridian.example").await.unwrap(), None);

    let mut other = tenant();
    other.domains = vec!["M.example".to_owned()];
    already_there(store.put_tenant(&other).await);
    assert_eq!(store.tenants().await.unwrap(), [read]);
}

pub(crate) async fn a_user_is_found_without_regard_to_case(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let mut written = user(&tenant, "lee");
    written.account.user_principal_name = "Lee@Meridian.example".into();
    written.password = Some(password::hash("correct horse", &[1; 16]).unwrap());
    written.code_secret = Some(b"sealed".to_vec());
    written.account.groups = vec!["staff".to_owned()];
    store.put_user(&written).await.unwrap();
    written.account.has_password = true;
    written.account.has_code = true;
    for name in ["lee@meridian.example", "LEE@MERIDIAN.EXAMPLE"] {
        let found = store.user_by_name(&tenant.id, name).await.unwrap();
        assert_eq!(found.as_ref(), Some(&written), "{name}");
    }
    assert_eq!(
        store.user(&tenant.id, "lee").await.unwrap(),
        Some(written.clone())
    );
    assert_eq!(store.users(&tenant.id).await.unwrap(), [written]);
    for tenant in ["other", ""] {
        assert_eq!(store.user(tenant, "lee").await.unwrap(), None);
        let found = store.user_by_name(tenant, "lee@meridian.example").await;
        assert_eq!(found.unwrap(), None);
    }
}

pub(crate) async fn a_username_and_a_certificate_value_belong_to_one_user(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let mut lee = user(&tenant, "lee");
    lee.account.certificate_user_ids = vec!["X509:<PN>lee@card".to_owned()];
    store.put_user(&lee).await.unwrap();

    let mut same_name = user(&tenant, "other");
    same_name.account.user_principal_name = "LEE@meridian.example".into();
    let said = already_there(store.put_user(&same_name).await);
    assert_eq!(said, "the user LEE@meridian.example exists already");

    let mut sam = user(&tenant, "sam");
    sam.account.certificate_user_ids = vec!["X509:<PN>LEE@card".to_owned()];
    let said = already_there(store.put_user(&sam).await);
    assert!(said.contains("X509:<PN>LEE@card"), "{said}");
    assert_eq!(store.user(&tenant.id, "sam").await.unwrap(), None);

    // A value that its user gives up is free again.
    lee.account.certificate_user_ids.clear();
    store.put_user(&lee).await.unwrap();
    store.put_user(&sam).await.unwrap();

    // Another tenant has its own.
    let mut elsewhere = crate::support::site::tenant();
    elsewhere.domains = vec!["other.example".to_owned()];
    store.put_tenant(&elsewhere).await.unwrap();
    sam.tenant.clone_from(&elsewhere.id);
    store.put_user(&sam).await.unwrap();
}

pub(crate) async fn an_application_is_read_back_and_replaced(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let mut written = application(&tenant, "payroll");
    store.put_application(&written).await.unwrap();
    let read = store.application(&tenant.id, "payroll").await.unwrap();
    assert_eq!(read.as_ref(), Some(&written));
    written.application.requires = Requirement::MultiFactor;
    store.put_application(&written).await.unwrap();
    let other = application(&tenant, "archive");
    store.put_application(&other).await.unwrap();
    let all = store.applications(&tenant.id).await.unwrap();
    assert_eq!(all, [other, written]);
    assert_eq!(store.application("other", "payroll").await.unwrap(), None);
}

pub(crate) async fn an_authority_is_added_once_and_changes_the_tenant(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let root = Authority::named("Root");
    let written = trusted(&tenant, &root, Some("http://crl.example/".to_owned()));
    store.put_authority(&written).await.unwrap();
    let all = store.authorities(&tenant.id).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&written));
    let version = store.tenant(&tenant.id).await.unwrap().unwrap().version;
    assert_eq!(version, tenant.version + 1);
    already_there(store.put_authority(&trusted(&tenant, &root, None)).await);
}

pub(crate) async fn an_authority_is_changed_and_removed_with_its_lists(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let root = Authority::named("Root");
    let mut written = trusted(&tenant, &root, None);
    written.sources = Sources {
        crl_urls: vec![ONE.to_owned(), TWO.to_owned()],
        delta_crl_url: Some("http://crl.example/delta".to_owned()),
        ocsp_url: Some("http://ocsp.example/".to_owned()),
        requirement: store::Requirement::Grace { hours: 24 },
    };
    store.put_authority(&written).await.unwrap();
    for url in [ONE, TWO] {
        let state = state(&written.id, url);
        store.put_crl(&state, Some(b"list")).await.unwrap();
    }
    written.name = Some("The root".to_owned());
    written.root = false;
    written.sources.crl_urls = vec![TWO.to_owned()];
    assert!(store.update_authority(&written).await.unwrap());
    let all = store.authorities(&tenant.id).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&written));
    let version = store.tenant(&tenant.id).await.unwrap().unwrap().version;
    assert_eq!(version, tenant.version + 2);
    let kept: Vec<String> = store
        .crl_states(&tenant.id)
        .await
        .unwrap()
        .into_iter()
        .map(|state| state.url)
        .collect();
    assert_eq!(kept, [TWO]);
    assert_eq!(store.crl(&written.id, ONE).await.unwrap(), None);

    assert!(!store.remove_authority("other", &written.id).await.unwrap());
    assert!(
        store
            .remove_authority(&tenant.id, &written.id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .remove_authority(&tenant.id, &written.id)
            .await
            .unwrap()
    );
    assert!(!store.update_authority(&written).await.unwrap());
    assert_eq!(store.authorities(&tenant.id).await.unwrap(), []);
    assert_eq!(store.crl(&written.id, TWO).await.unwrap(), None);
    let version = store.tenant(&tenant.id).await.unwrap().unwrap().version;
    assert_eq!(version, tenant.version + 3);
}

pub(crate) async fn a_list_is_replaced_by_whoever_saw_the_last_one(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    let root = Authority::named("Root");
    let authority = trusted(&tenant, &root, Some(ONE.to_owned()));
    store.put_authority(&authority).await.unwrap();
    assert_eq!(store.crl(&authority.id, ONE).await.unwrap(), None);
    assert_eq!(store.crl_state(&authority.id, ONE).await.unwrap(), None);

    // An attempt that failed is written down without a list.
    let mut state = state(&authority.id, ONE);
    state.failures = 3;
    assert_eq!(store.put_crl(&state, None).await.unwrap(), 0);
    assert_eq!(
        store.crl_states(&tenant.id).await.unwrap(),
        std::slice::from_ref(&state)
    );
    assert_eq!(store.crl(&authority.id, ONE).await.unwrap(), None);

    for (version, der) in [(1, b"first".as_slice()), (2, b"second")] {
        state.fetched_at = Some(version);
        assert_eq!(store.put_crl(&state, Some(der)).await.unwrap(), version);
        state.version = version;
        let stored = store.crl(&authority.id, ONE).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.der.as_slice()), (version, der));
        let read = store.crl_state(&authority.id, ONE).await.unwrap();
        assert_eq!(read.as_ref(), Some(&state));
    }

    // Somebody who saw the first list only.
    let late = CrlState {
        version: 1,
        ..state.clone()
    };
    for der in [Some(b"late".as_slice()), None] {
        let refused = store.put_crl(&late, der).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    }
    let stored = store.crl(&authority.id, ONE).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.der.as_slice()), (2, &b"second"[..]));
}

pub(crate) async fn what_a_tenant_asks_of_certificates_is_kept(store: Arc<dyn Store>) {
    let mut tenant = tenant_in(&*store).await;
    tenant.validation = Validation {
        crl_validation_configuration: CrlValidation {
            required: true,
            exempted_subject_key_identifiers: vec!["ab12".to_owned()],
        },
        purpose: Purpose::PivAuthentication,
        initial_policies: vec!["1.2.3".to_owned()],
        require_explicit_policy: true,
    };
    store.put_tenant(&tenant).await.unwrap();
    let read = store.tenant(&tenant.id).await.unwrap().unwrap();
    assert_eq!(read.validation, tenant.validation);
}

fn state(authority: &str, url: &str) -> CrlState {
    CrlState {
        authority: authority.to_owned(),
        url: url.to_owned(),
        ..CrlState::default()
    }
}

const ONE: &str = "http://crl.example/one.crl";
const TWO: &str = "http://crl.example/two.crl";

pub(crate) async fn a_session_is_found_by_key_and_stays_ended(store: Arc<dyn Store>) {
    let mut written = session("one", "key one");
    written.parent = Some("parent".to_owned());
    store.add_session(&written).await.unwrap();
    already_there(store.add_session(&session("two", "key one")).await);
    let by_key = store.session_by_key("key one").await.unwrap();
    assert_eq!(by_key.as_ref(), Some(&written));
    assert_eq!(store.session("one").await.unwrap(), by_key);
    assert_eq!(store.session_by_key("one").await.unwrap(), None);

    let read_before_its_end = written.clone();
    written.ended_at = Some(60);
    written.expires_at = 200;
    store.update_session(&written).await.unwrap();
    assert_eq!(store.session("one").await.unwrap(), Some(written));
    store.update_session(&read_before_its_end).await.unwrap();
    let after = store.session("one").await.unwrap().unwrap();
    assert_eq!(after.ended_at, Some(60));
}

pub(crate) async fn the_log_keeps_every_field_and_its_order(store: Arc<dyn Store>) {
    let full = LogRow {
        sequence: 0,
        id: uuid(),
        created_at: 5,
        tenant: "meridian".to_owned(),
        correlation_id: "c".to_owned(),
        account: Some("lee".to_owned()),
        username: Some("lee@meridian.example".to_owned()),
        application: Some("payroll".to_owned()),
        address: Some("127.0.0.1:5".to_owned()),
        result: "failure".to_owned(),
        code: 500_171,
        step: "certificate".to_owned(),
        factors: vec!["certificate".to_owned()],
        details: vec![Detail {
            key: "User certificate binding".to_owned(),
            value: "PrincipalName".to_owned(),
        }],
        explanation: Some(json!({ "code": 500_171 })),
    };
    let empty = LogRow {
        id: uuid(),
        tenant: "meridian".to_owned(),
        ..LogRow::default()
    };
    let elsewhere = LogRow {
        id: uuid(),
        tenant: "other".to_owned(),
        ..LogRow::default()
    };
    store.log(&[full.clone(), elsewhere]).await.unwrap();
    store.log(std::slice::from_ref(&empty)).await.unwrap();
    store.log(&[]).await.unwrap();
    let rows = store.log_rows("meridian", 10).await.unwrap();
    let [second, first] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert!(second.sequence > first.sequence);
    let unnumbered = |row: &LogRow| LogRow {
        sequence: 0,
        ..row.clone()
    };
    assert_eq!(unnumbered(first), full);
    assert_eq!(unnumbered(second), empty);
    let newest = store.log_rows("meridian", 1).await.unwrap();
    assert_eq!(newest, std::slice::from_ref(second));
    assert_eq!(store.log_rows("nobody", 10).await.unwrap(), []);
}

pub(crate) async fn rows_of_one_call_are_logged_all_or_none(store: Arc<dyn Store>) {
    let row = |id: &str| LogRow {
        id: id.to_owned(),
        tenant: "meridian".to_owned(),
        ..LogRow::default()
    };
    store.log(&[row("a")]).await.unwrap();
    store.log(&[row("b"), row("a")]).await.unwrap_err();
    let rows = store.log_rows("meridian", 10).await.unwrap();
    assert_eq!(rows.len(), 1);
}

pub(crate) async fn signing_keys_come_newest_first(store: Arc<dyn Store>) {
    let key = |id: &str, created_at| SealedKey {
        id: id.to_owned(),
        algorithm: "ES256".to_owned(),
        sealed: vec![1, 2, 3],
        created_at,
    };
    store.add_signing_key(&key("old", 1)).await.unwrap();
    store.add_signing_key(&key("new", 2)).await.unwrap();
    already_there(store.add_signing_key(&key("new", 3)).await);
    assert_eq!(
        store.signing_keys().await.unwrap(),
        [key("new", 2), key("old", 1)]
    );
}

pub(crate) async fn what_has_ended_is_swept_and_nothing_else(store: Arc<dyn Store>) {
    let journey = |id: &str, expires_at| JourneyRow {
        id_sha256: id.to_owned(),
        tenant: "t".to_owned(),
        state: "{}".to_owned(),
        expires_at,
        version: 0,
    };
    for (name, expires_at) in [("past", 99), ("yet", 100)] {
        store.add_journey(&journey(name, expires_at)).await.unwrap();
        let once = Once {
            kind: OnceKind::ProofId,
            key_sha256: name.to_owned(),
            payload: String::new(),
            expires_at,
        };
        store.put_once(&once).await.unwrap();
        let mut session = session(name, name);
        session.expires_at = expires_at;
        store.add_session(&session).await.unwrap();
        let mut token = refresh(name);
        token.expires_at = expires_at;
        store.add_refresh_token(&token).await.unwrap();
    }
    store.sweep(100).await.unwrap();
    for (name, stays) in [("past", false), ("yet", true)] {
        assert_eq!(store.journey(name).await.unwrap().is_some(), stays);
        assert_eq!(store.session(name).await.unwrap().is_some(), stays);
        assert_eq!(store.refresh_token(name).await.unwrap().is_some(), stays);
        let once = store.take_once(OnceKind::ProofId, name, 0).await.unwrap();
        assert_eq!(once.is_some(), stays);
    }
    store.ready().await.unwrap();
}

/// A tenant that is in the store.
pub(crate) async fn tenant_in(store: &dyn Store) -> Tenant {
    let tenant = tenant();
    store.put_tenant(&tenant).await.unwrap();
    store.tenant(&tenant.id).await.unwrap().unwrap()
}

/// A user without secrets.
pub(crate) fn user(tenant: &Tenant, id: &str) -> User {
    User {
        account: Account {
            id: id.to_owned(),
            user_principal_name: format!("{id}@meridian.example"),
            on_premises_user_principal_name: None,
            certificate_user_ids: Vec::new(),
            display_name: id.to_owned(),
            enabled: true,
            groups: Vec::new(),
            has_password: false,
            has_code: false,
            has_passkey: false,
        },
        tenant: tenant.id.clone(),
        password: None,
        code_secret: None,
        administrator: false,
    }
}

fn application(tenant: &Tenant, id: &str) -> Application {
    Application {
        application: policy::Application {
            id: id.to_owned(),
            name: id.to_owned(),
            requires: Requirement::Any,
        },
        tenant: tenant.id.clone(),
        description: "An application".to_owned(),
        redirect_uris: vec!["https://payroll.example/callback".to_owned()],
        post_logout_redirect_uris: vec!["https://payroll.example/".to_owned()],
        initiate_login_uri: Some("https://payroll.example/login".to_owned()),
        secret_sha256: Some("ab".repeat(32)),
        first_party: false,
        allow_bearer: true,
        id_token_alg: "RS256".to_owned(),
        listed: true,
    }
}

fn session(id: &str, key: &str) -> Session {
    let recorded = json!({
        "account": "lee",
        "proofs": [{ "factor": "password", "at": 5, "strength": "single_factor" }],
    });
    Session {
        id: id.to_owned(),
        tenant: "t".to_owned(),
        account: "lee".to_owned(),
        key_sha256: key.to_owned(),
        jkt: Some("thumbprint".to_owned()),
        parent: None,
        recorded: serde_json::from_value(recorded).unwrap(),
        started_at: 5,
        expires_at: 100,
        ended_at: None,
    }
}
