//! An estate as Azure shows it to a reader.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::Args;
use holdfast_azure::{ArmClient, ArmOptions, CredentialKind, Exported, credential};
use holdfast_evaluator::Evaluator;
use holdfast_protection::family::Family;
use holdfast_protection::hold::OpenHolds;
use holdfast_protection::ports::{Azure as _, Part};
use holdfast_protection::sweep::{Known, SweepPages as _};
use holdfast_protection::target::TargetState;
use holdfast_protection::targets::{self, TargetFilter};
use holdfast_protection::vault_state::VaultState;
use holdfast_protection::{AzureError, Workload};
use holdfast_report::{AssignedPolicy, Failure, Input, Nights, Report, failures_of};
use jiff::Timestamp;
use url::Url;

use super::assigned::Assignments;
use super::lines::Counting;
use crate::exit::Unusable;

/// How Azure is reached, and which part of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Azure {
    /// Subscriptions, separated by commas.
    #[arg(long = "subscription", value_name = "ID", env = "HOLDFAST_SUBSCRIPTIONS", value_delimiter = ',')]
    subscriptions: Vec<String>,
    /// Management groups, separated by commas: all subscriptions below them.
    #[arg(long = "management-group", value_name = "ID", value_delimiter = ',')]
    management_groups: Vec<String>,
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
    fn subscriptions(&self) -> Vec<String> {
        self.subscriptions.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
    }

    /// Whether anything is named.
    pub(crate) fn is_named(&self) -> bool {
        !self.subscriptions().is_empty() || !self.management_groups.is_empty()
    }

    /// The same with those below the management groups that are named.
    pub(crate) async fn all_subscriptions(&self, arm: &ArmClient) -> Result<Vec<String>> {
        let mut all = self.subscriptions();
        for group in &self.management_groups {
            all.extend(arm.subscriptions_below(group.trim()).await?);
        }
        let mut seen = BTreeSet::new();
        all.retain(|id| seen.insert(id.to_ascii_lowercase()));
        Ok(all)
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
    if !azure.is_named() {
        let none = "nothing is named to assess; add --subscription, --management-group or --export";
        return Err(Unusable::described(none));
    }
    let arm = azure.client()?;
    let subscriptions = azure.all_subscriptions(&arm).await?;
    let mut incomplete = Vec::new();
    let vaults = vaults(&arm, &subscriptions, &mut incomplete).await?;
    let known = known(&arm, &subscriptions, &vaults, &mut incomplete).await?;
    let mut counting = Counting::new(evaluator);
    let types: Vec<&str> =
        Workload::resource_types().into_iter().filter(|kind| evaluator.covers(kind)).collect();
    for chunk in subscriptions.chunks(Part::SUBSCRIPTIONS) {
        estate(&arm, &mut counting, (chunk, &types), &known).await.context("could not read the estate")?;
    }
    let (mut nights, now) = (Nights::default(), Timestamp::now());
    for state in &vaults {
        let jobs = arm.backups(state.vault.family).jobs(&state.vault.id).await;
        nights.add(or_say(jobs.map(|jobs| failures_of(&jobs, now)), &mut incomplete)?);
    }
    let filter = TargetFilter { name: None, state: Some(TargetState::Error) };
    let failing = targets::list((&arm, &arm), &subscriptions, &filter, MOST, None).await;
    let (failing, is_cut) = or_say(failing.map(|page| (page.targets, page.next.is_some())), &mut incomplete)?;
    if is_cut {
        incomplete.push(format!("the instances in error are not all counted: no more than {MOST} are read"));
    }
    nights.failures.extend(failing.iter().filter_map(Failure::of_target));
    let input = Input {
        tally: counting.tally,
        failures: nights.failures,
        jobs: nights.counts,
        last_good: nights.last_good,
        vaults: &vaults,
        drifts: counting.drifts,
        azure_policy: assigned(&arm, &subscriptions, &mut incomplete).await?,
        incomplete,
        is_assessment: true,
        ..Input::default()
    };
    Ok(Report::of(input, now))
}

/// What was read, or nothing and a word about it. Whom Azure does not know can read nothing at all.
fn or_say<T: Default>(read: Result<T, AzureError>, incomplete: &mut Vec<String>) -> Result<T, AzureError> {
    match read {
        Err(error @ AzureError::Unauthenticated { .. }) => Err(error),
        Err(error) => {
            incomplete.push(error.to_string());
            Ok(T::default())
        }
        Ok(read) => Ok(read),
    }
}

/// What Azure Policy is to do about backup in these subscriptions, and the rules that do the same.
async fn assigned(
    arm: &ArmClient,
    subscriptions: &[String],
    incomplete: &mut Vec<String>,
) -> Result<Vec<AssignedPolicy>> {
    let mut assignments = Assignments::default();
    for subscription in subscriptions {
        for assignment in or_say(arm.policy_assignments(subscription).await, incomplete)? {
            assignments.add(assignment, Some(subscription));
        }
    }
    for id in assignments.assigned_initiatives() {
        match arm.initiative(&id).await {
            Ok(initiative) => assignments.initiative(&initiative),
            // One that is gone, or that a reader may not read, is told with its assignment.
            Err(AzureError::Refused { .. }) => {}
            Err(error) => or_say(Err(error), incomplete)?,
        }
    }
    assignments.equivalents()
}

/// One subscription whose vaults cannot be read hides those of no other.
async fn vaults(
    arm: &ArmClient,
    subscriptions: &[String],
    incomplete: &mut Vec<String>,
) -> Result<Vec<VaultState>> {
    let mut vaults = Vec::new();
    for subscription in subscriptions {
        for family in Family::ALL {
            vaults.extend(or_say(arm.backups(family).vault_states(subscription).await, incomplete)?);
        }
    }
    Ok(vaults)
}

/// What decisions are compared with.
async fn known(
    arm: &ArmClient,
    subscriptions: &[String],
    vaults: &[VaultState],
    incomplete: &mut Vec<String>,
) -> Result<Known> {
    let mut known = Known::default();
    vaults.iter().for_each(|state| known.add_vault(&state.vault));
    let take = |row: Exported| match row {
        Exported::Instance { instance: Some(instance), .. } => known.add_instance(*instance),
        Exported::Policy { vault, policy } => known.add_policy(&vault, *policy),
        _ => {}
    };
    or_say(arm.rows_in_vaults(subscriptions, take).await, incomplete)?;
    Ok(known)
}

async fn estate(
    arm: &ArmClient,
    counting: &mut Counting<'_>,
    (subscriptions, types): (&[String], &[&str]),
    known: &Known,
) -> Result<()> {
    let mut after: Option<String> = None;
    loop {
        let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
        let page = arm.rows(&part, types).await?;
        let (holds, threads) = (OpenHolds::default(), counting.threads);
        let judge = counting.judge(&holds);
        let mut cases = judge.cases(arm, page.rows).await?;
        let rulings = judge.outcomes((arm, arm), &mut cases, threads).await?;
        counting.cases(&cases, &rulings, known);
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
