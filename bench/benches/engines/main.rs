//! The rule `select` as it is shipped, as a native function, in Rego, in Cedar and as filters of Cloud Custodian: the
//! same resource, the same verdict, ready-made inputs, one thread. Cloud Custodian is installed below `target/`, where
//! there is Python with venv; else its row is left out, and it is said why.
//!
//! `cargo xtask bench`, or `cargo bench` in this folder.

mod custodian;

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicySet, Request as CedarRequest,
};
use holdfast_rule_sdk::{Rule as _, Verdict, owned};
use holdfast_rule_select::{Select, Settings};
use serde_json::{Value, json};

const ROUNDS: usize = 2_000;
const CALLS: u32 = 20;

const SETTINGS: &str = r#"{
    "exclude": [
        { "kind": "opted-out", "tags": { "backup": ["off"] } },
        { "kind": "ephemeral", "tags": { "env": ["sandbox"] } },
        { "kind": "ephemeral", "tags": { "lifetime": ["ephemeral"] } }
    ],
    "protect": [{
        "types": ["Microsoft.Compute/disks", "Microsoft.DBforPostgreSQL/flexibleServers"],
        "locations": ["westeurope", "northeurope", "eastus"],
        "tags": { "env": ["prod", "staging"] }
    }]
}"#;

/// Tag names and values are lower case here: Rego and Cedar compare them with case, which costs less.
const REGO: &str = r#"
package select
import rego.v1

default verdict := "abstain"

excluded if input.tags.backup == "off"
excluded if input.tags.env == "sandbox"
excluded if input.tags.lifetime == "ephemeral"

verdict := "exclude" if excluded

verdict := "protect" if {
    not excluded
    input.type in {"Microsoft.Compute/disks", "Microsoft.DBforPostgreSQL/flexibleServers"}
    input.location in {"westeurope", "northeurope", "eastus"}
    input.tags.env in {"prod", "staging"}
}
"#;

const CEDAR: [&str; 4] = [
    r#"forbid(principal, action, resource) when { resource.tags has backup && resource.tags.backup == "off" };"#,
    r#"forbid(principal, action, resource) when { resource.tags has env && resource.tags.env == "sandbox" };"#,
    r#"forbid(principal, action, resource)
       when { resource.tags has lifetime && resource.tags.lifetime == "ephemeral" };"#,
    r#"permit(principal, action, resource) when {
        ["Microsoft.Compute/disks", "Microsoft.DBforPostgreSQL/flexibleServers"].contains(resource.type) &&
        ["westeurope", "northeurope", "eastus"].contains(resource.location) &&
        resource.tags has env && ["prod", "staging"].contains(resource.tags.env)
    };"#,
];

fn main() -> anyhow::Result<()> {
    let native = native()?;
    let rego = rego()?;
    let cedar = cedar()?;
    let mut out = std::io::stdout();
    writeln!(out, "{:<58} {:>9} {:>9} {:>9}", "", "p50 us", "p99 us", "x native")?;
    for (name, times) in [
        ("select, native function", &native),
        ("the same in Rego: regorus, compiled once", &rego),
        ("the same in Cedar: cedar-policy, four policies", &cedar),
    ] {
        writeln!(out, "{name:<58} {:>9.3} {:>9.3} {:>9.1}", times.p50, times.p99, times.p50 / native.p50)?;
    }
    const NAME: &str = "the same in Cloud Custodian: filters, in its own Python";
    match custodian::times(&resource(), ROUNDS, CALLS) {
        Ok(Times { p50, p99 }) => {
            writeln!(out, "{NAME:<58} {p50:>9.3} {p99:>9.3} {:>9.1}", p50 / native.p50)?
        }
        Err(problem) => writeln!(out, "{NAME:<58} not measured: {problem:#}")?,
    }
    Ok(())
}

fn native() -> anyhow::Result<Times> {
    let settings: Settings = serde_json::from_str(SETTINGS)?;
    let request = request();
    let request = request.view();
    let verdict = Select::evaluate(&settings, &request).verdict;
    ensure!(matches!(verdict, Verdict::Protect(_)), "the native rule says {verdict:?}");
    Ok(measure(|| drop(black_box(Select::evaluate(black_box(&settings), black_box(&request))))))
}

fn rego() -> anyhow::Result<Times> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("select.rego".into(), REGO.into())?;
    let policy = engine.compile_with_entrypoint(&"data.select.verdict".into())?;
    let input = regorus::Value::from_json_str(&resource().to_string())?;
    let verdict = policy.eval_with_input(input.clone())?;
    ensure!(verdict == regorus::Value::from("protect"), "Rego says {verdict}");
    Ok(measure(|| drop(black_box(policy.eval_with_input(black_box(input.clone()))))))
}

fn cedar() -> anyhow::Result<Times> {
    let policies = CEDAR.iter().enumerate().map(|(number, text)| {
        Ok(Policy::parse(Some(cedar_policy::PolicyId::new(format!("policy-{number}"))), text)?)
    });
    let policies = PolicySet::from_policies(policies.collect::<anyhow::Result<Vec<_>>>()?)?;
    let entity = json!([{ "uid": { "type": "Resource", "id": "data" }, "attrs": resource(), "parents": [] }]);
    let entities = Entities::from_json_value(entity, None)?;
    let uid = |text: &str| text.parse::<EntityUid>().context("an entity");
    let request = CedarRequest::new(
        uid(r#"Host::"holdfast""#)?,
        uid(r#"Action::"protect""#)?,
        uid(r#"Resource::"data""#)?,
        Context::empty(),
        None,
    )?;
    let authorizer = Authorizer::new();
    let decision = authorizer.is_authorized(&request, &policies, &entities).decision();
    ensure!(decision == Decision::Allow, "Cedar says {decision:?}");
    Ok(measure(|| drop(black_box(authorizer.is_authorized(black_box(&request), &policies, &entities)))))
}

/// Microseconds.
struct Times {
    p50: f64,
    p99: f64,
}

/// Times a few calls at a time, since some are quicker than the clock.
fn measure(mut once: impl FnMut()) -> Times {
    let mut times: Vec<Duration> = (0..ROUNDS + ROUNDS / 10)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..CALLS {
                once();
            }
            started.elapsed()
        })
        .skip(ROUNDS / 10)
        .collect();
    times.sort();
    let at = |percent: usize| {
        let time = times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
        time.as_secs_f64() * 1e6 / f64::from(CALLS)
    };
    Times { p50: at(50), p99: at(99) }
}

/// Ten tags, as in the benchmark of the sandbox.
fn tags() -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> =
        (0..8).map(|number| (format!("cost-centre-{number}"), format!("value-{number}"))).collect();
    tags.push(("env".into(), "prod".into()));
    tags.push(("tier".into(), "gold".into()));
    tags
}

fn resource() -> Value {
    json!({
        "type": "Microsoft.Compute/disks",
        "location": "westeurope",
        "name": "data",
        "tags": tags().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    })
}

fn request() -> owned::Request {
    let tags = tags().into_iter().map(|(name, value)| owned::Tag { name, value });
    owned::Request {
        target: owned::AzResource {
            type_: "Microsoft.Compute/disks".into(),
            name: "data".into(),
            location: "westeurope".into(),
            tags: tags.collect(),
            ..owned::AzResource::default()
        },
        workload: String::new(),
        labels: Vec::new(),
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".into(),
        explain: true,
    }
}
