//! What is protected otherwise than the rules want it, by what differs.

use std::collections::BTreeMap;

use holdfast_protection::ResourceId;
use holdfast_protection::plan::Differs;
use holdfast_protection::sweep::Drifted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Targets of a group that are told one by one.
const SAMPLES: usize = 20;

/// Targets that differ in one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedDrift)]
pub struct Drift {
    /// In what.
    #[schema(inline)]
    pub differs: Differs,
    /// How many.
    pub count: u64,
    /// Some of them.
    pub samples: Vec<DriftSample>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftSample {
    /// The resource.
    pub resource: ResourceId,
    /// What is there, and what was decided.
    pub text: String,
}

/// What is counted while pages go by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drifts {
    groups: BTreeMap<Differs, (u64, Vec<DriftSample>)>,
    /// Targets whose policy nobody knows.
    pub unknown: u64,
}

impl Drift {
    /// In words for people.
    pub fn in_words(&self) -> &'static str {
        match self.differs {
            Differs::Vault => "in another vault",
            Differs::Policy => "under a policy with another schedule or retention",
            Differs::SnapshotGroup => "with snapshots in another resource group",
            Differs::Contents => "with other parts of the resource",
        }
    }
}

impl Drifts {
    /// Counts what differs on a page.
    pub fn add(&mut self, drifted: Vec<Drifted>) {
        for Drifted { resource, differences, .. } in drifted {
            self.unknown += u64::from(differences.is_empty());
            for difference in differences {
                let (count, samples) = self.groups.entry(difference.differs).or_default();
                *count += 1;
                if samples.len() < SAMPLES {
                    samples.push(DriftSample { resource: resource.clone(), text: difference.text });
                }
            }
        }
    }

    /// As a report tells them.
    pub fn told(self) -> Vec<Drift> {
        let groups = self.groups.into_iter();
        groups.map(|(differs, (count, samples))| Drift { differs, count, samples }).collect()
    }
}
