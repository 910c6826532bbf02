//! Calls per newly protected resource: as few as the contract allows, counted, and bounded.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::run::Run;
use super::worlds::{Case, cases, granted, ungranted};

/// Calls for the first resource of a process, for each further one of a burst, and for one whose roles have to
/// be granted and count after five minutes.
struct Bound {
    name: &'static str,
    first: usize,
    further: usize,
    granted: usize,
}

const BOUNDS: [Bound; 6] = [
    Bound { name: "azure-disks", first: 15, further: 9, granted: 36 },
    Bound { name: "azure-blobs", first: 13, further: 9, granted: 31 },
    Bound { name: "data-lake", first: 14, further: 10, granted: 33 },
    Bound { name: "postgresql-flexible", first: 13, further: 9, granted: 32 },
    Bound { name: "postgresql-single", first: 16, further: 12, granted: 37 },
    Bound { name: "aks", first: 20, further: 12, granted: 51 },
];

#[tokio::test(flavor = "multi_thread")]
async fn each_workload_keeps_within_its_calls() {
    let mut table = String::from("workload               first  further  with grants\n");
    let mut wrong = Vec::new();
    for case in cases() {
        let bound = BOUNDS.iter().find(|bound| bound.name == case.name);
        let bound = bound.unwrap_or_else(|| panic!("{} has no bound", case.name));
        let first = calls_for(&case, 1).await;
        let further = calls_for(&case, 3).await.len() - calls_for(&case, 2).await.len();
        let granted = calls_with_grants(&case).await;
        writeln!(table, "{:<21} {:>6} {further:>8} {:>12}", case.name, first.len(), granted.len()).unwrap();
        let counts = (first.len(), further, granted.len());
        if counts != (bound.first, bound.further, bound.granted) {
            wrong.push(format!("{}: {counts:?}\n{}\n\n{}", case.name, first.join("\n"), granted.join("\n")));
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Calls to protect so many resources that were created at the same time, their roles being there.
async fn calls_for(case: &Case, count: usize) -> Vec<String> {
    let groups = || ["rg-app", "rg-other", "rg-backup"].into_iter().take(count);
    let of = |text: String| groups().map(move |group| text.replace("rg-app", group));
    let bodies = case.estate.iter().flat_map(|body| of(body.to_string()));
    let estate = bodies.map(|text| serde_json::from_str(&text).unwrap()).collect();
    let mut run = Run::of(granted(estate)).await;
    let resources: Vec<String> = of(case.resource.clone()).collect();
    resources.iter().for_each(|resource| run.tell(resource));
    run.work_off().await;
    run.assert_sound(&resources, case.name);
    told(&run)
}

async fn calls_with_grants(case: &Case) -> Vec<String> {
    let mut run = Run::of(ungranted(case.estate.clone(), 300.0)).await;
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), case.name);
    told(&run)
}

fn told(run: &Run) -> Vec<String> {
    let tail = |path: &str| path.rsplit_once("/providers/").map_or(path, |(_, tail)| tail).to_owned();
    run.calls().iter().map(|(method, path, status)| format!("{status} {method} {}", tail(path))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn between_azures_own_steps_nothing_is_waited_for() {
    let mut table = String::from("workload               ends after  Azure needs     added\n");
    for case in cases() {
        let mut run = Run::of(granted(case.estate.clone())).await;
        let begun = run.azure.now();
        run.tell(&case.resource);
        run.work_off().await;
        run.assert_sound(std::slice::from_ref(&case.resource), case.name);
        let ended = run.ends.values().next().unwrap()[0].0;
        let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64();
        let (took, needed) = (seconds(begun, ended), needed(&case).await);
        let added = (took - needed) / needed;
        writeln!(table, "{:<21} {took:>9.3} s {needed:>9.3} s {:>8.3} %", case.name, added * 100.0).unwrap();
        assert!(added <= 0.01, "{table}");
    }
    println!("{table}");
}

/// Seconds until the end for somebody who knows when Azure has done a step, and asks at that very moment.
async fn needed(case: &Case) -> f64 {
    let mut run = Run::of(granted(case.estate.clone())).await;
    let begun = run.azure.now();
    run.tell(&case.resource);
    while let Some((_, message)) = run.next() {
        run.offer(message).await;
        if run.queue.len() > 0 {
            run.azure.advance_to_next().unwrap();
        }
    }
    run.ends.values().next().unwrap()[0].0.duration_since(begun).as_secs_f64()
}
