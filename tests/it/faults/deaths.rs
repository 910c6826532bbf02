//! The process dies after each single call of each workload's sequence.

use super::each::each;
use super::run::Run;
use super::worlds::{Case, cases, granted, ungranted};

/// Calls that a death may cost beyond those of an undisturbed protection: those of one pass begun again, by a
/// process that knows nothing.
const ONE_PASS: usize = 14;

#[test]
fn a_death_after_any_call_changes_nothing_of_the_end() {
    let with = |roles_are_there: bool| cases().into_iter().map(move |case| (case, roles_are_there));
    let stories: Vec<(Case, bool)> = [true, false].into_iter().flat_map(with).collect();
    each(stories, |(case, roles_are_there)| died(case, roles_are_there));
}

async fn died(case: Case, roles_are_there: bool) {
    let resources = case.estate.clone();
    let estate = if roles_are_there { granted(resources) } else { ungranted(resources, 40.0) };
    let mut run = Run::of(estate).await;
    died_at(&mut run, &case, None).await;
    let calls = run.calls().len();
    let mut most = 0;
    for number in 1..=u32::try_from(calls).unwrap() {
        died_at(&mut run, &case, Some(number)).await;
        assert_eq!(run.deaths, 1, "{} {number}", case.name);
        most = most.max(run.calls().len());
        let told = format!("{} died of call {number}", case.name);
        assert!(run.calls().len() <= calls + ONE_PASS, "{told}: {} calls", run.calls().len());
    }
    let roles = if roles_are_there { "there" } else { "granted" };
    println!("{}, roles {roles}: {calls} deaths, {calls} calls undisturbed, at most {most}", case.name);
}

/// A run in which the call of this number is the last of its process.
async fn died_at(run: &mut Run, case: &Case, number: Option<u32>) {
    run.begin_anew();
    if let Some(number) = number {
        run.line.die_at(run.line.calls() + number);
    }
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), &format!("{} died of call {number:?}", case.name));
}
