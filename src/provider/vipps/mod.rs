//! Vipps MobilePay, ePayment API (`providers/vipps-mobilepay.md`). No input or output here.

mod prepare;
mod settings;
mod wire;

pub use settings::{Settings, poll_schedule};

use super::http::{HttpRequest, HttpResponse, Method};
use super::{
    ApproachWish, BuildRules, Command, Context, Invalid, Provider, SetupError, StartOrder,
    Statement, TokenVerdict, Verdict,
};
use crate::secret::{Secret, SecretSource};
use crate::tender::{Approach, Capabilities, Observation, Phase, Reason};

pub struct Vipps {
    base_url: String,
    client_id: Secret,
    client_secret: Secret,
    subscription_key: Secret,
    merchant_serial_number: String,
    currency: String,
    default_approach: ApproachWish,
    push_fallback_to_qr: bool,
    customer_code_prefixes: Vec<String>,
    description: Option<String>,
    system_name: String,
    system_version: String,
    capabilities: Capabilities,
}

impl Vipps {
    pub fn new(settings: &Settings, rules: &BuildRules) -> Result<Self, SetupError> {
        settings.check(rules)?;
        let secret = |setting: &'static str, source: &SecretSource| {
            source
                .resolve()
                .map_err(|source| SetupError::Secret { setting, source })
        };
        Ok(Self {
            base_url: settings.base_url.clone(),
            client_id: secret("client_id", &settings.client_id)?,
            client_secret: secret("client_secret", &settings.client_secret)?,
            subscription_key: secret("subscription_key", &settings.subscription_key)?,
            merchant_serial_number: settings.merchant_serial_number.clone(),
            currency: settings.currency.clone(),
            default_approach: settings.default_approach,
            push_fallback_to_qr: settings.push_fallback_to_qr,
            customer_code_prefixes: settings.customer_code_prefixes.clone(),
            description: settings.description.clone(),
            system_name: settings
                .system_name
                .clone()
                .unwrap_or_else(|| "libpayments".to_owned()),
            system_version: settings
                .system_version
                .clone()
                .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            capabilities: settings.capabilities(),
        })
    }

    /// Section 3.
    fn common(&self, request: HttpRequest) -> HttpRequest {
        request
            .secret_header("Ocp-Apim-Subscription-Key", self.subscription_key.clone())
            .header("Merchant-Serial-Number", &self.merchant_serial_number)
            .header("Vipps-System-Name", &self.system_name)
            .header("Vipps-System-Version", &self.system_version)
    }

    fn payment_url(&self, reference: &str, tail: &str) -> String {
        format!("{}/epayment/v1/payments/{reference}{tail}", self.base_url)
    }
}

