//! Serving until the process is told to stop, and then no longer than it takes to finish what was begun.

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::setup::Setup;

/// How long the end may take: less than the 30 seconds after which container platforms kill a process by default
/// (official: `terminationGracePeriodSeconds` of Kubernetes and of Azure Container Apps).
pub const DEADLINE: Duration = Duration::from_secs(20);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All that was begun is done.
    Drained,
    /// Something was cut off. Its claims run out, and its messages come back.
    CutOff,
}

/// Serves until SIGTERM. Then no connection is taken, requests and operations that have begun are finished, and
/// requests that wait for the set-up are sent away.
///
/// # Errors
///
/// If signals cannot be received, or the listener breaks.
pub async fn until_stopped(listener: TcpListener, router: Router, setup: Setup) -> std::io::Result<Ended> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (stopping, mut stopped) = watch::channel(false);
    let described = setup.clone();
    let stop = async move {
        terminate.recv().await;
        tracing::info!(seconds = DEADLINE.as_secs(), "SIGTERM: finishing what was begun");
        described.stop();
        stopping.send_replace(true);
    };
    let work = async {
        axum::serve(listener, router).with_graceful_shutdown(stop).await?;
        setup.drained().await;
        Ok(())
    };
    let deadline = async {
        if stopped.wait_for(|stopped| *stopped).await.is_err() {
            // The server ended by itself; its own result counts.
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DEADLINE).await;
    };
    first(work, deadline).await
}

async fn first(
    work: impl Future<Output = std::io::Result<()>>,
    deadline: impl Future<Output = ()>,
) -> std::io::Result<Ended> {
    tokio::select! {
        biased;
        done = work => done.map(|()| Ended::Drained),
        () = deadline => {
            tracing::warn!("stopped before all that was begun was done; others go on with it");
            Ok(Ended::CutOff)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn work_that_does_not_end_is_cut_off_at_the_deadline_and_no_other() {
        assert_eq!(first(pending(), ready(())).await.unwrap(), Ended::CutOff);
        assert_eq!(first(ready(Ok(())), ready(())).await.unwrap(), Ended::Drained);
        assert!(first(ready(Err(std::io::Error::other("broken"))), pending()).await.is_err());
    }
}
