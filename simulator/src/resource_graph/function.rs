//! Scalar functions.

use std::borrow::Cow;

use serde_json::Value;

use super::expression::{Expression, Row};
use super::value::{number, text, truth};

/// Functions that are known, with the fewest and the most arguments that each takes.
const KNOWN: [(&str, usize, usize); 21] = [
    ("tolower", 1, 1),
    ("toupper", 1, 1),
    ("tostring", 1, 1),
    ("todatetime", 1, 1),
    ("toint", 1, 1),
    ("tolong", 1, 1),
    ("tobool", 1, 1),
    ("isempty", 1, 1),
    ("isnotempty", 1, 1),
    ("isnull", 1, 1),
    ("isnotnull", 1, 1),
    ("not", 1, 1),
    ("strlen", 1, 1),
    ("array_length", 1, 1),
    ("strcat", 1, 64),
    ("coalesce", 2, 64),
    ("split", 2, 2),
    ("iff", 3, 3),
    ("iif", 3, 3),
    ("case", 3, 65),
    ("trim", 2, 2),
];

/// Refuses an unknown function or a wrong number of arguments.
pub(crate) fn check(name: &str, arguments: usize) -> Result<(), String> {
    let (known, least, most) = KNOWN
        .iter()
        .find(|(known, ..)| *known == name)
        .ok_or_else(|| format!("the function '{name}' is unknown"))?;
    if (*least..=*most).contains(&arguments) {
        Ok(())
    } else {
        Err(format!("the function '{known}' takes {least} to {most} arguments, not {arguments}"))
    }
}

/// The value of a function that [`check`] let pass.
pub(crate) fn call(name: &str, arguments: &[Expression], row: &Row) -> Value {
    let argument =
        |index: usize| arguments.get(index).map_or_else(Cow::default, |argument| argument.value(row));
    let first = argument(0);
    match name {
        "tolower" => Value::String(text(&first).to_lowercase()),
        "toupper" => Value::String(text(&first).to_uppercase()),
        "tostring" => Value::String(text(&first).into_owned()),
        "todatetime" => moment(&text(&first)),
        "toint" | "tolong" => number(&first).map_or(Value::Null, |number| numeric(number.trunc())),
        "tobool" => Value::Bool(truth(&first) || text(&first).eq_ignore_ascii_case("true")),
        "isempty" => Value::Bool(text(&first).is_empty()),
        "isnotempty" => Value::Bool(!text(&first).is_empty()),
        "isnull" => Value::Bool(first.is_null()),
        "isnotnull" => Value::Bool(!first.is_null()),
        "not" => Value::Bool(!truth(&first)),
        "strlen" => numeric(text(&first).chars().count() as f64),
        "array_length" => first.as_array().map_or(Value::Null, |items| numeric(items.len() as f64)),
        "strcat" => {
            Value::String(arguments.iter().map(|argument| text(&argument.value(row)).into_owned()).collect())
        }
        "coalesce" => arguments
            .iter()
            .map(|argument| argument.value(row))
            .find(|value| !text(value).is_empty())
            .unwrap_or_default()
            .into_owned(),
        "split" => split(&text(&first), &text(&argument(1))),
        "iff" | "iif" => argument(if truth(&first) { 1 } else { 2 }).into_owned(),
        "case" => chosen(arguments, row),
        "trim" => Value::String(
            text(&argument(1)).trim_matches(|character| text(&first).contains(character)).to_owned(),
        ),
        _ => Value::Null,
    }
}

/// A number, whole where it is whole.
pub(crate) fn numeric(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// A moment, written so that the order of the texts is that of the moments; null where it is none.
fn moment(text: &str) -> Value {
    text.parse::<jiff::Timestamp>().map_or(Value::Null, |moment| Value::String(format!("{moment:.7}")))
}

fn split(text: &str, separator: &str) -> Value {
    if separator.is_empty() {
        return Value::Array(vec![Value::String(text.to_owned())]);
    }
    Value::Array(text.split(separator).map(|part| Value::String(part.to_owned())).collect())
}

/// `case(condition, value, condition, value, ..., otherwise)`
fn chosen(arguments: &[Expression], row: &Row) -> Value {
    let (pairs, otherwise) = arguments.as_chunks::<2>();
    let matching = pairs.iter().find(|[condition, _]| truth(&condition.value(row)));
    match (matching, otherwise.first()) {
        (Some([_, value]), _) => value.value(row).into_owned(),
        (None, Some(otherwise)) => otherwise.value(row).into_owned(),
        (None, None) => Value::Null,
    }
}

#[test]
fn moments_are_compared_whatever_their_fractions() {
    assert_eq!(moment("2026-01-14T02:00:00Z"), moment("2026-01-14T03:00:00.000+01:00"));
    assert_eq!(moment("2026-01-14T02:00:00.5Z"), Value::from("2026-01-14T02:00:00.5000000Z"));
    assert_eq!(moment("soon"), Value::Null);
}
