//! `Vaults`: every vault with what it is safe against, and the end of one.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use holdfast_evaluator::Placement;
use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::ledger::Entry;
use holdfast_protection::operation::Started;
use holdfast_protection::vault::{CrossRegion, Immutability};
use holdfast_protection::vault_state::{Obstacle, ObstacleKind, VaultState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::asking::caller_for_rules;
use super::body::{Body, Wanted};
use super::here::Here;
use super::page::{Cut, Page};
use super::query::Query;
use super::refusals::{BodyRefusals, Refusals};
use super::unread::{Readable, UnreadPart};
use crate::app::App;
use crate::callers::Role;
use crate::clock;
use crate::problem::{Detail, Problem};
use crate::setup::{Ready, Who};

/// A vault, what it holds, and what it is safe against. What Azure does not show is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Vault)]
pub(crate) struct VaultView {
    /// ARM id.
    id: ResourceId,
    /// `backup-vault` or `recovery-services`.
    family: &'static str,
    /// Its region.
    location: String,
    /// Its tags.
    tags: BTreeMap<String, String>,
    /// Azure's word, such as `GeoRedundant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    redundancy: Option<String>,
    /// Azure's word, such as `AlwaysOn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_delete: Option<String>,
    /// For how many days what was deleted can be had back.
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_delete_days: Option<u32>,
    /// `disabled`, `unlocked` or `locked`.
    immutability: Immutability,
    /// The region in which it restores besides its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    paired_region: Option<String>,
    /// Whether it restores in its paired region.
    cross_region_restore: bool,
    /// Whether it restores to other subscriptions.
    cross_subscription_restore: bool,
    /// Whether a resource guard guards it (multi-user authorization), where Azure says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    guarded: Option<bool>,
    /// Whether it is reached from public networks, where that is a setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_access: Option<bool>,
    /// The customer's key that its data is encrypted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Whether failed jobs raise alerts of Azure Monitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<bool>,
    /// How many private endpoints it has.
    private_endpoints: usize,
    /// Whether it has an identity.
    identity: bool,
    /// How many instances or items it has; left out where they could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    instances: Option<u32>,
    /// How many more it takes, by Azure's documented limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<u32>,
}

/// Which vault is to go, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteWanted {
    /// ARM id of the vault.
    vault: ResourceId,
    /// Show what is in the way, and delete nothing.
    #[serde(default)]
    dry_run: bool,
    /// Why; recorded.
    why: Option<String>,
}

impl Wanted for DeleteWanted {
    const EXPECTED: &'static str =
        r#"{"vault": "<ARM id of a vault>", "dry_run": optional, "why": optional}"#;
}

/// How far the deletion of a vault is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deletion {
    /// The vault.
    vault: ResourceId,
    /// `Succeeded`, `InProgress`, or `NothingInTheWay` where nothing was to be done.
    status: &'static str,
}

/// Every vault of the watched subscriptions, with what it is safe against. Those that cannot be listed are named in
/// `unread`.
#[utoipa::path(get, path = "/api/vaults", operation_id = "listVaults", tag = "vaults", params(Cut),
    responses((status = 200, description = "The vaults", body = Page<VaultView>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(cut): Query<Cut>,
) -> Result<Json<Page<VaultView>>, Problem> {
    caller.must_be(Role::Reader)?;
    let Readable { items: mut vaults, unread, .. } = every(&app).await?.or_refused()?;
    vaults.sort_by_key(|vault| std::cmp::Reverse(vault.id.key()));
    let part = cut.take("vaults", vaults, |vault| vault.id.key())?;
    Ok(Json(Page::of(part, &here, "/api/vaults", &cut.again()).without(unread)))
}

/// The vaults of each subscription and family, as far as they can be read.
async fn every(app: &App) -> Result<Readable<VaultView>, Problem> {
    let evaluator = app.rules.current();
    let placement = &evaluator.rule_set().allowances().placement;
    let mut vaults = Readable::lacking(Vec::new());
    for subscription in app.subscriptions()? {
        let counts = app.azure.instance_counts(subscription).await;
        for family in Family::ALL {
            let view = |state| VaultView::of(state, counts.as_ref().ok(), placement);
            match app.azure.backups(family).vault_states(subscription).await {
                Ok(states) => vaults.add(states.into_iter().map(view)),
                Err(why) => vaults.unread.push(UnreadPart::of_vaults(family, subscription, why)),
            }
        }
        if let Err(why) = counts {
            let what = format!("how many instances the vaults of subscription {subscription} have");
            vaults.unread.push(UnreadPart::of(what, format!("/subscriptions/{subscription}"), why));
        }
    }
    Ok(vaults)
}

/// Deletes a vault. What is in the way is named, thing by thing, and nothing is done.
#[utoipa::path(post, path = "/api/vaults/delete", operation_id = "deleteVault", tag = "vaults",
    request_body = DeleteWanted, responses(
        (status = 200, description = "It is gone, or nothing is in the way", body = Deletion),
        (status = 202, description = "Azure deletes it", body = Deletion), Refusals, BodyRefusals))]
