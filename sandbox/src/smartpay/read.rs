//! Payments and links as JSON, under the names that the settings give them.

use super::Link;
use super::fields::Object;
use super::money;
use super::settings::Settings;
use super::transaction::{Modification, Step, Transaction};
use crate::clock;

pub(super) fn created(
    transaction: &Transaction,
    ignored: &[String],
    now_ms: i64,
    settings: &Settings,
) -> Object {
    let answer = Object::default()
        .with("transactionId", &transaction.id)
        .with_some("checkoutToken", transaction.token.as_ref())
        .with("paymentStatus", &status(transaction, settings))
        .with("requestTime", &clock::utc(now_ms));
    with_ignored(answer, ignored)
}

/// The whole payment, as a question is answered.
pub(super) fn payment(transaction: &Transaction, settings: &Settings) -> Object {
    let modifications: Vec<Object> = transaction
        .modifications
        .iter()
        .map(|it| modification(transaction, it, settings))
        .collect();
    envelope(transaction, settings).with("modifications", &modifications)
}

/// The payment with the one modification that was asked for.
pub(super) fn modified(
    transaction: &Transaction,
    id: &str,
    ignored: &[String],
    settings: &Settings,
) -> Object {
    let done = transaction.modifications.iter().find(|it| it.id == id);
    let done = done.map(|it| modification(transaction, it, settings));
    let answer = envelope(transaction, settings);
    let answer = if settings.modifications_in_answers {
        let done: Vec<Object> = done.into_iter().collect();
        answer.with("modifications", &done)
    } else {
        answer.with_some("modification", done.as_ref())
    };
    with_ignored(answer, ignored)
}

pub(super) fn link_created(link: &Link, ignored: &[String], settings: &Settings) -> Object {
    with_ignored(link_names(link, settings), ignored)
}

pub(super) fn link(link: &Link, latest: Option<&Transaction>, settings: &Settings) -> Object {
    let amount = &link.order.amount;
    let payment =
        money::object(amount.minor, &amount.currency).with("description", &link.order.description);
    let order =
        Object::default().with_some("externalOrderReference", link.order.reference.as_ref());
    let answer = link_names(link, settings)
        .with_some("customerAccountId", link.order.customer_account.as_ref())
        .with("payment", &payment)
        .with("order", &order);
    let Some(latest) = latest else {
        return answer;
    };
    let names = &settings.link_names;
    let word = status(latest, settings);
    // A dotted name stands for a member of a member.
    match names.transaction.split_once('.') {
        Some((outer, inner)) => {
            let nested = Object::default()
                .with(inner, &latest.id)
                .with(&names.status, &word);
            answer.with(outer, &nested)
        }
        None => answer
            .with(&names.transaction, &latest.id)
            .with(&names.status, &word),
    }
}

fn link_names(link: &Link, settings: &Settings) -> Object {
    let names = &settings.link_names;
    let image = format!("{}.png", link.address);
    Object::default()
        .with(&names.id, &link.id)
        .with(&names.url, &link.address)
        .with(&names.qr, &image)
        .with("creationDate", &clock::utc(link.created_ms))
        .with(&names.expiry, &clock::utc(link.expires_ms))
}

fn envelope(transaction: &Transaction, settings: &Settings) -> Object {
    let on_top = settings.transaction_id_on_top;
    let amount = transaction.amount();
    let authorized = transaction.was_authorized();
    let overview = money::object(amount.minor + transaction.amount_off, &amount.currency)
        .with("transactionId", &transaction.id)
        .with("paymentMethod", &if authorized { "VISA" } else { "CARDS" })
        .with("mit", &false)
        .with_some(
            "customerAccountId",
            transaction.order.customer_account.as_ref(),
        );
    let last_ms = transaction.history.last().map(|step| step.at_ms);
    let answer = Object::default()
        .with_some("transactionId", on_top.then_some(&transaction.id))
        .with_some(
            "reconciliationReferenceId",
            authorized.then_some(&transaction.reconciliation),
        )
        .with("description", &transaction.order.description)
        .with("paymentStatus", &status(transaction, settings))
        .with("creationDate", &clock::utc(transaction.created_ms))
        .with_some("lastStatusDate", last_ms.map(clock::utc).as_ref())
        .with("transactionOverview", &overview)
        .with_some("paymentLinkId", transaction.link.as_ref());
    if !settings.history_in_answers {
        return answer;
    }
    let history: Vec<Object> = transaction
        .history
        .iter()
        .map(|step| history_step(transaction, step, settings))
        .collect();
    answer.with("statusHistory", &history)
}

fn history_step(transaction: &Transaction, step: &Step, settings: &Settings) -> Object {
    let currency = &transaction.amount().currency;
    let amount = step.amount.map(|amount| money::object(amount, currency));
    Object::default()
        .with("status", &word(step.status.wire(), settings))
        .with("statusDate", &clock::utc(step.at_ms))
        .with_some("modificationAmount", amount.as_ref())
}

fn modification(transaction: &Transaction, it: &Modification, settings: &Settings) -> Object {
    let data = Object::default()
        .with("type", &it.kind.wire())
        .with("modificationId", &it.id)
        .with("reconciliationReferenceId", &it.reconciliation);
    let last_ms = it.due_ms.filter(|_| it.done).unwrap_or(it.created_ms);
    let currency = &transaction.amount().currency;
    Object::default()
        .with("modificationData", &data)
        .with("modificationAmount", &money::object(it.amount, currency))
        .with("status", &word(it.status(), settings))
        .with("creationDate", &clock::utc(it.created_ms))
        .with("lastStatusDate", &clock::utc(last_ms))
}

fn status(transaction: &Transaction, settings: &Settings) -> String {
    match &transaction.shown {
        Some(shown) => shown.clone(),
        None => word(transaction.status.wire(), settings),
    }
}

fn word(usual: &str, settings: &Settings) -> String {
    let other = settings.status_words.get(usual).map(String::as_str);
    String::from(other.unwrap_or(usual))
}

fn with_ignored(answer: Object, ignored: &[String]) -> Object {
    if ignored.is_empty() {
        answer
    } else {
        answer.with("ignoredProperties", &ignored)
    }
}
