//! Settings of a SmartPay profile. What the fact sheet marks UNVERIFIED is a setting here.

use super::status::Class;
use crate::provider::{BuildRules, Provider, SetupError, address};
use crate::secret::SecretSource;
use crate::tender::{Capabilities, LatePolicy, PollSchedule, UnsureRule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One merchant of SmartPay (`providers/smartpay.md`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the API is, as the provider told the merchant (section 2).
    pub base_url: String,
    /// Where tokens are fetched; needed when `auth_mode` is `bearer` (section 3).
    #[serde(default)]
    pub token_url: Option<String>,
    /// `basic` or `bearer`, as agreed with the provider. Default `basic` (section 3).
    #[serde(default)]
    pub auth_mode: AuthMode,
    /// The merchant's GUID; it stands in request bodies, too (section 3).
    pub merchant_key: String,
    /// The password that belongs to `merchant_key`; needed when `auth_mode` is `basic`.
    #[serde(default)]
    pub authentication_key: Option<SecretSource>,
    /// With `auth_mode` `bearer`: what tokens are fetched with.
    #[serde(default)]
    pub client_id: Option<SecretSource>,
    /// See `client_id`.
    #[serde(default)]
    pub client_secret: Option<SecretSource>,
    /// With `auth_mode` `bearer`: one token for good, instead of fetched ones (UNVERIFIED).
    #[serde(default)]
    pub static_bearer_token: Option<SecretSource>,
    /// A domain registered for the merchant, such as `https://shop.example` (section 4).
    pub origin: String,
    /// What names the client. Default: `libpayments/` and its version.
    #[serde(default = "user_agent")]
    pub user_agent: String,
    /// The only language that the provider documents (section 4).
    #[serde(default = "accept_language")]
    pub accept_language: String,
    /// An "Identity Kit" token, sent as `X-Access-Token` (section 4).
    #[serde(default)]
    pub x_access_token: Option<SecretSource>,
    /// `link`: the code leads to a payment page of the provider. `widget`: it leads to a page of the
    /// merchant that shows the provider's widget. Default `link` (sections 6 and 7).
    #[serde(default)]
    pub flow: Flow,
    /// Where the merchant's page is, with `{checkoutToken}` in it. Without it the code is the token
    /// alone (section 7).
    #[serde(default)]
    pub widget_url_template: Option<String>,
    /// `instantPayment` of a link; what true means is UNVERIFIED (section 6.1).
    #[serde(default = "yes")]
    pub link_instant_payment: bool,
    /// Whether a link's body carries `merchantKey` (UNVERIFIED, section 6.1).
    #[serde(default)]
    pub link_send_merchant_key: bool,
    /// Pages that the customer is led to afterwards, at most 255 characters.
    #[serde(default)]
    pub link_success_url: Option<String>,
    /// See `link_success_url`.
    #[serde(default)]
    pub link_failure_url: Option<String>,
    /// How long a link can be paid, as fixed when the merchant was set up (section 6.3).
    #[serde(default = "link_validity")]
    pub link_validity_h: i64,
    /// The names of a link's members (UNVERIFIED, section 6). Default: each of the known candidates
    /// is tried. A point leads into a member: `transaction.transactionId`.
    #[serde(default)]
    pub link_field_id: Option<String>,
    /// See `link_field_id`.
    #[serde(default)]
    pub link_field_url: Option<String>,
    /// See `link_field_id`.
    #[serde(default)]
    pub link_field_expiry: Option<String>,
    /// See `link_field_id`.
    #[serde(default)]
    pub link_field_transaction: Option<String>,
    /// See `link_field_id`.
    #[serde(default)]
    pub link_field_status: Option<String>,
    /// Paths below `base_url`; see below.
    #[serde(default)]
    pub paths: Paths,
    /// Whether the provider captures by itself; if not, the library does (section 8).
    #[serde(default = "yes")]
    pub auto_capture: bool,
    /// With `auto_capture`: an authorization counts as paid before its capture is confirmed. It
    /// cannot be refunded until then.
    #[serde(default)]
    pub accept_authorized: bool,
    /// What a status means, where the usual table does not know or is wrong (section 8): `waiting`,
    /// `pending`, `authorized`, `captured`, `settled`, `partly_refunded`, `refunded`, `declined`,
    /// `cancelled`, `expired`, `disputed` or `unknown`.
    #[serde(default)]
    pub status_map: BTreeMap<String, Class>,
    /// The questions about a waiting payment are as many as at this interval, and sooner where the
    /// customer is expected to act (section 10).
    #[serde(default = "poll_interval")]
    pub poll_interval_s: i64,
    /// The customer's time to pay (section 10).
    #[serde(default = "customer_timeout")]
    pub customer_timeout_s: i64,
    /// How often a payment that the provider is not sure of is asked about before the till is told,
    /// and within which time (section 10).
    #[serde(default = "pending_retries")]
    pub pending_retries: u32,
    /// See `pending_retries`.
    #[serde(default = "pending_window")]
    pub pending_window_s: i64,
    /// Of requests that move money; the provider wants at least 90 (section 10).
    #[serde(default = "http_timeout")]
    pub http_timeout_s: i64,
    /// Of questions.
    #[serde(default = "status_timeout")]
    pub status_timeout_s: i64,
    /// What to do when a link is paid after its tender was given up: `report` lets the till decide,
    /// `refund` gives the money back (section 6.3). Default: `report` at an attended till, `refund` at an
    /// unattended one.
    #[serde(default)]
    pub late_payment: Option<LatePayment>,
    /// The payer that the provider wants to be told; customers of a till are not known by name, so
    /// what stands here has to be agreed with the provider (section 5.1).
    #[serde(default)]
    pub default_consumer: Consumer,
    /// The payer's address; see `default_consumer`.
    #[serde(default)]
    pub default_billing: Billing,
    /// Which payment options are offered (section 5.1).
    #[serde(default)]
    pub product_group: Option<String>,
    /// What the customer reads when the tender brings no description; `{reference}` stands for the
    /// payment's reference.
    #[serde(default = "description_template")]
    pub description_template: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
    #[default]
    Basic,
    Bearer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    #[default]
    Link,
    Widget,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePayment {
    Report,
    Refund,
}

/// Behind `base_url`; the id of a payment or link follows after `/` where one is needed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// Creates a checkout.
    pub create: String,
    /// Reads a payment.
    pub status: String,
    /// Takes what is reserved.
    pub capture: String,
    /// Releases what is reserved.
    pub cancel: String,
    /// Gives back.
    pub refund: String,
    /// Reverses, whichever way fits.
    pub cancel_or_refund: String,
    /// Creates and reads payment links.
    pub links: String,
}

/// A placeholder for the payer: first name, last name and e-mail address are needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consumer {
    /// At most 60 characters.
    pub first_name: String,
    /// At most 60 characters.
    pub last_name: String,
    /// At most 255 characters.
    pub email: String,
}

