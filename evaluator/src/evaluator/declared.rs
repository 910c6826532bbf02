//! The facts that a rule has with every request.

use crate::facts::{FactKey, FactsRefused, Given};
use crate::model::{Fact, Resource};
use crate::rule_set::Binding;

/// The facts that a rule declares, sorted, or those of them that were not given.
pub(super) fn declared_facts<'a>(
    binding: &Binding,
    resource: &Resource,
    given: &Given<'a>,
) -> Result<Vec<&'a Fact>, FactsRefused> {
    let keys = binding.fact_kinds.iter().map(|kind| FactKey::about(*kind, resource));
    let mut shown = given.each(keys)?;
    shown.sort();
    Ok(shown)
}
