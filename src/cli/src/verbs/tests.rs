//! The page of the manual and the program know the same verbs.

use crate::Arguments;
use clap::{Command, CommandFactory, Parser};
use std::collections::BTreeSet;

const MANUAL: &str = include_str!("../../../../docs/cli.md");
const AGGREGATES: &str = include_str!("../../../../docs/aggregates.md");

fn verbs(command: &Command, path: &str, found: &mut BTreeSet<String>) {
    let below: Vec<&Command> = command.get_subcommands().filter(|verb| verb.get_name() != "help").collect();
    if below.is_empty() {
        found.insert(path.to_owned());
    }
    for verb in below {
        verbs(verb, &format!("{path} {}", verb.get_name()), found);
    }
}

#[test]
fn should_describe_every_verb_and_no_other() {
    let mut expected = BTreeSet::new();
    verbs(&Arguments::command(), "calisec", &mut expected);
    let headings = MANUAL.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let described: BTreeSet<String> = headings.map(str::to_owned).collect();
    assert_eq!(described, expected);
}

/// The words of a line of shell as simple as those in the manual.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or_default();
    let id = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM";
    let (hex, principal) = ("08".repeat(32), "aaaaa-aa");
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    let stands_for = [
        (["$CONTEXT", "$ACCOUNT", "$BOB"].as_slice(), id),
        (&["$KEM_KEY", "$CIRCUIT", "$RECEIPT", "$GROUP", "$HASH", "$LEAF", "$HOLDER"], &hex),
        (&["$PRINCIPAL", "$ALICE", "$MEMBERSHIP"], principal),
    ];
    let replace = |word: String| {
        let of = |word: String, (names, value): &(&[&str], &str)| {
            names.iter().fold(word, |word, name| word.replace(name, value))
        };
        stands_for.iter().fold(word, of)
    };
    words.into_iter().map(replace).collect()
}

#[test]
fn should_understand_every_command_in_the_documentation() {
    for (page, text) in [("cli.md", MANUAL), ("aggregates.md", AGGREGATES)] {
        let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("calisec ")).collect();
        assert!(!commands.is_empty(), "{page} has no examples");
        for line in commands {
            if let Err(error) = Arguments::try_parse_from(words(line)) {
                panic!("{page}: {line}\n{error}");
            }
        }
    }
}

#[test]
fn should_have_an_example_in_the_help_of_every_verb_below_a_noun() {
    let command = Arguments::command();
    for noun in command.get_subcommands() {
        for verb in noun.get_subcommands() {
            let help = verb.get_long_about().map(ToString::to_string).unwrap_or_default();
            let example = help.split_once("Example: ").map(|(_, example)| example.trim());
            let example = example.unwrap_or_else(|| panic!("{} {} has no example", noun.get_name(), verb.get_name()));
            let id = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM";
            let line = example
                .replace("<context>", id)
                .replace("<account>", id)
                .replace("<principal>", "aaaaa-aa")
                .replace(['<', '>'], "'");
            for command in line.replace('\n', " ").split("; ") {
                let hex = "08".repeat(32);
                let words =
                    words(command).into_iter().map(|word| if word.starts_with('\'') { hex.clone() } else { word });
                if let Err(error) = Arguments::try_parse_from(words) {
                    panic!("{example}\n{error}");
                }
            }
        }
    }
}
