//! A connection that breaks after a given number of bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const UNARMED: usize = usize::MAX;

/// Shared by a connection and by the handler that decides to break it.
#[derive(Clone)]
pub(super) struct Fuse {
    bytes_left: Arc<AtomicUsize>,
}

/// Counts what is written below HTTP and above TLS, so that `k` means the same on both.
pub(super) struct FusedStream<S> {
    inner: S,
    fuse: Fuse,
}

impl Fuse {
    pub fn new() -> Fuse {
        Fuse {
            bytes_left: Arc::new(AtomicUsize::new(UNARMED)),
        }
    }

    /// The connection breaks once so many more bytes are written.
    pub fn blow_after(&self, bytes: usize) {
        let bytes = bytes.min(UNARMED - 1);
        self.bytes_left.store(bytes, Ordering::SeqCst);
    }

    /// An answer shorter than its cut must not hit the next answer on the same connection.
    pub fn disarm(&self) {
        self.bytes_left.store(UNARMED, Ordering::SeqCst);
    }

    fn bytes_left(&self) -> Option<usize> {
        let left = self.bytes_left.load(Ordering::SeqCst);
        (left != UNARMED).then_some(left)
    }
}

impl<S> FusedStream<S> {
    pub fn new(inner: S, fuse: Fuse) -> FusedStream<S> {
        FusedStream { inner, fuse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FusedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FusedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(left) = self.fuse.bytes_left() else {
            return Pin::new(&mut self.inner).poll_write(context, bytes);
        };
        if left == 0 {
            // What was let through has to arrive; TLS keeps it back until it is flushed.
            ready!(Pin::new(&mut self.inner).poll_flush(context))?;
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        let allowed = bytes.get(..left.min(bytes.len())).unwrap_or(bytes);
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, allowed))?;
        self.fuse.blow_after(left.saturating_sub(written));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
