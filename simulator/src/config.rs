//! What a simulator is started with.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::estate::Estate;

/// How a simulator listens, how fast its time runs and what it holds at the start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Loopback port of plain http; 0 takes a free one.
    pub http_port: u16,
    /// Loopback port of https; 0 takes a free one.
    pub https_port: u16,
    /// Folder that receives `ca.pem`, the certificate that clients must trust.
    pub ca_dir: Option<PathBuf>,
    /// What exists at the start.
    pub estate: Option<Estate>,
    /// Azure's waits are divided by this; 1 is Azure's own pace.
    pub speed: f64,
    /// Seed of every random choice: identifiers, duplicates, disorder.
    pub seed: u64,
    /// How soft delete of backup instances is decided.
    pub soft_delete: SoftDelete,
    /// What the clock shows until it is moved; absent, it runs from the time of day.
    pub frozen_at: Option<Timestamp>,
    /// How ARM limits the rate of calls.
    pub throttling: Throttling,
}

impl Default for Config {
    /// Free loopback ports, an empty estate, Azure's own pace.
    fn default() -> Self {
        Self {
            http_port: 0,
            https_port: 0,
            ca_dir: None,
            estate: None,
            speed: 1.0,
            seed: 1,
            soft_delete: SoftDelete::default(),
            frozen_at: None,
            throttling: Throttling::default(),
        }
    }
}

impl Config {
    /// A simulator whose clock stands at the same instant whenever it is started: a Wednesday in January 2026, at ten in the morning.
    /// What Azure does by schedule then happens as many times in every run, whatever the time of day.
    #[must_use]
    pub fn frozen() -> Self {
        const MORNING_SECONDS: i64 = 1_768_384_800;
        Self { frozen_at: Timestamp::from_second(MORNING_SECONDS).ok(), ..Self::default() }
    }
}

/// How ARM limits the rate of calls.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Throttling {
    /// Azure's own buckets.
    #[default]
    Azure,
    /// Azure's buckets, this much larger or smaller, and filled at Azure's rate times the same.
    Scaled(f64),
    /// Never; the headers tell of full buckets.
    Off,
}

/// When the deletion of a backup instance is a soft deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SoftDelete {
    /// Always for api-version 2025-09-01 and later; before that, as the vault is set. Azure's rule in most regions.
    #[default]
    ByApiVersion,
    /// Always. Azure's rule in the regions where soft delete is enforced.
    Enforced,
}
