//! The serial scanner on pseudo terminals: codes arrive whole, plugs come and go, and an idle scanner
//! costs nothing.

#![cfg(all(feature = "library", target_os = "linux"))]
#![allow(unsafe_code)]

use payments::device::scanner::{Fault, Scanner, ScannerSettings, ScannerStatus, Trouble};
use std::ffi::CStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(3);

/// Threads are found by name in /proc: one scanner thread at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A socket for scanners: a name that stays, and what is plugged into it.
struct Socket {
    folder: PathBuf,
    plugged: Option<File>,
}

impl Socket {
    fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("payments-scan-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            plugged: None,
        }
    }

    fn plugged() -> Self {
        let mut socket = Self::empty();
        socket.plug_in();
        socket
    }

    fn name(&self) -> PathBuf {
        self.folder.join("scanner")
    }

    fn plug_in(&mut self) {
        let (master, slave) = pseudo_terminal();
        std::os::unix::fs::symlink(slave, self.name()).unwrap();
        self.plugged = Some(master);
    }

    fn unplug(&mut self) {
        // The name goes first: the number behind it may be somebody else's at once.
        std::fs::remove_file(self.name()).unwrap();
        self.plugged = None;
    }

    fn send(&self, bytes: &[u8]) {
        self.plugged.as_ref().unwrap().write_all(bytes).unwrap();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn pseudo_terminal() -> (File, PathBuf) {
    // SAFETY: the descriptor is fresh and goes into a File at once; the name is NUL-terminated by
    // the system and fits the buffer.
    unsafe {
        let descriptor = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(descriptor >= 0, "no pseudo terminal");
        let master = File::from_raw_fd(descriptor);
        assert_eq!(libc::grantpt(descriptor), 0);
        assert_eq!(libc::unlockpt(descriptor), 0);
        let mut name = [0; 128];
        assert_eq!(
            libc::ptsname_r(descriptor, name.as_mut_ptr(), name.len()),
            0
        );
        let name = CStr::from_ptr(name.as_ptr()).to_str().unwrap();
        (master, PathBuf::from(name))
    }
}

#[derive(Debug, PartialEq)]
enum Heard {
    Code(String),
    Status(ScannerStatus),
}

struct Running {
    scanner: Scanner,
    heard: mpsc::Receiver<Heard>,
}

/// As the library starts its threads: deaf to signals.
fn quiet(name: &str, work: Box<dyn FnOnce() + Send>) -> std::io::Result<JoinHandle<()>> {
    // SAFETY: both sets are owned here and filled before they are read.
    unsafe {
        let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work);
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        thread
    }
}

