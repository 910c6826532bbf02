//! Turns a configured instance into a component that starts configured.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, WasmList};
use wasmtime_wizer::{ComponentContext, ComponentInstanceState, Wizer};

use crate::engine::{Limits, caught};

use super::guard::Guard;

/// The snapshot, or `None` for a module whose state cannot be read back.
pub(super) fn take(
    context: &ComponentContext<'_>,
    store: &mut Store<Guard>,
    instance: Instance,
) -> Option<Vec<u8>> {
    let mut state = State { store, instance, complete: true };
    // Wizer panics on state that it does not know, such as vector globals.
    let snapshot = caught(|| {
        let wizer = Wizer::new();
        let taking = pin!(wizer.snapshot_component(context, &mut state));
        // `State` never waits, so one poll finishes.
        match taking.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(taken) => taken.ok(),
            Poll::Pending => None,
        }
    });
    snapshot.ok().flatten().filter(|_| state.complete)
}

/// Reads memories and globals through the accessors that instrumenting added.
struct State<'a> {
    store: &'a mut Store<Guard>,
    instance: Instance,
    complete: bool,
}

impl State<'_> {
    fn call<R>(&mut self, interface: &str, accessor: &str) -> Option<R>
    where
        R: Lift + 'static,
        (R,): ComponentNamedList,
    {
        let value = self.try_call(interface, accessor);
        self.complete &= value.is_some();
        value
    }

    fn try_call<R>(&mut self, interface: &str, accessor: &str) -> Option<R>
    where
        R: Lift + 'static,
        (R,): ComponentNamedList,
    {
        let limits = Limits::default();
        self.store.set_fuel(limits.fuel).ok()?;
        // A whole memory is read back as one list, which is more than any answer may have.
        self.store.set_hostcall_fuel(limits.memory_bytes);
        let interface = self.instance.get_export_index(&mut *self.store, None, interface)?;
        let accessor = self.instance.get_export_index(&mut *self.store, Some(&interface), accessor)?;
        let accessor = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, accessor);
        let (value,) = accessor.ok()?.call(&mut *self.store, ()).ok()?;
        Some(value)
    }
}

impl ComponentInstanceState for State<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        interface: &str,
        accessor: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.call::<WasmList<u8>>(interface, accessor) {
            Some(bytes) => contents(bytes.as_le_slice(&*self.store)),
            // There will be no snapshot; but Wizer panics where it does not find as many bytes as there are.
            None => contents(&vec![0; Limits::default().memory_bytes]),
        }
    }

    async fn call_func_ret_s32(&mut self, interface: &str, accessor: &str) -> i32 {
        self.call(interface, accessor).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, interface: &str, accessor: &str) -> i64 {
        self.call(interface, accessor).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, interface: &str, accessor: &str) -> u32 {
        self.call(interface, accessor).map_or(0, f32::to_bits)
    }

    async fn call_func_ret_f64(&mut self, interface: &str, accessor: &str) -> u64 {
        self.call(interface, accessor).map_or(0, f64::to_bits)
    }
}
