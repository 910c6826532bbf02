//! An instance, and the doors of it that have been used: to find one, all of its types are compared with ours, which takes
//! as long as many a rule thinks.

use std::cell::OnceCell;

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, TypedFunc};

use crate::contract::{Evaluate, EvaluatePacked, ReviewCall, VerifyCall, v1_1};

use super::guard::Guard;

/// An instance that can be asked.
pub(super) struct Opened {
    pub(super) instance: Instance,
    pub(super) evaluate: Door<Evaluate<'static>>,
    pub(super) evaluate_1_1: Door<v1_1::Evaluate<'static>>,
    pub(super) evaluate_packed: Door<EvaluatePacked<'static>>,
    pub(super) review: Door<ReviewCall<'static>>,
    pub(super) review_1_1: Door<v1_1::ReviewCall<'static>>,
    pub(super) verify: Door<VerifyCall<'static>>,
}

/// A door, once it has been looked for.
pub(super) struct Door<F>(OnceCell<F>);

impl Opened {
    pub(super) fn new(instance: Instance) -> Self {
        Self {
            instance,
            evaluate: Door(OnceCell::new()),
            evaluate_1_1: Door(OnceCell::new()),
            evaluate_packed: Door(OnceCell::new()),
            review: Door(OnceCell::new()),
            review_1_1: Door(OnceCell::new()),
            verify: Door(OnceCell::new()),
        }
    }
}

impl<P, R> Door<TypedFunc<P, R>>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// This export of the instance, which is the same each time.
    pub(super) fn of(
        &self,
        store: &mut Store<Guard>,
        instance: Instance,
        export: ComponentExportIndex,
    ) -> wasmtime::Result<TypedFunc<P, R>> {
        if let Some(found) = self.0.get() {
            return Ok(*found);
        }
        let found = instance.get_typed_func(store, export)?;
        Ok(*self.0.get_or_init(|| found))
    }
}
