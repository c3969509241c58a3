//! Asking for a refund: what may still be given back is promised to one refund at a time.

use super::core::Core;
use super::operation::{Body, Operation};
use super::{CallError, Effect, HostCall, QueryId, RefundRequest, Reply, Ticket};
use crate::journal::{Fact, Lookup};
use crate::provider::RefundOrder;
use crate::tender::refund::{self, RefundEvent, RefundIntent};
use crate::tender::{self, Currency, KeySeed, Kind, OperationId, Wish};

impl Core {
    /// First its own reference, then the payment and every refund of it, are brought into memory.
    pub(super) fn refund_known(
        &mut self,
        ticket: Ticket,
        request: Box<RefundRequest>,
        _now: i64,
    ) -> Result<(), CallError> {
        let known = (Kind::Refund, request.refund_ref.clone());
        if let Some(id) = self.by_host_ref.get(&known).copied() {
            return self.refund_again(ticket, id, &request);
        }
        let lookup = match request.tender {
            Some(id) => Lookup::PaymentOf(id),
            None => Lookup::Payment(request.reference.clone()),
        };
        let query = QueryId(self.number());
        self.loads
            .insert(query, (ticket, HostCall::RefundOfLoaded(request)));
        self.effects.push(Effect::Load { query, lookup });
        Ok(())
    }

    fn refund_again(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        request: &RefundRequest,
    ) -> Result<(), CallError> {
        let operation = self.operation(id)?;
        let same = operation.refund().is_some_and(|refund| {
            let all = request.amount.is_none() && refund.intent.all;
            (all || refund.intent.amount == request.amount)
                && match request.tender {
                    Some(tender) => refund.intent.tender_id == Some(tender),
                    None => refund.intent.reference == request.reference,
                }
        });
        if !same {
            return Err(CallError::Conflict(format!(
                "refund_ref '{}' was used for operation {} with another amount or payment; use a \
                 new refund_ref",
                request.refund_ref,
                id.get()
            )));
        }
        self.touch(id);
        self.reply_when_durable(id, ticket, Reply::Id(id));
        Ok(())
    }

    pub(super) fn refund(
        &mut self,
        ticket: Ticket,
        request: RefundRequest,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let known = (Kind::Refund, request.refund_ref.clone());
        if let Some(id) = self.by_host_ref.get(&known).copied() {
            return self.refund_again(ticket, id, &request);
        }
        if request.amount.is_some_and(|amount| amount <= 0) {
            return Err(CallError::Argument(
                "amount: must be more than 0, or 0 for all".to_owned(),
            ));
        }
        let tender_id = request.tender.or_else(|| {
            // A payment that a tender was only shown is not that tender's.
            let of_payment = |op: &&Operation| {
                let named = op.provider_reference();
                let session = self.profiles.get(op.profile());
                let shown = session
                    .zip(named)
                    .map(|(it, name)| it.provider.shown_reference(name));
                let names = [Some(op.reference()), named, shown];
                op.tender().is_some_and(|it| it.seen_receipt.is_none())
                    && names.contains(&Some(request.reference.as_str()))
            };
            self.operations
                .values()
                .find(of_payment)
                .map(|operation| operation.id)
        });
        let intent = match tender_id {
            Some(id) => self.refund_of_tender(id, &request, now)?,
            None => self.refund_by_reference(&request, now)?,
        };
        self.check_refund(&intent, tender_id, now)?;
        let id = self.draw_id().ok_or(CallError::Limit(0))?;
        let begun = RefundEvent::RefundBegun { intent };
        let state =
            refund::apply(None, &begun).map_err(|error| CallError::State(error.to_string()))?;
        let mut operation = Operation::new(id, Body::Refund(Box::new(state)));
        operation.updated_at = now;
        self.insert(operation);
        self.append(id, Fact::Refund(begun), None, now);
        self.reply_when_durable(id, ticket, Reply::Id(id));
        Ok(())
    }

