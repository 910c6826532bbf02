//! Runs of the sweep: what each saw that the one before did not, or saw otherwise.

use std::collections::{BTreeMap, HashMap};

use holdfast_protection::sweep::{Finished, Line, Summary, SweepPage, beside};
use jiff::Timestamp;

use super::{Exported, Exporter, in_name};
use crate::cursor::Kept;
use crate::{Cell, ExportError, Format, RunPart, Table, open_report, rows};

/// What the pages of one part come to.
#[derive(Default)]
struct Part {
    tables: BTreeMap<Table, Vec<Vec<Cell>>>,
    /// Every target, where the format has no tables.
    lines: Vec<Line>,
    /// The page of the run before beside which the next part begins.
    beside: u32,
}

impl Exporter<'_> {
    /// Exports finished runs, the oldest first; whether that was all.
    pub(super) async fn runs(
        &self,
        kept: &mut Kept<'_>,
        since: Option<Timestamp>,
        exported: &mut Exported,
    ) -> Result<bool, ExportError> {
        let mut runs = self.shelf.finished().await?;
        runs.sort_unstable();
        let first = since.map(in_name);
        runs.retain(|run| {
            kept.cursor.runs.as_ref().is_none_or(|done| run > done)
                && first.as_ref().is_none_or(|first| run >= first)
        });
        if self.format == Format::OpenReports {
            runs = runs.split_off(runs.len().saturating_sub(1));
        }
        for run in runs {
            // One that is not kept any longer may have been removed since it was listed.
            let Some(summary) = self.shelf.summary(&run).await? else { continue };
            if !self.of_run(kept, &summary, exported).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn of_run(
        &self,
        kept: &mut Kept<'_>,
        summary: &Summary,
        exported: &mut Exported,
    ) -> Result<bool, ExportError> {
        let (run, pages) = (&summary.run, summary.counts.pages);
        // A report is an object of a cluster, which takes no more than a page of a run.
        let size = if self.format == Format::OpenReports { 1 } else { self.part.get() };
        let begun = kept.cursor.part.take().filter(|part| part.run == *run);
        let mut at = begun.unwrap_or_else(|| RunPart { run: run.clone(), pages: 0, beside: 0 });
        while at.pages < pages {
            if (self.is_enough)() {
                return Ok(false);
            }
            let until = at.pages.saturating_add(size).min(pages);
            let part = self.part(kept.cursor.beside.as_ref(), summary, &at, until, exported).await?;
            let name = format!("{run}-{:06}", at.pages);
            for (table, rows) in &part.tables {
                self.write(*table, &name, rows, exported).await?;
            }
            if self.format == Format::OpenReports {
                self.report(summary, &name, &part.lines, exported).await?;
            }
            at = RunPart { run: run.clone(), pages: until, beside: part.beside };
            kept.cursor.part = Some(at.clone());
            kept.store().await?;
        }
        self.write(Table::Coverage, run, &[rows::coverage(summary)], exported).await?;
        kept.cursor.part = None;
        kept.cursor.runs = Some(run.clone());
        // What a run was not let see is not new when the next one sees it.
        if summary.counts.refused.is_empty() {
            let (seen, ended) = (summary.counts.seen, summary.ended);
            kept.cursor.beside = Some(Finished { run: run.clone(), pages, seen, ended });
        }
        kept.store().await?;
        Ok(true)
    }

    /// Reads pages of a run beside those of the run before.
    async fn part(
        &self,
        before: Option<&Finished>,
        summary: &Summary,
        at: &RunPart,
        until: u32,
        exported: &mut Exported,
    ) -> Result<Part, ExportError> {
        let mut part = Part { beside: at.beside, ..Part::default() };
        let mut gone = None;
        for number in at.pages..until {
            let text = self.shelf.page(&summary.run, number).await?;
            let Some(page) = text.as_deref().and_then(SweepPage::read) else {
                exported.unreadable.push(format!("{} page {number}", summary.run));
                continue;
            };
            if self.format == Format::OpenReports {
                part.lines.extend(page.lines);
            } else if page.is_gone {
                let gone = match &mut gone {
                    Some(gone) => gone,
                    None => gone.insert(self.gone(before).await?),
                };
                part.add(summary, &page.lines, |line| gone.get(&line.resource.key()));
            } else {
                let beside = beside(self.shelf, before, part.beside, &page.last).await?;
                part.beside = beside.next;
                part.add(summary, &page.lines, |line| beside.line(&line.resource, line.workload));
            }
        }
        Ok(part)
    }

    /// What the run before saw to be gone, but for its protection.
    async fn gone(&self, run: Option<&Finished>) -> Result<HashMap<String, Line>, ExportError> {
        let mut gone = HashMap::new();
        let Some(run) = run else { return Ok(gone) };
        // These pages are the last ones of a run.
        for number in (0..run.pages).rev() {
            let text = self.shelf.page(&run.run, number).await?;
            let page = text.as_deref().and_then(SweepPage::read).unwrap_or_default();
            if !page.is_gone {
                break;
            }
            gone.extend(page.lines.into_iter().map(|line| (line.resource.key(), line)));
        }
        Ok(gone)
    }

    async fn report(
        &self,
        summary: &Summary,
        name: &str,
        lines: &[Line],
        exported: &mut Exported,
    ) -> Result<(), ExportError> {
        let text = open_report::document(name, summary, lines).to_string();
        let extension = self.format.extension();
        self.files.write(&format!("reports/{name}.{extension}"), text.into_bytes()).await?;
        exported.files += 1;
        Ok(())
    }
}

impl Part {
    fn add<'a>(
        &mut self,
        summary: &Summary,
        lines: &'a [Line],
        before: impl Fn(&'a Line) -> Option<&'a Line>,
    ) {
        for line in lines {
            let known = before(line);
            let is_gone = line.decision.is_empty();
            if !is_gone && known.is_none_or(|known| !is_decided_alike(known, line)) {
                self.tables.entry(Table::Decisions).or_default().push(rows::decision(summary, line));
            }
            if known.is_none_or(|known| !is_protected_alike(known, line)) {
                self.tables.entry(Table::Protections).or_default().push(rows::protection(summary, line));
            }
        }
    }
}

fn is_decided_alike(a: &Line, b: &Line) -> bool {
    (&a.decision, &a.reason, &a.rules) == (&b.decision, &b.reason, &b.rules)
}

fn is_protected_alike(a: &Line, b: &Line) -> bool {
    (&a.outcome, &a.instance, &a.policy, &a.state) == (&b.outcome, &b.instance, &b.policy, &b.state)
}
