//! Reading expressions: calls with arguments, texts, numbers, and properties and elements of what a call gives.

use serde_json::Value;

use super::Term;
use crate::deployments::template::invalid;
use crate::wire::ArmError;

/// How deep calls may be nested.
const DEEPEST: usize = 32;

/// Reads the whole of `text`.
pub(super) fn read(text: &str) -> Result<Term, ArmError> {
    let wrong = || invalid(format!("the expression '[{text}]' cannot be read"));
    let (term, rest) = term(text, 0).ok_or_else(wrong)?;
    if rest.trim().is_empty() { Ok(term) } else { Err(wrong()) }
}

fn term(text: &str, depth: usize) -> Option<(Term, &str)> {
    let text = text.trim_start();
    if depth > DEEPEST {
        return None;
    }
    let (mut term, mut rest) = match text.chars().next()? {
        '\'' => literal(text)?,
        '0'..='9' | '-' => number(text)?,
        _ => call(text, depth)?,
    };
    loop {
        if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = word(after)?;
            term = Term::Member(Box::new(term), name.to_owned());
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (at, after) = self::term(after, depth + 1)?;
            term = Term::Element(Box::new(term), Box::new(at));
            rest = after.trim_start().strip_prefix(']')?;
        } else {
            return Some((term, rest));
        }
    }
}

/// A text in single quotes, in which two of them stand for one.
fn literal(text: &str) -> Option<(Term, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((Term::Literal(Value::from(value)), after)),
        }
    }
}

fn number(text: &str) -> Option<(Term, &str)> {
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '-').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((Term::Literal(Value::from(digits.parse::<i64>().ok()?)), rest))
}

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then_some((word, rest))
}

fn call(text: &str, depth: usize) -> Option<(Term, &str)> {
    let (name, rest) = word(text)?;
    let mut rest = rest.trim_start().strip_prefix('(')?.trim_start();
    let mut arguments = Vec::new();
    if let Some(after) = rest.strip_prefix(')') {
        return Some((Term::Call(name.to_owned(), arguments), after));
    }
    loop {
        let (argument, after) = term(rest, depth + 1)?;
        arguments.push(argument);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return Some((Term::Call(name.to_owned(), arguments), after.strip_prefix(')')?)),
        }
    }
}
