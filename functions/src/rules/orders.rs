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
    let pin = ledger::read(body).with_context(|| format!("`{path}` is not an order"))?;
    Ok(Some(pin))
}

/// Writes an order down; it holds from the next pass of each instance.
pub(super) async fn give(ledger: &dyn Ledger, at: Timestamp, pin: &Pin) -> Result<()> {
    ledger.append(&entry(at, pin)).await?;
    Ok(())
}

fn entry(at: Timestamp, pin: &Pin) -> Entry {
    let time = at.strftime("%Y%m%dT%H%M%S%.6fZ");
    let path = format!("{ORDERS}{time}-back-to-{:012}.json", pin.to);
    Entry::of(path, &json!(pin))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Orders of this form are given by this version, and read by it and every later one.
    #[test]
    fn an_order_is_written_and_read_as_it_was() {
        let kept: Value =
            serde_json::from_str(include_str!("../../tests/golden/ledger/1/order.json")).unwrap();
        let at = "2026-01-14T09:26:53Z";
        let (by, why) = ("Ana (o-1)".to_owned(), "it protects too little".to_owned());
        let pin = Pin { to: 1, from: 2, by, why, at: at.to_owned() };
        let written = entry(at.parse().unwrap(), &pin);
        assert_eq!(serde_json::from_str::<Value>(&written.body).unwrap(), kept);
        let mut before = kept.clone();
        before.as_object_mut().unwrap().remove("format");
        let mut later = kept.clone();
        later["format"] = json!(2);
        later["until"] = json!(3);
        for document in [kept, before, later] {
            assert_eq!(ledger::read::<Pin>(document).unwrap(), pin);
        }
    }
}
