//! Payments as the service shows them. Key order follows its examples.

use serde::Serialize;
use serde_json::Value;

use super::payment::{Event, EventName, Payment, Snapshot};
use crate::clock::{self, DAY_MS};

/// What the card networks promise at least, whatever the market allows.
const CAPTURE_GUARANTEED_MS: i64 = 7 * DAY_MS;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentAnswer<'p> {
    aggregate: Aggregate<'p>,
    amount: Amount<'p>,
    state: &'static str,
    payment_method: PaymentMethod<'p>,
    profile: Profile,
    psp_reference: &'p str,
    reference: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'p Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_guaranteed_until: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModificationAnswer<'p> {
    amount: Amount<'p>,
    state: &'static str,
    aggregate: Aggregate<'p>,
    psp_reference: &'p str,
    reference: &'p str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventAnswer<'p> {
    reference: &'p str,
    psp_reference: &'p str,
    name: &'static str,
    amount: Amount<'p>,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'p str>,
    success: bool,
}

/// One event as a webhook tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventNews<'p> {
    msn: &'p str,
    #[serde(flatten)]
    event: EventAnswer<'p>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_guaranteed_until: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateAnswer<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<&'p str>,
    reference: &'p str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Aggregate<'p> {
    authorized_amount: Amount<'p>,
    cancelled_amount: Amount<'p>,
    captured_amount: Amount<'p>,
    refunded_amount: Amount<'p>,
}

#[derive(Serialize)]
struct Amount<'p> {
    currency: &'p str,
    value: i64,
}

#[derive(Serialize)]
struct PaymentMethod<'p> {
    #[serde(rename = "type")]
    kind: &'p str,
}

#[derive(Serialize)]
struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
}

pub(super) fn created(payment: &Payment) -> CreateAnswer<'_> {
    CreateAnswer {
        redirect_url: payment.link.as_ref().map(|link| link.address.as_str()),
        reference: &payment.order.reference,
    }
}

/// The payment as it was at `as_of_ms`.
pub(super) fn payment(payment: &Payment, as_of_ms: i64) -> PaymentAnswer<'_> {
    let then = payment.snapshot_at(as_of_ms);
    let guaranteed = then
        .authorized_ms
        .map(|at_ms| at_ms + CAPTURE_GUARANTEED_MS);
    PaymentAnswer {
        aggregate: aggregate(payment, &then),
        amount: amount(payment, payment.order.amount),
        state: then.state.wire(),
        payment_method: PaymentMethod {
            kind: &payment.order.payment_method,
        },
        profile: Profile {
            sub: profile_subject(payment, &then),
        },
        psp_reference: payment.psp_reference(),
        reference: &payment.order.reference,
        redirect_url: payment.link.as_ref().map(|link| link.address.as_str()),
        metadata: payment.order.metadata.as_ref(),
        capture_guaranteed_until: guaranteed.map(clock::utc_with_offset),
    }
}

pub(super) fn modification(payment: &Payment) -> ModificationAnswer<'_> {
    let now = payment.snapshot();
    ModificationAnswer {
        amount: amount(payment, payment.order.amount),
        state: now.state.wire(),
        aggregate: aggregate(payment, &now),
        psp_reference: payment.psp_reference(),
        reference: &payment.order.reference,
    }
}

pub(super) fn events(payment: &Payment, as_of_ms: i64) -> Vec<EventAnswer<'_>> {
    let known = payment.events_until(as_of_ms);
    known.map(|event| event_answer(payment, event)).collect()
}

pub(super) fn news<'p>(payment: &'p Payment, event: &'p Event, msn: &'p str) -> EventNews<'p> {
    let authorized = event.name == EventName::Authorized && event.success;
    let until = authorized.then(|| clock::utc_with_offset(event.at_ms + CAPTURE_GUARANTEED_MS));
    EventNews {
        msn,
        event: event_answer(payment, event),
        capture_guaranteed_until: until,
    }
}

fn event_answer<'p>(payment: &'p Payment, event: &'p Event) -> EventAnswer<'p> {
    EventAnswer {
        reference: &payment.order.reference,
        psp_reference: &event.psp_reference,
        name: event.name.wire(),
        amount: amount(payment, event.amount),
        timestamp: clock::utc(event.at_ms),
        idempotency_key: event.key.as_deref(),
        success: event.success,
    }
}

fn aggregate<'p>(payment: &'p Payment, snapshot: &Snapshot) -> Aggregate<'p> {
    Aggregate {
        authorized_amount: amount(payment, snapshot.authorized),
        cancelled_amount: amount(payment, snapshot.cancelled),
        captured_amount: amount(payment, snapshot.captured),
        refunded_amount: amount(payment, snapshot.refunded),
    }
}

fn amount(payment: &Payment, value: i64) -> Amount<'_> {
    Amount {
        currency: payment.order.currency,
        value,
    }
}

/// Who the customer is, for merchants that asked for the profile; the same customer has the same
/// name every time.
fn profile_subject(payment: &Payment, snapshot: &Snapshot) -> Option<String> {
    payment.order.scope.as_ref()?;
    snapshot.authorized_ms?;
    subject(payment.phone.as_deref()?)
}

/// The name of a customer at this sales unit, for payments and the club alike.
pub(super) fn subject(phone: &str) -> Option<String> {
    let phone: u64 = phone.parse().ok()?;
    Some(crate::sequence::Sequence::new(phone).guid())
}
