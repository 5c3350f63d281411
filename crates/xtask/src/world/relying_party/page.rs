//! The demo applications' pages. They load nothing and run no script.

use serde_json::{Map, Value};

use super::provider::SignedIn;

/// Shows who signed in, and how.
pub fn welcome(application: &str, path: &str, signed_in: &SignedIn) -> String {
    let name = text(&signed_in.claims, "name");
    let account = text(&signed_in.claims, "preferred_username");
    let how = [
        ("Account", account),
        ("Methods (amr)", text(&signed_in.claims, "amr")),
        ("Strength (acr)", text(&signed_in.claims, "acr")),
        (
            "Signed in at (auth_time)",
            text(&signed_in.claims, "auth_time"),
        ),
    ]
    .map(|(label, value)| row(label, &value))
    .concat();
    let body = format!(
        "<p class=\"who\">Signed in as <strong>{}</strong></p><dl>{how}</dl>\
         <details><summary>All claims of the ID token</summary><dl>{}</dl></details>\
         <details><summary>Userinfo</summary><dl>{}</dl></details>\
         <p><a href=\"{path}/sign-out\">Sign out</a></p>",
        escape(&name),
        rows(&signed_in.claims),
        rows(&signed_in.user),
    );
    page(application, &body)
}

/// Offers to sign in.
pub fn front(application: &str, path: &str) -> String {
    let body = format!("<p>Nobody is signed in.</p><p><a href=\"{path}/sign-in\">Sign in</a></p>");
    page(application, &body)
}

/// Says what went wrong, and offers another attempt.
pub fn trouble(application: &str, path: &str, what: &str) -> String {
    let body = format!(
        "<p role=\"alert\">{}</p><p><a href=\"{path}/sign-in\">Sign in again</a></p>",
        escape(what)
    );
    page(application, &body)
}

fn page(application: &str, body: &str) -> String {
    let application = escape(application);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{application}</title>\
         <link rel=\"stylesheet\" href=\"/style.css\"></head>\
         <body><main><h1>{application}</h1>{body}</main></body></html>"
    )
}

fn rows(claims: &Map<String, Value>) -> String {
    claims
        .keys()
        .map(|name| row(name, &text(claims, name)))
        .collect()
}

fn row(label: &str, value: &str) -> String {
    format!("<dt>{}</dt><dd>{}</dd>", escape(label), escape(value))
}

fn text(claims: &Map<String, Value>, name: &str) -> String {
    match claims.get(name) {
        None | Some(Value::Null) => "not said".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| item.to_string(), str::to_owned)
            })
            .collect::<Vec<_>>()
            .join(", "),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => value.to_string(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The pages' style sheet.
pub const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
main{max-width:42rem;margin:4rem auto;padding:0 1rem}\
dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}\
details{margin:1rem 0}";

/// What the pages may load: their style sheet.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_cannot_add_markup() {
        let claims = json!({"name": "<script>Lee</script>", "amr": ["sc", "pwd"]});
        let signed_in = SignedIn {
            id_token: String::new(),
            claims: claims.as_object().expect("an object").clone(),
            user: Map::new(),
        };
        let page = welcome("Payroll", "/payroll", &signed_in);
        assert!(page.contains("&lt;script&gt;Lee"));
        assert!(!page.contains("<script>"));
        assert!(page.contains("<dd>sc, pwd</dd>"));
    }
}
