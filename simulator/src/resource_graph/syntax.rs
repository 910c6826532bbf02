//! A query as data: a table and the operators that its rows pass.

use super::expression::Expression;

/// A table and its operators.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) table: String,
    pub(crate) operators: Vec<Operator>,
}

impl Query {
    /// The conditions that come before anything else.
    pub(crate) fn leading(&self) -> impl Iterator<Item = &Expression> {
        self.operators.iter().map_while(|operator| match operator {
            Operator::Where(condition) => Some(condition),
            _ => None,
        })
    }
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    LeftOuter,
    LeftAnti,
}

/// A column and where its value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) value: Expression,
}

/// A step of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operator {
    Where(Expression),
    Extend(Vec<Named>),
    Project(Vec<Named>),
    ProjectAway(Vec<String>),
    Order(Vec<(Expression, bool)>),
    Take(usize),
    Count,
    Distinct(Vec<Named>),
    SummarizeCount { name: String, by: Vec<Named> },
    Join { kind: JoinKind, right: Query, on: Vec<(String, String)> },
}
