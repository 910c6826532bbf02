//! What the last finished run had seen beside a page of this one.

use std::collections::HashMap;

use super::{Finished, Line, SweepPage, SweepShelf};
use crate::ports::StorageError;
use crate::{ResourceId, Workload};

/// The lines of the last finished run in the span of one page.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    lines: HashMap<(String, Workload), Line>,
    /// The page of that run with which the next page of this one begins.
    pub next: u32,
}

impl Beside {
    /// What was seen of a target, if anything.
    pub fn line(&self, resource: &ResourceId, workload: Workload) -> Option<&Line> {
        // A key costs more than to see that there is nothing.
        if self.lines.is_empty() { None } else { self.lines.get(&(resource.key(), workload)) }
    }
}

/// Reads on in the pages of the last run until one ends at `last` or behind it.
///
/// # Errors
///
/// When they cannot be read. A page that is missing or torn counts as one without lines: at worst, a target is looked at
/// once more.
pub async fn beside(
    shelf: &dyn SweepShelf,
    run: Option<&Finished>,
    from: u32,
    last: &str,
) -> Result<Beside, StorageError> {
    let Some(run) = run else { return Ok(Beside::default()) };
    let mut beside = Beside { next: from, ..Beside::default() };
    while beside.next < run.pages {
        let text = shelf.page(&run.run, beside.next).await?;
        let page = text.as_deref().and_then(SweepPage::read).unwrap_or_default();
        if page.is_gone {
            // The estate of that run ended before: its other pages are beside none of this one.
            beside.next = run.pages;
            break;
        }
        let goes_on = page.last.as_str() > last;
        let lines = page.lines.into_iter();
        beside.lines.extend(lines.map(|line| ((line.resource.key(), line.workload), line)));
        if goes_on {
            break;
        }
        beside.next += 1;
    }
    Ok(beside)
}
