//! What a decision asks of a backup policy.

use holdfast_evaluator::{Protection, WhenForeign};
use serde::{Deserialize, Serialize};

use super::databases::DesiredDatabase;
use super::files::DesiredFiles;
use super::vm::DesiredVm;
use super::{DesiredRule, Policy, PolicyBody, PolicySpec};
use crate::Workload;
use crate::family::recovery_services;
use crate::impossible::Impossible;
use crate::workload::PolicyModel;

/// A policy that a decision asks for, and how much another one may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DesiredPolicy {
    /// Of a backup vault.
    Rules(DesiredRule),
    /// For virtual machines.
    Vm(DesiredVm),
    /// For file shares.
    Files(DesiredFiles),
    /// For databases in machines.
    Databases(DesiredDatabase),
}

impl DesiredPolicy {
    /// What a decision asks for, within the bounds of the workload.
    pub fn decided(workload: Workload, how: &Protection) -> Result<Self, Impossible> {
        match workload.manifest().policy {
            PolicyModel::Rules => DesiredRule::decided(workload, how).map(Self::Rules),
            PolicyModel::Vm => DesiredVm::decided(workload.manifest(), how).map(Self::Vm),
            PolicyModel::Files => DesiredFiles::decided(workload.manifest(), how).map(Self::Files),
            PolicyModel::Databases(kind) => {
                DesiredDatabase::decided(kind, workload.manifest(), how).map(Self::Databases)
            }
        }
    }

    /// The same for an item that follows a policy already, if it does: from some, Azure knows no way back.
    ///
    /// # Errors
    ///
    /// What cannot be decided at all, and what cannot be decided any more.
    pub fn following(workload: Workload, how: &Protection, own: Option<&Policy>) -> Result<Self, Impossible> {
        let manifest = workload.manifest();
        match (manifest.policy, own.map(|own| (own.name.as_str(), &own.body))) {
            (PolicyModel::Vm, Some((_, PolicyBody::Vm(own)))) => {
                DesiredVm::decided(manifest, how).map(|desired| Self::Vm(desired.following(own)))
            }
            (PolicyModel::Files, Some((name, PolicyBody::Files(own)))) => {
                DesiredFiles::following(manifest, how, (name, own)).map(Self::Files)
            }
            _ => Self::decided(workload, how),
        }
    }

    /// The same for an item that follows no policy now, and of which copies lie in the vault.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn with_copies(workload: Workload, how: &Protection) -> Result<Self, Impossible> {
        match workload.manifest().policy {
            PolicyModel::Files => DesiredFiles::with_copies(workload.manifest(), how).map(Self::Files),
            PolicyModel::Rules | PolicyModel::Vm | PolicyModel::Databases(_) => Self::decided(workload, how),
        }
    }

    /// The policy that is made if none fits.
    pub fn spec(&self) -> PolicySpec {
        match self {
            Self::Rules(desired) => PolicySpec::Rules(desired.spec.clone()),
            Self::Vm(desired) => PolicySpec::Vm(desired.policy.clone()),
            Self::Files(desired) => PolicySpec::Files(desired.policy.clone()),
            Self::Databases(desired) => PolicySpec::Databases(desired.policy.clone()),
        }
    }

    /// Whether a policy gives what was decided; a range of retention is met by any that lies in it.
    pub fn fits(&self, policy: &Policy) -> bool {
        match (self, &policy.body) {
            (Self::Rules(desired), PolicyBody::Rules(found)) => desired.fits(found),
            (Self::Vm(desired), PolicyBody::Vm(found)) => desired.fits(found),
            (Self::Files(desired), PolicyBody::Files(found)) => desired.fits(found),
            (Self::Databases(desired), PolicyBody::Databases(found)) => desired.fits(found),
            (Self::Rules(_) | Self::Vm(_) | Self::Files(_) | Self::Databases(_), _) => false,
        }
    }

    /// The policy that is used: one that fits, ours first, then the one that keeps least.
    ///
    /// Where the policy tells whose an item is, only one of ours: under another, what we protect would be taken for
    /// somebody else's. That is of no importance where the rule set adopts what others protect: then the vault's own
    /// default policies do as well.
    pub fn choose<'p>(
        &self,
        policies: &'p [Policy],
        foreign: WhenForeign,
        has_room: impl Fn(&Policy) -> bool,
    ) -> Option<&'p Policy> {
        let own = self.spec().name();
        let may_be_chosen = |policy: &&Policy| match self {
            Self::Rules(_) => true,
            Self::Vm(_) | Self::Files(_) | Self::Databases(_) => {
                foreign == WhenForeign::Adopt || recovery_services::is_ours(&policy.name)
            }
        };
        let fitting =
            policies.iter().filter(may_be_chosen).filter(|policy| has_room(policy) && self.fits(policy));
        // By name in the end: the same choice at every planning.
        fitting.min_by_key(|policy| {
            (!policy.name.eq_ignore_ascii_case(&own), policy.kept_days(), policy.name.to_ascii_lowercase())
        })
    }
}
