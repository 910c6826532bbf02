//! What the instances that a resource has already mean for its plan.

use std::borrow::Cow;

use holdfast_evaluator::{Allowances, Protection, WhenForeign, WhenStopped};

use super::{Awaited, InstanceChange, Plan, Step};
use crate::ResourceId;
use crate::family::Family;
use crate::instance::{BackupInstance, ProtectionState};
use crate::lifecycle::LifecycleChange;
use crate::policy::NamedPolicy;

/// What the instances of a resource come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Present<'i> {
    /// There is none.
    Absent,
    /// One protects nothing and has to be written again: it is in error, or was stopped and has no policy.
    Broken(&'i BackupInstance),
    /// One protects it, and ours it is to keep as decided.
    Sound(&'i BackupInstance),
    /// It is settled without looking at a vault.
    Settled(Plan),
}

/// What the instances that name a resource come to, when the rules protect it.
pub fn present<'i>(instances: &'i [BackupInstance], allowances: &Allowances) -> Present<'i> {
    let Some(instance) = instances.iter().min_by_key(|instance| (rank(&instance.state), instance.id.key()))
    else {
        return Present::Absent;
    };
    let settled =
        |steps, note: Option<String>| Present::Settled(Plan { steps, note, instance: instance.id.clone() });
    let left = |note: &str| settled(Vec::new(), Some(note.to_owned()));
    let foreign = !is_kept(instance, allowances);
    let resume = |lifecycle| match allowances.instances.stopped {
        // What lost its policy when it was stopped is resumed by being given one.
        WhenStopped::Resume if !foreign && instance.policy.is_none() => Present::Broken(instance),
        WhenStopped::Resume if !foreign => {
            let change = InstanceChange::Alter { instance: instance.id.clone(), lifecycle };
            settled(vec![Step::Change(change)], None)
        }
        WhenStopped::Resume | WhenStopped::Leave => {
            left("a person or another tool stopped its protection; it stays stopped")
        }
    };
    match &instance.state {
        ProtectionState::Configured if foreign => settled(Vec::new(), Some(someone_else(instance))),
        ProtectionState::Configured => Present::Sound(instance),
        ProtectionState::Error => Present::Broken(instance),
        ProtectionState::Configuring => {
            settled(vec![Step::Await(Awaited::Instance { instance: instance.id.clone() })], None)
        }
        ProtectionState::Stopped => resume(LifecycleChange::ResumeProtection),
        ProtectionState::Suspended => resume(LifecycleChange::ResumeBackups),
        ProtectionState::SoftDeleted => left("its backup instance is being deleted"),
        ProtectionState::Other(word) => left(&format!("its backup instance is in state `{word}`")),
    }
}

/// The allowances for the instances of one resource. Where only its policy could tell whether an instance is ours, one that
/// follows the very policy that the rules name is kept as decided, whoever made it.
pub fn allowances_towards<'c>(
    instances: &[BackupInstance],
    how: &Protection,
    allowances: &'c Allowances,
) -> Cow<'c, Allowances> {
    let Some(named) = NamedPolicy::decided(how) else { return Cow::Borrowed(allowances) };
    let follows = |instance: &BackupInstance| {
        Family::of(&instance.vault).is_some_and(Family::tells_by_policy)
            && instance.policy.as_ref().is_some_and(|own| own.name().eq_ignore_ascii_case(named.name()))
    };
    if !instances.iter().all(follows) {
        return Cow::Borrowed(allowances);
    }
    let mut adopting = allowances.clone();
    adopting.instances.foreign = WhenForeign::Adopt;
    Cow::Owned(adopting)
}

/// Whether an instance is ours to change: we made it, or the rule set adopts those of others.
pub fn is_kept(instance: &BackupInstance, allowances: &Allowances) -> bool {
    instance.is_ours() || allowances.instances.foreign == WhenForeign::Adopt
}

