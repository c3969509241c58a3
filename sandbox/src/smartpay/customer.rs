//! What customers do with checkouts and links, what they see of them, and what it adds up to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::create::Order;
use super::transaction::{Planned, Status, Transaction};
use super::{Link, Smartpay};
use crate::clock::MINUTE_MS;
use crate::ledger::LedgerRow;
use crate::world::ActError;

/// What a customer meets: a link with the attempt that counts, or a checkout.
struct Meeting<'s> {
    order: &'s Order,
    link: Option<&'s Link>,
    transaction: Option<Transaction>,
    qr: &'s str,
    created_ms: i64,
    expires_ms: i64,
}

impl Smartpay {
    /// One act of a customer. Payments are named by the reference of the till.
    pub(super) fn customer_acts(
        &mut self,
        now_ms: i64,
        act: &str,
        with: &Value,
    ) -> Result<Value, ActError> {
        let text = |name: &str| with.get(name).and_then(Value::as_str);
        let reference = text("reference").unwrap_or("");
        let for_ms = with.get("for_ms").and_then(Value::as_i64);
        let paid = if self.settings.auto_capture {
            Status::Captured
        } else {
            Status::AuthorizationCompleted
        };
        match act {
            "open" => {
                let anew = with.get("anew").and_then(Value::as_bool) == Some(true);
                if anew {
                    self.begin_anew(now_ms, reference)?;
                }
                self.attempt(now_ms, reference, false)?;
            }
            "approve" => self.attempt(now_ms, reference, true)?.enter(paid, now_ms),
            "reject" => {
                let transaction = self.attempt(now_ms, reference, true)?;
                transaction.enter(Status::Declined, now_ms);
            }
            "pending" => {
                let rejected = text("then") == Some("reject");
                let to = if rejected { Status::Declined } else { paid };
                let transaction = self.attempt(now_ms, reference, false)?;
                transaction.enter(Status::AuthorizationPending, now_ms);
                transaction.plan = later(now_ms, for_ms, to);
            }
            "capture_pending" => {
                let transaction = self.attempt(now_ms, reference, false)?;
                if paid == Status::Captured {
                    transaction.enter(Status::CapturePending, now_ms);
                    transaction.plan = later(now_ms, for_ms, paid);
                } else {
                    transaction.enter(paid, now_ms);
                    transaction.capture_takes = Some(for_ms);
                }
            }
            "state" => {
                let word = text("state").unwrap_or("");
                let transaction = self.latest(now_ms, reference)?;
                transaction.plan.clear();
                match Status::named(word) {
                    Some(status) => transaction.enter(status, now_ms),
                    None => transaction.shown = Some(String::from(word)),
                }
            }
            _ => return Err(ActError::UnknownAct(String::from(act))),
        }
        Ok(json!({}))
    }

    /// The attempt that the customer makes or goes on with. `resolves`: the act may also be the end
    /// of one that is pending.
    fn attempt(
        &mut self,
        now_ms: i64,
        reference: &str,
        resolves: bool,
    ) -> Result<&mut Transaction, ActError> {
        let refused = |text: &str| Err(ActError::Refused(String::from(text)));
        let link = self.meeting(now_ms, reference)?.link.cloned();
        if let Some(link) = link {
            let paid = |it: &Transaction| {
                it.link.as_deref() == Some(link.id.as_str()) && it.was_authorized()
            };
            if self.transactions.iter().any(paid) {
                return refused("the link is paid");
            }
            let latest = self.latest_of(&link.id);
            let latest = latest.map(|it| it.settled(now_ms, self.settings.auto_cancel_min));
            if !latest.is_some_and(|latest| latest.is_running()) {
                if link.expires_ms <= now_ms {
                    return refused("the link has expired");
                }
                let attempt = self.begin(now_ms, link.order.clone(), Some(link.id.clone()));
                self.transactions.push(attempt);
            }
        }
        let transaction = self.latest(now_ms, reference)?;
        match transaction.status {
            Status::Created => transaction.enter(Status::Initialized, now_ms),
            Status::Initialized => {}
            Status::AuthorizationPending if resolves => {}
            status => {
                let word = status.wire();
                return refused(&format!("the payment is {word} and waits for nobody"));
            }
        }
        transaction.plan.clear();
        transaction.acted = true;
        Ok(transaction)
    }

