//! Sections of a report as CSV, safe to open in a spreadsheet.

use crate::Report;

/// A section that goes out as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Coverage by part.
    Coverage,
    /// What is not protected.
    Unprotected,
    /// Failures by cause.
    Failures,
    /// Vaults and their checks.
    Vaults,
    /// The effect of each rule.
    Rules,
    /// What people decided against the rules.
    Holds,
    /// How long new resources waited for protection.
    TimeToProtection,
}

impl Section {
    /// Every section.
    pub const ALL: [Self; 7] = [
        Self::Coverage,
        Self::Unprotected,
        Self::Failures,
        Self::Vaults,
        Self::Rules,
        Self::Holds,
        Self::TimeToProtection,
    ];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Unprotected => "unprotected",
            Self::Failures => "failures",
            Self::Vaults => "vaults",
            Self::Rules => "rules",
            Self::Holds => "holds",
            Self::TimeToProtection => "time-to-protection",
        }
    }

    /// The section of a report as CSV, with a line of names.
    pub fn of(self, report: &Report) -> String {
        let mut rows = vec![];
        match self {
            Self::Coverage => coverage(report, &mut rows),
            Self::Unprotected => {
                rows.push(strings(["state", "code", "count", "needsYou", "reason", "wayOut", "sample"]));
                rows.extend(report.unprotected.iter().map(|gap| {
                    let sample = gap.samples.first().map(ToString::to_string).unwrap_or_default();
                    let (count, needs) = (gap.count.to_string(), gap.needs_you.to_string());
                    strings([
                        gap.state.as_str(),
                        &gap.code,
                        &count,
                        &needs,
                        &gap.reason,
                        &gap.way_out,
                        &sample,
                    ])
                }));
            }
            Self::Failures => {
                rows.push(strings([
                    "code",
                    "count",
                    "resources",
                    "since",
                    "last",
                    "message",
                    "proposal",
                    "sample",
                ]));
                rows.extend(report.failures.iter().map(|cause| {
                    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
                    let sample = cause.samples.first().map(|one| one.resource.clone()).unwrap_or_default();
                    let (count, resources) = (cause.count.to_string(), cause.resources.to_string());
                    let (since, last) = (time(cause.since), time(cause.last));
                    strings([
                        &cause.code,
                        &count,
                        &resources,
                        &since,
                        &last,
                        &cause.message,
                        &cause.proposal.text,
                        &sample,
                    ])
                }));
            }
            Self::Vaults => {
                rows.push(strings(["vault", "location", "check", "passed", "found", "advice"]));
                for vault in &report.vaults {
                    rows.extend(vault.checks.iter().map(|check| {
                        let passed = check.passed.map_or_else(String::new, |passed| passed.to_string());
                        let id = vault.vault.to_string();
                        strings([&id, &vault.location, &check.check, &passed, &check.found, &check.advice])
                    }));
                }
            }
            Self::Rules => {
                rows.push(strings(["rule", "protects", "excludes", "alone"]));
                rows.extend(report.rules.iter().map(|rule| {
                    let [protects, excludes, alone] =
                        [rule.protects, rule.excludes, rule.alone].map(|n| n.to_string());
                    strings([&rule.rule, &protects, &excludes, &alone])
                }));
            }
            Self::Holds => {
                rows.push(strings(["resource", "act", "by", "until", "why"]));
                rows.extend(report.holds.iter().map(|hold| {
                    let (id, until) = (hold.resource.to_string(), hold.until.to_string());
                    strings([&id, &hold.act, &hold.by, &until, hold.why.as_deref().unwrap_or_default()])
                }));
            }
            Self::TimeToProtection => waits(report, &mut rows),
        }
        csv(&rows)
    }
}

impl std::str::FromStr for Section {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        let known = || Self::ALL.map(Self::as_str).join(", ");
        found.ok_or_else(|| format!("`{text}` is not a section; expected one of {}", known()))
    }
}

/// All days together first, then each day.
fn waits(report: &Report, rows: &mut Vec<Vec<String>>) {
    rows.push(strings(["day", "measured", "p50Seconds", "p95Seconds", "p99Seconds", "older", "unknown"]));
    let Some(times) = &report.time_to_protection else { return };
    let mut add = |day: &str, waits: &crate::Waits| {
        let [p50, p95, p99] = [waits.p50, waits.p95, waits.p99]
            .map(|time| time.map_or_else(String::new, |time| time.to_string()));
        let [measured, older, unknown] = [waits.measured, waits.older, waits.unknown].map(|n| n.to_string());
        rows.push(strings([day, &measured, &p50, &p95, &p99, &older, &unknown]));
    };
    add("all", &times.all);
    times.days.iter().for_each(|one| add(&one.day.to_string(), &one.waits));
}

fn coverage(report: &Report, rows: &mut Vec<Vec<String>>) {
    rows.push(strings(["by", "name", "due", "protected", "missing", "percent"]));
    let coverage = &report.coverage;
    let mut add = |by: &str, name: &str, share: &crate::Share| {
        let [due, protected, missing] = [share.due, share.protected, share.missing()].map(|n| n.to_string());
        let percent = share.percent().map_or_else(String::new, |percent| percent.to_string());
        rows.push(strings([by, name, &due, &protected, &missing, &percent]));
    };
    add("estate", "", &coverage.all);
    for (by, parts) in [
        ("workload", &coverage.workloads),
        ("subscription", &coverage.subscriptions),
        ("region", &coverage.regions),
    ] {
        parts.iter().for_each(|part| add(by, &part.name, &part.share));
    }
    for tag in &coverage.tags {
        tag.values.iter().for_each(|part| add(&format!("tag {}", tag.tag), &part.name, &part.share));
    }
}

fn strings<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Rows as CSV. What a spreadsheet would take for a formula is written as text.
pub fn csv(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let guarded = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains(['"', ',', '\n', '\r']) || is_formula {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_no_cell_ends_its_row() {
        let row = |cell: &str| csv(&[vec![cell.to_owned(), "x".to_owned()]]);
        assert_eq!(row("plain"), "plain,x\r\n");
        assert_eq!(row("=HYPERLINK(\"a\")"), "\"'=HYPERLINK(\"\"a\"\")\",x\r\n");
        assert_eq!(row("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\",x\r\n");
        assert_eq!(row("-1.5"), "-1.5,x\r\n");
        assert_eq!(row("@cmd"), "\"'@cmd\",x\r\n");
    }
}
