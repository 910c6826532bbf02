//! Resources in an order in which each comes after all that it depends on.

use super::invalid;
use super::resource::Resource;
use crate::wire::ArmError;

/// The resources sorted; those that may come at any time keep their order.
pub(super) fn sorted<'a>(resources: Vec<Resource<'a>>) -> Result<Vec<Resource<'a>>, ArmError> {
    for resource in &resources {
        let unknown =
            resource.depends_on.iter().find(|wanted| !resources.iter().any(|one| one.is_meant_by(wanted)));
        if let Some(unknown) = unknown {
            let name = &resource.name;
            return Err(invalid(format!(
                "the resource '{unknown}', on which '{name}' depends, is not in the template"
            )));
        }
    }
    let mut waiting = resources;
    let mut sorted: Vec<Resource<'a>> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |one: &Resource<'_>| {
            let open = |wanted: &&String| waiting.iter().any(|other| other.is_meant_by(wanted));
            !one.depends_on.iter().any(|wanted| open(&wanted))
        };
        let at = waiting.iter().position(is_free);
        let at = at.ok_or_else(|| invalid("resources depend on each other in a circle"))?;
        sorted.push(waiting.remove(at));
    }
    Ok(sorted)
}
