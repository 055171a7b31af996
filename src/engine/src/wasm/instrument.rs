//! Rewrites a module so that it counts what it executes.
//!
//! Source: `rs/embedders/src/wasm_utils/instrumentation.rs` of dfinity/ic. The same basic blocks are charged at the
//! same places, so `performance_counter` reads the same figures: a function entry costs 1; every block is charged when
//! it is entered; a block that can be entered again (a function or a loop body) checks for the limit; bulk operators
//! are charged for their length before they run. Running out is an `unreachable` with a negative counter, which needs
//! no import and so leaves every index and every other byte of the module as it was.

use super::weights::weight;
use std::{collections::BTreeMap, ops::Range};
use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// Prefix of the exports added here; no module may export such a name itself.
pub(super) const RESERVED_PREFIX: &str = "calisec ";
/// The instruction counter: what is left of the limit.
pub(crate) const COUNTER: &str = "calisec counter";
/// The one memory, if the module has one.
pub(crate) const MEMORY: &str = "calisec memory";
/// Table 0, where callbacks live, if the module has one.
pub(crate) const TABLE: &str = "calisec table";
/// The start function, which no longer runs by itself.
pub(crate) const START: &str = "calisec start";

/// The export name of mutable global `index`.
pub(crate) fn global_name(index: u32) -> String {
    format!("calisec global {index}")
}

/// What the rewriting has to know about the module; found while it was validated.
#[derive(Default)]
pub(super) struct Layout {
    /// Byte ranges of the contents of the sections, by section id.
    pub(super) sections: BTreeMap<u8, Range<usize>>,
    /// Imported and defined functions.
    pub(super) functions: u32,
    /// Imported and defined globals.
    pub(super) globals: u32,
    /// Types.
    pub(super) types: u32,
    /// Indices of the mutable globals.
    pub(super) mutable_globals: Vec<u32>,
    /// Whether there is a memory.
    pub(super) has_memory: bool,
    /// Whether there is a table.
    pub(super) has_table: bool,
    /// The start function.
    pub(super) start: Option<u32>,
}

const TYPE: u8 = 1;
const FUNCTION: u8 = 3;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const START_SECTION: u8 = 8;
const CODE: u8 = 10;
/// Sections in the order the binary format wants: the data count (12) comes before the code.
const ORDER: [u8; 12] = [TYPE, 2, FUNCTION, 4, 5, GLOBAL, EXPORT, START_SECTION, 9, 12, CODE, 11];

const FUNCTION_KIND: u8 = 0;
const TABLE_KIND: u8 = 1;
const MEMORY_KIND: u8 = 2;
const GLOBAL_KIND: u8 = 3;

/// The instrumented module; `wasm` has been validated and `layout` describes it.
pub(super) fn instrument(wasm: &[u8], layout: &Layout) -> wasmparser::Result<Vec<u8>> {
    let mut module = Module::new();
    for id in ORDER {
        let content = layout.sections.get(&id).map_or(&[0][..], |range| &wasm[range.clone()]);
        let data = match id {
            TYPE => extend(content, &[vec![0x60, 1, 0x7e, 1, 0x7e]])?,
            FUNCTION => extend(content, &[encoded(layout.types)])?,
            GLOBAL => extend(content, &[vec![0x7e, 1, 0x42, 0, 0x0b]])?,
            EXPORT => extend(content, &exports(layout))?,
            START_SECTION => continue,
            CODE => code(wasm, layout)?,
            _ if layout.sections.contains_key(&id) => content.to_vec(),
            _ => continue,
        };
        module.section(&RawSection { id, data: &data });
    }
    Ok(module.finish())
}

