//! Reviews of operations, with the shipped rule `guard` and with rules that misbehave.

use std::collections::BTreeMap;
use std::fs;

use holdfast_evaluator::{
    Caller, FactKey, FactKind, Operation, OperationKind, Review, ReviewRequest, Ruling, World,
};

use crate::built::{request, rules};
use crate::folder::Folder;
use crate::forge::Forged;

const DISK: &str = "Microsoft.Compute/disks";

pub(crate) fn asked(kind: OperationKind, tags: &[(&str, &str)], roles: &[&str]) -> ReviewRequest {
    let decision = request(DISK, "westeurope", tags);
    ReviewRequest {
        operation: Operation { kind, parameters: "{}".into() },
        resource: decision.resource,
        workload: None,
        parent_tags: BTreeMap::new(),
        labels: BTreeMap::new(),
        caller: Caller {
            id: "00000000-0000-0000-0000-000000000001".into(),
            name: "someone".into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        },
        facts: Vec::new(),
        event_time: decision.event_time,
    }
}

fn guard() -> anyhow::Result<Vec<u8>> {
    Ok(fs::read(rules()?.join("guard.wasm"))?)
}

/// A module of the world `review` that gives this ruling: 0 abstain, 1 allow, 2 deny, 3 approval.
fn ruling(discriminant: u8, hours: u32) -> anyhow::Result<Vec<u8>> {
    let body = format!(
        "(i32.store8 (i32.const 4100) (i32.const {discriminant}))
         (i32.store (i32.const 4112) (i32.const {hours}))
         i32.const 4096"
    );
    Forged { evaluate: &body, world: "review", ..Forged::default() }.component()
}

fn words(review: &Review) -> Vec<(&str, &str)> {
    review.record.opinions.iter().map(|said| (&*said.rule, &*said.verdict)).collect()
}

pub(crate) const CLAUSES: &str = r#"
    [[rule.settings.clauses]]
    operations = ["stop-and-delete"]
    tags = { env = ["prod"] }
    ruling = "deny"
    because = "production backups are never deleted by hand"

    [[rule.settings.clauses]]
    operations = ["stop-and-delete"]
    ruling = "needs-approval"
    approver-roles = ["admin"]
    within-hours = 8
"#;

#[test]
fn the_shipped_rule_guards_what_it_is_told_to() -> anyhow::Result<()> {
    let evaluator = Folder::new(1)?.rule("guard", &guard()?, CLAUSES)?.evaluator()?;
    let binding = evaluator.rule_set().bindings().next();
    assert_eq!(
        binding.map(|binding| (binding.world(), binding.starts_configured())),
        Some((World::Review, true))
    );

    let denied = evaluator.review(&asked(OperationKind::StopAndDelete, &[("env", "prod")], &["admin"]));
    assert_eq!(
        denied.record.summary,
        "deny stop-and-delete: production backups are never deleted by hand (guard)"
    );
    let json = serde_json::to_value(&denied)?;
    assert_eq!(json["ruling"], "deny");
    assert_eq!(
        json["reasons"][0],
        serde_json::json!({ "rule": "guard", "code": "clause-denies",
            "message": "production backups are never deleted by hand" })
    );
    let evidence = &denied.record.opinions[0].reasons[0].evidence;
    assert_eq!(evidence[1].pointer, "/target/tags/env");

    let approval = evaluator.review(&asked(OperationKind::StopAndDelete, &[("env", "test")], &["admin"]));
    let expected = Ruling::NeedsApproval { roles: vec!["admin".into()], within_hours: 8 };
    assert_eq!(approval.ruling, expected);
    assert_eq!(
        approval.record.summary,
        "stop-and-delete needs approval by admin within 8 h: stop-and-delete where any (guard)"
            .replace("stop-and-delete where any", "any stop-and-delete")
    );
    let backup = evaluator.review(&asked(OperationKind::Backup, &[("env", "prod")], &[]));
    assert_eq!(backup.ruling, Ruling::Allow);
    assert_eq!(backup.record.summary, "allow backup: no rule speaks of it (defaults)");
    assert_eq!(words(&backup), [("guard", "abstain")]);
    Ok(())
}

