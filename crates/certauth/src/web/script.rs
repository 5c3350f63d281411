//! The scripts of the pages. Each is short, stands in its page, and runs because the page's policy
//! names its hash; without it the page works too.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A script that stands in a page.
#[derive(Debug)]
pub struct Script {
    /// Its text, exactly as it stands between the tags.
    pub text: &'static str,
    /// Its source in a content security policy.
    pub source: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
        Self {
            text,
            source: format!("'sha256-{hash}'"),
        }
    }
}

/// Presses Continue.
pub static CONTINUE: LazyLock<Script> = LazyLock::new(|| Script::new("document.forms[0].submit()"));

/// Shows the button that shows the password. The field is hidden again before it is sent, so that
/// the browser does not offer the password among things that were typed.
pub static SHOW_PASSWORD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "(()=>{\
         const field=document.getElementById('password'),button=document.getElementById('show');\
         const set=(shown)=>{\
         field.type=shown?'text':'password';\
         button.textContent=shown?'Hide password':'Show password'};\
         button.addEventListener('click',()=>{set(field.type==='password');field.focus()});\
         field.form.addEventListener('submit',()=>set(false));\
         button.hidden=false})()",
    )
});
