//! The live picture: one line per resource, redrawn in a terminal, or a line per change elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stdout};

use anyhow::Result;
use holdfast_evaluator::Visible;
use holdfast_protection::ResourceId;
use holdfast_protection::apply::{Outcome, Waiting};
use terminal_size::terminal_size;

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
        let width = terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        if self.drawn_lines > 0 {
            write!(out, "\x1b[{}A\x1b[J", self.drawn_lines)?;
        }
        writeln!(out, "  {:<LABEL$} {:<STATE$} reason", "resource", "state")?;
        for (id, row) in &watched.rows {
            writeln!(out, "{}", line(id, row, width))?;
        }
        self.drawn_lines = watched.rows.len() + 1;
        out.flush()?;
        Ok(())
    }
}

/// Columns for group and name, and for the state.
const LABEL: usize = 27;
const STATE: usize = 11;

/// One line of the terminal, however narrow: the picture is redrawn in place.
fn line(id: &ResourceId, row: &Row, width: usize) -> String {
    let label = shortened(&label(id), LABEL);
    let room = width.saturating_sub(LABEL + STATE + 5).max(10);
    let reason = reason(row);
    let reason = shortened(reason.strip_prefix("protect: ").unwrap_or(&reason), room);
    format!("{} {label:<LABEL$} {:<STATE$} {reason}", mark(row), state(row))
}

/// Group and name: names alone are not unique.
fn label(id: &ResourceId) -> String {
    let label = format!("{}/{}", id.resource_group().unwrap_or_default(), id.name());
    Visible::of(&label).to_string()
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
        (None, Some(Waiting::Administrator(_)), _) => "needs roles",
        (None, Some(Waiting::Validation), _) => "validating",
        (None, Some(Waiting::Configuration), _) => "configuring",
        (None, Some(Waiting::Vault), _) => "creating vault",
        (None, Some(Waiting::Change), _) => "changing",
        (None, Some(Waiting::Azure { .. }), _) => "waiting",
        (None, None, Some(_)) => "decided",
        (None, None, None) => "created",
    }
}

fn reason(row: &Row) -> String {
    let said = match (&row.outcome, &row.waiting, &row.decided) {
        (Some(Outcome::Failed { message, way_out, .. }), _, _) => format!("{message}; {way_out}"),
        (Some(Outcome::Ignored { reason } | Outcome::Excluded { reason }), _, _) => reason.clone(),
        (Some(Outcome::LeftAlone { note, .. }), _, _) => note.clone(),
        (None, Some(Waiting::Permissions { message } | Waiting::Azure { message }), _) => message.clone(),
        (None, Some(Waiting::Administrator(request)), _) => {
            format!("{}; {}", request.message, request.way_out)
        }
        (_, _, decided) => decided.clone().unwrap_or_default(),
    };
    Visible::of(&said).to_string()
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_a_narrow_terminal() {
        let id = "/subscriptions/s/resourceGroups/rg-analytics-westeurope/providers/Microsoft.Compute/disks/data-01";
        let row = Row { decided: Some(format!("protect: {}", "because ".repeat(30))), ..Row::default() };
        let line = line(&id.parse().unwrap(), &row, 80);
        assert!(line.chars().count() <= 80 && line.contains("… decided     because"), "{line}");
    }
}
