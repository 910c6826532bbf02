//! From nothing to a documented rule: new, build, test, run, docs, bench.

use std::fs;
use std::os::unix::fs::symlink;

use crate::stage::{Stage, root, rules};

#[test]
fn an_author_goes_from_a_template_to_documentation() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let root = root()?;
    let sdk = root.join("rules/sdk");
    let sdk = sdk.to_string_lossy();
    stage.rule(&["new", "keep-disks", "--lang", "rust", "--sdk", &sdk])?.expect(
        0,
        &[
            "Started keep-disks in ./keep-disks",
            "cd ./keep-disks",
            "holdfast rule build",
            "holdfast rule test",
        ],
    );
    assert!(stage.read("keep-disks/src/lib.rs")?.contains("pub struct KeepDisks;"));
    let again = stage.rule(&["new", "keep-disks", "--lang", "js"])?;
    again.expect(2, &["./keep-disks exists already and is left as it is"]);

    stage.rule(&["test", "keep-disks"])?.expect(2, &["is not built yet", "holdfast rule build keep-disks"]);
    // The workspace's lock and a shared target folder spare the registry and most of the compiling.
    fs::copy(root.join("Cargo.lock"), stage.path("keep-disks/Cargo.lock"))?;
    let target = root.join("target/rule-projects");
    fs::create_dir_all(&target)?;
    symlink(&target, stage.path("keep-disks/target"))?;
    let (code, built) = stage.json(&["build", "keep-disks"])?;
    assert_eq!(
        (code, built["built"].as_bool(), built["name"].as_str(), built["world"].as_str()),
        (0, Some(true), Some("keep-disks"), Some("packed-rule")),
        "{built}"
    );
    assert!(built["digest"].as_str().unwrap_or_default().starts_with("sha256:"));

    stage.rule(&["test", "keep-disks", "--require-coverage"])?.expect(
        0,
        &["3 cases passed", "Reason codes: 3 of 3 produced", "what will not live long is excluded"],
    );
    stage.write("keep-disks/src/lib.rs", stage.read("keep-disks/src/lib.rs")? + "\n")?;
    stage.rule(&["test", "keep-disks"])?.expect(0, &["src/lib.rs has changed since the build"]);
    stage.write("disk.yaml", "{ type: Microsoft.Compute/disks, name: d, tags: { env: prod } }")?;
    stage.write("settings.toml", "tag = \"env\"\nvalues = [\"prod\"]\nmin-days = 7\n")?;
    let run = ["run", "keep-disks", "--resource", "disk.yaml"];
    stage.rule(&run)?.expect(0, &["verdict                 protect", "at least 30 days"]);
    stage
        .rule(&[&run[..], &["--settings", "settings.toml"]].concat())?
        .expect(0, &["at least 7 days", "tag env=prod", "saw /target/tags/env = prod"]);
    stage.rule(&["check", "keep-disks"])?.expect(0, &["the settings fit", "In order\n"]);
    stage.rule(&["docs", "keep-disks", "--out", "keep-disks.md"])?.expect(0, &["Wrote keep-disks.md"]);
    let docs = stage.read("keep-disks.md")?;
    for line in [
        "# keep-disks",
        "| `min-days` | integer, at least `1`, at most `360` | yes |  | Days that backups are kept at least. |",
        "- `no-tag`",
        "mode = \"shadow\"",
        "module = \"keep-disks.wasm\"",
    ] {
        assert!(docs.lines().any(|found| found == line), "no line `{line}` in:\n{docs}");
    }
    let (code, bench) = stage.json(&["bench", "keep-disks", "--seconds", "0.2"])?;
    assert_eq!((code, bench["cases"].as_u64()), (0, Some(3)), "{bench}");
    assert!(bench["ratioToFloor"].as_f64().is_some_and(f64::is_normal), "{bench}");
    Ok(())
}

