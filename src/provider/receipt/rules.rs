//! Whether a proven payment may settle this sale. Whatever fails here, the customer has paid.

use super::claims::Facts;
use crate::tender::Reason;
use serde::Deserialize;

/// What is done with a receipt over more than the sale needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountPolicy {
    /// Refused.
    Reject,
    /// Taken for what the sale needs; the rest is the customer's loss, as with a cheap lunch.
    Cap,
    /// Refused unless it is over exactly what is due.
    Exact,
}

pub struct Rules {
    pub venues: Vec<String>,
    /// None listed: any benefit.
    pub benefits: Vec<String>,
    pub paid_statuses: Vec<String>,
    pub void_statuses: Vec<String>,
    /// Whether a token that has answered a web shop's order is taken at the till as well.
    pub accept_checkout: bool,
    /// 0: no limit.
    pub age_max_s: i64,
    pub future_skew_s: i64,
    pub expiry_leeway_s: i64,
    pub amount_policy: AmountPolicy,
}

/// What is to be paid, in cents.
#[derive(Clone, Copy, Debug)]
pub struct Bill {
    pub due: i64,
    /// How much of it may be paid with a benefit.
    pub eligible: i64,
    pub in_euros: bool,
    pub now_ms: i64,
}

impl Rules {
    /// What the rules need to know and the receipt does not say: that is a matter of configuration,
    /// and comes before everything else.
    pub fn check_complete(&self, facts: &Facts) -> Result<(), Reason> {
        let status_known = facts.status.as_ref().is_none_or(|status| {
            self.paid_statuses.contains(status) || self.void_statuses.contains(status)
        });
        let benefit_known = self.benefits.is_empty() || facts.benefit.is_some();
        let time_known = self.age_max_s == 0 || facts.paid_at.is_some();
        if status_known && benefit_known && time_known {
            Ok(())
        } else {
            Err(Reason::ReceiptUnmapped)
        }
    }

    /// How much of the bill the payment settles; the first failure is the reason (section 7.1).
    pub fn settle(&self, facts: &Facts, bill: &Bill) -> Result<i64, Reason> {
        let void = facts
            .status
            .as_ref()
            .is_some_and(|it| self.void_statuses.contains(it));
        if void || (facts.answers_order && !self.accept_checkout) {
            return Err(Reason::ReceiptNotValid);
        }
        if !self.venues.contains(&facts.venue) {
            return Err(Reason::ReceiptWrongVenue);
        }
        let benefit_fits = facts
            .benefit
            .as_ref()
            .is_some_and(|it| self.benefits.contains(it));
        if !self.benefits.is_empty() && !benefit_fits {
            return Err(Reason::ReceiptWrongBenefit);
        }
        self.check_time(facts, bill.now_ms)?;
        if facts.currency != "EUR" || !bill.in_euros {
            return Err(Reason::ReceiptCurrency);
        }
        self.settle_amount(facts.amount, bill)
    }

    fn check_time(&self, facts: &Facts, now_ms: i64) -> Result<(), Reason> {
        let after =
            |moment: i64, seconds: i64| moment.saturating_add(seconds.saturating_mul(1_000));
        let aged = |paid_at: i64| self.age_max_s > 0 && now_ms > after(paid_at, self.age_max_s);
        let expired = |expires_at: i64| now_ms > after(expires_at, self.expiry_leeway_s);
        if facts.paid_at.is_some_and(aged) || facts.expires_at.is_some_and(expired) {
            return Err(Reason::ReceiptTooOld);
        }
        let early = |paid_at: i64| paid_at > after(now_ms, self.future_skew_s);
        let not_yet = |not_before: i64| not_before > after(now_ms, self.expiry_leeway_s);
        if facts.paid_at.is_some_and(early) || facts.not_before.is_some_and(not_yet) {
            return Err(Reason::ReceiptFromFuture);
        }
        Ok(())
    }

    fn settle_amount(&self, amount: i64, bill: &Bill) -> Result<i64, Reason> {
        let most = bill.due.min(bill.eligible);
        if amount == 0 {
            return Err(Reason::ReceiptAmountZero);
        }
        match self.amount_policy {
            AmountPolicy::Exact if amount != bill.due => Err(Reason::ReceiptNotExact),
            // Nothing of this sale may be paid so: there is nothing to cut the receipt down to.
            AmountPolicy::Cap if most > 0 => Ok(amount.min(most)),
            _ if amount > bill.due => Err(Reason::ReceiptExceedsDue),
            _ if amount > bill.eligible => Err(Reason::ReceiptExceedsEligible),
            _ => Ok(amount),
        }
    }
}
