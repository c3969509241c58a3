//! Refunds, and questions about payments: what is allowed, how it is asked, what the answer means
//! (sections 5, 10 and 14).

use super::settings::{AuthMode, ClientAuth, RefundMethod, RefundMode, RefundWindow, WindowPolicy};
use super::wire::{self, Status, Transaction};
use super::{HttpRequest, HttpResponse, IDS, Method, Smartum, invalid};
use crate::provider::{
    Command, Context, Invalid, RefundOrder, RefundWord, Statement, TokenVerdict, Verdict, helsinki,
};
use crate::secret::Secret;
use crate::tender::{Amounts, Observation, Phase, Reason};
use serde_json::{Map, Value};

impl Smartum {
    pub(super) fn may_refund(&self, order: &RefundOrder<'_>) -> Result<(), Invalid> {
        let settings = &self.settings;
        if settings.refund_mode == RefundMode::Manual {
            return invalid(
                "profile",
                "this shop refunds in the Smartum portal: refund it there with its transaction id, \
                 on the day of the payment, and note that in your books",
            );
        }
        if order.currency.code() != "EUR" {
            return invalid("currency", "benefits are paid in EUR");
        }
        if order
            .provider_reference
            .is_none_or(|it| !IDS.transaction.fits(it))
        {
            return invalid(
                "reference",
                "the transaction id is not known, as the receipt was not scanned: ask the customer \
                 for the tx_… on the receipt, and refund by profile and that id",
            );
        }
        if let (Some(amount), Some(paid)) = (order.amount, order.payment_amount) {
            if amount > paid {
                return invalid("amount", "is more than was paid");
            }
            if amount < paid && !settings.refund_partial {
                return invalid("amount", "only the whole payment can be refunded");
            }
        }
        let blocks = settings.refund_window == RefundWindow::SameDay
            && settings.refund_window_policy == WindowPolicy::Block;
        let late = |paid_at: i64| !helsinki::same_day(paid_at, order.now_ms);
        if blocks && order.paid_at.is_some_and(late) {
            return invalid(
                "payment",
                "can be refunded only on the day of the payment; the customer is compensated in \
                 another way, but not in cash",
            );
        }
        Ok(())
    }

    pub(super) fn fetch_token(&self) -> Option<HttpRequest> {
        let settings = &self.settings;
        let client = self.client.as_ref()?;
        if settings.auth_mode != AuthMode::Oauth2 {
            return None;
        }
        let url = format!("{}{}", settings.base_url, settings.token_path);
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = &settings.scope {
            form.push_str(&format!("&scope={}", form_encoded(scope)));
        }
        let mut request = HttpRequest::new(Method::Post, url, settings.request_timeout_ms)
            .header("Accept", "application/json")
            .header("Content-Type", "application/x-www-form-urlencoded");
        match settings.client_auth {
            ClientAuth::Basic => {
                request = request.secret_header("Authorization", Self::basic(client));
            }
            ClientAuth::Body => {
                let (id, secret) = (
                    form_encoded(client.0.reveal()),
                    form_encoded(client.1.reveal()),
                );
                form.push_str(&format!("&client_id={id}&client_secret={secret}"));
            }
        }
        request.body = form.into_bytes();
        Some(request)
    }

    /// Only refunds and questions are ever sent; whatever else the engine could think of asks.
    pub(super) fn ask(&self, command: &Command<'_>, context: &Context<'_>) -> HttpRequest {
        let settings = &self.settings;
        let transaction = context.provider_reference.unwrap_or(context.reference);
        let url =
            |path: &str| format!("{}{}", settings.base_url, path.replace("{tx}", transaction));
        let timeout_ms = settings.request_timeout_ms;
        let request = match command {
            Command::Refund { amount } => {
                let method = match settings.refund_method {
                    RefundMethod::Post => Method::Post,
                    RefundMethod::Put => Method::Put,
                };
                let request = HttpRequest::new(method, url(&settings.endpoints.refund), timeout_ms)
                    .json(self.refund_body(*amount, context));
                match &self.settings.refund_idempotency_header {
                    Some(name) => request.header(name.clone(), context.idempotency_key),
                    None => request,
                }
            }
            Command::AskStatus
            | Command::FindRefund { .. }
            | Command::Start { .. }
            | Command::Capture { .. }
            | Command::Cancel { .. } => HttpRequest::new(
                Method::Get,
                url(&settings.endpoints.transaction),
                timeout_ms,
            ),
        };
        self.with_credentials(request.header("Accept", "application/json"), context)
    }

    /// The amount is named for a part only: the whole goes back without it (section 10).
    fn refund_body(&self, amount: i64, context: &Context<'_>) -> Vec<u8> {
        let names = &self.settings.refund_body;
        let mut members = Map::new();
        if !names.amount.is_empty() && context.amount != Some(amount) {
            members.insert(names.amount.clone(), Value::from(amount));
        }
        if !names.venue.is_empty() {
            members.insert(
                names.venue.clone(),
                Value::from(self.settings.venue_id.clone()),
            );
        }
        Value::Object(members).to_string().into_bytes()
    }

