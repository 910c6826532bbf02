//! Everything that a report is made of, asked for at the same time. What cannot be read is said, and hides nothing else.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use holdfast_evaluator::Mode;
use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::hold::{self, Hold};
use holdfast_protection::instance::{BackupInstance, SoftDeletion};
use holdfast_protection::ports::Ledger;
use holdfast_protection::sweep::Finished;
use holdfast_protection::target::TargetState;
use holdfast_protection::targets::{self, TargetFilter};
use holdfast_protection::vault_state::VaultState;
use holdfast_report::{Failure, Input, Nights, PageMarks, Purge, Report, RunSeen, failures_of};
use jiff::Timestamp;

use super::{arrivals, stops};
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::report_cache::Counted;

/// Vaults that are asked at the same time.
const AT_ONCE: usize = 8;
/// Instances in error and holds that are read one by one.
const MOST: usize = 1000;

/// A report and what lists need beside it.
pub(super) struct Gathered {
    pub(super) report: Report,
    pub(super) run: Option<Finished>,
    pub(super) marks: Vec<PageMarks>,
    /// That pages of the run could not be read.
    pub(super) lacks: Option<String>,
}

pub(super) async fn gather(app: &Arc<App>, counted: &mut Counted) -> Result<Gathered, Problem> {
    let run = app.sweep_shelf.run().await?.and_then(|(run, _)| run.last);
    let shelves = (app.sweep_shelf.as_ref(), app.report_shelf.as_ref());
    let mut incomplete = Vec::new();
    let (mut tally, trend, shadows) =
        counted.of(shelves, run.as_ref(), &in_shadow(app), &mut incomplete).await?;
    let lacks = incomplete.first().cloned();
    let operations = app.operations();
    let (vaults, failing, holds, awaiting, stops, arrivals) = futures::join!(
        all_vaults(app),
        failing(app),
        holds(app.ledger.as_ref(), clock::now()),
        operations.awaiting_approval(clock::now()),
        stops::of(app, tally.unprotected()),
        arrivals::arrivals(app.report_shelf.as_ref(), clock::now()),
    );
    let vaults = all_that_was_read(vaults, &mut incomplete);
    let (nights, purges) = of_vaults(app, &vaults, &mut incomplete).await;
    let failing = or_say(failing, "the instances in error", &mut incomplete);
    let mut failures = all_or_say(failing, "the instances in error", &mut incomplete);
    failures.extend(nights.failures);
    let Held { holds, unread } = or_say(holds, "the holds", &mut incomplete);
    incomplete.extend(unread);
    let holds = all_or_say(holds, "the holds", &mut incomplete);
    let awaiting = or_say(awaiting.map_err(Problem::from), "the approvals", &mut incomplete);
    incomplete.extend(awaiting.unread.iter().map(|one| {
        format!("operation {} could not be read: {}; report it with this message", one.id, one.why)
    }));
    let in_vain = awaiting.operations.iter().filter(|one| app.nobody_can_approve(one).is_some());
    let marks = std::mem::take(&mut tally.marks);
    let input = Input {
        run: run.as_ref().map(|run| RunSeen { run: run.run.clone(), ended: run.ended, seen: run.seen }),
        tally,
        stops: or_say(stops, "where the work on unprotected resources stopped", &mut incomplete),
        failures,
        jobs: nights.counts,
        last_good: nights.last_good,
        holds,
        purges,
        vaults: &vaults,
        awaiting: awaiting.operations.len() as u64,
        awaiting_nobody: in_vain.count() as u64,
        trend,
        shadows,
        arrivals: Some(or_say(arrivals.map_err(Problem::from), "what was newly protected", &mut incomplete)),
        incomplete,
        is_assessment: false,
        ..Input::default()
    };
    Ok(Gathered { report: Report::of(input, clock::now()), run, marks, lacks })
}

/// Ids of the rules in shadow.
pub(super) fn in_shadow(app: &App) -> Vec<String> {
    let evaluator = app.rules.current();
    let bindings = evaluator.rule_set().bindings();
    bindings.filter(|one| one.mode() == Mode::Shadow).map(|one| one.id().to_owned()).collect()
}

