//! SmartPay, the mobility payments of J.P. Morgan (`providers/smartpay.md`). No input or output here.
//!
//! Two ways lead to the customer: a payment link, under which several attempts may be made, or a
//! checkout whose token a page of the merchant shows. The provider's name of a payment tells where
//! to ask next: `{link}` before the customer has acted, `{link}~{transaction}` while an attempt goes
//! on that may be left for another one, so that the link itself is asked, and
//! `{link}/{transaction}` once that attempt decides. A checkout is named by its transaction alone.

mod link;
mod payment;
mod prepare;
mod read;
mod settings;
mod status;
mod wire;

pub use settings::{
    AuthMode, Billing, Consumer, Flow, LatePayment, Paths, Settings, poll_schedule,
};
pub use status::Class;

use super::http::{HttpRequest, HttpResponse, Method};
use super::{
    ApproachWish, BuildRules, Command, Context, Invalid, Provider, SetupError, StartOrder,
    TokenVerdict, Verdict, decimal,
};
use crate::secret::{Secret, SecretSource};
use crate::tender::{Capabilities, Reason};
use data_encoding::BASE64;
use link::Names;
use status::Classes;

/// Where a checkout's token goes in `widget_url_template`.
const TOKEN_PLACE: &str = "{checkoutToken}";
/// "18.2": amounts with more decimals cannot be told (section 13).
const DECIMALS_MAX: u32 = 2;
/// How often something is asked about that is on its way back to the customer.
const REVERSAL_WAIT_MS: i64 = 10_000;

pub struct SmartPay {
    settings: Settings,
    credentials: Credentials,
    x_access_token: Option<Secret>,
    classes: Classes,
    names: Names,
    capabilities: Capabilities,
}

enum Credentials {
    /// The same header for good.
    Fixed(Secret),
    /// Tokens from an address of their own.
    Fetched {
        url: String,
        client_id: Secret,
        client_secret: Secret,
    },
}

/// What a payment's name at the provider consists of.
struct Asked<'a> {
    /// Empty for a checkout, and where only the transaction is known.
    link: &'a str,
    /// Empty before anybody has tried to pay a link.
    transaction: &'a str,
    /// The link is asked, also when an attempt is known.
    by_link: bool,
}

impl<'a> Asked<'a> {
    fn new(context: &Context<'a>, flow: Flow) -> Self {
        let name = context.provider_reference.unwrap_or(context.reference);
        if let Some((link, transaction)) = name.split_once('/') {
            return Self {
                link,
                transaction,
                by_link: false,
            };
        }
        if let Some((link, transaction)) = name.split_once('~') {
            return Self {
                link,
                transaction,
                by_link: true,
            };
        }
        match flow {
            Flow::Link => Self {
                link: name,
                transaction: "",
                by_link: true,
            },
            Flow::Widget => Self {
                link: "",
                transaction: name,
                by_link: false,
            },
        }
    }

    /// The name by which the transaction itself is asked about.
    fn decided_by(&self, transaction: &str, flow: Flow) -> String {
        if self.link.is_empty() && flow == Flow::Widget {
            transaction.to_owned()
        } else {
            format!("{}/{transaction}", self.link)
        }
    }
}

impl SmartPay {
    pub fn new(settings: &Settings, rules: &BuildRules) -> Result<Self, SetupError> {
        settings.check(rules)?;
        Ok(Self {
            credentials: credentials(settings)?,
            x_access_token: optional("x_access_token", settings.x_access_token.as_ref())?,
            classes: Classes::new(&settings.status_map),
            names: Names::new(settings),
            capabilities: settings.capabilities(),
            settings: settings.clone(),
        })
    }

    /// Section 4: the content type is wanted of questions, too.
    fn common(&self, request: HttpRequest, context: &Context<'_>) -> HttpRequest {
        let request = request
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .header("Accept-Language", &self.settings.accept_language)
            .header("Origin", &self.settings.origin)
            .header("User-Agent", &self.settings.user_agent);
        let request = match &self.x_access_token {
            Some(token) => request.secret_header("X-Access-Token", token.clone()),
            None => request,
        };
        match (&self.credentials, context.token) {
            (Credentials::Fixed(header), _) => {
                request.secret_header("Authorization", header.clone())
            }
            (Credentials::Fetched { .. }, Some(token)) => {
                let bearer = Secret::new(format!("Bearer {}", token.reveal()));
                request.secret_header("Authorization", bearer)
            }
            (Credentials::Fetched { .. }, None) => request,
        }
    }

