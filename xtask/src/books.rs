//! Three books about one day, compared line by line: the provider's ledger, the library's journal,
//! the till's receipts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use payments::journal::sqlite::{InspectedRow, inspect};
use payments::tender::{Kind, Reason, State};

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
    /// Receipts that customers paid for and no till took. Theirs, and no difference.
    pub not_taken: usize,
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
        let mut rows = ledger;
        let (tenders, others): (Vec<_>, Vec<_>) = journal
            .into_iter()
            .partition(|row| row.kind == Kind::Tender);
        let refunds: Vec<_> = others
            .into_iter()
            .filter(|row| row.kind == Kind::Refund)
            .collect();
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
                ledger: take_row(&mut rows, &tender),
                tender: Some(tender),
                refunds,
                bookings: mine,
                differences: Vec::new(),
            });
        }
        books
            .lines
            .extend(rows.into_iter().map(Line::only_in_ledger));
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

    /// Adds how many receipts should not have been taken.
    pub fn expect_not_taken(&mut self, count: usize) {
        let found = self.totals().not_taken;
        if found != count {
            self.differences.push(format!(
                "{found} receipts were not taken instead of {count}"
            ));
        }
    }

    pub fn totals(&self) -> Totals {
        let of_lines = self
            .lines
            .iter()
            .map(|line| line.differences.len())
            .sum::<usize>();
        let captured = |line: &&Line| line.ledger.as_ref().is_some_and(|row| row.captured > 0);
        let not_taken = |line: &&Line| line.is_not_taken();
        let not_taken = self.lines.iter().filter(not_taken).count();
        Totals {
            payments: self.lines.len() - not_taken,
            paid: self.lines.iter().filter(captured).count() - not_taken,
            not_taken,
            refunds: self.lines.iter().map(|line| line.refunds.len()).sum(),
            differences: of_lines + self.differences.len(),
        }
    }
}

