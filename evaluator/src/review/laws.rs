//! The laws of reviews, for any judgements. Each is tried 1,000 times.

use holdfast_rule_set::{Decides, DefaultRuling, Mode, OnError, OperationKind, Rank, ReviewDefaults};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::opinion::{Judgement, ReviewVerdict};
use crate::record::Reason;

use super::{Judged, Ruling, Settled, settle};

#[derive(Debug, Clone)]
struct Said {
    rank: Rank,
    heard: Result<Judgement, String>,
}

#[derive(Debug, Clone)]
struct Case {
    defaults: ReviewDefaults,
    operation: OperationKind,
    said: Vec<Said>,
}

impl Case {
    fn settled(&self) -> Settled {
        let judged: Vec<Judged<'_>> = self
            .said
            .iter()
            .map(|said| Judged { rank: &said.rank, heard: said.heard.as_ref().map_err(String::as_str) })
            .collect();
        settle(&self.defaults, self.operation, &judged)
    }

    fn with(&self, more: Said) -> Self {
        let mut case = self.clone();
        case.said.push(more);
        case
    }

    fn heeded(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(|said| said.rank.mode == Mode::Enforce)
    }
}

fn verdict() -> impl Strategy<Value = ReviewVerdict> {
    let roles = vec(prop_oneof![Just("admin"), Just("restorer"), Just("operator")], 0..3);
    prop_oneof![
        2 => Just(ReviewVerdict::Abstain),
        3 => Just(ReviewVerdict::Allow),
        1 => Just(ReviewVerdict::Deny),
        2 => (roles, 1..48_u32).prop_map(|(roles, within_hours)| ReviewVerdict::NeedsApproval {
            roles: roles.into_iter().map(str::to_owned).collect(),
            within_hours,
        }),
    ]
}

fn judgement(verdict: ReviewVerdict) -> Judgement {
    let reason = Reason { code: "code".into(), message: "because".into(), evidence: Vec::new() };
    Judgement { verdict, reasons: vec![reason] }
}

fn said() -> impl Strategy<Value = Said> {
    let mode = prop_oneof![4 => Just(Mode::Enforce), 1 => Just(Mode::Shadow)];
    let heard = prop_oneof![
        9 => verdict().prop_map(|verdict| Ok(judgement(verdict))),
        1 => Just(Err("it trapped".to_owned())),
    ];
    (0..3_usize, 0..3_i32, mode, heard).prop_map(|(layer, priority, mode, heard)| Said {
        rank: Rank {
            id: "z-newcomer".into(),
            layer,
            priority,
            mode,
            decides: Decides::WhetherAndHow,
            on_error: OnError::Hold,
        },
        heard,
    })
}

fn case() -> impl Strategy<Value = Case> {
    let default = proptest::option::of(prop_oneof![
        Just(DefaultRuling::Allow),
        Just(DefaultRuling::Deny),
        Just(DefaultRuling::NeedsApproval),
    ]);
    let operation = proptest::sample::select(OperationKind::ALL.to_vec());
    (default, operation, vec(said(), 0..6)).prop_map(|(default, operation, mut said)| {
        for (index, said) in said.iter_mut().enumerate() {
            said.rank.id = format!("rule-{index}").into();
        }
        Case { defaults: ReviewDefaults { default, ..ReviewDefaults::default() }, operation, said }
    })
}

/// Higher is stricter.
fn strictness(ruling: &Ruling) -> u8 {
    match ruling {
        Ruling::Allow => 0,
        Ruling::NeedsApproval { .. } => 1,
        Ruling::Deny { .. } => 2,
    }
}

