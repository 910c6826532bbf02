//! The live picture: one line per resource, redrawn in a terminal, or a line per change elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr, stdout};

use anyhow::Result;
use holdfast_evaluator::Visible;
use holdfast_protection::ResourceId;
use holdfast_protection::outcome::{Outcome, Waiting};
use terminal_size::terminal_size;

use crate::page::start_of;

use super::progress::{Row, Watched};

/// Where the picture is drawn.
pub(super) struct Screen {
    /// Progress goes to standard error, because standard output is for a program.
    aside: bool,
    redraws: bool,
    drawn_lines: usize,
    described: BTreeMap<String, String>,
}

impl Screen {
    pub(super) fn new(aside: bool) -> Self {
        let redraws = !aside && stdout().is_terminal();
        Self { aside, redraws, drawn_lines: 0, described: BTreeMap::new() }
    }

    /// Shows what changed.
    pub(super) fn draw(&mut self, watched: &Watched) -> Result<()> {
        let mut out: Box<dyn Write> = if self.aside { Box::new(stderr()) } else { Box::new(stdout()) };
        if !self.redraws {
            for (id, row) in &watched.rows {
                let line = format!("{:<12} {:<28} {}", state(row), label(id), reason(row));
                if self.described.insert(id.key(), line.clone()).as_ref() != Some(&line) {
                    writeln!(out, "{}", line.trim_end())?;
                }
            }
            return Ok(());
        }
        let (width, height) =
            terminal_size().map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)));
        if self.drawn_lines > 0 {
            write!(out, "\x1b[{}A\x1b[J", self.drawn_lines)?;
        }
        let lines = picture(&watched.rows, width, height);
        for line in &lines {
            writeln!(out, "{line}")?;
        }
        self.drawn_lines = lines.len();
        out.flush()?;
        Ok(())
    }
}

/// The lines of the picture: all resources where they fit, else the last line says how many are left out, and
/// those that are still under way come first. A picture higher than the terminal could not be redrawn.
fn picture(rows: &[(ResourceId, Row)], width: usize, height: usize) -> Vec<String> {
    let head = format!("  {:<LABEL$} {:<STATE$} reason", "resource", "state");
    // The cursor rests on a line of its own below the picture.
    let room = height.saturating_sub(2).max(2);
    if rows.len() <= room {
        let lines = rows.iter().map(|(id, row)| line(id, row, width));
        return std::iter::once(head).chain(lines).collect();
    }
    let (settled, under_way): (Vec<_>, Vec<_>) = rows.iter().partition(|(_, row)| row.outcome.is_some());
    let shown = under_way.into_iter().chain(settled).take(room - 1);
    let lines = shown.map(|(id, row)| line(id, row, width));
    let rest = format!("  and {} more", rows.len() - (room - 1));
    std::iter::once(head).chain(lines).chain([rest]).collect()
}

/// Columns for group and name, and for the state.
const LABEL: usize = 27;
const STATE: usize = 11;

/// One line of the terminal, however narrow: the picture is redrawn in place.
fn line(id: &ResourceId, row: &Row, width: usize) -> String {
    let label = start_of(&label(id), LABEL);
    let room = width.saturating_sub(LABEL + STATE + 5).max(10);
    let reason = reason(row);
    let reason = start_of(reason.strip_prefix("protect: ").unwrap_or(&reason), room);
    format!("{} {label:<LABEL$} {:<STATE$} {reason}", mark(row), state(row))
}

/// Group and name: names alone are not unique.
fn label(id: &ResourceId) -> String {
    let label = format!("{}/{}", id.resource_group().unwrap_or_default(), id.name());
    Visible::of(&label).to_string()
}

fn mark(row: &Row) -> &'static str {
    match &row.outcome {
        Some(Outcome::Protected { .. } | Outcome::Prepared { .. }) => "✓",
        Some(Outcome::Failed { .. }) => "✗",
        Some(_) => "·",
        None => "…",
    }
}

fn state(row: &Row) -> &'static str {
    match (&row.outcome, &row.waiting, &row.decided) {
        (Some(outcome), _, _) => outcome.as_str(),
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
        (Some(Outcome::LeftAlone { note, .. } | Outcome::Prepared { note: Some(note), .. }), _, _) => {
            note.clone()
        }
        (None, Some(Waiting::Permissions { message } | Waiting::Azure { message }), _) => message.clone(),
        (None, Some(Waiting::Administrator(request)), _) => {
            format!("{}; {}", request.message, request.way_out)
        }
        (_, _, decided) => decided.clone().unwrap_or_default(),
    };
    Visible::of(&said).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_never_higher_than_the_terminal_and_keeps_what_is_under_way() {
        let id = |n: usize| {
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d{n}")
                .parse()
                .unwrap()
        };
        let done = Row { outcome: Some(Outcome::Gone), ..Row::default() };
        let mut rows: Vec<(ResourceId, Row)> = (0..30).map(|n| (id(n), done.clone())).collect();
        rows.push((id(30), Row::default()));
        let lines = picture(&rows, 80, 10);
        assert_eq!(lines.len(), 9, "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("g/d30")), "{lines:#?}");
        assert_eq!(lines.last().map(String::as_str), Some("  and 24 more"), "{lines:#?}");
        assert_eq!(picture(&rows, 80, 40).len(), 32);
    }

    #[test]
    fn a_line_fits_a_narrow_terminal() {
        let id = "/subscriptions/s/resourceGroups/rg-analytics-westeurope/providers/Microsoft.Compute/disks/data-01";
        let row = Row { decided: Some(format!("protect: {}", "because ".repeat(30))), ..Row::default() };
        let line = line(&id.parse().unwrap(), &row, 80);
        assert!(line.chars().count() <= 80 && line.contains("… decided     because"), "{line}");
    }
}
