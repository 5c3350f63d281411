//! The boundary between page and program, on a window that needs no display.

use std::sync::{Arc, Mutex, MutexGuard};

use lanyard_desktop::{Talk, context, with_commands};
use serde_json::{Value, json};
use sign_in::State;
use sign_in::intent::Intent;
use sign_in::view::View;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

#[test]
fn the_page_reads_the_view() {
    let world = World::new();
    let answer = world.ask("main", "view", json!({})).expect("the page may");
    let expected = serde_json::to_value(first_view()).expect("a view is JSON");
    assert_eq!(answer, expected);
}

#[test]
fn what_the_page_says_reaches_the_conversation() {
    let world = World::new();
    let intent = json!({ "intent": { "intent": "selectCertificate", "sha256": "ab" } });
    world.ask("main", "intent", intent).expect("the page may");
    world
        .ask("main", "submit_pin", json!({ "pin": "123456" }))
        .expect("the page may");
    world
        .ask("main", "submit_password", json!({ "password": "word" }))
        .expect("the page may");
    world
        .ask("main", "submit_code", json!({ "code": "654321" }))
        .expect("the page may");
    let wanted = Intent::SelectCertificate {
        sha256: "ab".to_owned(),
    };
    let said = ["pin 123456", "password word", "code 654321"].map(str::to_owned);
    assert_eq!(
        *world.heard(),
        [vec![format!("{wanted:?}")], said.to_vec()].concat()
    );
}

#[test]
fn an_intent_with_a_secret_in_it_is_no_intent() {
    let world = World::new();
    let intent = json!({ "intent": { "intent": "submitPin", "pin": "123456" } });
    assert!(world.ask("main", "intent", intent).is_err());
    assert!(world.heard().is_empty());
}

#[test]
fn a_command_that_is_not_listed_is_denied() {
    let world = World::new();
    let refusal = world
        .ask("main", "unlisted", json!({}))
        .expect_err("it is not listed");
    assert!(refusal.to_string().contains("not allowed"), "{refusal}");
}

#[test]
fn commands_of_the_framework_are_denied() {
    let world = World::new();
    for command in [
        "plugin:event|emit",
        "plugin:event|emit_to",
        "plugin:window|close",
        "plugin:window|create",
        "plugin:webview|create_webview_window",
        "plugin:webview|internal_toggle_devtools",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "plugin:resources|close",
    ] {
        let refusal = world.ask("main", command, json!({})).expect_err(command);
        assert!(
            refusal.to_string().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
}

#[test]
fn the_page_may_listen() {
    let world = World::new();
    let event = json!({ "event": "view", "target": { "kind": "Any" }, "handler": 7 });
    world
        .ask("main", "plugin:event|listen", event)
        .expect("the page may");
}

#[test]
fn a_second_window_gets_nothing() {
    let world = World::new();
    let listen = json!({ "event": "view", "target": { "kind": "Any" }, "handler": 7 });
    for (command, body) in [
        ("view", json!({})),
        ("intent", json!({ "intent": { "intent": "startOver" } })),
        ("submit_pin", json!({ "pin": "123456" })),
        ("submit_password", json!({ "password": "word" })),
        ("submit_code", json!({ "code": "654321" })),
        ("copy_details", json!({ "text": "text" })),
        ("plugin:event|listen", listen),
    ] {
        let refusal = world.ask("second", command, body).expect_err(command);
        assert!(
            refusal.to_string().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
    assert!(world.heard().is_empty());
}

#[test]
fn a_page_from_elsewhere_gets_nothing_even_in_the_window() {
    let world = World::new();
    let refusal = world.ask_from("https://login.example/", "main", "view", json!({}));
    assert!(refusal.is_err());
}

#[test]
fn the_page_may_load_nothing_but_its_own_files() {
    let context = context::<MockRuntime>();
    let policy = context
        .config()
        .app
        .security
        .csp
        .as_ref()
        .expect("there is a policy")
        .to_string();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    for word in ["unsafe-inline", "unsafe-eval", "*", "https:"] {
        assert!(!policy.contains(word), "{policy}");
    }
    assert!(!context.config().app.with_global_tauri);
}

/// A program with a window, a second one, and somebody who notes what is said.
struct World {
    _app: App<MockRuntime>,
    windows: Vec<WebviewWindow<MockRuntime>>,
    notes: Arc<Notes>,
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl World {
    fn new() -> Self {
        let notes = Arc::new(Notes::default());
        let commands = with_commands(mock_builder(), Arc::clone(&notes) as Arc<dyn Talk>);
        let app = commands.build(context()).expect("the program is built");
        let windows = ["main", "second"].map(|label| {
            WebviewWindowBuilder::new(&app, label, tauri::WebviewUrl::default())
                .build()
                .expect("a window")
        });
        Self {
            _app: app,
            windows: windows.into(),
            notes,
        }
    }

    fn heard(&self) -> MutexGuard<'_, Vec<String>> {
        self.notes.0.lock().expect("nobody panicked")
    }

    fn ask(&self, window: &str, command: &str, body: Value) -> Result<Value, Value> {
        let own = if cfg!(windows) {
            "http://tauri.localhost"
        } else {
            "tauri://localhost"
        };
        self.ask_from(own, window, command, body)
    }

    fn ask_from(&self, page: &str, label: &str, cmd: &str, body: Value) -> Result<Value, Value> {
        let window = self
            .windows
            .iter()
            .find(|window| window.label() == label)
            .expect("a window");
        let request = InvokeRequest {
            cmd: cmd.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: page.parse().expect("an address"),
            body: InvokeBody::Json(body),
            headers: tauri::http::HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(window, request).map(|said| said.deserialize().expect("it is JSON"))
    }
}

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().expect("nobody panicked").push(text);
    }
}

impl Talk for Notes {
    fn view(&self) -> View {
        first_view()
    }

    fn wants(&self, intent: Intent) {
        self.note(format!("{intent:?}"));
    }

    fn submit_pin(&self, typed: String) {
        self.note(format!("pin {typed}"));
    }

    fn submit_password(&self, typed: String) {
        self.note(format!("password {typed}"));
    }

    fn submit_code(&self, typed: String) {
        self.note(format!("code {typed}"));
    }
}

fn first_view() -> View {
    let (state, _) = State::start();
    state.view(1_790_000_000)
}
