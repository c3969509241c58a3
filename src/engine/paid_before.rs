//! Payments that customers have made before the till comes in: each counts once.

use super::core::Core;
use super::operation::Operation;
use super::{CallError, Effect, HostCall, ManualAmount, QueryId, Reply, Ticket};
use crate::journal::{Fact, Lookup};
use crate::provider::scan::ScanKind;
use crate::provider::{ManualClaim, ManualEntry};
use crate::tender::{Event, Money, OperationId, PaidReceipt, Reason, Standing};

impl Core {
    /// Whoever holds the same payment is brought into memory before anything is decided.
    pub(super) fn receipt_scanned(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        receipt: Box<PaidReceipt>,
        settles: Result<i64, Reason>,
        _now: i64,
    ) -> Result<(), CallError> {
        let lookup = Lookup::Claim(receipt.claim.clone());
        let call = HostCall::TakeReceipt {
            id,
            receipt,
            settles,
        };
        self.load_then(ticket, lookup, call);
        Ok(())
    }

    fn load_then(&mut self, ticket: Ticket, lookup: Lookup, call: HostCall) {
        let query = QueryId(self.number());
        self.loads.insert(query, (ticket, call));
        self.effects.push(Effect::Load { query, lookup });
    }

    pub(super) fn take_receipt(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        receipt: PaidReceipt,
        settles: Result<i64, Reason>,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let holder = self.holder_of(&receipt.claim);
        if holder == Some(id) {
            // The same receipt for the same tender is the same payment.
            self.reply_when_durable(id, ticket, Reply::Scan(ScanKind::Receipt));
            return Ok(());
        }
        if !self.awaits_scan(id)? {
            self.reply(ticket, Ok(Reply::Scan(ScanKind::NotWaiting)));
            return Ok(());
        }
        let settles = match holder {
            Some(_) => settles.and(Err(Reason::ReceiptAlreadyUsed)),
            None => settles,
        };
        let (event, kind) = match settles {
            Ok(settles) => (Event::ReceiptTaken { receipt, settles }, ScanKind::Receipt),
            Err(reason) => (
                Event::ReceiptSeen { receipt, reason },
                ScanKind::ReceiptRefused,
            ),
        };
        self.record(id, Fact::Tender(event), None, now);
        self.reply_when_durable(id, ticket, Reply::Scan(kind));
        Ok(())
    }

    /// Something that was to be a receipt and proves nothing. Written down with the next commit: it
    /// matters to an audit, and to nobody's money.
    pub(super) fn scan_refused(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        reason: Reason,
        now: i64,
    ) -> Result<(), CallError> {
        if !self.awaits_scan(id)? {
            self.reply(ticket, Ok(Reply::Scan(ScanKind::NotWaiting)));
            return Ok(());
        }
        self.record(id, Fact::Tender(Event::ScanRefused { reason }), None, now);
        self.reply(ticket, Ok(Reply::Scan(ScanKind::ReceiptRefused)));
        Ok(())
    }

    pub(super) fn manual_amount(
        &mut self,
        ticket: Ticket,
        manual: ManualAmount,
        now: i64,
    ) -> Result<(), CallError> {
        let claim = self.manual_claim(&manual, now)?;
        match claim.claim {
            Some(claim) => {
                let call = HostCall::TakeManual(Box::new(manual));
                self.load_then(ticket, Lookup::Claim(claim), call);
                Ok(())
            }
            None => self.take_manual(ticket, &manual, now),
        }
    }

    pub(super) fn take_manual(
        &mut self,
        ticket: Ticket,
        manual: &ManualAmount,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let id = manual.id;
        let ManualClaim { transaction, claim } = self.manual_claim(manual, now)?;
        if self.is_same_entry(manual, transaction.as_deref())? {
            self.reply_when_durable(id, ticket, Reply::Done);
            return Ok(());
        }
        if !self.awaits_scan(id)? {
            return Err(CallError::State(
                "an amount is entered by hand only while the tender waits for a scan".to_owned(),
            ));
        }
        let holder = claim.as_deref().and_then(|claim| self.holder_of(claim));
        if let Some(holder) = holder {
            return Err(CallError::Conflict(format!(
                "the payment with this transaction id is already used by operation {}",
                holder.get()
            )));
        }
        let details = self.operation(id)?.bodies.details().manual.clone();
        let details = details.unwrap_or_default();
        let event = Event::EnteredByHand {
            amount: manual.amount,
            transaction,
            claim,
            operator: manual.operator.clone(),
            because: details.reason,
            supervisor: details.supervisor,
        };
        self.record(id, Fact::Tender(event), None, now);
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }

    /// Checked twice: before the journal is asked who holds the claim, and with its answer.
    fn manual_claim(&self, manual: &ManualAmount, now: i64) -> Result<ManualClaim, CallError> {
        let operation = self.operation(manual.id)?;
        let Some(tender) = operation.tender() else {
            return Err(CallError::State(
                "a refund takes no amount by hand".to_owned(),
            ));
        };
        if manual.operator.is_empty() {
            return Err(CallError::Argument(
                "operator: an amount entered by hand is audited and needs a name".to_owned(),
            ));
        }
        let due = tender.intent.amount;
        if !(1..=due.minor).contains(&manual.amount) {
            return Err(CallError::Argument(format!(
                "amount: must be from 1 to {}",
                due.minor
            )));
        }
        let Some(session) = self.profiles.get(operation.profile()) else {
            return Err(CallError::NotFound(manual.id.get()));
        };
        let entry = ManualEntry {
            amount: Money::new(manual.amount, due.currency),
            due,
            transaction: manual.transaction.as_deref(),
            operator: &manual.operator,
            details: operation.bodies.details(),
            now_ms: now,
        };
        let claim = session.provider.manual(&entry);
        claim.map_err(|invalid| CallError::Argument(invalid.to_string()))
    }

    /// Whether this very entry was made before: the call is repeated.
    fn is_same_entry(
        &self,
        manual: &ManualAmount,
        transaction: Option<&str>,
    ) -> Result<bool, CallError> {
        let tender = self.operation(manual.id)?.tender();
        Ok(tender.is_some_and(|tender| {
            tender.paid_before.as_ref().is_some_and(|paid| {
                paid.assurance == crate::tender::Assurance::Manual
                    && paid.settles == manual.amount
                    && tender.provider_reference.as_deref() == transaction
            })
        }))
    }

    fn awaits_scan(&self, id: OperationId) -> Result<bool, CallError> {
        let tender = self.operation(id)?.tender();
        Ok(tender.is_some_and(|tender| tender.standing == Standing::AwaitingScan))
    }

    fn holder_of(&self, claim: &str) -> Option<OperationId> {
        let holds = |operation: &&Operation| operation.claim() == Some(claim);
        self.operations.values().find(holds).map(|it| it.id)
    }
}
