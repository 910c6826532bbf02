//! Listening to a storage queue: batches, locks, failures and the poison queue.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::Context;
use crate::app::{Function, MessageEncoding, QueueTrigger};
use crate::invocation::{Encoded, Envelope, InvocationError, add_message_properties};
use crate::journal::Event;
use crate::queue_watch::QueueWatch;
use crate::storage::{Lock, Queue, ReceivedMessage};

/// How long a received message is hidden from others; renewed while it is worked on.
const LOCK: Duration = Duration::from_secs(10 * 60);
/// The first wait after an empty poll; it doubles up to the longest.
const SHORTEST_POLL: Duration = Duration::from_millis(100);
/// A lock is renewed no more often than this.
const SHORTEST_RENEWAL: Duration = Duration::from_millis(100);

/// Listens to one function's queue.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    context: Context,
    function: Arc<Function>,
    queue: Queue,
    binding: String,
    binary: bool,
    watch: QueueWatch,
    longest_poll: Duration,
}

impl Listener {
    /// `speed` divides the wait between empty polls.
    pub(crate) fn new(
        context: Context,
        function: Arc<Function>,
        trigger: &QueueTrigger,
        queue: Queue,
        watch: QueueWatch,
        speed: f64,
    ) -> Self {
        let longest_poll = context.app.host.queues.longest_poll.div_f64(speed);
        let (binding, binary) = (trigger.name.clone(), trigger.binary);
        Self { context, function, queue, binding, binary, watch, longest_poll }
    }

    /// Runs until it is dropped, and its invocations with it.
    pub(crate) async fn run(self) {
        let options = &self.context.app.host.queues;
        let mut running = JoinSet::new();
        let mut pause = SHORTEST_POLL.min(self.longest_poll);
        loop {
            if running.len() > options.new_batch_threshold {
                running.join_next().await;
                continue;
            }
            // Messages must not wear out their dequeue count while there is no handler to take them.
            if self.context.worker.ready().await.is_err() {
                tokio::time::sleep(pause).await;
                continue;
            }
            let received = self.queue.receive(options.batch_size, LOCK).await.unwrap_or_else(|error| {
                tracing::error!(function = %self.function.name, "{error}");
                Vec::new()
            });
            if received.is_empty() {
                self.wait(pause, &mut running).await;
                pause = (pause * 2).min(self.longest_poll);
                continue;
            }
            pause = SHORTEST_POLL.min(self.longest_poll);
            for message in received {
                running.spawn(self.clone().process(message));
            }
        }
    }

