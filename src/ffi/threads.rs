//! Threads that do not meddle with the host's signals, and knowing that the process has forked.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Our threads are small: deep recursion does not happen in them.
const STACK_SIZE: usize = 512 * 1024;

static FORKED: AtomicBool = AtomicBool::new(false);

/// Starts a thread that takes no signal. All are blocked around the start, so that not even its
/// first instructions can; the caller's own mask is put back.
///
/// This is also what keeps a closed connection from ending the host with SIGPIPE: a vectored write
/// raises it in the writing thread, where it is blocked and becomes an error code.
pub fn spawn_quiet(name: &str, work: Box<dyn FnOnce() + Send>) -> std::io::Result<JoinHandle<()>> {
    let quiet = SignalsBlocked::now();
    let thread = std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK_SIZE)
        .spawn(work);
    drop(quiet);
    thread
}

#[cfg(unix)]
struct SignalsBlocked(libc::sigset_t);

#[cfg(unix)]
impl SignalsBlocked {
    fn now() -> Self {
        // SAFETY: both sets are owned here and initialised by the calls before they are read.
        unsafe {
            let mut all = std::mem::zeroed();
            let mut before = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            Self(before)
        }
    }
}

#[cfg(unix)]
impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set was filled by the system in `now`.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut());
        }
    }
}

#[cfg(not(unix))]
struct SignalsBlocked;

#[cfg(not(unix))]
impl SignalsBlocked {
    fn now() -> Self {
        Self
    }
}

/// From now on a child of this process is recognised as one, without a system call per look.
pub fn watch_forks() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        #[cfg(unix)]
        {
            extern "C" fn in_child() {
                FORKED.store(true, Ordering::Release);
            }
            // SAFETY: the handler only stores to an atomic, which is legal after fork.
            unsafe {
                libc::pthread_atfork(None, None, Some(in_child));
            }
        }
    });
}

/// Whether this is the child of a process that had the library open.
pub fn is_forked_child() -> bool {
    FORKED.load(Ordering::Acquire)
}
