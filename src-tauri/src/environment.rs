//! The environment that the window starts in.
//!
//! Variables that let another program drive or inspect the page would show it every PIN that is
//! typed there. They are read by libraries before any code of ours can object, so the program
//! starts itself anew without them before it does anything else.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Command;

/// Starts this program again without the variables that open the page to others; does nothing
/// where none is set.
///
/// # Errors
///
/// Whatever kept the system from starting the program again. The caller ends then: going on would
/// open the page.
pub fn leave_inspectors_out() -> io::Result<()> {
    let names = opening(std::env::vars_os().map(|(name, _)| name));
    if names.is_empty() {
        return Ok(());
    }
    let mut again = Command::new(std::env::current_exe()?);
    again.args(std::env::args_os().skip(1));
    for name in &names {
        again.env_remove(name);
    }
    replace_by(again)
}

/// Gives those of the names that open the page to other programs.
pub fn opening(names: impl Iterator<Item = OsString>) -> Vec<OsString> {
    names.filter(|name| opens(name)).collect()
}

fn opens(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    NAMES.contains(&name.as_str())
        || BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

#[cfg(unix)]
fn replace_by(mut program: Command) -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    Err(program.exec())
}

#[cfg(not(unix))]
fn replace_by(mut program: Command) -> io::Result<()> {
    let status = program.status()?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Variables that hand the page, or the widgets around it, to a debugger or a test driver.
const NAMES: [&str; 4] = [
    "TAURI_WEBVIEW_AUTOMATION",
    "TAURI_AUTOMATION",
    "GTK_DEBUG",
    "GTK_MODULES",
];

/// Beginnings of such variables: `WEBKIT_INSPECTOR_SERVER`, `WEBKIT_INSPECTOR_HTTP_SERVER`,
/// `WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS` and the like.
const BEGINNINGS: [&str; 2] = ["WEBKIT_INSPECTOR", "WEBVIEW2_"];

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::opening;

    fn left_out(names: &[&str]) -> Vec<OsString> {
        opening(names.iter().map(OsString::from))
    }

    #[test]
    fn what_opens_the_page_to_others_is_left_out() {
        for name in [
            "TAURI_WEBVIEW_AUTOMATION",
            "WEBKIT_INSPECTOR_SERVER",
            "WEBKIT_INSPECTOR_HTTP_SERVER",
            "webview2_additional_browser_arguments",
            "GTK_DEBUG",
        ] {
            assert_eq!(left_out(&[name]), [name]);
        }
    }

    #[test]
    fn everything_else_stays() {
        let stays = [
            "PATH",
            "DISPLAY",
            "SOFTHSM2_CONF",
            "WEBKIT_DISABLE_DMABUF_RENDERER",
            "GTK_THEME",
        ];
        assert!(left_out(&stays).is_empty());
    }
}
