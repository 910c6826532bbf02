//! Laws of what is decided: recognised whatever it is called, one name for one policy.

use holdfast_evaluator::Weekday;
use proptest::prelude::*;

use super::*;

prop_compose! {
    fn decisions()(
        every in prop::option::of(prop::sample::select(vec!["PT4H", "PT6H", "PT8H", "PT12H", "P1D", "P1W"])),
        half_hours in prop::option::of(0_u32..48),
        days in prop::collection::vec(prop::sample::select(vec![Weekday::Monday, Weekday::Friday, Weekday::Sunday]), 0..3),
        window_hours in prop::option::of(4_u32..25),
        time_zone in prop::option::of(prop::sample::select(vec!["UTC", "W. Europe Standard Time", "UTC+12"])),
        retention in prop::option::of((prop::option::of(1_u32..400), prop::option::of(400_u32..900))),
        (weeks, months, years) in (prop::option::of(1_u32..60), prop::option::of(1_u32..60), prop::option::of(1_u32..9)),
        (snapshot_days, group) in (prop::option::of(1_u32..35), prop::option::of("[a-z]{1,9}")),
        archive in prop::option::of(prop::sample::select(vec![Archive::Never, Archive::Recommended, Archive::AfterDays(90)])),
        (crash, vault) in (any::<bool>(), any::<bool>()),
    ) -> Protection {
        let at = half_hours.map(|half| TimeOfDay::from_minutes(half * 30).to_string());
        let schedule = every.map(|every| Schedule {
            every: every.to_owned(), at, days, window_hours, time_zone: time_zone.map(str::to_owned),
        });
        Protection {
            schedule,
            retention: retention.map(|(min_days, max_days)| Retention { min_days, max_days }),
            long_term: Some(LongTerm { weeks, months, years }),
            snapshot_days,
            snapshot_resource_group: group,
            archive,
            consistency: crash.then_some(Consistency::Crash),
            tier: vault.then_some(Tier::Vault),
            ..Protection::default()
        }
    }
}

fn desired_all() -> impl Strategy<Value = DesiredPolicy> {
    let either = (decisions(), any::<bool>());
    either.prop_filter_map("Azure takes it", |(how, machines)| {
        if machines { vm(&how) } else { files(&how) }.ok()
    })
}

proptest! {
    #[test]
    fn what_is_made_is_recognised_whatever_it_is_called(desired in desired_all()) {
        prop_assert!(desired.fits(&shown(desired.spec(), "by-hand")), "{desired:?}");
        let written = serde_json::to_string(&desired.spec()).unwrap();
        prop_assert_eq!(serde_json::from_str::<PolicySpec>(&written).unwrap(), desired.spec());
        let written = serde_json::to_string(&shown(desired.spec(), "p")).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&written).unwrap(), shown(desired.spec(), "p"));
    }

    #[test]
    fn one_name_is_one_policy(one in desired_all(), other in desired_all()) {
        let (one, other) = (one.spec(), other.spec());
        prop_assert_eq!(one.name() == other.name(), one == other, "{:?} {:?}", one, other);
        let name = one.name();
        let legal = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        prop_assert!((3..=150).contains(&name.len()) && name.chars().all(legal), "{}", name);
    }

    #[test]
    fn policies_of_the_same_effect_fit_the_same_wishes(one in desired_all(), other in desired_all()) {
        // Comparing is an equivalence as far as everything is stated: the same policy fits, and nothing that differs.
        let (made, theirs) = (shown(one.spec(), "a"), shown(other.spec(), "b"));
        if made.body == theirs.body {
            prop_assert!(one.fits(&theirs) && other.fits(&made));
        }
        prop_assert_eq!(one.fits(&made), one.fits(&Policy { name: "c".to_owned(), ..made.clone() }));
    }

    #[test]
    fn nothing_that_is_decided_goes_back(
        how in decisions(), own in desired_all(), other in desired_all(), machines: bool,
    ) {
        let workload = if machines { Workload::AzureVm } else { Workload::AzureFiles };
        let (own, other) = (shown(own.spec(), "own"), shown(other.spec(), "other"));
        if let Ok(desired) = DesiredPolicy::following(workload, &how, Some(&own)) {
            let made = shown(desired.spec(), "made");
            prop_assert!(desired.fits(&made) && !made.goes_back_from(&own), "{made:?}");
            prop_assert!(!desired.fits(&other) || !other.goes_back_from(&own), "{other:?}");
        }
    }

    #[test]
    fn nothing_is_kept_shorter_than_by_itself(desired in desired_all()) {
        let policy = shown(desired.spec(), "p");
        prop_assert_eq!(policy.keeps_shorter_than(&policy), None);
    }
}
