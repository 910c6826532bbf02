//! JSON lines.

use serde_json::{Map, Value};

use crate::{Cell, Table};

/// An object in each line; what has no value is left out.
pub(crate) fn file(table: Table, rows: &[Vec<Cell>]) -> Vec<u8> {
    let line = |row: &Vec<Cell>| {
        let cells = table.columns().iter().zip(row);
        let fields: Map<String, Value> =
            cells.filter_map(|(column, cell)| Some((column.name.to_owned(), value(cell)?))).collect();
        Value::Object(fields).to_string() + "\n"
    };
    rows.iter().map(line).collect::<String>().into_bytes()
}

fn value(cell: &Cell) -> Option<Value> {
    match cell {
        Cell::Nothing => None,
        Cell::Text(text) => Some(text.clone().into()),
        Cell::Time(time) => Some(time.to_string().into()),
        Cell::Number(number) => Some((*number).into()),
    }
}
