//! Apply: carry a plan out, one idempotent step at a time, waiting without holding a process.
//!
//! Nothing here is kept between calls: a crash at any point leads to the same end,
//! because the next attempt observes and plans again.

mod permissions;
mod waits;

use std::time::Duration;

pub use waits::go_on;

use permissions::Denied;

use crate::alteration::{Alteration, PolicyMove};
use crate::family::Family;
use crate::instance::{BackupInstance, InstanceSpec, ProtectionState};
use crate::operation::Started;
use crate::outcome::Outcome;

use crate::plan::{MissingPermissions, Plan, Step};
use crate::ports::Azure;
use crate::vault::VaultSpec;
use crate::work::Pending;
use crate::{AzureError, Location, Refusal, RefusalKind, ResourceId, Retry};

/// Where applying stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It is over.
    Ended(Outcome),
    /// Azure is at work; ask again after `after`.
    Pending {
        /// What Azure does.
        pending: Pending,
        /// How long to wait.
        after: Duration,
    },
    /// Permissions are missing, or not yet in force; plan again later.
    Permissions(Refusal),
    /// Permissions are missing, and we may not give them.
    CannotAssign {
        /// Azure's first refusal.
        refusal: Refusal,
        /// All that is missing.
        missing: Box<MissingPermissions>,
    },
    /// Azure refused what it may take later.
    Passing {
        /// When another try is worth it.
        retry: Retry,
        /// How it ends if no later try succeeds.
        outcome: Outcome,
        /// What has to be gone on with; none to plan again.
        pending: Option<Pending>,
    },
    /// The vault takes no more instances.
    FullVault {
        /// The vault.
        vault: ResourceId,
        /// How it ends if no other vault fits.
        outcome: Outcome,
    },
    /// The subscription takes no more role assignments.
    RoleLimit {
        /// How it ends if no assignment on something above the datasource helps.
        outcome: Outcome,
    },
    /// The resource itself is still being made.
    NotMade,
    /// The world is not as it was planned for; observe and plan again now.
    Again {
        /// What was found.
        because: String,
    },
}

/// What Azure has validated, and would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// A new instance; [`configure`] writes it.
    Configure(Box<InstanceSpec>),
    /// Another policy for an instance; [`write_again`] writes it.
    Move(Box<PolicyMove>),
}

/// What a wait came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// Azure would take this.
    Validated(Ready),
    /// Anything else.
    Stands(Stand),
}

/// Carries out a plan up to its end or its first wait.
pub async fn carry_out(azure: &dyn Azure, plan: Plan) -> Result<Stand, AzureError> {
    let mut denied = Denied::default();
    for step in &plan.steps {
        // Whoever gives us permissions should be told of all that are missing at once.
        if let Some(refusal) = denied.refusal.take_if(|_| !step.is_permission()) {
            let missing = MissingPermissions { location: region(&plan), ..denied.missing };
            return Ok(Stand::CannotAssign { refusal, missing: Box::new(missing) });
        }
        match step {
            Step::CreateSnapshotGroup(spec) => azure.create_group(spec).await?,
            Step::CreateVault(spec) => return create_vault(azure, spec).await,
            Step::GiveVaultIdentity { vault } => {
                return Ok(vault_wait(azure.backups_of(vault)?.give_identity(vault).await?, vault));
            }
            Step::AwaitVault { vault } => return Ok(vault_wait(Started::Done, vault)),
            Step::GrantRole(grant) => {
                if let Some(stand) = denied.grant(azure, grant).await? {
                    return Ok(stand);
                }
            }
            Step::Prepare(preparation) => {
                if let Some(stand) = denied.prepare(azure, preparation).await? {
                    return Ok(stand);
                }
            }
            Step::CreatePolicy { id, spec } => azure.backups_of(id)?.put_policy(id, spec).await?,
            Step::Configure(spec) => return validate(azure, spec).await,
            Step::Repair(change) => return write_again(azure, change, Purpose::Repair).await,
            Step::MovePolicy(change) => return validate_move(azure, change).await,
            // Announced on the queue before it is done: an instance that was brought back looks like one
            // that a person has stopped, and a crash between the two would leave it stopped.
            Step::Undelete { instance } => {
                let pending = Pending::Undelete { instance: instance.clone() };
                return Ok(Stand::Pending { pending, after: Duration::ZERO });
            }
            Step::Alter { instance, alteration } => return alter(azure, instance, *alteration).await,
            Step::Await { instance } => return settle(azure, instance).await,
        }
    }
    if plan.ends_in_preparing() {
        return Ok(again("it is prepared"));
    }
    settle(azure, &plan.instance).await
}

