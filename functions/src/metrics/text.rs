//! The numbers as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::Write as _;

use super::{Behaviour, Description, Metric, Numbers};

/// Every metric that has a number.
pub(crate) fn text(numbers: &Numbers) -> String {
    let mut text = String::new();
    for metric in Metric::ALL {
        let found = numbers.of(metric);
        if found.is_empty() {
            continue;
        }
        let description = metric.description();
        let name = name(&description);
        let behaviour = match description.behaviour {
            Behaviour::Counter => "counter",
            Behaviour::Gauge => "gauge",
        };
        // Writing to a text can't fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {behaviour}", description.meaning);
        for (labels, number) in found {
            let _ = writeln!(text, "{name}{} {number}", braces(&description, &labels));
        }
    }
    text
}

/// `holdfast.pass.time` in seconds is `holdfast_pass_time_seconds_total`.
fn name(description: &Description) -> String {
    let unit = if description.unit == "s" { "_seconds" } else { "" };
    let end = match description.behaviour {
        Behaviour::Counter => "_total",
        Behaviour::Gauge => "",
    };
    format!("{}{unit}{end}", description.name.replace('.', "_"))
}

fn braces(description: &Description, labels: &[String]) -> String {
    let pairs: Vec<String> = description
        .labels
        .iter()
        .zip(labels)
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[test]
fn numbers_are_written_as_prometheus_reads_them() {
    let numbers = Numbers::default();
    numbers.add(Metric::PassTime, &[], 1.5);
    numbers.add(Metric::RuleFailures, &["a \"b\"\\\n"], 2.0);
    let expected = "# HELP holdfast_pass_time_seconds_total Time that reconcile passes took.\n\
        # TYPE holdfast_pass_time_seconds_total counter\n\
        holdfast_pass_time_seconds_total 1.5\n\
        # HELP holdfast_rule_failures_total Decisions in which a rule failed.\n\
        # TYPE holdfast_rule_failures_total counter\n\
        holdfast_rule_failures_total{rule=\"a \\\"b\\\"\\\\\\n\"} 2\n";
    let written = text(&numbers);
    assert!(written.starts_with(expected), "{written}");
}
