//! What is known of a target beside its protection: as Azure shows it, or as the ledger last recorded it.

use std::collections::BTreeMap;

use holdfast_evaluator::{Labels, Resource};

use crate::ledger::{self, About};
use crate::observe::Observed;
use crate::ports::{Ledger, StorageError};
use crate::{Location, ResourceId};

/// The body of a resource that neither Azure nor the ledger describes. Its tags are unknown, which is not the same
/// as having none: a rule that asks for them has to assume what does the least harm.
///
/// The rule SDK has the same text; the rule contract has no field for it.
pub const TAGS_UNKNOWN: &str = r#"{"holdfast":{"unknown":["tags"]}}"#;

/// What is known of a target beside its protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The resource.
    pub(crate) resource: Resource,
    /// Tags of what it belongs to.
    pub(crate) parent_tags: BTreeMap<String, String>,
    /// Labels that the newest decision gave it.
    pub(crate) labels: Labels,
}

impl Known {
    /// What Azure shows of it, with the labels that the ledger has.
    pub(crate) async fn shown(
        ledger: &dyn Ledger,
        target: About<'_>,
        observed: Observed,
    ) -> Result<Self, StorageError> {
        let labels = newest(ledger, target).await?.map(|(_, labels)| labels).unwrap_or_default();
        Ok(Self { resource: observed.resource, parent_tags: observed.parent_tags, labels })
    }

    /// The resource as the newest decision about it saw it. Without a decision: its id, `location` and [`TAGS_UNKNOWN`].
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read: without it, a rule would be asked about another resource.
    pub(crate) async fn last(
        ledger: &dyn Ledger,
        target: About<'_>,
        location: &Location,
    ) -> Result<Self, StorageError> {
        let (resource, labels) = newest(ledger, target)
            .await?
            .unwrap_or_else(|| (undescribed(target.resource, location), Labels::new()));
        Ok(Self { resource, parent_tags: BTreeMap::new(), labels })
    }
}

/// The resource as the newest decision about a target saw it, and the labels that this gave.
async fn newest(ledger: &dyn Ledger, target: About<'_>) -> Result<Option<(Resource, Labels)>, StorageError> {
    let of_target = |path: &&String| ledger::time_in(path, target, "-1-decided-").is_some();
    for path in ledger.list(&ledger::prefix_of(target.resource)).await?.iter().rev().filter(of_target) {
        let Some(document) = ledger.read(path).await? else { continue };
        let recorded = document.pointer("/request/resource").cloned();
        if let Some(Ok(resource)) = recorded.map(serde_json::from_value) {
            let labels = document.pointer("/decision/labels").cloned().map(serde_json::from_value);
            return Ok(Some((resource, labels.and_then(Result::ok).unwrap_or_default())));
        }
    }
    Ok(None)
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
