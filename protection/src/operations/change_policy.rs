//! Moving an instance to another policy: which there is, and which Azure would not take.

use holdfast_evaluator::{Outcome as Whether, Protection, Tier};
use jiff::Timestamp;

use super::plan::already;
use super::subject::Subject;
use super::{OperationError, Operations};
use crate::decide::Decided;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::lifecycle::PolicyMove;
use crate::policy::{Policy, lower_retention};
use crate::workload::{Kept, Restating};
use crate::{AzureError, ResourceId, Workload, observe};

impl Operations {
    /// An immutable vault takes no policy that keeps what lies in it for a shorter time (official).
    async fn refuse_shrinking(
        &self,
        vault: &ResourceId,
        old: &Policy,
        new: &Policy,
        all: &[Policy],
    ) -> Result<(), OperationError> {
        let Some(shorter) = new.keeps_shorter_than(old) else { return Ok(()) };
        let found = self.azure.backups_of(vault)?.vault(vault).await?;
        if !found.is_some_and(|vault| vault.immutability.is_on()) {
            return Ok(());
        }
        let longer: Vec<&str> = all
            .iter()
            .filter(|one| one.datasource_types() == old.datasource_types() && one.name != old.name)
            .filter(|one| one.keeps_shorter_than(old).is_none() && !one.goes_back_from(old))
            .map(|one| one.name.as_str())
            .collect();
        let way_out = match longer.is_empty() {
            true => "create a policy in the vault that keeps recovery points as long or longer".to_owned(),
            false => format!("choose {}", longer.join(", ")),
        };
        Err(lower_retention(vault, &shorter, way_out).into())
    }

    pub(super) async fn policy_move(
        &self,
        subject: &Subject,
        name: &str,
        now: Timestamp,
    ) -> Result<PolicyMove, OperationError> {
        let instance = &subject.instance;
        if instance.policy_name().eq_ignore_ascii_case(name) {
            return Err(already("under this policy", instance).into());
        }
        let vault = &instance.vault;
        let policies = self.azure.backups_of(vault)?.policies(vault).await?;
        let old = policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(instance.policy_name()));
        let own = old.map_or_else(|| vec![instance.datasource_type.clone()], Policy::datasource_types);
        let fits = |types: &[String]| {
            own.iter().all(|one| types.iter().any(|other| one.eq_ignore_ascii_case(other)))
        };
        let wanted = policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name));
        let has_copies = self.has_copies(subject).await?;
        let others: Vec<&str> = policies
            .iter()
            .filter(|policy| fits(&policy.datasource_types()) && policy.name != instance.policy_name())
            .filter(|policy| old.is_none_or(|old| !policy.goes_back_from(old)))
            .filter(|policy| !has_copies || !policy.gives_up_copies())
            .map(|policy| policy.name.as_str())
            .collect();
        let way_out = match others.is_empty() {
            true => "create one in the vault".to_owned(),
            false => format!("choose {}", others.join(", ")),
        };
        match wanted {
            Some(policy) if fits(&policy.datasource_types()) => {
                if has_copies {
                    policy.must_keep_copies()?;
                }
                if let Some(old) = old {
                    policy.must_go_on_from(old)?;
                    self.refuse_shrinking(vault, old, policy, &policies).await?;
                }
                let goes_into_vault =
                    policy.backs_up_into_vault() && old.is_some_and(|old| !old.backs_up_into_vault());
                let policy = Family::of(vault).unwrap_or_default().policy(vault, &policy.name);
                let policy =
                    policy.map_err(|error| Impossible::new("NameNotUsable", error.to_string(), way_out))?;
                let change = PolicyMove::to(instance.id.clone(), policy);
                if goes_into_vault { self.listing(subject, change, now).await } else { Ok(change) }
            }
            Some(policy) => Err(Impossible::new(
                "PolicyOfAnotherDatasource",
                format!("backup policy `{name}` is for {}", policy.datasource_types().join(", ")),
                way_out,
            )
            .into()),
            None => Err(Impossible::new(
                "PolicyNotFound",
                format!("vault `{}` has no backup policy `{name}`", vault.name()),
                way_out,
            )
            .into()),
        }
    }

    /// Whether copies of what follows no policy lie in the vault, and say which it may follow.
    async fn has_copies(&self, subject: &Subject) -> Result<bool, AzureError> {
        match subject.workload {
            Some(workload) => observe::has_copies(self.azure.as_ref(), workload, &subject.instance).await,
            None => Ok(false),
        }
    }

    /// The same move into the vault, with the containers that are copied there: those that rules name, or every one.
    async fn listing(
        &self,
        subject: &Subject,
        mut change: PolicyMove,
        now: Timestamp,
    ) -> Result<PolicyMove, OperationError> {
        let (instance, resource) = (&subject.instance, &subject.known.resource);
        let Some(workload) = subject.workload else { return Ok(change) };
        let how = match self.decided(subject.target(), now).await? {
            Decided::ByRules { decision, .. } => match &decision.outcome {
                Whether::Protect { protection } => protection.clone(),
                Whether::Exclude { .. } | Whether::NotCovered | Whether::Hold { .. } => Protection::default(),
            },
            Decided::NotAsked(_) | Decided::NotReady => Protection::default(),
        };
        let how = Protection { tier: Some(Tier::Vault), ..how };
        let kept = Kept {
            resource,
            how: &how,
            stated: &instance.stated,
            goes_into_vault: true,
            is_ours: instance.is_ours(),
        };
        let restated = match workload.restating(&kept)? {
            Restating::Nothing => None,
            Restating::Now(restated) | Restating::WithRoles(restated) => Some(restated),
            Restating::AfterReading => {
                let details = workload.details(resource, &how)?;
                let (azure, vault) = (self.azure.as_ref(), Some(&instance.vault));
                let around = observe::dependencies(azure, &instance.datasource, &details, vault).await?;
                workload.restated(&kept, &around)?
            }
        };
        // What else is to be stated otherwise is no matter of the policy.
        change.restated.listed = restated.and_then(|restated| restated.listed);
        Ok(change)
    }
}

/// For some workloads, Azure refuses to change the policy of what is protected.
pub(super) fn refuse_fixed(instance: &BackupInstance) -> Result<(), Impossible> {
    let kind = instance.datasource.resource_type();
    let of_type = |one: &Workload| one.resource_type().eq_ignore_ascii_case(kind) && one.has_fixed_policy();
    let Some(workload) = Workload::ALL.into_iter().find(of_type) else { return Ok(()) };
    Err(Impossible::new(
        "PolicyCannotChange",
        format!(
            "Azure Backup does not change the policy of a protected {}, such as `{}`",
            workload.noun(),
            instance.datasource.name()
        ),
        "stop and delete its protection, then protect it again under the other policy; its recovery points go with \
         the protection",
    ))
}
