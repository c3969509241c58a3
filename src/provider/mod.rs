//! Providers: two pure halves each, a request from a command and a verdict from an answer.
//!
//! The engine sends, waits, repeats and remembers; a provider only translates. Adding one takes a
//! module beside `vipps/` and a line in [`registry::PROVIDERS`].

pub mod address;
mod by_hand;
pub mod decimal;
mod details;
pub mod epassi;
mod errand;
mod helsinki;
pub mod http;
pub mod mobilepay;
pub mod paymaster;
pub mod receipt;
pub mod registry;
pub mod scan;
pub mod smartpay;
pub mod smartum;
pub mod vipps;

pub use details::{
    ApproachWish, CustomerDetails, ManualDetails, OverrideUnknown, QuantityUnit, ReceiptDetails,
    ReceiptLine, RefundDetails, TenderDetails,
};
pub use errand::{
    CustomerHint, Delivery, ErrandOrder, ErrandRequest, ErrandVerdict, KnownCustomer, News, Stage,
};
pub use http::{Cause, HttpRequest, HttpResponse, Method, NoResponse, Sent};
pub use registry::{PROVIDERS, Profile};

use crate::secret::{Secret, SecretError};
use crate::tender::{
    Approach, Capabilities, Currency, LatePolicy, Money, Observation, PaidReceipt, Reason,
};

/// The settings of one profile, read and checked for shape.
pub trait Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError>;

    /// What to do about late approvals, if the profile says so.
    fn late_approval(&self) -> Option<LatePolicy>;
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

/// One configured provider profile. Only `capabilities`, `prepare`, `default_approach`, `request` and
/// `read` are needed by every provider; the rest says "not here" unless it is written.
pub trait Provider: Send {
    fn capabilities(&self) -> &Capabilities;

    /// Checks a tender whole and fixes the bytes of its start request.
    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid>;

    /// How a tender goes out that does not say.
    fn default_approach(&self) -> ApproachWish;

    /// The other approach to take when the provider refuses this one, if the profile allows it.
    fn fallback(&self, _refused: Approach, _reason: Reason) -> Option<Approach> {
        None
    }

    /// The request that gets an access token; nothing when requests carry their credentials
    /// themselves.
    fn token_request(&self) -> Option<HttpRequest> {
        None
    }

    fn read_token(&self, _response: &HttpResponse) -> TokenVerdict {
        TokenVerdict::Unclear
    }

    fn request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest;

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict;

    /// What a scanned text is to this provider. `text` is clean: no line ends, no AIM prefix.
    fn look_at(&self, _text: &str, _order: &ScanOrder<'_>) -> Scanned {
        Scanned::NotOurs
    }

    /// Whether an amount may be entered by hand, and under which name it is claimed.
    fn manual(&self, _entry: &ManualEntry<'_>) -> Result<ManualClaim, Invalid> {
        Err(Invalid {
            field: "profile",
            problem: "amounts cannot be entered by hand with this provider".to_owned(),
        })
    }

    /// Whether this much may be given back here and now; checked before anything is written.
    fn check_refund(&self, _order: &RefundOrder<'_>) -> Result<(), Invalid> {
        Ok(())
    }

    /// A payment's reference as a cashier types it, in its usual form.
    fn typed_reference(&self, text: &str) -> Result<String, Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if (8..=64).contains(&text.len()) && text.chars().all(plain) {
            Ok(text.to_owned())
        } else {
            Err(Invalid {
                field: "reference",
                problem: "must be 8 to 64 letters, digits or '-'".to_owned(),
            })
        }
    }

    /// Begins an errand: checks the order and gives the stage from which its first request follows.
    fn errand(&self, _order: &ErrandOrder) -> Result<Stage, Invalid> {
        Err(Invalid {
            field: "profile",
            problem: "this provider does no such errands".to_owned(),
        })
    }

    /// The request that belongs to a stage; nothing if the stage is not one of this provider's.
    fn errand_request(&self, _stage: &Stage) -> Option<ErrandRequest> {
        None
    }

    fn read_errand(&self, _stage: &Stage, _response: &HttpResponse) -> ErrandVerdict {
        ErrandVerdict::Unclear
    }

    /// Reads a webhook. Only what is proven genuine may lead to anything.
    fn webhook(&self, _delivery: &Delivery<'_>) -> Result<News, Invalid> {
        Err(Invalid {
            field: "profile",
            problem: "this provider sends no webhooks".to_owned(),
        })
    }

    /// The part of the provider's name of a payment that people are shown.
    fn shown_reference<'r>(&self, provider_reference: &'r str) -> &'r str {
        provider_reference
    }

    /// The provider's own fields of an operation for a support call, from what is remembered. No
    /// secrets and no personal data.
    fn support(&self, _context: &Context<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Who pays, when that is known before the customer acts.
#[derive(Clone, PartialEq, Eq)]
pub enum Customer {
    Phone(Secret),
    Code(Secret),
    /// From a check-in at the till's own code.
    Token(Secret),
}

/// What a start request is made of.
pub struct StartOrder<'a> {
    pub reference: &'a str,
    pub amount: Money,
    /// The till's name of the sale.
    pub sale_ref: &'a str,
    /// Of the whole sale, when the till said it.
    pub sale_total: Option<i64>,
    pub approach: Approach,
    pub customer: Option<&'a Customer>,
    pub details: &'a TenderDetails,
    /// Unix milliseconds, by the provider's clock as far as it is known.
    pub now_ms: i64,
}

