//! Which backup policy a decision leads to: one that exists, or one to make.

use holdfast_evaluator::{Protection, WhenForeign};

use super::Step;
use crate::impossible::Impossible;
use crate::policy::{DesiredPolicy, NamedPolicy, Policy, PolicySpec};
use crate::{ResourceId, Workload};

/// The policy that is used.
pub(super) struct Chosen {
    /// Its id.
    pub(super) policy: ResourceId,
    /// The step that makes it, if it is not there.
    pub(super) create: Option<Step>,
    /// Whether it puts backups into the vault.
    pub(super) into_vault: bool,
}

/// The name of the policy that a decision leads to in the first place; another may do the same.
pub fn decided_policy(workload: Workload, how: &Protection) -> Option<String> {
    match how.policy.as_deref() {
        Some(named) => Some(NamedPolicy::parse(named).name().to_owned()),
        None => DesiredPolicy::decided(workload, how).ok().map(|desired| desired.spec().name()),
    }
}

/// The policy that a decision leads to in a vault, and what it is to do where it is not there.
pub(crate) fn policy_in(
    workload: Workload,
    how: &Protection,
    vault: &ResourceId,
    policies: &[Policy],
) -> Result<(ResourceId, Option<PolicySpec>), Impossible> {
    let Chosen { policy, create, .. } =
        choose_policy(workload, how, (vault, policies), None, WhenForeign::Leave)?;
    let spec = create.and_then(|step| match step {
        Step::CreatePolicy { spec, .. } => Some(spec),
        _ => None,
    });
    Ok((policy, spec))
}

/// The policy, and the step that makes it if it is not there; `own` is the one that an instance follows already.
pub(super) fn choose_policy(
    workload: Workload,
    how: &Protection,
    (vault, policies): (&ResourceId, &[Policy]),
    own: Option<&ResourceId>,
    foreign: WhenForeign,
) -> Result<Chosen, Impossible> {
    let family = workload.family();
    let id = |name: &str| family.policy(vault, name).map_err(|error| Impossible::unusable_name(&error));
    let existing = |policy: &Policy| {
        Ok(Chosen { policy: id(&policy.name)?, create: None, into_vault: policy.backs_up_into_vault() })
    };
    if let Some(chosen) = how.policy.as_deref().map(NamedPolicy::parse) {
        chosen.must_be_of(vault)?;
        let name = chosen.name();
        return match policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name)) {
            Some(policy) if policy.is_for_others(workload) => Err(Impossible::new(
                "PolicyOfAnotherDatasource",
                format!(
                    "the rules choose backup policy `{name}`, which is for {}, not for a {}",
                    policy.datasource_types().join(", "),
                    workload.noun()
                ),
                "choose another policy of the vault, or let the rules state retention and schedule instead",
            )),
            Some(policy) => existing(policy),
            None => Err(Impossible::new(
                "PolicyNotFound",
                format!(
                    "the rules choose backup policy `{name}`, which vault `{}` does not have",
                    vault.name()
                ),
                "create it, or let the rules state retention and schedule instead",
            )),
        };
    }
    let own = own.and_then(|own| policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(own.name())));
    let desired = DesiredPolicy::decided(workload, how)?.following(own);
    if let Some(policy) = desired.choose(policies, foreign) {
        return existing(policy);
    }
    let spec = desired.spec();
    let own_name = spec.name();
    if policies.iter().any(|policy| policy.name.eq_ignore_ascii_case(&own_name)) {
        return Err(Impossible::new(
            "PolicyChanged",
            format!(
                "backup policy `{own_name}` of vault `{}` no longer does what its name says",
                vault.name()
            ),
            "delete it or restore its rules; Holdfast will then use it again",
        ));
    }
    let policy = id(&own_name)?;
    let into_vault = spec.backs_up_into_vault();
    let create = Some(Step::CreatePolicy { id: policy.clone(), spec });
    Ok(Chosen { policy, create, into_vault })
}
