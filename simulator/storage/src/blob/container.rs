//! Containers and the blobs in them.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use jiff::Timestamp;

use super::condition::Conditions;
use super::entity_tag::EntityTag;
use super::properties::Properties;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::reply::Metadata;

/// All containers of the account.
#[derive(Debug, Default)]
pub(crate) struct Containers(BTreeMap<ResourceName, Container>);

/// One container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) etag: EntityTag,
    pub(crate) modified: Timestamp,
    pub(crate) metadata: Metadata,
    pub(crate) blobs: BTreeMap<String, Blob>,
    /// Blocks that were put and not yet committed: by blob, then by block id.
    staged: HashMap<String, HashMap<String, Bytes>>,
}

/// One block blob.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) content: Bytes,
    pub(crate) properties: Properties,
    pub(crate) etag: EntityTag,
    /// Of the wall clock, as `modified` is (see `clock`).
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// The blocks of the content in order, if it was committed as blocks.
    blocks: Vec<(String, Bytes)>,
}

/// Where a committed block comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockSource {
    Committed,
    Uncommitted,
    /// Uncommitted if there, else committed.
    Latest,
}

impl Containers {
    pub(crate) fn create(
        &mut self,
        name: ResourceName,
        metadata: Metadata,
    ) -> Result<&Container, StorageError> {
        if self.0.contains_key(&name) {
            return Err(Code::ContainerAlreadyExists.because(name.to_string()));
        }
        Ok(self.0.entry(name).or_insert(Container::new(metadata)))
    }

    pub(crate) fn delete(&mut self, name: &ResourceName) -> Result<(), StorageError> {
        self.0.remove(name).map(|_| ()).ok_or_else(|| not_found(name))
    }

    pub(crate) fn get(&mut self, name: &ResourceName) -> Result<&mut Container, StorageError> {
        self.0.get_mut(name).ok_or_else(|| not_found(name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ResourceName, &Container)> {
        self.0.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Container {
    fn new(metadata: Metadata) -> Self {
        Self {
            etag: EntityTag::fresh(),
            modified: Timestamp::now(),
            metadata,
            blobs: BTreeMap::new(),
            staged: HashMap::new(),
        }
    }

    pub(crate) fn blob(&mut self, name: &str) -> Result<&mut Blob, StorageError> {
        self.blobs.get_mut(name).ok_or_else(|| Code::BlobNotFound.because(name))
    }

    /// Puts a whole blob; blocks that waited for a commit are dropped, as Azure drops them.
    pub(crate) fn put(
        &mut self,
        name: &str,
        mut blob: Blob,
        conditions: &Conditions,
    ) -> Result<&Blob, StorageError> {
        let present = self.blobs.get(name);
        conditions.check_write(present)?;
        if let Some(present) = present {
            blob.created = present.created;
        }
        self.staged.remove(name);
        Ok(self.blobs.entry(name.to_owned()).insert_entry(blob).into_mut())
    }

    /// Keeps a block for a later commit; it replaces one of the same id.
    pub(crate) fn stage(&mut self, name: &str, block_id: String, content: Bytes) {
        self.staged.entry(name.to_owned()).or_default().insert(block_id, content);
    }

    /// Makes a blob of the named blocks.
    pub(crate) fn commit(
        &mut self,
        name: &str,
        list: Vec<(BlockSource, String)>,
        properties: Properties,
        conditions: &Conditions,
    ) -> Result<&Blob, StorageError> {
        let mut blocks = Vec::with_capacity(list.len());
        for (source, id) in list {
            let content = self
                .block(name, source, &id)
                .ok_or_else(|| Code::InvalidBlockList.because(format!("block {id} of {name}")))?;
            blocks.push((id, content));
        }
        let contents: Vec<&[u8]> = blocks.iter().map(|(_, content)| content.as_ref()).collect();
        let mut blob = Blob::new(contents.concat().into(), properties);
        blob.blocks = blocks;
        self.put(name, blob, conditions)
    }

    pub(crate) fn delete(&mut self, name: &str, conditions: &Conditions) -> Result<(), StorageError> {
        let blob = self.blob(name)?;
        conditions.check_write(Some(blob))?;
        self.blobs.remove(name);
        Ok(())
    }

    fn block(&self, name: &str, source: BlockSource, id: &str) -> Option<Bytes> {
        let uncommitted = || self.staged.get(name)?.get(id).cloned();
        let committed = || {
            let blocks = &self.blobs.get(name)?.blocks;
            blocks.iter().find_map(|(known, content)| (known == id).then(|| content.clone()))
        };
        match source {
            BlockSource::Committed => committed(),
            BlockSource::Uncommitted => uncommitted(),
            BlockSource::Latest => uncommitted().or_else(committed),
        }
    }
}

impl Blob {
    pub(crate) fn new(content: Bytes, properties: Properties) -> Self {
        let now = Timestamp::now();
        Self {
            content,
            properties,
            etag: EntityTag::fresh(),
            created: now,
            modified: now,
            blocks: Vec::new(),
        }
    }

    /// Marks the blob as changed.
    pub(crate) fn touch(&mut self) {
        self.etag = EntityTag::fresh();
        self.modified = Timestamp::now();
    }
}

fn not_found(name: &ResourceName) -> StorageError {
    Code::ContainerNotFound.because(name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(container: &mut Container, list: &[(BlockSource, &str)]) -> Result<Bytes, StorageError> {
        let list = list.iter().map(|(source, id)| (*source, (*id).to_owned())).collect();
        let blob = container.commit("b", list, Properties::default(), &Conditions::default())?;
        Ok(blob.content.clone())
    }

    #[test]
    fn commits_blocks_in_the_order_of_the_list() {
        let mut container = Container::new(Metadata::new());
        container.stage("b", "1".into(), "one".into());
        container.stage("b", "2".into(), "two".into());
        let content = commit(&mut container, &[(BlockSource::Latest, "2"), (BlockSource::Uncommitted, "1")]);
        assert_eq!(content.unwrap(), "twoone");
        container.stage("b", "1".into(), "ONE".into());
        let kept = commit(&mut container, &[(BlockSource::Committed, "1"), (BlockSource::Latest, "1")]);
        assert_eq!(kept.unwrap(), "oneONE");
        let gone = commit(&mut container, &[(BlockSource::Uncommitted, "1")]);
        assert!(format!("{:?}", gone.unwrap_err()).contains("InvalidBlockList"));
    }
}
