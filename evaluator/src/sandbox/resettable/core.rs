//! The core module of a component, called without the component around it: for the packed door.

use wasmtime::{Engine, Instance, InstancePre, Linker, Module, Store, TypedFunc};

use crate::engine::Limits;
use crate::sandbox::evaluation::Answered;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::guard::{Counted, Guard};

use super::STATE_FUEL;
use super::door::{CONFIGURE, Door, OUTSIDE, PACKED, within};
use super::kept::Kept;
use super::room::Room;

/// Keeps memory and globals as they are.
pub(super) const KEEP: &str = "holdfast:keep";
/// Puts memory and globals back, and traps if memory has grown.
pub(super) const RESET: &str = "holdfast:reset";

/// A core module whose instance can be put back.
pub(in crate::sandbox) struct ResettableCore {
    module: InstancePre<Guard>,
    /// What it has to be given, if it is not configured.
    settings: Option<String>,
    instance: Kept<ResettableInstance>,
    room: Room,
}

/// Packed requests that are written where they are to lie.
pub(in crate::sandbox) struct Requests<W> {
    pub(in crate::sandbox) length: usize,
    /// Fills room of just this length.
    pub(in crate::sandbox) write: W,
}

struct ResettableInstance {
    store: Store<Guard>,
    packed: Door,
    reset: TypedFunc<(), ()>,
    counted: Counted,
    /// Where it made room for the last requests.
    taken_from: usize,
}

impl ResettableCore {
    /// For a core module that a component exports under the name [`CORE`](super::CORE).
    pub(in crate::sandbox) fn new(
        engine: &Engine,
        module: &Module,
        settings: Option<String>,
    ) -> wasmtime::Result<Self> {
        let module = Linker::new(engine).instantiate_pre(module)?;
        Ok(Self { module, settings, instance: Kept::none(), room: Room::unknown() })
    }

    /// How many bytes of requests and answers there is room for.
    pub(in crate::sandbox) fn room(&self) -> usize {
        self.room.bytes()
    }

    /// How many instances have been made: one, unless evaluations failed or grew memory.
    pub(in crate::sandbox) fn made(&self) -> usize {
        self.instance.made()
    }

    /// Asks about these packed requests, and has the answers read where they lie. Says how much fuel
    /// was burnt.
    pub(in crate::sandbox) fn ask<T>(
        &self,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
        requests: Requests<impl FnOnce(&mut [u8]) -> Option<()>>,
        output_bytes: usize,
        read: impl FnOnce(&[u8]) -> Result<T, RuleFailure>,
    ) -> (Result<T, RuleFailure>, u64) {
        let mut instance = match self.instance.take(|| self.make(engine, (limits, ticks))) {
            Ok(instance) => instance,
            Err(failure) => return (Err(failure), 0),
        };
        let length = requests.length;
        let answered = instance.ask(limits, ticks, requests, output_bytes, read);
        let fuel = limits.fuel.saturating_sub(instance.store.get_fuel().unwrap_or_default());
        if answered.is_ok() {
            if instance.put_back().is_ok() {
                self.room.kept(instance.behind_requests());
                self.instance.give_back(instance);
            } else {
                self.room.lost(length);
            }
        }
        (answered.and_then(|heard| heard), fuel)
    }

    /// Has an instance wait for the first evaluation.
    pub(in crate::sandbox) fn prepare(
        &self,
        engine: &Engine,
        budget: (&Limits, u64),
    ) -> Result<(), RuleFailure> {
        self.instance.prepare(|| self.make(engine, budget))
    }

    fn make(
        &self,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
    ) -> Result<ResettableInstance, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, limits);
        let mut store = Guard::store(engine, limits, ticks).map_err(contract)?;
        let instance = self.module.instantiate(&mut store).map_err(contract)?;
        if let Some(settings) = &self.settings {
            store.set_fuel(limits.to_configure().fuel).map_err(contract)?;
            let door = Door::of(&mut store, instance, &CONFIGURE).map_err(contract)?;
            door.configure(&mut store, settings, limits)?;
        }
        ResettableInstance::keep(store, instance).map_err(contract)
    }
}

impl ResettableInstance {
    /// An instance that is put back to what it is now.
    fn keep(mut store: Store<Guard>, instance: Instance) -> wasmtime::Result<Self> {
        let keep: TypedFunc<(), ()> = instance.get_typed_func(&mut store, KEEP)?;
        let counted = super::keep(&mut store, |store| keep.call(store, ()))?;
        Ok(Self {
            packed: Door::of(&mut store, instance, &PACKED)?,
            reset: instance.get_typed_func(&mut store, RESET)?,
            counted,
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
    ) -> Answered<T> {
        let call = |error: wasmtime::Error| RuleFailure::of_call(&error, limits);
        let unreadable =
            |detail: &str| RuleFailure::Output { limit: output_bytes, detail: detail.to_owned() };
        self.store.set_fuel(limits.fuel).map_err(call)?;
        self.store.set_epoch_deadline(ticks);
        self.store.data_mut().begin_again(self.counted);
        let length = u32::try_from(requests.length).unwrap_or(u32::MAX);
        let door = &self.packed;
        let room = door.realloc.call(&mut self.store, (0, 0, 1, length)).map_err(call)?;
        self.taken_from = room as usize;
        let place = within(door.memory.data_mut(&mut self.store), room, length);
        let place = place.ok_or_else(|| unreadable(OUTSIDE))?;
        (requests.write)(place).ok_or_else(|| unreadable("the requests have another length"))?;
        let answered = door.function.call(&mut self.store, (room, length)).map_err(call)?;
        let memory = door.memory.data_mut(&mut self.store);
        let answers = answers(memory, answered, output_bytes).map_err(unreadable)?;
        let heard = read(answers);
        if let Some(post_return) = &door.post_return {
            post_return.call(&mut self.store, answered).map_err(call)?;
        }
        Ok(heard)
    }

    /// Puts everything back; an error if memory has grown.
    fn put_back(&mut self) -> wasmtime::Result<()> {
        self.store.set_fuel(STATE_FUEL)?;
        self.reset.call(&mut self.store, ())
    }

    /// Bytes from the last requests to the end of memory.
    fn behind_requests(&self) -> usize {
        self.packed.memory.data_size(&self.store).saturating_sub(self.taken_from)
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
