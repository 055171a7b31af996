//! Which modules may be installed.
//!
//! Source: `rs/embedders/src/wasm_utils/validation.rs` of dfinity/ic and the interface specification, "Canister
//! module format". Checked: the binary itself and its features (no threads, no relaxed SIMD, no second memory), the
//! sizes below, every import (name and type), the names and types of `canister_*` exports, active data within the
//! initial memory, and the names of `icp:` custom sections. Not checked, because only the replica's own compiler
//! needs it: the complexity score of a function, and the total size of exported names.

use super::instrument::{Layout, RESERVED_PREFIX};
use crate::system_api::rules;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    Data, DataKind, Export, ExternalKind, FuncType, GlobalType, Import, MemoryType, Operator, Parser, Payload,
    TableType, TypeRef, ValType, Validator, WasmFeatures,
};

/// Largest module, after decompression.
pub(super) const MAX_MODULE_BYTES: usize = 100 << 20;
const MAX_CODE_BYTES: usize = 11 << 20;
const MAX_FUNCTIONS: usize = 50_000;
const MAX_GLOBALS: usize = 1_000;
const MAX_METHODS: usize = 1_000;
const MAX_CUSTOM_SECTIONS: usize = 16;
const MAX_CUSTOM_SECTION_BYTES: usize = 1 << 20;
const MAX_FUNCTION_OPERATORS: usize = 1_000_000;
/// What a table may have, and grow to.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 1_000_000;
const WASM_PAGE: u64 = 65_536;

/// Why a module cannot be installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidModule {
    /// Neither a module nor a gzipped one, or truncated, or ill-typed.
    #[error("Wasm module is malformed: {0}")]
    Malformed(String),
    /// Larger than a canister may be.
    #[error("Wasm module has {what}: {actual}, at most {limit} allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        actual: usize,
        /// How much there may be.
        limit: usize,
    },
    /// An import that no canister has, or that this engine does not link.
    #[error("Wasm module has an invalid import: {0}")]
    Import(String),
    /// An export that the Internet Computer gives another meaning, or none.
    #[error("Wasm module has an invalid export: {0}")]
    Export(String),
    /// A custom section named `icp:` whose name is not one, or is taken.
    #[error("Wasm module has an invalid custom section: {0}")]
    CustomSection(String),
    /// Active data outside the initial memory, or at an offset that is not constant.
    #[error("Wasm module has an invalid data segment: {0}")]
    Data(String),
    /// Valid WebAssembly that this engine does not run.
    #[error("Unsupported({0})")]
    Unsupported(String),
}

/// Who may read a custom section through the state tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Controllers.
    Private,
}

/// What a module exports to the Internet Computer.
#[derive(Default, Debug)]
pub(super) struct Methods {
    pub(super) update: BTreeSet<String>,
    pub(super) query: BTreeSet<String>,
    pub(super) composite_query: BTreeSet<String>,
    pub(super) lifecycle: BTreeSet<String>,
}

/// Everything validation learnt.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) layout: Layout,
    pub(super) methods: Methods,
    pub(super) custom_sections: BTreeMap<String, (Visibility, Vec<u8>)>,
    pub(super) initial_pages: u64,
    /// Whether running it can change tables or segments, which no message hands on to the next.
    pub(super) has_transient_state: bool,
    types: Vec<FuncType>,
    /// Type index of every function, imported and defined.
    functions: Vec<u32>,
    globals: usize,
}

const LIFECYCLE: [&str; 6] = [
    "canister_global_timer",
    "canister_heartbeat",
    "canister_init",
    "canister_inspect_message",
    "canister_post_upgrade",
    "canister_pre_upgrade",
];

/// The features a canister may use: WebAssembly 2.0 and tail calls.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::TAIL_CALL
}

/// Checks `wasm` (not compressed) against every rule above.
pub(super) fn validate(wasm: &[u8]) -> Result<Facts, InvalidModule> {
    within("bytes", wasm.len(), MAX_MODULE_BYTES)?;
    let mut facts = Facts::default();
    facts.read(wasm)?;
    Validator::new_with_features(features()).validate_all(wasm).map_err(|error| malformed(&error))?;
    Ok(facts)
}

