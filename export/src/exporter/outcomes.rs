//! How work on targets ended, hour by hour.

use holdfast_protection::sweep::hour_of;
use jiff::{SignedDuration, Timestamp};

use super::{Exported, Exporter, before, in_name};
use crate::cursor::Kept;
use crate::{Cell, ExportError, Table, rows};

/// An hour.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// An hour is exported so long after it is over: another instance may be writing of it still.
const LATE: SignedDuration = SignedDuration::from_mins(10);
/// Older hours are not asked for: the sweep has forgotten them.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Exporter<'_> {
    /// Exports the hours that are over; whether that was all.
    pub(super) async fn outcomes(
        &self,
        kept: &mut Kept<'_>,
        first: Timestamp,
        now: Timestamp,
        exported: &mut Exported,
    ) -> Result<bool, ExportError> {
        let until = hour_of(before(now, LATE));
        let from = kept.cursor.outcomes.unwrap_or(first).max(before(now, OLDEST));
        let mut hour = hour_of(from);
        while hour < until {
            if (self.is_enough)() {
                kept.cursor.outcomes = Some(hour);
                kept.store().await?;
                return Ok(false);
            }
            let lines = self.shelf.ended(hour).await?;
            let rows: Vec<Vec<Cell>> = lines.iter().map(|line| rows::outcome(hour, line)).collect();
            self.write(Table::Outcomes, &in_name(hour), &rows, exported).await?;
            hour = hour.checked_add(HOUR).unwrap_or(until);
            if !rows.is_empty() || hour >= until {
                kept.cursor.outcomes = Some(hour);
                kept.store().await?;
            }
        }
        Ok(true)
    }
}
