//! What of the things that are there a restore overwrites: what a person is asked about before it begins.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ConflictPolicy, Criterion, RestoreFrom, RestoreInto, RestoreOrder, ShareConflicts, ShareFiles};
use crate::ResourceId;

/// Something that is there and does not stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What is changed.
    pub target: ResourceId,
    /// Containers of it; with `prefixes` empty as well, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// Blobs of it, by `container/prefix`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Namespaces of it; empty means every one that is restored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// What happens to it, in a sentence.
    pub what: String,
}

impl Change {
    /// A change of all of a thing.
    pub fn of(target: &ResourceId, what: impl Into<String>) -> Self {
        Self {
            target: target.clone(),
            containers: Vec::new(),
            prefixes: Vec::new(),
            namespaces: Vec::new(),
            what: what.into(),
        }
    }
}

impl RestoreOrder {
    /// What is overwritten; empty where something new is made.
    pub fn changes(&self) -> Vec<Change> {
        match (&self.request.into, &self.request.from) {
            (RestoreInto::Whole { target }, RestoreFrom::Moment { at }) => {
                vec![Change::of(&target.id, rolled_back(*at))]
            }
            (RestoreInto::Items { target, criteria }, RestoreFrom::Moment { at }) => {
                vec![blobs(&target.id, criteria, *at)]
            }
            (RestoreInto::Items { target, criteria }, _) => {
                criteria.iter().filter_map(|criterion| patched(&target.id, criterion)).collect()
            }
            (RestoreInto::MachineInPlace { machine, .. }, _) => {
                vec![Change::of(
                    machine,
                    "it is stopped, and its disks are replaced by those of the recovery point; the old disks stay, detached",
                )]
            }
            (RestoreInto::Share(files), _) => overwritten(files).into_iter().collect(),
            (RestoreInto::Database(target), _) if target.overwrite => {
                vec![Change::of(
                    &target.id,
                    "a database of this name that is there is replaced by the backup",
                )]
            }
            (RestoreInto::DatabaseFiles(files), _) if files.overwrite => {
                let what = format!("files of the same name in {} are overwritten", files.folder);
                vec![Change::of(&files.machine, what)]
            }
            (
                RestoreInto::Whole { .. }
                | RestoreInto::Files { .. }
                | RestoreInto::Disks { .. }
                | RestoreInto::Machine(_)
                | RestoreInto::Database(_)
                | RestoreInto::DatabaseFiles(_),
                _,
            ) => Vec::new(),
        }
    }
}

fn overwritten(files: &ShareFiles) -> Option<Change> {
    match files.conflicts {
        ShareConflicts::Overwrite => {
            let what = match files.items.as_slice() {
                [] => "files that are in the backup overwrite those of the same name".to_owned(),
                items => {
                    let paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
                    format!("existing data under {} is overwritten", paths.join(", "))
                }
            };
            Some(Change::of(&files.share, what))
        }
        ShareConflicts::Skip | ShareConflicts::CreateCopy | ShareConflicts::FailOnConflict => None,
    }
}

fn rolled_back(at: Timestamp) -> String {
    format!("blobs that were changed, made or deleted after {at} are rolled back")
}

fn blobs(account: &ResourceId, criteria: &[Criterion], at: Timestamp) -> Change {
    let mut change = Change::of(account, rolled_back(at));
    for criterion in criteria {
        let Criterion::Range(range) = criterion else { continue };
        match range.prefix() {
            Some(prefix) => change.prefixes.push(prefix.to_owned()),
            None => change.containers.push(range.container().to_owned()),
        }
    }
    change
}

fn patched(cluster: &ResourceId, criterion: &Criterion) -> Option<Change> {
    let Criterion::Cluster(items) = criterion else { return None };
    if items.conflicts == ConflictPolicy::Skip {
        return None;
    }
    let mapped = |name: &String| items.namespace_mappings.get(name).unwrap_or(name).clone();
    let outside = if items.cluster_scope { ", those of no namespace as well" } else { "" };
    let what = format!("objects that are there already are patched to what the backup holds{outside}");
    Some(Change { namespaces: items.namespaces.iter().map(mapped).collect(), ..Change::of(cluster, what) })
}
