//! Running a query over the rows of the tables.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expression::{Row, column};
use super::row::Tables;
use super::syntax::{JoinKind, Named, Operator, Query};
use super::value::{ordering, text, truth};

/// The rows that `query` gives, out of the subscriptions that `visible` lets through.
pub(crate) fn run(
    tables: &dyn Tables,
    query: &Query,
    visible: &dyn Fn(&Row) -> bool,
) -> Result<Vec<Row>, String> {
    // The first conditions are tried on the rows where they lie: an estate has many, and a copy is dear.
    let conditions: Vec<_> = query.leading().collect();
    let kept = tables
        .table(&query.table)?
        .filter(|row| visible(row) && conditions.iter().all(|condition| truth(&condition.value(row))));
    let mut rows: Vec<Row> = kept.cloned().collect();
    for operator in query.operators.iter().skip(conditions.len()) {
        rows = step(tables, operator, rows, visible)?;
    }
    Ok(rows)
}

fn step(
    tables: &dyn Tables,
    operator: &Operator,
    mut rows: Vec<Row>,
    visible: &dyn Fn(&Row) -> bool,
) -> Result<Vec<Row>, String> {
    Ok(match operator {
        Operator::Where(condition) => {
            rows.retain(|row| truth(&condition.value(row)));
            rows
        }
        Operator::Extend(columns) => rows.into_iter().map(|row| extended(row, columns)).collect(),
        Operator::Project(columns) => rows.iter().map(|row| projected(row, columns)).collect(),
        Operator::ProjectAway(names) => {
            for row in &mut rows {
                row.retain(|name, _| !names.iter().any(|away| away.eq_ignore_ascii_case(name)));
            }
            rows
        }
        Operator::Order(keys) => {
            rows.sort_by_cached_key(|row| Place {
                values: keys
                    .iter()
                    .map(|(key, ascending)| (key.value(row).into_owned(), *ascending))
                    .collect(),
            });
            rows
        }
        Operator::Take(count) => {
            rows.truncate(*count);
            rows
        }
        Operator::Count => vec![Row::from_iter([("Count".to_owned(), json!(rows.len()))])],
        Operator::Distinct(columns) => {
            let mut seen: BTreeMap<String, Row> = BTreeMap::new();
            for row in &rows {
                let row = projected(row, columns);
                seen.entry(Value::Object(row.clone()).to_string()).or_insert(row);
            }
            seen.into_values().collect()
        }
        Operator::SummarizeCount { name, by } => summarized(&rows, name, by),
        Operator::Join { kind, right, on } => {
            let right = run(tables, right, visible)?;
            joined(*kind, rows, &right, on)
        }
    })
}

/// Where a row belongs in an order.
struct Place {
    /// Each with whether it ascends.
    values: Vec<(Value, bool)>,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let orders = self.values.iter().zip(&other.values).map(|((left, ascending), (right, _))| {
            let order = ordering(left, right);
            if *ascending { order } else { order.reverse() }
        });
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

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

fn summarized(rows: &[Row], name: &str, by: &[Named]) -> Vec<Row> {
    let mut groups: BTreeMap<String, (Row, usize)> = BTreeMap::new();
    for row in rows {
        let group = projected(row, by);
        groups.entry(Value::Object(group.clone()).to_string()).or_insert((group, 0)).1 += 1;
    }
    groups
        .into_values()
        .map(|(mut group, count)| {
            group.insert(name.to_owned(), json!(count));
            group
        })
        .collect()
}

fn joined(kind: JoinKind, left: Vec<Row>, right: &[Row], on: &[(String, String)]) -> Vec<Row> {
    let key = |row: &Row, side: fn(&(String, String)) -> &String| -> Vec<String> {
        on.iter()
            .map(|names| column(row, side(names)).map(|value| text(value).into_owned()).unwrap_or_default())
            .collect()
    };
    let mut index: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for row in right {
        index.entry(key(row, |names| &names.1)).or_default().push(row);
    }
    let columns: Vec<String> = right.first().map(|row| row.keys().cloned().collect()).unwrap_or_default();
    let mut rows = Vec::new();
    for row in left {
        let matches = index.get(&key(&row, |names| &names.0));
        match (kind, matches) {
            (JoinKind::Inner | JoinKind::LeftOuter, Some(matches)) => {
                rows.extend(
                    matches.iter().map(|other| beside(&row, &columns, |name| other.get(name).cloned())),
                );
            }
            (JoinKind::LeftOuter, None) => rows.push(beside(&row, &columns, |_| None)),
            (JoinKind::LeftAnti, None) => rows.push(row),
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
