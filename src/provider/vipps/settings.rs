//! Settings of a Vipps MobilePay profile. What the fact sheet marks UNVERIFIED is a setting here.

use super::till::TillId;
use super::webhook::{Address, Receiver};
use crate::provider::{ApproachWish, BuildRules, Provider, SetupError, address};
use crate::secret::SecretSource;
use crate::tender::{Capabilities, LatePolicy, PollSchedule};
use serde::Deserialize;

/// One sales unit of Vipps MobilePay (`providers/vipps-mobilepay.md`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `https://api.vipps.no` or `https://apitest.vipps.no` (section 1).
    #[serde(default = "production")]
    pub base_url: String,
    /// A secret of the sales unit (section 2).
    pub client_id: SecretSource,
    /// A secret of the sales unit.
    pub client_secret: SecretSource,
    /// A secret of the sales unit; the primary or the secondary one.
    pub subscription_key: SecretSource,
    /// The sales unit, 4 to 10 digits (section 3).
    pub merchant_serial_number: String,
    /// Fixed by the sales unit's market: NOK, DKK or EUR (section 1).
    pub currency: String,
    /// `scan`, `phone`, `qr` or `check_in` when the tender does not say. Default `qr`; `check_in` in
    /// a MobilePay profile that can hear of check-ins.
    #[serde(default)]
    pub default_approach: Option<ApproachWish>,
    /// Shows a code instead when the sales unit may not send push messages (error 5080). Needs a
    /// screen that the customer sees, therefore off by default.
    #[serde(default)]
    pub push_fallback_to_qr: bool,
    /// `keep`, `refund` or `ask`: an approval that arrives after a cancel. Default: `ask` at an
    /// attended till, `refund` at an unattended one.
    #[serde(default)]
    pub late_approval: Option<LatePolicy>,
    /// How a customer's personal code begins (section 11.1; MobilePay's form is UNVERIFIED). The
    /// rest of it is handed on as it is.
    #[serde(default = "customer_code_prefixes")]
    pub customer_code_prefixes: Vec<String>,
    /// What the customer reads beside the amount when the tender brings no description.
    #[serde(default)]
    pub description: Option<String>,
    /// Name and version of the till software, sent with each request, at most 30 bytes each.
    #[serde(default)]
    pub system_name: Option<String>,
    /// See `system_name`.
    #[serde(default)]
    pub system_version: Option<String>,
    /// Whether the sales unit allows partial captures (error 6140; section 6). Default yes; no in a
    /// MobilePay profile.
    #[serde(default)]
    pub partial_capture: Option<bool>,
    /// Refuses to pay a part of a sale, or more than the sale, when the till tells its total. Default
    /// no; yes in a MobilePay profile.
    #[serde(default)]
    pub whole_amount_only: Option<bool>,
    /// The code that stands at this till, which customers scan to check in: its id, or the whole text
    /// of the sticker (sections 11.3 and 12).
    #[serde(default, alias = "terminal_id")]
    pub till_qr_id: Option<String>,
    /// A check-in older than this is somebody else's. Its token lives 15 minutes (section 12.2).
    #[serde(default = "ten_minutes")]
    pub check_in_life_ms: i64,
    /// The secret that was told once when the webhook was registered (section 14.1). Without it
    /// nothing that arrives is believed.
    #[serde(default)]
    pub webhook_secret: Option<SecretSource>,
    /// The address that was registered, exactly: it is part of the signature (section 14.3).
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// Webhooks dated further away than this are refused (UNVERIFIED, section 14.3).
    #[serde(default = "seven_days")]
    pub webhook_age_max_ms: i64,
    /// What a customer who joins the club is asked to share, all or nothing (section 13).
    #[serde(default = "enrol_scope")]
    pub enrol_scope: String,
    /// How long a customer may think about joining, 60 to 900 seconds (section 13).
    #[serde(default = "enrol_expiry")]
    pub enrol_expiry_s: u32,
    /// Shows a short text on the customer's phone that belongs to this request alone (section 13).
    #[serde(default)]
    pub enrol_binding_message: bool,
    /// The customer's time to approve (section 7).
    #[serde(default = "ten_minutes")]
    pub lifetime_ms: i64,
    /// A tender that could not be started within this time is given up.
    #[serde(default = "one_minute")]
    pub start_within_ms: i64,
    /// How long a request that we gave up on may still be delivered (UNVERIFIED).
    #[serde(default = "two_minutes")]
    pub settle_ms: i64,
    /// How long the provider remembers an idempotency key (UNVERIFIED, section 10).
    #[serde(default = "seven_days")]
    pub key_retention_ms: i64,
    /// For one request, from the first byte to the last.
    #[serde(default = "request_timeout")]
    pub request_timeout_ms: u64,
    /// Wait after "busy" without a time (section 12.3: 2 s).
    #[serde(default = "busy_wait")]
    pub busy_wait_ms: i64,
    /// Captures, cancels, refunds and creates per minute and payment (section 7; whether they share
    /// one counter is UNVERIFIED, so they are taken to).
    #[serde(default = "writes_per_minute")]
    pub writes_per_minute: u32,
    /// Questions per minute and payment (section 7).
    #[serde(default = "reads_per_minute")]
    pub reads_per_minute: u32,
}

