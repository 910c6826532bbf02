//! The same message twice at the same time, to one process or to two.

use super::run::{About, Run};
use super::worlds::{Case, cases, granted, ungranted};
use holdfast_protection::work::WorkItem;
use jiff::Timestamp;

#[tokio::test(flavor = "multi_thread")]
async fn two_looks_at_the_same_time_do_no_harm() {
    for case in cases() {
        for two_processes in [false, true] {
            for roles_are_there in [true, false] {
                let resources = case.estate.clone();
                let estate = if roles_are_there { granted(resources) } else { ungranted(resources, 40.0) };
                let run = Box::pin(doubled(&case, estate, two_processes)).await;
                let told = format!("{} twice, two processes: {two_processes}", case.name);
                run.assert_sound(std::slice::from_ref(&case.resource), &told);
                println!("{told}, roles there: {roles_are_there}: {} calls", run.calls().len());
            }
        }
    }
}

/// A run in which each message is offered twice at once; both looks put their messages on the queue.
async fn doubled(case: &Case, estate: serde_json::Value, two_processes: bool) -> Run {
    let mut run = Run::of(estate).await;
    run.tell(&case.resource);
    let mut offered = 0;
    while let Some((seen, message)) = run.next() {
        run.wait_until(seen);
        let item = WorkItem::read(&message.text, Timestamp::UNIX_EPOCH).unwrap().item;
        let about = About::of(&item);
        let one = run.reconciler();
        if two_processes {
            run.restart();
        }
        let other = run.reconciler();
        // Each message that follows is doubled again, a few times: that is enough of a crowd.
        offered += 1;
        if offered > 6 {
            let next = one.reconcile(item).await.unwrap();
            run.finish(&about, next);
            continue;
        }
        let (one, other) = tokio::join!(one.reconcile(item.clone()), other.reconcile(item));
        run.finish(&about, one.unwrap());
        run.finish(&about, other.unwrap());
    }
    run
}
