//! Three books about one day, compared line by line: the provider's ledger, the library's journal,
//! the till's receipts.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use payments::journal::sqlite::{InspectedRow, inspect};
use payments::tender::{Kind, State};

use crate::sandbox::LedgerRow;
use crate::table::{Minor, Row, Table};

/// How far the day has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// The register may have been switched off with payments open; they are no difference.
    Going,
    /// Everything has to be final and booked.
    Over,
}

/// One line of the till's own book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Nothing for a sale that ended unpaid.
    pub receipt: Option<String>,
    /// `SALE`, `REFUND` or `UNPAID`.
    pub kind: String,
    pub host_ref: String,
    pub amount: i64,
}

/// One payment in all three books.
struct Line {
    sale: String,
    reference: String,
    ledger: Option<LedgerRow>,
    tender: Option<InspectedRow>,
    refunds: Vec<InspectedRow>,
    bookings: Vec<Booking>,
    differences: Vec<String>,
}

pub struct Books {
    lines: Vec<Line>,
    /// Differences that belong to no payment.
    differences: Vec<String>,
}

/// What a run of many days adds up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub payments: usize,
    pub paid: usize,
    pub refunds: usize,
    pub differences: usize,
}

impl Books {
    /// `sales` is what had to be sold: each exactly once, however often the power went.
    pub fn compare(
        ledger: Vec<LedgerRow>,
        journal: &Path,
        receipts: &Path,
        sales: &[String],
        day: Day,
    ) -> Result<Books, String> {
        let journal = inspect(journal).map_err(|error| format!("the journal: {error}"))?;
        let mut bookings = read_bookings(receipts)?;
        let mut books = Books {
            lines: Vec::new(),
            differences: repeated_receipts(&bookings),
        };
        let mut rows: BTreeMap<String, LedgerRow> = ledger
            .into_iter()
            .map(|row| (row.reference.clone(), row))
            .collect();
        let is_tender = |row: &InspectedRow| row.kind == Kind::Tender;
        let (tenders, refunds): (Vec<_>, Vec<_>) = journal.into_iter().partition(is_tender);
        for tender in tenders {
            let refunds: Vec<_> = refunds
                .iter()
                .filter(|it| it.reference == tender.reference)
                .cloned()
                .collect();
            let is_mine = |booking: &Booking| {
                booking.host_ref == tender.host_ref
                    || refunds
                        .iter()
                        .any(|refund| refund.host_ref == booking.host_ref)
            };
            let (mine, others) = bookings.into_iter().partition(is_mine);
            bookings = others;
            books.lines.push(Line {
                sale: tender.sale_ref.clone(),
                reference: tender.reference.clone(),
                ledger: rows.remove(&tender.reference),
                tender: Some(tender),
                refunds,
                bookings: mine,
                differences: Vec::new(),
            });
        }
        books
            .lines
            .extend(rows.into_values().map(Line::only_in_ledger));
        for line in &mut books.lines {
            line.compare(day);
        }
        books.differences.extend(bookings.iter().map(|booking| {
            format!(
                "the receipt of {} belongs to no payment of the journal",
                booking.host_ref
            )
        }));
        for sale in sales {
            let tenders = books.lines.iter().filter(|line| line.sale == *sale).count();
            if tenders != 1 {
                books
                    .differences
                    .push(format!("{sale} was charged {tenders} times"));
            }
        }
        Ok(books)
    }

    /// Adds what a sale should have come to.
    pub fn expect(&mut self, sale: &str, state: State) {
        let of_sale = self.lines.iter_mut().filter(|line| line.sale == sale);
        for line in of_sale {
            let found = line.tender.as_ref().map(|tender| tender.state);
            if found != Some(state) {
                let found = found.map_or("nothing", State::key);
                line.differences
                    .push(format!("should be {}, is {found}", state.key()));
            }
        }
    }

    pub fn totals(&self) -> Totals {
        let of_lines = self
            .lines
            .iter()
            .map(|line| line.differences.len())
            .sum::<usize>();
        let paid = |line: &&Line| line.ledger.as_ref().is_some_and(|row| row.captured > 0);
        Totals {
            payments: self.lines.len(),
            paid: self.lines.iter().filter(paid).count(),
            refunds: self.lines.iter().map(|line| line.refunds.len()).sum(),
            differences: of_lines + self.differences.len(),
        }
    }
}

impl Line {
    fn only_in_ledger(row: LedgerRow) -> Line {
        Line {
            sale: row.description.trim_start_matches("Sale ").to_owned(),
            reference: row.reference.clone(),
            ledger: Some(row),
            tender: None,
            refunds: Vec::new(),
            bookings: Vec::new(),
            differences: Vec::new(),
        }
    }