/// A placeholder for the payer's address: line 1, city, post code and country are needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// At most 60 characters.
    pub address_line1: String,
    /// Of the house.
    pub number: Option<String>,
    /// At most 50 characters.
    pub city: String,
    /// At most 10 characters.
    pub post_code: String,
    /// Two or three capital letters.
    pub country_code: String,
    /// Needed in the United States and Canada.
    pub state: Option<String>,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            create: "/payment/creation".to_owned(),
            status: "/payment/status".to_owned(),
            capture: "/payment/capture".to_owned(),
            cancel: "/payment/cancel".to_owned(),
            refund: "/payment/refund".to_owned(),
            cancel_or_refund: "/payment/cancelOrRefund".to_owned(),
            links: "/payment-links".to_owned(),
        }
    }
}

fn user_agent() -> String {
    concat!("libpayments/", env!("CARGO_PKG_VERSION")).to_owned()
}

fn accept_language() -> String {
    "en-US".to_owned()
}

fn yes() -> bool {
    true
}

fn link_validity() -> i64 {
    72
}

fn poll_interval() -> i64 {
    3
}

fn customer_timeout() -> i64 {
    300
}

fn pending_retries() -> u32 {
    3
}

fn pending_window() -> i64 {
    180
}

fn http_timeout() -> i64 {
    95
}

fn status_timeout() -> i64 {
    30
}

fn description_template() -> String {
    "Payment {reference}".to_owned()
}

/// Quick while the customer is at it, slower for one who walked away: no more questions in a hundred
/// intervals than at the fixed interval that the provider's rules name (section 10).
pub fn poll_schedule(interval_s: i64) -> PollSchedule {
    let interval_ms = interval_s.saturating_mul(1_000);
    PollSchedule {
        first_ms: interval_ms.saturating_mul(2) / 3,
        steps: vec![(interval_ms.saturating_mul(20), interval_ms / 3)],
        slowest_ms: interval_ms.saturating_mul(2),
    }
}

