//! Sending recorded requests, in order, and comparing the answers.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use anyhow::{Context as _, Result};
use holdfast_simulator::{Config, Throttling};
use reqwest::Method;
use serde_json::{Value, json};

use super::difference::Difference;
use super::read::path;
use super::{Recorded, shape};
use crate::azure::{Answer, Azure};

/// Azure's waits shrink by this while a recording is prepared; then the clock stands still.
pub(crate) const SPEED: f64 = 300.0;

/// What recordings of one provider presuppose, and how its answers name things.
pub(crate) trait Provider: Send + Sync {
    /// The folder of its recordings.
    const FOLDER: &str;

    /// For how many seconds of Azure's time a recorded state is waited for.
    const PATIENCE: u32 = 600;

    /// Whether the simulator answers this call of a recording; others are not sent.
    fn answers(_recording: &str, _call: &Recorded) -> bool {
        true
    }

    /// The state that a body shows.
    fn state_of(body: &Value) -> Option<String> {
        STATES.iter().find_map(|pointer| body.pointer(pointer)?.as_str()).map(str::to_owned)
    }

    /// What exists before the first call.
    fn estate(calls: &[Recorded]) -> Value;

    /// Does, on the way that callers go, what an estate cannot hold.
    fn bring_about(azure: &Azure, calls: &[Recorded]) -> impl Future<Output = Result<()>> + Send;

    /// The name of the operation that a URL leads to.
    fn operation_in(url: &str) -> Option<String>;

    /// Whether the service chooses the names of things of this type.
    fn names_itself(kind: &str) -> bool;
}

/// What came of one recording.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) compared: usize,
    pub(crate) differences: Vec<Difference>,
}

struct Replay<P> {
    azure: Azure,
    /// Recorded names of operations, jobs and recovery points, and ours.
    names: BTreeMap<String, String>,
    provider: PhantomData<P>,
}

/// Replays the recording `name`.
pub(crate) async fn replay<P: Provider>(name: &str, calls: Vec<Recorded>) -> Result<Outcome> {
    let config = Config { speed: SPEED, throttling: Throttling::Off, ..Config::default() };
    let azure = Azure::with(config, P::estate(&calls)).await?;
    P::bring_about(&azure, &calls).await?;
    // Every poll sees what Azure showed at that poll: time passes only where the recording has gone on.
    azure.running.freeze(true);
    let mut replay = Replay::<P> { azure, names: BTreeMap::new(), provider: PhantomData };
    let mut outcome = Outcome::default();
    let answered = calls.iter().enumerate().filter(|(_, call)| P::answers(name, call));
    for (line, call) in answered {
        let place = format!("{name}:{}", line + 1);
        let answer = replay.send(call).await.with_context(|| place.clone())?;
        replay.learn(call, &answer);
        outcome.compared += 1;
        outcome.differences.extend(differences(&place, call, &answer));
    }
    Ok(outcome)
}

impl<P: Provider> Replay<P> {
    async fn send(&self, call: &Recorded) -> Result<Answer> {
        let target = call.url.strip_prefix("https://management.azure.com").unwrap_or(&call.url);
        let target = self.in_our_names(target);
        let request = call.request.as_ref().map(|body| self.in_our_names(&body.to_string()));
        let request: Option<Value> = request.as_deref().map(serde_json::from_str).transpose()?;
        let request = request.map(|body| self.in_our_time(body));
        let method: Method = call.method.parse()?;
        let mut patience = P::PATIENCE;
        loop {
            let answer = self.azure.call(method.clone(), &target, request.clone()).await?;
            if call.method != "GET" || patience == 0 || reached::<P>(call, &answer) {
                return Ok(answer);
            }
            patience -= 1;
            self.azure.running.advance(1.0);
        }
    }

    fn in_our_names(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (recorded, ours)| text.replace(recorded, ours))
    }

    /// A point in time was recorded years ago; ours lies as long before now as theirs did then.
    fn in_our_time(&self, mut request: Value) -> Value {
        let then = self.azure.running.now() - jiff::SignedDuration::from_hours(1);
        for pointer in ["/recoveryPointTime", "/restoreRequestObject/recoveryPointTime"] {
            if let Some(time) = request.pointer_mut(pointer) {
                *time = json!(then.to_string());
            }
        }
        // As an end of retention lies ahead.
        if let Some(end) = request.pointer_mut("/properties/recoveryPointExpiryTimeInUTC") {
            let ahead = self.azure.running.now() + jiff::SignedDuration::from_hours(30 * 24);
            *end = json!(ahead.to_string());
        }
        request
    }

    /// Remembers our names for what the recording names.
    fn learn(&mut self, call: &Recorded, answer: &Answer) {
        if let (Some(recorded), Some(ours)) = (
            call.headers.get("azure-asyncoperation").and_then(|url| P::operation_in(url)),
            answer.header("azure-asyncoperation").and_then(P::operation_in),
        ) {
            self.names.insert(recorded, ours);
        }
        if let (Some(recorded), Some(ours)) = (call.response.as_ref().and_then(job_in), job_in(&answer.body))
        {
            self.names.insert(recorded, ours);
        }
        for list in ["value", "data"] {
            let items = |body: &Value| body.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            let (recorded, ours) =
                (call.response.as_ref().map(items).unwrap_or_default(), items(&answer.body));
            let anonymous = recorded
                .iter()
                .filter(|item| item.get("type").and_then(Value::as_str).is_some_and(P::names_itself));
            for item in anonymous {
                let Some((theirs, own)) = name_of(item).zip(namesake(item, &ours).and_then(name_of)) else {
                    continue;
                };
                self.names.insert(theirs.to_owned(), own.to_owned());
            }
        }
    }
}

