//! Folders of the rule sets that may still be asked: code of a module is read from them when it is first needed.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// More than are kept in memory to go back to, the one in force among them.
const MOST: usize = 4;

/// Rule set files, the latest last.
#[derive(Default)]
pub(super) struct Places(Mutex<Vec<PathBuf>>);

impl Places {
    /// This one is in force now.
    pub(super) fn add(&self, place: PathBuf) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|known| *known != place);
        places.push(place);
        let over = places.len().saturating_sub(MOST);
        places.drain(..over);
    }

    pub(super) fn all(&self) -> Vec<PathBuf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stay() {
        let places = Places::default();
        for name in ["a", "b", "a", "c", "d", "e"] {
            places.add(PathBuf::from(name));
        }
        assert_eq!(places.all(), ["a", "c", "d", "e"].map(PathBuf::from));
    }
}
