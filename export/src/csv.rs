//! Comma-separated values as RFC 4180 has them.

use crate::{Cell, Table};

/// A line of names, then a line for each row.
pub(crate) fn file(table: Table, rows: &[Vec<Cell>]) -> Vec<u8> {
    let names: Vec<String> = table.columns().iter().map(|column| column.name.to_owned()).collect();
    let line = |row: &Vec<Cell>| row.iter().map(field).collect::<Vec<_>>();
    let lines = std::iter::once(names).chain(rows.iter().map(line));
    lines.map(|fields| fields.join(",") + "\r\n").collect::<String>().into_bytes()
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(text) => quoted(&harmless(text)),
        Cell::Time(time) => time.to_string(),
        Cell::Number(number) => number.to_string(),
    }
}

/// Spreadsheets take a text that begins so for a formula, and names of resources and reasons are other people's words. The
/// apostrophe makes it a text again.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[test]
fn fields_are_quoted_where_they_must_be_and_no_text_is_a_formula() {
    let fields: Vec<String> = ["plain", "", "a,b", "say \"so\"", "two\nlines", "=1+1", "@x,y", " padded "]
        .iter()
        .map(|text| field(&Cell::text(*text)))
        .collect();
    let expected = [
        "plain",
        "\"\"",
        "\"a,b\"",
        "\"say \"\"so\"\"\"",
        "\"two\nlines\"",
        "'=1+1",
        "\"'@x,y\"",
        "\" padded \"",
    ];
    assert_eq!(fields, expected);
    assert_eq!(field(&Cell::Nothing), "");
}
