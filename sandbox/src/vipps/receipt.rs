//! Order lines. Only their shape is checked: the service's own examples have sums that do not add
//! up.

use serde::Serialize;

use super::fields::Fields;

const LINE: [&str; 12] = [
    "discount",
    "id",
    "isReturn",
    "isShipping",
    "name",
    "productUrl",
    "taxPercentage",
    "taxRate",
    "totalAmount",
    "totalAmountExcludingTax",
    "totalTaxAmount",
    "unitInfo",
];
const BOTTOM_LINE: [&str; 12] = [
    "barcode",
    "currency",
    "giftCardAmount",
    "paymentSources",
    "posId",
    "receiptNumber",
    "shippingAmount",
    "terminalId",
    "tipAmount",
    "totalAmount",
    "totalDiscount",
    "totalTax",
];
const UNITS: [&str; 6] = ["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"];

/// One line as the customer's phone shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptLine {
    pub name: String,
    pub quantity: Option<String>,
    pub total_amount: i64,
    pub is_return: bool,
}

pub(super) fn read(body: &Fields) -> Option<Vec<ReceiptLine>> {
    let receipt = body.object("receipt", &["orderLines", "bottomLine"])?;
    receipt.require(&["orderLines", "bottomLine"]);
    let lines = receipt.objects("orderLines", &LINE);
    if lines.is_empty() {
        receipt.report("orderLines", "must have at least one line");
    }
    if let Some(bottom) = receipt.object("bottomLine", &BOTTOM_LINE) {
        read_bottom_line(&bottom);
    }
    Some(lines.iter().filter_map(read_line).collect())
}

fn read_line(line: &Fields) -> Option<ReceiptLine> {
    let amounts = ["totalAmount", "totalAmountExcludingTax", "totalTaxAmount"];
    line.require(&["name", "id"]);
    line.require(&amounts);
    for name in amounts {
        line.integer(name, i64::MIN..=i64::MAX);
    }
    if line.has("taxRate") == line.has("taxPercentage") {
        line.report("taxRate", "is required unless taxPercentage is given");
    }
    line.integer("taxRate", 0..=10_000);
    line.integer("taxPercentage", 0..=100);
    line.integer("discount", 0..=i64::MAX);
    for name in ["id", "productUrl"] {
        line.text(name);
    }
    line.boolean("isShipping");
    Some(ReceiptLine {
        name: String::from(line.text("name")?),
        quantity: read_unit_info(line),
        total_amount: line.raw("totalAmount")?.as_i64()?,
        is_return: line.boolean("isReturn").unwrap_or(false),
    })
}

fn read_unit_info(line: &Fields) -> Option<String> {
    let unit = line.object("unitInfo", &["unitPrice", "quantity", "quantityUnit"])?;
    unit.require(&["unitPrice", "quantity"]);
    unit.integer("unitPrice", 0..=i64::MAX);
    unit.word("quantityUnit", &UNITS);
    let quantity = unit.text("quantity")?;
    if !is_quantity(quantity) {
        unit.report(
            "quantity",
            "must be a decimal number of at most ten characters",
        );
    }
    Some(String::from(quantity))
}

/// Digits, and at most eight more after a point.
fn is_quantity(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let shape = match text.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && part.len() <= 8,
        None => digits(text),
    };
    shape && text.len() <= 10
}

fn read_bottom_line(bottom: &Fields) {
    bottom.require(&["currency"]);
    bottom.word("currency", &["NOK", "DKK", "EUR"]);
    for name in ["posId", "receiptNumber", "terminalId"] {
        bottom.text(name);
    }
    let amounts = [
        "tipAmount",
        "totalAmount",
        "totalTax",
        "totalDiscount",
        "shippingAmount",
        "giftCardAmount",
    ];
    for name in amounts {
        bottom.integer(name, i64::MIN..=i64::MAX);
    }
    let kinds = ["giftCard", "card", "voucher", "cash"];
    if let Some(sources) = bottom.object("paymentSources", &kinds) {
        for kind in kinds {
            sources.integer(kind, 0..=i64::MAX);
        }
    }
    if let Some(barcode) = bottom.object("barcode", &["format", "data"]) {
        barcode.require(&["format", "data"]);
        barcode.word("format", &["EAN-13", "CODE 39", "CODE 128"]);
        barcode.text("data");
    }
}

#[cfg(test)]
mod tests {
    use super::is_quantity;

    #[test]
    fn quantities_are_text_with_at_most_eight_decimals() {
        for good in ["1", "0.5", "1.12345678", "1234567890"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", ".5", "1.", "-1", "1,5", "12345678901", "1.123456789"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
