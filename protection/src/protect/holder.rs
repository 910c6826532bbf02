//! A resource that only holds what is protected: it is prepared, and what it holds becomes work of its own.

use holdfast_evaluator::{End, EndingCause};

use super::Protector;
use super::case::Case;
use super::intent::Intent;
use crate::impossible::Impossible;
use crate::outcome::Outcome;
use crate::place::Place;
use crate::plan::{self, Datasource, Holder};
use crate::ports::InstancesOf;
use crate::workload::in_machine::{self, Database, DatabaseKind, Host, Hosted, Hosting, not_registered};
use crate::{AzureError, Location, ResourceId, Workload};

impl Protector {
    /// Prepares it up to the next wait; once it is ready, gives what it holds and the rules want protected.
    pub(super) async fn prepare(&self, case: &Case<'_>) -> Result<(Intent, Vec<ResourceId>), AzureError> {
        let Datasource { id, workload, location } = case.datasource;
        let Some(kind) = workload.databases() else { return Ok((Intent::NotReady, Vec::new())) };
        let Some(host) = self.host(id, workload, Some(location)).await? else {
            return Ok((self.protect(case).await?, Vec::new()));
        };
        Ok(match plan::holder(&host, kind, case.limits.restarts) {
            Ok(Holder::NotReady) => (Intent::NotReady, Vec::new()),
            Ok(Holder::ToPrepare(plan)) => (Intent::Plan(plan), Vec::new()),
            Ok(Holder::Ready) => {
                match self.switched(case, &host).await? {
                    Ok(Some(plan)) => return Ok((Intent::Plan(plan), Vec::new())),
                    Ok(None) => {}
                    Err(impossible) => return Ok((Intent::End(impossible.into()), Vec::new())),
                }
                let hosted = self.azure.backups(workload.family()).hosted(&host, kind).await?;
                let (outcome, wanted) = self.sorted(case, &host, kind, hosted);
                (Intent::End(outcome), wanted)
            }
            Err(impossible) => (Intent::End(impossible.into()), Vec::new()),
        })
    }

    /// What switches automatic protection as the machine's tag says; without the tag, nothing is asked.
    async fn switched(
        &self,
        case: &Case<'_>,
        host: &Host,
    ) -> Result<Result<Option<plan::Plan>, Impossible>, AzureError> {
        let machine = &case.request.resource;
        match in_machine::automatic_protection(machine) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Ok(None)),
            Err(impossible) => return Ok(Err(impossible)),
        }
        let backups = self.azure.backups(case.datasource.workload.family());
        let (policies, found) = (backups.policies(&host.vault).await?, backups.automatic(host).await?);
        Ok(plan::to_switch(
            case.datasource,
            machine,
            case.how,
            host,
            (&policies, &found),
            (self.evaluator.rule_set().allowances(), case.limits.restarts),
        ))
    }

    /// Where a machine is registered for what a workload protects in it.
    pub(super) async fn host(
        &self,
        machine: &ResourceId,
        workload: Workload,
        location: Option<&Location>,
    ) -> Result<Option<Host>, AzureError> {
        let of = InstancesOf { datasource: machine, workload: Some(workload), location };
        self.azure.backups(workload.family()).host(&of).await
    }

    /// The vault of what is held: that with which its holder is registered, whatever the rules choose.
    pub(super) async fn place_of_holder(
        &self,
        case: &Case<'_>,
        holder: &ResourceId,
    ) -> Result<Result<Place, Impossible>, AzureError> {
        let Datasource { id, workload, location } = case.datasource;
        let host = self.host(holder, workload, Some(location)).await?;
        let vaults = self.azure.backups(workload.family()).vaults(id.subscription()).await?;
        let vault = host.and_then(|host| vaults.into_iter().find(|vault| vault.id == host.vault));
        Ok(vault.map(Place::There).ok_or_else(|| not_registered(id)))
    }

    /// What is protected in a resource that is not to be protected any more: each piece is decided by itself.
    ///
    /// Costs no call where the rule set leaves such protections alone.
    pub(super) async fn held_and_protected(
        &self,
        machine: &ResourceId,
        workload: Workload,
        cause: EndingCause,
        location: &Location,
    ) -> Result<Vec<ResourceId>, AzureError> {
        if self.evaluator.rule_set().allowances().ending.of(cause) == End::Leave {
            return Ok(Vec::new());
        }
        let (Some(kind), Some(host)) =
            (workload.databases(), self.host(machine, workload, Some(location)).await?)
        else {
            return Ok(Vec::new());
        };
        let hosted = self.azure.backups(workload.family()).hosted(&host, kind).await?;
        Ok(hosted.into_iter().filter(|one| one.has_item).map(|one| one.id).collect())
    }

    /// Those that become work of their own, and what is told of the machine.
    fn sorted(
        &self,
        case: &Case<'_>,
        host: &Host,
        kind: DatabaseKind,
        hosted: Vec<Hosted>,
    ) -> (Outcome, Vec<ResourceId>) {
        let is_covered = self.evaluator.covers(kind.resource_type());
        let (mut wanted, mut found, mut left, mut refused) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for Hosted { id, refusal, has_item } in hosted {
            let name = id.name().to_owned();
            match (self.left_out(case, &id), refusal) {
                (true, _) if !has_item => left.push(name),
                (false, Some(refusal)) if !has_item => refused.push((format!("database `{name}`"), refusal)),
                _ => {
                    found.push(name);
                    wanted.push(id);
                }
            }
        }
        if let Hosting::Refused(refusal) = &host.hosting {
            refused.push((host.words(kind), refusal.clone()));
        }
        if let (true, Some((what, refusal))) = (found.is_empty(), refused.first()) {
            let impossible = Impossible::new(
                &refusal.code,
                format!("Azure cannot back up {what}: {}", refusal.message),
                refusal.way_out(),
            );
            return (impossible.into(), Vec::new());
        }
        let mut notes = vec![match found.is_empty() {
            true => "Azure lists no database in it that is to be protected".to_owned(),
            false => format!("its databases are work of their own: {}", found.join(", ")),
        }];
        if !left.is_empty() {
            notes.push(format!("left out: {}", left.join(", ")));
        }
        for (what, refusal) in refused {
            let way_out = refusal.way_out();
            notes.push(format!(
                "{what} cannot be backed up now: {}: {}; {way_out}",
                refusal.code, refusal.message
            ));
        }
        if !is_covered {
            wanted.clear();
            notes.push(format!("no rule speaks of {}: name it in the `types` of one", kind.resource_type()));
        }
        (Outcome::Prepared { container: host.container.clone(), note: Some(notes.join("; ")) }, wanted)
    }

    fn left_out(&self, case: &Case<'_>, id: &ResourceId) -> bool {
        let Some(database) = Database::of(id) else { return true };
        let shown = database.described(id, case.request.resource.clone());
        let workload = case.datasource.workload;
        workload.unsupported(&shown).is_some() || workload.left_out(&shown, case.how).is_some()
    }
}