    async fn wait(&self, pause: Duration, running: &mut JoinSet<()>) {
        let pause = tokio::time::sleep(pause);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return,
                () = self.watch.heard(self.queue.name()) => return,
                Some(_) = running.join_next() => {}
            }
        }
    }

    async fn process(self, message: ReceivedMessage) {
        // Nobody ended its last attempt, because a host died in it: there is no further one.
        if message.dequeue_count > self.context.app.host.queues.max_dequeue_count {
            return self.poison(&message, &message.lock).await;
        }
        let Some(envelope) = self.envelope(&message) else {
            tracing::error!(
                queue = self.queue.name(),
                message = message.id,
                "the message is not Base64: set extensions.queues.messageEncoding to none, or encode it"
            );
            return self.poison(&message, &message.lock).await;
        };
        let (result, lock) = self.invoke_locked(&message, envelope).await;
        self.settle(&message, &lock, result).await;
    }

    /// Invokes the function and renews the message's lock at half its time until then.
    ///
    /// The time is taken from the service's answer, so that a service whose time runs faster is no trouble. A renewal
    /// is never broken off: its answer holds the only receipt that is good afterwards.
    async fn invoke_locked(
        &self,
        message: &ReceivedMessage,
        envelope: Envelope,
    ) -> (Result<(), InvocationError>, Lock) {
        let mut lock = message.lock.clone();
        let invocation = self.context.invoker.invoke(&self.function, envelope);
        tokio::pin!(invocation);
        loop {
            let left = Duration::try_from(lock.until.duration_since(Timestamp::now())).unwrap_or_default();
            tokio::select! {
                result = &mut invocation => return (result.map(drop), lock),
                () = tokio::time::sleep((left / 2).max(SHORTEST_RENEWAL)) => {}
            }
            match self.queue.hide(&message.id, &lock, LOCK).await {
                Ok(renewed) => lock = renewed,
                Err(error) if error.is_lost_lock() => {
                    // The invocation goes on, as under the real host; its outcome no longer matters to the message.
                    tracing::warn!(function = %self.function.name, message = message.id, "lost the lock: {error}");
                    return (invocation.await.map(drop), lock);
                }
                Err(error) => tracing::warn!(function = %self.function.name, message = message.id, "{error}"),
            }
        }
    }

    async fn settle(&self, message: &ReceivedMessage, lock: &Lock, result: Result<(), InvocationError>) {
        let options = &self.context.app.host.queues;
        let settled = match result {
            Ok(()) => self.queue.delete(&message.id, lock).await,
            // Visible again at once, it would fail in a fast loop for ever: it stays hidden until its lock lapses.
            Err(_) if self.queue.poison().is_none() => return,
            Err(_) if message.dequeue_count >= options.max_dequeue_count => {
                return self.poison(message, lock).await;
            }
            Err(_) => self.queue.hide(&message.id, lock, options.failure_delay).await.map(drop),
        };
        if let Err(error) = settled {
            tracing::warn!(function = %self.function.name, message = message.id, "{error}");
        }
    }

    /// Puts a message aside; where there is no queue to put it on, it stays.
    async fn poison(&self, message: &ReceivedMessage, lock: &Lock) {
        let Some(poison) = self.queue.poison() else { return };
        if let Err(error) = poison.put(&message.text).await {
            tracing::error!(message = message.id, "kept the message, for it could not be put aside: {error}");
            return;
        }
        tracing::error!(
            queue = poison.name(),
            message = message.id,
            dequeued = message.dequeue_count,
            "the message is poison"
        );
        if let Err(error) = self.queue.delete(&message.id, lock).await {
            tracing::warn!(message = message.id, "{error}");
        }
        let queue = self.queue.name().to_owned();
        self.context.journal.write(Event::MessagePoisoned { queue, message: message.id.clone() });
    }

    /// `None` if the message is not encoded as it should be.
    fn envelope(&self, message: &ReceivedMessage) -> Option<Envelope> {
        let bytes = match self.context.app.host.queues.encoding {
            MessageEncoding::Base64 => BASE64_STANDARD.decode(message.text.trim()).ok()?,
            MessageEncoding::None => message.text.clone().into_bytes(),
        };
        let text = String::from_utf8_lossy(&bytes);
        let value =
            if self.binary { Encoded::once(BASE64_STANDARD.encode(&bytes)) } else { Encoded::text(&text) };
        let mut envelope = Envelope::new(&self.binding, value);
        envelope.add_metadata("DequeueCount", Encoded::json(&message.dequeue_count.into()));
        envelope.add_metadata("ExpirationTime", Encoded::moment(message.expires));
        envelope.add_metadata("Id", Encoded::text(&message.id));
        envelope.add_metadata("InsertionTime", Encoded::moment(message.inserted));
        envelope.add_metadata("NextVisibleTime", Encoded::moment(message.lock.until));
        envelope.add_metadata("PopReceipt", Encoded::text(&message.lock.pop_receipt));
        if !self.binary {
            add_message_properties(&mut envelope, &text);
        }
        Some(envelope)
    }
}

/// The envelope of a message that somebody made up for a manual run.
pub(crate) fn manual_envelope(binding: &str, text: &str) -> Envelope {
    let mut envelope = Envelope::new(binding, Encoded::text(text));
    add_message_properties(&mut envelope, text);
    envelope
}
