//! What the window can be started with.

use std::path::PathBuf;

use clap::Parser;

/// Signs people in with the certificates on their smart cards and security keys.
#[derive(Clone, Debug, Parser)]
#[command(name = "lanyard-desktop", version)]
pub struct Options {
    /// The server to sign in at
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// A file with CA certificates that this server, and no other, is trusted by as well
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// A PKCS #11 module beside those that the system knows; may be given again
    #[arg(long = "module", value_name = "PATH")]
    pub modules: Vec<PathBuf>,
    /// The username to begin with, name@domain
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
}
