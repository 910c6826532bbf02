//! The rule, run natively.

use holdfast_rule_sdk::{ExclusionKind, FactKey, Failure, Issue, Retention, VaultChoice, Verdict, owned};
use serde_json::json;

use super::*;

fn disk(tags: &[(&str, &str)]) -> owned::Request {
    owned::Request {
        target: owned::AzResource {
            id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/data".into(),
            type_: "Microsoft.Compute/disks".into(),
            name: "data".into(),
            location: "westeurope".into(),
            resource_group: "rg".into(),
            subscription: "s".into(),
            tags: tags
                .iter()
                .map(|(name, value)| owned::Tag { name: (*name).into(), value: (*value).into() })
                .collect(),
            sku: Some("Premium_LRS".into()),
            kind: None,
            body: r#"{"properties":{"diskSizeGB":128,"osType":"Linux"},"sku":{"name":"Premium_LRS"}}"#.into(),
        },
        workload: String::new(),
        labels: vec![],
        facts: vec![],
        event_time: "2026-01-01T00:00:00Z".into(),
        explain: true,
    }
}

fn configured(settings: serde_json::Value) -> Result<Settings, Vec<Issue>> {
    let settings: Settings = serde_json::from_value(settings).expect("settings");
    match Rego::check(&settings) {
        issues if issues.is_empty() => Ok(settings),
        issues => Err(issues),
    }
}

fn rego(policy: &str) -> Result<Settings, Vec<Issue>> {
    configured(json!({ "language": "rego", "policy": policy }))
}

fn issue(configured: Result<Settings, Vec<Issue>>) -> (String, String) {
    let issues = configured.err().expect("issues");
    let issue = issues.into_iter().next().expect("an issue");
    (issue.pointer, issue.message)
}

fn ask(settings: &Settings, request: &owned::Request) -> Opinion {
    Rego::try_evaluate(settings, &request.view()).expect("an opinion")
}

const POLICY: &str = r#"package holdfast

opinion := {
    "verdict": "protect",
    "protection": {"vault": {"named": "bv"}, "retention": {"min-days": data.days}},
    "reasons": [{"code": "tag-env", "message": "tag env=prod",
        "evidence": [{"pointer": "/target/tags/env", "value": input.target.tags.env}]}],
} if {
    input.target.tags.env == "prod"
    input.target.body.properties.diskSizeGB > 100
}
"#;

#[test]
fn a_policy_says_what_its_opinion_is() {
    let settings = configured(json!({ "language": "rego", "policy": POLICY, "data": { "days": 30 } }))
        .expect("settings");
    let opinion = ask(&settings, &disk(&[("env", "prod")]));
    let Verdict::Protect(protection) = opinion.verdict else { panic!("{:?}", opinion.verdict) };
    assert_eq!(protection.retention, Some(Retention { min_days: Some(30), max_days: None }));
    assert_eq!(protection.vault, Some(VaultChoice::Named("bv".into())));
    let reason = opinion.reasons.first().expect("a reason");
    assert_eq!(reason.code, "tag-env");
    assert_eq!(reason.evidence.first().map(|seen| seen.value.as_str()), Some("prod"));
}

#[test]
fn an_undefined_opinion_abstains_and_says_so() {
    let settings = configured(json!({ "language": "rego", "policy": POLICY, "data": { "days": 30 } }))
        .expect("settings");
    for _ in 0..2 {
        let opinion = ask(&settings, &disk(&[("env", "test")]));
        assert_eq!(opinion.verdict, Verdict::Abstain);
        assert_eq!(opinion.reasons.first().map(|reason| reason.code.as_str()), Some("undefined"));
        assert!(matches!(ask(&settings, &disk(&[("env", "prod")])).verdict, Verdict::Protect(_)));
    }
}

