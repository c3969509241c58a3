//! The sandbox as a child process, and its admin API.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{LOOK_AGAIN, Reaped, guarded};
use crate::tools::Tools;

const START_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub struct Sandbox {
    /// Where the customer's phone and the admin API are.
    pub http: String,
    /// Where the register's requests go.
    pub https: String,
    /// The authority that the register has to trust.
    pub ca_file: PathBuf,
    agent: ureq::Agent,
    // Dropped with the rest, which ends the process.
    _process: Reaped,
}

/// One payment as the provider sees it.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub provider: String,
    pub reference: String,
    pub state: String,
    pub description: String,
    pub user_flow: String,
    pub currency: String,
    pub amount: i64,
    pub authorized: i64,
    pub captured: i64,
    pub cancelled: i64,
    pub refunded: i64,
    pub captures: i64,
    pub refunds: i64,
}

impl Sandbox {
    pub fn start(tools: &Tools, directory: &Path) -> Result<Sandbox, String> {
        let ports = directory.join("ports.json");
        let ca_file = directory.join("ca.pem");
        let log = fs::File::create(directory.join("sandbox.log"))
            .map_err(|error| format!("could not write {}: {error}", directory.display()))?;
        let mut command = guarded(&tools.sandbox);
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--tls-listen",
                "127.0.0.1:0",
                "--ca-out",
            ])
            .arg(&ca_file)
            .arg("--port-file")
            .arg(&ports)
            // Ctrl-C is for the register, which may be cut off; the payment service goes on.
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(log);
        let mut process = Reaped::spawn("sandbox", &mut command)?;
        let ports = wait_for_ports(&mut process, &ports)?;
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_WITHIN))
            .http_status_as_error(false)
            .build()
            .new_agent();
        Ok(Sandbox {
            http: format!("http://{}", text(&ports, "http")),
            https: format!("https://{}", text(&ports, "https")),
            ca_file,
            agent,
            _process: process,
        })
    }

    pub fn ledger(&self) -> Result<Vec<LedgerRow>, String> {
        let answer = self.get("/_sandbox/ledger")?;
        let rows = answer["payments"]
            .as_array()
            .ok_or("the ledger has no payments")?;
        Ok(rows.iter().map(LedgerRow::read).collect())
    }

    /// A customer of a provider does something; nothing when that is not possible (any more).
    pub fn act(&self, provider: &str, act: &str, with: &Value) -> Result<Option<Value>, String> {
        self.post(&format!("/_sandbox/wallets/{provider}/{act}"), with)
    }

    /// The customer scans the code of a payment.
    pub fn scan(&self, reference: &str, phone: &str) -> Result<bool, String> {
        let codes = self.get("/_sandbox/qr")?;
        let mut codes = codes.as_array().into_iter().flatten();
        match codes.find(|code| text(code, "reference") == reference) {
            Some(code) => {
                let done = self.act("vipps", "scan", &json!({"qr": code["qr"], "phone": phone}))?;
                Ok(done.is_some())
            }
            None => Ok(false),
        }
    }

    pub fn change_settings(&self, changes: &Value) -> Result<(), String> {
        self.post("/_sandbox/settings", changes).map(|_| ())
    }

    pub fn advance_clock(&self, by: Duration) -> Result<(), String> {
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.post("/_sandbox/clock", &json!({"advance_ms": by_ms}))
            .map(|_| ())
    }

    /// Breaks the connection after the next request whose path contains `path` was carried out.
    pub fn lose_next_answer(&self, path: &str) -> Result<(), String> {
        let when = json!({"method": "POST", "path_contains": path});
        let rule = json!({"when": when, "action": {"cut": {"after_bytes": 0}}});
        self.post("/_sandbox/chaos", &rule).map(|_| ())
    }

    /// Forgets every payment and every fault.
    pub fn reset(&self) -> Result<(), String> {
        self.post("/_sandbox/reset", &json!({})).map(|_| ())
    }

    /// What a merchant asks a provider for, once, when the shop is set up.
    pub fn ask_provider(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, String> {
        let failed = |error: ureq::Error| format!("the sandbox did not answer {path}: {error}");
        let request = self.agent.post(format!("{}{path}", self.http));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let mut answer = request.send(body.to_string()).map_err(failed)?;
        let status = answer.status();
        let body = answer.body_mut().read_to_string().map_err(failed)?;
        if !status.is_success() {
            return Err(format!("the sandbox answered {path} with {status}: {body}"));
        }
        serde_json::from_str(&body).map_err(|error| format!("{path}: {error}"))
    }

    pub fn get(&self, path: &str) -> Result<Value, String> {
        let failed = |error: ureq::Error| format!("the sandbox did not answer {path}: {error}");
        let mut answer = self
            .agent
            .get(format!("{}{path}", self.http))
            .call()
            .map_err(failed)?;
        let body = answer.body_mut().read_to_string().map_err(failed)?;
        serde_json::from_str(&body).map_err(|error| format!("{path}: {error}"))
    }

    /// What came of it; nothing when the payment's state forbids it.
    fn post(&self, path: &str, body: &Value) -> Result<Option<Value>, String> {
        let failed = |error: ureq::Error| format!("the sandbox did not answer {path}: {error}");
        let request = self.agent.post(format!("{}{path}", self.http));
        let mut answer = request.send(body.to_string()).map_err(failed)?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_to_string().map_err(failed)?;
        match status {
            200..=299 => serde_json::from_str(&body)
                .map(Some)
                .map_err(|error| format!("{path}: {error}")),
            409 => Ok(None),
            _ => Err(format!("the sandbox answered {path} with {status}: {body}")),
        }
    }
}

impl LedgerRow {
    /// Whether the customer can still do something about it.
    pub fn is_open(&self) -> bool {
        // The words of Vipps and SmartPay, of SmartPay alone, and of PayMaster.
        let open = [
            "CREATED",
            "AUTHORIZATION_INITIALIZED",
            "AUTHORIZATION_PENDING",
            "Confirmation",
            "Pending",
        ];
        self.captured == 0 && open.contains(&self.state.as_str())
    }

    /// A receipt that its customer paid for before the till had a part in it.
    pub fn is_receipt(&self) -> bool {
        self.provider == "smartum"
    }

    fn read(row: &Value) -> LedgerRow {
        let number = |name: &str| row[name].as_i64().unwrap_or_default();
        LedgerRow {
            provider: text(row, "provider"),
            reference: text(row, "reference"),
            state: text(row, "state"),
            description: text(row, "description"),
            user_flow: text(row, "user_flow"),
            currency: text(row, "currency"),
            amount: number("amount"),
            authorized: number("authorized"),
            captured: number("captured"),
            cancelled: number("cancelled"),
            refunded: number("refunded"),
            captures: number("captures"),
            refunds: number("refunds"),
        }
    }
}

fn wait_for_ports(process: &mut Reaped, file: &Path) -> Result<Value, String> {
    let deadline = Instant::now() + START_WITHIN;
    loop {
        if let Ok(ports) = fs::read_to_string(file) {
            return serde_json::from_str(&ports).map_err(|error| format!("the ports: {error}"));
        }
        if let Some(status) = process.ended()? {
            return Err(format!("the sandbox ended at once ({status})"));
        }
        if Instant::now() > deadline {
            return Err(String::from("the sandbox did not start in time"));
        }
        sleep(LOOK_AGAIN);
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
