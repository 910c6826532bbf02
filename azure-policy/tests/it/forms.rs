//! What is read, what is written, and what is refused.

use std::io::Write as _;

use holdfast_azure_policy::{Binding, Imported, Initiative, Mode, Options, append, import, read};
use serde_json::{Value, json};

use crate::rule::{configured, imported};

const SUBSCRIPTION: &str = "/subscriptions/11111111-2222-3333-4444-555555555555";
const DISKS: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/7b5a3b1d-d2e1-4c0b-9f3b-ad0b9a2283f4";
const MACHINES: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/09ce66bc-1220-4153-8104-e3f51c936913";
const SHARES: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/f32ca068-2ada-4705-b5b5-84ce89422846";
const POLICY: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv/backupPolicies/gold";

fn disks() -> Value {
    json!({
        "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/disk-backup"),
        "name": "disk-backup",
        "properties": {
            "displayName": "Back up production disks",
            "policyDefinitionId": DISKS,
            "notScopes": [format!("{SUBSCRIPTION}/resourceGroups/rg-lab")],
            "parameters": {
                "vaultLocation": { "value": "West Europe" },
                "backupPolicyId": { "value": POLICY },
                "snapshotResourceGroupName": { "value": "rg-snapshots" },
                "inclusionTagName": { "value": "env" },
                "inclusionTagValues": { "value": ["prod", "staging"] },
            },
        },
    })
}

/// The assignment with another value at a JSON pointer; `null` takes away what is there.
fn changed(pointer: &str, value: Value) -> Value {
    let mut assignment = disks();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = assignment.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => drop(parent.remove(key)),
        value => drop(parent.insert(key.to_owned(), value)),
    }
    assignment
}

fn refused(assignment: &Value) -> String {
    format!("{:#}", imported(assignment).unwrap_err())
}

#[test]
fn a_binding_is_written_for_people() -> anyhow::Result<()> {
    let text = imported(&disks())?.to_toml();
    let expected = include_str!("disk-backup.toml");
    assert_eq!(text, expected, "\n{text}");
    configured(&text)?;
    Ok(())
}

#[test]
fn what_the_azure_cli_shows_reads_alike() -> anyhow::Result<()> {
    let mut flat = disks()["properties"].clone();
    flat["name"] = json!("disk-backup");
    flat["id"] = disks()["id"].clone();
    assert_eq!(imported(&flat)?, imported(&disks())?);
    let listed = read(&json!({ "value": [disks(), flat] }).to_string(), None)?;
    assert_eq!(listed.len(), 2);
    let parameters = changed("/properties/parameters/INCLUSIONTAGNAME", json!({ "value": "env" }));
    assert_eq!(imported(&parameters)?, imported(&disks())?);
    Ok(())
}

#[test]
fn each_effect_has_its_mode() -> anyhow::Result<()> {
    let with =
        |effect: Value| imported(&changed("/properties/parameters/effect", json!({ "value": effect })));
    assert_eq!(with(json!("deployIfNotExists"))?.mode, Mode::Enforce);
    for (effect, note) in [("AuditIfNotExists", "recorded only"), ("Disabled", "does not even ask")] {
        let binding = with(json!(effect))?;
        assert_eq!(binding.mode, Mode::Shadow);
        assert!(binding.comments.iter().any(|comment| comment.contains(note)), "{:?}", binding.comments);
    }
    assert!(with(json!("Deny")).unwrap_err().to_string().contains("expected DeployIfNotExists"));
    let unenforced = imported(&changed("/properties/enforcementMode", json!("DoNotEnforce")))?;
    assert_eq!(unenforced.mode, Mode::Shadow);
    let overridden = json!([{ "kind": "policyEffect", "value": "disabled" }]);
    assert_eq!(imported(&changed("/properties/overrides", overridden))?.mode, Mode::Shadow);
    Ok(())
}

