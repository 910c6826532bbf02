//! What a person wishes of the restore of a file share.

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// A file share, or files of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ShareWish)]
pub struct DesiredShare {
    /// Another share, by its ARM id; the share that was backed up without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ResourceId>,
    /// Only these files and folders; the whole share if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ShareItem>,
    /// The folder of the target that it is put in; the same place as in the backup without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What happens where a file of the same name is there already.
    #[serde(default)]
    pub conflicts: ShareConflicts,
}

/// A file or folder of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShareItem {
    /// Where it lies in the share, without a slash at the front.
    pub path: String,
    /// Which of them it is.
    #[serde(default)]
    pub kind: ShareItemKind,
}

/// `fileSpecType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ShareItemKind {
    /// A file.
    #[default]
    File,
    /// A folder with all that is in it.
    Directory,
}

/// `copyOptions`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ShareConflicts {
    /// What is there stays.
    #[default]
    Skip,
    /// What is there is overwritten.
    Overwrite,
    /// What is there stays, and the restored file gets another name.
    CreateCopy,
    /// The restore fails.
    FailOnConflict,
}
