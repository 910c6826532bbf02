//! The resource group that receives snapshots.

use super::Subject;
use crate::authorization::{lock, policy};
use crate::data_protection::user_error::UserError;
use crate::wire::json as body_json;
use crate::wire::path::{group_of, key, subscription_of};
use crate::world::World;

/// The snapshot resource group of `subject`, for datasources that take snapshots.
pub(super) fn check(world: &World, subject: &Subject<'_>) -> Result<Option<String>, UserError> {
    let path = ["policyInfo", "policyParameters", "dataStoreParametersList"];
    let parameters = body_json::list(subject.properties, &path);
    let group = parameters.iter().find_map(|parameter| body_json::text(parameter, &["resourceGroupId"]));
    let takes_snapshots = subject.is("Microsoft.Compute/disks")
        || subject.is_cluster()
        || subject.is("Microsoft.ElasticSan/elasticSans/volumeGroups");
    match group {
        None if takes_snapshots => Err(UserError::new(
            "UserErrorOperationalStoreParametersNotProvided",
            "The parameters of the operational store were not provided.",
            "Provide the resource group that receives the snapshots and try again.",
        )),
        None => Ok(None),
        Some(group) => {
            fits(world, subject, group)?;
            free(world, subject, group)?;
            Ok(Some(group.to_owned()))
        }
    }
}

fn fits(world: &World, subject: &Subject<'_>, group: &str) -> Result<(), UserError> {
    if group_of(group).is_none() || group.contains("/providers/") {
        let message = format!("'{group}' is no resource group that could receive snapshots.");
        let action = "Provide the id of a resource group.";
        return Err(UserError::new("UserErrorInvalidOperationalStoreResourceGroup", message, action));
    }
    let (here, there) = (subscription_of(&subject.id).map(key), subscription_of(group).map(key));
    if here != there {
        let message =
            format!("The snapshot resource group {group} lies in another subscription than {}.", subject.id);
        let action = "Choose a snapshot resource group in the subscription of the datasource.";
        return Err(UserError::new("UserErrorSnapshotRGSubscriptionMismatch", message, action));
    }
    if !world.arm.groups.contains_key(&key(group)) {
        let message =
            format!("The snapshot resource group {} could not be found.", group_of(group).unwrap_or(group));
        return Err(UserError::new(
            "UserErrorSnapshotRGNotFound",
            message,
            "Create the resource group or choose another one.",
        ));
    }
    Ok(())
}

/// Nothing keeps the service from writing and deleting snapshots.
fn free(world: &World, subject: &Subject<'_>, group: &str) -> Result<(), UserError> {
    if subject.is_cluster() && lock::has_lock(world, group) {
        let message = format!("The snapshot resource group {group} has locks.");
        let action = "Remove the locks of the snapshot resource group and try again.";
        return Err(UserError::new("UserErrorSnapshotResourceGroupHasLocks", message, action));
    }
    match policy::denied(world, &format!("{group}/x"), "Microsoft.Compute/snapshots") {
        Some(denial) => Err(by_policy(&denial.assignment, group)),
        None => Ok(()),
    }
}

/// What an Azure Policy keeps the service from doing.
pub(super) fn by_policy(assignment: &str, target: &str) -> UserError {
    let message = format!("The Azure Policy '{assignment}' does not allow what backup needs on {target}.");
    let action = "Exempt the resource from the policy and try again.";
    UserError::new("UserErrorRequestDisallowedByAzurePolicy", message, action)
}
