//! Amounts that a cashier reads from the customer's phone: nothing is proven, all is audited
//! (section 9).

use super::{IDS, Smartum, invalid};
use crate::provider::receipt::AmountPolicy;
use crate::provider::{Invalid, ManualClaim, ManualEntry, by_hand};

impl Smartum {
    pub(super) fn enter_by_hand(&self, entry: &ManualEntry<'_>) -> Result<ManualClaim, Invalid> {
        let settings = &self.settings;
        if !settings.manual_allowed {
            return invalid(
                "profile",
                "amounts are not entered by hand here; scan the receipt",
            );
        }
        by_hand::check_reason(entry.details)?;
        by_hand::check_people(entry, settings.manual_require_supervisor)?;
        self.check_amount(entry)?;
        match entry.transaction.map(str::trim).filter(|it| !it.is_empty()) {
            None if settings.manual_require_tx_id => {
                invalid("transaction", "type the id that the receipt shows: tx_…")
            }
            None => Ok(ManualClaim::default()),
            Some(typed) => {
                let transaction = transaction("transaction", typed)?;
                Ok(ManualClaim {
                    claim: Some(self.receipts.claim(&transaction)),
                    transaction: Some(transaction),
                })
            }
        }
    }

    fn check_amount(&self, entry: &ManualEntry<'_>) -> Result<(), Invalid> {
        let amount = entry.amount.minor;
        if entry.amount.currency.code() != "EUR" || entry.due.currency.code() != "EUR" {
            return invalid("currency", "benefits are paid in EUR");
        }
        if !(1..=entry.due.minor).contains(&amount) {
            return invalid("amount", "must be at least 1 cent and at most what is due");
        }
        if amount > self.eligible(entry.details, entry.due) {
            return invalid("amount", "is more than may be paid with this benefit");
        }
        let most = self.settings.manual_max_amount.unwrap_or(i64::MAX);
        if amount > most {
            let problem = format!("at most {most} cents may be entered by hand");
            return invalid("amount", &problem);
        }
        if self.settings.amount_policy == AmountPolicy::Exact && amount != entry.due.minor {
            return invalid("amount", "must be exactly what is due");
        }
        Ok(())
    }
}

/// A transaction id as somebody types it. Its case is never changed: `a` and `A` are two payments.
pub(super) fn transaction(field: &'static str, typed: &str) -> Result<String, Invalid> {
    let typed = typed.trim();
    if IDS.transaction.fits(typed) {
        return Ok(typed.to_owned());
    }
    invalid(
        field,
        "must be 'tx_' and 8 to 64 letters and digits, as the receipt shows it; capitals count, and \
         0 and O, 1 and l and I look alike",
    )
}