#[test]
fn a_template_is_read_with_its_parameters() -> anyhow::Result<()> {
    let mut resource = disks();
    resource["type"] = json!("Microsoft.Authorization/policyAssignments");
    resource["properties"]["scope"] = json!(SUBSCRIPTION);
    resource["properties"]["metadata"] = json!({ "note": "[utcNow()]" });
    resource["properties"]["parameters"]["vaultLocation"]["value"] = json!("[parameters('region')]");
    resource["properties"]["parameters"]["inclusionTagValues"]["value"] = json!("[variables('values')]");
    resource.as_object_mut().unwrap().remove("id");
    let template = json!({
        "parameters": { "region": { "type": "string" }, "stage": { "type": "string", "defaultValue": "prod" } },
        "variables": { "values": ["[parameters('stage')]", "staging"] },
        "resources": [{ "type": "Microsoft.Resources/tags" }, resource.clone()],
    });
    let given = json!({ "parameters": { "region": { "value": "West Europe" } } }).to_string();
    let import_one = |template: &Value, given: Option<&str>| -> anyhow::Result<Binding> {
        let found = read(&template.to_string(), given)?;
        Ok(import(&found[0], None, &Options::default())?.bindings.remove(0))
    };
    let binding = import_one(&template, Some(&given))?;
    assert_eq!(binding, imported(&disks())?);
    let named = json!({ "languageVersion": "2.0", "resources": { "one": resource }, "parameters": template["parameters"],
        "variables": template["variables"] });
    assert_eq!(import_one(&named, Some(&given))?, binding);
    let missing = import_one(&template, None).unwrap_err().to_string();
    assert!(missing.contains("`[parameters('region')]`, which has no value here"), "{missing}");
    let none = read(&json!({ "resources": [] }).to_string(), None).unwrap_err().to_string();
    assert!(none.contains("holds no resource of type Microsoft.Authorization/policyAssignments"), "{none}");
    Ok(())
}

#[test]
fn an_initiative_gives_a_binding_for_each_member_that_protects() -> anyhow::Result<()> {
    let set = "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/policySetDefinitions/backup";
    let assignment = json!({
        "name": "Backup (all)",
        "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/Backup (all)"),
        "properties": {
            "policyDefinitionId": set,
            "parameters": { "REGION": { "value": "northeurope" } },
            "overrides": [{ "kind": "policyEffect", "value": "AuditIfNotExists",
                "selectors": [{ "kind": "policyDefinitionReferenceId", "in": ["machines"] }] }],
        },
    });
    let machine_policy = POLICY.replace("DataProtection/backupVaults", "RecoveryServices/vaults");
    let initiative = json!({ "name": "backup", "properties": {
        "parameters": { "region": { "type": "String" }, "tag": { "type": "String", "defaultValue": "env" } },
        "policyDefinitions": [
            { "policyDefinitionId": DISKS, "policyDefinitionReferenceId": "disks", "parameters": {
                "vaultLocation": { "value": "[parameters('region')]" }, "backupPolicyId": { "value": POLICY },
                "snapshotResourceGroupName": { "value": "rg" }, "inclusionTagName": { "value": "[parameters('tag')]" },
                "inclusionTagValues": { "value": ["prod"] } } },
            { "policyDefinitionId": MACHINES, "policyDefinitionReferenceId": "machines", "parameters": {
                "vaultLocation": { "value": "[parameters('region')]" }, "backupPolicyId": { "value": machine_policy } } },
            { "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/other", "policyDefinitionReferenceId": "x" },
        ],
    } });
    let found = read(&assignment.to_string(), None)?;
    let refused = import(&found[0], None, &Options::default()).unwrap_err().to_string();
    assert!(refused.contains("az policy set-definition show --name backup"), "{refused}");
    let initiative = Initiative::read(&initiative.to_string())?;
    let Imported { bindings, left_out } = import(&found[0], Some(&initiative), &Options::default())?;
    let modes: Vec<_> = bindings.iter().map(|binding| (binding.id.as_str(), binding.mode)).collect();
    assert_eq!(modes, [("backup-all-disks", Mode::Enforce), ("backup-all-machines", Mode::Shadow)]);
    assert_eq!(left_out.len(), 1);
    for binding in &bindings {
        let text = binding.to_toml();
        assert!(text.contains("field = \"location\", equals = \"northeurope\""), "{text}");
        configured(&text)?;
    }
    Ok(())
}

#[test]
fn scopes_become_conditions_on_ids() -> anyhow::Result<()> {
    let group = "/providers/Microsoft.Management/managementGroups/Platform";
    let under = changed("/properties/scope", json!(group));
    let why = refused(&under);
    assert!(why.contains("`--management-group Platform=SUBSCRIPTION,...`"), "{why}");
    let options = Options {
        management_groups: vec![("platform".into(), vec!["a".into(), "/subscriptions/b".into()])],
        ..Options::default()
    };
    let found = read(&under.to_string(), None)?;
    let text = import(&found[0], None, &options)?.bindings[0].to_toml();
    assert!(text.contains("under = [\"/subscriptions/a\", \"/subscriptions/b\"]"), "{text}");
    let left_out = changed("/properties/notScopes", json!([group]));
    assert!(refused(&left_out).contains("notScopes names the management group"), "{}", refused(&left_out));
    let mut nowhere = disks();
    nowhere.as_object_mut().unwrap().remove("id");
    assert!(refused(&nowhere).contains("add --scope ID"));
    assert!(
        refused(&changed("/properties/scope", json!("everywhere"))).contains("`scope` holds `everywhere`")
    );
    Ok(())
}

