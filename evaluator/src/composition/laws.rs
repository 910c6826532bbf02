//! The laws of composition, for any opinions: what generates them. Each law is tried 1,000 times.

mod explanation;
mod fields;
mod outcome;

use holdfast_rule_set::{
    Algorithm, Decides, ExclusionKind, Layer, Mode, OnError, Protection, Rank, Retention, Schedule, Tier,
    VaultChoice,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::model::Labels;
use crate::opinion::{Opinion, Verdict};

use super::{Answer, Composition, compose};

const LAYERS: usize = 3;

/// A rule and what it answered.
#[derive(Debug, Clone)]
struct Said {
    rank: Rank,
    heard: Result<Opinion, String>,
}

/// A rule set and what its rules answered; ids differ.
#[derive(Debug, Clone)]
struct Case {
    layers: Vec<Layer>,
    defaults: Protection,
    said: Vec<Said>,
}

impl Case {
    fn composed(&self) -> Composition {
        let answers: Vec<Answer<'_>> = self
            .said
            .iter()
            .map(|said| Answer {
                rank: &said.rank,
                on_error: said.rank.on_error,
                heard: said.heard.as_ref().map_err(String::as_str),
            })
            .collect();
        compose(&self.layers, &self.defaults, &answers)
    }

    /// The same without one rule.
    fn without(&self, id: &str) -> Self {
        let said = self.said.iter().filter(|said| *said.rank.id != *id).cloned().collect();
        Self { said, ..self.clone() }
    }

    /// Rules that are heeded and say *protect*, by rank; a failure that protects states nothing.
    fn protecting(&self) -> Vec<(&Rank, Protection)> {
        let heeded = self.said.iter().filter(|said| said.rank.mode == Mode::Enforce);
        let mut protecting: Vec<_> = heeded
            .filter_map(|said| match &said.heard {
                Ok(Opinion { verdict: Verdict::Protect(how), .. }) => Some((&said.rank, (**how).clone())),
                Err(_) if said.rank.on_error == OnError::ProtectWithDefault => {
                    Some((&said.rank, Protection::default()))
                }
                _ => None,
            })
            .collect();
        protecting.sort_by(|(one, _), (other, _)| one.order().cmp(&other.order()));
        protecting
    }

    /// Whether a rule has a voice at all, and is not a failure that holds.
    fn votes(said: &Said) -> bool {
        let speaks = match &said.heard {
            Ok(opinion) => matches!(opinion.verdict, Verdict::Protect(_) | Verdict::Exclude { .. }),
            Err(_) => said.rank.on_error == OnError::ProtectWithDefault,
        };
        speaks && said.rank.mode == Mode::Enforce && said.rank.decides == Decides::WhetherAndHow
    }

    fn with(&self, more: Said) -> Self {
        let mut case = self.clone();
        case.said.push(more);
        case
    }
}

fn layer() -> impl Strategy<Value = Layer> {
    let algorithm = prop_oneof![
        Just(Algorithm::ProtectOverrides),
        Just(Algorithm::ExcludeOverrides),
        Just(Algorithm::HighestPriority),
    ];
    algorithm.prop_map(|algorithm| Layer { name: String::new(), algorithm })
}

fn protection() -> impl Strategy<Value = Protection> {
    let retention = (option::of(0..40_u32), option::of(0..40_u32))
        .prop_map(|(min_days, max_days)| Retention { min_days, max_days });
    let schedule = prop_oneof![Just("P1D"), Just("P1W")]
        .prop_map(|every| Schedule { every: every.to_owned(), ..Schedule::default() });
    let vault = prop_oneof![Just("one"), Just("two"), Just("three")]
        .prop_map(|name| VaultChoice::Named(name.to_owned()));
    let tier = prop_oneof![Just(Tier::Operational), Just(Tier::Vault)];
    (option::of(retention), option::of(schedule), option::of(vault), option::of(tier)).prop_map(
        |(retention, schedule, vault, tier)| Protection {
            retention,
            schedule,
            vault,
            tier,
            ..Protection::default()
        },
    )
}

fn opinion() -> impl Strategy<Value = Opinion> {
    let kind = prop_oneof![Just(ExclusionKind::Ephemeral), Just(ExclusionKind::OptedOut)].boxed();
    let until = option::of(prop_oneof![
        Just("2027-01-01T00:00:00Z".to_owned()),
        Just("2028-01-01T00:00:00Z".to_owned())
    ]);
    let verdict = prop_oneof![
        1 => Just(Verdict::Abstain),
        3 => protection().prop_map(|how| Verdict::Protect(Box::new(how))),
        2 => (kind.clone(), until).prop_map(|(kind, until)| Verdict::Exclude { kind, until }),
        1 => kind.prop_map(|kind| Verdict::Expired { kind, until: "2025-01-01T00:00:00Z".into() }),
    ];
    verdict.prop_map(|verdict| Opinion { verdict, labels: Labels::new(), reasons: Vec::new() })
}

fn rank() -> impl Strategy<Value = Rank> {
    let mode = prop_oneof![4 => Just(Mode::Enforce), 1 => Just(Mode::Shadow)];
    let decides = prop_oneof![3 => Just(Decides::WhetherAndHow), 1 => Just(Decides::How)];
    let on_error = prop_oneof![Just(OnError::ProtectWithDefault), Just(OnError::Hold)];
    (0..LAYERS, 0..3_i32, mode, decides, on_error).prop_map(|(layer, priority, mode, decides, on_error)| {
        Rank { id: "".into(), layer, priority, mode, decides, on_error }
    })
}

fn said() -> impl Strategy<Value = Said> {
    let heard = prop_oneof![6 => opinion().prop_map(Ok), 1 => Just(Err("it trapped".to_owned()))];
    (rank(), heard).prop_map(|(rank, heard)| Said { rank, heard })
}

fn case() -> impl Strategy<Value = Case> {
    (vec(layer(), LAYERS), protection(), vec(said(), 0..7)).prop_map(|(layers, defaults, mut said)| {
        for (index, said) in said.iter_mut().enumerate() {
            said.rank.id = format!("rule-{index}").into();
        }
        Case { layers, defaults, said }
    })
}

/// A case whose rules all protect, and often have equals.
fn crowded() -> impl Strategy<Value = Case> {
    let said = (rank(), protection()).prop_map(|(rank, how)| {
        let rank = Rank {
            mode: Mode::Enforce,
            decides: Decides::WhetherAndHow,
            layer: rank.layer.min(1),
            priority: rank.priority.min(1),
            ..rank
        };
        Said {
            rank,
            heard: Ok(Opinion {
                verdict: Verdict::Protect(Box::new(how)),
                labels: Labels::new(),
                reasons: Vec::new(),
            }),
        }
    });
    (case(), vec(said, 2..6)).prop_map(|(case, mut said)| {
        for (index, said) in said.iter_mut().enumerate() {
            said.rank.id = format!("rule-{index}").into();
        }
        Case { said, ..case }
    })
}

/// A case, and the same rules in another order.
fn reordered() -> impl Strategy<Value = (Case, Case)> {
    case().prop_flat_map(|case| {
        let shuffled = Just(case.said.clone()).prop_shuffle();
        (Just(case), shuffled).prop_map(|(case, said)| {
            let other = Case { said, ..case.clone() };
            (case, other)
        })
    })
}

/// Any rule, under an id that no case uses and that ranks last among equals.
fn newcomer(heard: Result<Opinion, String>, rank: Rank) -> Said {
    Said { rank: Rank { id: "z-newcomer".into(), ..rank }, heard }
}

fn unreasoned(verdict: Verdict) -> Result<Opinion, String> {
    Ok(Opinion { verdict, labels: Labels::new(), reasons: Vec::new() })
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() }
}
