//! What replaying 100,000 recorded decisions of one Rust rule costs on one core.
//!
//! `cargo bench --package holdfast-replay` after `cargo xtask rules`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{Digest, Evaluator, Request, Resource, RuleSet};
use holdfast_protection::ledger::{self, LedgerRecord};
use holdfast_replay::{Change, Finding, Kind, Recorded, Replayer};

/// Distinct documents; each is replayed [`ROUNDS`] times.
const DOCUMENTS: usize = 20_000;
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
    let folder = tempfile::tempdir()?;
    let evaluator =
        Evaluator::with_lanes(RuleSet::load(&select_only(&rules, folder.path())?)?, NonZeroUsize::MIN)?;
    let requests = (0..DOCUMENTS).map(request);
    let documents: Vec<(String, Vec<u8>)> =
        requests.map(|request| document(&evaluator, request)).collect::<anyhow::Result<_>>()?;
    let replayer = Replayer::new([evaluator.clone()]);

    let mut table = String::new();
    let bytes: usize = documents.iter().map(|(_, document)| document.len()).sum();
    writeln!(
        table,
        "{DOCUMENTS} documents of {} bytes on average, {ROUNDS} times, processor time of one thread",
        bytes / DOCUMENTS
    )?;
    writeln!(table, "{:<58} {:>9} {:>12}", "", "seconds", "us a decision")?;
    let read: Vec<Recorded<'_>> =
        documents.iter().map(|(path, document)| Recorded::read(path, document)).collect::<Result<_, _>>()?;
    let parsed = measure(|| documents.iter().all(|(path, document)| Recorded::read(path, document).is_ok()))?;
    let decided =
        measure(|| read.iter().all(|one| !evaluator.decide(&one.request).record.summary.is_empty()))?;
    let replayed = measure(|| {
        documents.iter().all(|(path, document)| replayer.replay(path, document) == Finding::Equal)
    })?;
    let compared = measure(|| {
        read.iter().all(|one| {
            let Ok(old) = one.decision() else { return false };
            Change::between(&old, &evaluator.decide(&one.request)).kind == Kind::Same
        })
    })?;
    for (name, took) in [
        ("documents read", parsed),
        ("requests decided, no comparison", decided),
        ("replay: read, decided, compared bit for bit", replayed),
        ("diff: recorded decision against the one made now", compared),
    ] {
        let each = took.as_secs_f64() * 1e6 / (DOCUMENTS * ROUNDS) as f64;
        writeln!(table, "{name:<58} {:>9.3} {each:>12.2}", took.as_secs_f64())?;
    }
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

/// Processor time of the best of three rounds: other work on the machine only ever adds.
fn measure(mut all: impl FnMut() -> bool) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Clock::now()?;
        for _ in 0..ROUNDS {
            ensure!(all(), "a decision is not what it should be");
        }
        best = best.min(started.elapsed()?);
    }
    Ok(best)
}

/// This thread's processor time where the kernel tells it, else the wall clock.
enum Clock {
    Processor(Duration),
    Wall(Instant),
}

impl Clock {
    fn now() -> anyhow::Result<Self> {
        Ok(match std::fs::read_to_string("/proc/thread-self/schedstat") {
            Ok(text) => {
                let nanoseconds = text.split(' ').next().context("an empty schedstat")?.parse()?;
                Self::Processor(Duration::from_nanos(nanoseconds))
            }
            Err(_) => Self::Wall(Instant::now()),
        })
    }

    fn elapsed(&self) -> anyhow::Result<Duration> {
        match (self, Self::now()?) {
            (Self::Processor(before), Self::Processor(now)) => Ok(now.saturating_sub(*before)),
            (Self::Wall(before), _) => Ok(before.elapsed()),
            (Self::Processor(_), Self::Wall(_)) => anyhow::bail!("the kernel told no processor time"),
        }
    }
}

fn document(evaluator: &Evaluator, request: Request) -> anyhow::Result<(String, Vec<u8>)> {
    let resource: holdfast_protection::ResourceId = request.resource.id.parse()?;
    let at = request.event_time.parse()?;
    let decision = Box::new(evaluator.decide(&request));
    let entry = ledger::about(&resource, at, &LedgerRecord::Decided { decision, request: Box::new(request) });
    Ok((entry.path, entry.body.into_bytes()))
}

fn request(number: usize) -> Request {
    let subscription = "11111111-2222-3333-4444-555555555555";
    let name = format!("disk-{number:06}");
    let group = format!("rg-{}", number % 97);
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/disks/{name}"
    );
    let one_of = |words: &[&str]| words.get(number % words.len()).copied().unwrap_or_default().to_owned();
    let location = one_of(&["westeurope", "northeurope", "eastus", "japaneast", "brazilsouth"]);
    let tags = [("env", one_of(&["prod", "test", "sandbox"])), ("owner", one_of(&["shop", "erp"]))];
    let body = format!(
        r#"{{"id":"{id}","location":"{location}","name":"{name}","properties":{{"creationData":{{"createOption":"Empty"}},"diskSizeGB":{},"provisioningState":"Succeeded","timeCreated":"2026-01-01T00:00:00.0000000+00:00"}},"sku":{{"name":"Premium_LRS"}},"type":"Microsoft.Compute/disks"}}"#,
        number % 1024
    );
    let resource = Resource {
        id,
        resource_type: "Microsoft.Compute/disks".to_owned(),
        name,
        location,
        resource_group: group,
        subscription: subscription.to_owned(),
        tags: tags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        sku: Some("Premium_LRS".to_owned()),
        kind: None,
        body,
    };
    Request {
        resource,
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}

/// A rule set with the rule `select` alone.
fn select_only(rules: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let module = std::fs::read(rules.join("select.wasm"))
        .context("target/rules has no select.wasm; run `cargo xtask rules` first")?;
    std::fs::write(folder.join("select.wasm"), &module)?;
    let path = folder.join("ruleset.toml");
    let text = format!(
        r#"revision = 1
[[layer]]
name = "organisation"
[[rule]]
id = "select"
module = "select.wasm"
digest = "{}"
layer = "organisation"
[[rule.settings.protect]]
locations = ["westeurope", "northeurope", "eastus"]
tags = {{ env = ["prod", "staging"] }}
"#,
        Digest::of(&module)
    );
    std::fs::write(&path, text)?;
    Ok(path)
}
