//! PayMaster SBP (`providers/paymaster-sbp.md`): one engine behaviour, two protocols. No input or
//! output here.
//!
//! ```text
//! settings  one till, and what is not certain     order    the same for the till's own orders
//! prepare   the body of a start, checked          body     members at places that are settings
//! payment   what the public API says              till     what the till's own orders say
//! refusal   what was not carried out              wire     answers, statuses and code words
//! ```

mod body;
mod order;
mod payment;
mod prepare;
mod refusal;
mod settings;
mod till;
mod wire;

pub use order::OrderSettings;
pub use settings::{Protocol, Settings, StateWord, TerminalKind};

use super::http::{HttpRequest, HttpResponse, Method};
use super::{
    ApproachWish, BuildRules, Command, Context, Invalid, Provider, RefundOrder, SetupError,
    StartOrder, Statement, Verdict,
};
use crate::secret::Secret;
use crate::tender::{Amounts, Capabilities, Observation, Phase, Reason};
use body::Node;
use settings::DisplaySource;
use till::Asked;
use wire::Name;

/// How our own references begin; whatever else a cashier types is PayMaster's number.
const OUR_PREFIX: &str = "LP-";
const LINK_LEN_MAX: usize = 2_000;

pub struct Paymaster {
    settings: Settings,
    bearer: Secret,
    pos_id_header: Option<String>,
    capabilities: Capabilities,
}

impl Paymaster {
    pub fn new(settings: &Settings, rules: &BuildRules) -> Result<Self, SetupError> {
        settings.check(rules)?;
        let token = settings
            .token
            .resolve()
            .map_err(|source| SetupError::Secret {
                setting: "token",
                source,
            })?;
        // Header names of requests live as long as the program. One short name for each profile
        // that sets it is kept for good.
        let header = Some(settings.pos_id_header.as_str()).filter(|name| !name.is_empty());
        Ok(Self {
            bearer: Secret::new(format!("Bearer {}", token.reveal())),
            pos_id_header: header.map(str::to_owned),
            capabilities: settings.capabilities(),
            settings: settings.clone(),
        })
    }

    /// Section 2.
    fn common(&self, request: HttpRequest) -> HttpRequest {
        let request = request
            .header("Accept", "application/json")
            .secret_header("Authorization", self.bearer.clone());
        match &self.pos_id_header {
            Some(name) => request.header(name.clone(), &self.settings.pos_id),
            None => request,
        }
    }

    fn call(&self, method: Method, path: &str, body: Vec<u8>) -> HttpRequest {
        let url = format!("{}{path}", self.settings.base_url);
        let timeout_ms = match method {
            Method::Get => self.settings.status_timeout_ms,
            _ => self.settings.request_timeout_ms,
        };
        self.common(HttpRequest::new(method, url, timeout_ms).json(body))
    }

