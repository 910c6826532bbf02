//! Everything that exists in the simulated cloud, and the passing of time over it.
//!
//! Nothing happens in the background here: what is due is carried out, in order, whenever [`World::advance`] is called,
//! which the front does before every call and a ticker does between calls.

mod effect;
mod graph_index;
pub(crate) mod inspect;
mod settings;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

pub(crate) use effect::Effect;
pub(crate) use graph_index::{GraphIndex, Table};
pub(crate) use settings::Settings;

use crate::authorization::Assignment;
use crate::clock::Clock;
use crate::config::Config;
use crate::data_protection::{DeletedVault, Operation, Vault};
use crate::deployments::Deployment;
use crate::event_grid::EventGrid;
use crate::identity::Identities;
use crate::random::Random;
use crate::resource_graph::{Answered, Quota};
use crate::resources::SlowDeletion;
use crate::traffic::Traffic;

/// The whole state. Maps are keyed by lower-cased ids.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) settings: Settings,
    pub(crate) groups: BTreeMap<String, Value>,
    /// `{"tags": {..}}` of each subscription that has tags.
    pub(crate) subscription_tags: BTreeMap<String, Value>,
    /// Tracked and child resources other than those of Microsoft.DataProtection.
    pub(crate) resources: BTreeMap<String, Value>,
    pub(crate) vaults: BTreeMap<String, Vault>,
    /// Soft-deleted vaults by the names that they have as such.
    pub(crate) deleted_vaults: BTreeMap<String, DeletedVault>,
    /// Deletions that take a while, by operation id.
    pub(crate) slow_deletions: BTreeMap<String, SlowDeletion>,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) deployments: BTreeMap<String, Deployment>,
    /// What restores have left, for inspection.
    pub(crate) restores: Vec<Value>,
    /// Files that restores have written, by container.
    pub(crate) files: BTreeMap<String, Vec<String>>,
    /// Operations that have taken another id, by their first one.
    pub(crate) moved_operations: BTreeMap<String, String>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) identities: Identities,
    pub(crate) graph: GraphIndex,
    /// Resource Graph's quota of each caller.
    pub(crate) graph_quotas: BTreeMap<String, Quota>,
    /// The query that was answered last: its next pages are cut from the same rows.
    pub(crate) graph_answered: Option<Answered>,
    pub(crate) events: EventGrid,
    pub(crate) traffic: Traffic,
    due: BTreeMap<(Timestamp, u64), Effect>,
    scheduled: u64,
    /// When protection is looked at again.
    recheck: Option<Timestamp>,
}

impl World {
    pub(crate) fn new(clock: Clock, config: &Config) -> Self {
        Self {
            clock,
            random: Random::new(config.seed),
            settings: Settings::new(config.soft_delete),
            groups: BTreeMap::new(),
            subscription_tags: BTreeMap::new(),
            resources: BTreeMap::new(),
            vaults: BTreeMap::new(),
            deleted_vaults: BTreeMap::new(),
            slow_deletions: BTreeMap::new(),
            operations: BTreeMap::new(),
            deployments: BTreeMap::new(),
            restores: Vec::new(),
            files: BTreeMap::new(),
            moved_operations: BTreeMap::new(),
            assignments: Vec::new(),
            identities: Identities::default(),
            graph: GraphIndex::default(),
            graph_quotas: BTreeMap::new(),
            graph_answered: None,
            events: EventGrid::default(),
            traffic: Traffic::new(config.throttling),
            due: BTreeMap::new(),
            scheduled: 0,
            recheck: None,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The instant `seconds` of Azure's time from now.
    pub(crate) fn after(&self, seconds: f64) -> Timestamp {
        self.clock.after(self.now(), seconds)
    }

    pub(crate) fn guid(&mut self) -> String {
        self.random.guid().to_string()
    }

    /// Has `effect` happen at `at`.
    pub(crate) fn schedule(&mut self, at: Timestamp, effect: Effect) {
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), effect);
    }

    /// Carries out, in order, everything that is due.
    pub(crate) fn advance(&mut self) {
        let now = self.now();
        while let Some((at, effect)) = self.take_due(now) {
            effect.happen(self, at);
        }
    }

    /// Moves the clock on to `target`, stopping wherever something is due, so that what follows from it is due in time.
    pub(crate) fn pass_until(&mut self, target: Timestamp) {
        while let Some((at, effect)) = self.take_due(target) {
            self.clock.move_to(at);
            effect.happen(self, at);
        }
        self.clock.move_to(target);
    }

    fn take_due(&mut self, until: Timestamp) -> Option<(Timestamp, Effect)> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), effect) = entry.remove_entry();
        Some((at, effect))
    }

    /// The next instant after now at which anything happens by itself.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let now = self.now();
        let effect = self.due.range((now, u64::MAX)..).next().map(|((at, _), _)| *at);
        let role = self.assignments.iter().map(|one| one.effective).filter(|at| *at > now).min();
        let others = [role, self.events.next_due(now), self.graph.next_visible(now)];
        others.into_iter().chain([effect]).flatten().min()
    }

    /// Something was taken away that protection may need: the service finds out later.
    pub(crate) fn recheck_protection(&mut self) {
        let now = self.now();
        if self.recheck.is_none_or(|at| at <= now) {
            let at = self.after(self.settings.recheck_seconds);
            self.recheck = Some(at);
            self.schedule(at, Effect::ProtectionChecked);
        }
    }

    /// Whether `subscription` exists.
    pub(crate) fn has_subscription(&self, subscription: &str) -> bool {
        let listed = &self.settings.subscriptions;
        listed.is_empty() || listed.iter().any(|known| known.eq_ignore_ascii_case(subscription))
    }

    /// Notes that the resource `id` changed, so that Resource Graph shows it after its lag.
    pub(crate) fn touch(&mut self, id: &str) {
        let visible = self.after(self.settings.graph_lag_seconds);
        self.graph.changed(id, visible);
    }

    /// Whether a subscription, group or resource with this id exists. The tenant does.
    pub(crate) fn exists(&self, id: &str) -> bool {
        let key = crate::wire::path::key(id);
        let bare_subscription =
            key.trim_matches('/').split('/').count() == 2 && key.starts_with("/subscriptions/");
        key.is_empty()
            || (bare_subscription && self.has_subscription(key.rsplit('/').next().unwrap_or_default()))
            || self.groups.contains_key(&key)
            || self.resources.contains_key(&key)
            || self.vaults.contains_key(&key)
    }
}
