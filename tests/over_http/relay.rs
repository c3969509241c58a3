//! The way between till and sandbox: takes as long as in the simulation, and can be closed.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const ACCEPT_EVERY: Duration = Duration::from_millis(2);
const CHUNK_LEN: usize = 256 * 1024;

/// Connections to its port are refused while it is down, as by a machine that is not there.
pub struct Relay {
    way: Arc<Way>,
    port: u16,
    /// Keeps the port ours while nobody listens on it.
    _reserved: tokio::net::TcpSocket,
    accepting: Option<JoinHandle<()>>,
}

struct Way {
    sandbox: u16,
    latency: Duration,
    up: AtomicBool,
    over: AtomicBool,
    connections: Mutex<Vec<Arc<Connection>>>,
}

struct Connection {
    till: TcpStream,
    sandbox: TcpStream,
    /// A request has gone through and no answer yet.
    asked: AtomicBool,
}

impl Relay {
    pub fn new(sandbox: u16, latency: Duration) -> Self {
        let reserved = tokio::net::TcpSocket::new_v4().expect("a socket");
        reserved.set_reuseaddr(true).expect("an option of sockets");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        reserved.bind(any).expect("a free port");
        let port = reserved.local_addr().expect("a port").port();
        let way = Way {
            sandbox,
            latency,
            up: AtomicBool::new(false),
            over: AtomicBool::new(false),
            connections: Mutex::new(vec![]),
        };
        let mut relay = Self {
            way: Arc::new(way),
            port,
            _reserved: reserved,
            accepting: None,
        };
        relay.set_up(true);
        relay
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What is already on its way still arrives, and so does its answer; nothing new does.
    pub fn set_up(&mut self, up: bool) {
        if self.way.up.swap(up, Ordering::SeqCst) == up {
            return;
        }
        if up {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).expect("our port");
            listener
                .set_nonblocking(true)
                .expect("an option of sockets");
            let way = Arc::clone(&self.way);
            self.accepting = Some(thread::spawn(move || way.accept(&listener)));
            return;
        }
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        let mut connections = self.way.connections();
        let idle = |it: &Arc<Connection>| !it.asked.load(Ordering::SeqCst);
        connections
            .iter()
            .filter(|it| idle(it))
            .for_each(|it| it.close());
        connections.retain(|it| !idle(it));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.way.over.store(true, Ordering::SeqCst);
        self.set_up(false);
        self.way.connections().iter().for_each(|it| it.close());
    }
}

impl Way {
    fn connections(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Until the way is closed; the listener ends with it, and connections are refused.
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        while self.up.load(Ordering::SeqCst) {
            match listener.accept() {
                // Who cannot be passed on sees the connection close.
                Ok((till, _)) => drop(self.open(till)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(ACCEPT_EVERY);
                }
                Err(_) => thread::sleep(ACCEPT_EVERY),
            }
        }
    }

    fn open(self: &Arc<Self>, till: TcpStream) -> std::io::Result<()> {
        till.set_nonblocking(false)?;
        let sandbox = TcpStream::connect((Ipv4Addr::LOCALHOST, self.sandbox))?;
        for stream in [&till, &sandbox] {
            stream.set_nodelay(true)?;
        }
        let connection = Arc::new(Connection {
            till,
            sandbox,
            asked: AtomicBool::new(false),
        });
        self.connections().push(Arc::clone(&connection));
        for asking in [true, false] {
            let (way, connection) = (Arc::clone(self), Arc::clone(&connection));
            thread::spawn(move || {
                // Either side may break a connection whenever it likes.
                let _ = way.carry(&connection, asking);
                connection.close();
            });
        }
        Ok(())
    }

    /// From the till to the sandbox if it is asking, else back, each piece after its time.
    fn carry(&self, connection: &Connection, asking: bool) -> std::io::Result<()> {
        let (mut from, mut to) = if asking {
            (&connection.till, &connection.sandbox)
        } else {
            (&connection.sandbox, &connection.till)
        };
        let mut bytes = vec![0; CHUNK_LEN];
        loop {
            let length = from.read(&mut bytes)?;
            if length == 0 {
                return Ok(());
            }
            if asking {
                if !self.up.load(Ordering::SeqCst) {
                    return Ok(());
                }
                connection.asked.store(true, Ordering::SeqCst);
            }
            thread::sleep(self.latency);
            to.write_all(&bytes[..length])?;
            if !asking {
                connection.asked.store(false, Ordering::SeqCst);
                if !self.up.load(Ordering::SeqCst) {
                    return Ok(());
                }
            }
        }
    }
}

impl Connection {
    fn close(&self) {
        let _ = self.till.shutdown(Shutdown::Both);
        let _ = self.sandbox.shutdown(Shutdown::Both);
    }
}
