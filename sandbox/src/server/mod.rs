//! The world behind real sockets: HTTP and TLS, the admin API, and the customer's phone.

mod admin;
mod fuse;
mod page;
mod provider;
mod socket;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::{World, WorldSettings};

/// How long [`Running::stop`] waits for connections to end.
const STOP_WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub struct Options {
    pub listen: SocketAddr,
    /// Serves the same over TLS, with a certificate for `localhost` made on the spot.
    pub tls_listen: Option<SocketAddr>,
    pub settings: WorldSettings,
    /// Other machines may connect. Whoever connects can do everything that the customer can.
    pub allow_remote: bool,
}

/// A running sandbox; it ends when this is dropped.
pub struct Running {
    pub http_addr: SocketAddr,
    pub https_addr: Option<SocketAddr>,
    /// The authority that clients have to trust; empty without TLS.
    pub ca_pem: String,
    shared: Shared,
    runtime: Option<Runtime>,
}

/// The world and its clock, for everybody who serves or tests it.
#[derive(Clone)]
pub struct Shared {
    world: Arc<Mutex<World>>,
    ahead_ms: Arc<AtomicI64>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0} can be reached from other machines, which has to be allowed expressly")]
    NotLoopback(SocketAddr),
    #[error("could not listen on {address}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("could not make a certificate")]
    Certificate(#[from] tls::CertificateError),
    #[error("could not start the runtime")]
    Runtime(#[source] io::Error),
}

/// Starts the sandbox on threads of its own and returns when it accepts connections.
pub fn start(options: Options) -> Result<Running, StartError> {
    let addresses = [Some(options.listen), options.tls_listen];
    for address in addresses.into_iter().flatten() {
        if !address.ip().is_loopback() && !options.allow_remote {
            return Err(StartError::NotLoopback(address));
        }
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("sandbox")
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    let http = runtime.block_on(listen(options.listen))?;
    let shared = Shared::new(settings_for(options.settings, http.1));
    let router = router(shared.clone());
    let mut running = Running {
        http_addr: http.1,
        https_addr: None,
        ca_pem: String::new(),
        shared,
        runtime: None,
    };
    if let Some(address) = options.tls_listen {
        let identity = tls::Identity::generate()?;
        let https = runtime.block_on(listen(address))?;
        running.https_addr = Some(https.1);
        running.ca_pem = identity.ca_pem;
        runtime.spawn(socket::serve_tls(
            https.0,
            identity.acceptor,
            router.clone(),
        ));
    }
    runtime.spawn(socket::serve(http.0, router));
    running.runtime = Some(runtime);
    Ok(running)
}

impl Running {
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Closes all connections. Must not be called from asynchronous code; dropping may.
    pub fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(STOP_WITHIN);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn new(settings: WorldSettings) -> Shared {
        Shared {
            world: Arc::new(Mutex::new(World::new(settings))),
            ahead_ms: Arc::new(AtomicI64::new(0)),
        }
    }

    /// Does something with the world at the time that the sandbox believes it is.
    pub fn with<T>(&self, act: impl FnOnce(&mut World, i64) -> T) -> T {
        // A panic in one request leaves a world that is still worth asking.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut world, self.now_ms())
    }

    pub fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let real_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        real_ms.saturating_add(self.ahead_ms())
    }

    /// How far the sandbox's clock is ahead of the computer's.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::SeqCst)
    }

    /// Moves the sandbox's clock; a negative number moves it back.
    pub fn advance(&self, by_ms: i64) {
        self.ahead_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    fn reset(&self) {
        self.ahead_ms.store(0, Ordering::SeqCst);
        self.with(|world, _| world.reset());
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            tls_listen: None,
            settings: WorldSettings::default(),
            allow_remote: false,
        }
    }
}

fn router(shared: Shared) -> Router {
    page::routes()
        .merge(admin::routes())
        .fallback(provider::exchange)
        .layer(axum::middleware::from_fn(page::refuse_other_sites))
        .with_state(shared)
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Links to this sandbox lead to where it really listens, unless somebody has decided otherwise.
fn settings_for(mut settings: WorldSettings, bound: SocketAddr) -> WorldSettings {
    let here = format!("http://{bound}");
    let usual = WorldSettings::default();
    for (address, usual) in [
        (
            &mut settings.vipps.public_address,
            usual.vipps.public_address,
        ),
        (
            &mut settings.smartum.public_address,
            usual.smartum.public_address,
        ),
        (
            &mut settings.smartpay.page_address,
            usual.smartpay.page_address,
        ),
    ] {
        if *address == usual {
            address.clone_from(&here);
        }
    }
    settings
}