    fn compare(&mut self, day: Day) {
        let mut found = Vec::new();
        match (&self.ledger, &self.tender) {
            // What is under way is ahead in one book or the other.
            (Some(_), Some(_)) if day == Day::Going && !self.is_settled() => {}
            (Some(row), Some(tender)) => {
                compare_money(row, tender, &self.refunds, &mut found);
                check_released(row, tender, &mut found);
            }
            (Some(_), None) => found.push(String::from("the journal does not know this payment")),
            (None, Some(tender)) if tender.amounts.authorized > 0 => {
                found.push(String::from("the ledger does not know this payment"));
            }
            (None, _) => {}
        }
        let operations = self.tender.iter().chain(&self.refunds);
        for operation in operations {
            compare_booking(operation, &self.bookings, day, &mut found);
        }
        self.differences = found;
    }

    fn is_settled(&self) -> bool {
        self.tender
            .iter()
            .chain(&self.refunds)
            .all(|operation| operation.state.is_final())
    }

    fn refunded_by_journal(&self) -> i64 {
        let by_tender = self
            .tender
            .as_ref()
            .map_or(0, |tender| tender.amounts.refunded);
        refunded(&self.refunds).max(by_tender)
    }
}

fn refunded(refunds: &[InspectedRow]) -> i64 {
    refunds
        .iter()
        .map(|refund| refund.amounts.refunded)
        .fold(0, i64::saturating_add)
}

fn compare_money(
    row: &LedgerRow,
    tender: &InspectedRow,
    refunds: &[InspectedRow],
    found: &mut Vec<String>,
) {
    let given_back = refunded(refunds).max(tender.amounts.refunded);
    let pairs = [
        ("amount", row.amount, tender.amount),
        ("captured", row.captured, tender.amounts.captured),
        ("refunded", row.refunded, given_back),
    ];
    for (what, ledger, journal) in pairs {
        if ledger != journal {
            let (ledger, journal) = (Minor(ledger), Minor(journal));
            found.push(format!(
                "{what}: the ledger has {ledger}, the journal {journal}"
            ));
        }
    }
    if row.currency != tender.currency {
        found.push(format!(
            "the ledger has {}, the journal {}",
            row.currency, tender.currency
        ));
    }
    if row.captures > 1 {
        found.push(format!("captured {} times", row.captures));
    }
    let wanted = refunds
        .iter()
        .filter(|refund| refund.state == State::Refunded)
        .count();
    let wanted = wanted + usize::from(tender.state == State::Refunded && row.captured > 0);
    if usize::try_from(row.refunds).unwrap_or(usize::MAX) != wanted {
        found.push(format!(
            "refunded {} times instead of {wanted}",
            row.refunds
        ));
    }
    if row.captured > row.authorized || row.refunded > row.captured {
        found.push(String::from("the ledger contradicts itself"));
    }
}

/// Money must not stay reserved for a payment that is over.
fn check_released(row: &LedgerRow, tender: &InspectedRow, found: &mut Vec<String>) {
    let reserved = row.authorized - row.captured - row.cancelled;
    if reserved > 0 {
        let (reserved, state) = (Minor(reserved), tender.state.key());
        found.push(format!(
            "{reserved} is still reserved, although the journal says {state}"
        ));
    }
}

fn compare_booking(
    operation: &InspectedRow,
    bookings: &[Booking],
    day: Day,
    found: &mut Vec<String>,
) {
    let name = &operation.host_ref;
    let mine: Vec<_> = bookings.iter().filter(|it| it.host_ref == *name).collect();
    if operation.state == State::ClosedByHand {
        // Only the cashier knows how such a payment was booked.
        return;
    }
    let wanted = match (operation.kind, operation.state) {
        (Kind::Tender, State::Paid) => Some("SALE"),
        (Kind::Refund, State::Refunded) => Some("REFUND"),
        (_, state) if state.is_final() => Some("UNPAID"),
        _ => None,
    };
    let Some(wanted) = wanted else {
        if day == Day::Over {
            found.push(format!("{name} is not final: {}", operation.state.key()));
        }
        return;
    };
    let booking = match mine.as_slice() {
        [booking] => booking,
        // Paid after it was booked as unpaid.
        [unpaid, booking] if unpaid.receipt.is_none() && wanted == "SALE" => booking,
        [] if day == Day::Going => return,
        several => {
            found.push(format!("{name} is booked {} times", several.len()));
            return;
        }
    };
    if booking.kind != wanted {
        let (kind, state) = (&booking.kind, operation.state.key());
        found.push(format!(
            "{name} is booked as {kind}, and the journal says {state}"
        ));
    }
    if booking.amount != operation.amount {
        let (booked, amount) = (Minor(booking.amount), Minor(operation.amount));
        found.push(format!(
            "{name} is booked with {booked} instead of {amount}"
        ));
    }
    if booking.receipt.is_some() && operation.confirmed != booking.receipt && day == Day::Over {
        let confirmed = operation.confirmed.as_deref().unwrap_or("nothing");
        found.push(format!(
            "{name} was confirmed with {confirmed}, not with its receipt"
        ));
    }
}