    fn payment_request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        let id = payment_id(context);
        match command {
            Command::Start { body, .. } => {
                let path = match self.settings.display_source {
                    DisplaySource::Payment => "/api/v2/payments",
                    DisplaySource::HostedPage => "/api/v2/invoices",
                };
                self.call(Method::Post, path, body.to_vec())
                    .header("Idempotency-Key", context.idempotency_key)
            }
            Command::Cancel { .. } => {
                let id = id.unwrap_or(context.reference);
                let path = format!("/api/v2/payments/{id}/cancel");
                self.call(Method::Put, &path, Vec::new())
            }
            Command::Refund { amount } => {
                let body = refund_body(id.unwrap_or(context.reference), *amount);
                self.call(Method::Post, "/api/v2/refunds", body)
                    .header("Idempotency-Key", context.idempotency_key)
            }
            Command::FindRefund { .. } => match context.refund_reference {
                Some(refund) => {
                    let path = format!("/api/v2/refunds/{refund}");
                    self.call(Method::Get, &path, Vec::new())
                }
                None => self.list("/api/v2/refunds", self.refund_window(context)),
            },
            Command::AskStatus | Command::Capture { .. } => match id {
                Some(id) => {
                    let path = format!("/api/v2/payments/{id}");
                    self.call(Method::Get, &path, Vec::new())
                }
                None => self.list("/api/v2/payments", self.payment_window(context)),
            },
        }
    }

    fn list(&self, path: &str, (from, to): (i64, i64)) -> HttpRequest {
        let mut path = format!("{path}?merchantId={}", self.settings.merchant_id);
        for (name, at) in [("start", from), ("end", to)] {
            if let Some(text) = wire::utc(at) {
                path = format!("{path}&{name}={text}");
            }
        }
        self.call(Method::Get, &path, Vec::new())
    }

    /// When a payment of ours can have been made of which the answer is missing.
    fn payment_window(&self, context: &Context<'_>) -> (i64, i64) {
        let settings = &self.settings;
        let margin_ms = settings.search_window_ms;
        if context.amount.is_none() {
            let back_ms = settings.refund_search_ms.saturating_add(margin_ms);
            return (
                context.begun_at.saturating_sub(back_ms),
                context.now_ms.saturating_add(margin_ms),
            );
        }
        let latest = context
            .begun_at
            .saturating_add(settings.start_within_ms)
            .saturating_add(settings.settle_ms);
        (
            context.begun_at.saturating_sub(margin_ms),
            latest.saturating_add(margin_ms),
        )
    }

    fn refund_window(&self, context: &Context<'_>) -> (i64, i64) {
        let margin_ms = self.settings.search_window_ms;
        (
            context.begun_at.saturating_sub(margin_ms),
            context.now_ms.saturating_add(margin_ms),
        )
    }

    fn order_request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        let names = &self.settings.pos_order;
        let id = payment_id(context).unwrap_or(context.reference);
        let fill = |path: &str, refund: &str| {
            path.replace("{posId}", &self.settings.pos_id)
                .replace("{id}", id)
                .replace("{orderId}", context.reference)
                .replace("{refundId}", refund)
        };
        match command {
            Command::Start { body, .. } => {
                let path = fill(&names.path_create, "");
                self.call(names.method_create.method(), &path, body.to_vec())
                    .header("Idempotency-Key", context.idempotency_key)
            }
            Command::Cancel { .. } => {
                let path = fill(&names.path_cancel, "");
                self.call(names.method_cancel.method(), &path, Vec::new())
            }
            Command::Refund { amount } => {
                let body = Node::object()
                    .put("amount", names.amount_unit.node(*amount))
                    .and_then(|body| body.put("currency", Node::text(wire::CURRENCY)));
                let body = body.map(|body| body.to_bytes()).unwrap_or_default();
                let path = fill(&names.path_refund, "");
                self.call(names.method_refund.method(), &path, body)
                    .header("Idempotency-Key", context.idempotency_key)
            }
            Command::FindRefund { .. } if context.refund_reference.is_some() => {
                let refund = context.refund_reference.unwrap_or_default();
                let path = fill(&names.path_refund_status, refund);
                self.call(Method::Get, &path, Vec::new())
            }
            _ => {
                let by_order = payment_id(context).is_none() && names.asks_by_order();
                let path = if by_order {
                    &names.path_status_by_order
                } else {
                    &names.path_status
                };
                self.call(names.method_status.method(), &fill(path, ""), Vec::new())
            }
        }
    }

    fn read_payment_answer(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Verdict {
        match command {
            Command::Start { .. } => match self.settings.display_source {
                DisplaySource::Payment => self.read_payment(context, body, true),
                DisplaySource::HostedPage => self.read_hosted(body),
            },
            Command::AskStatus if payment_id(context).is_some() => {
                self.read_payment(context, body, false)
            }
            Command::AskStatus => self.read_list(context, body),
            Command::Cancel { .. } => self.read_cancelled(context, body),
            Command::Refund { amount } => self.read_refund(context, body, *amount, None),
            Command::FindRefund { amount, .. } => match context.refund_reference {
                Some(id) => self.read_refund(context, body, *amount, Some(id)),
                None => self.find_refund(context, body, *amount),
            },
            Command::Capture { .. } => Verdict::Unclear,
        }
    }

    fn read_order_answer(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Verdict {
        match command {
            Command::Start { .. } => self.read_order(context, body, Asked::Start),
            Command::AskStatus if payment_id(context).is_some() => {
                self.read_order(context, body, Asked::ById)
            }
            Command::AskStatus => self.read_order(context, body, Asked::ByOrder),
            Command::Cancel { .. } => self.read_order_cancelled(context, body),
            Command::Refund { amount } => self.read_order_refund(body, *amount, None),
            Command::FindRefund { amount, .. } => match context.refund_reference {
                Some(id) => self.read_order_refund(body, *amount, Some(id)),
                // No list of refunds is known.
                None => Verdict::Unclear,
            },
            Command::Capture { .. } => Verdict::Unclear,
        }
    }

    /// A statement about one payment; approved money is taken money here.
    fn observed(
        &self,
        phase: Phase,
        reason: Option<Reason>,
        amount: i64,
        id: &Name,
        link: Option<String>,
        started: bool,
    ) -> Verdict {
        let mut amounts = Amounts::default();
        if phase == Phase::Approved {
            amounts.authorized = amount;
            amounts.captured = amount;
        }
        let open = phase == Phase::Open;
        let by_plate_only = self.settings.display_mode == 2;
        let plate = self.settings.sticker_payload.clone();
        let plate = plate.filter(|_| self.settings.by_plate() && !by_plate_only);
        let usable = |link: &String| (1..=LINK_LEN_MAX).contains(&link.len());
        let link = link.filter(usable).or(plate).filter(|_| open);
        Verdict::Observed(Statement {
            observation: Observation {
                support: Default::default(),
                phase,
                amounts,
                provider_reference: Some(id.as_str().to_owned()),
                reason,
            },
            ask_again: started && open && link.is_none() && !by_plate_only,
            qr_text: link.map(Secret::new),
        })
    }
}

impl Provider for Paymaster {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, order: &StartOrder<'_>) -> Result<Vec<u8>, Invalid> {
        prepare::body(&self.settings, order)
    }

    fn default_approach(&self) -> ApproachWish {
        ApproachWish::Qr
    }

    fn request(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        match self.settings.protocol {
            Protocol::RestV2 => self.payment_request(command, context),
            Protocol::PosOrder => self.order_request(command, context),
        }
    }

    fn read(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        if !response.is_success() {
            return refusal::read(command, response);
        }
        match self.settings.protocol {
            Protocol::RestV2 => self.read_payment_answer(command, context, &response.body),
            Protocol::PosOrder => self.read_order_answer(command, context, &response.body),
        }
    }

    fn check_refund(&self, order: &RefundOrder<'_>) -> Result<(), Invalid> {
        if self.settings.terminal_kind == TerminalKind::SelfCheckout {
            return Err(Invalid {
                field: "profile",
                problem: "a self-checkout gives nothing back; refund at an attended till"
                    .to_owned(),
            });
        }
        if order.currency.code() != wire::CURRENCY {
            return Err(Invalid {
                field: "currency",
                problem: format!("this provider takes RUB, not {}", order.currency.code()),
            });
        }
        Ok(())
    }

    fn typed_reference(&self, text: &str) -> Result<String, Invalid> {
        let text = text.trim();
        let upper = text.to_ascii_uppercase();
        if let Some(rest) = upper.strip_prefix(OUR_PREFIX) {
            let base32 = |c: char| matches!(c, 'A'..='Z' | '2'..='7');
            if rest.len() == 26 && rest.chars().all(base32) {
                return Ok(upper);
            }
        }
        let theirs = match self.settings.protocol {
            Protocol::RestV2 => {
                (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
            }
            Protocol::PosOrder => Name::of(text).is_some() && is_theirs(&upper),
        };
        if theirs {
            return Ok(text.to_owned());
        }
        Err(Invalid {
            field: "reference",
            problem: "must be PayMaster's number of the payment, or LP- and 26 letters or digits"
                .to_owned(),
        })
    }

    fn support(&self, context: &Context<'_>) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("protocol", self.settings.protocol.name().to_owned()),
            ("order_no", context.reference.to_owned()),
        ];
        for (name, value) in [
            ("payment_id", payment_id(context)),
            ("refund_id", context.refund_reference),
            ("merchant_id", Some(self.settings.merchant_id.as_str())),
            ("pos_id", Some(self.settings.pos_id.as_str())),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                fields.push((name, value.to_owned()));
            }
        }
        fields
    }
}

