//! Scalar expressions and their values on a row.

use std::borrow::Cow;

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
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    In { needle: Box<Expression>, list: Vec<Expression>, any_case: bool, negated: bool },
    Add(Box<Expression>, Box<Expression>),
    Subtract(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// The value of the expression on `row`: borrowed as far as it lies there, since bodies are large.
    pub(crate) fn value<'a>(&'a self, row: &'a Row) -> Cow<'a, Value> {
        match self {
            Self::Constant(value) => return Cow::Borrowed(value),
            Self::Column(name) => return column(row, name).map_or_else(Cow::default, Cow::Borrowed),
            Self::Member(inner, name) => return member(inner.value(row), name),
            Self::Index(inner, index) => return indexed(inner.value(row), &index.value(row)),
            _ => {}
        }
        Cow::Owned(self.computed(row))
    }

    /// The value of an expression that makes one.
    fn computed(&self, row: &Row) -> Value {
        match self {
            Self::Constant(_) | Self::Column(_) | Self::Member(..) | Self::Index(..) => {
                self.value(row).into_owned()
            }
            Self::Call(name, arguments) => function::call(name, arguments, row),
            Self::And(parts) => Value::Bool(parts.iter().all(|part| truth(&part.value(row)))),
            Self::Or(parts) => Value::Bool(parts.iter().any(|part| truth(&part.value(row)))),
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

    /// The columns that the value depends on.
    pub(crate) fn columns(&self) -> Vec<&str> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Column(name) => vec![name],
            Self::Member(inner, _) => inner.columns(),
            Self::Call(_, parts) | Self::And(parts) | Self::Or(parts) => {
                parts.iter().flat_map(Self::columns).collect()
            }
            Self::In { needle, list, .. } => {
                list.iter().chain([needle.as_ref()]).flat_map(Self::columns).collect()
            }
            Self::Index(left, right)
            | Self::Compare(_, left, right)
            | Self::Add(left, right)
            | Self::Subtract(left, right) => {
                [left, right].into_iter().flat_map(|one| one.columns()).collect()
            }
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

/// A part of a value, borrowed where the whole is.
fn part<'a>(whole: Cow<'a, Value>, find: impl Fn(&Value) -> Option<&Value>) -> Cow<'a, Value> {
    match whole {
        Cow::Borrowed(whole) => find(whole).map_or_else(Cow::default, Cow::Borrowed),
        Cow::Owned(whole) => Cow::Owned(find(&whole).cloned().unwrap_or_default()),
    }
}

fn member<'a>(value: Cow<'a, Value>, name: &str) -> Cow<'a, Value> {
    part(value, |value| value.as_object().and_then(|map| column(map, name)))
}

fn indexed<'a>(value: Cow<'a, Value>, index: &Value) -> Cow<'a, Value> {
    part(value, |value| match (value, index) {
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_f64().unwrap_or_default() as i64;
            let at = if at < 0 { at + items.len() as i64 } else { at };
            usize::try_from(at).ok().and_then(|at| items.get(at))
        }
        (Value::Object(map), Value::String(name)) => column(map, name),
        _ => None,
    })
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
    let (left, right) = (text(left), text(right));
    left.eq_ignore_ascii_case(&right) || left.to_lowercase() == right.to_lowercase()
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
