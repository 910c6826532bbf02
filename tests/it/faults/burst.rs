//! Five thousand creations at once: worked off at Azure's pace, the important first, without a storm of refusals.

use std::time::Duration;

use holdfast_protection::priority::Priority;
use holdfast_protection::work::Cause;
use holdfast_simulator::Throttling;
use serde_json::json;

use super::run::Run;
use super::worlds::{disks, granted};

const CREATED: usize = 5_000;
/// Calls per resource of a burst: those of `calls.rs`, and what begins again each minute.
const CALLS_EACH: f64 = 9.2;

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_worked_off_in_order_of_importance_without_a_storm_of_429() {
    let kind = |n: usize| match n % 10 {
        0 => Priority::Urgent,
        1..=3 => Priority::Sweep,
        _ => Priority::Event,
    };
    let tags = |n: usize| match kind(n) {
        Priority::Urgent => json!({ "env": "prod", "tier": "gold" }),
        Priority::Sweep | Priority::Event | Priority::Pending => json!({ "env": "prod" }),
    };
    let (ids, bodies) = disks(CREATED, tags);
    let mut run = Run::with(granted(bodies), Throttling::Azure).await;
    let begun = run.azure.now();
    for (n, id) in ids.iter().enumerate() {
        let mut item = run.item(id);
        item.urgent = kind(n) == Priority::Urgent;
        if kind(n) == Priority::Sweep {
            item.cause = Cause::Sweep;
        }
        run.queue.put(&item, begun, Duration::ZERO);
    }
    run.work_off().await;
    run.assert_sound(&ids, "burst");

    let seconds = |id: &String| run.ends[&id.to_ascii_lowercase()][0].0.duration_since(begun).as_secs_f64();
    let middle = |wanted: Priority| {
        let mut ends: Vec<f64> =
            ids.iter().enumerate().filter(|(n, _)| kind(*n) == wanted).map(|(_, id)| seconds(id)).collect();
        ends.sort_by(f64::total_cmp);
        (ends[ends.len() / 2], ends[ends.len() - 1])
    };
    let calls = run.calls();
    let refused = calls.iter().filter(|(_, _, status)| *status == 429).count();
    let each = calls.len() as f64 / CREATED as f64;
    let reads = calls.iter().filter(|(method, _, _)| method == "GET").count();
    let writes = calls.len() - reads;
    // The buckets are full at first; what exceeds them comes at their refill.
    let fastest = ((reads as f64 - 250.0) / 25.0).max((writes as f64 - 200.0) / 10.0);
    let (urgent, event, sweep) = (middle(Priority::Urgent), middle(Priority::Event), middle(Priority::Sweep));
    let last = ids.iter().map(seconds).fold(0.0, f64::max);
    println!("burst of {CREATED}: {} calls ({each:.2} each), {refused} refused with 429", calls.len());
    println!("looks {}, of them held back {}", run.passes, run.held_back);
    println!(
        "protected after (middle, last): urgent {urgent:.0?} s, events {event:.0?} s, sweep {sweep:.0?} s"
    );
    println!("all after {last:.0} s; Azure's refill alone allows {fastest:.0} s");
    assert!(refused <= CREATED / 1000, "{refused} refusals");
    assert!(each <= CALLS_EACH, "{each} calls each");
    assert!(urgent.1 < event.0 && event.0 < sweep.0, "the important come first");
    assert!(last <= fastest * 1.25 + 60.0, "slower than Azure's refill");
}
