//! Epassi in store (`providers/smartum.md`, section 17): the customer pays in the Epassi app and
//! shows a receipt that moves, with a verification code. No till can check it, so the cashier types
//! what it shows, and each code counts once a day.

mod settings;

pub use settings::Settings;

use super::{
    ApproachWish, Command, Context, HttpRequest, HttpResponse, Invalid, ManualClaim, ManualEntry,
    Method, Provider, RefundOrder, StartOrder, Verdict, by_hand, helsinki,
};
use crate::tender::{Capabilities, Currency, Reason, RefundRecovery};

/// Amounts above this are no sale at a till.
const AMOUNT_MAX: i64 = 100_000_000;

pub struct Epassi {
    settings: Settings,
    capabilities: Capabilities,
}

impl Epassi {
    pub fn new(settings: &Settings) -> Result<Self, super::SetupError> {
        settings.check()?;
        Ok(Self {
            settings: settings.clone(),
            capabilities: Capabilities {
                by_scan: true,
                by_qr: false,
                can_ask: false,
                refund_recovery: RefundRecovery::AskPeople,
                gives_back: false,
                ..Capabilities::wallet()
            },
        })
    }

    /// The verification code as the receipt shows it, however it was typed.
    fn code(&self, typed: Option<&str>) -> Result<String, Invalid> {
        let code = typed.unwrap_or_default().trim().to_ascii_uppercase();
        let (least, most) = (self.settings.code_len_min, self.settings.code_len_max);
        let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain || !(least..=most).contains(&code.len()) {
            let problem = format!(
                "type the verification code that the receipt in the app shows: {least} to {most} \
                 letters and digits"
            );
            return invalid("transaction", &problem);
        }
        Ok(code)
    }

    fn check_amount(&self, entry: &ManualEntry<'_>) -> Result<(), Invalid> {
        let amount = entry.amount.minor;
        in_euros(entry.amount.currency)?;
        in_euros(entry.due.currency)?;
        if !(1..=entry.due.minor).contains(&amount) {
            return invalid("amount", "must be at least 1 cent and at most what is due");
        }
        let eligible = entry.details.eligible_amount;
        if eligible.is_some_and(|eligible| amount > eligible) {
            return invalid("amount", "is more than may be paid with this benefit");
        }
        let most = self.settings.manual_max_amount.unwrap_or(i64::MAX);
        if amount > most {
            let problem = format!("at most {most} cents may be entered by hand");
            return invalid("amount", &problem);
        }
        Ok(())
    }
}

impl Provider for Epassi {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Nothing is sent to start: the customer has paid, or pays without us.
    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
        in_euros(order.amount.currency)?;
        if !(1..=AMOUNT_MAX).contains(&order.amount.minor) {
            return invalid("amount", &format!("must be from 1 to {AMOUNT_MAX} cents"));
        }
        let eligible = order.details.eligible_amount;
        if eligible.is_some_and(|it| !(0..=order.amount.minor).contains(&it)) {
            return invalid("details.eligible_amount", "must be from 0 to the amount");
        }
        by_hand::check_reason(order.details)?;
        Ok(Vec::new())
    }

    fn default_approach(&self) -> ApproachWish {
        ApproachWish::Scan
    }

    /// There is no service to ask. A host that cannot exist proves that nothing was sent.
    fn request(&self, _command: &Command<'_>, _context: &Context<'_>) -> HttpRequest {
        let timeout_ms = self.capabilities.request_timeout_ms;
        HttpRequest::new(Method::Get, "https://epassi.invalid/", timeout_ms)
    }

    fn read(
        &self,
        _command: &Command<'_>,
        _context: &Context<'_>,
        _response: &HttpResponse,
    ) -> Verdict {
        Verdict::Refused {
            reason: Reason::RequestRefused,
            code: 0,
        }
    }

    /// A code is claimed with the day on which it is entered: it is not known to be the only one of
    /// its kind for ever, and a receipt is shown within minutes of the payment.
    fn manual(&self, entry: &ManualEntry<'_>) -> Result<ManualClaim, Invalid> {
        by_hand::check_reason(entry.details)?;
        by_hand::check_people(entry, self.settings.manual_require_supervisor)?;
        self.check_amount(entry)?;
        let code = self.code(entry.transaction)?;
        let Some(date) = helsinki::date(entry.now_ms) else {
            return invalid("transaction", "the clock of this till is not set");
        };
        Ok(ManualClaim {
            claim: Some(format!("epassi:{}:{code}:{date}", self.settings.site)),
            transaction: Some(code),
        })
    }

    fn check_refund(&self, _order: &RefundOrder<'_>) -> Result<(), Invalid> {
        invalid(
            "profile",
            "Epassi payments are cancelled in the merchant's web service within one week, by their \
             verification code; this library cannot do it. Note it in your books",
        )
    }

    fn support(&self, context: &Context<'_>) -> Vec<(&'static str, String)> {
        let code = context.provider_reference.unwrap_or_default();
        vec![
            ("verification_code", code.to_owned()),
            ("site", self.settings.site.clone()),
        ]
    }
}

fn in_euros(currency: Currency) -> Result<(), Invalid> {
    if currency.code() == "EUR" {
        return Ok(());
    }
    invalid("currency", "benefits are paid in EUR")
}

fn invalid<T>(field: &'static str, problem: &str) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.to_owned(),
    })
}
