//! Resources of types that Resource Graph does not list: Resource Manager lists them below their parents.

use std::convert::Infallible;

use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

use super::absence::or_absent;
use super::transport::ArmClient;

/// A type that Resource Graph does not know, below one that it does.
struct Unlisted {
    resource_type: &'static str,
    parent_type: &'static str,
    /// Path of the list below the parent.
    collection: &'static str,
    api_version: &'static str,
}

const UNLISTED: [Unlisted; 1] = [Unlisted {
    resource_type: "Microsoft.DBforPostgreSQL/servers/databases",
    parent_type: "Microsoft.DBforPostgreSQL/servers",
    collection: "/databases",
    api_version: "2017-12-01",
}];

/// What to ask Resource Graph for, and what to list below which rows of its answer.
pub(super) struct Inquiry<'a> {
    asked: &'a [&'a str],
    unlisted: Vec<&'static Unlisted>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(asked: &'a [&'a str]) -> Self {
        let is_asked =
            |one: &&Unlisted| asked.iter().any(|kind| kind.eq_ignore_ascii_case(one.resource_type));
        Self { asked, unlisted: UNLISTED.iter().filter(is_asked).collect() }
    }

    /// The types that Resource Graph lists, those of the parents among them.
    pub(super) fn listed(&self) -> Vec<&'a str> {
        let is_unlisted =
            |kind: &&&str| self.unlisted.iter().any(|one| kind.eq_ignore_ascii_case(one.resource_type));
        let parents = self.unlisted.iter().map(|one| one.parent_type);
        self.asked.iter().filter(|kind| !is_unlisted(kind)).copied().chain(parents).collect()
    }

    /// `rows` without parents that were not asked for, and with the children of all parents.
    pub(super) async fn complete(
        &self,
        arm: &ArmClient,
        mut rows: Vec<ResourceId>,
    ) -> Result<Vec<ResourceId>, AzureError> {
        let mut children = Vec::new();
        for kind in &self.unlisted {
            for parent in rows.iter().filter(|id| id.resource_type().eq_ignore_ascii_case(kind.parent_type)) {
                children.extend(below(arm, parent, kind).await?);
            }
        }
        let is = |id: &ResourceId, kind: &str| id.resource_type().eq_ignore_ascii_case(kind);
        rows.retain(|id| {
            let is_asked = || self.asked.iter().any(|kind| is(id, kind));
            is_asked() || !self.unlisted.iter().any(|one| is(id, one.parent_type))
        });
        rows.extend(children);
        Ok(rows)
    }
}

/// A parent that refuses, such as a stopped server, must not hide the others: it is left out and logged.
async fn below(arm: &ArmClient, parent: &ResourceId, kind: &Unlisted) -> Result<Vec<ResourceId>, AzureError> {
    #[derive(Deserialize)]
    struct Child {
        name: String,
    }
    let action = format!("list what lies below `{}`", parent.name());
    let url = arm.url_of(parent, kind.collection, kind.api_version);
    let names = match or_absent(arm.list(&action, url, |child: Child| Ok::<_, Infallible>(child.name)).await)
    {
        Err(problem @ AzureError::Refused { .. }) => {
            tracing::warn!(%problem, "left out of the sweep");
            return Ok(Vec::new());
        }
        names => names?.unwrap_or_default(),
    };
    let collection = kind.collection.trim_start_matches('/');
    Ok(names.iter().filter_map(|name| parent.child(collection, name).ok()).collect())
}
