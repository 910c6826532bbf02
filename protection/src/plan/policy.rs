//! Which backup policy a decision leads to: one that exists, or one to make.

use holdfast_evaluator::{Allowances, Protection, WhenForeign};

use super::Step;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::policy::{DesiredPolicy, NamedPolicy, Policy, PolicySpec};
use crate::vault::Immutability;
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

/// What narrows the choice of a policy.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms<'a> {
    /// The policy that the instance follows already: whether it is full does not matter.
    own: Option<&'a ResourceId>,
    /// Whether one of somebody else's will do.
    foreign: WhenForeign,
    /// Instances that may follow one policy.
    most: Option<u32>,
    /// Whether the vault lets an instance follow none that keeps less than its own.
    keeps_as_long: bool,
    /// Whether copies lie in the vault of an instance that follows none.
    has_copies: bool,
}

impl<'a> Terms<'a> {
    /// Those of a rule set: one of ours, with room.
    pub(super) fn of(family: Family, allowances: &Allowances) -> Self {
        Self { most: family.most_per_policy(&allowances.placement), ..Self::default() }
    }

    /// The same for an instance that follows this one already.
    pub(super) fn following(self, own: Option<&'a ResourceId>) -> Self {
        Self { own, ..self }
    }

    /// The same in such a vault.
    pub(super) fn in_vault(self, immutability: Immutability) -> Self {
        Self { keeps_as_long: immutability.is_on(), ..self }
    }

    /// The same for an instance that follows none, and of which copies lie in the vault, if they do.
    pub(super) fn with_copies(self, has_copies: bool) -> Self {
        Self { has_copies, ..self }
    }

    /// The same where one of somebody else's may do.
    pub(super) fn with_foreign(self, foreign: WhenForeign) -> Self {
        Self { foreign, ..self }
    }
}

/// That an instance keeps its policy, and why.
pub(super) fn kept(own: &str, refused: &Impossible) -> String {
    format!("it keeps policy `{own}`: {refused}")
}

/// The name of the policy that a decision leads to in the first place; another may do the same.
pub fn decided_policy(workload: Workload, how: &Protection) -> Option<String> {
    match NamedPolicy::decided(how) {
        Some(named) => Some(named.name().to_owned()),
        None => DesiredPolicy::decided(workload, how).ok().map(|desired| desired.spec().name()),
    }
}

/// The policy that a decision leads to in a vault for what follows none, and what it is to do where it is not there;
/// `has_copies` if copies of the datasource lie in the vault.
pub(crate) fn policy_in(
    workload: Workload,
    how: &Protection,
    vault: (&ResourceId, &[Policy]),
    has_copies: bool,
    allowances: &Allowances,
) -> Result<(ResourceId, Option<PolicySpec>), Impossible> {
    let terms = Terms::of(workload.family(), allowances).with_copies(has_copies);
    let Chosen { policy, create, .. } = choose_policy(workload, how, vault, terms)?;
    let spec = create.and_then(|step| match step {
        Step::CreatePolicy { spec, .. } => Some(spec),
        _ => None,
    });
    Ok((policy, spec))
}

/// The policy, and the step that makes it if it is not there.
pub(super) fn choose_policy(
    workload: Workload,
    how: &Protection,
    (vault, policies): (&ResourceId, &[Policy]),
    terms: Terms<'_>,
) -> Result<Chosen, Impossible> {
    let family = workload.family();
    let id = |name: &str| family.policy(vault, name).map_err(|error| Impossible::unusable_name(&error));
    let existing = |policy: &Policy| {
        Ok(Chosen { policy: id(&policy.name)?, create: None, into_vault: policy.backs_up_into_vault() })
    };
    let is_own = |policy: &Policy| terms.own.is_some_and(|own| policy.name.eq_ignore_ascii_case(own.name()));
    let own = policies.iter().find(|policy| is_own(policy));
    let kept = own.filter(|_| terms.keeps_as_long);
    let has_copies = terms.has_copies && own.is_none();
    if let Some(chosen) = NamedPolicy::decided(how) {
        let policy = named_policy(&chosen, workload, vault, policies)?;
        own.map_or(Ok(()), |own| policy.must_go_on_from(own))?;
        if has_copies {
            policy.must_keep_copies()?;
        }
        kept.map_or(Ok(()), |own| policy.must_keep_as_long(own, vault))?;
        return existing(policy);
    }
    let desired = match has_copies {
        true => DesiredPolicy::with_copies(workload, how)?,
        false => DesiredPolicy::following(workload, how, own)?,
    };
    let has_room = |policy: &Policy| is_own(policy) || terms.most.is_none_or(|most| policy.has_room(most));
    let keeps_as_long = |policy: &Policy| kept.is_none_or(|own| policy.keeps_shorter_than(own).is_none());
    let may_follow = |policy: &Policy| has_room(policy) && keeps_as_long(policy);
    if let Some(policy) = desired.choose(policies, terms.foreign, may_follow) {
        return existing(policy);
    }
    let spec = desired.spec();
    kept.map_or(Ok(()), |own| spec.must_keep_as_long(own, vault))?;
    let policy = id(&free_name(&desired, vault, policies)?)?;
    let into_vault = spec.backs_up_into_vault();
    let create = Some(Step::CreatePolicy { id: policy.clone(), spec });
    Ok(Chosen { policy, create, into_vault })
}

/// The policy that the rules name, where the vault has it and it is for the workload.
fn named_policy<'p>(
    chosen: &NamedPolicy<'_>,
    workload: Workload,
    vault: &ResourceId,
    policies: &'p [Policy],
) -> Result<&'p Policy, Impossible> {
    chosen.must_be_of(vault)?;
    let name = chosen.name();
    match policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name)) {
        Some(policy) if policy.is_for_others(workload) => Err(Impossible::new(
            "PolicyOfAnotherDatasource",
            format!(
                "the rules choose backup policy `{name}`, which is for {}, not for a {}",
                policy.datasource_types().join(", "),
                workload.noun()
            ),
            "choose another policy of the vault, or let the rules state retention and schedule instead",
        )),
        Some(policy) => Ok(policy),
        None => Err(Impossible::new(
            "PolicyNotFound",
            format!("the rules choose backup policy `{name}`, which vault `{}` does not have", vault.name()),
            "create it, or let the rules state retention and schedule instead",
        )),
    }
}

/// The name of the policy to make: what it does, and a number where those of that name are full.
fn free_name(desired: &DesiredPolicy, vault: &ResourceId, policies: &[Policy]) -> Result<String, Impossible> {
    let first = desired.spec().name();
    let further = (2..).map(|number: u32| format!("{first}-{number}"));
    for name in std::iter::once(first.clone()).chain(further) {
        match policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(&name)) {
            None => return Ok(name),
            Some(policy) if desired.fits(policy) => {}
            Some(_) => {
                return Err(Impossible::new(
                    "PolicyChanged",
                    format!(
                        "backup policy `{name}` of vault `{}` no longer does what its name says",
                        vault.name()
                    ),
                    "delete it or restore its rules; Holdfast will then use it again",
                ));
            }
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests;
