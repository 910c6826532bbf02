//! A resource that Azure no longer shows, as the ledger last recorded it.

use std::collections::BTreeMap;

use holdfast_evaluator::Resource;

use crate::ledger;
use crate::ports::{Ledger, StorageError};
use crate::{Location, ResourceId};

/// The body of a resource that neither Azure nor the ledger describes. Its tags are unknown, which is not the same
/// as having none: a rule that asks for them has to assume what does the least harm.
///
/// The rule SDK has the same text; the rule contract has no field for it.
pub const TAGS_UNKNOWN: &str = r#"{"holdfast":{"unknown":["tags"]}}"#;

/// The resource as the newest decision about it saw it. Without a decision: its id, `location` and [`TAGS_UNKNOWN`].
///
/// # Errors
///
/// When the ledger cannot be read: without it, a rule would be asked about another resource.
pub(crate) async fn last_known(
    ledger: &dyn Ledger,
    id: &ResourceId,
    location: &Location,
) -> Result<Resource, StorageError> {
    let folder = ledger::prefix_of(id);
    for path in ledger.list(&folder).await?.iter().rev().filter(|path| is_decision(path, &folder)) {
        let document = ledger.read(path).await?;
        let recorded = document.as_ref().and_then(|document| document.pointer("/request/resource"));
        if let Some(Ok(resource)) = recorded.cloned().map(serde_json::from_value::<Resource>) {
            return Ok(resource);
        }
    }
    Ok(undescribed(id, location))
}

/// Whether the entry is a decision about this resource, and not about one below it.
fn is_decision(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|name| !name.contains('/') && name.contains("-1-decided-"))
}

fn undescribed(id: &ResourceId, location: &Location) -> Resource {
    Resource {
        id: id.to_string(),
        resource_type: id.resource_type().to_owned(),
        name: id.name().to_owned(),
        location: location.to_string(),
        resource_group: id.resource_group().unwrap_or_default().to_owned(),
        subscription: id.subscription().to_owned(),
        tags: BTreeMap::new(),
        sku: None,
        kind: None,
        body: TAGS_UNKNOWN.to_owned(),
    }
}
