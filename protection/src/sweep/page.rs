//! A page of the estate as it is read, and as it is written down.

use std::fmt::Write as _;

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};

use super::Line;
use crate::ResourceId;
use crate::target::TargetProtection;

/// A resource as Resource Graph shows it, with what protects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The resource.
    pub resource: Resource,
    /// Every instance that names it and is not deleted.
    pub protections: Vec<TargetProtection>,
}

/// A page of the estate as it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPage {
    /// What it holds.
    pub rows: Vec<Row>,
    /// The last resource that the graph listed, be it asked for or not: what comes after it is on a later page. What belongs to a
    /// resource comes with it, however its id sorts.
    pub last: Option<ResourceId>,
    /// Azure's token of the next page; none on the last one.
    pub next: Option<String>,
}

/// A page of a run: its span in the order of the estate, and a line for each target. As JSON lines, the span comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepPage {
    /// Key of the last resource of the page; what comes after it is on a later one.
    pub last: String,
    /// Whether it is about what is gone, and so beside no page of the estate.
    pub is_gone: bool,
    /// What was seen.
    pub lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Span {
    format: u32,
    last: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

/// The form in which pages are written.
const FORMAT: u32 = 1;

impl SweepPage {
    /// The page as JSON lines.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let span = Span { format: FORMAT, last: self.last.clone(), gone: self.is_gone };
        let mut write = |line: serde_json::Result<String>| {
            // Texts, numbers and ids are always JSON.
            let _ = writeln!(text, "{}", line.unwrap_or_default());
        };
        write(serde_json::to_string(&span));
        self.lines.iter().for_each(|line| write(serde_json::to_string(line)));
        text
    }

    /// Reads a page; lines that this version does not understand are left out, as if the target was never seen.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let span: Span = serde_json::from_str(lines.next()?).ok()?;
        let lines = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        Some(Self { last: span.last, is_gone: span.gone, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workload;
    use crate::sweep::Why;

    #[test]
    fn a_page_is_read_as_it_is_written_and_strange_lines_are_left_out() {
        let line = Line {
            resource: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d"
                .parse()
                .unwrap(),
            workload: Workload::AzureDisks,
            outcome: "excluded".to_owned(),
            reason: "tag \"backup\"\nis off".to_owned(),
            decision: "1a2b".to_owned(),
            instance: None,
            policy: None,
            state: None,
            queued: Some(Why::Changed),
            location: "westeurope".to_owned(),
            tags: [("env".to_owned(), "prod".to_owned())].into(),
            rules: vec!["select".into()],
            shadows: vec!["newer".into()],
            until: Some("2026-02-01T00:00:00Z".parse().unwrap()),
            every: Some(crate::schedule::Frequency::Day),
            gigabytes: Some(32),
        };
        let page = SweepPage { last: "/z".to_owned(), is_gone: false, lines: vec![line] };
        let text = page.text();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert_eq!(SweepPage::read(&text), Some(page.clone()));
        assert_eq!(SweepPage::read(&format!("{text}{{\"resource\": 7}}\n")), Some(page));
        assert_eq!(SweepPage::read("nothing"), None);
    }
}
