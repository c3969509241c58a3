//! The real world around [`Core`]: two threads, one that decides and talks, one that writes.

use super::transport::Transport;
use super::{
    CallError, Core, CoreRules, Effect, ExchangeId, HostCall, Input, LogLine, Reply, Ticket, View,
};
use crate::clock::{Clock, SystemIds};
use crate::config::{Config, ConfigError};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Batch, Journal, JournalError, Lookup};
use crate::provider::{Cause, HttpResponse, NoResponse, Sent};
use crate::tender::OperationId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc as channel;

/// The longest any call waits for the engine: the journal may be on a slow disk.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Name resolution is the only use of helper threads; they end when they have nothing to do.
const HELPER_THREADS_MAX: usize = 2;
const HELPER_THREAD_IDLE: Duration = Duration::from_secs(1);

/// Beyond the host's own time for an orderly stop.
const STOP_GRACE: Duration = Duration::from_millis(500);

pub type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;
pub type ViewSink = Arc<dyn Fn(&View) + Send + Sync>;

/// Starts a thread of the library's: named, and deaf to the host's signals.
pub type Spawner = fn(&str, Box<dyn FnOnce() + Send>) -> std::io::Result<JoinHandle<()>>;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("a thread could not be started ({0}); too many threads or too little memory")]
    Threads(std::io::ErrorKind),
    #[error("no answer within 5 seconds; what became of the call is not known, repeat it")]
    Timeout,
    #[error("the library is being shut down")]
    Stopped,
    #[error("a mistake in this library stopped it; shut down, init again, and tell support")]
    Panicked,
}

type ReplySender = mpsc::SyncSender<Result<Reply, CallError>>;

enum Message {
    Call {
        call: HostCall,
        reply: ReplySender,
    },
    Input(Input),
    Stop {
        until: Instant,
        stopped: mpsc::SyncSender<bool>,
    },
}

enum DiskJob {
    Commit(Batch),
    Load {
        query: super::QueryId,
        lookup: Lookup,
    },
}

/// An open library. Every method may be called from any thread.
pub struct Engine {
    inbox: channel::UnboundedSender<Message>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    panicked: Arc<AtomicBool>,
}

impl Engine {
    /// Opens everything and starts the threads. No network is waited for.
    pub fn start(
        config: Config,
        views: ViewSink,
        log: LogSink,
        on_panic: Arc<dyn Fn() + Send + Sync>,
        spawn: Spawner,
    ) -> Result<Self, EngineError> {
        // Everything of the configuration is checked before the first file is made.
        let transport = Transport::new(&config.network)?;
        let mut journal = config.open_journal()?;
        let records = journal.open_records()?;
        let last_id = journal.last_id()?;
        let clock = Clock::start();
        let rules = CoreRules {
            attended: config.attended,
            open_operations_max: config.open_operations_max,
        };
        let ids = Box::new(SystemIds);
        let mut core = Core::new(rules, config.texts, config.profiles, ids, last_id);
        let first = core.recover(&records, clock.now())?;
        drop(records);
        let first = settle_recovery(&mut core, &mut journal, &clock, &views, first);

        let (inbox, messages) = channel::unbounded_channel();
        let (disk, jobs) = mpsc::channel();
        let panicked = Arc::new(AtomicBool::new(false));
        let runtime = runtime()?;
        let threads_failed = |error: std::io::Error| EngineError::Threads(error.kind());

        let to_worker = inbox.clone();
        let guard = PanicGuard {
            panicked: panicked.clone(),
            on_panic: on_panic.clone(),
        };
        let disk_thread = spawn(
            "payments-disk",
            Box::new(move || {
                guard.watch(move || write_jobs(journal, &jobs, &to_worker));
            }),
        )
        .map_err(threads_failed)?;

        let world = World {
            core,
            clock,
            transport,
            views,
            log,
            disk,
            inbox: inbox.clone(),
            replies: BTreeMap::new(),
            next_ticket: 0,
            exchanges: 0,
            stopping: None,
        };
        let guard = PanicGuard {
            panicked: panicked.clone(),
            on_panic,
        };
        let worker = spawn(
            "payments-work",
            Box::new(move || {
                guard.watch(move || {
                    runtime.block_on(world.run(first, messages));
                    runtime.shutdown_background();
                });
            }),
        )
        .map_err(threads_failed)?;
        Ok(Self {
            inbox,
            threads: Mutex::new(vec![worker, disk_thread]),
            panicked,
        })
    }

