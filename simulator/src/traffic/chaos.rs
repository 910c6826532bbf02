//! Seeded chaos: a share of all ARM calls comes to harm.

use serde::{Deserialize, Serialize};

use super::fault::{Fault, Harm, Injected};
use crate::random::Random;

/// How often calls come to harm, in percent, and how. The same seed gives the same sequence of harm.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wanted {
    percent: f64,
    /// How many of the harmed calls take effect although their answer is lost, in percent; a 429 never does.
    #[serde(default = "half")]
    apply_percent: f64,
    /// What can happen; a status, or 0 for a connection that ends.
    #[serde(default = "usual")]
    harms: Vec<u16>,
    /// Seconds of the `Retry-After` header of answers that have one.
    #[serde(default = "one")]
    retry_after: u64,
    #[serde(default = "one")]
    seed: u64,
}

fn half() -> f64 {
    50.0
}

fn one() -> u64 {
    1
}

fn usual() -> Vec<u16> {
    vec![429, 500, 502, 503, 504, 0]
}

/// The chaos that reigns.
#[derive(Debug)]
pub(crate) struct Chaos {
    pub(crate) wanted: Wanted,
    random: Random,
    /// How many calls have come to harm.
    pub(crate) struck: u64,
}

impl Chaos {
    pub(crate) fn new(wanted: Wanted) -> Result<Self, String> {
        if wanted.harms.is_empty()
            || wanted.harms.iter().any(|harm| *harm != 0 && !(200..=599).contains(harm))
        {
            return Err("'harms' must name statuses between 200 and 599, or 0 for a reset".to_owned());
        }
        let random = Random::new(wanted.seed);
        Ok(Self { wanted, random, struck: 0 })
    }

    /// The harm that comes to the next call, if any.
    pub(crate) fn strike(&mut self) -> Option<Fault> {
        if self.random.unit() * 100.0 >= self.wanted.percent {
            return None;
        }
        self.struck += 1;
        let which = self.random.below(self.wanted.harms.len());
        let status = self.wanted.harms.get(which).copied().unwrap_or(500);
        let apply = self.random.unit() * 100.0 < self.wanted.apply_percent && status != 429;
        let told = matches!(status, 429 | 503);
        let retry = told.then(|| ("retry-after".to_owned(), self.wanted.retry_after.to_string()));
        let harm = match status {
            0 => Harm::Reset,
            _ => {
                Harm::Answer(Injected { status, headers: retry.into_iter().collect(), ..Injected::default() })
            }
        };
        Some(Fault { apply, harm })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_harm() {
        let run = |seed: u64| {
            let wanted = serde_json::from_value(json!({ "percent": 30, "seed": seed })).unwrap();
            let mut chaos = Chaos::new(wanted).unwrap();
            (0..200).map(|_| chaos.strike()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
        let struck = run(3).into_iter().flatten().count();
        assert!((40..80).contains(&struck), "{struck} of 200");
    }
}
