//! A scenario as data: what the till calls, what customers and the network do, how it must end.

use payments::tender::State;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One file of `tests/scenarios`: one row of the scenario table, perhaps in several variants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub id: String,
    pub title: String,
    pub cases: Vec<Scenario>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    #[serde(default)]
    pub provider: crate::world::Provider,
    /// Settings of the profile that differ from the defaults.
    #[serde(default = "empty")]
    pub profile: Value,
    #[serde(default = "yes")]
    pub attended: bool,
    /// Settings of the imitated provider that differ from the defaults.
    #[serde(default = "empty")]
    pub sandbox: Value,
    /// More profiles of the same till, by name; the first is called `main`.
    #[serde(default)]
    pub others: BTreeMap<String, crate::world::Other>,
    #[serde(default)]
    pub faults: Vec<sandbox::Rule>,
    #[serde(default)]
    pub customers: Vec<Customer>,
    /// Each lane does one step after the other.
    pub lanes: Vec<Vec<Step>>,
    /// How each tender and refund must end.
    pub end: BTreeMap<String, End>,
    /// Payments in the ledger; by default one for each tender in `end`.
    #[serde(default)]
    pub payments: Option<usize>,
    /// Disk commits, where the number is promised.
    #[serde(default)]
    pub commits: Option<u64>,
    /// Requests to these paths, counted without a crash.
    #[serde(default)]
    pub requests: BTreeMap<String, usize>,
    /// Run for each value: added to the customers' times.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// What the operator answers when nothing in a lane does.
    #[serde(default = "refund_word")]
    pub decision: String,
    #[serde(default = "ring_up_word")]
    pub found: String,
    /// Why a crash run of this case would say nothing; without it, the process is also ended at
    /// each of its points.
    #[serde(default)]
    pub not_crashed: Option<String>,
    /// Why this case is not run over real HTTP in real time.
    #[serde(default)]
    #[allow(dead_code, reason = "read by the run over HTTP")]
    pub not_over_http: Option<String>,
    /// Long cases are ended at each n-th point only, and at all near their beginning and end.
    #[serde(default = "one")]
    pub crash_every: u64,
    /// Crash a second time at each point that follows.
    #[serde(default)]
    pub crash_twice: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    pub from: i64,
    pub to: i64,
    pub step: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub of: String,
    /// After the payment was created at the provider.
    pub after_ms: i64,
    pub does: Does,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    Approve,
    Reject,
    Pend,
    PendForEver,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    pub states: Vec<State>,
    /// Other ends that are allowed when the process was ended on the way.
    #[serde(default)]
    pub or_after_crash: Vec<State>,
    #[serde(default)]
    pub reason: Option<String>,
    pub captured: Option<i64>,
    pub refunded: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    Begin(Begin),
    Wait(Wait),
    Pause(i64),
    Scan {
        of: String,
        text: String,
        kind: Option<i32>,
        expect: Option<String>,
    },
    /// A customer pays before coming to the till; `with` is the sandbox's act `receipt`.
    Receipt {
        name: String,
        with: Value,
    },
    /// The cashier types what stands on the customer's phone.
    Manual {
        of: String,
        amount: i64,
        /// `receipt:NAME` stands for that receipt's transaction.
        #[serde(default)]
        transaction: Option<String>,
        #[serde(default)]
        operator: Option<String>,
        expect: Option<String>,
    },
    /// Something else that somebody does at the provider, or beside payments: see `till/beside.rs`.
    /// `ref` keeps what the merchant would be sent because of it, `expect` may be `refused`, and
    /// `profile` is whose provider it is, if not the first one's.
    Act {
        act: String,
        with: Value,
    },
    Cancel {
        of: String,
        expect: Option<String>,
    },
    Resolve {
        of: String,
        choice: String,
        expect: Option<String>,
    },
    Confirm {
        of: String,
        receipt: String,
        expect: Option<String>,
    },
    Capture {
        of: String,
        amount: i64,
        expect: Option<String>,
    },
    Refund(RefundStep),
    /// The list of what is unfinished or unconfirmed.
    Recover {
        lists: Vec<String>,
    },
    /// The process ends and starts again.
    PowerCut,
    Network(bool),
    RevokeTokens,
    Disk(crate::world::Disk),
    Sandbox(Value),
    Fault(sandbox::Rule),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    #[serde(rename = "ref")]
    pub name: String,
    /// By default `main`.
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub sale: Option<String>,
    pub amount: i64,
    /// By default the provider's.
    #[serde(default)]
    pub currency: Option<String>,
    #[serde(default)]
    pub sale_total: Option<i64>,
    #[serde(default)]
    pub capture: Option<payments::tender::CaptureRule>,
    #[serde(default = "empty")]
    pub details: Value,
    #[serde(default)]
    pub expect: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub of: String,
    pub states: Vec<State>,
    #[serde(default)]
    pub within_ms: Option<i64>,
    #[serde(default)]
    pub not_before_ms: Option<i64>,
    #[serde(default)]
    pub goods_may_leave: Option<bool>,
    #[serde(default)]
    pub choices: Option<Vec<payments::tender::Choice>>,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub prompt: Option<payments::tender::Prompt>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundStep {
    #[serde(rename = "ref")]
    pub name: String,
    #[serde(default)]
    pub of: Option<String>,
    /// By the provider's reference of that tender instead of its id.
    #[serde(default)]
    pub reference_of: Option<String>,
    #[serde(default)]
    pub reference: Option<String>,
    pub amount: Option<i64>,
    #[serde(default)]
    pub expect: Option<String>,
}

fn empty() -> Value {
    serde_json::json!({})
}

fn yes() -> bool {
    true
}

fn one() -> u64 {
    1
}

fn refund_word() -> String {
    "refund".to_owned()
}

fn ring_up_word() -> String {
    "ring-up".to_owned()
}

/// All files, in the order of their names; each provider beyond the first has a folder.
pub fn all() -> Vec<File> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths = json_files(&folder);
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("scenario");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

fn json_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("tests/scenarios");
    let mut files = vec![];
    for path in entries.map(|entry| entry.expect("entry").path()) {
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    files
}