fn encoded(value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// A vector section with `items` appended.
fn extend(content: &[u8], items: &[Vec<u8>]) -> wasmparser::Result<Vec<u8>> {
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let mut section = encoded(count + u32::try_from(items.len()).unwrap_or(u32::MAX));
    section.extend_from_slice(&content[reader.original_position()..]);
    section.extend(items.iter().flatten());
    Ok(section)
}

fn exports(layout: &Layout) -> Vec<Vec<u8>> {
    let export = |name: &str, kind: u8, index: u32| {
        let mut bytes = Vec::new();
        name.encode(&mut bytes);
        bytes.push(kind);
        index.encode(&mut bytes);
        bytes
    };
    let mut exports = vec![export(COUNTER, GLOBAL_KIND, layout.globals)];
    if layout.has_memory {
        exports.push(export(MEMORY, MEMORY_KIND, 0));
    }
    if layout.has_table {
        exports.push(export(TABLE, TABLE_KIND, 0));
    }
    if let Some(start) = layout.start {
        exports.push(export(START, FUNCTION_KIND, start));
    }
    exports.extend(layout.mutable_globals.iter().map(|index| export(&global_name(*index), GLOBAL_KIND, *index)));
    exports
}

fn code(wasm: &[u8], layout: &Layout) -> wasmparser::Result<Vec<u8>> {
    let metering = Metering::new(layout);
    let mut section = Vec::new();
    let content = layout.sections.get(&CODE).cloned().unwrap_or(0..0);
    let bodies = if content.is_empty() {
        Vec::new()
    } else {
        let reader = wasmparser::CodeSectionReader::new(BinaryReader::new(&wasm[content.clone()], content.start))?;
        reader.into_iter().collect::<wasmparser::Result<Vec<_>>>()?
    };
    section.reserve(content.len() * 2);
    u32::try_from(bodies.len() + 1).unwrap_or(u32::MAX).encode(&mut section);
    let mut points = Vec::new();
    let mut rewritten = Vec::new();
    for body in &bodies {
        points.clear();
        rewritten.clear();
        find_points(body, &mut points)?;
        metering.rewrite(wasm, body, &points, &mut rewritten);
        rewritten.as_slice().encode(&mut section);
    }
    metering.charge_function().as_slice().encode(&mut section);
    Ok(section)
}

/// Where something is charged.
struct Point {
    offset: usize,
    charge: Charge,
}

enum Charge {
    /// Of the block that starts here; `reentrant` blocks check for the limit.
    Block { cost: u64, reentrant: bool },
    /// Of the `i32` on top of the stack, which stays there.
    Length,
}

fn find_points(body: &FunctionBody<'_>, points: &mut Vec<Point>) -> wasmparser::Result<()> {
    let mut operators = body.get_operators_reader()?;
    let mut open = 0;
    points.push(Point { offset: operators.original_position(), charge: Charge::Block { cost: 1, reentrant: true } });
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        if let Charge::Block { cost, .. } = &mut points[open].charge {
            *cost += weight(&operator);
        }
        let next_is_reentrant = match operator {
            Operator::Loop { .. } => true,
            Operator::If { .. }
            | Operator::Else
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::End
            | Operator::Return
            | Operator::Unreachable
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. } => false,
            Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableInit { .. } => {
                points.push(Point { offset, charge: Charge::Length });
                continue;
            }
            _ => continue,
        };
        open = points.len();
        let offset = operators.original_position();
        points.push(Point { offset, charge: Charge::Block { cost: 0, reentrant: next_is_reentrant } });
    }
    Ok(())
}

/// The injected code, as bytes, for one module.
struct Metering {
    get: Vec<u8>,
    set: Vec<u8>,
    check: Vec<u8>,
    length: Vec<u8>,
}

impl Metering {
    fn new(layout: &Layout) -> Self {
        let indexed = |opcode: u8, index: u32| {
            let mut bytes = vec![opcode];
            index.encode(&mut bytes);
            bytes
        };
        let (get, set) = (indexed(0x23, layout.globals), indexed(0x24, layout.globals));
        // i64.const 0; i64.lt_s; if; unreachable; end
        let check = [&get[..], &[0x42, 0, 0x53, 0x04, 0x40, 0x00, 0x0b]].concat();
        // i64.extend_i32_u; call; i32.wrap_i64
        let length = [&[0xad][..], &indexed(0x10, layout.functions), &[0xa7]].concat();
        Self { get, set, check, length }
    }

    fn rewrite(&self, wasm: &[u8], body: &FunctionBody<'_>, points: &[Point], out: &mut Vec<u8>) {
        let mut copied = body.range().start;
        for point in points {
            out.extend_from_slice(&wasm[copied..point.offset]);
            copied = point.offset;
            match point.charge {
                Charge::Length => out.extend_from_slice(&self.length),
                Charge::Block { cost: 0, reentrant: false } => {}
                Charge::Block { cost, reentrant } => {
                    out.extend_from_slice(&self.get);
                    out.push(0x42);
                    i64::try_from(cost).unwrap_or(i64::MAX).encode(out);
                    out.push(0x7d);
                    out.extend_from_slice(&self.set);
                    if reentrant {
                        out.extend_from_slice(&self.check);
                    }
                }
            }
        }
        out.extend_from_slice(&wasm[copied..body.range().end]);
    }

    /// `(i64) -> (i64)`: charges its argument and answers it; an underflow counts as everything.
    fn charge_function(&self) -> Vec<u8> {
        let mut body = vec![1, 1, 0x7e];
        body.extend_from_slice(&self.get);
        // local.get 0; i64.sub; local.tee 1
        body.extend_from_slice(&[0x20, 0, 0x7d, 0x22, 1]);
        body.extend_from_slice(&self.get);
        // i64.gt_s; if (result i64); i64.const MIN; else; local.get 1; end
        body.extend_from_slice(&[0x55, 0x04, 0x7e, 0x42]);
        i64::MIN.encode(&mut body);
        body.extend_from_slice(&[0x05, 0x20, 1, 0x0b]);
        body.extend_from_slice(&self.set);
        body.extend_from_slice(&self.check);
        body.extend_from_slice(&[0x20, 0, 0x0b]);
        body
    }
}
