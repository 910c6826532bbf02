//! `test`: expectations, budgets, coverage, updates, and the forms of the answer.

use crate::forge::{self, Forged};
use crate::stage::Stage;

const HEAD: &str = "\
settings:
  exclude: [{ kind: opted-out, tags: { backup: [\"off\"] } }]
  protect: [{ types: [Microsoft.Compute/disks], tags: { env: [prod] } }]
cases:
";

fn stage(cases: &str) -> anyhow::Result<Stage> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write("cases.yaml", format!("{HEAD}{cases}"))?;
    Ok(stage)
}

const TEST: [&str; 4] = ["test", "select.wasm", "--cases", "cases.yaml"];

#[test]
fn a_failing_expectation_shows_what_was_expected_and_found() -> anyhow::Result<()> {
    let stage = stage(
        "  - name: the owner said no
    resource: { type: Microsoft.Compute/disks, tags: { backup: off } }
    expect: { exclude: { kind: opted-out }, reasons: [tag-excludes], message: backup=off }
  - name: a tagged disk
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect:
      verdict: exclude
      reasons: [listed, tag-asks]
  - name: fields
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect:
      protection: { tier: vault, retention: { min-days: 7 } }
",
    )?;
    let ran = stage.rule(&TEST)?;
    ran.expect(
        1,
        &[
            "ok    the owner said no",
            "FAIL  a tagged disk",
            "expected  exclude\n            found     protect",
            "expected  [listed, tag-asks]\n            found     [tag-asks]",
            "at cases.yaml:8",
            "it said: tag-asks: tag env=prod",
            "protection.tier\n            expected  vault\n            found     not stated",
            "2 cases failed, 1 passed",
        ],
    );
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "wider than 80 columns:\n{}", ran.out);
    let (code, answer) = stage.json(&TEST)?;
    let case = &answer["files"][0]["cases"][1];
    assert_eq!(
        (code, case["passed"].as_bool(), case["line"].as_u64()),
        (1, Some(false), Some(8)),
        "{answer}"
    );
    assert_eq!(case["differences"][0]["field"], "verdict");
    Ok(())
}

#[test]
fn a_fuel_budget_holds_for_each_case() -> anyhow::Result<()> {
    let stage = stage(
        "  - name: cheap enough
    fuel: 50000
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: protect }
  - name: too dear
    fuel: 100
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: protect }
",
    )?;
    let ran = stage.rule(&TEST)?;
    ran.expect(
        1,
        &["ok    cheap enough", "FAIL  too dear", "expected  at most 100\n", "1 case failed, 1 passed"],
    );
    // A budget is raised by a person: an update leaves file and failure alone.
    let before = stage.read("cases.yaml")?;
    stage.rule(&[&TEST[..], &["--update"]].concat())?.expect(1, &["FAIL  too dear"]);
    assert_eq!(stage.read("cases.yaml")?, before);
    Ok(())
}

#[test]
fn codes_that_no_case_gives_are_listed() -> anyhow::Result<()> {
    let stage = stage(
        "  - name: a tagged disk
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: protect }
",
    )?;
    let said = "Reason codes: 1 of 8 produced; no case gives listed, tag-excludes";
    stage.rule(&TEST)?.expect(0, &[said]);
    stage.rule(&[&TEST[..], &["--require-coverage"]].concat())?.expect(1, &[said, "1 case passed"]);
    Ok(())
}