    fn refund_of_tender(
        &mut self,
        id: OperationId,
        request: &RefundRequest,
        now: i64,
    ) -> Result<RefundIntent, CallError> {
        let operation = self.operation(id)?;
        let Some(tender) = operation.tender() else {
            return Err(CallError::State("a refund cannot be refunded".to_owned()));
        };
        if !tender::state(tender).is_final() {
            return Err(CallError::State(
                "the payment is not settled yet; wait for its final state".to_owned(),
            ));
        }
        let captured = tender.amounts.captured;
        let reserved: Option<i64> = self
            .refunds_of(id)
            .filter_map(Operation::refund)
            .map(refund::Refund::reserved)
            .try_fold(0_i64, |sum, part| Some(sum.saturating_add(part?)));
        let Some(reserved) = reserved else {
            return Err(CallError::State(
                "a refund of all that is left is under way; wait for its end".to_owned(),
            ));
        };
        let left = captured.saturating_sub(reserved.max(given_back(tender)));
        if left <= 0 || request.amount.is_some_and(|amount| amount > left) {
            return Err(CallError::State(format!(
                "at most {left} minor units are left to refund of this payment"
            )));
        }
        let amount = request.amount.or(Some(left));
        let session = self.profiles.get(operation.profile());
        let partial = session.is_some_and(|s| s.provider.capabilities().partial_refund);
        if amount != Some(captured) && !partial {
            return Err(CallError::State(
                "this profile refunds only whole payments".to_owned(),
            ));
        }
        Ok(RefundIntent {
            profile: tender.intent.profile.clone(),
            tender_id: Some(id),
            reference: tender.intent.reference.clone(),
            provider_reference: self.payment_named(tender, request)?,
            refund_ref: request.refund_ref.clone(),
            payment_amount: Some(match &tender.paid_before {
                Some(paid) => paid.settles,
                None => tender.intent.amount.minor,
            }),
            amount,
            all: request.amount.is_none(),
            currency: tender.intent.amount.currency,
            seed: KeySeed::draw(&mut *self.ids),
            begun_at: now,
            operator: request.details.operator.clone(),
        })
    }

    fn refund_by_reference(
        &mut self,
        request: &RefundRequest,
        now: i64,
    ) -> Result<RefundIntent, CallError> {
        if !self.profiles.contains_key(&request.profile) {
            return Err(CallError::Argument(format!(
                "profile: there is no '{}' in the configuration",
                request.profile
            )));
        }
        let currency = Currency::from_code(&request.currency).ok_or_else(|| {
            CallError::Argument("currency: an ISO 4217 code such as NOK is needed".to_owned())
        })?;
        let session = self.profiles.get(&request.profile);
        let Some(provider) = session.map(|session| &session.provider) else {
            return Err(CallError::Argument("profile: unknown".to_owned()));
        };
        let reference = provider
            .typed_reference(&request.reference)
            .map_err(|invalid| CallError::Argument(invalid.to_string()))?;
        if request.amount.is_none() && !provider.capabilities().can_ask {
            return Err(CallError::Argument(
                "amount: needed, as this provider cannot be asked how much was paid".to_owned(),
            ));
        }
        Ok(RefundIntent {
            profile: request.profile.clone(),
            tender_id: None,
            provider_reference: Some(reference.clone()),
            reference,
            refund_ref: request.refund_ref.clone(),
            payment_amount: None,
            amount: request.amount,
            all: request.amount.is_none(),
            currency,
            seed: KeySeed::draw(&mut *self.ids),
            begun_at: now,
            operator: request.details.operator.clone(),
        })
    }
}

impl Core {
    /// The provider's name of a tender's payment. One entered by hand without it is named now.
    fn payment_named(
        &self,
        tender: &tender::Tender,
        request: &RefundRequest,
    ) -> Result<Option<String>, CallError> {
        let known = tender.provider_reference.clone();
        let by_id = request.tender.is_some();
        if known.is_some() || !by_id || request.reference.is_empty() {
            return Ok(known);
        }
        let session = self.profiles.get(&tender.intent.profile);
        let typed = session.map(|it| it.provider.typed_reference(&request.reference));
        let named = match typed {
            Some(Ok(named)) => named,
            Some(Err(invalid)) => return Err(CallError::Argument(invalid.to_string())),
            None => return Ok(None),
        };
        let other = self.operations.values().find(|operation| {
            operation.tender().is_some() && operation.provider_reference() == Some(&named)
        });
        match other {
            Some(other) => Err(CallError::Conflict(format!(
                "the payment with this reference belongs to operation {}",
                other.id.get()
            ))),
            None => Ok(Some(named)),
        }
    }

    fn check_refund(
        &self,
        intent: &RefundIntent,
        tender: Option<OperationId>,
        now: i64,
    ) -> Result<(), CallError> {
        let Some(session) = self.profiles.get(&intent.profile) else {
            return Ok(());
        };
        let paid = tender.and_then(|id| self.operations.get(&id)?.tender());
        let order = RefundOrder {
            amount: intent.amount,
            currency: intent.currency,
            payment_amount: intent.payment_amount,
            provider_reference: intent.provider_reference.as_deref(),
            paid_at: paid.map(|tender| tender.paid_at()),
            now_ms: session.provider_time(now),
        };
        let checked = session.provider.check_refund(&order);
        checked.map_err(|invalid| CallError::State(invalid.problem))
    }
}

/// What the tender itself gave back, after a late approval or a restart.
fn given_back(tender: &tender::Tender) -> i64 {
    match tender.wish {
        Wish::GiveBack(_) => tender.amounts.captured,
        _ => tender.amounts.refunded,
    }
}
