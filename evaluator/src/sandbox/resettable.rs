//! An instance that is put back to its first state after each evaluation instead of made again.
//!
//! What an evaluation finds is what a fresh instance would give it, byte for byte: all of memory and every
//! global that can be set. `analysis.rs` says which modules have no other state. After a failure, or when
//! memory has grown, the instance is dropped and the next evaluation makes another.

#[cfg(feature = "compiler")]
mod analysis;
#[cfg(feature = "compiler")]
mod exports;
#[cfg(feature = "compiler")]
mod module;
mod room;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasmtime::{Engine, Global, Instance, InstancePre, Linker, Memory, Module, Store, TypedFunc, Val};

use crate::engine::Limits;

use super::failure::RuleFailure;
use super::guard::{Counted, Guard};

#[cfg(feature = "compiler")]
pub(super) use analysis::exposed;
use room::Room;

/// Name under which a component exports the core module that it is.
pub(super) const CORE: &str = "holdfast-core";
/// The memory.
pub(super) const MEMORY: &str = "holdfast:memory";
/// The packed door.
pub(super) const EVALUATE: &str = "holdfast:evaluate";
/// Makes room for the requests.
pub(super) const REALLOC: &str = "holdfast:realloc";
/// Is told when the answers have been read; a module may do without.
pub(super) const POST_RETURN: &str = "holdfast:post-return";
/// Globals that can be set, with their indexes behind this.
pub(super) const GLOBAL: &str = "holdfast:global-";

/// A module whose instance can be put back.
pub(super) struct Resettable {
    module: InstancePre<Guard>,
    /// Absent while it is in use, and after a failure.
    instance: Mutex<Option<ResettableInstance>>,
    room: Room,
    /// How many instances have been made.
    made: AtomicUsize,
}

/// Packed requests that are written where they are to lie.
pub(super) struct Requests<W> {
    pub(super) length: usize,
    /// Fills room of just this length.
    pub(super) write: W,
}

struct ResettableInstance {
    store: Store<Guard>,
    memory: Memory,
    evaluate: TypedFunc<(u32, u32), u32>,
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    post_return: Option<TypedFunc<u32, ()>>,
    first: FirstState,
    /// Where it made room for the last requests.
    taken_from: usize,
}

/// What an instance is put back to.
struct FirstState {
    /// Where the first byte lies that is not zero.
    start: usize,
    /// From there to the last that is not zero.
    bytes: Box<[u8]>,
    length: usize,
    globals: Vec<(Global, Val)>,
    counted: Counted,
}

impl Resettable {
    /// For a core module that a component exports under the name [`CORE`].
    pub(super) fn new(engine: &Engine, module: &Module) -> wasmtime::Result<Self> {
        let module = Linker::new(engine).instantiate_pre(module)?;
        Ok(Self { module, instance: Mutex::new(None), room: Room::unknown(), made: AtomicUsize::new(0) })
    }

    /// How many bytes of requests and answers there is room for.
    pub(super) fn room(&self) -> usize {
        self.room.bytes()
    }

    /// How many instances have been made: one, unless evaluations failed or grew memory.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// Asks about these packed requests, and has the answers read where they lie. Says how much fuel
    /// was burnt.
    pub(super) fn ask<T>(
        &self,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
        requests: Requests<impl FnOnce(&mut [u8]) -> Option<()>>,
        output_bytes: usize,
        read: impl FnOnce(&[u8]) -> Result<T, RuleFailure>,
    ) -> (Result<T, RuleFailure>, u64) {
        // Taken out, so that a panic leaves none behind.
        let kept = self.lock().take();
        let instance = match kept {
            Some(instance) => Ok(instance),
            None => {
                self.made.fetch_add(1, Ordering::Relaxed);
                ResettableInstance::make(&self.module, engine, limits, ticks)
            }
        };
        let mut instance = match instance {
            Ok(instance) => instance,
            Err(error) => return (Err(RuleFailure::of_contract(&error, limits)), 0),
        };
        let length = requests.length;
        let heard = instance.ask(limits, ticks, requests, output_bytes, read);
        let fuel = limits.fuel.saturating_sub(instance.store.get_fuel().unwrap_or_default());
        if heard.is_ok() {
            if instance.restore().is_ok() {
                self.room.kept(instance.first.length.saturating_sub(instance.taken_from));
                *self.lock() = Some(instance);
            } else {
                self.room.lost(length);
            }
        }
        (heard, fuel)
    }

