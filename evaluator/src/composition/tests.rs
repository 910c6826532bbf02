//! Composition by example.

use holdfast_rule_set::{
    Algorithm, Decides, ExclusionKind, Layer, Mode, OnError, Protection, Rank, Retention, VaultChoice,
};
use serde_json::json;

use crate::model::{Labels, Outcome};
use crate::opinion::{Opinion, Verdict};

use super::{Answer, Composition, compose};

const PLATFORM: usize = 0;
const TEAM: usize = 1;

fn rank(id: &str, layer: usize, priority: i32) -> Rank {
    Rank {
        id: id.into(),
        layer,
        priority,
        mode: Mode::Enforce,
        decides: Decides::WhetherAndHow,
        on_error: OnError::ProtectWithDefault,
    }
}

fn protect(protection: Protection) -> Opinion {
    Opinion { verdict: Verdict::Protect(Box::new(protection)), labels: Labels::new(), reasons: Vec::new() }
}

fn exclude(kind: ExclusionKind) -> Opinion {
    Opinion { verdict: Verdict::Exclude { kind, until: None }, labels: Labels::new(), reasons: Vec::new() }
}

fn keep(min_days: Option<u32>, max_days: Option<u32>) -> Protection {
    Protection { retention: Some(Retention { min_days, max_days }), ..Protection::default() }
}

fn vault(name: &str) -> Protection {
    Protection { vault: Some(VaultChoice::Named(name.to_owned())), ..Protection::default() }
}

fn composed(algorithm: Algorithm, said: &[(Rank, Opinion)]) -> Composition {
    let answers: Vec<Answer<'_>> = said.iter().map(|(rank, opinion)| answer(rank, Ok(opinion))).collect();
    compose(&layers(algorithm), &Protection::default(), &answers)
}

fn answer<'a>(rank: &'a Rank, heard: Result<&'a Opinion, &'a str>) -> Answer<'a> {
    Answer { rank, on_error: rank.on_error, heard }
}

fn layers(algorithm: Algorithm) -> [Layer; 2] {
    ["platform", "team"].map(|name| Layer { name: name.to_owned(), algorithm })
}

fn retention(composition: &Composition) -> Option<(Option<u32>, Option<u32>)> {
    match &composition.outcome {
        Outcome::Protect { protection } => protection.retention.map(|range| (range.min_days, range.max_days)),
        _ => None,
    }
}

#[test]
fn each_algorithm_settles_a_disagreement_its_own_way() {
    let said = [
        (rank("a", PLATFORM, 1), protect(Protection::default())),
        (rank("b", PLATFORM, 2), exclude(ExclusionKind::Ephemeral)),
    ];
    for (algorithm, decided_by) in [
        (Algorithm::ProtectOverrides, "a"),
        (Algorithm::ExcludeOverrides, "b"),
        (Algorithm::HighestPriority, "b"),
    ] {
        let composition = composed(algorithm, &said);
        assert_eq!(composition.decided_by.as_deref(), Some(decided_by), "{algorithm}");
        assert_eq!(composition.conflicts, [], "unequal ranks are not a conflict");
    }
}

#[test]
fn equals_that_disagree_are_flagged() {
    let said = [
        (rank("b", PLATFORM, 1), exclude(ExclusionKind::OptedOut)),
        (rank("a", PLATFORM, 1), protect(vault("one"))),
        (rank("c", PLATFORM, 1), protect(vault("two"))),
    ];
    let composition = composed(Algorithm::ProtectOverrides, &said);
    let flagged: Vec<_> =
        composition.conflicts.iter().map(|conflict| (&*conflict.field, conflict.rules.join(" "))).collect();
    assert_eq!(flagged, [("whether", "a b".to_owned()), ("vault", "a c".to_owned())]);
    let won = &composition.winners["vault"];
    assert_eq!((won.rules.join(""), won.overridden.join("")), ("a".into(), "c".into()));
    assert_eq!(won.value, json!({ "named": "one" }));
}

