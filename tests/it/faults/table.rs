//! docs/workloads.md lists every call that is made, with the role that it needs and what it is made for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::life::{Mishap, tales};
use super::run::Run;
use super::worlds::{cases, ungranted};
use crate::rights;

/// A call, the role that it needs, and what it is made for: a row of the table, without what people add to it.
type Row = (String, String, String);

#[tokio::test(flavor = "multi_thread")]
async fn the_table_lists_every_call_that_is_made_and_no_other() {
    let (mut protecting, mut living) = (BTreeMap::new(), BTreeMap::new());
    for case in cases() {
        let mut run = Run::of(ungranted(case.estate.clone(), 40.0)).await;
        run.tell(&case.resource);
        run.work_off().await;
        run.assert_sound(std::slice::from_ref(&case.resource), case.name);
        note(&mut protecting, &run, &format!("`{}`", case.name));
    }
    for tale in tales() {
        let mut run = tale.begun().await;
        tale.told(&mut run, &Mishap::None).await;
        note(&mut living, &run, tale.name);
    }
    let made = rows(&protecting, &living);
    let listed = listed();
    let lacking: Vec<String> = made.difference(&listed).map(shown).collect();
    let idle: Vec<String> = listed.difference(&made).map(shown).collect();
    assert!(
        lacking.is_empty() && idle.is_empty(),
        "docs/workloads.md lacks\n{}\nand lists in vain\n{}",
        lacking.join("\n"),
        idle.join("\n")
    );
    println!("{} calls listed, each made and each with its role", made.len());
}

/// Who makes a call, by call and role.
type Makers = BTreeMap<(String, String), Vec<String>>;

fn note(makers: &mut Makers, run: &Run, name: &str) {
    let calls = run.azure.calls();
    for call in calls["calls"].as_array().unwrap() {
        let (method, path) = (call["method"].as_str().unwrap(), call["path"].as_str().unwrap());
        let call_name = format!("{method} {}", kind(path));
        let role = match call["action"].as_str() {
            Some(action) => rights::role_for(action).unwrap_or_else(|| panic!("no role permits {action}")),
            // What is asked of the whole tenant shows what its caller may read.
            None => "Reader",
        };
        let names = makers.entry((call_name, role.to_owned())).or_default();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
}

/// Calls that no workload needs in order to be protected are told of with the tales that do.
fn rows(protecting: &Makers, living: &Makers) -> BTreeSet<Row> {
    let everything = cases().len();
    let row = |((call, role), names): (&(String, String), &Vec<String>)| {
        let all = names.len() == everything;
        (call.clone(), role.clone(), if all { "every workload".to_owned() } else { names.join(", ") })
    };
    let others = living.iter().filter(|(key, _)| !protecting.contains_key(*key));
    protecting.iter().chain(others).map(row).collect()
}

/// The last provider in a path, and the types below it.
fn kind(path: &str) -> String {
    let Some((_, below)) = path.rsplit_once("/providers/") else {
        return "Microsoft.Resources/subscriptions/resourceGroups".to_owned();
    };
    let segments: Vec<&str> = below.split('/').collect();
    let types = segments.iter().skip(1).step_by(2).copied();
    std::iter::once(segments[0]).chain(types).collect::<Vec<_>>().join("/")
}

/// The rows of the table in the document.
fn listed() -> BTreeSet<Row> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/workloads.md");
    let text = fs::read_to_string(file).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let is_call = |cell: &str| {
        ["GET", "PUT", "PATCH", "POST", "DELETE"]
            .iter()
            .any(|method| cell.starts_with(&format!("`{method} ")))
    };
    let rows = text.lines().filter(|line| line.starts_with("| ")).map(cells);
    rows.filter(|cells| cells.len() == 5 && is_call(&cells[1]))
        .map(|cells| (cells[1].trim_matches('`').to_owned(), cells[2].clone(), cells[3].clone()))
        .collect()
}

fn shown((call, role, made_for): &Row) -> String {
    format!("| … | `{call}` | {role} | {made_for} | … |")
}

#[test]
fn a_path_is_named_by_its_types() {
    let group = "/subscriptions/s/resourceGroups/g";
    let vault = format!("{group}/providers/Microsoft.DataProtection/backupVaults/v");
    assert_eq!(kind(group), "Microsoft.Resources/subscriptions/resourceGroups");
    assert_eq!(
        kind(&format!("{vault}/validateForBackup")),
        "Microsoft.DataProtection/backupVaults/validateForBackup"
    );
    assert_eq!(
        kind(&format!("{vault}/providers/Microsoft.Authorization/roleAssignments/r")),
        "Microsoft.Authorization/roleAssignments"
    );
}
