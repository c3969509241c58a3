//! Webhooks: who wants to be told of what, and what they would be told. Nobody is called: whoever
//! plays the customer hands the delivery on.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use data_encoding::BASE64;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::fields::Checker;
use super::payment::{EventName, Payment};
use super::problem::Refusal;
use super::read;
use super::settings::Settings;
use crate::clock;
use crate::sequence::Sequence;
use crate::{Response, answer};

pub(super) const CHECKED_IN: &str = "user.checked-in.v1";
const LOGIN_PING: &str = "login.merchant-initiated.ping.v1";
const PAYMENT_EVENTS: [EventName; 8] = [
    EventName::Created,
    EventName::Authorized,
    EventName::Aborted,
    EventName::Expired,
    EventName::Terminated,
    EventName::Captured,
    EventName::Refunded,
    EventName::Cancelled,
];
/// For each event, except check-ins, of which there is one.
const REGISTRATIONS_MAX: usize = 25;

#[derive(Default)]
pub(super) struct Webhooks {
    registrations: BTreeMap<String, Registration>,
}

struct Registration {
    url: String,
    events: Vec<String>,
    secret: String,
}

/// A registered address, cut where the signature needs it.
struct Address<'u> {
    authority: &'u str,
    path_and_query: &'u str,
}

impl Webhooks {
    /// The secret is told here and never again.
    pub fn register(
        &mut self,
        body: &[u8],
        settings: &Settings,
        names: &mut Sequence,
    ) -> Result<Response, Refusal> {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let checker = Checker::default();
        let read = checker.root(&body, &["url", "events"]).and_then(|fields| {
            fields.require(&["url", "events"]);
            let url = fields.text("url")?;
            if Address::of(url).is_none_or(|address| !address.is_reachable(settings)) {
                fields.report("url", "must be https on a common port");
            }
            let events = fields.raw("events")?.as_array()?;
            let events: Vec<&str> = events.iter().filter_map(Value::as_str).collect();
            if events.is_empty() || events.iter().any(|event| !is_event(event)) {
                fields.report("events", "must be a list of known events");
            }
            if events.iter().any(|event| self.is_full(event)) {
                fields.report("events", "has as many registrations as it can have");
            }
            Some((url, events))
        });
        checker.finish()?;
        let (url, events) = read.ok_or_else(|| Refusal::field("body", "is incomplete"))?;
        let secret = settings.webhook_secret.clone();
        let registration = Registration {
            url: String::from(url),
            events: events.into_iter().map(String::from).collect(),
            secret: secret.unwrap_or_else(|| names.guid()),
        };
        let id = names.guid();
        let body = json!({"id": id, "secret": registration.secret});
        self.registrations.insert(id, registration);
        Ok(answer::json(201, answer::JSON, &body))
    }

    pub fn list(&self) -> Response {
        let registrations = self.registrations.iter();
        let webhooks: Vec<Value> = registrations
            .map(|(id, it)| json!({"id": id, "url": it.url, "events": it.events}))
            .collect();
        answer::json(200, answer::JSON, &json!({"webhooks": webhooks}))
    }

    pub fn delete(&mut self, id: &str) -> Result<Response, Refusal> {
        let deleted = self.registrations.remove(id);
        deleted
            .map(|_| answer::empty(204))
            .ok_or(Refusal::gateway(404, "Resource not found"))
    }

    /// What would be sent now to the first who wants this event; nothing if nobody does.
    pub fn delivery(&self, now_ms: i64, event: &str, payload: &impl Serialize) -> Option<Value> {
        let wants = |it: &(&String, &Registration)| it.1.events.iter().any(|known| known == event);
        let (id, registration) = self.registrations.iter().find(wants)?;
        let body = serde_json::to_string(payload).ok()?;
        let date = http_date(now_ms)?;
        let address = Address::of(&registration.url)?;
        let hash = content_hash(body.as_bytes());
        let signature = signature(&registration.secret, &address, &date, &hash);
        let authorization = format!(
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        );
        Some(json!({
            "url": registration.url,
            "headers": {
                "content-type": "application/json; charset=utf-8",
                "user-agent": "Vipps MobilePay/1.0 Webhooks/1.0",
                "accept-encoding": "gzip",
                "host": address.authority,
                "webhook-id": id,
                "x-ms-date": date,
                "x-ms-content-sha256": hash,
                "authorization": authorization,
                "x-vipps-authorization": authorization,
            },
            "body": body,
        }))
    }

