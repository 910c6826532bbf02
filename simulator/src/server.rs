//! Listening on http and https.

mod command;
mod door;
mod stream;
mod tls;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use door::Door;
use holdfast_simulator_storage::{Clock, Storage};
use tls::Authority;

use crate::app::{App, Connection, Scheme};
use crate::config::Config;
use crate::registry::PROVIDERS;
use crate::{control, delivery, front, sign_in};

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:port`, without a trailing slash.
    pub http_url: String,
    /// `https://localhost:port`, without a trailing slash.
    pub https_url: String,
    /// The certificate of the simulator's own authority, in PEM.
    pub ca_pem: String,
    /// The storage account that is served beside ARM.
    pub storage: Storage,
    pub(crate) app: Arc<App>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts listening and returns as soon as both ports answer.
    ///
    /// # Errors
    ///
    /// When a port is taken, `ca_dir` cannot be written or the estate does not fit together.
    pub async fn start(config: Config) -> anyhow::Result<Running> {
        let authority = Authority::new()?;
        if let Some(folder) = &config.ca_dir {
            write_certificate(folder, authority.ca_pem())?;
        }
        let http = listen(config.http_port).await?;
        let https = listen(config.https_port).await?;
        let (http_address, https_address) = (http.local_addr()?, https.local_addr()?);
        let clock = config
            .frozen_at
            .map_or_else(|| Clock::new(config.speed), |at| Clock::frozen_at(at, config.speed));
        let storage = Storage::with_clock(clock.clone());
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let app = Arc::new(App::new(config, clock, client, storage.clone(), PROVIDERS)?);
        let (stop, stopped) = watch::channel(false);
        let router = router(&app);
        let plain =
            serve(Door::plain(http)?, router.clone().layer(Extension(Scheme("http"))), stopped.clone());
        let secure = serve(
            Door::secure(https, authority.acceptor()?)?,
            router.layer(Extension(Scheme("https"))),
            stopped,
        );
        let tasks = vec![
            tokio::spawn(plain),
            tokio::spawn(secure),
            tokio::spawn(delivery::deliver(Arc::clone(&app))),
        ];
        Ok(Running {
            http_url: format!("http://127.0.0.1:{}", http_address.port()),
            https_url: format!("https://localhost:{}", https_address.port()),
            ca_pem: authority.ca_pem().to_owned(),
            storage,
            app,
            stop,
            tasks,
        })
    }
}

impl Running {
    /// Stops listening and ends every task.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in self.tasks.drain(..) {
            task.abort();
            // An aborted task answers with its cancellation, which is what was asked for.
            let _cancelled = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Serves `config` until `shutdown` completes.
///
/// # Errors
///
/// As for [`Simulator::start`].
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let running = Simulator::start(config).await?;
    tracing::info!(http = %running.http_url, https = %running.https_url, "simulator listens");
    shutdown.await;
    running.shutdown().await;
    Ok(())
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!("cannot listen on {address}: {error}; choose another port, or 0 for a free one")
    })
}

fn write_certificate(folder: &Path, pem: &str) -> anyhow::Result<()> {
    let path = folder.join("ca.pem");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, pem))
        .map_err(|error| anyhow::anyhow!("cannot write the certificate to {}: {error}", path.display()))
}

fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(sign_in::router())
        .nest("/_simulator", control::router())
        .fallback(front::serve)
        .with_state(Arc::clone(app))
        .merge(app.storage.router())
}

async fn serve(door: Door, router: Router, mut stopped: watch::Receiver<bool>) {
    let service = router.into_make_service_with_connect_info::<Connection>();
    let served = axum::serve(door, service).with_graceful_shutdown(async move {
        // A closed channel means that the simulator was dropped.
        let _ended = stopped.wait_for(|stop| *stop).await;
    });
    if let Err(error) = served.await {
        tracing::error!(%error, "a listener of the simulator ended");
    }
}
