//! The comparison has to see what it is for.

use payments::tender::Amounts;

use super::*;

fn ledger() -> LedgerRow {
    LedgerRow {
        reference: String::from("LP-1"),
        state: String::from("AUTHORIZED"),
        description: String::from("Sale s1"),
        user_flow: String::from("PUSH_MESSAGE"),
        currency: String::from("NOK"),
        amount: 500,
        authorized: 500,
        captured: 500,
        cancelled: 0,
        refunded: 0,
        captures: 1,
        refunds: 0,
    }
}

fn tender() -> InspectedRow {
    InspectedRow {
        id: 1,
        kind: Kind::Tender,
        state: State::Paid,
        profile: String::from("vipps"),
        host_ref: String::from("s1-1"),
        sale_ref: String::from("s1"),
        reference: String::from("LP-1"),
        amount: 500,
        currency: "NOK",
        amounts: Amounts {
            authorized: 500,
            captured: 500,
            ..Amounts::default()
        },
        confirmed: Some(String::from("R0001")),
        parent: None,
    }
}

fn refund() -> InspectedRow {
    InspectedRow {
        id: 2,
        kind: Kind::Refund,
        state: State::Refunded,
        host_ref: String::from("r1"),
        amount: 200,
        amounts: Amounts {
            refunded: 200,
            ..Amounts::default()
        },
        confirmed: Some(String::from("R0002")),
        parent: Some(1),
        ..tender()
    }
}

fn booking(receipt: &str, kind: &str, host_ref: &str, amount: i64) -> Booking {
    read_booking(&format!("{receipt} {kind} {host_ref} LP-1 {amount} NOK")).unwrap()
}

fn differences(
    ledger: Option<LedgerRow>,
    tender: Option<InspectedRow>,
    refunds: Vec<InspectedRow>,
    bookings: Vec<Booking>,
) -> Vec<String> {
    let (sale, reference) = (String::from("s1"), String::from("LP-1"));
    let differences = Vec::new();
    let mut line = Line {
        sale,
        reference,
        ledger,
        tender,
        refunds,
        bookings,
        differences,
    };
    line.compare(Day::Over);
    line.differences
}

fn sold() -> Booking {
    booking("R0001", "SALE", "s1-1", 500)
}

#[test]
fn books_that_say_the_same_agree() {
    let none = Vec::<String>::new();
    assert_eq!(
        differences(Some(ledger()), Some(tender()), vec![], vec![sold()]),
        none
    );
    let row = LedgerRow {
        refunded: 200,
        refunds: 1,
        ..ledger()
    };
    let bookings = vec![sold(), booking("R0002", "REFUND", "r1", 200)];
    assert_eq!(
        differences(Some(row), Some(tender()), vec![refund()], bookings),
        none
    );
}

#[test]
fn money_taken_twice_or_lost_is_seen() {
    let twice = LedgerRow {
        captures: 2,
        ..ledger()
    };
    let found = differences(Some(twice), Some(tender()), vec![], vec![sold()]);
    assert_eq!(found, ["captured 2 times"]);
    let found = differences(Some(ledger()), None, vec![], vec![]);
    assert_eq!(found, ["the journal does not know this payment"]);
    let found = differences(None, Some(tender()), vec![], vec![sold()]);
    assert_eq!(found, ["the ledger does not know this payment"]);
    let untaken = LedgerRow {
        captured: 0,
        captures: 0,
        ..ledger()
    };
    let found = differences(Some(untaken), Some(tender()), vec![], vec![sold()]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_refund_made_twice_is_seen() {
    let row = LedgerRow {
        refunded: 400,
        refunds: 2,
        ..ledger()
    };
    let bookings = vec![sold(), booking("R0002", "REFUND", "r1", 200)];
    let found = differences(Some(row), Some(tender()), vec![refund()], bookings);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_missing_or_a_second_receipt_is_seen() {
    let found = differences(Some(ledger()), Some(tender()), vec![], vec![]);
    assert_eq!(found, ["s1-1 is booked 0 times"]);
    let again = vec![sold(), booking("R0002", "SALE", "s1-1", 500)];
    let found = differences(Some(ledger()), Some(tender()), vec![], again);
    assert_eq!(found, ["s1-1 is booked 2 times"]);
    let unconfirmed = InspectedRow {
        confirmed: None,
        ..tender()
    };
    let found = differences(Some(ledger()), Some(unconfirmed), vec![], vec![sold()]);
    assert_eq!(
        found,
        ["s1-1 was confirmed with nothing, not with its receipt"]
    );
    assert_eq!(
        repeated_receipts(&[sold(), sold()]),
        ["receipt R0001 was given 2 times"]
    );
}

#[test]
fn a_receipt_without_money_is_seen() {
    let declined = InspectedRow {
        state: State::Declined,
        amounts: Amounts::default(),
        confirmed: None,
        ..tender()
    };
    let row = LedgerRow {
        authorized: 0,
        captured: 0,
        captures: 0,
        ..ledger()
    };
    let found = differences(Some(row), Some(declined), vec![], vec![sold()]);
    assert_eq!(found.len(), 2, "{found:?}");
}
