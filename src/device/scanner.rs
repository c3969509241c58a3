//! A bar code scanner on a serial line: RS-232, or USB in the scanner's serial mode. One thread opens
//! it, cuts what arrives into whole codes, and opens it again after it was unplugged.

use super::frames::{Frames, Piece};
use serde::Deserialize;
use serialport::{DataBits, FlowControl, SerialPortBuilder, StopBits};
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

pub use super::frames::Fault;

/// The longest code that is handed on; what is longer is nothing that a till could want.
pub const FRAME_LEN_MAX: usize = 8 * 1024;

const REOPEN_FIRST: Duration = Duration::from_millis(200);
const REOPEN_LAST: Duration = Duration::from_secs(5);

const BAUD_RATES: &[u32] = &[
    300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
    921_600,
];

/// How the scanner is connected and how it ends its codes, as its own setting sheet says.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerSettings {
    /// Such as `/dev/ttyACM0`, better a name under `/dev/serial/by-id` that survives replugging, or
    /// `COM3`.
    pub device: String,
    /// Bits per second, 300 to 921600 in the usual steps. USB scanners take any.
    #[serde(default = "baud")]
    pub baud: u32,
    /// 7 or 8.
    #[serde(default = "data_bits")]
    pub data_bits: u8,
    /// `none`, `odd` or `even`.
    #[serde(default)]
    pub parity: Parity,
    /// 1 or 2.
    #[serde(default = "stop_bits")]
    pub stop_bits: u8,
    /// What ends a code: `cr`, `lf`, `crlf`, or `timeout` when nothing does but silence. With `cr` or
    /// `lf`, the other one beside it does no harm.
    #[serde(default)]
    pub line_end: LineEnd,
    /// Characters that the scanner puts before each code, taken away where they are.
    #[serde(default)]
    pub prefix: String,
    /// Characters that the scanner puts after each code, before the line end.
    #[serde(default)]
    pub suffix: String,
    /// Longer codes are thrown away, 16 to 8192 bytes.
    #[serde(default = "max_len")]
    pub max_len: usize,
    /// The silence that ends a code with `timeout`, 5 to 1000 milliseconds.
    #[serde(default = "gap_ms")]
    pub gap_ms: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    #[default]
    None,
    Odd,
    Even,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    #[default]
    Cr,
    Lf,
    Crlf,
    Timeout,
}

fn baud() -> u32 {
    9_600
}

fn data_bits() -> u8 {
    8
}

fn stop_bits() -> u8 {
    1
}

fn max_len() -> usize {
    FRAME_LEN_MAX
}

fn gap_ms() -> u64 {
    50
}

/// A setting out of its range.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidScanner {
    pub field: &'static str,
    pub problem: &'static str,
}

impl ScannerSettings {
    pub fn check(&self) -> Result<(), InvalidScanner> {
        let affix_fits = |affix: &str| affix.len() <= 16;
        let checks = [
            (
                "device",
                (1..=256).contains(&self.device.len()) && !self.device.contains('\0'),
                "must name a serial device, such as /dev/ttyACM0 or COM3",
            ),
            (
                "baud",
                BAUD_RATES.contains(&self.baud),
                "must be one of 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, \
                 230400, 460800, 921600",
            ),
            (
                "data_bits",
                matches!(self.data_bits, 7 | 8),
                "must be 7 or 8",
            ),
            (
                "stop_bits",
                matches!(self.stop_bits, 1 | 2),
                "must be 1 or 2",
            ),
            (
                "prefix",
                affix_fits(&self.prefix),
                "must be at most 16 bytes long",
            ),
            (
                "suffix",
                affix_fits(&self.suffix),
                "must be at most 16 bytes long",
            ),
            (
                "max_len",
                (16..=FRAME_LEN_MAX).contains(&self.max_len),
                "must be 16 to 8192",
            ),
            (
                "gap_ms",
                (5..=1_000).contains(&self.gap_ms),
                "must be 5 to 1000",
            ),
        ];
        for (field, holds, problem) in checks {
            if !holds {
                return Err(InvalidScanner { field, problem });
            }
        }
        Ok(())
    }

    fn line(&self) -> SerialPortBuilder {
        serialport::new(&self.device, self.baud)
            .data_bits(if self.data_bits == 7 {
                DataBits::Seven
            } else {
                DataBits::Eight
            })
            .parity(match self.parity {
                Parity::None => serialport::Parity::None,
                Parity::Odd => serialport::Parity::Odd,
                Parity::Even => serialport::Parity::Even,
            })
            .stop_bits(if self.stop_bits == 2 {
                StopBits::Two
            } else {
                StopBits::One
            })
            .flow_control(FlowControl::None)
            // Some USB scanners stay silent until they see that somebody listens.
            .dtr_on_open(true)
    }
}

