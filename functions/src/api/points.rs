//! `RecoveryPoints`: what a resource can be restored from.

use axum::Json;
use axum::response::Response;
use holdfast_protection::instance::BackupInstance;
use holdfast_protection::observe::ReadableInstances;
use holdfast_protection::operations::{Action, Ask};
use holdfast_protection::points::{
    Choice, PointFilter, PointState, RecoveryPoint, TimeRange, in_paired_region,
};
use holdfast_protection::policy::PolicyBody;
use holdfast_protection::restore::DesiredRegion;
use holdfast_protection::tier::DataStore;
use holdfast_protection::{ResourceId, Workload, observe};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::{Asking, How, Repeatable};
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, answered};
use super::page::{Cut, Page};
use super::pair::Pair;
use super::query::Query;
use super::refusals::{BodyRefusals, Refusals};
use super::target::{AskedTarget, is_of};
use super::unread::{Readable, Unread, UnreadPart};
use crate::app::App;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// Which recovery points.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// ARM id of the resource that was backed up.
    resource: ResourceId,
    /// Only points of this workload of the resource.
    #[param(inline)]
    workload: Option<Workload>,
    /// `secondary` lists what the paired region of the vault has.
    #[serde(default)]
    #[param(inline)]
    region: DesiredRegion,
    /// Only points of this time or later (RFC 3339).
    from: Option<Timestamp>,
    /// Only points of this time or earlier (RFC 3339).
    to: Option<Timestamp>,
    /// Only points with a copy in this tier.
    #[param(inline)]
    tier: Option<DataStore>,
    /// Only points of this kind, such as `Full`, in any case.
    kind: Option<String>,
    /// Only points with this retention tag, in any case.
    tag: Option<String>,
    /// Only points that hold all of the resource, or only those that do not.
    #[param(inline)]
    state: Option<PointState>,
    /// How many points a page has; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// A recovery point and the backup instance that it is of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PointOfInstance)]
pub(crate) struct PointView {
    /// The backup instance.
    instance: ResourceId,
    #[serde(flatten)]
    point: RecoveryPoint,
}

/// To what moments continuous backup can go back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ranges {
    /// The spans; none where nothing is backed up continuously.
    value: Vec<TimeRange>,
    /// What is missing, because it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
}

/// Recovery points of a resource, newest first. Instances that cannot be read are named in `unread`.
#[utoipa::path(get, path = "/api/recovery-points", operation_id = "listRecoveryPoints", tag = "backup",
    params(Asked), responses((status = 200, description = "The recovery points", body = Page<PointView>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<PointView>>, Problem> {
    caller.must_be(Role::Reader)?;
    let filter = asked.filter();
    let Readable { items: instances, unread, .. } = instances(&app, &asked.resource).await?;
    let mut found = Readable::lacking(unread);
    for instance in instances.iter().filter(|one| is_of(one, asked.workload)) {
        let points = points_of(&app, instance, asked.region).await;
        let of = |point| PointView { instance: instance.id.clone(), point };
        let points = points.map(|points| filter.of(points).into_iter().map(of).collect::<Vec<_>>());
        found.take(format!("the recovery points of {}", in_words(instance)), &instance.id, points);
    }
    let Readable { items: mut found, unread, .. } = found.or_refused()?;
    found.sort_by_key(|view| std::cmp::Reverse(key(view)));
    let cut = Cut { top: asked.top, skip_token: asked.skip_token.clone() };
    let part = cut.take("recovery-points", found, key)?;
    Ok(Json(Page::of(part, &here, "/api/recovery-points", &asked.again()).without(unread)))
}

/// What a region has of an instance.
async fn points_of(
    app: &App,
    instance: &BackupInstance,
    region: DesiredRegion,
) -> Result<Vec<RecoveryPoint>, Problem> {
    match region {
        DesiredRegion::Primary => Ok(app.azure.backups_of(&instance.vault)?.points(&instance.id).await?),
        DesiredRegion::Secondary => {
            Ok(in_paired_region(Pair::of(app, &instance.vault).await?.points(&instance.id).await?))
        }
    }
}

/// An instance, and where it is.
fn in_words(instance: &BackupInstance) -> String {
    format!("backup instance {} in vault {}", instance.id.name(), instance.vault.name())
}

/// To what moments a resource that is backed up continuously can go back. Instances that cannot be read are named in
/// `unread`.
#[utoipa::path(get, path = "/api/recovery-points/ranges", operation_id = "listRestorableRanges", tag = "backup",
    params(AskedTarget), responses((status = 200, description = "The spans of time", body = Ranges), Refusals))]
