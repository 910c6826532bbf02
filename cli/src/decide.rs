//! `holdfast decide`: what the rules in force say of a resource, and why.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use holdfast_evaluator::Decision;
use serde_json::Value;

use crate::asked::Asked;
use crate::exit::Exit;
use crate::listing::text;
use crate::out;
use crate::rule::decision;
use crate::rule::page::{LOOK, NAME, wrapped};

/// Asks for the decision, which touches nothing, and tells it.
pub(crate) async fn run(asked: Asked) -> Result<Exit> {
    let answer = asked.answer("/api/decide").await?;
    if asked.json {
        out::json(&answer)?;
    } else {
        out::page(&page(&answer)?);
    }
    Ok(Exit::Done)
}

fn page(answer: &Value) -> Result<String> {
    let id = text(answer, "resource");
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut page = format!("{NAME}{name}{NAME:#}\n\n");
    if let Some(decided) = answer.get("decision") {
        let decided: Decision = serde_json::from_value(decided.clone())
            .context("read the decision of another version of Holdfast; --json shows it as it is")?;
        decision::body(&mut page, &decided, &[], &[]);
    }
    if let Some(outcome) = answer.get("outcome") {
        let (word, why) = (text(outcome, "outcome"), text(outcome, "reason"));
        let _ = writeln!(page, "{LOOK}{word}{LOOK:#}\n  {}", wrapped(&why, 2));
    }
    if let Some(note) = answer.get("note").and_then(Value::as_str) {
        let _ = writeln!(page, "{}", wrapped(note, 0));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_rules_were_not_asked_about_is_told_with_the_reason() -> Result<()> {
        let answer = json!({ "resource": "/subscriptions/s/x/net",
            "outcome": { "outcome": "ignored", "reason": "no workload protects it" } });
        let page = page(&answer)?;
        assert!(page.contains("net") && page.contains("ignored") && page.contains("no workload protects it"));
        let note = super::page(&json!({ "resource": "/x/d", "note": "it is still being created" }))?;
        assert!(note.contains("it is still being created"), "{note}");
        Ok(())
    }

    #[test]
    fn a_decision_that_cannot_be_read_says_how_to_see_it() {
        let answer = json!({ "resource": "/x/d", "decision": { "whether": 7 } });
        let error = page(&answer).unwrap_err();
        assert!(error.to_string().contains("--json"), "{error}");
    }
}
