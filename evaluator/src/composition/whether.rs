//! Whether a resource is protected: one algorithm per layer, the first layer with a vote decides.

use std::sync::Arc;

use holdfast_rule_set::{Algorithm, Decides, ExclusionKind, Layer, Rank};

use crate::record::Conflict;

use super::{Says, Voice};

/// The answer to *whether*, and the rule that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whether<'a> {
    Protect { by: &'a Rank },
    Exclude { by: &'a Rank, kind: ExclusionKind, until: Option<&'a str> },
    Hold { by: &'a Rank, failure: &'a str },
    Undecided,
}

/// Decides over voices that are sorted by rank.
///
/// A failed rule that asks for a hold gets it wherever its opinion could have mattered: in its
/// layer by the algorithm, and for any protection, whose fields it could have changed.
pub(super) fn decide<'a>(layers: &[Layer], voices: &[Voice<'a>]) -> Whether<'a> {
    match winner(layers, voices) {
        Some((_, winner)) => with_holds(winner, voices),
        None => Whether::Undecided,
    }
}

/// Equals of the winner that said otherwise.
pub(super) fn conflict(layers: &[Layer], voices: &[Voice<'_>]) -> Option<Conflict> {
    let (algorithm, winner) = winner(layers, voices)?;
    let equals = votes(voices).filter(|vote| vote.rank.equals(winner.rank));
    let disagreeing = equals.filter(|vote| disagree(vote.says, winner.says));
    let mut rules: Vec<Arc<str>> = disagreeing.map(|vote| vote.rank.id.clone()).collect();
    if rules.is_empty() {
        return None;
    }
    rules.push(winner.rank.id.clone());
    rules.sort();
    let resolution = format!("`{}` wins by {algorithm}", winner.rank.id);
    Some(Conflict { field: "whether".into(), rules, resolution })
}

/// The first of the strongest kind, in the first layer with a vote, and that layer's algorithm.
pub(super) fn winner<'a>(layers: &[Layer], voices: &[Voice<'a>]) -> Option<(Algorithm, Voice<'a>)> {
    let first = votes(voices).next()?.rank;
    let algorithm = layers.get(first.layer)?.algorithm;
    let heeded = votes(voices).filter(|vote| match algorithm {
        Algorithm::ProtectOverrides | Algorithm::ExcludeOverrides => vote.rank.layer == first.layer,
        Algorithm::HighestPriority => vote.rank.equals(first),
    });
    // `min_by_key` keeps the earliest of equals.
    let winner = heeded.min_by_key(|vote| precedence(algorithm, vote.says))?;
    Some((algorithm, *winner))
}

fn votes<'a, 'b>(voices: &'b [Voice<'a>]) -> impl Iterator<Item = &'b Voice<'a>> {
    voices.iter().filter(|voice| voice.rank.decides == Decides::WhetherAndHow)
}

/// Lower is stronger.
fn precedence(algorithm: Algorithm, says: Says<'_>) -> u8 {
    let rank = match says {
        Says::Protect(_) => 0,
        Says::Hold(_) => 1,
        Says::Exclude { .. } => 2,
    };
    match algorithm {
        Algorithm::ProtectOverrides | Algorithm::HighestPriority => rank,
        Algorithm::ExcludeOverrides => 2 - rank,
    }
}

fn disagree(one: Says<'_>, other: Says<'_>) -> bool {
    match (one, other) {
        (Says::Protect(_), Says::Protect(_)) | (Says::Hold(_), _) | (_, Says::Hold(_)) => false,
        (Says::Exclude { kind, until }, Says::Exclude { kind: k, until: u }) => (kind, until) != (k, u),
        (Says::Protect(_), Says::Exclude { .. }) | (Says::Exclude { .. }, Says::Protect(_)) => true,
    }
}

fn with_holds<'a>(winner: Voice<'a>, voices: &[Voice<'a>]) -> Whether<'a> {
    match winner.says {
        Says::Exclude { kind, until } => Whether::Exclude { by: winner.rank, kind, until },
        Says::Hold(failure) => Whether::Hold { by: winner.rank, failure },
        Says::Protect(_) => voices
            .iter()
            .find_map(|voice| match voice.says {
                Says::Hold(failure) => Some(Whether::Hold { by: voice.rank, failure }),
                Says::Protect(_) | Says::Exclude { .. } => None,
            })
            .unwrap_or(Whether::Protect { by: winner.rank }),
    }
}
