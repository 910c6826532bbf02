//! How one rule's opinion is told: verdict, fields, reasons, and what it looked at.

use std::fmt::Write as _;

use holdfast_evaluator::{Reason, RuleOpinion, Visible};
use serde_json::{Value, json};

use super::judge::Heard;
use super::page::{BAD, GOOD, LOOK, NAME, QUIET, wrapped};

/// For programs.
pub(crate) fn json(heard: &Heard) -> Value {
    match heard {
        Heard::Opinion(opinion) => json!({
            "verdict": heard.verdict(),
            "said": opinion.said,
            "reasons": opinion.reasons,
            "fuel": opinion.fuel,
        }),
        Heard::Wants { keys, fuel } => json!({ "verdict": heard.verdict(), "facts": keys, "fuel": fuel }),
        Heard::NotAsked => json!({ "verdict": heard.verdict() }),
        Heard::Refused(issues) => json!({
            "verdict": heard.verdict(),
            "issues": issues.iter().map(|issue| json!({ "pointer": issue.pointer, "message": issue.message }))
                .collect::<Vec<_>>(),
        }),
    }
}

/// The verdict, and what goes with it; every line indented by this many columns.
pub(crate) fn told(page: &mut String, heard: &Heard, indent: usize) {
    styled_row(page, "verdict", &verdict(&heard.verdict().to_string()), indent);
    match heard {
        Heard::Opinion(said) => details(page, said, indent),
        Heard::Wants { keys, .. } => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            row(page, "wants", &format!("{}; give it with `--facts FILE`", keys.join(", ")), indent);
        }
        Heard::NotAsked => {}
        Heard::Refused(issues) => {
            let _ = writeln!(page, "{:indent$}the settings do not fit:", "");
            for issue in issues {
                let _ = writeln!(page, "{:indent$}  {BAD}{issue}{BAD:#}", "");
            }
        }
    }
}

/// The verdict with its style.
pub(crate) fn verdict(word: &str) -> String {
    let style = match word {
        "protect" | "allow" => GOOD,
        "indeterminate" | "refused" | "deny" => BAD,
        "exclude" | "expired" | "need-facts" | "needs-approval" | "not-asked" => LOOK,
        _ => NAME,
    };
    format!("{style}{word}{style:#}")
}

/// What was said beside the verdict, and why; every line indented by this many columns.
pub(crate) fn details(page: &mut String, opinion: &RuleOpinion, indent: usize) {
    fields(page, &opinion.said.to_json(), indent);
    for reason in &opinion.reasons {
        described(page, reason, indent);
    }
}

/// Columns for the names of fields.
const NAMES: usize = 24;

/// Stated fields, one in each line.
pub(crate) fn fields(page: &mut String, said: &Value, indent: usize) {
    for (name, value) in said.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        row(page, name, &shown(name, value), indent);
    }
}

/// A name, and a value that may take more than one line.
pub(crate) fn row(page: &mut String, name: &str, value: &str, indent: usize) {
    styled_row(page, name, &Visible::of(value).to_string(), indent);
}

/// The same with a value in words of ours, which may be styled.
pub(crate) fn styled_row(page: &mut String, name: &str, value: &str, indent: usize) {
    let _ = writeln!(page, "{:indent$}{name:NAMES$}{}", "", wrapped(value, indent + NAMES));
}

fn described(page: &mut String, reason: &Reason, indent: usize) {
    row(page, "because", &reason.message, indent);
    let _ = writeln!(page, "{:indent$}{:NAMES$}{QUIET}code {}{QUIET:#}", "", "", Visible::of(&reason.code));
    for evidence in &reason.evidence {
        let (pointer, value) = (Visible::of(&evidence.pointer), Visible::of(&evidence.value));
        let _ = writeln!(page, "{:indent$}{:NAMES$}{QUIET}saw {pointer} = {value}{QUIET:#}", "", "");
    }
}

/// The value of a field of *how*, as a person says it.
pub(crate) fn shown(name: &str, value: &Value) -> String {
    let part = |key: &str| value.get(key).map(plain);
    let said = match name {
        "retention" => match (part("min-days"), part("max-days")) {
            (Some(least), Some(most)) if least == most => Some(format!("{least} days")),
            (Some(least), Some(most)) => Some(format!("{least} to {most} days")),
            (Some(least), None) => Some(format!("at least {least} days")),
            (None, Some(most)) => Some(format!("at most {most} days")),
            (None, None) => None,
        },
        "schedule" => part("every").map(|every| match part("at") {
            Some(at) => format!("every {every}, from {at} UTC"),
            None => format!("every {every}"),
        }),
        "vault" => part("named").or_else(|| Some(format!("the one with tags {}", part("selector")?))),
        _ => None,
    };
    said.unwrap_or_else(|| plain(value))
}

/// A value as a person writes it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}
