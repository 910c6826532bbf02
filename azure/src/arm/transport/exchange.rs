//! One call: tried again while waiting stays short, held back where Azure would refuse it, and read within bounds.

use std::time::Duration;

use azure_core::http::{Context, PipelineStreamOptions, Request};
use futures::StreamExt;
use jiff::Timestamp;
use tracing::{Instrument as _, field};

use super::outcome::{Answer, Failure, UNSTATED_THROTTLE};
use super::{ArmClient, LARGEST_ANSWER};
use crate::arm::retry::{LONGEST_WAIT, PAUSES, pause_before_retry, retry_after};
use crate::arm::throttle::Call;
use crate::arm::{calls, refusal};

impl ArmClient {
    /// Tries a call up to three times, as long as the waiting stays short.
    pub(super) async fn tried(&self, call: &Call, request: &Request) -> Result<Answer, Failure> {
        let mut waited = Duration::ZERO;
        for pause in PAUSES {
            let result = self.exchange(call, request.clone()).await;
            let Some(wait) = pause_before_retry(request.method(), &result, pause) else { return result };
            waited = waited.saturating_add(wait);
            if waited > LONGEST_WAIT {
                return result;
            }
            self.clock.sleep(wait).await;
        }
        self.exchange(call, request.clone()).await
    }

    /// Makes a call as soon as the governor lets it.
    async fn exchange(&self, call: &Call, request: Request) -> Result<Answer, Failure> {
        let sent = match self.governor.send(call.clone()) {
            Err(wait) if wait <= LONGEST_WAIT => {
                self.clock.sleep(wait).await;
                self.governor.send(call.clone())
            }
            sent => sent,
        };
        let sent = sent.map_err(Failure::HeldBack)?;
        let method = request.method().as_str();
        let span = tracing::debug_span!("azure", method, path = request.url().path(), status = field::Empty);
        let answer = self.answer(request).instrument(span.clone()).await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        calls::count(method, status);
        span.record("status", status);
        let answer = answer?;
        sent.saw_headers(&answer.headers);
        self.azures_time.saw_headers(&answer.headers, Timestamp::now());
        if answer.status == 429 {
            let code = refusal::of_answer(answer.status, &answer.body).code;
            sent.refused(&code, retry_after(&answer.headers).unwrap_or(UNSTATED_THROTTLE));
        }
        Ok(answer)
    }

    async fn answer(&self, mut request: Request) -> Result<Answer, Failure> {
        let options = PipelineStreamOptions { skip_checks: true, ..PipelineStreamOptions::default() };
        let response = self
            .pipeline
            .stream(&Context::new(), &mut request, Some(options))
            .await
            .map_err(Failure::Unanswered)?;
        let (status, headers, mut stream) = response.deconstruct();
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(Failure::Unanswered)?;
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer { status: status.into(), headers, body };
        log(&request, &answer);
        Ok(answer)
    }
}

fn log(request: &Request, answer: &Answer) {
    let quotas: Vec<String> = answer
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let short = name.as_str().strip_prefix("x-ms-ratelimit-remaining-")?;
            Some(format!("{short}={}", value.as_str()))
        })
        .collect();
    tracing::debug!(
        method = request.method().as_str(),
        path = request.url().path(),
        status = answer.status,
        correlation_id = answer.header("x-ms-correlation-request-id"),
        request_id = answer.header("x-ms-request-id"),
        remaining = quotas.join(" "),
        "asked Azure"
    );
}
