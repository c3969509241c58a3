//! The start request's body, checked whole before anything is written or sent (section 4 and 8).

use super::wire;
use crate::provider::{Customer, Invalid, ReceiptDetails, StartOrder};
use crate::tender::Approach;

const AMOUNT_MAX: i64 = 65_000_000;
const METADATA_PAIRS_MAX: usize = 5;

pub fn body(
    order: &StartOrder<'_>,
    currency: &str,
    default_description: Option<&str>,
) -> Result<Vec<u8>, Invalid> {
    let code = order.amount.currency.code();
    if code != currency {
        return invalid(
            "currency",
            format!("this profile's sales unit takes {currency}, not {code}"),
        );
    }
    if !(1..=AMOUNT_MAX).contains(&order.amount.minor) {
        return invalid(
            "amount",
            format!("must be from 1 to {AMOUNT_MAX} minor units"),
        );
    }
    let description = order.details.description.as_deref().or(default_description);
    if description.is_some_and(|text| !(3..=100).contains(&text.chars().count())) {
        return invalid("details.description", "must have 3 to 100 characters");
    }
    check_metadata(order)?;
    let phone;
    let customer = match (order.approach, order.customer) {
        (Approach::ShowQr, _) => None,
        (Approach::Push, Some(Customer::Phone(number))) => {
            phone = normal_phone(number.reveal())?;
            Some(wire::CustomerForm::PhoneNumber(&phone))
        }
        (Approach::Push, Some(Customer::Code(code))) => {
            if !(5..=255).contains(&code.reveal().len()) {
                return invalid("scan", "a personal code has 5 to 255 bytes");
            }
            Some(wire::CustomerForm::PersonalQr(code.reveal()))
        }
        (Approach::Push, Some(Customer::Token(token))) => {
            Some(wire::CustomerForm::CustomerToken(token.reveal()))
        }
        (Approach::Push, None) => {
            return invalid("details.customer", "a push needs a phone number or a scan");
        }
    };
    let push = order.approach == Approach::Push;
    let create = wire::CreatePayment {
        amount: wire::Amount {
            currency: code.to_owned(),
            value: order.amount.minor,
        },
        payment_method: wire::PaymentMethod { r#type: "WALLET" },
        customer,
        customer_interaction: "CUSTOMER_PRESENT",
        reference: order.reference,
        user_flow: if push { "PUSH_MESSAGE" } else { "QR" },
        qr_format: (!push).then_some(wire::QrFormat {
            format: "TEXT/TARGETURL",
        }),
        payment_description: description,
        receipt: order
            .details
            .receipt
            .as_ref()
            .map(|details| receipt(details, code))
            .transpose()?,
        metadata: &order.details.metadata,
    };
    Ok(super::json(&create))
}

fn invalid<T>(field: &'static str, problem: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.into(),
    })
}

/// Digits with the country code: what people write around them is dropped.
pub fn normal_phone(text: &str) -> Result<String, Invalid> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
        .collect();
    let digits = digits
        .strip_prefix('+')
        .or_else(|| digits.strip_prefix("00"))
        .unwrap_or(&digits);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits || !(9..=15).contains(&digits.len()) {
        return invalid(
            "details.customer.phone",
            "must be 9 to 15 digits beginning with the country code",
        );
    }
    Ok(digits.to_owned())
}

fn check_metadata(order: &StartOrder<'_>) -> Result<(), Invalid> {
    let metadata = &order.details.metadata;
    if metadata.len() > METADATA_PAIRS_MAX {
        return invalid("details.metadata", "at most 5 pairs");
    }
    let fits = |(key, value): (&String, &String)| {
        (1..=100).contains(&key.chars().count()) && value.chars().count() <= 500
    };
    if !metadata.iter().all(fits) {
        return invalid(
            "details.metadata",
            "keys have 1 to 100 characters, values at most 500",
        );
    }
    Ok(())
}

fn receipt<'a>(
    details: &'a ReceiptDetails,
    currency: &'static str,
) -> Result<wire::Receipt<'a>, Invalid> {
    if details.lines.is_empty() {
        return invalid("details.receipt.lines", "needs at least one line");
    }
    let mut order_lines = Vec::with_capacity(details.lines.len());
    for line in &details.lines {
        // One form of the rate is demanded (section 8).
        if line.tax_rate.is_none_or(|rate| rate > 10_000) {
            return invalid(
                "details.receipt.lines.tax_rate",
                "is needed, in hundredths of a percent: 0 to 10000",
            );
        }
        // What the customer reads must add up, whatever the provider would let pass.
        if line.total_excluding_tax.checked_add(line.tax) != Some(line.total) {
            return invalid(
                "details.receipt.lines.tax",
                "and total_excluding_tax must add up to total",
            );
        }
        if line.discount.is_some_and(|discount| discount < 0) {
            return invalid("details.receipt.lines.discount", "must not be negative");
        }
        let unit_info = match (line.unit_price, line.quantity.as_deref()) {
            (Some(unit_price), Some(quantity)) if unit_price >= 0 && is_quantity(quantity) => {
                Some(wire::UnitInfo {
                    unit_price,
                    quantity,
                    quantity_unit: line.quantity_unit,
                })
            }
            (None, None) => None,
            _ => {
                return invalid(
                    "details.receipt.lines.quantity",
                    "needs a unit_price of 0 or more and a quantity such as '2' or '0.750'",
                );
            }
        };
        order_lines.push(wire::OrderLine {
            id: &line.id,
            name: &line.name,
            total_amount: line.total,
            total_amount_excluding_tax: line.total_excluding_tax,
            total_tax_amount: line.tax,
            tax_rate: line.tax_rate,
            unit_info,
            discount: line.discount,
            is_return: line.is_return,
        });
    }
    let bottom_line = wire::BottomLine {
        currency,
        pos_id: details.till.as_deref(),
        receipt_number: details.number.as_deref(),
    };
    Ok(wire::Receipt {
        order_lines,
        bottom_line,
    })
}

/// Digits, then perhaps a point and one to eight digits; ten characters at most.
fn is_quantity(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 10
        && match text.split_once('.') {
            Some((whole, part)) => digits(whole) && digits(part) && part.len() <= 8,
            None => digits(text),
        }
}
