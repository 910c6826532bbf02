//! Resources of types that Resource Graph does not list: Resource Manager lists them below their parents.

use std::convert::Infallible;

use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

use super::absence::or_absent;
use super::api_version;
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

/// What to ask Resource Graph for, and what to list below which rows of its answer.
pub(super) struct Inquiry<'a> {
    asked: &'a [&'a str],
    unlisted: Vec<Child>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(asked: &'a [&'a str]) -> Self {
        let unlisted = UNLISTED.into_iter().filter(|child| is_in(asked, child.kind)).collect();
        Self { asked, unlisted }
    }

    /// The types that Resource Graph lists, those of the parents among them.
    pub(super) fn listed(&self) -> Vec<&'a str> {
        let is_unlisted =
            |kind: &str| self.unlisted.iter().any(|child| child.kind.eq_ignore_ascii_case(kind));
        let parents =
            self.unlisted.iter().map(|child| child.parent).filter(|parent| !is_in(self.asked, parent));
        self.asked.iter().filter(|kind| !is_unlisted(kind)).copied().chain(parents).collect()
    }

    /// `rows` without parents that were not asked for, and with the children of all parents.
    pub(super) async fn complete(
        &self,
        arm: &ArmClient,
        mut rows: Vec<ResourceId>,
    ) -> Result<Vec<ResourceId>, AzureError> {
        let mut children = Vec::new();
        for Child { parent: parent_type, list, .. } in &self.unlisted {
            for parent in rows.iter().filter(|id| id.resource_type().eq_ignore_ascii_case(parent_type)) {
                children.extend(below(arm, parent, list).await?);
            }
        }
        let is_parent =
            |kind: &str| self.unlisted.iter().any(|child| child.parent.eq_ignore_ascii_case(kind));
        rows.retain(|id| is_in(self.asked, id.resource_type()) || !is_parent(id.resource_type()));
        rows.extend(children);
        Ok(rows)
    }
}

fn is_in(types: &[&str], kind: &str) -> bool {
    types.iter().any(|one| one.eq_ignore_ascii_case(kind))
}

/// A parent that refuses, such as a stopped server, must not hide the others: it is left out and logged.
async fn below(
    arm: &ArmClient,
    parent: &ResourceId,
    collection: &str,
) -> Result<Vec<ResourceId>, AzureError> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let action = format!("list the {collection} of `{}`", parent.name());
    // A provider has one api-version for a type and what lies below it.
    let version = api_version::for_resource(arm, parent).await?;
    let url = arm.url_of(parent, &format!("/{collection}"), &version);
    let names = match or_absent(arm.list(&action, url, |one: Named| Ok::<_, Infallible>(one.name)).await) {
        Err(problem @ AzureError::Refused { .. }) => {
            tracing::warn!(%problem, "left out; they are asked for again when the list is needed next");
            return Ok(Vec::new());
        }
        names => names?.unwrap_or_default(),
    };
    Ok(names.iter().filter_map(|name| parent.child(collection, name).ok()).collect())
}
