use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

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
        desk: Desk::new(1),
        beside: Setup::default().beside,
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

/// An evaluator without rules, one evaluation at a time.
fn silent(beside: Beside) -> anyhow::Result<Evaluator> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, "revision = 1\nrule = []\n[[layer]]\nname = \"organisation\"\n")?;
    let rule_set = RuleSet::load(&path)?;
    Ok(Evaluator::with(rule_set, Setup { beside, lanes: NonZeroUsize::MIN, ..Setup::default() })?)
}

fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn what_is_asked_beside_takes_one_thread_for_each_lane_and_comes_in_order() -> anyhow::Result<()> {
    static GIVEN: Mutex<Vec<Work>> = Mutex::new(Vec::new());
    static DONE: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    let lock = || GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let evaluator = silent(|work| GIVEN.lock().unwrap_or_else(PoisonError::into_inner).push(work))?;
    let call = |number: u32| {
        evaluator.beside(move |_| {
            DONE.lock().unwrap_or_else(PoisonError::into_inner).push(number);
            number
        })
    };
    let (mut first, mut second) = (pin!(call(1)), pin!(call(2)));
    assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (Poll::Pending, Poll::Pending));
    // Who waits has its thread back, and there is work for one other.
    let work = std::mem::take(&mut *lock());
    assert_eq!(work.len(), 1);
    work.into_iter().for_each(|work| work());
    assert_eq!(*DONE.lock().unwrap_or_else(PoisonError::into_inner), [1, 2]);
    assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (Poll::Ready(1), Poll::Ready(2)));
    // The place is free again, and work that is never begun is done by who drops it.
    let mut third = pin!(call(3));
    assert_eq!(poll(third.as_mut()), Poll::Pending);
    drop(std::mem::take(&mut *lock()));
    assert_eq!(poll(third.as_mut()), Poll::Ready(3));
    Ok(())
}

#[test]
fn a_panic_beside_is_that_of_who_waits() -> anyhow::Result<()> {
    let evaluator = silent(Setup::default().beside)?;
    for _ in 0..2 {
        let mut call = pin!(evaluator.beside(|_| -> u32 { std::panic::panic_any("it broke") }));
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(call.as_mut())));
        assert_eq!(broken.err().and_then(|panic| panic.downcast_ref::<&str>().copied()), Some("it broke"));
    }
    Ok(())
}
