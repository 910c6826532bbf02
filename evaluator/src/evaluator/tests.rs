use std::num::NonZeroUsize;

use super::setup::host;
use super::*;
use crate::Digest;
use crate::engine::WASMTIME;

#[test]
fn the_stated_wasmtime_is_the_locked_one() -> anyhow::Result<()> {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = std::fs::read_to_string(lock)?;
    let entry = format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n");
    assert!(lock.contains(&entry), "Cargo.lock has another wasmtime than {WASMTIME}");
    Ok(())
}

#[test]
#[cfg(feature = "compiler")]
fn without_a_sandbox_every_decision_is_held() -> anyhow::Result<()> {
    use crate::model::Outcome;
    use crate::sandbox::tests::{forge::Forged, request};

    let folder = tempfile::tempdir()?;
    let module = Forged::default().component()?;
    std::fs::write(folder.path().join("forged.wasm"), &module)?;
    let text = format!(
        "revision = 1\n[[layer]]\nname = \"organisation\"\n[[rule]]\nid = \"forged\"\nmodule = \"forged.wasm\"\n\
         digest = \"{}\"\nlayer = \"organisation\"\non-error = \"ignore\"\nmode = \"shadow\"\n",
        Digest::of(&module)
    );
    let enforced = text.replace("mode = \"shadow\"", "").replace("\"ignore\"", "\"protect-with-default\"");
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, enforced)?;
    let shared = Shared {
        rule_set: RuleSet::load(&path)?,
        lanes: Lanes::none(),
        host: host(),
        rule_set_digest: String::new(),
        blocking: Setup::default().blocking,
    };
    let evaluator = Evaluator { shared: Arc::new(shared) };
    let decision = evaluator.decide(&request());
    let Outcome::Hold { reason } = &decision.outcome else {
        anyhow::bail!("expected a hold, got {:?}", decision.outcome);
    };
    assert!(reason.contains("`forged`") && reason.contains("no sandbox"), "{reason}");
    assert_eq!(decision.record.opinions.len(), 1);
    assert_eq!(evaluator.ask(&request()), Round::Decided(decision));
    Ok(())
}

#[test]
fn a_call_that_is_left_out_is_made_nonetheless() -> anyhow::Result<()> {
    let shared = |blocking| -> anyhow::Result<Evaluator> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("ruleset.toml");
        std::fs::write(&path, "revision = 1\nrule = []\n[[layer]]\nname = \"organisation\"\n")?;
        let rule_set = RuleSet::load(&path)?;
        Ok(Evaluator::with(rule_set, Setup { blocking, lanes: NonZeroUsize::MIN, ..Setup::default() })?)
    };
    static MADE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let counting: Blocking = |call| {
        MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        call();
    };
    let counted = shared(counting)?;
    let request = crate::sandbox::tests::request();
    let decision = counted.decide(&request);
    assert_eq!(MADE.load(std::sync::atomic::Ordering::Relaxed), 1);
    // However many resources: what is decided together keeps its thread for as long as all of them take.
    let decided = counted.decide_many(&[request.clone(), request.clone()], NonZeroUsize::MIN);
    assert_eq!((decided.len(), MADE.load(std::sync::atomic::Ordering::Relaxed)), (2, 2));
    let lazy = shared(|_| ())?;
    assert_eq!(lazy.decide(&request), decision);
    Ok(())
}
