//! Vipps MobilePay (`providers/vipps-mobilepay.md`): payments, the customer club, the code at the till
//! and webhooks. No input or output here.

mod club;
mod errand;
mod prepare;
mod settings;
mod till;
mod webhook;
mod wire;

pub use settings::{Brand, Settings, poll_schedule};

use super::http::{HttpRequest, HttpResponse, Method};
use super::{
    ApproachWish, BuildRules, Command, Context, Delivery, ErrandOrder, ErrandRequest,
    ErrandVerdict, Invalid, News, Provider, RefundWord, ScanOrder, Scanned, SetupError, Stage,
    StartOrder, Statement, TokenVerdict, Verdict,
};
use crate::secret::{Secret, SecretSource};
use crate::tender::{Approach, Capabilities, Observation, Phase, Reason};
use club::EnrolRules;
use till::TillId;
use webhook::{Receiver, Unit};

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
    whole_amount_only: bool,
    till: Option<TillId>,
    receiver: Option<Receiver>,
    enrol: EnrolRules,
    capabilities: Capabilities,
}

impl Vipps {
    pub fn new(settings: &Settings, rules: &BuildRules) -> Result<Self, SetupError> {
        Self::of_brand(settings, rules, &Brand::VIPPS)
    }

    /// A sales unit that is used as is usual with this brand.
    pub fn of_brand(
        settings: &Settings,
        rules: &BuildRules,
        brand: &Brand,
    ) -> Result<Self, SetupError> {
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
            default_approach: settings.approach_of(brand),
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
            whole_amount_only: settings
                .whole_amount_only
                .unwrap_or(brand.whole_amount_only),
            till: settings.till(),
            receiver: settings.receiver()?,
            enrol: EnrolRules {
                scope: settings.enrol_scope.clone(),
                expiry_s: settings.enrol_expiry_s,
                binding_message: settings.enrol_binding_message,
            },
            capabilities: settings.capabilities(brand),
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

    /// The complete text is handed on and not parsed: its content may change (section 11.1).
    fn is_customer_code(&self, text: &str) -> bool {
        let mut prefixes = self.customer_code_prefixes.iter();
        (5..=255).contains(&text.len()) && prefixes.any(|prefix| text.starts_with(prefix))
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
        let is_part = order.sale_total.is_some_and(|it| it != order.amount.minor);
        if self.whole_amount_only && is_part {
            return Err(Invalid {
                field: "amount",
                problem: "this profile takes only whole amounts: no part payment, no cash back"
                    .to_owned(),
            });
        }
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

    fn token_request(&self) -> Option<HttpRequest> {
        let url = format!("{}/accesstoken/get", self.base_url);
        let request = HttpRequest::new(Method::Post, url, self.capabilities.request_timeout_ms)
            .secret_header("client_id", self.client_id.clone())
            .secret_header("client_secret", self.client_secret.clone());
        Some(self.common(request))
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
            Command::Start { body, .. } => post(
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

    fn look_at(&self, text: &str, _order: &ScanOrder<'_>) -> Scanned {
        if self.is_customer_code(text) {
            Scanned::Customer
        } else {
            Scanned::NotOurs
        }
    }

    fn errand(&self, order: &ErrandOrder) -> Result<Stage, Invalid> {
        self.begin_errand(order)
    }

    fn errand_request(&self, stage: &Stage) -> Option<ErrandRequest> {
        self.request_of(stage)
    }

    fn read_errand(&self, stage: &Stage, response: &HttpResponse) -> ErrandVerdict {
        self.verdict_of(stage, response)
    }

    fn webhook(&self, delivery: &Delivery<'_>) -> Result<News, Invalid> {
        let receiver = self.receiver.as_ref().ok_or_else(|| Invalid {
            field: "profile",
            problem: "set webhook_secret and webhook_url as they were when the webhook was \
                registered: without them nothing that arrives can be believed"
                .to_owned(),
        })?;
        let unit = Unit {
            merchant_serial_number: &self.merchant_serial_number,
            till: self.till.as_ref(),
        };
        receiver.read(delivery, &unit)
    }

    fn support(&self, _context: &Context<'_>) -> Vec<(&'static str, String)> {
        let unit = self.merchant_serial_number.clone();
        let till = self.till.as_ref().map(|till| till.text().to_owned());
        let till = till.map(|till| ("terminal_id", till));
        std::iter::once(("merchant_serial_number", unit))
            .chain(till)
            .collect()
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
        Command::FindRefund { key_stem, .. } => read_log(context, response, key_stem),
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
            support: Default::default(),
            phase: Phase::Open,
            amounts: Default::default(),
            provider_reference: None,
            reason: None,
        },
        ask_again: false,
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
        ask_again: false,
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
    Verdict::Refund(if log.iter().any(is_ours) {
        RefundWord::Executed { reference: None }
    } else {
        RefundWord::NotThere
    })
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
