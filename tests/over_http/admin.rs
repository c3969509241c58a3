//! The sandbox's admin API over one connection that stays open.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub struct Admin {
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

/// A row of the ledger, as far as anybody looks.
pub struct Row {
    /// Who imitates its provider.
    pub provider: String,
    pub reference: String,
    pub created_ms: i64,
    pub captured: i64,
    pub refunded: i64,
}

pub struct Ledger {
    pub now_ms: i64,
    pub rows: Vec<Row>,
}

impl Admin {
    pub fn new(port: u16) -> Self {
        Self {
            port,
            connection: None,
        }
    }

    pub fn ledger(&mut self) -> Result<Ledger, String> {
        let ledger = self.done("GET", "/_sandbox/ledger", None)?;
        let rows = ledger["payments"].as_array().into_iter().flatten();
        let number = |row: &Value, member: &str| row[member].as_i64().ok_or(member.to_owned());
        let text = |row: &Value, member: &str| row[member].as_str().unwrap_or("").to_owned();
        let row = |row: &Value| {
            Ok::<_, String>(Row {
                provider: text(row, "provider"),
                reference: text(row, "reference"),
                created_ms: number(row, "created_ms")?,
                captured: number(row, "captured")?,
                refunded: number(row, "refunded")?,
            })
        };
        Ok(Ledger {
            now_ms: number(&ledger, "now_ms")?,
            rows: rows.map(row).collect::<Result<_, _>>()?,
        })
    }

    /// What the customers of a provider see.
    pub fn wallet(&mut self, provider: &str) -> Result<Value, String> {
        self.done("GET", &format!("/_sandbox/wallets/{provider}"), None)
    }

    /// What a customer does; nothing if it cannot be done now.
    pub fn act(
        &mut self,
        provider: &str,
        act: &str,
        with: &Value,
    ) -> Result<Option<Value>, String> {
        let path = format!("/_sandbox/wallets/{provider}/{act}");
        match self.ask("POST", &path, Some(with))? {
            (200, answer) => Ok(Some(answer)),
            (409, _) => Ok(None),
            (status, answer) => Err(format!("{act}: {status} {answer}")),
        }
    }

    pub fn arm(&mut self, rule: &sandbox::Rule) -> Result<(), String> {
        let rule = serde_json::to_value(rule).map_err(|error| error.to_string())?;
        self.done("POST", "/_sandbox/chaos", Some(&rule)).map(drop)
    }

    pub fn disarm_all(&mut self) -> Result<(), String> {
        self.done("DELETE", "/_sandbox/chaos", None).map(drop)
    }

    /// Gives all the settings as they are then.
    pub fn patch_settings(&mut self, patch: &Value) -> Result<Value, String> {
        self.done("POST", "/_sandbox/settings", Some(patch))
    }

    /// A request to a provider that no till makes.
    pub fn as_merchant(
        &mut self,
        path: &str,
        headers: &[(&str, String)],
        body: &Value,
    ) -> Result<Value, String> {
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        match self.ask_with("POST", path, &lines, Some(body))? {
            (200..=299, answer) => Ok(answer),
            (status, answer) => Err(format!("{path}: {status} {answer}")),
        }
    }

    pub fn revoke_tokens(&mut self) -> Result<(), String> {
        self.done("DELETE", "/_sandbox/tokens", None).map(drop)
    }

    fn done(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        match self.ask(method, path, body)? {
            (200, answer) => Ok(answer),
            (status, answer) => Err(format!("the sandbox answered {path}: {status} {answer}")),
        }
    }

    fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), String> {
        self.ask_with(method, path, "", body)
    }

    fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\ncontent-type: application/json\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let asked = self.exchange(&request);
        if asked.is_err() {
            self.connection = None;
        }
        asked.map_err(|error| format!("the sandbox did not answer {path}: {error}"))
    }

    fn exchange(&mut self, request: &str) -> std::io::Result<(u16, Value)> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port))?;
                stream.set_read_timeout(Some(ANSWER_WITHIN))?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let connection = self.connection.insert(connection);
        connection.get_mut().write_all(request.as_bytes())?;
        read(connection)
    }
}

/// An answer with a length, which is how the admin API gives them all.
fn read(connection: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Value)> {
    let unreadable = |what: &str| std::io::Error::other(format!("{what} is unreadable"));
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.ok_or_else(|| unreadable("the status"))?;
    let mut length = 0;
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| unreadable("the length"))?;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
