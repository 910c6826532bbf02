//! The plan for a datasource that nothing protects, or whose instance is in error.

use holdfast_evaluator::{Allowances, Protection};

use super::policy::{self, Chosen, Terms};
use super::{
    Datasource, InstanceChange, Plan, Step, VaultChange, joined, roles, snapshot_group, wanted_group,
};
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, InstanceSpec};
use crate::lifecycle::PolicyMove;
use crate::observe::Ground;
use crate::workload::{Case, Details, Preparation};

/// The plan that protects a datasource in the vault of `ground`.
///
/// An instance in error is configured again under its own name; `ground` is then of its vault.
///
/// # Errors
///
/// What stands in the way, with what to do.
pub fn to_protect(
    datasource: Datasource<'_>,
    how: &Protection,
    details: &Details,
    ground: &Ground,
    broken: Option<&BackupInstance>,
    allowances: &Allowances,
) -> Result<Plan, Impossible> {
    let wanted = wanted_group(datasource, how, broken, allowances)?;
    let create_group = snapshot_group::missing(datasource, wanted.as_ref(), ground, allowances)?;
    let (Chosen { policy, create, into_vault }, kept) = chosen(datasource, how, ground, broken, allowances)?;
    let case = case_of(datasource, details, ground);
    let change = match broken {
        Some(instance) => InstanceChange::Repair(PolicyMove {
            restated: datasource.workload.repaired(&case, &instance.stated, into_vault)?,
            ..PolicyMove::to(instance.id.clone(), policy)
        }),
        None => InstanceChange::Configure(Box::new(InstanceSpec {
            id: datasource.workload.instance(&case)?,
            vault: ground.vault.id.clone(),
            datasource: datasource.id.clone(),
            location: datasource.location.clone(),
            workload: datasource.workload,
            policy,
            snapshot_group: wanted.clone(),
            parameters: datasource.workload.parameters(&case, into_vault)?,
            secret: details.secret(),
        })),
    };
    let instance = change.instance().clone();
    let warning = ground.snapshot_group.as_ref().and_then(crate::snapshot_group::SnapshotGroup::warning);
    let mut notes: Vec<String> = warning.into_iter().chain(kept).collect();
    let mut steps: Vec<Step> = create_group.map(Step::CreateSnapshotGroup).into_iter().collect();
    if let Some(identity) = missing_identity(datasource, ground, allowances) {
        steps.push(Step::ChangeVault(identity));
        return Ok(Plan { steps, note: joined(notes), instance });
    }
    let mut closure = roles::closure(datasource, details, wanted.as_ref(), ground, allowances.grants.on)?;
    // Azure lists only what it could newly protect: looking for what has an instance would never end.
    closure.preparations.retain(|one| broken.is_none() || !one.only_looks());
    notes.extend(closure.notes);
    steps.extend(closure.missing.grants.into_iter().map(Step::GrantRole));
    steps.extend(closure.missing.binding.map(Step::Prepare));
    // What only holds datasources has nothing more of its own.
    let later = if datasource.workload.holds(datasource.id) {
        Vec::new()
    } else {
        create.into_iter().chain([Step::Change(change)]).collect()
    };
    notes.extend(follow(&mut steps, closure.preparations, later));
    Ok(Plan { steps, note: joined(notes), instance })
}

/// The policy. An instance in error keeps its own where the workload has but one, and where the vault takes none that
/// keeps less: the note says so.
fn chosen(
    datasource: Datasource<'_>,
    how: &Protection,
    ground: &Ground,
    broken: Option<&BackupInstance>,
    allowances: &Allowances,
) -> Result<(Chosen, Option<String>), Impossible> {
    let (workload, own) = (datasource.workload, broken.and_then(|instance| instance.policy.as_ref()));
    let vault = (&ground.vault.id, ground.policies.as_slice());
    let terms = Terms::of(workload.family(), allowances).following(own);
    let terms = terms.with_foreign(allowances.instances.foreign).with_copies(ground.has_copies);
    let chosen = policy::choose_policy(workload, how, vault, terms)?;
    let Some(own) = own.filter(|own| ground.has_policy(own)) else { return Ok((chosen, None)) };
    if workload.has_fixed_policy() {
        return Ok((Chosen { policy: own.clone(), create: None, ..chosen }, None));
    }
    match policy::choose_policy(workload, how, vault, terms.in_vault(ground.vault.immutability)) {
        Ok(chosen) => Ok((chosen, None)),
        // Written with the decided one, it would be refused, and go on without backups.
        Err(refused) => {
            let own = Chosen { policy: own.clone(), create: None, into_vault: ground.copies_by(own) };
            let note = policy::kept(own.policy.name(), &refused);
            Ok((own, Some(note)))
        }
    }
}

/// The change that gives the vault an identity, where one is needed and may be given. What follows is planned once it is there.
fn missing_identity(
    datasource: Datasource<'_>,
    ground: &Ground,
    allowances: &Allowances,
) -> Option<VaultChange> {
    let is_needed = datasource.workload.manifest().needs_vault_identity();
    (ground.vault.principal.is_none() && is_needed && allowances.create.vault_identities)
        .then(|| VaultChange::GiveIdentity { vault: ground.vault.id.clone() })
}

/// Adds what is prepared, or else what follows it: what is prepared may say more of what follows, so that is planned again.
/// Gives the note on what is left for later.
fn follow(steps: &mut Vec<Step>, preparations: Vec<Preparation>, later: Vec<Step>) -> Option<String> {
    if preparations.is_empty() {
        steps.extend(later);
        return None;
    }
    steps.extend(preparations.into_iter().map(Step::Prepare));
    let later: Vec<String> = later.iter().map(ToString::to_string).collect();
    (!later.is_empty()).then(|| format!("once it is prepared: {}", later.join("; ")))
}

/// What its workload is asked about. A vault without identity is found by the roles that it lacks.
fn case_of<'a>(datasource: Datasource<'a>, details: &'a Details, ground: &'a Ground) -> Case<'a> {
    roles::case(datasource, details, ground, ground.vault.principal.as_deref().unwrap_or_default())
}
