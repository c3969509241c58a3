//! A payment link as an answer shows it (section 6). Its members' names are not documented.

use super::settings::Settings;
use super::status::{Class, Classes};
use super::wire::{LinkAnswer, text_at};
use super::{Asked, payment};
use crate::provider::{Context, Verdict};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Under which names a link's members are looked for.
#[derive(Clone, Debug)]
pub struct Names {
    id: Vec<String>,
    url: Vec<String>,
    expiry: Vec<String>,
    transaction: Vec<String>,
    status: Vec<String>,
}

/// A link, certainly ours.
pub struct Seen {
    pub id: String,
    pub url: Option<String>,
    pub expires_at: Option<i64>,
    /// The customer's latest attempt, and how it stands as far as the link tells.
    pub latest: Option<(String, Class)>,
}

impl Names {
    pub fn new(settings: &Settings) -> Self {
        let names = |own: &Option<String>, usual: &[&str]| match own {
            Some(name) => vec![name.clone()],
            None => usual.iter().map(|name| (*name).to_owned()).collect(),
        };
        Self {
            id: names(&settings.link_field_id, &["id", "paymentLinkId"]),
            url: names(
                &settings.link_field_url,
                &["paymentUrl", "paymentURL", "url", "link"],
            ),
            expiry: names(
                &settings.link_field_expiry,
                &["expiryDate", "expirationDate"],
            ),
            transaction: names(
                &settings.link_field_transaction,
                &[
                    "transactionId",
                    "latestTransactionId",
                    "transaction.transactionId",
                ],
            ),
            status: names(
                &settings.link_field_status,
                &[
                    "paymentStatus",
                    "transactionStatus",
                    "transaction.paymentStatus",
                    "transaction.transactionStatus",
                ],
            ),
        }
    }
}

impl Seen {
    pub fn read(
        body: &[u8],
        asked: &Asked<'_>,
        context: &Context<'_>,
        names: &Names,
        classes: &Classes,
    ) -> Result<Self, Verdict> {
        let value: Value = serde_json::from_slice(body).map_err(|_| Verdict::Unclear)?;
        let answer: LinkAnswer = serde_json::from_slice(body).map_err(|_| Verdict::Unclear)?;
        let id = text_at(&value, &names.id).ok_or(Verdict::Unclear)?;
        if !is_id(id) {
            return Err(Verdict::Unclear);
        }
        if !asked.link.is_empty() && id != asked.link {
            return Err(Verdict::Mismatch);
        }
        check_order(&answer, context)?;
        let latest = match text_at(&value, &names.transaction) {
            None => None,
            Some(latest) if !is_id(latest) => return Err(Verdict::Unclear),
            Some(latest) => {
                let status = text_at(&value, &names.status).unwrap_or_default();
                Some((latest.to_owned(), classes.of(status)))
            }
        };
        let expires_at = text_at(&value, &names.expiry).and_then(unix_ms);
        Ok(Self {
            id: id.to_owned(),
            url: text_at(&value, &names.url).map(str::to_owned),
            expires_at,
            latest,
        })
    }
}

fn check_order(answer: &LinkAnswer, context: &Context<'_>) -> Result<(), Verdict> {
    if let Some(payment) = &answer.payment {
        let amount = payment::amount_of(payment, context)?;
        if let (Some(seen), Some(ours)) = (amount, context.amount)
            && seen != ours
        {
            return Err(Verdict::Mismatch);
        }
    }
    let order = answer.order.as_ref();
    match order.and_then(|order| order.external_order_reference.as_deref()) {
        Some(reference) if reference != context.reference => Err(Verdict::Mismatch),
        _ => Ok(()),
    }
}

/// What may stand in an address and in the name that we keep.
pub fn is_id(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    (1..=64).contains(&text.len()) && text.bytes().all(plain) && text.bytes().any(|it| it != b'.')
}

/// Only a time that says its offset: a wrong guess would declare a link worthless that is not.
fn unix_ms(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}