#[test]
fn both_worlds_live_in_one_rule_set_and_do_not_meet() -> anyhow::Result<()> {
    let select = fs::read(rules()?.join("select.wasm"))?;
    let select_settings = "settings = { protect = [{ tags = { env = [\"prod\"] } }] }";
    let evaluator = Folder::new(1)?
        .rule("guard", &guard()?, CLAUSES)?
        .rule("select", &select, select_settings)?
        .evaluator()?;
    let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
    let decided_by: Vec<_> = decision.record.opinions.iter().map(|said| &*said.rule).collect();
    assert_eq!(decided_by, ["select"]);
    let review = evaluator.review(&asked(OperationKind::StopAndDelete, &[("env", "prod")], &[]));
    assert_eq!(words(&review), [("guard", "deny")]);
    let only_guard = Folder::new(1)?.rule("guard", &guard()?, CLAUSES)?.evaluator()?;
    assert!(!only_guard.covers(DISK), "a rule that judges operations covers no type");
    Ok(())
}

#[test]
fn the_same_request_gives_the_same_bytes_and_another_gives_another_digest() -> anyhow::Result<()> {
    let evaluator = Folder::new(1)?.rule("guard", &guard()?, CLAUSES)?.evaluator()?;
    let one = asked(OperationKind::StopAndDelete, &[("env", "prod")], &["admin"]);
    let first = evaluator.review(&one);
    assert_eq!(serde_json::to_string(&first)?, serde_json::to_string(&evaluator.review(&one))?);
    let again: Review = serde_json::from_str(&serde_json::to_string(&first)?)?;
    assert_eq!(again, first, "a record reads back as it was written");
    let mut other = one.clone();
    other.caller.roles.clear();
    assert_ne!(first.record.digests.input, evaluator.review(&other).record.digests.input);
    Ok(())
}

#[test]
fn a_failing_review_rule_denies_and_says_so() -> anyhow::Result<()> {
    let allow = ruling(1, 0)?;
    for (body, expected) in [
        ("unreachable", "it trapped"),
        ("(loop (br 0)) unreachable", "ran out of fuel: the limit is 100000"),
        ("i32.const -16", "could not be read"),
    ] {
        let broken = Forged { evaluate: body, world: "review", ..Forged::default() }.component()?;
        let little = "limits = { fuel = 100000 }";
        let evaluator =
            Folder::new(1)?.rule("allow", &allow, "")?.rule("broken", &broken, little)?.evaluator()?;
        let review = evaluator.review(&asked(OperationKind::Backup, &[], &[]));
        let Ruling::Deny { reasons } = &review.ruling else { anyhow::bail!("{:?}", review.ruling) };
        assert_eq!((reasons[0].rule.as_str(), reasons[0].code.as_str()), ("broken", "failed"));
        assert!(reasons[0].message.contains(expected), "{}", reasons[0].message);
        assert!(reasons[0].message.starts_with("the rule failed, so it denies"));
        assert_eq!(words(&review), [("allow", "allow"), ("broken", "indeterminate")]);
        let shadow = Folder::new(1)?
            .rule("allow", &allow, "")?
            .rule("broken", &broken, &format!("{little}\nmode = \"shadow\""))?
            .evaluator()?
            .review(&asked(OperationKind::Backup, &[], &[]));
        assert_eq!(shadow.ruling, Ruling::Allow);
        assert_eq!(&*shadow.record.shadow_differences[0].rule, "broken");
    }
    Ok(())
}

#[test]
fn an_approval_that_cannot_be_given_in_time_is_a_failure() -> anyhow::Result<()> {
    for (hours, fails) in [(0, true), (1, false), (720, false), (721, true)] {
        let evaluator = Folder::new(1)?.rule("asker", &ruling(3, hours)?, "")?.evaluator()?;
        let review = evaluator.review(&asked(OperationKind::Backup, &[], &[]));
        assert_eq!(matches!(review.ruling, Ruling::Deny { .. }), fails, "{hours}: {:?}", review.ruling);
    }
    Ok(())
}

