//! Smartum (`providers/smartum.md`): the customer pays in the SmartumPay app and shows a receipt.
//! Receipts are read without the network; only refunds and questions need it.

mod check;
mod manual;
mod refund;
mod settings;
mod wire;

pub use settings::{
    AuthMode, ClientAuth, Endpoints, KeySettings, RefundBody, RefundMethod, RefundMode,
    RefundWindow, Settings, WindowPolicy,
};

use super::http::{HttpRequest, HttpResponse, Method};
use super::receipt::{Bill, IdShape, IdShapes, Receipts};
use super::{
    ApproachWish, BuildRules, Command, Context, Invalid, ManualClaim, ManualEntry, Provider,
    RefundOrder, ScanOrder, Scanned, SetupError, StartOrder, TenderDetails, TokenVerdict, Verdict,
};
use crate::secret::{Secret, SecretSource};
use crate::tender::{Capabilities, Money};
use data_encoding::BASE64;

/// Section 4: sixteen characters after the prefix is what was seen, and no promise.
const IDS: IdShapes = IdShapes {
    transaction: IdShape {
        prefix: "tx_",
        length_min: 8,
        length_max: 64,
    },
    venue: IdShape {
        prefix: "ven_",
        length_min: 8,
        length_max: 64,
    },
};

/// Amounts above this are no sale at a till.
const AMOUNT_MAX: i64 = 100_000_000;

pub struct Smartum {
    settings: Settings,
    client: Option<(Secret, Secret)>,
    receipts: Receipts,
    words: wire::Words,
    capabilities: Capabilities,
}

impl Smartum {
    pub fn new(settings: &Settings, rules: &BuildRules) -> Result<Self, SetupError> {
        settings.check(rules)?;
        let secret = |setting: &'static str, source: &Option<SecretSource>| {
            let resolved = source.as_ref().map(SecretSource::resolve).transpose();
            resolved.map_err(|source| SetupError::Secret { setting, source })
        };
        let client_id = secret("client_id", &settings.client_id)?;
        let client_secret = secret("client_secret", &settings.client_secret)?;
        Ok(Self {
            client: client_id.zip(client_secret),
            receipts: settings.receipts()?,
            words: wire::Words::new(settings),
            capabilities: settings.capabilities(),
            settings: settings.clone(),
        })
    }

    /// How much of what is due may be paid with the benefit (section 7.4).
    fn eligible(&self, details: &TenderDetails, due: Money) -> i64 {
        if let Some(amount) = details.eligible_amount {
            return amount;
        }
        let Some(label) = &self.settings.product_label else {
            return due.minor;
        };
        let lines = details.receipt.iter().flat_map(|receipt| &receipt.lines);
        let labelled = lines.filter(|line| line.labels.contains(label));
        let sum = labelled.fold(0_i64, |sum, line| {
            // A returned product takes away, whichever sign its amount has.
            if line.is_return {
                sum.saturating_sub(line.total.saturating_abs())
            } else {
                sum.saturating_add(line.total)
            }
        });
        sum.max(0)
    }

    fn basic(client: &(Secret, Secret)) -> Secret {
        let (id, secret) = client;
        let pair = Secret::new(format!("{}:{}", id.reveal(), secret.reveal()));
        Secret::new(format!("Basic {}", BASE64.encode(pair.reveal().as_bytes())))
    }
}

impl Provider for Smartum {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Nothing is sent to start: the customer has paid, or pays without us.
    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
        if order.amount.currency.code() != "EUR" {
            return invalid("currency", "benefits are paid in EUR");
        }
        if !(1..=AMOUNT_MAX).contains(&order.amount.minor) {
            return invalid("amount", &format!("must be from 1 to {AMOUNT_MAX} cents"));
        }
        let eligible = order.details.eligible_amount;
        if eligible.is_some_and(|it| !(0..=order.amount.minor).contains(&it)) {
            return invalid("details.eligible_amount", "must be from 0 to the amount");
        }
        super::by_hand::check_reason(order.details)?;
        Ok(Vec::new())
    }

    fn default_approach(&self) -> ApproachWish {
        ApproachWish::Scan
    }

    fn token_request(&self) -> Option<HttpRequest> {
        self.fetch_token()
    }

    fn read_token(&self, response: &HttpResponse) -> TokenVerdict {
        refund::read_token(response)
    }

    fn request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        self.ask(command, context)
    }

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        self.hear(command, context, response)
    }

    fn look_at(&self, text: &str, order: &ScanOrder<'_>) -> Scanned {
        let bill = Bill {
            due: order.due.minor,
            eligible: self.eligible(order.details, order.due),
            in_euros: order.due.currency.code() == "EUR",
            now_ms: order.now_ms,
        };
        self.receipts.look_at(text, &bill)
    }

    fn manual(&self, entry: &ManualEntry<'_>) -> Result<ManualClaim, Invalid> {
        self.enter_by_hand(entry)
    }

    fn check_refund(&self, order: &RefundOrder<'_>) -> Result<(), Invalid> {
        self.may_refund(order)
    }

    fn typed_reference(&self, text: &str) -> Result<String, Invalid> {
        manual::transaction("reference", text)
    }

    fn support(&self, context: &Context<'_>) -> Vec<(&'static str, String)> {
        let transaction = context.provider_reference.unwrap_or_default();
        vec![
            ("transaction", transaction.to_owned()),
            ("venue", self.settings.venue_id.clone()),
        ]
    }
}

fn invalid<T>(field: &'static str, problem: &str) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.to_owned(),
    })
}
