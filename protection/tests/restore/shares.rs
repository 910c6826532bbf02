//! File shares: the whole share or files of it, where they were or in another share.

use holdfast_protection::job::JobDetails;
use holdfast_protection::restore::{RestoreInto, ShareConflicts};
use serde_json::{Value, json};

use crate::ground::{id, plan, share};

const SHARES: &str = "rg-app/providers/Microsoft.Storage/storageAccounts/files/fileServices/default/shares";

fn desired(more: Value) -> Value {
    let mut to = json!({ "kind": "share" });
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "to": to })
}

#[test]
fn a_share_comes_back_where_it_was_and_what_is_there_stays() {
    let plan = plan(&share("home"), desired(json!({}))).unwrap();
    let RestoreInto::Share(files) = &plan.order.request.into else { panic!("{plan:?}") };
    assert!(files.original && files.items.is_empty());
    assert_eq!(files.conflicts, ShareConflicts::Skip);
    assert_eq!(files.account, id("rg-app/providers/Microsoft.Storage/storageAccounts/files"));
    assert!(plan.order.changes().is_empty() && plan.grants.is_empty());
}

#[test]
fn overwriting_says_what_is_overwritten() {
    let whole = plan(&share("home"), desired(json!({ "conflicts": "overwrite" }))).unwrap();
    assert!(whole.order.changes()[0].what.contains("overwrite those of the same name"));
    let items = json!({ "conflicts": "overwrite", "items": [{ "path": "a/b.txt" }, { "path": "c", "kind": "directory" }] });
    let items = plan(&share("home"), desired(items)).unwrap();
    assert_eq!(items.order.changes()[0].what, "existing data under a/b.txt, c is overwritten");
}

#[test]
fn files_come_to_a_folder_of_another_share() {
    let other = id(&format!("{SHARES}/restored"));
    let asked =
        json!({ "share": other, "folder": "back/2026", "items": [{ "path": "docs", "kind": "directory" }] });
    let plan = plan(&share("restored"), desired(asked)).unwrap();
    let RestoreInto::Share(files) = &plan.order.request.into else { panic!("{plan:?}") };
    assert!(!files.original);
    assert_eq!((&files.share, files.folder.as_deref()), (&other, Some("back/2026")));
}

/// Recorded: the job names account, share and folder, and no id.
#[test]
fn the_job_of_a_restore_is_known_by_the_share_that_it_names() {
    let other = id(&format!("{SHARES}/restored"));
    let whole = plan(&share("restored"), desired(json!({ "share": other }))).unwrap().order;
    let in_folder =
        plan(&share("restored"), desired(json!({ "share": other, "folder": "back" }))).unwrap().order;
    let to =
        |destination: &str| JobDetails { destination: Some(destination.to_owned()), ..JobDetails::default() };
    assert!(whole.is_done_by(&to("files/restored/")) && in_folder.is_done_by(&to("files/restored/back")));
    assert!(!whole.is_done_by(&to("files/home/")) && !in_folder.is_done_by(&to("files/restored/")));
}

#[test]
fn paths_that_a_share_cannot_have_and_too_many_are_refused() {
    for path in ["/a", "a//b", "a/../b", "a:b", "", "a/"] {
        let refused = plan(&share("home"), desired(json!({ "items": [{ "path": path }] }))).unwrap_err();
        assert_eq!(refused.code, "NameNotUsable", "{path}");
    }
    let many: Vec<Value> = (0..100).map(|n| json!({ "path": format!("f{n}") })).collect();
    assert_eq!(plan(&share("home"), desired(json!({ "items": many }))).unwrap_err().code, "TooManyItems");
}

#[test]
fn a_share_that_is_gone_is_made_first() {
    let mut ground = share("home");
    ground.place.seen = None;
    let refused = plan(&ground, desired(json!({}))).unwrap_err();
    assert!(refused.message.starts_with("file share `home` does not exist"), "{refused}");
}
