//! Apply: carry a plan out, one idempotent step at a time, waiting without holding a process.
//!
//! Nothing here is kept between calls: a crash at any point leads to the same end,
//! because the next attempt observes and plans again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::instance::{BackupInstance, InstanceSpec, ProtectionState};
use crate::plan::{Impossible, Plan, Step};
use crate::ports::{Azure, OperationState, Started};
use crate::work::Pending;
use crate::{AzureError, Refusal, ResourceId};

/// How work on a resource ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// Azure says `ProtectionConfigured`.
    Protected {
        /// The instance.
        instance: ResourceId,
        /// What a person should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A rule excluded it.
    Excluded {
        /// The decision's sentence.
        reason: String,
    },
    /// No rule or no workload covers it.
    Ignored {
        /// Why.
        reason: String,
    },
    /// It is not there any more.
    Gone,
    /// A person has to act; the sweep tries again.
    Failed {
        /// A stable word, Azure's where Azure refused.
        code: String,
        /// What went wrong, with the things' names.
        message: String,
        /// What to do next.
        way_out: String,
    },
    /// An instance exists and was left as somebody wished.
    LeftAlone {
        /// The instance.
        instance: ResourceId,
        /// Why.
        note: String,
    },
}

impl Outcome {
    /// A word for paths and tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Protected { .. } => "protected",
            Self::Excluded { .. } => "excluded",
            Self::Ignored { .. } => "ignored",
            Self::Gone => "gone",
            Self::Failed { .. } => "failed",
            Self::LeftAlone { .. } => "left-alone",
        }
    }
}

impl From<Impossible> for Outcome {
    fn from(impossible: Impossible) -> Self {
        let Impossible { code, message, way_out } = impossible;
        Self::Failed { code, message, way_out }
    }
}

/// What work waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "for")]
pub enum Waiting {
    /// The resource's own creation.
    Creation,
    /// Roles of the vault's identity to come into force.
    Permissions {
        /// Azure's words.
        message: String,
    },
    /// Azure's check of the datasource.
    Validation,
    /// Azure's work on the instance.
    Configuration,
    /// Azure to answer properly.
    Azure {
        /// What went wrong.
        message: String,
    },
}

impl Waiting {
    /// A word for paths and tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Permissions { .. } => "permissions",
            Self::Validation => "validation",
            Self::Configuration => "configuration",
            Self::Azure { .. } => "azure",
        }
    }
}

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
    /// The resource itself is still being made.
    NotMade,
    /// The world is not as it was planned for; observe and plan again now.
    Again {
        /// What was found.
        because: String,
    },
}

/// What a wait came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// Azure would take this instance; [`configure`] writes it.
    Validated(Box<InstanceSpec>),
    /// Anything else.
    Stands(Stand),
}

/// Carries out a plan up to its end or its first wait.
pub async fn carry_out(azure: &dyn Azure, plan: Plan) -> Result<Stand, AzureError> {
    for step in &plan.steps {
        match step {
            Step::GrantRole(grant) => match azure.grant(grant).await {
                Ok(()) => {}
                Err(AzureError::Refused { refusal, .. }) if refusal.status == 403 => {
                    return Ok(Stand::Ended(cannot_assign(&plan, &refusal)));
                }
                Err(error) => return Err(error),
            },
            Step::CreatePolicy { id, spec } => azure.put_policy(id, spec).await?,
            Step::Configure(spec) => return validate(azure, spec).await,
            Step::Repair(spec) => return configure(azure, spec).await,
            Step::Await { instance } => return settle(azure, instance).await,
        }
    }
    let instance = plan.instance.clone();
    settle(azure, &instance).await.map(|stand| with_note(stand, plan.note))
}

/// Goes on where a wait left off.
pub async fn go_on(azure: &dyn Azure, pending: Pending) -> Result<Waited, AzureError> {
    let stand = match pending {
        Pending::Validation { operation, spec } => match azure.operation(&operation).await? {
            OperationState::Succeeded { .. } => return Ok(Waited::Validated(spec)),
            OperationState::Failed(refusal) if refusal.is_missing_permission() => {
                Ok(Stand::Permissions(refusal))
            }
            OperationState::Failed(refusal) => {
                Ok(Stand::Ended(refused("could not be validated", &spec.datasource, &refusal)))
            }
            OperationState::Running { retry_after } => {
                Ok(Stand::Pending { pending: Pending::Validation { operation, spec }, after: retry_after })
            }
            OperationState::Gone => Ok(again("Azure forgot the validation")),
        },
        Pending::Configuration { operation, instance } => match azure.operation(&operation).await? {
            OperationState::Succeeded { .. } => settle(azure, &instance).await,
            OperationState::Failed(refusal) => match azure.instance(&instance).await? {
                Some(_) => settle(azure, &instance).await,
                None if refusal.is_missing_permission() => Ok(Stand::Permissions(refusal)),
                None => Ok(Stand::Ended(refused("could not be configured", &instance, &refusal))),
            },
            OperationState::Running { retry_after } => Ok(Stand::Pending {
                pending: Pending::Configuration { operation, instance },
                after: retry_after,
            }),
            OperationState::Gone => Ok(again("Azure forgot the operation")),
        },
        Pending::Settling { instance } => settle(azure, &instance).await,
    };
    stand.map(Waited::Stands)
}

