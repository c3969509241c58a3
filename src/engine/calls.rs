//! The host's calls: checked whole first, then written down, then answered.

use super::core::Core;
use super::operation::{Body, Operation};
use super::{CallError, Effect, HostCall, QueryId, Reply, Ticket};
use crate::journal::{Fact, JournalError, Lookup, Record};
use crate::tender::refund::{Refund, RefundEvent};
use crate::tender::{
    self, Actor, Amounts, Choice, Event, HandClosure, Kind, Observation, OperationId, Phase,
    Prompt, Standing, Wish,
};

impl Core {
    pub(super) fn call(&mut self, ticket: Ticket, call: HostCall, now: i64) {
        if let Some(lookup) = self.needs_load(&call) {
            let query = QueryId(self.number());
            self.loads.insert(query, (ticket, call));
            self.effects.push(Effect::Load { query, lookup });
            return;
        }
        if let Err(error) = self.carry_out(ticket, call, now) {
            self.reply(ticket, Err(error));
        }
    }

    /// What of the journal a call is about that is not in memory.
    fn needs_load(&self, call: &HostCall) -> Option<Lookup> {
        let by_id =
            |id: &OperationId| (!self.operations.contains_key(id)).then_some(Lookup::Id(*id));
        let by_ref = |kind, host_ref: &str| {
            let known = self.by_host_ref.contains_key(&(kind, host_ref.to_owned()));
            (!known).then(|| Lookup::HostRef(kind, host_ref.to_owned()))
        };
        match call {
            HostCall::Begin(request) => by_ref(Kind::Tender, &request.tender_ref),
            HostCall::Refund(request) => by_ref(Kind::Refund, &request.refund_ref),
            HostCall::Scan { id, .. }
            | HostCall::Cancel { id, .. }
            | HostCall::Resolve { id, .. }
            | HostCall::Confirm { id, .. }
            | HostCall::Capture { id, .. }
            | HostCall::Enrol { id }
            | HostCall::Result { id }
            | HostCall::QrText { id } => by_id(id),
            // With its refunds, as the view tells what was given back: a text brings an operation
            // of an earlier run back to where `poll` looks.
            HostCall::Action { id } => by_id(id),
            HostCall::Support { id } => by_id(id).map(|_| Lookup::PaymentOf(*id)),
            HostCall::Explain { id } => Some(Lookup::PaymentOf(*id)),
            HostCall::ManualAmount(manual) => by_id(&manual.id),
            HostCall::Recover
            | HostCall::Health
            | HostCall::RefundOfLoaded(_)
            | HostCall::TakeReceipt { .. }
            | HostCall::TakeManual(_)
            | HostCall::Errand { .. }
            | HostCall::AnyScan { .. }
            | HostCall::Webhook { .. } => None,
        }
    }

    pub(super) fn loaded(
        &mut self,
        query: QueryId,
        result: Result<Vec<Record>, JournalError>,
        now: i64,
    ) {
        let Some((ticket, call)) = self.loads.remove(&query) else {
            return;
        };
        let records = match result {
            Ok(records) => records,
            Err(error) => return self.reply(ticket, Err(CallError::Storage(error))),
        };
        for record in &records {
            if self.operations.contains_key(&record.id) {
                continue;
            }
            match Operation::fold(record) {
                Ok(operation) => self.insert(operation),
                Err(error) => return self.reply(ticket, Err(CallError::Storage(error))),
            }
        }
        let result = match call {
            HostCall::Explain { id } => self.explain(ticket, id, &records),
            call => self.carry_out(ticket, call, now),
        };
        if let Err(error) = result {
            self.reply(ticket, Err(error));
        }
    }

