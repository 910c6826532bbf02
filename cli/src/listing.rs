//! Lists as tables that fit 80 columns, or as JSON.

use anyhow::Result;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use holdfast_evaluator::Visible;
use serde_json::Value;

use crate::{out, page};

/// Prints a list.
pub(crate) fn print(
    items: &[Value],
    as_json: bool,
    none: &str,
    head: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> Result<()> {
    if as_json {
        out::json(&items)?;
    } else {
        out::page(&lines(items, none, head, row));
    }
    Ok(())
}

/// Prints a list whose items are several lines each.
pub(crate) fn print_entries(
    items: &[Value],
    as_json: bool,
    none: &str,
    entry: impl Fn(&Value) -> Vec<String>,
) -> Result<()> {
    if as_json {
        out::json(&items)?;
        return Ok(());
    }
    out::page(&match items {
        [] => format!("{none}\n"),
        items => items.iter().map(|item| page::of_lines(&entry(item))).collect::<Vec<_>>().concat(),
    });
    Ok(())
}

/// The list as a table, or the sentence `none` for an empty one.
pub(crate) fn lines(
    items: &[Value],
    none: &str,
    head: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> String {
    if items.is_empty() { format!("{none}\n") } else { table(head, items.iter().map(row)) + "\n" }
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(page::width()).unwrap_or(u16::MAX));
    // A cell is one line of text, no matter who named what is in it.
    let rows = rows.map(|cells| cells.iter().map(|cell| Visible::of(cell).to_string()).collect::<Vec<_>>());
    table.set_header(head).add_rows(rows);
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    if let Some(last) = table.column_mut(head.len().saturating_sub(1)) {
        last.set_padding((1, 0));
    }
    // An id that is broken over lines cannot be copied.
    if let Some(id) = head.iter().position(|name| *name == "ID").and_then(|at| table.column_mut(at)) {
        id.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

/// A field that is text; empty if it is not there.
pub(crate) fn text(item: &Value, key: &str) -> String {
    item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A field that is a time, to the second, as commands take it.
pub(crate) fn time(item: &Value, key: &str) -> String {
    let text = text(item, key);
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let long = "x".repeat(50);
        let rows = std::iter::repeat_n(vec!["2026-01-01 00:00:00".to_owned(), long.clone(), long.clone()], 3);
        let text = table(&["TIME", "A", "B"], rows);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.lines().next().is_some_and(|line| line.contains("TIME")), "{text}");
        let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
        let rows = std::iter::once(vec!["2026-01-01T00:00:00Z".to_owned(), long, id.clone()]);
        let text = table(&["UNTIL", "BY", "ID"], rows);
        assert!(text.contains(&id) && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
