//! The clock behind the deadline: one thread that advances every engine's epoch.

use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// Coarse: the deadline is a net, and an idle process should sleep.
const TICK: Duration = Duration::from_millis(25);

/// Number of ticks after which this much time has surely passed.
pub(super) fn ticks(deadline: Duration) -> u64 {
    let ticks = deadline.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(ticks).unwrap_or(u64::MAX - 1).saturating_add(1)
}

/// Starts the clock; it stops by itself when the last engine is gone.
pub(super) fn start(engines: &[&Engine]) -> std::io::Result<()> {
    let engines: Vec<EngineWeak> = engines.iter().map(|engine| engine.weak()).collect();
    let tick = move || {
        loop {
            thread::sleep(TICK);
            let alive: Vec<Engine> = engines.iter().filter_map(EngineWeak::upgrade).collect();
            if alive.is_empty() {
                return;
            }
            alive.iter().for_each(Engine::increment_epoch);
        }
    };
    thread::Builder::new().name("rule-clock".into()).spawn(tick).map(drop)
}
