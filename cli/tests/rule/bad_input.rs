//! Input that cannot be read: every error names file, place and the way out, and ends with 2.

use crate::stage::Stage;

#[test]
fn a_missing_file_is_named() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.rule(&["check", "none.wasm"])?.expect(2, &["could not read the module none.wasm", "No such file"]);
    stage.rule(&["test", "select.wasm"])?.expect(2, &["add `--cases FILE`"]);
    stage.rule(&["test", "select.wasm", "--cases", "none.yaml"])?.expect(2, &["could not read none.yaml"]);
    stage.rule(&["test"])?.expect(2, &["has no holdfast-rule.toml", "holdfast rule new"]);
    stage.rule(&["run", "select.wasm", "--resource", "none.json"])?.expect(2, &["none.json", "No such file"]);
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    stage
        .rule(&["explain", "none.toml", "--resource", "disk.yaml"])?
        .expect(2, &["could not read none.toml"]);
    let (code, answer) = stage.json(&["check", "none.wasm"])?;
    assert_eq!(code, 2);
    assert!(answer["error"]["message"].as_str().unwrap_or_default().contains("none.wasm"), "{answer}");
    Ok(())
}

#[test]
fn wrong_usage_is_told_apart_from_failure() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    for command in [&["check"] as &[&str], &["docs"]] {
        stage.rule(command)?.expect(2, &[". has no holdfast-rule.toml"]);
    }
    stage.rule(&["new", "x", "--lang", "cobol"])?.expect(2, &["rust", "js", "python", "rego"]);
    stage.rule(&["new", "x"])?.expect(2, &["--lang"]);
    stage
        .rule(&["new", "Not-A-Name", "--lang", "rust"])?
        .expect(2, &["`Not-A-Name` is not a valid rule name"]);
    stage.rule(&["--help"])?.expect(0, &["Exit codes:", "holdfast rule new keep-disks --lang rust"]);
    stage.rule(&["test", "--help"])?.expect(0, &["A file of cases:", "reasons: [tag-asks]"]);
    Ok(())
}

#[test]
fn yaml_is_read_strictly_and_errors_have_a_place() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    let case = "cases:\n  - name: one\n    resource: { type: A.B/c }\n";
    for (text, said) in [
        ("cases: [\n  - name\n".to_owned(), vec!["cases.yaml:2:"]),
        (
            "cases:\n  - name: one\n    resource: { type: A.B/c }\n    expct: {}\n".to_owned(),
            vec!["cases.yaml:4:5", "expct", "expect"],
        ),
        (format!("{case}    expect: {{ verdict: maybe }}\n"), vec!["cases.yaml:4:24", "maybe", "abstain"]),
        (
            format!("{case}    expect: {{ protection: {{ retention: {{ min: 3 }} }} }}\n"),
            vec!["cases.yaml:4:", "min", "min-days"],
        ),
        (
            format!("{case}    facts: [{{ kind: weather }}]\n"),
            vec!["cases.yaml:4:", "weather", "subscription-tags"],
        ),
        (
            format!("{case}    event-time: yesterday\n"),
            vec!["cases.yaml:2: case `one`", "`yesterday` is not a valid time"],
        ),
        (
            "cases:\n  - name: one\n    resource: { type: disks }\n".to_owned(),
            vec!["case `one`", "`disks` is not a resource type"],
        ),
        ("cases:\n  - name: one\n    resource: {}\n".to_owned(), vec!["neither `type` nor `id`"]),
        ("cases: []\n".to_owned(), vec!["no case was run"]),
        ("a: &a [*a, *a]\n".to_owned(), vec!["cases.yaml:"]),
    ] {
        stage.write("cases.yaml", &text)?;
        let ran = stage.rule(&["test", "select.wasm", "--cases", "cases.yaml"])?;
        ran.expect(2, &said);
    }
    Ok(())
}

#[test]
fn other_files_are_read_as_strictly() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    let run = |more: &[&str]| stage.rule(&[&["run", "select.wasm"], more].concat());
    stage.write("list.json", "[{}, {}]")?;
    run(&["--resource", "list.json"])?.expect(2, &["list.json is not a resource", "a list of 2"]);
    stage.write("empty.json", "{}")?;
    run(&["--resource", "empty.json"])?.expect(2, &["empty.json", "it has no `id`", "az resource show"]);
    stage.write("torn.json", "{\n \"id\": ")?;
    run(&["--resource", "torn.json"])?.expect(2, &["torn.json:2:"]);
    stage.write("torn.toml", "a = \n")?;
    run(&["--resource", "disk.yaml", "--settings", "torn.toml"])?.expect(2, &["torn.toml", "line 1"]);
    stage.write("facts.yaml", "- { kind: locks, values: [] }\n")?;
    run(&["--resource", "disk.yaml", "--facts", "facts.yaml"])?.expect(2, &["facts.yaml:1:", "values"]);
    run(&["--resource", "disk.yaml", "--event-time", "noon"])?.expect(2, &["`noon` is not a valid time"]);
    stage.write("core.wasm", b"\0asm\x01\0\0\0")?;
    stage
        .rule(&["run", "core.wasm", "--resource", "disk.yaml"])?
        .expect(2, &["core.wasm cannot be used as a rule"]);
    stage.write("holdfast-rule.toml", "[rule]\nname = \"x\"\nlang = \"js\"\n[build]\ncommands = []\n")?;
    stage.rule(&["build"])?.expect(2, &["holdfast-rule.toml", "commands"]);
    Ok(())
}

#[test]
fn a_file_is_read_before_anything_is_compiled() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("core.wasm", b"\0asm\x01\0\0\0")?;
    stage.write("torn.yaml", "cases: [\n  - name\n")?;
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    stage.rule(&["test", "core.wasm", "--cases", "torn.yaml"])?.expect(2, &["torn.yaml:2:"]);
    stage.rule(&["run", "core.wasm", "--resource", "torn.yaml"])?.expect(2, &["torn.yaml:"]);
    let settings = ["run", "core.wasm", "--resource", "disk.yaml", "--settings", "none.toml"];
    stage.rule(&settings)?.expect(2, &["could not read none.toml"]);
    Ok(())
}

#[test]
fn a_project_that_is_not_built_is_told_with_the_way_out() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.rule(&["new", "mine", "--lang", "rego"])?.expect(0, &["Started mine"]);
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    for command in
        [&["check", "mine"] as &[&str], &["docs", "mine"], &["run", "mine", "--resource", "disk.yaml"]]
    {
        stage.rule(command)?.expect(2, &["is not built yet; run `holdfast rule build mine` first"]);
    }
    Ok(())
}
