//! What scenarios/README.md shows is what a scenario may hold.

use super::operations::Step;
use super::then::Change;

#[test]
fn every_line_that_the_readme_shows_is_one_that_a_scenario_may_have() {
    let page = include_str!("../../scenarios/README.md");
    let blocks: Vec<&str> =
        page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [changes, steps] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    for line in changes.lines() {
        serde_json::from_str::<Change>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    for line in steps.lines() {
        serde_json::from_str::<Step>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}