async fn validate(azure: &dyn Azure, spec: &InstanceSpec) -> Result<Stand, AzureError> {
    match azure.validate(spec).await {
        Ok(Started::Done) => configure(azure, spec).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::Validation { operation, spec: Box::new(spec.clone()) },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) => Ok(judge(refusal, spec)),
        Err(error) => Err(error),
    }
}

/// Writes an instance that Azure has validated.
pub async fn configure(azure: &dyn Azure, spec: &InstanceSpec) -> Result<Stand, AzureError> {
    match azure.put_instance(spec).await {
        Ok(Started::Done) => settle(azure, &spec.id).await,
        Ok(Started::Running { operation, retry_after }) => Ok(Stand::Pending {
            pending: Pending::Configuration { operation, instance: spec.id.clone() },
            after: retry_after,
        }),
        Err(AzureError::Refused { refusal, .. }) => Ok(judge(refusal, spec)),
        Err(error) => Err(error),
    }
}

fn again(because: &str) -> Stand {
    Stand::Again { because: because.to_owned() }
}

/// What an immediate refusal means.
fn judge(refusal: Refusal, spec: &InstanceSpec) -> Stand {
    let taken = ["UserErrorDppDatasourceAlreadyProtected", "UserErrorDppDatasourceAlreadyHasBackupInstance"];
    if refusal.is_missing_permission() {
        Stand::Permissions(refusal)
    } else if refusal.status == 409 || taken.iter().any(|code| refusal.is(code)) {
        // Another invocation, or another tool, was quicker: what it made shows when looked at again.
        again(&format!("{}: {}", refusal.code, refusal.message))
    } else {
        Stand::Ended(refused("was refused by Azure Backup", &spec.datasource, &refusal))
    }
}

/// How long Azure takes to show what an ended operation did: Terraform asks every 60 s, it is usually seconds.
const SETTLING: Duration = Duration::from_secs(5);

/// Reads the instance back: a successful PUT can still end in an error that only the instance shows.
async fn settle(azure: &dyn Azure, id: &ResourceId) -> Result<Stand, AzureError> {
    let Some(instance) = azure.instance(id).await? else {
        return Ok(again("the backup instance is not there"));
    };
    Ok(match &instance.state {
        ProtectionState::Configured => Stand::Ended(Outcome::Protected { instance: instance.id, note: None }),
        ProtectionState::Configuring => {
            Stand::Pending { pending: Pending::Settling { instance: instance.id }, after: SETTLING }
        }
        ProtectionState::Error => protection_error(&instance),
        ProtectionState::Stopped | ProtectionState::SoftDeleted | ProtectionState::Other(_) => {
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
    };
    let refusal = instance.error.clone().unwrap_or(unknown);
    if refusal.is_missing_permission() {
        Stand::Permissions(refusal)
    } else {
        Stand::Ended(refused("ended in ProtectionError", &instance.datasource, &refusal))
    }
}

fn with_note(stand: Stand, note: Option<String>) -> Stand {
    match (stand, note) {
        (Stand::Ended(Outcome::Protected { instance, .. }), note) => {
            Stand::Ended(Outcome::Protected { instance, note })
        }
        (Stand::Ended(Outcome::LeftAlone { instance, .. }), Some(note)) => {
            Stand::Ended(Outcome::LeftAlone { instance, note })
        }
        (stand, _) => stand,
    }
}

fn refused(what: &str, datasource: &ResourceId, refusal: &Refusal) -> Outcome {
    let way_out = if refusal.recommended_action.is_empty() {
        "see Azure's message; the next sweep tries again".to_owned()
    } else {
        refusal.recommended_action.join(" ")
    };
    Outcome::Failed {
        code: refusal.code.clone(),
        message: format!("`{}` {what}: {}", datasource.name(), refusal.message),
        way_out,
    }
}

fn cannot_assign(plan: &Plan, refusal: &Refusal) -> Outcome {
    let missing: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::GrantRole(grant) => {
                Some(format!("{} on {} for {}", grant.role.display_name(), grant.scope, grant.principal))
            }
            Step::CreatePolicy { .. } | Step::Configure(_) | Step::Repair(_) | Step::Await { .. } => None,
        })
        .collect();
    Outcome::Failed {
        code: "UserCannotAssignRoles".to_owned(),
        message: format!("the function app may not assign roles: {}", refusal.message),
        way_out: format!("let an administrator assign: {}", missing.join("; ")),
    }
}