    fn lock(&self) -> MutexGuard<'_, Option<ResettableInstance>> {
        self.instance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResettableInstance {
    fn make(
        module: &InstancePre<Guard>,
        engine: &Engine,
        limits: &Limits,
        ticks: u64,
    ) -> wasmtime::Result<Self> {
        let mut store = Guard::store(engine, limits, ticks)?;
        let instance = module.instantiate(&mut store)?;
        let memory = instance
            .get_memory(&mut store, MEMORY)
            .ok_or_else(|| wasmtime::Error::msg(format!("the export `{MEMORY}` is missing")))?;
        let post_return = match instance.get_func(&mut store, POST_RETURN) {
            Some(function) => Some(function.typed(&store)?),
            None => None,
        };
        Ok(Self {
            evaluate: instance.get_typed_func(&mut store, EVALUATE)?,
            realloc: instance.get_typed_func(&mut store, REALLOC)?,
            post_return,
            first: FirstState::of(&mut store, instance, memory),
            memory,
            store,
            taken_from: 0,
        })
    }

    fn ask<T>(
        &mut self,
        limits: &Limits,
        ticks: u64,
        requests: Requests<impl FnOnce(&mut [u8]) -> Option<()>>,
        output_bytes: usize,
        read: impl FnOnce(&[u8]) -> Result<T, RuleFailure>,
    ) -> Result<T, RuleFailure> {
        let call = |error: wasmtime::Error| RuleFailure::of_call(&error, limits);
        let unreadable =
            |detail: &str| RuleFailure::Output { limit: output_bytes, detail: detail.to_owned() };
        self.store.set_fuel(limits.fuel).map_err(call)?;
        self.store.set_epoch_deadline(ticks);
        self.store.data_mut().begin_again(self.first.counted);
        let length = u32::try_from(requests.length).unwrap_or(u32::MAX);
        let room = self.realloc.call(&mut self.store, (0, 0, 1, length)).map_err(call)?;
        self.taken_from = room as usize;
        let place = within(self.memory.data_mut(&mut self.store), room, length);
        let place = place.ok_or_else(|| unreadable("it made room outside of its memory"))?;
        (requests.write)(place).ok_or_else(|| unreadable("the requests have another length"))?;
        let answered = self.evaluate.call(&mut self.store, (room, length)).map_err(call)?;
        let memory = self.memory.data_mut(&mut self.store);
        let answers = answers(memory, answered, output_bytes).map_err(unreadable)?;
        let heard = read(answers)?;
        if let Some(post_return) = &self.post_return {
            post_return.call(&mut self.store, answered).map_err(call)?;
        }
        Ok(heard)
    }

    /// Puts everything back; an error if memory has grown.
    fn restore(&mut self) -> wasmtime::Result<()> {
        let first = &self.first;
        let memory = self.memory.data_mut(&mut self.store);
        if memory.len() != first.length {
            return Err(wasmtime::Error::msg("memory has grown"));
        }
        let (before, rest) = memory.split_at_mut(first.start);
        let (bytes, behind) = rest.split_at_mut(first.bytes.len());
        before.fill(0);
        bytes.copy_from_slice(&first.bytes);
        behind.fill(0);
        first.globals.iter().try_for_each(|(global, value)| global.set(&mut self.store, *value))
    }
}

impl FirstState {
    fn of(store: &mut Store<Guard>, instance: Instance, memory: Memory) -> Self {
        let exports = instance.exports(&mut *store);
        let globals: Vec<Global> = exports
            .filter(|export| export.name().starts_with(GLOBAL))
            .filter_map(|export| export.into_extern().into_global())
            .collect();
        let globals = globals.into_iter().map(|global| (global, global.get(&mut *store))).collect();
        let bytes = memory.data(&*store);
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(start, |last| last + 1);
        Self {
            start,
            bytes: bytes.get(start..end).unwrap_or_default().into(),
            length: bytes.len(),
            globals,
            counted: store.data().counted(),
        }
    }
}

/// Where the canonical ABI lets the place and length of a list be written.
const LIST_ALIGNMENT: u32 = 4;

/// The list of bytes whose place and length are written at this address.
fn answers(memory: &mut [u8], at: u32, limit: usize) -> Result<&[u8], &'static str> {
    if !at.is_multiple_of(LIST_ALIGNMENT) {
        return Err("its answer does not lie at a multiple of four");
    }
    let pair = within(memory, at, 8).ok_or("its answer lies outside of its memory")?;
    let number = |bytes: Option<&[u8; 4]>| bytes.map_or(u32::MAX, |bytes| u32::from_le_bytes(*bytes));
    let (start, length) = (number(pair.first_chunk()), number(pair.last_chunk()));
    if length as usize > limit {
        return Err("its answer is longer");
    }
    within(memory, start, length).map(|bytes| &*bytes).ok_or("its answer lies outside of its memory")
}

fn within(memory: &mut [u8], start: u32, length: u32) -> Option<&mut [u8]> {
    let (start, length) = (start as usize, length as usize);
    memory.get_mut(start..start.checked_add(length)?)
}