/// How the scanner is doing. Told when it changes, not for each attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScannerStatus {
    /// Open: what is scanned arrives.
    Ready,
    /// Not to be read; opening it is tried again, at first after 0.2 and then at most every 5
    /// seconds.
    Away(Trouble),
    /// Something arrived that was no whole code, and was thrown away.
    Dropped(Fault),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// No such device; mostly the scanner is not plugged in.
    NotThere,
    /// Another program, or another ctx, has it.
    InUse,
    /// This user may not open it (on Linux, see the group of the device).
    NotAllowed,
    /// It is no serial line, or refuses the settings.
    Unusable,
    /// It was open and went away.
    Unplugged,
}

impl ScannerStatus {
    /// For logs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Away(Trouble::NotThere) => "not-there",
            Self::Away(Trouble::InUse) => "in-use",
            Self::Away(Trouble::NotAllowed) => "not-allowed",
            Self::Away(Trouble::Unusable) => "unusable",
            Self::Away(Trouble::Unplugged) => "unplugged",
            Self::Dropped(Fault::TooLong) => "too-long",
            Self::Dropped(Fault::NoLineEnd) => "no-line-end",
        }
    }
}

/// Starts a thread that is named and deaf to the host's signals.
pub type Spawner = fn(&str, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>;

/// A scanner being read. Stops when dropped.
pub struct Scanner {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Scanner {
    /// Starts reading; that the scanner is not there yet is no error. Both functions are called on the
    /// scanner's thread and must return soon: `stop` waits for them. `sink` gets whole codes, never
    /// an empty one, never one longer than `max_len`.
    pub fn start(
        settings: ScannerSettings,
        spawn: Spawner,
        sink: impl Fn(Vec<u8>) + Send + 'static,
        status: impl Fn(ScannerStatus) + Send + 'static,
    ) -> io::Result<Self> {
        settings
            .check()
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (stop, mut stopped) = oneshot::channel();
        let reader = Reader {
            settings,
            sink,
            status,
        };
        let thread = spawn(
            "payments-scan",
            Box::new(move || runtime.block_on(reader.run(&mut stopped))),
        )?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Ends the thread and waits for it. From inside `sink` or `status` it only says that it shall
    /// end.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic in it was told where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Reader<Sink, Status> {
    settings: ScannerSettings,
    sink: Sink,
    status: Status,
}

enum Ended {
    Stopped,
    Lost { heard: bool },
}

impl<Sink: Fn(Vec<u8>), Status: Fn(ScannerStatus)> Reader<Sink, Status> {
    async fn run(&self, stopped: &mut oneshot::Receiver<()>) {
        let mut pause = REOPEN_FIRST;
        let mut told = None;
        loop {
            let trouble = match Port::open(&self.settings) {
                Err(trouble) => trouble,
                Ok(port) => {
                    (self.status)(ScannerStatus::Ready);
                    told = None;
                    match self.read(port, stopped).await {
                        Ended::Stopped => return,
                        Ended::Lost { heard } => {
                            // A line that only opens and closes must not do so in a hurry.
                            if heard {
                                pause = REOPEN_FIRST;
                            }
                            Trouble::Unplugged
                        }
                    }
                }
            };
            if told != Some(trouble) {
                (self.status)(ScannerStatus::Away(trouble));
                told = Some(trouble);
            }
            if unless(stopped, tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(REOPEN_LAST);
        }
    }

    async fn read(&self, mut port: Port, stopped: &mut oneshot::Receiver<()>) -> Ended {
        let mut frames = Frames::new(&self.settings);
        let mut chunk = [0; 1024];
        let mut heard = false;
        let mut last = Instant::now();
        let hand_on = |piece| match piece {
            Piece::Code(code) => (self.sink)(code),
            Piece::Fault(fault) => (self.status)(ScannerStatus::Dropped(fault)),
        };
        loop {
            let until = frames.patience().map(|patience| last + patience);
            match unless(stopped, port.read(&mut chunk, until)).await {
                None => return Ended::Stopped,
                Some(Heard::Bytes(len)) => {
                    heard |= len > 0;
                    if len > 0 {
                        last = Instant::now();
                    }
                    frames.take(chunk.get(..len).unwrap_or_default(), hand_on);
                }
                Some(Heard::Silence) => frames.silence(hand_on),
                Some(Heard::Gone) => return Ended::Lost { heard },
            }
        }
    }
}

/// Does the work unless it is told to stop before the work is done.
async fn unless<T>(
    stopped: &mut oneshot::Receiver<()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(
        |context| match Pin::new(&mut *stopped).poll(context).is_ready() {
            true => Poll::Ready(None),
            false => work.as_mut().poll(context).map(Some),
        },
    )
    .await
}

enum Heard {
    Bytes(usize),
    /// Nothing came for as long as was waited.
    Silence,
    Gone,
}

/// Waits in the system until there is something to read or to do: an idle scanner wakes nobody.
///
/// The port itself only holds the settings and the lock. Its own reading would let the host's signals
/// into this thread (it waits with an empty signal mask), so bytes come through a file of our own,
/// read like a pipe.
#[cfg(unix)]
struct Port {
    bytes: tokio::net::unix::pipe::Receiver,
    _line: serialport::TTYPort,
}

#[cfg(unix)]
impl Port {
    fn open(settings: &ScannerSettings) -> Result<Self, Trouble> {
        use serialport::SerialPort;
        use std::os::unix::fs::OpenOptionsExt;
        // Before the port: that one locks others out.
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK)
            .open(&settings.device)
            .map_err(|error| file_trouble(&error))?;
        let line = serialport::TTYPort::open(&settings.line()).map_err(|e| line_trouble(&e))?;
        // What was scanned while nobody listened is of no sale.
        let _ = line.clear(serialport::ClearBuffer::Input);
        let bytes = tokio::net::unix::pipe::Receiver::from_owned_fd_unchecked(file.into())
            .map_err(|_| Trouble::Unusable)?;
        Ok(Self { bytes, _line: line })
    }

    async fn read(&mut self, chunk: &mut [u8], until: Option<Instant>) -> Heard {
        match until {
            None => self.next(chunk).await,
            Some(until) => match tokio::time::timeout_at(until.into(), self.next(chunk)).await {
                Ok(heard) => heard,
                Err(_) => Heard::Silence,
            },
        }
    }

    async fn next(&mut self, chunk: &mut [u8]) -> Heard {
        loop {
            if self.bytes.readable().await.is_err() {
                return Heard::Gone;
            }
            match self.bytes.try_read(chunk) {
                // A line that was hung up reads as ended.
                Ok(0) => return Heard::Gone,
                Ok(len) => return Heard::Bytes(len),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                    _ => return Heard::Gone,
                },
            }
        }
    }
}

#[cfg(unix)]
fn file_trouble(error: &io::Error) -> Trouble {
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::PermissionDenied, _) => Trouble::NotAllowed,
        (_, Some(libc::EBUSY)) => Trouble::InUse,
        (ErrorKind::NotFound, _) | (_, Some(libc::ENXIO | libc::ENODEV | libc::EIO)) => {
            Trouble::NotThere
        }
        _ => Trouble::Unusable,
    }
}

