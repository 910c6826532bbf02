//! An estate out of exported rows of Resource Graph, read row by row.

mod rows;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use anyhow::{Context, Result};
use holdfast_azure::{Exported, exported};
use holdfast_evaluator::{Evaluator, Resource};
use holdfast_protection::instance::ProtectionState;
use holdfast_protection::sweep::{Known, Row};
use holdfast_protection::target::{Target, TargetProtection};
use holdfast_protection::vault_state::VaultState;
use holdfast_protection::{ResourceId, Workload};
use holdfast_report::{Failure, Input, Report};
use jiff::Timestamp;
use serde_json::Value;

use super::assigned::Assignments;
use super::lines::Counting;

/// Rows that are decided about together.
const PAGE: usize = 1000;

/// What the files hold.
#[derive(Default)]
struct Estate {
    resources: Vec<Resource>,
    protections: HashMap<String, Vec<TargetProtection>>,
    vaults: Vec<VaultState>,
    known: Known,
    assignments: Assignments,
    others: usize,
}

/// The report of what the files hold.
pub(super) fn assess(files: &[PathBuf], evaluator: &Evaluator) -> Result<Report> {
    let mut estate = Estate::default();
    for file in files {
        let text = std::fs::File::open(file).with_context(|| format!("open {}", file.display()))?;
        let reading =
            || format!("read {}: expected rows of Resource Graph as JSON or JSON lines", file.display());
        rows::each(std::io::BufReader::new(text), |row| estate.take(row)).with_context(reading)?;
    }
    estate.report(evaluator)
}

impl Estate {
    fn take(&mut self, row: Value) {
        match exported(row) {
            Exported::Resource(resource) => {
                if Workload::covers(&resource.resource_type) {
                    self.resources.push(*resource);
                }
            }
            Exported::Instance { datasource, protection, instance } => {
                if protection.state != ProtectionState::SoftDeleted {
                    if let Some(instance) = instance {
                        self.known.add_instance(*instance);
                    }
                    self.protections.entry(datasource).or_default().push(*protection);
                }
            }
            Exported::Policy { vault, policy } => self.known.add_policy(&vault, *policy),
            Exported::Vault(state) => {
                self.known.add_vault(&state.vault);
                self.vaults.push(*state);
            }
            Exported::Assignment(assignment) => self.assignments.add(*assignment, None),
            Exported::Initiative(initiative) => self.assignments.initiative(&initiative),
            Exported::Subscription { id, groups } => {
                groups.iter().for_each(|group| self.assignments.member(group, &id));
            }
            Exported::Other => self.others += 1,
        }
    }

    fn report(mut self, evaluator: &Evaluator) -> Result<Report> {
        let mut counting = Counting::new(evaluator);
        let types: BTreeSet<String> =
            self.resources.iter().map(|one| one.resource_type.to_ascii_lowercase()).collect();
        let failures = self.failures();
        let assigned = self.assignments.equivalents()?;
        let mut rest = std::mem::take(&mut self.resources);
        rest.sort_by_cached_key(|one| std::cmp::Reverse(one.id.to_ascii_lowercase()));
        while !rest.is_empty() {
            let page = rest.split_off(rest.len().saturating_sub(PAGE));
            let rows = page.into_iter().rev().map(|resource| Row {
                protections: self.protections.remove(&resource.id.to_ascii_lowercase()).unwrap_or_default(),
                resource,
            });
            counting.rows(rows.collect(), &self.known);
        }
        counting.gone(self.orphans(&types));
        let input = Input {
            tally: counting.tally,
            failures,
            vaults: &self.vaults,
            incomplete: self.left_out(counting.drifts.unknown),
            azure_policy: assigned,
            drifts: counting.drifts,
            is_assessment: true,
            ..Input::default()
        };
        Ok(Report::of(input, Timestamp::now()))
    }

    /// Instances of resources that are in no file. Of a type of which no resource was exported, nothing can be said.
    fn orphans(&mut self, types: &BTreeSet<String>) -> Vec<Target> {
        let mut orphans = Vec::new();
        for (datasource, protections) in self.protections.drain() {
            let Ok(resource) = datasource.parse::<ResourceId>() else { continue };
            if !types.contains(&resource.resource_type().to_ascii_lowercase()) {
                continue;
            }
            orphans.extend(protections.into_iter().map(|protection| Target {
                resource: resource.clone(),
                protection: Some(protection),
                is_orphaned: true,
            }));
        }
        orphans.sort_by_cached_key(|target| target.resource.key());
        orphans
    }

    fn failures(&self) -> Vec<Failure> {
        let failing = self.protections.iter().flat_map(|(datasource, protections)| {
            let failing = protections.iter().filter(|one| one.state == ProtectionState::Error);
            failing.map(move |one| Failure::of_protection(datasource.clone(), one.error.as_ref()))
        });
        failing.collect()
    }

    fn left_out(&self, without_policy: u64) -> Vec<String> {
        let mut left = vec![
            "read from an export: jobs, approvals and holds are not in it, and rules that want facts decide without them"
                .to_owned(),
        ];
        if without_policy > 0 {
            left.push(format!(
                "whether {without_policy} protected resources follow the schedule and retention of the rules is not known: their \
                 policies are in no file; export all of `recoveryservicesresources`"
            ));
        }
        if self.others > 0 {
            left.push(format!("{} rows could not be read, or are of no use here", self.others));
        }
        left
    }
}
