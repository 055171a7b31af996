//! The `calisec` program: everything an operator or member does by hand.

mod demo;
mod keys;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Prove, own, govern and release the secrets of a Calimero context.
#[derive(Parser)]
#[command(name = "calisec", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the whole story on an embedded local Internet Computer: nothing to install, nothing to pay.
    Demo(demo::Arguments),
    /// Make the proving and verifying key of the circuit that mints notes.
    Keys(keys::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Demo(arguments) => demo::run(&arguments),
        Verb::Keys(arguments) => keys::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("calisec: {error:#}");
            ExitCode::FAILURE
        }
    }
}
