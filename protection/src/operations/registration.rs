//! The registration of a machine with its vault: set up again, or ended.

use super::stage::{OperationPlan, Stage};
use super::subject::Subject;
use super::{Ask, OperationError, Operations, Registering};
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::last_known::Known;
use crate::ledger::TargetId;
use crate::lifecycle::LifecycleChange;
use crate::observe::Observed;
use crate::ports::InstancesOf;
use crate::workload::in_machine::{Host, Hosting, MachineRegistration};
use crate::workload::{Preparation, Stated};
use crate::{AzureError, Location, Workload};

impl Operations {
    /// A machine, with its container in the place of an instance.
    pub(super) async fn machine(
        &self,
        ask: &Ask,
        observed: Option<Observed>,
    ) -> Result<Subject, OperationError> {
        let id = &ask.resource;
        let location = observed.as_ref().map(|seen| Location::from(seen.resource.location.as_str()));
        let Some((workload, host)) = self.host(ask, location.as_ref()).await? else {
            return Err(Impossible::new(
                "MachineNotRegistered",
                format!("`{}` is registered with no vault for databases that run in it", id.name()),
                "let the rules protect this workload of it: that registers it",
            )
            .into());
        };
        let ledger = self.ledger.as_ref();
        let target =
            TargetId { resource: id.clone(), workload: workload.unless_first_of(id.resource_type()) };
        let location = location.unwrap_or_else(|| Location::from(""));
        let known = match observed {
            Some(observed) => Known::shown(ledger, (&target).into(), observed).await?,
            None => Known::last(ledger, (&target).into(), &location).await?,
        };
        let instance = BackupInstance {
            id: host.container,
            vault: host.vault,
            datasource: host.machine,
            datasource_type: workload.datasource_type().to_owned(),
            location,
            policy: None,
            snapshot_group: None,
            stated: Stated::default(),
            state: ProtectionState::Other("Registered".to_owned()),
            error: None,
            deletion: None,
        };
        Ok(Subject { target, known, workload: Some(workload), instance, is_missing: false })
    }

    /// Where a machine is registered, and for which workload.
    async fn host(
        &self,
        ask: &Ask,
        location: Option<&Location>,
    ) -> Result<Option<(Workload, Host)>, AzureError> {
        let of_machines = Workload::ALL.into_iter().filter(|workload| workload.databases().is_some());
        for workload in of_machines.filter(|workload| ask.workload.is_none_or(|named| named == *workload)) {
            let of = InstancesOf { datasource: &ask.resource, workload: Some(workload), location };
            let host = self.azure.backups(workload.family()).host(&of).await?;
            if let Some(host) = host.filter(|host| host.hosting != Hosting::NotRegistered) {
                return Ok(Some((workload, host)));
            }
        }
        Ok(None)
    }

    pub(super) async fn plan_registration(
        &self,
        wanted: Registering,
        subject: &Subject,
    ) -> Result<OperationPlan, OperationError> {
        let BackupInstance { id: container, vault, datasource: machine, .. } = &subject.instance;
        let plain = |stage| OperationPlan { stages: vec![stage], notes: Vec::new() };
        if wanted == Registering::Again {
            let Some(databases) = subject.workload.and_then(Workload::databases) else {
                return Ok(OperationPlan { stages: Vec::new(), notes: Vec::new() });
            };
            let registration = MachineRegistration {
                container: container.clone(),
                vault: vault.clone(),
                machine: machine.clone(),
                databases,
                again: true,
            };
            return Ok(plain(Stage::Prepare { preparation: Preparation::RegisterMachine(registration) }));
        }
        let protected = self.protected_in(subject).await?;
        if !protected.is_empty() {
            return Err(Impossible::new(
                "MachineHoldsProtected",
                format!("`{}` holds databases that are protected: {}", machine.name(), protected.join(", ")),
                "stop and delete their protection first: then nothing of the machine is left in the vault",
            )
            .into());
        }
        Ok(plain(Stage::Alter { instance: container.clone(), lifecycle: LifecycleChange::Delete }))
    }

    /// Databases of a machine that have an item in its vault.
    async fn protected_in(&self, subject: &Subject) -> Result<Vec<String>, OperationError> {
        let instance = &subject.instance;
        let host = Host {
            machine: instance.datasource.clone(),
            vault: instance.vault.clone(),
            container: instance.id.clone(),
            hosting: Hosting::Known,
        };
        let backups = self.azure.backups_of(&instance.vault)?;
        let mut found = Vec::new();
        for kind in Workload::ALL.into_iter().filter_map(Workload::databases) {
            let hosted = backups.hosted(&host, kind).await?;
            found.extend(hosted.into_iter().filter(|one| one.has_item).map(|one| one.id.name().to_owned()));
        }
        Ok(found)
    }
}