#[test]
fn where_nobody_speaks_the_rule_set_decides_by_operation() -> anyhow::Result<()> {
    let rulings = |table: &str| -> anyhow::Result<Vec<&'static str>> {
        let evaluator = Folder::without_rules(1)?.with(table).evaluator()?;
        let ruling = |kind: OperationKind| match evaluator.review(&asked(kind, &[], &[])).ruling {
            Ruling::Allow => "allow",
            Ruling::Deny { .. } => "deny",
            Ruling::NeedsApproval { .. } => "approval",
        };
        Ok(OperationKind::ALL.map(ruling).to_vec())
    };
    let built_in = ["allow", "allow", "approval", "approval", "approval", "allow", "allow"];
    assert_eq!(rulings("")?, built_in);
    assert_eq!(rulings("[review]\ndefault = \"deny\"")?, ["deny"; 7]);
    let mixed = "[review]\ndefault = \"allow\"\noperations = { restore = \"deny\" }";
    assert_eq!(rulings(mixed)?, ["allow", "deny", "allow", "allow", "allow", "allow", "allow"]);
    let refused = |table: &str| Folder::without_rules(1)?.with(table).refused();
    assert!(refused("[review]\nwithin-hours = 0")?.contains("review.within-hours"));
    assert!(refused("[review]\noperations = { erase = \"deny\" }")?.contains("review.operations"));
    assert!(refused("[review]\ndefault = \"maybe\"")?.contains("review.default"));
    Ok(())
}

#[test]
fn a_review_rule_is_given_the_facts_that_it_declares() -> anyhow::Result<()> {
    // Offset of the list of facts: operation 12, resource 88, caller 24.
    let body = "(if (i32.eq (i32.load offset=128 (local.get 0)) (i32.const 1))
        (then (i32.store8 (i32.const 4100) (i32.const 1)))) i32.const 4096";
    let module = Forged { fact_kinds: &["locks"], evaluate: body, world: "review", ..Forged::default() };
    let evaluator = Folder::new(1)?.rule("locks", &module.component()?, "")?.evaluator()?;
    let mut request = asked(OperationKind::Suspend, &[], &[]);
    let wanted = evaluator.facts_for_review(&request.resource);
    assert_eq!(wanted, [FactKey::about(FactKind::Locks, &request.resource)]);
    assert_eq!(evaluator.facts_for(&request.resource), []);
    let without = evaluator.review(&request);
    assert!(without.record.summary.contains("facts that it was not given: locks of /subscriptions/"));
    request.facts = wanted.into_iter().map(|key| key.with(None)).collect();
    request.facts.push(FactKey::about(FactKind::Vaults, &request.resource).with(None));
    assert_eq!(
        evaluator.review(&request).ruling,
        Ruling::Allow,
        "it sees what it declared, and nothing else"
    );
    Ok(())
}

#[test]
fn what_makes_no_sense_for_a_review_is_refused_at_load() -> anyhow::Result<()> {
    let module = ruling(1, 0)?;
    for key in ["decides = \"how\"", "on-error = \"hold\""] {
        let message = Folder::new(1)?.rule("guard", &module, key)?.refused()?;
        assert!(message.contains("rule `guard`") && message.contains("a rule that fails in a review denies"));
    }
    let both = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "describe" (func $f))
            (export "configure" (func $f))
            (export "evaluate" (func $f))
            (export "review" (func $f)))"#,
    )?;
    let message = Folder::new(1)?.rule("both", &both, "")?.refused()?;
    assert!(
        message.contains("`both`") && message.contains("exports both `evaluate` and `review`"),
        "{message}"
    );
    let half = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "review" (func $f)))"#,
    )?;
    let message = Folder::new(1)?.rule("half", &half, "")?.refused()?;
    assert!(message.contains("not the world `review`") && message.contains("missing: describe, configure"));
    Ok(())
}
