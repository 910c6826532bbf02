//! How soon a process without a compiler decides, and what it holds at rest: ten precompiled rules, one
//! of them in JavaScript and one in Python.
//!
//! `cargo xtask bench start`. Needs Node.js and Python for two of the
//! rules; says so, and goes on without them, where their toolchains cannot be had.

#[path = "../tests/it/guests.rs"]
mod guests;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{CompiledSigner, Digest, Evaluator, RuleSet, precompile};

const RUNS: usize = 100;
const EVALUATIONS: usize = 500;
const DISK: &str = "Microsoft.Compute/disks";
const SITE: &str = "Microsoft.Web/sites";
const SERVER: &str = "Microsoft.Sql/servers";

fn main() -> anyhow::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
    let folder = tempfile::tempdir()?;
    let path = rule_set(&rules, folder.path())?;
    let signer = CompiledSigner::from_seed(&[3; 32])?;
    let loaded = RuleSet::load(&path)?;
    let published = precompile(&loaded, &folder.path().join("compiled"), &signer)?;
    let mapped: u64 = published.iter().map(|rule| rule.bytes).sum();
    let decide = example()?;
    let key = signer.key().to_string();
    let path = path.display().to_string();

    let mut table = String::new();
    writeln!(table, "{} rules, {} KB of code", published.len(), mapped / 1024)?;
    let empty = median(&decide, &[])?;
    writeln!(table, "{:<58} {:>9} {:>9}", "exec to exit, without a compiler", "ms", "+ empty")?;
    for (name, arguments) in [
        ("an empty run", &[] as &[&str]),
        ("first decision, Rust rules", &[&path, &key, DISK]),
        ("first decision, the JavaScript rule", &[&path, &key, SITE]),
        ("first decision, the Python rule", &[&path, &key, SERVER]),
        ("everything loaded, then decided", &[&path, &key, "--warm", DISK]),
    ] {
        let median = median(&decide, arguments)?;
        writeln!(table, "{name:<58} {median:>9.2} {:>9.2}", median - empty)?;
    }
    memory(&mut table, &decide, &path, &key)?;
    warm(&mut table, &path, &signer)?;
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

/// What a process holds after a decision by every rule.
fn memory(table: &mut String, program: &Path, path: &str, key: &str) -> anyhow::Result<()> {
    for (name, arguments) in [
        ("after one decision by Rust rules", &[path, key, DISK, "--memory"] as &[&str]),
        ("after decisions by all rules", &[path, key, "--warm", DISK, SITE, SERVER, "--memory"]),
    ] {
        let output = Command::new(program).args(arguments).output()?;
        let text = String::from_utf8(output.stdout)?;
        let kilobytes = |field: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(field));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        let (resident, shared) = (kilobytes("VmRSS:"), kilobytes("RssShmem:"));
        writeln!(
            table,
            "{name:<58} {resident:>9} KB resident, {shared} KB of them mapped modules, {} KB beyond",
            resident.saturating_sub(shared)
        )?;
    }
    Ok(())
}

/// One decision by one rule, in this process, everything loaded.
fn warm(table: &mut String, path: &str, signer: &CompiledSigner) -> anyhow::Result<()> {
    let rule_set = RuleSet::load_precompiled(
        Path::new(path),
        &signer.key(),
        &holdfast_evaluator::PinnedOnly,
        holdfast_evaluator::Otherwise::Refuse,
    )?;
    let evaluator = Evaluator::new(rule_set)?;
    evaluator.warm()?;
    writeln!(table, "{:<58} {:>9} {:>9}", "fresh sandboxes, decided and recorded", "us", "ratio")?;
    let mut baseline = None;
    let rules =
        [("eight rules in Rust (baseline)", DISK), ("one in JavaScript", SITE), ("one in Python", SERVER)];
    for (name, kind) in rules {
        let request = request(kind);
        let times = (0..EVALUATIONS).map(|_| {
            let started = Instant::now();
            std::hint::black_box(evaluator.decide(&request));
            started.elapsed()
        });
        let middle = middle(times.collect())? * 1e3;
        let ratio = middle / *baseline.get_or_insert(middle);
        writeln!(table, "{name:<58} {middle:>9.0} {ratio:>9.2}")?;
    }
    Ok(())
}

fn request(kind: &str) -> holdfast_evaluator::Request {
    let tags = [("env", "prod"), ("tier", "gold"), ("owner", "shop")];
    holdfast_evaluator::Request {
        resource: holdfast_evaluator::Resource {
            id: format!("/subscriptions/s/resourceGroups/rg-shop/providers/{kind}/one"),
            resource_type: kind.to_owned(),
            name: "one".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "rg-shop".to_owned(),
            subscription: "s".to_owned(),
            tags: tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            sku: None,
            kind: None,
            body: r#"{"location":"westeurope"}"#.to_owned(),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..holdfast_evaluator::Request::default()
    }
}

/// Eight rules in Rust about disks, one in JavaScript about sites, one in Python about servers.
fn rule_set(rules: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let select = fs::read(rules.join("select.wasm")).context("run `cargo xtask rules` first")?;
    let selects = (0..8).map(|number| {
        let settings = format!(r#"protect = [{{ tags = {{ env = ["prod", "{number}"] }} }}]"#);
        (format!("select-{number}"), select.clone(), DISK, settings)
    });
    let mut all: Vec<_> = selects.collect();
    for (id, module, kind) in [("script", guests::javascript()?, SITE), ("snake", guests::python()?, SERVER)]
    {
        if let Some(module) = module {
            all.push((id.to_owned(), fs::read(module)?, kind, r#"protect = ["prod"]"#.to_owned()));
        }
    }
    let mut text = "revision = 1\n[[layer]]\nname = \"team\"\n".to_owned();
    for (id, module, kind, settings) in all {
        fs::write(folder.join(format!("{id}.wasm")), &module)?;
        writeln!(
            text,
            "[[rule]]\nid = \"{id}\"\nmodule = \"{id}.wasm\"\ndigest = \"{}\"\nlayer = \"team\"\n\
             types = [\"{kind}\"]\n[rule.settings]\n{settings}",
            Digest::of(&module)
        )?;
    }
    let path = folder.join("ruleset.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// The example `decide`, built without a compiler.
fn example() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--release"]);
    let status = build.args(["--example", "decide", "--no-default-features"]).status()?;
    ensure!(status.success(), "the example `decide` does not build without a compiler");
    Ok(guests::target().join("release/examples/decide"))
}
