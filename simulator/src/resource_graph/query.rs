//! The endpoint: scopes, quota, and what is kept between pages.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::expression::{Row, column};
use super::page::{self, Page, Ranked, ranked};
use super::{NAMESPACE, numbered, parser, pipeline, row};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Queries of one caller per window, and the window in seconds of Azure's time.
const QUOTA: u32 = 15;
const WINDOW_SECONDS: f64 = 5.0;

/// The window of queries that is counted now.
#[derive(Debug, Default, Clone, Copy)]
struct Quota {
    ends: Option<Timestamp>,
    used: u32,
}

/// The rows of a query, as long as the graph stays as it was.
#[derive(Debug)]
struct Answered {
    generation: u64,
    text: String,
    scopes: Vec<String>,
    rows: Vec<Ranked>,
}

/// What is kept between queries.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The quota of each caller.
    quotas: BTreeMap<String, Quota>,
    /// The query that was answered last: its next pages are cut from the same rows.
    answered: Option<Answered>,
}

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    if !call.path.is(0, "resources") || call.path.rest.len() != 1 {
        return Err(ArmError::unknown_type(NAMESPACE, call.path.segment(0).unwrap_or_default()));
    }
    if call.method != Method::POST {
        return Err(ArmError::method_not_allowed(&call.method));
    }
    let left = admitted(world, &call.caller)?;
    let now = world.now();
    row::refresh(world, now);
    let reply = answer(world, call)?;
    Ok(reply
        .with_header("x-ms-user-quota-remaining", left)
        .with_header("x-ms-user-quota-resets-after", "00:00:05"))
}

/// Counts the query against the caller's quota.
fn admitted(world: &mut World, caller: &str) -> Result<u32, ArmError> {
    let (now, end) = (world.now(), world.after(WINDOW_SECONDS));
    let wait = world.clock.retry_after(WINDOW_SECONDS);
    let quota = world.state_mut::<State>().quotas.entry(caller.to_owned()).or_default();
    if quota.ends.is_none_or(|ends| ends <= now) {
        *quota = Quota { ends: Some(end), used: 0 };
    }
    if quota.used >= QUOTA {
        let message = "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed.";
        return Err(ArmError::new(StatusCode::TOO_MANY_REQUESTS, "RateLimiting", message)
            .with_header("retry-after", wait)
            .with_header("x-ms-user-quota-remaining", 0)
            .with_header("x-ms-user-quota-resets-after", "00:00:05"));
    }
    quota.used += 1;
    Ok(QUOTA - quota.used)
}

fn answer(world: &mut World, call: &Call) -> Answer {
    let request = call.object()?;
    let page = Page::asked(request)?;
    let text = body_json::text(request, &["query"]).unwrap_or_default();
    let scopes = body_json::list(request, &["subscriptions"]).iter().filter_map(Value::as_str);
    let scopes: Vec<String> = scopes.map(str::to_lowercase).collect();
    if let Some(disks) =
        world.settings.numbered_disks.as_ref().filter(|disks| scopes == [disks.subscription.to_lowercase()])
    {
        let query = parser::parse(text).map_err(|problem| invalid_query(&problem))?;
        let numbered = numbered::page(disks, &query, page.number()?, page.size())
            .map_err(|problem| invalid_query(&problem))?;
        return Ok(Reply::ok(page::of_numbers(&numbered, disks.count)));
    }
    let generation = world.graph.generation();
    let still_holds =
        |one: &Answered| one.generation == generation && one.text == text && one.scopes == scopes;
    let answered = match world.state_mut::<State>().answered.take().filter(still_holds) {
        Some(answered) => answered,
        None => Answered { generation, text: text.to_owned(), rows: rows(world, text, &scopes)?, scopes },
    };
    let reply = Reply::ok(page.cut(&answered.rows, table_format(request)));
    world.state_mut::<State>().answered = Some(answered);
    Ok(reply)
}

fn rows(world: &World, text: &str, scopes: &[String]) -> Result<Vec<Ranked>, ArmError> {
    let query = parser::parse(text).map_err(|problem| invalid_query(&problem))?;
    let visible = |row: &Row| {
        let subscription = column(row, "subscriptionId").and_then(Value::as_str).unwrap_or_default();
        scopes.is_empty() || scopes.iter().any(|scope| scope.eq_ignore_ascii_case(subscription))
    };
    pipeline::run(world, &query, &visible).map(ranked).map_err(|problem| invalid_query(&problem))
}

fn invalid_query(problem: &str) -> ArmError {
    let message = "Please provide below info when asking for support: timestamp, correlationId.";
    let details = json!([
        { "code": "InvalidQuery", "message": "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying." },
        { "code": "ParserFailure", "message": format!("ParserFailure: {problem}") },
    ]);
    ArmError::bad_request("BadRequest", message)
        .with_envelope(json!({ "code": "BadRequest", "message": message, "details": details }))
}

fn table_format(request: &Value) -> bool {
    body_json::text(request, &["options", "resultFormat"])
        .is_some_and(|format| format.eq_ignore_ascii_case("table"))
}
