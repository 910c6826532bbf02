//! What is new is exported, each record once, wherever an export is broken off.

use std::sync::atomic::{AtomicU32, Ordering};

use holdfast_export::{Cursor, ExportError, Exported, Format, Table};
use holdfast_protection::sweep::Line;

use crate::world::{Death, World, seen};

const FIRST: &str = "20260114T030000Z";
const SECOND: &str = "20260114T090000Z";
const NOON: &str = "2026-01-14T12:05:00Z";

/// Nine disks seen by a run, of which one is gone; two ends of work; five jobs.
fn world() -> World {
    let world = World::default();
    let estate: Vec<Line> = (0..8).map(seen).collect();
    world.swept(FIRST, &estate, &[gone(8)], 0);
    world.worked("2026-01-14T01:00:00Z", 0);
    world.worked("2026-01-14T10:00:00Z", 1);
    for number in 0..5 {
        world.backed_up(number, "2026-01-14T02:03:00Z");
    }
    world
}

fn gone(number: usize) -> Line {
    Line { outcome: "gone".to_owned(), decision: String::new(), ..seen(number) }
}

fn counts(world: &World) -> [usize; 5] {
    Table::ALL.map(|table| world.count(table))
}

#[tokio::test]
async fn each_record_is_exported_once_wherever_a_run_is_broken_off() {
    let undisturbed = world();
    undisturbed.export(Format::Jsonl, NOON).await.unwrap();
    assert_eq!(counts(&undisturbed), [8, 9, 2, 5, 1]);
    let writes = undisturbed.writes();
    assert!(writes > 15, "{writes}");
    for number in 1..=writes {
        for death in [Death::Before, Death::After] {
            let told = format!("write {number}, {death:?}");
            let world = world();
            *world.dies.lock().unwrap() = Some((number, death));
            assert!(
                matches!(world.export(Format::Jsonl, NOON).await, Err(ExportError::Storage(_))),
                "{told}"
            );
            // What comes meanwhile is exported too, and in no file that was begun.
            world.worked("2026-01-14T11:00:00Z", 2);
            world.backed_up(5, "2026-01-14T11:30:00Z");
            world.export(Format::Jsonl, "2026-01-14T13:00:00Z").await.unwrap();
            assert_eq!(counts(&world), [8, 9, 3, 6, 1], "{told}");
        }
    }
}

#[tokio::test]
async fn a_second_run_exports_what_changed_and_a_third_nothing() {
    let world = world();
    world.export(Format::Jsonl, NOON).await.unwrap();
    let mut estate: Vec<Line> = (0..8).map(seen).collect();
    estate[2].decision = "3c4d".to_owned();
    estate[5].state = Some("ProtectionStopped".to_owned());
    estate.push(seen(9));
    world.swept(SECOND, &estate, &[gone(8)], 0);
    let exported = world.export(Format::Jsonl, NOON).await.unwrap();
    assert_eq!((exported.rows[&Table::Decisions], exported.rows[&Table::Protections]), (2, 2));
    assert_eq!(counts(&world), [10, 11, 2, 5, 2]);
    assert_eq!(world.export(Format::Jsonl, NOON).await.unwrap(), Exported::default());
    let cursor: Cursor = serde_json::from_slice(&world.files.lock().unwrap()["cursor.json"]).unwrap();
    assert_eq!(cursor.runs.as_deref(), Some(SECOND));
    let other = world.export(Format::Csv, NOON).await;
    assert!(matches!(other, Err(ExportError::OtherFormat { .. })), "{other:?}");
}

#[tokio::test]
async fn what_a_run_was_refused_is_not_new_when_the_next_one_sees_it() {
    let world = world();
    world.export(Format::Jsonl, NOON).await.unwrap();
    world.swept(SECOND, &[], &[], 1);
    world.export(Format::Jsonl, NOON).await.unwrap();
    let estate: Vec<Line> = (0..8).map(seen).collect();
    world.swept("20260114T110000Z", &estate, &[gone(8)], 0);
    world.export(Format::Jsonl, NOON).await.unwrap();
    assert_eq!(counts(&world), [8, 9, 2, 5, 3]);
}

/// Runs are thinned while nobody exports: what is there is exported anew, under the names of the new run.
#[tokio::test]
async fn a_run_that_was_removed_half_exported_is_left_behind() {
    let world = world();
    *world.dies.lock().unwrap() = Some((4, Death::Before));
    assert!(world.export(Format::Jsonl, NOON).await.is_err());
    world.forget(FIRST);
    let estate: Vec<Line> = (0..8).map(seen).collect();
    world.swept(SECOND, &estate, &[gone(8)], 0);
    world.export(Format::Jsonl, NOON).await.unwrap();
    let rows = world.rows(Table::Decisions);
    assert_eq!(rows.iter().filter(|row| row["run"] == SECOND).count(), 8, "{rows:?}");
    assert_eq!(world.count(Table::Decisions), rows.len());
}

/// A timer has so many minutes; the next one goes on.
#[tokio::test]
async fn an_export_that_has_no_time_left_goes_on_the_next_time() {
    let world = world();
    let mut times = 0;
    loop {
        let asked = AtomicU32::new(0);
        let is_enough = || asked.fetch_add(1, Ordering::Relaxed) > 0;
        times += 1;
        assert!(times < 60, "it never ends");
        if !world.export_until(Format::Jsonl, NOON, &is_enough).await.unwrap().has_more {
            break;
        }
    }
    assert!(times > 3, "{times}");
    assert_eq!(counts(&world), [8, 9, 2, 5, 1]);
}

#[tokio::test]
async fn a_page_that_is_torn_is_named_and_holds_up_no_other() {
    let world = world();
    world.tear(FIRST, 1);
    let exported = world.export(Format::Csv, NOON).await.unwrap();
    assert_eq!(exported.unreadable, [format!("{FIRST} page 1")]);
    assert_eq!(exported.rows[&Table::Decisions], 6);
}

#[tokio::test]
async fn files_have_the_extension_of_their_format_and_a_header() {
    let world = world();
    world.export(Format::Csv, NOON).await.unwrap();
    let files = world.files.lock().unwrap();
    let text = std::str::from_utf8(&files["coverage/20260114T030000Z.csv"]).unwrap();
    assert_eq!(
        text,
        "record,ended_at,seen,protected,prepared,unprotected,excluded,ignored,failed,gone,queued,refused\r\n\
         20260114T030000Z,2026-01-14T03:05:00Z,9,8,0,0,0,0,0,1,0,0\r\n"
    );
}
