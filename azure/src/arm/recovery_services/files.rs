//! Files of SQL Server databases: in a recovery point, and where an instance has those of its databases.

use holdfast_protection::points::Choice;
use holdfast_protection::restore::{DataDirectory, DataFile, DataFileKind};
use holdfast_protection::workload::in_machine::Host;
use holdfast_protection::{AzureError, ResourceId};
use jiff::Timestamp;
use serde::Deserialize;

use super::points::LOG_POINT;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
struct PointWire {
    name: String,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    #[serde(default, rename = "recoveryPointTimeInUTC", deserialize_with = "or_default")]
    time: String,
    #[serde(default, deserialize_with = "or_default")]
    extended_info: FilesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FilesWire {
    #[serde(deserialize_with = "or_default")]
    data_directory_paths: Vec<FileWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileWire {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default, deserialize_with = "or_default")]
    logical_name: String,
}

/// Files of the database in the recovery point that is meant; of a moment, those of the log's last backup.
pub(super) async fn of_point(
    arm: &ArmClient,
    item: &ResourceId,
    choice: &Choice,
) -> Result<Vec<DataFile>, AzureError> {
    if let Choice::Id(id) = choice {
        return of_one(arm, item, id).await;
    }
    let action = format!("list the recovery points of protected item `{}`", item.name());
    let url = arm.url_of(item, "/recoveryPoints", BACKUP);
    let named = |wire: PointWire| {
        let time: Option<Timestamp> = wire.properties.time.parse().ok();
        Ok::<_, std::convert::Infallible>(time.map(|time| (time, wire.name)))
    };
    let points = arm.list(&action, url, named).await?;
    let before = |time: &Timestamp| match choice {
        Choice::At(at) => time.as_second() <= at.as_second(),
        Choice::Latest | Choice::LatestClean | Choice::Id(_) => true,
    };
    let is_log = |name: &str| name.eq_ignore_ascii_case(LOG_POINT);
    let whole = points.into_iter().flatten().filter(|(time, name)| before(time) && !is_log(name));
    match whole.max() {
        Some((_, id)) => of_one(arm, item, &id).await,
        None => Ok(Vec::new()),
    }
}

async fn of_one(arm: &ArmClient, item: &ResourceId, id: &str) -> Result<Vec<DataFile>, AzureError> {
    let action = format!("read recovery point `{id}` of protected item `{}`", item.name());
    let Ok(path) = item.child("recoveryPoints", id) else { return Ok(Vec::new()) };
    let answer = or_absent(arm.get(&action, arm.url_of(&path, "", BACKUP)).await)?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    let shown: PointWire = read(&action, &answer)?;
    let files = shown.properties.extended_info.data_directory_paths.into_iter();
    Ok(files.filter_map(FileWire::file).collect())
}

impl FileWire {
    fn file(self) -> Option<DataFile> {
        Some(DataFile { kind: kind(&self.kind)?, logical_name: self.logical_name, path: self.path })
    }
}

fn kind(word: &str) -> Option<DataFileKind> {
    match word.to_ascii_lowercase().as_str() {
        "data" => Some(DataFileKind::Data),
        "log" => Some(DataFileKind::Log),
        _ => None,
    }
}

/// Where the instances of a machine have the files of their databases.
pub(super) async fn directories(arm: &ArmClient, host: &Host) -> Result<Vec<DataDirectory>, AzureError> {
    #[derive(Deserialize)]
    struct ItemWire {
        name: String,
        properties: InstanceWire,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct InstanceWire {
        #[serde(deserialize_with = "or_default")]
        parent_name: String,
        #[serde(deserialize_with = "or_default")]
        data_directory_paths: Vec<FileWire>,
    }
    let action = format!("read where `{}` has the files of its databases", host.machine.name());
    let mut url = arm.url_of(&host.container, "/items", BACKUP);
    let filter = "backupManagementType eq 'AzureWorkload' and workloadItemType eq 'SQLInstance'";
    url.query_pairs_mut().append_pair("$filter", filter);
    let listed = arm.list(&action, url, Ok::<ItemWire, std::convert::Infallible>).await?;
    let of_instance = |item: ItemWire| {
        let named = item.name.split_once(';').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let own = item.properties.parent_name;
        let holder = if own.is_empty() { named } else { own };
        let paths = item.properties.data_directory_paths.into_iter();
        let directories = paths.filter_map(move |file| Some((kind(&file.kind)?, file.path)));
        directories.map(move |(kind, path)| DataDirectory { holder: holder.clone(), kind, path })
    };
    Ok(listed.into_iter().flat_map(of_instance).collect())
}
