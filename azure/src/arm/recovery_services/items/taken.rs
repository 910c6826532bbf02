//! Why Azure refuses an item whose name is taken: its own words do not tell the cases apart.

use holdfast_protection::AzureError;
use holdfast_protection::instance::{InstanceSpec, ProtectionState};
use holdfast_protection::{Refusal, RefusalKind};

use super::get;
use crate::arm::transport::ArmClient;

/// Codes behind which there may be an item of the same name: that of a namesake in another subscription, or one that was
/// deleted softly, of which Azure says only that the input is wrong.
const MAYBE_TAKEN: [&str; 2] = ["VirtualMachineAlreadyProtected", "BMSUserErrorInvalidInput"];

/// The same error, but told what the item in its place is.
pub(super) async fn explained(arm: &ArmClient, spec: &InstanceSpec, error: AzureError) -> AzureError {
    let AzureError::Refused { action, refusal } = error else { return error };
    if !MAYBE_TAKEN.iter().any(|code| refusal.is(code)) {
        return AzureError::Refused { action, refusal };
    }
    let refusal = match get(arm, &spec.id).await {
        Ok(Some(item)) if item.datasource != spec.datasource => Refusal {
            message: format!("{} It is `{}`.", refusal.message, item.datasource),
            advice: Some(NAMESAKE.into()),
            kind: RefusalKind::User,
            ..refusal
        },
        Ok(Some(item)) if item.state == ProtectionState::SoftDeleted => {
            Refusal { kind: RefusalKind::Taken, ..refusal }
        }
        // Whatever it is, Azure's own words stand.
        Ok(_) => refusal,
        // That something is in its place is said already.
        Err(_) if refusal.is(MAYBE_TAKEN[0]) => refusal,
        // Nobody knows yet what it is: the next pass asks again.
        Err(unread) => return unread,
    };
    AzureError::Refused { action, refusal }
}

const NAMESAKE: &str = "the vault protects a resource of the same name and group in another subscription, and names hold no \
     subscription: let the rules choose another vault for one of the two";
