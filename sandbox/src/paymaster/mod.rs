//! PayMaster SBP: one-time codes, plates at the till, and refunds.

mod settings;

use serde_json::{Value, json};

pub use settings::Settings;

use crate::ledger::LedgerRow;
use crate::world::{ActError, Imitation};
use crate::{Request, Response, answer};

pub struct Paymaster {
    settings: Settings,
}

impl Paymaster {
    pub(crate) fn new(_seed: u64, settings: Settings) -> Paymaster {
        Paymaster { settings }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

impl Imitation for Paymaster {
    fn name(&self) -> &'static str {
        "paymaster"
    }

    fn serves(&self, _path: &str) -> bool {
        false
    }

    fn handle(&mut self, _now_ms: i64, _request: &Request) -> Response {
        answer::gateway(404, "Resource not found")
    }

    fn refuse(&mut self, _code: u16, _request: &Request) -> Response {
        answer::gateway(404, "Resource not found")
    }

    fn ledger(&self, _now_ms: i64) -> Vec<LedgerRow> {
        Vec::new()
    }

    fn wallet(&self, _now_ms: i64) -> Value {
        json!({})
    }

    fn act(&mut self, _now_ms: i64, act: &str, _with: &Value) -> Result<Value, ActError> {
        Err(ActError::UnknownAct(String::from(act)))
    }

    fn revoke_tokens(&mut self) {}
}
