//! Doors of a core module, called as the canonical ABI calls them.

use wasmtime::{Instance, Memory, Store, TypedFunc};

use crate::engine::Limits;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::guard::Guard;

/// How the answer to settings begins that have no issues.
const ACCEPTED: u8 = 0;
pub(super) const OUTSIDE: &str = "it made room outside of its memory";

/// Names of what a door is made of.
pub(super) struct Names {
    pub(super) function: &'static str,
    /// Makes room for what goes in.
    pub(super) realloc: &'static str,
    /// Is told when the answer has been read; a module may do without.
    pub(super) post_return: &'static str,
    pub(super) memory: &'static str,
}

/// The packed door.
pub(super) const PACKED: Names = Names {
    function: "holdfast:evaluate",
    realloc: "holdfast:evaluate-realloc",
    post_return: "holdfast:evaluate-post-return",
    memory: "holdfast:evaluate-memory",
};
/// The one for settings.
pub(super) const CONFIGURE: Names = Names {
    function: "holdfast:configure",
    realloc: "holdfast:configure-realloc",
    post_return: "holdfast:configure-post-return",
    memory: "holdfast:configure-memory",
};

/// Two numbers in, one out: what all doors that take one list or text are.
pub(super) struct Door {
    pub(super) memory: Memory,
    pub(super) function: TypedFunc<(u32, u32), u32>,
    pub(super) realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    pub(super) post_return: Option<TypedFunc<u32, ()>>,
}

impl Door {
    pub(super) fn of(store: &mut Store<Guard>, instance: Instance, names: &Names) -> wasmtime::Result<Self> {
        let memory = instance
            .get_memory(&mut *store, names.memory)
            .ok_or_else(|| wasmtime::Error::msg(format!("the export `{}` is missing", names.memory)))?;
        let post_return = match instance.get_func(&mut *store, names.post_return) {
            Some(function) => Some(function.typed(&*store)?),
            None => None,
        };
        Ok(Self {
            memory,
            function: instance.get_typed_func(&mut *store, names.function)?,
            realloc: instance.get_typed_func(&mut *store, names.realloc)?,
            post_return,
        })
    }

    /// Gives it settings that it has accepted before, as the canonical ABI does.
    pub(super) fn configure(
        &self,
        store: &mut Store<Guard>,
        settings: &str,
        limits: &Limits,
    ) -> Result<(), RuleFailure> {
        let limits = limits.to_configure();
        let call = |error: wasmtime::Error| RuleFailure::of_call(&error, &limits);
        let length = u32::try_from(settings.len()).unwrap_or(u32::MAX);
        let room = self.realloc.call(&mut *store, (0, 0, 1, length)).map_err(call)?;
        let place = within(self.memory.data_mut(&mut *store), room, length);
        let place = place.ok_or_else(|| call(wasmtime::Error::msg(OUTSIDE)))?;
        place.copy_from_slice(settings.as_bytes());
        let answered = self.function.call(&mut *store, (room, length)).map_err(call)?;
        let accepted = within(self.memory.data_mut(&mut *store), answered, 1);
        if accepted.is_none_or(|accepted| *accepted != [ACCEPTED]) {
            return Err(RuleFailure::settings_refused());
        }
        match &self.post_return {
            Some(post_return) => post_return.call(store, answered).map_err(call),
            None => Ok(()),
        }
    }
}

/// This part of it; `None` if it is not all inside.
pub(super) fn within(memory: &mut [u8], start: u32, length: u32) -> Option<&mut [u8]> {
    let (start, length) = (start as usize, length as usize);
    memory.get_mut(start..start.checked_add(length)?)
}
