//! Tells the story to a person, or records it for a machine.

use calisec_testkit::backend::Cost;
use calisec_testkit::story::{Narrator, Told};
use serde::Serialize;
use std::io::{self, Write};

/// A step in JSON.
#[derive(Serialize)]
pub struct Step {
    actor: &'static str,
    title: &'static str,
    detail: String,
    /// Whether it was tried in order to be refused.
    refused: bool,
    instructions: u64,
    cycles: u128,
    messages: u64,
}

/// Keeps the steps.
#[derive(Default)]
pub struct Recorder {
    steps: Vec<Step>,
}

impl Recorder {
    /// The steps so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Narrator for Recorder {
    fn begins(&mut self, _: &'static str, _: &'static str) {}
    fn told(&mut self, told: &Told) {
        let cost = told.cost.unwrap_or_default();
        self.steps.push(Step {
            actor: told.actor,
            title: told.title,
            detail: told.detail.clone(),
            refused: told.refused,
            instructions: cost.instructions,
            cycles: cost.cycles,
            messages: cost.messages,
        });
    }
}

/// Prints the steps as they are told.
pub struct Printer<W> {
    out: W,
    /// Whether a person watches: then the step in progress is shown on standard error.
    watched: bool,
    number: u32,
    total: Cost,
}

impl<W: Write> Printer<W> {
    /// Prints to `out`.
    pub fn new(out: W, watched: bool) -> Self {
        Self { out, watched, number: 0, total: Cost::default() }
    }

    /// Prints what comes before the story.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{text}\n")
    }

    /// Prints how it ended and what it cost.
    pub fn ending(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{text}\nIn all: {}.", cost_text(&self.total))
    }

    fn print(&mut self, told: &Told) -> io::Result<()> {
        self.number += 1;
        let mark = if told.refused { "refused" } else { "done" };
        writeln!(self.out, "{:>3}  {:<10} {}", self.number, told.actor, told.title)?;
        writeln!(self.out, "     {mark:<10} {}", told.detail)?;
        if let Some(cost) = told.cost.filter(|cost| cost.messages > 0) {
            writeln!(self.out, "     {:<10} {}", "", cost_text(&cost))?;
        }
        self.out.flush()
    }
}

impl<W: Write> Narrator for Printer<W> {
    fn begins(&mut self, actor: &'static str, title: &'static str) {
        if self.watched {
            eprint!("     {actor} {title} ...");
        }
    }
    fn told(&mut self, told: &Told) {
        if self.watched {
            eprint!("\r\x1b[K");
        }
        let cost = told.cost.unwrap_or_default();
        self.total.messages += cost.messages;
        self.total.instructions += cost.instructions;
        self.total.cycles += cost.cycles;
        // A closed pipe ends the telling, not the story.
        let _closed = self.print(told);
    }
}

/// `3 messages, 1.24 M instructions, 15.00 M cycles`.
fn cost_text(cost: &Cost) -> String {
    let messages = if cost.messages == 1 { "1 message".to_owned() } else { format!("{} messages", cost.messages) };
    format!("{messages}, {} instructions, {} cycles", millions(u128::from(cost.instructions)), millions(cost.cycles))
}

fn millions(count: u128) -> String {
    format!("{}.{:02} M", count / 1_000_000, count % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::{Cost, Narrator, Printer, Told};

    #[test]
    fn should_print_actor_outcome_and_cost() {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, false);
        let cost = Cost { messages: 2, instructions: 1_239_999, cycles: 15_000_000 };
        printer.told(&Told {
            actor: "carol",
            title: "votes a second time",
            detail: "AlreadyVoted: this account voted already".to_owned(),
            refused: true,
            cost: Some(cost),
        });
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            "  1  carol      votes a second time\n     refused    AlreadyVoted: this account voted already\n                2 messages, 1.23 M instructions, 15.00 M cycles\n"
        );
    }
}
