//! What was gathered of a resource, in lines for a person.

use serde_json::Value;

use super::gathered::{Gathered, Points};
use crate::listing::{self, text};
use crate::words::{command_target, name, state, target};
use crate::{holds, jobs, operations};

/// The whole page.
pub(super) fn lines(gathered: &Gathered) -> Vec<String> {
    let mut lines = vec![name(&gathered.resource).to_owned(), format!("  {}", gathered.resource)];
    match gathered.instances.as_slice() {
        [] if gathered.instances_unread => lines.push("protection: could not be read".to_owned()),
        [] => lines.push("protection: none".to_owned()),
        instances => {
            lines.extend(instances.iter().flat_map(|one| instance(one, gathered)));
        }
    }
    let first = gathered.first.as_deref().filter(|_| gathered.is_of_several());
    if let Some(hold) = &gathered.hold {
        let whose = first.map(|first| format!("as {first}: ")).unwrap_or_default();
        lines.push(format!("{whose}{}", holds::in_short(hold)));
        lines.extend(holds::details(hold));
    }
    for hold in &gathered.other_holds {
        lines.push(format!("{}: {}", target(hold), holds::in_short(hold)));
        lines.extend(holds::details(hold));
    }
    lines.push(format!("the rules{}: {}", of_workload(first), gathered.decision));
    let others = gathered.other_decisions.iter();
    lines
        .extend(others.map(|(other, decision)| format!("the rules{}: {decision}", of_workload(Some(other)))));
    lines.extend(gathered.stopped.iter().flat_map(|one| stopped(one, first)));
    for other in &gathered.other_stops {
        lines.extend(stopped(other, Some(&text(other, "workload"))));
    }
    lines.extend(gathered.points.iter().flat_map(points));
    let below = |head: &str, entry: Vec<String>| {
        let lines = entry.into_iter().map(|line| format!("  {line}"));
        std::iter::once(head.to_owned()).chain(lines).collect::<Vec<_>>()
    };
    for operation in &gathered.open_operations {
        lines.extend(below("not over:", operations::entry(operation)));
    }
    if let Some(job) = &gathered.last_failed_job {
        lines.extend(below("the last job that failed:", jobs::entry(job)));
    }
    if let Some(operation) = &gathered.last_failed_operation {
        lines.extend(below("the last operation that failed:", operations::entry(operation)));
    }
    lines
}

/// What is said of one workload, among those of others.
fn of_workload(workload: Option<&str>) -> String {
    workload.map(|workload| format!(" as {workload}")).unwrap_or_default()
}

fn instance(instance: &Value, gathered: &Gathered) -> Vec<String> {
    let workload = Some(text(instance, "workload")).filter(|workload| !workload.is_empty());
    let shown = workload.as_deref().filter(|_| gathered.is_of_several());
    let (id, policy) = (text(instance, "id"), text(instance, "policy"));
    let id = if id.is_empty() { text(instance, "instance") } else { id };
    let vault = id.split('/').nth(8).unwrap_or_default();
    let mut lines = vec![
        format!("protection{}: {}", of_workload(shown), state(instance)),
        format!("  policy {} in vault {vault}", name(&policy)),
    ];
    if let Some(error) = instance.get("error") {
        lines.push(format!("  {}: {}", text(error, "code"), text(error, "message")));
    }
    for (key, word) in [("deleted", "deleted at"), ("purged", "can be brought back until")] {
        let time = listing::time(instance, key);
        if !time.is_empty() {
            lines.push(format!("  {word} {time}"));
        }
    }
    if state(instance).starts_with("soft-deleted") {
        lines.push("  to bring it back:".to_owned());
        let named = workload.or_else(|| gathered.workload.clone());
        lines.push(format!("  holdfast resume {}", command_target(&gathered.resource, named.as_deref())));
    }
    lines
}

/// Where the work on it stopped, what is missing, and what to do.
fn stopped(stopped: &Value, workload: Option<&str>) -> Vec<String> {
    let goes_on = stopped.get("goesOn").and_then(Value::as_bool) == Some(true);
    let head = if goes_on { "goes on by itself" } else { "needs somebody" };
    let mut lines = vec![
        format!("the work on it{} {head}, since {}:", of_workload(workload), listing::time(stopped, "at")),
        format!("  {}: {}", text(stopped, "code"), text(stopped, "message")),
    ];
    let missing = stopped.get("missing").and_then(Value::as_array).into_iter().flatten();
    lines.extend(missing.filter_map(Value::as_str).map(|one| format!("  missing: {one}")));
    for (key, word) in [("template", "template in the ledger"), ("wayOut", "to do")] {
        let value = text(stopped, key);
        if !value.is_empty() {
            lines.push(format!("  {word}: {value}"));
        }
    }
    lines
}

