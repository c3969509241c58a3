//! The till's own orders, payments that play themselves, and what the phone shows.

use super::*;

fn till_order(amount: Value) -> Value {
    json!({
        "orderId": ORDER, "amount": amount, "currency": "RUB",
        "description": "Чек 1", "expires": "2026-01-19T15:30:44Z",
    })
}

#[test]
fn the_tills_own_orders_speak_in_numbers() {
    let mut till = Till::new();
    let created = till.post(ORDERS, &till_order(json!(39.9))).body;
    assert_eq!(
        (&created["state"], &created["static"]),
        (&json!(1), &json!(false))
    );
    assert!(
        created["payload"]
            .as_str()
            .unwrap()
            .starts_with("https://qr.nspk.ru/AD")
    );
    let id = created["id"].as_str().unwrap();
    let path = format!("{ORDERS}/{id}");
    till.approve();
    assert_eq!(till.get(&path).body["state"], 3);
    till.wait(1_000);
    let paid = till.get(&path).body;
    assert_eq!(
        (&paid["state"], &paid["orderId"]),
        (&json!(5), &json!(ORDER))
    );
    assert_eq!(paid["transactionId"].as_str().unwrap().len(), 32);
    till.put(&format!("{path}/cancel"), "")
        .assert_refused(422, "invalid_operation");
    let refund = till.post(&format!("{path}/refunds"), &json!({"amount": 9.9}));
    assert_eq!(refund.body["status"], "Success");
    assert_eq!(
        till.get(&format!("{path}/refunds/501")).body["status"],
        "Success"
    );
    assert_eq!(till.row().refunded, 990);
    till.get("/api/v1/pos/OTHER/orders/12769")
        .assert_refused(404, "validation_error");
    till.get(&format!("{ORDERS}/{ORDER}"))
        .assert_refused(404, "validation_error");

    let mut till = Till::with(|settings| {
        settings.pos_kopecks = true;
        settings.pos_static = true;
        settings.pos_found_by_order = true;
        settings.pos_state_paid = 7;
        settings.pos_state_failed = 8;
    });
    let created = till.post(ORDERS, &till_order(json!(3_990))).body;
    assert_eq!(
        (&created["amount"], &created["static"]),
        (&json!(3_990), &json!(true))
    );
    let path = format!("{ORDERS}/{ORDER}");
    assert_eq!(till.get(&path).body["id"], created["id"]);
    let id = created["id"].as_str().unwrap();
    let cancelled = till.put(&format!("{ORDERS}/{id}/cancel"), "");
    assert_eq!(cancelled.body, json!({"state": 8}));
    assert_eq!(till.get(&path).body["state"], 8);
}

/// A till that never saw the first answer places its order again; nobody could have paid the first.
#[test]
fn an_order_that_nobody_saw_leaves_no_row() {
    let mut till = Till::new();
    till.post(ORDERS, &till_order(json!(39.9)));
    till.post(ORDERS, &till_order(json!(39.9)));
    till.approve();
    till.wait(1_000);
    assert_eq!(till.row().captured, 3_990);
}

