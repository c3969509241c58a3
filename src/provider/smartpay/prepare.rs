//! The start request's body, checked whole before anything is written or sent (sections 5.1 and 6.1).

use super::settings::{Flow, Settings};
use super::wire;
use crate::provider::{Invalid, ReceiptLine, StartOrder, decimal};
use crate::tender::Approach;
use serde_json::value::RawValue;

const DESCRIPTION_MAX: usize = 127;
const ACCOUNT: &str = "customerAccountId";

pub fn body(order: &StartOrder<'_>, settings: &Settings) -> Result<Vec<u8>, Invalid> {
    if order.approach != Approach::ShowQr {
        return invalid(
            "details.approach",
            "this provider is reached by a code only",
        );
    }
    check_amount(order)?;
    let account = customer_account(order)?;
    let description = description(order, settings)?;
    let link = settings.flow == Flow::Link;
    let lines = lines(order, &description)?;
    let (billing, consumer) = (&settings.default_billing, &settings.default_consumer);
    let creation = wire::Creation {
        merchant_key: (!link || settings.link_send_merchant_key)
            .then_some(settings.merchant_key.as_str()),
        partner_reference: (!link).then_some(order.reference),
        instant_payment: link.then_some(settings.link_instant_payment),
        success_url: settings.link_success_url.as_deref().filter(|_| link),
        failure_url: settings.link_failure_url.as_deref().filter(|_| link),
        customer_account_id: account,
        payment: wire::Payment {
            amount: amount(order, order.amount.minor),
            currency_code: order.amount.currency.code(),
            description: &description,
        },
        billing_address: wire::Address {
            address_line1: &billing.address_line1,
            number: billing.number.as_deref(),
            city: &billing.city,
            post_code: &billing.post_code,
            country_code: &billing.country_code,
            state: billing.state.as_deref(),
        },
        consumer: wire::Consumer {
            first_name: &consumer.first_name,
            last_name: &consumer.last_name,
            email_address: &consumer.email,
        },
        order: Some(wire::Order {
            external_order_reference: order.reference,
            lines,
        }),
        extra_info: settings
            .product_group
            .as_deref()
            .map(|product_group| wire::ExtraInfo { product_group }),
    };
    Ok(super::json(&creation))
}

fn invalid<T>(field: &'static str, problem: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.into(),
    })
}

/// 18 digits, two of them behind the point, is all that the provider can read (section 13).
fn check_amount(order: &StartOrder<'_>) -> Result<(), Invalid> {
    let currency = order.amount.currency;
    if currency.exponent() > super::DECIMALS_MAX {
        let code = currency.code();
        return invalid(
            "currency",
            format!("{code} has more decimals than this provider can be told"),
        );
    }
    if !(1..=999_999_999_999_999_999).contains(&order.amount.minor) {
        return invalid("amount", "must be from 1 to 999999999999999999 minor units");
    }
    Ok(())
}

/// A customer's stored payment options are offered only when the till asks for it by name.
fn customer_account<'a>(order: &StartOrder<'a>) -> Result<Option<&'a str>, Invalid> {
    let metadata = &order.details.metadata;
    if metadata.keys().any(|key| key != ACCOUNT) {
        return invalid(
            "details.metadata",
            "this provider takes customerAccountId only",
        );
    }
    let account = metadata.get(ACCOUNT).map(String::as_str);
    if account.is_some_and(|it| !(1..=255).contains(&it.chars().count())) {
        return invalid(
            "details.metadata",
            "customerAccountId has 1 to 255 characters",
        );
    }
    Ok(account)
}

fn description(order: &StartOrder<'_>, settings: &Settings) -> Result<String, Invalid> {
    let text = match &order.details.description {
        Some(text) => text.clone(),
        None => settings
            .description_template
            .replace("{reference}", order.reference),
    };
    if (1..=DESCRIPTION_MAX).contains(&text.chars().count()) {
        Ok(text)
    } else {
        invalid(
            "details.description",
            format!("must have 1 to {DESCRIPTION_MAX} characters"),
        )
    }
}

fn amount(order: &StartOrder<'_>, minor: i64) -> Box<RawValue> {
    decimal::number_from_minor(minor, order.amount.currency.exponent())
}

/// The receipt's lines, or one for all of it: also when something is taken back, as whether lines
/// may be negative is not documented.
fn lines<'a>(
    order: &StartOrder<'a>,
    description: &'a str,
) -> Result<Vec<wire::OrderLine<'a>>, Invalid> {
    let receipt = order.details.receipt.as_ref();
    let lines = receipt.map_or(&[][..], |receipt| receipt.lines.as_slice());
    let simple = |line: &ReceiptLine| {
        let parts = [line.total, line.total_excluding_tax, line.tax];
        !line.is_return && parts.iter().all(|part| *part >= 0)
    };
    if lines.is_empty() || !lines.iter().all(simple) {
        return Ok(vec![wire::OrderLine {
            line_number: 1,
            item_article_id: None,
            item_name: description,
            quantity: decimal::number_from_minor(1, 0),
            unit_gross_price: None,
            vat_percent: None,
            net_amount: None,
            vat_amount: None,
            gross_amount: amount(order, order.amount.minor),
        }]);
    }
    let numbered = lines.iter().enumerate();
    numbered
        .map(|(at, line)| {
            let quantity = line.quantity.as_deref().unwrap_or("1");
            let Some(quantity) = quantity_number(quantity) else {
                return invalid(
                    "details.receipt.lines.quantity",
                    "must be a decimal with at most 5 decimals such as '2' or '0.750'",
                );
            };
            Ok(wire::OrderLine {
                line_number: at.saturating_add(1),
                item_article_id: Some(line.id.as_str()),
                item_name: &line.name,
                quantity,
                unit_gross_price: line
                    .unit_price
                    .filter(|price| *price >= 0)
                    .map(|price| amount(order, price)),
                vat_percent: line
                    .tax_rate
                    .map(|rate| decimal::number_from_minor(i64::from(rate), 2)),
                net_amount: Some(amount(order, line.total_excluding_tax)),
                vat_amount: Some(amount(order, line.tax)),
                gross_amount: amount(order, line.total),
            })
        })
        .collect()
}

/// Digits, perhaps a point and one to five more: as it is, a JSON number.
fn quantity_number(text: &str) -> Option<Box<RawValue>> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let plain = |whole: &str| digits(whole) && (whole == "0" || !whole.starts_with('0'));
    let fits = match text.split_once('.') {
        Some((whole, part)) => plain(whole) && digits(part) && part.len() <= 5,
        None => plain(text),
    };
    if !fits || text.len() > 18 {
        return None;
    }
    RawValue::from_string(text.to_owned()).ok()
}
