//! The committed table.

use crate::TOLERANCE_PERCENT;
use crate::metered::Measured;
use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADER: &str = "canister,method,case,messages,instructions,cycles,reply_bytes";

/// One line of the table.
#[derive(Clone, Copy)]
pub struct Row {
    pub canister: &'static str,
    pub method: &'static str,
    /// What is special about this call; empty when nothing is.
    pub case: &'static str,
    pub measured: Measured,
}

impl Row {
    fn key(&self) -> String {
        format!("{},{},{}", self.canister, self.method, self.case)
    }

    fn line(&self) -> String {
        let Measured { messages, instructions, cycles, reply_bytes } = self.measured;
        format!("{},{messages},{instructions},{cycles},{reply_bytes}", self.key())
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benchmarks/instructions.csv")
}

/// Compares with the committed table, or rewrites it when `UPDATE_BENCHMARKS` is set.
pub fn compare(rows: &[Row]) {
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    if env::var_os("UPDATE_BENCHMARKS").is_some() {
        fs::write(path(), format!("{HEADER}\n{}\n", lines.join("\n"))).expect("the table can be written");
        return;
    }
    let committed = fs::read_to_string(path()).expect("the table is committed");
    let mut committed_lines = committed.lines();
    assert_eq!(committed_lines.next(), Some(HEADER));
    let mut differences = Vec::new();
    let committed_lines: Vec<&str> = committed_lines.collect();
    if committed_lines.len() != rows.len() {
        differences.push(format!("{} rows in the table, {} measured", committed_lines.len(), rows.len()));
    }
    for (row, line) in rows.iter().zip(&committed_lines) {
        differences.extend(difference(row, line));
    }
    assert!(
        differences.is_empty(),
        "costs differ from tests/benchmarks/instructions.csv by more than {TOLERANCE_PERCENT} %; if that is meant, \
         UPDATE_BENCHMARKS=1 cargo test -p calisec-tests --test benchmarks rewrites it:\n{}",
        differences.join("\n")
    );
}

/// What is different about a row, if anything is.
fn difference(row: &Row, committed: &str) -> Option<String> {
    let Measured { messages, instructions, cycles, reply_bytes } = row.measured;
    let numbers = committed.strip_prefix(&format!("{},", row.key()))?;
    let committed: Vec<u128> = numbers.split(',').map(|number| number.parse().expect("a number")).collect();
    let measured = [u128::from(messages), u128::from(instructions), cycles, u128::from(reply_bytes)];
    let is_close =
        |(ours, theirs): (&u128, &u128)| ours.abs_diff(*theirs) * 100 <= theirs * u128::from(TOLERANCE_PERCENT);
    let is_same = committed.len() == measured.len() && measured.iter().zip(&committed).all(is_close);
    (!is_same).then(|| format!("{}: {measured:?}, the table says {committed:?}", row.key()))
}
