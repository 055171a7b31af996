//! What every import costs, which type it has, and from where it may be called.
//!
//! Sources: the interface specification, "Overview of imports" (`data/system-api.csv`), and
//! `rs/embedders/src/wasmtime_embedder/system_api_complexity.rs` of dfinity/ic (`data/system-api-overheads.csv`).

use crate::execution::Entry;
use std::{collections::BTreeMap, fmt, sync::LazyLock};
use wasmparser::{FuncType, ValType};

const IMPORTS: &str = include_str!("../../data/system-api.csv");
const OVERHEADS: &str = include_str!("../../data/system-api-overheads.csv");

/// From where a message enters the canister, in the interface specification's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// `canister_init` or `canister_post_upgrade`.
    I,
    /// `canister_pre_upgrade`.
    G,
    /// Update method.
    U,
    /// Query method in replicated mode.
    Rq,
    /// Query method in non-replicated mode.
    Nrq,
    /// Composite query method.
    Cq,
    /// Reply callback.
    Ry,
    /// Reject callback.
    Rt,
    /// Reply callback of a composite query.
    CRy,
    /// Reject callback of a composite query.
    CRt,
    /// Cleanup callback.
    C,
    /// Cleanup callback of a composite query.
    Cc,
    /// `canister_inspect_message`.
    F,
    /// Heartbeat or global timer.
    T,
    /// `(start)`.
    S,
}

const LETTERS: [(&str, Context); 15] = [
    ("I", Context::I),
    ("G", Context::G),
    ("U", Context::U),
    ("RQ", Context::Rq),
    ("NRQ", Context::Nrq),
    ("CQ", Context::Cq),
    ("Ry", Context::Ry),
    ("Rt", Context::Rt),
    ("CRy", Context::CRy),
    ("CRt", Context::CRt),
    ("C", Context::C),
    ("CC", Context::Cc),
    ("F", Context::F),
    ("T", Context::T),
    ("s", Context::S),
];

impl Context {
    /// The context in which `entry` runs (its start function apart).
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Init { .. } | Entry::PostUpgrade { .. } => Self::I,
            Entry::PreUpgrade => Self::G,
            Entry::InspectMessage { .. } => Self::F,
            Entry::Update { .. } => Self::U,
            Entry::ReplicatedQuery { .. } => Self::Rq,
            Entry::Query { .. } => Self::Nrq,
            Entry::CompositeQuery { .. } => Self::Cq,
            Entry::ReplyCallback { composite: false, .. } => Self::Ry,
            Entry::ReplyCallback { composite: true, .. } => Self::CRy,
            Entry::RejectCallback { composite: false, .. } => Self::Rt,
            Entry::RejectCallback { composite: true, .. } => Self::CRt,
            Entry::Cleanup { composite: false, .. } => Self::C,
            Entry::Cleanup { composite: true, .. } => Self::Cc,
            Entry::Heartbeat | Entry::GlobalTimer => Self::T,
        }
    }

    /// Whether all nodes of the subnet run it.
    pub(crate) fn is_replicated(self) -> bool {
        !matches!(self, Self::Nrq | Self::Cq | Self::CRy | Self::CRt | Self::Cc | Self::F)
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(LETTERS.iter().find(|(_, context)| context == self).map_or("?", |(letters, _)| letters))
    }
}

/// One import.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    params: Vec<ValType>,
    results: Vec<ValType>,
    contexts: u16,
    /// Instructions charged by every call, before the bytes it moves.
    pub(crate) overhead: u64,
}

impl Rule {
    pub(crate) fn has_type(&self, ty: &FuncType) -> bool {
        ty.params() == self.params && ty.results() == self.results
    }

    pub(crate) fn allows(&self, context: Context) -> bool {
        self.contexts & context.bit() != 0
    }

    fn parse(row: &'static str, overheads: &BTreeMap<&str, u64>) -> Option<Self> {
        let (name, rest) = row.split_once(',')?;
        let (signature, contexts) = rest.rsplit_once(',')?;
        let (params, results) = signature.trim_matches('"').split_once("->")?;
        Some(Self {
            name,
            params: types(params)?,
            results: types(results)?,
            contexts: contexts.split_whitespace().try_fold(0, |bits, letters| Some(bits | parse_context(letters)?))?,
            overhead: *overheads.get(overhead_name(name)).unwrap_or(&DEFAULT_OVERHEAD),
        })
    }
}

/// What nearly every call costs; for the imports that came after the table was drawn up.
const DEFAULT_OVERHEAD: u64 = 500;

/// The table of overheads names these three after their scheme, not after the import.
fn overhead_name(import: &str) -> &str {
    match import {
        "cost_sign_with_ecdsa" => "cost_ecdsa",
        "cost_sign_with_schnorr" => "cost_schnorr",
        "cost_vetkd_derive_key" => "cost_vetkd",
        other => other,
    }
}

/// Stable memory is native on the replica: growing costs less than the table's first column says, and asking for the
/// size is one wasm operator. Source: `overhead_native` and `system_api_replacements.rs`.
fn native_overhead(name: &str, listed: u64) -> u64 {
    match name {
        "stable64_grow" => 100,
        "stable64_size" => 0,
        _ => listed,
    }
}

fn types(list: &str) -> Option<Vec<ValType>> {
    list.trim()
        .trim_start_matches('(')
        .trim_end_matches(')')
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| match item.rsplit(':').next()?.trim() {
            "I" | "i32" => Some(ValType::I32),
            "i64" => Some(ValType::I64),
            _ => None,
        })
        .collect()
}

fn parse_context(letters: &str) -> Option<u16> {
    match letters {
        "*" => Some(LETTERS.iter().filter(|(letters, _)| *letters != "s").fold(0, |bits, (_, c)| bits | c.bit())),
        "Q" => Some(Context::Rq.bit() | Context::Nrq.bit()),
        _ => LETTERS.iter().find(|(name, _)| *name == letters).map(|(_, context)| context.bit()),
    }
}

static RULES: LazyLock<BTreeMap<&'static str, Rule>> = LazyLock::new(|| {
    let overheads = OVERHEADS
        .lines()
        .skip(1)
        .filter_map(|row| {
            let mut cells = row.split(',');
            let name = cells.next()?;
            Some((name, native_overhead(name, cells.next()?.parse().ok()?)))
        })
        .collect();
    IMPORTS.lines().skip(1).filter_map(|row| Rule::parse(row, &overheads)).map(|rule| (rule.name, rule)).collect()
});

/// The rule of import `ic0.<name>`.
pub(crate) fn find(name: &str) -> Option<&'static Rule> {
    RULES.get(name)
}
