//! Deciding whether a module may be loaded.

use std::path::{Component, Path, PathBuf};

use super::{Entry, P11Kit};
use crate::{HeldBack, ModuleOrigin, Permission};

/// What becomes of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Load this file, whose links have been followed.
    Load(PathBuf),
    /// There is no such file.
    Missing(PathBuf),
    /// It stays unloaded.
    HeldBack(PathBuf, HeldBack),
}

/// Judges an entry of p11-kit's configuration.
pub(crate) fn judge(
    entry: &Entry,
    kit: &P11Kit,
    program: &str,
    permission: &Permission,
) -> Verdict {
    let value = |key: &str| entry.values.get(key).map(String::as_str);
    let named = value("module").unwrap_or_default();
    let held = |reason| Verdict::HeldBack(PathBuf::from(named), reason);
    if let Some(command) = value("remote") {
        return held(HeldBack::Remote {
            command: command.to_owned(),
        });
    }
    if value("trust-policy") == Some("yes") {
        return held(HeldBack::TrustPolicy);
    }
    if named.is_empty() {
        return held(HeldBack::NothingNamed);
    }
    if !enabled(value("enable-in"), value("disable-in"), program) {
        return held(HeldBack::Disabled);
    }
    if is_proxy(Path::new(named)) {
        return held(HeldBack::Proxy);
    }
    let path = if Path::new(named).is_absolute() {
        PathBuf::from(named)
    } else {
        kit.resolve(Path::new(named))
    };
    let Ok(file) = path.canonicalize() else {
        return Verdict::Missing(path);
    };
    // The proxy has several names, which are links.
    if is_proxy(&file) {
        return held(HeldBack::Proxy);
    }
    if permission.allows(&file) {
        return Verdict::Load(file);
    }
    let reason = match &entry.origin {
        ModuleOrigin::User { .. } => Some(HeldBack::UserFile),
        ModuleOrigin::System { .. } if is_relative(Path::new(named)) => {
            Some(HeldBack::RelativePath)
        }
        ModuleOrigin::System {
            file: configuration,
        } => writable_by_others(configuration)
            .or_else(|| writable_by_others(&file))
            .map(|path| HeldBack::WritableByOthers { path }),
        ModuleOrigin::Chosen => None,
    };
    match reason {
        Some(reason) => Verdict::HeldBack(file, reason),
        None => Verdict::Load(file),
    }
}

/// Judges a module that the person named. Naming it switched it on.
pub(crate) fn chosen(path: &Path) -> Verdict {
    match path.canonicalize() {
        Ok(file) => Verdict::Load(file),
        Err(_) => Verdict::Missing(path.to_owned()),
    }
}

/// `enable-in` lists the only programs that may use a module; `disable-in` those that may not.
fn enabled(enable_in: Option<&str>, disable_in: Option<&str>, program: &str) -> bool {
    let lists = |programs: &str| {
        programs
            .split(|letter: char| letter == ',' || letter.is_whitespace())
            .any(|name| name == program)
    };
    match (enable_in, disable_in) {
        (Some(programs), _) => lists(programs),
        (None, Some(programs)) => !lists(programs),
        (None, None) => true,
    }
}

/// p11-kit's proxy and client lead to modules that are listed by themselves.
fn is_proxy(module: &Path) -> bool {
    module
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| {
            ["p11-kit-proxy", "p11-kit-client", "libp11-kit"]
                .iter()
                .any(|proxy| name.starts_with(proxy))
        })
}

/// A bare name is looked up in the platform's own folder; any other relative path could lead
/// anywhere.
fn is_relative(named: &Path) -> bool {
    let mut parts = named.components();
    let bare = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(name)), None) if name != "~"
    );
    !named.is_absolute() && !bare
}

/// The file itself, or the folder above it, that somebody else could have changed.
#[cfg(unix)]
fn writable_by_others(file: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;

    const OTHERS: u32 = 0o002;
    const GROUP: u32 = 0o020;
    const STICKY: u32 = 0o1000;

    // What `/proc/self` belongs to is this process's user. Elsewhere, root's files alone pass.
    let user = std::fs::metadata("/proc/self").ok().map(|own| own.uid());
    let absolute = std::path::absolute(file).ok()?;
    absolute.ancestors().find_map(|path| {
        let Ok(status) = std::fs::metadata(path) else {
            return Some(path.to_owned());
        };
        let ours = status.uid() == 0 || Some(status.uid()) == user;
        let open = if status.is_dir() {
            status.mode() & OTHERS != 0 && status.mode() & STICKY == 0
        } else {
            status.mode() & OTHERS != 0 || (status.mode() & GROUP != 0 && status.gid() != 0)
        };
        (!ours || open).then(|| path.to_owned())
    })
}

