//! The start request's body, checked whole before anything is written or sent.

use super::body::{Node, Taken};
use super::settings::{DisplaySource, Protocol, Settings};
use super::wire;
use crate::provider::{Invalid, StartOrder, decimal};
use crate::tender::Approach;

const METADATA_PAIRS_MAX: usize = 10;
const METADATA_CHARS_MAX: usize = 255;
/// Section 13: rubles have two decimals.
const KOPECK_DIGITS: u32 = 2;

/// What the body is made of, whichever protocol it is for.
struct Parts<'a> {
    order: &'a str,
    amount: i64,
    description: &'a str,
    expires: &'a str,
}

pub fn body(settings: &Settings, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
    let code = order.amount.currency.code();
    if code != wire::CURRENCY {
        return invalid("currency", format!("this provider takes RUB, not {code}"));
    }
    let (least, most) = (settings.min_amount, settings.max_amount);
    // Any part of the sale's total is a good amount: the customer may pay the rest otherwise.
    if !(least..=most).contains(&order.amount.minor) {
        return invalid(
            "amount",
            format!("must be from {least} to {most} minor units"),
        );
    }
    if order.approach != Approach::ShowQr {
        return invalid("details.approach", "customers pay by code or plate here");
    }
    let description = description(settings, order)?;
    let ends_at = order.now_ms.saturating_add(settings.lifetime_ms());
    let Some(expires) = wire::utc(ends_at) else {
        return invalid("now", "the clock is outside the calendar");
    };
    let parts = Parts {
        order: order.reference,
        amount: order.amount.minor,
        description: &description,
        expires: &expires,
    };
    let Ok(mut body) = assemble(settings, &parts) else {
        return invalid("profile", "the settings put two members in one place");
    };
    add_metadata(settings, order, &mut body)?;
    Ok(body.to_bytes())
}

/// Whether the settings leave a place for each member: tried once, when they are read.
pub fn trial(settings: &Settings) -> Option<Node> {
    let parts = Parts {
        order: "",
        amount: 0,
        description: "",
        expires: "",
    };
    assemble(settings, &parts).ok()
}

fn assemble(settings: &Settings, parts: &Parts<'_>) -> Result<Node, Taken> {
    match settings.protocol {
        Protocol::RestV2 => payment(settings, parts),
        Protocol::PosOrder => till_order(settings, parts),
    }
}

/// Section 3.1, and 3.2 where the code leads to a page.
fn payment(settings: &Settings, parts: &Parts<'_>) -> Result<Node, Taken> {
    let mut body = Node::object().put("merchantId", Node::text(&settings.merchant_id))?;
    if settings.test_mode {
        body = body.put("testMode", Node::Flag(true))?;
    }
    let method = match settings.display_source {
        DisplaySource::Payment => "paymentData.paymentMethod",
        DisplaySource::HostedPage => "paymentMethod",
    };
    body = body
        .put("invoice.description", Node::text(parts.description))?
        .put("invoice.orderNo", Node::text(parts.order))?
        .put("invoice.expires", Node::text(parts.expires))?
        .put("amount.value", rubles(parts.amount))?
        .put("amount.currency", Node::text(wire::CURRENCY))?
        .put(method, Node::text(&settings.payment_method))?;
    if !settings.sticker_id.is_empty() {
        body = body.put("paymentData.stickerId", Node::text(&settings.sticker_id))?;
    }
    if !settings.pos_id.is_empty() && settings.pos_id_header.is_empty() {
        body = body.put(&settings.pos_id_field, Node::text(&settings.pos_id))?;
    }
    Ok(body)
}

/// Section 11.
fn till_order(settings: &Settings, parts: &Parts<'_>) -> Result<Node, Taken> {
    let names = &settings.pos_order;
    Node::object()
        .put(&names.body_order, Node::text(parts.order))?
        .put(&names.body_amount, names.amount_unit.node(parts.amount))?
        .put(&names.body_currency, Node::text(wire::CURRENCY))?
        .put(&names.body_description, Node::text(parts.description))?
        .put(&names.body_expires, Node::text(parts.expires))
}

pub fn rubles(kopecks: i64) -> Node {
    Node::Number(decimal::number_from_minor(kopecks, KOPECK_DIGITS))
}

fn description(settings: &Settings, order: &StartOrder<'_>) -> Result<String, Invalid> {
    let most = settings.description_len_max;
    let text = match order.details.description.as_deref() {
        Some(text) if text.chars().count() > most => {
            let problem = format!("must have at most {most} characters");
            return invalid("details.description", problem);
        }
        Some(text) => text.to_owned(),
        // A long receipt number is cut rather than refused: the sale must go on.
        None => filled(settings, order).chars().take(most).collect(),
    };
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return invalid(
            "details.description",
            "must have characters, and no control characters",
        );
    }
    Ok(text)
}

fn filled(settings: &Settings, order: &StartOrder<'_>) -> String {
    let receipt = order.details.receipt.as_ref();
    let number = receipt.and_then(|receipt| receipt.number.as_deref());
    let till = receipt.and_then(|receipt| receipt.till.as_deref());
    let pos_id = Some(settings.pos_id.as_str()).filter(|id| !id.is_empty());
    settings
        .description_template
        .replace("{receipt}", number.unwrap_or(order.reference))
        .replace("{till}", till.or(pos_id).unwrap_or("-"))
        .replace("{sale}", order.sale_ref)
}

/// Section 3.1: parameters of the invoice. Orders of the other protocol have no place for them.
fn add_metadata(
    settings: &Settings,
    order: &StartOrder<'_>,
    body: &mut Node,
) -> Result<(), Invalid> {
    let metadata = &order.details.metadata;
    if metadata.is_empty() {
        return Ok(());
    }
    if settings.protocol == Protocol::PosOrder {
        return invalid("details.metadata", "has no place in this protocol");
    }
    let fits = |(key, value): (&String, &String)| {
        (1..=50).contains(&key.chars().count()) && value.chars().count() <= METADATA_CHARS_MAX
    };
    if metadata.len() > METADATA_PAIRS_MAX || !metadata.iter().all(fits) {
        return invalid(
            "details.metadata",
            "at most 10 pairs; keys have 1 to 50 characters, values at most 255",
        );
    }
    for (key, value) in metadata {
        let put = body.put_named(&["invoice", "params"], key, Node::text(value));
        if put.is_err() {
            return invalid("details.metadata", format!("'{key}' is in use"));
        }
    }
    Ok(())
}

fn invalid<T>(field: &'static str, problem: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.into(),
    })
}
