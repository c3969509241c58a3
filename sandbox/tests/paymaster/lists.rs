//! Lists, plates and refunds.

use super::*;

#[test]
fn lists_are_paged_and_bounded_by_time() {
    let mut till = Till::with(|settings| settings.page_size = 2);
    let mut body = order("39.90");
    body["invoice"].as_object_mut().unwrap().remove("expires");
    for number in 1..=5 {
        body["invoice"]["orderNo"] = json!(format!("LP-{number}"));
        till.create(&body);
        till.wait(1_000);
    }
    let path = |tail: &str| format!("{PAYMENTS}?merchantId={MERCHANT}{tail}");
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = till.get(&path(&cursor)).body;
        let items = page["items"].as_array().unwrap();
        let orders = items.iter().map(|item| item["invoice"]["orderNo"].clone());
        names.extend(orders);
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["LP-1", "LP-2", "LP-3", "LP-4", "LP-5"]);
    let window = path("&start=2026-01-19T15%3A25%3A45Z&end=2026-01-19T15:25:46Z");
    let items = till.get(&window).body["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert_eq!(items[0]["invoice"]["orderNo"], "LP-2");
    till.get(PAYMENTS).assert_refused(400, "validation_error");
    till.get(&path("&start=today"))
        .assert_refused(400, "validation_error");
}

#[test]
fn a_plate_carries_one_payment_at_a_time() {
    let mut till = Till::new();
    let first = till.create(&by_plate("39.90", "LP-A"));
    let second = till.post(PAYMENTS, &by_plate("50.00", "LP-B"));
    let link = second.body["confirmation"]["paymentUrl"].as_str().unwrap();
    assert!(link.starts_with("https://qr.nspk.ru/AS") && !link.contains("sum="));
    assert_eq!(till.state(&first), (String::from("Cancelled"), None));
    let seen = till.act("scan_plate", json!({"sticker": STICKER})).unwrap();
    assert_eq!(
        seen,
        json!({"reference": "LP-B", "amount": 5_000, "currency": "RUB"})
    );
    till.act("approve", json!({"reference": "LP-B"})).unwrap();
    // A running payment is not replaced.
    till.post(PAYMENTS, &by_plate("60.00", "LP-C"))
        .assert_refused(422, "invalid_operation");
    till.wait(1_000);
    assert!(till.act("scan_plate", json!({"sticker": STICKER})).is_err());
    till.create(&by_plate("60.00", "LP-C"));

    let mut till = Till::with(|settings| {
        settings.sticker_busy_refused = true;
        settings.sticker_link_in_answer = false;
    });
    let first = till.post(PAYMENTS, &by_plate("39.90", "LP-A"));
    assert!(first.body["confirmation"].get("paymentUrl").is_none());
    till.post(PAYMENTS, &by_plate("50.00", "LP-B"))
        .assert_refused(422, "invalid_operation");
    assert_eq!(till.rows().len(), 1);
}

#[test]
fn plates_are_registered_listed_and_switched() {
    let mut till = Till::new();
    let plate = json!({"merchantId": MERCHANT, "stickerType": "Sbp", "cashlink": true, "description": "Till 2"});
    let created = till.post("/api/v2/stickers", &plate).body;
    let id = created["id"].as_str().unwrap();
    assert_eq!(id.len(), 12);
    assert_eq!(
        (&created["status"], &created["cashlink"]),
        (&json!("Active"), &json!(true))
    );
    let fixed = json!({
        "merchantId": MERCHANT, "stickerType": "Sbp", "productCode": "A1",
        "amount": {"value": 39.90, "currency": "RUB"},
    });
    let fixed = till.post("/api/v2/stickers", &fixed).body;
    assert!(
        fixed["payload"]
            .as_str()
            .unwrap()
            .contains("type=01&bank=100000000999&sum=3990&cur=RUB")
    );
    let list = till.get(&format!("/api/v2/stickers?merchantId={MERCHANT}"));
    assert_eq!(list.body["items"].as_array().unwrap().len(), 3);

    let path = format!("/api/v2/stickers/{STICKER}");
    let off = till.put(&path, r#"{"active":false}"#);
    assert_eq!((off.status, off.text()), (200, ""));
    assert_eq!(till.get(&path).body["status"], "Inactive");
    till.post(PAYMENTS, &by_plate("39.90", "LP-A"))
        .assert_refused(400, "validation_error");
    till.put(&path, r#"{"active":true}"#);
    till.create(&by_plate("39.90", "LP-A"));
}

#[test]
fn refunds_never_exceed_what_was_paid() {
    let mut till = Till::new();
    let id = till.create(&order("39.90"));
    till.refund(&id, "1.00")
        .assert_refused(422, "invalid_operation");
    till.approve();
    till.wait(1_000);
    let part = till.refund(&id, "10.00").body;
    assert_eq!(
        (&part["id"], &part["paymentId"], &part["status"]),
        (&json!("501"), &json!(id), &json!("Success"))
    );
    till.refund(&id, "29.91")
        .assert_refused(422, "invalid_operation");
    till.refund(&id, "0")
        .assert_refused(400, "validation_error");
    till.refund("", "1.00")
        .assert_refused(400, "validation_error");
    till.refund("99999", "1.00")
        .assert_refused(404, "validation_error");
    assert_eq!(till.refund(&id, "29.90").body["status"], "Success");
    let row = till.row();
    assert_eq!((row.refunded, row.refunds), (3_990, 2));
    assert_eq!(till.state(&id).0, "Settled");
    let list = till.get(&format!("/api/v2/refunds?merchantId={MERCHANT}"));
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(till.get("/api/v2/refunds/502").body["id"], "502");
    till.get("/api/v2/refunds/9")
        .assert_refused(404, "validation_error");
}

#[test]
fn refunds_take_their_time_and_may_fail() {
    let mut till = Till::with(|settings| settings.refund_takes_ms = 10_000);
    let id = till.create(&order("39.90"));
    till.approve();
    till.wait(1_000);
    assert_eq!(till.refund(&id, "39.90").body["status"], "Pending");
    assert_eq!(till.row().refunded, 0);
    till.refund(&id, "0.01")
        .assert_refused(422, "invalid_operation");
    till.wait(10_000);
    assert_eq!(till.get("/api/v2/refunds/501").body["status"], "Success");
    assert_eq!(till.row().refunded, 3_990);

    let mut till = Till::with(|settings| settings.refund_rejected = true);
    let id = till.create(&order("39.90"));
    till.approve();
    till.wait(1_000);
    let refused = till.refund(&id, "39.90").body;
    assert_eq!(refused["status"], "Rejected");
    assert_eq!(refused["resultCode"], "OperationNotAllowed");
    let row = till.row();
    assert_eq!((row.refunded, row.refunds), (0, 0));
}
