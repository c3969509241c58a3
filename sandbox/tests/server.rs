//! The same world behind real sockets: what faults do to real connections, and the admin API.

#![cfg(feature = "server")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sandbox::server::{self, Options, Running, StartError};
use serde_json::{Value, json};
use support::{ADA, REFERENCE, push, qr};

const PATIENCE: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(300);

fn start() -> Running {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options {
        listen: any_port,
        tls_listen: Some(any_port),
        ..Options::default()
    };
    server::start(options).unwrap()
}

fn connect(address: SocketAddr, patience: Duration) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    stream
}

fn connect_tls(running: &Running) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(running.ca_pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, connect(running.https_addr.unwrap(), PATIENCE))
}

fn head(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}

/// Reads exactly one answer, so that the connection can carry another.
fn read_answer(stream: &mut impl Read) -> (u16, String, Vec<u8>) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, head, body)
}

fn call(running: &Running, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = connect(running.http_addr, PATIENCE);
    stream
        .write_all(head(method, path, &[], body).as_bytes())
        .unwrap();
    let (status, _, body) = read_answer(&mut stream);
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn admin(running: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = call(running, method, path, &body.to_string());
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

fn token(running: &Running) -> String {
    let headers = [
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-secret"),
        ("Ocp-Apim-Subscription-Key", "sandbox-key"),
    ];
    let mut stream = connect(running.http_addr, PATIENCE);
    let request = head("POST", "/accesstoken/get", &headers, "");
    stream.write_all(request.as_bytes()).unwrap();
    let (_, _, body) = read_answer(&mut stream);
    let body: Value = serde_json::from_slice(&body).unwrap();
    format!("Bearer {}", body["access_token"].as_str().unwrap())
}

fn create_request(running: &Running, body: &Value) -> String {
    let authorization = token(running);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Ocp-Apim-Subscription-Key", "sandbox-key"),
        ("Merchant-Serial-Number", "123456"),
        ("Idempotency-Key", "create-1"),
        ("Content-Type", "application/json"),
    ];
    head("POST", "/epayment/v1/payments", &headers, &body.to_string())
}

fn arm(running: &Running, action: &Value) {
    let rule = json!({"when": {"path_contains": "/payments"}, "action": action});
    admin(running, "POST", "/_sandbox/chaos", &rule);
}

fn payments(running: &Running) -> Vec<Value> {
    let ledger = admin(running, "GET", "/_sandbox/ledger", &Value::Null);
    ledger["payments"].as_array().unwrap().clone()
}

#[test]
fn a_lost_answer_is_silence_on_an_open_connection() {
    let running = start();
    for (action, executed) in [("lose_request", 0), ("lose_answer", 1)] {
        let request = create_request(&running, &push());
        arm(&running, &json!(action));
        let mut stream = connect(running.http_addr, SHORT);
        stream.write_all(request.as_bytes()).unwrap();
        let error = stream.read(&mut [0; 16]).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut
        ));
        assert_eq!(payments(&running).len(), executed, "{action}");
    }
    running.stop();
}

#[test]
fn a_cut_lets_exactly_so_many_bytes_through() {
    let running = start();
    let request = create_request(&running, &push());
    let whole = {
        let mut stream = connect(running.http_addr, PATIENCE);
        stream.write_all(request.as_bytes()).unwrap();
        let (_, head, body) = read_answer(&mut stream);
        head.len() + body.len()
    };
    for bytes in [0, 1, 17, 100, whole - 1] {
        arm(&running, &json!({"cut": {"after_bytes": bytes}}));
        let mut stream = connect(running.http_addr, PATIENCE);
        stream.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        // A reset after the bytes is as good an end as a plain close.
        _ = stream.read_to_end(&mut received);
        assert_eq!(received.len(), bytes);

        arm(&running, &json!({"cut": {"after_bytes": bytes}}));
        let mut stream = connect_tls(&running);
        stream.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        let end = stream.read_to_end(&mut received);
        assert!(end.is_err(), "a cut over TLS has to look like a truncation");
        assert_eq!(received.len(), bytes);
    }
    assert_eq!(payments(&running).len(), 1);
    running.stop();
}

#[test]
fn a_cut_beyond_the_answer_spares_the_next_one() {
    let running = start();
    let request = create_request(&running, &push());
    arm(&running, &json!({"cut": {"after_bytes": 10_000}}));
    let mut stream = connect(running.http_addr, PATIENCE);
    for _ in 0..60 {
        stream.write_all(request.as_bytes()).unwrap();
        assert!(matches!(read_answer(&mut stream).0, 201 | 429));
    }
    running.stop();
}

#[test]
fn a_request_can_be_cut_before_it_is_carried_out() {
    let running = start();
    let request = create_request(&running, &push());
    arm(&running, &json!("cut_request"));
    let mut stream = connect(running.http_addr, PATIENCE);
    stream.write_all(request.as_bytes()).unwrap();
    let mut received = Vec::new();
    _ = stream.read_to_end(&mut received);
    assert!(received.is_empty());
    assert!(payments(&running).is_empty());
    running.stop();
}

#[test]
fn answers_can_be_slow() {
    let running = start();
    let request = create_request(&running, &push());
    arm(&running, &json!({"delay": {"ms": 250}}));
    let before = Instant::now();
    let mut stream = connect_tls(&running);
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream).0, 201);
    assert!(before.elapsed() >= Duration::from_millis(250));
    running.stop();
}

