//! What an answer about a payment shows, once it is certain that it is about ours (section 5.2).

use super::status::{Class, Classes};
use super::wire::{Modified, Overview, PaymentAnswer};
use super::{Asked, DECIMALS_MAX};
use crate::provider::{Context, Verdict};
use crate::tender::Amounts;
use std::collections::BTreeMap;

/// What became of a modification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Done,
    Pending,
    Failed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Capture,
    Cancellation,
    Refund,
    /// Chargebacks and settlements move nothing that a till counts.
    Other,
}

/// A capture, cancel or refund that an answer lists.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: Kind,
    pub id: String,
    /// Nothing: all that there was.
    pub amount: Option<i64>,
    pub outcome: Outcome,
}

/// The payment as an answer shows it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub class: Class,
    pub amounts: Amounts,
    pub changes: Vec<Change>,
    /// Money was reserved at some time, so a link has served its purpose.
    pub was_authorized: bool,
    /// What the provider's support asks for (section 11).
    pub support: BTreeMap<String, String>,
}

/// Texts of the provider that people are shown: short, and nothing that could pass for a control.
fn support_fields(answer: &PaymentAnswer) -> BTreeMap<String, String> {
    let fields = [
        ("paymentStatus", &answer.payment_status),
        (
            "reconciliationReferenceId",
            &answer.reconciliation_reference_id,
        ),
        ("creationDate", &answer.creation_date),
        ("lastStatusDate", &answer.last_status_date),
    ];
    fields
        .into_iter()
        .filter_map(|(name, text)| {
            let text = text.as_deref()?;
            let plain = text.len() <= 64 && text.bytes().all(|it| it.is_ascii_graphic());
            plain.then(|| (name.to_owned(), text.to_owned()))
        })
        .collect()
}

impl Seen {
    /// Nothing that is not ours, and nothing that contradicts itself, becomes a `Seen`.
    pub fn read(
        body: &[u8],
        asked: &Asked<'_>,
        context: &Context<'_>,
        classes: &Classes,
    ) -> Result<Self, Verdict> {
        let answer: PaymentAnswer = serde_json::from_slice(body).map_err(|_| Verdict::Unclear)?;
        check_identity(&answer, asked)?;
        let overview = answer.transaction_overview.as_ref();
        let amount = match overview {
            Some(overview) => amount_of(overview, context)?,
            None => None,
        };
        if let (Some(seen), Some(ours)) = (amount, context.amount)
            && seen != ours
        {
            return Err(Verdict::Mismatch);
        }
        let status = answer.payment_status.as_deref().ok_or(Verdict::Unclear)?;
        let class = classes.of(status);
        let modified = answer.modified().ok_or(Verdict::Unclear)?;
        let changes: Vec<Change> = modified
            .iter()
            .map(|modified| change(modified, context, classes))
            .collect::<Result<_, _>>()?;
        let past = answer.past_statuses().map(|word| classes.of(word));
        let was_authorized = past
            .chain([class])
            .any(|class| class == Class::Authorized || class.is_taken());
        let amounts = amounts(class, amount, &changes, was_authorized).ok_or(Verdict::Unclear)?;
        Ok(Self {
            class,
            amounts,
            changes,
            was_authorized,
            support: support_fields(&answer),
        })
    }

    /// A capture of ours is under way: whether it takes the money is not known.
    pub fn is_capturing(&self) -> bool {
        let mut changes = self.changes.iter();
        self.class == Class::Pending
            && changes.any(|it| it.kind == Kind::Capture && it.outcome == Outcome::Pending)
    }

    /// All that was taken is on its way back, or all that was reserved on its way to be released.
    pub fn is_reversing(&self) -> bool {
        let left = self.amounts.captured.saturating_sub(self.amounts.refunded);
        let pending = self
            .changes
            .iter()
            .filter(|it| it.outcome == Outcome::Pending);
        let (mut returning, mut releasing) = (0_i64, false);
        for change in pending {
            match change.kind {
                Kind::Refund => {
                    returning = returning.saturating_add(change.amount.unwrap_or(left));
                }
                Kind::Cancellation => releasing = true,
                Kind::Capture | Kind::Other => {}
            }
        }
        (left > 0 && returning >= left) || (self.amounts.captured == 0 && releasing)
    }
}

/// At least one of the two places names the transaction, and none names another.
fn check_identity(answer: &PaymentAnswer, asked: &Asked<'_>) -> Result<(), Verdict> {
    let overview = answer.transaction_overview.as_ref();
    let inner = overview.and_then(|overview| overview.transaction_id.as_deref());
    let named = [answer.transaction_id.as_deref(), inner];
    let mut names = named.into_iter().flatten().peekable();
    if names.peek().is_none() {
        return Err(Verdict::Unclear);
    }
    if !names.all(|name| name == asked.transaction) {
        return Err(Verdict::Mismatch);
    }
    match answer.payment_link_id.as_deref() {
        Some(link) if !asked.link.is_empty() && link != asked.link => Err(Verdict::Mismatch),
        _ => Ok(()),
    }
}

