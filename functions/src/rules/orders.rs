//! Orders to go back to an earlier rule set, as entries of the ledger that every instance reads.

use anyhow::{Context, Result};
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::Ledger;
use jiff::Timestamp;
use serde_json::json;

use super::choice::Pin;

const ORDERS: &str = "rules/orders/";

/// The latest order.
pub(super) async fn latest(ledger: &dyn Ledger) -> Result<Option<Pin>> {
    let Some(path) = ledger.list(ORDERS).await?.pop() else { return Ok(None) };
    let Some(body) = ledger.read(&path).await? else { return Ok(None) };
    let pin = serde_json::from_value(body).with_context(|| format!("`{path}` is no order"))?;
    Ok(Some(pin))
}

/// Writes an order down; it holds from the next look of each instance.
pub(super) async fn give(ledger: &dyn Ledger, at: Timestamp, pin: &Pin) -> Result<()> {
    let time = at.strftime("%Y%m%dT%H%M%S%.6fZ");
    let path = format!("{ORDERS}{time}-back-to-{:012}.json", pin.to);
    ledger.append(&Entry::of(path, &json!(pin))).await?;
    Ok(())
}