    fn call(&self, call: HostCall) -> Result<Reply, EngineError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let sent = self.inbox.send(Message::Call { call, reply });
        if sent.is_err() {
            return Err(self.gone());
        }
        match answer.recv_timeout(CALL_TIMEOUT) {
            Ok(result) => Ok(result?),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(EngineError::Timeout),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(self.gone()),
        }
    }

    fn gone(&self) -> EngineError {
        if self.has_panicked() {
            EngineError::Panicked
        } else {
            EngineError::Stopped
        }
    }

    pub fn call_done(&self, call: HostCall) -> Result<(), EngineError> {
        self.call(call).map(drop)
    }

    pub fn call_id(&self, call: HostCall) -> Result<i64, EngineError> {
        match self.call(call)? {
            Reply::Id(id) => Ok(id.get()),
            _ => Err(EngineError::Panicked),
        }
    }

    pub fn call_ids(&self, call: HostCall) -> Result<Vec<i64>, EngineError> {
        match self.call(call)? {
            Reply::Ids(ids) => Ok(ids.into_iter().map(OperationId::get).collect()),
            _ => Err(EngineError::Panicked),
        }
    }

    pub fn call_text(&self, call: HostCall) -> Result<String, EngineError> {
        match self.call(call)? {
            Reply::Text(text) => Ok(text),
            _ => Err(EngineError::Panicked),
        }
    }

    pub fn call_scan(&self, call: HostCall) -> Result<i32, EngineError> {
        match self.call(call)? {
            Reply::Scan(kind) => Ok(kind.number()),
            _ => Err(EngineError::Panicked),
        }
    }

    pub fn has_panicked(&self) -> bool {
        self.panicked.load(Ordering::Acquire)
    }

    /// Stops within `timeout`, give or take half a second. Whether everything under way had ended.
    pub fn stop(&self, timeout: Duration) -> bool {
        let (stopped, answer) = mpsc::sync_channel(1);
        let until = Instant::now() + timeout;
        let mut clean = false;
        if self.inbox.send(Message::Stop { until, stopped }).is_ok() {
            clean = answer.recv_timeout(timeout + STOP_GRACE).unwrap_or(false);
        }
        let give_up = Instant::now() + STOP_GRACE;
        let mut threads = self
            .threads
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        for thread in threads.drain(..) {
            // A thread inside a disk that does not answer cannot be waited for; it ends by itself.
            while !thread.is_finished() && Instant::now() < give_up {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                let _ = thread.join();
            } else {
                clean = false;
            }
        }
        clean
    }
}

/// One thread for everything that waits for the network.
fn runtime() -> Result<tokio::runtime::Runtime, EngineError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(HELPER_THREADS_MAX)
        .thread_keep_alive(HELPER_THREAD_IDLE)
        .thread_name("payments-dns")
        .build()
        .map_err(|error| EngineError::Threads(error.kind()))
}

/// Carries out what recovery wants of the disk and the board before anybody can ask: once `start`
/// returns, everything unfinished can be seen. Requests and log lines are left for the worker.
fn settle_recovery(
    core: &mut Core,
    journal: &mut SqliteJournal,
    clock: &Clock,
    views: &ViewSink,
    first: Vec<Effect>,
) -> Vec<Effect> {
    let mut left = Vec::new();
    let mut effects = first;
    while !effects.is_empty() {
        let mut next = Vec::new();
        for effect in effects {
            match effect {
                Effect::Commit(batch) => {
                    let result = journal.commit(std::slice::from_ref(&batch));
                    next.extend(core.handle(clock.now(), Input::Committed { result }));
                }
                Effect::Publish(view) => views(&view),
                other => left.push(other),
            }
        }
        effects = next;
    }
    left
}

struct PanicGuard {
    panicked: Arc<AtomicBool>,
    on_panic: Arc<dyn Fn() + Send + Sync>,
}

impl PanicGuard {
    fn watch(self, work: impl FnOnce()) {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
            self.panicked.store(true, Ordering::Release);
            (self.on_panic)();
        }
    }
}

/// The writer: whatever has queued up while the disk was busy shares the next sync.
fn write_jobs(
    mut journal: SqliteJournal,
    jobs: &mpsc::Receiver<DiskJob>,
    worker: &channel::UnboundedSender<Message>,
) {
    while let Ok(job) = jobs.recv() {
        let input = match job {
            DiskJob::Commit(batch) => Input::Committed {
                result: journal.commit(std::slice::from_ref(&batch)),
            },
            DiskJob::Load { query, lookup } => Input::Loaded {
                query,
                result: journal.load(&lookup),
            },
        };
        if worker.send(Message::Input(input)).is_err() {
            return;
        }
        journal.when_idle();
    }
}

struct World {
    core: Core,
    clock: Clock,
    transport: Transport,
    views: ViewSink,
    log: LogSink,
    disk: mpsc::Sender<DiskJob>,
    inbox: channel::UnboundedSender<Message>,
    replies: BTreeMap<Ticket, ReplySender>,
    next_ticket: u64,
    exchanges: usize,
    stopping: Option<(Instant, mpsc::SyncSender<bool>)>,
}

