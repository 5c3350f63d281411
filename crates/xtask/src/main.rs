//! Carries out `cargo verify`, `cargo demo` and the tasks of `cargo xtask`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use xtask::arguments::{Arguments, Task};
use xtask::{dist, oracles, say, verify};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            say::failure(format_args!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.task {
        Task::Verify(options) => verify::run(*options),
        #[cfg(feature = "world")]
        Task::Demo(options) => xtask::demo::run(options).map(|()| ExitCode::SUCCESS),
        Task::Dist => dist::run().map(|()| ExitCode::SUCCESS),
        Task::Oracles(options) => oracles::run(*options).map(|()| ExitCode::SUCCESS),
        Task::Bench => oracles::bench().map(|()| ExitCode::SUCCESS),
    }
}
