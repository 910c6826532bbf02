//! The endpoint: scopes, paging, quota, and the shape of answers.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::expression::{Row, column};
use super::{NAMESPACE, numbered, parser, pipeline, row};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Rows of a page when nothing is asked for, and at most.
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

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
    rows: Vec<Row>,
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
        let start = u64::try_from(page.start).unwrap_or(u64::MAX);
        let numbered =
            numbered::page(disks, &query, start, page.size).map_err(|problem| invalid_query(&problem))?;
        return Ok(Reply::ok(of_numbers(&numbered, disks.count)));
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

fn rows(world: &World, text: &str, scopes: &[String]) -> Result<Vec<Row>, ArmError> {
    let query = parser::parse(text).map_err(|problem| invalid_query(&problem))?;
    let visible = |row: &Row| {
        let subscription = column(row, "subscriptionId").and_then(Value::as_str).unwrap_or_default();
        scopes.is_empty() || scopes.iter().any(|scope| scope.eq_ignore_ascii_case(subscription))
    };
    pipeline::run(world, &query, &visible).map_err(|problem| invalid_query(&problem))
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

/// Which rows are asked for.
struct Page {
    size: usize,
    start: usize,
}

impl Page {
    fn asked(request: &Value) -> Result<Self, ArmError> {
        let option = |name: &str| body_json::reach(request, &["options", name]).and_then(Value::as_u64);
        let size = option("$top").and_then(|top| usize::try_from(top).ok()).unwrap_or(DEFAULT_PAGE);
        if !(1..=LARGEST_PAGE).contains(&size) {
            return Err(ArmError::bad_request(
                "BadRequest",
                format!("$top must lie between 1 and {LARGEST_PAGE}, but is {size}."),
            ));
        }
        let start = match body_json::text(request, &["options", "$skipToken"]) {
            Some(token) => place(token)
                .ok_or_else(|| ArmError::bad_request("BadRequest", "The $skipToken is invalid."))?,
            None => option("$skip").and_then(|skip| usize::try_from(skip).ok()).unwrap_or(0),
        };
        Ok(Self { size, start })
    }

    fn cut(&self, rows: &[Row], table: bool) -> Value {
        let total = rows.len();
        let pageable = rows.first().is_none_or(|row| row.contains_key("id"));
        let rest = rows.get(self.start..).unwrap_or_default();
        let page = rest.get(..self.size).unwrap_or(rest);
        let end = self.start + page.len();
        let more = end < total;
        let mut answer = json!({
            "totalRecords": total,
            "count": page.len(),
            "data": if table { as_table(page) } else { json!(page) },
            "facets": [],
            // Without ids there is no next page, and the flag says so.
            "resultTruncated": if more && !pageable { "true" } else { "false" },
        });
        if more && pageable {
            body_json::set(&mut answer, &["$skipToken"], json!(token(end)));
        }
        answer
    }
}

/// A page of disks that are made from their numbers; it leads on to the next number.
fn of_numbers(page: &numbered::Numbered, total: u64) -> Value {
    let mut answer = json!({ "totalRecords": total, "count": page.rows.len(), "data": page.rows, "facets": [],
        "resultTruncated": "false" });
    if let Some(next) = page.next.and_then(|next| usize::try_from(next).ok()) {
        body_json::set(&mut answer, &["$skipToken"], json!(token(next)));
    }
    answer
}

fn token(start: usize) -> String {
    STANDARD.encode(json!({ "start": start }).to_string())
}

fn place(token: &str) -> Option<usize> {
    let decoded: Value = serde_json::from_slice(&STANDARD.decode(token).ok()?).ok()?;
    usize::try_from(decoded.get("start")?.as_u64()?).ok()
}

fn as_table(rows: &[Row]) -> Value {
    let columns: Vec<&String> = rows.first().map(|row| row.keys().collect()).unwrap_or_default();
    let kind = |value: Option<&Value>| match value {
        Some(Value::String(_)) => "string",
        Some(Value::Number(_)) => "integer",
        Some(Value::Bool(_)) => "boolean",
        _ => "object",
    };
    let shown: Vec<Value> = columns
        .iter()
        .map(|name| json!({ "name": name, "type": kind(rows.first().and_then(|row| row.get(*name))) }))
        .collect();
    let cells: Vec<Vec<Value>> = rows
        .iter()
        .map(|row| columns.iter().map(|name| row.get(*name).cloned().unwrap_or_default()).collect())
        .collect();
    json!({ "columns": shown, "rows": cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize, column: &str) -> Vec<Row> {
        (0..count).map(|number| Row::from_iter([(column.to_owned(), json!(number))])).collect()
    }

    #[test]
    fn pages_are_chained_by_tokens_when_ids_are_projected() {
        let first = Page { size: 100, start: 0 }.cut(&numbered(150, "id"), false);
        assert_eq!((first["count"].as_u64(), first["resultTruncated"].as_str()), (Some(100), Some("false")));
        let start = place(first["$skipToken"].as_str().unwrap()).unwrap();
        let last = Page { size: 100, start }.cut(&numbered(150, "id"), false);
        assert_eq!(last["count"].as_u64(), Some(50));
        assert!(last.get("$skipToken").is_none());
    }

    #[test]
    fn without_ids_the_rest_is_out_of_reach() {
        let answer = Page { size: 100, start: 0 }.cut(&numbered(150, "name"), false);
        assert_eq!(answer["resultTruncated"].as_str(), Some("true"));
        assert!(answer.get("$skipToken").is_none());
    }
}
