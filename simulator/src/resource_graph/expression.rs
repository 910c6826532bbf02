//! Scalar expressions and their values on a row.

use serde_json::{Map, Value};

use super::function;
use super::value::{equal, number, ordering, text, truth};

/// A row of a table.
pub(crate) type Row = Map<String, Value>;

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    EqualAnyCase,
    NotEqualAnyCase,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    NotContains,
    Has,
    NotHas,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Constant(Value),
    Column(String),
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    In { needle: Box<Expression>, list: Vec<Expression>, any_case: bool, negated: bool },
    Add(Box<Expression>, Box<Expression>),
    Subtract(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// The value of the expression on `row`.
    pub(crate) fn value(&self, row: &Row) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Column(name) => column(row, name).cloned().unwrap_or_default(),
            Self::Member(inner, name) => member(&inner.value(row), name),
            Self::Index(inner, index) => indexed(&inner.value(row), &index.value(row)),
            Self::Call(name, arguments) => function::call(name, arguments, row),
            Self::And(left, right) => Value::Bool(truth(&left.value(row)) && truth(&right.value(row))),
            Self::Or(left, right) => Value::Bool(truth(&left.value(row)) || truth(&right.value(row))),
            Self::Compare(comparison, left, right) => {
                Value::Bool(compare(*comparison, &left.value(row), &right.value(row)))
            }
            Self::In { needle, list, any_case, negated } => {
                let needle = needle.value(row);
                let found = list.iter().any(|item| {
                    let item = item.value(row);
                    if *any_case { same_any_case(&needle, &item) } else { equal(&needle, &item) }
                });
                Value::Bool(found != *negated)
            }
            Self::Add(left, right) => arithmetic(&left.value(row), &right.value(row), |a, b| a + b),
            Self::Subtract(left, right) => arithmetic(&left.value(row), &right.value(row), |a, b| a - b),
        }
    }

    /// The name of the column that the expression makes when none is given.
    pub(crate) fn default_name(&self) -> Option<String> {
        match self {
            Self::Column(name) => Some(name.clone()),
            Self::Member(inner, name) => Some(match inner.default_name() {
                Some(outer) => format!("{outer}_{name}"),
                None => name.clone(),
            }),
            _ => None,
        }
    }
}

/// The column `name` of `row`; names are compared without regard to case.
pub(crate) fn column<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    row.get(name)
        .or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn member(value: &Value, name: &str) -> Value {
    value.as_object().and_then(|map| column(map, name)).cloned().unwrap_or_default()
}

fn indexed(value: &Value, index: &Value) -> Value {
    match (value, index) {
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_f64().unwrap_or_default() as i64;
            let at = if at < 0 { at + items.len() as i64 } else { at };
            usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
        }
        (Value::Object(_), Value::String(name)) => member(value, name),
        _ => Value::Null,
    }
}

fn arithmetic(left: &Value, right: &Value, operation: fn(f64, f64) -> f64) -> Value {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => function::numeric(operation(left, right)),
        _ => Value::Null,
    }
}

fn same_any_case(left: &Value, right: &Value) -> bool {
    if left.is_null() || right.is_null() {
        return false;
    }
    text(left).to_lowercase() == text(right).to_lowercase()
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> bool {
    use Comparison as C;
    let lower = |value: &Value| text(value).to_lowercase();
    match comparison {
        C::Equal => equal(left, right),
        C::NotEqual => !equal(left, right),
        C::EqualAnyCase => same_any_case(left, right),
        C::NotEqualAnyCase => !same_any_case(left, right),
        C::Less => ordering(left, right).is_lt(),
        C::LessOrEqual => ordering(left, right).is_le(),
        C::Greater => ordering(left, right).is_gt(),
        C::GreaterOrEqual => ordering(left, right).is_ge(),
        C::Contains => lower(left).contains(&lower(right)),
        C::NotContains => !lower(left).contains(&lower(right)),
        C::Has => has(&lower(left), &lower(right)),
        C::NotHas => !has(&lower(left), &lower(right)),
        C::StartsWith => lower(left).starts_with(&lower(right)),
        C::NotStartsWith => !lower(left).starts_with(&lower(right)),
        C::EndsWith => lower(left).ends_with(&lower(right)),
        C::NotEndsWith => !lower(left).ends_with(&lower(right)),
    }
}

/// Whether `text` holds `term` as a whole term.
fn has(text: &str, term: &str) -> bool {
    let edge = |character: Option<char>| character.is_none_or(|character| !character.is_alphanumeric());
    text.match_indices(term).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        edge(before) && edge(after)
    })
}
