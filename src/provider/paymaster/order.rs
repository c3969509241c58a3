//! Settings of the till plugin's orders: which members, which addresses, which numbers. None of it
//! is published (section 11), so all of it can be set.

use super::body::Node;
use super::prepare;
use super::settings::{StateWord, invalid};
use super::wire::Text;
use crate::provider::{Method, SetupError, decimal};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const KOPECK_DIGITS: u32 = 2;

/// The section `pos_order`. Pointers are JSON pointers into answers, paths may hold `{posId}`,
/// `{id}`, `{orderId}` and `{refundId}`; an empty one is not used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSettings {
    /// The state that says paid. Default 5.
    pub state_paid: State,
    /// The state that says not paid. Default 6.
    pub state_failed: State,
    /// More states, by number or text; they go before the two above. All others wait.
    pub state_map: BTreeMap<String, StateWord>,
    /// Set after the commissioning test has shown what the states mean. Before that, "not paid"
    /// with a transaction is believed as little as "paid" without one.
    pub state_confirmed: bool,
    /// `rubles` or `kopecks`. Default `rubles`.
    pub amount_unit: AmountUnit,
    /// Places an order (section 11, as are all of these).
    pub path_create: String,
    /// Reads an order.
    pub path_status: String,
    /// Asks by our own number, `{orderId}`. Default: none is known.
    pub path_status_by_order: String,
    /// Cancels an order.
    pub path_cancel: String,
    /// Gives an order back.
    pub path_refund: String,
    /// Reads a refund.
    pub path_refund_status: String,
    /// `get`, `post` or `put`.
    pub method_create: Verb,
    /// See `method_create`.
    pub method_status: Verb,
    /// See `method_create`.
    pub method_cancel: Verb,
    /// See `method_create`.
    pub method_refund: Verb,
    /// Where in an answer: the order's number (JSON pointer).
    pub field_id: String,
    /// Our own number in answers, compared where it is there.
    pub field_order: String,
    /// Where: the state, a number or a word.
    pub field_state: String,
    /// Where: the link of the code.
    pub field_payload: String,
    /// Where: the amount.
    pub field_amount: String,
    /// Where: the currency.
    pub field_currency: String,
    /// Where: the number of the banks' transaction.
    pub field_txid: String,
    /// Where answers say in words how an order ended.
    pub field_message: String,
    /// Where: a word beside the state that may contradict it.
    pub field_status: String,
    /// Where: the refund's number.
    pub field_refund_id: String,
    /// Where: the refund's state.
    pub field_refund_status: String,
    /// Members of the create request, dotted paths; an empty one is left out.
    pub body_order: String,
    /// Where in a request: the amount (dotted path; empty leaves it out).
    pub body_amount: String,
    /// Where: the currency.
    pub body_currency: String,
    /// Where: the purpose.
    pub body_description: String,
    /// Where: the end of the customer's time.
    pub body_expires: String,
}

impl Default for OrderSettings {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            state_paid: State("5".to_owned()),
            state_failed: State("6".to_owned()),
            state_map: BTreeMap::new(),
            state_confirmed: false,
            amount_unit: AmountUnit::Rubles,
            path_create: text("/api/v1/pos/{posId}/orders"),
            path_status: text("/api/v1/pos/{posId}/orders/{id}"),
            path_status_by_order: String::new(),
            path_cancel: text("/api/v1/pos/{posId}/orders/{id}/cancel"),
            path_refund: text("/api/v1/pos/{posId}/orders/{id}/refunds"),
            path_refund_status: text("/api/v1/pos/{posId}/orders/{id}/refunds/{refundId}"),
            method_create: Verb::Post,
            method_status: Verb::Get,
            method_cancel: Verb::Put,
            method_refund: Verb::Post,
            field_id: text("/id"),
            field_order: text("/orderId"),
            field_state: text("/state"),
            field_payload: text("/payload"),
            field_amount: text("/amount"),
            field_currency: text("/currency"),
            field_txid: text("/transactionId"),
            field_message: text("/message"),
            field_status: text("/status"),
            field_refund_id: text("/id"),
            field_refund_status: text("/status"),
            body_order: text("orderId"),
            body_amount: text("amount"),
            body_currency: text("currency"),
            body_description: text("description"),
            body_expires: text("expires"),
        }
    }
}

/// A state as it is compared: a number or a word, without regard to case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State(String);

impl State {
    pub fn of(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Settings may have gone through another reader before, so no raw text here.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u32),
            Word(String),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Number(number) => Self(number.to_string()),
            Written::Word(word) => Self::of(&word),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountUnit {
    Rubles,
    Kopecks,
}

impl AmountUnit {
    pub fn node(self, kopecks: i64) -> Node {
        match self {
            Self::Rubles => prepare::rubles(kopecks),
            Self::Kopecks => Node::Number(decimal::number_from_minor(kopecks, 0)),
        }
    }

