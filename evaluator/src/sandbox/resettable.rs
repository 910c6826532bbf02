//! Instances that are put back to their first state after each evaluation instead of made again.
//!
//! What an evaluation finds is what a fresh instance would give it, byte for byte: all of memory and every
//! global that can be set. `analysis.rs` says which modules have no other state, and gives them functions that
//! keep it and put it back. An instance that has not answered, or whose memory has grown, is dropped, and the
//! next evaluation makes another.

#[cfg(feature = "compiler")]
mod analysis;
mod component;
mod core;
mod door;
#[cfg(feature = "compiler")]
mod exports;
mod kept;
#[cfg(feature = "compiler")]
mod module;
mod room;
#[cfg(feature = "compiler")]
mod state;

use wasmtime::Store;

use super::guard::{Counted, Guard};

#[cfg(feature = "compiler")]
pub(super) use analysis::exposed;
pub(super) use component::{ResettableComponent, StateFunctions};
pub(super) use core::{Requests, ResettableCore};
#[cfg(feature = "compiler")]
pub(super) use module::LARGEST;

/// Name under which a component exports the core module that it is, if it has a packed door.
pub(super) const CORE: &str = "holdfast-core";
/// Name under which a component exports the function that keeps its first state.
pub(super) const KEEP: &str = "holdfast-keep";
/// Name under which a component exports the function that puts it back.
pub(super) const RESET: &str = "holdfast-reset";

/// Fuel to keep a state, and to put an instance back: more than any takes, which is some for each byte.
const STATE_FUEL: u64 = 1 << 32;

/// Has this call keep the state that there is now, in memory that is not the evaluation's; says what the evaluation has
/// so far.
fn keep(
    store: &mut Store<Guard>,
    call: impl FnOnce(&mut Store<Guard>) -> wasmtime::Result<()>,
) -> wasmtime::Result<Counted> {
    store.set_fuel(STATE_FUEL)?;
    store.data_mut().keeps(true);
    call(store)?;
    store.data_mut().keeps(false);
    Ok(store.data().counted())
}
