//! What answers of the till plugin's protocol say (section 11). What its numbers mean is a guess
//! until it was tried, so money is believed only if nothing speaks against it.

use super::Paymaster;
use super::order::Answer;
use super::settings::StateWord;
use super::wire::{CURRENCY, Name, RefundStatus, ResultCode};
use crate::provider::{Context, RefundWord, Verdict};
use crate::tender::{Phase, Reason};

/// By which name an order was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The answer to its start.
    Start,
    ById,
    ByOrder,
}

/// How an order stands: what it means, and what speaks for money having moved.
struct Reading {
    word: StateWord,
    amount: Option<i64>,
    /// Nothing if the answer has no place for one.
    transaction: Option<bool>,
    end: Option<End>,
}

/// How words beside the state describe an end without money.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Expired,
    Cancelled,
    ByCustomer,
    Declined,
}

impl Paymaster {
    pub(super) fn read_order(&self, context: &Context<'_>, body: &[u8], asked: Asked) -> Verdict {
        let names = &self.settings.pos_order;
        let Some(answer) = Answer::of(body) else {
            return Verdict::Unclear;
        };
        let id = answer.text(&names.field_id).as_deref().and_then(Name::of);
        let Some(id) = id else {
            return Verdict::Unclear;
        };
        let other_id = asked == Asked::ById && super::payment_id(context) != Some(id.as_str());
        let order = answer.text(&names.field_order);
        let other_order = match &order {
            Some(order) => super::is_ours(context.reference) && order != context.reference,
            // Asked for by our number, an answer without it may be about anything.
            None if asked == Asked::ByOrder => return Verdict::Unclear,
            None => false,
        };
        let currency = answer.text(&names.field_currency);
        if other_id || other_order || currency.is_some_and(|text| text != CURRENCY) {
            return Verdict::Mismatch;
        }
        let Some(reading) = self.reading(&answer) else {
            return Verdict::Unclear;
        };
        let wanted = context.amount;
        if let (Some(amount), Some(wanted)) = (reading.amount, wanted)
            && amount != wanted
        {
            return Verdict::Mismatch;
        }
        let Some((phase, reason)) = self.phase_of(&reading) else {
            return Verdict::Unclear;
        };
        let link = answer.text(&names.field_payload);
        let amount = reading.amount.unwrap_or(0);
        self.observed(phase, reason, amount, &id, link, asked == Asked::Start)
    }

    /// The one cancel succeeded only if the order says that it is over.
    pub(super) fn read_order_cancelled(&self, context: &Context<'_>, body: &[u8]) -> Verdict {
        let names = &self.settings.pos_order;
        let Some(answer) = Answer::of(body) else {
            return Verdict::Unclear;
        };
        let id = answer.text(&names.field_id);
        if id.is_some_and(|id| super::payment_id(context) != Some(id.as_str())) {
            return Verdict::Mismatch;
        }
        let Some(reading) = self.reading(&answer) else {
            return Verdict::Unclear;
        };
        match self.phase_of(&reading) {
            Some((Phase::Declined | Phase::Cancelled | Phase::Expired, _)) => {
                super::cancelled(context)
            }
            _ => Verdict::Unclear,
        }
    }

    /// `expected`: the refund's own name, where it is known.
    pub(super) fn read_order_refund(
        &self,
        body: &[u8],
        amount: i64,
        expected: Option<&str>,
    ) -> Verdict {
        let names = &self.settings.pos_order;
        let Some(answer) = Answer::of(body) else {
            return Verdict::Unclear;
        };
        if let Some(raw) = answer.at(&names.field_amount) {
            match names.amount_unit.read(raw) {
                None => return Verdict::Unclear,
                Some(told) if told != amount => return Verdict::Mismatch,
                Some(_) => {}
            }
        }
        let id = answer.text(&names.field_refund_id);
        let status = answer.text(&names.field_refund_status);
        match (id.as_deref().and_then(Name::of), status) {
            (Some(id), _) if expected.is_some_and(|expected| expected != id.as_str()) => {
                Verdict::Mismatch
            }
            (Some(id), Some(status)) => {
                Verdict::Refund(refund_word(RefundStatus::of(&status), &id))
            }
            _ => Verdict::Unclear,
        }
    }

