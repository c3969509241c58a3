//! A journal as a list, for reports, the demo and tests. The library must not be running on it.

use super::sqlite::SqliteJournal;
use super::{Fact, JournalError, Record};
use crate::tender::errand::{self, Errand};
use crate::tender::refund::{self, Refund};
use crate::tender::{self, Amounts, Kind, Money, Reason, State, Tender};
use std::path::Path;

/// One operation, folded.
#[derive(Clone, Debug)]
pub struct InspectedRow {
    pub id: i64,
    pub kind: Kind,
    pub state: State,
    pub reason: Reason,
    pub profile: String,
    pub host_ref: String,
    pub sale_ref: String,
    pub reference: String,
    /// The provider's own name of the payment, where it has told one.
    pub provider_reference: Option<String>,
    pub amount: i64,
    pub currency: &'static str,
    pub amounts: Amounts,
    pub confirmed: Option<String>,
    pub parent: Option<i64>,
}

/// Every operation of a journal, in the order of the ids.
pub fn inspect(path: &Path) -> Result<Vec<InspectedRow>, JournalError> {
    if !path.exists() {
        return Err(JournalError::Unusable(format!(
            "there is no journal at {}",
            path.display()
        )));
    }
    let mut journal = SqliteJournal::open(path, None, i64::MAX)?;
    journal.all_records()?.iter().map(fold).collect()
}

fn fold(record: &Record) -> Result<InspectedRow, JournalError> {
    let (mut tender, mut refund, mut errand) = (None, None, None);
    for (_, fact) in &record.facts {
        let damaged = |error: tender::IllegalTransition| JournalError::Damaged(error.to_string());
        match fact {
            Fact::Tender(event) => tender = Some(tender::apply(tender, event).map_err(damaged)?),
            Fact::Refund(event) => refund = Some(refund::apply(refund, event).map_err(damaged)?),
            Fact::Errand(event) => errand = Some(errand::apply(errand, event).map_err(damaged)?),
        }
    }
    match (tender, refund, errand) {
        (Some(tender), ..) => Ok(of_tender(record.id.get(), tender)),
        (None, Some(refund), _) => Ok(of_refund(record.id.get(), refund)),
        (None, None, Some(errand)) => Ok(of_errand(record.id.get(), errand)),
        (None, None, None) => Err(JournalError::Damaged(format!(
            "operation {} has no facts",
            record.id.get()
        ))),
    }
}

fn of_tender(id: i64, tender: Tender) -> InspectedRow {
    let Money { minor, currency } = tender.intent.amount;
    InspectedRow {
        id,
        kind: Kind::Tender,
        state: tender::state(&tender),
        reason: tender::reason(&tender),
        profile: tender.intent.profile,
        host_ref: tender.intent.tender_ref,
        sale_ref: tender.intent.sale_ref,
        reference: tender.intent.reference,
        provider_reference: tender.provider_reference,
        amount: minor,
        currency: currency.code(),
        amounts: tender.amounts,
        confirmed: tender.confirmed,
        parent: None,
    }
}

fn of_errand(id: i64, errand: Errand) -> InspectedRow {
    InspectedRow {
        id,
        kind: errand.intent.kind,
        state: errand.state(false),
        reason: errand.reason(),
        amounts: Amounts::default(),
        profile: errand.intent.profile,
        host_ref: errand.intent.name,
        sale_ref: String::new(),
        reference: String::new(),
        provider_reference: None,
        amount: 0,
        currency: "",
        confirmed: None,
        parent: None,
    }
}

fn of_refund(id: i64, refund: Refund) -> InspectedRow {
    let Money { minor, currency } = refund.amount();
    InspectedRow {
        id,
        kind: Kind::Refund,
        state: refund.state(),
        reason: refund.reason(),
        amounts: Amounts {
            refunded: refund.done(),
            ..Amounts::default()
        },
        profile: refund.intent.profile,
        host_ref: refund.intent.refund_ref,
        sale_ref: String::new(),
        reference: refund.intent.reference,
        provider_reference: refund.intent.provider_reference,
        amount: minor,
        currency: currency.code(),
        confirmed: refund.confirmed,
        parent: refund.intent.tender_id.map(|id| id.get()),
    }
}
