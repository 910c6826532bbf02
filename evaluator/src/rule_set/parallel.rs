//! Rules become ready on all processors, each module once for all rules that pin it.

use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread::{self, ScopedJoinHandle};

use holdfast_rule_set::{BindingEntry, Digest};

use super::error::LoadError;
use super::loading::{Loaded, Loading};
use super::making::Building;
use super::opening::Module;

/// Something of a rule, with the rule's place in the file.
type Placed<T> = (usize, T);

impl Loading {
    /// What comes of each rule, in the order of the file.
    pub(super) fn in_parallel(&self, making: &Building<'_>) -> Vec<Result<Loaded, LoadError>> {
        let mut outcomes: Vec<Placed<Result<Loaded, LoadError>>> = thread::scope(|scope| {
            let load = |rules| scope.spawn(move || self.of_one_module(rules, making));
            let loading: Vec<_> = self.by_module().into_iter().map(load).collect();
            let joined = |thread: ScopedJoinHandle<'_, Vec<_>>| {
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            loading.into_iter().flat_map(joined).collect()
        });
        outcomes.sort_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// The rules of each module that is pinned. Those that pin none are together: each fails for itself.
    fn by_module(&self) -> Vec<Vec<Placed<&BindingEntry>>> {
        let mut modules: Vec<(Option<Digest>, Vec<Placed<&BindingEntry>>)> = Vec::new();
        for (place, entry) in self.file.bindings.iter().enumerate() {
            let pinned: Option<Digest> = entry.digest.as_deref().and_then(|digest| digest.parse().ok());
            match modules.iter_mut().find(|(known, _)| *known == pinned) {
                Some((_, rules)) => rules.push((place, entry)),
                None => modules.push((pinned, vec![(place, entry)])),
            }
        }
        modules.into_iter().map(|(_, rules)| rules).collect()
    }

    /// What comes of rules that pin one module. It is open until the last of them is ready, and no longer.
    fn of_one_module(
        &self,
        rules: Vec<Placed<&BindingEntry>>,
        making: &Building<'_>,
    ) -> Vec<Placed<Result<Loaded, LoadError>>> {
        let bytes = OnceLock::new();
        let module = &Module::new(&bytes);
        thread::scope(|scope| {
            let mut loading = Vec::new();
            for (place, entry) in rules {
                let make = move || self.rule(entry, |settings| self.make(entry, settings, making, module));
                loading.push((place, entry, scope.spawn(make)));
            }
            let joined = loading.into_iter().map(|(place, entry, thread)| {
                let panicked = |_| Err(self.binding_error(entry, "the module made the loader panic"));
                (place, thread.join().unwrap_or_else(panicked))
            });
            joined.collect()
        })
    }
}