impl crate::provider::Settings for Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        Ok(Box::new(super::SmartPay::new(self, rules)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        self.late_payment.map(|it| match it {
            LatePayment::Report => LatePolicy::Ask,
            LatePayment::Refund => LatePolicy::Refund,
        })
    }
}

type Check = Result<(), SetupError>;

fn invalid(setting: &'static str, problem: &str) -> Check {
    Err(SetupError::Invalid {
        setting,
        problem: problem.to_owned(),
    })
}

fn sized(setting: &'static str, text: &str, most: usize) -> Check {
    if (1..=most).contains(&text.chars().count()) {
        Ok(())
    } else {
        invalid(setting, &format!("must have 1 to {most} characters"))
    }
}

impl Settings {
    pub fn capabilities(&self) -> Capabilities {
        let request_timeout_ms = self.http_timeout_s.saturating_mul(1_000);
        Capabilities {
            known_by_answer: true,
            unsure: Some(UnsureRule {
                questions: self.pending_retries,
                window_ms: self.pending_window_s.saturating_mul(1_000),
            }),
            capture_separately: !self.auto_capture,
            partial_capture: !self.auto_capture,
            refund_poll_ms: super::REVERSAL_WAIT_MS,
            lifetime_ms: self.customer_timeout_s.saturating_mul(1_000),
            // Room for a second start after one that was waited for in vain.
            start_within_ms: request_timeout_ms.saturating_mul(2).saturating_add(10_000),
            request_timeout_ms: u64::try_from(request_timeout_ms).unwrap_or(95_000),
            // No limit is published; one sale needs a handful.
            writes_per_minute: 20,
            poll: poll_schedule(self.poll_interval_s),
            ..Capabilities::wallet()
        }
    }

    pub fn check(&self, rules: &BuildRules) -> Check {
        address::check("base_url", &self.base_url, rules)?;
        if let Some(token_url) = &self.token_url {
            address::check("token_url", token_url, rules)?;
        }
        self.check_credentials()?;
        self.check_headers()?;
        self.check_payer()?;
        self.check_pages()?;
        self.check_paths()?;
        self.check_ranges()?;
        if self.accept_authorized && !self.auto_capture {
            let problem = "needs auto_capture = true: otherwise the library captures";
            return invalid("accept_authorized", problem);
        }
        if let Some(group) = &self.product_group {
            sized("product_group", group, 100)?;
        }
        // 29 characters of a reference must find room in the 127 of a description.
        sized("description_template", &self.description_template, 90)
    }

    fn check_credentials(&self) -> Check {
        if self.merchant_key.is_empty()
            || self.merchant_key.len() > 36
            || !self.merchant_key.bytes().all(|it| it.is_ascii_graphic())
            || self.merchant_key.contains(':')
        {
            return invalid("merchant_key", "must be the merchant's GUID");
        }
        let needed = |setting, present: bool, mode: &str| {
            if present {
                Ok(())
            } else {
                invalid(setting, &format!("is needed with auth_mode = {mode}"))
            }
        };
        match self.auth_mode {
            AuthMode::Basic => needed(
                "authentication_key",
                self.authentication_key.is_some(),
                "basic",
            ),
            AuthMode::Bearer if self.static_bearer_token.is_some() => Ok(()),
            AuthMode::Bearer => {
                needed("token_url", self.token_url.is_some(), "bearer")?;
                needed("client_id", self.client_id.is_some(), "bearer")?;
                needed("client_secret", self.client_secret.is_some(), "bearer")
            }
        }
    }

    fn check_headers(&self) -> Check {
        for (setting, text) in [
            ("origin", &self.origin),
            ("user_agent", &self.user_agent),
            ("accept_language", &self.accept_language),
        ] {
            let printable = text.bytes().all(|it| it == b' ' || it.is_ascii_graphic());
            if text.trim().is_empty() || text.len() > 255 || !printable {
                return invalid(setting, "must have 1 to 255 printable ASCII characters");
            }
        }
        // Plain HTTP cannot be registered, and names of this machine neither (section 4).
        if !self.origin.starts_with("https://") || self.origin.ends_with('/') {
            return invalid("origin", "must begin with https:// and not end with '/'");
        }
        Ok(())
    }

