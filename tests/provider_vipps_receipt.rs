//! The digital receipt of a Vipps payment.

use payments::provider::vipps::{Settings, Vipps};
use payments::provider::{BuildRules, Provider, StartOrder, TenderDetails};
use payments::tender::{Approach, Currency, Money};
use serde_json::json;

const REFERENCE: &str = "LP-TABLES";

fn provider() -> Vipps {
    let settings: Settings = serde_json::from_value(json!({
        "client_id": {"value": "a"},
        "client_secret": {"value": "b"},
        "subscription_key": {"value": "c"},
        "merchant_serial_number": "123456",
        "currency": "NOK",
    }))
    .unwrap();
    Vipps::new(&settings, &BuildRules::default()).unwrap()
}

#[test]
fn a_receipt_that_does_not_add_up_is_refused_before_anything_is_sent() {
    let prepare = |total: i64, without_tax: i64, tax: i64| {
        let details: TenderDetails = serde_json::from_value(json!({"receipt": {"lines": [{
            "id": "1", "name": "Coffee", "total": total, "total_excluding_tax": without_tax,
            "tax": tax, "tax_rate": 2500,
        }]}}))
        .unwrap();
        let order = StartOrder {
            reference: REFERENCE,
            sale_ref: "S-1",
            amount: Money::new(49_900, Currency::from_code("NOK").unwrap()),
            approach: Approach::ShowQr,
            customer: None,
            details: &details,
            sale_total: None,
            now_ms: 0,
        };
        provider().prepare(&order).map_err(|error| error.field)
    };
    assert!(prepare(500, 400, 100).is_ok());
    for (total, without_tax, tax) in [(500, 400, 99), (500, 500, 100), (i64::MAX, i64::MAX, 1)] {
        let field = prepare(total, without_tax, tax).unwrap_err();
        assert_eq!(field, "details.receipt.lines.tax");
    }
}
