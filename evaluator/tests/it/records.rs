//! What a record says of exclusions that ended and of rules in shadow mode.

use holdfast_evaluator::{Decision, Evaluator, Outcome, RuleOpinion};

use crate::built::request;
use crate::folder::Folder;
use crate::forge::Forged;

const DISK: &str = "Microsoft.Compute/disks";

/// A module that excludes as ephemeral, until then.
fn excluding(until: &str) -> anyhow::Result<Vec<u8>> {
    let length = until.len();
    let body = format!(
        "(i32.store8 (i32.const 4100) (i32.const 2))
         (i32.store8 (i32.const 4104) (i32.const 1))
         (i32.store8 (i32.const 4108) (i32.const 1))
         (i32.store (i32.const 4112) (i32.const 16384))
         (i32.store (i32.const 4116) (i32.const {length}))
         i32.const 4096"
    );
    let more = format!("(data (i32.const 16384) \"{until}\")");
    Forged { evaluate: &body, more: &more, ..Forged::default() }.component()
}

/// A module that protects and states nothing.
fn protecting() -> anyhow::Result<Vec<u8>> {
    let evaluate = "(i32.store8 (i32.const 4100) (i32.const 1)) i32.const 4096";
    Forged { evaluate, ..Forged::default() }.component()
}

fn decide(evaluator: &Evaluator, event_time: &str) -> Decision {
    let mut asked = request(DISK, "westeurope", &[]);
    asked.event_time = event_time.to_owned();
    evaluator.decide(&asked)
}

fn said<'a>(decision: &'a Decision, rule: &str) -> anyhow::Result<&'a RuleOpinion> {
    let said = decision.record.opinions.iter().find(|said| *said.rule == *rule);
    said.ok_or_else(|| anyhow::anyhow!("`{rule}` is not in the record"))
}

#[test]
fn an_exclusion_ends_and_the_record_says_so() -> anyhow::Result<()> {
    let until = "2026-06-30T12:00:00+02:00";
    let module = protecting()?;
    let set = Folder::new(1)?.rule("excluding", &excluding(until)?, "")?.bound(
        "fallback",
        "fallback.wasm",
        Some(holdfast_evaluator::Digest::of(&module)),
        "team",
        "",
    )?;
    std::fs::write(set.path().join("fallback.wasm"), &module)?;
    let evaluator = set.evaluator()?;

    let before = decide(&evaluator, "2026-06-30T09:59:59Z");
    assert_eq!(said(&before, "excluding")?.verdict, "exclude");
    let Outcome::Exclude { until: recorded, .. } = &before.outcome else { anyhow::bail!("{before:?}") };
    assert_eq!(recorded.as_deref(), Some(until));

    let after = decide(&evaluator, "2026-06-30T10:00:00Z");
    let ended = said(&after, "excluding")?;
    assert_eq!(ended.verdict, "expired");
    assert_eq!(ended.said, serde_json::json!({ "kind": "ephemeral", "until": until }).into());
    assert!(matches!(after.outcome, Outcome::Protect { .. }), "the next layer is asked");
    Ok(())
}

#[test]
fn an_unreadable_end_is_a_failure_of_the_rule() -> anyhow::Result<()> {
    let set = Folder::new(1)?.rule("excluding", &excluding("next summer")?, "")?;
    let decision = decide(&set.evaluator()?, "2026-01-01T00:00:00Z");
    let failed = said(&decision, "excluding")?;
    assert_eq!(failed.verdict, "indeterminate");
    assert!(failed.said.to_string().contains("excludes until `next summer`, which is not an RFC 3339 time"));
    assert!(matches!(decision.outcome, Outcome::Protect { .. }), "it protects by its on-error");
    Ok(())
}

#[test]
fn a_shadow_rule_is_on_record_with_what_it_would_change() -> anyhow::Result<()> {
    let until = "2027-01-01T00:00:00Z";
    let with = |mode: &str| -> anyhow::Result<Decision> {
        let evaluator = Folder::new(1)?
            .rule("excluding", &excluding(until)?, "")?
            .rule("trial", &protecting()?, mode)?
            .evaluator()?;
        Ok(decide(&evaluator, "2026-01-01T00:00:00Z"))
    };
    let shadow = with("mode = \"shadow\"")?;
    assert!(matches!(shadow.outcome, Outcome::Exclude { .. }));
    let json = serde_json::to_value(&shadow.record)?;
    assert_eq!(json["shadowDifferences"], serde_json::json!([{ "rule": "trial", "changes": ["whether"] }]));
    let enforced = with("")?;
    assert!(matches!(enforced.outcome, Outcome::Protect { .. }));
    let json = serde_json::to_value(&enforced.record)?;
    assert_eq!(json.get("shadowDifferences"), None, "left out where there is none");
    Ok(())
}
