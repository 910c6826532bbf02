//! Throttling, learned: calls are held back before Azure refuses them.
//!
//! One governor serves all invocations of a process. It keeps Azure's token buckets as far as answers
//! show them, per subscription, quota and region that answered. Sizes and refills are the documented
//! ones until headers say otherwise; a refusal closes a bucket for everybody.

mod bucket;
mod call;
mod returns;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use azure_core::http::headers::Headers;
use holdfast_protection::priority::Priority;
use holdfast_protection::{ResourceId, Workload};

use self::bucket::Bucket;
use self::call::{GRAPH, Kind, own_quota, region, remaining};
use self::returns::ReturnSchedule;
use super::retry::quota_resets_after;
use crate::clock::Clock;

pub(super) use self::call::Call;

/// Calls that a pass makes before it waits for the first time, and those of its whole life.
const START: [(Kind, f64); 2] = [(Kind::Reads, 6.0), (Kind::Writes, 2.0)];
const LIFE: [(Kind, f64); 2] = [(Kind::Reads, 10.0), (Kind::Writes, 3.0)];
/// Calls of a pass that goes on.
const PENDING: [(Kind, f64); 2] = [(Kind::Reads, 3.0), (Kind::Writes, 1.0)];

/// Keeps a process within what Azure takes.
#[derive(Debug)]
pub(super) struct Governor {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The region that answered last, by scope.
    regions: HashMap<String, String>,
    buckets: HashMap<Quota, Bucket>,
    /// Quotas that answers to a class of calls have named.
    named: HashMap<Call, BTreeSet<String>>,
    books: HashMap<String, ReturnSchedule>,
}

/// A quota of Azure's; its clones share it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Quota(Arc<Counted>);

/// What tells quotas apart.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Counted {
    scope: String,
    region: String,
    name: String,
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Sent {
    governor: Arc<Governor>,
    call: Call,
    quotas: Vec<Quota>,
}

/// A permit that was promised to a pass; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Promise {
    governor: Arc<Governor>,
    promised: Vec<(Quota, f64)>,
}