impl World {
    async fn run(mut self, first: Vec<Effect>, mut messages: channel::UnboundedReceiver<Message>) {
        self.carry_out(first);
        loop {
            if self.stopping.is_some() && self.exchanges == 0 && !self.core.has_unwritten() {
                return self.stopped(true);
            }
            let message = match self.sleep_until() {
                None => messages.recv().await,
                Some(until) => match tokio::time::timeout_at(until, messages.recv()).await {
                    Ok(message) => message,
                    Err(_) if self.stop_time_is_up() => return self.stopped(false),
                    Err(_) => Some(Message::Input(Input::Tick)),
                },
            };
            match message {
                None => return,
                Some(Message::Stop { until, stopped }) => {
                    self.stopping = Some((until, stopped));
                    let effects = self.core.flush();
                    self.carry_out(effects);
                }
                Some(message) => self.take(message),
            }
        }
    }

    fn take(&mut self, message: Message) {
        let input = match message {
            Message::Call { call, reply } => {
                self.next_ticket += 1;
                let ticket = Ticket(self.next_ticket);
                self.replies.insert(ticket, reply);
                Input::Call { ticket, call }
            }
            Message::Input(input) => input,
            Message::Stop { .. } => return,
        };
        if matches!(input, Input::Answer { .. }) {
            self.exchanges = self.exchanges.saturating_sub(1);
        }
        let effects = self.core.handle(self.clock.now(), input);
        self.carry_out(effects);
        if self.stopping.is_some() {
            let effects = self.core.flush();
            self.carry_out(effects);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Commit(batch) => self.hand_to_disk(DiskJob::Commit(batch)),
                Effect::Load { query, lookup } => {
                    self.hand_to_disk(DiskJob::Load { query, lookup })
                }
                // Nothing new is begun while stopping: the next start asks first.
                Effect::Send { .. } if self.stopping.is_some() => {}
                Effect::Send {
                    exchange, request, ..
                } => {
                    self.exchanges += 1;
                    let transport = self.transport.clone();
                    let answer = AnswerOnce {
                        exchange,
                        inbox: self.inbox.clone(),
                        sent: false,
                    };
                    tokio::spawn(async move {
                        let result = transport.send(request).await;
                        answer.give(result);
                    });
                }
                Effect::Publish(view) => (self.views)(&view),
                Effect::Reply { ticket, reply } => {
                    if let Some(waiting) = self.replies.remove(&ticket) {
                        let _ = waiting.try_send(reply);
                    }
                }
                Effect::Log(line) => (self.log)(&line),
            }
        }
    }

    /// A writer that is gone has panicked, and the guard has told so.
    fn hand_to_disk(&mut self, job: DiskJob) {
        if self.disk.send(job).is_err() {
            let error = JournalError::Broken("the writer has stopped".into());
            let _ = self
                .inbox
                .send(Message::Input(Input::Committed { result: Err(error) }));
        }
    }

    fn sleep_until(&self) -> Option<tokio::time::Instant> {
        let wake = self.core.next_wake().map(|at| {
            let wait_ms = at.saturating_sub(self.clock.now()).max(0);
            Instant::now() + Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
        });
        let stop = self.stopping.as_ref().map(|(until, _)| *until);
        match (wake, stop) {
            (_, Some(stop)) => Some(stop.into()),
            (Some(wake), None) => Some(wake.into()),
            (None, None) => None,
        }
    }

    fn stop_time_is_up(&self) -> bool {
        self.stopping
            .as_ref()
            .is_some_and(|(until, _)| Instant::now() >= *until)
    }

    fn stopped(self, clean: bool) {
        if let Some((_, stopped)) = self.stopping {
            let _ = stopped.try_send(clean);
        }
    }
}

/// Sees to it that every request gets an answer, even if its task is dropped or panics.
struct AnswerOnce {
    exchange: ExchangeId,
    inbox: channel::UnboundedSender<Message>,
    sent: bool,
}

impl AnswerOnce {
    fn give(mut self, result: Result<HttpResponse, NoResponse>) {
        self.sent = true;
        let input = Input::Answer {
            exchange: self.exchange,
            result,
        };
        let _ = self.inbox.send(Message::Input(input));
    }
}

impl Drop for AnswerOnce {
    fn drop(&mut self) {
        if !self.sent {
            let result = Err(NoResponse {
                sent: Sent::Maybe,
                cause: Cause::Broken,
            });
            let input = Input::Answer {
                exchange: self.exchange,
                result,
            };
            let _ = self.inbox.send(Message::Input(input));
        }
    }
}
