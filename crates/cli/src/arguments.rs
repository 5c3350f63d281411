//! What `lanyard` can be asked for.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use sign_in::view::Method;

use crate::words;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "lanyard",
    version,
    about = words::ABOUT,
    long_about = words::LONG_ABOUT,
    after_help = words::EXAMPLES,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Arguments {
    /// Where to sign in, and with what.
    #[command(flatten)]
    pub world: World,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct World {
    /// The server.
    #[arg(long, global = true, value_name = "URL", help = words::SERVER)]
    pub server: Option<String>,
    /// Its extra CA.
    #[arg(long, global = true, value_name = "FILE", help = words::CA)]
    pub ca: Option<PathBuf>,
    /// Extra modules.
    #[arg(long = "module", global = true, value_name = "PATH", action = ArgAction::Append, help = words::MODULE)]
    pub modules: Vec<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists certificates.
    #[command(about = words::LIST, after_help = words::LIST_EXAMPLES)]
    List {
        /// For programs.
        #[arg(long, help = words::JSON)]
        json: bool,
        /// The certificates themselves.
        #[arg(long, value_name = "FILE", conflicts_with = "json", help = words::LIST_EXPORT)]
        export: Option<PathBuf>,
        /// Which one.
        #[arg(long, value_name = "SHA256", value_parser = fingerprint, requires = "export", help = words::LIST_CERTIFICATE)]
        certificate: Option<String>,
    },
    /// Signs in.
    #[command(about = words::SIGN_IN, after_help = words::SIGN_IN_EXAMPLES)]
    SignIn(SignIn),
    /// Prints an access token.
    #[command(about = words::TOKEN, after_help = words::TOKEN_EXAMPLES)]
    Token(Token),
    /// Says who is signed in.
    #[command(about = words::WHOAMI)]
    Whoami {
        /// Whose session.
        #[arg(long, value_name = "NAME", help = words::USERNAME)]
        username: Option<String>,
        /// For programs.
        #[arg(long, help = words::JSON)]
        json: bool,
    },
    /// Signs out.
    #[command(about = words::SIGN_OUT)]
    SignOut {
        /// Whose session.
        #[arg(long, value_name = "NAME", help = words::USERNAME)]
        username: Option<String>,
        /// For programs.
        #[arg(long, help = words::JSON)]
        json: bool,
    },
    /// Changes or unblocks a PIN.
    #[command(about = words::pin::PIN, long_about = words::pin::PIN_LONG)]
    Pin {
        /// Which of the two.
        #[command(subcommand)]
        task: PinTask,
    },
    /// Looks for what is wrong.
    #[command(about = words::DOCTOR, after_help = words::DOCTOR_EXAMPLES)]
    Doctor {
        /// Whose tenant.
        #[arg(long, value_name = "NAME", help = words::DOCTOR_USERNAME)]
        username: Option<String>,
        /// For programs.
        #[arg(long, help = words::JSON)]
        json: bool,
    },
}

/// How to sign in.
#[derive(Clone, Debug, Default, Args)]
pub struct SignIn {
    /// Who.
    #[arg(long, value_name = "NAME", help = words::SIGN_IN_USERNAME)]
    pub username: Option<String>,
    /// With which certificate.
    #[arg(long, value_name = "SHA256", value_parser = fingerprint, help = words::SIGN_IN_CERTIFICATE)]
    pub certificate: Option<String>,
    /// In which way.
    #[arg(long, value_name = "METHOD", help = words::SIGN_IN_METHOD)]
    pub method: Option<Way>,
    /// Where the PIN comes from.
    #[arg(long, value_name = "N", help = words::PIN_FD)]
    pub pin_fd: Option<u32>,
    /// Where the password comes from.
    #[arg(long, value_name = "N", help = words::PASSWORD_FD)]
    pub password_fd: Option<u32>,
    /// Where the code comes from.
    #[arg(long, value_name = "N", help = words::CODE_FD)]
    pub code_fd: Option<u32>,
    /// For programs.
    #[arg(long, help = words::JSON)]
    pub json: bool,
}

impl SignIn {
    /// Whether the options say how to sign in: then a session that is kept is not gone on with.
    pub(crate) fn says_how(&self) -> bool {
        self.certificate.is_some()
            || self.method.is_some()
            || self.pin_fd.is_some()
            || self.password_fd.is_some()
    }
}

/// A first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// A certificate.
    Certificate,
    /// A password.
    Password,
}

