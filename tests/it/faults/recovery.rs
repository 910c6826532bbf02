//! Machines and shares in Recovery Services vaults: the process dies after each call, each call is refused or lost, each
//! operation goes astray, and each takes as few calls as there are.

use std::fmt::Write as _;

use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::each::each;
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{Case, machine_and_share, recovering, recovery_vault};

/// Calls that a death or a harm may cost beyond those of an undisturbed run.
const ONE_PASS: usize = 20;
/// Calls that a lost operation may cost: it is asked for forty times before it is given up.
const LOST: usize = 60;

/// What happens to what is protected, before the deaths.
#[derive(Clone, Copy)]
enum Then {
    /// Nothing: it is protected.
    Protected,
    /// Its tags change to these.
    Tagged(&'static str, &'static str),
    /// A person stops it.
    Stopped,
    /// A person deletes it.
    Deleted,
}

/// A part of its life.
struct Tale {
    name: &'static str,
    rules: &'static str,
    then: Then,
    /// Its state at the end; none where it is gone.
    state: Option<&'static str>,
}

const RESUMING: &str = "[instances]\nstopped = \"resume\"";

const TALES: [Tale; 6] = [
    Tale { name: "protected", rules: "", then: Then::Protected, state: Some("IRPending") },
    Tale { name: "policy moved", rules: "", then: Then::Tagged("tier", "gold"), state: Some("IRPending") },
    Tale {
        name: "retained",
        rules: "[ending]\nexcluded = \"retain\"",
        then: Then::Tagged("backup", "off"),
        state: Some("ProtectionStopped"),
    },
    Tale {
        name: "deleted",
        rules: "[ending]\nexcluded = \"delete\"",
        then: Then::Tagged("backup", "off"),
        state: None,
    },
    Tale { name: "resumed", rules: RESUMING, then: Then::Stopped, state: Some("IRPending") },
    Tale { name: "brought back", rules: "", then: Then::Deleted, state: Some("IRPending") },
];

#[test]
fn a_death_after_any_call_for_a_machine_or_a_share_changes_nothing_of_the_end() {
    each(lives(), |(case, tale)| died(case, tale));
}

async fn died(case: Case, tale: Tale) {
    let mut run = Run::of(recovering(case.estate.clone())).await;
    let undisturbed = told(&mut run, &case, &tale, &Mishap::None).await;
    let mut most = 0;
    for number in 1..=undisturbed {
        let calls = told(&mut run, &case, &tale, &Mishap::Death(number)).await;
        let name = format!("{} {} died of call {number}", case.name, tale.name);
        assert!(calls <= undisturbed + ONE_PASS, "{name}: {calls} calls");
        most = most.max(calls);
    }
    println!("{} {}: {undisturbed} deaths, at most {most} calls", case.name, tale.name);
}

#[test]
fn no_refusal_of_a_call_for_a_machine_or_a_share_changes_the_end() {
    each(lives(), |(case, tale)| refused(case, tale));
}

async fn refused(case: Case, tale: Tale) {
    let harms = [
        json!({ "status": 429, "retryAfter": 7, "code": "TooManyRequests" }),
        json!({ "status": 401, "code": "ExpiredAuthenticationToken" }),
        json!({ "status": 503 }),
        json!({ "status": 500, "apply": true, "times": 4 }),
        json!({ "reset": true, "apply": true, "times": 3 }),
        json!({ "status": 200, "body": "{\"id\": \"/subs", "apply": true }),
    ];
    let mut run = Run::of(recovering(case.estate.clone())).await;
    let undisturbed = told(&mut run, &case, &tale, &Mishap::None).await;
    let (mut count, mut most) = (0, 0);
    for harm in &harms {
        for before in 0..undisturbed {
            let mut harm = harm.clone();
            harm["after"] = json!(before);
            let calls = told(&mut run, &case, &tale, &Mishap::Harm(harm.clone())).await;
            assert!(calls <= undisturbed + ONE_PASS, "{} {} {harm}: {calls}", case.name, tale.name);
            (count, most) = (count + 1, most.max(calls));
        }
    }
    println!("{} {}: {count} harms, at most {most} calls", case.name, tale.name);
}

#[test]
fn an_operation_on_a_machine_or_a_share_that_goes_astray_is_survived() {
    each(lives(), |(case, tale)| astray(case, tale));
}

async fn astray(case: Case, tale: Tale) {
    let mut run = Run::of(recovering(case.estate.clone())).await;
    let undisturbed = told(&mut run, &case, &tale, &Mishap::None).await;
    for (method, path) in [("PUT", "/protectedItems/[^/]+$"), ("DELETE", "/protectedItems/[^/]+$")] {
        for fate in ["vanish", "move", "hang"] {
            let harm = json!({ "method": method, "path": path, "operation": fate });
            println!("{} {}: {harm}", case.name, tale.name);
            let calls = told(&mut run, &case, &tale, &Mishap::Harm(harm.clone())).await;
            assert!(calls <= undisturbed + LOST, "{} {} {harm}: {calls}", case.name, tale.name);
        }
    }
}

/// Calls for the first of a process, and for each further one of a burst.
struct Bound {
    name: &'static str,
    first: usize,
    further: usize,
}

const BOUNDS: [Bound; 2] = [
    Bound { name: "azure-vm", first: 19, further: 16 },
    Bound { name: "azure-files", first: 47, further: 40 },
];