    fn ask(&self, path: &str, id: &str) -> HttpRequest {
        let url = format!("{}{path}/{id}", self.settings.base_url);
        let timeout_s = u64::try_from(self.settings.status_timeout_s).unwrap_or(30);
        HttpRequest::new(Method::Get, url, timeout_s.saturating_mul(1_000))
    }

    fn post(&self, path: &str, body: Vec<u8>) -> HttpRequest {
        let url = format!("{}{path}", self.settings.base_url);
        let mut request = HttpRequest::new(Method::Post, url, self.capabilities.request_timeout_ms);
        request.body = body;
        request
    }

    fn ask_payment(&self, asked: &Asked<'_>) -> HttpRequest {
        self.ask(&self.settings.paths.status, asked.transaction)
    }

    fn ask_link(&self, asked: &Asked<'_>) -> HttpRequest {
        self.ask(&self.settings.paths.links, asked.link)
    }

    /// `amount`: nothing for all of it.
    fn modify(
        &self,
        path: &str,
        amount: Option<i64>,
        asked: &Asked<'_>,
        context: &Context<'_>,
    ) -> HttpRequest {
        let currency = context.currency;
        let part = amount.filter(|amount| Some(*amount) != context.amount);
        let body = json(&wire::Modification {
            merchant_key: &self.settings.merchant_key,
            transaction_id: asked.transaction,
            modification_id: context.idempotency_key,
            modified_amount: part.map(|minor| wire::ModifiedAmount {
                amount: decimal::number_from_minor(minor, currency.exponent()),
                currency_code: currency.code(),
            }),
        });
        self.post(path, body)
    }

    fn start(&self, body: &[u8], attempt: u32, context: &Context<'_>) -> HttpRequest {
        let paths = &self.settings.paths;
        match self.settings.flow {
            Flow::Link => self.post(&paths.links, body.to_vec()),
            Flow::Widget if attempt <= 1 => self.post(&paths.create, body.to_vec()),
            Flow::Widget => {
                let renamed = renamed(body, context.reference, attempt);
                self.post(&paths.create, renamed)
            }
        }
    }
}

