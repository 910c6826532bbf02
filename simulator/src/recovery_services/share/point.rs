//! What a recovery point of a share tells of it (recorded), and which files are in it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::files;
use crate::clock::precise;
use crate::recovery_services::item::Item;
use crate::wire::path::name_of;
use crate::world::World;

/// What `item` was like when the point was taken at `time`.
pub(in crate::recovery_services) fn source(item: &Item, time: Timestamp) -> Value {
    let account = name_of(&item.source_resource);
    let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
    let uri = format!(
        "https://{account}.file.core.windows.net/{}?sharesnapshot={}",
        item.friendly_name,
        precise(whole)
    );
    json!({ "fileShareSnapshotUri": uri })
}

/// The files that a snapshot of `item` holds.
pub(in crate::recovery_services) fn contents(world: &World, item: &Item) -> Vec<String> {
    files::of(world, &item.source)
}