    /// The customer leaves an attempt where it is and opens the link again.
    fn begin_anew(&mut self, now_ms: i64, reference: &str) -> Result<(), ActError> {
        let meeting = self.meeting(now_ms, reference)?;
        let usable = meeting.transaction.as_ref();
        let pending = |it: &&Transaction| it.status == Status::AuthorizationPending;
        let usable = usable.is_none_or(|it| !it.was_authorized() && !pending(&it));
        let usable = usable && !meeting.is_over(now_ms);
        let Some(link) = meeting.link.filter(|_| usable).cloned() else {
            return Err(ActError::Refused(String::from("only a link opens again")));
        };
        let attempt = self.begin(now_ms, link.order, Some(link.id));
        self.transactions.push(attempt);
        Ok(())
    }

    /// The newest attempt of a payment, settled.
    fn latest(&mut self, now_ms: i64, reference: &str) -> Result<&mut Transaction, ActError> {
        let auto_cancel_min = self.settings.auto_cancel_min;
        let meeting = self.meeting(now_ms, reference)?;
        let none = || ActError::Refused(String::from("nobody has tried to pay it"));
        let id = match (meeting.link, &meeting.transaction) {
            (Some(link), _) => self.latest_of(&link.id).map(|it| it.id.clone()),
            (None, transaction) => transaction.as_ref().map(|it| it.id.clone()),
        };
        let id = id.ok_or_else(none)?;
        let transaction = super::find(&mut self.transactions, &id).map_err(|_| none())?;
        transaction.settle(now_ms, auto_cancel_min);
        Ok(transaction)
    }

    fn meeting(&self, now_ms: i64, reference: &str) -> Result<Meeting<'_>, ActError> {
        let mut meetings = self.meetings(now_ms).into_iter();
        let known = meetings.find(|(name, _)| name == reference);
        known
            .map(|(_, meeting)| meeting)
            .ok_or_else(|| ActError::Refused(String::from("no payment has this reference")))
    }

    /// What customers have met or could meet, under the till's names. Of a creation that was
    /// repeated before anybody saw its answer only the last one could be met.
    fn meetings(&self, now_ms: i64) -> Vec<(String, Meeting<'_>)> {
        let links = self.links.iter().map(|link| self.of_link(now_ms, link));
        let checkouts = self.transactions.iter().filter(|it| it.link.is_none());
        let checkouts = checkouts.map(|it| self.of_checkout(now_ms, it));
        let mut by_name: BTreeMap<String, Vec<Meeting<'_>>> = BTreeMap::new();
        for meeting in links.chain(checkouts) {
            let name = meeting.name();
            by_name.entry(name).or_default().push(meeting);
        }
        let mut shown = Vec::new();
        for (name, mut meetings) in by_name {
            let (acted, others): (Vec<_>, Vec<_>) =
                meetings.drain(..).partition(Meeting::has_been_used);
            let chosen = if acted.is_empty() {
                others.into_iter().next_back().into_iter().collect()
            } else {
                acted
            };
            shown.extend(chosen.into_iter().map(|it| (name.clone(), it)));
        }
        shown
    }

    fn of_link<'s>(&'s self, now_ms: i64, link: &'s Link) -> Meeting<'s> {
        let of_link = |it: &&Transaction| it.link.as_deref() == Some(link.id.as_str());
        let attempts = self.transactions.iter().filter(of_link);
        let attempts: Vec<Transaction> = attempts
            .map(|it| it.settled(now_ms, self.settings.auto_cancel_min))
            .collect();
        let paid = attempts.iter().find(|it| it.was_authorized());
        Meeting {
            order: &link.order,
            link: Some(link),
            transaction: paid.or(attempts.last()).cloned(),
            qr: &link.address,
            created_ms: link.created_ms,
            expires_ms: link.expires_ms,
        }
    }

    fn of_checkout<'s>(&'s self, now_ms: i64, transaction: &'s Transaction) -> Meeting<'s> {
        let auto_cancel_min = self.settings.auto_cancel_min;
        let life_ms = match auto_cancel_min {
            0 => i64::MAX / 4,
            minutes => minutes * MINUTE_MS,
        };
        Meeting {
            order: &transaction.order,
            link: None,
            transaction: Some(transaction.settled(now_ms, auto_cancel_min)),
            qr: transaction.token.as_deref().unwrap_or(""),
            created_ms: transaction.created_ms,
            expires_ms: transaction.created_ms + life_ms,
        }
    }

    pub(super) fn rows(&self, now_ms: i64) -> Vec<LedgerRow> {
        let meetings = self.meetings(now_ms).into_iter();
        meetings
            .map(|(name, meeting)| meeting.row(name, now_ms))
            .collect()
    }

    pub(super) fn screens(&self, now_ms: i64) -> Value {
        let (mut waiting, mut history) = (Vec::new(), Vec::new());
        for (name, meeting) in self.meetings(now_ms) {
            let state = meeting.screen_state(now_ms);
            let screen = json!({
                "reference": name,
                "amount": meeting.order.amount.minor,
                "currency": meeting.order.amount.currency,
                "merchant": self.settings.shop_name,
                "description": meeting.order.description,
                "qr": meeting.qr,
                "how": if meeting.link.is_some() { "link" } else { "widget" },
                "state": state,
                "created_ms": meeting.created_ms,
                "expires_ms": meeting.expires_ms,
                "captured": meeting.transaction.as_ref().map_or(0, |it| it.captured),
                "refunded": meeting.transaction.as_ref().map_or(0, |it| it.refunded),
            });
            match state {
                "waiting" | "opened" | "pending" | "declined" => waiting.push(screen),
                _ => history.push(screen),
            }
        }
        json!({"waiting": waiting, "history": history})
    }
}

