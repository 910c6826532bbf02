//! Running a query over the rows of the tables.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expression::{Row, column};
use super::place::{Place, Placed};
use super::row::Tables;
use super::syntax::{JoinKind, Named, Operator, Query};
use super::value::{text, truth};

/// The rows that `query` gives, out of the subscriptions that `visible` lets through.
pub(crate) fn run(
    tables: &dyn Tables,
    query: &Query,
    visible: &dyn Fn(&Row) -> bool,
) -> Result<Vec<Placed>, String> {
    // The first conditions are tried on the rows where they lie: an estate has many, and a copy is dear.
    let conditions: Vec<_> = query.leading().collect();
    let kept = tables
        .table(&query.table)?
        .filter(|row| visible(row) && conditions.iter().all(|condition| truth(&condition.value(row))));
    let mut rows: Vec<Placed> = kept.cloned().map(Placed::from).collect();
    for operator in query.operators.iter().skip(conditions.len()) {
        rows = step(tables, operator, rows, visible)?;
    }
    Ok(rows)
}

fn step(
    tables: &dyn Tables,
    operator: &Operator,
    mut rows: Vec<Placed>,
    visible: &dyn Fn(&Row) -> bool,
) -> Result<Vec<Placed>, String> {
    Ok(match operator {
        Operator::Where(condition) => {
            rows.retain(|one| truth(&condition.value(&one.row)));
            rows
        }
        Operator::Extend(columns) => {
            rows.into_iter().map(|one| one.with(|row| extended(row, columns))).collect()
        }
        Operator::Project(columns) => {
            rows.into_iter().map(|one| one.with(|row| projected(&row, columns))).collect()
        }
        Operator::ProjectAway(names) => {
            for one in &mut rows {
                one.row.retain(|name, _| !names.iter().any(|away| away.eq_ignore_ascii_case(name)));
            }
            rows
        }
        Operator::Order(keys) => {
            for one in &mut rows {
                one.place = Place::of(keys, &one.row);
            }
            rows.sort_by(|Placed { place: left, .. }, Placed { place: right, .. }| left.cmp(right));
            rows
        }
        Operator::Take(count) => {
            rows.truncate(*count);
            rows
        }
        Operator::Count => {
            vec![Placed::from(Row::from_iter([("Count".to_owned(), json!(rows.len()))]))]
        }
        Operator::Distinct(columns) => {
            let mut seen: BTreeMap<String, Row> = BTreeMap::new();
            for one in &rows {
                let row = projected(&one.row, columns);
                seen.entry(Value::Object(row.clone()).to_string()).or_insert(row);
            }
            seen.into_values().map(Placed::from).collect()
        }
        Operator::SummarizeCount { name, by } => summarized(&rows, name, by),
        Operator::Join { kind, right, on } => {
            let right = run(tables, right, visible)?;
            joined(*kind, rows, &right, on)
        }
    })
}

fn extended(mut row: Row, columns: &[Named]) -> Row {
    for column in columns {
        let value = column.value.value(&row).into_owned();
        row.insert(column.name.clone(), value);
    }
    row
}

fn projected(row: &Row, columns: &[Named]) -> Row {
    columns.iter().map(|column| (column.name.clone(), column.value.value(row).into_owned())).collect()
}

fn summarized(rows: &[Placed], name: &str, by: &[Named]) -> Vec<Placed> {
    let mut groups: BTreeMap<String, (Row, usize)> = BTreeMap::new();
    for one in rows {
        let group = projected(&one.row, by);
        groups.entry(Value::Object(group.clone()).to_string()).or_insert((group, 0)).1 += 1;
    }
    groups
        .into_values()
        .map(|(mut group, count)| {
            group.insert(name.to_owned(), json!(count));
            Placed::from(group)
        })
        .collect()
}

fn joined(kind: JoinKind, left: Vec<Placed>, right: &[Placed], on: &[(String, String)]) -> Vec<Placed> {
    let key = |row: &Row, side: fn(&(String, String)) -> &String| -> Vec<String> {
        on.iter()
            .map(|names| column(row, side(names)).map(|value| text(value).into_owned()).unwrap_or_default())
            .collect()
    };
    let mut index: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for Placed { row, .. } in right {
        index.entry(key(row, |names| &names.1)).or_default().push(row);
    }
    let columns: Vec<String> = right.first().map(|one| one.row.keys().cloned().collect()).unwrap_or_default();
    let mut rows = Vec::new();
    for Placed { row, place } in left {
        let matches = index.get(&key(&row, |names| &names.0));
        let in_place = |row: Row| Placed { row, place: place.clone() };
        match (kind, matches) {
            (JoinKind::Inner | JoinKind::LeftOuter, Some(matches)) => {
                let both =
                    matches.iter().map(|other| beside(&row, &columns, |name| other.get(name).cloned()));
                rows.extend(both.map(in_place));
            }
            (JoinKind::LeftOuter, None) => rows.push(in_place(beside(&row, &columns, |_| None))),
            (JoinKind::LeftAnti, None) => rows.push(in_place(row)),
            (JoinKind::Inner, None) | (JoinKind::LeftAnti, Some(_)) => {}
        }
    }
    rows
}

/// `left` with the columns of the right side; a name that both have gets a `1` on the right.
fn beside(left: &Row, columns: &[String], value: impl Fn(&str) -> Option<Value>) -> Row {
    let mut row = left.clone();
    for name in columns {
        let shown = if left.contains_key(name) { format!("{name}1") } else { name.clone() };
        row.insert(shown, value(name).unwrap_or_default());
    }
    row
}
