//! Which rule set should serve: a pure question of numbers.

use serde::{Deserialize, Serialize};

/// An order to go back: serve `to` instead of `from`, until something newer than `from` is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pin {
    /// Revision to serve.
    pub(crate) to: u64,
    /// The highest revision that the order withdraws.
    pub(crate) from: u64,
    /// Who gave the order.
    pub(crate) by: String,
    /// Why, in their words.
    pub(crate) why: String,
    /// When; RFC 3339.
    pub(crate) at: String,
}

/// What should serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What the source offers.
    Offered,
    /// A set that was accepted before.
    Accepted(u64),
    /// What the source offers is older than what was accepted: somebody replays an old set.
    Replayed {
        /// The highest revision that was accepted, which is to serve.
        highest: u64,
    },
    /// There is nothing to serve.
    Nothing,
}

/// Chooses between what the source offers and what was accepted before, under the latest order. Once a newer set was accepted, the
/// order is over, whatever is offered then.
pub(crate) fn choose(offered: Option<u64>, accepted: &[u64], pin: Option<&Pin>) -> Choice {
    let highest = accepted.iter().copied().max();
    let pin = pin.filter(|pin| highest.is_none_or(|highest| highest <= pin.from));
    match (offered, pin, highest) {
        (Some(offered), Some(pin), _) if offered > pin.from => Choice::Offered,
        (Some(offered), Some(pin), _) if offered == pin.to => Choice::Offered,
        (_, Some(pin), _) if accepted.contains(&pin.to) => Choice::Accepted(pin.to),
        (Some(offered), _, Some(highest)) if offered < highest => Choice::Replayed { highest },
        (Some(_), _, _) => Choice::Offered,
        (None, _, Some(highest)) => Choice::Accepted(highest),
        (None, _, None) => Choice::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(to: u64, from: u64) -> Pin {
        Pin { to, from, by: String::new(), why: String::new(), at: String::new() }
    }

    #[test]
    fn the_newest_serves_unless_somebody_went_back() {
        let pin = back(6, 7);
        for (offered, accepted, pin, expected) in [
            (Some(1), &[][..], None, Choice::Offered),
            (Some(7), &[6, 7], None, Choice::Offered),
            (Some(8), &[6, 7], None, Choice::Offered),
            (None, &[6, 7], None, Choice::Accepted(7)),
            (None, &[], None, Choice::Nothing),
            (Some(7), &[6, 7], Some(&pin), Choice::Accepted(6)),
            (Some(6), &[6, 7], Some(&pin), Choice::Offered),
            (None, &[6, 7], Some(&pin), Choice::Accepted(6)),
            (Some(8), &[6, 7], Some(&pin), Choice::Offered),
        ] {
            assert_eq!(choose(offered, accepted, pin), expected, "{offered:?} {accepted:?} {pin:?}");
        }
    }

    #[test]
    fn an_order_is_over_once_a_newer_set_was_accepted() {
        let (accepted, pin) = ([6, 7, 8], back(6, 7));
        for (offered, expected) in [
            (None, Choice::Accepted(8)),
            (Some(6), Choice::Replayed { highest: 8 }),
            (Some(7), Choice::Replayed { highest: 8 }),
            (Some(8), Choice::Offered),
        ] {
            assert_eq!(choose(offered, &accepted, Some(&pin)), expected, "{offered:?}");
        }
    }

    #[test]
    fn an_old_set_is_not_taken_because_it_comes_again() {
        assert_eq!(choose(Some(5), &[5, 6, 7], None), Choice::Replayed { highest: 7 });
        assert_eq!(choose(Some(5), &[5, 6, 7], Some(&back(6, 7))), Choice::Accepted(6));
    }
}
