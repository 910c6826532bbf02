//! A diff over the estate as Resource Graph shows it now.

use anyhow::{Context, Result, bail};
use clap::Args;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use holdfast_azure::{ArmClient, ArmOptions, CredentialKind, credential};
use holdfast_evaluator::{Evaluator, FactKind, Request, Resource, Round};
use holdfast_protection::{Workload, facts};
use holdfast_replay::{DiffReport, ResourceChange};
use jiff::Timestamp;
use url::Url;

use super::{Diff, Sets, threads};
use crate::exit::Unusable;

/// Resources for which facts are fetched at the same time.
const ASKING: usize = 16;

/// How Azure is reached, and which part of it.
#[derive(Debug, Clone, Args)]
pub(super) struct Azure {
    /// With --live: subscriptions to look over, separated by commas.
    #[arg(long = "subscription", value_name = "ID", env = "HOLDFAST_SUBSCRIPTIONS", value_delimiter = ',')]
    subscriptions: Vec<String>,
    /// Azure Resource Manager of the cloud.
    #[arg(long, value_name = "URL", env = "HOLDFAST_ARM_ENDPOINT", default_value = ArmOptions::PUBLIC_CLOUD)]
    arm_endpoint: Url,
    /// managed-identity, workload-identity, azure-cli or developer-tools.
    #[arg(long, value_name = "KIND", env = "HOLDFAST_CREDENTIAL", default_value = "azure-cli")]
    credential: CredentialKind,
    /// Client id of a user-assigned identity.
    #[arg(long, value_name = "ID", env = "HOLDFAST_CLIENT_ID")]
    client_id: Option<String>,
}

impl Azure {
    fn client(&self) -> Result<ArmClient> {
        let credential = credential(self.credential, self.client_id.as_deref())?;
        Ok(ArmClient::new(ArmOptions { endpoint: self.arm_endpoint.clone(), credential, transport: None })?)
    }
}

/// Compares every resource that a workload covers and a rule of either set decides about.
pub(super) async fn diff(azure: &Azure, sets: &Sets, examples: usize) -> Result<Diff> {
    let Some(current) = &sets.current else { bail!("--live needs --current") };
    let mut subscriptions: Vec<String> = azure
        .subscriptions
        .iter()
        .map(|id| id.trim().to_ascii_lowercase())
        .filter(|id| !id.is_empty())
        .collect();
    subscriptions.sort();
    subscriptions.dedup();
    if subscriptions.is_empty() {
        return Err(Unusable::described(
            "no subscription is given; add --subscription, or set HOLDFAST_SUBSCRIPTIONS",
        ));
    }
    let types = Workload::resource_types().into_iter();
    let types: Vec<&str> = types.filter(|name| current.covers(name) || sets.candidate.covers(name)).collect();
    let event_time = Timestamp::now().to_string();
    let mut deciding = Vec::new();
    let client = azure.client()?;
    let paged = client.estate(&subscriptions, &types, |page| {
        // Deciding keeps up with the graph by far: what waits here is a page or two.
        for part in parts(page) {
            let (sets, current, event_time) = (sets.clone(), current.clone(), event_time.clone());
            deciding.push(tokio::task::spawn_blocking(move || {
                of_resources(&sets, &current, &event_time, part, examples)
            }));
        }
    });
    paged.await.context("could not read the estate")?;
    let mut report = DiffReport::default();
    let mut curious = Vec::new();
    for part in deciding {
        let (compared, left) = part.await?;
        report.merge(compared, examples);
        curious.extend(left);
    }
    let described = stream::iter(curious).map(|request| described(&client, sets, current, request));
    let mut described = described.buffered(ASKING);
    while let Some(change) = described.try_next().await? {
        report.add(change, examples);
    }
    Ok(Diff { report, unreadable: Vec::new() })
}

/// What changes for a resource of which rules want to know more than Resource Graph shows.
async fn described(
    client: &ArmClient,
    sets: &Sets,
    current: &Evaluator,
    request: Request,
) -> Result<ResourceChange> {
    let unknown = || format!("could not fetch what rules want to know of {}", request.resource.id);
    let (old, mut known) =
        facts::decide(client, current, request.clone(), None).await.with_context(unknown)?;
    // The machine of a disk is another fact under other rules.
    known.facts.retain(|fact| fact.kind != FactKind::Machine.name());
    let (new, _) = facts::decide(client, &sets.candidate, known, None).await.with_context(unknown)?;
    Ok(Sets::changed(&old, &new, &request))
}

/// One part for each thread.
fn parts(mut page: Vec<Resource>) -> Vec<Vec<Resource>> {
    let size = page.len().div_ceil(threads()).max(1);
    let mut parts = Vec::new();
    while !page.is_empty() {
        let rest = page.split_off(size.min(page.len()));
        parts.push(std::mem::replace(&mut page, rest));
    }
    parts
}

/// The changes, and the resources that rules of either set want facts about.
fn of_resources(
    sets: &Sets,
    current: &Evaluator,
    event_time: &str,
    resources: Vec<Resource>,
    examples: usize,
) -> (DiffReport, Vec<Request>) {
    let (mut report, mut curious) = (DiffReport::default(), Vec::new());
    for resource in resources {
        let request =
            Request { resource, facts: Vec::new(), event_time: event_time.to_owned(), ..Request::default() };
        match (current.ask(&request), sets.candidate.ask(&request)) {
            (Round::Decided(old), Round::Decided(new)) => {
                report.add(Sets::changed(&old, &new, &request), examples);
            }
            (Round::Wants(_), _) | (_, Round::Wants(_)) => curious.push(request),
        }
    }
    (report, curious)
}
