//! The comparison has to see what it is for.

use payments::tender::Amounts;

use super::*;

fn ledger() -> LedgerRow {
    LedgerRow {
        provider: String::from("vipps"),
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
        reason: Reason::None,
        profile: String::from("vipps"),
        host_ref: String::from("s1-1"),
        sale_ref: String::from("s1"),
        reference: String::from("LP-1"),
        provider_reference: Some(String::from("psp-1")),
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
    read_booking(&format!(
        "{receipt} {kind} {host_ref} vipps LP-1 {amount} NOK"
    ))
    .unwrap()
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

/// A receipt that was paid before the till came in: the ledger calls it by its own name.
fn receipt(name: &str, amount: i64) -> LedgerRow {
    LedgerRow {
        provider: String::from("smartum"),
        reference: String::from(name),
        description: String::from("exercise"),
        amount,
        authorized: amount,
        captured: amount,
        ..ledger()
    }
}

fn settled_with(name: Option<&str>, captured: i64) -> InspectedRow {
    InspectedRow {
        provider_reference: name.map(String::from),
        amounts: Amounts {
            authorized: captured,
            captured,
            ..Amounts::default()
        },
        ..tender()
    }
}

#[test]
fn a_part_paid_with_a_receipt_agrees_when_the_part_is_booked() {
    let part = settled_with(Some("tx_1"), 300);
    let row = take_row(&mut vec![receipt("tx_1", 300)], &part);
    let booked = vec![booking("R0001", "SALE", "s1-1", 300)];
    let found = differences(row.clone(), Some(part.clone()), vec![], booked);
    assert_eq!(found, Vec::<String>::new());
    let found = differences(row, Some(part), vec![], vec![sold()]);
    assert_eq!(found, ["s1-1 is booked with 5.00 instead of 3.00"]);
    let more = settled_with(Some("tx_1"), 500);
    let found = differences(Some(receipt("tx_1", 300)), Some(more), vec![], vec![sold()]);
    assert_eq!(found, ["captured: the ledger has 3.00, the journal 5.00"]);
}

#[test]
fn a_receipt_belongs_to_the_tender_that_took_it_and_to_no_other() {
    let mut rows = vec![receipt("tx_1", 500), receipt("tx_2", 500)];
    let only_shown = InspectedRow {
        state: State::Cancelled,
        amounts: Amounts::default(),
        provider_reference: Some(String::from("tx_1")),
        ..tender()
    };
    assert!(take_row(&mut rows, &only_shown).is_none());
    let taken = take_row(&mut rows, &settled_with(Some("tx_2"), 500));
    assert_eq!(taken.map(|row| row.reference).as_deref(), Some("tx_2"));
    // Not taken, and therefore no difference; a payment that only a wallet knows is one.
    let mut line = Line::only_in_ledger(rows.remove(0));
    line.compare(Day::Over);
    assert!(line.is_not_taken() && line.differences.is_empty());
    let mut line = Line::only_in_ledger(ledger());
    line.compare(Day::Over);
    assert!(!line.is_not_taken() && line.differences.len() == 1);
}

#[test]
fn a_second_payment_under_one_reference_is_seen() {
    let mut rows = vec![ledger(), ledger()];
    assert!(take_row(&mut rows, &tender()).is_some());
    assert_eq!(rows.len(), 1, "the other one is left, and known to nobody");
}

#[test]
fn an_amount_by_hand_without_a_name_has_only_the_word_of_the_cashier() {
    let unnamed = settled_with(None, 500);
    let by_hand = InspectedRow {
        profile: String::from("smartum"),
        ..unnamed.clone()
    };
    let found = differences(None, Some(by_hand), vec![], vec![sold()]);
    assert_eq!(found, Vec::<String>::new());
    let found = differences(None, Some(unnamed), vec![], vec![sold()]);
    assert_eq!(found, ["the ledger does not know this payment"]);
}

#[test]
fn what_can_still_be_paid_has_to_be_told() {
    let open = LedgerRow {
        state: String::from("CREATED"),
        authorized: 0,
        captured: 0,
        captures: 0,
        ..ledger()
    };
    let cancelled = |reason| InspectedRow {
        state: State::Cancelled,
        reason,
        amounts: Amounts::default(),
        confirmed: None,
        ..tender()
    };
    let unpaid = || vec![booking("-", "UNPAID", "s1-1", 500)];
    let told = cancelled(Reason::StillPayable);
    let found = differences(Some(open.clone()), Some(told), vec![], unpaid());
    assert_eq!(found, Vec::<String>::new());
    let untold = cancelled(Reason::CancelledAtTill);
    let found = differences(Some(open), Some(untold), vec![], unpaid());
    assert_eq!(
        found,
        ["the customer can still pay (CREATED), and the journal says cancelled"]
    );
}
