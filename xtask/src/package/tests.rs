//! What is published is the same, wherever and whenever it is put together from the same programs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::digest;

use super::*;

/// A repository as far as the layout reads it, in a folder of its own.
fn repository(folder: &Path, functions: &[&str]) -> (PathBuf, PathBuf) {
    let root = folder.join("repository");
    fs::create_dir_all(root.join("functions/src")).unwrap();
    fs::write(root.join("host.json"), "{}").unwrap();
    for name in functions {
        fs::create_dir_all(root.join("functions").join(name)).unwrap();
        fs::write(root.join("functions").join(name).join("function.json"), format!("{{\"{name}\":1}}"))
            .unwrap();
    }
    let handler = folder.join("built");
    fs::write(&handler, b"\x7fELF").unwrap();
    (root, handler)
}

fn published(functions: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (root, handler) = repository(folder.path(), functions);
    let app = folder.path().join("app");
    app::lay_out(&root, &handler, &app).unwrap();
    fs::create_dir(app.join("rules")).unwrap();
    fs::write(app.join("rules/select.wasm"), b"\0asm").unwrap();
    let archive = folder.path().join("app.zip");
    close(&app, &archive, &[HANDLER]).unwrap();
    fs::read(archive).unwrap()
}

#[test]
fn two_folders_give_the_same_bytes() {
    let first = published(&["Protect", "Sweep", "Decide"]);
    // Files come from the disk in the order in which they were made, with the time of now.
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert!(first == published(&["Decide", "Sweep", "Protect"]));
}

#[test]
fn the_app_has_its_layout_its_modes_and_its_checksums() {
    let bytes = published(&["Protect"]);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), (file.unix_mode().unwrap() & 0o777, content));
    }
    let modes: Vec<(&str, u32)> = files.iter().map(|(name, (mode, _))| (name.as_str(), *mode)).collect();
    assert_eq!(
        modes,
        [
            ("Protect/function.json", 0o644),
            ("SHA256SUMS", 0o644),
            ("holdfast-functions", 0o755),
            ("host.json", 0o644),
            ("rules/select.wasm", 0o644),
        ]
    );
    let sums = String::from_utf8(files.get("SHA256SUMS").unwrap().1.clone()).unwrap();
    for (name, (_, content)) in files.iter().filter(|(name, _)| *name != "SHA256SUMS") {
        assert!(sums.contains(&format!("{}  {name}\n", digest::of(content))), "{name}");
    }
}

/// A feature that is added to the handler is deployed, or left out on purpose.
#[test]
fn all_that_the_handler_can_do_is_deployed_but_for_the_switch_to_lambda() {
    let manifest = fs::read_to_string(crate::root().join("functions/Cargo.toml")).unwrap();
    let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let standard = manifest.get("features").and_then(|features| features.get("default"));
    let standard = standard.and_then(toml_edit::Item::as_array).unwrap();
    let wanted: Vec<&str> =
        standard.iter().filter_map(toml_edit::Value::as_str).filter(|name| *name != "lambda").collect();
    assert_eq!(Handler::WithCompiler.features(), wanted);
}
