//! The rule, run natively.

use holdfast_rule_sdk::owned::{AzResource, Request, Tag};
use holdfast_rule_sdk::{Exclusion, ExclusionKind, Retention, VaultChoice, Verdict};
use serde_json::{Value, json};

use super::*;

const VM: &str = "Microsoft.Compute/virtualMachines";
const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";
const POLICY: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv/backupPolicies/gold";

fn settings(value: Value) -> anyhow::Result<Settings> {
    let settings: Settings = serde_json::from_value(value)?;
    anyhow::ensure!(settings.issues.is_empty(), "{:?}", settings.issues);
    Ok(settings)
}

fn request(tags: &[(&str, &str)], body: &Value) -> Request {
    let tag = |(name, value): &(&str, &str)| Tag { name: (*name).into(), value: (*value).into() };
    Request {
        target: AzResource {
            id: format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/{VM}/one"),
            type_: VM.into(),
            name: "one".into(),
            location: "westeurope".into(),
            resource_group: "rg-shop".into(),
            subscription: SUBSCRIPTION.into(),
            tags: tags.iter().map(tag).collect(),
            sku: Some("Standard_LRS".into()),
            kind: None,
            body: body.to_string(),
        },
        workload: String::new(),
        labels: vec![],
        facts: vec![],
        event_time: "2026-01-01T00:00:00Z".into(),
        explain: true,
    }
}

fn image(publisher: &str, offer: &str, sku: &str) -> Value {
    let reference = json!({ "publisher": publisher, "offer": offer, "sku": sku });
    json!({ "properties": { "storageProfile": { "imageReference": reference } } })
}

/// Whether one condition holds.
fn holds(condition: Value, request: &Request) -> anyhow::Result<bool> {
    let settings = settings(json!({ "case": [{ "when": condition, "protect": {} }] }))?;
    Ok(matches!(Conditions::evaluate(&settings, &request.view()).verdict, Verdict::Protect(_)))
}

fn issues(value: Value) -> anyhow::Result<Vec<(String, String)>> {
    let settings: Settings = serde_json::from_value(value)?;
    Ok(Conditions::check(&settings).into_iter().map(|issue| (issue.pointer, issue.message)).collect())
}

