//! What one wasm operator costs.
//!
//! Source: `instruction_to_cost` in `rs/embedders/src/wasm_utils/instrumentation.rs` of dfinity/ic, extracted to
//! `data/instruction-weights.csv`.

use std::{collections::HashMap, sync::LazyLock};
use wasmparser::Operator;

const TABLE: &str = include_str!("../../data/instruction-weights.csv");

/// The replica's default arm: an operator its table does not name costs 1.
const DEFAULT_WEIGHT: u64 = 1;

macro_rules! name_operators {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        #[derive(Clone, Copy)]
        enum Position { $($op),* }

        const NAMES: &[&str] = &[$(stringify!($op)),*];

        /// Where the operator stands in [`NAMES`]; a match instead of a hash, because modules have millions of them.
        fn position(operator: &Operator<'_>) -> Option<usize> {
            match operator {
                $(Operator::$op $({ $($arg: _),* })? => Some(Position::$op as usize),)*
                _ => None,
            }
        }
    };
}
wasmparser::for_each_operator!(name_operators);

static WEIGHTS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let listed: HashMap<&str, u64> = TABLE.lines().skip(1).filter_map(parse_row).collect();
    NAMES.iter().map(|name| listed.get(name).copied().unwrap_or(DEFAULT_WEIGHT)).collect()
});

fn parse_row(row: &str) -> Option<(&str, u64)> {
    let mut cells = row.split(',');
    Some((cells.next()?, cells.next()?.parse().ok()?))
}

/// The cost of executing `operator` once, on wasm32, without the bytes that bulk operators move.
pub(super) fn weight(operator: &Operator<'_>) -> u64 {
    position(operator).map_or(DEFAULT_WEIGHT, |position| WEIGHTS[position])
}

#[cfg(test)]
mod tests {
    use super::{NAMES, TABLE, parse_row, weight};
    use wasmparser::Operator;

    #[test]
    fn should_know_every_operator_when_reading_the_table() {
        for row in TABLE.lines().skip(1).filter(|row| !row.is_empty()) {
            let (name, _) = parse_row(row).unwrap_or_else(|| panic!("malformed row: {row}"));
            assert!(NAMES.contains(&name), "the table names an operator that does not exist: {name}");
        }
    }

    #[test]
    fn should_answer_the_replicas_weight_when_asked_for_an_operator() {
        for (operator, expected) in [
            (Operator::I64DivU, 10),
            (Operator::Call { function_index: 0 }, 5),
            (Operator::End, 0),
            (Operator::MemoryCopy { dst_mem: 0, src_mem: 0 }, 100),
            (Operator::I64x2Mul, 4),
        ] {
            assert_eq!(weight(&operator), expected, "{operator:?}");
        }
    }
}
