//! Payments and refunds as JSON.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::create::Kind;
use super::payment::{Payment, State};
use super::refund::{Refund, Status};
use super::rubles;
use super::settings::Settings;
use crate::clock;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentAnswer<'p> {
    id: &'p str,
    created: String,
    test_mode: bool,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_code: Option<&'p str>,
    merchant_id: &'p str,
    amount: Amount,
    invoice: Invoice<'p>,
    payment_data: PaymentData,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation<'p>>,
}

#[derive(Serialize)]
struct Amount {
    value: Box<RawValue>,
    currency: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invoice<'p> {
    description: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_no: Option<&'p str>,
    expires: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    params: &'p Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentData {
    payment_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_instrument_title: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Confirmation<'p> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_url: Option<&'p str>,
    universal_link: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HostedAnswer<'p> {
    payment_id: &'p str,
    url: &'p str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundAnswer<'p> {
    id: &'p str,
    created: String,
    payment_id: &'p str,
    amount: Amount,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_code: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Page<T: Serialize> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// The second protocol's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderAnswer<'p> {
    id: &'p str,
    order_id: &'p str,
    state: u32,
    amount: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'p str>,
    #[serde(rename = "static")]
    is_static: bool,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'p str>,
}

/// The second protocol's refund.
#[derive(Serialize)]
pub(super) struct TillRefundAnswer<'p> {
    id: &'p str,
    status: &'static str,
    amount: Box<RawValue>,
}

pub(super) fn payment<'p>(payment: &'p Payment, settings: &'p Settings) -> PaymentAnswer<'p> {
    PaymentAnswer {
        id: &payment.id,
        created: clock::utc(payment.created_ms),
        test_mode: payment.order.test_mode,
        status: payment.state.wire(),
        result_code: payment.result_code.as_deref(),
        merchant_id: &settings.merchant_id,
        amount: amount(shown_amount(payment), settings),
        invoice: Invoice {
            description: &payment.order.description,
            order_no: payment.order.order_no.as_deref(),
            expires: clock::utc(payment.expires_ms),
            params: &payment.order.params,
        },
        payment_data: PaymentData {
            payment_method: "SBP",
            payment_instrument_title: payer_title(payment, settings),
        },
        confirmation: (payment.state == State::Confirmation).then(|| Confirmation {
            kind: "External",
            payment_url: link(payment, settings),
            universal_link: true,
        }),
    }
}

pub(super) fn hosted(payment: &Payment) -> HostedAnswer<'_> {
    HostedAnswer {
        payment_id: &payment.id,
        url: &payment.link,
    }
}

pub(super) fn refund<'p>(
    payment: &'p Payment,
    refund: &'p Refund,
    now_ms: i64,
    settings: &Settings,
) -> RefundAnswer<'p> {
    let status = refund.status(now_ms);
    RefundAnswer {
        id: &refund.id,
        created: clock::utc(refund.created_ms),
        payment_id: &payment.id,
        amount: amount(refund.amount, settings),
        status: status.wire(),
        result_code: match status {
            Status::Pending => None,
            Status::Success => Some("Success"),
            Status::Rejected => Some("OperationNotAllowed"),
        },
    }
}

/// One page of a list: what comes after the item that the cursor names.
pub(super) fn page<T: Serialize>(
    mut items: Vec<(String, T)>,
    cursor: Option<&str>,
    page_size: usize,
) -> Page<T> {
    if let Some(after) = cursor.and_then(|cursor| items.iter().position(|it| it.0 == cursor)) {
        items.drain(..=after);
    }
    let more = items.len() > page_size;
    items.truncate(page_size);
    let last = items.last().map(|(id, _)| id.clone());
    Page {
        cursor: last.filter(|_| more),
        items: items.into_iter().map(|(_, item)| item).collect(),
    }
}

pub(super) fn order<'p>(payment: &'p Payment, settings: &'p Settings) -> OrderAnswer<'p> {
    OrderAnswer {
        id: &payment.id,
        order_id: payment.reference(),
        state: order_state(payment.state, settings),
        amount: till_amount(shown_amount(payment), settings),
        payload: (payment.state == State::Confirmation).then_some(payment.link.as_str()),
        is_static: payment.order.sticker.is_some(),
        expires: clock::utc(payment.expires_ms),
        transaction_id: payment.transaction(),
        message: payment.result_code.as_deref(),
    }
}

pub(super) fn till_refund<'p>(
    refund: &'p Refund,
    now_ms: i64,
    settings: &Settings,
) -> TillRefundAnswer<'p> {
    TillRefundAnswer {
        id: &refund.id,
        status: refund.status(now_ms).wire(),
        amount: till_amount(refund.amount, settings),
    }
}

pub(super) fn order_state(state: State, settings: &Settings) -> u32 {
    match state {
        State::Confirmation => 1,
        State::Pending | State::Authorized => 3,
        State::Settled => settings.pos_state_paid,
        State::Cancelled | State::Rejected => settings.pos_state_failed,
    }
}

fn amount(kopecks: i64, settings: &Settings) -> Amount {
    Amount {
        value: rubles::number(kopecks, settings.four_decimals),
        currency: "RUB",
    }
}

fn till_amount(kopecks: i64, settings: &Settings) -> Box<RawValue> {
    if settings.pos_kopecks {
        rubles::whole_number(kopecks)
    } else {
        rubles::number(kopecks, settings.four_decimals)
    }
}

/// What was paid, once something was.
fn shown_amount(payment: &Payment) -> i64 {
    match payment.state {
        State::Settled => payment.paid,
        _ => payment.order.amount,
    }
}

fn link<'p>(payment: &'p Payment, settings: &Settings) -> Option<&'p str> {
    let told = match payment.order.kind {
        Kind::Hosted => false,
        Kind::Payment | Kind::Till => {
            payment.order.sticker.is_none() || settings.sticker_link_in_answer
        }
    };
    told.then_some(payment.link.as_str())
}

/// The payer's number in part, as results show it.
fn payer_title(payment: &Payment, settings: &Settings) -> Option<String> {
    let digits = settings.payer.as_str();
    let end = digits.get(digits.len().saturating_sub(4)..)?;
    (payment.state == State::Settled).then(|| format!("+7***{end}"))
}
