//! What does not change during a run, and what may befall it.

use super::Provider;
use crate::sabotage::Sabotage;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What does not change during a run.
#[derive(Clone)]
pub struct Setup {
    pub seed: u64,
    pub provider: Provider,
    /// Members of the profile's settings that differ from the defaults.
    pub profile: Value,
    pub attended: bool,
    pub sandbox: Value,
    /// Profiles beside the first, which is called `main`.
    pub others: BTreeMap<String, Other>,
    pub latency_ms: i64,
    pub latency_spread_ms: i64,
    pub commit_ms: i64,
    pub down_ms: i64,
    /// Requests still under way when the process ends arrive this much later.
    pub straggle_ms: i64,
    /// The process ends when this many requests that change something have reached the provider.
    pub kill_after_write: Option<u64>,
    pub sabotage: Option<Sabotage>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 1,
            provider: Provider::Vipps,
            profile: json!({}),
            attended: true,
            sandbox: json!({}),
            others: BTreeMap::new(),
            latency_ms: 20,
            latency_spread_ms: 0,
            commit_ms: 3,
            down_ms: 2_000,
            straggle_ms: 0,
            kill_after_write: None,
            sabotage: None,
        }
    }
}

/// One more profile of the same till.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    pub provider: Provider,
    #[serde(default)]
    pub profile: Value,
    #[serde(default)]
    pub sandbox: Value,
}

impl Setup {
    /// Whose the operations of a profile are.
    pub fn provider_of(&self, profile: &str) -> Provider {
        self.others
            .get(profile)
            .map_or(self.provider, |it| it.provider)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CustomerAct {
    Approve,
    Reject,
    /// The provider is not sure for a while after the customer has paid.
    Pend,
    /// … or for ever.
    PendForEver,
}

impl CustomerAct {
    /// The act's name at the sandbox.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Pend | Self::PendForEver => "pending",
        }
    }

    /// What it says beside the payment's reference.
    pub fn with(self, reference: &str) -> Value {
        match self {
            Self::Pend => json!({"reference": reference, "for_ms": 70_000}),
            _ => json!({"reference": reference}),
        }
    }
}

/// What the disk makes of commits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disk {
    Good,
    Full,
    Broken,
}
