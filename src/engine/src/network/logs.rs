//! What canisters print.

use std::collections::VecDeque;

/// Bytes of log kept per canister; the oldest records go first.
const KEPT_BYTES: usize = 1 << 20;

/// One line of a canister's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Counts up from 0 over the canister's life.
    pub index: u64,
    /// When it was printed.
    pub time_ns: u64,
    /// What was printed: text by convention only.
    pub content: Vec<u8>,
}

/// The log of one canister.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    records: VecDeque<LogRecord>,
    bytes: usize,
    next_index: u64,
}

impl Logs {
    pub(crate) fn append(&mut self, time_ns: u64, lines: Vec<Vec<u8>>) {
        for content in lines {
            self.bytes += content.len();
            self.records.push_back(LogRecord { index: self.next_index, time_ns, content });
            self.next_index += 1;
        }
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.records.pop_front() else { break };
            self.bytes -= oldest.content.len();
        }
    }

    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = &LogRecord> {
        self.records.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.bytes = 0;
    }
}
