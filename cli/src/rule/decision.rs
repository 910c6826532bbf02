//! A decision with all that led to it, told for a person.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use holdfast_evaluator::{Counterfactual, Decision, FactKey, Outcome, RuleOpinion, Winner};
use holdfast_rule_set::{DEFAULTS, Mode};
use serde_json::json;

use crate::page::count;

use super::opinion;
use super::page::{BAD, GOOD, LOOK, NAME, QUIET, wrapped};

/// Columns for values, beside which there is room for who decided them.
const VALUES: usize = 28;

/// Writes the decision, the facts that rules wanted in vain, and the rules that were not asked.
pub(crate) fn body(page: &mut String, decision: &Decision, wanted: &[FactKey], silent: &[&str]) {
    let record = &decision.record;
    outcome(page, &decision.outcome);
    let said = record.summary.split_once(": ").map_or(record.summary.as_str(), |(_, said)| said);
    let _ = writeln!(page, "  {}", wrapped(said, 2));
    if !wanted.is_empty() {
        let keys: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let text = format!(
            "Rules wanted facts and had to do without: {}; give them with `--facts`",
            keys.join(", ")
        );
        let _ = writeln!(page, "\n{LOOK}{}{LOOK:#}", wrapped(&text, 0));
    }
    how(page, &record.winners);
    heading(page, "Who said what");
    for asked in &record.opinions {
        spoke(page, asked);
    }
    if !silent.is_empty() {
        let _ = writeln!(page, "  {QUIET}not asked about this type: {}{QUIET:#}", silent.join(", "));
    }
    if !record.conflicts.is_empty() {
        heading(page, "Conflicts between rules of equal rank");
        for conflict in &record.conflicts {
            let text =
                format!("{} over {}: {}", conflict.rules.join(" and "), conflict.field, conflict.resolution);
            let _ = writeln!(page, "  {LOOK}{}{LOOK:#}", wrapped(&text, 2));
        }
    }
    if !record.counterfactuals.is_empty() {
        heading(page, "Without this rule");
        for counterfactual in &record.counterfactuals {
            let _ = writeln!(page, "  {}", wrapped(&without(counterfactual, &decision.outcome), 2));
        }
    }
    if !record.shadow_differences.is_empty() {
        heading(page, "What shadow rules would change");
        for shadow in &record.shadow_differences {
            let _ = writeln!(
                page,
                "  {}",
                wrapped(&format!("`{}`: {}", shadow.rule, shadow.changes.join(", ")), 2)
            );
        }
    }
}

fn heading(page: &mut String, text: &str) {
    let _ = writeln!(page, "\n{NAME}{text}{NAME:#}");
}

fn outcome(page: &mut String, outcome: &Outcome) {
    let _ = match outcome {
        Outcome::Protect { .. } => writeln!(page, "{GOOD}Protected{GOOD:#}"),
        Outcome::Exclude { kind, until } => {
            let kind = json!(kind);
            let kind = kind.as_str().unwrap_or_default();
            let until = until.as_ref().map_or_else(String::new, |until| format!(" until {until}"));
            writeln!(page, "{LOOK}Left out on purpose{LOOK:#} ({kind}){until}")
        }
        Outcome::NotCovered => writeln!(page, "{LOOK}Not covered{LOOK:#}: no rule asks for its protection"),
        Outcome::Hold { .. } => writeln!(page, "{BAD}Held{BAD:#}: a person has to look"),
    };
}

fn how(page: &mut String, winners: &BTreeMap<Cow<'static, str>, Winner>) {
    if winners.is_empty() {
        return;
    }
    heading(page, "How, and who decided it");
    for (field, winner) in winners {
        let by = match winner.rules.as_slice() {
            [one] if **one == *DEFAULTS => "the defaults".to_owned(),
            rules => rules.join(" and "),
        };
        let lost = match winner.overridden.as_slice() {
            [] => String::new(),
            lost => format!(", over {}", lost.join(" and ")),
        };
        let value = opinion::shown(field, &winner.value);
        let by = format!("{QUIET}{by}{lost}{QUIET:#}");
        if value.chars().count() <= VALUES {
            let _ = writeln!(page, "  {field:24}{value:VALUES$}  {by}");
        } else {
            opinion::row(page, field, &value, 2);
            let _ = writeln!(page, "  {:24}{by}", "");
        }
    }
}

fn spoke(page: &mut String, asked: &RuleOpinion) {
    let shadow =
        if asked.mode == Mode::Shadow { format!("{LOOK} shadow, not heeded{LOOK:#}") } else { String::new() };
    let _ = writeln!(
        page,
        "  {NAME}{}{NAME:#}: {}{shadow}\n    {QUIET}{}, layer {}, priority {}, {} fuel{QUIET:#}",
        asked.rule,
        opinion::verdict(&asked.verdict),
        asked.module,
        asked.layer,
        asked.priority,
        count(asked.fuel)
    );
    opinion::details(page, asked, 4);
}

/// Such as: without `select`, it would not be protected.
fn without(counterfactual: &Counterfactual, outcome: &Outcome) -> String {
    let rule = &counterfactual.without;
    let changes = &counterfactual.changes;
    if !changes.iter().any(|change| change == "whether") {
        return format!("without `{rule}`, it would be protected with another {}", changes.join(", "));
    }
    let instead = match outcome {
        Outcome::Protect { .. } => "it would not be protected",
        Outcome::Exclude { .. } => "it would not be left out for this reason",
        Outcome::Hold { .. } => "it would not be held",
        Outcome::NotCovered => "it would be covered",
    };
    format!("without `{rule}`, {instead}")
}