async fn create_vault(azure: &dyn Azure, spec: &VaultSpec) -> Result<Stand, AzureError> {
    match azure.backups_of(&spec.id)?.create_vault(spec).await {
        Ok(started) => Ok(vault_wait(started, &spec.id)),
        Err(AzureError::Refused { refusal, .. }) if refusal.status == 409 => {
            // Another invocation was quicker: its vault shows when looked at again.
            Ok(again(&format!("{}: {}", refusal.code, refusal.message)))
        }
        Err(AzureError::Refused { refusal, .. }) if refusal.status == 404 => {
            let group = spec.id.resource_group().unwrap_or_default();
            Ok(Stand::Ended(Outcome::Failed {
                code: "VaultGroupNotFound".to_owned(),
                message: format!(
                    "{} belongs into resource group `{group}`, which is not there",
                    Family::vault_in_words(&spec.id)
                ),
                way_out: format!(
                    "create resource group `{group}`, or name another in `[create.vaults]` of the rule set"
                ),
            }))
        }
        Err(error) => Err(error),
    }
}

fn vault_wait(started: Started, vault: &ResourceId) -> Stand {
    let vault = vault.clone();
    match started {
        Started::Running { operation, retry_after } => Stand::Pending {
            pending: Pending::Vault { operation: Some(operation), vault },
            after: retry_after,
        },
        Started::Done => Stand::Pending { pending: Pending::Vault { operation: None, vault }, after: SOON },
    }
}

/// Azure shows what it has done after about a second.
const SOON: Duration = Duration::from_secs(1);

async fn validate(azure: &dyn Azure, spec: &InstanceSpec) -> Result<Stand, AzureError> {
    match azure.backups_of(&spec.vault)?.validate(spec).await {
        Ok(Started::Done) => configure(azure, spec).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::Validation { operation, spec: Box::new(spec.clone()) },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) => Ok(judge_new(refusal, spec)),
        Err(error) => Err(error),
    }
}

/// Writes an instance that Azure has validated.
pub async fn configure(azure: &dyn Azure, spec: &InstanceSpec) -> Result<Stand, AzureError> {
    match azure.backups_of(&spec.vault)?.put_instance(spec).await {
        Ok(Started::Done) => settle(azure, &spec.id).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::Configuration { operation, instance: spec.id.clone() },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) => Ok(judge_new(refusal, spec)),
        Err(error) => Err(error),
    }
}

async fn validate_move(azure: &dyn Azure, change: &PolicyMove) -> Result<Stand, AzureError> {
    match azure.backups_of(&change.instance)?.validate_move(change).await {
        Ok(Started::Done) => write_again(azure, change, Purpose::Move).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::MoveValidation { operation, change: Box::new(change.clone()) },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) => Ok(judge(refusal, &change.instance)),
        Err(error) => Err(error),
    }
}

/// Why an instance is written once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is in error.
    Repair,
    /// It is to follow another policy.
    Move,
}

