//! The facts that a rule has with every request.

use crate::facts::{FactKey, FactsRefused, Given};
use crate::model::{Fact, Resource};
use crate::rule_set::Binding;

/// The facts that a rule declares, or those of them that were not given.
pub(super) fn declared_facts<'a>(
    binding: &Binding,
    resource: &Resource,
    given: &Given<'a>,
) -> Result<Vec<&'a Fact>, FactsRefused> {
    let (mut shown, mut missing): (Vec<&Fact>, Vec<FactKey>) = (Vec::new(), Vec::new());
    for key in binding.fact_kinds.iter().map(|kind| FactKey::about(*kind, resource)) {
        match given.get(&key) {
            Some(fact) => shown.push(fact),
            None => missing.push(key),
        }
    }
    shown.sort();
    if missing.is_empty() { Ok(shown) } else { Err(FactsRefused::NotGiven(missing)) }
}
