//! Merging the files of user, administrator and packages into one entry per module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{P11Kit, Values, parse};
use crate::ModuleOrigin;

/// One module as the merged configuration describes it.
///
/// Files of one name describe one module. A user's file comes first, then the administrator's,
/// then the package's; each supplies what those before it left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name of the files, without `.module`.
    pub(crate) name: String,
    /// The merged settings.
    pub(crate) values: Values,
    /// The file that gave `module:`, or the first file of that name. It decides how far the entry
    /// is trusted.
    pub(crate) origin: ModuleOrigin,
}

/// A file that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The file.
    pub(crate) file: PathBuf,
    /// Why not.
    pub(crate) why: String,
}

/// Whether the user's files count (`user-config` in `pkcs11.conf(5)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UserFiles {
    Ignored,
    Merged,
    Alone,
}

pub(super) fn entries(kit: &P11Kit) -> (Vec<Entry>, Vec<Unreadable>) {
    let mut unreadable = Vec::new();
    let mode = user_files(kit, &mut unreadable);
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    if mode != UserFiles::Ignored {
        let origin = |file| ModuleOrigin::User { file };
        add_folder(
            kit.user_modules.as_deref(),
            origin,
            &mut entries,
            &mut unreadable,
        );
    }
    if mode != UserFiles::Alone {
        for folder in [&kit.system_modules, &kit.package_modules] {
            let origin = |file| ModuleOrigin::System { file };
            add_folder(folder.as_deref(), origin, &mut entries, &mut unreadable);
        }
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(priority(entry)));
    (entries, unreadable)
}

/// A higher number comes first; entries without one stand at 0.
fn priority(entry: &Entry) -> i64 {
    entry
        .values
        .get("priority")
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// The system decides first whether the user's files count; then the user's own settings may.
fn user_files(kit: &P11Kit, unreadable: &mut Vec<Unreadable>) -> UserFiles {
    let system = mode_in(kit.system_settings.as_deref(), unreadable).unwrap_or(UserFiles::Merged);
    if system == UserFiles::Ignored {
        return system;
    }
    mode_in(kit.user_settings.as_deref(), unreadable).unwrap_or(system)
}

fn mode_in(file: Option<&Path>, unreadable: &mut Vec<Unreadable>) -> Option<UserFiles> {
    let file = file?;
    let refuse = |why| Unreadable {
        file: file.to_owned(),
        why,
    };
    let values = match parse::read(file) {
        Ok(values) => values?,
        Err(why) => {
            unreadable.push(refuse(why));
            return None;
        }
    };
    match values.get("user-config")?.as_str() {
        "none" => Some(UserFiles::Ignored),
        "merge" => Some(UserFiles::Merged),
        "only" | "override" => Some(UserFiles::Alone),
        other => {
            unreadable.push(refuse(format!("`user-config: {other}` is not known")));
            None
        }
    }
}

fn add_folder(
    folder: Option<&Path>,
    origin: impl Fn(PathBuf) -> ModuleOrigin,
    entries: &mut BTreeMap<String, Entry>,
    unreadable: &mut Vec<Unreadable>,
) {
    let Some(listing) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return;
    };
    let mut files: Vec<PathBuf> = listing
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|file| !file.is_dir())
        .collect();
    files.sort();
    for file in files {
        let Some(name) = module_name(&file) else {
            continue;
        };
        match parse::read(&file) {
            Ok(Some(values)) => add(name, values, origin(file), entries),
            Ok(None) => {}
            Err(why) => unreadable.push(Unreadable { file, why }),
        }
    }
}

fn add(name: String, values: Values, origin: ModuleOrigin, entries: &mut BTreeMap<String, Entry>) {
    let Some(entry) = entries.get_mut(&name) else {
        let entry = Entry {
            name: name.clone(),
            values,
            origin,
        };
        entries.insert(name, entry);
        return;
    };
    if !entry.values.contains_key("module") && values.contains_key("module") {
        entry.origin = origin;
    }
    for (key, value) in values {
        entry.values.entry(key).or_insert(value);
    }
}

