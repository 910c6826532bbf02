//! Targets of the last finished run, page by page: only the pages that can hold one are read.

use std::sync::Arc;

use holdfast_protection::sweep::{Line, SweepPage};
use holdfast_report::{Filter, Order, Place};

use crate::app::App;
use crate::problem::Problem;
use crate::report_cache::Made;

/// Pages of a run that one answer reads; a list that needs more leads on.
const PAGES: usize = 24;

/// A part of a list.
pub(crate) struct Listed {
    /// The targets.
    pub(crate) lines: Vec<Line>,
    /// Where it goes on.
    pub(crate) next: Option<Place>,
}

/// The targets that fit, from a place on.
pub(crate) async fn list(
    app: &Arc<App>,
    made: &Made,
    filter: &Filter,
    order: Order,
    top: usize,
    from: Place,
) -> Result<Listed, Problem> {
    let mut listed = Listed { lines: Vec::new(), next: None };
    let Some(run) = &made.run else { return Ok(listed) };
    let mut place = from;
    for _ in 0..PAGES {
        let Some((here, state)) = place.next(filter, order, &made.marks) else { return Ok(listed) };
        let number = u32::try_from(here.page).unwrap_or(u32::MAX);
        let text = app.sweep_shelf.page(&run.run, number).await?;
        let page = text.as_deref().and_then(SweepPage::read).unwrap_or_default();
        for (row, line) in page.lines.into_iter().enumerate().skip(here.row) {
            if !filter.fits(&line, state) {
                continue;
            }
            if listed.lines.len() == top {
                listed.next = Some(Place { row, ..here });
                return Ok(listed);
            }
            listed.lines.push(line);
        }
        place = here.behind();
    }
    listed.next = place.next(filter, order, &made.marks).map(|(place, _)| place);
    Ok(listed)
}
