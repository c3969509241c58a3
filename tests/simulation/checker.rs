//! What must hold, whatever happens: the invariants M1 to M21 of the money-safety sheet, checked
//! after each step against the sandbox's ledger and what is durable.

use payments::engine::View;
use payments::journal::memory::MemoryJournal;
use payments::journal::{Batch, Fact};
use payments::provider::{HttpRequest, HttpResponse, Method};
use payments::tender::refund::{self, Refund, RefundEvent};
use payments::tender::{self, Choice, Event, Kind, OperationId, Reason, State, Tender, Wish};
use sandbox::LedgerRow;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

thread_local! {
    /// For forged answers of planted bugs only.
    static AMOUNTS: RefCell<BTreeMap<String, i64>> = const { RefCell::new(BTreeMap::new()) };
}

pub fn amount_of(reference: &str) -> Option<i64> {
    AMOUNTS.with(|amounts| amounts.borrow().get(reference).copied())
}

#[derive(Default)]
pub struct Checker {
    /// Folded from what is durable.
    pub tenders: BTreeMap<OperationId, Tender>,
    pub refunds: BTreeMap<OperationId, Refund>,
    by_reference: BTreeMap<String, OperationId>,
    decided: BTreeSet<OperationId>,
    shown: BTreeMap<OperationId, (State, bool)>,
    /// Requests of this process by reference and kind: when they left.
    pace: BTreeMap<(u32, String, bool), Vec<i64>>,
    bodies: BTreeMap<String, Vec<u8>>,
    keys: BTreeMap<String, String>,
    refused_keys: BTreeSet<String>,
    pub commits: u64,
}

impl Checker {
    pub fn tender_ref_of(&self, reference: &str) -> Option<&str> {
        let (_, tender) = self.tender_of(reference)?;
        Some(&tender.intent.tender_ref)
    }

    pub fn tender_of(&self, reference: &str) -> Option<(OperationId, &Tender)> {
        let id = *self.by_reference.get(reference)?;
        Some((id, self.tenders.get(&id)?))
    }

    pub fn reference(&self, id: OperationId) -> &str {
        match (self.tenders.get(&id), self.refunds.get(&id)) {
            (Some(tender), _) => &tender.intent.reference,
            (_, Some(refund)) => &refund.intent.reference,
            _ => "",
        }
    }

    /// Something became durable: the facts must fold.
    pub fn wrote(&mut self, _now: i64, batch: &Batch) {
        self.commits += 1;
        for entry in &batch.entries {
            let id = entry.operation;
            match &entry.fact {
                Fact::Tender(event) => {
                    if let Event::Begun { intent } = event {
                        self.by_reference.insert(intent.reference.clone(), id);
                        let known = (intent.reference.clone(), intent.amount.minor);
                        AMOUNTS.with(|amounts| amounts.borrow_mut().insert(known.0, known.1));
                    }
                    if let Event::Decided {
                        choice: Choice::Refund,
                        ..
                    } = event
                    {
                        self.decided.insert(id);
                    }
                    let folded = tender::apply(self.tenders.remove(&id), event);
                    self.tenders
                        .insert(id, folded.expect("what is durable must fold"));
                }
                Fact::Refund(event) => {
                    let folded = refund::apply(self.refunds.remove(&id), event);
                    self.refunds
                        .insert(id, folded.expect("what is durable must fold"));
                    if let RefundEvent::RefundBegun { .. } = event {}
                }
            }
        }
    }

    /// M7 and the pacing rules, when a request leaves.
    pub fn sent(&mut self, now: i64, epoch: u32, request: &HttpRequest) {
        let Some(reference) = reference_of(request) else {
            return;
        };
        let write = request.method != Method::Get;
        let sent = self
            .pace
            .entry((epoch, reference.clone(), write))
            .or_default();
        sent.retain(|at| now - at < 60_000);
        sent.push(now);
        let limit = if write { 5 } else { 120 };
        assert!(
            sent.len() <= limit,
            "{} requests about {reference} in a minute",
            sent.len()
        );
        if write {
            self.same_key_same_body(&reference, request);
        }
    }

    /// M9: a repeat has the key and the bytes of the first; a new key only after a refusal.
    fn same_key_same_body(&mut self, reference: &str, request: &HttpRequest) {
        let key = key_of(request).expect("every write has a key");
        let known = self
            .bodies
            .entry(format!("{} {key}", request.url))
            .or_insert(request.body.clone());
        assert_eq!(known, &request.body, "M9: another body under the same key");
        let tail = request.url.rsplit('/').next().unwrap_or("");
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let act = match tail {
            "payments" => format!("create {reference} {}", body["userFlow"]),
            "refund" => format!(
                "refund {reference} {}",
                key.rsplit_once('-').unwrap_or((&key, "")).0
            ),
            _ => format!("{tail} {reference} {body}"),
        };
        let before = self.keys.insert(act.clone(), key.clone());
        if let Some(before) = before.filter(|before| *before != key) {
            let refused = self.refused_keys.contains(&before);
            assert!(
                refused,
                "M9: a new key for '{act}' without a refusal of the old one"
            );
        }
    }

