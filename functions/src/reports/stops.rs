//! Where the work on a target stopped: the last word of the ledger about it.

use std::collections::HashMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use holdfast_protection::Workload;
use holdfast_protection::ledger::{self, About, LedgerDocument, LedgerRecord};
use holdfast_protection::outcome::{Outcome, Waiting};
use holdfast_protection::ports::Ledger;
use holdfast_report::{Stop, Uncovered};
use jiff::Timestamp;

use crate::app::App;
use crate::problem::Problem;

/// Looked up at the same time.
const AT_ONCE: usize = 16;
/// Documents of one resource that are read, from the last one on.
const READ: usize = 6;

/// A stop, and what is asked of an administrator where it waits for one.
pub(crate) struct Stopped {
    /// When that happened which the work was about.
    pub(crate) at: Timestamp,
    /// Where it stopped.
    pub(crate) stop: Stop,
    /// Permissions that are missing.
    pub(crate) missing: Vec<String>,
    /// Path in the ledger of the template that gives them.
    pub(crate) template: Option<String>,
}

/// Where the work on each of these stopped. What is not looked up would be told as waiting on the queue, so that a
/// record which cannot be read is told as such.
pub(super) async fn of(
    app: &App,
    targets: Vec<Uncovered>,
) -> Result<HashMap<(String, Workload), Stop>, Problem> {
    let look = |target: Uncovered| async move {
        let workload = target.workload.unless_first_of(target.resource.resource_type());
        let about = About { resource: &target.resource, workload };
        let stop = match stopped(app.ledger.as_ref(), about).await {
            Err(problem) if !problem.is_of_storage() => Some(unreadable(&problem)),
            found => found?.map(|found| found.stop),
        };
        Ok::<_, Problem>(stop.map(|stop| ((target.resource.key(), target.workload), stop)))
    };
    let looked = stream::iter(targets).map(look).buffer_unordered(AT_ONCE);
    let found: Vec<_> = looked.try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn unreadable(problem: &Problem) -> Stop {
    Stop {
        code: "RecordNotReadable".to_owned(),
        message: problem.message().to_owned(),
        way_out: "leave the document as it is, and report it with this message".to_owned(),
        goes_on: false,
    }
}

/// Where the work on a target stopped; none where nothing is recorded of it, or it ended well.
///
/// # Errors
///
/// When the ledger cannot be asked, or a record cannot be read that may be the last word.
pub(crate) async fn stopped(ledger: &dyn Ledger, target: About<'_>) -> Result<Option<Stopped>, Problem> {
    let paths = ledger.list(&ledger::prefix_of(target.resource)).await?;
    let is_end = |path: &&String| path.contains("-3-ended-") || path.contains("-2-waiting-");
    for path in ledger::about_itself(&paths, target.resource).rev().filter(is_end).take(READ) {
        let Some(document) = ledger.read(path).await? else { continue };
        let read = ledger::read::<LedgerDocument>(document);
        let LedgerDocument { workload, at, record, .. } = read.map_err(|why| {
            Problem::internal(format!("document `{path}` of the ledger cannot be read: {why}"))
        })?;
        if workload == target.workload {
            let (missing, template) = asked_for(&record);
            return Ok(stop(record).map(|stop| Stopped { at, stop, missing, template }));
        }
    }
    Ok(None)
}

/// What an administrator has to give, and the template that gives it.
fn asked_for(record: &LedgerRecord) -> (Vec<String>, Option<String>) {
    match record {
        LedgerRecord::Waiting { waiting: Waiting::Administrator(request) } => {
            (request.missing.clone(), Some(request.template.clone()))
        }
        _ => (Vec::new(), None),
    }
}

fn stop(record: LedgerRecord) -> Option<Stop> {
    match record {
        LedgerRecord::Ended { outcome } => match outcome {
            Outcome::Failed { code, message, way_out } => {
                Some(Stop { code, message, way_out, goes_on: false })
            }
            Outcome::Held { reason, way_out, .. } => {
                Some(Stop { code: "AwaitsApproval".to_owned(), message: reason, way_out, goes_on: false })
            }
            Outcome::LeftAlone { note, .. } => Some(Stop {
                code: "LeftAlone".to_owned(),
                message: note,
                way_out: String::new(),
                goes_on: true,
            }),
            Outcome::Protected { .. }
            | Outcome::Prepared { .. }
            | Outcome::Excluded { .. }
            | Outcome::Ignored { .. }
            | Outcome::Gone
            | Outcome::Unprotected { .. } => None,
        },
        LedgerRecord::Waiting { waiting } => Some(waits(waiting)),
        LedgerRecord::Decided { .. } | LedgerRecord::Reviewed { .. } => None,
    }
}

fn waits(waiting: Waiting) -> Stop {
    let goes_on = |code: &str, message: String| Stop {
        code: code.to_owned(),
        message,
        way_out: String::new(),
        goes_on: true,
    };
    match waiting {
        Waiting::Administrator(request) => {
            Stop { code: request.code, message: request.message, way_out: request.way_out, goes_on: false }
        }
        Waiting::Creation => goes_on("WaitsForCreation", "Azure is still making the resource".to_owned()),
        Waiting::Permissions { message } => goes_on("WaitsForPermissions", message),
        Waiting::Validation => {
            goes_on("WaitsForValidation", "Azure checks whether it can be protected".to_owned())
        }
        Waiting::Configuration => goes_on("WaitsForConfiguration", "Azure sets its protection up".to_owned()),
        Waiting::Vault => goes_on("WaitsForVault", "Azure is at work on its vault".to_owned()),
        Waiting::Change => goes_on("WaitsForChange", "Azure changes its protection".to_owned()),
        Waiting::Azure { message } => goes_on("WaitsForAzure", message),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use async_trait::async_trait;
    use holdfast_protection::ResourceId;
    use holdfast_protection::ledger::Entry;
    use holdfast_protection::ports::{StorageError, Written};
    use serde_json::{Value, json};

    use super::*;

    /// Documents by path.
    #[derive(Default)]
    struct Book(BTreeMap<String, Value>);

    impl Book {
        fn failed(&mut self, resource: &ResourceId, at: &str, code: &str) {
            let (code, message, way_out) = (code.to_owned(), String::new(), String::new());
            let record = LedgerRecord::Ended { outcome: Outcome::Failed { code, message, way_out } };
            let Entry { path, body } = ledger::about(resource, at.parse().unwrap(), &record);
            self.0.insert(path, serde_json::from_str(&body).unwrap());
        }
    }

    #[async_trait]
    impl Ledger for Book {
        async fn append(&self, _: &Entry) -> Result<Written, StorageError> {
            Ok(Written::AlreadyThere)
        }

        async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
            Ok(self.0.keys().filter(|path| path.starts_with(prefix)).cloned().collect())
        }

        async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
            Ok(self.0.get(path).cloned())
        }
    }

    #[tokio::test]
    async fn where_the_work_on_an_account_stopped_is_not_told_of_its_shares() {
        let account: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
                .parse()
                .unwrap();
        let share: ResourceId = format!("{account}/fileServices/default/shares/s").parse().unwrap();
        let mut book = Book::default();
        book.failed(&account, "2026-01-14T00:00:00Z", "OfAccount");
        for day in 10..20 {
            book.failed(&share, &format!("2026-01-{day}T00:00:00Z"), "OfShare");
        }
        for (resource, code) in [(&account, "OfAccount"), (&share, "OfShare")] {
            let found = stopped(&book, About::from(resource)).await.unwrap().unwrap();
            assert_eq!(found.stop.code, code);
        }
    }

    #[tokio::test]
    async fn an_older_word_is_not_told_for_the_last_one_where_that_cannot_be_read() {
        let disk: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".parse().unwrap();
        let mut book = Book::default();
        book.failed(&disk, "2026-01-01T00:00:00Z", "OldTrouble");
        let found = stopped(&book, About::from(&disk)).await.unwrap().unwrap();
        assert_eq!(found.stop.code, "OldTrouble");
        let below =
            format!("{}parts/p/20260103T000000.000000Z-3-ended-failed-aa.json", ledger::prefix_of(&disk));
        book.0.insert(below, json!({ "format": 9 }));
        assert!(stopped(&book, About::from(&disk)).await.is_ok_and(|found| found.is_some()));
        let later = format!("{}20260102T000000.000000Z-3-ended-protected-aa.json", ledger::prefix_of(&disk));
        book.0.insert(later, json!({ "format": 9 }));
        let Err(problem) = stopped(&book, About::from(&disk)).await else { panic!("it was read") };
        assert!(!problem.is_of_storage() && problem.message().contains("20260102"), "{}", problem.message());
        assert!(unreadable(&problem).message.contains("update the handler"));
    }
}