#[test]
fn a_policy_that_is_torn_from_its_vault_is_flagged() {
    let pair = |name: Option<&str>| {
        let vault = name.map(|name| VaultChoice::Named(name.to_owned()));
        protect(Protection { vault, policy: Some("gold".to_owned()), ..Protection::default() })
    };
    let flagged = |said: &[(Rank, Opinion)]| -> Vec<(String, String)> {
        let conflicts = composed(Algorithm::ProtectOverrides, said).conflicts;
        conflicts
            .into_iter()
            .map(|conflict| (conflict.field.into_owned(), conflict.rules.join(" ")))
            .collect()
    };
    let placed = || (rank("placement", PLATFORM, 1), protect(vault("one")));
    let torn = flagged(&[placed(), (rank("import", TEAM, 1), pair(Some("central")))]);
    assert_eq!(torn, [("policy".to_owned(), "import placement".to_owned())]);
    assert_eq!(flagged(&[placed(), (rank("import", TEAM, 1), pair(Some("one")))]), []);
    assert_eq!(flagged(&[placed(), (rank("names", TEAM, 1), pair(None))]), [], "a name alone fits any vault");
    assert_eq!(flagged(&[(rank("import", TEAM, 1), pair(Some("central")))]), []);
}

#[test]
fn the_first_layer_that_speaks_decides_whether() {
    let said = [
        (rank("team", TEAM, 9), exclude(ExclusionKind::OptedOut)),
        (rank("platform", PLATFORM, 0), protect(Protection::default())),
    ];
    let composition = composed(Algorithm::ExcludeOverrides, &said);
    assert_eq!(composition.decided_by.as_deref(), Some("platform"));
}

#[test]
fn fields_come_from_the_highest_rank_and_retention_is_intersected() {
    let said = [
        (
            rank("team", TEAM, 1),
            protect(Protection { vault: vault("team").vault, ..keep(Some(20), Some(90)) }),
        ),
        (
            rank("platform", PLATFORM, 1),
            protect(Protection { vault: vault("platform").vault, ..keep(Some(7), Some(30)) }),
        ),
    ];
    let composition = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(retention(&composition), Some((Some(20), Some(30))));
    assert_eq!(composition.winners["retention"].rules.join(" "), "platform team");
    assert_eq!(composition.winners["vault"].rules.join(" "), "platform");
    assert_eq!(composition.winners["vault"].overridden.join(" "), "team");
}

#[test]
fn a_wish_out_of_reach_is_moved_to_the_nearest_end() {
    let said = [
        (rank("platform", PLATFORM, 1), protect(keep(None, Some(30)))),
        (rank("team", TEAM, 1), protect(keep(Some(90), None))),
    ];
    let composition = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(retention(&composition), Some((Some(30), Some(30))));
    assert_eq!(composition.winners["retention"].rules.join(" "), "platform");
    assert_eq!(composition.winners["retention"].overridden.join(" "), "team");
    assert_eq!(composition.conflicts, []);
}

#[test]
fn equals_that_exclude_each_other_keep_the_larger_retention() {
    let said = [
        (rank("a", TEAM, 1), protect(keep(Some(90), None))),
        (rank("b", TEAM, 1), protect(keep(None, Some(30)))),
    ];
    let composition = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(retention(&composition), Some((Some(90), Some(90))));
    let resolution = composition.conflicts.first().map(|conflict| conflict.resolution.as_str());
    assert_eq!(resolution, Some("keep 90 days: the larger retention among equals"));
}

#[test]
fn a_rule_about_how_does_not_vote() {
    let how_only = Rank { decides: Decides::How, ..rank("how", PLATFORM, 1) };
    let said = [(how_only.clone(), protect(vault("one")))];
    let alone = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(alone.outcome, Outcome::NotCovered);
    let said = [(how_only, protect(vault("one"))), (rank("select", TEAM, 1), protect(Protection::default()))];
    let both = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(both.outcome, Outcome::Protect { protection: vault("one") });
}