#[test]
fn every_language_has_a_template_that_is_filled_in() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    for (lang, wit) in [("rust", false), ("js", true), ("python", true), ("rego", false)] {
        let name = format!("my-{lang}");
        let (code, answer) = stage.json(&["new", &name, "--lang", lang, "--into", "rules"])?;
        assert_eq!(code, 0, "{answer}");
        for file in answer["files"].as_array().into_iter().flatten().filter_map(|file| file.as_str()) {
            let text = stage.read(&format!("rules/{name}/{file}"))?;
            let left =
                ["{{name}}", "{{crate}}", "{{Type}}", "{{sdk}}"].into_iter().find(|word| text.contains(word));
            assert_eq!(left, None, "{lang}: {file}");
        }
        let contract = format!("rules/{name}/wit/holdfast-rule.wit");
        assert_eq!(stage.path(&contract).exists(), wit, "{lang}");
        if wit {
            assert!(stage.read(&contract)?.contains("package holdfast:rule@1.1.0;"), "{lang}");
            assert!(!stage.path(&format!("rules/{name}/wit/1.1.0")).exists(), "{lang}");
        }
        assert!(stage.path(&format!("rules/{name}/README.md")).exists(), "{lang}");
    }
    Ok(())
}

#[test]
fn a_template_of_ones_own_is_filled_in() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let project = "[rule]\nname = \"{{name}}\"\nlang = \"ours\"\nwit = \"contract\"\n\
                   [build]\ncommand = [[\"true\"]]\noutput = \"x.wasm\"\n";
    stage.write("ours/holdfast-rule.toml", project)?;
    stage.write("ours/src/{{crate}}.txt", "{{Type}} {{name}}")?;
    stage.write("ours/logo.bin", [0xff, 0xfe, b'{', b'{'])?;
    stage.rule(&["new", "a-rule", "--template", "ours"])?.expect(0, &["Started a-rule in ./a-rule"]);
    assert_eq!(stage.read("a-rule/src/a_rule.txt")?, "ARule a-rule");
    assert!(stage.read("a-rule/contract/holdfast-rule.wit")?.contains("package holdfast:rule@1.0.0;"));
    assert_eq!(fs::read(stage.path("a-rule/logo.bin"))?, [0xff, 0xfe, b'{', b'{']);
    for (version, code, said) in [("1.1.0", 0, "Started"), ("9.9.9", 2, "no version 9.9.9 of the contract")] {
        let stated = project.replace("lang =", &format!("contract = \"{version}\"\nlang ="));
        stage.write("ours/holdfast-rule.toml", stated)?;
        let name = format!("of-{}", version.replace('.', "-"));
        stage.rule(&["new", &name, "--template", "ours"])?.expect(code, &[said]);
    }
    assert!(stage.read("of-1-1-0/contract/holdfast-rule.wit")?.contains("package holdfast:rule@1.1.0;"));
    stage
        .rule(&["new", "b", "--template", "a-rule/src"])?
        .expect(2, &["is not a template", "holdfast-rule.toml"]);
    stage
        .rule(&["new", "b", "--template", "ours", "--sdk", "ours"])?
        .expect(2, &["ours is not the rule SDK"]);
    Ok(())
}

#[test]
fn a_missing_tool_is_named_with_the_way_to_get_it() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write(
        "holdfast-rule.toml",
        r#"
        [rule]
        name = "x"
        lang = "js"
        [build]
        command = [["true"]]
        output = "dist/x.wasm"
        needs = [
            { tool = "sh", check = ["sh", "-c", "echo version 1"], install = "it is everywhere" },
            { tool = "a tool from nowhere", check = ["no-such-tool", "--version"], install = "npm install -g nowhere" },
            { tool = "version 2", check = ["sh", "-c", "echo version 1"], prints = "version 2", install = "update it" },
        ]
        "#,
    )?;
    let ran = stage.rule(&["build"])?;
    ran.expect(1, &["Not built", "a tool from nowhere", "npm install -g nowhere", "update it", "version 1"]);
    let (code, answer) = stage.json(&["build"])?;
    assert_eq!((code, answer["tools"][1]["found"].is_null()), (1, true), "{answer}");
    Ok(())
}

