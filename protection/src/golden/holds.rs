//! Documents of holds: each that is written, where it lies, and that it is read again.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use futures::executor::block_on;
use serde_json::{Value, json};

use super::Golden;
use super::samples::{at, caller, disk, instance, vault};
use crate::Workload;
use crate::hold::{self, Act, End, Hold, Phase};
use crate::ledger::{self, Entry, FORMAT, TargetId};
use crate::operation_id::OperationId;
use crate::ports::{Ledger, StorageError, Written};

/// A workload that is not the first one of its resource.
const OTHER: Workload = Workload::DataLake;

#[derive(Default)]
struct Book(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl Ledger for Book {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        self.0.lock().unwrap().entry(entry.path.clone()).or_insert_with(|| entry.body.clone());
        Ok(Written::New)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        Ok(self.0.lock().unwrap().keys().filter(|path| path.starts_with(prefix)).cloned().collect())
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        Ok(self.0.lock().unwrap().get(path).map(|body| serde_json::from_str(body).unwrap()))
    }
}

fn held(act: Act) -> Hold {
    let policy = (act == Act::ChangePolicy).then(|| vault().child("backupPolicies", "weekly").unwrap());
    Hold {
        resource: disk(),
        workload: None,
        instance: instance(),
        act,
        policy,
        by: caller(),
        why: Some("the audit wants it".to_owned()),
        since: at(),
        until: "2026-02-13T00:00:00Z".parse().unwrap(),
        operation: OperationId::of_key("o-1", act.as_str()),
        decided: "protect: tag env=prod (select)".to_owned(),
    }
}

fn target(workload: Option<Workload>) -> TargetId {
    TargetId { resource: disk(), workload }
}

const ACTS: [Act; 5] = [Act::StopAndRetain, Act::StopAndDelete, Act::Suspend, Act::Resume, Act::ChangePolicy];

#[test]
fn every_document_of_a_hold_is_written_and_read_as_it_was() {
    let mut golden = Golden::of("ledger/1/holds");
    for act in ACTS {
        let (book, hold) = (Book::default(), held(act));
        block_on(hold::take(&book, &hold)).unwrap();
        let taken = document(&book, "holds/of/", "-taken.json");
        let name = format!("taken-{act}");
        let kept = golden.file(&name, &taken.1);
        golden.demands(&name, &kept, |document| ledger::read::<Hold>(document.clone()).is_ok());
        let mut later = kept.clone();
        later["format"] = json!(FORMAT + 1);
        later["lane"] = json!("vault");
        for document in [kept, later] {
            assert_eq!(ledger::read::<Hold>(document).as_ref(), Ok(&hold), "{act}");
        }
    }
    let (book, other) = (Book::default(), Hold { workload: Some(OTHER), ..held(Act::Suspend) });
    block_on(hold::take(&book, &other)).unwrap();
    golden.file("taken-of-a-workload", &document(&book, "holds/of/", "-taken.json").1);
    golden.file("pointer-of-a-workload", &document(&book, "holds/until/", "-taken.json").1);
    let (book, hold) = (Book::default(), held(Act::Suspend));
    block_on(hold::take(&book, &hold)).unwrap();
    let found = block_on(hold::find(&book, (&disk()).into(), at())).unwrap().unwrap();
    let end = End { at: at(), operation: OperationId::of_key("o-1", "resume"), by: caller() };
    block_on(hold::end(&book, &found, &end)).unwrap();
    golden.file("ended", &document(&book, "holds/of/", "-ended.json").1);
    block_on(hold::settle(&book, (&disk()).into(), at())).unwrap();
    golden.file("settled", &document(&book, "holds/of/", "-settled.json").1);
    golden.file("pointer", &document(&book, "holds/until/2026/", "-taken.json").1);
    golden.is_complete();
}

#[test]
fn an_act_that_a_later_version_knows_is_heeded() {
    let mut document = serde_json::to_value(held(Act::Suspend)).unwrap();
    document["act"] = json!("freeze");
    let hold: Hold = ledger::read(document).unwrap();
    assert!(hold.act == Act::Unknown && hold.act.leaves_all());
}

#[test]
fn the_documents_lie_where_the_architecture_says() {
    let book = Book::default();
    block_on(hold::take(&book, &held(Act::Suspend))).unwrap();
    let text = include_str!("../../../ARCHITECTURE.md");
    for folder in ["holds/of/", "holds/until/"] {
        let path = document(&book, folder, ".json").0;
        assert!(text.contains(&format!("`{folder}")), "ARCHITECTURE.md does not name {folder} of {path}");
    }
}

