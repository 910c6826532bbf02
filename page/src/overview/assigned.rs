//! What Azure Policy is to do about backup, and the rules that do the same.

use holdfast_report::AssignedPolicy;

use crate::block::Block;
use crate::cell::Cell;
use crate::html::{Column, Section, Table};

pub(super) fn assigned(policies: &[AssignedPolicy]) -> Block {
    let rows = policies.iter().map(|policy| {
        vec![
            Cell::text(&policy.name).titled(&policy.id),
            Cell::text(&policy.scope),
            Cell::text(&policy.rules_in_words()),
            Cell::text(&policy.notes.join("; ")),
        ]
    });
    let table = Table {
        columns: Column::named(&["Assignment", "Scope", "Rules that do the same", "To know"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    Block::Table(Section::of("What Azure Policy does about backup", table))
}
