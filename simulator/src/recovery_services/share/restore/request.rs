//! The body of a restore of a share (official; az: at most 99 items). What is wrong with it, Azure does not say (field).

use serde_json::Value;

use crate::recovery_services::item::Item;
use crate::recovery_services::refusal::invalid_input;
use crate::wire::path::{key, name_of};
use crate::wire::{ArmError, json as body_json};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    Overwrite,
    Skip,
    CreateCopy,
    Fail,
}

/// A file or a folder that is restored, and the folder that it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) path: String,
    pub(super) is_folder: bool,
    pub(super) into: Option<String>,
}

/// A restore.
#[derive(Debug, Clone)]
pub(in crate::recovery_services::share) struct Request {
    pub(in crate::recovery_services::share) elsewhere: bool,
    /// The id of the account that it goes to.
    pub(in crate::recovery_services::share) account: String,
    /// The name of the share that it goes to.
    pub(in crate::recovery_services::share) share: String,
    pub(super) conflict: Conflict,
    /// Nothing stands for everything.
    pub(super) wanted: Vec<Wanted>,
}

const MOST_ITEMS: usize = 99;

impl Request {
    pub(super) fn read(properties: &Value, item: &Item) -> Result<Self, ArmError> {
        Self::parsed(properties, item).ok_or_else(invalid_input)
    }

    fn parsed(properties: &Value, item: &Item) -> Option<Self> {
        let text = |path: &[&str]| body_json::text(properties, path).filter(|text| !text.is_empty());
        if text(&["objectType"])? != "AzureFileShareRestoreRequest" {
            return None;
        }
        let conflict = match text(&["copyOptions"])? {
            "Overwrite" => Conflict::Overwrite,
            "Skip" => Conflict::Skip,
            "CreateCopy" => Conflict::CreateCopy,
            "FailOnConflict" => Conflict::Fail,
            _ => return None,
        };
        let elsewhere = match text(&["recoveryType"])? {
            "OriginalLocation" => false,
            "AlternateLocation" => true,
            _ => return None,
        };
        let (account, share) = match elsewhere {
            true => (text(&["targetDetails", "targetResourceId"])?, text(&["targetDetails", "name"])?),
            false => (item.source_resource.as_str(), item.friendly_name.as_str()),
        };
        let own = text(&["sourceResourceId"]).is_some_and(|source| key(source) == key(&item.source_resource));
        let wanted = wanted(properties, text(&["restoreRequestType"])?)?;
        own.then(|| Self {
            elsewhere,
            account: account.to_owned(),
            share: share.to_owned(),
            conflict,
            wanted,
        })
    }

    /// Whether it is all of the share.
    pub(super) fn is_whole(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The folder of the target that the first item goes to.
    pub(in crate::recovery_services::share) fn folder(&self) -> &str {
        self.wanted.first().and_then(|wanted| wanted.into.as_deref()).unwrap_or_default()
    }
}

fn wanted(properties: &Value, kind: &str) -> Option<Vec<Wanted>> {
    let specs = body_json::list(properties, &["restoreFileSpecs"]);
    match kind {
        "FullShareRestore" => specs.is_empty().then(Vec::new),
        "ItemLevelRestore" if (1..=MOST_ITEMS).contains(&specs.len()) => specs.iter().map(one).collect(),
        _ => None,
    }
}

fn one(spec: &Value) -> Option<Wanted> {
    let is_folder = match body_json::text(spec, &["fileSpecType"])? {
        "File" => false,
        "Directory" => true,
        _ => return None,
    };
    let path = body_json::text(spec, &["path"])?.trim_matches('/').to_owned();
    let into = body_json::text(spec, &["targetFolderPath"]).filter(|folder| !folder.is_empty());
    (!path.is_empty()).then(|| Wanted { path, is_folder, into: into.map(str::to_owned) })
}

impl Wanted {
    /// Where `file` of the point goes in the target, if it is wanted.
    pub(super) fn target(&self, file: &str) -> Option<String> {
        let inside = match self.is_folder {
            true => file.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.starts_with('/')),
            false => file == self.path,
        };
        let into = self.into.as_deref().map(|folder| folder.trim_matches('/'));
        inside.then(|| match into {
            // A folder is restored under its own name.
            Some(folder) => {
                let above = self.path.len() - name_of(&self.path).len();
                format!("{folder}/{}", file.get(above..).unwrap_or(file))
            }
            None => file.to_owned(),
        })
    }
}

#[test]
fn a_wanted_item_goes_to_its_place_or_to_a_folder() {
    let wanted = |path: &str, is_folder, into: Option<&str>| Wanted {
        path: path.to_owned(),
        is_folder,
        into: into.map(str::to_owned),
    };
    assert_eq!(wanted("a/b.txt", false, None).target("a/b.txt").as_deref(), Some("a/b.txt"));
    assert_eq!(wanted("a/b.txt", false, Some("new")).target("a/b.txt").as_deref(), Some("new/b.txt"));
    assert_eq!(wanted("a/b", true, Some("new")).target("a/b/c.txt").as_deref(), Some("new/b/c.txt"));
    assert_eq!(wanted("a/b", true, None).target("a/bc.txt"), None);
}