fn settings(device: &Path, more: &str) -> ScannerSettings {
    let text = format!(r#"{{"device": "{}"{more}}}"#, device.display());
    serde_json::from_str(&text).unwrap()
}

fn start(socket: &Socket, more: &str) -> Running {
    let (codes, heard) = mpsc::channel();
    let statuses = codes.clone();
    let scanner = Scanner::start(
        settings(&socket.name(), more),
        quiet,
        move |code| {
            let text = String::from_utf8_lossy(&code).into_owned();
            let _ = codes.send(Heard::Code(text));
        },
        move |status| {
            let _ = statuses.send(Heard::Status(status));
        },
    )
    .unwrap();
    Running { scanner, heard }
}

impl Running {
    fn next(&self) -> Heard {
        self.heard
            .recv_timeout(SOON)
            .expect("something should have come")
    }

    fn expect_code(&self, text: &str) {
        assert_eq!(self.next(), Heard::Code(text.to_owned()));
    }

    fn expect(&self, status: ScannerStatus) {
        assert_eq!(self.next(), Heard::Status(status));
    }

    fn expect_nothing(&self, within: Duration) {
        assert_eq!(self.heard.recv_timeout(within).ok(), None);
    }
}

fn started(socket: &Socket, more: &str) -> Running {
    let running = start(socket, more);
    running.expect(ScannerStatus::Ready);
    running
}

#[test]
fn codes_arrive_whole_however_the_line_divides_them() {
    let _alone = alone();
    let socket = Socket::plugged();
    let running = started(&socket, "");
    socket.send(b"6411401015090\r");
    running.expect_code("6411401015090");
    socket.send(b"one\rtwo\r\r\n\rthree\r");
    for code in ["one", "two", "three"] {
        running.expect_code(code);
    }
    for byte in b"https://qr.example/a?b=c" {
        socket.send(&[*byte]);
        std::thread::sleep(Duration::from_millis(2));
    }
    running.expect_nothing(Duration::from_millis(100));
    socket.send(b"\r");
    running.expect_code("https://qr.example/a?b=c");
}

#[test]
fn each_way_of_ending_a_code_works() {
    let _alone = alone();
    let cases: [(&str, &[u8]); 6] = [
        (r#", "line_end": "cr""#, b"code-1\r\n"),
        (r#", "line_end": "lf""#, b"code-1\r\n"),
        (r#", "line_end": "crlf""#, b"code-1\r\n"),
        (r#", "line_end": "timeout", "gap_ms": 40"#, b"code-1"),
        (
            r#", "prefix": "\u0002", "suffix": "\u0003""#,
            b"\x02code-1\x03\r",
        ),
        (
            r#", "baud": 115200, "data_bits": 7, "parity": "even", "stop_bits": 2"#,
            b"code-1\r",
        ),
    ];
    for (more, sent) in cases {
        let socket = Socket::plugged();
        let running = started(&socket, more);
        for _ in 0..3 {
            socket.send(sent);
            running.expect_code("code-1");
        }
    }
}

#[test]
fn an_unplugged_scanner_is_read_again_when_it_is_back() {
    let _alone = alone();
    let mut socket = Socket::plugged();
    let running = started(&socket, "");
    for _ in 0..2 {
        socket.send(b"before\r");
        running.expect_code("before");
        // Half a code is lost with the plug, not kept for the next one.
        socket.send(b"half");
        std::thread::sleep(Duration::from_millis(50));
        socket.unplug();
        running.expect(ScannerStatus::Away(Trouble::Unplugged));
        running.expect(ScannerStatus::Away(Trouble::NotThere));
        running.expect_nothing(Duration::from_millis(500));
        socket.plug_in();
        running.expect(ScannerStatus::Ready);
        socket.send(b"after\r");
        running.expect_code("after");
    }
}

#[test]
fn a_scanner_may_be_plugged_in_after_the_start() {
    let _alone = alone();
    let mut socket = Socket::empty();
    let running = start(&socket, "");
    running.expect(ScannerStatus::Away(Trouble::NotThere));
    socket.plug_in();
    running.expect(ScannerStatus::Ready);
    socket.send(b"late\r");
    running.expect_code("late");
}

#[test]
fn noise_and_endless_codes_are_thrown_away() {
    let _alone = alone();
    let socket = Socket::plugged();
    let running = started(&socket, "");
    let longest = "x".repeat(8_192);
    socket.send(format!("{longest}\r").as_bytes());
    running.expect_code(&longest);
    socket.send(format!("{longest}y\rgood\r").as_bytes());
    running.expect(ScannerStatus::Dropped(Fault::TooLong));
    running.expect_code("good");

    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .map(|byte| if byte == b'\r' { 0 } else { byte })
        .collect();
    socket.send(&noise);
    socket.send(b"\rgood again\r");
    running.expect(ScannerStatus::Dropped(Fault::TooLong));
    running.expect_code("good again");
}

#[test]
fn half_a_code_does_not_become_the_beginning_of_the_next() {
    let _alone = alone();
    let socket = Socket::plugged();
    let running = started(&socket, "");
    socket.send(b"half");
    running.expect(ScannerStatus::Dropped(Fault::NoLineEnd));
    socket.send(b"whole\r");
    running.expect_code("whole");
}

#[test]
fn stopping_is_prompt_whatever_the_scanner_does() {
    let _alone = alone();
    let prompt = |mut running: Running, doing: &str| {
        let begun = Instant::now();
        running.scanner.stop();
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(300), "{took:?} while {doing}");
        assert!(is_gone(), "still there while {doing}");
        // The thread has let go of both functions: nothing can come any more.
        while running.heard.try_recv().is_ok() {}
        assert_eq!(
            running.heard.try_recv(),
            Err(mpsc::TryRecvError::Disconnected)
        );
    };
    let socket = Socket::plugged();
    let running = started(&socket, "");
    std::thread::sleep(Duration::from_millis(50));
    prompt(running, "idle");

    let running = started(&socket, "");
    socket.send(b"half a code");
    std::thread::sleep(Duration::from_millis(50));
    prompt(running, "in the middle of a code");

    let nothing = Socket::empty();
    let running = start(&nothing, "");
    std::thread::sleep(Duration::from_millis(1_000));
    prompt(running, "waiting to try again");

    drop(started(&socket, ""));
    assert!(is_gone(), "dropped");
}

#[test]
fn it_may_be_stopped_from_where_it_calls() {
    let _alone = alone();
    let socket = Socket::plugged();
    let slot: std::sync::Arc<Mutex<Option<Scanner>>> = std::sync::Arc::default();
    let inside = slot.clone();
    let (told, stopped) = mpsc::channel();
    let scanner = Scanner::start(
        settings(&socket.name(), ""),
        quiet,
        move |_| {
            drop(inside.lock().unwrap().take());
            let _ = told.send(());
        },
        |_| {},
    )
    .unwrap();
    *slot.lock().unwrap() = Some(scanner);
    let deadline = Instant::now() + SOON;
    while stopped.recv_timeout(Duration::from_millis(100)).is_err() {
        assert!(Instant::now() < deadline, "never stopped");
        socket.send(b"stop\r");
    }
    assert!(is_gone(), "the thread went on");
}

#[test]
fn an_idle_scanner_wakes_nobody() {
    let _alone = alone();
    let socket = Socket::plugged();
    let running = started(&socket, "");
    socket.send(b"warm\r\n");
    running.expect_code("warm");
    std::thread::sleep(Duration::from_millis(200));
    let before = wake_ups();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(wake_ups() - before, 0, "wake-ups in five idle seconds");
}

#[test]
fn a_missing_scanner_is_looked_for_without_haste() {
    let _alone = alone();
    let nothing = Socket::empty();
    let running = start(&nothing, "");
    running.expect(ScannerStatus::Away(Trouble::NotThere));
    let before = wake_ups();
    // Looked for after 0.2, 0.6, 1.4 and 3.0 seconds; a timer may wake twice for one wait.
    running.expect_nothing(Duration::from_secs(4));
    let woken = wake_ups() - before;
    assert!(woken <= 12, "{woken} wake-ups in four seconds");
}

#[test]
fn what_is_no_serial_line_is_told_once() {
    let _alone = alone();
    for device in ["/dev/null", "/etc/passwd", "/tmp"] {
        let socket = Socket::empty();
        std::os::unix::fs::symlink(device, socket.name()).unwrap();
        let running = start(&socket, "");
        running.expect(ScannerStatus::Away(Trouble::Unusable));
        running.expect_nothing(Duration::from_millis(800));
    }
}

#[test]
fn a_scanner_has_one_reader() {
    let _alone = alone();
    let socket = Socket::plugged();
    let mut first = started(&socket, "");
    let second = start(&socket, "");
    second.expect(ScannerStatus::Away(Trouble::InUse));
    socket.send(b"mine\r");
    first.expect_code("mine");
    first.scanner.stop();
    second.expect(ScannerStatus::Ready);
    socket.send(b"now mine\r");
    second.expect_code("now mine");
}

/// Signals belong to the host: waiting for a scan must not let them in.
#[test]
fn signals_stay_out_of_the_thread() {
    let _alone = alone();
    let socket = Socket::plugged();
    let running = started(&socket, "");
    let thread = thread_of_scanner().unwrap();
    // SAFETY: both ids are of this process and alive. The signal would end the process if it were
    // let in: it has no handler.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGUSR1) };
    assert_eq!(sent, 0);
    socket.send(b"a\rb\rc\r");
    for code in ["a", "b", "c"] {
        running.expect_code(code);
    }
    let pending = status_line(thread, "SigPnd");
    let pending = u64::from_str_radix(&pending, 16).unwrap();
    assert_eq!(
        pending & (1 << (libc::SIGUSR1 - 1)),
        1 << (libc::SIGUSR1 - 1)
    );
}

#[test]
fn settings_are_checked_before_anything_starts() {
    let read = |text: &str| serde_json::from_str::<ScannerSettings>(text);
    let plain = read(r#"{"device": "COM3"}"#).unwrap();
    assert_eq!(plain.baud, 9_600);
    assert_eq!((plain.max_len, plain.gap_ms), (8_192, 50));
    assert_eq!(plain.check(), Ok(()));
    for text in [
        "{}",
        r#"{"device": "COM3", "baudrate": 9600}"#,
        r#"{"device": "COM3", "parity": "mark"}"#,
        r#"{"device": "COM3", "line_end": "etx"}"#,
        r#"{"device": "COM3", "data_bits": "8"}"#,
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    for (field, more) in [
        ("device", r#""device": """#),
        ("baud", r#""device": "COM3", "baud": 0"#),
        ("baud", r#""device": "COM3", "baud": 9601"#),
        ("data_bits", r#""device": "COM3", "data_bits": 9"#),
        ("stop_bits", r#""device": "COM3", "stop_bits": 0"#),
        (
            "prefix",
            r#""device": "COM3", "prefix": "12345678901234567""#,
        ),
        ("max_len", r#""device": "COM3", "max_len": 8193"#),
        ("max_len", r#""device": "COM3", "max_len": 0"#),
        ("gap_ms", r#""device": "COM3", "gap_ms": 0"#),
    ] {
        let settings = read(&format!("{{{more}}}")).unwrap();
        assert_eq!(settings.check().unwrap_err().field, field);
        let refused = Scanner::start(settings, quiet, |_| {}, |_| {});
        let error = refused.err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().starts_with(field), "{error}");
    }
}

#[test]
fn nothing_is_left_open() {
    let _alone = alone();
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let mut socket = Socket::plugged();
    drop(started(&socket, ""));
    let before = open();
    for _ in 0..5 {
        let running = started(&socket, "");
        socket.unplug();
        running.expect(ScannerStatus::Away(Trouble::Unplugged));
        socket.plug_in();
        while running.next() != Heard::Status(ScannerStatus::Ready) {}
    }
    assert_eq!(open(), before);
}

fn thread_of_scanner() -> Option<i64> {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = std::fs::read_to_string(path.join("comm")).ok()?;
            let number = path.file_name()?.to_str()?.parse().ok()?;
            (name.trim() == "payments-scan").then_some(number)
        })
        .next()
}

/// The system takes a thread that has ended off its list a moment later.
fn is_gone() -> bool {
    let deadline = Instant::now() + Duration::from_millis(500);
    while thread_of_scanner().is_some() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

fn status_line(thread: i64, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/status")).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap().trim().to_owned()
}

/// How often the scanner's thread has gone to sleep: once per wake-up.
fn wake_ups() -> u64 {
    let thread = thread_of_scanner().expect("the scanner's thread");
    status_line(thread, "voluntary_ctxt_switches")
        .parse()
        .unwrap()
}
