//! System packages: which are missing, and their installation on Debian and its relatives.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::say;

/// What the machine lacks, or has been given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packages {
    /// Everything was there.
    Present,
    /// These were installed just now.
    Installed(Vec<&'static str>),
    /// These are missing, and were not to be installed, or could not be.
    Missing(Vec<&'static str>, Unable),
}

/// Why nothing was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unable {
    /// The person said so.
    Forbidden,
    /// The machine has no apt.
    NoApt,
    /// Nobody here may become root.
    NoRoot,
}

impl Unable {
    /// Says it in the words of a skipped stage.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Forbidden => "--no-install",
            Self::NoApt => "this system has no apt-get",
            Self::NoRoot => "installing needs root, or sudo",
        }
    }
}

/// Sees to it that packages are installed, unless that is forbidden.
///
/// Services that a package would start are not started (`policy-rc.d`, Debian Policy §9.3.3.1).
///
/// # Errors
///
/// When the package manager refuses.
pub fn ensure(wanted: &[&'static str], allowed: bool) -> Result<Packages> {
    let Ok(installed) = installed(wanted) else {
        return Ok(Packages::Missing(wanted.to_vec(), Unable::NoApt));
    };
    let missing: Vec<_> = wanted
        .iter()
        .copied()
        .filter(|package| !installed.contains(*package))
        .collect();
    if missing.is_empty() {
        return Ok(Packages::Present);
    }
    if !allowed {
        say::line(format_args!("missing packages: {}", missing.join(" ")));
        return Ok(Packages::Missing(missing, Unable::Forbidden));
    }
    let Some(mut shell) = root_shell() else {
        say::line(format_args!("missing packages: {}", missing.join(" ")));
        return Ok(Packages::Missing(missing, Unable::NoRoot));
    };
    say::line(format_args!("installing: {}", missing.join(" ")));
    if let Some(difference) = difference(&fs::read_to_string("/etc/os-release").unwrap_or_default())
    {
        say::line(difference);
    }
    let status = shell
        .args(["-c", INSTALL, "sh"])
        .args(&missing)
        .status()
        .context("cannot run the package manager")?;
    ensure!(
        status.success(),
        "the packages could not be installed: {}",
        missing.join(" ")
    );
    Ok(Packages::Installed(missing))
}

/// Asks dpkg which of the packages are installed.
fn installed(wanted: &[&str]) -> Result<BTreeSet<String>> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Abbrev}\n"])
        .args(wanted)
        .output()
        .context("this system has no dpkg")?;
    // Its status is 1 when it does not know one of them; what it knows it prints all the same.
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads lines of a package and its state: `ii` is installed, `rc` removed with its settings left.
fn parse(listing: &str) -> BTreeSet<String> {
    listing
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, state)| state.starts_with("ii"))
        .map(|(package, _)| package.to_owned())
        .collect()
}

fn root_shell() -> Option<Command> {
    let output = Command::new("id").arg("-u").output().ok()?;
    if output.stdout.trim_ascii() == b"0" {
        return Some(Command::new("sh"));
    }
    let has_sudo = Command::new("sudo").arg("--version").output().is_ok();
    has_sudo.then(|| {
        let mut sudo = Command::new("sudo");
        sudo.arg("sh");
        sudo
    })
}

/// Says what is different on a relative of Debian.
fn difference(os_release: &str) -> Option<&'static str> {
    os_release
        .lines()
        .any(|line| line == "ID=ubuntu")
        .then_some(
            "On Ubuntu, the package chromium is a snap, which cannot read hidden folders such as \
             ~/.local: where the demo's links do not open, use --my-browser.",
        )
}

/// Installs its arguments. A trap takes the denial of service starts away again, whatever happens.
const INSTALL: &str = r#"
set -eu
deny=/usr/sbin/policy-rc.d
if [ ! -e "$deny" ]; then
    trap 'rm -f "$deny"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$deny"
    chmod 755 "$deny"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q || echo "The package lists could not be refreshed; trying with those at hand."
apt-get install -y -q --no-install-recommends "$@"
"#;

/// What a sign-in with the demo's token needs, and building what speaks to readers.
pub const TOKEN: &[&str] = &["softhsm2", "opensc", "libpcsclite-dev", "pkg-config"];

/// What the demo's card and its reader need.
pub const CARD: &[&str] = &["pcscd", "vsmartcard-vpcd", "iproute2", "util-linux"];

/// Other people's clients of cards, which the tests compare with.
pub const CARD_CLIENTS: &[&str] = &["pcsc-tools", "yubico-piv-tool", "ykcs11", "p11-kit-modules"];

/// What building and showing the window needs.
pub const WINDOW: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-1",
];

/// What the validators of others need, which ours is compared with.
pub const ORACLES: &[&str] = &["libssl-dev", "pkg-config"];

/// What the demo's browser needs, to trust its authority and know its token.
pub const BROWSER: &[&str] = &["chromium", "libnss3-tools"];

/// What the journeys need besides.
pub const JOURNEYS: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "dbus",
    "fonts-dejavu-core",
    "gnome-keyring",
    "libsecret-tools",
    "at-spi2-core",
    "curl",
    "openssl",
    "libengine-pkcs11-openssl",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wholly_installed_counts() {
        let listing = "softhsm2 ii \nopensc rc \nxvfb un \nchromium iU \ncurl ii \n";
        let installed = parse(listing);
        assert_eq!(
            installed.iter().map(String::as_str).collect::<Vec<_>>(),
            ["curl", "softhsm2"]
        );
    }

    #[test]
    fn ubuntu_is_told_about_its_snap_and_debian_is_not() {
        assert!(difference("NAME=\"Ubuntu\"\nID=ubuntu\n").is_some());
        assert!(difference("ID=debian\n").is_none());
    }

    #[test]
    fn a_service_start_is_denied_only_while_packages_are_installed() {
        let folder = tempfile::tempdir().expect("a folder");
        let deny = folder.path().join("policy-rc.d");
        let apt = folder.path().join("apt-get");
        fs::write(&apt, "#!/bin/sh\ncp \"$DENY\" \"$DENY.seen\"; exit 9\n").expect("a file");
        Command::new("chmod")
            .arg("755")
            .arg(&apt)
            .status()
            .expect("chmod runs");
        let script = INSTALL.replace("deny=/usr/sbin/policy-rc.d", "deny=$DENY");
        let path = std::env::var("PATH").expect("a PATH");
        let status = Command::new("sh")
            .args(["-c", &script, "sh", "softhsm2"])
            .env("DENY", &deny)
            .env("PATH", format!("{}:{path}", folder.path().display()))
            .status()
            .expect("sh runs");
        assert!(!status.success(), "apt-get failed, and so must we");
        assert!(folder.path().join("policy-rc.d.seen").is_file());
        assert!(!deny.exists());
    }
}
