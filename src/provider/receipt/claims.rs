//! From claims to facts. Which claim means what is configuration: nothing is guessed but
//! identifiers, which can be told by their shape.

use super::{IdShape, wire};
use crate::provider::decimal::Decimal;
use crate::tender::Reason;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// No amount that a JSON reader with floating point would have read wrongly.
const AMOUNT_MAX: i64 = 1 << 53;
/// 31 December 9999, in seconds.
const MOMENT_MAX_S: i64 = 253_402_300_799;

/// Where in a receipt each fact stands: JSON pointers (RFC 6901), several for each, all of which
/// are looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimMap {
    /// The transaction id. Without any, the only text in the receipt that has its shape.
    pub tx: Vec<String>,
    /// Who was paid; found by its shape like the transaction id.
    pub venue: Vec<String>,
    /// What was paid.
    pub amount: Vec<String>,
    /// `cents`: an integer. `decimal`: a text such as `12.50`.
    pub amount_unit: AmountUnit,
    /// Without any, the amount is in euros.
    pub currency: Vec<String>,
    /// Which benefit paid.
    pub benefit: Vec<String>,
    /// When it was paid: seconds since 1970, or RFC 3339.
    pub issued_at: Vec<String>,
    /// From when the receipt counts no more; seldom there.
    pub expires_at: Vec<String>,
    /// From when it counts; seldom there.
    pub not_before: Vec<String>,
    /// A word for how the payment stands.
    pub status: Vec<String>,
    /// What only answers to a web shop's orders carry.
    pub nonce: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountUnit {
    Cents,
    Decimal,
}

impl Default for ClaimMap {
    fn default() -> Self {
        let list = |pointers: &[&str]| pointers.iter().map(|it| (*it).to_owned()).collect();
        let with_data = |names: &[&str]| {
            let plain = names.iter().map(|name| (*name).to_owned());
            plain
                .chain(names.iter().map(|name| format!("/data{name}")))
                .collect()
        };
        Self {
            tx: with_data(&[
                "/transaction",
                "/transaction_id",
                "/tx",
                "/id",
                "/sub",
                "/jti",
            ]),
            venue: with_data(&["/venue", "/venue_id", "/venue/id", "/aud"]),
            amount: list(&["/amount", "/data/amount"]),
            amount_unit: AmountUnit::Cents,
            currency: list(&["/currency", "/data/currency"]),
            benefit: list(&["/benefit", "/benefit_type", "/data/benefit"]),
            issued_at: list(&["/iat", "/created_at", "/timestamp", "/data/created_at"]),
            expires_at: list(&["/exp"]),
            not_before: list(&["/nbf"]),
            status: list(&["/status", "/data/status"]),
            nonce: list(&["/nonce"]),
        }
    }
}

impl ClaimMap {
    /// A list that is no pointer, with its name.
    pub fn misshapen(&self) -> Option<&'static str> {
        let lists = [
            ("claims.tx", &self.tx),
            ("claims.venue", &self.venue),
            ("claims.amount", &self.amount),
            ("claims.currency", &self.currency),
            ("claims.benefit", &self.benefit),
            ("claims.issued_at", &self.issued_at),
            ("claims.expires_at", &self.expires_at),
            ("claims.not_before", &self.not_before),
            ("claims.status", &self.status),
            ("claims.nonce", &self.nonce),
        ];
        let bad = |list: &Vec<String>| list.iter().any(|it| !it.starts_with('/') || it.len() < 2);
        lists
            .into_iter()
            .find(|(_, list)| bad(list))
            .map(|(name, _)| name)
    }
}

/// What a receipt says, in our words.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    pub transaction: String,
    pub venue: String,
    /// What was paid.
    pub amount: i64,
    pub currency: String,
    /// Which benefit paid.
    pub benefit: Option<String>,
    pub paid_at: Option<i64>,
    /// From when the receipt counts no more; seldom there.
    pub expires_at: Option<i64>,
    /// From when it counts; seldom there.
    pub not_before: Option<i64>,
    /// A word for how the payment stands.
    pub status: Option<String>,
    pub answers_order: bool,
}

/// Which identifiers a provider gives out.
#[derive(Clone, Copy, Debug)]
pub struct IdShapes {
    pub transaction: IdShape,
    pub venue: IdShape,
}

/// Reads claims whose signature was found good.
pub fn read(claims: &[u8], map: &ClaimMap, ids: &IdShapes) -> Result<Facts, Reason> {
    let members = wire::strict_object(claims).ok_or(Reason::ReceiptDamaged)?;
    let document = Value::Object(members);
    facts(&document, map, ids).ok_or(Reason::ReceiptUnmapped)
}

