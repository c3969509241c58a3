//! What somebody does at a provider because a lane says so, and what texts in steps stand for.

use super::Run;
use super::beside::Delivery;
use crate::scenario::Step;
use crate::world::EPOCH_MS;
use serde_json::Value;

/// A receipt that a customer holds.
pub(super) struct Held {
    pub code: String,
    pub transaction: String,
}

impl Run<'_> {
    pub(super) fn at_provider(&mut self, step: &Step) -> Result<(), String> {
        let (act, with) = match step {
            Step::Receipt { with, .. } => ("receipt", with),
            Step::Act { act, with } => (act.as_str(), with),
            _ => return Ok(()),
        };
        let mut with = with.clone();
        let mut taken = |member: &str| {
            let value = with.as_object_mut().and_then(|it| it.remove(member));
            value.and_then(|it| it.as_str().map(str::to_owned))
        };
        let (kept_as, expected, other) = (taken("ref"), taken("expect"), taken("profile"));
        let provider = self.setup.provider_of(&other.unwrap_or_default());
        let with = self.as_of_now(with)?;
        let done = self.admin.act(provider.section(), act, &with)?;
        if done.is_none() != (expected.as_deref() == Some("refused")) {
            return Err(format!("{act} {with}: {done:?}"));
        }
        let done = done.unwrap_or_default();
        if let (Some(name), Some(delivery)) = (kept_as, Delivery::read(&done)) {
            self.deliveries.insert(name, delivery);
        }
        if let Step::Receipt { name, .. } = step {
            let text = |member: &str| done[member].as_str().unwrap_or("").to_owned();
            let held = Held {
                code: text("qr_text"),
                transaction: text("tx"),
            };
            self.receipts.insert(name.clone(), held);
        }
        Ok(())
    }

    /// What an act says, with real things for their names and real times for simulated ones.
    fn as_of_now(&mut self, mut with: Value) -> Result<Value, String> {
        for (name, value) in with.as_object_mut().into_iter().flatten() {
            if let Some(text) = value.as_str() {
                *value = self.named(text)?.into();
            }
            if let Some(at_ms) = value.as_i64().filter(|_| name.ends_with("_at_ms")) {
                *value = (at_ms - EPOCH_MS + self.began_ms).into();
            }
        }
        Ok(with)
    }

    /// As in the simulation: `receipt:R`, `reference:T1` and `code:T1` stand for the transaction of
    /// a receipt, for the name of a payment, and for what the customer's camera reads.
    fn named(&mut self, text: &str) -> Result<String, String> {
        match text.split_once(':') {
            Some(("reference", name)) => self.reference_of(name),
            Some(("code", name)) => self.code_of(name),
            _ => Ok(self.named_receipt(text)),
        }
    }

    pub(super) fn named_receipt(&self, text: &str) -> String {
        let name = text.strip_prefix("receipt:");
        let held = name.and_then(|name| self.receipts.get(name));
        held.map_or_else(|| text.to_owned(), |held| held.transaction.clone())
    }

    pub(super) fn reference_of(&mut self, name: &str) -> Result<String, String> {
        let id = *self.id(name)?;
        let till = self.till().ok_or("there is no till")?;
        Ok(till.view(id, 0, 0)?.reference)
    }

    /// Kept, as a customer may have photographed it.
    fn code_of(&mut self, name: &str) -> Result<String, String> {
        let reference = self.reference_of(name)?;
        let wallet = self.admin.wallet(self.case.provider.section())?;
        if let Some(code) = code_in(&wallet, &reference) {
            self.codes.insert(name.to_owned(), code);
        }
        Ok(self.codes.get(name).cloned().unwrap_or_default())
    }
}

/// The code of a payment, wherever the customers' screens show it.
fn code_in(shown: &Value, reference: &str) -> Option<String> {
    match shown {
        Value::Object(members) => {
            let is_it = members.get("reference").and_then(Value::as_str) == Some(reference);
            let code = members.get("qr").and_then(Value::as_str);
            let here = code.filter(|_| is_it).map(str::to_owned);
            here.or_else(|| members.values().find_map(|it| code_in(it, reference)))
        }
        Value::Array(items) => items.iter().find_map(|it| code_in(it, reference)),
        _ => None,
    }
}