impl Meeting<'_> {
    /// The till's name of it. References of checkouts are unique, so repeats are numbered.
    fn name(&self) -> String {
        match (&self.order.reference, self.link) {
            (Some(reference), Some(_)) => reference.clone(),
            (Some(reference), None) => String::from(without_repeat(reference)),
            (None, _) => format!("unnamed-{}", self.created_ms),
        }
    }

    fn has_been_used(&self) -> bool {
        let transaction = self.transaction.as_ref();
        transaction.is_some_and(|it| it.acted || it.was_authorized())
    }

    fn is_over(&self, now_ms: i64) -> bool {
        self.expires_ms <= now_ms
    }

    /// A declined attempt under a link is not the end of it.
    fn screen_state(&self, now_ms: i64) -> &'static str {
        let Some(transaction) = &self.transaction else {
            return if self.is_over(now_ms) {
                "expired"
            } else {
                "waiting"
            };
        };
        let payable = self.link.is_some() && !self.is_over(now_ms);
        match transaction.status {
            Status::Created => "waiting",
            Status::Initialized => "opened",
            Status::AuthorizationPending => "pending",
            Status::Declined if payable && !transaction.was_authorized() => "declined",
            Status::Cancelled if payable && !transaction.was_authorized() => "waiting",
            Status::Declined => "rejected",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
            Status::Refunded => "refunded",
            Status::AuthorizationCompleted
            | Status::CapturePending
            | Status::Captured
            | Status::Settled => "approved",
        }
    }

    fn row(&self, name: String, now_ms: i64) -> LedgerRow {
        let transaction = self.transaction.as_ref();
        let sum = |part: fn(&Transaction) -> i64| transaction.map_or(0, part);
        let untouched = if self.is_over(now_ms) {
            Status::Expired
        } else {
            Status::Created
        };
        let status = transaction.map_or(untouched, |it| it.status);
        LedgerRow {
            provider: "smartpay",
            reference: name,
            currency: self.order.amount.currency.clone(),
            amount: self.order.amount.minor,
            authorized: sum(|it| it.authorized),
            captured: sum(|it| it.captured),
            cancelled: sum(|it| it.cancelled),
            refunded: sum(|it| it.refunded),
            state: String::from(status.wire()),
            user_flow: String::from(if self.link.is_some() {
                "LINK"
            } else {
                "WIDGET"
            }),
            description: self.order.description.clone(),
            customer: String::new(),
            created_ms: self.created_ms,
            expires_ms: self.expires_ms,
            captures: transaction.map_or(0, |it| it.captures),
            refunds: transaction.map_or(0, |it| it.refunds),
            events: transaction.map_or(Vec::new(), |it| it.log.clone()),
        }
    }
}

fn later(now_ms: i64, for_ms: Option<i64>, to: Status) -> Vec<Planned> {
    let at_ms = for_ms.map(|for_ms| now_ms + for_ms);
    let planned = at_ms.map(|at_ms| Planned { at_ms, to });
    planned.into_iter().collect()
}

/// Without the number that a till puts behind a reference when it repeats a checkout.
fn without_repeat(reference: &str) -> &str {
    let repeat = |tail: &str| {
        (1..=3).contains(&tail.len())
            && !tail.starts_with('0')
            && tail.bytes().all(|byte| byte.is_ascii_digit())
    };
    match reference.rsplit_once('-') {
        Some((name, tail)) if repeat(tail) => name,
        _ => reference,
    }
}

#[cfg(test)]
mod tests {
    use super::without_repeat;

    #[test]
    fn repeats_share_a_name() {
        for (reference, name) in [
            ("LP-ABC", "LP-ABC"),
            ("LP-ABC-2", "LP-ABC"),
            ("LP-ABC-12", "LP-ABC"),
            ("till01-20260119-0001", "till01-20260119-0001"),
            ("LP-ABC-X", "LP-ABC-X"),
        ] {
            assert_eq!(without_repeat(reference), name);
        }
    }
}