/// What is known when something is scanned for a waiting tender.
pub struct ScanOrder<'a> {
    /// What the tender was begun with: the most that the scan may settle.
    pub due: Money,
    pub sale_total: Option<i64>,
    pub details: &'a TenderDetails,
    pub now_ms: i64,
}

/// What a scanned text is to a provider.
pub enum Scanned {
    /// Nothing of this provider's.
    NotOurs,
    /// A customer's code: the tender starts with it.
    Customer,
    /// Proof of a payment that the customer has made already, and how much of this tender it
    /// settles, or why it cannot.
    Paid {
        receipt: Box<PaidReceipt>,
        settles: Result<i64, Reason>,
    },
    /// Meant for this provider, but no evidence of a payment.
    Refused(Reason),
}

/// An amount that the cashier has read from the customer's phone.
pub struct ManualEntry<'a> {
    pub amount: Money,
    pub due: Money,
    pub transaction: Option<&'a str>,
    pub operator: &'a str,
    pub details: &'a TenderDetails,
    pub now_ms: i64,
}

/// Under which name an amount entered by hand is claimed, so that it counts once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ManualClaim {
    /// The provider's name of the payment, in its usual form.
    pub transaction: Option<String>,
    pub claim: Option<String>,
}

/// A refund that is asked for.
pub struct RefundOrder<'a> {
    /// Nothing when all that is left is to go back and how much that is must be asked.
    pub amount: Option<i64>,
    pub currency: Currency,
    /// What the payment was for, when it was made here.
    pub payment_amount: Option<i64>,
    /// The provider's name of the payment, when it is known.
    pub provider_reference: Option<&'a str>,
    /// When the payment was made, if it was made here.
    pub paid_at: Option<i64>,
    pub now_ms: i64,
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
        /// 1, then one more for each start that is known to have led to nothing.
        attempt: u32,
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
    /// What became of a refund of this amount that was sent under a key that begins like this?
    FindRefund {
        key_stem: &'a str,
        amount: i64,
    },
}

pub struct Context<'a> {
    /// Our name of the payment.
    pub reference: &'a str,
    /// The provider's name of it, once an answer has told it.
    pub provider_reference: Option<&'a str>,
    /// The provider's name of the refund, once an answer has told it.
    pub refund_reference: Option<&'a str>,
    pub currency: Currency,
    /// The payment's amount; unknown for a payment of another till.
    pub amount: Option<i64>,
    /// When the operation was begun, Unix milliseconds.
    pub begun_at: i64,
    pub now_ms: i64,
    pub idempotency_key: &'a str,
    pub token: Option<&'a Secret>,
}

/// What an answer says.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    Observed(Statement),
    /// What became of a refund: the answer to sending it, or to looking for it.
    Refund(RefundWord),
    /// The code that was shown cannot be taken back: the customer could pay with it until then.
    StillPayable {
        until_ms: i64,
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

/// What a provider says about one refund.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RefundWord {
    Executed {
        reference: Option<String>,
    },
    /// Accepted, and not yet carried out.
    Pending {
        reference: Option<String>,
    },
    /// It never arrived, or was not carried out and never will be under its key.
    NotThere,
    Refused {
        reason: Reason,
        code: u32,
    },
}

/// A statement about the payment.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    pub observation: Observation,
    /// The answer names something that has to be asked about to know more: ask at once.
    pub ask_again: bool,
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
