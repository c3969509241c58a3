//! What answers of the public API say about payments and refunds (sections 3 and 4).

use super::Paymaster;
use super::settings::StateWord;
use super::till::refund_word;
use super::wire::{
    CURRENCY, Hosted, List, Payment, PaymentStatus, Refund, RefundStatus, ResultCode, parse_utc,
};
use crate::provider::{Context, RefundWord, Verdict};
use crate::tender::{Phase, Reason};

/// Lists and replicas may not know a payment that is younger than this (section 12).
const TOO_YOUNG_MS: i64 = 10_000;

impl Paymaster {
    pub(super) fn read_hosted(&self, body: &[u8]) -> Verdict {
        match serde_json::from_slice::<Hosted>(body) {
            Ok(hosted) => {
                let link = Some(hosted.url);
                self.observed(Phase::Open, None, 0, &hosted.payment_id, link, true)
            }
            Err(_) => Verdict::Unclear,
        }
    }

    /// `started`: the answer to the start itself.
    pub(super) fn read_payment(
        &self,
        context: &Context<'_>,
        body: &[u8],
        started: bool,
    ) -> Verdict {
        let Ok(payment) = serde_json::from_slice::<Payment>(body) else {
            return Verdict::Unclear;
        };
        let asked = super::payment_id(context).filter(|_| !started);
        if asked.is_some_and(|id| id != payment.id.as_str()) {
            return Verdict::Mismatch;
        }
        self.statement(context, payment, started)
    }

    /// Section 3.4: the answer to a cancel has no body.
    pub(super) fn read_cancelled(&self, context: &Context<'_>, body: &[u8]) -> Verdict {
        if body.iter().all(u8::is_ascii_whitespace) {
            return super::cancelled(context);
        }
        match self.read_payment(context, body, false) {
            Verdict::Observed(statement) if statement.observation.phase == Phase::Open => {
                Verdict::Unclear
            }
            verdict => verdict,
        }
    }

    /// Section 3.5: the payment of our number among those of that time.
    pub(super) fn read_list(&self, context: &Context<'_>, body: &[u8]) -> Verdict {
        let Ok(list) = serde_json::from_slice::<List>(body) else {
            return Verdict::Unclear;
        };
        let (payments, all_read) = list.read::<Payment>();
        let is_ours = |payment: &Payment| {
            let invoice = payment.invoice.as_ref();
            let order = invoice.and_then(|invoice| invoice.order_no.as_ref());
            order.is_some_and(|order| order.0 == context.reference)
        };
        let (mut alive, over): (Vec<_>, Vec<_>) =
            payments.into_iter().filter(is_ours).partition(|payment| {
                matches!(self.word_of(payment), StateWord::Waiting | StateWord::Paid)
            });
        match (alive.pop(), alive.is_empty(), over.into_iter().last()) {
            (Some(payment), true, _) => self.statement(context, payment, false),
            (Some(_), false, _) => Verdict::Unclear,
            (None, _, Some(payment)) => self.statement(context, payment, false),
            (None, _, None) => {
                let made_here = context.amount.is_some();
                let age_ms = context.now_ms.saturating_sub(context.begun_at);
                let too_young = made_here && age_ms < TOO_YOUNG_MS;
                if list.goes_on() || !all_read || too_young {
                    Verdict::Unclear
                } else {
                    Verdict::Absent
                }
            }
        }
    }

    /// The payment was found under one of its names; everything else has to fit as well.
    fn statement(&self, context: &Context<'_>, payment: Payment, started: bool) -> Verdict {
        let settings = &self.settings;
        let invoice = payment.invoice.as_ref();
        let order = invoice.and_then(|invoice| invoice.order_no.as_ref());
        let named = super::is_ours(context.reference);
        let other_order = named && order.is_some_and(|order| order.0 != context.reference);
        let merchant = payment.merchant_id.as_deref();
        let other_site = merchant.is_some_and(|id| !id.eq_ignore_ascii_case(&settings.merchant_id));
        // Play money is no money; that a test till meets real money is no reason to lose it.
        let plays = payment.test_mode && !settings.test_mode;
        let currency = payment.amount.as_ref().map(|amount| &amount.currency);
        let other_currency = currency.is_some_and(|currency| currency != CURRENCY);
        if other_order || other_site || plays || other_currency {
            return Verdict::Mismatch;
        }
        let amount = match payment.amount.as_ref().map(|amount| amount.kopecks()) {
            Some(None) => return Verdict::Unclear,
            Some(Some(amount)) => Some(amount),
            None => None,
        };
        let wanted = context.amount;
        if let (Some(amount), Some(wanted)) = (amount, wanted)
            && amount != wanted
        {
            return Verdict::Mismatch;
        }
        let Some((phase, reason)) = self.phase_of_payment(&payment) else {
            return Verdict::Unclear;
        };
        let amount = match (phase, amount) {
            (Phase::Approved, None | Some(..=0)) => return Verdict::Unclear,
            (_, amount) => amount.unwrap_or(0),
        };
        let confirmation = payment.confirmation;
        let link = confirmation.and_then(|confirmation| confirmation.payment_url);
        self.observed(phase, reason, amount, &payment.id, link, started)
    }

