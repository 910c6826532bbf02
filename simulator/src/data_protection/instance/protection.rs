//! Stopping, suspending, resuming and undeleting protection.

use axum::http::StatusCode;

use super::{ProtectionState, configure, validate};
use crate::data_protection::State;
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::policy::{self, schedule};
use crate::data_protection::user_error::{UserError, generic_not_found};
use crate::data_protection::{guard, instance, point, vault};
use crate::wire::path::name_of;
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

/// Changes of protection take the better part of a minute.
const SECONDS: f64 = 40.0;
const RETRY_SECONDS: f64 = 15.0;

/// A change of protection that an instance can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Stop,
    Suspend,
    ResumeProtection,
    ResumeBackups,
}

impl Change {
    /// The change that the last segment of a path names.
    pub(crate) fn named(segment: &str) -> Option<Self> {
        match segment.to_ascii_lowercase().as_str() {
            "stopprotection" => Some(Self::Stop),
            "suspendbackups" => Some(Self::Suspend),
            "resumeprotection" => Some(Self::ResumeProtection),
            "resumebackups" => Some(Self::ResumeBackups),
            _ => None,
        }
    }

    fn target(self) -> ProtectionState {
        match self {
            Self::Stop => ProtectionState::ProtectionStopped,
            Self::Suspend => ProtectionState::BackupsSuspended,
            Self::ResumeProtection | Self::ResumeBackups => ProtectionState::ProtectionConfigured,
        }
    }

    fn starts_from(self, state: ProtectionState) -> bool {
        use ProtectionState::{BackupsSuspended, ProtectionConfigured, ProtectionError, ProtectionStopped};
        match self {
            Self::Stop => matches!(state, ProtectionConfigured | BackupsSuspended | ProtectionError),
            Self::Suspend => matches!(state, ProtectionConfigured),
            Self::ResumeProtection => matches!(state, ProtectionStopped | BackupsSuspended),
            Self::ResumeBackups => matches!(state, BackupsSuspended),
        }
    }
}

/// `POST {instance}/stopProtection` and its relatives.
pub(crate) fn change(world: &mut World, call: &Call, change: Change) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    let instance = instance::find(world, &vault, name)?.clone();
    if instance.state == change.target() {
        return Ok(Reply::empty(StatusCode::OK));
    }
    match change {
        Change::Stop => guard::check(world, call, &vault, guard::Operation::StopProtection)?,
        Change::Suspend => guard::check(world, call, &vault, guard::Operation::SuspendBackups)?,
        Change::ResumeProtection | Change::ResumeBackups => {}
    }
    if let Some(refusal) = refusal(world, &vault, change, &instance) {
        let activity = world.guid();
        return Err(refusal.refusal(&activity));
    }
    let action = Action::ProtectionChange { instance: name.to_ascii_lowercase(), to: change.target() };
    let operation = operation::begin(world, &vault, SECONDS, RETRY_SECONDS, action);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

fn refusal(world: &World, vault: &str, change: Change, instance: &instance::Instance) -> Option<UserError> {
    let vault = State::of(world).vaults.get(vault)?;
    let policy = vault.policies.get(&name_of(instance.policy_id()).to_ascii_lowercase());
    let blob =
        instance.datasource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts/blobServices");
    if change == Change::Stop && blob && !policy.is_some_and(policy::backs_up_to_vault) {
        let message = "Stopping protection is not supported for operational backup of blobs.";
        let action = "Delete the backup instance instead.";
        return Some(UserError::new(
            "UserErrorStopProtectionNotSupportedForBlobOperationalBackup",
            message,
            action,
        ));
    }
    if !change.starts_from(instance.state) {
        let detail = format!("the backup instance is in state {}", instance.state.word());
        return Some(UserError::invalid_input(detail));
    }
    let datasource = instance.datasource();
    let resumes = change.target() == ProtectionState::ProtectionConfigured;
    let mut others = instance::of_datasource(world, &datasource).filter(|(_, other)| other.id != instance.id);
    resumes.then(|| others.next().map(|(vault, other)| association(vault, other))).flatten()
}

/// Resuming names every other instance an association, whatever its state (recorded).
fn association(vault: &str, other: &instance::Instance) -> UserError {
    let mut error = validate::already(vault, other);
    error.code = "UserErrorDppDatasourceAlreadyHasBackupInstance".into();
    error
}

/// The change has been made.
pub(crate) fn changed(world: &mut World, vault: &str, name: &str, to: ProtectionState) {
    let Some(instance) =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name))
    else {
        return;
    };
    let before = std::mem::replace(&mut instance.state, to);
    instance.generation = instance.generation.wrapping_add(1);
    let id = instance.id.clone();
    world.touch(&id);
    if before == ProtectionState::ProtectionStopped {
        point::held_no_more(world, vault, name);
    }
    if to == ProtectionState::ProtectionConfigured {
        schedule::next(world, vault, name);
    }
}

/// `POST {instance}/sync`: tries a failed configuration again.
pub(crate) fn sync(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    if instance::find(world, &vault, name)?.state != ProtectionState::ProtectionError {
        return Ok(Reply::empty(StatusCode::OK));
    }
    configure::retry(world, &vault, name);
    let operation = operation::begin(world, &vault, RETRY_SECONDS, RETRY_SECONDS, Action::Announce);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// `POST {vault}/deletedBackupInstances/{name}/undelete`: the instance returns, with its protection stopped.
pub(crate) fn undelete(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default().to_ascii_lowercase();
    let Some(found) = State::of_mut(world).vaults.get_mut(&vault) else { return Err(generic_not_found()) };
    let mut instance = found.deleted.remove(&name).ok_or_else(generic_not_found)?.instance;
    instance.state = ProtectionState::ProtectionStopped;
    let id = instance.id.clone();
    found.instances.insert(name, instance);
    world.touch(&id);
    Ok(Reply::empty(StatusCode::OK))
}
