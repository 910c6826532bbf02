//! Reading packed answers into opinions.

use holdfast_rule_set::ExclusionKind;

use crate::model::Labels;
use crate::opinion::{AskedFact, Opinion, Verdict};
use crate::record::{Evidence, Reason};

use super::super::answer::FailureAnswer;
use super::super::version::ContractVersion;
use super::protection::{protection, tags};
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
    version: ContractVersion,
}

impl<'a> Answers<'a> {
    /// Reads the number of answers, which is that of the requests.
    pub(crate) fn open(
        bytes: &'a [u8],
        requests: usize,
        depth: Depth,
        version: ContractVersion,
    ) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.length()? != requests {
            return Err(reader.malformed("there are not as many answers as requests"));
        }
        Ok(Self { reader, depth, version })
    }

    pub(crate) fn next(&mut self) -> Result<Heard, Malformed> {
        let start = self.reader.at();
        let mut reasons = 0;
        let said = match self.verdict()? {
            Err(failure) => Err(failure),
            Ok(verdict) => {
                let labels = if self.version.is_first() { Labels::new() } else { tags(&mut self.reader)? };
                let (count, kept) = self.reasons()?;
                reasons = count;
                Ok(Opinion { verdict, labels, reasons: kept })
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
            1 => Verdict::Protect(Box::new(protection(reader, self.version)?)),
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
            reader.skip_text()?;
            reader.skip_text()?;
            for _ in 0..reader.count()? {
                reader.skip_text()?;
                reader.skip_text()?;
            }
        }
        Ok((count, Vec::new()))
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