fn is_ours(reference: &str) -> bool {
    reference.starts_with(OUR_PREFIX)
}

fn is_theirs(reference: &str) -> bool {
    !is_ours(reference)
}

/// PayMaster's number of the payment: told by an answer, or typed by a cashier.
fn payment_id<'a>(context: &Context<'a>) -> Option<&'a str> {
    let typed = Some(context.reference).filter(|reference| is_theirs(reference));
    context.provider_reference.or(typed)
}

/// Nothing was paid, and nothing can be any more.
fn cancelled(context: &Context<'_>) -> Verdict {
    Verdict::Observed(Statement {
        observation: Observation {
            support: Default::default(),
            phase: Phase::Cancelled,
            amounts: Amounts::default(),
            provider_reference: payment_id(context).map(str::to_owned),
            reason: None,
        },
        ask_again: false,
        qr_text: None,
    })
}

/// Section 3.7.
fn refund_body(payment_id: &str, amount: i64) -> Vec<u8> {
    Node::object()
        .put("paymentId", Node::text(payment_id))
        .and_then(|body| body.put("amount.value", prepare::rubles(amount)))
        .and_then(|body| body.put("amount.currency", Node::text(wire::CURRENCY)))
        .map(|body| body.to_bytes())
        .unwrap_or_default()
}