fn speaks(said: &Said) -> bool {
    !matches!(said.heard, Ok(Judgement { verdict: ReviewVerdict::Abstain, .. }))
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_configuration_does_not_matter(case in case(), seed in any::<u64>()) {
        let mut other = case.clone();
        let count = other.said.len().max(1);
        other.said.rotate_left(usize::try_from(seed).unwrap_or(0) % count);
        other.said.reverse();
        prop_assert_eq!(case.settled(), other.settled());
    }

    #[test]
    fn one_denial_denies_from_whatever_layer(case in case()) {
        let denies = |said: &Said| match &said.heard {
            Ok(judgement) => judgement.verdict == ReviewVerdict::Deny,
            Err(_) => true,
        };
        let denying: Vec<&Said> = case.heeded().filter(|said| denies(said)).collect();
        let settled = case.settled();
        if denying.is_empty() {
            let by_default = match &settled.ruling {
                Ruling::Deny { reasons } => reasons[0].rule == "defaults",
                _ => false,
            };
            prop_assert_eq!(by_default, strictness(&settled.ruling) == 2);
            return Ok(());
        }
        let Ruling::Deny { reasons } = settled.ruling else {
            return Err(TestCaseError::fail(format!("{:?} is not a denial", settled.ruling)));
        };
        prop_assert_eq!(reasons.len(), denying.len(), "each denial is told");
        for said in denying {
            let told = reasons.iter().find(|reason| *reason.rule == *said.rank.id);
            let code = told.map(|told| told.code.as_str());
            prop_assert_eq!(code, Some(if said.heard.is_err() { "failed" } else { "code" }));
        }
    }

    #[test]
    fn layers_do_not_change_how_strict_the_ruling_is(case in case(), layers in vec(0..3_usize, 6)) {
        let mut moved = case.clone();
        for (said, layer) in moved.said.iter_mut().zip(layers) {
            said.rank.layer = layer;
        }
        prop_assert_eq!(strictness(&case.settled().ruling), strictness(&moved.settled().ruling));
    }

    #[test]
    fn a_further_rule_never_loosens_what_rules_say(case in case(), more in said()) {
        prop_assume!(case.heeded().any(speaks));
        let (before, after) = (case.settled().ruling, case.with(more).settled().ruling);
        prop_assert!(strictness(&before) <= strictness(&after));
        let hours = |ruling| match ruling {
            Ruling::NeedsApproval { within_hours, .. } => Some(within_hours),
            _ => None,
        };
        if let (Some(before), Some(after)) = (hours(before), hours(after)) {
            prop_assert!(after <= before, "an approval may not take longer by a further rule");
        }
    }

    #[test]
    fn an_abstaining_rule_changes_nothing(case in case(), more in said()) {
        let abstaining = Said { heard: Ok(judgement(ReviewVerdict::Abstain)), ..more };
        prop_assert_eq!(case.settled(), case.with(abstaining).settled());
    }

    #[test]
    fn a_duplicate_does_not_change_the_ruling(case in case(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!case.said.is_empty());
        let mut duplicate = case.said[pick.index(case.said.len())].clone();
        duplicate.rank.id = "z-duplicate".into();
        let bare = |ruling: Ruling| match ruling {
            Ruling::Deny { .. } => Ruling::Deny { reasons: Vec::new() },
            other => other,
        };
        prop_assert_eq!(bare(case.settled().ruling), bare(case.with(duplicate).settled().ruling));
    }

    #[test]
    fn a_shadow_rule_changes_nothing_and_says_what_it_would(case in case(), more in said()) {
        let under = |mode| {
            let rank = Rank { mode, ..more.rank.clone() };
            Said { rank, heard: more.heard.clone() }
        };
        let (shadow, enforced) = (under(Mode::Shadow), under(Mode::Enforce));
        let (without, with) = (case.settled(), case.with(shadow).settled());
        prop_assert_eq!(&without.ruling, &with.ruling);
        let told = with.shadow_differences.iter().any(|told| *told.rule == *"z-newcomer");
        prop_assert_eq!(told, case.with(enforced).settled().ruling != without.ruling);
    }

    #[test]
    fn where_nobody_speaks_the_default_holds(case in case()) {
        let silent = !case.heeded().any(speaks);
        let settled = case.settled();
        prop_assert_eq!(settled.decided_by.is_empty(), silent);
        if silent {
            let expected = match case.defaults.of(case.operation) {
                DefaultRuling::Allow => 0,
                DefaultRuling::NeedsApproval => 1,
                DefaultRuling::Deny => 2,
            };
            prop_assert_eq!(strictness(&settled.ruling), expected);
        }
    }

    #[test]
    fn an_approver_satisfies_every_rule_or_it_is_flagged(case in case()) {
        let settled = case.settled();
        let Ruling::NeedsApproval { roles, within_hours } = &settled.ruling else { return Ok(()) };
        let asked: Vec<(&Vec<String>, u32)> = case
            .heeded()
            .filter_map(|said| match &said.heard {
                Ok(Judgement { verdict: ReviewVerdict::NeedsApproval { roles, within_hours }, .. }) => {
                    Some((roles, *within_hours))
                }
                _ => None,
            })
            .collect();
        prop_assume!(!asked.is_empty());
        prop_assert_eq!(Some(*within_hours), asked.iter().map(|(_, hours)| *hours).min());
        let accepts = |role: &String| {
            asked.iter().all(|(wanted, _)| wanted.is_empty() || wanted.contains(role))
        };
        prop_assert_eq!(roles.iter().all(accepts), settled.conflicts.is_empty());
    }
}
