//! Pages of a query's rows. Each begins behind the row that was told last, so that rows which come or go between two
//! pages neither hide nor double others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::expression::{Row, column};
use super::numbered::Numbered;
use super::place::{Place, Placed};
use super::value::text;
use crate::wire::path::key;
use crate::wire::{ArmError, json as body_json};

/// Rows of a page when nothing is asked for, and at most.
const DEFAULT: usize = 100;
const LARGEST: usize = 1000;

/// Where a row stands in an answer: as it was asked for, then by its id. A join may give several rows the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    place: Place,
    id: String,
}

/// A row with its rank.
pub(super) type Ranked = (Rank, Row);

/// The rows of an answer in the order of their ranks.
pub(super) fn ranked(rows: Vec<Placed>) -> Vec<Ranked> {
    let rank = |one: Placed| {
        let id = column(&one.row, "id").map(|id| key(&text(id))).unwrap_or_default();
        (Rank { place: one.place, id }, one.row)
    };
    let mut rows: Vec<Ranked> = rows.into_iter().map(rank).collect();
    rows.sort_by(|(left, _), (right, _)| left.cmp(right));
    rows
}

/// Where a page begins.
#[derive(Debug, PartialEq, Eq)]
enum Begin {
    /// At the row of this number, or at the disk of this number where disks are made from their numbers.
    Number(usize),
    /// Behind so many rows of this rank.
    Behind(Rank, usize),
}

impl Begin {
    fn token(&self) -> String {
        let held = match self {
            Self::Number(number) => json!({ "start": number }),
            Self::Behind(rank, told) => {
                json!({ "place": rank.place.to_json(), "id": rank.id, "told": told })
            }
        };
        STANDARD.encode(held.to_string())
    }

    fn of_token(token: &str) -> Option<Self> {
        let mut held: Value = serde_json::from_slice(&STANDARD.decode(token).ok()?).ok()?;
        let number = |name: &str| usize::try_from(held.get(name)?.as_u64()?).ok();
        if let Some(number) = number("start") {
            return Some(Self::Number(number));
        }
        let (told, id) = (number("told")?, held.get("id")?.as_str()?.to_owned());
        let place = Place::from_json(held.get_mut("place")?.take())?;
        Some(Self::Behind(Rank { place, id }, told))
    }

    /// The number of the row with which the page begins.
    fn among(&self, rows: &[Ranked]) -> usize {
        match self {
            Self::Number(number) => *number,
            Self::Behind(last, told) => {
                let before = rows.partition_point(|(rank, _)| rank < last);
                before + rows.iter().skip(before).take(*told).take_while(|(rank, _)| rank == last).count()
            }
        }
    }
}

/// Which rows are asked for.
pub(super) struct Page {
    size: usize,
    begin: Begin,
}

impl Page {
    pub(super) fn asked(request: &Value) -> Result<Self, ArmError> {
        let option = |name: &str| body_json::reach(request, &["options", name]).and_then(Value::as_u64);
        let size = option("$top").and_then(|top| usize::try_from(top).ok()).unwrap_or(DEFAULT);
        if !(1..=LARGEST).contains(&size) {
            let message = format!("$top must lie between 1 and {LARGEST}, but is {size}.");
            return Err(ArmError::bad_request("BadRequest", message));
        }
        let begin = match body_json::text(request, &["options", "$skipToken"]) {
            Some(token) => Begin::of_token(token).ok_or_else(invalid_token)?,
            None => Begin::Number(option("$skip").and_then(|skip| usize::try_from(skip).ok()).unwrap_or(0)),
        };
        Ok(Self { size, begin })
    }

    /// Most rows of it.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The number of the disk with which it begins, where disks are made from their numbers.
    pub(super) fn number(&self) -> Result<u64, ArmError> {
        match self.begin {
            Begin::Number(number) => Ok(u64::try_from(number).unwrap_or(u64::MAX)),
            Begin::Behind(..) => Err(invalid_token()),
        }
    }

    /// The answer with this page of `rows`.
    pub(super) fn cut(&self, rows: &[Ranked], table: bool) -> Value {
        let total = rows.len();
        let pageable = rows.first().is_none_or(|(_, row)| row.contains_key("id"));
        let start = self.begin.among(rows);
        let page: Vec<&Row> = rows.iter().skip(start).take(self.size).map(|(_, row)| row).collect();
        let end = start.saturating_add(page.len());
        let more = end < total;
        let mut answer = json!({
            "totalRecords": total,
            "count": page.len(),
            "data": if table { as_table(&page) } else { json!(page) },
            "facets": [],
            // Without ids there is no next page, and the flag says so.
            "resultTruncated": if more && !pageable { "true" } else { "false" },
        });
        if more
            && pageable
            && let Some(next) = behind(rows.get(..end).unwrap_or_default())
        {
            body_json::set(&mut answer, &["$skipToken"], json!(next.token()));
        }
        answer
    }
}

