//! Whether a resource is protected: one algorithm per layer, the first layer with a vote decides.

use crate::model::ExclusionKind;
use crate::record::Conflict;
use crate::rule_set::{Algorithm, Decides, Layer};

use super::{Says, Standing, Voice};

/// The answer to *whether*, and the rule that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whether<'a> {
    Protect { by: &'a Standing },
    Exclude { by: &'a Standing, kind: ExclusionKind, until: Option<&'a str> },
    Hold { by: &'a Standing, failure: &'a str },
    Undecided,
}

/// Decides over voices that are sorted by rank.
///
/// A failed rule that asks for a hold gets it wherever its opinion could have mattered: in its
/// layer by the algorithm, and for any protection, whose fields it could have changed.
pub(super) fn decide<'a>(layers: &[Layer], voices: &[Voice<'a>]) -> (Whether<'a>, Vec<Conflict>) {
    for (layer, algorithm) in layers.iter().map(|layer| layer.algorithm).enumerate() {
        let votes: Vec<Voice<'a>> = voices
            .iter()
            .filter(|voice| voice.standing.layer == layer)
            .filter(|voice| voice.standing.decides == Decides::WhetherAndHow)
            .copied()
            .collect();
        if let Some((winner, conflict)) = layer_winner(algorithm, &votes) {
            return (with_holds(winner, voices), conflict.into_iter().collect());
        }
    }
    (Whether::Undecided, Vec::new())
}

fn layer_winner<'a>(algorithm: Algorithm, votes: &[Voice<'a>]) -> Option<(Voice<'a>, Option<Conflict>)> {
    let highest = votes.first()?.standing.priority;
    let heeded: Vec<Voice<'a>> = match algorithm {
        Algorithm::ProtectOverrides | Algorithm::ExcludeOverrides => votes.to_vec(),
        Algorithm::HighestPriority => {
            votes.iter().filter(|vote| vote.standing.priority == highest).copied().collect()
        }
    };
    // The first of the strongest kind: `min_by_key` keeps the earliest of equals.
    let winner = *heeded.iter().min_by_key(|vote| precedence(algorithm, vote.says))?;
    Some((winner, conflict(algorithm, winner, &heeded)))
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

fn conflict(algorithm: Algorithm, winner: Voice<'_>, heeded: &[Voice<'_>]) -> Option<Conflict> {
    let disagreeing: Vec<_> = heeded
        .iter()
        .filter(|vote| vote.standing.equals(winner.standing) && disagree(vote.says, winner.says))
        .map(|vote| vote.standing.id.clone())
        .collect();
    if disagreeing.is_empty() {
        return None;
    }
    let mut rules = disagreeing;
    rules.push(winner.standing.id.clone());
    rules.sort();
    Some(Conflict {
        field: "whether".into(),
        rules,
        resolution: format!("`{}` wins by {algorithm}", winner.standing.id),
    })
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
        Says::Exclude { kind, until } => Whether::Exclude { by: winner.standing, kind, until },
        Says::Hold(failure) => Whether::Hold { by: winner.standing, failure },
        Says::Protect(_) => voices
            .iter()
            .find_map(|voice| match voice.says {
                Says::Hold(failure) => Some(Whether::Hold { by: voice.standing, failure }),
                Says::Protect(_) | Says::Exclude { .. } => None,
            })
            .unwrap_or(Whether::Protect { by: winner.standing }),
    }
}