#[test]
fn kopecks_play_only_when_they_shall() {
    let mut till = Till::new();
    let id = till.create(&order("100.00"));
    till.wait(60_000);
    assert_eq!(till.state(&id).0, "Confirmation");

    let play = |value: &str| {
        let mut till = Till::with(|settings| settings.autopay = true);
        let answer = till.post(PAYMENTS, &order(value));
        (till, answer)
    };
    for (value, status, code) in [
        ("100.00", "Settled", Some("Success")),
        ("100.01", "Rejected", Some("InsufficientFunds")),
        ("100.02", "Confirmation", None),
        ("100.11", "Settled", Some("Success")),
    ] {
        let (mut till, _) = play(value);
        till.wait(5_999);
        assert_ne!(till.state("12769").0, "Settled");
        till.wait(1);
        let told = till.state("12769");
        assert_eq!((told.0.as_str(), told.1.as_deref()), (status, code));
    }
    let (mut till, _) = play("100.11");
    till.wait(6_000);
    assert!(till.read("12769").text().contains(r#""value":100.1000"#));

    // Network loss: paid meanwhile, and the service's own word comes only later or never.
    let (mut till, _) = play("100.03");
    till.wait(59_999);
    assert_eq!(till.read("12769").status, 504);
    assert_eq!(till.row().captured, 10_003);
    till.wait(1);
    assert_eq!(till.state("12769").0, "Settled");
    let (mut till, _) = play("100.04");
    till.wait(900_000);
    assert_eq!(till.read("12769").status, 504);
    till.cancel("12769")
        .assert_refused(422, "invalid_operation");

    let (mut till, _) = play("100.05");
    assert_eq!(till.cancel("12769").status, 504);
    assert_eq!(till.state("12769").0, "Cancelled");

    let (mut till, _) = play("100.06");
    till.wait(30_000);
    till.cancel("12769")
        .assert_refused(422, "invalid_operation");
    assert_eq!(till.row().events[1].at_ms, START_MS + 29_000);

    let (mut till, lost) = play("100.07");
    assert_eq!(lost.status, 504);
    let body = order("100.07").to_string();
    let again = till.send("POST", PAYMENTS, Some("key-1"), &body);
    assert_eq!(again.body["id"], "12769");
    assert_eq!(till.rows().len(), 1);
}

#[test]
fn kopecks_play_refunds_and_gateways() {
    let paid = |value: &str| {
        let mut till = Till::with(|settings| settings.autopay = true);
        till.create(&order(value));
        till.wait(6_000);
        till
    };
    let mut till = paid("100.08");
    assert_eq!(till.refund("12769", "1.00").body["status"], "Rejected");
    let mut till = paid("100.09");
    assert_eq!(till.refund("12769", "1.00").body["status"], "Pending");
    till.wait(30_000);
    assert_eq!(till.get("/api/v2/refunds/501").body["status"], "Success");
    let mut till = paid("100.10");
    for _ in 0..3 {
        assert_eq!(till.read("12769").status, 504);
    }
    assert_eq!(till.state("12769").0, "Settled");
}

#[test]
fn the_phone_shows_what_waits_and_what_was() {
    let mut till = Till::new();
    till.create(&order("39.90"));
    let wallet = till.world.wallet(till.now_ms, "paymaster").unwrap();
    let waiting = &wallet["waiting"][0];
    assert_eq!(waiting["reference"], ORDER);
    assert_eq!(
        (&waiting["amount"], &waiting["currency"]),
        (&json!(3_990), &json!("RUB"))
    );
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(waiting["expires_ms"], START_MS + 300_000);
    let seen = till.act("scan", json!({"qr": waiting["qr"]})).unwrap();
    assert_eq!(seen["reference"], ORDER);
    till.approve();
    till.wait(1_000);
    let wallet = till.world.wallet(till.now_ms, "paymaster").unwrap();
    assert_eq!(wallet["waiting"], json!([]));
    assert_eq!(wallet["history"][0]["state"], "approved");
    assert_eq!(wallet["plates"][0]["sticker"], STICKER);
    // Whoever has the payment is found by its reference alone.
    assert!(till.world.act_on(till.now_ms, ORDER, "approve").is_err());
}

#[test]
fn the_service_has_only_its_own_addresses() {
    let mut till = Till::new();
    for (method, path) in [
        ("DELETE", "/api/v2/payments/1"),
        ("GET", "/api/v2/paymentsx"),
        ("GET", "/api/v2/payments/1/2/3"),
        ("GET", "/api/v1/pos/POS-1"),
    ] {
        assert_eq!(till.send(method, path, None, "").status, 404, "{path}");
    }
}

/// Whatever tills and customers do, in whatever order, the ledger stays sound and repeats exactly.
#[test]
fn no_order_of_acts_breaks_the_ledger() {
    let play = |seed: u64| {
        let mut state = seed;
        let mut dice = |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % bound
        };
        let mut till = Till::with(|settings| settings.refund_takes_ms = 3_000);
        for _ in 0..150 {
            let id = (12_769 + dice(4)).to_string();
            let name = if dice(2) == 0 { "LP-A" } else { "LP-B" };
            let reference = json!({"reference": name});
            match dice(8) {
                0 => _ = till.post(PAYMENTS, &by_plate("39.90", "LP-A")),
                1 => _ = till.post(PAYMENTS, &by_plate("50.00", "LP-B")),
                2 => _ = till.act("approve", reference),
                3 if dice(4) == 0 => _ = till.act("reject", reference),
                4 => _ = till.refund(&id, "7.50"),
                5 if dice(4) == 0 => _ = till.cancel(&id),
                6 => till.wait(i64::try_from(dice(4_000)).unwrap()),
                _ => _ = till.read(&id),
            }
            till.rows();
        }
        till.rows()
    };
    let mut refunded = 0;
    for seed in 0..40 {
        let rows = play(seed);
        assert_eq!(rows, play(seed), "seed {seed}");
        refunded += rows.iter().map(|row| row.refunded).sum::<i64>();
    }
    assert!(refunded > 10_000, "{refunded}");
}
