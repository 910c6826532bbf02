//! Asking a rule through each of its doors, and what is accepted as an answer.

use wasmtime::component::ComponentExportIndex;
use wasmtime::{Engine, Store};

use super::{Answered, Compiled, Instances};
use crate::contract::{
    Answers, ContractVersion, Depth, FailureAnswer, Malformed, PackedRequests, RequestParts,
};
use crate::opinion::Opinion;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::guard::Guard;
use crate::sandbox::opened::Opened;
use crate::sandbox::resettable::{Requests, ResettableCore};

/// Labels that a rule may give a target.
const LABELS: usize = 32;

impl Compiled {
    pub(super) fn ask(
        &self,
        store: &mut Store<Guard>,
        opened: &Opened,
        parts: &RequestParts<'_>,
    ) -> Answered<Opinion> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let stopped = |error: wasmtime::Error| RuleFailure::of_call(&error, &self.limits);
        let answer: Result<Opinion, FailureAnswer> = match self.version {
            ContractVersion::V1_0 => {
                let evaluate = opened.evaluate.of(store, opened.instance, self.judge).map_err(contract)?;
                let (answer,) = evaluate.call(&mut *store, (parts.view(),)).map_err(stopped)?;
                answer.map(Opinion::from)
            }
            ContractVersion::V1_1 => {
                let evaluate =
                    opened.evaluate_1_1.of(store, opened.instance, self.judge).map_err(contract)?;
                let (answer,) = evaluate.call(&mut *store, (parts.view_1_1(),)).map_err(stopped)?;
                answer.map(Opinion::from)
            }
        };
        Ok(answer.map_err(gave_up).and_then(|opinion| self.accept(opinion)))
    }

    pub(super) fn ask_core(
        &self,
        engine: &Engine,
        core: &ResettableCore,
        parts: &RequestParts<'_>,
    ) -> (Result<Opinion, RuleFailure>, u64) {
        let limits = &self.limits;
        self.within_input(parts.bytes(), || {
            let requests = parts.packed(self.version);
            let requests = Requests {
                length: requests.len(),
                write: |room: &mut [u8]| {
                    room.copy_from_slice(requests);
                    Some(())
                },
            };
            core.ask(engine, (limits, self.ticks), requests, limits.output_bytes, |bytes| self.opinion(bytes))
        })
    }

    pub(super) fn ask_packed(
        &self,
        store: &mut Store<Guard>,
        opened: &Opened,
        packed: ComponentExportIndex,
        parts: &RequestParts<'_>,
    ) -> Answered<Opinion> {
        Ok(self.opinion(&self.call_packed(store, opened, packed, parts.packed(self.version))?))
    }

    /// The only answer in these bytes.
    fn opinion(&self, bytes: &[u8]) -> Result<Opinion, RuleFailure> {
        let answers = Answers::open(bytes, 1, Depth::Whole, self.version);
        let mut answers = answers.map_err(|error| self.unreadable(&error))?;
        let heard = answers.next().map_err(|error| self.unreadable(&error))?;
        answers.close().map_err(|error| self.unreadable(&error))?;
        self.accept(heard.said.map_err(gave_up)?)
    }

    fn call_packed(
        &self,
        store: &mut Store<Guard>,
        opened: &Opened,
        packed: ComponentExportIndex,
        requests: &[u8],
    ) -> Result<Vec<u8>, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let evaluate = opened.evaluate_packed.of(store, opened.instance, packed).map_err(contract)?;
        let called = evaluate.call(&mut *store, (requests,));
        called.map(|(bytes,)| bytes).map_err(|error| RuleFailure::of_call(&error, &self.limits))
    }

    /// Has what the packed door gives back for these requests read, if there is one and nothing fails.
    /// The call has the fuel and memory of one evaluation, and room for the answers of all.
    pub(in crate::sandbox) fn ask_many<T>(
        &self,
        engine: &Engine,
        requests: &[&RequestParts<'_>],
        read: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Option<T> {
        let packed = self.packed?;
        let limits = &self.limits;
        let output_bytes = limits.output_bytes.saturating_mul(requests.len());
        let requests = PackedRequests::of(requests, self.version);
        let read = |bytes: &[u8]| read(bytes).map_err(|error| self.unreadable(&error));
        let (read, _) = match &self.core {
            Some(core) => self.within_input(0, || {
                let requests =
                    Requests { length: requests.length(), write: |room: &mut [u8]| requests.write(room) };
                core.ask(engine, (limits, self.ticks), requests, output_bytes, read)
            }),
            None => self.guarded(engine, 0, Instances::PutBack, |store, opened| {
                store.set_hostcall_fuel(output_bytes);
                Ok(read(&self.call_packed(store, opened, packed, &requests.to_vec())?))
            }),
        };
        read.ok()
    }

    fn unreadable(&self, malformed: &Malformed) -> RuleFailure {
        RuleFailure::Output { limit: self.limits.output_bytes, detail: malformed.to_string() }
    }

    fn accept(&self, opinion: Opinion) -> Result<Opinion, RuleFailure> {
        let found = opinion.reasons.len();
        if found > self.limits.reasons {
            let limit = self.limits.reasons;
            return Err(RuleFailure::Reasons { limit, found });
        }
        let found = opinion.labels.len();
        if found > LABELS {
            return Err(RuleFailure::Labels { limit: LABELS, found });
        }
        Ok(opinion)
    }
}

pub(in crate::sandbox) fn gave_up(answer: FailureAnswer) -> RuleFailure {
    let (kind, message) = match answer {
        FailureAnswer::BadInput(message) => ("bad-input", message),
        FailureAnswer::Unsupported(message) => ("unsupported", message),
        FailureAnswer::Internal(message) => ("internal", message),
    };
    RuleFailure::GaveUp { kind, message }
}