fn production() -> String {
    "https://api.vipps.no".to_owned()
}

fn enrol_scope() -> String {
    "openid name phoneNumber".to_owned()
}

fn enrol_expiry() -> u32 {
    600
}

fn customer_code_prefixes() -> Vec<String> {
    vec![
        "https://qr.vipps.no/".to_owned(),
        "https://qr.mobilepay.".to_owned(),
    ]
}

fn ten_minutes() -> i64 {
    600_000
}

fn one_minute() -> i64 {
    60_000
}

fn two_minutes() -> i64 {
    120_000
}

fn seven_days() -> i64 {
    7 * 86_400_000
}

fn request_timeout() -> u64 {
    15_000
}

fn busy_wait() -> i64 {
    2_000
}

fn writes_per_minute() -> u32 {
    5
}

fn reads_per_minute() -> u32 {
    120
}

/// Quick while the customer holds the phone, slower for one who walked away. The guideline is 5 s,
/// then every 2 s (section 7); about 1 s is named for codes in a shop and stays inside the limit.
pub fn poll_schedule() -> PollSchedule {
    PollSchedule {
        first_ms: 2_000,
        steps: vec![(30_000, 800), (60_000, 1_000), (150_000, 3_000)],
        slowest_ms: 10_000,
    }
}

/// How the sales units of a brand are used where their settings say nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brand {
    pub partial_capture: bool,
    pub whole_amount_only: bool,
    /// Customers begin at the till's code where there is one, which carries one payment at a time.
    pub till_code_first: bool,
}

impl Brand {
    pub const VIPPS: Self = Self {
        partial_capture: true,
        whole_amount_only: false,
        till_code_first: false,
    };
}

impl crate::provider::Settings for Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        Ok(Box::new(super::Vipps::new(self, rules)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        self.late_approval
    }
}

impl Settings {
    pub fn capabilities(&self, brand: &Brand) -> Capabilities {
        let has_till = self.till_qr_id.is_some();
        Capabilities {
            by_scan: true,
            by_phone: true,
            by_qr: true,
            // Who cannot be told of a check-in does not wait for one.
            by_check_in: has_till && self.webhook_secret.is_some(),
            check_in_life_ms: self.check_in_life_ms,
            one_at_a_time: has_till && brand.till_code_first,
            code_by_repeating: true,
            capture_separately: true,
            partial_capture: self.partial_capture.unwrap_or(brand.partial_capture),
            lifetime_ms: self.lifetime_ms,
            start_within_ms: self.start_within_ms,
            settle_ms: self.settle_ms,
            key_retention_ms: self.key_retention_ms,
            request_timeout_ms: self.request_timeout_ms,
            busy_wait_ms: self.busy_wait_ms,
            writes_per_minute: self.writes_per_minute,
            reads_per_minute: self.reads_per_minute,
            poll: poll_schedule(),
            ..Capabilities::wallet()
        }
    }

    /// A till that cannot hear of check-ins shows a code of its own.
    pub fn approach_of(&self, brand: &Brand) -> ApproachWish {
        let hears = self.till_qr_id.is_some() && self.webhook_secret.is_some();
        let usual = if hears && brand.till_code_first {
            ApproachWish::CheckIn
        } else {
            ApproachWish::Qr
        };
        self.default_approach.unwrap_or(usual)
    }

    pub fn till(&self) -> Option<TillId> {
        TillId::read(self.till_qr_id.as_ref()?)
    }

    pub fn receiver(&self) -> Result<Option<Receiver>, SetupError> {
        let (Some(source), Some(url)) = (&self.webhook_secret, &self.webhook_url) else {
            return Ok(None);
        };
        let secret = source.resolve().map_err(|source| SetupError::Secret {
            setting: "webhook_secret",
            source,
        })?;
        Ok(Address::read(url).map(|address| Receiver {
            secret,
            address,
            age_max_ms: self.webhook_age_max_ms,
        }))
    }

