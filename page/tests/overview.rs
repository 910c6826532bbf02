//! The overview of an estate of any size is a page of one size.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step fails the test")]

use std::collections::BTreeMap;

use holdfast_page::{overview, report_page};
use holdfast_protection::Workload;
use holdfast_protection::sweep::Line;
use holdfast_report::{Failure, Held, Input, Report, Shadow, Source, Tally, VaultChecks};

/// What a first view may weigh.
const LARGEST: usize = 60 * 1024;

fn line(n: usize, outcome: &str) -> Line {
    let subscription = format!("5b0f1d3a-6c1e-4b5e-9d53-{:012}", n % 700);
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/rg-{}/providers/Microsoft.Compute/disks/disk-{n}",
        n % 97
    );
    let line = serde_json::json!({ "resource": id, "workload": Workload::AzureDisks, "outcome": outcome, "decision": "",
        "location": format!("region-{}", n % 40), "rules": [format!("rule-{}", n % 30)],
        "tags": BTreeMap::from([("env", format!("e{}", n % 12)), ("team", format!("t{}", n % 20)), ("host", format!("h{n}"))]),
        "reason": if outcome == "excluded" { format!("reason-{}", n % 20) } else { String::new() } });
    serde_json::from_value(line).unwrap()
}

fn report(resources: usize) -> Report {
    let mut tally = Tally::default();
    let outcomes = ["protected", "protected", "protected", "unprotected", "excluded", "failed", "gone"];
    for page in 0..resources.div_ceil(1000) {
        let lines: Vec<Line> =
            (page * 1000..(page + 1) * 1000).map(|n| line(n, outcomes[n % outcomes.len()])).collect();
        tally.add(&lines);
    }
    let failures = (0..500).map(|n| Failure {
        resource: format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/disk-{n}"),
        source: Source::Job,
        code: format!("UserError{}", n % 60),
        message: "a message of Azure's that goes on and on ".repeat(20),
        recommended: Some("what Azure recommends, at some length ".repeat(10)),
        at: "2026-11-29T02:00:00Z".parse().ok(),
        job: None,
    });
    let input = Input { tally, failures: failures.collect(), ..Input::default() };
    Report::of(input, "2026-11-29T06:00:00Z".parse().unwrap())
}

#[test]
fn the_first_view_weighs_no_more_for_a_large_estate() {
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    let html = overview(&report(100_000), now).html();
    assert!(html.len() <= LARGEST, "{} bytes", html.len());
    assert!(html.contains("need you"), "{}", &html[..2000]);
}

#[test]
fn what_waits_for_nobody_is_counted_beside_what_waits() {
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    let waiting = |nobody_can_approve: u64| {
        let report = Report { awaiting_approval: 3, nobody_can_approve, ..report(10) };
        overview(&report, now).html()
    };
    assert!(waiting(1).contains("3 waiting for approval, 1 that nobody can approve"));
    assert!(!waiting(0).contains("nobody can approve"));
}

#[test]
fn a_list_that_is_cut_says_so() {
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    let mut report = report(10_000);
    report.vaults = (0..11)
        .map(|n| VaultChecks {
            vault: format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv-{n}"
            )
            .parse()
            .unwrap(),
            location: "westeurope".to_owned(),
            failed: 0,
            checks: Vec::new(),
        })
        .collect();
    report.shadows = (0..9).map(|n| Shadow { rule: format!("newer-{n}"), days: Vec::new() }).collect();
    report.rpo.breached = 40;
    let html = overview(&report, now).html();
    for said in [
        "22 more rules",
        "12 more reasons",
        "4 more values",
        "3 more vaults",
        "1 more rules in shadow",
        "the oldest are shown",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn a_hold_of_a_workload_leads_to_that_workload() {
    let mut report = report(1000);
    let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/erp";
    report.holds = vec![Held {
        resource: machine.parse().unwrap(),
        workload: Some(Workload::SqlInVm),
        act: "suspend".to_owned(),
        by: "olga".to_owned(),
        why: None,
        until: "2026-12-24T00:00:00Z".parse().unwrap(),
    }];
    let html = overview(&report, "2026-11-29T06:00:00Z".parse().unwrap()).html();
    assert!(html.contains("workload=sql-in-vm") && html.contains("as sql-in-vm"), "{html}");
}

#[test]
fn a_list_without_anything_to_look_at_praises_nothing() {
    let mut report = report(1000);
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    assert!(overview(&report, now).html().contains("of no resource both a good backup and a schedule"));
    report.rpo.looked_at = 3;
    assert!(overview(&report, now).html().contains("as young as the rules want it"));
}

#[test]
fn a_page_that_is_a_file_loads_nothing_and_leads_nowhere() {
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    let html = report_page(&report(1000), "Assessment", now).html();
    assert!(html.contains("of what should be protected is") && !html.contains("first sweep"), "{html}");
    for word in ["<script", "<link", " href=", " src=", "<form"] {
        assert!(!html.contains(word), "{word}");
    }
}