    /// Nothing if the answer has no state, or an amount that cannot be read.
    fn reading(&self, answer: &Answer<'_>) -> Option<Reading> {
        let names = &self.settings.pos_order;
        let state = answer.text(&names.field_state)?;
        let amount = match answer.at(&names.field_amount) {
            Some(raw) if raw.get() != "null" => Some(names.amount_unit.read(raw)?),
            _ => None,
        };
        let transaction = answer.at(&names.field_txid).map(|_| {
            let text = answer.text(&names.field_txid);
            text.is_some_and(|text| !text.trim().is_empty())
        });
        let words = [&names.field_status, &names.field_message];
        let mut words = words.into_iter().filter_map(|name| answer.text(name));
        Some(Reading {
            word: names.word_of(&state),
            amount,
            transaction,
            end: words.find_map(|text| end_of(&text)),
        })
    }

    /// Nothing if the answer contradicts itself.
    fn phase_of(&self, reading: &Reading) -> Option<(Phase, Option<Reason>)> {
        let declined = (Phase::Declined, Some(Reason::PaymentDeclined));
        match (reading.word, reading.end) {
            (StateWord::Waiting, _) => Some((Phase::Open, None)),
            (StateWord::Paid, Some(_)) => None,
            (StateWord::Paid, None) => {
                let proven = reading.transaction != Some(false)
                    && reading.amount.is_some_and(|amount| amount > 0);
                proven.then_some((Phase::Approved, None))
            }
            // The two final numbers may be swapped: money that seems to have moved is no refusal.
            (StateWord::NotPaid, None)
                if reading.transaction == Some(true)
                    && !self.settings.pos_order.state_confirmed =>
            {
                None
            }
            (StateWord::Expired, _) | (StateWord::NotPaid, Some(End::Expired)) => {
                Some((Phase::Expired, None))
            }
            (StateWord::Cancelled, _) | (StateWord::NotPaid, Some(End::Cancelled)) => {
                Some((Phase::Cancelled, None))
            }
            (StateWord::NotPaid | StateWord::Declined, Some(End::ByCustomer)) => {
                Some((Phase::Declined, None))
            }
            (StateWord::NotPaid | StateWord::Declined, _) => Some(declined),
        }
    }
}

/// Section 3.7. A word that nobody has told us of is asked about again.
pub fn refund_word(status: RefundStatus, id: &Name) -> RefundWord {
    let reference = Some(id.as_str().to_owned());
    match status {
        RefundStatus::Success => RefundWord::Executed { reference },
        RefundStatus::Pending | RefundStatus::Unrecognized => RefundWord::Pending { reference },
        RefundStatus::Rejected => RefundWord::Refused {
            reason: Reason::RequestRefused,
            code: 0,
        },
    }
}

fn end_of(text: &str) -> Option<End> {
    match ResultCode::of(text) {
        ResultCode::PaymentExpired => return Some(End::Expired),
        ResultCode::CancelledByUser => return Some(End::ByCustomer),
        ResultCode::Refused => return Some(End::Declined),
        ResultCode::Success => return None,
        ResultCode::Unrecognized => {}
    }
    let text = text.to_lowercase();
    let says = |stems: &[&str]| stems.iter().any(|stem| text.contains(stem));
    if says(&["expire", "истек"]) {
        Some(End::Expired)
    } else if says(&["cancel", "отмен"]) {
        Some(End::Cancelled)
    } else if says(&["reject", "declin", "отклон"]) {
        Some(End::Declined)
    } else {
        None
    }
}
