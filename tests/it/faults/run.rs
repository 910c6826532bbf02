//! A run: the real client and the real passes against the real simulator, in the simulator's own time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use azure_core::http::Transport;
use holdfast_azure::{ArmClient, ArmOptions};
use holdfast_evaluator::{Evaluator, RuleSet};
use holdfast_protection::hold::HoldDays;
use holdfast_protection::operations::Operations;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::priority::Priority;
use holdfast_protection::protect::{Next, Protector};
use holdfast_protection::work::{Cause, WorkItem};
use holdfast_protection::{ledger, retry};
use holdfast_simulator::{Config, Running, Simulator, Throttling};
use jiff::Timestamp;
use serde_json::Value;

use crate::code_cache;

use super::line::{AnyToken, Line};
use super::parts::{AzuresClock, Book, Message, Queue};

/// When the host offers a message again that nobody finished, and how often it does before it calls it poison.
const OFFERED_AGAIN: u64 = 10;
const MOST_OFFERS: u32 = 10;

static RULES: LazyLock<Evaluator> = LazyLock::new(|| evaluator("ruleset.toml"));

/// The shipped rules; `cargo xtask rules` builds them.
fn evaluator(file: &str) -> Evaluator {
    code_cache::shared();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules").join(file);
    let rules = RuleSet::load(&path).unwrap_or_else(|error| panic!("{error}; run `cargo xtask rules`"));
    Evaluator::new(rules).unwrap()
}

/// One simulated Azure, and one process that works on its queue.
pub(super) struct Run {
    pub(super) azure: Arc<Running>,
    pub(super) line: Arc<Line>,
    pub(super) evaluator: Evaluator,
    arm: ArmClient,
    book: Arc<Book>,
    pub(super) queue: Queue,
    /// Looks that were taken to their end.
    pub(super) passes: u32,
    /// Passes that did not begin because no permit was free.
    pub(super) held_back: u32,
    /// Processes that died in a pass.
    pub(super) deaths: u32,
    /// How and when work ended, by resource.
    pub(super) ends: BTreeMap<String, Vec<(Timestamp, Outcome)>>,
    /// Resources in the order in which their work ended, with what it mattered when it began.
    pub(super) order: Vec<(String, Priority)>,
}

impl Run {
    /// Sets up what exists; the clock stands still.
    pub(super) async fn of(estate: Value) -> Self {
        Self::with(estate, Throttling::Off).await
    }

