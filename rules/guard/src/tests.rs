//! The rule, run natively.

use holdfast_rule_sdk::bindings::holdfast::rule::types::{AzResource, Tag};
use holdfast_rule_sdk::{Approval, Caller, Operation, OperationKind, Ruling};
use serde_json::{Value, json};

use super::*;

fn request(kind: OperationKind, tags: &[(&str, &str)], roles: &[&str]) -> ReviewRequest {
    let tags = tags.iter().map(|(name, value)| Tag { name: (*name).into(), value: (*value).into() });
    ReviewRequest {
        operation: Operation { kind, parameters: "{}".into() },
        target: AzResource {
            id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/one".into(),
            type_: "Microsoft.Compute/disks".into(),
            name: "one".into(),
            location: "westeurope".into(),
            resource_group: "rg".into(),
            subscription: "s".into(),
            tags: tags.collect(),
            sku: None,
            kind: None,
            body: "{}".into(),
        },
        workload: String::new(),
        parent_tags: vec![],
        labels: vec![],
        caller: Caller {
            id: "1".into(),
            name: "someone".into(),
            roles: roles.iter().map(|role| (*role).into()).collect(),
        },
        facts: vec![],
        event_time: "2026-01-01T00:00:00Z".into(),
        explain: true,
    }
}

fn settings(clauses: Value) -> anyhow::Result<Settings> {
    Ok(serde_json::from_value(json!({ "clauses": clauses }))?)
}

#[test]
fn the_first_clause_that_matches_rules() -> anyhow::Result<()> {
    let settings = settings(json!([
        { "operations": ["stop-and-delete"], "tags": { "env": ["prod"] }, "ruling": "deny" },
        { "operations": ["stop-and-delete"], "caller-has": ["admin"], "ruling": "allow" },
        { "operations": ["stop-and-delete"], "ruling": "needs-approval", "approver-roles": ["admin"],
          "within-hours": 8 },
    ]))?;
    let rule = |tags: &[(&str, &str)], roles: &[&str]| {
        Guard::review(&settings, &request(OperationKind::StopAndDelete, tags, roles)).ruling
    };
    let approval = Ruling::NeedsApproval(Approval { roles: vec!["admin".into()], within_hours: 8 });
    assert_eq!(rule(&[("Env", "PROD")], &["admin"]), Ruling::Deny);
    assert_eq!(rule(&[("env", "test")], &["admin"]), Ruling::Allow);
    assert_eq!(rule(&[("env", "test")], &["operator"]), approval);
    assert_eq!(rule(&[], &[]), approval);
    let other = Guard::review(&settings, &request(OperationKind::Backup, &[("env", "prod")], &[]));
    assert_eq!(other.ruling, Ruling::Abstain);
    assert_eq!(other.reasons[0].message, "no clause is about this backup");
    Ok(())
}

#[test]
fn each_condition_can_keep_a_clause_from_matching() -> anyhow::Result<()> {
    let asked = request(OperationKind::Restore, &[("env", "prod")], &["restorer"]);
    for (condition, matches) in [
        (json!({}), true),
        (json!({ "operations": ["restore", "backup"] }), true),
        (json!({ "operations": ["backup"] }), false),
        (json!({ "types": ["microsoft.compute/DISKS"] }), true),
        (json!({ "types": ["Microsoft.Storage/storageAccounts"] }), false),
        (json!({ "locations": ["WestEurope"] }), true),
        (json!({ "locations": ["eastus"] }), false),
        (json!({ "tags": { "ENV": ["*"] } }), true),
        (json!({ "tags": { "env": ["test"] } }), false),
        (json!({ "tags": { "env": ["prod"], "owner": ["*"] } }), false),
        (json!({ "caller-has": ["admin", "restorer"] }), true),
        (json!({ "caller-has": ["admin"] }), false),
        (json!({ "caller-lacks": ["admin"] }), true),
        (json!({ "caller-lacks": ["admin", "restorer"] }), false),
    ] {
        let mut clause = condition.clone();
        clause["ruling"] = json!("deny");
        let ruling = Guard::review(&settings(json!([clause]))?, &asked).ruling;
        assert_eq!(ruling == Ruling::Deny, matches, "{condition}");
    }
    Ok(())
}

