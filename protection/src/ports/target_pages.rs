//! Resource Graph, one page at a time: a list of everything fits no estate.

use async_trait::async_trait;

use crate::AzureError;
use crate::target::{Target, TargetName, TargetState};

/// What exists and what protects it, as Azure's index of resources has it: seconds to minutes behind.
#[async_trait]
pub trait TargetPages: Send + Sync {
    /// Targets that have a backup instance, in the order of the instances' ids. Without a state, all but what is deleted.
    async fn with_instance(
        &self,
        part: &Part<'_>,
        name: Option<&TargetName>,
        state: Option<TargetState>,
    ) -> Result<PageOf<Target>, AzureError>;
    /// Resources of these types without a backup instance, in the order of their ids.
    async fn without_instance(
        &self,
        part: &Part<'_>,
        types: &[&str],
        name: Option<&TargetName>,
    ) -> Result<PageOf<Target>, AzureError>;
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Not more than [`Part::SUBSCRIPTIONS`].
    pub subscriptions: &'a [String],
    /// How many rows at most.
    pub top: usize,
    /// Where the page before ended, in Azure's own token; from the beginning without one.
    pub after: Option<&'a str>,
}

impl Part<'_> {
    /// Subscriptions of one query, as the graph's throttling guidance advises.
    pub const SUBSCRIPTIONS: usize = 300;
    /// Rows of one page, the most that the graph gives.
    pub const TOP: usize = 1000;
}

/// A page, and Azure's token of the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The token; none on the last page.
    pub next: Option<String>,
}
