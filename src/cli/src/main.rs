//! The `calisec` program: everything an operator or member does by hand.

mod binding;
mod claim;
mod demo;
mod evidence;
mod failure;
mod ids;
mod keyfile;
mod keys;
mod leaves;
mod options;
mod output;
mod parse;
mod progress;
mod replica;
mod secrets;
mod session;
mod state;
mod verbs;

use clap::Parser;
use clap::error::ErrorKind;
use failure::Failure;
use options::Options;
use output::harmless;
use std::io::Write;
use std::process::ExitCode;
use verbs::Noun;

/// Prove, own, govern and release the secrets of a Calimero context.
///
/// Begin with 'calisec identity new' and 'calisec engine start': the embedded engine is a whole network on this computer.
/// Every verb works the same on a local replica (--network local) and on mainnet (--network ic).
///
/// Exit codes: 0 done; 1 a defect or a file error; 2 the command line is wrong; 3 a canister refused; 4 try again later;
/// 5 something is missing on this computer; 6 the answer is no.
#[derive(Parser)]
#[command(name = "calisec", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    noun: Noun,
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let (json, field) = (arguments.options.json, arguments.options.field.clone());
    match verbs::run(arguments.noun, &arguments.options) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(answer)) => match (json, field) {
            (true, _) => print(&answer.to_json()),
            (false, None) => print(&answer.to_text()),
            (false, Some(name)) => match answer.field(&name) {
                Ok(text) => print(&text),
                Err(failure) => report(&failure, json),
            },
        },
        Err(failure) => report(&failure, json),
    }
}

fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads stopped reading.
        Err(_) => ExitCode::FAILURE,
    }
}

fn report(failure: &Failure, json: bool) -> ExitCode {
    if json {
        // There is nowhere else to say that this failed.
        let _ = writeln!(std::io::stdout(), "{}", failure.to_json());
    } else {
        eprintln!("calisec: {}", harmless(&failure.to_string()));
    }
    failure.exit_code()
}

/// Help and version are no failures; everything else is one, in JSON if JSON was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let json = std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if !is_help {
        let mut message = error.to_string().trim().trim_start_matches("error: ").to_owned();
        for long in std::env::args().filter(|argument| argument.len() > 100) {
            let start: String = long.chars().take(70).collect();
            message = message.replace(&long, &format!("{start}..."));
        }
        return report(&Failure::usage(message), json);
    }
    // Nobody reads the help if that fails.
    let _ = error.print();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Failure::usage("").exit_code()
    } else {
        ExitCode::SUCCESS
    }
}