#[test]
fn a_policy_is_told_workload_and_labels_and_says_all_that_the_contract_knows() {
    let settings = rego(
        r#"package holdfast
        opinion := {"verdict": "protect", "labels": {"class": input.labels.class}, "protection": {
            "schedule": {"every": "P1W", "days": ["sunday"], "window-hours": 4, "time-zone": "UTC"},
            "redundancy": "geo-redundant", "disk-luns": {"all-but": [7]}, "blob-containers": "all",
            "databases": ["orders"], "file-shares": {"all-but": ["scratch"]}, "long-term": {"weeks": 5},
            "snapshot-days": 2, "log-backup": {"every-minutes": 15},
            "partial-backup": {"kind": "incremental", "days": ["monday"]}, "archive": {"after-days": 90},
            "consistency": "crash", "compression": true,
            "restore-test": {"every": "P1M", "point": "latest-clean", "judge": "rules", "to": {"paired-region": true}},
        }} if input.workload == "sql-in-vm"
        "#,
    )
    .expect("settings");
    let mut request = disk(&[]);
    request.labels = vec![owned::Tag { name: "class".into(), value: "secret".into() }];
    assert_eq!(ask(&settings, &request).verdict, Verdict::Abstain);
    request.workload = "sql-in-vm".into();
    let opinion = ask(&settings, &request);
    assert_eq!(opinion.labels.first().map(|label| label.value.as_str()), Some("secret"));
    let Verdict::Protect(how) = opinion.verdict else { panic!("{:?}", opinion.verdict) };
    let said = format!("{how:?}");
    for part in [
        "days: [Weekday::Sunday], window-hours: Some(4)",
        "GeoRedundant",
        "AllBut([7])",
        "blob-containers: Some(Items::All)",
        "Named([\"orders\"])",
        "AllBut([\"scratch\"])",
        "weeks: Some(5)",
        "snapshot-days: Some(2)",
        "every-minutes: Some(15)",
        "Incremental",
        "AfterDays(90)",
        "Crash",
        "compression: Some(true)",
        "LatestClean",
        "paired-region: true",
        "Rules",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn a_policy_asks_for_facts_and_reads_them() {
    let settings = rego(
        r#"package holdfast
        owner := input.facts["resource-group-tags"][lower(input.target["resource-group"])].owner
        opinion := {"verdict": "exclude", "exclude": {"kind": "opted-out"}} if owner == "lab"
        else := {"verdict": "need-facts", "facts": [{"kind": "resource-group-tags", "scope": input.target["resource-group"]}]}
        "#,
    )
    .expect("settings");
    let mut request = disk(&[]);
    let wanted = FactKey { kind: "resource-group-tags".into(), scope: "rg".into() };
    assert_eq!(ask(&settings, &request).verdict, Verdict::NeedFacts(vec![wanted.clone()]));
    request.facts = vec![owned::Fact { key: wanted, value: Some(r#"{"owner":"lab"}"#.into()) }];
    let Verdict::Exclude(exclusion) = ask(&settings, &request).verdict else { panic!("no exclusion") };
    assert_eq!(exclusion.kind, ExclusionKind::OptedOut);
}

#[test]
fn mistakes_in_a_policy_are_issues_with_line_and_column() {
    for (policy, expected) in [
        ("package holdfast\n\nopinion := {", "line 3, column"),
        ("package holdfast\nopinion := undefined_function(1)", "line 2, column 30"),
        ("package holdfast\nallow := true", "must define the rule `opinion`"),
        ("opinion := 1", "line 1, column 1"),
        ("package holdfast\nopinion := rand.intn(\"x\", 3)", "line 2: `rand.intn` is not available"),
    ] {
        let (pointer, message) = issue(rego(policy));
        assert_eq!(pointer, "/policy");
        assert!(message.contains(expected), "{policy:?} gave: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn an_opinion_that_is_none_is_a_failure_that_says_why() {
    for (policy, expected) in [
        ("package h\nopinion := 3", "invalid type"),
        ("package h\nopinion := {\"verdict\": \"protekt\"}", "protekt"),
        (
            "package h\nopinion := {\"verdict\": \"protect\", \"protection\": {\"days\": 3}}",
            "unknown field `days`",
        ),
        ("package h\nopinion := {\"verdict\": \"abstain\", \"protection\": {}}", "does not belong"),
        ("package h\nopinion := {\"verdict\": \"exclude\"}", "`exclude` is missing"),
    ] {
        let settings = rego(policy).expect("settings");
        let failure = Rego::try_evaluate(&settings, &disk(&[]).view()).expect_err("a failure");
        let Failure::Internal(message) = failure else { panic!("{failure:?}") };
        assert!(message.contains(expected), "{policy:?} gave: {message}");
    }
}

fn condition(policy: serde_json::Value) -> Result<Settings, Vec<Issue>> {
    configured(json!({ "language": "azure-policy", "policy": policy.to_string() }))
}

#[test]
fn a_condition_protects_where_it_holds() {
    let settings = condition(json!({ "allOf": [
        { "field": "type", "equals": "Microsoft.Compute/disks" },
        { "field": "location", "in": ["WestEurope"] },
        { "field": "tags['Env']", "like": "pro*" },
        { "field": "Microsoft.Compute/disks/osType", "equals": "linux" },
    ] }))
    .expect("settings");
    let opinion = ask(&settings, &disk(&[("env", "PROD")]));
    assert!(matches!(opinion.verdict, Verdict::Protect(_)));
    assert_eq!(opinion.reasons.first().map(|reason| reason.code.as_str()), Some("matched"));
    let opinion = ask(&settings, &disk(&[("env", "test")]));
    assert_eq!(opinion.verdict, Verdict::Abstain);
    assert_eq!(opinion.reasons.first().map(|reason| reason.code.as_str()), Some("not-matched"));
}

#[test]
fn a_definition_brings_its_parameters_and_its_effect_is_not_carried_out() {
    let definition = json!({ "properties": {
        "parameters": {
            "tagName": { "type": "String", "defaultValue": "env" },
            "tagValue": { "type": "Array" },
            "effect": { "type": "String", "defaultValue": "deployIfNotExists" },
        },
        "policyRule": {
            "if": { "field": "[concat('tags[', parameters('tagName'), ']')]", "in": "[parameters('tagValue')]" },
            "then": { "effect": "[parameters('effect')]", "details": {
                "type": "Microsoft.RecoveryServices/backupprotecteditems",
                "roleDefinitionIds": ["/providers/Microsoft.Authorization/roleDefinitions/r"],
                "deployment": { "properties": { "mode": "incremental", "template": {} } },
            } },
        },
    } })
    .to_string();
    let with = |parameters: serde_json::Value| {
        configured(json!({ "language": "azure-policy", "policy": definition, "parameters": parameters,
            "matched": { "verdict": "exclude", "exclude": { "kind": "protected-elsewhere" },
                "reasons": [{ "code": "azure-policy", "message": "Azure Policy protects it" }] } }))
    };
    let settings = with(json!({ "tagValue": ["prod"] })).expect("settings");
    let opinion = ask(&settings, &disk(&[("env", "prod")]));
    assert!(matches!(opinion.verdict, Verdict::Exclude(_)), "{opinion:?}");
    assert_eq!(opinion.reasons.first().map(|reason| reason.code.as_str()), Some("azure-policy"));
    assert_eq!(ask(&settings, &disk(&[("env", "test")])).verdict, Verdict::Abstain);
    let (pointer, message) = issue(with(json!({})));
    assert_eq!((pointer.as_str(), message.contains("`tagValue`")), ("/parameters", true));
    let (pointer, message) = issue(with(json!({ "tagValue": [], "tagvalue": [] })));
    assert_eq!((pointer.as_str(), message.contains("known are")), ("/parameters/tagvalue", true));
}

#[test]
fn mistakes_in_a_condition_are_issues_with_line_and_column() {
    let at = |policy: &str| issue(configured(json!({ "language": "azure-policy", "policy": policy })));
    for (policy, expected) in [
        ("{ \"field\": \"type\", ", "line 1, column"),
        ("{ \"field\": \"type\",\n  \"equal\": \"x\" }", "line 2, column 4"),
        ("{ \"field\": \"Microsoft.Compute/disks/unheardOf\", \"equals\": \"x\" }", "unknown alias"),
        ("{ \"value\": \"[parameters('x')]\", \"equals\": \"x\" }", "`x` has no value"),
    ] {
        let (_, message) = at(policy);
        assert!(message.contains(expected), "{policy:?} gave: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn an_alias_of_the_settings_is_read_from_the_body() {
    let settings = configured(json!({ "language": "azure-policy",
        "policy": json!({ "field": "Microsoft.Compute/disks/size", "greater": 100 }).to_string(),
        "aliases": { "Microsoft.Compute/disks": { "Microsoft.Compute/disks/size": "properties.diskSizeGB" } } }))
    .expect("settings");
    assert!(matches!(ask(&settings, &disk(&[])).verdict, Verdict::Protect(_)));
}

#[test]
fn settings_of_the_other_language_are_refused() {
    let (pointer, message) =
        issue(configured(json!({ "language": "rego", "policy": POLICY, "parameters": { "x": 1 } })));
    assert_eq!(pointer, "/parameters");
    assert!(message.contains("no meaning"), "{message}");
}

/// What comes of a policy about a disk with these tags: the verdict, or the failure.
fn asked(policy: &str, tags: &[(&str, &str)]) -> Result<Verdict, Failure> {
    let settings = rego(&format!("package holdfast\nimport rego.v1\n{policy}")).expect("a policy");
    Rego::try_evaluate(&settings, &disk(tags).view()).map(|opinion| opinion.verdict)
}

#[test]
fn a_policy_that_contradicts_itself_fails_and_does_not_abstain() {
    let two_rules = r#"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": 30}}} if input.target.tags.tier == "gold"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": 7}}} if input.target.location == "westeurope""#;
    let helper = r#"
        days := 30 if input.target.tags.tier == "gold"
        days := 7 if input.target.location == "westeurope"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days}}}"#;
    let hidden = r#"
        days := 30 if input.target.tags.tier == "gold"
        days := 7 if input.target.location == "westeurope"
        opinion := {"verdict": "protect"} if not days"#;
    let function = r#"
        days(place) := 30 if input.target.tags.tier == "gold"
        days(place) := 7 if place == "westeurope"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days(input.target.location)}}}"#;
    let going_through = r#"
        days := n if { some n in [7, 30]; input.target.tags.tier == "gold" }
        days := 7 if not input.target.tags.tier
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days}}}"#;
    let one_key = r#"
        days.disk := 30 if input.target.tags.tier == "gold"
        days.disk := 7 if input.target.location == "westeurope"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days.disk}}}"#;
    let one_name = r#"
        days[name] := 30 if { name := "disk"; input.target.tags.tier == "gold" }
        days[name] := 7 if { name := "disk"; input.target.location == "westeurope" }
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days.disk}}}"#;
    for policy in [two_rules, helper, hidden, function, going_through, one_key, one_name] {
        let Err(Failure::Internal(told)) = asked(policy, &[("tier", "gold")]) else {
            panic!("it does not fail: {policy}")
        };
        assert!(told.contains("contradicts itself"), "{told}");
    }
    for policy in [two_rules, helper, function, going_through, one_key, one_name] {
        assert!(matches!(asked(policy, &[]), Ok(Verdict::Protect(_))), "{policy}");
    }
    assert!(matches!(asked(hidden, &[]), Ok(Verdict::Abstain)));
}

#[test]
fn one_value_that_several_rules_come_to_is_no_contradiction() {
    let alike = r#"
        wanted if input.target.tags.tier == "gold"
        wanted if input.target.location == "westeurope"
        opinion := {"verdict": "protect"} if wanted"#;
    let otherwise = r#"
        days := 30 if input.target.tags.tier == "gold"
        else := 7 if input.target.location == "westeurope"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days}}}"#;
    let default_and_value = r#"
        default days := 7
        days := 30 if input.target.tags.tier == "gold"
        opinion := {"verdict": "protect", "protection": {"retention": {"min-days": days}}}"#;
    let sets = r#"
        reasons contains "tier" if input.target.tags.tier == "gold"
        reasons contains "place" if input.target.location == "westeurope"
        opinion := {"verdict": "protect"} if count(reasons) == 2"#;
    for policy in [alike, otherwise, default_and_value, sets] {
        assert!(matches!(asked(policy, &[("tier", "gold")]), Ok(Verdict::Protect(_))), "{policy}");
    }
}