impl Line {
    fn only_in_ledger(row: LedgerRow) -> Line {
        Line {
            sale: match row.description.strip_prefix("Sale ") {
                Some(sale) => String::from(sale),
                None => String::from("-"),
            },
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
                check_over(row, tender, &mut found);
            }
            (Some(_), None) if self.is_not_taken() => {}
            (Some(_), None) => found.push(String::from("the journal does not know this payment")),
            // Nothing but the cashier's word names such a payment.
            (None, Some(tender)) if is_by_hand(tender) => {}
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

    /// A receipt that the customer rightly keeps: no tender was settled with it.
    fn is_not_taken(&self) -> bool {
        self.tender.is_none() && self.ledger.as_ref().is_some_and(LedgerRow::is_receipt)
    }

    /// Over at the till, while the customer could still pay with what was shown.
    fn is_still_payable(&self) -> bool {
        let open = self.ledger.as_ref().is_some_and(LedgerRow::is_open);
        let told = self.tender.as_ref().map(|tender| tender.reason);
        open && told == Some(Reason::StillPayable)
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

fn is_paid(tender: &InspectedRow) -> bool {
    tender.amounts.captured > 0
}

/// An amount that a cashier typed without the payment's name.
fn is_by_hand(tender: &InspectedRow) -> bool {
    tender.profile == "smartum" && is_paid(tender) && tender.provider_reference.is_none()
}

/// The provider's side of a tender: under our reference, or, where the customer had paid before the
/// till came in, under the provider's own. A receipt that was only shown is not the tender's.
fn take_row(rows: &mut Vec<LedgerRow>, tender: &InspectedRow) -> Option<LedgerRow> {
    let own = rows
        .iter()
        .position(|row| row.reference == tender.reference);
    let place = own.or_else(|| {
        let name = tender
            .provider_reference
            .as_ref()
            .filter(|_| is_paid(tender))?;
        let is_it = |row: &LedgerRow| row.is_receipt() && row.reference == *name;
        rows.iter().position(is_it)
    })?;
    Some(rows.remove(place))
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
    // Whoever pays before the till comes in may pay a part of what is due.
    let asked = if row.is_receipt() {
        row.amount
    } else {
        tender.amount
    };
    let pairs = [
        ("amount", row.amount, asked),
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

/// What is over at the till is over at the provider, unless the till was told otherwise.
fn check_over(row: &LedgerRow, tender: &InspectedRow, found: &mut Vec<String>) {
    let is_over = tender.state.is_final() && tender.state != State::ClosedByHand;
    if is_over && row.is_open() && tender.reason != Reason::StillPayable {
        let (ledger, journal) = (&row.state, tender.state.key());
        found.push(format!(
            "the customer can still pay ({ledger}), and the journal says {journal}"
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
    let changed_hands = if wanted == "SALE" {
        operation.amounts.captured
    } else {
        operation.amount
    };
    if booking.amount != changed_hands {
        let (booked, amount) = (Minor(booking.amount), Minor(changed_hands));
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
    let [
        receipt,
        kind,
        host_ref,
        _profile,
        _reference,
        amount,
        _currency,
    ] = words.as_slice()
    else {
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
        let rows: Vec<_> = self.lines.iter().map(Line::cells).collect();
        let totals = self.currencies().into_iter();
        let totals = totals.map(|currency| self.total(currency)).collect();
        write!(out, "{}", Table { rows, totals })?;
        for line in &self.lines {
            for difference in &line.differences {
                let Line {
                    sale, reference, ..
                } = line;
                writeln!(out, "DIFFERENCE in {sale} {reference}: {difference}")?;
            }
        }
        for difference in &self.differences {
            writeln!(out, "DIFFERENCE: {difference}")?;
        }
        Ok(())
    }
}

impl Books {
    fn currencies(&self) -> BTreeSet<&str> {
        self.lines.iter().map(Line::currency).collect()
    }

    /// Of what both books have; receipts that no till took stand in the ledger alone.
    fn total(&self, currency: &str) -> Row {
        let lines = self.lines.iter();
        let mine: Vec<_> = lines
            .filter(|line| line.currency() == currency && !line.is_not_taken())
            .collect();
        let sum = |of: fn(&Line) -> i64| {
            let amounts = mine.iter().map(|line| of(line));
            Minor(amounts.fold(0, i64::saturating_add)).to_string()
        };
        let nothing = String::new;
        [
            format!("total {currency}"),
            nothing(),
            nothing(),
            nothing(),
            sum(|line| line.ledger.as_ref().map_or(0, |row| row.captured)),
            sum(|line| line.ledger.as_ref().map_or(0, |row| row.refunded)),
            nothing(),
            sum(|line| line.tender.as_ref().map_or(0, |row| row.amounts.captured)),
            sum(Line::refunded_by_journal),
            nothing(),
            nothing(),
        ]
    }
}

impl Line {
    fn currency(&self) -> &str {
        let of_ledger = self.ledger.as_ref().map(|row| row.currency.as_str());
        let of_journal = self.tender.as_ref().map(|tender| tender.currency);
        of_journal.or(of_ledger).unwrap_or("")
    }

    fn cells(&self) -> Row {
        let nothing = || [String::from("-"), String::new(), String::new()];
        let (system, asked) = match (&self.ledger, &self.tender) {
            (_, Some(tender)) => (tender.profile.as_str(), tender.amount),
            (Some(row), None) => (row.provider.as_str(), row.amount),
            (None, None) => ("", 0),
        };
        let [ledger_state, ledger_captured, ledger_refunded] =
            self.ledger.as_ref().map_or_else(nothing, |row| {
                [
                    row.state.clone(),
                    Minor(row.captured).to_string(),
                    Minor(row.refunded).to_string(),
                ]
            });
        let [journal_state, journal_captured, journal_refunded] =
            self.tender.as_ref().map_or_else(nothing, |row| {
                [
                    String::from(row.state.key()),
                    Minor(row.amounts.captured).to_string(),
                    Minor(self.refunded_by_journal()).to_string(),
                ]
            });
        let bookings = self.bookings.iter();
        let receipts: Vec<_> = bookings
            .filter_map(|booking| booking.receipt.as_deref())
            .collect();
        [
            self.sale.clone(),
            String::from(system),
            format!("{} {}", Minor(asked), self.currency()),
            ledger_state,
            ledger_captured,
            ledger_refunded,
            journal_state,
            journal_captured,
            journal_refunded,
            receipts.join(" "),
            String::from(self.verdict()),
        ]
    }

    fn verdict(&self) -> &'static str {
        if !self.differences.is_empty() {
            "DIFFER"
        } else if self.is_not_taken() {
            "a receipt that no till took"
        } else if self.is_still_payable() {
            "agree: can still be paid"
        } else if self.ledger.is_none() && self.tender.as_ref().is_some_and(is_by_hand) {
            "only the cashier's word"
        } else {
            "agree"
        }
    }
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
