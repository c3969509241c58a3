//! Providers: two pure halves each, a request from a command and a verdict from an answer.
//!
//! The engine sends, waits, repeats and remembers; a provider only translates. Adding one takes two
//! files beside `vipps/`, a variant in [`ProviderSettings`] and a line in [`ProviderSettings::build`].

mod details;
pub mod http;
pub mod scan;
pub mod vipps;

pub use details::{
    ApproachWish, CustomerDetails, OverrideUnknown, QuantityUnit, ReceiptDetails, ReceiptLine,
    RefundDetails, TenderDetails,
};
pub use http::{Cause, HttpRequest, HttpResponse, Method, NoResponse, Sent};

use crate::secret::{Secret, SecretError};
use crate::tender::{Approach, Capabilities, Currency, LatePolicy, Money, Observation, Reason};
use serde::Deserialize;

/// The settings of one profile; `provider` chooses whose.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case")]
pub enum ProviderSettings {
    Vipps(Box<vipps::Settings>),
}

/// Providers that a configuration may name.
pub const PROVIDER_NAMES: &[&str] = &["vipps"];

impl ProviderSettings {
    pub fn build(&self, environment: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        match self {
            Self::Vipps(settings) => Ok(Box::new(vipps::Vipps::new(settings, environment)?)),
        }
    }

    /// What to do about late approvals, if the profile says so.
    pub fn late_approval(&self) -> Option<LatePolicy> {
        match self {
            Self::Vipps(settings) => settings.late_approval,
        }
    }
}

/// What of the whole configuration concerns how providers are built.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildRules {
    /// Plain HTTP, to loopback addresses only, for the sandbox.
    pub allow_plain_http_loopback: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("{setting}: {source}")]
    Secret {
        setting: &'static str,
        source: SecretError,
    },
    #[error("{setting}: {problem}")]
    Invalid {
        setting: &'static str,
        problem: String,
    },
}

pub trait Provider: Send {
    fn capabilities(&self) -> &Capabilities;

    /// Checks a tender whole and fixes the bytes of its start request.
    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid>;

    /// How a tender goes out that does not say.
    fn default_approach(&self) -> ApproachWish;

    /// The other approach to take when the provider refuses this one, if the profile allows it.
    fn fallback(&self, refused: Approach, reason: Reason) -> Option<Approach>;

    /// The request that gets an access token.
    fn token_request(&self) -> HttpRequest;

    fn read_token(&self, response: &HttpResponse) -> TokenVerdict;

    fn request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest;

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict;

    /// Whether a scanned text can name a customer of this provider.
    fn is_customer_code(&self, text: &str) -> bool;
}

/// Who pays, when that is known before the customer acts.
#[derive(Clone, PartialEq, Eq)]
pub enum Customer {
    Phone(Secret),
    Code(Secret),
}

/// What a start request is made of.
pub struct StartOrder<'a> {
    pub reference: &'a str,
    pub amount: Money,
    pub approach: Approach,
    pub customer: Option<&'a Customer>,
    pub details: &'a TenderDetails,
}

/// A tender that the provider could not accept, found before anything was written or sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    pub field: &'static str,
    pub problem: String,
}

/// What the engine wants of the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    Start {
        body: &'a [u8],
    },
    AskStatus,
    Capture {
        amount: i64,
    },
    Cancel {
        only_unapproved: bool,
    },
    Refund {
        amount: i64,
    },
    /// Was a refund sent under a key that begins like this carried out?
    FindRefund {
        key_stem: &'a str,
    },
}

pub struct Context<'a> {
    pub reference: &'a str,
    pub currency: Currency,
    /// The payment's amount; unknown for a payment of another till.
    pub amount: Option<i64>,
    pub idempotency_key: &'a str,
    pub token: Option<&'a Secret>,
}

/// What an answer says.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    Observed(Statement),
    /// The log was read: whether our refund is in it.
    RefundLog {
        executed: bool,
    },
    /// No payment under this reference.
    Absent,
    /// The request was not carried out, and the payment is not what the request assumed: read it.
    AskFirst,
    /// The request was not carried out and never will be.
    Refused {
        reason: Reason,
        code: u32,
    },
    /// Not carried out now; the same again later.
    Busy {
        after_ms: Option<i64>,
        new_key: bool,
    },
    /// The access token was not accepted; nothing was carried out.
    TokenRefused,
    /// An answer that does not belong to this request.
    Mismatch,
    /// No conclusion is possible.
    Unclear,
}

/// A statement about the payment.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    pub observation: Observation,
    /// The text of the code that the till shows. Whoever has it can pay, or approve in a test
    /// environment: it is not for logs.
    pub qr_text: Option<Secret>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum TokenVerdict {
    Token { token: Secret, life_ms: i64 },
    Refused { reason: Reason },
    Unclear,
}