fn points(points: &Points) -> Vec<String> {
    let time = |time: &Option<String>| {
        let shown = serde_json::json!({ "time": time });
        listing::time(&shown, "time")
    };
    let mut lines = match points.count {
        0 if !points.ranges.is_empty() => Vec::new(),
        0 if points.partial => vec!["recovery points: none in what could be read".to_owned()],
        0 => vec!["recovery points: none".to_owned()],
        count => vec![format!(
            "recovery points: {count}, from {} to {}",
            time(&points.oldest),
            time(&points.newest)
        )],
    };
    lines.extend(points.ranges.iter().map(|range| {
        format!(
            "recovery points: any moment from {} to {}",
            listing::time(range, "start"),
            listing::time(range, "end")
        )
    }));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stopped_resource_is_shown_with_its_hold_and_its_last_failure() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv";
        let gathered = Gathered {
            resource: "/x/disks/erp-data".to_owned(),
            instances: vec![
                json!({ "id": format!("{vault}/backupInstances/i"), "state": "ProtectionStopped",
                "policy": format!("{vault}/backupPolicies/daily") }),
            ],
            hold: Some(json!({ "act": "stop-and-retain", "until": "2026-02-01T00:00:00Z",
                "since": "2026-01-01T00:00:00Z", "by": { "id": "key:olga", "name": "olga" }, "why": "moved" })),
            decision: "protect: tag env".to_owned(),
            points: Some(Points {
                count: 2,
                newest: Some("2026-01-02T00:00:00.5Z".to_owned()),
                oldest: Some("2026-01-01T00:00:00Z".to_owned()),
                ..Points::default()
            }),
            ..Gathered::default()
        };
        let page = lines(&gathered).join("\n");
        for part in [
            "protection: stopped\n  policy daily in vault bv",
            "held as stop-and-retain until 2026-02-01T00:00:00Z\n  by olga (key:olga)",
            "why: moved",
            "the rules: protect: tag env",
            "recovery points: 2, from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z",
        ] {
            assert!(page.contains(part), "no {part}:\n{page}");
        }
        assert!(lines(&Gathered::default()).join("\n").contains("protection: none"));
    }

    #[test]
    fn what_could_not_be_read_is_not_told_as_none() {
        let page = lines(&Gathered { instances_unread: true, ..Gathered::default() }).join("\n");
        assert!(!page.contains("recovery points: none") && !page.contains("protection: none"), "{page}");
        assert!(page.contains("protection: could not be read"), "{page}");
        let points = Some(Points { partial: true, ..Points::default() });
        let page = lines(&Gathered { points, ..Gathered::default() }).join("\n");
        assert!(page.contains("recovery points: none in what could be read"), "{page}");
        let points = Some(Points::default());
        assert!(
            lines(&Gathered { points, ..Gathered::default() }).join("\n").contains("recovery points: none")
        );
    }

    #[test]
    fn what_brings_a_deleted_workload_back_names_it() {
        let mut gathered = Gathered {
            resource: "/x/virtualMachines/erp".to_owned(),
            instances: vec![json!({ "id": "/x/y", "state": "SoftDeleted" })],
            ..Gathered::default()
        };
        let command = "  holdfast resume /x/virtualMachines/erp".to_owned();
        assert!(lines(&gathered).contains(&command), "{:?}", lines(&gathered));
        gathered.workload = Some("azure-vm".to_owned());
        assert!(lines(&gathered).contains(&(command + " --workload azure-vm")), "{:?}", lines(&gathered));
    }

    #[test]
    fn each_workload_of_a_machine_is_shown_under_its_name() {
        let hold = |more: Value| {
            let mut hold = json!({ "act": "suspend", "until": "2026-02-01T00:00:00Z",
                "since": "2026-01-01T00:00:00Z", "by": { "id": "key:olga", "name": "olga" } });
            hold.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            hold
        };
        let machine = "/x/virtualMachines/erp";
        let gathered = Gathered {
            resource: machine.to_owned(),
            first: Some("azure-vm".to_owned()),
            instances: vec![json!({ "id": "/x/y", "workload": "azure-vm", "state": "BackupsSuspended" })],
            hold: Some(hold(json!({}))),
            other_holds: vec![
                hold(json!({ "resource": machine, "workload": "hana-in-vm" })),
                hold(json!({ "resource": format!("{machine}/sqlInstances/main/databases/sales") })),
            ],
            other_stops: vec![
                json!({ "at": "2026-01-01T00:00:00Z", "code": "X", "message": "no", "goesOn": false,
                "workload": "sql-in-vm" }),
            ],
            decision: "protect".to_owned(),
            other_decisions: [("sql-in-vm".to_owned(), "exclude".to_owned())].into(),
            ..Gathered::default()
        };
        let page = lines(&gathered).join("\n");
        for part in [
            "\nprotection as azure-vm: suspended\n",
            "\nas azure-vm: held as suspend until 2026-02-01T00:00:00Z\n",
            "\nerp as hana-in-vm: held as suspend until",
            "\nsales: held as suspend until",
            "\nthe rules as azure-vm: protect\nthe rules as sql-in-vm: exclude\n",
            "\nthe work on it as sql-in-vm needs somebody, since 2026-01-01T00:00:00Z:\n  X: no",
        ] {
            assert!(page.contains(part), "no {part}:\n{page}");
        }
    }

    #[test]
    fn what_an_administrator_has_to_give_is_shown_with_its_template() {
        let stopped = json!({ "at": "2026-01-01T00:00:00Z", "code": "UserCannotAssignRoles", "goesOn": false,
            "message": "the function app may not assign roles", "missing": ["Reader on the vault"],
            "template": "templates/erp.json", "wayOut": "let an administrator run it" });
        let page = lines(&Gathered { stopped: Some(stopped), ..Gathered::default() }).join("\n");
        let told = "the work on it needs somebody, since 2026-01-01T00:00:00Z:\n  UserCannotAssignRoles: the function app may \
                    not assign roles\n  missing: Reader on the vault\n  template in the ledger: templates/erp.json\n  to do: let \
                    an administrator run it";
        assert!(page.contains(told), "{page}");
        let waits = json!({ "at": "2026-01-01T00:00:00Z", "code": "WaitsForCreation", "goesOn": true,
            "message": "Azure is still making the resource" });
        let page = lines(&Gathered { stopped: Some(waits), ..Gathered::default() }).join("\n");
        assert!(page.contains("goes on by itself") && !page.contains("to do"), "{page}");
    }
}
