//! The PKCS #11 modules that the computer knows, from p11-kit's configuration.
//!
//! The files are those of `pkcs11.conf(5)`. They are read here, and not by p11-kit's library,
//! because that library loads what it reads; here each entry is judged first.

mod merge;
mod parse;
mod verdict;

use std::path::{Path, PathBuf};

pub(crate) use merge::{Entry, Unreadable};
pub(crate) use parse::Values;
pub(crate) use verdict::{Verdict, chosen, judge};

/// Where p11-kit's configuration lies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct P11Kit {
    /// The system's settings, `/etc/pkcs11/pkcs11.conf`.
    pub system_settings: Option<PathBuf>,
    /// The folder of modules that the administrator names, `/etc/pkcs11/modules`.
    pub system_modules: Option<PathBuf>,
    /// The folder of modules that packages name, `/usr/share/p11-kit/modules`.
    pub package_modules: Option<PathBuf>,
    /// The user's settings, `~/.config/pkcs11/pkcs11.conf`.
    pub user_settings: Option<PathBuf>,
    /// The folder of modules that the user names, `~/.config/pkcs11/modules`.
    pub user_modules: Option<PathBuf>,
    /// The folders in which a module named without a folder is looked for.
    pub module_folders: Vec<PathBuf>,
}

impl P11Kit {
    /// The places that p11-kit itself uses on this computer.
    pub fn of_this_computer() -> Self {
        let user = std::env::home_dir().map(|home| home.join(".config/pkcs11"));
        Self {
            system_settings: Some(PathBuf::from("/etc/pkcs11/pkcs11.conf")),
            system_modules: Some(PathBuf::from("/etc/pkcs11/modules")),
            package_modules: Some(PathBuf::from("/usr/share/p11-kit/modules")),
            user_settings: user.as_ref().map(|user| user.join("pkcs11.conf")),
            user_modules: user.as_ref().map(|user| user.join("modules")),
            module_folders: module_folders(),
        }
    }

    /// No configuration at all, for a program that names its modules itself.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every entry, with user, administrator and package files merged, by priority and name.
    pub(crate) fn entries(&self) -> (Vec<Entry>, Vec<Unreadable>) {
        merge::entries(self)
    }

    /// The file that a bare name stands for. When no folder has it, the first folder is named.
    pub(crate) fn resolve(&self, name: &Path) -> PathBuf {
        let candidates = self.module_folders.iter().map(|folder| folder.join(name));
        candidates
            .clone()
            .find(|path| path.exists())
            .or_else(|| candidates.clone().next())
            .unwrap_or_else(|| name.to_owned())
    }
}

/// The folders that p11-kit was built with, on the platforms we know.
fn module_folders() -> Vec<PathBuf> {
    let arch = std::env::consts::ARCH;
    let mut folders = vec![
        format!("/usr/lib/{arch}-linux-gnu/pkcs11"),
        "/usr/lib64/pkcs11".to_owned(),
        "/usr/lib/pkcs11".to_owned(),
    ];
    if arch == "x86" {
        folders.insert(0, "/usr/lib/i386-linux-gnu/pkcs11".to_owned());
    }
    if arch == "arm" {
        folders.insert(0, "/usr/lib/arm-linux-gnueabihf/pkcs11".to_owned());
    }
    if cfg!(target_os = "macos") {
        folders.push("/opt/homebrew/lib/pkcs11".to_owned());
        folders.push("/usr/local/lib/pkcs11".to_owned());
    }
    folders.into_iter().map(PathBuf::from).collect()
}
