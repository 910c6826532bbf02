//! Plans for what only holds datasources, such as a machine with databases: it is prepared, and nothing more.

use holdfast_evaluator::{Allowances, Protection, Resource};

use super::policy::{Terms, choose_policy};
use super::{Datasource, Plan, Step};
use crate::impossible::Impossible;
use crate::policy::Policy;
use crate::workload::Preparation;
use crate::workload::in_machine::{self, Automatic, AutomaticProtection, DatabaseKind, Host, Hosting};

/// How often a machine is registered again for one cause: what did not help once helps no second time.
const REGISTRATIONS: u32 = 1;

/// How often a pass may have planned again when automatic protection is still switched: what Azure does not show as
/// switched by then is left to the next sweep.
const SWITCHES: u32 = 4;
/// How often Azure is asked to look into a machine for one cause.
const INQUIRIES: u32 = 3;

/// What is next for a machine that is registered with a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Azure is at work.
    NotReady,
    /// Something has to be prepared first.
    ToPrepare(Plan),
    /// What runs in it is known.
    Ready,
}

/// What is next for it; `attempts` were made before for the same cause.
///
/// # Errors
///
/// Where what was tried did not help.
pub fn holder(host: &Host, databases: DatabaseKind, attempts: u32) -> Result<Holder, Impossible> {
    let prepare = |preparation: Preparation| {
        let steps = vec![Step::Prepare(preparation)];
        Holder::ToPrepare(Plan { steps, note: elsewhere(host), instance: host.container.clone() })
    };
    let preparation = host.preparation(databases);
    match (&host.hosting, preparation) {
        (Hosting::Registering, _) => Ok(Holder::NotReady),
        (Hosting::Lost(refusal), Some(again)) if attempts >= REGISTRATIONS => Err(Impossible::new(
            &refusal.code,
            format!(
                "Azure's backup extension in `{}` does not answer, though the machine was registered again: {}",
                again.id().name(),
                refusal.message
            ),
            refusal.way_out(),
        )),
        (Hosting::NotInquired, Some(_)) if attempts >= INQUIRIES => Err(Impossible::new(
            "DatabasesNotKnown",
            format!(
                "Azure was asked {INQUIRIES} times, and does not say what runs in {}",
                host.words(databases)
            ),
            "see the container of the machine in the vault; the next sweep asks again",
        )),
        (_, Some(preparation)) => Ok(prepare(preparation)),
        (_, None) => Ok(Holder::Ready),
    }
}

/// The steps that switch automatic protection as the machine's tag says; none where it is so already.
///
/// # Errors
///
/// Where the tag, or the decided policy, cannot be used.
pub fn to_switch(
    datasource: Datasource<'_>,
    machine: &Resource,
    how: &Protection,
    host: &Host,
    (policies, found): (&[Policy], &[Automatic]),
    (allowances, restarts): (&Allowances, u32),
) -> Result<Option<Plan>, Impossible> {
    let Some(wanted) = in_machine::automatic_protection(machine)? else { return Ok(None) };
    let other: Vec<&Automatic> = found.iter().filter(|one| one.is_on != wanted).collect();
    if other.is_empty() || restarts >= SWITCHES {
        return Ok(None);
    }
    let terms = Terms::of(datasource.workload.family(), allowances);
    let chosen = choose_policy(datasource.workload, how, (&host.vault, policies), terms)?;
    let mut steps: Vec<Step> = chosen.create.filter(|_| wanted).into_iter().collect();
    let policy = wanted.then_some(chosen.policy);
    for one in other {
        let switched = AutomaticProtection::of(host, &one.item, policy.clone());
        let switched = switched.map_err(|error| Impossible::unusable_name(&error))?;
        steps.push(Step::Prepare(Preparation::Automatic(switched)));
    }
    Ok(Some(Plan { steps, note: elsewhere(host), instance: host.container.clone() }))
}

fn elsewhere(host: &Host) -> Option<String> {
    Some(format!("it is registered with vault `{}`", host.vault.name()))
}