#[test]
fn resource_selectors_become_conditions() -> anyhow::Result<()> {
    let selectors = json!([
        { "name": "a", "selectors": [{ "kind": "resourceLocation", "in": ["westeurope"] }] },
        { "name": "b", "selectors": [{ "kind": "resourceType", "notIn": ["Microsoft.Compute/snapshots"] }] },
    ]);
    let text = imported(&changed("/properties/resourceSelectors", selectors))?.to_toml();
    let expected = "{ any = [{ all = [{ field = \"location\", in = [\"westeurope\"] }] }, \
        { all = [{ field = \"type\", not-in = [\"Microsoft.Compute/snapshots\"] }] }] }";
    assert!(text.contains(expected), "{text}");
    configured(&text)?;
    let unknown = json!([{ "selectors": [{ "kind": "userPrincipalId", "in": ["x"] }] }]);
    assert!(
        refused(&changed("/properties/resourceSelectors", unknown))
            .contains("cannot be checked for a resource")
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_with_a_way_out() {
    let parameter = |name: &str, value: Value| changed(&format!("/properties/parameters/{name}"), value);
    let wrong_vault = POLICY.replace("DataProtection/backupVaults", "RecoveryServices/vaults");
    for (assignment, expected) in [
        (parameter("vaultLocation", Value::Null), "parameter `vaultLocation` has no value"),
        (parameter("vaultLocation", json!({ "value": "" })), "expected a location"),
        (parameter("inclusionTagValues", Value::Null), "parameter `inclusionTagValues` has no value"),
        (parameter("inclusionTagValues", json!({ "value": "prod" })), "expected a list of texts"),
        (parameter("inclusionTagValues", json!({ "value": [5] })), "expected a list of texts"),
        (parameter("inclusionTagName", json!({ "value": true })), "expected a text"),
        (parameter("inclusionTagName", json!("env")), "expected an object with a `value`"),
        (parameter("tagName", json!({ "value": "x" })), "has no parameter `tagName`; it has vaultLocation, "),
        (
            parameter("backupPolicyId", json!({ "value": "gold" })),
            "expected `/subscriptions/.../Microsoft.DataProtection",
        ),
        (
            parameter("backupPolicyId", json!({ "value": wrong_vault })),
            "Microsoft.DataProtection/backupVaults/...",
        ),
        (parameter("backupPolicyId", json!({ "value": format!("{POLICY}/x") })), "expected `/subscriptions"),
        (parameter("snapshotResourceGroupName", json!({ "value": "rg-{x}" })), "expected a name"),
        (parameter("vaultLocation", json!({ "value": "[parameters('x')]" })), "az policy assignment show"),
        (
            changed("/properties/policyDefinitionId", json!("/x/policyDefinitions/other")),
            "supported are:\n  09ce66bc",
        ),
        (changed("/properties/policyDefinitionId", Value::Null), "has no policyDefinitionId"),
        (changed("/properties/policyDefinitionId", json!(5)), "`policyDefinitionId`: invalid type: integer"),
        (changed("/properties/notScopes", json!("x")), "`notScopes`: invalid type: string"),
        (
            changed("/properties/resourceSelectors", json!([{ "selectors": [{ "kind": "x", "notIn": 5 }] }])),
            "`resourceSelectors[0].selectors[0].notIn`: invalid type: integer",
        ),
        (
            changed("/properties/overrides", json!([{ "kind": "other", "value": "x" }])),
            "known is policyEffect",
        ),
        (json!([]), "holds no resource of type"),
        (json!("x"), "is not a policy assignment"),
    ] {
        let why = refused(&assignment).replace("/resourceGroups/.../providers", "").replace(".../...", "...");
        let expected = expected.replace(".../...", "...");
        assert!(why.contains(&expected), "expected {expected}\nfound {why}");
    }
    assert!(read("{", None).unwrap_err().to_string().contains("the assignment is not JSON"));
}

#[test]
fn defaults_are_those_of_the_definition() -> anyhow::Result<()> {
    let shares = json!({
        "id": format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Authorization/policyAssignments/x"),
        "name": "x",
        "properties": { "policyDefinitionId": SHARES, "parameters": {
            "vaultName": { "value": "rsv-new" }, "vaultLocation": { "value": "westeurope" } } },
    });
    let binding = imported(&shares)?;
    assert_eq!(binding.protect.policy.as_deref(), Some("DefaultBackupPolicy"));
    assert_eq!(
        (binding.protect.schedule, binding.protect.retention_days),
        (Some(("P1D", "08:00")), Some(30))
    );
    let text = binding.to_toml();
    assert!(!text.contains("tag ="), "{text}");
    configured(&text)?;
    Ok(())
}

#[test]
fn a_version_that_is_asked_for_and_not_reproduced_is_told() -> anyhow::Result<()> {
    let told = |version: &str| -> anyhow::Result<bool> {
        let binding = imported(&changed("/properties/definitionVersion", json!(version)))?;
        Ok(binding.comments.iter().any(|comment| comment.contains("asks for version")))
    };
    assert!(!told("1.*.*-preview")? && !told("1.0.*")? && told("2.*.*")? && told("1.1.*-preview")?);
    Ok(())
}

#[test]
fn texts_from_outside_cannot_break_out_of_comments_or_strings() -> anyhow::Result<()> {
    let mut hostile = disks();
    hostile["properties"]["displayName"] = json!("x\n[[rule]]\r\nid = \"evil\"\u{7f}");
    hostile["properties"]["parameters"]["inclusionTagName"]["value"] = json!("a\"]\n[x]");
    hostile["properties"]["parameters"]["inclusionTagValues"]["value"] =
        json!(["'''", "\"\"\"\n", "\\", "\u{1}"]);
    let text = imported(&hostile)?.to_toml();
    let document: toml::Table = text.parse()?;
    let rules = document["rule"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    let written = &rules[0]["settings"]["case"][0]["when"]["all"][3];
    assert_eq!(written["tag"].as_str(), Some("a\"]\n[x]"));
    let values: Vec<_> = written["in"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(values, ["'''", "\"\"\"\n", "\\", "\u{1}"]);
    Ok(())
}

#[test]
fn a_rule_set_takes_bindings_at_its_end() -> anyhow::Result<()> {
    let rule_set =
        "# Ours.\nrevision = 7 # count up\n\n[[layer]]\nname = \"organisation\"\n\n[[rule]]\nid = \"old\"";
    let binding = imported(&disks())?;
    let text = append(rule_set, std::slice::from_ref(&binding))?;
    assert!(text.starts_with("# Ours.\nrevision = 8 # count up\n\n[[layer]]"), "{text}");
    assert!(text.ends_with(&format!("id = \"old\"\n\n{}", binding.to_toml())), "{text}");
    let why = |rule_set: &str, binding: &Binding| {
        append(rule_set, std::slice::from_ref(binding)).unwrap_err().to_string()
    };
    assert!(why(&text, &binding).contains("has a rule `disk-backup` already"));
    // Assignments of one name at two scopes, in one list.
    let twice = append(rule_set, &[binding.clone(), binding.clone()]).unwrap_err().to_string();
    assert!(twice.contains("would have two rules `disk-backup`"), "{twice}");
    let elsewhere = Binding { layer: "team".into(), ..binding.clone() };
    assert!(why(rule_set, &elsewhere).contains("states no layer `team`; it states organisation"));
    assert!(why("[[layer]]\nname = \"organisation\"", &binding).contains("states no `revision`"));
    assert!(why("[", &binding).contains("is not TOML"));
    Ok(())
}

/// A case from a public report, which lies beside the repository; none where it is not at hand and need not be.
fn case(name: &str) -> anyhow::Result<Option<String>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases").join(name);
    if !path.exists() && std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_none_or(|value| value != "1") {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no reference data at {}", path.display());
        return Ok(None);
    }
    Ok(Some(std::fs::read_to_string(path)?))
}

fn binding_of(text: &str) -> anyhow::Result<Binding> {
    let found = read(text, None)?;
    Ok(import(&found[0], None, &Options::default())?.bindings.remove(0))
}

#[test]
fn a_template_with_object_variables_is_worked_out() -> anyhow::Result<()> {
    let Some(text) = case("06-template-with-object-variables.json")? else { return Ok(()) };
    let binding = binding_of(&text)?;
    assert_eq!((binding.id.as_str(), binding.mode), ("back-up-disks", Mode::Enforce));
    assert!(binding.comments[0].contains("Back up disks of production"), "{:?}", binding.comments);
    let only_azure = text.replace("[variables('names').shown]", "[deployment().name]");
    assert_eq!(
        Binding { comments: Vec::new(), ..binding_of(&only_azure)? },
        Binding { comments: Vec::new(), ..binding }
    );
    let nowhere = text.replace("\"scope\": \"/subscriptions/11111111-2222-3333-4444-555555555555\",", "");
    let assignment = read(&nowhere, None)?.remove(0);
    let scope = Some("/subscriptions/of-mine".to_owned());
    let given = import(&assignment, None, &Options { scope, ..Options::default() })?;
    assert!(given.bindings[0].to_toml().contains("under = [\"/subscriptions/of-mine\"]"));
    Ok(())
}

#[test]
fn powershell_and_epac_write_the_same_assignment() -> anyhow::Result<()> {
    let Some(written) = case("10-powershell-assignment.json")? else { return Ok(()) };
    let Some(tree) = case("10-epac-assignment.json")? else { return Ok(()) };
    let (powershell, epac) = (binding_of(&written)?, binding_of(&tree)?);
    assert_eq!((powershell.id.as_str(), &powershell.when), ("disk-backup", &epac.when));
    assert_eq!((&powershell.protect, powershell.mode), (&epac.protect, epac.mode));
    let older: Value = serde_json::from_str(&written)?;
    let older = json!([{ "Name": "disk-backup", "PolicyAssignmentId": older["Id"], "Properties": older }]);
    assert_eq!(binding_of(&older.to_string())?.protect, epac.protect);
    Ok(())
}

#[test]
fn leaves_of_an_epac_tree_take_what_is_above_them() -> anyhow::Result<()> {
    let Some(tree) = case("10-epac-assignment.json")? else { return Ok(()) };
    let mut tree: Value = serde_json::from_str(&tree)?;
    tree["scope"] = Value::Null;
    tree["children"] = json!([
        { "nodeName": "/a", "assignment": { "name": "-a" }, "scope": { "prod": ["/subscriptions/a", "/subscriptions/b"] } },
        { "nodeName": "/c", "assignment": { "name": "-c" }, "scope": { "prod": ["/subscriptions/c"] },
            "notScopes": { "prod": ["/subscriptions/c/resourceGroups/lab"] }, "enforcementMode": "DoNotEnforce" },
    ]);
    let found = read(&tree.to_string(), None)?;
    let bindings: Vec<Binding> = found
        .iter()
        .map(|one| Ok(import(one, None, &Options::default())?.bindings.remove(0)))
        .collect::<anyhow::Result<_>>()?;
    let [first, second] = bindings.as_slice() else { anyhow::bail!("{bindings:?}") };
    assert_eq!((first.id.as_str(), second.id.as_str()), ("disk-backup-a", "disk-backup-c"));
    assert!(
        first.to_toml().contains("under = [\"/subscriptions/a\", \"/subscriptions/b\"]"),
        "{}",
        first.to_toml()
    );
    assert!(second.to_toml().contains("not-under = [\"/subscriptions/c/resourceGroups/lab\"]"));
    assert_eq!((first.mode, second.mode), (Mode::Enforce, Mode::Shadow));
    tree["children"] = json!([{ "nodeName": "/d", "assignment": { "name": "-d" } }]);
    assert!(read(&tree.to_string(), None).unwrap_err().to_string().contains("`disk-backup-d`: has no scope"));
    Ok(())
}

#[test]
fn an_assignment_about_something_else_need_not_be_readable() -> anyhow::Result<()> {
    let mut other = changed("/properties/policyDefinitionId", json!("/x/policyDefinitions/other"));
    other["properties"]["parameters"] = json!({ "x": { "value": "[reference('y')]" } });
    let found = read(&json!([other, disks()]).to_string(), None)?;
    assert!(import(&found[0], None, &Options::default()).is_err());
    assert_eq!(import(&found[1], None, &Options::default())?.bindings.len(), 1);
    Ok(())
}

#[test]
fn a_selector_may_be_null_as_powershell_writes_it() -> anyhow::Result<()> {
    let selectors =
        json!([{ "selectors": [{ "kind": "resourceLocation", "in": ["westeurope"], "notIn": null }] }]);
    let text = imported(&changed("/properties/resourceSelectors", selectors))?.to_toml();
    assert!(text.contains("in = [\"westeurope\"]"), "{text}");
    Ok(())
}
