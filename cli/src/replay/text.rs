//! What a replay came to, for a person.

use std::fmt::Write as _;

use holdfast_replay::{Noted, ReplayReport};
use serde_json::Value;

use crate::page::{WIDTH, count, end_of, start_of, wrapped};

/// The report, at most 80 columns wide.
pub(super) fn of(report: &ReplayReport, rule_sets: &[String]) -> String {
    let mut text = wrapped(
        &format!("Replayed {} recorded decisions with {}.", count(report.decisions), rule_sets.join(", ")),
        0,
    );
    text.push('\n');
    let counts = [
        (report.equal, "equal, bit for bit, fuel included"),
        (report.different, "different"),
        (report.other_host, "same decision; other fuel, because another version made it"),
        (report.unknown_rule_set, "not replayable: their rule set is not at hand"),
        (report.broken, "unreadable"),
    ];
    for (number, meaning) in counts {
        let _ = writeln!(text, "{:>11}  {meaning}", count(number));
    }
    list(&mut text, "Their rule sets, to be given with --rules", &report.rule_sets);
    list(&mut text, "Their evaluators", &report.hosts);
    list(&mut text, "Where they differ first", &report.pointers);
    examples(&mut text, "Different", &report.differences, report.different, |difference| {
        format!(
            "{}: recorded {}, decided now {}",
            if difference.pointer.is_empty() { "/" } else { &difference.pointer },
            shown(difference.recorded.as_ref()),
            shown(difference.decided.as_ref())
        )
    });
    examples(&mut text, "Unreadable", &report.unreadable, report.broken, Clone::clone);
    text
}

fn list(text: &mut String, title: &str, counts: &std::collections::BTreeMap<String, u64>) {
    if counts.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for (name, number) in counts {
        let _ = writeln!(text, "{:>11}  {}", count(*number), start_of(&with_short_digest(name), WIDTH - 13));
    }
}

/// A digest is told by its first characters; JSON has all of them.
fn with_short_digest(name: &str) -> String {
    match name.split_once("sha256:") {
        Some((before, digest)) if digest.len() > 64 => {
            let short: String = digest.chars().take(12).collect();
            format!("{before}sha256:{short}{}", digest.get(64..).unwrap_or_default())
        }
        _ => name.to_owned(),
    }
}

fn examples<T>(text: &mut String, title: &str, noted: &[Noted<T>], of: u64, say: impl Fn(&T) -> String) {
    if of == 0 {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for one in noted {
        let _ = writeln!(text, "  {}", end_of(&one.path, WIDTH - 2));
        text.push_str(&wrapped(&say(&one.finding), 4));
    }
    let more = of.saturating_sub(noted.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "  and {} more (--all shows them)", count(more));
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| start_of(&value.to_string(), 200))
}