    fn with_credentials(&self, request: HttpRequest, context: &Context<'_>) -> HttpRequest {
        match (self.settings.auth_mode, &self.client, context.token) {
            (AuthMode::Oauth2, _, Some(token)) => {
                let bearer = Secret::new(format!("Bearer {}", token.reveal()));
                request.secret_header("Authorization", bearer)
            }
            (AuthMode::Basic, Some(client), _) => {
                request.secret_header("Authorization", Self::basic(client))
            }
            (AuthMode::Headers, Some((id, secret)), _) => request
                .secret_header(self.settings.client_id_header.clone(), id.clone())
                .secret_header(self.settings.client_secret_header.clone(), secret.clone()),
            (AuthMode::Oauth2 | AuthMode::Basic | AuthMode::Headers | AuthMode::None, _, _) => {
                request
            }
        }
    }

    pub(super) fn hear(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        let asks = !matches!(command, Command::Refund { .. });
        let refused = |reason| Verdict::Refused {
            reason,
            code: u32::from(response.status),
        };
        match response.status {
            200..=299 => self.read_success(command, context, response),
            401 if self.settings.auth_mode == AuthMode::Oauth2 => Verdict::TokenRefused,
            401 => refused(Reason::CredentialsRejected),
            403 => refused(Reason::PermissionMissing),
            429 => Verdict::Busy {
                after_ms: response.retry_after_ms(),
                new_key: false,
            },
            // Only the API itself knows that there is no such payment.
            404 if asks && wire::is_error(&response.body) => Verdict::Absent,
            400..=499 if asks => Verdict::Unclear,
            408 => Verdict::Unclear,
            404 if !wire::is_error(&response.body) => refused(Reason::MerchantSetup),
            400..=499 => {
                let reason = self.words.reason(&response.body);
                refused(reason.unwrap_or(Reason::RequestRefused))
            }
            _ => Verdict::Unclear,
        }
    }

    fn read_success(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        let refunding = matches!(command, Command::Refund { .. });
        if refunding && response.body.trim_ascii().is_empty() {
            return match response.status {
                202 => pending(),
                _ => executed(),
            };
        }
        let Some(transaction) = Transaction::read(&response.body) else {
            return Verdict::Unclear;
        };
        if self.is_another(&transaction, context) {
            return Verdict::Mismatch;
        }
        let status = transaction.status(&self.words);
        match command {
            Command::Refund { amount } => {
                let back = transaction.refunded_amount;
                match status {
                    _ if response.status == 202 => pending(),
                    None | Some(Status::Refunded) => executed(),
                    Some(Status::Paid) if back.is_some_and(|back| back >= *amount) => executed(),
                    // A success that does not show the money is no proof.
                    Some(Status::Paid | Status::Unrecognized) => Verdict::Unclear,
                }
            }
            Command::FindRefund { amount, .. } => match (status, transaction.refunded_amount) {
                (Some(Status::Refunded), _) => executed(),
                (Some(Status::Paid), Some(back)) if (0..*amount).contains(&back) => {
                    Verdict::Refund(RefundWord::NotThere)
                }
                // Whoever gives back only the whole calls it refunded then.
                (Some(Status::Paid), None) if !self.settings.refund_partial => {
                    Verdict::Refund(RefundWord::NotThere)
                }
                // It may be ours or an earlier one.
                (Some(Status::Paid | Status::Unrecognized) | None, _) => Verdict::Unclear,
            },
            Command::AskStatus => observed(&transaction, status),
            Command::Start { .. } | Command::Capture { .. } | Command::Cancel { .. } => {
                Verdict::Unclear
            }
        }
    }

    /// Whether the answer is about something else than what was asked.
    fn is_another(&self, transaction: &Transaction, context: &Context<'_>) -> bool {
        let name = context.provider_reference.unwrap_or(context.reference);
        let settings = &self.settings;
        let ours = |venue: &String| {
            *venue == settings.venue_id || settings.accepted_venues.contains(venue)
        };
        transaction.id.as_ref().is_some_and(|id| id != name)
            || transaction.venue.as_ref().is_some_and(|venue| !ours(venue))
            || transaction.currency.as_ref().is_some_and(|it| it != "EUR")
    }
}

pub(super) fn read_token(response: &HttpResponse) -> TokenVerdict {
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
        404 => TokenVerdict::Refused {
            reason: Reason::MerchantSetup,
        },
        _ => TokenVerdict::Unclear,
    }
}

fn executed() -> Verdict {
    Verdict::Refund(RefundWord::Executed { reference: None })
}

fn pending() -> Verdict {
    Verdict::Refund(RefundWord::Pending { reference: None })
}

/// A receipt is of a payment that is complete: what remains to be seen is what went back.
fn observed(transaction: &Transaction, status: Option<Status>) -> Verdict {
    let Some(amount) = transaction.amount.filter(|amount| *amount > 0) else {
        return Verdict::Unclear;
    };
    let refunded = match (status, transaction.refunded_amount) {
        (Some(Status::Refunded), _) => amount,
        (Some(Status::Paid), back) => back.unwrap_or(0),
        (Some(Status::Unrecognized) | None, _) => return Verdict::Unclear,
    };
    if !(0..=amount).contains(&refunded) {
        return Verdict::Unclear;
    }
    Verdict::Observed(Statement {
        observation: Observation {
            support: Default::default(),
            phase: Phase::Approved,
            amounts: Amounts {
                authorized: amount,
                captured: amount,
                cancelled: 0,
                refunded,
            },
            provider_reference: transaction.id.clone(),
            reason: None,
        },
        ask_again: false,
        qr_text: None,
    })
}

/// For a field of a form.
fn form_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
