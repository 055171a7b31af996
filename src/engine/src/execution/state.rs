//! What of a canister survives between messages: heap, globals, stable memory, and its module.

use super::image::StableImage;
use super::{Trap, pages::Pages};
use crate::{
    system_api::{Host, Stable},
    wasm::{Module, instrument},
};
use wasmtime::{Global, Instance, Memory, Store, Val};

const WASM_PAGE_BYTES: u64 = 65_536;

/// What an installation keeps of the memory that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: install and reinstall.
    Nothing,
    /// Stable memory: upgrade.
    Stable,
    /// Stable memory and heap: upgrade with `wasm_memory_persistence = keep`.
    StableAndHeap,
}

/// Heap, mutable globals and stable memory of one canister, and its module.
///
/// Between messages a live instance is kept beside the committed bytes, so that a message neither instantiates nor
/// copies the heap: committing takes over the pages that changed, rolling back puts them back.
pub struct State {
    module: Module,
    heap: Option<Heap>,
    globals: Option<Vec<Value>>,
    stable: Stable,
    live: Option<Live>,
}

/// The state of a canister at one moment; pages are shared with the canister until either changes.
#[derive(Clone)]
pub struct Snapshot {
    module: Module,
    heap: Option<Heap>,
    globals: Option<Vec<Value>>,
    stable: Stable,
}

#[derive(Clone)]
struct Heap {
    bytes: Pages,
    size: usize,
}

/// The value of a mutable global; floats as bits, so that a NaN stays the same NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
}

impl Value {
    fn of(value: &Val) -> Option<Self> {
        match value {
            Val::I32(value) => Some(Self::I32(*value)),
            Val::I64(value) => Some(Self::I64(*value)),
            Val::F32(bits) => Some(Self::F32(*bits)),
            Val::F64(bits) => Some(Self::F64(*bits)),
            Val::V128(value) => Some(Self::V128(value.as_u128())),
            _ => None,
        }
    }

    fn to_val(self) -> Val {
        match self {
            Self::I32(value) => Val::I32(value),
            Self::I64(value) => Val::I64(value),
            Self::F32(bits) => Val::F32(bits),
            Self::F64(bits) => Val::F64(bits),
            Self::V128(value) => Val::V128(value.into()),
        }
    }
}

/// An instance ready to run.
pub(super) struct Live {
    pub(super) store: Store<Host>,
    pub(super) instance: Instance,
    pub(super) counter: Global,
    pub(super) memory: Option<Memory>,
    globals: Vec<Global>,
}

impl State {
    /// A canister on which nothing has run: its heap is what the module's data segments say.
    #[must_use]
    pub fn new(module: Module) -> Self {
        Self { module, heap: None, globals: None, stable: Stable::default(), live: None }
    }

    /// A canister on which nothing has run but whose stable memory is there: one that is being upgraded.
    #[must_use]
    pub fn on_stable(module: Module, image: &StableImage) -> Self {
        let stable =
            Stable { bytes: image.pages().clone(), size: image.bytes() / WASM_PAGE_BYTES, ..Stable::default() };
        Self { stable, ..Self::new(module) }
    }

    /// Replaces the module, keeping what `keep` says. Nothing runs.
    pub fn install(&mut self, module: Module, keep: Keep) {
        let previous = std::mem::replace(self, Self::new(module));
        match keep {
            Keep::Nothing => {}
            Keep::Stable => self.stable = previous.stable,
            Keep::StableAndHeap => {
                self.stable = previous.stable;
                self.heap = previous.heap;
            }
        }
    }

