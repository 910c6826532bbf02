//! Resources of types that Resource Graph does not list: Resource Manager lists them below their parents.

use std::convert::Infallible;

use holdfast_evaluator::Resource;
use holdfast_protection::workload::in_machine::DatabaseKind;
use holdfast_protection::{AzureError, ResourceId};
use serde_json::Value;

use super::absence::or_absent;
use super::api_version;
use super::recovery_services;
use super::resources::resource_of;
use super::transport::ArmClient;

/// Types that Resource Graph does not know, the types that it knows and below which they lie, and the path of the list
/// there.
const UNLISTED: [Child; 2] = [
    Child {
        kind: "Microsoft.DBforPostgreSQL/servers/databases",
        parent: "Microsoft.DBforPostgreSQL/servers",
        list: "databases",
    },
    Child {
        kind: "Microsoft.Storage/storageAccounts/fileServices/shares",
        parent: "Microsoft.Storage/storageAccounts",
        list: "fileServices/default/shares",
    },
];

#[derive(Clone, Copy)]
struct Child {
    kind: &'static str,
    parent: &'static str,
    list: &'static str,
}

/// Databases of machines are known to the vaults with which their machines are registered, and to nothing else.
const VAULTS: &str = "Microsoft.RecoveryServices/vaults";

/// What to ask Resource Graph for, and what to list below which rows of its answer.
pub(super) struct Inquiry<'a> {
    asked: &'a [&'a str],
    unlisted: Vec<Child>,
    /// Whether databases of machines are asked for.
    in_machines: bool,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(asked: &'a [&'a str]) -> Self {
        let unlisted = UNLISTED.into_iter().filter(|child| is_in(asked, child.kind)).collect();
        let in_machines = DatabaseKind::ALL.iter().any(|kind| is_in(asked, kind.resource_type()));
        Self { asked, unlisted, in_machines }
    }

    /// The types that Resource Graph lists, those of the parents among them.
    pub(super) fn listed(&self) -> Vec<&'a str> {
        let is_unlisted = |kind: &str| {
            self.unlisted.iter().any(|child| child.kind.eq_ignore_ascii_case(kind)) || is_in_machine(kind)
        };
        let vaults = (self.in_machines && !is_in(self.asked, VAULTS)).then_some(VAULTS);
        let parents =
            self.unlisted.iter().map(|child| child.parent).filter(|parent| !is_in(self.asked, parent));
        self.asked.iter().filter(|kind| !is_unlisted(kind)).copied().chain(parents).chain(vaults).collect()
    }

    /// Whether resources of this type were asked for, and not only those that lie below them.
    pub(super) fn asks_for(&self, kind: &str) -> bool {
        is_in(self.asked, kind)
    }

    /// The children of these parents, whole. They have the region of their parent, and its tags where they have none.
    pub(super) async fn below(
        &self,
        arm: &ArmClient,
        parents: impl Iterator<Item = &Resource>,
    ) -> Result<Vec<Resource>, AzureError> {
        let mut children = Vec::new();
        for parent in parents {
            let of_parent = |child: &&Child| child.parent.eq_ignore_ascii_case(&parent.resource_type);
            let Some((child, id)) = self.unlisted.iter().find(of_parent).zip(parent.id.parse().ok()) else {
                continue;
            };
            let below = below(arm, &id, child.list).await?;
            children.extend(below.into_iter().filter_map(resource_of).map(|one| inheriting(one, parent)));
        }
        Ok(children)
    }

    /// Databases in machines, as the vaults among these resources know them.
    pub(super) async fn in_vaults(
        &self,
        arm: &ArmClient,
        rows: impl Iterator<Item = &Resource>,
    ) -> Result<Vec<ResourceId>, AzureError> {
        let mut found = Vec::new();
        for vault in rows.filter(|row| self.in_machines && row.resource_type.eq_ignore_ascii_case(VAULTS)) {
            let Ok(vault) = vault.id.parse() else { continue };
            match recovery_services::databases(arm, &vault).await {
                Ok(databases) => found.extend(databases),
                Err(problem @ AzureError::Refused { .. }) => {
                    tracing::warn!(%problem, "a list that Azure refuses is taken for empty; it is asked for again when it is needed next");
                }
                Err(error) => return Err(error),
            }
        }
        found.retain(|id| self.asks_for(id.resource_type()));
        Ok(found)
    }
}

fn is_in_machine(kind: &str) -> bool {
    DatabaseKind::ALL.iter().any(|one| one.resource_type().eq_ignore_ascii_case(kind))
}

fn inheriting(mut child: Resource, parent: &Resource) -> Resource {
    if child.location.is_empty() {
        child.location.clone_from(&parent.location);
    }
    if child.tags.is_empty() {
        child.tags.clone_from(&parent.tags);
    }
    child
}

fn is_in(types: &[&str], kind: &str) -> bool {
    types.iter().any(|one| one.eq_ignore_ascii_case(kind))
}

/// A parent that refuses, such as a stopped server, must not hide the others: it is left out and logged.
async fn below(arm: &ArmClient, parent: &ResourceId, collection: &str) -> Result<Vec<Value>, AzureError> {
    let action = format!("list the {collection} of `{}`", parent.name());
    // A provider has one api-version for a type and what lies below it.
    let version = api_version::for_resource(arm, parent).await?;
    let url = arm.url_of(parent, &format!("/{collection}"), &version);
    match or_absent(arm.list(&action, url, Ok::<Value, Infallible>).await) {
        Err(problem @ AzureError::Refused { .. }) => {
            tracing::warn!(%problem, "a list that Azure refuses is taken for empty; it is asked for again when it is needed next");
            Ok(Vec::new())
        }
        found => Ok(found?.unwrap_or_default()),
    }
}