    fn carry_out(&mut self, ticket: Ticket, call: HostCall, now: i64) -> Result<(), CallError> {
        match call {
            HostCall::Begin(request) => self.begin(ticket, *request, now),
            HostCall::Scan { id, bytes } => self.scan(ticket, id, &bytes, now),
            HostCall::AnyScan { bytes } => self.any_scan(ticket, &bytes, now),
            HostCall::TakeReceipt {
                id,
                receipt,
                settles,
            } => self.take_receipt(ticket, id, *receipt, settles, now),
            HostCall::Errand { profile, order } => self.errand(ticket, &profile, &order, now),
            HostCall::Enrol { id } => self.enrol(ticket, id, now),
            HostCall::Result { id } => self.errand_result(ticket, id),
            HostCall::Webhook {
                profile,
                headers,
                body,
            } => self.webhook(ticket, &profile, &headers, &body, now),
            HostCall::ManualAmount(manual) => self.manual_amount(ticket, *manual, now),
            HostCall::TakeManual(manual) => self.take_manual(ticket, &manual, now),
            HostCall::Cancel { id } => self.cancel(ticket, id, None, now),
            HostCall::Resolve {
                id,
                choice,
                operator,
            } => self.resolve(ticket, id, choice, operator, now),
            HostCall::Confirm { id, receipt_ref } => self.confirm(ticket, id, receipt_ref, now),
            HostCall::Capture { id, amount } => self.capture(ticket, id, amount, now),
            HostCall::Refund(request) => self.refund_known(ticket, request, now),
            HostCall::RefundOfLoaded(request) => self.refund(ticket, *request, now),
            HostCall::Recover => {
                // An end that is not yet on disk has not been told, and is none here either.
                let untold = |op: &Operation| {
                    let shown = op.published.as_ref();
                    let moves_money = op.errand().is_none();
                    moves_money
                        && op.last_fact > self.durable
                        && shown.is_none_or(|it| !it.state.is_final())
                };
                let attention = self
                    .operations
                    .values()
                    .filter(|op| op.needs_attention() || untold(op));
                let ids = attention.map(|operation| operation.id).collect();
                self.reply(ticket, Ok(Reply::Ids(ids)));
                Ok(())
            }
            HostCall::QrText { id } => {
                let operation = self.operation(id)?;
                // Not before the view has told of it: until then it may not be durable.
                let told = operation.published.as_ref().is_some_and(|view| {
                    matches!(
                        view.prompt,
                        Prompt::ShowQr | Prompt::PrintQr | Prompt::UsePlate
                    )
                });
                let shown = operation.qr_to_show().filter(|_| told).map(str::to_owned);
                let text = shown.ok_or_else(|| {
                    CallError::State(
                        "there is no code to show now; look at the view's prompt".to_owned(),
                    )
                })?;
                self.reply(ticket, Ok(Reply::Text(text)));
                Ok(())
            }
            HostCall::Action { id } => {
                let action = self.operation(id)?.published.as_ref();
                let text = action.map(|view| self.texts.action(&view.situation()));
                self.reply(ticket, Ok(Reply::Text(text.unwrap_or_default())));
                Ok(())
            }
            HostCall::Support { id } => {
                let text = self.support_fields(id)?;
                self.reply(ticket, Ok(Reply::Text(text)));
                Ok(())
            }
            HostCall::Health => {
                let text = self.health(now);
                self.reply(ticket, Ok(Reply::Text(text)));
                Ok(())
            }
            HostCall::Explain { id } => Err(CallError::NotFound(id.get())),
        }
    }

    pub(super) fn operation(&self, id: OperationId) -> Result<&Operation, CallError> {
        self.operations
            .get(&id)
            .ok_or(CallError::NotFound(id.get()))
    }

    pub(super) fn writable(&self) -> Result<(), CallError> {
        self.broken
            .clone()
            .map_or(Ok(()), |error| Err(CallError::Storage(error)))
    }

    fn cancel(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        operator: Option<String>,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let operation = self.operation(id)?;
        if operation.errand().is_some() {
            return self.cancel_errand(ticket, id, now);
        }
        let Some(tender) = operation.tender() else {
            return Err(CallError::State("a refund cannot be cancelled".to_owned()));
        };
        // Once approved, and the till has no say in the capture any more, it is being completed: the
        // view tells.
        let completing = tender.standing == Standing::Approved && tender.is_capture_settled();
        // A payment made before is let go, so that it can settle another sale: nothing has moved.
        let lets_go = tender.paid_before.is_some()
            && tender.confirmed.is_none()
            && tender.wish == Wish::Collect
            && self.refunds_of(id).next().is_none();
        let nothing_to_do = !lets_go
            && (tender::state(tender).is_final() || completing || tender.wish != Wish::Collect);
        if !nothing_to_do {
            let event = Event::CancelRequested {
                by: Actor::Cashier,
                operator,
            };
            self.record(id, Fact::Tender(event), None, now);
            // Somebody waits for it: what failed before is tried now.
            if let Some(operation) = self.operations.get_mut(&id) {
                operation.not_before = now;
                operation.failures = 0;
            }
        }
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }

    fn resolve(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        choice: Choice,
        operator: String,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let operation = self.operation(id)?;
        let offered = operation
            .published
            .as_ref()
            .map_or(operation.choices(), |v| v.choices);
        // A decision just made, and not yet shown, leaves nothing to decide.
        let decides = matches!(choice, Choice::Keep | Choice::Refund | Choice::RingUp);
        if !offered.contains(choice) || (decides && !operation.choices().contains(choice)) {
            return Err(CallError::State(format!(
                "the choice '{}' is not offered now; the view's choices are what is legal",
                choice.key()
            )));
        }
        let operator = Some(operator).filter(|name| !name.is_empty());
        if matches!(choice, Choice::ForcePaid | Choice::ForceNotPaid) && operator.is_none() {
            return Err(CallError::Argument(
                "operator: closing by hand is audited and needs a name".to_owned(),
            ));
        }
        match (choice, operation.kind()) {
            (Choice::Cancel, _) => return self.cancel(ticket, id, operator, now),
            (Choice::Retry, _) => self.retry(id, operator, now),
            (Choice::ForcePaid | Choice::ForceNotPaid, kind) => {
                let closure = HandClosure {
                    paid: choice == Choice::ForcePaid,
                    operator: operator.unwrap_or_default(),
                };
                let fact = match kind {
                    Kind::Refund => Fact::Refund(RefundEvent::RefundClosedByHand(closure)),
                    // Nothing else is offered these choices.
                    _ => Fact::Tender(Event::ClosedByHand(closure)),
                };
                self.record(id, fact, None, now);
            }
            (Choice::Keep | Choice::Refund | Choice::RingUp, _) => {
                self.decide(id, choice, operator, now)?;
            }
        }
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }

