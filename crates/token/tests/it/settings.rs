//! Settings for modules that are loaded in the helper of this crate's tests.

use std::path::PathBuf;

use token::Settings;
use token::helper::Program;

/// These modules and no others.
pub(crate) fn only(modules: impl IntoIterator<Item = PathBuf>) -> Settings {
    Settings {
        helper: Program::at(env!("CARGO_BIN_EXE_token-helper")),
        ..Settings::only(modules)
    }
}
