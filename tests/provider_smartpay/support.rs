//! One profile, one payment, and verdicts in a few words.

use payments::provider::smartpay::{Settings, SmartPay};
use payments::provider::{
    BuildRules, Command, Context, HttpRequest, HttpResponse, Provider, RefundWord, SetupError,
    Statement, Verdict,
};
use payments::secret::Secret;
use payments::tender::{Currency, Phase};
use serde_json::{Value, json};

pub const REFERENCE: &str = "LP-TABLES";
pub const MERCHANT: &str = "5a9d0bb0-0000-4000-8000-0000000000aa";
pub const BEGUN_AT: i64 = 1_768_836_344_000;
pub const HOUR_MS: i64 = 3_600_000;

pub const START: Command<'static> = Command::Start {
    body: b"{}",
    attempt: 1,
};
pub const ASK: Command<'static> = Command::AskStatus;
pub const CAPTURE: Command<'static> = Command::Capture { amount: 1_099 };
pub const CANCEL: Command<'static> = Command::Cancel {
    only_unapproved: true,
};
pub const RELEASE: Command<'static> = Command::Cancel {
    only_unapproved: false,
};
pub const REFUND: Command<'static> = Command::Refund { amount: 1_099 };
pub const FIND: Command<'static> = Command::FindRefund {
    key_stem: "STEM",
    amount: 1_099,
};

/// A payment of 10.99 EUR, known to the provider as link `L` with the attempt `T`.
pub struct Case {
    pub provider: SmartPay,
    pub name: Option<String>,
    pub key: String,
    pub now_ms: i64,
    pub amount: Option<i64>,
    pub token: Option<Secret>,
}

impl Case {
    pub fn new(changes: &Value) -> Case {
        Case {
            provider: setup(changes).unwrap(),
            name: Some("L/T".to_owned()),
            key: "STEM-1".to_owned(),
            now_ms: BEGUN_AT + 5_000,
            amount: Some(1_099),
            token: None,
        }
    }

    pub fn named(mut self, name: &str) -> Case {
        self.name = Some(name.to_owned());
        self
    }

    pub fn keyed(mut self, key: &str) -> Case {
        self.key = key.to_owned();
        self
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            reference: REFERENCE,
            provider_reference: self.name.as_deref(),
            refund_reference: None,
            currency: Currency::from_code("EUR").unwrap(),
            amount: self.amount,
            begun_at: BEGUN_AT,
            now_ms: self.now_ms,
            idempotency_key: &self.key,
            token: self.token.as_ref(),
        }
    }

    pub fn request(&self, command: &Command<'_>) -> HttpRequest {
        self.provider.request(command, &self.context())
    }

    pub fn verdict(&self, command: &Command<'_>, status: u16, body: &[u8]) -> Verdict {
        let response = HttpResponse {
            status,
            headers: vec![],
            body: body.to_vec(),
        };
        self.provider.read(command, &self.context(), &response)
    }

    pub fn reads(&self, command: &Command<'_>, status: u16, body: &Value) -> String {
        self.reads_bytes(command, status, body.to_string().as_bytes())
    }

    pub fn reads_bytes(&self, command: &Command<'_>, status: u16, body: &[u8]) -> String {
        word(&self.verdict(command, status, body))
    }
}

/// The default settings with some of them changed.
pub fn setup(changes: &Value) -> Result<SmartPay, SetupError> {
    SmartPay::new(&settings(changes), &BuildRules::default())
}

pub fn settings(changes: &Value) -> Settings {
    serde_json::from_value(raw_settings(changes)).unwrap()
}

pub fn raw_settings(changes: &Value) -> Value {
    let mut settings = json!({
        "base_url": "https://api.smartpay.example",
        "merchant_key": MERCHANT,
        "authentication_key": {"value": "key"},
        "origin": "https://shop.example",
        "default_consumer": {
            "first_name": "Walk-in", "last_name": "Customer", "email": "shop@dealer.example",
        },
        "default_billing": {
            "address_line1": "Main street 1", "city": "Paris", "post_code": "75001",
            "country_code": "FR",
        },
    });
    let members = settings.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    settings
}

pub fn bearer() -> Value {
    json!({
        "auth_mode": "bearer", "authentication_key": null,
        "token_url": "https://login.example/oauth2/token",
        "client_id": {"value": "till & co"}, "client_secret": {"value": "s=1+1"},
    })
}

pub fn payment(status: &str) -> Value {
    json!({
        "transactionId": "T",
        "reconciliationReferenceId": "R12345678901234567890",
        "description": "Wiper",
        "paymentStatus": status,
        "creationDate": "2026-01-19T15:25:44.000Z",
        "transactionOverview": {
            "amount": 10.99, "currencyCode": "EUR", "transactionId": "T", "paymentMethod": "VISA",
            "mit": false,
        },
        "paymentLinkId": "L",
    })
}

pub fn change(kind: &str, id: &str, status: &str, amount: Value) -> Value {
    let amount = match amount {
        Value::Null => Value::Null,
        amount => json!({"amount": amount, "currencyCode": "EUR", "description": "x"}),
    };
    json!({
        "modificationData": {"type": kind, "modificationId": id, "reconciliationReferenceId": "R"},
        "modificationAmount": amount,
        "status": status,
        "creationDate": "2026-01-19T15:25:44.000Z",
    })
}

pub fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Observed(statement) => observed(statement),
        Verdict::Refund(word) => match word {
            RefundWord::Executed { reference } => {
                format!("refund executed {}", reference.as_deref().unwrap_or("-"))
            }
            RefundWord::Pending { reference } => {
                format!("refund pending {}", reference.as_deref().unwrap_or("-"))
            }
            RefundWord::NotThere => "refund not-there".to_owned(),
            RefundWord::Refused { reason, .. } => format!("refund refused {}", reason.key()),
        },
        Verdict::StillPayable { until_ms } => format!("still-payable {}", until_ms - BEGUN_AT),
        Verdict::Absent => "absent".to_owned(),
        Verdict::AskFirst => "ask-first".to_owned(),
        Verdict::Refused { reason, code } => format!("refused {} {code}", reason.key()),
        Verdict::Busy { after_ms, new_key } => match after_ms {
            Some(after_ms) => format!("busy {after_ms} {new_key}"),
            None => format!("busy None {new_key}"),
        },
        Verdict::TokenRefused => "token-refused".to_owned(),
        Verdict::Mismatch => "mismatch".to_owned(),
        Verdict::Unclear => "unclear".to_owned(),
    }
}

fn observed(statement: &Statement) -> String {
    let observation = &statement.observation;
    let amounts = observation.amounts;
    let mut words = match observation.phase {
        Phase::Approved => format!(
            "approved {}/{}/{}/{}",
            amounts.authorized, amounts.captured, amounts.cancelled, amounts.refunded
        ),
        phase => format!("{phase:?}").to_lowercase(),
    };
    if let Some(reason) = observation.reason {
        words = format!("{words} {}", reason.key());
    }
    words = format!(
        "{words} {}",
        observation.provider_reference.as_deref().unwrap_or("-")
    );
    if let Some(code) = &statement.qr_text {
        words = format!("{words} code {}", code.reveal());
    }
    if statement.ask_again {
        words.push_str(" again");
    }
    words
}