    pub fn answered(&mut self, request: &HttpRequest, response: &HttpResponse) {
        let refusal = (400..500).contains(&response.status)
            && !matches!(response.status, 401 | 408 | 423 | 429);
        if let Some(key) = key_of(request).filter(|_| refusal) {
            self.refused_keys.insert(key);
        }
    }

    /// M7: what a request follows from is durable before its first byte leaves.
    pub fn follows_from_facts(&self, request: &HttpRequest) {
        let Some(reference) = reference_of(request) else {
            return;
        };
        if request.method == Method::Get {
            return;
        }
        let tender = self
            .by_reference
            .get(&reference)
            .and_then(|id| self.tenders.get(id));
        let refunding = self
            .refunds
            .values()
            .any(|it| it.intent.reference == reference);
        let given_up = tender.is_some_and(|it| !matches!(it.wish, Wish::Collect));
        match request.url.rsplit('/').next().unwrap_or("") {
            "payments" => {
                let prepared = tender.is_some_and(|tender| tender.attempts > 0);
                assert!(prepared, "M7: created before the intent was durable");
            }
            "cancel" => {
                let part =
                    tender.is_some_and(|it| it.capture_part.is_some() || it.by_hand.is_some());
                assert!(
                    given_up || part,
                    "M7: cancelled before the decision was durable"
                );
            }
            "refund" => {
                assert!(
                    refunding || given_up,
                    "M7: refunded before the decision was durable"
                );
            }
            _ => assert!(
                tender.is_some(),
                "M7: captured a payment that is not in the journal"
            ),
        }
    }

    /// M1 and M11 in the provider's books, and no payment without a journal record.
    pub fn ledger(&self, rows: &[LedgerRow]) {
        for row in rows {
            assert!(row.is_consistent(), "M1: {row:?}");
            assert!(
                row.captures <= 1,
                "M1: captured {} times: {row:?}",
                row.captures
            );
            assert!(
                self.by_reference.contains_key(&row.reference),
                "M7: an orphan: {row:?}"
            );
        }
    }

    /// M2, M3, M6, M16 and D1 at the moment at which the till is told.
    pub fn published(
        &mut self,
        now: i64,
        view: &View,
        rows: &[LedgerRow],
        _journal: &MemoryJournal,
    ) {
        let row = rows.iter().find(|row| row.reference == view.reference);
        let before = self
            .shown
            .insert(view.id, (view.state, view.goods_may_leave));
        if let Some((state, _)) = before
            && state.is_final()
        {
            let chosen = state == State::Paid && self.decided.contains(&view.id);
            assert!(
                view.state == state || chosen,
                "M16: {state:?} became {:?} at {now}: {view:?}",
                view.state
            );
        }
        if view.goods_may_leave && view.state != State::ClosedByHand {
            assert!(
                row.is_some_and(|row| row.authorized > 0),
                "goods leave unapproved: {view:?}"
            );
        }
        if !view.state.is_final() {
            return;
        }
        match view.kind {
            Kind::Tender => self.told_the_end_of_a_tender(view, row),
            Kind::Refund => self.told_the_end_of_a_refund(view, row),
        }
    }

    fn told_the_end_of_a_tender(&self, view: &View, row: Option<&LedgerRow>) {
        let durable = self.tenders.get(&view.id).map(tender::state);
        assert_eq!(
            durable,
            Some(view.state),
            "D1: told what is not durable: {view:?}"
        );
        let due = self.tenders.get(&view.id).map_or(0, Tender::due);
        match view.state {
            State::Paid => {
                assert!(
                    row.is_some_and(|row| row.captured >= due),
                    "M3: {view:?} {row:?}"
                );
            }
            State::Declined | State::Cancelled | State::Expired | State::Failed => {
                assert!(row.is_none_or(holds_nothing), "M2: {view:?} but {row:?}");
            }
            State::Refunded => {
                let back = row.is_some_and(|row| row.captured == row.refunded);
                assert!(back, "M6: {view:?} but {row:?}");
            }
            _ => {}
        }
    }

    fn told_the_end_of_a_refund(&self, view: &View, row: Option<&LedgerRow>) {
        let durable = self.refunds.get(&view.id);
        assert_eq!(durable.map(Refund::state), Some(view.state), "D1: {view:?}");
        let done = row.map_or(0, |row| self.executed(row, view.id));
        match view.state {
            State::Refunded => assert_eq!(done, 1, "M12: {view:?} but {row:?}"),
            State::Failed => assert_eq!(done, 0, "M12: {view:?} but {row:?}"),
            _ => {}
        }
    }

