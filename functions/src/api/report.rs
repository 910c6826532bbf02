//! `Report`: what the protection of the estate comes to, as JSON or as CSV; and the targets behind its numbers.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use holdfast_protection::sweep::Line;
use holdfast_protection::{ResourceId, Workload};
use holdfast_report::{Filter, Order, Place, Report, Section, State, csv};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::here::Here;
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::Refusals;
use super::unread::UnreadPart;
use crate::callers::Role;
use crate::problem::Problem;
use crate::reports::{self, Listed};
use crate::setup::{Ready, Who};

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// This section alone, as CSV.
    #[param(value_type = Option<Section>, inline)]
    csv: Option<String>,
}

/// Which targets.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only targets in this state.
    #[param(inline)]
    state: Option<State>,
    /// Only targets of this workload.
    #[param(inline)]
    workload: Option<Workload>,
    /// Only targets of this subscription.
    subscription: Option<String>,
    /// Only targets of this region.
    region: Option<String>,
    /// Only targets that this rule decided about.
    rule: Option<String>,
    /// Only targets that this rule in shadow would decide otherwise.
    shadow: Option<String>,
    /// Only targets with this tag, as `name=value`.
    tag: Option<String>,
    /// Only targets with this reason of the rules, such as `opted-out`.
    reason: Option<String>,
    /// Only resources whose name holds this text.
    name: Option<String>,
    /// `worst` (what needs a person first) or `id`.
    sort: Option<String>,
    /// `csv` for CSV instead of JSON; the header `Link` leads to the next page.
    format: Option<String>,
    /// How many targets a page has at most; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// A target as the last finished sweep saw it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SeenTarget)]
pub(crate) struct Seen {
    /// The resource.
    resource: ResourceId,
    /// Which of its workloads.
    workload: Workload,
    /// How it is covered.
    state: State,
    /// Its region.
    location: String,
    /// What the rules say, where they leave it out.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// Rules that decided about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    /// Rules in shadow that would decide otherwise, were they enforced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shadows: Vec<String>,
    /// What protects it.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<ResourceId>,
    /// The policy that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<ResourceId>,
}

/// What the protection of the estate comes to. It rests on the last finished sweep; jobs, vaults and holds are those of now.
#[utoipa::path(get, path = "/api/report", operation_id = "getReport", tag = "report", params(Asked),
    responses((status = 200, description = "The report; with `csv`, a section of it",
        content((Report = "application/json"), (String = "text/csv"))), Refusals))]
pub(crate) async fn report(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    caller.must_be(Role::Reader)?;
    let section = asked.csv.as_deref().map(str::parse::<Section>).transpose();
    let section = section.map_err(|bad| Problem::bad_request("BadQuery", bad))?;
    let made = reports::current(&app).await?;
    Ok(match section {
        Some(section) => as_csv(section.as_str(), section.of(&made.report)),
        None => Json(&made.report).into_response(),
    })
}

/// The targets behind the numbers of the report, as the last finished sweep saw them. A page may be shorter than asked for
/// and lead on. That pages of the sweep could not be read is told in `unread`, in CSV by the last row.
#[utoipa::path(get, path = "/api/report/targets", operation_id = "listReportedTargets", tag = "report", params(Wanted),
    responses((status = 200, description = "The targets; with `format=csv`, as CSV",
        content((Page<Seen> = "application/json"), (String = "text/csv"))), Refusals))]
pub(crate) async fn targets(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    caller.must_be(Role::Reader)?;
    let (filter, order, is_csv) = (wanted.filter()?, wanted.order()?, wanted.is_csv()?);
    let cut = Cut { top: wanted.top, skip_token: wanted.skip_token.clone() };
    let from: Place = cut.place()?.unwrap_or_default();
    let made = reports::current(&app).await?;
    let Listed { lines, next } = reports::list(&app, &made, &filter, order, cut.size()?, from).await?;
    let lacks = made.lacks.as_deref().filter(|_| next.is_none());
    let text = is_csv.then(|| rows(&lines) + &lacks.map(note).unwrap_or_default());
    let part = Part::until(lines, next).map(Seen::from);
    let page = Page::of(part, &here, "/api/report/targets", &wanted.again());
    let page = page.without(made.lacks.as_deref().map(unread_pages));
    Ok(match text {
        Some(text) => leading_on(as_csv("targets", text), page.next_link.as_deref()),
        None => Json(page).into_response(),
    })
}