/// What was read, or nothing and a word about it.
fn or_say<T: Default>(read: Result<T, Problem>, what: &str, incomplete: &mut Vec<String>) -> T {
    read.unwrap_or_else(|problem| {
        incomplete.push(format!("{what} could not be read: {}", problem.message()));
        T::default()
    })
}

/// What is read of a list, and whether there is more.
type Cut<T> = (Vec<T>, bool);

/// What was read, with a word about it if that is not all.
fn all_or_say<T>((read, is_cut): Cut<T>, what: &str, incomplete: &mut Vec<String>) -> Vec<T> {
    if is_cut {
        incomplete.push(format!("{what} are not all counted: no more than {MOST} are read"));
    }
    read
}

/// The vaults of each subscription and family.
async fn all_vaults(app: &App) -> Vec<Result<Vec<VaultState>, Problem>> {
    let subscriptions = match app.subscriptions() {
        Ok(subscriptions) => subscriptions,
        Err(problem) => return vec![Err(problem)],
    };
    let mut all = Vec::new();
    for subscription in subscriptions {
        for family in Family::ALL {
            let states = app.azure.backups(family).vault_states(subscription).await;
            all.push(states.map_err(Problem::from));
        }
    }
    all
}

/// One subscription whose vaults cannot be read hides those of no other.
fn all_that_was_read(
    read: Vec<Result<Vec<VaultState>, Problem>>,
    incomplete: &mut Vec<String>,
) -> Vec<VaultState> {
    read.into_iter().flat_map(|some| or_say(some, "vaults", incomplete)).collect()
}

/// What Azure says does not work, by its own words.
async fn failing(app: &App) -> Result<Cut<Failure>, Problem> {
    let filter = TargetFilter { name: None, state: Some(TargetState::Error) };
    let ports = (app.target_pages.as_ref(), app.azure.as_ref());
    let page = targets::list(ports, app.subscriptions()?, &filter, MOST, None).await?;
    Ok((page.targets.iter().filter_map(Failure::of_target).collect(), page.next.is_some()))
}

/// Holds in force, and a word about each that cannot be read.
#[derive(Debug, Default)]
struct Held {
    holds: Cut<Hold>,
    unread: Vec<String>,
}

async fn holds(ledger: &dyn Ledger, now: Timestamp) -> Result<Held, Problem> {
    let mut held = Held::default();
    let in_force = hold::in_force(ledger, now).await?;
    held.holds.1 = in_force.len() > MOST;
    for listed in in_force.into_iter().take(MOST) {
        match listed.read(ledger).await {
            Ok(hold) => held.holds.0.extend(hold),
            Err(why) => {
                let path = listed.path();
                held.unread.push(format!(
                    "the hold at `{path}` of the ledger could not be read: {why}; nothing is done against it \
                     meanwhile; report it with this message"
                ));
            }
        }
    }
    Ok(held)
}

/// The jobs of all vaults, and what was deleted softly in them. Of each vault only what counts is kept.
async fn of_vaults(app: &App, vaults: &[VaultState], incomplete: &mut Vec<String>) -> (Nights, Vec<Purge>) {
    let now = clock::now();
    let named: Vec<(ResourceId, Family)> =
        vaults.iter().map(|state| (state.vault.id.clone(), state.vault.family)).collect();
    let ask = |(id, family): (ResourceId, Family)| async move {
        let backups = app.azure.backups(family);
        let (jobs, deleted) = futures::join!(backups.jobs(&id), backups.deleted_instances(&id));
        (id.clone(), jobs.map(|jobs| failures_of(&jobs, now)), deleted)
    };
    let answers: Vec<_> = stream::iter(named).map(ask).buffer_unordered(AT_ONCE).collect().await;
    let (mut nights, mut purges) = (Nights::default(), Vec::new());
    for (vault, jobs, deleted) in answers {
        let name = vault.name();
        nights.add(or_say(jobs.map_err(Problem::from), &format!("the jobs of vault {name}"), incomplete));
        let deleted =
            or_say(deleted.map_err(Problem::from), &format!("what was deleted in vault {name}"), incomplete);
        purges.extend(deleted.into_iter().map(purge));
    }
    (nights, purges)
}