#[test]
fn an_update_writes_expectations_and_nothing_else() -> anyhow::Result<()> {
    let cases = "  # First of all.
  - name: a tagged disk   # a name
    resource: &disk
      type: Microsoft.Compute/disks
      tags: { env: prod }
    expect:
      verdict: abstain
      message: nothing

  - name: in braces
    resource: *disk
    expect: { verdict: exclude, reasons: [a, \"}\"] }   # behind
  - name: nothing expected
    resource: *disk
  # Last of all.
";
    let stage = stage(cases)?;
    stage.rule(&TEST)?.expect(1, &["3 cases failed", "nothing stated; `--update`"]);
    stage
        .rule(&[&TEST[..], &["--update"]].concat())?
        .expect(0, &["3 expectations written", "new   a tagged disk"]);
    let expected = "  # First of all.
  - name: a tagged disk   # a name
    resource: &disk
      type: Microsoft.Compute/disks
      tags: { env: prod }
    expect:
      verdict: protect
      reasons: [tag-asks]
      message: tag env=prod

  - name: in braces
    resource: *disk
    expect: { verdict: protect, reasons: [tag-asks] }   # behind
  - name: nothing expected
    resource: *disk
    expect:
      verdict: protect
      reasons: [tag-asks]
  # Last of all.
";
    assert_eq!(stage.read("cases.yaml")?, format!("{HEAD}{expected}"));
    stage.rule(&TEST)?.expect(0, &["3 cases passed"]);
    Ok(())
}

#[test]
fn an_update_that_would_touch_more_is_refused() -> anyhow::Result<()> {
    let stage = stage("  - { name: one line, resource: { type: Microsoft.Compute/disks } }\n")?;
    let before = stage.read("cases.yaml")?;
    stage
        .rule(&[&TEST[..], &["--update"]].concat())?
        .expect(2, &["cases.yaml:5: could not place the new expectation of `one line`", "verdict: abstain"]);
    assert_eq!(stage.read("cases.yaml")?, before);
    Ok(())
}

#[test]
fn a_rule_that_fails_can_be_expected_to() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write(
        "forged.wasm",
        Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() }.component()?,
    )?;
    stage.write(
        "cases.yaml",
        "cases: [{ name: endless, resource: { type: A.B/c }, expect: { failure: out of fuel } }]",
    )?;
    stage
        .rule(&["test", "forged.wasm", "--cases", "cases.yaml"])?
        .expect(0, &["indeterminate", "1 case passed"]);
    stage.write(
        "cases.yaml",
        "cases: [{ name: endless, resource: { type: A.B/c }, expect: { verdict: abstain } }]",
    )?;
    stage.rule(&["test", "forged.wasm", "--cases", "cases.yaml"])?.expect(
        1,
        &["expected  abstain", "found     indeterminate: it ran out of fuel: the limit is 50000000"],
    );
    Ok(())
}

#[test]
fn results_are_written_as_junit() -> anyhow::Result<()> {
    let stage = stage(
        "  - name: \"a <disk> & \\\"more\\\"\"
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: abstain }
",
    )?;
    stage.rule(&[&TEST[..], &["--junit", "out.xml"]].concat())?.expect(1, &[]);
    let xml = stage.read("out.xml")?;
    assert!(xml.contains("tests=\"1\" failures=\"1\""), "{xml}");
    assert!(xml.contains("name=\"a &lt;disk&gt; &amp; &quot;more&quot;\""), "{xml}");
    assert!(xml.contains("verdict: expected abstain, found protect"), "{xml}");
    Ok(())
}

#[test]
fn cases_can_be_picked_by_name() -> anyhow::Result<()> {
    let case = |name: &str| {
        format!("  - {{ name: {name}, resource: {{ type: A.B/c }}, expect: {{ verdict: abstain }} }}\n")
    };
    let stage = stage(&format!("{}{}", case("one"), case("two")))?;
    stage.rule(&[&TEST[..], &["--only", "tw"]].concat())?.expect(0, &["1 case passed", "two"]);
    stage.rule(&[&TEST[..], &["--only", "three"]].concat())?.expect(2, &["no name has the text `three`"]);
    Ok(())
}

#[test]
fn a_rule_has_the_facts_that_the_case_gives_and_no_others() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("locks.wasm", Forged { fact: "locks", ..Forged::default() }.component()?)?;
    let test = |cases: &str| {
        stage.write("cases.yaml", cases)?;
        stage.rule(&["test", "locks.wasm", "--cases", "cases.yaml"])
    };
    let case = "cases: [{ name: one, resource: { type: A.B/c, name: d }";
    test(&format!("{case}, expect: {{ verdict: abstain }} }}]"))?.expect(
        1,
        &["expected  abstain", "need-facts: the case gives no locks of", "state it under `facts`"],
    );
    test(&format!("{case}, expect: {{ facts: [locks] }} }}]"))?.expect(0, &["need-facts", "1 case passed"]);
    test(&format!("{case}, facts: [{{ kind: locks, value: [] }}], expect: {{ verdict: abstain }} }}]"))?
        .expect(0, &["1 case passed"]);
    test(&format!("{case}, facts: [{{ kind: locks }}], expect: {{ facts: [locks] }} }}]"))?
        .expect(1, &["expected  need-facts", "found     abstain"]);
    Ok(())
}