pub(crate) async fn ranges(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedTarget>,
) -> Result<Json<Ranges>, Problem> {
    caller.must_be(Role::Reader)?;
    let Readable { items: instances, unread, .. } = instances(&app, &asked.resource).await?;
    let mut found = Readable::lacking(unread);
    for instance in instances.iter().filter(|one| asked.is_of(one)) {
        let what = format!("the moments that {} can go back to", in_words(instance));
        found.take(what, &instance.id, moments(&app, instance).await);
    }
    let Readable { items: value, unread, .. } = found.or_refused()?;
    Ok(Json(Ranges { value, unread: unread.into_iter().map(Unread::from).collect() }))
}

/// The spans of an instance; none where its policy keeps nothing beside the resource, whatever the account itself keeps.
pub(crate) async fn moments(app: &App, instance: &BackupInstance) -> Result<Vec<TimeRange>, Problem> {
    let backups = app.azure.backups_of(&instance.vault)?;
    let policy = match &instance.policy {
        Some(policy) => backups.policy(policy).await?,
        None => None,
    };
    let stores = policy.as_ref().map(|policy| policy.stores()).unwrap_or_default();
    // Backups of a log are in the vault.
    let store = match policy.map(|policy| policy.body) {
        Some(PolicyBody::Databases(_)) => DataStore::VaultStore,
        Some(_) | None => DataStore::OperationalStore,
    };
    if !stores.is_empty() && !stores.contains(&store) {
        return Ok(Vec::new());
    }
    Ok(backups.restorable_ranges(&instance.id, store, None).await?)
}

/// The backup instances of a resource that can be read, even of a deleted one: without one there is nothing to list,
/// which is not an empty list.
async fn instances(app: &App, resource: &ResourceId) -> Result<Readable<BackupInstance>, Problem> {
    let azure = app.azure.as_ref();
    let ReadableInstances { instances, unread } = observe::readable_instances(azure, resource, &[]).await?;
    let mut found = Readable::lacking(unread.into_iter().map(UnreadPart::from).collect());
    if !instances.is_empty() {
        found.add(instances);
    }
    let found = found.or_refused()?;
    if found.items.is_empty() {
        let is_there =
            Workload::covers(resource.resource_type()) && observe::resource(azure, resource).await?.is_some();
        let absent = app.operations().absent(resource, is_there).await?;
        return Err(Problem::not_found(&absent.code, absent.to_string()));
    }
    Ok(found)
}

fn key(view: &PointView) -> String {
    format!("{:.9} {}", view.point.time, view.point.id)
}

impl Asked {
    fn filter(&self) -> PointFilter {
        PointFilter {
            since: self.from,
            until: self.to,
            tier: self.tier,
            kind: self.kind.clone(),
            tag: self.tag.clone(),
            state: self.state,
        }
    }

    /// The filters as the next page needs them.
    fn again(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("resource", Some(self.resource.to_string())),
            ("workload", self.workload.as_ref().and_then(word)),
            ("region", word(&self.region)),
            ("from", self.from.as_ref().and_then(word)),
            ("to", self.to.as_ref().and_then(word)),
            ("tier", self.tier.as_ref().and_then(word)),
            ("kind", self.kind.clone()),
            ("tag", self.tag.clone()),
            ("state", self.state.as_ref().and_then(word)),
            ("top", self.top.map(|top| top.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A value as a query spells it.
fn word(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// Which recovery point moves to the archive, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchiveWanted {
    /// The resource that was backed up.
    resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    workload: Option<Workload>,
    /// The id of a recovery point, or a time (RFC 3339: the last point at or before it).
    #[schema(value_type = String)]
    point: Choice,
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for ArchiveWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "workload": optional, "point": "<id of a recovery point>", "why": optional}"#;
}

/// Moves a recovery point into the archive tier. It costs less there, and is brought back within 15 hours.
#[utoipa::path(post, path = "/api/recovery-points/archive", operation_id = "archiveRecoveryPoint", tag = "backup",
    params(How, Repeatable), request_body = ArchiveWanted, responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn archive(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ArchiveWanted { resource, workload, point, why }): Body<ArchiveWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, Action::Archive { point }, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}