#[test]
fn failures_count_by_their_on_error() {
    let failing = |on_error| Rank { on_error, ..rank("broken", TEAM, 1) };
    let defaults = keep(Some(7), None);
    let opted_out = exclude(ExclusionKind::OptedOut);
    let other = rank("other", TEAM, 1);
    let outcome = |on_error, also: Option<&Opinion>| {
        let broken = failing(on_error);
        let mut answers = vec![answer(&broken, Err("it trapped"))];
        answers.extend(also.map(|opinion| answer(&other, Ok(opinion))));
        compose(&layers(Algorithm::ProtectOverrides), &defaults, &answers).outcome
    };
    let by_default = Outcome::Protect { protection: defaults.clone() };
    assert_eq!(outcome(OnError::ProtectWithDefault, None), by_default);
    assert_eq!(outcome(OnError::ProtectWithDefault, Some(&opted_out)), by_default);
    let held = Outcome::Hold { reason: "rule `broken` failed: it trapped".into() };
    assert_eq!(outcome(OnError::Hold, None), held);
    assert_eq!(outcome(OnError::Hold, Some(&opted_out)), held);
    assert_eq!(outcome(OnError::Hold, Some(&protect(Protection::default()))), held);
}

#[test]
fn counterfactuals_name_the_rules_that_mattered() {
    let said = [
        (rank("select", PLATFORM, 1), protect(Protection::default())),
        (Rank { decides: Decides::How, ..rank("place", PLATFORM, 1) }, protect(vault("one"))),
        (rank("same", TEAM, 1), protect(Protection::default())),
    ];
    let without_two = composed(Algorithm::ProtectOverrides, &said[..2]);
    let changes: Vec<_> = without_two
        .counterfactuals
        .iter()
        .map(|alternative| (&*alternative.without, alternative.changes.join(" ")))
        .collect();
    assert_eq!(changes, [("place", "vault".to_owned()), ("select", "whether".to_owned())]);
    let all = composed(Algorithm::ProtectOverrides, &said);
    assert_eq!(all.counterfactuals.len(), 1, "another rule protects as well");
}

#[test]
fn of_several_values_for_a_label_that_of_the_highest_rank_counts() {
    let labelled = |labels: &[(&str, &str)], verdict| Opinion {
        verdict,
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        reasons: Vec::new(),
    };
    let shadow = Rank { mode: Mode::Shadow, ..rank("shadow", PLATFORM, 9) };
    let said = [
        (rank("team", TEAM, 9), labelled(&[("class", "open"), ("owner", "shop")], Verdict::Abstain)),
        (rank("platform", PLATFORM, 0), labelled(&[("class", "secret")], protect(keep(None, None)).verdict)),
        (shadow, labelled(&[("class", "tried"), ("try", "it")], Verdict::Abstain)),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let answers: Vec<Answer<'_>> =
            order.iter().map(|at: &usize| answer(&said[*at].0, Ok(&said[*at].1))).collect();
        let labels: Vec<(String, String)> = super::labels(&answers).into_iter().collect();
        let expected = [("class", "secret"), ("owner", "shop")];
        assert_eq!(labels, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[test]
fn each_field_of_how_is_won_named_and_compared_by_itself() {
    let every_field = json!({
        "vault": { "named": "v" }, "policy": "p", "retention": { "min-days": 1 },
        "schedule": { "every": "P1W", "days": ["sunday"], "time-zone": "UTC" }, "tier": "vault",
        "redundancy": "geo-redundant", "snapshot-resource-group": "g", "disk-luns": { "all-but": [1] },
        "blob-containers": "all", "databases": ["d"], "file-shares": { "all-but": ["s"] },
        "long-term": { "weeks": 4 }, "snapshot-days": 2, "log-backup": { "every-minutes": 15 },
        "partial-backup": { "kind": "differential" }, "archive": { "after-days": 90 },
        "consistency": "crash", "compression": true,
        "restore-test": { "every": "P1M", "judge": "rules", "to": { "paired-region": true } },
    });
    let fields = every_field.as_object().unwrap();
    for (name, value) in fields {
        let stated: Protection = serde_json::from_value(json!({ name: value })).unwrap();
        let composition = composed(
            Algorithm::ProtectOverrides,
            &[
                (rank("bare", TEAM, 0), protect(Protection::default())),
                (rank("stating", TEAM, 0), protect(stated.clone())),
            ],
        );
        assert_eq!(composition.outcome, Outcome::Protect { protection: stated });
        let winner = composition.winners.get(name.as_str());
        assert_eq!(winner.map(|winner| winner.rules.join(" ")).as_deref(), Some("stating"), "{name}");
        let without = composition.counterfactuals.iter().find(|without| *without.without == *"stating");
        assert_eq!(without.map(|without| without.changes.join(" ")).as_ref(), Some(name), "{name}");
    }
}
