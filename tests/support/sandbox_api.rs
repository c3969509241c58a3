//! Asks a running sandbox: as its admin does, and as a merchant who sets up an account.

#![allow(dead_code, reason = "each test file uses what it needs")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct SandboxApi {
    pub port: u16,
}

impl SandboxApi {
    /// What a customer does, or refuses to; it must be possible.
    pub fn act(&self, provider: &str, act: &str, with: &Value) -> Value {
        let path = format!("/_sandbox/wallets/{provider}/{act}");
        let (status, answer) = self.post(&path, &[], &with.to_string());
        assert_eq!(status, 200, "{act} {with}: {answer}");
        answer
    }

    /// Has the sales unit's webhooks sent to this address. Gives nothing: the secret is a setting.
    pub fn register_webhook(&self, url: &str, events: &[&str]) {
        let keys = [
            ("client_id", "sandbox-client"),
            ("client_secret", "sandbox-secret"),
            ("Ocp-Apim-Subscription-Key", "sandbox-key"),
            ("Merchant-Serial-Number", "123456"),
        ];
        let (status, token) = self.post("/accesstoken/get", &keys, "");
        assert_eq!(status, 200, "{token}");
        let bearer = format!(
            "Bearer {}",
            token["access_token"].as_str().expect("a token")
        );
        let mut headers = keys.to_vec();
        headers.push(("Authorization", &bearer));
        let body = json!({"url": url, "events": events}).to_string();
        let (status, answer) = self.post("/webhooks/v1/webhooks", &headers, &body);
        assert_eq!(status, 201, "{answer}");
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let asked = self.exchange(path, headers, body);
        asked.unwrap_or_else(|error| panic!("the sandbox did not answer {path}: {error}"))
    }

    fn exchange(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<(u16, Value)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        write!(stream, "{request}\r\n{body}")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        Ok((status.unwrap_or(0), body))
    }
}
