//! Listening on http and https, and what both share.

mod command;
mod connection;
mod door;
mod tls;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::{Extension, Router};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub(crate) use connection::Connection;
use door::Door;
use holdfast_simulator_storage::{Clock, Storage};
use tls::Authority;

use crate::world::World;
use crate::{Config, arm, control, estate, event_grid, identity};

/// What every call shares.
#[derive(Debug)]
pub(crate) struct App {
    world: Mutex<World>,
    /// Tells of every call that a fault holds.
    pub(crate) held: Notify,
    pub(crate) http: reqwest::Client,
    pub(crate) storage: Storage,
    /// The configuration that `reset` returns to.
    config: Config,
}

impl App {
    /// The state, with everything carried out that was due.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock `seconds` of Azure's time on, and carries out in order what is due by then.
    pub(crate) fn advance(&self, seconds: f64) {
        let mut world = self.world();
        let target = world.after(seconds);
        world.pass_until(target);
    }

    /// Moves the clock to the next instant at which something is due; that instant, if there is one.
    pub(crate) fn advance_to_next(&self) -> Option<Timestamp> {
        let next = self.next_due()?;
        self.world().pass_until(next);
        Some(next)
    }

    /// When something happens by itself next, in ARM, Event Grid, Resource Graph or a queue.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let in_world = self.world().next_due();
        [in_world, self.storage.next_visible()].into_iter().flatten().min()
    }

    /// Starts over: the estate of the configuration, and nothing else, in ARM and in Storage.
    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        let clock = self.world().clock.clone();
        let fresh = fresh_world(&self.config, clock)?;
        *self.world() = fresh;
        self.storage.reset();
        Ok(())
    }
}

fn fresh_world(config: &Config, clock: Clock) -> anyhow::Result<World> {
    let mut world = World::new(clock, config);
    if let Some(estate) = &config.estate {
        estate::apply(&mut world, estate)?;
    }
    Ok(world)
}

/// The scheme by which a caller came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheme(pub(crate) &'static str);

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
        let clock = Clock::new(config.speed);
        clock.freeze(config.frozen);
        let world = Mutex::new(fresh_world(&config, clock.clone())?);
        let storage = Storage::with_clock(clock);
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let app =
            Arc::new(App { world, held: Notify::new(), http: client, storage: storage.clone(), config });
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
            tokio::spawn(event_grid::deliver(Arc::clone(&app))),
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
        .merge(identity::router())
        .nest("/_simulator", control::router())
        .fallback(arm::front::serve)
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
