//! What a test in the same process does with a running simulator: move its clock, hold calls, ask what happened.

use jiff::Timestamp;
use serde_json::Value;

use super::Running;

impl Running {
    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.world().now()
    }

    /// Makes the clock stand still, or run on from what it shows.
    pub fn freeze(&self, frozen: bool) {
        self.app.world().clock.freeze(frozen);
    }

    /// Moves the clock `seconds` of Azure's time on; whatever is due by then has happened, in order, when this returns.
    /// Events are on their way then, not delivered yet.
    pub fn advance(&self, seconds: f64) {
        self.app.advance(seconds);
    }

    /// Moves the clock to the next instant at which an operation ends, a role begins to count, an event is delivered,
    /// Resource Graph sees a change or a queue message can be seen; `None` when nothing is awaited.
    #[must_use]
    pub fn advance_to_next(&self) -> Option<Timestamp> {
        self.app.advance_to_next()
    }

    /// Arms a fault, in the form of `POST /_simulator/faults`.
    ///
    /// # Errors
    ///
    /// What does not fit, by name.
    pub fn fault(&self, fault: Value) -> anyhow::Result<()> {
        let wanted = serde_json::from_value(fault)?;
        self.app.world().traffic.faults.add(wanted).map_err(anyhow::Error::msg)
    }

    /// Starts over, as `POST /_simulator/reset` does: the estate of the configuration, and nothing else. The clock goes on.
    ///
    /// # Errors
    ///
    /// When the estate does not fit together.
    pub fn reset(&self) -> anyhow::Result<()> {
        self.app.reset()
    }

    /// Returns as soon as a call is held under `name`.
    pub async fn until_held(&self, name: &str) {
        loop {
            let told = self.app.held.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if self.app.world().traffic.faults.holds.waiting(name) > 0 {
                return;
            }
            told.await;
        }
    }

    /// Lets the calls go on that are held under `name`; how many there were.
    #[must_use]
    pub fn release(&self, name: &str) -> usize {
        self.app.world().traffic.faults.holds.release(Some(name))
    }

    /// The journal, in the form of `GET /_simulator/calls`.
    #[must_use]
    pub fn calls(&self) -> Value {
        self.app.world().traffic.journal.shown(0)
    }

    /// Forgets the journal and counts from one again.
    pub fn forget_calls(&self) {
        self.app.world().traffic.journal.clear();
    }

    /// Everything that exists, in the form of `GET /_simulator/state`.
    #[must_use]
    pub fn state(&self) -> Value {
        let mut world = self.app.world();
        world.advance();
        world.inspect()
    }

    /// Every backup instance, in the form of `GET /_simulator/instances`.
    #[must_use]
    pub fn instances(&self) -> Value {
        let mut world = self.app.world();
        world.advance();
        Value::Array(world.instances())
    }
}
