//! What support and curious people are told: health, an operation's story, the provider's fields.

use super::core::Core;
use super::{CallError, Reply, Ticket};
use crate::journal::{Fact, Record};
use crate::tender::OperationId;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl Core {
    /// The facts of an operation in their order, one line each. No secret and no personal data is
    /// in a fact, so all of it can be shown.
    pub(super) fn explain(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        records: &[Record],
    ) -> Result<(), CallError> {
        let record = records.iter().find(|record| record.id == id);
        let record = record.ok_or(CallError::NotFound(id.get()))?;
        let mut text = String::new();
        for (at, fact) in &record.facts {
            text.push_str(&format!("{}  {}\n", clock_text(*at), fact_text(fact)));
        }
        if let Ok(operation) = self.operation(id) {
            let (state, reason) = (operation.state(), operation.reason());
            text.push_str(&format!("now: {} ({})\n", state.key(), reason.key()));
        }
        self.reply(ticket, Ok(Reply::Text(text)));
        Ok(())
    }

    pub(super) fn support_fields(&self, id: OperationId) -> Result<String, CallError> {
        let operation = self.operation(id)?;
        let (profile, reference) = (operation.profile(), operation.reference());
        let provider_code = operation.provider_code();
        let session = self.profiles.get(profile);
        let of_provider: serde_json::Map<String, Value> = session
            .and_then(|session| {
                let key = String::new();
                let context = super::sending::context(operation, &key, operation.updated_at, 0)?;
                Some(session.provider.support(&context))
            })
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .chain(told(operation))
            .collect();
        let fields = match operation.tender() {
            None => json!({
                "profile": profile, "reference": reference, "provider_code": provider_code,
                "provider": of_provider,
            }),
            Some(tender) => json!({
                "profile": profile, "reference": reference, "provider_code": provider_code,
                "provider_reference": tender.provider_reference,
                "provider": of_provider,
                "receipt": tender.seen_receipt,
                "authorized": tender.amounts.authorized,
                "captured": tender.amounts.captured,
                "cancelled": tender.amounts.cancelled,
                "refunded": tender.amounts.refunded,
            }),
        };
        Ok(fields.to_string())
    }

    pub(super) fn health(&self, now: i64) -> String {
        let profile = |(name, session): (&String, &super::session::Profile)| {
            let failure = session
                .last_failure
                .map(|(reason, at)| json!({"reason": reason.key(), "at": clock_text(at)}));
            let value = json!({
                "token": session.token_word(now),
                "token_refused": session.refused.map(|reason| reason.key()),
                "last_answer": instant_or_null(session.last_answer_at),
                "last_failure": failure,
                "push_refused": instant_or_null(session.push_refused_at),
            });
            (name.clone(), value)
        };
        let attention = self
            .operations
            .values()
            .filter(|op| op.needs_attention())
            .count();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "journal": self.broken.as_ref().map_or("ok".to_owned(), ToString::to_string),
            "unfinished_or_unconfirmed": attention,
            "facts_not_yet_durable": self.has_unwritten(),
            "profiles": self.profiles.iter().map(profile).collect::<serde_json::Map<_, _>>(),
        })
        .to_string()
    }
}

/// What the provider itself has told for this purpose.
fn told(operation: &super::operation::Operation) -> Vec<(String, Value)> {
    let support = operation.tender().map(|tender| &tender.support);
    support
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect()
}

fn instant_or_null(at: i64) -> Value {
    if at == 0 {
        Value::Null
    } else {
        json!(clock_text(at))
    }
}

fn clock_text(at: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .ok()
        .and_then(|instant| instant.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.to_string())
}

/// The fact's name and its plain members; the key seed stays inside.
fn fact_text(fact: &Fact) -> String {
    let Ok(Value::Object(mut members)) = serde_json::to_value(fact) else {
        return fact.name().to_owned();
    };
    members.remove("event");
    if let Some(Value::Object(intent)) = members.get_mut("intent") {
        intent.remove("seed");
    }
    if members.is_empty() {
        return fact.name().to_owned();
    }
    format!("{} {}", fact.name(), Value::Object(members))
}