#[test]
fn the_clock_can_be_moved() {
    let running = start();
    let mut stream = connect(running.http_addr, PATIENCE);
    let request = create_request(&running, &push());
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream).0, 201);
    assert_eq!(payments(&running)[0]["state"], "CREATED");
    let clock = admin(
        &running,
        "POST",
        "/_sandbox/clock",
        &json!({"advance_ms": 600_000}),
    );
    assert_eq!(clock["ahead_ms"], 600_000);
    assert_eq!(payments(&running)[0]["state"], "EXPIRED");
    let clock = admin(&running, "GET", "/_sandbox/clock", &Value::Null);
    assert!(clock["now_ms"].as_i64().unwrap() > running.shared().now_ms() - 10_000);
    admin(&running, "POST", "/_sandbox/reset", &Value::Null);
    assert!(payments(&running).is_empty());
    running.stop();
}

#[test]
fn the_phone_scans_and_approves() {
    let running = start();
    let phones = admin(&running, "GET", "/_sandbox/phones", &Value::Null);
    assert_eq!(phones[0]["number"], ADA);
    let mut stream = connect(running.http_addr, PATIENCE);
    let request = create_request(&running, &qr(Some(json!({"format": "IMAGE/PNG"}))));
    stream.write_all(request.as_bytes()).unwrap();
    let (_, _, body) = read_answer(&mut stream);
    let body: Value = serde_json::from_slice(&body).unwrap();
    let address = body["redirectUrl"].as_str().unwrap();
    let image_path = address
        .strip_prefix(&format!("http://{}", running.http_addr))
        .unwrap();
    assert_eq!(call(&running, "GET", image_path, "").0, 200);

    let codes = admin(&running, "GET", "/_sandbox/qr", &Value::Null);
    let scan = json!({"qr": codes[0]["qr"], "phone": ADA});
    let scanned = admin(&running, "POST", "/_sandbox/scan", &scan);
    assert_eq!(scanned["reference"], REFERENCE);
    let phone_path = format!("/_sandbox/phone/{ADA}");
    let phone = admin(&running, "GET", &phone_path, &Value::Null);
    assert_eq!(phone["requests"][0]["state"], "opened");
    let approve = format!("/_sandbox/payments/{REFERENCE}/approve");
    admin(&running, "POST", &approve, &json!({}));
    let phone = admin(&running, "GET", &phone_path, &Value::Null);
    assert_eq!(phone["requests"][0]["state"], "approved");

    let (status, answer) = call(&running, "POST", &approve, "{}");
    assert_eq!(status, 409);
    assert!(answer["error"].as_str().unwrap().contains("AUTHORIZED"));
    assert_eq!(call(&running, "POST", "/_sandbox/scan", "{}").0, 400);
    assert_eq!(
        call(&running, "POST", "/_sandbox/settings", "{\"nonsense\":1}").0,
        400
    );
    let patched = json!({"push_allowed": false});
    let settings = admin(&running, "POST", "/_sandbox/settings", &patched);
    assert_eq!(settings["vipps"]["push_allowed"], false);
    let log = admin(&running, "GET", "/_sandbox/requests", &Value::Null);
    assert_eq!(log["requests"][1]["path"], "/epayment/v1/payments");
    running.stop();
}

/// Every module and style sheet of the page, so that none is forgotten.
fn page_paths() -> Vec<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/phone");
    std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "index.html")
        .map(|name| format!("/{name}"))
        .collect()
}

#[test]
fn the_page_is_served_to_itself_only() {
    let running = start();
    let mut paths = page_paths();
    paths.extend([String::from("/"), String::from("/phone")]);
    for path in paths {
        let mut stream = connect(running.http_addr, PATIENCE);
        stream
            .write_all(head("GET", &path, &[], "").as_bytes())
            .unwrap();
        let (status, head, _) = read_answer(&mut stream);
        assert_eq!(status, 200, "{path}");
        let kind = match path.rsplit_once('.') {
            Some((_, "css")) => "text/css",
            Some((_, "js")) => "text/javascript",
            _ => "text/html",
        };
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';",
            &format!("content-type: {kind}; charset=utf-8"),
        ] {
            assert!(head.contains(line), "{path}: {head}");
        }
    }
    for (origin, status) in [
        ("http://localhost", 200),
        ("https://evil.example.test", 403),
    ] {
        let mut stream = connect(running.http_addr, PATIENCE);
        let request = head("POST", "/_sandbox/reset", &[("Origin", origin)], "");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(read_answer(&mut stream).0, status, "{origin}");
    }
    running.stop();
}

#[test]
fn other_machines_need_permission() {
    let options = Options {
        listen: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..Options::default()
    };
    let refused = server::start(options.clone());
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
    let allowed = Options {
        allow_remote: true,
        ..options
    };
    server::start(allowed).unwrap().stop();
}

#[cfg(unix)]
#[test]
fn the_program_says_where_it_is_and_ends_when_told() {
    use std::process::{Command, Stdio};
    let folder = std::env::temp_dir().join(format!("sandbox-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (ports, authority) = (folder.join("ports.json"), folder.join("ca.pem"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"])
        .arg("--port-file")
        .arg(&ports)
        .arg("--ca-out")
        .arg(&authority)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let before = Instant::now();
    while !ports.exists() && before.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(10));
    }
    let written: Value = serde_json::from_slice(&std::fs::read(&ports).unwrap()).unwrap();
    let address: SocketAddr = written["http"].as_str().unwrap().parse().unwrap();
    connect(address, PATIENCE);
    assert_eq!(written["ca"], authority.to_str().unwrap());
    assert!(
        std::fs::read_to_string(&authority)
            .unwrap()
            .contains("BEGIN CERTIFICATE")
    );

    let id = child.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(said.contains(&format!("http://{address}/phone")));
    std::fs::remove_dir_all(&folder).unwrap();
}
