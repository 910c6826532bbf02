//! Resource Graph: what exists and what is protected, over whole subscriptions.
//!
//! The graph lags behind Resource Manager by seconds to minutes: it finds work, it proves nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use azure_core::http::Url;
use holdfast_protection::ports::{PageOf, Part};
use holdfast_protection::{AzureError, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api_version::RESOURCE_GRAPH;
use super::kql;
use super::protected::{INSTANCES, VAULT};
use super::transport::{Answer, ArmClient};
use super::wire::{or_default, read};

/// Subscriptions a query.
pub(super) const SUBSCRIPTIONS: usize = Part::SUBSCRIPTIONS;
/// Pages a query: more than any estate has.
const MOST_PAGES: usize = 10_000;
/// Longest wait for a fresh quota between two pages; the quota's window is 5 s.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Such waits for one page: others may use up a fresh quota before us.
const MOST_WAITS: u32 = 3;

#[derive(Serialize)]
struct OptionsWire<'a> {
    #[serde(rename = "$top")]
    top: usize,
    #[serde(rename = "$skipToken", skip_serializing_if = "Option::is_none")]
    skip_token: Option<&'a str>,
    #[serde(rename = "resultFormat")]
    result_format: &'static str,
}

#[derive(Deserialize)]
struct PageWire {
    #[serde(default, deserialize_with = "or_default")]
    data: Vec<Value>,
    /// A string in Azure's answers; a boolean would be no surprise.
    #[serde(rename = "resultTruncated", default)]
    truncated: Value,
    #[serde(rename = "$skipToken", default)]
    skip_token: Option<String>,
}

/// Ids of all resources of these types that the graph lists.
pub(super) async fn resources_of_types(
    arm: &ArmClient,
    subscriptions: &[String],
    types: &[&str],
) -> Result<Vec<ResourceId>, AzureError> {
    let action = "list resources by type with Resource Graph";
    let Some(filter) = types_in(action, types)? else { return Ok(Vec::new()) };
    let query = format!("resources | where {filter} | project id | order by id asc");
    ids(arm, action, subscriptions, &query, "id").await
}

/// The condition that a row is of one of these types; none if there are no types.
pub(super) fn types_in(action: &str, types: &[&str]) -> Result<Option<String>, AzureError> {
    let is_type =
        |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-'));
    if let Some(strange) = types.iter().find(|text| !is_type(text)) {
        let detail = format!("`{strange}` is not a resource type");
        return Err(AzureError::Unsendable { action: action.to_owned(), detail });
    }
    let quoted: Vec<String> = types.iter().map(|one| kql::text(&one.to_ascii_lowercase())).collect();
    Ok(Some(quoted.join(", ")).filter(|list| !list.is_empty()).map(|list| format!("type in~ ({list})")))
}

/// Ids of the backup instances that name this resource, which need not exist any more.
pub(super) async fn instances_of(
    arm: &ArmClient,
    datasource: &ResourceId,
) -> Result<Vec<ResourceId>, AzureError> {
    let action = format!("look for backup instances of `{}` with Resource Graph", datasource.name());
    let query = format!(
        "{INSTANCES} | where datasource =~ {} | project id | order by id asc",
        kql::text(datasource.as_str())
    );
    ids(arm, &action, &[datasource.subscription().to_owned()], &query, "id").await
}

/// How many instances each vault has, by the vault's lower-case id.
pub(super) async fn instance_counts(
    arm: &ArmClient,
    subscription: &str,
) -> Result<BTreeMap<String, u32>, AzureError> {
    // Counted there: one row for each vault, where listing would take a page for each thousand instances.
    let query = format!(
        "{INSTANCES} | extend vault = {VAULT} | summarize held = count() by vault | order by vault asc"
    );
    let action = "count backup instances with Resource Graph";
    let mut counts = BTreeMap::new();
    let count = |row: Value| {
        let vault = row.get("vault")?.as_str()?.to_owned();
        let held = u32::try_from(row.get("held")?.as_u64()?).ok()?;
        Some((vault, held))
    };
    each_page(arm, action, &[subscription.to_owned()], &query, |rows| {
        counts.extend(rows.into_iter().filter_map(count));
    })
    .await?;
    Ok(counts)
}

/// The ARM ids in one column of every row. What is not an id is left out and logged.
async fn ids(
    arm: &ArmClient,
    action: &str,
    subscriptions: &[String],
    query: &str,
    column: &str,
) -> Result<Vec<ResourceId>, AzureError> {
    let id = |row: &Value| {
        let text = row.get(column).and_then(Value::as_str).unwrap_or_default();
        let parsed: Result<ResourceId, _> = text.parse();
        parsed
            .inspect_err(|problem| tracing::warn!(action, %problem, "left out a row of Resource Graph that cannot be understood; report it"))
            .ok()
    };
    let mut found = Vec::new();
    for subscriptions in subscriptions.chunks(SUBSCRIPTIONS) {
        each_page(arm, action, subscriptions, query, |rows| found.extend(rows.iter().filter_map(id))).await?;
    }
    Ok(found)
}

/// Hands over the rows of a query, page by page, to the last one. Without subscriptions, all that we may read are asked.
pub(super) async fn each_page(
    arm: &ArmClient,
    action: &str,
    subscriptions: &[String],
    query: &str,
    mut take: impl FnMut(Vec<Value>),
) -> Result<(), AzureError> {
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
        let page = one_page(arm, action, &part, query).await?;
        take(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
    Err(unreadable(action, "it has more pages than any estate"))
}

/// One page of a query that projects `id`: without, the graph has no second page.
pub(super) async fn one_page(
    arm: &ArmClient,
    action: &str,
    part: &Part<'_>,
    query: &str,
) -> Result<PageOf<Value>, AzureError> {
    let url =
        arm.url("/providers/Microsoft.ResourceGraph/resources", &format!("api-version={RESOURCE_GRAPH}"));
    let options = OptionsWire { top: part.top, skip_token: part.after, result_format: "objectArray" };
    let body = if part.subscriptions.is_empty() {
        json!({ "query": query, "options": options })
    } else {
        json!({ "subscriptions": part.subscriptions, "query": query, "options": options })
    };
    let answer = patiently(arm, action, &url, &body).await?;
    let page: PageWire = read(action, &answer)?;
    let next = page.skip_token.filter(|token| !token.is_empty());
    if next.is_none() && is_true(&page.truncated) {
        return Err(unreadable(action, "it was cut short and has no `$skipToken` to read on with"));
    }
    if next.is_some() && next.as_deref() == part.after {
        return Err(unreadable(action, "its `$skipToken` leads back to the same page"));
    }
    Ok(PageOf { rows: page.data, next })
}

fn unreadable(action: &str, detail: &str) -> AzureError {
    AzureError::Unreadable { action: action.to_owned(), detail: detail.to_owned() }
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// Asks as soon as there is quota; a wait that is not short goes back to the caller.
async fn patiently(arm: &ArmClient, action: &str, url: &Url, body: &Value) -> Result<Answer, AzureError> {
    for _ in 0..MOST_WAITS {
        match arm.post(action, url.clone(), body).await {
            Err(AzureError::Throttled { retry_after, .. }) if retry_after <= LONGEST_WAIT => {
                arm.clock.sleep(retry_after).await;
            }
            answer => return answer,
        }
    }
    arm.post(action, url.clone(), body).await
}
