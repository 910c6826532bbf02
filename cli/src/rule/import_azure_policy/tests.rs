//! What is printed, appended, noted and refused.

use super::*;

const RULE_SET: &str = "revision = 1\n\n[[layer]]\nname = \"organisation\"\n";

fn options(file: &Path) -> Options {
    Options {
        file: file.to_owned(),
        initiative: None,
        parameters: None,
        scope: None,
        management_group: Vec::new(),
        into: None,
        id: None,
        layer: "organisation".to_owned(),
        priority: 10,
        module: "conditions.wasm".to_owned(),
        digest_of: None,
    }
}

fn assignment() -> Value {
    json!({
        "id": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/vm-backup",
        "name": "vm-backup",
        "properties": {
            "policyDefinitionId":
                "/providers/Microsoft.Authorization/policyDefinitions/98d0b9f8-fd90-49c9-88e2-d3baf3b0dd86",
            "parameters": {
                "exclusionTagName": { "value": "backup" },
                "exclusionTagValue": { "value": ["no"] },
            },
        },
    })
}

#[test]
fn a_binding_is_printed_or_appended() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, module) = (folder.path().join("assignment.json"), folder.path().join("conditions.wasm"));
    let into = folder.path().join("ruleset.toml");
    fs::write(&file, assignment().to_string())?;
    fs::write(&module, "abc")?;
    fs::write(&into, RULE_SET)?;
    let printed = run(&options(&file))?;
    assert!(printed.page.contains("[[rule]]\nid = \"vm-backup\"\nmodule = \"conditions.wasm\"\nlayer"));
    assert_eq!(printed.json.pointer("/bindings/0/mode"), Some(&json!("enforce")));
    let appended = run(&Options { into: Some(into.clone()), digest_of: Some(module), ..options(&file) })?;
    assert!(appended.page.starts_with(&format!("Appended rule vm-backup (enforce) to {}\n", into.display())));
    let written = fs::read_to_string(&into)?;
    assert!(written.starts_with("revision = 2\n"), "{written}");
    // SHA-256 of `abc`, from FIPS 180-2.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(written.contains(&format!("digest = \"sha256:{digest}\"")), "{written}");
    let again = run(&Options { into: Some(into.clone()), ..options(&file) });
    assert!(again.is_err_and(|error| format!("{error:#}").contains("another id with `--id`")));
    assert_eq!(fs::read_to_string(&into)?, written);
    Ok(())
}

fn disks(name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/{name}"),
        "name": name,
        "properties": {
            "policyDefinitionId":
                "/providers/Microsoft.Authorization/policyDefinitions/7b5a3b1d-d2e1-4c0b-9f3b-ad0b9a2283f4",
            "parameters": {
                "vaultLocation": { "value": "westeurope" },
                "backupPolicyId": { "value": "/subscriptions/s/resourceGroups/g/providers/\
                    Microsoft.DataProtection/backupVaults/central/backupPolicies/gold" },
                "snapshotResourceGroupName": { "value": "rg" },
                "inclusionTagName": { "value": "env" },
                "inclusionTagValues": { "value": ["prod"] },
            },
        },
    })
}

#[test]
fn what_a_list_holds_about_something_else_is_noted_and_skipped() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("list.json");
    let mut other = disks("other");
    *other.pointer_mut("/properties/policyDefinitionId").context("id")? = json!("/x/policyDefinitions/tags");
    fs::write(&file, json!([other, disks("mine")]).to_string())?;
    let answer = run(&options(&file))?;
    let bindings = answer.json.pointer("/bindings").and_then(Value::as_array).map(Vec::len);
    assert_eq!(bindings, Some(1), "{}", answer.json);
    assert!(answer.page.contains("# Left out: assignment `other`"), "{}", answer.page);
    assert!(!answer.page.contains("supported are"), "{}", answer.page);
    // The notes are comments, so what is printed can be appended by hand.
    toml::from_str::<toml::Table>(&answer.page)?;
    fs::write(&file, json!([other, other]).to_string())?;
    let error = run(&options(&file)).err().context("nothing was refused")?;
    assert!(error.to_string().starts_with("nothing to import:"), "{error:#}");
    Ok(())
}

#[test]
fn what_would_not_be_protected_as_before_is_said() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("assignment.json");
    fs::write(&file, disks("mine").to_string())?;
    let page = run(&options(&file))?.page.replace("\n# ", " ");
    assert!(page.contains("lies in the vault central"), "{page}");
    fs::write(&file, assignment().to_string())?;
    let page = run(&options(&file))?.page.replace("\n# ", " ");
    let covered = Workload::covers("Microsoft.Compute/virtualMachines");
    assert_eq!(page.contains("rule vm-backup protects nothing yet"), !covered, "{page}");
    Ok(())
}

#[test]
fn a_rule_set_is_replaced_where_it_lies_and_only_with_a_digest() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    fs::write(at("assignment.json"), disks("mine").to_string())?;
    fs::write(at("real.toml"), RULE_SET)?;
    std::os::unix::fs::symlink(at("real.toml"), at("ruleset.toml"))?;
    let into = Options { into: Some(at("ruleset.toml")), ..options(&at("assignment.json")) };
    let error = run(&into).err().context("a rule set that cannot load was written")?;
    assert!(error.to_string().contains("--digest-of FILE"), "{error:#}");
    assert_eq!(fs::read_to_string(at("real.toml"))?, RULE_SET);
    fs::write(at("conditions.wasm"), "abc")?;
    run(&into)?;
    assert!(fs::symlink_metadata(at("ruleset.toml"))?.is_symlink());
    assert!(fs::read_to_string(at("real.toml"))?.contains("digest = \"sha256:ba7816bf"));
    assert_eq!(fs::read_dir(folder.path())?.count(), 4, "a temporary file was left behind");
    Ok(())
}

#[test]
fn a_management_group_is_given_with_its_subscriptions() {
    let parsed = management_group("mg=a, b").unwrap();
    assert_eq!(parsed, ("mg".to_owned(), vec!["a".to_owned(), "b".to_owned()]));
    for wrong in ["mg", "=a", "mg=", "mg=,"] {
        assert!(management_group(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let error = run(&options(Path::new("/nowhere/assignment.json"))).err().unwrap();
    assert!(format!("{error:#}").contains("could not read /nowhere/assignment.json"));
}