impl From<Way> for Method {
    fn from(way: Way) -> Self {
        match way {
            Way::Certificate => Self::Certificate,
            Way::Password => Self::Password,
        }
    }
}

/// Which token to print.
#[derive(Clone, Debug, Args)]
pub struct Token {
    /// For which application.
    #[arg(long, value_name = "ID", help = words::TOKEN_APP)]
    pub app: Option<String>,
    /// Bound, with the proof for one request.
    #[arg(long, num_args = 2, value_names = ["METHOD", "URL"], help = words::TOKEN_DPOP)]
    pub dpop: Option<Vec<String>>,
    /// Whose session.
    #[arg(long, value_name = "NAME", help = words::USERNAME)]
    pub username: Option<String>,
    /// For programs.
    #[arg(long, help = words::JSON)]
    pub json: bool,
}

/// What to do with a PIN.
#[derive(Clone, Debug, Subcommand)]
pub enum PinTask {
    /// Changes it.
    #[command(about = words::pin::CHANGE, after_help = words::pin::CHANGE_EXAMPLES)]
    Change(PinChange),
    /// Unblocks it.
    #[command(about = words::pin::UNBLOCK, after_help = words::pin::UNBLOCK_EXAMPLES)]
    Unblock(PinUnblock),
}

/// Which PIN to change, and to what.
#[derive(Clone, Debug, Args)]
pub struct PinChange {
    /// Of which card.
    #[arg(long, value_name = "NUMBER", help = words::pin::SERIAL)]
    pub serial: Option<String>,
    /// Where the PIN comes from.
    #[arg(long, value_name = "N", help = words::pin::OLD_PIN_FD)]
    pub pin_fd: Option<u32>,
    /// Where the new PIN comes from.
    #[arg(long, value_name = "N", help = words::pin::NEW_PIN_FD)]
    pub new_pin_fd: Option<u32>,
    /// For programs.
    #[arg(long, help = words::JSON)]
    pub json: bool,
}

/// Which PIN to unblock, and what it is to be.
#[derive(Clone, Debug, Args)]
pub struct PinUnblock {
    /// Of which card.
    #[arg(long, value_name = "NUMBER", help = words::pin::SERIAL)]
    pub serial: Option<String>,
    /// Where the PUK comes from.
    #[arg(long, value_name = "N", help = words::pin::PUK_FD)]
    pub puk_fd: Option<u32>,
    /// Where the new PIN comes from.
    #[arg(long, value_name = "N", help = words::pin::NEW_PIN_FD)]
    pub new_pin_fd: Option<u32>,
    /// For programs.
    #[arg(long, help = words::JSON)]
    pub json: bool,
}

/// Reads a SHA-256 fingerprint as people copy it, with or without colons.
fn fingerprint(typed: &str) -> Result<String, &'static str> {
    let hex: String = typed.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    if hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(hex.to_ascii_lowercase())
    } else {
        Err(words::NOT_A_FINGERPRINT)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Arguments, fingerprint};

    fn help_of(subcommand: &str) -> String {
        let mut command = Arguments::command().term_width(100);
        command.build();
        let Some(found) = command.find_subcommand_mut(subcommand) else {
            return command.render_long_help().to_string();
        };
        found.clone().term_width(100).render_long_help().to_string()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_teaches() {
        insta::assert_snapshot!("help", help_of(""));
        for subcommand in [
            "list", "sign-in", "token", "whoami", "sign-out", "pin", "doctor",
        ] {
            insta::assert_snapshot!(format!("help_{subcommand}"), help_of(subcommand));
        }
    }

    #[test]
    fn a_secret_is_never_an_argument() {
        for option in ["--pin=123456", "--password=secret", "--code=123456"] {
            let typed = ["lanyard", "sign-in", option];
            assert!(Arguments::try_parse_from(typed).is_err(), "{option}");
        }
    }

    #[test]
    fn the_world_may_be_named_before_or_after_the_command() {
        for typed in [
            ["lanyard", "--server", "a.example", "list"],
            ["lanyard", "list", "--server", "a.example"],
        ] {
            let arguments = Arguments::try_parse_from(typed).expect("it reads");
            assert_eq!(arguments.world.server.as_deref(), Some("a.example"));
        }
    }

    #[test]
    fn a_fingerprint_is_taken_as_people_copy_it() {
        let colons = ["AB"; 32].join(":");
        assert_eq!(
            fingerprint(&colons).as_deref(),
            Ok("ab".repeat(32).as_str())
        );
        assert!(fingerprint("abcd").is_err());
        assert!(fingerprint(&"zz".repeat(32)).is_err());
    }
}