fn document(book: &Book, folder: &str, ending: &str) -> (String, String) {
    let all = book.0.lock().unwrap();
    let mut found = all.iter().filter(|(path, _)| path.starts_with(folder) && path.ends_with(ending));
    let (path, body) = found.next().unwrap();
    assert!(found.next().is_none(), "two in {folder}");
    (path.clone(), body.clone())
}

mod order {
    //! Which of several holds counts.

    use super::*;

    fn later(hold: Hold, key: &str, seconds: i64) -> Hold {
        let since = hold.since + jiff::SignedDuration::from_secs(seconds);
        Hold { since, operation: OperationId::of_key("o-1", key), ..hold }
    }

    fn end(of: &Hold, by: &str) -> End {
        End { at: of.since, operation: OperationId::of_key("o-1", by), by: caller() }
    }

    fn found(book: &Book, now: &str) -> Option<(Act, Phase)> {
        let found = block_on(hold::find(book, (&disk()).into(), now.parse().unwrap())).unwrap();
        found.map(|found| (found.hold.act, found.phase))
    }

    /// A ledger in the hands of a process that dies after so many writes.
    struct Dying<'a> {
        book: &'a Book,
        left: Mutex<usize>,
    }

    impl Dying<'_> {
        fn write(&self) -> Result<(), StorageError> {
            let died = || StorageError { action: "append".to_owned(), detail: "died".to_owned() };
            let mut left = self.left.lock().unwrap();
            *left = left.checked_sub(1).ok_or_else(died)?;
            Ok(())
        }
    }

    #[async_trait]
    impl Ledger for Dying<'_> {
        async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
            self.write()?;
            self.book.append(entry).await
        }

        async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
            self.book.list(prefix).await
        }

        async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
            self.book.read(path).await
        }
    }

    const DURING: &str = "2026-02-01T00:00:00Z";
    const AFTER: &str = "2026-02-13T00:00:00Z";

    #[test]
    fn the_last_that_was_not_ended_counts_up_to_its_date() {
        let book = Book::default();
        assert_eq!(found(&book, DURING), None);
        let first = held(Act::Suspend);
        let second = later(held(Act::StopAndRetain), "second", 60);
        for hold in [&first, &first, &second] {
            block_on(hold::take(&book, hold)).unwrap();
        }
        assert_eq!(found(&book, DURING), Some((Act::StopAndRetain, Phase::InForce)));
        // The second came to nothing: the first is in force still.
        let own = block_on(hold::taken_by(&book, (&disk()).into(), second.operation)).unwrap().unwrap();
        block_on(hold::end(&book, &own, &end(&second, "second"))).unwrap();
        assert_eq!(found(&book, DURING), Some((Act::Suspend, Phase::InForce)));
        assert_eq!(found(&book, AFTER), Some((Act::StopAndRetain, Phase::Over)));
        block_on(hold::settle(&book, (&disk()).into(), AFTER.parse().unwrap())).unwrap();
        assert_eq!(found(&book, AFTER), None);
    }

    #[test]
    fn an_act_ends_what_was_held_before_it_and_nothing_that_came_later() {
        let book = Book::default();
        let first = held(Act::Suspend);
        let last = later(held(Act::ChangePolicy), "last", 3600);
        block_on(hold::take(&book, &first)).unwrap();
        block_on(hold::take(&book, &last)).unwrap();
        let begun = first.since + jiff::SignedDuration::from_secs(60);
        block_on(hold::end_all_before(&book, (&disk()).into(), begun, &end(&first, "resume"))).unwrap();
        assert_eq!(found(&book, DURING), Some((Act::ChangePolicy, Phase::InForce)));
        let open = block_on(hold::open(&book, DURING.parse().unwrap())).unwrap();
        assert_eq!((open.over.as_slice(), open.leave_alone(&disk())), ([].as_slice(), false));
    }

    #[test]
    fn the_index_tells_a_sweep_who_is_held_and_whose_hold_is_over() {
        let book = Book::default();
        block_on(hold::take(&book, &held(Act::StopAndDelete))).unwrap();
        let open = |now: &str| block_on(hold::open(&book, now.parse().unwrap())).unwrap();
        assert!(open(DURING).leave_alone(&disk()) && open(DURING).over.is_empty());
        assert!(!open(AFTER).leave_alone(&disk()));
        assert_eq!(open(AFTER).over, [target(None)]);
        let listed = |now: &str| block_on(hold::in_force(&book, now.parse().unwrap())).unwrap();
        let [one] = listed(DURING).try_into().unwrap();
        assert_eq!(block_on(one.read(&book)).unwrap(), Some(held(Act::StopAndDelete)));
        assert!(listed(AFTER).is_empty());
        block_on(hold::settle(&book, (&disk()).into(), AFTER.parse().unwrap())).unwrap();
        assert!(open(AFTER).over.is_empty());
    }

    #[test]
    fn a_hold_whose_taker_died_before_it_was_listed_is_listed_when_it_is_taken_again() {
        let book = Book::default();
        block_on(hold::take(&book, &held(Act::Suspend))).unwrap();
        book.0.lock().unwrap().retain(|path, _| !path.starts_with("holds/until/"));
        assert_eq!(found(&book, DURING), Some((Act::Suspend, Phase::InForce)));
        // Another try has another time; what was written first counts.
        block_on(hold::take(&book, &Hold { since: DURING.parse().unwrap(), ..held(Act::Suspend) })).unwrap();
        let listed = block_on(hold::in_force(&book, DURING.parse().unwrap())).unwrap();
        assert_eq!(block_on(listed[0].read(&book)).unwrap(), Some(held(Act::Suspend)));
    }

    #[test]
    fn a_hold_that_was_ended_or_settled_by_halves_is_marked_whole_when_that_is_done_again() {
        let (book, hold, now) = (Book::default(), held(Act::Suspend), DURING.parse().unwrap());
        block_on(hold::take(&book, &hold)).unwrap();
        let dying = |left| Dying { book: &book, left: Mutex::new(left) };
        let ended = |left| {
            let (target, end) = (target(None), end(&hold, "resume"));
            block_on(hold::end_all_before(&dying(left), (&target).into(), hold.since, &end))
        };
        assert!(ended(1).is_err());
        ended(2).unwrap();
        let open = block_on(hold::open(&book, now)).unwrap();
        assert!(!open.leave_alone(&disk()));
        assert_eq!(open.over, [target(None)]);
        assert!(block_on(hold::in_force(&book, now)).unwrap().is_empty());
        let settled = |left| block_on(hold::settle(&dying(left), (&disk()).into(), now));
        assert!(settled(1).is_err());
        settled(2).unwrap();
        assert!(block_on(hold::open(&book, now)).unwrap().over.is_empty());
    }

    #[test]
    fn a_hold_that_runs_over_the_turn_of_the_year_is_listed() {
        let book = Book::default();
        let hold = Hold { until: "2027-01-05T00:00:00Z".parse().unwrap(), ..held(Act::Suspend) };
        block_on(hold::take(&book, &hold)).unwrap();
        let listed = |now: &str| block_on(hold::in_force(&book, now.parse().unwrap())).unwrap().len();
        assert_eq!((listed("2026-12-31T00:00:00Z"), listed("2027-01-01T00:00:00Z")), (1, 1));
        let open = block_on(hold::open(&book, "2027-02-20T00:00:00Z".parse().unwrap())).unwrap();
        assert_eq!(open.over, [target(None)]);
    }

    #[test]
    fn the_hold_of_one_workload_is_not_that_of_another() {
        let (book, own) = (Book::default(), Hold { workload: Some(OTHER), ..held(Act::Suspend) });
        block_on(hold::take(&book, &own)).unwrap();
        let (first, other) = (target(None), target(Some(OTHER)));
        assert_eq!(block_on(hold::find(&book, (&first).into(), at())).unwrap(), None);
        assert_eq!(block_on(hold::find(&book, (&other).into(), at())).unwrap().unwrap().hold, own);
        let open = |now: &str| block_on(hold::open(&book, now.parse().unwrap())).unwrap();
        assert!(!open(DURING).leave_alone(&disk()), "only one of its workloads is held");
        assert_eq!(open(AFTER).over, std::slice::from_ref(&other));
        block_on(hold::settle(&book, (&first).into(), AFTER.parse().unwrap())).unwrap();
        assert_eq!(open(AFTER).over, std::slice::from_ref(&other), "the other one is not settled with it");
        block_on(hold::settle(&book, (&other).into(), AFTER.parse().unwrap())).unwrap();
        assert!(open(AFTER).over.is_empty());
    }
}