fn facts(document: &Value, map: &ClaimMap, ids: &IdShapes) -> Option<Facts> {
    let text = |pointers| only(document, pointers, |it| it.as_str().map(str::to_owned));
    let moment = |pointers| only(document, pointers, moment);
    let amount = only(document, &map.amount, |it| amount(it, map.amount_unit))?;
    Some(Facts {
        transaction: identifier(document, &map.tx, &ids.transaction)?,
        venue: identifier(document, &map.venue, &ids.venue)?,
        amount: amount?,
        currency: text(&map.currency)?.unwrap_or_else(|| "EUR".to_owned()),
        benefit: text(&map.benefit)?,
        paid_at: moment(&map.issued_at)?,
        expires_at: moment(&map.expires_at)?,
        not_before: moment(&map.not_before)?,
        status: text(&map.status)?.map(|status| status.to_lowercase()),
        answers_order: present(document, &map.nonce).next().is_some(),
    })
}

/// What stands at the listed places. `null` is nothing.
fn present<'d>(document: &'d Value, pointers: &'d [String]) -> impl Iterator<Item = &'d Value> {
    let values = pointers
        .iter()
        .filter_map(|pointer| document.pointer(pointer));
    values.filter(|value| !value.is_null())
}

/// The one value that the listed places agree upon: `Some(None)` when all are empty, `None` when
/// one cannot be read or two differ.
fn only<T: PartialEq>(
    document: &Value,
    pointers: &[String],
    read: impl Fn(&Value) -> Option<T>,
) -> Option<Option<T>> {
    let mut agreed = None;
    for value in present(document, pointers) {
        let value = read(value)?;
        match &agreed {
            Some(earlier) if *earlier != value => return None,
            _ => agreed = Some(value),
        }
    }
    Some(agreed)
}

/// The one identifier of that shape at the listed places, or else in the whole receipt. A receipt
/// that names two payments could be claimed twice.
fn identifier(document: &Value, pointers: &[String], shape: &IdShape) -> Option<String> {
    let mut listed = BTreeSet::new();
    for value in present(document, pointers) {
        match value {
            Value::Array(items) => items
                .iter()
                .for_each(|item| collect(item, shape, &mut listed)),
            Value::Object(_) => {}
            value => collect(value, shape, &mut listed),
        }
    }
    if listed.is_empty() {
        collect(document, shape, &mut listed);
    }
    let mut found = listed.into_iter();
    match (found.next(), found.next()) {
        (Some(id), None) => Some(id.to_owned()),
        _ => None,
    }
}

/// The depth is limited by the reader of the JSON.
fn collect<'d>(value: &'d Value, shape: &IdShape, found: &mut BTreeSet<&'d str>) {
    match value {
        Value::String(text) if shape.fits(text) => _ = found.insert(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, shape, found)),
        Value::Object(members) => members
            .values()
            .for_each(|item| collect(item, shape, found)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

fn amount(value: &Value, unit: AmountUnit) -> Option<i64> {
    let minor = match (unit, value) {
        (AmountUnit::Cents, Value::Number(number)) => number.as_i64(),
        (AmountUnit::Decimal, Value::String(_)) => {
            let decimal: Option<Decimal> = serde_json::from_str(&value.to_string()).ok();
            decimal?.to_minor(2)
        }
        _ => None,
    };
    minor.filter(|minor| (0..=AMOUNT_MAX).contains(minor))
}

/// In Unix milliseconds.
fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::Number(seconds) => {
            let seconds = seconds.as_i64()?;
            let sane = (0..=MOMENT_MAX_S).contains(&seconds);
            sane.then(|| seconds.saturating_mul(1_000))
        }
        Value::String(text) => {
            let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
        }
        _ => None,
    }
}

/// The names of all claims as JSON pointers, for support. Values are left out, but names from
/// inside lists are of one kind: they get one line for the whole list.
pub fn names(members: &Map<String, Value>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (name, value) in members {
        name_all(&format!("/{}", escaped(name)), value, &mut names);
    }
    names.into_iter().collect()
}

fn name_all(path: &str, value: &Value, names: &mut BTreeSet<String>) {
    names.insert(path.to_owned());
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                name_all(&format!("{path}/{}", escaped(name)), value, names);
            }
        }
        Value::Array(items) => {
            for item in items
                .iter()
                .filter(|item| item.is_object() || item.is_array())
            {
                name_all(&format!("{path}/0"), item, names);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
