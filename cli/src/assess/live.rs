//! An estate as Azure shows it to a reader.

use anyhow::{Context, Result};
use clap::Args;
use holdfast_azure::{ArmClient, ArmOptions, CredentialKind, credential};
use holdfast_evaluator::Evaluator;
use holdfast_protection::Workload;
use holdfast_protection::family::Family;
use holdfast_protection::hold::OpenHolds;
use holdfast_protection::ports::{Azure as _, Part};
use holdfast_protection::sweep::SweepPages as _;
use holdfast_protection::target::{Target, TargetState};
use holdfast_protection::targets::{self, TargetFilter};
use holdfast_report::{Failure, Input, Nights, Report, Source, failures_of};
use jiff::Timestamp;
use url::Url;

use super::lines::Counting;
use crate::exit::Unusable;

/// How Azure is reached, and which part of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Azure {
    /// Subscriptions, separated by commas.
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
    /// The subscriptions that are named.
    pub(crate) fn subscriptions(&self) -> Vec<String> {
        self.subscriptions.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
    }

    /// A client for them.
    pub(crate) fn client(&self) -> Result<ArmClient> {
        let credential = credential(self.credential, self.client_id.as_deref())?;
        Ok(ArmClient::new(ArmOptions { endpoint: self.arm_endpoint.clone(), credential, transport: None })?)
    }
}

/// Instances in error that are read.
const MOST: usize = 1000;

/// The report of what Azure shows; nothing is written.
pub(super) async fn assess(azure: &Azure, evaluator: &Evaluator) -> Result<Report> {
    let subscriptions = azure.subscriptions();
    if subscriptions.is_empty() {
        return Err(Unusable::described("nothing is named to assess; add --subscription or --export"));
    }
    let arm = azure.client()?;
    let mut counting = Counting::new(evaluator);
    let types: Vec<&str> =
        Workload::resource_types().into_iter().filter(|kind| evaluator.covers(kind)).collect();
    for chunk in subscriptions.chunks(Part::SUBSCRIPTIONS) {
        estate(&arm, &mut counting, chunk, &types).await.context("could not read the estate")?;
    }
    let (mut vaults, mut nights, now) = (Vec::new(), Nights::default(), Timestamp::now());
    for subscription in &subscriptions {
        for family in Family::ALL {
            vaults.extend(arm.backups(family).vault_states(subscription).await?);
        }
    }
    for state in &vaults {
        nights.add(failures_of(&arm.backups(state.vault.family).jobs(&state.vault.id).await?, now));
    }
    let filter = TargetFilter { name: None, state: Some(TargetState::Error) };
    let failing = targets::list((&arm, &arm), &subscriptions, &filter, MOST, None).await?;
    nights.failures.extend(failing.targets.into_iter().filter_map(failure));
    let input = Input {
        tally: counting.tally,
        failures: nights.failures,
        jobs: nights.counts,
        last_good: nights.last_good,
        vaults: &vaults,
        is_assessment: true,
        ..Input::default()
    };
    Ok(Report::of(input, now))
}

async fn estate(
    arm: &ArmClient,
    counting: &mut Counting<'_>,
    subscriptions: &[String],
    types: &[&str],
) -> Result<()> {
    let mut after: Option<String> = None;
    loop {
        let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
        let page = arm.rows(&part, types).await?;
        let (holds, threads) = (OpenHolds::default(), counting.threads);
        let judge = counting.judge(&holds);
        let mut cases = judge.cases(arm, page.rows).await?;
        let rulings = judge.outcomes((arm, arm), &mut cases, threads).await?;
        counting.cases(&cases, &rulings);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    loop {
        let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
        let page = arm.gone(&part).await?;
        counting.gone(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn failure(target: Target) -> Option<Failure> {
    let error = target.protection?.error;
    let code = error.as_ref().map_or_else(|| "ProtectionError".to_owned(), |error| error.code.clone());
    let message = error.as_ref().map(|error| error.message.clone());
    Some(Failure {
        resource: target.resource.to_string(),
        source: Source::Instance,
        code,
        message: message.unwrap_or_else(|| "Azure says that its protection does not work".to_owned()),
        recommended: error.and_then(|error| error.recommended_action.into_iter().next()),
        at: None,
        job: None,
    })
}