fn someone_else(instance: &BackupInstance) -> String {
    format!(
        "it is protected by someone else, as backup instance `{}` with policy `{}`, and is left so",
        instance.id.name(),
        instance.policy_name()
    )
}

/// The plan that brings back an instance of the datasource which was deleted softly from the vault.
///
/// Azure takes no new instance in its place, and undeleting keeps the backups.
pub fn to_undelete(
    family: Family,
    vault: &ResourceId,
    datasource: &ResourceId,
    deleted: &[BackupInstance],
) -> Option<Plan> {
    let mut of_datasource = deleted.iter().filter(|instance| instance.datasource == *datasource);
    let instance = family.undeleted(vault, &of_datasource.next()?.id).ok()?;
    let steps = vec![Step::Change(InstanceChange::Undelete { instance: instance.clone() })];
    Some(Plan { steps, note: None, instance })
}

/// Which of several instances speaks for the resource.
fn rank(state: &ProtectionState) -> u8 {
    match state {
        ProtectionState::Configured => 0,
        ProtectionState::Configuring => 1,
        ProtectionState::Error => 2,
        ProtectionState::Suspended => 3,
        ProtectionState::Stopped => 4,
        ProtectionState::SoftDeleted => 5,
        ProtectionState::Other(_) => 6,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn stopped(policy: Option<&str>) -> BackupInstance {
        let shown = json!({
            "id": format!("{VAULT}/backupInstances/i"),
            "vault": VAULT,
            "datasource": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d",
            "datasourceType": "Microsoft.Compute/disks",
            "location": "westeurope",
            "policy": policy.map(|name| format!("{VAULT}/backupPolicies/{name}")),
            "state": "ProtectionStopped",
        });
        serde_json::from_value(shown).unwrap()
    }

    #[test]
    fn what_was_stopped_is_resumed_or_given_a_policy_again() {
        let mut allowances = Allowances::default();
        allowances.instances.foreign = WhenForeign::Adopt;
        let without = [stopped(None)];
        assert!(matches!(present(&without, &allowances), Present::Settled(plan) if plan.steps.is_empty()));
        allowances.instances.stopped = WhenStopped::Resume;
        assert_eq!(present(&without, &allowances), Present::Broken(&without[0]));
        let with = [stopped(Some("daily"))];
        let Present::Settled(plan) = present(&with, &allowances) else { panic!("{with:?}") };
        let lifecycle = LifecycleChange::ResumeProtection;
        let resumed = InstanceChange::Alter { instance: with[0].id.clone(), lifecycle };
        assert_eq!(plan.steps, [Step::Change(resumed)]);
    }

    #[test]
    fn what_follows_the_policy_that_the_rules_name_is_kept_where_only_the_policy_tells() {
        let in_vault = |kind: &str, state: &str| {
            let vault = format!("/subscriptions/s/resourceGroups/g/providers/{kind}/v");
            let shown = json!({
                "id": format!("{vault}/things/i"),
                "vault": vault,
                "datasource": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m",
                "datasourceType": "Microsoft.Compute/virtualMachines",
                "location": "westeurope",
                "policy": format!("{vault}/backupPolicies/Gold"),
                "state": state,
            });
            vec![serde_json::from_value::<BackupInstance>(shown).unwrap()]
        };
        let named = |policy: &str| Protection { policy: Some(policy.to_owned()), ..Protection::default() };
        let is_kept = |instances: &[BackupInstance], how: &Protection| {
            let allowances = Allowances::default();
            matches!(present(instances, &allowances_towards(instances, how, &allowances)), Present::Sound(_))
        };
        let item = in_vault("Microsoft.RecoveryServices/vaults", "Protected");
        assert!(is_kept(&item, &named("gold")));
        assert!(!is_kept(&item, &named("silver")) && !is_kept(&item, &Protection::default()));
        let instance = in_vault("Microsoft.DataProtection/backupVaults", "ProtectionConfigured");
        assert!(!is_kept(&instance, &named("gold")), "its name tells that another tool made it");
    }
}
