//! How a test run is told: one line for each case, and for a failing one what was expected and found.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::page::count;
use crate::rule::compare::Difference;
use crate::rule::module::Module;
use crate::rule::page::{BAD, GOOD, LOOK, NAME, QUIET, broken, counted, wrapped};

use super::coverage::Coverage;
use super::{Ran, Sheet};

/// Columns for the names of cases, when they fit.
const NAMES: usize = 42;

/// Everything that a run has to tell.
pub(crate) struct Tale<'a> {
    pub(crate) module: &'a Module,
    pub(crate) sheets: &'a [Sheet],
    pub(crate) coverage: &'a Coverage,
    pub(crate) required: bool,
    /// Number of expectations that were written.
    pub(crate) updated: usize,
    pub(crate) took: Duration,
}

/// A file's results for programs.
pub(crate) fn json(sheet: &Sheet) -> Value {
    let cases = sheet.results.iter().map(|ran| {
        json!({
            "name": ran.name,
            "line": ran.line,
            "passed": ran.passed(),
            "verdict": ran.heard.verdict(),
            "said": ran.heard.opinion().map(|opinion| &opinion.said),
            "reasons": ran.heard.opinion().map(|opinion| &opinion.reasons),
            "fuel": ran.heard.fuel(),
            "fuelBudget": ran.budget,
            "differences": ran.differences,
        })
    });
    json!({ "file": sheet.path, "cases": cases.collect::<Vec<_>>() })
}

impl Tale<'_> {
    /// The page for people.
    pub(crate) fn page(&self) -> String {
        let mut page = String::new();
        let _ = writeln!(page, "{NAME}{}{NAME:#}  {}", self.module.title(), self.module.path.display());
        if let Some(source) = self.module.newer_source() {
            let text = format!("{} has changed since the build; run `holdfast rule build`", source.display());
            let _ = writeln!(page, "{LOOK}{}{LOOK:#}", wrapped(&text, 0));
        }
        for sheet in self.sheets {
            let _ = writeln!(page, "\n{}", sheet.path.display());
            for ran in &sheet.results {
                self.case(&mut page, sheet, ran);
            }
        }
        page.push('\n');
        self.reasons(&mut page);
        self.total(&mut page);
        page
    }

    fn case(&self, page: &mut String, sheet: &Sheet, ran: &Ran) {
        let (style, word) = match (ran.passed(), ran.updated) {
            (true, false) => (GOOD, "ok  "),
            (true, true) => (LOOK, "new "),
            (false, _) => (BAD, "FAIL"),
        };
        let verdict = ran.heard.verdict();
        let fuel = count(ran.heard.fuel());
        let lines = broken(&ran.name, NAMES);
        let (last, before) =
            lines.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
        let mut word = format!("{style}{word}{style:#}");
        for line in before {
            let _ = writeln!(page, "  {word}  {line}");
            word = "    ".to_owned();
        }
        let _ = writeln!(page, "  {word}  {last:NAMES$} {verdict:13} {QUIET}{fuel:>9} fuel{QUIET:#}");
        for difference in &ran.differences {
            described(page, difference);
        }
        if !ran.passed() {
            let _ = writeln!(page, "          {QUIET}at {}:{}{QUIET:#}", sheet.path.display(), ran.line);
            if let Some(opinion) = ran.heard.opinion() {
                for reason in &opinion.reasons {
                    let text = wrapped(&format!("it said: {}: {}", reason.code, reason.message), 10);
                    let _ = writeln!(page, "          {QUIET}{text}{QUIET:#}");
                }
            }
        }
    }

    fn reasons(&self, page: &mut String) {
        let Coverage { produced, missing, undeclared } = self.coverage;
        if produced.is_empty() && missing.is_empty() {
            return;
        }
        let all = produced.len() + missing.len();
        let produced = format!("Reason codes: {} of {all} produced", produced.len());
        if missing.is_empty() {
            let _ = writeln!(page, "{produced}");
        } else {
            let style = if self.required { BAD } else { LOOK };
            let text = wrapped(&format!("{produced}; no case gives {}", missing.join(", ")), 2);
            let _ = writeln!(page, "{style}{text}{style:#}");
        }
        if !undeclared.is_empty() {
            let text = format!("Given, and not in the manifest: {}", undeclared.join(", "));
            let _ = writeln!(page, "{LOOK}{}{LOOK:#}", wrapped(&text, 2));
        }
    }

    fn total(&self, page: &mut String) {
        let ran = self.sheets.iter().flat_map(|sheet| &sheet.results);
        let (passed, failed): (Vec<&Ran>, Vec<&Ran>) = ran.partition(|ran| ran.passed());
        let took = self.took.as_millis();
        if failed.is_empty() {
            let _ = write!(page, "{GOOD}{} passed{GOOD:#}", counted(passed.len(), "case"));
        } else {
            let _ =
                write!(page, "{BAD}{} failed{BAD:#}, {} passed", counted(failed.len(), "case"), passed.len());
        }
        let _ = writeln!(page, " {QUIET}in {} ms, compiling included{QUIET:#}", count(took));
        if self.updated > 0 {
            let _ = writeln!(
                page,
                "{} written; look at the change before you commit it",
                counted(self.updated, "expectation")
            );
        } else if failed.iter().any(|ran| ran.differences.iter().any(|difference| difference.field != "fuel"))
        {
            page.push_str("If the rule is right and the case is not: run again with --update\n");
        }
    }
}

fn described(page: &mut String, difference: &Difference) {
    let field = &difference.field;
    let _ = writeln!(page, "          {field}");
    for (style, word, text) in
        [(GOOD, "expected", &difference.expected), (BAD, "found   ", &difference.found)]
    {
        let _ = writeln!(page, "            {style}{word}{style:#}  {}", wrapped(text, 22));
    }
}
