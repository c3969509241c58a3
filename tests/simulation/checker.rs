//! What must hold, whatever happens: the invariants M1 to M21 of the money-safety sheet, checked
//! after each step against the sandbox's ledger and what is durable.

#[path = "errand_rules.rs"]
mod errand_rules;

use crate::wire::{self, Act};
use errand_rules::Errands;
use payments::engine::View;
use payments::journal::memory::MemoryJournal;
use payments::journal::{Batch, Fact};
use payments::provider::{HttpRequest, HttpResponse};
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
    pub errands: Errands,
    by_reference: BTreeMap<String, OperationId>,
    decided: BTreeSet<OperationId>,
    /// Ended while somebody could still pay: they say so, and may come back.
    abandoned: BTreeSet<OperationId>,
    shown: BTreeMap<OperationId, (State, bool)>,
    /// Requests of this process by reference and kind: when they left.
    pace: BTreeMap<(u32, String, bool), Vec<i64>>,
    bodies: BTreeMap<String, Vec<u8>>,
    keys: BTreeMap<String, String>,
    refused_keys: BTreeSet<String>,
    keyless_cancels: BTreeSet<String>,
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

    /// Somebody at the till has vouched for the payment, and not named it.
    fn is_vouched_for(&self, id: OperationId) -> bool {
        let tender = self.tenders.get(&id);
        tender.is_some_and(|tender| {
            tender.paid_before.is_some() && tender.provider_reference.is_none()
        })
    }

    /// For the operator who looks into the provider's books.
    pub fn named_row<'r>(&self, id: OperationId, rows: &'r [LedgerRow]) -> Option<&'r LedgerRow> {
        self.row_of(id, rows)
    }

    /// Whether the till has been shown what the customer needs to pay this.
    pub fn was_shown(&self, reference: &str) -> bool {
        let named = self.tender_of(reference);
        named.is_some_and(|(_, tender)| tender.provider_reference.is_some())
    }

    /// A link that a request of a dead process made: nobody was ever shown it, so nobody can pay.
    fn is_unseen(&self, row: &LedgerRow) -> bool {
        row.provider == "smartpay" && is_open(row) && !self.was_shown(&row.reference)
    }

    pub fn is_over(&self, reference: &str) -> bool {
        let named = self.tender_of(reference);
        named.is_none_or(|(_, tender)| tender::state(tender).is_final())
    }

    /// The payment of an operation in the provider's books: under our reference, or under the
    /// provider's where the customer paid before.
    fn row_of<'r>(&self, id: OperationId, rows: &'r [LedgerRow]) -> Option<&'r LedgerRow> {
        let refund = self.refunds.get(&id);
        let tender = refund
            .and_then(|refund| refund.intent.tender_id)
            .unwrap_or(id);
        let paid = self
            .tenders
            .get(&tender)
            .filter(|tender| tender.paid_before.is_some())
            .and_then(|tender| tender.provider_reference.as_deref());
        let named = refund.and_then(Refund::payment_reference);
        let names = [Some(self.reference(id)), paid, named];
        rows.iter()
            .find(|row| names.contains(&Some(row.reference.as_str())))
    }

    pub fn profile(&self, id: OperationId) -> &str {
        match (self.tenders.get(&id), self.refunds.get(&id)) {
            (Some(tender), _) => &tender.intent.profile,
            (_, Some(refund)) => &refund.intent.profile,
            _ => "",
        }
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
                    if let Event::Abandoned { .. } = event {
                        self.abandoned.insert(id);
                    }
                    let folded = tender::apply(self.tenders.remove(&id), event);
                    self.tenders
                        .insert(id, folded.expect("what is durable must fold"));
                }
                Fact::Errand(event) => self.errands.wrote(id, event),
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
    pub fn sent(
        &mut self,
        (now, till_now): (i64, i64),
        epoch: u32,
        about: OperationId,
        limits: (usize, usize),
        request: &HttpRequest,
    ) {
        if self.errands.has(about) {
            return self.errands.sent(about, request);
        }
        let reference = self.reference(about).to_owned();
        if let Some(seen) = wire::reference_of(request) {
            assert_eq!(seen, reference, "a request about another payment");
        }
        let act = wire::act_of(request);
        let write = act.is_write();
        let sent = self
            .pace
            .entry((epoch, reference.clone(), write))
            .or_default();
        sent.retain(|at| now - at < 60_000);
        sent.push(now);
        let limit = if write { limits.0 } else { limits.1 };
        assert!(
            sent.len() <= limit,
            "{} requests about {reference} in a minute",
            sent.len()
        );
        if write {
            self.same_key_same_body(&reference, act, request);
        }
        if let (Act::Create, Some(tender)) = (act, self.tenders.get(&about)) {
            self.errands.starts(&tender.intent, till_now, request);
        }
    }

    /// M9: a repeat has the key and the bytes of the first; a new key only after a refusal.
    fn same_key_same_body(&mut self, reference: &str, act: Act, request: &HttpRequest) {
        let Some(key) = wire::key_of(request) else {
            if act == Act::Cancel {
                // Without a key a cancel is asked for once, whatever happens to it.
                let before = self.keyless_cancels.insert(reference.to_owned());
                assert!(before, "a second cancel of {reference}");
                return;
            }
            let keyless = act == Act::Create || request.url.contains("/transactions/");
            assert!(keyless, "a {act:?} without a key");
            return;
        };
        let known = self
            .bodies
            .entry(format!("{} {key}", request.url))
            .or_insert(request.body.clone());
        assert_eq!(known, &request.body, "M9: another body under the same key");
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let act = match act {
            Act::Create => format!("create {reference} {}", body["userFlow"]),
            Act::Refund => format!(
                "refund {reference} {}",
                key.rsplit_once('-').unwrap_or((&key, "")).0
            ),
            act => format!("{act:?} {reference} {}", body_without_key(body)),
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
        if let Some(key) = wire::key_of(request).filter(|_| refusal) {
            self.refused_keys.insert(key);
        }
    }

    /// M7: what a request follows from is durable before its first byte leaves.
    pub fn follows_from_facts(&self, about: OperationId, request: &HttpRequest) {
        let tender = self.tenders.get(&about);
        let refunding = self.refunds.contains_key(&about);
        let given_up = tender.is_some_and(|it| !matches!(it.wish, Wish::Collect));
        match wire::act_of(request) {
            Act::Token | Act::Read => {}
            Act::Errand => assert!(
                self.errands.has(about),
                "M7: asked before the errand was durable"
            ),
            Act::Create => {
                let prepared = tender.is_some_and(|tender| tender.attempts > 0);
                assert!(prepared, "M7: created before the intent was durable");
            }
            Act::Cancel => {
                let part =
                    tender.is_some_and(|it| it.capture_part.is_some() || it.by_hand.is_some());
                assert!(
                    given_up || part,
                    "M7: cancelled before the decision was durable"
                );
            }
            Act::Refund => {
                assert!(
                    refunding || given_up,
                    "M7: refunded before the decision was durable"
                );
            }
            Act::Capture => assert!(
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
            // Where customers pay before the till comes in, payments come from outside.
            let from_outside = row.provider == "smartum";
            assert!(
                from_outside || self.by_reference.contains_key(&row.reference),
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
        let row = self.row_of(view.id, rows);
        let before = self
            .shown
            .insert(view.id, (view.state, view.goods_may_leave));
        if let Some((state, _)) = before
            && state.is_final()
        {
            let chosen = state == State::Paid && self.decided.contains(&view.id);
            let tender = self.tenders.get(&view.id);
            let let_go = state == State::Paid
                && view.state == State::Cancelled
                && tender.is_some_and(|tender| tender.attempts == 0);
            let paid_after_all = self.abandoned.contains(&view.id);
            assert!(
                view.state == state || chosen || let_go || paid_after_all,
                "M16: {state:?} became {:?} at {now}: {view:?}",
                view.state
            );
        }
        let vouched_for = self.is_vouched_for(view.id);
        if view.goods_may_leave && view.state != State::ClosedByHand && !vouched_for {
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
            Kind::CheckIn | Kind::Enrolment | Kind::Registration => self.errands.told(view),
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
                    self.is_vouched_for(view.id) || row.is_some_and(|row| row.captured >= due),
                    "M3: {view:?} {row:?}"
                );
            }
            State::Declined | State::Cancelled | State::Expired | State::Failed => {
                // It says itself that somebody could still pay; at rest that is looked at again.
                let abandoned = view.reason == Reason::StillPayable;
                assert!(
                    abandoned || row.is_none_or(|row| holds_nothing(row) || self.is_unseen(row)),
                    "M2: {view:?} but {row:?}"
                );
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
        // Without keys in the provider's log the amount has to do.
        let ours = |event: &&sandbox::LedgerEvent| {
            let key = event.idempotency_key.as_ref();
            key.map_or(event.amount == amount, |key| key.starts_with(&stem))
        };
        row.events
            .iter()
            .filter(|event| event.name == "REFUNDED")
            .filter(ours)
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
        self.errands.at_rest();
        for (id, (state, _)) in &self.shown {
            let tender = self.tenders.get(id);
            assert!(
                state.is_final(),
                "M5: operation {} still {state:?} {tender:?}",
                id.get()
            );
        }
        for (id, tender) in &self.tenders {
            let row = self.row_of(*id, rows);
            let view = views.get(id);
            let state = view.map_or_else(|| tender::state(tender), |view| view.state);
            assert!(state.is_final(), "M5: tender {} is {state:?}", id.get());
            let agrees = match state {
                State::Paid if self.is_vouched_for(*id) => true,
                State::Paid => row.is_some_and(|row| {
                    let rest = row.authorized - row.captured - row.cancelled;
                    let by_hand = self.refunds.values().any(|refund| {
                        refund.intent.tender_id == Some(*id) && refund.by_hand.is_some()
                    });
                    let given_back = view.is_none_or(|view| view.refunded == row.refunded);
                    let taken = match tender.paid_before {
                        Some(_) => row.captured >= tender.due(),
                        None => row.captured == tender.due(),
                    };
                    taken && rest == 0 && (given_back || by_hand)
                }),
                State::Declined | State::Cancelled | State::Expired | State::Failed => {
                    let abandoned = tender::reason(tender) == Reason::StillPayable;
                    row.is_none_or(|row| {
                        holds_nothing(row) || abandoned && is_open(row) || self.is_unseen(row)
                    })
                }
                State::Refunded => row.is_some_and(|row| row.captured == row.refunded),
                _ if tender::reason(tender) == Reason::ClosedAsNotPaid => {
                    let undecided = |row: &LedgerRow| row.state.ends_with("PENDING");
                    row.is_none_or(|row| holds_nothing(row) || undecided(row))
                }
                _ => true,
            };
            assert!(agrees, "M6: tender {} is {state:?} but {row:?}", id.get());
        }
        for (id, refund) in &self.refunds {
            let row = self.row_of(*id, rows);
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
            let keyed = |event: &&sandbox::LedgerEvent| {
                event.name == "REFUNDED" && event.idempotency_key.is_some()
            };
            for event in row.events.iter().filter(keyed) {
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

/// Somebody could still pay.
fn is_open(row: &LedgerRow) -> bool {
    let words: &[&str] = match row.provider {
        "paymaster" => &["Confirmation", "Pending"],
        "smartpay" => &[
            "CREATED",
            "AUTHORIZATION_INITIALIZED",
            "AUTHORIZATION_PENDING",
            "CAPTURE_PENDING",
        ],
        _ => &["CREATED"],
    };
    words.contains(&row.state.as_str())
}

fn body_without_key(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.remove("modificationId");
    }
    body
}

/// Nothing reserved, nothing kept, and nothing can come any more.
fn holds_nothing(row: &LedgerRow) -> bool {
    !is_open(row)
        && row.captured == row.refunded
        && (row.authorized == 0 || row.captured + row.cancelled == row.authorized)
}
