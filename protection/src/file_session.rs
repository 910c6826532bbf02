//! Files out of a recovery point of a machine: a session that a script mounts, until it is ended or its time is over.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// A session: whose recovery point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileSession {
    /// The backup instance.
    pub instance: ResourceId,
    /// The machine that was backed up.
    pub machine: ResourceId,
    /// Id of the recovery point.
    pub point: String,
}

/// A script that mounts the files, for one system. It is handed to the caller who asked for it, and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionScript {
    /// `Linux` or `Windows`.
    pub system: String,
    /// What the file is to be called.
    pub file_name: String,
    /// The script itself, as base64; none where it has to be downloaded.
    pub content: Option<String>,
    /// Where it is downloaded; none where it is here.
    pub url: Option<String>,
    /// What the script asks for.
    pub password: String,
}

impl fmt::Debug for SessionScript {
    /// Logs must not hold what opens the session.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionScript").field("system", &self.system).finish_non_exhaustive()
    }
}

#[test]
fn a_script_shows_nothing_of_its_secrets() {
    let script = SessionScript {
        system: "Linux".to_owned(),
        file_name: "erp_we_secret.py".to_owned(),
        content: Some("c2VjcmV0".to_owned()),
        url: None,
        password: "secret".to_owned(),
    };
    let shown = format!("{script:?}");
    assert!(shown.contains("Linux") && !shown.contains("secret") && !shown.contains("c2VjcmV0"), "{shown}");
}
