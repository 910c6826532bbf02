//! Drift: a sound instance that is not as decided now.

use std::collections::BTreeMap;

use holdfast_evaluator::{Protection, VaultChoice};

use super::{Datasource, Impossible, Plan, Step, policy};
use crate::alteration::PolicyMove;
use crate::instance::BackupInstance;
use crate::policy::{Policy, PolicyWish};
use crate::{ResourceId, Workload};

/// Whether the names alone say that an instance follows the decided policy, without reading the vault's policies.
pub fn is_as_decided(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
) -> Result<bool, Impossible> {
    let decided = match &how.policy {
        Some(name) => name.clone(),
        None => PolicyWish::decided(datasource.workload, how)?.spec.name(),
    };
    Ok(instance.policy.name().eq_ignore_ascii_case(&decided))
}

/// The plan that has a sound instance follow the decided policy; empty if its own does the same.
///
/// Nothing is deleted on the way: Azure keeps the recovery points, and expires them by the new policy.
pub fn to_follow(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
    policies: &[Policy],
) -> Result<Plan, Impossible> {
    let plan = |steps| Plan { steps, note: other_group(how, instance), instance: instance.id.clone() };
    if how.policy.is_none() {
        let wish = PolicyWish::decided(datasource.workload, how)?;
        let mut here = policies.iter();
        let own = here.find(|policy| policy.name.eq_ignore_ascii_case(instance.policy.name()));
        if own.is_some_and(|own| wish.fits(own)) {
            return Ok(plan(Vec::new()));
        }
    }
    let Some(vault) = instance.id.parent() else { return Ok(plan(Vec::new())) };
    let chosen = policy::choose_policy(datasource.workload, how, &vault, policies)?;
    if chosen.policy == instance.policy {
        return Ok(plan(Vec::new()));
    }
    if has_fixed_policy(datasource.workload) {
        let note = format!(
            "it follows policy `{}`, not `{}` as decided: Azure does not let the policy of a {} change; \
             delete the instance to protect it anew",
            instance.policy.name(),
            chosen.policy.name(),
            datasource.workload.noun()
        );
        return Ok(Plan { note: Some(note), ..plan(Vec::new()) });
    }
    let mut steps: Vec<Step> = chosen.create.into_iter().collect();
    steps.push(Step::MovePolicy(PolicyMove { instance: instance.id.clone(), policy: chosen.policy }));
    Ok(plan(steps))
}

/// Whether Azure lets no instance of this workload follow another policy (support matrix of AKS backup).
pub fn has_fixed_policy(workload: Workload) -> bool {
    match workload {
        Workload::Aks => true,
        Workload::AzureDisks
        | Workload::AzureBlobs
        | Workload::DataLake
        | Workload::PostgresqlFlexible
        | Workload::PostgresqlSingle => false,
    }
}

/// What differs from the decision and is left alone, because Azure does not let it change.
pub fn other_group(how: &Protection, instance: &BackupInstance) -> Option<String> {
    let (wanted, has) = (how.snapshot_resource_group.as_ref()?, instance.snapshot_group.as_ref()?);
    (!has.name().eq_ignore_ascii_case(wanted)).then(|| {
        format!(
            "its snapshots go to resource group `{}`, not to `{wanted}` as decided: Azure does not let that change; \
             delete the instance to protect it anew",
            has.name()
        )
    })
}

/// What a person should know if the decision chooses another vault than that of the instance.
///
/// A move between vaults would start without a single recovery point, so it is never made silently.
pub fn protected_elsewhere(
    how: &Protection,
    instance: &BackupInstance,
    tags: Option<&BTreeMap<String, String>>,
) -> Option<String> {
    let vault = instance.id.parent()?;
    let wish = match how.vault.as_ref()? {
        VaultChoice::Named(name) if is_called(&vault, name) => return None,
        VaultChoice::Named(name) => format!("Backup vault `{name}`"),
        VaultChoice::Selector(wished) => {
            let has = tags?;
            if wished.iter().all(|(name, value)| has.get(name) == Some(value)) {
                return None;
            }
            "a Backup vault with other tags".to_owned()
        }
    };
    Some(format!(
        "ProtectedInOtherVault: it is protected in Backup vault `{}`, and the rules choose {wish}; \
         stop it there and delete the instance, and it is protected in the other without its recovery points",
        vault.name()
    ))
}

fn is_called(vault: &ResourceId, name: &str) -> bool {
    vault.name().eq_ignore_ascii_case(name) || vault.as_str().eq_ignore_ascii_case(name)
}