#[test]
fn where_nobody_knows_the_tags_the_strictest_clause_that_may_match_rules() -> anyhow::Result<()> {
    let mut asked = request(OperationKind::StopAndDelete, &[], &["operator"]);
    asked.target.body = r#"{"holdfast":{"unknown":["tags"]}}"#.into();
    let of = |env: &str, ruling: &str| json!({ "tags": { "env": [env] }, "ruling": ruling });
    let any = |ruling: &str| json!({ "ruling": ruling });
    let approval = Ruling::NeedsApproval(Approval { roles: vec![], within_hours: 24 });
    for (clauses, expected) in [
        (json!([of("prod", "deny")]), Ruling::Deny),
        (json!([of("prod", "needs-approval")]), approval.clone()),
        (json!([of("test", "allow")]), Ruling::Abstain),
        (json!([of("test", "allow"), any("needs-approval")]), approval.clone()),
        (json!([of("test", "needs-approval"), of("prod", "deny"), any("allow")]), Ruling::Deny),
        (json!([of("test", "needs-approval"), any("allow"), of("prod", "deny")]), approval.clone()),
        (json!([any("allow"), of("prod", "deny")]), Ruling::Allow),
        (
            json!([{ "operations": ["backup"], "tags": { "env": ["prod"] }, "ruling": "deny" }]),
            Ruling::Abstain,
        ),
    ] {
        assert_eq!(Guard::review(&settings(clauses.clone())?, &asked).ruling, expected, "{clauses}");
    }
    let denied = Guard::review(&settings(json!([of("prod", "deny")]))?, &asked);
    assert_eq!(
        denied.reasons[0].message,
        "stop-and-delete where the tags of this deleted resource are unknown"
    );
    let mut clause = of("prod", "deny");
    clause["because"] = json!("never by hand");
    let denied = Guard::review(&settings(json!([clause]))?, &asked);
    assert_eq!(denied.reasons[0].message, "never by hand; the tags of this deleted resource are unknown");
    asked.target.body = "{}".into();
    assert_eq!(Guard::review(&settings(json!([of("prod", "deny")]))?, &asked).ruling, Ruling::Abstain);
    Ok(())
}

#[test]
fn reasons_say_what_matched_or_what_the_administrator_says() -> anyhow::Result<()> {
    let asked = request(OperationKind::Suspend, &[("env", "prod")], &["operator"]);
    let clause = json!({ "operations": ["suspend"], "types": ["Microsoft.Compute/disks"],
        "tags": { "env": ["prod"] }, "caller-lacks": ["admin"], "ruling": "deny" });
    let judgement = Guard::review(&settings(json!([clause]))?, &asked);
    let reason = &judgement.reasons[0];
    assert_eq!(
        (reason.code.as_str(), reason.message.as_str()),
        ("clause-denies", "suspend where env=prod, type is Microsoft.Compute/disks, the caller is operator")
    );
    let evidence: Vec<_> =
        reason.evidence.iter().map(|seen| (seen.pointer.as_str(), seen.value.as_str())).collect();
    assert_eq!(
        evidence,
        [
            ("/operation/kind", "suspend"),
            ("/target/type", "Microsoft.Compute/disks"),
            ("/target/tags/env", "prod"),
            ("/caller/roles", "operator"),
        ]
    );
    let clause = json!({ "ruling": "deny", "because": "no changes before the audit" });
    let judgement = Guard::review(&settings(json!([clause]))?, &asked);
    assert_eq!(judgement.reasons[0].message, "no changes before the audit");
    let judgement = Guard::review(&settings(json!([{ "ruling": "allow" }]))?, &asked);
    assert_eq!(judgement.reasons[0].message, "any suspend");
    Ok(())
}

#[test]
fn settings_that_contradict_themselves_are_located() -> anyhow::Result<()> {
    let settings = settings(json!([
        { "ruling": "needs-approval", "approver-roles": [], "within-hours": 1 },
        { "ruling": "deny", "within-hours": 1 },
        { "ruling": "allow", "approver-roles": ["admin"] },
        { "ruling": "deny", "caller-has": ["admin"], "caller-lacks": ["Admin"] },
    ]))?;
    let pointers: Vec<String> = Guard::check(&settings).into_iter().map(|issue| issue.pointer).collect();
    assert_eq!(pointers, ["/clauses/1/within-hours", "/clauses/2/approver-roles", "/clauses/3/caller-lacks"]);
    Ok(())
}

#[test]
fn every_reason_code_is_in_the_manifest() -> anyhow::Result<()> {
    let known = Guard::manifest().reason_codes;
    let asked = request(OperationKind::Backup, &[], &[]);
    for ruling in ["allow", "deny", "needs-approval"] {
        for operation in ["backup", "restore"] {
            let settings = settings(json!([{ "ruling": ruling, "operations": [operation] }]))?;
            let judgement = Guard::review(&settings, &asked);
            assert!(known.contains(&judgement.reasons[0].code), "{}", judgement.reasons[0].code);
        }
    }
    Ok(())
}