    fn is_full(&self, event: &str) -> bool {
        let registrations = self.registrations.values();
        let known = registrations.filter(|it| it.events.iter().any(|known| known == event));
        let most = if event == CHECKED_IN {
            1
        } else {
            REGISTRATIONS_MAX
        };
        known.count() >= most
    }
}

/// What is told about the newest event of a payment, and under which name.
pub(super) fn newest_event<'p>(
    payment: &'p Payment,
    settings: &'p Settings,
) -> Option<(String, read::EventNews<'p>)> {
    let event = payment.events_until(i64::MAX).last()?;
    Some((wire(event.name), read::news(payment, event, &settings.msn)))
}

fn wire(event: EventName) -> String {
    format!("epayments.payment.{}.v1", event.wire().to_lowercase())
}

fn is_event(name: &str) -> bool {
    let other = [CHECKED_IN, LOGIN_PING].contains(&name);
    other || PAYMENT_EVENTS.into_iter().any(|event| wire(event) == name)
}

/// `Mon, 19 Jan 2026 16:26:33 GMT`
fn http_date(at_ms: i64) -> Option<String> {
    let layout = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let moment = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(clock::SECOND_MS)).ok()?;
    moment.format(&layout).ok()
}

fn content_hash(body: &[u8]) -> String {
    BASE64.encode(digest(&SHA256, body).as_ref())
}

/// The secret counts as the text that it is, however much it looks like an encoding.
fn signature(secret: &str, address: &Address, date: &str, hash: &str) -> String {
    let (authority, target) = (address.authority, address.path_and_query);
    let text = format!("POST\n{target}\n{date};{authority};{hash}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

impl<'u> Address<'u> {
    fn of(url: &'u str) -> Option<Address<'u>> {
        let rest = url.strip_prefix("https://")?;
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let fits = target.starts_with('/') && !authority.is_empty() && !authority.contains('@');
        let authority = authority.strip_suffix(":443").unwrap_or(authority);
        fits.then_some(Address {
            authority,
            path_and_query: target,
        })
    }

    fn is_reachable(&self, settings: &Settings) -> bool {
        match self.authority.rsplit_once(':') {
            None => true,
            Some((_, port)) => {
                let port: Option<u16> = port.parse().ok();
                port.is_some_and(|port| settings.webhook_ports.contains(&port))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// V1 of section 14.4: published by the service in 2023.
    #[test]
    fn the_published_example_verifies() {
        let secret = "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==";
        let body = r#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#;
        let hash = content_hash(body.as_bytes());
        assert_eq!(hash, "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=");
        let address =
            Address::of("https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63").unwrap();
        let date = "Thu, 30 Mar 2023 08:38:32 GMT";
        assert_eq!(
            signature(secret, &address, date, &hash),
            "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="
        );
    }

    /// V3 of section 14.4.
    #[test]
    fn our_own_examples_verify() {
        let payment = r#"{"msn":"123456","reference":"till01-20260119-0001","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}"#;
        let check_in = r#"{"customerToken":"c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx","merchantQrId":"till-01","msn":"123456","initiatedAt":"2026-01-19T16:26:32.099Z"}"#;
        let date = http_date(1_768_839_993_000).unwrap();
        assert_eq!(date, "Mon, 19 Jan 2026 16:26:33 GMT");
        for (url, body, hash, signed) in [
            (
                "https://hooks.example.test/vipps",
                payment,
                "BXZPQjwlXI0uVi9UbWiH9N0An4W6UjBR2SKMlEaMAG8=",
                "829qFF+x+dvCmxTeUw2R551qCTrEQwuoy5Vl7H2bvWM=",
            ),
            (
                "https://hooks.example.test/vipps?unit=123456",
                check_in,
                "a85y4Dzl5wV7VTYhi5ZN+TN5mE3fwOJIeuAof737Z+Q=",
                "qSpaU1lRWZUMWRLQG/+p/F9yfoSm4qSRvurRNy3Sm2U=",
            ),
            (
                "https://hooks.example.test:8443/vipps?unit=123456",
                check_in,
                "a85y4Dzl5wV7VTYhi5ZN+TN5mE3fwOJIeuAof737Z+Q=",
                "NmhOzthweJV5WXbXtiFhK49846XpROOZloaeBTmlDvE=",
            ),
        ] {
            let address = Address::of(url).unwrap();
            assert_eq!(content_hash(body.as_bytes()), hash);
            let signature = signature("sandbox-secret-0001", &address, &date, hash);
            assert_eq!(signature, signed, "{url}");
        }
    }
}
