//! `virtual-piv`: a PIV card for programs that speak to cards.

use std::process::ExitCode;

fn main() -> ExitCode {
    virtual_piv::program::run()
}
