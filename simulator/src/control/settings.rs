//! What may be set anew while the simulator runs, and protection that is made to break.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{parsed, refused};
use crate::app::App;
use crate::estate::{ActionDenial, Denial, EstateGuest, NumberedDisks, PolicyDenial};
use crate::wire::Reply;
use crate::world::{Provider, World};

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

/// Has the provider that knows what the body is about do something to it; `unknown` says what there is not, where none does.
fn done<T: DeserializeOwned>(
    app: &App,
    body: &[u8],
    act: impl Fn(&dyn Provider, &mut World, &T) -> bool,
    unknown: impl FnOnce(&T) -> String,
) -> Reply {
    match parsed::<T>(body) {
        Ok(wanted) => carried_out(app, &wanted, act, unknown),
        Err(problem) => refused(&problem),
    }
}

fn carried_out<T>(
    app: &App,
    wanted: &T,
    act: impl Fn(&dyn Provider, &mut World, &T) -> bool,
    unknown: impl FnOnce(&T) -> String,
) -> Reply {
    let mut world = app.world();
    if world.providers().iter().any(|one| act(*one, &mut world, wanted)) {
        Reply::empty(StatusCode::NO_CONTENT)
    } else {
        refused(&unknown(wanted))
    }
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
    done::<Age>(
        &app,
        &body,
        |one, world, wanted| one.age_point(world, &wanted.point, wanted.archive),
        |wanted| format!("there is no recovery point '{}'", wanted.point),
    )
}

/// Which instance breaks, and what it says then.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    instance: String,
    code: String,
}

pub(super) async fn break_instance(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done::<Break>(
        &app,
        &body,
        |one, world, wanted| one.break_protection(world, &wanted.instance, &wanted.code),
        |wanted| format!("there is no backup instance '{}'", wanted.instance),
    )
}

/// The next backup of an instance fails with this code.
pub(super) async fn fail_next_backup(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done::<Break>(
        &app,
        &body,
        |one, world, wanted| one.fail_next_backup(world, &wanted.instance, &wanted.code),
        |wanted| format!("there is no backup instance or protected item '{}'", wanted.instance),
    )
}

/// Which files are in a share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    share: String,
    files: Vec<String>,
}

pub(super) async fn set_files(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done::<Files>(
        &app,
        &body,
        |one, world, wanted| one.set_files(world, &wanted.share, wanted.files.clone()),
        |wanted| format!("there is no file share '{}'", wanted.share),
    )
}

/// Which database servers are in a virtual machine.
pub(super) async fn set_guest(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done::<EstateGuest>(
        &app,
        &body,
        |one, world, wanted| one.place_guest(world, wanted),
        |wanted| format!("there is no virtual machine '{}'", wanted.machine),
    )
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
    carried_out(
        &app,
        &wanted,
        |one, world, wanted| one.set_threat(world, &wanted.point, &wanted.status, wanted.threats.clone()),
        |wanted| format!("there is no recovery point '{}' of a virtual machine", wanted.point),
    )
}