/// What the service has chosen of a name: the last of its words.
fn name_of(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()?.rsplit(';').next()
}

/// Ours of the same name for people, where a name is composed of words; else the first.
fn namesake<'a>(item: &Value, ours: &'a [Value]) -> Option<&'a Value> {
    let called = |item: &Value| item.pointer("/properties/friendlyName").cloned();
    let composed = item.get("name").and_then(Value::as_str).is_some_and(|name| name.contains(';'));
    if composed { ours.iter().find(|one| called(one) == called(item)) } else { ours.first() }
}

fn job_in(body: &Value) -> Option<String> {
    let id = body.pointer("/properties/jobId").or_else(|| body.get("jobId"))?.as_str()?;
    id.rsplit('/').next().map(str::to_owned)
}

/// Where the state of things stands in a body.
const STATES: [&str; 3] = ["/status", "/properties/status", "/properties/currentProtectionState"];

/// Words of what is still going on: nothing is waited for there.
const PASSING: [&str; 4] = ["Inprogress", "InProgress", "ConfiguringProtection", "UpdatingProtection"];

/// Whether `answer` shows the recorded state of things, or nothing can be waited for.
fn reached<P: Provider>(call: &Recorded, answer: &Answer) -> bool {
    let recorded = call.response.as_ref().and_then(P::state_of);
    match (recorded, P::state_of(&answer.body)) {
        (Some(recorded), Some(ours)) => recorded == ours || PASSING.contains(&recorded.as_str()),
        _ => !(answer.status == 202 && call.status != 202),
    }
}

fn differences(place: &str, call: &Recorded, answer: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    if call.status != answer.status {
        found.push((
            "status".to_owned(),
            format!("Azure answered {}, we {}: {}", call.status, answer.status, answer.body),
        ));
    } else {
        headers(call, answer, &mut found);
        if let Some(recorded) = &call.response {
            shape::compare(recorded, &answer.body, &mut found);
        } else if !answer.body.is_null() {
            found.push(("/".to_owned(), format!("Azure sent no body, we sent {}", answer.body)));
        }
    }
    let named = name(call);
    found
        .into_iter()
        .map(|(what, detail)| Difference { place: place.to_owned(), call: named.clone(), what, detail })
        .collect()
}

/// Both answers must have the same operation headers, and these the same form.
fn headers(call: &Recorded, answer: &Answer, found: &mut Vec<(String, String)>) {
    for header in ["azure-asyncoperation", "location"] {
        let recorded = call.headers.get(header).map(|url| form(url));
        let ours = answer.header(header).map(form);
        if recorded != ours {
            found.push((format!("header {header}"), format!("Azure sent {recorded:?}, we sent {ours:?}")));
        }
    }
    for quota in call.headers.keys().filter(|name| name.starts_with("x-ms-ratelimit")) {
        if answer.header(quota).is_none() {
            found.push((format!("header {quota}"), "Azure sent it, we did not".to_owned()));
        }
    }
}

/// A URL with its names left out.
fn form(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(url, |(_, path)| path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let segments = path
        .split('/')
        .enumerate()
        .map(|(at, segment)| if at % 2 == 0 || segment.contains('.') { segment } else { "{}" });
    let parameters = query.split('&').filter_map(|pair| pair.split('=').next());
    let noun = path.split('/').rev().nth(1).unwrap_or_default();
    format!(
        "{} [{noun}] ?{}",
        segments.collect::<Vec<_>>().join("/"),
        parameters.collect::<Vec<_>>().join("&")
    )
}

/// Method and nouns of a call.
fn name(call: &Recorded) -> String {
    let path = path(&call.url);
    let tail = path.rsplit("/providers/").next().unwrap_or(path);
    let nouns: Vec<&str> = tail.split('/').skip(1).step_by(2).collect();
    let nouns = if path.contains("/providers/") { nouns.join("/") } else { "resourceGroups".to_owned() };
    format!("{} {nouns}", call.method)
}
