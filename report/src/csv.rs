//! Sections of a report as CSV, safe to open in a spreadsheet.

use utoipa::ToSchema;

use crate::Report;

/// A section that goes out as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "kebab-case")]
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
    /// What rules in shadow would have changed.
    Shadow,
    /// What is protected otherwise than decided.
    Drift,
}

impl Section {
    /// Every section.
    pub const ALL: [Self; 9] = [
        Self::Coverage,
        Self::Unprotected,
        Self::Failures,
        Self::Vaults,
        Self::Rules,
        Self::Holds,
        Self::TimeToProtection,
        Self::Shadow,
        Self::Drift,
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
            Self::Shadow => "shadow",
            Self::Drift => "drift",
        }
    }

    /// The section of a report as CSV, with a line of names. What the report lacks is told by its last rows: a file
    /// that is opened later has no other place for it.
    pub fn of(self, report: &Report) -> String {
        let mut rows = match self {
            Self::Coverage => coverage(report),
            Self::Unprotected => unprotected(report),
            Self::Failures => failures(report),
            Self::Vaults => vaults(report),
            Self::Rules => rules(report),
            Self::Holds => holds(report),
            Self::TimeToProtection => waits(report),
            Self::Shadow => shadows(report),
            Self::Drift => drift(report),
        };
        rows.extend(report.incomplete.iter().map(|text| vec![format!("the report is not complete: {text}")]));
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

type Rows = Vec<Vec<String>>;

fn coverage(report: &Report) -> Rows {
    let mut rows = vec![strings(["by", "name", "due", "protected", "missing", "percent"])];
    let coverage = &report.coverage;
    let mut add = |by: &str, name: &str, share: &crate::Share| {
        let [due, protected, missing] = numbers([share.due, share.protected, share.missing()]);
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
    rows
}

fn unprotected(report: &Report) -> Rows {
    let mut rows = vec![strings(["state", "code", "count", "needsYou", "reason", "wayOut", "sample"])];
    rows.extend(report.unprotected.iter().map(|gap| {
        let sample = gap.samples.first().map(ToString::to_string).unwrap_or_default();
        let (count, needs) = (gap.count.to_string(), gap.needs_you.to_string());
        strings([gap.state.as_str(), &gap.code, &count, &needs, &gap.reason, &gap.way_out, &sample])
    }));
    rows
}

fn failures(report: &Report) -> Rows {
    let names = ["code", "count", "resources", "since", "last", "message", "proposal", "sample"];
    let mut rows = vec![strings(names)];
    rows.extend(report.failures.iter().map(|cause| {
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let sample = cause.samples.first().map(|one| one.resource.clone()).unwrap_or_default();
        let [count, resources] = numbers([cause.count, cause.resources]);
        let (since, last) = (time(cause.since), time(cause.last));
        let proposal = &cause.proposal.text;
        strings([&cause.code, &count, &resources, &since, &last, &cause.message, proposal, &sample])
    }));
    rows
}

fn vaults(report: &Report) -> Rows {
    let mut rows = vec![strings(["vault", "location", "check", "passed", "found", "advice"])];
    for vault in &report.vaults {
        rows.extend(vault.checks.iter().map(|check| {
            let passed = check.passed.map_or_else(String::new, |passed| passed.to_string());
            let id = vault.vault.to_string();
            strings([&id, &vault.location, &check.check, &passed, &check.found, &check.advice])
        }));
    }
    rows
}

fn rules(report: &Report) -> Rows {
    let mut rows = vec![strings(["rule", "protects", "excludes", "alone"])];
    rows.extend(report.rules.iter().map(|rule| {
        let [protects, excludes, alone] = numbers([rule.protects, rule.excludes, rule.alone]);
        strings([&rule.rule, &protects, &excludes, &alone])
    }));
    rows
}

fn holds(report: &Report) -> Rows {
    let mut rows = vec![strings(["resource", "act", "by", "until", "why"])];
    rows.extend(report.holds.iter().map(|hold| {
        let (id, until) = (hold.resource.to_string(), hold.until.to_string());
        strings([&id, &hold.act, &hold.by, &until, hold.why.as_deref().unwrap_or_default()])
    }));
    rows
}

/// All days together first, then each day.
fn waits(report: &Report) -> Rows {
    let names = ["day", "measured", "p50Seconds", "p95Seconds", "p99Seconds", "older", "unknown"];
    let mut rows = vec![strings(names)];
    let Some(times) = &report.time_to_protection else { return rows };
    let mut add = |day: &str, waits: &crate::Waits| {
        let time = |time: Option<u64>| time.map_or_else(String::new, |time| time.to_string());
        let [p50, p95, p99] = [waits.p50, waits.p95, waits.p99].map(time);
        let [measured, older, unknown] = numbers([waits.measured, waits.older, waits.unknown]);
        rows.push(strings([day, &measured, &p50, &p95, &p99, &older, &unknown]));
    };
    add("all", &times.all);
    times.days.iter().for_each(|one| add(&one.day.to_string(), &one.waits));
    rows
}

fn shadows(report: &Report) -> Rows {
    let mut rows = vec![strings(["rule", "day", "seen", "differing"])];
    for shadow in &report.shadows {
        rows.extend(shadow.days.iter().map(|one| {
            let [seen, differing] = numbers([one.seen, one.differing]);
            strings([&shadow.rule, &one.day.to_string(), &seen, &differing])
        }));
    }
    rows
}

fn drift(report: &Report) -> Rows {
    let mut rows = vec![strings(["differs", "count", "resource", "text"])];
    for drift in &report.drift {
        let count = drift.count.to_string();
        let samples = drift.samples.iter();
        rows.extend(samples.map(|one| strings([drift.in_words(), &count, one.resource.as_str(), &one.text])));
    }
    rows
}

fn numbers<const N: usize>(numbers: [u64; N]) -> [String; N] {
    numbers.map(|number| number.to_string())
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
    use utoipa::PartialSchema as _;

    use super::*;
    use crate::{Arrivals, Input, Shadows, Tally};

    #[test]
    fn sections_are_described_by_the_words_that_are_taken() {
        let described = serde_json::to_value(Section::schema()).unwrap();
        assert_eq!(described["enum"], serde_json::json!(Section::ALL.map(Section::as_str)));
    }

    #[test]
    fn days_go_out_as_rows() {
        let arrival = holdfast_protection::sweep::Arrival { target: "t".to_owned(), seconds: Some(121) };
        let hour = "2026-11-29T05:00:00Z".parse().unwrap();
        let shadows =
            Shadows::default().with(jiff::civil::date(2026, 11, 29), &Tally::default(), &["new".to_owned()]);
        let arrivals = Some(Arrivals::default().with(hour, &[arrival]));
        let report = Report::of(Input { arrivals, shadows, ..Input::default() }, hour);
        assert_eq!(
            Section::TimeToProtection.of(&report),
            "day,measured,p50Seconds,p95Seconds,p99Seconds,older,unknown\r\n\
             all,1,130,130,130,0,0\r\n2026-11-29,1,130,130,130,0,0\r\n"
        );
        assert_eq!(Section::Shadow.of(&report), "rule,day,seen,differing\r\nnew,2026-11-29,0,0\r\n");
        for section in Section::ALL {
            assert_eq!(section.as_str().parse(), Ok(section));
        }
    }

    #[test]
    fn what_a_report_lacks_is_the_last_row_of_each_section() {
        let incomplete = vec!["the holds could not be read: Azure is unavailable".to_owned()];
        let now = "2026-11-29T05:00:00Z".parse().unwrap();
        let report = Report::of(Input { incomplete, ..Input::default() }, now);
        for section in Section::ALL {
            let text = section.of(&report);
            let last = "the report is not complete: the holds could not be read: Azure is unavailable\r\n";
            assert!(text.ends_with(last), "{text}");
        }
    }

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
