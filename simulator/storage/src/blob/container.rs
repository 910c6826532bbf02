//! Containers and the blobs in them.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};

use bytes::Bytes;
use jiff::Timestamp;

use super::condition::Conditions;
use super::entity_tag::EntityTag;
use super::properties::Properties;
use crate::clock::time_of_day;
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
    /// By the time of day, as `modified` is.
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Where the blocks are in the content, if it was committed as blocks.
    blocks: HashMap<String, Range<usize>>,
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

    /// The container called `name`, which may be no name that a container can have.
    pub(crate) fn named(&self, name: &str) -> Option<&Container> {
        self.0.get(name)
    }

    /// The containers whose names are `first` or come after it, in order.
    pub(crate) fn beginning_with<'a>(
        &'a self,
        first: &'a str,
    ) -> impl Iterator<Item = (&'a ResourceName, &'a Container)> {
        self.0.range::<str, _>((Bound::Included(first), Bound::Unbounded))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &ResourceName> {
        self.0.keys()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Container {
    fn new(metadata: Metadata) -> Self {
        Self {
            etag: EntityTag::fresh(),
            modified: time_of_day(),
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
        self.staged.entry(name.to_owned()).or_default().insert(block_id, held(&content));
    }

    /// Makes a blob of the named blocks.
    pub(crate) fn commit(
        &mut self,
        name: &str,
        list: Vec<(BlockSource, String)>,
        properties: Properties,
        conditions: &Conditions,
    ) -> Result<&Blob, StorageError> {
        let (mut content, mut blocks) = (Vec::new(), HashMap::new());
        for (source, id) in list {
            let block = self
                .block(name, source, &id)
                .ok_or_else(|| Code::InvalidBlockList.because(format!("block {id} of {name}")))?;
            let begins = content.len();
            content.extend_from_slice(&block);
            // Of blocks with one id the first counts.
            blocks.entry(id).or_insert(begins..content.len());
        }
        content.shrink_to_fit();
        let blob = Blob { blocks, ..Blob::holding(content.into(), properties) };
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
            let blob = self.blobs.get(name)?;
            Some(blob.content.slice(blob.blocks.get(id)?.clone()))
        };
        match source {
            BlockSource::Committed => committed(),
            BlockSource::Uncommitted => uncommitted(),
            BlockSource::Latest => uncommitted().or_else(committed),
        }
    }
}

impl Blob {
    pub(crate) fn new(content: &Bytes, properties: Properties) -> Self {
        Self::holding(held(content), properties)
    }

    fn holding(content: Bytes, properties: Properties) -> Self {
        let now = time_of_day();
        Self {
            content,
            properties,
            etag: EntityTag::fresh(),
            created: now,
            modified: now,
            blocks: HashMap::new(),
        }
    }

    /// Marks the blob as changed.
    pub(crate) fn touch(&mut self) {
        self.etag = EntityTag::fresh();
        self.modified = time_of_day();
    }
}

/// A body in memory of its own: as it arrived, it would keep the whole buffer of its connection for as long as it is stored.
fn held(body: &Bytes) -> Bytes {
    Bytes::copy_from_slice(body)
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

    #[test]
    fn what_is_stored_lets_go_of_the_buffer_that_it_arrived_in() {
        let mut container = Container::new(Metadata::new());
        let buffer = Bytes::from(vec![b'x'; 8192]);
        let blob = Blob::new(&buffer.slice(100..103), Properties::default());
        container.put("b", blob, &Conditions::default()).unwrap();
        container.stage("c", "1".into(), buffer.slice(200..203));
        assert_eq!(container.blob("b").unwrap().content, "xxx");
        assert!(buffer.is_unique());
    }
}
