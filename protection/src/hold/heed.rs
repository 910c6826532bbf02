//! What a hold in force leaves of a plan.

use holdfast_evaluator::Protection;

use super::{Act, Hold};
use crate::family::Family;
use crate::instance::InstanceSpec;
use crate::lifecycle::PolicyMove;
use crate::outcome::Outcome;
use crate::plan::{InstanceChange, Plan, Step, joined};
use crate::policy::Policy;
use crate::workload::Restated;
use crate::{ResourceId, shell};

/// What a hold in force leaves of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heeded {
    /// This may be done: it is not against the hold.
    Plan(Plan),
    /// Nothing: the target stays as it is.
    Held(Outcome),
}

/// What may be done of a plan that protects a target, or keeps it protected; `decided` is what the rules say.
pub fn heed(hold: &Hold, plan: Plan, decided: &str) -> Heeded {
    if plan.steps.iter().all(Step::only_waits) {
        return Heeded::Plan(plan);
    }
    match hold.act {
        Act::Resume => Heeded::Plan(plan),
        Act::ChangePolicy => match with_its_policy(hold, plan) {
            plan if plan.steps.iter().all(Step::only_waits) => Heeded::Held(hold.outcome(decided)),
            plan => Heeded::Plan(plan),
        },
        Act::StopAndRetain | Act::StopAndDelete | Act::Suspend | Act::Unknown => {
            Heeded::Held(hold.outcome(decided))
        }
    }
}

impl Hold {
    /// How a pass ends that would have changed the target; `decided` is what the rules say now.
    pub fn outcome(&self, decided: &str) -> Outcome {
        let why = self.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        let workload = self.workload.map(|workload| format!(" --workload {workload}")).unwrap_or_default();
        Outcome::Held {
            instance: self.instance.clone(),
            operation: self.act.as_str().to_owned(),
            reason: format!(
                "{} decided {}{why}; the rules decide otherwise: {decided}",
                self.by.name, self.act
            ),
            way_out: format!(
                "it stays so until {}; `holdfast resume {}{workload}`, or `POST /api/protection/resume`, ends the hold before",
                self.until,
                shell::word(self.resource.as_str())
            ),
        }
    }

    /// The policy that a person holds in this vault.
    pub fn policy_in(&self, vault: &ResourceId) -> Option<&ResourceId> {
        let is_held = |policy: &&ResourceId| {
            self.act == Act::ChangePolicy && Family::vault_of(policy).as_ref() == Some(vault)
        };
        self.policy.as_ref().filter(is_held)
    }

    /// What is wanted in a vault with these policies where a person holds one of them: what an instance states of its
    /// datasource goes with the policy that it follows. None where no policy is held there, or it is gone.
    pub fn wanted_under(
        &self,
        how: &Protection,
        vault: &ResourceId,
        policies: &[Policy],
    ) -> Option<Protection> {
        let held = self.policy_in(vault)?;
        let is_there = policies.iter().any(|policy| policy.name.eq_ignore_ascii_case(held.name()));
        is_there.then(|| Protection { policy: Some(held.to_string()), ..how.clone() })
    }

    /// What a person should know when the rules are followed again.
    pub fn over(&self) -> String {
        format!("the hold is over: {self}; the rules are followed again")
    }
}

/// The same plan with the policy that the person chose. Where nothing but the policy would change, nothing does.
fn with_its_policy(hold: &Hold, plan: Plan) -> Plan {
    // A person chose among the policies of one vault.
    let held = |decided: ResourceId| match &hold.policy {
        Some(policy) if Family::vault_of(policy) == Family::vault_of(&decided) => policy.clone(),
        Some(_) | None => decided,
    };
    let kept = |change: PolicyMove| {
        let policy = held(change.policy.clone());
        // What is listed for one policy is not for another.
        let listed = change.restated.listed.filter(|_| policy == change.policy);
        PolicyMove { instance: change.instance, policy, restated: Restated { listed, ..change.restated } }
    };
    let kept_so = |change| match change {
        InstanceChange::Move(change) => {
            Some(kept(change)).filter(|change| !change.values().is_empty()).map(InstanceChange::Move)
        }
        InstanceChange::Repair(change) => Some(InstanceChange::Repair(kept(change))),
        InstanceChange::Configure(spec) => {
            let policy = held(spec.policy.clone());
            Some(InstanceChange::Configure(Box::new(InstanceSpec { policy, ..*spec })))
        }
        InstanceChange::Undelete { .. } | InstanceChange::Alter { .. } => Some(change),
    };
    let steps = plan.steps.into_iter().filter_map(|step| match step {
        Step::CreatePolicy { .. } => None,
        Step::Change(change) => kept_so(change).map(Step::Change),
        Step::CreateSnapshotGroup(_)
        | Step::ChangeVault(_)
        | Step::GrantRole(_)
        | Step::Prepare(_)
        | Step::Await(_) => Some(step),
    });
    let note = joined(plan.note.into_iter().chain([format!("its policy is left as it is: {hold}")]));
    Plan { steps: steps.collect(), note, ..plan }
}

#[cfg(test)]
mod tests {
    use holdfast_evaluator::Tier;
    use serde_json::json;