    fn check_payer(&self) -> Check {
        let (consumer, billing) = (&self.default_consumer, &self.default_billing);
        sized("default_consumer.first_name", &consumer.first_name, 60)?;
        sized("default_consumer.last_name", &consumer.last_name, 60)?;
        sized("default_consumer.email", &consumer.email, 255)?;
        if !consumer.email.contains('@') {
            return invalid("default_consumer.email", "must be an e-mail address");
        }
        sized("default_billing.address_line1", &billing.address_line1, 60)?;
        sized("default_billing.city", &billing.city, 50)?;
        sized("default_billing.post_code", &billing.post_code, 10)?;
        let country = billing.country_code.as_str();
        let letters = country.bytes().all(|it| it.is_ascii_uppercase());
        if !letters || !(2..=3).contains(&country.len()) {
            let problem = "must be two or three capital letters";
            return invalid("default_billing.country_code", problem);
        }
        if let Some(number) = &billing.number {
            sized("default_billing.number", number, 10)?;
        }
        match &billing.state {
            Some(state) => sized("default_billing.state", state, 3),
            None if matches!(country, "US" | "USA" | "CA" | "CAN") => {
                invalid("default_billing.state", "is needed in this country")
            }
            None => Ok(()),
        }
    }

    fn check_pages(&self) -> Check {
        if let Some(template) = &self.widget_url_template {
            if !template.starts_with("https://") || !template.contains(super::TOKEN_PLACE) {
                let problem = "must begin with https:// and contain {checkoutToken}";
                return invalid("widget_url_template", problem);
            }
            if self.flow == Flow::Link {
                let problem = "is only for flow = widget";
                return invalid("widget_url_template", problem);
            }
        }
        for (setting, address) in [
            ("link_success_url", &self.link_success_url),
            ("link_failure_url", &self.link_failure_url),
        ] {
            let fits = |it: &String| it.starts_with("https://") && it.len() <= 255;
            if !address.as_ref().is_none_or(fits) {
                let problem = "must begin with https:// and have at most 255 characters";
                return invalid(setting, problem);
            }
        }
        Ok(())
    }

    fn check_paths(&self) -> Check {
        let paths = &self.paths;
        for (setting, path) in [
            ("paths.create", &paths.create),
            ("paths.status", &paths.status),
            ("paths.capture", &paths.capture),
            ("paths.cancel", &paths.cancel),
            ("paths.refund", &paths.refund),
            ("paths.cancel_or_refund", &paths.cancel_or_refund),
            ("paths.links", &paths.links),
        ] {
            let plain = |it: u8| it.is_ascii_alphanumeric() || b"/-_.~".contains(&it);
            if !path.starts_with('/') || path.len() < 2 || !path.bytes().all(plain) {
                return invalid(setting, "must begin with '/' and be a plain path");
            }
        }
        Ok(())
    }

    fn check_ranges(&self) -> Check {
        let retries = i64::from(self.pending_retries);
        for (setting, value, least, most) in [
            ("link_validity_h", self.link_validity_h, 1, 8_760),
            ("poll_interval_s", self.poll_interval_s, 1, 60),
            ("customer_timeout_s", self.customer_timeout_s, 10, 86_400),
            ("pending_retries", retries, 1, 100),
            ("pending_window_s", self.pending_window_s, 1, 86_400),
            ("http_timeout_s", self.http_timeout_s, 1, 600),
            ("status_timeout_s", self.status_timeout_s, 1, 600),
        ] {
            if !(least..=most).contains(&value) {
                return invalid(setting, &format!("must be from {least} to {most}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tender::next_question_at;

    fn ask_times(schedule: &PollSchedule, until: i64) -> Vec<i64> {
        let mut times = vec![];
        let mut last = 0;
        loop {
            last = next_question_at(schedule, 0, last);
            if last > until {
                return times;
            }
            times.push(last);
        }
    }

    #[test]
    fn an_answer_is_seen_in_half_the_time_with_no_more_questions_than_at_fixed_intervals() {
        for interval_s in [1, 3, 5, 60] {
            let fixed_ms = interval_s * 1_000;
            let schedule = poll_schedule(interval_s);
            let abandoned = ask_times(&schedule, fixed_ms * 100).len();
            assert!(abandoned <= 100, "{abandoned} questions");

            // Mean wait from the approval to the next question, over approvals in the time in which
            // most customers pay.
            let times = ask_times(&schedule, fixed_ms * 30);
            let (mut ours, mut theirs) = (0, 0);
            for tenth in 10..200 {
                let approved = fixed_ms * tenth / 10 + 1;
                ours += times.iter().find(|at| **at >= approved).unwrap() - approved;
                theirs += (approved + fixed_ms - 1) / fixed_ms * fixed_ms - approved;
            }
            assert!(ours * 2 <= theirs, "{ours} against {theirs}");
        }
    }
}