impl Governor {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, state: Mutex::default() })
    }

    /// Lets a call leave, or says how long it has to wait.
    pub(super) fn send(self: &Arc<Self>, call: Call) -> Result<Sent, Duration> {
        let now = self.clock.now();
        let mut state = self.state();
        let quotas = state.quotas(&call);
        let wait = quotas.iter().map(|quota| state.bucket(quota, now).wait_to_send(now)).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for quota in &quotas {
            state.bucket(quota, now).sent(now);
        }
        Ok(Sent { governor: Arc::clone(self), call, quotas })
    }

    /// Promises room for a look at a resource, in each family that may protect it, or says when to come back.
    ///
    /// The less important a pass is, the more it leaves for others.
    pub(super) fn admit(
        self: &Arc<Self>,
        resource: &ResourceId,
        priority: Priority,
    ) -> Result<Promise, Duration> {
        let now = self.clock.now();
        let scope = resource.subscription().to_ascii_lowercase();
        let families = Workload::families_of(resource.resource_type());
        let mut state = self.state();
        let (needed, life) = match priority {
            Priority::Pending => (PENDING, PENDING),
            Priority::Urgent | Priority::Event | Priority::Sweep => (START, LIFE),
        };
        // What families share is drawn on once.
        let drawn = |(kind, count): (Kind, f64)| {
            let calls = families.iter().map(|family| Call::of_backup(*family, &scope, kind));
            let quotas: HashSet<Quota> = calls.flat_map(|call| state.quotas(&call)).collect();
            quotas.into_iter().map(move |quota| (quota, count)).collect::<Vec<_>>()
        };
        let needed: Vec<(Quota, f64)> = needed.into_iter().flat_map(drawn).collect();
        let share = reserve(priority);
        let mut wait = Duration::ZERO;
        for (quota, count) in &needed {
            let bucket = state.bucket(quota, now);
            wait = wait.max(bucket.wait_for(*count, bucket.size * share, now));
        }
        if wait.is_zero() {
            for (quota, count) in &needed {
                state.bucket(quota, now).promise(*count);
            }
            return Ok(Promise { governor: Arc::clone(self), promised: needed });
        }
        let takes = life.into_iter().map(|(kind, count)| {
            let quota = state.quota(&scope, own_quota(true, kind));
            Duration::from_secs_f64(count / state.bucket(&quota, now).refill)
        });
        let takes = takes.max().unwrap_or_default();
        let back = state.books.entry(scope).or_default().place(priority, now + wait, takes);
        Err(back.saturating_sub(now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Share of a bucket that work of this importance leaves for more important work.
fn reserve(priority: Priority) -> f64 {
    match priority {
        Priority::Pending => 0.0,
        Priority::Urgent => 0.1,
        Priority::Event => 0.25,
        Priority::Sweep => 0.5,
    }
}

impl State {
    fn quota(&self, scope: &str, name: String) -> Quota {
        let region = self.regions.get(scope).cloned().unwrap_or_default();
        Quota(Arc::new(Counted { scope: scope.to_owned(), region, name }))
    }

    /// What a call draws on: its kind's own quota, and those that answers to such calls have named.
    fn quotas(&self, call: &Call) -> Vec<Quota> {
        let own = call.own_quota();
        let named = self.named.get(call).into_iter().flatten().filter(|name| **name != own).cloned();
        std::iter::once(own.clone()).chain(named).map(|name| self.quota(call.scope(), name)).collect()
    }

    fn bucket(&mut self, quota: &Quota, now: Duration) -> &mut Bucket {
        self.buckets.entry(quota.clone()).or_insert_with(|| assumed(&quota.0.name, now))
    }
}

/// What is believed of a quota before its first answer. A global one is 15 times as large.
fn assumed(name: &str, now: Duration) -> Bucket {
    if name == GRAPH {
        return Bucket::new(15.0, 3.0, now);
    }
    let kind =
        [Kind::Reads, Kind::Writes, Kind::Deletes].into_iter().find(|kind| name.contains(kind.as_str()));
    let (size, refill) = kind.unwrap_or(Kind::Reads).documented();
    let times = if name.contains("-global-") { 15.0 } else { 1.0 };
    Bucket::new(size * times, refill * times, now)
}

impl Sent {
    /// Learns from the headers of an answer.
    pub(super) fn saw_headers(&self, headers: &Headers) {
        let now = self.governor.clock.now();
        let mut state = self.governor.state();
        if let Some(region) = region(headers) {
            state.regions.insert(self.call.scope().to_owned(), region);
        }
        for (name, left) in remaining(&self.call, headers) {
            let quota = state.quota(self.call.scope(), name.clone());
            let bucket = state.bucket(&quota, now);
            bucket.saw_headers(left, now);
            // The graph's quota is filled up at once, at a time that it names.
            if let Some(fresh) = quota_resets_after(headers).filter(|_| name == GRAPH && left < 1.0) {
                bucket.close(fresh, now);
            }
            state.name(&self.call, name);
        }
    }

    /// Azure refused the call: nobody draws on that quota before `retry_after` has passed.
    pub(super) fn refused(&self, code: &str, retry_after: Duration) {
        let now = self.governor.clock.now();
        let of_arm = code.to_ascii_lowercase().ends_with("requeststhrottled");
        let name = if of_arm || self.call.is_of_resource_graph() {
            self.call.own_quota()
        } else {
            self.call.providers_quota()
        };
        let mut state = self.governor.state();
        let quota = state.quota(self.call.scope(), name.clone());
        state.bucket(&quota, now).close(retry_after, now);
        state.name(&self.call, name);
    }
}

impl State {
    /// Remembers that calls of this class draw on a quota.
    fn name(&mut self, call: &Call, quota: String) {
        if let Some(names) = self.named.get_mut(call) {
            names.insert(quota);
        } else {
            self.named.insert(call.clone(), BTreeSet::from([quota]));
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let now = self.governor.clock.now();
        let mut state = self.governor.state();
        for quota in &self.quotas {
            state.bucket(quota, now).over();
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        let now = self.governor.clock.now();
        let mut state = self.governor.state();
        for (quota, count) in &self.promised {
            state.bucket(quota, now).release(*count);
        }
    }
}

#[cfg(test)]
mod tests;
