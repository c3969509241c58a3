//! What a till does beside payments, by the acts of `tests/simulation/till/beside.rs`: errands, and
//! webhooks that its host has received.

use super::Run;
use super::words::{Words, hex};
use serde_json::{Value, json};

const ACTS: [&str; 6] = [
    "register_till",
    "identify",
    "enrol",
    "result",
    "deliver",
    "clock",
];

/// A webhook that waits to be handed in.
pub(super) struct Delivery {
    headers: String,
    body: String,
}

impl Delivery {
    /// What the sandbox says that the merchant would be sent.
    pub fn read(sent: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let headers = sent["headers"].as_object()?.iter();
        let lines: Vec<_> = headers
            .map(|(name, value)| format!("{name}: {}", text(value)))
            .collect();
        Some(Self {
            headers: lines.join("\n"),
            body: text(&sent["body"]),
        })
    }
}

/// Whether an act is a call of the library, not a customer's.
pub(super) fn is_beside(act: &str) -> bool {
    ACTS.contains(&act)
}

impl Run<'_> {
    pub(super) fn beside_words(&self, act: &str, with: &Value) -> Words {
        let text = |member: &str| with[member].as_str().unwrap_or("").to_owned();
        let id = |member: &str| self.id(&text(member)).map(i64::to_string);
        let main = || "main".to_owned();
        let words = match act {
            "register_till" => vec![main(), text("id"), text("description")],
            "identify" => vec![main(), text("code") + &text("phone")],
            "enrol" | "result" => vec![id("of")?],
            "deliver" => {
                let delivery = self.deliveries.get(&text("delivery"));
                let delivery = delivery.ok_or("nothing to deliver")?;
                let forged = with["forged"].as_bool().unwrap_or(false);
                let body = match forged {
                    true => delivery.body.replace("\"msn\"", "\"msn\" "),
                    false => delivery.body.clone(),
                };
                vec![
                    main(),
                    hex(delivery.headers.as_bytes()),
                    hex(body.as_bytes()),
                ]
            }
            other => return Err(format!("{other} cannot be done here")),
        };
        let verb = if act == "register_till" {
            "register"
        } else {
            act
        };
        Ok([vec![verb.to_owned()], words].concat())
    }

    /// What the till was told; an errand that was begun has its name from here on.
    pub(super) fn beside_told(&mut self, with: &Value, words: &[String]) -> Result<(), String> {
        let Some(word) = words.first() else {
            return Ok(());
        };
        if let Some(name) = with["ref"].as_str() {
            let id = word.parse().map_err(|_| format!("{word} is no id"))?;
            self.ids.insert(name.to_owned(), id);
            return Ok(());
        }
        let result: Value = serde_json::from_str(word).map_err(|error| error.to_string())?;
        for (member, wanted) in with["holds"].as_object().into_iter().flatten() {
            if result[member] != *wanted {
                return Err(format!("{member} of {result} is not {wanted}"));
            }
        }
        Ok(())
    }

    /// Where the profile can hear of check-ins, the merchant has registered for them before.
    pub(super) fn register_webhook(&mut self) -> Result<(), String> {
        let Some(url) = self.case.profile["webhook_url"].as_str() else {
            return Ok(());
        };
        let section = self.case.provider.section();
        let secret = &self.case.profile["webhook_secret"]["value"];
        let patch = json!({section: {"webhook_secret": secret}});
        let unit = self.admin.patch_settings(&patch)?[section].clone();
        let text = |member: &str| unit[member].as_str().unwrap_or("").to_owned();
        let merchant = [
            ("ocp-apim-subscription-key", text("subscription_key")),
            ("merchant-serial-number", text("msn")),
        ];
        let client = ["client_id", "client_secret"].map(|name| (name, text(name)));
        let headers = [merchant.clone(), client].concat();
        let token = self
            .admin
            .as_merchant("/accesstoken/get", &headers, &json!({}))?;
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or(""));
        let events = [
            "user.checked-in.v1",
            "epayments.payment.authorized.v1",
            "epayments.payment.aborted.v1",
        ];
        let headers = [&merchant[..], &[("authorization", bearer)]].concat();
        let wanted = json!({"url": url, "events": events});
        let registered = self
            .admin
            .as_merchant("/webhooks/v1/webhooks", &headers, &wanted)?;
        match registered["secret"] == *secret {
            true => Ok(()),
            false => Err(format!("not registered: {registered}")),
        }
    }
}