    /// The same, with calls limited.
    pub(super) async fn with(estate: Value, throttling: Throttling) -> Self {
        let estate = Some(serde_json::from_value(estate).unwrap());
        let config = Config { estate, throttling, ..Config::frozen() };
        let azure = Arc::new(Simulator::start(config).await.unwrap());
        let line = Arc::new(Line::to(&azure));
        let arm = client(&azure, &line);
        Self {
            azure,
            line,
            evaluator: RULES.clone(),
            arm,
            book: Arc::default(),
            queue: Queue::default(),
            passes: 0,
            held_back: 0,
            deaths: 0,
            ends: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// The process starts again: what it had learned is gone.
    pub(super) fn restart(&mut self) {
        self.arm = client(&self.azure, &self.line);
    }

    /// The item that a change of a resource makes.
    pub(super) fn item(&self, resource: &str) -> WorkItem {
        let cause = Cause::Event { id: resource.to_owned(), by: None };
        WorkItem::new(resource.parse().unwrap(), cause, self.azure.now())
    }

    /// Event Grid tells of a change.
    pub(super) fn tell(&mut self, resource: &str) {
        let item = self.item(resource);
        self.queue.put(&item, self.azure.now(), Duration::ZERO);
    }

    /// Works until nothing is left to do.
    pub(super) async fn work_off(&mut self) {
        while let Some((seen, message)) = self.next() {
            assert!(self.passes < 200_000, "it never ends: {}", message.text);
            self.wait_until(seen);
            self.offer(message).await;
        }
    }

    /// The next message; asserts that none was given up.
    pub(super) fn next(&mut self) -> Option<(Timestamp, Message)> {
        let (seen, message) = self.queue.take()?;
        assert!(message.offered <= MOST_OFFERS, "poison: {}", message.text);
        Some((seen, message))
    }

    /// Time passes.
    pub(super) fn wait_until(&self, moment: Timestamp) {
        let seconds = moment.duration_since(self.azure.now()).as_secs_f64();
        if seconds > 0.0 {
            self.azure.advance(seconds);
        }
    }

    /// The host offers a message to the process, which may die of it.
    pub(super) async fn offer(&mut self, message: Message) {
        let item = WorkItem::read(&message.text, Timestamp::UNIX_EPOCH).unwrap().item;
        let about = About::of(&item);
        let line = self.line.clone();
        let next = tokio::select! {
            biased;
            next = self.pass(item) => Some(next),
            () = line.death() => None,
        };
        match next {
            Some(next) => self.finish(&about, next),
            None => {
                self.deaths += 1;
                self.restart();
                self.queue.place(message, self.azure.now(), OFFERED_AGAIN);
            }
        }
    }

    /// A pass, as the function makes it.
    async fn pass(&self, item: WorkItem) -> (Next, Vec<WorkItem>) {
        let (resource, workload, failed) = (item.resource.clone(), item.workload, item.failed_backup.clone());
        let (next, others) = self.reconciler().reconcile(item).await.unwrap();
        if let (Next::Done(Outcome::Protected { .. }), Some(failed)) = (&next, &failed) {
            let target = ledger::About { resource: &resource, workload };
            retry::after_grant(&self.operations(), target, failed, self.azure.now()).await.unwrap();
        }
        (next, others)
    }

    /// What was recorded.
    pub(super) fn ledger(&self) -> &Book {
        &self.book
    }

    /// The client of the process.
    pub(super) fn arm(&self) -> ArmClient {
        self.arm.clone()
    }

    /// What one pass is taken with.
    pub(super) fn reconciler(&self) -> Protector {
        Protector {
            azure: Arc::new(self.arm.for_pass()),
            ledger: self.book.clone(),
            evaluator: self.evaluator.clone(),
            now: self.azure.now(),
        }
    }

    /// What people ask for and answer, by the same rules and the same ledger.
    pub(super) fn operations(&self) -> Operations {
        Operations {
            azure: Arc::new(self.arm.clone()),
            ledger: self.book.clone(),
            evaluator: Arc::new(self.evaluator.clone()),
            hold_days: HoldDays::default(),
        }
    }

    /// The ledger is gone with all that was recorded, and an empty one is in its place.
    pub(super) fn lose_ledger(&mut self) {
        self.book = Arc::default();
        self.restart();
    }

    /// Everything again, in the same simulator: its estate, and a process that has learned nothing.
    pub(super) fn begin_anew(&mut self) {
        self.azure.reset().unwrap();
        self.restart();
        self.book = Arc::default();
        self.queue = Queue::default();
        (self.passes, self.held_back, self.deaths) = (0, 0, 0);
        self.ends.clear();
        self.order.clear();
    }

    /// What comes of a pass.
    pub(super) fn finish(&mut self, about: &About, (next, others): (Next, Vec<WorkItem>)) {
        self.passes += 1;
        let now = self.azure.now();
        for other in others {
            self.queue.put(&other, now, Duration::ZERO);
        }
        match next {
            Next::Done(outcome) => {
                self.order.push((about.resource.clone(), about.priority));
                self.ends.entry(about.resource.clone()).or_default().push((now, outcome));
            }
            Next::Later { item, after } => {
                self.held_back += u32::from(item.passes == about.passes);
                self.queue.put(&item, now, after);
            }
        }
    }

    /// How work on a resource ended last.
    pub(super) fn end_of(&self, resource: &str) -> Option<&Outcome> {
        self.ends.get(&resource.to_ascii_lowercase())?.last().map(|(_, outcome)| outcome)
    }

    /// Calls so far: `(method, path, status)`.
    pub(super) fn calls(&self) -> Vec<(String, String, u64)> {
        let text = |call: &Value, key: &str| call[key].as_str().unwrap().to_owned();
        let calls = self.azure.calls();
        let calls = calls["calls"].as_array().unwrap().iter();
        calls
            .map(|call| (text(call, "method"), text(call, "path"), call["status"].as_u64().unwrap()))
            .collect()
    }

    /// What must hold whatever happened: each resource is protected by one instance, and no role is assigned twice.
    pub(super) fn assert_sound(&self, resources: &[String], told: &str) {
        let (instances, state) = (self.azure.instances(), self.azure.state());
        let mut states: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let items = state["recoveryServicesItems"].as_array().into_iter().flatten();
        for instance in instances.as_array().unwrap().iter().chain(items) {
            let datasource = instance["dataSourceId"].as_str().unwrap().to_ascii_lowercase();
            states.entry(datasource).or_default().push(instance["currentProtectionState"].as_str().unwrap());
        }
        for resource in resources {
            let outcome = self.end_of(resource);
            assert!(
                matches!(outcome, Some(Outcome::Protected { .. })),
                "{told}: {resource} ended as {outcome:?}"
            );
            let states = states.get(&resource.to_ascii_lowercase()).map(Vec::as_slice);
            // An item without a recovery point yet is pending.
            let is_on = matches!(states, Some(["ProtectionConfigured" | "IRPending" | "Protected"]));
            assert!(is_on, "{told}: {resource} is {states:?}");
        }
        self.assert_no_double_role(told);
    }

    pub(super) fn assert_no_double_role(&self, told: &str) {
        let state = self.azure.state();
        let mut seen = BTreeSet::new();
        for assignment in state["roleAssignments"].as_array().unwrap() {
            let part = |name: &str| assignment[name].as_str().unwrap().to_ascii_lowercase();
            let triple = (part("scope"), part("principalId"), part("roleDefinitionGuid"));
            assert!(seen.insert(triple.clone()), "{told}: assigned twice: {triple:?}");
        }
    }
}

/// What a pass is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) resource: String,
    pub(super) priority: Priority,
    /// Looks before this one.
    pub(super) passes: u32,
}

impl About {
    pub(super) fn of(item: &WorkItem) -> Self {
        Self { resource: item.resource.key(), priority: item.priority(), passes: item.passes }
    }
}

fn client(azure: &Arc<Running>, line: &Arc<Line>) -> ArmClient {
    let options = ArmOptions {
        endpoint: azure.https_url.parse().unwrap(),
        credential: Arc::new(AnyToken),
        transport: Some(Transport::new(line.clone())),
    };
    ArmClient::with_clock(options, Arc::new(AzuresClock(azure.clone()))).unwrap()
}
