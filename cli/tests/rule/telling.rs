//! `run`, `explain`, `docs` and `bench` over the shipped rules.

use crate::stage::{Stage, rules};

const DISK: &str = r#"{
    "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d-1",
    "location": "West Europe", "tags": { "env": "prod", "tier": "gold" }, "sku": { "name": "Premium_LRS" }
}"#;

#[test]
fn a_decision_is_told_with_its_winners_and_alternatives() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("disk.json", DISK)?;
    let rule_set = rules()?.join("ruleset.toml");
    let explain = ["explain", &rule_set.to_string_lossy(), "--resource", "disk.json"];
    let ran = stage.rule(&explain)?;
    ran.expect(
        0,
        &[
            "d-1  Microsoft.Compute/disks in westeurope\nby revision",
            "Protected",
            "retention               30 days                       retention",
            "the defaults",
            "select: protect",
            "without `select`, it would not be protected",
            "without `retention`, it would be protected with another retention",
        ],
    );
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "wider than 80 columns:\n{}", ran.out);
    let before = jiff::Timestamp::now();
    let (_, answer) = stage.json(&explain)?;
    assert_eq!(answer["decision"]["outcome"], "protect", "{answer}");
    let described: jiff::Timestamp = answer["eventTime"].as_str().unwrap_or_default().parse()?;
    assert!(described.as_second() >= before.as_second(), "judged as of {described}, but it is {before}");
    stage
        .rule(&[&explain[..], &["--event-time", "2026-03-01T00:00:00Z"]].concat())?
        .expect(0, &["as of 2026-03-01T00:00:00Z\n"]);

    assert_eq!(answer["wants"], serde_json::json!([]), "{answer}");
    stage.write("disk.json", DISK.replace("\"prod\"", "\"sandbox\""))?;
    stage.rule(&explain)?.expect(0, &["Left out on purpose (ephemeral)", "it would not be left out"]);
    stage.write("disk.json", DISK.replace("\"prod\"", "\"test\""))?;
    stage.rule(&explain)?.expect(0, &["Not covered", "no tag asks for protection"]);
    Ok(())
}

#[test]
fn an_opinion_is_told_with_evidence_and_fuel() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write("disk.json", DISK)?;
    stage.write("settings.json", r#"{ "protect": [{ "tags": { "env": ["prod"] } }] }"#)?;
    let run = ["run", "select.wasm", "--resource", "disk.json", "--settings", "settings.json"];
    stage.rule(&run)?.expect(
        0,
        &[
            "select 0.1.0 on Microsoft.Compute/disks d-1",
            "saw /target/tags/env = prod",
            "of 50,000,000",
            " us ",
        ],
    );
    let before = jiff::Timestamp::now();
    stage.rule(&run)?.expect(0, &["\nas of 20"]);
    let (_, first) = stage.json(&run)?;
    let described: jiff::Timestamp = first["eventTime"].as_str().unwrap_or_default().parse()?;
    assert!(described.as_second() >= before.as_second(), "asked as of {described}, but it is {before}");
    let (_, second) = stage.json(&run)?;
    assert!(first["fuel"].as_u64().unwrap_or_default() > 0, "{first}");
    assert_eq!(first["fuel"], second["fuel"], "the same input burnt other fuel");
    stage.write("settings.json", "{ \"protekt\": [] }")?;
    stage.rule(&run)?.expect(1, &["refused", "the settings do not fit:", "protekt"]);
    Ok(())
}

#[test]
fn a_benchmark_is_held_against_the_floor_and_the_shipped_rules() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write(
        "cases.yaml",
        "settings: { protect: [{ tags: { env: [prod] } }] }
cases: [{ name: one, resource: { type: Microsoft.Compute/disks, tags: { env: prod } } }]",
    )?;
    let rule_set = rules()?.join("ruleset.toml");
    let rule_set = rule_set.to_string_lossy();
    let bench = ["bench", "select.wasm", "--cases", "cases.yaml", "--seconds", "0.3", "--against", &rule_set];
    stage
        .rule(&bench)?
        .expect(0, &["p50 us", "floor", "placement", "retention", "the cheapest of the others"]);
    let (_, answer) = stage.json(&bench)?;
    let names: Vec<_> =
        answer["subjects"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["select", "floor", "placement", "retention", "select"]);
    assert!(answer["subjects"][0]["fuel"].as_u64() > answer["subjects"][1]["fuel"].as_u64(), "{answer}");
    stage
        .rule(&["bench", "select.wasm", "--cases", "cases.yaml", "--seconds", "0"])?
        .expect(2, &["--seconds"]);
    Ok(())
}

#[test]
fn documentation_comes_from_the_manifest() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.rule(&["docs", "select.wasm"])?.expect(
        0,
        &[
            "# select\n",
            "None are fetched for every resource; it may ask for some with `need-facts`",
            "| `exclude[].kind` |",
            "- `tag-asks`",
            "module = \"select.wasm\"",
            "digest = \"sha256:",
        ],
    );
    Ok(())
}

#[test]
fn the_binding_that_docs_propose_is_one_that_the_rule_takes() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    for name in ["select", "retention", "placement", "conditions", "guard", "rego"] {
        stage.shipped(name)?;
        let docs = stage.rule(&["docs", &format!("{name}.wasm")])?;
        let binding =
            docs.out.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        stage.write("ruleset.toml", format!("revision = 1\n[[layer]]\nname = \"team\"\n{binding}"))?;
        stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
        let explained = stage.rule(&["explain", "ruleset.toml", "--resource", "disk.yaml"])?;
        assert_eq!(explained.code, 0, "{name}: {}\n{binding}", explained.err);
    }
    Ok(())
}