/// Where there are no permission bits, nothing can be said against a system file.
#[cfg(not(unix))]
fn writable_by_others(_file: &Path) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p11_kit::Values;

    #[test]
    fn a_remote_entry_is_never_run() {
        let verdict = judge_text("remote: |/usr/bin/ssh card-host p11-kit remote /usr/lib/x.so\n");
        assert!(matches!(
            verdict,
            Verdict::HeldBack(_, HeldBack::Remote { command }) if command.starts_with("|/usr/bin/ssh")
        ));
    }

    #[test]
    fn a_trust_module_is_not_loaded() {
        let verdict = judge_text("module: p11-kit-trust.so\ntrust-policy: yes\n");
        assert!(matches!(
            verdict,
            Verdict::HeldBack(_, HeldBack::TrustPolicy)
        ));
    }

    #[test]
    fn the_proxy_is_not_loaded() {
        let verdict = judge_text("module: /usr/lib/p11-kit-proxy.so\n");
        assert!(matches!(verdict, Verdict::HeldBack(_, HeldBack::Proxy)));
    }

    #[cfg(unix)]
    #[test]
    fn the_proxy_is_not_loaded_by_another_name() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let proxy = folder.path().join("libp11-kit.so.0.3.0");
        std::fs::write(&proxy, "").expect("a file for the test");
        let link = folder.path().join("cards.so");
        std::os::unix::fs::symlink(&proxy, &link).expect("a link for the test");
        let verdict = judge_text(&format!("module: {}\n", link.display()));
        assert!(matches!(verdict, Verdict::HeldBack(_, HeldBack::Proxy)));
    }

    #[test]
    fn a_missing_file_is_missing() {
        let verdict = judge_text("module: /nowhere/at/all.so\n");
        assert_eq!(verdict, Verdict::Missing("/nowhere/at/all.so".into()));
    }

    #[test]
    fn programs_are_enabled_and_disabled_by_name() {
        assert!(enabled(None, None, "lanyard"));
        assert!(enabled(Some("firefox, lanyard"), None, "lanyard"));
        assert!(!enabled(Some("firefox"), None, "lanyard"));
        assert!(!enabled(None, Some("p11-kit-proxy lanyard"), "lanyard"));
        assert!(enabled(None, Some("p11-kit-proxy"), "lanyard"));
    }

    #[test]
    fn a_bare_name_is_not_relative_but_a_path_is() {
        assert!(!is_relative(Path::new("opensc-pkcs11.so")));
        assert!(!is_relative(Path::new("/usr/lib/x.so")));
        assert!(is_relative(Path::new("../x.so")));
        assert!(is_relative(Path::new("folder/x.so")));
        assert!(is_relative(Path::new("~/x.so")));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_write_waits_for_permission() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder for the test");
        let module = folder.path().join("module.so");
        std::fs::write(&module, "").expect("a file for the test");
        let configuration = folder.path().join("x.module");
        std::fs::write(&configuration, "").expect("a file for the test");
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
                .expect("our own file");
        };
        set(&configuration, 0o644);
        set(&module, 0o666);
        let entry = entry(
            &format!("module: {}\n", module.display()),
            ModuleOrigin::System {
                file: configuration,
            },
        );
        let file = module.canonicalize().expect("the file exists");
        let kit = P11Kit::none();

        let verdict = judge(&entry, &kit, "lanyard", &Permission::default());
        assert!(matches!(
            verdict,
            Verdict::HeldBack(_, HeldBack::WritableByOthers { path }) if path == file
        ));
        let permission = Permission::for_modules([module.clone()]);
        assert_eq!(
            judge(&entry, &kit, "lanyard", &permission),
            Verdict::Load(file.clone())
        );
        set(&module, 0o644);
        assert_eq!(
            judge(&entry, &kit, "lanyard", &Permission::default()),
            Verdict::Load(file)
        );
    }

    #[test]
    fn a_users_entry_waits_for_permission() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let module = folder.path().join("module.so");
        std::fs::write(&module, "").expect("a file for the test");
        let entry = entry(
            &format!("module: {}\n", module.display()),
            ModuleOrigin::User {
                file: folder.path().join("x.module"),
            },
        );
        let verdict = judge(&entry, &P11Kit::none(), "lanyard", &Permission::default());
        assert!(matches!(verdict, Verdict::HeldBack(_, HeldBack::UserFile)));
    }

    fn judge_text(text: &str) -> Verdict {
        let origin = ModuleOrigin::System {
            file: "/usr/share/p11-kit/modules/x.module".into(),
        };
        let kit = P11Kit::none();
        judge(
            &entry(text, origin),
            &kit,
            "lanyard",
            &Permission::default(),
        )
    }

    fn entry(text: &str, origin: ModuleOrigin) -> Entry {
        let values: Values = crate::p11_kit::parse::parse(text).expect("well formed");
        Entry {
            name: "x".to_owned(),
            values,
            origin,
        }
    }
}