impl Provider for Vipps {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
        prepare::body(order, &self.currency, self.description.as_deref())
    }

    fn default_approach(&self) -> ApproachWish {
        self.default_approach
    }

    fn fallback(&self, refused: Approach, reason: Reason) -> Option<Approach> {
        let wanted = self.push_fallback_to_qr
            && refused == Approach::Push
            && reason == Reason::PushNotAllowed;
        wanted.then_some(Approach::ShowQr)
    }

    fn token_request(&self) -> HttpRequest {
        let url = format!("{}/accesstoken/get", self.base_url);
        let request = HttpRequest::new(Method::Post, url, self.capabilities.request_timeout_ms)
            .secret_header("client_id", self.client_id.clone())
            .secret_header("client_secret", self.client_secret.clone());
        self.common(request)
    }

    fn read_token(&self, response: &HttpResponse) -> TokenVerdict {
        match response.status {
            200..=299 => {
                let Ok(token) = serde_json::from_slice::<wire::Token>(&response.body) else {
                    return TokenVerdict::Unclear;
                };
                match token.life_s() {
                    Some(life_s) if life_s > 0 && !token.access_token.is_empty() => {
                        TokenVerdict::Token {
                            token: Secret::new(token.access_token),
                            life_ms: life_s.saturating_mul(1_000),
                        }
                    }
                    _ => TokenVerdict::Unclear,
                }
            }
            400 | 401 => TokenVerdict::Refused {
                reason: Reason::CredentialsRejected,
            },
            403 => TokenVerdict::Refused {
                reason: Reason::PermissionMissing,
            },
            _ => TokenVerdict::Unclear,
        }
    }

    fn request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        let reference = context.reference;
        let timeout_ms = self.capabilities.request_timeout_ms;
        let get =
            |tail| HttpRequest::new(Method::Get, self.payment_url(reference, tail), timeout_ms);
        let post = |url: String, body: Vec<u8>| {
            HttpRequest::new(Method::Post, url, timeout_ms)
                .header("Idempotency-Key", context.idempotency_key)
                .json(body)
        };
        let request = match command {
            Command::Start { body } => post(
                format!("{}/epayment/v1/payments", self.base_url),
                body.to_vec(),
            ),
            Command::AskStatus => get(""),
            Command::FindRefund { .. } => get("/events"),
            Command::Capture { amount } => post(
                self.payment_url(reference, "/capture"),
                modification(*amount, context),
            ),
            Command::Refund { amount } => post(
                self.payment_url(reference, "/refund"),
                modification(*amount, context),
            ),
            Command::Cancel { only_unapproved } => post(
                self.payment_url(reference, "/cancel"),
                json(&wire::Cancel {
                    cancel_transaction_only: *only_unapproved,
                }),
            ),
        };
        let request = match context.token {
            Some(token) => {
                let bearer = Secret::new(format!("Bearer {}", token.reveal()));
                request.secret_header("Authorization", bearer)
            }
            None => request,
        };
        self.common(request)
    }

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        // Success is told by the status alone: successes may be labelled problem+json (section 6).
        if response.is_success() {
            return read_success(command, context, response);
        }
        match response.status {
            401 => Verdict::TokenRefused,
            423 | 429 => Verdict::Busy {
                after_ms: response.retry_after_ms(),
                new_key: false,
            },
            400..=499 if response.status != 408 => read_refusal(command, response),
            _ => Verdict::Unclear,
        }
    }

    fn is_customer_code(&self, text: &str) -> bool {
        // The complete text is handed on and not parsed: its content may change (section 11.1).
        (5..=255).contains(&text.len())
            && self
                .customer_code_prefixes
                .iter()
                .any(|prefix| text.starts_with(prefix))
    }
}

fn modification(amount: i64, context: &Context<'_>) -> Vec<u8> {
    let currency = context.currency.code().to_owned();
    json(&wire::Modification {
        modification_amount: wire::Amount {
            currency,
            value: amount,
        },
    })
}

/// Serialising our own plain structs into memory cannot fail.
fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn read_success(command: &Command<'_>, context: &Context<'_>, response: &HttpResponse) -> Verdict {
    match command {
        Command::Start { .. } => read_created(context, response),
        Command::AskStatus => read_payment(context, response, true),
        Command::Capture { .. } | Command::Cancel { .. } | Command::Refund { .. } => {
            read_payment(context, response, false)
        }
        Command::FindRefund { key_stem } => read_log(context, response, key_stem),
    }
}

fn read_created(context: &Context<'_>, response: &HttpResponse) -> Verdict {
    let Ok(created) = serde_json::from_slice::<wire::Created>(&response.body) else {
        return Verdict::Unclear;
    };
    if created.reference != context.reference {
        return Verdict::Mismatch;
    }
    Verdict::Observed(Statement {
        observation: Observation {
            phase: Phase::Open,
            amounts: Default::default(),
            provider_reference: None,
        },
        qr_text: created.redirect_url.map(Secret::new),
    })
}

