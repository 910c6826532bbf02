//! Everything that exists in the simulated cloud, and the passing of time over it.
//!
//! Nothing happens in the background here: what is due is carried out, in order, whenever [`World::advance`] is called,
//! which the front does before every call and a ticker does between calls.
//!
//! The world knows no provider by name. It is made with the list of them, keeps for each what only that one can reach, and
//! asks all of them what it has to know.

mod arm;
mod graph_index;
mod lookup;
mod provider;
mod settings;
mod state;
mod timers;

use holdfast_simulator_storage::Storage;
use jiff::Timestamp;

use arm::Arm;
pub(crate) use arm::SoftShare;
pub(crate) use graph_index::{GraphIndex, Table};
pub(crate) use provider::{Provider, Providers, Quota};
pub(crate) use settings::Settings;
pub(crate) use state::State;
use state::States;
pub(crate) use timers::Effect;
use timers::Timers;

use crate::clock::Clock;
use crate::config::Config;
use crate::identity::Identities;
use crate::random::Random;
use crate::traffic::Traffic;

/// The whole state.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) settings: Settings,
    timers: Timers,
    pub(crate) arm: Arm,
    pub(crate) identities: Identities,
    pub(crate) graph: GraphIndex,
    pub(crate) traffic: Traffic,
    providers: Providers,
    states: States,
    /// Storage accounts, as far as the service leaves anything in them.
    pub(crate) storage: Storage,
    /// How often everything was started over: what was under way in an earlier era is no concern of this one.
    pub(crate) era: u64,
}

impl World {
    pub(crate) fn new(clock: Clock, config: &Config, providers: Providers, storage: Storage) -> Self {
        Self {
            clock,
            random: Random::new(config.seed),
            settings: Settings::new(config.soft_delete),
            timers: Timers::default(),
            arm: Arm::default(),
            identities: Identities::default(),
            graph: GraphIndex::default(),
            traffic: Traffic::new(config.throttling),
            providers,
            storage,
            states: States::new(providers.iter().filter_map(|provider| provider.state())),
            era: 0,
        }
    }

    pub(crate) fn providers(&self) -> Providers {
        self.providers
    }

    /// What the provider keeps whose state is an `S`.
    #[expect(
        clippy::expect_used,
        reason = "only a provider can name its state, and it is made with the world"
    )]
    pub(crate) fn state<S: State>(&self) -> &S {
        self.states.get().expect("the provider that asks is on the list that the world was made with")
    }

    /// The same, to be changed.
    #[expect(
        clippy::expect_used,
        reason = "only a provider can name its state, and it is made with the world"
    )]
    pub(crate) fn state_mut<S: State>(&mut self) -> &mut S {
        self.states.get_mut().expect("the provider that asks is on the list that the world was made with")
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
    pub(crate) fn schedule(&mut self, at: Timestamp, effect: impl Effect + 'static) {
        self.timers.schedule(at, Box::new(effect));
    }

    /// Carries out, in order, everything that is due.
    pub(crate) fn advance(&mut self) {
        let now = self.now();
        while let Some((at, effect)) = self.timers.take_due(now) {
            effect.happen(self, at);
        }
    }

    /// Moves the clock on to `target`, stopping wherever something is due, so that what follows from it is due in time.
    pub(crate) fn pass_until(&mut self, target: Timestamp) {
        while let Some((at, effect)) = self.timers.take_due(target) {
            self.clock.move_to(at);
            effect.happen(self, at);
        }
        self.clock.move_to(target);
    }

    /// The next instant after now at which anything happens by itself.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let now = self.now();
        let of_providers = self.providers.iter().filter_map(|provider| provider.next_due(self));
        let others = [self.timers.next_due(now), self.graph.next_visible(now)];
        of_providers.chain(others.into_iter().flatten()).min()
    }

    /// Something was taken away that protection may need: the service finds out later.
    pub(crate) fn recheck_protection(&mut self) {
        for provider in self.providers {
            provider.recheck_protection(self);
        }
    }

    /// Notes that the resource `id` changed, so that Resource Graph shows it after its lag.
    pub(crate) fn touch(&mut self, id: &str) {
        let visible = self.after(self.settings.graph_lag_seconds);
        self.graph.changed(id, visible);
    }
}
