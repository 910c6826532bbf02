//! `holdfast what-if`: the steps that would be taken for a resource now.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::Value;

use crate::asked::Asked;
use crate::exit::Exit;
use crate::listing::text;
use crate::out;
use crate::rule::page::{NAME, wrapped};

/// Asks for the plan, which touches nothing, and tells it.
pub(crate) async fn run(asked: Asked) -> Result<Exit> {
    let answer = asked.answer("/api/what-if").await?;
    if asked.json {
        out::json(&answer)?;
    } else {
        out::page(&page(&answer));
    }
    Ok(Exit::Done)
}

fn page(answer: &Value) -> String {
    let id = text(answer, "resource");
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut page = format!("{NAME}{name}{NAME:#}\n");
    let decision = text(answer, "decision");
    if !decision.is_empty() {
        let _ = writeln!(page, "{}", wrapped(&decision, 0));
    }
    let steps: Vec<&str> = answer
        .get("steps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !steps.is_empty() {
        page.push_str("\nWould be done, in this order:\n");
    }
    for (number, step) in steps.iter().enumerate() {
        let _ = writeln!(page, "{:>3}. {}", number + 1, wrapped(step, 5));
    }
    if steps.is_empty() {
        page.push_str("\nNothing would be done");
        let outcome = answer.get("outcome").unwrap_or(&Value::Null);
        let why: Vec<String> = ["outcome", "reason", "message", "note", "wayOut"]
            .iter()
            .map(|key| text(outcome, key))
            .filter(|part| !part.is_empty())
            .collect();
        page.push_str(&if why.is_empty() {
            ".\n".to_owned()
        } else {
            format!(":\n  {}\n", wrapped(&why.join("; "), 2))
        });
    }
    page
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_numbered_and_nothing_to_do_says_why() {
        let described = page(&json!({ "resource": "/x/erp", "decision": "protect: tag env=prod",
            "steps": ["create policy p", "create instance i"], "outcome": null }));
        assert!(described.contains("  1. create policy p\n  2. create instance i\n"), "{described}");
        let described = page(&json!({ "resource": "/x/erp", "decision": null, "steps": [],
            "outcome": { "outcome": "left-alone", "note": "another tool made it" } }));
        assert!(
            described.contains("Nothing would be done:\n  left-alone; another tool made it\n"),
            "{described}"
        );
    }
}