/// In minor units of our currency; nothing when the answer does not say.
pub fn amount_of(overview: &Overview, context: &Context<'_>) -> Result<Option<i64>, Verdict> {
    if let Some(currency) = overview.currency_code.as_deref()
        && currency != context.currency.code()
    {
        return Err(Verdict::Mismatch);
    }
    let exponent = context.currency.exponent();
    let Some(amount) = &overview.amount else {
        return Ok(None);
    };
    if overview.currency_code.is_none() || exponent > DECIMALS_MAX {
        return Err(Verdict::Unclear);
    }
    let minor = amount.to_minor(exponent).filter(|minor| *minor >= 0);
    minor.map(Some).ok_or(Verdict::Unclear)
}

fn change(
    modified: &Modified,
    context: &Context<'_>,
    classes: &Classes,
) -> Result<Change, Verdict> {
    let data = &modified.modification_data;
    let kind = data.r#type.as_deref().unwrap_or_default();
    let kind = match kind.to_ascii_uppercase().as_str() {
        "CAPTURE" => Kind::Capture,
        "CANCELLATION" => Kind::Cancellation,
        "REFUND" => Kind::Refund,
        "CHARGEBACK" | "SETTLEMENT" => Kind::Other,
        _ => return Err(Verdict::Unclear),
    };
    let amount = match &modified.modification_amount {
        Some(amount) => amount_of(amount, context)?,
        None => None,
    };
    let class = classes.of(modified.status.as_deref().unwrap_or_default());
    Ok(Change {
        kind,
        id: data.modification_id.clone().unwrap_or_default(),
        amount,
        outcome: outcome(kind, class),
    })
}

/// The same words as those of payments; that something is done is believed only of the word that
/// belongs to it (section 17, 11).
fn outcome(kind: Kind, class: Class) -> Outcome {
    match (kind, class) {
        (_, Class::Settled) | (Kind::Capture, Class::Captured) => Outcome::Done,
        (Kind::Cancellation, Class::Cancelled) => Outcome::Done,
        (Kind::Refund, Class::Refunded | Class::PartlyRefunded) => Outcome::Done,
        (_, Class::Declined | Class::Expired) => Outcome::Failed,
        (Kind::Capture | Kind::Refund, Class::Cancelled) => Outcome::Failed,
        _ => Outcome::Pending,
    }
}

/// Nothing when status and modifications cannot both be true, or when the amount of money that was
/// moved is not told.
fn amounts(
    class: Class,
    amount: Option<i64>,
    changes: &[Change],
    was_authorized: bool,
) -> Option<Amounts> {
    let done = |kind: Kind, whole: i64| {
        let done = changes.iter().filter(move |it| it.outcome == Outcome::Done);
        done.filter(move |it| it.kind == kind)
            .try_fold((0_i64, 0_u32), |(sum, count), it| {
                let sum = sum.checked_add(it.amount.unwrap_or(whole))?;
                Some((sum, count.saturating_add(1)))
            })
    };
    let moved = class == Class::Authorized || class.is_taken();
    let Some(total) = amount else {
        // Without an amount nothing is compared, so nothing is believed to have moved.
        let none_done = changes.iter().all(|it| it.outcome != Outcome::Done);
        return (!moved && none_done).then(Amounts::default);
    };
    let (part, captures) = done(Kind::Capture, total)?;
    let captured = match class {
        _ if class.is_taken() && captures == 0 => total,
        _ => part,
    };
    let (returned, _) = done(Kind::Refund, captured)?;
    let refunded = if class == Class::Refunded {
        captured
    } else {
        returned
    };
    let authorized = if moved || captured > 0 || (class == Class::Cancelled && was_authorized) {
        total
    } else {
        0
    };
    let (released, _) = done(Kind::Cancellation, authorized.saturating_sub(captured))?;
    let cancelled = match class {
        Class::Cancelled => authorized.saturating_sub(captured),
        _ => released.min(authorized.saturating_sub(captured)),
    };
    // What was taken stays taken, unless the payment is said to have never come so far.
    let contradicts = captured > 0
        && matches!(
            class,
            Class::Waiting | Class::Declined | Class::Expired | Class::Unknown
        );
    let sane = captured <= authorized && returned <= captured && !contradicts;
    sane.then_some(Amounts {
        authorized,
        captured,
        cancelled,
        refunded,
    })
}
