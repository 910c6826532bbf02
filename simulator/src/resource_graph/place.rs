//! Where rows stand in an order.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::expression::{Expression, Row};
use super::value::ordering;

/// Where a row belongs in the order that was asked for; nowhere special before one is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Each with whether it ascends.
    values: Vec<(Value, bool)>,
}

impl Place {
    /// The place of `row` in the order of `keys`, each with whether it ascends.
    pub(crate) fn of(keys: &[(Expression, bool)], row: &Row) -> Self {
        let values = keys.iter().map(|(key, ascending)| (key.value(row).into_owned(), *ascending));
        Self { values: values.collect() }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!(self.values)
    }

    pub(crate) fn from_json(value: Value) -> Option<Self> {
        Some(Self { values: serde_json::from_value(value).ok()? })
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let orders = self.values.iter().zip(&other.values).map(|((left, ascending), (right, _))| {
            let order = ordering(left, right);
            if *ascending { order } else { order.reverse() }
        });
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

/// A row and the place that the last order gave it.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) row: Row,
    pub(crate) place: Place,
}

impl Placed {
    /// Another row in the same place.
    pub(crate) fn with(self, row: impl FnOnce(Row) -> Row) -> Self {
        Self { row: row(self.row), place: self.place }
    }
}

impl From<Row> for Placed {
    fn from(row: Row) -> Self {
        Self { row, place: Place::default() }
    }
}