    fn retry(&mut self, id: OperationId, operator: Option<String>, now: i64) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let refused = operation
            .tender()
            .is_some_and(|tender| tender.refusal.is_some());
        operation.not_before = now;
        operation.failures = 0;
        operation.goes_on = true;
        operation.ask_now = true;
        // Others may have moved the money meanwhile: read the payment first.
        operation.ask_first = refused;
        if refused {
            let (choice, by) = (Choice::Retry, Actor::Cashier);
            let event = Event::Decided {
                choice,
                by,
                operator,
            };
            self.record(id, Fact::Tender(event), None, now);
        }
        self.touch(id);
    }

    fn decide(
        &mut self,
        id: OperationId,
        choice: Choice,
        operator: Option<String>,
        now: i64,
    ) -> Result<(), CallError> {
        let refunding = self
            .refunds_of(id)
            .filter_map(Operation::refund)
            .any(Refund::is_under_way);
        if choice == Choice::Refund && refunding {
            return Err(CallError::State(
                "a refund of this payment is under way; wait for its end".to_owned(),
            ));
        }
        if choice == Choice::Refund {
            self.count_refunds(id, now);
        }
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.ask_first = choice == Choice::Refund;
        }
        let event = Event::Decided {
            choice,
            by: Actor::Cashier,
            operator,
        };
        self.record(id, Fact::Tender(event), None, now);
        Ok(())
    }

    /// What refunds of their own have given back is not given back again, also where the payment
    /// does not tell of it.
    fn count_refunds(&mut self, id: OperationId, now: i64) {
        let refunded = self.refunded_by_refunds(id);
        let tender = self.operations.get(&id).and_then(Operation::tender);
        let Some(tender) = tender.filter(|tender| refunded > tender.amounts.refunded) else {
            return;
        };
        let observation = Observation {
            phase: Phase::Approved,
            amounts: Amounts {
                refunded,
                ..tender.amounts
            },
            provider_reference: None,
            reason: None,
            support: Default::default(),
        };
        let event = Event::Observed {
            observation,
            expires_at: 0,
        };
        self.record(id, Fact::Tender(event), None, now);
    }

    fn confirm(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        receipt_ref: String,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let operation = self.operation(id)?;
        let (known, may_leave) = match &operation.body {
            Body::Tender(tender) => (
                tender.confirmed.clone(),
                tender.standing == Standing::Approved && tender.wish == Wish::Collect,
            ),
            Body::Refund(refund) => (refund.confirmed.clone(), false),
            Body::Errand(_) => {
                return Err(CallError::State(
                    "there is nothing to confirm: no money has moved".to_owned(),
                ));
            }
        };
        match known {
            Some(known) if known == receipt_ref => {
                self.reply_when_durable(id, ticket, Reply::Done);
                return Ok(());
            }
            Some(_) => {
                return Err(CallError::Conflict(format!(
                    "operation {} was confirmed with another receipt_ref",
                    id.get()
                )));
            }
            None => {}
        }
        if !operation.state().is_final() && !may_leave {
            return Err(CallError::State(
                "only a finished operation, or one whose goods may leave, can be confirmed"
                    .to_owned(),
            ));
        }
        let fact = match operation.kind() {
            Kind::Refund => Fact::Refund(RefundEvent::RefundConfirmed { receipt_ref }),
            _ => Fact::Tender(Event::Confirmed { receipt_ref }),
        };
        self.record(id, fact, None, now);
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }

    fn capture(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        amount: i64,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let operation = self.operation(id)?;
        let Some(tender) = operation.tender() else {
            return Err(CallError::State(
                "a refund has nothing to capture".to_owned(),
            ));
        };
        if tender.capture_part == Some(amount) {
            self.reply_when_durable(id, ticket, Reply::Done);
            return Ok(());
        }
        let waits = tender.standing == Standing::Approved
            && tender.wish == Wish::Collect
            && !tender.is_capture_settled();
        if !waits {
            return Err(CallError::State(
                "only an approved tender begun with capture on confirm waits for an amount"
                    .to_owned(),
            ));
        }
        let whole = tender.intent.amount.minor;
        if !(1..=whole).contains(&amount) {
            return Err(CallError::Argument(format!(
                "amount: must be from 1 to {whole}"
            )));
        }
        let session = self.profiles.get(operation.profile());
        let partial = session.is_some_and(|s| s.provider.capabilities().partial_capture);
        if amount < whole && !partial {
            return Err(CallError::State(
                "this profile does not allow to capture a part; capture the whole amount or cancel"
                    .to_owned(),
            ));
        }
        self.record(id, Fact::Tender(Event::CapturePart { amount }), None, now);
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }
}