    /// The state now. Cheap: pages are shared.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            module: self.module.clone(),
            heap: self.heap.clone(),
            globals: self.globals.clone(),
            stable: self.stable.clone(),
        }
    }

    /// Goes back to `snapshot`, module included.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        if !self.module.is_same(&snapshot.module) {
            self.live = None;
        }
        self.module = snapshot.module.clone();
        self.heap = snapshot.heap.clone();
        self.globals = snapshot.globals.clone();
        self.stable = snapshot.stable.clone();
        if let Some(live) = self.live.take() {
            self.abort(live);
        }
    }

    /// Bytes of heap.
    #[must_use]
    pub fn heap_bytes(&self) -> u64 {
        self.heap.as_ref().map_or(self.module.initial_pages() * WASM_PAGE_BYTES, |heap| heap.size as u64)
    }

    /// Bytes of stable memory.
    #[must_use]
    pub fn stable_bytes(&self) -> u64 {
        self.stable.size * WASM_PAGE_BYTES
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// All of stable memory, copied: for images to keep.
    #[must_use]
    pub fn read_stable(&self) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.stable_bytes()).unwrap_or(usize::MAX)];
        self.stable.bytes.read(0, &mut bytes);
        bytes
    }

    /// Makes these bytes all of stable memory.
    pub fn replace_stable(&mut self, bytes: &[u8]) {
        self.stable = Stable::default();
        self.stable.size = (bytes.len() as u64).div_ceil(WASM_PAGE_BYTES);
        self.stable.bytes.absorb(bytes);
    }

    /// All of stable memory, sharing its pages: for finding out whether it changes.
    #[must_use]
    pub fn stable_image(&self) -> StableImage {
        StableImage::new(self.stable.bytes.clone(), self.stable_bytes())
    }

    /// All of the heap, copied; `None` before anything has run.
    #[must_use]
    pub fn read_heap(&self) -> Option<Vec<u8>> {
        let heap = self.heap.as_ref()?;
        let mut bytes = vec![0; heap.size];
        heap.bytes.read(0, &mut bytes);
        Some(bytes)
    }

    /// Stable memory for a message; pages are shared with what is kept here, so dropping it rolls back.
    pub(super) fn stable(&self) -> Stable {
        let mut stable = self.stable.clone();
        stable.dirty.clear();
        stable
    }

    /// An instance holding the committed state, around `host`.
    pub(super) fn wake(&mut self, host: Host) -> Result<Live, Trap> {
        let limit = host.limits.heap_bytes;
        let mut live = match self.live.take() {
            Some(mut live) => {
                *live.store.data_mut() = host;
                live
            }
            None => {
                let mut live = Live::new(&self.module, host)?;
                if let Some(heap) = &self.heap {
                    live.grow_to(heap.size)?;
                }
                self.put_back(&mut live);
                live
            }
        };
        if self.heap.is_none() || self.globals.is_none() {
            self.take_over(&mut live);
        }
        let (counter, memory) = (live.counter, live.memory);
        let host = live.store.data_mut();
        (host.counter, host.memory, host.heap_limit.bytes) = (Some(counter), memory, limit);
        Ok(live)
    }

    /// Makes what the instance holds the committed state. Answers how many pages of the heap changed.
    pub(super) fn commit(&mut self, mut live: Live) -> u64 {
        let changed = self.take_over(&mut live);
        self.stable = std::mem::take(&mut live.store.data_mut().stable);
        self.keep(live);
        changed
    }

    /// Forgets what the message did. Answers how many pages of the heap it had changed.
    pub(super) fn abort(&mut self, mut live: Live) -> u64 {
        live.store.data_mut().stable = Stable::default();
        let changed = self.put_back(&mut live);
        // A memory that grew cannot shrink, so such an instance is given up.
        if self.heap.as_ref().is_some_and(|heap| heap.size == live.heap_bytes()) {
            self.keep(live);
        }
        changed
    }

    fn keep(&mut self, live: Live) {
        if !self.module.has_transient_state() {
            self.live = Some(live);
        }
    }

    fn put_back(&self, live: &mut Live) -> u64 {
        let changed = match (&self.heap, live.memory) {
            (Some(heap), Some(memory)) => heap.bytes.restore(memory.data_mut(&mut live.store)),
            _ => 0,
        };
        for (global, value) in live.globals.iter().zip(self.globals.iter().flatten()) {
            // The value came from this very global, so its type fits.
            let _ = global.set(&mut live.store, value.to_val());
        }
        changed
    }

    fn take_over(&mut self, live: &mut Live) -> u64 {
        let size = live.heap_bytes();
        let heap = self.heap.get_or_insert_with(|| Heap { bytes: Pages::default(), size });
        heap.size = size;
        let changed = live.memory.map_or(0, |memory| heap.bytes.absorb(memory.data(&live.store)));
        let store = &mut live.store;
        self.globals = Some(live.globals.iter().filter_map(|global| Value::of(&global.get(&mut *store))).collect());
        changed
    }
}

impl Live {
    fn new(module: &Module, host: Host) -> Result<Self, Trap> {
        let compiled = module.compiled();
        let limit = host.limits.heap_bytes;
        let mut store = Store::new(compiled.module().engine(), host);
        store.data_mut().heap_limit.bytes = limit;
        store.limiter(|host| &mut host.heap_limit);
        let instance = compiled.instantiate(&mut store).map_err(|error| super::run::trap_of(error, false, limit))?;
        let missing = |what: &str| Trap::Wasm(format!("the module lost its {what}"));
        let counter =
            instance.get_global(&mut store, instrument::COUNTER).ok_or_else(|| missing("instruction counter"))?;
        let memory = instance.get_memory(&mut store, instrument::MEMORY);
        let globals = module
            .mutable_globals()
            .iter()
            .map(|index| {
                instance
                    .get_global(&mut store, &instrument::global_name(*index))
                    .ok_or_else(|| missing("mutable globals"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { store, instance, counter, memory, globals })
    }

    fn heap_bytes(&self) -> usize {
        self.memory.map_or(0, |memory| memory.data_size(&self.store))
    }

    /// Grows a fresh memory to the committed size, which was within the limit when it was reached.
    fn grow_to(&mut self, size: usize) -> Result<(), Trap> {
        let Some(memory) = self.memory else { return Ok(()) };
        let missing = (size as u64).saturating_sub(self.heap_bytes() as u64) / WASM_PAGE_BYTES;
        if missing > 0 {
            self.store.data_mut().heap_limit.bytes = u64::MAX;
            memory
                .grow(&mut self.store, missing)
                .map_err(|error| Trap::OutOfMemory(format!("the heap could not be restored: {error:#}")))?;
        }
        Ok(())
    }
}