fn malformed(error: &wasmparser::BinaryReaderError) -> InvalidModule {
    InvalidModule::Malformed(error.to_string())
}

fn within(what: &'static str, actual: usize, limit: usize) -> Result<(), InvalidModule> {
    if actual > limit {
        return Err(InvalidModule::TooLarge { what, actual, limit });
    }
    Ok(())
}

impl Facts {
    fn read(&mut self, wasm: &[u8]) -> Result<(), InvalidModule> {
        let mut exports = Vec::new();
        let mut custom_sections = 0;
        let mut custom_bytes = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.map_err(|error| malformed(&error))?;
            if let Some((id, range)) = payload.as_section()
                && id != 0
            {
                self.layout.sections.insert(id, range);
            }
            match payload {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        self.types.push(ty.map_err(|error| malformed(&error))?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        self.import(&import.map_err(|error| malformed(&error))?)?;
                    }
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        self.functions.push(index.map_err(|error| malformed(&error))?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        self.table(table.map_err(|error| malformed(&error))?.ty)?;
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        self.memory(memory.map_err(|error| malformed(&error))?)?;
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        self.global(global.map_err(|error| malformed(&error))?.ty)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        exports.push(export.map_err(|error| malformed(&error))?);
                    }
                }
                Payload::StartSection { func, .. } => self.layout.start = Some(func),
                Payload::DataSection(section) => {
                    for data in section {
                        self.data(&data.map_err(|error| malformed(&error))?)?;
                    }
                }
                Payload::CodeSectionStart { size, .. } => within("bytes of code", size as usize, MAX_CODE_BYTES)?,
                Payload::CodeSectionEntry(body) => self.body(&body).map_err(|error| malformed(&error))??,
                Payload::CustomSection(section) => {
                    custom_sections += 1;
                    custom_bytes += section.data().len();
                    self.custom_section(section.name(), section.data())?;
                }
                _ => {}
            }
        }
        within("custom sections", custom_sections, MAX_CUSTOM_SECTIONS)?;
        within("bytes of custom sections", custom_bytes, MAX_CUSTOM_SECTION_BYTES)?;
        within("functions", self.functions.len(), MAX_FUNCTIONS)?;
        within("globals", self.globals, MAX_GLOBALS)?;
        self.layout.functions = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
        self.layout.globals = u32::try_from(self.globals).unwrap_or(u32::MAX);
        self.layout.types = u32::try_from(self.types.len()).unwrap_or(u32::MAX);
        exports.iter().try_for_each(|export| self.export(export))
    }

    fn import(&mut self, import: &Import<'_>) -> Result<(), InvalidModule> {
        let name = format!("{}.{}", import.module, import.name);
        let TypeRef::Func(index) = import.ty else {
            return Err(InvalidModule::Import(format!("{name} is not a function")));
        };
        if import.module != "ic0" {
            return Err(InvalidModule::Import(format!("{name}: only module `ic0` can be imported from")));
        }
        let rule = rules::find(import.name)
            .ok_or_else(|| InvalidModule::Import(format!("{name} is not part of the System API known here")))?;
        let ty = self.types.get(index as usize);
        if ty.is_none_or(|ty| !rule.has_type(ty)) {
            return Err(InvalidModule::Import(format!("{name} has the wrong type")));
        }
        self.functions.push(index);
        Ok(())
    }

    fn table(&mut self, table: TableType) -> Result<(), InvalidModule> {
        if table.table64 {
            return Err(InvalidModule::Unsupported("64-bit table".into()));
        }
        within("elements in a table", usize::try_from(table.initial).unwrap_or(usize::MAX), MAX_TABLE_ELEMENTS)?;
        self.layout.has_table = true;
        Ok(())
    }

    fn memory(&mut self, memory: MemoryType) -> Result<(), InvalidModule> {
        if memory.memory64 {
            return Err(InvalidModule::Unsupported("wasm64 memory".into()));
        }
        if self.layout.has_memory {
            return Err(InvalidModule::Malformed("more than one memory".into()));
        }
        self.layout.has_memory = true;
        self.initial_pages = memory.initial;
        Ok(())
    }

    fn global(&mut self, global: GlobalType) -> Result<(), InvalidModule> {
        if global.mutable {
            if matches!(global.content_type, ValType::Ref(_)) {
                return Err(InvalidModule::Unsupported("mutable global holding a reference".into()));
            }
            self.layout.mutable_globals.push(u32::try_from(self.globals).unwrap_or(u32::MAX));
        }
        self.globals += 1;
        Ok(())
    }

    fn data(&self, data: &Data<'_>) -> Result<(), InvalidModule> {
        let DataKind::Active { offset_expr, .. } = &data.kind else { return Ok(()) };
        let offset = match offset_expr.get_operators_reader().read() {
            Ok(Operator::I32Const { value }) => u64::from(value.cast_unsigned()),
            Ok(_) => return Err(InvalidModule::Data("its offset is not a constant".into())),
            Err(error) => return Err(malformed(&error)),
        };
        let end = offset + data.data.len() as u64;
        if end > self.initial_pages * WASM_PAGE {
            return Err(InvalidModule::Data(format!("it ends at {end}, beyond the initial memory")));
        }
        Ok(())
    }

    fn body(&mut self, body: &wasmparser::FunctionBody<'_>) -> wasmparser::Result<Result<(), InvalidModule>> {
        let mut operators = body.get_operators_reader()?;
        let mut count = 0;
        while !operators.eof() {
            count += 1;
            self.has_transient_state |= matches!(
                operators.read()?,
                Operator::TableSet { .. }
                    | Operator::TableGrow { .. }
                    | Operator::TableFill { .. }
                    | Operator::TableCopy { .. }
                    | Operator::TableInit { .. }
                    | Operator::ElemDrop { .. }
                    | Operator::DataDrop { .. }
            );
        }
        Ok(within("operators in one function", count, MAX_FUNCTION_OPERATORS))
    }

    fn custom_section(&mut self, name: &str, content: &[u8]) -> Result<(), InvalidModule> {
        let Some(qualified) = name.strip_prefix("icp:") else { return Ok(()) };
        let (visibility, name) = match qualified.split_once(' ') {
            Some(("public", name)) => (Visibility::Public, name),
            Some(("private", name)) => (Visibility::Private, name),
            _ => return Err(InvalidModule::CustomSection(name.to_owned())),
        };
        if self.custom_sections.insert(name.to_owned(), (visibility, content.to_vec())).is_some() {
            return Err(InvalidModule::CustomSection(format!("{name} is there twice")));
        }
        Ok(())
    }

    fn export(&mut self, export: &Export<'_>) -> Result<(), InvalidModule> {
        let name = export.name;
        if name.starts_with(RESERVED_PREFIX) {
            return Err(InvalidModule::Export(format!("`{name}` is reserved")));
        }
        if !name.starts_with("canister_") || export.kind != ExternalKind::Func {
            return Ok(());
        }
        let methods = &mut self.methods;
        let (set, method) = match name.split_once(' ') {
            Some(("canister_update", method)) => (&mut methods.update, method),
            Some(("canister_query", method)) => (&mut methods.query, method),
            Some(("canister_composite_query", method)) => (&mut methods.composite_query, method),
            None if LIFECYCLE.contains(&name) => (&mut methods.lifecycle, name),
            None if name == "canister_on_low_wasm_memory" => return Err(InvalidModule::Unsupported(name.to_owned())),
            _ => return Err(InvalidModule::Export(format!("`{name}` is not a name the system knows"))),
        };
        set.insert(method.to_owned());
        let ty = self.functions.get(export.index as usize).and_then(|index| self.types.get(*index as usize));
        if ty.is_none_or(|ty| !ty.params().is_empty() || !ty.results().is_empty()) {
            return Err(InvalidModule::Export(format!("`{name}` must take and return nothing")));
        }
        let Methods { update, query, composite_query, .. } = &self.methods;
        let kinds = [update, query, composite_query].iter().filter(|set| set.contains(method)).count();
        if kinds > 1 {
            return Err(InvalidModule::Export(format!("method `{method}` is exported as two kinds")));
        }
        within("methods", update.len() + query.len() + composite_query.len(), MAX_METHODS)
    }
}
