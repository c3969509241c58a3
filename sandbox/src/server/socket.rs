//! Accepts connections and puts HTTP/1.1 on them.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::fuse::{Fuse, FusedStream};

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Without a pause, running out of file descriptors would turn into a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn serve(listener: TcpListener, router: Router) {
    loop {
        let stream = accept(&listener).await;
        tokio::spawn(connection(stream, router.clone()));
    }
}

pub(super) async fn serve_tls(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    loop {
        let stream = accept(&listener).await;
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let handshake = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(stream));
            if let Ok(Ok(stream)) = handshake.await {
                connection(stream, router).await;
            }
        });
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Only costs latency if it fails.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Serves one connection to its end. Errors are the peer's business: the sandbox breaks connections
/// on purpose.
async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let fuse = Fuse::new();
    let stream = TokioIo::new(FusedStream::new(stream, fuse.clone()));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        fuse.disarm();
        request.extensions_mut().insert(fuse.clone());
        router.call(request)
    });
    let _ = http1::Builder::new()
        .serve_connection(stream, service)
        .await;
}
