//! What was scanned: for a tender that is named, or for whichever waits for just this.

use super::core::Core;
use super::{CallError, Reply, Ticket};
use crate::journal::Fact;
use crate::provider::scan::{self, ScanKind};
use crate::provider::{Customer, ScanOrder, Scanned, StartOrder};
use crate::secret::Secret;
use crate::tender::{Approach, Event, OperationId, Standing, Wish};

impl Core {
    pub(super) fn scan(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        bytes: &[u8],
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let kind = match scan::clean(bytes) {
            Err(kind) => kind,
            Ok(text) => match self.look_at(id, text, now)? {
                Scanned::Customer => {
                    let customer = Customer::Code(Secret::new(text));
                    return self.customer_scanned(ticket, id, &customer, now);
                }
                Scanned::Paid { receipt, settles } => {
                    return self.receipt_scanned(ticket, id, receipt, settles, now);
                }
                Scanned::Refused(reason) => return self.scan_refused(ticket, id, reason, now),
                Scanned::NotOurs => scan::classify(text),
            },
        };
        self.reply(ticket, Ok(Reply::Scan(kind)));
        Ok(())
    }

    /// What the tender's provider makes of a scan; after its beginning a refund scans nothing.
    fn look_at(&self, id: OperationId, text: &str, now: i64) -> Result<Scanned, CallError> {
        let operation = self.operation(id)?;
        let session = self.profiles.get(operation.profile());
        let (Some(session), Some(tender)) = (session, operation.tender()) else {
            return Ok(Scanned::NotOurs);
        };
        let order = ScanOrder {
            due: tender.intent.amount,
            sale_total: tender.intent.sale_total,
            details: operation.bodies.details(),
            now_ms: now,
        };
        Ok(session.provider.look_at(text, &order))
    }

    pub(super) fn customer_scanned(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        customer: &Customer,
        now: i64,
    ) -> Result<(), CallError> {
        let operation = self.operation(id)?;
        let waiting = operation
            .tender()
            .filter(|tender| tender.standing == Standing::AwaitingScan);
        let Some(tender) = waiting else {
            self.reply(ticket, Ok(Reply::Scan(ScanKind::NotWaiting)));
            return Ok(());
        };
        let (intent, attempt) = (tender.intent.clone(), tender.attempts.saturating_add(1));
        let order = StartOrder {
            reference: &intent.reference,
            amount: intent.amount,
            sale_ref: &intent.sale_ref,
            sale_total: intent.sale_total,
            approach: Approach::Push,
            customer: Some(customer),
            details: operation.bodies.details(),
            now_ms: now,
        };
        let mut bodies = self.bodies(&intent.profile, &order)?;
        // A code that the provider does not take leads back to the scanner.
        bodies.keep_details(operation.bodies.details().clone());
        let private = bodies.to_private();
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.bodies = bodies;
        }
        // The time to start counts from the scan, not from the moment the tender began to wait.
        let start_until = now.saturating_add(self.start_within_ms(&intent.profile));
        let event = Event::Prepared {
            approach: Approach::Push,
            attempt,
            start_until,
        };
        self.record(id, Fact::Tender(event), Some(private), now);
        self.reply_when_durable(id, ticket, Reply::Scan(ScanKind::Customer));
        Ok(())
    }

    /// A scanner of ours has read something, and nobody has said what for. It goes to the tender that
    /// waits for just this; if none does, or more than one, it is the host's.
    pub(super) fn any_scan(
        &mut self,
        ticket: Ticket,
        bytes: &[u8],
        now: i64,
    ) -> Result<(), CallError> {
        let kind = match scan::clean(bytes) {
            Err(kind) => kind,
            Ok(text) => {
                let takers: Vec<OperationId> = self
                    .waiting_for_scans()
                    .filter(|id| !matches!(self.look_at(*id, text, now), Ok(Scanned::NotOurs)))
                    .collect();
                if let [only] = takers.as_slice() {
                    return self.scan(ticket, *only, bytes, now);
                }
                scan::classify(text)
            }
        };
        self.reply(ticket, Ok(Reply::Scan(kind)));
        Ok(())
    }

    fn waiting_for_scans(&self) -> impl Iterator<Item = OperationId> {
        let waits = |operation: &&super::operation::Operation| {
            operation.tender().is_some_and(|tender| {
                tender.standing == Standing::AwaitingScan && tender.wish == Wish::Collect
            }) && !operation.awaits_check_in()
        };
        self.operations.values().filter(waits).map(|it| it.id)
    }
}
