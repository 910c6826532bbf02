//! Apply: carry a plan out, one idempotent step at a time, waiting without holding a process.
//!
//! Nothing here is kept between calls: a crash at any point leads to the same end,
//! because the next attempt observes and plans again.

mod applied;
mod change;
mod permissions;
mod refused;
mod settle;
mod vault;
mod waits;

pub use applied::{Applied, Waited};
pub use change::make;
pub use waits::go_on;

use permissions::Denied;

use crate::plan::{Awaited, MissingPermissions, Plan, Step};
use crate::ports::Azure;
use crate::{AzureError, Refusal};

/// Carries out a plan up to its end or its first wait.
pub async fn carry_out(azure: &dyn Azure, plan: Plan) -> Result<Applied, AzureError> {
    let mut denied = Denied::default();
    for step in &plan.steps {
        // Anyone who gives us permissions should be told of all that are missing at once.
        if let Some(refusal) = denied.refusal.take_if(|_| !step.is_permission()) {
            return Ok(cannot_assign(refusal, denied.missing, &plan));
        }
        let applied = match step {
            Step::CreateSnapshotGroup(spec) => {
                azure.create_group(spec).await?;
                None
            }
            Step::CreatePolicy { id, spec } => {
                azure.backups_of(id)?.put_policy(id, spec).await?;
                None
            }
            Step::GrantRole(grant) => denied.grant(azure, grant).await?,
            Step::Prepare(preparation) => denied.prepare(azure, preparation).await?,
            Step::ChangeVault(change) => Some(vault::change(azure, change).await?),
            Step::Change(change) => Some(change::begin(azure, change).await?),
            Step::Await(Awaited::Vault { vault }) => Some(vault::awaited(vault)),
            Step::Await(Awaited::Instance { instance }) => Some(settle::settle(azure, instance).await?),
        };
        if let Some(applied) = applied {
            return Ok(applied);
        }
    }
    if let Some(refusal) = denied.refusal {
        return Ok(cannot_assign(refusal, denied.missing, &plan));
    }
    if plan.ends_in_preparing() {
        return Ok(Applied::again("it is prepared"));
    }
    settle::settle(azure, &plan.instance).await
}

fn cannot_assign(refusal: Refusal, missing: MissingPermissions, plan: &Plan) -> Applied {
    let missing = MissingPermissions { location: plan.region(), ..missing };
    Applied::CannotAssign { refusal, missing: Box::new(missing) }
}
