//! What may be set anew while the simulator runs, and protection that is made to break.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{parsed, refused};
use crate::app::App;
use crate::estate::{ActionDenial, Denial, EstateGuest, NumberedDisks, PolicyDenial};
use crate::wire::Reply;

/// The settings of an estate, by the same names; what is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    deny_role_assignments: Option<Vec<Denial>>,
    deny_actions: Option<Vec<ActionDenial>>,
    policy_denials: Option<Vec<PolicyDenial>>,
    propagation_seconds: Option<f64>,
    graph_lag_seconds: Option<f64>,
    recheck_seconds: Option<f64>,
    scheduled_backups: Option<bool>,
    odd_casing: Option<bool>,
    instance_limit: Option<usize>,
    policy_limit: Option<usize>,
    role_assignment_limit: Option<usize>,
    machines_of_other_subscriptions: Option<bool>,
    numbered_disks: Option<NumberedDisks>,
}

pub(super) async fn change(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Wanted = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    let now = &mut world.settings;
    now.denials = wanted.deny_role_assignments.unwrap_or_else(|| now.denials.clone());
    now.action_denials = wanted.deny_actions.unwrap_or_else(|| now.action_denials.clone());
    now.policy_denials = wanted.policy_denials.unwrap_or_else(|| now.policy_denials.clone());
    now.propagation_seconds = wanted.propagation_seconds.unwrap_or(now.propagation_seconds);
    now.graph_lag_seconds = wanted.graph_lag_seconds.unwrap_or(now.graph_lag_seconds);
    now.recheck_seconds = wanted.recheck_seconds.unwrap_or(now.recheck_seconds);
    now.scheduled_backups = wanted.scheduled_backups.unwrap_or(now.scheduled_backups);
    now.odd_casing = wanted.odd_casing.unwrap_or(now.odd_casing);
    now.instance_limit = wanted.instance_limit.unwrap_or(now.instance_limit);
    now.policy_limit = wanted.policy_limit.unwrap_or(now.policy_limit);
    now.role_assignment_limit = wanted.role_assignment_limit.unwrap_or(now.role_assignment_limit);
    now.machines_of_other_subscriptions =
        wanted.machines_of_other_subscriptions.unwrap_or(now.machines_of_other_subscriptions);
    if wanted.numbered_disks.is_some() {
        now.numbered_disks = wanted.numbered_disks;
    }
    world.recheck_protection();
    Reply::empty(StatusCode::NO_CONTENT)
}

/// Which recovery point ages, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    point: String,
    /// Whether it is archived; otherwise it expires.
    #[serde(default)]
    archive: bool,
}

pub(super) async fn age_point(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Age = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    if world.providers().iter().any(|one| one.age_point(&mut world, &wanted.point, wanted.archive)) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no recovery point '{}'", wanted.point))
    }
}

/// Which instance breaks, and what it says then.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    instance: String,
    code: String,
}

pub(super) async fn break_instance(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Break = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    if world.providers().iter().any(|one| one.break_protection(&mut world, &wanted.instance, &wanted.code)) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no backup instance '{}'", wanted.instance))
    }
}

/// The next backup of an instance fails with this code.
pub(super) async fn fail_next_backup(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Break = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    if world.providers().iter().any(|one| one.fail_next_backup(&mut world, &wanted.instance, &wanted.code)) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no backup instance or protected item '{}'", wanted.instance))
    }
}

/// Which files are in a share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    share: String,
    files: Vec<String>,
}

pub(super) async fn set_files(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Files = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    if world.providers().iter().any(|one| one.set_files(&mut world, &wanted.share, wanted.files.clone())) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no file share '{}'", wanted.share))
    }
}

/// Which database servers are in a virtual machine.
pub(super) async fn set_guest(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: EstateGuest = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    if world.providers().iter().any(|one| one.place_guest(&mut world, &wanted)) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no virtual machine '{}'", wanted.machine))
    }
}

/// What is known of threats at the time of a recovery point.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threat {
    point: String,
    status: String,
    #[serde(default)]
    threats: Vec<serde_json::Value>,
}

/// The words of `threatStatus` (official).
const THREATS: [&str; 5] = ["Unknown", "Healthy", "UnHealthy", "Warning", "NotAvailable"];

pub(super) async fn set_threat(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Threat = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    if !THREATS.contains(&wanted.status.as_str()) {
        return refused(&format!(
            "'status' is '{}', but must be one of {}",
            wanted.status,
            THREATS.join(", ")
        ));
    }
    let mut world = app.world();
    let (point, status) = (&wanted.point, &wanted.status);
    if world.providers().iter().any(|one| one.set_threat(&mut world, point, status, wanted.threats.clone())) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&format!("there is no recovery point '{point}' of a virtual machine"))
    }
}
