//! One entry: a record of what the code was made of, its signature, and the code, in one file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use holdfast_rule_set::{Digest, hex, unhex};
use serde::{Deserialize, Serialize};

use crate::key::{CompiledKey, CompiledSigner, Signing};

/// Version of this form.
const FORMAT: u32 = 1;
/// Bytes that a record or a signature may have as text.
const LINE: u64 = 4096;

/// What an entry says of its code: the first line, in JSON. The second is its signature in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Record {
    format: u32,
    wasmtime: String,
    /// Digest of what the code depends on of its engine.
    engine: Digest,
    /// Digest of what was compiled.
    component: Digest,
    /// Digest of the code, once there is any.
    code: Option<Digest>,
    /// Size of the code.
    bytes: u64,
}

impl Record {
    /// The record of this component's code for this engine, without the code.
    pub(super) fn wanted(component: Digest, engine: Digest, wasmtime: &str) -> Self {
        Self { format: FORMAT, wasmtime: wasmtime.to_owned(), engine, component, code: None, bytes: 0 }
    }

    /// What the entry's file is called: nobody can know it who does not have what is compiled.
    pub(super) fn name(&self) -> String {
        let Self { format, wasmtime, engine, component, .. } = self;
        Digest::of(format!("{format} {wasmtime} {engine} {component}").as_bytes()).digits()
    }

    fn of(self, code: &[u8]) -> Self {
        Self { code: Some(Digest::of(code)), bytes: code.len() as u64, ..self }
    }

    fn is_for(&self, wanted: &Self) -> bool {
        Self { code: None, bytes: 0, ..self.clone() } == *wanted
    }
}

/// The two lines before the code.
pub(super) fn head(wanted: Record, code: &[u8], signer: &CompiledSigner) -> io::Result<Vec<u8>> {
    let mut head = serde_json::to_vec(&wanted.of(code))?;
    let signature = hex(&signer.sign(Signing::CacheEntry, &head));
    head.extend_from_slice(format!("\n{signature}\n").as_bytes());
    Ok(head)
}

/// The code in a file, if the key vouches for it and it was made of what is wanted.
pub(super) fn read(file: &File, wanted: &Record, key: &CompiledKey) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(file);
    let text = line(&mut reader)?;
    let signature = unhex(std::str::from_utf8(&line(&mut reader)?).ok()?)?;
    if !key.verifies(Signing::CacheEntry, &text, &signature) {
        return None;
    }
    // A record of this key for something else would be authentic, too.
    let record: Record = serde_json::from_slice(&text).ok()?;
    if !record.is_for(wanted) {
        return None;
    }
    let mut code = Vec::with_capacity(usize::try_from(record.bytes).ok()?);
    reader.take(record.bytes.saturating_add(1)).read_to_end(&mut code).ok()?;
    (code.len() as u64 == record.bytes && record.code == Some(Digest::of(&code))).then_some(code)
}

fn line(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    reader.by_ref().take(LINE).read_until(b'\n', &mut line).ok()?;
    (line.pop() == Some(b'\n')).then_some(line)
}