#[tokio::test(flavor = "multi_thread")]
async fn machines_and_shares_keep_within_their_calls() {
    let mut table = String::from("workload               first  further\n");
    let mut wrong = Vec::new();
    for case in machine_and_share() {
        let bound = BOUNDS.iter().find(|bound| bound.name == case.name).unwrap();
        let first = burst(&case, 1).await;
        let further = burst(&case, 3).await.len() - burst(&case, 2).await.len();
        writeln!(table, "{:<21} {:>6} {further:>8}", case.name, first.len()).unwrap();
        if (first.len(), further) != (bound.first, bound.further) {
            wrong.push(format!("{}: {} {further}\n{}", case.name, first.len(), first.join("\n")));
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Calls to protect so many that were created at the same time: machines of one group, shares of one account.
async fn burst(case: &Case, count: usize) -> Vec<String> {
    let of = |number: usize| {
        move |text: &str| match number {
            0 => text.to_owned(),
            number => {
                text.replace("/erp", &format!("/erp{number}")).replace("/docs", &format!("/docs{number}"))
            }
        }
    };
    let mut estate: Vec<Value> = case.estate.clone();
    for number in 1..count {
        let own = case.estate.last().unwrap().to_string();
        estate.push(serde_json::from_str(&of(number)(&own)).unwrap());
    }
    let resources: Vec<String> = (0..count).map(|number| of(number)(&case.resource)).collect();
    let mut run = Run::of(recovering(estate)).await;
    resources.iter().for_each(|resource| run.tell(resource));
    run.work_off().await;
    run.assert_sound(&resources, case.name);
    let tail = |path: &str| path.rsplit_once("/providers/").map_or(path, |(_, tail)| tail).to_owned();
    run.calls().iter().map(|(method, path, status)| format!("{status} {method} {}", tail(path))).collect()
}

/// What goes wrong.
enum Mishap {
    None,
    Death(usize),
    Harm(Value),
}

/// Every part of the life of a machine and of a share. A share that was deleted is gone, and protected again.
fn lives() -> Vec<(Case, Tale)> {
    let mut lives = Vec::new();
    for number in 0..machine_and_share().len() {
        for tale in TALES {
            lives.push((machine_and_share().swap_remove(number), tale));
        }
    }
    lives
}

/// Tells a tale from its beginning; the calls that it took.
async fn told(run: &mut Run, case: &Case, tale: &Tale, mishap: &Mishap) -> usize {
    run.begin_anew();
    run.evaluator = rules_with(tale.rules);
    if !matches!(tale.then, Then::Protected) {
        run.tell(&case.resource);
        run.work_off().await;
        happen(run, case, tale.then).await;
        run.restart();
    }
    run.azure.forget_calls();
    match mishap {
        Mishap::None => {}
        Mishap::Death(number) => run.line.die_at(run.line.calls() + u32::try_from(*number).unwrap()),
        Mishap::Harm(harm) => {
            run.azure.fault(harm.clone()).unwrap();
        }
    }
    run.tell(&case.resource);
    run.work_off().await;
    run.azure.advance(300.0);
    let name = format!("{} {}", case.name, tale.name);
    let state = run.azure.state();
    let items = state["recoveryServicesItems"].as_array().unwrap();
    let states: Vec<&str> = items
        .iter()
        .filter(|item| item["softDeleted"] == false)
        .map(|item| item["currentProtectionState"].as_str().unwrap())
        .collect();
    assert!(states.iter().copied().eq(tale.state), "{name}: {states:?}, {:?}", run.end_of(&case.resource));
    let outcome = run.end_of(&case.resource);
    let ended = matches!(
        outcome,
        Some(Outcome::Protected { .. } | Outcome::Unprotected { .. } | Outcome::Excluded { .. })
    );
    assert!(ended, "{name}: {outcome:?}");
    run.calls().len()
}

/// Somebody does something, and Azure has time to do it.
async fn happen(run: &Run, case: &Case, then: Then) {
    let state = run.azure.state();
    let item = state["recoveryServicesItems"][0]["id"].as_str().unwrap().to_owned();
    let owner = case.resource.split("/fileServices").next().unwrap();
    let is_machine = case.name == "azure-vm";
    let kind = if is_machine { "Microsoft.Compute/virtualMachines" } else { "AzureFileShareProtectedItem" };
    let (method, path, body) = match then {
        Then::Protected => return,
        Then::Tagged(name, value) => {
            let version = if is_machine { "2024-03-01" } else { "2023-01-01" };
            let tags = json!({ "tags": { "env": "prod", name: value } });
            ("PATCH", format!("{owner}?api-version={version}"), tags)
        }
        Then::Stopped => {
            let stopped = json!({ "properties": { "protectedItemType": kind, "sourceResourceId": owner,
                "policyId": "", "protectionState": "ProtectionStopped" } });
            ("PUT", format!("{item}?api-version=2024-04-01"), stopped)
        }
        Then::Deleted => ("DELETE", format!("{item}?api-version=2024-04-01"), Value::Null),
    };
    assert!(item.starts_with(&recovery_vault()), "{item}");
    let url = format!("{}{path}", run.azure.http_url);
    let request = reqwest::Client::new().request(method.parse().unwrap(), &url).bearer_auth("owner");
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.text().await.unwrap());
    run.azure.advance(300.0);
}
