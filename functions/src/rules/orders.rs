//! Orders to go back to an earlier rule set, as entries of the ledger that every instance reads.

use anyhow::{Context, Result};
use holdfast_protection::ledger::{self, Entry};
use holdfast_protection::ports::Ledger;
use jiff::Timestamp;
use serde_json::json;

use super::choice::Pin;

const ORDERS: &str = "rules/orders/";

/// The latest order.
pub(super) async fn latest(orders: &dyn Ledger) -> Result<Option<Pin>> {
    let Some(path) = orders.list(ORDERS).await?.pop() else { return Ok(None) };
    let Some(body) = orders.read(&path).await? else { return Ok(None) };
    let pin = ledger::read(body).with_context(|| format!("`{path}` is no order"))?;
    Ok(Some(pin))
}

/// Writes an order down; it holds from the next look of each instance.
pub(super) async fn give(ledger: &dyn Ledger, at: Timestamp, pin: &Pin) -> Result<()> {
    let time = at.strftime("%Y%m%dT%H%M%S%.6fZ");
    let path = format!("{ORDERS}{time}-back-to-{:012}.json", pin.to);
    ledger.append(&Entry::of(path, &json!(pin))).await?;
    Ok(())
}