fn repeated_receipts(bookings: &[Booking]) -> Vec<String> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for receipt in bookings
        .iter()
        .filter_map(|booking| booking.receipt.as_deref())
    {
        *numbers.entry(receipt).or_default() += 1;
    }
    let repeated = numbers.into_iter().filter(|(_, times)| *times > 1);
    repeated
        .map(|(number, times)| format!("receipt {number} was given {times} times"))
        .collect()
}

fn read_bookings(file: &Path) -> Result<Vec<Booking>, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("could not read {}: {error}", file.display()))?;
    text.lines().map(read_booking).collect()
}

fn read_booking(line: &str) -> Result<Booking, String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [receipt, kind, host_ref, _reference, amount, _currency] = words.as_slice() else {
        return Err(format!("the book of receipts has a broken line: {line}"));
    };
    Ok(Booking {
        receipt: (*receipt != "-").then(|| String::from(*receipt)),
        kind: String::from(*kind),
        host_ref: String::from(*host_ref),
        amount: amount
            .parse()
            .map_err(|_| format!("'{amount}' is no amount: {line}"))?,
    })
}

impl Display for Books {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let sum =
            |of: fn(&Line) -> i64| Minor(self.lines.iter().map(of).fold(0, i64::saturating_add));
        let total = [
            String::from("total"),
            String::new(),
            String::new(),
            String::new(),
            sum(|line| line.ledger.as_ref().map_or(0, |row| row.captured)).to_string(),
            sum(|line| line.ledger.as_ref().map_or(0, |row| row.refunded)).to_string(),
            String::new(),
            sum(|line| line.tender.as_ref().map_or(0, |row| row.amounts.captured)).to_string(),
            sum(Line::refunded_by_journal).to_string(),
            String::new(),
            String::new(),
        ];
        let rows: Vec<_> = self.lines.iter().map(Line::cells).collect();
        write!(out, "{}", Table { rows, total })?;
        for line in &self.lines {
            for difference in &line.differences {
                writeln!(
                    out,
                    "DIFFERENCE in {} {}: {difference}",
                    line.sale, line.reference
                )?;
            }
        }
        for difference in &self.differences {
            writeln!(out, "DIFFERENCE: {difference}")?;
        }
        Ok(())
    }
}

impl Line {
    fn cells(&self) -> Row {
        let nothing = || [String::from("-"), String::new(), String::new()];
        let asked = match (&self.ledger, &self.tender) {
            (_, Some(tender)) => tender.amount,
            (Some(row), None) => row.amount,
            (None, None) => 0,
        };
        let [ledger_state, ledger_captured, ledger_refunded] =
            self.ledger.as_ref().map_or_else(nothing, |row| {
                let (captured, refunded) = (Minor(row.captured), Minor(row.refunded));
                [
                    row.state.clone(),
                    captured.to_string(),
                    refunded.to_string(),
                ]
            });
        let [journal_state, journal_captured, journal_refunded] =
            self.tender.as_ref().map_or_else(nothing, |row| {
                let captured = Minor(row.amounts.captured);
                let refunded = Minor(self.refunded_by_journal());
                [
                    String::from(row.state.key()),
                    captured.to_string(),
                    refunded.to_string(),
                ]
            });
        let receipts: Vec<_> = self
            .bookings
            .iter()
            .filter_map(|booking| booking.receipt.as_deref())
            .collect();
        let agree = self.differences.is_empty();
        [
            self.sale.clone(),
            self.reference.chars().take(10).chain(['…']).collect(),
            Minor(asked).to_string(),
            ledger_state,
            ledger_captured,
            ledger_refunded,
            journal_state,
            journal_captured,
            journal_refunded,
            receipts.join(" "),
            String::from(if agree { "agree" } else { "DIFFER" }),
        ]
    }
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
