//! `Holds`: what people decided about targets against the rules, and until when.

use axum::Json;
use holdfast_protection::hold::{self, Hold};
use holdfast_protection::operations::HoldTerms;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::here::Here;
use super::operation::Person;
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::Refusals;
use super::unread::{Readable, UnreadPart};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// What a person decided about a target against the rules. No reconcile pass undoes it before its end.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Hold)]
pub(crate) struct HoldView {
    /// `stop-and-retain`, `stop-and-delete`, `suspend`, `resume` or `change-policy`.
    pub(crate) act: &'static str,
    /// Who.
    pub(crate) by: Person,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// Since when.
    pub(crate) since: Timestamp,
    /// When the rules are followed again, unless the protection is resumed before.
    pub(crate) until: Timestamp,
    /// The operation that did it.
    pub(crate) operation: String,
    /// The policy that is held, if the act was a change of policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<ResourceId>,
    /// What the rules decided instead.
    pub(crate) decided: String,
}

/// A hold, and of which target.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldTarget {
    /// The resource.
    resource: ResourceId,
    /// Which of its workloads is held, if that is not the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<Workload>,
    /// The hold.
    #[serde(flatten)]
    hold: HoldView,
}

/// What an operation holds against the rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HoldTerms)]
pub(crate) struct Held {
    /// When the rules are followed again, unless the protection is resumed before.
    pub(crate) until: Timestamp,
    /// What the rules decide instead.
    pub(crate) decided: String,
}

/// Holds in force, the one that ends last first. One that cannot be read is named in `unread`.
#[utoipa::path(get, path = "/api/holds", operation_id = "listHolds", tag = "protection", params(Cut),
    responses((status = 200, description = "The holds", body = Page<HeldTarget>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(cut): Query<Cut>,
) -> Result<Json<Page<HeldTarget>>, Problem> {
    caller.must_be(Role::Reader)?;
    let listed = hold::in_force(app.ledger.as_ref(), clock::now()).await?;
    let Part { items, rest } = cut.take("holds", listed, |one| one.key.clone())?;
    let mut holds = Readable::lacking(Vec::new());
    for one in items {
        match one.read(app.ledger.as_ref()).await {
            Ok(hold) => holds.add(hold.map(HeldTarget::from)),
            Err(why) => holds.unread.push(UnreadPart::of_hold((one.path().to_owned(), why))),
        }
    }
    let Readable { items, unread, .. } = holds;
    Ok(Json(Page::of(Part { items, rest }, &here, "/api/holds", &cut.again()).without(unread)))
}

impl From<Hold> for HoldView {
    fn from(hold: Hold) -> Self {
        let Hold { act, policy, by, why, since, until, operation, decided, .. } = hold;
        let operation = operation.to_string();
        Self { act: act.as_str(), by: by.into(), why, since, until, operation, policy, decided }
    }
}

impl From<Hold> for HeldTarget {
    fn from(hold: Hold) -> Self {
        Self { resource: hold.resource.clone(), workload: hold.workload, hold: hold.into() }
    }
}

impl From<HoldTerms> for Held {
    fn from(HoldTerms { until, decided, .. }: HoldTerms) -> Self {
        Self { until, decided }
    }
}
