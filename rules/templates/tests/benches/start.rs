//! How soon a process without a compiler decides, and what it holds at rest: eight precompiled rules in Rust, one in
//! JavaScript and one in Python, and all of them.
//!
//! `cargo xtask bench start`. Builds the templates first; goes on without one whose tools cannot be had.

#[path = "../../../../evaluator/examples/decide/request.rs"]
mod request;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{CompiledSigner, Digest, Evaluator, RuleSet, precompile};
use holdfast_rule_templates::Guests;
use toml::{Table, Value};

use request::request;

const RUNS: usize = 100;
const EVALUATIONS: usize = 500;
const DISK: &str = "Microsoft.Compute/disks";

/// A rule set whose code lies beside it.
struct Published {
    name: &'static str,
    path: String,
    bytes: u64,
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let signer = CompiledSigner::from_seed(&[3; 32])?;
    let sets = published(folder.path(), &signer)?;
    let decide = example()?;
    let key = signer.key().to_string();

    let mut table = String::new();
    let empty = median(&decide, &[])?;
    writeln!(table, "{:<58} {:>9} {:>9}", "exec to exit, without a compiler", "ms", "+ empty")?;
    writeln!(table, "{:<58} {empty:>9.2} {:>9.2}", "an empty run", 0.0)?;
    for set in &sets {
        let name = format!("{}, {} KB of code", set.name, set.bytes / 1024);
        let first = median(&decide, &[&set.path, &key, "--warm", DISK])?;
        writeln!(table, "{name:<58} {first:>9.2} {:>9.2}", first - empty)?;
    }
    for set in &sets {
        memory(&mut table, &decide, set, &key)?;
    }
    warm(&mut table, &sets, &signer)?;
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

/// Milliseconds from exec to exit.
fn median(program: &Path, arguments: &[&str]) -> anyhow::Result<f64> {
    let times = (0..RUNS).map(|_| {
        let started = Instant::now();
        let output = Command::new(program).args(arguments).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(started.elapsed())
    });
    middle(times.collect::<anyhow::Result<_>>()?)
}

fn middle(mut times: Vec<Duration>) -> anyhow::Result<f64> {
    times.sort();
    Ok(times.get(times.len() / 2).context("nothing was measured")?.as_secs_f64() * 1e3)
}

/// What a process holds after a decision.
fn memory(table: &mut String, program: &Path, set: &Published, key: &str) -> anyhow::Result<()> {
    let output = Command::new(program).args([&set.path, key, "--warm", DISK, "--memory"]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let kilobytes = |field: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    };
    let (resident, shared) = (kilobytes("VmRSS:"), kilobytes("RssShmem:"));
    let name = format!("after a decision, {}", set.name);
    let beyond = resident.saturating_sub(shared);
    writeln!(
        table,
        "{name:<58} {resident:>9} KB resident, {shared} KB of them mapped modules, {beyond} KB beyond"
    )?;
    Ok(())
}

/// Decisions in this process, everything loaded.
fn warm(table: &mut String, sets: &[Published], signer: &CompiledSigner) -> anyhow::Result<()> {
    writeln!(table, "{:<58} {:>9} {:>9}", "fresh sandboxes, decided and recorded", "us", "ratio")?;
    let mut baseline = None;
    for set in sets {
        let rule_set = RuleSet::load_precompiled(
            Path::new(&set.path),
            &signer.key(),
            &holdfast_evaluator::PinnedOnly,
            holdfast_evaluator::Otherwise::Refuse,
        )?;
        let evaluator = Evaluator::new(rule_set)?;
        evaluator.warm()?;
        let request = request(DISK);
        let times = (0..EVALUATIONS).map(|_| {
            let started = Instant::now();
            std::hint::black_box(evaluator.decide(&request));
            started.elapsed()
        });
        let middle = middle(times.collect())? * 1e3;
        let ratio = middle / *baseline.get_or_insert(middle);
        writeln!(table, "{:<58} {middle:>9.0} {ratio:>9.2}", set.name)?;
    }
    Ok(())
}

/// A rule: its id, its module, its settings.
type Rule = (String, Vec<u8>, Value);

fn published(folder: &Path, signer: &CompiledSigner) -> anyhow::Result<Vec<Published>> {
    let select = root().join("target/rules/select.wasm");
    let select = fs::read(select).context("run `cargo xtask rules` first")?;
    let selects = (0..8).map(|number| {
        let settings = format!(r#"protect = [{{ tags = {{ env = ["prod", "{number}"] }} }}]"#);
        Ok((format!("select-{number}"), select.clone(), Value::Table(settings.parse()?)))
    });
    let mut all = selects.collect::<anyhow::Result<Vec<Rule>>>()?;
    let mut sets = vec![publish(folder, signer, "eight in Rust", &all)?];
    let guests = Guests::build()?;
    for guest in guests.built.iter().filter(|guest| ["js", "python"].contains(&guest.language)) {
        let settings = Value::try_from(&guest.settings)?;
        let rule = (guest.language.to_owned(), fs::read(&guest.module)?, settings);
        sets.push(publish(folder, signer, guest.language, std::slice::from_ref(&rule))?);
        all.push(rule);
    }
    for line in &guests.unreachable {
        writeln!(std::io::stderr(), "skipped: {line}")?;
    }
    sets.push(publish(folder, signer, "all of them", &all)?);
    Ok(sets)
}

/// Writes a rule set about disks into a folder of its name, with its code.
fn publish(
    folder: &Path,
    signer: &CompiledSigner,
    name: &'static str,
    rules: &[Rule],
) -> anyhow::Result<Published> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    let layer = Table::from_iter([("name".to_owned(), "team".into())]);
    let bound = rules.iter().map(|(id, module, settings)| {
        fs::write(folder.join(format!("{id}.wasm")), module)?;
        Ok(Value::from(Table::from_iter([
            ("id".to_owned(), id.as_str().into()),
            ("module".to_owned(), format!("{id}.wasm").into()),
            ("digest".to_owned(), Digest::of(module).to_string().into()),
            ("layer".to_owned(), "team".into()),
            ("types".to_owned(), vec![DISK].into()),
            ("settings".to_owned(), settings.clone()),
        ])))
    });
    let text = Table::from_iter([
        ("revision".to_owned(), 1.into()),
        ("layer".to_owned(), vec![Value::from(layer)].into()),
        ("rule".to_owned(), bound.collect::<anyhow::Result<Vec<_>>>()?.into()),
    ]);
    let path = folder.join("ruleset.toml");
    fs::write(&path, toml::to_string(&text)?)?;
    let code = precompile(&RuleSet::load(&path)?, &folder.join("compiled"), signer)?;
    let bytes = code.iter().map(|rule| rule.bytes).sum();
    Ok(Published { name, path: path.display().to_string(), bytes })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The example `decide`, built without a compiler.
fn example() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root()).args(["build", "--quiet", "--release", "--package", "holdfast-evaluator"]);
    let status = build.args(["--example", "decide", "--no-default-features"]).status()?;
    ensure!(status.success(), "the example `decide` does not build without a compiler");
    Ok(root().join("target/release/examples/decide"))
}