#[test]
fn each_test_says_what_its_name_says() -> anyhow::Result<()> {
    let asked = request(
        &[("env", "Prod"), ("empty", "")],
        &json!({ "properties": { "isHnsEnabled": true, "n": 5 } }),
    );
    for (condition, expected) in [
        (json!({ "tag": "ENV", "equals": "prod" }), true),
        (json!({ "tag": "env", "equals": "prod2" }), false),
        (json!({ "tag": "env", "in": ["test", "PROD"] }), true),
        (json!({ "tag": "env", "in": [] }), false),
        (json!({ "tag": "env", "not-in": [] }), true),
        (json!({ "tag": "env", "not-in": ["prod"] }), false),
        (json!({ "tag": "gone", "not-in": ["prod"] }), true),
        (json!({ "tag": "gone", "in": [""] }), false),
        (json!({ "tag": "empty", "in": [""] }), true),
        (json!({ "tag": "empty", "exists": true }), true),
        (json!({ "tag": "gone", "exists": false }), true),
        (json!({ "tag": "env", "contains": "ro" }), true),
        (json!({ "tag": "env", "contains": ["x", "OD"] }), true),
        (json!({ "tag": "gone", "not-contains": "x" }), true),
        (json!({ "tag": "env", "like": "p*d" }), true),
        (json!({ "tag": "env", "not-like": ["t*", "p*d"] }), false),
        (json!({ "tag": "env", "contains": "p", "not-equals": "prod" }), false),
        (json!({ "field": "location", "equals": "West Europe" }), true),
        (json!({ "field": "location", "in": ["northeurope"] }), false),
        (json!({ "field": "sku", "contains": "standard" }), true),
        (json!({ "field": "kind", "equals": "StorageV2" }), false),
        (json!({ "field": "kind", "not-equals": "StorageV2" }), true),
        (
            json!({ "field": "id", "under": format!("/subscriptions/{SUBSCRIPTION}/resourcegroups/RG-shop") }),
            true,
        ),
        (
            json!({ "field": "id", "not-under": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg") }),
            true,
        ),
        (json!({ "field": "resource-group", "equals": "rg-SHOP" }), true),
        (json!({ "body": "/properties/ishnsenabled", "equals": true }), true),
        (json!({ "body": "/properties/isHnsEnabled", "equals": "True" }), true),
        (json!({ "body": "/properties/isNfsV3Enabled", "not-equals": true }), true),
        (json!({ "body": "/properties/n", "equals": 5 }), true),
        (json!({ "all": [] }), true),
        (json!({ "any": [] }), false),
        (json!({ "not": { "any": [] } }), true),
        (json!({ "any": [{ "tag": "a", "exists": true }, { "field": "name", "equals": "ONE" }] }), true),
        (json!({ "all": [{ "tag": "a", "exists": true }, { "field": "name", "equals": "ONE" }] }), false),
    ] {
        assert_eq!(holds(condition.clone(), &asked)?, expected, "{condition}");
    }
    Ok(())
}

#[test]
fn an_image_is_compared_part_by_part() -> anyhow::Result<()> {
    let accepted = json!({ "image": ["Canonical:*ubuntu*:18.04*LTS", "RedHat:RHEL:*"] });
    for (body, expected) in [
        (image("canonical", "UbuntuServer", "18.04-LTS"), true),
        (image("Canonical", "UbuntuServer", "18.04-LTS-x"), false),
        (image("Canonical", "debian", "18.04-LTS"), false),
        (image("RedHat", "RHEL", "9"), true),
        (
            json!({ "properties": { "storageProfile": { "imageReference": { "publisher": "RedHat", "offer": "RHEL" } } } }),
            true,
        ),
        (json!({ "properties": { "storageProfile": { "imageReference": { "id": "/x" } } } }), false),
        (json!({}), false),
    ] {
        assert_eq!(holds(accepted.clone(), &request(&[], &body))?, expected, "{body}");
    }
    Ok(())
}

#[test]
fn the_first_case_that_holds_decides() -> anyhow::Result<()> {
    let settings = settings(json!({
        "define": { "sandbox": { "tag": "env", "in": ["sandbox", "lab"] } },
        "case": [
            { "name": "no labs", "when": { "is": "sandbox" },
              "exclude": { "kind": "ephemeral", "until": "2026-12-31T00:00:00Z" } },
            { "name": "the rest", "protect": { "policy-id": POLICY, "retention": { "min-days": 7 } } },
        ],
    }))?;
    let lab = Conditions::evaluate(&settings, &request(&[("env", "lab")], &json!({})).view());
    let until = Some("2026-12-31T00:00:00Z".to_owned());
    assert_eq!(lab.verdict, Verdict::Exclude(Exclusion { kind: ExclusionKind::Ephemeral, until }));
    assert_eq!((lab.reasons[0].code.as_str(), lab.reasons[0].message.as_str()), ("case-excludes", "no labs"));
    let rest = Conditions::evaluate(&settings, &request(&[], &json!({})).view());
    let Verdict::Protect(protection) = rest.verdict else { anyhow::bail!("{rest:?}") };
    let vault = POLICY.split("/backupPolicies").next().unwrap_or_default();
    assert_eq!(protection.vault, Some(VaultChoice::Named(vault.into())));
    assert_eq!(protection.policy.as_deref(), Some("gold"));
    assert_eq!(protection.retention, Some(Retention { min_days: Some(7), max_days: None }));
    Ok(())
}

#[test]
fn evidence_names_each_field_that_mattered() -> anyhow::Result<()> {
    let settings = settings(json!({ "case": [{ "name": "vms", "when": { "all": [
        { "field": "location", "equals": "westeurope" },
        { "any": [{ "tag": "gone", "exists": true }, { "tag": "a/b", "equals": "x" }] },
        { "not": { "field": "id", "contains": "databricks" } },
        { "image": ["RedHat:RHEL:*"] },
    ] }, "protect": {} }] }))?;
    let opinion =
        Conditions::evaluate(&settings, &request(&[("a/b", "X")], &image("redhat", "rhel", "8")).view());
    let seen: Vec<_> =
        opinion.reasons[0].evidence.iter().map(|one| (one.pointer.as_str(), one.value.as_str())).collect();
    let id = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/{VM}/one");
    assert_eq!(
        seen,
        [
            ("/target/location", "westeurope"),
            ("/target/tags/a~1b", "X"),
            ("/target/id", id.as_str()),
            ("/target/body/properties/storageProfile/imageReference/publisher", "redhat"),
            ("/target/body/properties/storageProfile/imageReference/offer", "rhel"),
            ("/target/body/properties/storageProfile/imageReference/sku", "8"),
        ]
    );
    Ok(())
}

#[test]
fn abstaining_tells_what_the_nearest_case_missed() -> anyhow::Result<()> {
    let settings = settings(json!({ "case": [
        { "name": "far", "when": { "field": "location", "equals": "eastasia" }, "protect": {} },
        { "name": "near", "protect": {}, "when": { "all": [
            { "field": "location", "equals": "westeurope" },
            { "tag": "env", "equals": "prod" },
            { "image": ["RedHat:RHEL:*"] },
        ] } },
    ] }))?;
    let reason = |tags: &[(&str, &str)], location: &str| {
        let mut asked = request(tags, &image("Canonical", "x", "y"));
        asked.target.location = location.into();
        let opinion = Conditions::evaluate(&settings, &asked.view());
        assert_eq!(opinion.verdict, Verdict::Abstain);
        let reason = opinion.reasons.into_iter().next().unwrap();
        let code = reason.code.to_string();
        assert!(Conditions::manifest().reason_codes.contains(&code));
        (code, reason.message.to_string())
    };
    let is = |code: &str, message: &str| (code.to_owned(), message.to_owned());
    assert_eq!(reason(&[], "westus"), is("location-differs", "far: location is westus"));
    assert_eq!(reason(&[("env", "test")], "westeurope"), is("tag-differs", "near: tag env is test"));
    assert_eq!(reason(&[], "westeurope"), is("tag-differs", "near: tag env is (none)"));
    assert_eq!(reason(&[("env", "prod")], "westeurope"), is("image-differs", "near: publisher is Canonical"));
    Ok(())
}

#[test]
fn names_are_filled_in_and_a_vaults_name_is_cut() -> anyhow::Result<()> {
    let settings = settings(json!({ "case": [{ "protect": {
        "vault": "RSVault-{location}-{resource-group-guid}",
        "policy": "DefaultPolicy",
        "snapshot-resource-group": "rg-{subscription}-{resource-group}-{name}",
    } }] }))?;
    let Verdict::Protect(protection) =
        Conditions::evaluate(&settings, &request(&[], &json!({})).view()).verdict
    else {
        anyhow::bail!("not protected");
    };
    let namespace = uuid::uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop");
    let whole = format!("RSVault-westeurope-{}", uuid::Uuid::new_v5(&namespace, group.as_bytes()));
    assert_eq!(protection.vault, Some(VaultChoice::Named(whole[..50].to_owned())));
    assert_eq!(protection.snapshot_resource_group, Some(format!("rg-{SUBSCRIPTION}-rg-shop-one")));
    Ok(())
}

#[test]
fn what_the_schema_lets_through_is_checked() -> anyhow::Result<()> {
    let case = |when: Value, protect: Value| json!({ "case": [{ "when": when, "protect": protect }] });
    let mut deep = json!({ "tag": "a", "exists": true });
    for _ in 0..compile::DEPTH {
        deep = json!({ "not": deep });
    }
    for (settings, pointer, message) in [
        (case(json!({}), json!({})), "/case/0/when", "says nothing"),
        (case(json!({ "tag": "a" }), json!({})), "/case/0/when", "says nothing about its field"),
        (
            case(json!({ "tag": "a", "field": "id", "exists": true }), json!({})),
            "/case/0/when",
            "states field and tag",
        ),
        (case(json!({ "all": [{ "is": "x" }] }), json!({})), "/case/0/when/all/0/is", "is not defined"),
        (case(json!({ "all": [], "equals": "x" }), json!({})), "/case/0/when", "without saying of what"),
        (case(json!({ "any": [], "exists": true }), json!({})), "/case/0/when", "`exists` without saying"),
        (case(json!({ "image": ["a:b"] }), json!({})), "/case/0/when/image/0", "publisher:offer:sku"),
        (case(json!({ "field": "colour", "exists": true }), json!({})), "/case/0/when/field", "known are"),
        (case(json!({ "body": "x", "exists": true }), json!({})), "/case/0/when/body", "JSON pointer"),
        (
            case(json!({ "field": "id", "under": ["/"] }), json!({})),
            "/case/0/when/under",
            "expected an ARM id",
        ),
        (case(json!({ "tag": "a", "equals": ["x", "y"] }), json!({})), "/case/0/when/equals", "use `in`"),
        (case(deep, json!({})), &format!("/case/0/when{}", "/not".repeat(compile::DEPTH)), "nested deeper"),
        (case(json!({ "all": [] }), json!({ "vault": "x{colour}" })), "/case/0/protect/vault", "not known"),
        (case(json!({ "all": [] }), json!({ "policy": "x{" })), "/case/0/protect/policy", "missing"),
        (case(json!({ "all": [] }), json!({ "policy-id": "/x" })), "/case/0/protect/policy-id", "expected"),
        (
            case(json!({ "all": [] }), json!({ "policy-id": POLICY, "vault": "x" })),
            "/case/0/protect/policy-id",
            "leave out",
        ),
        (
            case(json!({ "all": [] }), json!({ "vault": "x", "vault-tags": {} })),
            "/case/0/protect/vault-tags",
            "beside",
        ),
        (
            case(json!({ "all": [] }), json!({ "retention": { "min-days": 2, "max-days": 1 } })),
            "/case/0/protect/retention",
            "less",
        ),
        (json!({ "case": [{}] }), "/case/0", "neither"),
        (json!({ "case": [{ "protect": {}, "exclude": { "kind": "other" } }] }), "/case/0", "both"),
    ] {
        let found = issues(settings.clone())?;
        let fits = |(at, why): &(String, String)| at == pointer && why.contains(message);
        assert!(found.iter().any(fits), "{settings}\nexpected {pointer}: {message}\nfound {found:?}");
    }
    Ok(())
}

#[test]
fn unknown_keys_are_refused() -> anyhow::Result<()> {
    let found = issues(json!({ "case": [{ "when": { "all": [{ "tagg": "a" }] }, "protect": {} }] }))?;
    let [(pointer, message)] = found.as_slice() else { anyhow::bail!("{found:?}") };
    assert_eq!(pointer, "/case/0/when/all/0");
    assert!(message.contains("unknown field `tagg`"), "{message}");
    Ok(())
}

#[test]
fn a_definition_cannot_use_another() -> anyhow::Result<()> {
    let always = json!({ "all": [] });
    let settings = json!({ "define": { "a": always, "b": { "is": "a" } }, "case": [{ "protect": {} }] });
    let found = issues(settings)?;
    assert!(found.iter().any(|(pointer, _)| pointer == "/define/b/is"), "{found:?}");
    Ok(())
}

#[test]
fn the_body_is_not_read_unless_a_condition_asks_for_it() -> anyhow::Result<()> {
    let mut asked = request(&[("env", "prod")], &json!({}));
    asked.target.body = "not JSON at all".into();
    assert!(holds(json!({ "tag": "env", "equals": "prod" }), &asked)?);
    assert!(!holds(json!({ "body": "/properties/x", "exists": true }), &asked)?);
    Ok(())
}
