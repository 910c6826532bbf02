//! What the settings name, connected to and not yet asked.

use std::sync::Arc;

use anyhow::{Context, Result};
use holdfast_azure::{
    ArmClient, ArmOptions, BlobLedger, BlobShelf, CredentialKind, DeadLetters, ExportBlobs, PoisonQueue,
    StorageOptions, StorageQueue, StorageSweepQueue, SweepBlobs, credential,
};
use holdfast_distribution::{Fetcher, TrustPolicy};
use holdfast_protection::ports::{Ledger, RuleShelf, UndeliveredInputs, WorkQueue};
use holdfast_protection::sweep::SweepQueue;
use holdfast_protection::undelivered::Source;

use super::Export;
use crate::callers::{Callers, Front};
use crate::not_set_up::NotSetUp;
use crate::notices::Notices;
use crate::settings::Settings;

/// The account of the Functions host: the work queue is there as well.
const STORAGE: &str = "AzureWebJobsStorage";
/// The account of the ledger and the rule sets; that of the host if it is not set.
const LEDGER: &str = "HOLDFAST_LEDGER";
/// The queue that Event Grid can put events on, in the host's account.
const EVENTS: &str = "holdfast-events";
/// The account into which Event Grid puts what it could not deliver.
const DEAD_LETTERS: &str = "HOLDFAST_DEAD_LETTERS";

/// What the settings name, before anything of it was asked.
pub(super) struct Connections {
    pub(super) arm: ArmClient,
    pub(super) storage: StorageOptions,
    pub(super) shelf: Arc<dyn RuleShelf>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) queue: Arc<dyn WorkQueue>,
    pub(super) sweep: (Arc<SweepBlobs>, Arc<dyn SweepQueue>),
    pub(super) undelivered: Vec<(Source, Arc<dyn UndeliveredInputs>)>,
    pub(super) trust: Option<Arc<TrustPolicy>>,
    pub(super) identity: CredentialKind,
    pub(super) callers: Callers,
    pub(super) notices: Option<Notices>,
    pub(super) export: Option<Export>,
}

impl Connections {
    /// Fails only for what is wrong with the settings.
    pub(super) fn of(settings: &Settings, front: Front) -> Result<Self> {
        let identity: CredentialKind =
            settings.credential.parse().context("app setting HOLDFAST_CREDENTIAL")?;
        let credential =
            credential(identity, settings.client_id.as_deref()).context("app setting HOLDFAST_CREDENTIAL")?;
        let account =
            |name| StorageOptions::from_settings(name, |setting| settings.storage.get(setting).cloned());
        let is_set = |name| {
            settings.storage.iter().any(|(setting, value)| setting.starts_with(name) && !value.is_empty())
        };
        let storage = account(STORAGE)?;
        let records = if is_set(LEDGER) { account(LEDGER)? } else { storage.clone() };
        let endpoint = settings.arm_endpoint.clone();
        let poison = PoisonQueue::of(&storage, StorageQueue::NAME)?;
        let events = PoisonQueue::of(&storage, EVENTS)?;
        let mut undelivered: Vec<(Source, Arc<dyn UndeliveredInputs>)> =
            vec![(Source::Poison, Arc::new(poison)), (Source::DeadLetters, Arc::new(events))];
        if is_set(DEAD_LETTERS) {
            undelivered.push((Source::DeadLetters, Arc::new(DeadLetters::new(&account(DEAD_LETTERS)?)?)));
        }
        Ok(Self {
            arm: ArmClient::new(ArmOptions { endpoint, credential, transport: None })?,
            shelf: Arc::new(BlobShelf::new(&records, BlobShelf::NAME)?),
            ledger: Arc::new(BlobLedger::new(&records, BlobLedger::NAME)?),
            queue: Arc::new(StorageQueue::new(&storage, StorageQueue::NAME)?),
            sweep: (
                Arc::new(SweepBlobs::new(&storage, SweepBlobs::NAME)?),
                Arc::new(StorageSweepQueue::new(&storage, StorageSweepQueue::NAME)?),
            ),
            undelivered,
            trust: settings.trust()?.map(Arc::new),
            notices: Notices::of(
                &settings.notify,
                &settings.app,
                &storage,
                identity,
                settings.client_id.as_deref(),
            )?,
            export: match settings.export {
                Some(format) => {
                    Some(Export { files: Arc::new(ExportBlobs::new(&storage, ExportBlobs::NAME)?), format })
                }
                None => None,
            },
            identity,
            callers: settings.callers(front)?,
            storage,
        })
    }

    pub(super) fn fetcher(&self, settings: &Settings) -> Result<Fetcher, NotSetUp> {
        let fetcher = Fetcher::new(&settings.cache).context("app setting HOLDFAST_CACHE");
        let fetcher = fetcher.map_err(NotSetUp::ForNow)?;
        let docker = settings.docker().map_err(NotSetUp::ForGood)?;
        Ok(fetcher
            .with_storage(self.storage.clone())
            .with_identity(self.identity, settings.client_id.clone())
            .with_docker(docker))
    }
}