fn purge(instance: BackupInstance) -> Purge {
    let SoftDeletion { at: deleted, purged } = instance.deletion.unwrap_or_default();
    Purge { resource: instance.datasource, vault: instance.vault, deleted, purged }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use holdfast_protection::ledger::Entry;
    use holdfast_protection::ports::{StorageError, Written};
    use serde_json::{Value, json};

    use super::*;

    /// A ledger in memory.
    #[derive(Default)]
    struct Book(Mutex<BTreeMap<String, Value>>);

    #[async_trait]
    impl Ledger for Book {
        async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
            let body = serde_json::from_str(&entry.body).unwrap();
            self.0.lock().unwrap().insert(entry.path.clone(), body);
            Ok(Written::New)
        }

        async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
            let documents = self.0.lock().unwrap();
            Ok(documents.keys().filter(|path| path.starts_with(prefix)).cloned().collect())
        }

        async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
            Ok(self.0.lock().unwrap().get(path).cloned())
        }
    }

    #[tokio::test]
    async fn a_hold_that_cannot_be_read_is_told_and_hides_no_other() {
        let book = Book::default();
        let disk = |name: &str| {
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/{name}")
        };
        for (name, number) in [("a", 1), ("b", 2)] {
            let hold = json!({ "resource": disk(name), "instance": disk(name), "act": "suspend",
                "by": { "id": "key:olga", "name": "olga", "roles": [] }, "since": "2026-01-01T00:00:00Z",
                "until": "2026-03-01T00:00:00Z", "operation": format!("00000000-0000-5000-8000-00000000000{number}"),
                "decided": "protect" });
            hold::take(&book, &serde_json::from_value(hold).unwrap()).await.unwrap();
        }
        let of_a = format!("holds/of{}/", disk("a").to_ascii_lowercase());
        let written_later = |(path, document): (&String, &mut Value)| {
            if path.starts_with(&of_a) {
                *document = json!({ "format": 9 });
            }
        };
        book.0.lock().unwrap().iter_mut().for_each(written_later);
        let held = holds(&book, "2026-02-01T00:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!(held.holds.0.iter().map(|one| one.resource.name()).collect::<Vec<_>>(), ["b"]);
        assert!(held.unread.len() == 1 && held.unread[0].contains("update the handler"), "{:?}", held.unread);
    }

    #[test]
    fn a_list_that_is_not_read_whole_is_told() {
        let mut incomplete = Vec::new();
        assert_eq!(all_or_say((vec![1], false), "the holds", &mut incomplete), [1]);
        assert!(incomplete.is_empty(), "{incomplete:?}");
        assert_eq!(all_or_say((vec![1], true), "the holds", &mut incomplete), [1]);
        assert_eq!(incomplete, ["the holds are not all counted: no more than 1000 are read"]);
    }

    #[test]
    fn vaults_that_cannot_be_read_hide_no_others() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let vault = serde_json::json!({ "id": id, "family": Family::BackupVault, "location": "westeurope", "tags": {} });
        let state = VaultState {
            vault: serde_json::from_value(vault).unwrap(),
            redundancy: None,
            soft_delete: None,
            soft_delete_days: None,
            public_access: None,
            key: None,
            alerts: None,
            private_endpoints: Vec::new(),
            is_guarded: None,
        };
        let refused = Problem::forbidden("AuthorizationFailed", "no role in subscription `t`");
        let mut incomplete = Vec::new();
        let read = all_that_was_read(vec![Err(refused), Ok(vec![state])], &mut incomplete);
        assert_eq!(read.len(), 1);
        assert_eq!(incomplete, ["vaults could not be read: no role in subscription `t`"]);
    }
}