/// Writes an instance again, as it is but for its policy.
pub async fn write_again(
    azure: &dyn Azure,
    change: &PolicyMove,
    purpose: Purpose,
) -> Result<Stand, AzureError> {
    match azure.backups_of(&change.instance)?.move_instance(change).await {
        Ok(Started::Done) => settle(azure, &change.instance).await,
        Ok(Started::Running { operation, retry_after }) => {
            let pending = match purpose {
                Purpose::Repair => Pending::Configuration { operation, instance: change.instance.clone() },
                Purpose::Move => Pending::Moving { operation, change: Box::new(change.clone()) },
            };
            Ok(Stand::Pending { pending, after: retry_after })
        }
        Err(AzureError::Refused { refusal, .. }) if refusal.status == 404 => {
            Ok(again("the backup instance is not there any more"))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(judge(refusal, &change.instance)),
        Err(error) => Err(error),
    }
}

/// Stops, suspends, resumes or deletes.
async fn alter(
    azure: &dyn Azure,
    instance: &ResourceId,
    alteration: Alteration,
) -> Result<Stand, AzureError> {
    match azure.backups_of(instance)?.alter(instance, alteration).await {
        Ok(Started::Done) => altered(azure, instance.clone(), alteration).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::Alteration { operation, instance: instance.clone(), alteration },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) if matches!(refusal.status, 404 | 409) => {
            Ok(again(&format!("{}: {}", refusal.code, refusal.message)))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(not_altered(instance, alteration, refusal)),
        Err(error) => Err(error),
    }
}

/// The alteration was made.
async fn altered(
    azure: &dyn Azure,
    instance: ResourceId,
    alteration: Alteration,
) -> Result<Stand, AzureError> {
    match alteration {
        Alteration::ResumeProtection | Alteration::ResumeBackups => settle(azure, &instance).await,
        Alteration::StopProtection | Alteration::SuspendBackups | Alteration::Delete => {
            Ok(Stand::Ended(Outcome::Unprotected { instance, by: alteration }))
        }
    }
}

/// What a refusal to stop, suspend or delete leaves: an instance as it was, and somebody who should know.
fn not_altered(instance: &ResourceId, alteration: Alteration, refusal: Refusal) -> Stand {
    // Planned anew, an instance that was just brought back would look like one that a person has stopped.
    let resuming = alteration == Alteration::ResumeProtection;
    let pending = resuming.then(|| Pending::Undelete { instance: instance.clone() });
    let what = format!("is as it was: Azure refuses to {alteration} it");
    refused_with(&what, instance, &refusal, pending)
}

fn again(because: &str) -> Stand {
    Stand::Again { because: because.to_owned() }
}

/// What an immediate refusal means.
fn judge(refusal: Refusal, thing: &ResourceId) -> Stand {
    if refusal.kind == RefusalKind::MissingPermission {
        Stand::Permissions(refusal)
    } else if refusal.status == 409 || refusal.kind == RefusalKind::Taken {
        // Another invocation, or another tool, was quicker: what it made shows when looked at again.
        again(&format!("{}: {}", refusal.code, refusal.message))
    } else {
        refused_or_passing("was refused by Azure Backup", thing, &refusal)
    }
}

/// What an immediate refusal of a new instance means: it may also be the vault that takes no more.
fn judge_new(refusal: Refusal, spec: &InstanceSpec) -> Stand {
    match refusal.kind {
        RefusalKind::Quota => Stand::FullVault {
            outcome: refused("was refused by Azure Backup", &spec.datasource, &refusal),
            vault: spec.vault.clone(),
        },
        _ => judge(refusal, &spec.datasource),
    }
}

/// The end that a refusal is, unless Azure may take the same later; then it is planned again.
fn refused_or_passing(what: &str, thing: &ResourceId, refusal: &Refusal) -> Stand {
    refused_with(what, thing, refusal, None)
}

/// The same with what has to be gone on with when it is tried later.
fn refused_with(what: &str, thing: &ResourceId, refusal: &Refusal, pending: Option<Pending>) -> Stand {
    let outcome = refused(what, thing, refusal);
    match refusal.retry {
        Retry::Never => Stand::Ended(outcome),
        retry @ (Retry::Once | Retry::Later | Retry::InHours) => Stand::Passing { retry, outcome, pending },
    }
}

/// How long Azure takes to show what an ended operation did: Terraform asks every 60 s, it is usually seconds.
const SETTLING: Duration = Duration::from_secs(5);

/// Reads the instance back: a successful PUT can still end in an error that only the instance shows.
async fn settle(azure: &dyn Azure, id: &ResourceId) -> Result<Stand, AzureError> {
    let Some(instance) = azure.backups_of(id)?.instance(id).await? else {
        return Ok(again("the backup instance is not there"));
    };
    Ok(match &instance.state {
        ProtectionState::Configured => Stand::Ended(Outcome::Protected { instance: instance.id, note: None }),
        ProtectionState::Configuring => {
            Stand::Pending { pending: Pending::Settling { instance: instance.id }, after: SETTLING }
        }
        ProtectionState::Error => protection_error(&instance),
        ProtectionState::Stopped
        | ProtectionState::Suspended
        | ProtectionState::SoftDeleted
        | ProtectionState::Other(_) => {
            let state: String = instance.state.clone().into();
            Stand::Ended(Outcome::LeftAlone {
                instance: instance.id,
                note: format!("its backup instance is in state {state}"),
            })
        }
    })
}

fn protection_error(instance: &BackupInstance) -> Stand {
    let unknown = Refusal {
        status: 200,
        code: "ProtectionError".to_owned(),
        message: "Azure gave no reason".to_owned(),
        recommended_action: Vec::new(),
        advice: None,
        kind: RefusalKind::Unknown,
        retry: Retry::Never,
    };
    let refusal = instance.error.clone().unwrap_or(unknown);
    if refusal.kind == RefusalKind::MissingPermission {
        Stand::Permissions(refusal)
    } else {
        refused_or_passing("ended in ProtectionError", &instance.datasource, &refusal)
    }
}

fn refused(what: &str, thing: &ResourceId, refusal: &Refusal) -> Outcome {
    Outcome::Failed {
        code: refusal.code.clone(),
        message: format!("`{}` {what}: {}", thing.name(), refusal.message),
        way_out: refusal.way_out(),
    }
}

/// Region of the datasource of a plan.
fn region(plan: &Plan) -> Option<Location> {
    plan.steps.iter().find_map(|step| match step {
        Step::Configure(spec) => Some(spec.location.clone()),
        Step::GrantRole(_)
        | Step::Prepare(_)
        | Step::CreateSnapshotGroup(_)
        | Step::CreateVault(_)
        | Step::AwaitVault { .. }
        | Step::GiveVaultIdentity { .. }
        | Step::CreatePolicy { .. }
        | Step::Repair(_)
        | Step::MovePolicy(_)
        | Step::Undelete { .. }
        | Step::Alter { .. }
        | Step::Await { .. } => None,
    })
}
