//! What the functions share, and how it is put together from the settings.

use std::sync::Arc;

use anyhow::{Context, Result};
use holdfast_azure::{
    ArmClient, ArmOptions, BlobLedger, CredentialKind, StorageOptions, StorageQueue, credential,
};
use holdfast_evaluator::{Evaluator, RuleSet};
use holdfast_protection::ports::WorkQueue;
use holdfast_protection::protect::Protector;

use crate::problem::Problem;
use crate::settings::Settings;

/// Everything that a function needs.
pub struct App {
    /// Looks at one resource.
    pub protector: Protector,
    /// Where work waits.
    pub queue: Arc<dyn WorkQueue>,
    subscriptions: Vec<String>,
}

/// The storage account of the Functions host is ours as well.
const STORAGE: &str = "AzureWebJobsStorage";

impl App {
    /// Connects to what the settings name, and loads the rules. Nothing is called yet.
    pub fn build(settings: &Settings) -> Result<Self> {
        let kind: CredentialKind = settings.credential.parse().context("app setting HOLDFAST_CREDENTIAL")?;
        let credential =
            credential(kind, settings.client_id.as_deref()).context("app setting HOLDFAST_CREDENTIAL")?;
        let storage = StorageOptions::from_settings(STORAGE, |name| settings.storage.get(name).cloned())?;
        let rules = RuleSet::load(&settings.rules).context("app setting HOLDFAST_RULES")?;
        let endpoint = settings.arm_endpoint.clone();
        let options = ArmOptions { endpoint, credential, transport: None };
        let protector = Protector {
            azure: Arc::new(ArmClient::new(options)?),
            ledger: Arc::new(BlobLedger::new(&storage, BlobLedger::NAME)?),
            evaluator: Evaluator::new(rules)?,
        };
        let queue = Arc::new(StorageQueue::new(&storage, StorageQueue::NAME)?);
        Ok(Self { protector, queue, subscriptions: settings.subscriptions.clone() })
    }

    /// Subscriptions that are watched; without any, looking over them would look like success.
    pub(crate) fn subscriptions(&self) -> Result<&[String], Problem> {
        if self.subscriptions.is_empty() {
            return Err(Problem::unavailable(
                "NoSubscriptions",
                "app setting HOLDFAST_SUBSCRIPTIONS is empty; list the subscription ids to look over in it",
            ));
        }
        Ok(&self.subscriptions)
    }
}