/// `whole`: the answer's amount is the payment's. In answers to a modification it may be the part's.
fn read_payment(context: &Context<'_>, response: &HttpResponse, whole: bool) -> Verdict {
    let Ok(payment) = serde_json::from_slice::<wire::Payment>(&response.body) else {
        return Verdict::Unclear;
    };
    let is_other = |amount: i64| context.amount.is_some_and(|expected| expected != amount);
    let other_currency = payment
        .currencies()
        .iter()
        .any(|currency| *currency != context.currency.code());
    if payment.reference != context.reference
        || (whole && is_other(payment.amount.value))
        || other_currency
    {
        return Verdict::Mismatch;
    }
    let Some(observation) = payment.observation() else {
        return Verdict::Unclear;
    };
    let authorized = observation.amounts.authorized;
    let too_much = context.amount.is_some_and(|amount| authorized > amount);
    if too_much || (observation.phase == Phase::Approved && is_other(authorized)) {
        return Verdict::Mismatch;
    }
    Verdict::Observed(Statement {
        observation,
        qr_text: payment.redirect_url.map(Secret::new),
    })
}

fn read_log(context: &Context<'_>, response: &HttpResponse, key_stem: &str) -> Verdict {
    let Ok(log) = serde_json::from_slice::<Vec<wire::LoggedEvent>>(&response.body) else {
        return Verdict::Unclear;
    };
    if log.iter().any(|event| event.reference != context.reference) {
        return Verdict::Mismatch;
    }
    let is_ours = |event: &wire::LoggedEvent| {
        let key = event.idempotency_key.as_deref().unwrap_or_default();
        event.name == wire::EventName::Refunded && event.success && key.starts_with(key_stem)
    };
    Verdict::RefundLog {
        executed: log.iter().any(is_ours),
    }
}

fn read_refusal(command: &Command<'_>, response: &HttpResponse) -> Verdict {
    let problem = wire::Problem::read(&response.body);
    let code = problem.as_ref().and_then(wire::Problem::code);
    let verdict = code.and_then(wire::verdict_of_code);
    if matches!(command, Command::AskStatus | Command::FindRefund { .. }) {
        // A question can only be answered by "no such payment", and only by the API itself.
        let from_api = problem.is_some_and(|problem| problem.is_from_api(404));
        return match verdict {
            Some(Verdict::Absent) => Verdict::Absent,
            None if response.status == 404 && from_api => Verdict::Absent,
            _ => Verdict::Unclear,
        };
    }
    let starting = matches!(command, Command::Start { .. });
    match verdict {
        // Nothing exists before a start, and afterwards the reference is ours: read it.
        Some(Verdict::Absent) if starting => Verdict::Refused {
            reason: Reason::MerchantSetup,
            code: code.unwrap_or(0),
        },
        Some(Verdict::Absent) => Verdict::AskFirst,
        Some(Verdict::AskFirst) if matches!(command, Command::Refund { .. }) => {
            refund_in_wrong_state(code.unwrap_or(0))
        }
        // Whoever paid is a customer no more.
        Some(Verdict::Refused {
            reason: Reason::CustomerNotEligible,
            code,
        }) if matches!(command, Command::Refund { .. }) => Verdict::Refused {
            reason: Reason::CustomerAccountGone,
            code,
        },
        Some(verdict) => verdict,
        None => Verdict::Refused {
            reason: match response.status {
                403 => Reason::PermissionMissing,
                404 => Reason::MerchantSetup,
                _ => Reason::RequestRefused,
            },
            code: code.unwrap_or(0),
        },
    }
}

/// Key conflicts lead to the log; the rest says that there is nothing to give back.
fn refund_in_wrong_state(code: u32) -> Verdict {
    match code {
        4010 | 4020 | 4150 => Verdict::AskFirst,
        6020 | 6080 => Verdict::Refused {
            reason: Reason::NothingToRefund,
            code,
        },
        6070 => Verdict::Refused {
            reason: Reason::AlreadyCancelled,
            code,
        },
        _ => Verdict::Refused {
            reason: Reason::WrongState,
            code,
        },
    }
}
