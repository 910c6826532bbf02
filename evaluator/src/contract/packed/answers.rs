//! Reading packed answers into opinions.

use holdfast_rule_set::{ExclusionKind, Protection, Redundancy, Retention, Schedule, Tier, VaultChoice};

use crate::opinion::{AskedFact, Opinion, Verdict};
use crate::record::{Evidence, Reason};

use super::super::answer::FailureAnswer;
use super::reader::Reader;

pub(crate) use super::reader::Malformed;

/// How much of an answer is kept. All of it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Verdict and reasons.
    Whole,
    /// The verdict alone; no opinion has reasons.
    Verdict,
}

/// An answer, and how much there is of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) said: Result<Opinion, FailureAnswer>,
    /// Number of reasons, kept or not.
    pub(crate) reasons: usize,
    /// Its length, packed.
    pub(crate) bytes: usize,
}

/// The answers in a buffer, read one by one.
pub(crate) struct Answers<'a> {
    reader: Reader<'a>,
    depth: Depth,
}

impl<'a> Answers<'a> {
    /// Reads the number of answers, which is that of the requests.
    pub(crate) fn open(bytes: &'a [u8], requests: usize, depth: Depth) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.length()? != requests {
            return Err(reader.malformed("there are not as many answers as requests"));
        }
        Ok(Self { reader, depth })
    }

    pub(crate) fn next(&mut self) -> Result<Heard, Malformed> {
        let start = self.reader.at();
        let mut reasons = 0;
        let said = match self.verdict()? {
            Err(failure) => Err(failure),
            Ok(verdict) => {
                let (count, kept) = self.reasons()?;
                reasons = count;
                Ok(Opinion { verdict, reasons: kept })
            }
        };
        Ok(Heard { said, reasons, bytes: self.reader.at() - start })
    }

    /// Sees that nothing is left.
    pub(crate) fn close(self) -> Result<(), Malformed> {
        self.reader.end()
    }

    fn verdict(&mut self) -> Result<Result<Verdict, FailureAnswer>, Malformed> {
        let reader = &mut self.reader;
        Ok(Ok(match reader.byte()? {
            0 => Verdict::Abstain,
            1 => Verdict::Protect(protection(reader)?),
            2 => {
                Verdict::Exclude { kind: exclusion_kind(reader)?, until: reader.option(Reader::owned_text)? }
            }
            3 => {
                Verdict::NeedFacts(reader.list(|reader| {
                    Ok(AskedFact { kind: reader.owned_text()?, scope: reader.owned_text()? })
                })?)
            }
            4 => return Ok(Err(FailureAnswer::BadInput(reader.owned_text()?))),
            5 => return Ok(Err(FailureAnswer::Unsupported(reader.owned_text()?))),
            6 => return Ok(Err(FailureAnswer::Internal(reader.owned_text()?))),
            _ => return Err(reader.malformed("an answer is of no known kind")),
        }))
    }

    fn reasons(&mut self) -> Result<(usize, Vec<Reason>), Malformed> {
        let reader = &mut self.reader;
        if self.depth == Depth::Whole {
            let reasons = reader.list(|reader| {
                Ok(Reason {
                    code: reader.owned_text()?,
                    message: reader.owned_text()?,
                    evidence: reader.list(|reader| {
                        Ok(Evidence { pointer: reader.owned_text()?, value: reader.owned_text()? })
                    })?,
                })
            })?;
            return Ok((reasons.len(), reasons));
        }
        let count = reader.count()?;
        for _ in 0..count {
            reader.text()?;
            reader.text()?;
            for _ in 0..reader.count()? {
                reader.text()?;
                reader.text()?;
            }
        }
        Ok((count, Vec::new()))
    }
}

fn protection(reader: &mut Reader<'_>) -> Result<Protection, Malformed> {
    let fields = reader.number()?;
    if fields >> 10 != 0 {
        return Err(reader.malformed("a protection has an unknown field"));
    }
    if fields == 0 {
        return Ok(Protection::default());
    }
    let stated = |bit: u32| fields & (1 << bit) != 0;
    Ok(Protection {
        vault: stated(0).then(|| vault(reader)).transpose()?,
        policy: stated(1).then(|| reader.owned_text()).transpose()?,
        retention: stated(2).then(|| retention(reader)).transpose()?,
        schedule: stated(3).then(|| schedule(reader)).transpose()?,
        tier: stated(4).then(|| tier(reader)).transpose()?,
        redundancy: stated(5).then(|| redundancy(reader)).transpose()?,
        snapshot_resource_group: stated(6).then(|| reader.owned_text()).transpose()?,
        disk_luns: stated(7).then(|| reader.list(Reader::number)).transpose()?,
        blob_containers: stated(8).then(|| reader.list(Reader::owned_text)).transpose()?,
        databases: stated(9).then(|| reader.list(Reader::owned_text)).transpose()?,
    })
}

fn vault(reader: &mut Reader<'_>) -> Result<VaultChoice, Malformed> {
    match reader.byte()? {
        0 => reader.owned_text().map(VaultChoice::Named),
        1 => {
            let tags = reader.list(|reader| Ok((reader.owned_text()?, reader.owned_text()?)))?;
            Ok(VaultChoice::Selector(tags.into_iter().collect()))
        }
        _ => Err(reader.malformed("a vault is chosen in no known way")),
    }
}

fn retention(reader: &mut Reader<'_>) -> Result<Retention, Malformed> {
    Ok(Retention { min_days: reader.option(Reader::number)?, max_days: reader.option(Reader::number)? })
}

fn schedule(reader: &mut Reader<'_>) -> Result<Schedule, Malformed> {
    Ok(Schedule { every: reader.owned_text()?, at: reader.option(Reader::owned_text)? })
}

fn tier(reader: &mut Reader<'_>) -> Result<Tier, Malformed> {
    match reader.byte()? {
        0 => Ok(Tier::Operational),
        1 => Ok(Tier::Vault),
        _ => Err(reader.malformed("a tier is unknown")),
    }
}

fn redundancy(reader: &mut Reader<'_>) -> Result<Redundancy, Malformed> {
    match reader.byte()? {
        0 => Ok(Redundancy::LocallyRedundant),
        1 => Ok(Redundancy::ZoneRedundant),
        2 => Ok(Redundancy::GeoRedundant),
        _ => Err(reader.malformed("a redundancy is unknown")),
    }
}

fn exclusion_kind(reader: &mut Reader<'_>) -> Result<ExclusionKind, Malformed> {
    match reader.byte()? {
        0 => Ok(ExclusionKind::NotSupported),
        1 => Ok(ExclusionKind::Ephemeral),
        2 => Ok(ExclusionKind::ProtectedElsewhere),
        3 => Ok(ExclusionKind::OptedOut),
        4 => Ok(ExclusionKind::Other),
        _ => Err(reader.malformed("an exclusion is of no known kind")),
    }
}
