//! The table as a page for people.

use std::fmt::Write as _;

use super::proof::Proof;
use super::table::Coverage;

const HEAD: &str = "\
# What Holdfast does for each workload, and what proves it

A folder of `tests/scenarios` or a test for each operation and each door; where Azure or Holdfast refuses, the reason and its
proof. A proof that several tables share is played with one workload, mostly disks: what is between the workloads knows none of
them, which `cargo xtask arrows` checks. `cargo xtask coverage` writes this page from `tests/coverage.toml` and fails at a blank cell or a proof that is not there.
";

/// The page.
pub(super) fn of(coverage: &Coverage) -> String {
    let mut page = HEAD.to_owned();
    for workload in &coverage.workloads {
        let _ = write!(page, "\n## {}\n\n|", workload.title);
        let titles = coverage.doors.iter().map(|(_, title)| title.as_str());
        for head in ["Operation"].into_iter().chain(titles) {
            let _ = write!(page, " {head} |");
        }
        page.push_str("\n|");
        page.push_str(&" --- |".repeat(coverage.doors.len() + 1));
        for row in &workload.rows {
            let _ = write!(page, "\n| {} |", row.title);
            for cell in &row.cells {
                let _ = write!(page, " {} |", cell.as_ref().map(Proof::cell).unwrap_or_default());
            }
        }
        page.push('\n');
    }
    page
}
