//! What every call shares: the world behind its lock, Storage beside it, and what a reset returns to.

mod connection;
mod founding;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use connection::{Connection, Scheme};
use holdfast_simulator_storage::Storage;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
use crate::world::{Providers, World};

/// What every call shares.
#[derive(Debug)]
pub(crate) struct App {
    world: Mutex<World>,
    /// Tells of every call that a fault holds.
    pub(crate) held: Notify,
    pub(crate) http: reqwest::Client,
    pub(crate) storage: Storage,
    /// The configuration that `reset` returns to.
    config: Config,
}

impl App {
    /// An app that holds the estate of `config`.
    ///
    /// # Errors
    ///
    /// When the estate does not fit together.
    pub(crate) fn new(
        config: Config,
        clock: Clock,
        http: reqwest::Client,
        storage: Storage,
        providers: Providers,
    ) -> anyhow::Result<Self> {
        let world = Mutex::new(fresh_world(&config, clock, providers, storage.clone())?);
        Ok(Self { world, held: Notify::new(), http, storage, config })
    }

    /// The state, with everything carried out that was due.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock `seconds` of Azure's time on, and carries out in order what is due by then.
    pub(crate) fn advance(&self, seconds: f64) {
        let mut world = self.world();
        let target = world.after(seconds);
        world.pass_until(target);
    }

    /// Moves the clock to the next instant at which something is due; that instant, if there is one.
    pub(crate) fn advance_to_next(&self) -> Option<Timestamp> {
        let next = self.next_due()?;
        self.world().pass_until(next);
        Some(next)
    }

    /// When something happens by itself next, in ARM, Event Grid, Resource Graph or a queue.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let in_world = self.world().next_due();
        [in_world, self.storage.next_visible()].into_iter().flatten().min()
    }

    /// Starts over: the estate of the configuration, and nothing else, in ARM and in Storage.
    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        let (clock, providers) = {
            let world = self.world();
            (world.clock.clone(), world.providers())
        };
        let mut fresh = fresh_world(&self.config, clock, providers, self.storage.clone())?;
        let mut world = self.world();
        fresh.era = world.era + 1;
        *world = fresh;
        drop(world);
        self.storage.reset();
        Ok(())
    }
}

fn fresh_world(
    config: &Config,
    clock: Clock,
    providers: Providers,
    storage: Storage,
) -> anyhow::Result<World> {
    let mut world = World::new(clock, config, providers, storage);
    if let Some(estate) = &config.estate {
        founding::apply(&mut world, estate)?;
    }
    Ok(world)
}
