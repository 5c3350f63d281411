//! What the tasks can be told.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Tasks of the Lanyard workspace.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
pub struct Arguments {
    /// The task to carry out.
    #[command(subcommand)]
    pub task: Task,
}

/// The tasks.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Set everything up and run every check and every test
    Verify(Verify),
    /// Set everything up and sign in, against a certauth of the demo's own
    #[cfg(feature = "world")]
    Demo(Demo),
    /// Build the programs for release and print their sizes
    Dist,
    /// Compare certs with OpenSSL and certval on certificates made at random
    Oracles(Oracles),
    /// Compare the speed and memory of certs with OpenSSL and rustls-webpki
    Bench,
}

/// Options of `cargo verify`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Verify {
    /// Install nothing: list the missing packages and skip what needs them
    #[arg(long)]
    pub no_install: bool,
}

/// Options of `cargo xtask oracles`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Oracles {
    /// How many cases; a night is for 100,000 and more
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub cases: u64,
    /// Where the randomness begins: the same seed gives the same cases
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Options of `cargo demo`.
#[derive(Args, Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub struct Demo {
    /// Sign in in this terminal, even where there is a display
    #[arg(long)]
    pub headless: bool,
    /// Remove the demo world and everything in it
    #[arg(long)]
    pub reset: bool,
    /// Port of certauth; the applications take the next one
    #[arg(long, value_name = "N", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1..=65534))]
    pub port: u16,
    /// Open links in your own browser instead of one that knows the demo's authority and token
    #[arg(long)]
    pub my_browser: bool,
    /// Install nothing: list the missing packages and stop
    #[arg(long)]
    pub no_install: bool,
    /// Keep the demo world in another folder
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    #[cfg(feature = "world")]
    fn a_demo_needs_no_options() {
        let arguments = Arguments::try_parse_from(["xtask", "demo"]).expect("valid");
        let Task::Demo(demo) = arguments.task else {
            panic!("another task");
        };
        assert_eq!(demo.port, 8443);
        assert!(!demo.headless && !demo.reset && !demo.my_browser && !demo.no_install);
    }

    #[test]
    #[cfg(feature = "world")]
    fn a_port_without_a_next_one_is_refused() {
        assert!(Arguments::try_parse_from(["xtask", "demo", "--port", "65535"]).is_err());
        assert!(Arguments::try_parse_from(["xtask", "demo", "--port", "0"]).is_err());
    }
}
