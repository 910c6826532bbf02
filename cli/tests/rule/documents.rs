//! What the documents print of rules and cases is built, decided and judged as it is printed there.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::Context as _;

use crate::forge;
use crate::stage::{Stage, root};

/// The only block of this language in a document.
fn block(document: &str, language: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(root()?.join(document))?;
    let fence = format!("```{language}\n");
    let mut found = text.split(&fence).skip(1);
    let block = found.next().and_then(|rest| rest.split("```").next()).context("no such block")?.to_owned();
    anyhow::ensure!(found.next().is_none(), "{document} has two blocks of {language}");
    Ok(block)
}

#[test]
fn the_rule_of_the_readme_builds_and_says_what_it_seems_to_say() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let root = root()?;
    let sdk = root.join("rules/sdk");
    stage
        .rule(&["new", "of-readme", "--lang", "rust", "--sdk", &sdk.to_string_lossy()])?
        .expect(0, &["Started of-readme"]);
    stage.write("of-readme/src/lib.rs", block("README.md", "rust")?)?;
    stage.write(
        "of-readme/src/settings.schema.json",
        r#"{
            "type": "object", "additionalProperties": false, "required": ["min-days"],
            "properties": { "min-days": { "description": "Days.", "type": "integer", "minimum": 1 } }
        }"#,
    )?;
    let project = stage.read("of-readme/holdfast-rule.toml")?;
    let (before, settings) = project.split_once("[settings]").context("the project has no settings")?;
    let after = settings.find("\n[").and_then(|at| settings.get(at..)).unwrap_or_default();
    stage.write("of-readme/holdfast-rule.toml", format!("{before}[settings]\nmin-days = 30\n{after}"))?;
    // As in author.rs, under another name than there: what was compiled for the template is not compiled again.
    fs::copy(root.join("Cargo.lock"), stage.path("of-readme/Cargo.lock"))?;
    let target = root.join("target/rule-projects");
    fs::create_dir_all(&target)?;
    symlink(&target, stage.path("of-readme/target"))?;
    let (code, built) = stage.json(&["build", "of-readme"])?;
    assert_eq!((code, built["name"].as_str()), (0, Some("keep-disks")), "{built}");
    stage.write("disk.yaml", "{ type: Microsoft.Compute/disks, name: erp-data }")?;
    stage.write("settings.toml", "min-days = 7\n")?;
    let run = ["run", "of-readme", "--resource", "disk.yaml", "--settings", "settings.toml"];
    stage.rule(&run)?.expect(
        0,
        &["verdict                 protect", "at least 7 days", "is-a-disk", "erp-data is a disk"],
    );
    Ok(())
}

#[test]
fn each_answer_that_the_rego_template_lists_is_one_that_a_policy_may_give() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("rego")?;
    let group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg";
    let answers = block("rules/templates/rego/README.md", "rego")?.replace("...", group);
    // All in one policy, by the disk's name: each policy is compiled into the module.
    let mut policy = "package holdfast\n".to_owned();
    for (number, answer) in answers.lines().enumerate() {
        let misspelt = answer.replace("verdict", "verdikt");
        for (word, opinion) in [("right", answer), ("wrong", misspelt.as_str())] {
            policy.push_str(&format!("opinion := {opinion} if input.target.name == \"{word}-{number}\"\n"));
        }
    }
    let settings = serde_json::json!({ "language": "rego", "policy": policy });
    stage.write("settings.json", settings.to_string())?;
    let ask = |name: String| {
        let disk = format!("{{ type: Microsoft.Compute/disks, name: {name}, location: westeurope }}");
        stage.write("disk.yaml", disk)?;
        stage.rule(&["run", "rego.wasm", "--resource", "disk.yaml", "--settings", "settings.json"])
    };
    for (number, answer) in answers.lines().enumerate() {
        let meant: serde_json::Value = serde_json::from_str(answer)?;
        let verdict = meant["verdict"].as_str().context("no verdict")?;
        // What asks for facts is no opinion yet.
        ask(format!("right-{number}"))?.expect((verdict == "need-facts").into(), &[verdict]);
        ask(format!("wrong-{number}"))?.expect(1, &["unknown field `verdikt`"]);
    }
    assert_eq!(answers.lines().count(), 4, "{answers}");
    Ok(())
}

#[test]
fn the_case_of_a_restore_is_one_that_is_judged() -> anyhow::Result<()> {
    const FAILED: u8 = 2;
    let stage = Stage::new()?;
    stage.write("restores.wasm", forge::of_restores(FAILED)?)?;
    // The forged rule gives a reason of its own.
    let cases = block("docs/rules.md", "yaml")?;
    stage.write("cases.yaml", cases.replace(", reasons: [bytes-missing]", ""))?;
    let test = ["test", "restores.wasm", "--cases", "cases.yaml"];
    stage.rule(&test)?.expect(0, &["1 case passed", "failed"]);
    stage.write("cases.yaml", cases)?;
    stage.rule(&test)?.expect(1, &["bytes-missing"]);
    Ok(())
}