impl Provider for SmartPay {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
        prepare::body(order, &self.settings)
    }

    fn default_approach(&self) -> ApproachWish {
        ApproachWish::Qr
    }

    /// Section 3: the fields stand in the body, as a form.
    fn token_request(&self) -> Option<HttpRequest> {
        let Credentials::Fetched {
            url,
            client_id,
            client_secret,
        } = &self.credentials
        else {
            return None;
        };
        let form = format!(
            "client_id={}&client_secret={}&grant_type=client_credentials",
            escaped(client_id.reveal()),
            escaped(client_secret.reveal()),
        );
        let timeout_ms = self.capabilities.request_timeout_ms;
        let mut request = HttpRequest::new(Method::Post, url, timeout_ms)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .header("User-Agent", &self.settings.user_agent);
        request.body = form.into_bytes();
        Some(request)
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
        let asked = Asked::new(context, self.settings.flow);
        let paths = &self.settings.paths;
        let has_attempt = !asked.transaction.is_empty();
        let request = match command {
            Command::Start { body, attempt } => self.start(body, *attempt, context),
            Command::AskStatus if asked.by_link => self.ask_link(&asked),
            Command::AskStatus | Command::FindRefund { .. } => self.ask_payment(&asked),
            Command::Capture { amount } => {
                self.modify(&paths.capture, Some(*amount), &asked, context)
            }
            Command::Refund { amount } => {
                self.modify(&paths.refund, Some(*amount), &asked, context)
            }
            Command::Cancel { .. } if !has_attempt => self.ask_link(&asked),
            Command::Cancel {
                only_unapproved: true,
            } => self.modify(&paths.cancel_or_refund, None, &asked, context),
            // What is released here was approved, and a part of it may be taken: that part stays.
            Command::Cancel {
                only_unapproved: false,
            } => self.modify(&paths.cancel, None, &asked, context),
        };
        self.common(request, context)
    }

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        if response.is_success() {
            self.read_success(command, context, &response.body)
        } else {
            self.read_refusal(command, context, response)
        }
    }

    /// Payments of other tills are named by their transaction, as receipts and the provider's
    /// portal show it.
    fn typed_reference(&self, text: &str) -> Result<String, Invalid> {
        let (link, transaction) = text.split_once('/').unwrap_or(("", text));
        if !link::is_id(transaction) || !(link.is_empty() || link::is_id(link)) {
            return Err(Invalid {
                field: "reference",
                problem: "must be the payment's transactionId".to_owned(),
            });
        }
        Ok(match self.settings.flow {
            Flow::Link => format!("{link}/{transaction}"),
            Flow::Widget => transaction.to_owned(),
        })
    }

    fn shown_reference<'r>(&self, provider_reference: &'r str) -> &'r str {
        match provider_reference.split_once(['/', '~']) {
            Some((link, "")) => link,
            Some((_, transaction)) => transaction,
            None => provider_reference,
        }
    }

    fn support(&self, context: &Context<'_>) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if context.provider_reference.is_some() {
            let asked = Asked::new(context, self.settings.flow);
            fields.push(("transactionId", asked.transaction.to_owned()));
            fields.push(("paymentLinkId", asked.link.to_owned()));
        }
        let reference = match self.settings.flow {
            Flow::Link => "externalOrderReference",
            Flow::Widget => "partnerReference",
        };
        fields.push((reference, context.reference.to_owned()));
        if let Some(refund) = context.refund_reference {
            fields.push(("modificationId", refund.to_owned()));
        }
        fields.retain(|(_, text)| !text.is_empty());
        fields
    }
}

fn optional(
    setting: &'static str,
    source: Option<&SecretSource>,
) -> Result<Option<Secret>, SetupError> {
    let secret = source.map(|source| {
        let secret = source.resolve();
        secret.map_err(|source| SetupError::Secret { setting, source })
    });
    secret.transpose()
}

fn credentials(settings: &Settings) -> Result<Credentials, SetupError> {
    let needed = |setting, source: &Option<SecretSource>| {
        optional(setting, source.as_ref())?.ok_or_else(|| SetupError::Invalid {
            setting,
            problem: "is needed".to_owned(),
        })
    };
    match settings.auth_mode {
        AuthMode::Basic => {
            let key = needed("authentication_key", &settings.authentication_key)?;
            let pair = Secret::new(format!("{}:{}", settings.merchant_key, key.reveal()));
            let code = Secret::new(BASE64.encode(pair.reveal().as_bytes()));
            let header = Secret::new(format!("Basic {}", code.reveal()));
            Ok(Credentials::Fixed(header))
        }
        AuthMode::Bearer if settings.static_bearer_token.is_some() => {
            let token = needed("static_bearer_token", &settings.static_bearer_token)?;
            let header = Secret::new(format!("Bearer {}", token.reveal()));
            Ok(Credentials::Fixed(header))
        }
        AuthMode::Bearer => Ok(Credentials::Fetched {
            url: settings.token_url.clone().unwrap_or_default(),
            client_id: needed("client_id", &settings.client_id)?,
            client_secret: needed("client_secret", &settings.client_secret)?,
        }),
    }
}

/// A checkout's reference is used once; a further attempt gets a number (section 5.1). In texts of
/// ours quotation marks are escaped, so only the member itself can match.
fn renamed(body: &[u8], reference: &str, attempt: u32) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(body) else {
        return body.to_vec();
    };
    let member = format!("\"partnerReference\":\"{reference}\"");
    let numbered = format!("\"partnerReference\":\"{reference}-{attempt}\"");
    text.replacen(&member, &numbered, 1).into_bytes()
}

/// As in forms and addresses: everything but letters, digits and a few signs is escaped.
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Serialising our own plain structs into memory cannot fail.
fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