fn invalid_token() -> ArmError {
    ArmError::bad_request("BadRequest", "The $skipToken is invalid.")
}

/// What follows when all of `told` has been told.
fn behind(told: &[Ranked]) -> Option<Begin> {
    let (last, _) = told.last()?;
    let same = told.iter().rev().take_while(|(rank, _)| rank == last).count();
    Some(Begin::Behind(last.clone(), same))
}

/// A page of disks that are made from their numbers; it leads on to the next number.
pub(super) fn of_numbers(page: &Numbered, total: u64) -> Value {
    let mut answer = json!({ "totalRecords": total, "count": page.rows.len(), "data": page.rows, "facets": [],
        "resultTruncated": "false" });
    if let Some(next) = page.next.and_then(|next| usize::try_from(next).ok()) {
        body_json::set(&mut answer, &["$skipToken"], json!(Begin::Number(next).token()));
    }
    answer
}

fn as_table(rows: &[&Row]) -> Value {
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

    fn numbered(count: usize, column: &str) -> Vec<Ranked> {
        let row = |number: usize| Row::from_iter([(column.to_owned(), json!(format!("{number:03}")))]);
        ranked((0..count).map(|number| Placed::from(row(number))).collect())
    }

    fn first(rows: &[Ranked], size: usize) -> Value {
        Page { size, begin: Begin::Number(0) }.cut(rows, false)
    }

    fn next(before: &Value, rows: &[Ranked], size: usize) -> Value {
        let begin = Begin::of_token(before["$skipToken"].as_str().unwrap()).unwrap();
        Page { size, begin }.cut(rows, false)
    }

    #[test]
    fn pages_are_chained_by_tokens_when_ids_are_projected() {
        let rows = numbered(150, "id");
        let before = first(&rows, 100);
        assert_eq!(
            (before["count"].as_u64(), before["resultTruncated"].as_str()),
            (Some(100), Some("false"))
        );
        let last = next(&before, &rows, 100);
        assert_eq!(last["count"].as_u64(), Some(50));
        assert!(last.get("$skipToken").is_none());
    }

    #[test]
    fn without_ids_the_rest_is_out_of_reach() {
        let answer = first(&numbered(150, "name"), 100);
        assert_eq!(answer["resultTruncated"].as_str(), Some("true"));
        assert!(answer.get("$skipToken").is_none());
    }

    #[test]
    fn what_has_been_told_and_goes_hides_nothing() {
        let mut rows = numbered(6, "id");
        let before = first(&rows, 3);
        rows.drain(..3);
        let rest = next(&before, &rows, 3);
        assert_eq!(rest["data"], json!([{ "id": "003" }, { "id": "004" }, { "id": "005" }]));
    }

    #[test]
    fn rows_of_one_rank_are_each_told_once() {
        let row = |part: &str| {
            Placed::from(Row::from_iter([("id".to_owned(), json!("a")), ("part".to_owned(), json!(part))]))
        };
        let rows = ranked(["x", "y", "z"].map(row).into());
        let before = first(&rows, 2);
        assert_eq!(next(&before, &rows, 2)["data"], json!([{ "id": "a", "part": "z" }]));
    }

    #[test]
    fn an_order_holds_for_all_pages_whatever_the_columns() {
        let rows = |names: &[&str]| {
            let placed = |name: &&str| {
                let place = Place::from_json(json!([[name, false]])).unwrap();
                Placed { row: Row::from_iter([("id".to_owned(), json!(name.len()))]), place }
            };
            ranked(names.iter().map(placed).collect())
        };
        let before = first(&rows(&["b", "ddd", "cc"]), 2);
        assert_eq!(before["data"], json!([{ "id": 3 }, { "id": 2 }]));
        let rest = next(&before, &rows(&["b", "ddd", "eeeee"]), 2);
        assert_eq!(rest["data"], json!([{ "id": 1 }]));
    }

    #[test]
    fn forged_tokens_are_none() {
        for forged in ["", "x", "e30=", "bnVsbA=="] {
            assert_eq!(Begin::of_token(forged), None, "{forged}");
        }
    }
}
