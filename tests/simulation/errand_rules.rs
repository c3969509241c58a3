//! What must hold of errands and check-ins, which are no payments: no money moves for them, and a
//! customer who checked in is asked for one payment, of a tender that was waiting by then.

use crate::wire::{self, Act};
use payments::engine::View;
use payments::provider::HttpRequest;
use payments::tender::errand::{self, Errand, ErrandEvent};
use payments::tender::{Intent, OperationId, State};
use serde_json::Value;
use std::collections::BTreeMap;

/// The default of the setting `check_in_life_ms`.
const CHECK_IN_LIFE_MS: i64 = 600_000;

#[derive(Default)]
pub struct Errands {
    /// Folded from what is durable.
    errands: BTreeMap<OperationId, Errand>,
    check_ins: BTreeMap<String, CheckIn>,
}

/// A customer at the till's code, by the token that stands for this visit.
struct CheckIn {
    at_ms: i64,
    /// When the till was told, by its own clock: a provider may tell it again.
    told_at: Vec<i64>,
    /// The reference of the payment that came of it.
    started: Option<String>,
}

impl Errands {
    pub fn has(&self, id: OperationId) -> bool {
        self.errands.contains_key(&id)
    }

    pub fn ids(&self) -> impl Iterator<Item = OperationId> {
        self.errands.keys().copied()
    }

    pub fn wrote(&mut self, id: OperationId, event: &ErrandEvent) {
        let folded = errand::apply(self.errands.remove(&id), event);
        self.errands
            .insert(id, folded.expect("what is durable must fold"));
    }

    pub fn sent(&self, id: OperationId, request: &HttpRequest) {
        let act = wire::act_of(request);
        assert_eq!(act, Act::Errand, "an errand moves no money");
        let over = self.errands[&id].ending.is_some();
        assert!(!over, "an errand that is over asks nothing");
    }

    /// A delivery is handed in, whatever the library makes of it.
    pub fn handed_in(&mut self, till_now: i64, delivery: &str) {
        let told: Value = serde_json::from_str(delivery).unwrap_or(Value::Null);
        let (Some(token), Some(at)) =
            (told["customerToken"].as_str(), told["initiatedAt"].as_str())
        else {
            return;
        };
        let check_in = self.check_ins.entry(token.to_owned()).or_insert(CheckIn {
            at_ms: milliseconds(at),
            told_at: vec![],
            started: None,
        });
        check_in.told_at.push(till_now);
    }

    /// A tender's payment is asked for: if of somebody who checked in, then once, and in time.
    pub fn starts(&mut self, intent: &Intent, till_now: i64, request: &HttpRequest) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let Some(token) = body["customer"]["customerToken"].as_str() else {
            return;
        };
        let check_in = self.check_ins.get_mut(token);
        let check_in = check_in.expect("a check-in that nobody told of starts nothing");
        assert!(
            check_in.at_ms >= intent.begun_at,
            "a check-in of before the tender starts nothing"
        );
        let fresh =
            |told_at: &i64| *told_at <= till_now && *told_at - check_in.at_ms < CHECK_IN_LIFE_MS;
        assert!(
            check_in.told_at.iter().any(fresh),
            "a stale check-in starts nothing"
        );
        let started = check_in.started.get_or_insert(intent.reference.clone());
        assert_eq!(
            *started, intent.reference,
            "one check-in starts one payment"
        );
    }

    /// D1, and that no money is in it.
    pub fn told(&self, view: &View) {
        let durable = self.errands.get(&view.id).map(|it| it.state(false));
        assert_eq!(durable, Some(view.state), "D1: {view:?}");
        let amounts = [view.approved, view.captured, view.refunded];
        let money = view.goods_may_leave || amounts.iter().any(|amount| *amount != 0);
        assert!(!money, "an errand moves no money: {view:?}");
        assert!(view.state != State::Paid, "an errand is no payment");
    }

    /// M5.
    pub fn at_rest(&self) {
        for (id, errand) in &self.errands {
            let ended = errand.ending.is_some();
            assert!(ended, "M5: errand {} is not over", id.get());
        }
    }
}

/// As the sandbox writes moments: `2026-01-19T16:26:32.099Z`.
fn milliseconds(text: &str) -> i64 {
    use time::format_description::well_known::Rfc3339;
    let moment = time::OffsetDateTime::parse(text, &Rfc3339).expect("a moment");
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).expect("a moment of this age")
}
