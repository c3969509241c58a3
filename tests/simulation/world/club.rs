//! The merchant's side of check-ins: what is arranged with the provider before any sale.

use super::{Provider, Sim};
use serde_json::{Value, json};

impl Sim {
    /// Where the profile can hear of check-ins, the merchant has registered for them.
    pub(super) fn register_webhook(&mut self) {
        let profile = &self.setup.profile;
        let Some(url) = profile["webhook_url"].as_str().map(str::to_owned) else {
            return;
        };
        let secret = profile["webhook_secret"]["value"].clone();
        let section = Provider::Vipps.section();
        let secrets = json!({section: {"webhook_secret": secret}});
        self.net.patch_settings(&secrets).expect("settings");
        let unit = self.net.vipps().settings().clone();
        let token = self.as_merchant(
            "/accesstoken/get",
            &[
                ("client_id", &unit.client_id),
                ("client_secret", &unit.client_secret),
            ],
            &Value::Null,
        );
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or(""));
        let events = [
            "user.checked-in.v1",
            "epayments.payment.authorized.v1",
            "epayments.payment.aborted.v1",
        ];
        let wanted = json!({"url": url, "events": events});
        let registered = self.as_merchant(
            "/webhooks/v1/webhooks",
            &[("authorization", &bearer)],
            &wanted,
        );
        assert_eq!(registered["secret"], secret, "{registered}");
    }

    fn as_merchant(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> Value {
        let unit = self.net.vipps().settings().clone();
        let mut request = http::Request::builder()
            .method("POST")
            .uri(path)
            .header("content-type", "application/json")
            .header("ocp-apim-subscription-key", unit.subscription_key)
            .header("merchant-serial-number", unit.msn);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_string().into_bytes());
        let answer = self.net.handle(self.now, &request.expect("request"));
        serde_json::from_slice(answer.body()).expect("an answer")
    }
}
