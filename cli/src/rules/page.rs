//! The rules in force, for a person.

use std::fmt::Write as _;

use serde_json::Value;

use crate::listing::{self, text};
use crate::rule::page::{BAD, LOOK, NAME, QUIET, wrapped};

/// The answer of `/api/rules` in lines of 80 columns.
pub(super) fn of(answer: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let digest = text(answer, "digest");
    let mut page = format!(
        "{NAME}Revision {}{NAME:#} is in force\n{QUIET}{digest}{QUIET:#}\n\n",
        number(answer.get("revision").unwrap_or(&Value::Null))
    );
    let rules = list(answer, "rules");
    let head = ["RULE", "MODULE", "LAYER", "MODE", "ASKED", "FAILED", "DIFFERS"];
    page.push_str(&listing::lines(rules, "no rule is in force", &head, row));
    for rule in rules {
        if let Some(failure) = rule.pointer("/health/lastFailure") {
            let failure = failure.as_str().map_or_else(|| failure.to_string(), str::to_owned);
            let described = format!("{} failed last: {failure}", text(rule, "id"));
            let _ = writeln!(page, "\n{BAD}{}{BAD:#}", wrapped(&described, 0));
        }
    }
    let accepted: Vec<String> =
        list(answer, "accepted").iter().map(|revision| number(revision).to_string()).collect();
    let _ = writeln!(
        page,
        "\n{}",
        wrapped(&format!("Accepted so far, to roll back to: {}", accepted.join(", ")), 0)
    );
    if let Some(refused) = answer.get("refused").filter(|refused| !refused.is_null()) {
        let described = format!("Refused at {}: {}", listing::time(refused, "at"), text(refused, "reason"));
        let _ = writeln!(page, "\n{BAD}{}{BAD:#}", wrapped(&described, 0));
    }
    for notice in list(answer, "notices").iter().filter_map(Value::as_str) {
        let _ = writeln!(page, "\n{LOOK}{}{LOOK:#}", wrapped(&format!("Look: {notice}"), 0));
    }
    let _ = writeln!(
        page,
        "\n{QUIET}{}{QUIET:#}",
        wrapped(
            "ASKED and FAILED count decisions since this instance started; DIFFERS counts those that a rule \
             in shadow would have changed.",
            0
        )
    );
    page
}

fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn row(rule: &Value) -> Vec<String> {
    let count = |key: &str| {
        let count = rule.pointer(&format!("/health/{key}")).and_then(Value::as_u64);
        count.unwrap_or_default().to_string()
    };
    let text = |key: &str| text(rule, key);
    vec![
        text("id"),
        text("module"),
        text("layer"),
        text("mode"),
        count("asked"),
        count("failed"),
        count("wouldDiffer"),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_failed_and_what_was_refused_is_shown_within_80_columns() {
        let long = "because ".repeat(30);
        let answer = json!({ "revision": 3, "digest": format!("sha256:{}", "0".repeat(64)),
            "rules": [{ "id": "select", "module": "select 1.0.0", "layer": "organisation", "mode": "shadow",
                "health": { "asked": 7, "failed": 1, "wouldDiffer": 2, "lastFailure": long } }],
            "accepted": [1, 3], "refused": { "at": "2026-01-01T00:00:00.5Z", "reason": "no digest" },
            "notices": ["what `[review]` of the rule set has approved waits in vain: nobody can approve it"] });
        let page = anstream::adapter::strip_str(&of(&answer)).to_string();
        for part in [
            "Revision 3 is in force",
            "select failed last: because",
            "1, 3",
            "Refused at 2026-01-01T00:00:00Z: no digest",
            "Look: what `[review]` of the rule set has approved waits in vain:",
        ] {
            assert!(page.contains(part), "no `{part}` in:\n{page}");
        }
        let row: Vec<&str> =
            page.lines().find(|line| line.starts_with("select")).unwrap().split_whitespace().collect();
        assert_eq!(row, ["select", "select", "1.0.0", "organisation", "shadow", "7", "1", "2"]);
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }
}