    pub fn read(self, raw: &RawValue) -> Option<i64> {
        let decimal: decimal::Decimal = serde_json::from_str(raw.get()).ok()?;
        decimal.to_minor(match self {
            Self::Rubles => KOPECK_DIGITS,
            Self::Kopecks => 0,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    pub fn method(self) -> Method {
        match self {
            Self::Get => Method::Get,
            Self::Post => Method::Post,
            Self::Put => Method::Put,
            Self::Delete => Method::Delete,
        }
    }
}

impl OrderSettings {
    pub fn asks_by_order(&self) -> bool {
        !self.path_status_by_order.is_empty()
    }

    pub fn word_of(&self, state: &str) -> StateWord {
        let state = State::of(state);
        let mapped = self.state_map.iter();
        let mut mapped = mapped.filter(|(name, _)| State::of(name) == state);
        match mapped.next() {
            Some((_, word)) => *word,
            None if state == self.state_paid => StateWord::Paid,
            None if state == self.state_failed => StateWord::NotPaid,
            None => StateWord::Waiting,
        }
    }

    pub fn check(&self) -> Result<(), SetupError> {
        if self.state_paid == self.state_failed {
            return invalid("pos_order.state_failed", "must not be state_paid as well");
        }
        for (setting, path, needed) in [
            ("pos_order.path_create", &self.path_create, ""),
            ("pos_order.path_status", &self.path_status, "{id}"),
            ("pos_order.path_cancel", &self.path_cancel, "{id}"),
            ("pos_order.path_refund", &self.path_refund, "{id}"),
            (
                "pos_order.path_refund_status",
                &self.path_refund_status,
                "{refundId}",
            ),
        ] {
            if !path.starts_with('/') || !path.contains(needed) {
                let problem = format!("must begin with '/' and hold {needed}");
                return Err(SetupError::Invalid { setting, problem });
            }
        }
        let by_order = &self.path_status_by_order;
        let names_order = by_order.starts_with('/') && by_order.contains("{orderId}");
        if !by_order.is_empty() && !names_order {
            return invalid(
                "pos_order.path_status_by_order",
                "must begin with '/' and hold {orderId}",
            );
        }
        for (setting, member) in [
            ("pos_order.body_order", &self.body_order),
            ("pos_order.body_amount", &self.body_amount),
        ] {
            if member.is_empty() {
                return invalid(setting, "must not be empty");
            }
        }
        self.check_pointers()
    }

    fn check_pointers(&self) -> Result<(), SetupError> {
        for (setting, pointer, needed) in [
            ("pos_order.field_id", &self.field_id, true),
            ("pos_order.field_state", &self.field_state, true),
            ("pos_order.field_amount", &self.field_amount, true),
            ("pos_order.field_refund_id", &self.field_refund_id, true),
            (
                "pos_order.field_refund_status",
                &self.field_refund_status,
                true,
            ),
            ("pos_order.field_order", &self.field_order, false),
            ("pos_order.field_payload", &self.field_payload, false),
            ("pos_order.field_currency", &self.field_currency, false),
            ("pos_order.field_txid", &self.field_txid, false),
            ("pos_order.field_message", &self.field_message, false),
            ("pos_order.field_status", &self.field_status, false),
        ] {
            if (needed && pointer.is_empty()) || !(pointer.is_empty() || pointer.starts_with('/')) {
                return invalid(setting, "must be a JSON pointer such as /id");
            }
        }
        Ok(())
    }
}

/// An answer of which only the members are read that a pointer names, each as it was written.
pub struct Answer<'a>(&'a RawValue);

impl<'a> Answer<'a> {
    /// Nothing if it is not one whole JSON object.
    pub fn of(body: &'a [u8]) -> Option<Self> {
        let raw: &RawValue = serde_json::from_slice(body).ok()?;
        raw.get().starts_with('{').then_some(Self(raw))
    }

    pub fn at(&self, pointer: &str) -> Option<&'a RawValue> {
        let mut place = self.0;
        for part in pointer.strip_prefix('/')?.split('/') {
            let part = part.replace("~1", "/").replace("~0", "~");
            place = if place.get().starts_with('[') {
                let items: Vec<&RawValue> = serde_json::from_str(place.get()).ok()?;
                items.get(part.parse::<usize>().ok()?).copied()?
            } else {
                let members: BTreeMap<String, &RawValue> =
                    serde_json::from_str(place.get()).ok()?;
                members.get(&part).copied()?
            };
        }
        Some(place)
    }

    /// A text or a number there; nothing if there is something else or nothing.
    pub fn text(&self, pointer: &str) -> Option<String> {
        Text::of(self.at(pointer)?).map(|text| text.0)
    }
}