pub(crate) async fn delete(
    Ready(app): Ready,
    Who(caller): Who,
    Body(DeleteWanted { vault, dry_run, why }): Body<DeleteWanted>,
) -> Result<Response, Problem> {
    caller.must_be(Role::Admin)?;
    let is_vault = Family::of(&vault)
        .is_some_and(|family| vault.resource_type().eq_ignore_ascii_case(family.vault_type()));
    if !is_vault {
        let message = format!("`{vault}` is the id of a {}, not of a vault", vault.resource_type());
        return Err(Problem::bad_request("BadResourceId", message));
    }
    let backups = app.azure.backups_of(&vault)?;
    if backups.vault(&vault).await?.is_none() {
        return Err(Problem::not_found("VaultNotFound", format!("there is no vault `{vault}`")));
    }
    let mut obstacles = backups.obstacles(&vault).await?;
    let locks = app.azure.locks(vault.subscription()).await?.into_iter();
    obstacles.extend(
        locks.filter(|lock| lock.holds_for(&vault)).map(|lock| Obstacle {
            kind: ObstacleKind::Lock,
            what: format!("{} on {}", lock.name, lock.scope),
        }),
    );
    if !obstacles.is_empty() {
        return Err(in_the_way(&vault, obstacles));
    }
    if dry_run {
        return Ok(Json(Deletion { vault, status: "NothingInTheWay" }).into_response());
    }
    let now = clock::now();
    let path = format!("vaults/{}/{}-deletion-asked.json", vault.key(), now.strftime("%Y%m%dT%H%M%SZ"));
    let asked = json!({ "at": now, "by": caller_for_rules(&caller), "why": why, "vault": vault });
    app.ledger.append(&Entry::of(path, &asked)).await?;
    let (status, word) = match backups.delete_vault(&vault).await? {
        Started::Done => (StatusCode::OK, "Succeeded"),
        Started::Running { .. } => (StatusCode::ACCEPTED, "InProgress"),
    };
    Ok((status, Json(Deletion { vault, status: word })).into_response())
}

fn in_the_way(vault: &ResourceId, mut obstacles: Vec<Obstacle>) -> Problem {
    obstacles.sort();
    let message = format!(
        "{} cannot be deleted: {} things are in the way, named in `details` in the order in which they go",
        Family::vault_in_words(vault),
        obstacles.len()
    );
    let detail = |obstacle: Obstacle| Detail {
        code: obstacle.kind.code().to_owned(),
        message: format!("{}: {}", obstacle.what, obstacle.kind.way_out()),
        target: Some(obstacle.what),
    };
    Problem::conflict("VaultNotEmpty", message).with(obstacles.into_iter().map(detail).collect())
}

impl VaultView {
    /// `counts` are the instances of each vault that has any; none if they could not be counted.
    fn of(state: VaultState, counts: Option<&BTreeMap<String, u32>>, placement: &Placement) -> Self {
        let VaultState { vault, redundancy, soft_delete, soft_delete_days, .. } = state;
        let instances = counts.map(|counts| counts.get(&vault.id.key()).copied().unwrap_or_default());
        let most = vault.family.most_instances(placement);
        let (cross_region_restore, paired_region) = match vault.cross_region {
            CrossRegion::Enabled { secondary } => (true, secondary.map(String::from)),
            CrossRegion::Disabled => (false, None),
        };
        Self {
            family: match vault.family {
                Family::BackupVault => "backup-vault",
                Family::RecoveryServices => "recovery-services",
            },
            location: vault.location.into(),
            tags: vault.tags,
            redundancy,
            soft_delete,
            soft_delete_days,
            immutability: vault.immutability,
            paired_region,
            cross_region_restore,
            cross_subscription_restore: vault.cross_subscription,
            guarded: state.is_guarded,
            public_access: state.public_access,
            key: state.key,
            alerts: state.alerts,
            private_endpoints: state.private_endpoints.len(),
            identity: vault.principal.is_some(),
            instances,
            room: instances.map(|instances| most.saturating_sub(instances)),
            id: vault.id,
        }
    }
}
