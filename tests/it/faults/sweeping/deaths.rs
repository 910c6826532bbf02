//! A run whose process dies at any call of storage, and whose messages come more than once.

use super::*;

/// A run whose every message comes as often as the host offers it; gives what was put to work.
async fn carried_over_deaths(run: &Run, fuse: &Fuse, copies: usize) -> (Vec<String>, SweepRun) {
    let (shelf, steps, work) = (Shelf::default(), Steps::default(), Work::default());
    let first = begun(run, &shelf).await;
    for _ in 0..copies {
        steps.put(&first, Duration::ZERO).await.unwrap();
    }
    let arm = run.arm();
    let mut offers = 0;
    while let Some(step) = steps.take() {
        offers += 1;
        assert!(offers < 60, "the run never ends");
        let fused = Fused(&shelf, fuse);
        let carrier = Carrier {
            shelf: &fused,
            steps: &Fused(&steps, fuse),
            work: &Fused(&work, fuse),
            ledger: run.ledger(),
            now: run.azure.now(),
        };
        let carried = carrier
            .carry(step.clone(), async |stored: &SweepRun, step| {
                taken(run, &arm, &fused, stored, step, 5).await
            })
            .await;
        if carried.is_err() {
            steps.0.lock().unwrap().push(step);
        }
    }
    let (stored, _) = shelf.run().await.unwrap().unwrap();
    let put = work.0.into_inner().unwrap();
    (put.iter().map(|item| item.resource.key()).collect(), stored)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_call_of_storage_leaves_nothing_out_and_ends_the_run() {
    let (estate, disks) = estate(12);
    let run = Run::of(estate).await;
    for after in [false, true] {
        for number in 0..200 {
            let fuse = Fuse { left: Mutex::new(number), after };
            let (put, stored) = carried_over_deaths(&run, &fuse, 1).await;
            let told = format!("call {number}, after {after}");
            assert_eq!(put.iter().collect::<BTreeSet<_>>().len(), to_protect(&disks), "{told}");
            assert!(
                put.len() <= to_protect(&disks) + 5,
                "{told}: {} passes, a page is taken twice at most",
                put.len()
            );
            assert!(stored.step.is_none() && stored.last.is_some(), "{told}: {stored:?}");
            if *fuse.left.lock().unwrap() < u32::MAX / 2 {
                assert!(number > 20, "only {number} calls");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_twice_makes_no_second_run() {
    let (estate, disks) = estate(12);
    let run = Run::of(estate).await;
    let fuse = Fuse { left: Mutex::new(u32::MAX - 1), after: false };
    let (put, stored) = carried_over_deaths(&run, &fuse, 2).await;
    assert_eq!(put.len(), to_protect(&disks));
    assert!(stored.step.is_none());
}
