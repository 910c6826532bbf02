//! Calls that wait until they are released, so that a test can look around, or kill whoever sent them.

use serde_json::{Value, json};
use tokio::sync::oneshot;

#[derive(Debug)]
struct Held {
    name: String,
    /// Number of the call in the journal.
    number: u64,
    method: String,
    path: String,
    release: oneshot::Sender<()>,
}

/// The calls that wait now.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    held: Vec<Held>,
}

impl Holds {
    /// Holds a call; it goes on when the answer of this arrives, or its sender is gone.
    pub(crate) fn hold(
        &mut self,
        name: &str,
        number: u64,
        method: &str,
        path: &str,
    ) -> oneshot::Receiver<()> {
        let (release, released) = oneshot::channel();
        self.held.push(Held {
            name: name.to_owned(),
            number,
            method: method.to_owned(),
            path: path.to_owned(),
            release,
        });
        released
    }

    /// Lets every call go on that waits under `name`, or under any name; how many there were.
    pub(crate) fn release(&mut self, name: Option<&str>) -> usize {
        let matching = |held: &mut Held| name.is_none_or(|name| held.name == name);
        let released: Vec<Held> = self.held.extract_if(.., matching).collect();
        // Whoever hung up meanwhile does not count.
        released.into_iter().filter_map(|held| held.release.send(()).ok()).count()
    }

    /// How many calls wait under `name`.
    pub(crate) fn waiting(&self, name: &str) -> usize {
        self.held.iter().filter(|held| held.name == name && !held.release.is_closed()).count()
    }

    pub(crate) fn shown(&self) -> Value {
        let waiting = self.held.iter().filter(|held| !held.release.is_closed());
        let shown = waiting.map(|held| {
            json!({ "hold": held.name, "number": held.number, "method": held.method, "path": held.path })
        });
        Value::Array(shown.collect())
    }
}