#[test]
fn a_rule_that_judges_operations_is_asked_about_them() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("guard")?;
    let text = "settings:
  clauses:
    - { operations: [stop-and-delete], ruling: deny, because: never by hand }
    - { operations: [restore], caller-lacks: [admin], ruling: needs-approval, approver-roles: [admin] }
cases:
  - name: nobody deletes
    resource: { type: Microsoft.Compute/disks }
    operation: { kind: stop-and-delete }
    caller: { name: Ada, roles: [operator] }
    expect: { verdict: deny, reasons: [clause-denies], message: never by hand }
  - name: a restore needs a second person
    resource: { type: Microsoft.Compute/disks }
    operation: { kind: restore, parameters: { to: elsewhere } }
    caller: { roles: [restorer] }
    expect: { approval: { roles: [admin], within-hours: 24 } }
  - name: an administrator restores alone
    resource: { type: Microsoft.Compute/disks }
    operation: { kind: restore }
    caller: { roles: [admin] }
    expect: { verdict: abstain }
";
    stage.write("cases.yaml", text)?;
    let test = ["test", "guard.wasm", "--cases", "cases.yaml"];
    stage.rule(&test)?.expect(0, &["3 cases passed", "needs-approval"]);
    stage.write("cases.yaml", text.replace("within-hours: 24", "within-hours: 8"))?;
    stage.rule(&test)?.expect(1, &["approval.within-hours", "expected  8", "found     24"]);
    stage.write("cases.yaml", text.replace("operation: { kind: restore }", "# none"))?;
    stage.rule(&test)?.expect(2, &["case `an administrator restores alone`", "state `operation` too"]);
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    stage.rule(&["run", "guard.wasm", "--resource", "disk.yaml"])?.expect(2, &["does not judge resources"]);
    Ok(())
}

#[test]
fn a_rule_that_judges_restores_is_asked_about_them() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let text = "cases:
  - name: what was measured
    resource: { type: Microsoft.Compute/disks }
    workload: azure-disks
    labels: { class: secret }
    restore:
      point: 2026-01-01T02:00:00Z
      tier: vault
      restored: { type: Microsoft.Compute/disks, name: copy }
      measurements: { restored-bytes: 5, share: 0.5, boots: true, ended: 2026-01-01T03:00:00Z, by: me }
    expect: { verdict: VERDICT }
";
    for (finding, verdict) in [(0, "abstain"), (1, "passed"), (2, "failed"), (3, "inconclusive")] {
        stage.write("restores.wasm", forge::of_restores(finding)?)?;
        stage.write("cases.yaml", text.replace("VERDICT", verdict))?;
        let test = ["test", "restores.wasm", "--cases", "cases.yaml"];
        stage.rule(&test)?.expect(0, &["1 case passed", verdict]);
        stage.write("cases.yaml", text.replace("VERDICT", "allow"))?;
        stage.rule(&test)?.expect(1, &["expected  allow", verdict]);
    }
    stage.rule(&["check", "restores.wasm"])?.expect(0, &["verify of holdfast:rule@1.1.0", "judges restores"]);
    stage.write("cases.yaml", text.replace("share: 0.5", "share: [1]").replace("VERDICT", "passed"))?;
    stage
        .rule(&["test", "restores.wasm", "--cases", "cases.yaml"])?
        .expect(2, &["the measurement `share`", "expected a number"]);
    Ok(())
}

#[test]
fn facts_of_the_file_are_given_to_every_case_that_has_none_of_its_own() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    let cases = r#"
settings: { protect: [{ tags: { env: [prod] } }], inherit-tags: [resource-group] }
facts: [{ kind: resource-group-tags, value: { env: prod } }]
cases:
  - { name: of the file, resource: { type: A.B/c }, expect: { verdict: protect } }
  - name: its own
    resource: { type: A.B/c }
    facts: [{ kind: resource-group-tags, value: { env: test } }]
    expect: { verdict: abstain }
"#;
    stage.write("cases.yaml", cases)?;
    stage.rule(&["test", "select.wasm", "--cases", "cases.yaml"])?.expect(0, &["2 cases passed"]);
    Ok(())
}