    /// How often a refund operation is in the provider's log.
    fn executed(&self, row: &LedgerRow, id: OperationId) -> usize {
        let Some(refund) = self.refunds.get(&id) else {
            return 0;
        };
        let amount = refund.reserved().unwrap_or(0);
        let stem = refund.intent.seed.key_stem(&format!("refund:{amount}"));
        let ours = |key: &Option<String>| key.as_ref().is_some_and(|key| key.starts_with(&stem));
        row.events
            .iter()
            .filter(|event| event.name == "REFUNDED" && ours(&event.idempotency_key))
            .count()
    }

    pub fn paid(&self) -> BTreeSet<OperationId> {
        let tenders = self.tenders.iter();
        let paid = tenders.filter(|(_, tender)| tender::state(tender) == State::Paid);
        paid.map(|(id, _)| *id).collect()
    }

    /// M19, from what is durable alone: what has to be offered after a restart.
    pub fn to_be_offered(&self) -> BTreeSet<OperationId> {
        let tenders = self
            .tenders
            .iter()
            .filter(|(_, tender)| match tender::state(tender) {
                State::Paid => tender.confirmed.is_none(),
                state => !state.is_final(),
            });
        let refunds = self
            .refunds
            .iter()
            .filter(|(_, refund)| match refund.state() {
                State::Refunded => refund.confirmed.is_none(),
                state => !state.is_final(),
            });
        tenders
            .map(|(id, _)| *id)
            .chain(refunds.map(|(id, _)| *id))
            .collect()
    }

    /// M5, M6, M11 and M12 when all has come to rest.
    pub fn at_rest(&self, views: &BTreeMap<OperationId, View>, rows: &[LedgerRow]) {
        self.ledger(rows);
        for (id, (state, _)) in &self.shown {
            let tender = self.tenders.get(id);
            assert!(
                state.is_final(),
                "M5: operation {} still {state:?} {tender:?}",
                id.get()
            );
        }
        for (id, tender) in &self.tenders {
            let reference = &tender.intent.reference;
            let row = rows.iter().find(|row| row.reference == *reference);
            let view = views.get(id);
            let state = view.map_or_else(|| tender::state(tender), |view| view.state);
            assert!(state.is_final(), "M5: tender {} is {state:?}", id.get());
            let agrees = match state {
                State::Paid => row.is_some_and(|row| {
                    let rest = row.authorized - row.captured - row.cancelled;
                    let given_back = view.is_none_or(|view| view.refunded == row.refunded);
                    row.captured == tender.due() && rest == 0 && given_back
                }),
                State::Declined | State::Cancelled | State::Expired | State::Failed => {
                    row.is_none_or(holds_nothing)
                }
                State::Refunded => row.is_some_and(|row| row.captured == row.refunded),
                _ if tender::reason(tender) == Reason::ClosedAsNotPaid => {
                    row.is_none_or(holds_nothing)
                }
                _ => true,
            };
            assert!(agrees, "M6: tender {} is {state:?} but {row:?}", id.get());
        }
        for (id, refund) in &self.refunds {
            let row = rows
                .iter()
                .find(|row| row.reference == refund.intent.reference);
            let done = row.map_or(0, |row| self.executed(row, *id));
            let wanted = usize::from(refund.state() == State::Refunded);
            if refund.by_hand.is_none() {
                assert_eq!(
                    done,
                    wanted,
                    "M12: refund {} {:?} {row:?}",
                    id.get(),
                    refund.standing
                );
            }
        }
        for row in rows {
            for event in row.events.iter().filter(|event| event.name == "REFUNDED") {
                assert!(
                    self.is_ours(row, event.idempotency_key.as_deref()),
                    "M12: foreign: {row:?}"
                );
            }
        }
    }

    fn is_ours(&self, row: &LedgerRow, key: Option<&str>) -> bool {
        let key = key.unwrap_or("");
        let of_refund = self.refunds.values().any(|refund| {
            let amount = refund.reserved().unwrap_or(0);
            key.starts_with(&refund.intent.seed.key_stem(&format!("refund:{amount}")))
        });
        let of_tender = self.tenders.values().any(|tender| {
            let stem = |amount: i64| tender.intent.seed.key_stem(&format!("give-back:{amount}"));
            tender.intent.reference == row.reference
                && row
                    .events
                    .iter()
                    .any(|event| key.starts_with(&stem(event.amount)))
        });
        of_refund || of_tender
    }
}

/// Nothing reserved, nothing kept, and nothing can come any more.
fn holds_nothing(row: &LedgerRow) -> bool {
    row.state != "CREATED"
        && row.captured == row.refunded
        && (row.authorized == 0 || row.captured + row.cancelled == row.authorized)
}

pub fn reference_of(request: &HttpRequest) -> Option<String> {
    let (_, tail) = request.url.split_once("/payments")?;
    match tail.strip_prefix('/') {
        Some(tail) => Some(tail.split('/').next().unwrap_or(tail).to_owned()),
        None => {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            Some(body["reference"].as_str()?.to_owned())
        }
    }
}

fn key_of(request: &HttpRequest) -> Option<String> {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| *name == "Idempotency-Key");
    header.map(|(_, value)| value.reveal().to_owned())
}