    use super::*;
    use crate::Workload;
    use crate::golden::{at, caller, disk, instance};
    use crate::operation_id::OperationId;
    use crate::plan::Awaited;

    fn policy(name: &str) -> ResourceId {
        instance().parent().unwrap().child("backupPolicies", name).unwrap()
    }

    fn hold(act: Act) -> Hold {
        Hold {
            resource: disk(),
            workload: None,
            instance: instance(),
            act,
            policy: (act == Act::ChangePolicy).then(|| policy("held")),
            by: caller(),
            why: None,
            since: at(),
            until: "2026-02-13T00:00:00Z".parse().unwrap(),
            operation: OperationId::of_key("o-1", "k"),
            decided: "protect".to_owned(),
        }
    }

    fn steps(act: Act, steps: Vec<Step>) -> Option<Vec<Step>> {
        let plan = Plan { steps, note: None, instance: instance() };
        match heed(&hold(act), plan, "protect") {
            Heeded::Plan(plan) => Some(plan.steps),
            Heeded::Held(_) => None,
        }
    }

    fn moved(to: &str, containers: Option<&str>) -> Step {
        let containers = containers.map(|name| vec![name.to_owned()]);
        let restated = Restated { containers, ..Restated::default() };
        Step::Change(InstanceChange::Move(PolicyMove { restated, ..PolicyMove::to(instance(), policy(to)) }))
    }

    fn configured(with: &str) -> Step {
        Step::Change(InstanceChange::Configure(Box::new(InstanceSpec {
            id: instance(),
            vault: Family::vault_of(&instance()).unwrap(),
            datasource: disk(),
            location: "westeurope".into(),
            workload: Workload::AzureDisks,
            policy: policy(with),
            snapshot_group: None,
            parameters: None,
            secret: None,
        })))
    }

    #[test]
    fn what_is_stopped_is_left_wholly_alone() {
        for act in [Act::StopAndRetain, Act::StopAndDelete, Act::Suspend, Act::Unknown] {
            let undelete = Step::Change(InstanceChange::Undelete { instance: instance() });
            for step in [configured("decided"), moved("decided", Some("c")), undelete] {
                assert_eq!(steps(act, vec![step]), None, "{act}");
            }
            let wait = || vec![Step::Await(Awaited::Instance { instance: instance() })];
            assert_eq!(steps(act, wait()), Some(wait()), "{act}: waiting changes nothing");
        }
    }

    #[test]
    fn under_a_policy_that_a_person_chose_everything_else_is_followed() {
        let held = |all| steps(Act::ChangePolicy, all);
        assert_eq!(held(vec![moved("decided", None)]), None);
        assert_eq!(held(vec![moved("decided", Some("c"))]), Some(vec![moved("held", Some("c"))]));
        assert_eq!(held(vec![configured("decided")]), Some(vec![configured("held")]));
        let listing = |to: &str| {
            let restated = Restated { listed: Some(vec!["c".to_owned()]), ..Restated::default() };
            let change = PolicyMove { restated, ..PolicyMove::to(instance(), policy(to)) };
            Step::Change(InstanceChange::Move(change))
        };
        assert_eq!(held(vec![listing("decided")]), None, "it goes with the policy that is not taken");
        assert_eq!(held(vec![listing("held")]), Some(vec![listing("held")]));
        let repair = |to: &str| Step::Change(InstanceChange::Repair(PolicyMove::to(instance(), policy(to))));
        assert_eq!(held(vec![repair("decided")]), Some(vec![repair("held")]));
    }

    #[test]
    fn what_is_wanted_under_a_held_policy_is_by_that_policy_where_its_vault_has_it() {
        let shown = |name: &str| -> Policy {
            let shown = json!({ "name": name, "datasourceTypes": [], "backup": [], "retention": [] });
            serde_json::from_value(shown).unwrap()
        };
        let (vault, there) = (Family::vault_of(&instance()).unwrap(), [shown("other"), shown("Held")]);
        let how = Protection { tier: Some(Tier::Operational), ..Protection::default() };
        let by_held = Protection { policy: Some(policy("held").to_string()), ..how.clone() };
        let held = hold(Act::ChangePolicy);
        assert_eq!(held.wanted_under(&how, &vault, &there), Some(by_held));
        assert_eq!(held.wanted_under(&how, &vault, &there[..1]), None, "it is gone");
        assert_eq!(held.wanted_under(&how, &disk(), &there), None, "it is another vault's");
        assert_eq!(hold(Act::Resume).wanted_under(&how, &vault, &there), None);
    }

    #[test]
    fn the_way_out_of_a_hold_names_the_workload_that_is_held() {
        let way_out = |workload| match (Hold { workload, ..hold(Act::Suspend) }).outcome("protect") {
            Outcome::Held { way_out, .. } => way_out,
            other => panic!("{other:?}"),
        };
        assert!(!way_out(None).contains("--workload"));
        assert!(way_out(Some(Workload::SqlInVm)).contains(" --workload sql-in-vm`, or"));
    }

    #[test]
    fn what_a_person_resumed_is_kept_as_the_rules_say() {
        let step = || vec![moved("decided", None)];
        assert_eq!(steps(Act::Resume, step()), Some(step()));
    }
}
