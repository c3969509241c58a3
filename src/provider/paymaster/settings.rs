//! Settings of a PayMaster profile. What the fact sheet marks UNVERIFIED is a setting here.

use super::order::OrderSettings;
use super::prepare;
use crate::provider::{BuildRules, Provider, SetupError, address};
use crate::secret::SecretSource;
use crate::tender::{Capabilities, LatePolicy, PollSchedule, Prompt, RefundRecovery};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One till of a PayMaster site (`providers/paymaster-sbp.md`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `rest_v2`, the public API, or `pos_order`, the till plugin's orders with numbered states
    /// (section 11, UNVERIFIED). Default `rest_v2`.
    #[serde(default)]
    pub protocol: Protocol,
    /// Where the API is (section 2).
    #[serde(default = "production")]
    pub base_url: String,
    /// Made for the site in the merchant cabinet; sent as it is (section 2).
    pub token: SecretSource,
    /// The site's GUID. Needed for `rest_v2`.
    #[serde(default)]
    pub merchant_id: String,
    /// The till's identifier in the cabinet (section 5). Needed for `pos_order`.
    #[serde(default)]
    pub pos_id: String,
    /// Where `pos_id` goes in the body of `rest_v2`, a dotted path (UNVERIFIED).
    #[serde(default = "pos_id_field")]
    pub pos_id_field: String,
    /// Sends `pos_id` in a header of this name instead. Default: none.
    #[serde(default)]
    pub pos_id_header: String,
    /// `rest_v2`: the plate of this till; empty where codes are made for each payment.
    #[serde(default)]
    pub sticker_id: String,
    /// The plate's own link, shown in modes 0 and 1 when an answer brings none (section 3.1).
    #[serde(default)]
    pub sticker_payload: Option<String>,
    /// `pos_order`: the cabinet has bound a plate to `pos_id`. Set it whenever there is one:
    /// without it an order of which the answer is lost counts as seen by nobody.
    #[serde(default)]
    pub static_link: bool,
    /// 0 prints the code, 1 shows it, 2 points at the plate (section 6). Default 1.
    #[serde(default = "on_screen")]
    pub display_mode: u8,
    /// `payment`, or `hosted_page`: the code leads to a page of PayMaster (section 3.2).
    #[serde(default)]
    pub display_source: DisplaySource,
    /// From the end of one answer to the next question (section 7).
    #[serde(default = "three_seconds")]
    pub poll_interval_ms: i64,
    /// After this long without a payment the till asks what to do (UNVERIFIED).
    #[serde(default = "ninety")]
    pub attempt_timeout_s: i64,
    /// The customer's time to pay, 60 to 1200 (UNVERIFIED).
    #[serde(default = "five_minutes_in_s")]
    pub invoice_lifetime_s: i64,
    /// For one request that changes something (section 7).
    #[serde(default = "request_timeout")]
    pub request_timeout_ms: u64,
    /// For questions, which are asked again anyway.
    #[serde(default = "status_timeout")]
    pub status_timeout_ms: u64,
    /// `attended` or `self_checkout`, where nothing is refunded (section 10).
    #[serde(default)]
    pub terminal_kind: TerminalKind,
    /// Payments of the test mode (section 2). A live till never takes one for money.
    #[serde(default)]
    pub test_mode: bool,
    /// As the provider calls it; any case is read (section 3.1).
    #[serde(default = "sbp")]
    pub payment_method: String,
    /// The purpose of a payment whose tender brings no description: `{receipt}`, `{till}` and
    /// `{sale}` are filled in.
    #[serde(default = "description_template")]
    pub description_template: String,
    /// The longest purpose, in characters (UNVERIFIED).
    #[serde(default = "description_len_max")]
    pub description_len_max: usize,
    /// What a status means, before what is documented: `waiting`, `paid`, `not_paid`, `declined`,
    /// `cancelled` or `expired`.
    #[serde(default)]
    pub status_map: BTreeMap<String, StateWord>,
    /// Money that is only held counts as paid. It should not occur (section 4).
    #[serde(default)]
    pub authorized_is_paid: bool,
    /// `keep`, `refund` or `ask`: a payment that arrives after a cancel. Default `keep`: what was
    /// paid meanwhile is reported as paid (section 8).
    #[serde(default)]
    pub late_approval: Option<LatePolicy>,
    /// Kopecks (section 13).
    #[serde(default = "one_ruble")]
    pub min_amount: i64,
    /// Kopecks, like `min_amount`.
    #[serde(default = "one_million")]
    pub max_amount: i64,
    /// A payment without a known number is looked for this much before and after its time.
    #[serde(default = "two_minutes")]
    pub search_window_ms: i64,
    /// A payment of another till is looked for this far back when a refund names it by its order.
    #[serde(default = "one_day")]
    pub refund_search_ms: i64,
    /// A tender that could not be started within this time is given up.
    #[serde(default = "one_minute")]
    pub start_within_ms: i64,
    /// How long a request that we gave up on may still be delivered (UNVERIFIED).
    #[serde(default = "two_minutes")]
    pub settle_ms: i64,
    /// How long the provider remembers an idempotency key (UNVERIFIED).
    #[serde(default = "one_day")]
    pub key_retention_ms: i64,
    /// What decency allows; no limit is published.
    #[serde(default = "per_minute")]
    pub writes_per_minute: u32,
    /// What decency allows; no limit is published.
    #[serde(default = "per_minute")]
    pub reads_per_minute: u32,
    /// Addresses, members and states of `pos_order`.
    #[serde(default)]
    pub pos_order: OrderSettings,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    #[default]
    RestV2,
    PosOrder,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Self::RestV2 => "rest_v2",
            Self::PosOrder => "pos_order",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisplaySource {
    #[default]
    Payment,
    HostedPage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalKind {
    #[default]
    Attended,
    SelfCheckout,
}

/// What a status or a state means for us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    Waiting,
    Paid,
    /// Ended without money; the result code says how.
    NotPaid,
    Declined,
    Cancelled,
    Expired,
}

fn production() -> String {
    "https://paymaster.ru".to_owned()
}

fn pos_id_field() -> String {
    "invoice.params.posId".to_owned()
}

fn on_screen() -> u8 {
    1
}

fn three_seconds() -> i64 {
    3_000
}

fn ninety() -> i64 {
    90
}

fn five_minutes_in_s() -> i64 {
    300
}

fn request_timeout() -> u64 {
    15_000
}

fn status_timeout() -> u64 {
    5_000
}

fn sbp() -> String {
    "sbp".to_owned()
}

fn description_template() -> String {
    "Чек {receipt} касса {till}".to_owned()
}

fn description_len_max() -> usize {
    140
}

fn one_ruble() -> i64 {
    100
}

fn one_million() -> i64 {
    100_000_000
}

fn one_minute() -> i64 {
    60_000
}

fn two_minutes() -> i64 {
    120_000
}

fn one_day() -> i64 {
    86_400_000
}

fn per_minute() -> u32 {
    120
}

impl crate::provider::Settings for Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        Ok(Box::new(super::Paymaster::new(self, rules)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        Some(self.late_approval.unwrap_or(LatePolicy::Keep))
    }
}

impl Settings {
    pub fn capabilities(&self) -> Capabilities {
        let orders = self.protocol == Protocol::PosOrder;
        Capabilities {
            code_prompt: match self.display_mode {
                0 => Prompt::PrintQr,
                1 => Prompt::ShowQr,
                _ => Prompt::UsePlate,
            },
            // With a plate customers need no code from us, so an unanswered order may be paid.
            known_by_answer: orders && !self.static_link && !self.pos_order.asks_by_order(),
            cancel_once: true,
            attempt_ms: Some(self.attempt_timeout_s.saturating_mul(1_000)),
            refund_recovery: RefundRecovery::Repeat,
            refund_poll_ms: 3_000,
            lifetime_ms: self.lifetime_ms(),
            start_within_ms: self.start_within_ms,
            settle_ms: self.settle_ms,
            key_retention_ms: self.key_retention_ms,
            request_timeout_ms: self.request_timeout_ms,
            writes_per_minute: self.writes_per_minute,
            reads_per_minute: self.reads_per_minute,
            poll: PollSchedule {
                first_ms: self.poll_interval_ms,
                steps: Vec::new(),
                slowest_ms: self.poll_interval_ms,
            },
            payment_shows_refunds: false,
            gives_back: self.terminal_kind == TerminalKind::Attended,
            ..Capabilities::wallet()
        }
    }

    pub fn lifetime_ms(&self) -> i64 {
        self.invoice_lifetime_s.saturating_mul(1_000)
    }

    /// Every payment of this till goes through one plate.
    pub fn by_plate(&self) -> bool {
        match self.protocol {
            Protocol::RestV2 => !self.sticker_id.is_empty(),
            Protocol::PosOrder => self.static_link,
        }
    }

    pub fn check(&self, rules: &BuildRules) -> Result<(), SetupError> {
        address::check("base_url", &self.base_url, rules)?;
        self.check_names()?;
        self.check_display()?;
        self.check_ranges()?;
        if self.protocol == Protocol::PosOrder {
            self.pos_order.check()?;
        }
        if prepare::trial(self).is_none() {
            let (setting, problem) = match self.protocol {
                Protocol::RestV2 => ("pos_id_field", "must be a free place in the body"),
                Protocol::PosOrder => (
                    "pos_order.body_order",
                    "the body_* paths must be different places",
                ),
            };
            return invalid(setting, problem);
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), SetupError> {
        if self.protocol == Protocol::RestV2 && self.merchant_id.is_empty() {
            return invalid("merchant_id", "is needed for rest_v2");
        }
        if self.protocol == Protocol::PosOrder && self.pos_id.is_empty() {
            return invalid("pos_id", "is needed for pos_order");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        for (setting, text) in [
            ("merchant_id", &self.merchant_id),
            ("pos_id", &self.pos_id),
            ("sticker_id", &self.sticker_id),
            ("pos_id_header", &self.pos_id_header),
            ("payment_method", &self.payment_method),
        ] {
            if text.len() > 64 || !text.chars().all(plain) {
                return invalid(
                    setting,
                    "must be at most 64 letters, digits, '-', '_' or '.'",
                );
            }
        }
        if self.payment_method.is_empty() {
            return invalid("payment_method", "must not be empty");
        }
        if self.sticker_payload.as_deref().is_some_and(str::is_empty) {
            return invalid("sticker_payload", "must not be empty");
        }
        if self.description_template.trim().is_empty() {
            return invalid("description_template", "must not be empty");
        }
        Ok(())
    }

    /// With a code for each payment nobody could pay at a plate (section 6).
    fn check_display(&self) -> Result<(), SetupError> {
        if self.display_mode > 2 {
            return invalid("display_mode", "must be 0, 1 or 2");
        }
        if self.display_mode == 2 && !self.by_plate() {
            return match self.protocol {
                Protocol::RestV2 => invalid(
                    "sticker_id",
                    "is needed for display_mode 2: without a plate nobody could pay",
                ),
                Protocol::PosOrder => invalid(
                    "static_link",
                    "must be true for display_mode 2: without a plate nobody could pay",
                ),
            };
        }
        let hosted = self.display_source == DisplaySource::HostedPage;
        if hosted && (self.by_plate() || self.protocol == Protocol::PosOrder) {
            return invalid(
                "display_source",
                "hosted_page goes with rest_v2 and without a plate",
            );
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), SetupError> {
        let wide = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let description_len_max = i64::try_from(self.description_len_max).unwrap_or(i64::MAX);
        let ranges = [
            ("invoice_lifetime_s", self.invoice_lifetime_s, 60, 1_200),
            (
                "attempt_timeout_s",
                self.attempt_timeout_s,
                1,
                self.invoice_lifetime_s,
            ),
            ("poll_interval_ms", self.poll_interval_ms, 500, 60_000),
            (
                "request_timeout_ms",
                wide(self.request_timeout_ms),
                100,
                120_000,
            ),
            (
                "status_timeout_ms",
                wide(self.status_timeout_ms),
                100,
                120_000,
            ),
            ("description_len_max", description_len_max, 20, 1_000),
            ("min_amount", self.min_amount, 1, self.max_amount),
            ("max_amount", self.max_amount, 1, 10_000_000_000),
            (
                "search_window_ms",
                self.search_window_ms,
                10_000,
                86_400_000,
            ),
            (
                "refund_search_ms",
                self.refund_search_ms,
                0,
                400 * 86_400_000,
            ),
            ("start_within_ms", self.start_within_ms, 1_000, 600_000),
            ("settle_ms", self.settle_ms, 1_000, 3_600_000),
            (
                "key_retention_ms",
                self.key_retention_ms,
                60_000,
                90 * 86_400_000,
            ),
            (
                "writes_per_minute",
                i64::from(self.writes_per_minute),
                1,
                1_000,
            ),
            (
                "reads_per_minute",
                i64::from(self.reads_per_minute),
                1,
                10_000,
            ),
        ];
        for (setting, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                let problem = format!("must be from {least} to {most}");
                return Err(SetupError::Invalid { setting, problem });
            }
        }
        Ok(())
    }
}

pub fn invalid<T>(setting: &'static str, problem: &str) -> Result<T, SetupError> {
    Err(SetupError::Invalid {
        setting,
        problem: problem.to_owned(),
    })
}
