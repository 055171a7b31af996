//! The commands of the pages, run as a reader would: in an empty folder, from top to bottom, in one shell.
#![cfg(unix)]

use crate::support::Desk;
use std::fmt::Write;
use std::os::unix::fs::symlink;
use std::process::Command;

/// The lines of a page's blocks of shell, with the language of the block.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(fence) => is_inside = !is_inside && fence == language,
            None if is_inside => lines.push(line),
            None => {}
        }
    }
    lines
}

/// A script that stops at the first command whose exit code is not the one that the page promises.
fn script(lines: &[&str]) -> String {
    let mut script = "set -eEuo pipefail\ntrap 'echo \"this failed: $BASH_COMMAND\" >&2' ERR\n".to_owned();
    for line in lines {
        let _ = match line.rsplit_once("exits with ") {
            None => writeln!(script, "{line}"),
            Some((command, code)) => {
                let code: u8 = code.trim().parse().expect("an exit code");
                let (command, _) = command.rsplit_once('#').expect("a comment");
                writeln!(
                    script,
                    "code=0; {command} || code=$?\n[[ $code == {code} ]] || {{ echo \"exited with $code, not {code}\" >&2; false; }}"
                )
            }
        };
    }
    script
}

/// Runs a page's commands; `calisec` is the program that was built.
fn run(desk: &Desk, lines: &[&str]) {
    std::fs::create_dir(desk.path("bin")).expect("made");
    symlink(env!("CARGO_BIN_EXE_calisec"), desk.path("bin/calisec")).expect("linked");
    let path = format!("{}:{}", desk.path("bin").display(), std::env::var("PATH").expect("a path"));
    let mut command = Command::new("bash");
    command.args(["-c", &script(lines)]).env("PATH", path);
    let output = desk.prepare(command).output().expect("bash runs");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn should_run_every_command_of_the_hardening_page_in_an_empty_folder() {
    let commands = blocks(include_str!("../../../../docs/hardening.md"), "sh");
    assert!(commands.iter().filter(|line| line.contains("calisec ")).count() > 60, "the page has lost its commands");
    run(&Desk::new(), &commands);
}

#[test]
fn should_run_what_the_page_on_circuits_does_with_the_program() {
    let desk = Desk::new();
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    symlink(repository.to_owned() + "/src", desk.path("src")).expect("linked");
    // What the commands before, which take Node and a network, make.
    for file in ["verification_key.json", "proof.json", "public.json"] {
        let made = format!("{repository}/src/libs/zk/tests/vectors/circom/note_commitment/{file}");
        std::fs::copy(made, desk.path(file)).expect("copied");
    }
    let page = include_str!("../../../../docs/bring-your-own-circuit.md");
    let other_tools = ["npm ", "npx ", "node ", "cargo "];
    let mut commands = blocks(page, "sh");
    commands.retain(|line| !other_tools.iter().any(|tool| line.starts_with(tool)));
    assert!(commands.iter().filter(|line| line.contains("calisec ")).count() > 12, "the page has lost its commands");
    run(&desk, &commands);
}

#[test]
fn should_notice_when_a_command_of_a_page_fails_or_does_not_fail() {
    for (lines, is_good) in [
        (&["true", "exit 3 # exits with 3"][..], false),
        (&["(exit 3) # exits with 3", "x=$(echo 1)", "[[ $x == 1 ]]"], true),
        (&["(exit 3) # exits with 6"], false),
        (&["true # exits with 6"], false),
        (&["false", "true"], false),
        (&["x=$(false)", "true"], false),
    ] {
        let status = Command::new("bash").args(["-c", &script(lines)]).output().expect("bash runs").status;
        assert_eq!(status.success(), is_good, "{lines:?}");
    }
    assert_eq!(blocks("```sh\na\n```\nb\n```rust\nc\n```\n```sh\nd\n```", "sh"), ["a", "d"]);
}