impl Wanted {
    fn filter(&self) -> Result<Filter, Problem> {
        let pair = |text: &String| {
            let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| {
                Problem::bad_request("BadQuery", format!("`tag` is `{text}`; expected name=value"))
            })
        };
        Ok(Filter {
            state: self.state,
            workload: self.workload.map(|workload| workload.to_string()),
            subscription: self.subscription.clone(),
            region: self.region.clone(),
            rule: self.rule.clone(),
            shadow: self.shadow.clone(),
            tag: self.tag.as_ref().map(pair).transpose()?,
            reason: self.reason.clone(),
            name: self.name.clone(),
        })
    }

    fn order(&self) -> Result<Order, Problem> {
        match self.sort.as_deref() {
            None | Some("worst") => Ok(Order::Worst),
            Some("id") => Ok(Order::Id),
            Some(other) => Err(Problem::bad_request(
                "BadQuery",
                format!("`sort` is `{other}`; expected `worst` or `id`"),
            )),
        }
    }

    fn is_csv(&self) -> Result<bool, Problem> {
        match self.format.as_deref() {
            None | Some("json") => Ok(false),
            Some("csv") => Ok(true),
            Some(other) => Err(Problem::bad_request(
                "BadQuery",
                format!("`format` is `{other}`; expected `json` or `csv`"),
            )),
        }
    }

    /// The filters as the next page needs them.
    fn again(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("state", self.state.map(|state| state.as_str().to_owned())),
            ("workload", self.workload.map(|workload| workload.to_string())),
            ("subscription", self.subscription.clone()),
            ("region", self.region.clone()),
            ("rule", self.rule.clone()),
            ("shadow", self.shadow.clone()),
            ("tag", self.tag.clone()),
            ("reason", self.reason.clone()),
            ("name", self.name.clone()),
            ("sort", self.sort.clone()),
            ("format", self.format.clone()),
            ("top", self.top.map(|top| top.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl From<Line> for Seen {
    fn from(line: Line) -> Self {
        let state = State::of(&line);
        let Line { resource, workload, location, reason, rules, shadows, instance, policy, .. } = line;
        let ids = |rules: Vec<Arc<str>>| rules.iter().map(ToString::to_string).collect();
        let (rules, shadows) = (ids(rules), ids(shadows));
        Self { resource, workload, state, location, reason, rules, shadows, instance, policy }
    }
}

/// Targets as CSV, with a line of names.
pub(crate) fn rows(lines: &[Line]) -> String {
    let names = ["resource", "workload", "state", "location", "reason", "rules", "instance", "policy"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    let id = |id: &Option<ResourceId>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    rows.extend(lines.iter().map(|line| {
        vec![
            line.resource.to_string(),
            line.workload.to_string(),
            State::of(line).as_str().to_owned(),
            line.location.clone(),
            line.reason.clone(),
            line.rules.join(" "),
            id(&line.instance),
            id(&line.policy),
        ]
    }));
    csv(&rows)
}

/// A last row in words: a file that is opened later has no other place for them.
pub(crate) fn note(text: &str) -> String {
    csv(&[vec![text.to_owned()]])
}

/// Pages of the last sweep that lists lack.
fn unread_pages(text: &str) -> UnreadPart {
    UnreadPart::of("pages of the last sweep", "runs/", Problem::conflict("PagesNotReadable", text))
}

/// CSV as an answer, saved under a name.
pub(crate) fn as_csv(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"holdfast-{name}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

/// An answer with a link to the next page, for which CSV has no place.
fn leading_on(mut answer: Response, next: Option<&str>) -> Response {
    let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        answer.headers_mut().insert(header::LINK, link);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_leads_to_its_next_page() {
        let link = |next: Option<&str>| {
            let answer = leading_on(as_csv("targets", String::new()), next);
            answer.headers().get(header::LINK).cloned()
        };
        let next = link(Some("https://h/api/report/targets?skipToken=x"));
        assert_eq!(next.unwrap(), "<https://h/api/report/targets?skipToken=x>; rel=\"next\"");
        assert_eq!(link(None), None);
    }
}
