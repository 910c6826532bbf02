//! The table: operations of workloads, and what proves each through each door.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use toml_edit::{DocumentMut, Item, TableLike};

use super::proof::Proof;

/// The whole table.
pub(super) struct Coverage {
    /// Key and title of each door, in order.
    pub(super) doors: Vec<(String, String)>,
    /// Every workload, in order.
    pub(super) workloads: Vec<Workload>,
}

/// One workload, or the vaults.
pub(super) struct Workload {
    /// What people call it.
    pub(super) title: String,
    /// Its operations, in order.
    pub(super) rows: Vec<Row>,
}

/// One operation of a workload.
pub(super) struct Row {
    /// What people call it.
    pub(super) title: String,
    /// The proof of each door; none where there is none.
    pub(super) cells: Vec<Option<Proof>>,
}

impl Coverage {
    /// Reads the table.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse()?;
        let doors = texts(part(&document, "doors")?)?;
        let operations = part(&document, "operations")?;
        let mut workloads = Vec::new();
        for (name, item) in part(&document, "workloads")?.iter() {
            let workload = item.as_table_like().ok_or_else(|| anyhow!("`{name}` is not a table"))?;
            workloads.push(Workload::read(workload, operations, &doors).with_context(|| name.to_owned())?);
        }
        Ok(Self { doors, workloads })
    }

    /// Every blank cell, and every proof that is not there.
    pub(super) fn wrong(&self, root: &Path) -> Vec<String> {
        let mut wrong = Vec::new();
        for workload in &self.workloads {
            for row in &workload.rows {
                for ((_, door), cell) in self.doors.iter().zip(&row.cells) {
                    let problem = match cell {
                        Some(proof) => proof.missing(root),
                        None => Some("nothing proves it".to_owned()),
                    };
                    let place = || format!("{}, {}, {door}", workload.title, row.title);
                    wrong.extend(problem.map(|problem| format!("{}: {problem}", place())));
                }
            }
        }
        wrong
    }
}

impl Workload {
    fn read(table: &dyn TableLike, operations: &dyn TableLike, doors: &[(String, String)]) -> Result<Self> {
        let title = text(table, "title")?;
        let mut rows = Vec::new();
        for (name, item) in table.iter().filter(|(name, _)| *name != "title") {
            let operation = operations.get(name).and_then(Item::as_table_like);
            let operation = operation.ok_or_else(|| anyhow!("`{name}` is not in [operations]"))?;
            let row = Row::read(item, operation, doors).with_context(|| name.to_owned())?;
            rows.push(row);
        }
        Ok(Self { title, rows })
    }
}

impl Row {
    /// A text is the proof for every door that the operation itself says nothing about.
    fn read(item: &Item, operation: &dyn TableLike, doors: &[(String, String)]) -> Result<Self> {
        let mut cells = Vec::new();
        for (door, _) in doors {
            let own = match (item.as_str(), item.as_table_like()) {
                (Some(whole), _) => operation.get(door).is_none().then_some(whole),
                (None, Some(each)) => each.get(door).and_then(Item::as_str),
                (None, None) => None,
            };
            let said = own.or_else(|| operation.get(door).and_then(Item::as_str));
            cells.push(said.map(Proof::parse).transpose().with_context(|| door.clone())?);
        }
        Ok(Self { title: text(operation, "title")?, cells })
    }
}

fn part<'t>(document: &'t DocumentMut, name: &str) -> Result<&'t dyn TableLike> {
    document.get(name).and_then(Item::as_table_like).ok_or_else(|| anyhow!("[{name}] is missing"))
}

fn text(table: &dyn TableLike, key: &str) -> Result<String> {
    let text = table.get(key).and_then(Item::as_str);
    text.map(str::to_owned).ok_or_else(|| anyhow!("`{key}` is missing, or is not a text"))
}

fn texts(table: &dyn TableLike) -> Result<Vec<(String, String)>> {
    table.iter().map(|(key, _)| Ok((key.to_owned(), text(table, key)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
[doors]
http = "HTTP"
event = "Event"

[operations.back-up]
title = "Back up now"
event = "none only people ask for it"

[workloads.disks]
title = "Disks"
back-up = "scenario backup-now"
"#;

    #[test]
    fn what_an_operation_says_of_a_door_holds_for_each_workload() {
        let coverage = Coverage::parse(TABLE).unwrap();
        let cells: Vec<String> =
            coverage.workloads[0].rows[0].cells.iter().flatten().map(Proof::cell).collect();
        assert_eq!(cells, ["[backup-now](../tests/scenarios/backup-now)", "*only people ask for it*"]);
    }

    #[test]
    fn a_blank_cell_is_found_and_an_unknown_operation_refused() {
        let blank = TABLE.replace("back-up = \"scenario backup-now\"", "back-up = {}");
        let wrong = Coverage::parse(&blank).unwrap().wrong(Path::new("."));
        assert_eq!(wrong, ["Disks, Back up now, HTTP: nothing proves it"]);
        assert!(Coverage::parse(&TABLE.replace("back-up = \"s", "undo = \"s")).is_err());
    }
}