/// Elsewhere nothing can wake a waiting read, so it looks up now and then.
#[cfg(not(unix))]
struct Port {
    line: Box<dyn serialport::SerialPort>,
}

#[cfg(not(unix))]
impl Port {
    const LOOK_UP: Duration = Duration::from_millis(200);

    fn open(settings: &ScannerSettings) -> Result<Self, Trouble> {
        let line = settings.line().timeout(Self::LOOK_UP).open();
        let line = line.map_err(|error| line_trouble(&error))?;
        let _ = line.clear(serialport::ClearBuffer::Input);
        Ok(Self { line })
    }

    async fn read(&mut self, chunk: &mut [u8], until: Option<Instant>) -> Heard {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let wait = until.map_or(Self::LOOK_UP, |until| left(until).min(Self::LOOK_UP));
        let _ = self.line.set_timeout(wait.max(Duration::from_millis(1)));
        match self.line.read(chunk) {
            Ok(len) => Heard::Bytes(len),
            Err(error) if error.kind() == ErrorKind::TimedOut => match until {
                Some(until) if left(until).is_zero() => Heard::Silence,
                _ => Heard::Bytes(0),
            },
            Err(_) => Heard::Gone,
        }
    }
}

fn line_trouble(error: &serialport::Error) -> Trouble {
    match error.kind() {
        serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => Trouble::NotAllowed,
        serialport::ErrorKind::Io(ErrorKind::NotFound) => Trouble::NotThere,
        // Where it was opened a moment ago, only a lock is left; Windows calls everything so.
        serialport::ErrorKind::NoDevice if cfg!(unix) => Trouble::InUse,
        serialport::ErrorKind::NoDevice => Trouble::NotThere,
        _ => Trouble::Unusable,
    }
}
