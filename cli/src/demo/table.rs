//! The live picture: one line per resource, redrawn in a terminal, or a line per change elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stdout};

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use holdfast_protection::apply::{Outcome, Waiting};
use holdfast_protection::{ResourceId, Workload};

use super::progress::{Row, Watched};

/// Where the picture is drawn.
pub(super) struct Screen {
    is_on: bool,
    redraws: bool,
    drawn_lines: usize,
    told: BTreeMap<String, String>,
}

impl Screen {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, redraws: stdout().is_terminal(), drawn_lines: 0, told: BTreeMap::new() }
    }

    /// Shows what changed.
    pub(super) fn draw(&mut self, watched: &Watched) -> Result<()> {
        if !self.is_on {
            return Ok(());
        }
        let mut out = stdout().lock();
        if !self.redraws {
            for (id, row) in &watched.rows {
                let line = format!("{:<12} {:<28} {}", state(row), label(id), reason(row));
                if self.told.insert(id.key(), line.clone()).as_ref() != Some(&line) {
                    writeln!(out, "{}", line.trim_end())?;
                }
            }
            return Ok(());
        }
        let table = table(watched).to_string();
        if self.drawn_lines > 0 {
            write!(out, "\x1b[{}A\x1b[J", self.drawn_lines)?;
        }
        writeln!(out, "{table}")?;
        self.drawn_lines = table.lines().count();
        out.flush()?;
        Ok(())
    }
}

fn table(watched: &Watched) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["", "resource", "kind", "state", "reason"]);
    for (id, row) in &watched.rows {
        table.add_row([mark(row), &label(id), kind(id), state(row), &shortened(&reason(row))]);
    }
    table
}

/// Group and name: names alone are not unique.
fn label(id: &ResourceId) -> String {
    format!("{}/{}", id.resource_group().unwrap_or_default(), id.name())
}

fn kind(id: &ResourceId) -> &str {
    match Workload::of_type(id.resource_type()) {
        Some(workload) => workload.noun(),
        None => id.resource_type(),
    }
}

fn mark(row: &Row) -> &'static str {
    match &row.outcome {
        Some(Outcome::Protected { .. }) => "✓",
        Some(Outcome::Failed { .. }) => "✗",
        Some(_) => "·",
        None => "…",
    }
}

fn state(row: &Row) -> &'static str {
    match (&row.outcome, &row.waiting, &row.decided) {
        (Some(outcome), _, _) => outcome.word(),
        (None, Some(Waiting::Creation), _) => "creating",
        (None, Some(Waiting::Permissions { .. }), _) => "permissions",
        (None, Some(Waiting::Validation), _) => "validating",
        (None, Some(Waiting::Configuration), _) => "configuring",
        (None, Some(Waiting::Azure { .. }), _) => "waiting",
        (None, None, Some(_)) => "decided",
        (None, None, None) => "created",
    }
}

fn reason(row: &Row) -> String {
    match (&row.outcome, &row.waiting, &row.decided) {
        (Some(Outcome::Failed { message, way_out, .. }), _, _) => format!("{message}; {way_out}"),
        (Some(Outcome::Ignored { reason } | Outcome::Excluded { reason }), _, _) => reason.clone(),
        (Some(Outcome::LeftAlone { note, .. }), _, _) => note.clone(),
        (None, Some(Waiting::Permissions { message } | Waiting::Azure { message }), _) => message.clone(),
        (_, _, decided) => decided.clone().unwrap_or_default(),
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 110;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