    /// The status table (section 4). Unknown statuses wait.
    fn word_of(&self, payment: &Payment) -> StateWord {
        let mut mapped = self.settings.status_map.iter();
        let same = |name: &String| name.eq_ignore_ascii_case(&payment.status);
        if let Some((_, word)) = mapped.find(|(name, _)| same(name)) {
            return *word;
        }
        match PaymentStatus::of(&payment.status) {
            PaymentStatus::Pending | PaymentStatus::Confirmation => StateWord::Waiting,
            PaymentStatus::Authorized if self.settings.authorized_is_paid => StateWord::Paid,
            PaymentStatus::Authorized => StateWord::Waiting,
            PaymentStatus::Settled => StateWord::Paid,
            PaymentStatus::Cancelled => StateWord::Cancelled,
            PaymentStatus::Rejected => StateWord::NotPaid,
            PaymentStatus::Unrecognized => StateWord::Waiting,
        }
    }

    /// Nothing if status and result code contradict each other.
    fn phase_of_payment(&self, payment: &Payment) -> Option<(Phase, Option<Reason>)> {
        let code = payment.result_code.as_deref();
        let code = code.map_or(ResultCode::Unrecognized, ResultCode::of);
        let by_bank = (Phase::Declined, Some(Reason::PaymentDeclined));
        let by_customer = (Phase::Declined, None);
        match (self.word_of(payment), code) {
            (StateWord::Waiting, _) => Some((Phase::Open, None)),
            (StateWord::Paid, ResultCode::Success | ResultCode::Unrecognized) => {
                Some((Phase::Approved, None))
            }
            (StateWord::Paid, _) => None,
            (StateWord::Expired, _) => Some((Phase::Expired, None)),
            (StateWord::Cancelled | StateWord::NotPaid, ResultCode::PaymentExpired) => {
                Some((Phase::Expired, None))
            }
            (_, ResultCode::CancelledByUser) => Some(by_customer),
            (_, ResultCode::Refused) => Some(by_bank),
            (StateWord::Cancelled, _) => Some((Phase::Cancelled, None)),
            (StateWord::NotPaid, ResultCode::Success) => None,
            (StateWord::NotPaid | StateWord::Declined, _) => Some(by_bank),
        }
    }

    /// `expected`: the refund's own name, where it is known.
    pub(super) fn read_refund(
        &self,
        context: &Context<'_>,
        body: &[u8],
        amount: i64,
        expected: Option<&str>,
    ) -> Verdict {
        let Ok(refund) = serde_json::from_slice::<Refund>(body) else {
            return Verdict::Unclear;
        };
        let other_refund = expected.is_some_and(|id| id != refund.id.as_str());
        let other_payment = super::payment_id(context) != Some(refund.payment_id.as_str());
        let other_currency = refund.amount.currency != CURRENCY;
        match refund.amount.kopecks() {
            None => Verdict::Unclear,
            Some(told) if told != amount || other_refund || other_payment || other_currency => {
                Verdict::Mismatch
            }
            Some(_) => Verdict::Refund(word_of_refund(&refund)),
        }
    }

    /// A refund whose answer is missing, among those of its payment. Only one that cannot be
    /// another's counts.
    pub(super) fn find_refund(&self, context: &Context<'_>, body: &[u8], amount: i64) -> Verdict {
        let (Ok(list), Some(payment_id)) = (
            serde_json::from_slice::<List>(body),
            super::payment_id(context),
        ) else {
            return Verdict::Unclear;
        };
        let (refunds, all_read) = list.read::<Refund>();
        let since = context
            .begun_at
            .saturating_sub(self.settings.search_window_ms);
        let fits = |refund: &Refund| {
            refund.payment_id.as_str() == payment_id && refund.amount.kopecks() == Some(amount)
        };
        let mut candidates = Vec::new();
        for refund in refunds.into_iter().filter(fits) {
            match refund.created.as_deref().and_then(parse_utc) {
                None => return Verdict::Unclear,
                Some(at) if at < since => {}
                Some(_) => candidates.push(refund),
            }
        }
        let complete = all_read && !list.goes_on();
        match (candidates.as_slice(), complete) {
            ([refund], true) => Verdict::Refund(word_of_refund(refund)),
            ([], true) => Verdict::Refund(RefundWord::NotThere),
            _ => Verdict::Unclear,
        }
    }
}

fn word_of_refund(refund: &Refund) -> RefundWord {
    refund_word(RefundStatus::of(&refund.status), &refund.id)
}