    pub fn check(&self, rules: &BuildRules) -> Result<(), SetupError> {
        let invalid = |setting, problem: &str| {
            Err(SetupError::Invalid {
                setting,
                problem: problem.to_owned(),
            })
        };
        let digits = self
            .merchant_serial_number
            .bytes()
            .all(|byte| byte.is_ascii_digit());
        if !digits || !(4..=10).contains(&self.merchant_serial_number.len()) {
            return invalid("merchant_serial_number", "must be 4 to 10 digits");
        }
        if !matches!(self.currency.as_str(), "NOK" | "DKK" | "EUR") {
            return invalid("currency", "must be NOK, DKK or EUR");
        }
        for (setting, text) in [
            ("system_name", &self.system_name),
            ("system_version", &self.system_version),
        ] {
            if text
                .as_ref()
                .is_some_and(|text| text.len() > 30 || !text.is_ascii())
            {
                return invalid(setting, "must be at most 30 ASCII characters");
            }
        }
        if self
            .description
            .as_ref()
            .is_some_and(|text| !(3..=100).contains(&text.chars().count()))
        {
            return invalid("description", "must have 3 to 100 characters");
        }
        if self
            .customer_code_prefixes
            .iter()
            .any(|prefix| prefix.len() < 8)
        {
            return invalid(
                "customer_code_prefixes",
                "each must have at least 8 characters",
            );
        }
        self.check_till_and_club()?;
        self.check_ranges()?;
        address::check("base_url", &self.base_url, rules)
    }

    fn check_till_and_club(&self) -> Result<(), SetupError> {
        let invalid = |setting, problem: &str| {
            Err(SetupError::Invalid {
                setting,
                problem: problem.to_owned(),
            })
        };
        if self.till_qr_id.is_some() && self.till().is_none() {
            return invalid(
                "till_qr_id",
                "must be 15 digits, a GUID or the text of a sticker, or a name of 1 to 64 letters, \
                 digits and '-'",
            );
        }
        if self.default_approach == Some(ApproachWish::CheckIn) && self.till_qr_id.is_none() {
            return invalid("default_approach", "check_in needs till_qr_id");
        }
        match (&self.webhook_secret, &self.webhook_url) {
            (Some(_), None) => return invalid("webhook_url", "is needed with webhook_secret"),
            (None, Some(_)) => return invalid("webhook_secret", "is needed with webhook_url"),
            (Some(_), Some(url)) if Address::read(url).is_none() => {
                return invalid("webhook_url", "must be the registered https:// address");
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        let is_word = |word: &str| {
            let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
            letters && (1..=30).contains(&word.len())
        };
        if self.enrol_scope.len() > 200 || !self.enrol_scope.split(' ').all(is_word) {
            return invalid("enrol_scope", "must be words with a space between them");
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), SetupError> {
        let ranges = [
            ("lifetime_ms", self.lifetime_ms, 60_000, 86_400_000),
            ("start_within_ms", self.start_within_ms, 1_000, 600_000),
            ("settle_ms", self.settle_ms, 1_000, 3_600_000),
            (
                "key_retention_ms",
                self.key_retention_ms,
                60_000,
                90 * 86_400_000,
            ),
            ("busy_wait_ms", self.busy_wait_ms, 100, 60_000),
            ("check_in_life_ms", self.check_in_life_ms, 10_000, 900_000),
            (
                "webhook_age_max_ms",
                self.webhook_age_max_ms,
                60_000,
                30 * 86_400_000,
            ),
            ("enrol_expiry_s", i64::from(self.enrol_expiry_s), 60, 900),
            (
                "request_timeout_ms",
                i64::try_from(self.request_timeout_ms).unwrap_or(i64::MAX),
                100,
                120_000,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tender::next_question_at;

    #[test]
    fn an_abandoned_payment_is_asked_about_less_often_than_the_guideline_and_an_answer_seen_sooner()
    {
        let schedule = poll_schedule();
        let ask_times = |until: i64| {
            let mut times = vec![];
            let mut last = 0;
            loop {
                last = next_question_at(&schedule, 0, last);
                if last > until {
                    return times;
                }
                times.push(last);
            }
        };
        // The guideline: first after 5 s, then every 2 s (provider sheet, section 7).
        let guideline = |until: i64| (until - 5_000) / 2_000 + 1;
        let abandoned = i64::try_from(ask_times(600_000).len()).unwrap();
        assert!(abandoned * 2 <= guideline(600_000), "{abandoned} questions");

        // Mean wait from approval to the next question, over approvals at 3 s … 60 s.
        let times = ask_times(70_000);
        let (mut ours, mut theirs) = (0, 0);
        for approved in (3_000..60_000).step_by(100) {
            ours += times.iter().find(|at| **at >= approved).unwrap() - approved;
            theirs += (approved.max(5_000) - 5_000 + 1_999) / 2_000 * 2_000 + 5_000 - approved;
        }
        assert!(ours * 2 <= theirs, "{ours} against {theirs}");
    }
}
