//! Exported files on storage: written over, and their cursor moved by one at a time.

use holdfast_azure::{ExportBlobs, StorageOptions};
use holdfast_export::Files as _;

use crate::azurite::Azurite;
use crate::storage::simulated;

#[tokio::test]
async fn azurite_keeps_exported_files() {
    let Some(azurite) = Azurite::start().await else { return };
    a_cursor_is_moved_by_who_saw_it_last(&azurite.options).await;
}

#[tokio::test]
async fn the_simulator_keeps_exported_files() {
    let (_storage, options) = simulated().await;
    a_cursor_is_moved_by_who_saw_it_last(&options).await;
}

#[tokio::test]
async fn a_file_that_may_not_be_written_over_is_not_taken_for_written() {
    let (storage, options) = simulated().await;
    assert!(storage.let_only_add("exported"));
    storage.put_blob("exported", "decisions/a-000000.csv", "half", "text/csv");
    let blobs = ExportBlobs::new(&options, "exported").unwrap();
    let refused = blobs.write("decisions/a-000000.csv", b"whole".to_vec()).await.unwrap_err();
    assert!(refused.to_string().contains("UnauthorizedBlobOverwrite"), "{refused}");
    assert!(blobs.replace("decisions/a-000000.csv", Some(b"half"), b"whole".to_vec()).await.is_err());
}

async fn a_cursor_is_moved_by_who_saw_it_last(options: &StorageOptions) {
    let blobs = ExportBlobs::new(options, "exported").unwrap();
    assert_eq!(blobs.read("cursor.json").await.unwrap(), None);
    blobs.write("decisions/a-000000.csv", b"half".to_vec()).await.unwrap();
    blobs.write("decisions/a-000000.csv", b"whole".to_vec()).await.unwrap();
    assert_eq!(blobs.read("decisions/a-000000.csv").await.unwrap(), Some(b"whole".to_vec()));
    let replace = |before: Option<&'static [u8]>, bytes: &'static [u8]| {
        let blobs = &blobs;
        async move { blobs.replace("cursor.json", before, bytes.to_vec()).await.unwrap() }
    };
    assert!(!replace(Some(b"1"), b"2").await, "there is none yet");
    assert!(replace(None, b"1").await);
    assert!(!replace(None, b"1").await, "somebody was quicker");
    assert!(replace(Some(b"1"), b"2").await);
    assert!(!replace(Some(b"1"), b"3").await, "it was moved since");
    assert_eq!(blobs.read("cursor.json").await.unwrap(), Some(b"2".to_vec()));
}
