//! What the providers keep: each its own, which only it can name, and therefore only it can reach.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What a provider keeps.
pub(crate) trait State: Any + Debug + Send {}

impl<T: Any + Debug + Send> State for T {}

/// The states of all providers by their types.
#[derive(Debug)]
pub(super) struct States(BTreeMap<TypeId, Box<dyn State>>);

impl States {
    pub(super) fn new(states: impl Iterator<Item = Box<dyn State>>) -> Self {
        Self(states.map(|state| ((*state).type_id(), state)).collect())
    }

    pub(super) fn get<S: State>(&self) -> Option<&S> {
        let state: &dyn Any = self.0.get(&TypeId::of::<S>())?.as_ref();
        state.downcast_ref()
    }

    pub(super) fn get_mut<S: State>(&mut self) -> Option<&mut S> {
        let state: &mut dyn Any = self.0.get_mut(&TypeId::of::<S>())?.as_mut();
        state.downcast_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Own(u8);

    #[test]
    fn a_state_is_found_by_its_type_alone() {
        let mut states = States::new([Box::new(Own(1)) as Box<dyn State>].into_iter());
        if let Some(own) = states.get_mut::<Own>() {
            own.0 = 2;
        }
        assert_eq!(states.get::<Own>(), Some(&Own(2)));
        assert_eq!(states.get::<String>(), None);
    }
}