#[test]
fn a_command_that_fails_or_writes_nothing_is_told() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let project = |command: &str| {
        format!("[rule]\nname = \"x\"\nlang = \"js\"\n[build]\ncommand = [{command}]\noutput = \"x.wasm\"\n")
    };
    stage.write("holdfast-rule.toml", project(r#"["sh", "-c", "echo broken >&2; exit 3"]"#))?;
    stage.rule(&["build"])?.expect(1, &["Not built", "exit status: 3", "broken"]);
    let sdk =
        "[dependencies]\nholdfast-rule-sdk = { git = \"https://github.com/holdfast-backup/holdfast\" }\n";
    stage.write("Cargo.toml", sdk)?;
    stage.rule(&["build"])?.expect(1, &["--sdk", "Cargo.toml", "rules/sdk"]);
    stage.write("holdfast-rule.toml", project(r#"["true"]"#))?;
    stage.rule(&["build"])?.expect(1, &["the commands ran, but ./x.wasm is not there"]);
    stage.write("holdfast-rule.toml", project(r#"["sh", "-c", "echo text > x.wasm"]"#))?;
    stage.rule(&["build"])?.expect(1, &["./x.wasm: it is not WebAssembly"]);
    stage.write("holdfast-rule.toml", project("[]"))?;
    stage.rule(&["build"])?.expect(2, &["`build.command` has an empty command"]);
    Ok(())
}

#[test]
fn a_project_can_be_the_settings_of_a_shipped_rule() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let project = |shipped: &str, settings: &str| {
        format!(
            "[rule]\nname = \"mine\"\nlang = \"rego\"\n[build]\nshipped = \"{shipped}.wasm\"\n\
             output = \"dist/mine.wasm\"\n{settings}"
        )
    };
    let settings = "[settings]\nprotect = [{ types = [\"A.B/c\"] }]\n";
    stage.write("holdfast-rule.toml", project("nowhere", settings))?;
    stage
        .rule(&["build"])?
        .expect(1, &["the shipped module nowhere.wasm is not here, nor in this program; looked in"]);
    // The binary lies in target/debug, and `cargo xtask rules` fills the folder beside that.
    rules()?;
    stage.write("holdfast-rule.toml", project("select", settings))?;
    stage.rule(&["build"])?.expect(0, &["Built select"]);
    let case =
        "cases: [{ name: one, resource: { type: A.B/c }, expect: { verdict: protect, reasons: [listed] } }]";
    stage.write("tests/one.yaml", case)?;
    stage.rule(&["test"])?.expect(0, &["1 case passed"]);
    stage.write("policy.json", "not the settings' form")?;
    stage.write("holdfast-rule.toml", project("select", "[settings-from]\nprotect = \"policy.json\"\n"))?;
    stage.rule(&["build"])?.expect(1, &["the project's settings do not fit: /protect"]);
    stage.write("holdfast-rule.toml", project("select", "[settings-from]\nprotect = \"none.json\"\n"))?;
    stage.rule(&["test"])?.expect(2, &["could not read ./none.json, the setting `protect`"]);
    Ok(())
}

#[test]
fn a_shipped_rule_is_carried_in_the_program() -> anyhow::Result<()> {
    rules()?;
    let stage = Stage::new()?;
    // A program that was installed: no repository around it, no rules beside it.
    fs::create_dir_all(stage.path("bin"))?;
    let installed = stage.path("bin/holdfast");
    fs::copy(env!("CARGO_BIN_EXE_holdfast"), &installed)?;
    let project =
        "[rule]\nname = \"mine\"\nlang = \"rego\"\n[build]\nshipped = \"select.wasm\"\noutput = \"x.wasm\"\n";
    stage.write("mine/holdfast-rule.toml", project)?;
    let built = std::process::Command::new(&installed)
        .args(["rule", "build", "mine"])
        .current_dir(stage.path(""))
        .output()?;
    let said = String::from_utf8_lossy(&built.stdout);
    assert!(built.status.success() && said.contains("Built select"), "{said}");
    Ok(())
}