/// The name that a file gives its module; none for files that p11-kit would not read, such as an
/// editor's backup.
fn module_name(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?.strip_suffix(".module")?;
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    let plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    (starts_well && plain).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_file_wins_over_a_package_key_by_key() {
        let kit = Kit::new();
        kit.write(
            "package/softhsm2.module",
            "module: /usr/lib/softhsm2.so\npriority: 7\n",
        );
        kit.write("user/softhsm2.module", "priority: 3\n");
        let entry = kit.only_entry();
        assert_eq!(entry.values.get("priority").map(String::as_str), Some("3"));
        assert!(matches!(entry.origin, ModuleOrigin::System { .. }));
    }

    #[test]
    fn a_module_path_given_by_the_user_makes_the_entry_the_users() {
        let kit = Kit::new();
        kit.write("package/softhsm2.module", "module: /usr/lib/softhsm2.so\n");
        kit.write("user/softhsm2.module", "module: /tmp/other.so\n");
        let entry = kit.only_entry();
        assert!(matches!(entry.origin, ModuleOrigin::User { .. }));
        assert_eq!(
            entry.values.get("module").map(String::as_str),
            Some("/tmp/other.so")
        );
    }

    #[test]
    fn the_system_can_shut_out_user_files() {
        let kit = Kit::new();
        kit.write("pkcs11.conf", "user-config: none\n");
        kit.write("user/own.module", "module: /tmp/own.so\n");
        assert_eq!(entries(&kit.places).0, []);
    }

    #[test]
    fn a_user_can_turn_to_their_own_files_alone() {
        let kit = Kit::new();
        kit.write("user.conf", "user-config: only\n");
        kit.write("package/a.module", "module: a.so\n");
        kit.write("user/b.module", "module: b.so\n");
        assert_eq!(kit.only_entry().name, "b");
    }

    #[test]
    fn higher_priority_comes_first() {
        let kit = Kit::new();
        kit.write("package/a.module", "module: a.so\n");
        kit.write("package/b.module", "module: b.so\npriority: 5\n");
        let names: Vec<_> = entries(&kit.places)
            .0
            .into_iter()
            .map(|entry| entry.name)
            .collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn a_broken_file_is_reported_and_the_others_are_read() {
        let kit = Kit::new();
        kit.write("package/a.module", "nonsense\n");
        kit.write("package/b.module", "module: b.so\n");
        let (entries, unreadable) = entries(&kit.places);
        assert_eq!(entries.len(), 1);
        assert_eq!(unreadable.len(), 1);
    }

    #[test]
    fn backups_of_editors_are_not_modules() {
        let kit = Kit::new();
        kit.write("package/a.module~", "module: a.so\n");
        kit.write("package/.b.module", "module: b.so\n");
        assert_eq!(entries(&kit.places).0, []);
    }

    struct Kit {
        folder: tempfile::TempDir,
        places: P11Kit,
    }

    impl Kit {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder for the test");
            for name in ["system", "package", "user"] {
                std::fs::create_dir(folder.path().join(name)).expect("a folder for the test");
            }
            let at = |name: &str| Some(folder.path().join(name));
            let places = P11Kit {
                system_settings: at("pkcs11.conf"),
                system_modules: at("system"),
                package_modules: at("package"),
                user_settings: at("user.conf"),
                user_modules: at("user"),
                module_folders: Vec::new(),
            };
            Self { folder, places }
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.folder.path().join(name), text).expect("a file for the test");
        }

        fn only_entry(&self) -> Entry {
            let (mut entries, unreadable) = entries(&self.places);
            assert_eq!(unreadable, []);
            assert_eq!(entries.len(), 1);
            entries.remove(0)
        }
    }
}
