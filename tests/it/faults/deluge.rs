//! Ten thousand events, most of them copies, in no order, to a process that keeps dying.

use std::time::Duration;

use holdfast_simulator::Throttling;
use serde_json::json;

use super::run::Run;
use super::worlds::{disks, granted};

const EVENTS: usize = 10_000;
const COPIES: usize = 5;
/// The process dies of each call of such a number.
const DEADLY: u32 = 700;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_events_in_no_order_lose_and_double_nothing() {
    let (ids, bodies) = disks(EVENTS / COPIES, |_| json!({ "env": "prod" }));
    let mut run = Run::with(granted(bodies), Throttling::Azure).await;
    let begun = run.azure.now();
    // Reproducible disorder: a walk with a step that shares no factor with the number of events.
    for n in (0..EVENTS).map(|n| n * 7_919 % EVENTS) {
        let mut item = run.item(&ids[n % ids.len()]);
        // Copies tell of the same moment; they arrive within half an hour.
        item.at = begun;
        let late = Duration::from_secs((n * 31 % 1_800) as u64);
        run.queue.put(&item, begun, late);
    }
    run.line.die_at(DEADLY);
    while let Some((seen, message)) = run.next() {
        run.wait_until(seen);
        run.offer(message).await;
        if !run.line.is_doomed() {
            run.line.die_at(run.line.calls() + DEADLY);
        }
    }
    run.assert_sound(&ids, "deluge");
    let calls = run.calls();
    let refused = calls.iter().filter(|(_, _, status)| *status == 429).count();
    let ended: usize = run.ends.values().map(Vec::len).sum();
    println!(
        "{EVENTS} events about {} disks: {} calls, {} deaths, {refused} refused, {ended} ends, lost 0",
        ids.len(),
        run.line.calls(),
        run.deaths
    );
    assert!(run.deaths >= 20, "{} deaths", run.deaths);
    assert_eq!(ended, EVENTS, "each event comes to an end");
    // A copy costs a pass that finds the resource and its instance.
    assert!(run.line.calls() as usize <= EVENTS * 2 + ids.len() * 12 + run.deaths as usize * 14);
}
