//! What a compiler says of a policy, as an issue of the settings with line and column.

use std::fmt::Display;

use holdfast_rule_sdk::Issue;

/// An issue of the policy's text. `shift` columns of its first line are ours and not the author's.
pub(crate) fn of_policy(error: &dyn Display, shift: usize) -> Issue {
    Issue { pointer: "/policy".into(), message: told(&error.to_string(), shift) }
}

/// Compilers print `--> FILE:LINE:COLUMN`, an excerpt, and `error: WORDS`; one line says the same.
fn told(printed: &str, shift: usize) -> String {
    let words: Vec<&str> =
        printed.lines().filter_map(|line| line.trim().strip_prefix("error:")).map(str::trim).collect();
    if words.is_empty() {
        return printed.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let words = words.join(": ");
    match place(printed, shift) {
        Some((line, column)) => format!("line {line}, column {column}: {words}"),
        None => words,
    }
}

fn place(printed: &str, shift: usize) -> Option<(usize, usize)> {
    let arrow = printed.lines().find_map(|line| line.trim().strip_prefix("-->"))?;
    let mut parts = arrow.trim().rsplit(':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let ours = if line == 1 { shift } else { 0 };
    Some((line, column.saturating_sub(ours).max(1)))
}
