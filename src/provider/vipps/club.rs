//! The customer club: who a customer is, and asking one to join (sections 11.1 and 13).

use super::errand::{Endpoints, Step, refused};
use super::prepare::normal_phone;
use super::wire::{self, LoginError};
use super::{Vipps, json};
use crate::provider::{ErrandRequest, ErrandVerdict, HttpRequest, HttpResponse, Invalid, Method};
use crate::secret::Secret;
use crate::tender::Reason;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE32, BASE64};
use serde_json::json as object;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const DISCOVERY: &str = "/access-management-1.0/access/.well-known/openid-configuration";
const USER_EXISTS: &str = "/vipps-login-ciba/api/v1/user-exists";
/// When the provider names none, as the standard has it.
const INTERVAL_S: u32 = 5;
/// The standard's answer to `slow_down`.
const SLOWER_BY_S: u32 = 5;
const INTERVAL_S_MAX: u32 = 60;
/// A request that the provider calls pending for this much longer than its life is over.
const OVERDUE_S: u32 = 60;
const ADDRESS_LEN_MAX: usize = 500;

/// What a customer is asked for who is to join.
pub struct EnrolRules {
    pub scope: String,
    pub expiry_s: u32,
    pub binding_message: bool,
}

impl Vipps {
    pub(super) fn begin_exchange(&self, code: &Secret) -> Result<Step, Invalid> {
        // Other things are scanned at tills, and are nobody's business.
        if !self.is_customer_code(code.reveal()) {
            return Err(Invalid {
                field: "code",
                problem: "this is no customer's code".to_owned(),
            });
        }
        Ok(Step::Exchange {
            code: code.reveal().to_owned(),
        })
    }

    pub(super) fn begin_exists(&self, phone: &Secret) -> Result<Step, Invalid> {
        let phone = phone_of(phone)?;
        Ok(Step::Exists { phone })
    }

    pub(super) fn begin_enrolment(&self, phone: &Secret) -> Result<Step, Invalid> {
        let phone = phone_of(phone)?;
        Ok(Step::Discover { phone })
    }

    pub(super) fn exchange_request(&self, code: &str) -> ErrandRequest {
        let url = format!("{}/qr/v1/exchange", self.base_url);
        let request = self
            .request_to(Method::Post, url)
            .json(json(&wire::Exchange {
                qr_code: code,
                requested_data: ["MSISDN"],
            }));
        ErrandRequest {
            request: self.common(request),
            needs_token: true,
        }
    }

    pub(super) fn read_exchange(&self, response: &HttpResponse) -> ErrandVerdict {
        match response.status {
            200..=299 => {}
            400 => return refused(Reason::ScanAgain, response),
            401 => return ErrandVerdict::TokenRefused,
            403 => return refused(Reason::PermissionMissing, response),
            404 => return refused(Reason::MerchantSetup, response),
            _ => return refused(Reason::RequestRefused, response),
        }
        let Ok(found) = serde_json::from_slice::<wire::Exchanged>(&response.body) else {
            return ErrandVerdict::Unclear;
        };
        let Ok(phone) = normal_phone(&found.msisdn) else {
            return ErrandVerdict::Unclear;
        };
        let scanned_at = found.timestamp.and_then(|s| s.checked_mul(1_000));
        done(&object!({"phone": phone, "scanned_at": scanned_at}))
    }

    pub(super) fn exists_request(&self, phone: &str) -> ErrandRequest {
        let url = format!("{}{USER_EXISTS}", self.base_url);
        self.as_client(url, &[("login_hint", &hint(phone))])
    }

    pub(super) fn read_exists(&self, phone: &str, response: &HttpResponse) -> ErrandVerdict {
        if !response.is_success() {
            return login_refused(response);
        }
        match serde_json::from_slice::<wire::Exists>(&response.body) {
            Ok(found) => done(&object!({"phone": phone, "exists": found.exists})),
            Err(_) => ErrandVerdict::Unclear,
        }
    }

    pub(super) fn discovery_request(&self) -> ErrandRequest {
        let url = format!("{}{DISCOVERY}", self.base_url);
        plain(self.request_to(Method::Get, url))
    }

    pub(super) fn read_discovery(&self, phone: String, response: &HttpResponse) -> ErrandVerdict {
        match response.status {
            200..=299 => {}
            403 => return refused(Reason::PermissionMissing, response),
            404 => return refused(Reason::MerchantSetup, response),
            _ => return refused(Reason::RequestRefused, response),
        }
        let Ok(found) = serde_json::from_slice::<wire::Discovery>(&response.body) else {
            return ErrandVerdict::Unclear;
        };
        let endpoints = Endpoints {
            authentication: found.backchannel_authentication_endpoint,
            token: found.token_endpoint,
            user_info: found.userinfo_endpoint,
        };
        let named = [
            &endpoints.authentication,
            &endpoints.token,
            &endpoints.user_info,
        ];
        // Credentials and data of customers go to the provider that the settings name, and nowhere
        // else.
        if !named.iter().all(|address| self.is_at_base(address)) {
            return refused(Reason::AnswerMismatch, response);
        }
        let wanted = self.enrol.binding_message;
        let date = response.header("date").filter(|_| wanted);
        Step::Ask {
            phone,
            endpoints,
            binding_message: date.map(|date| self.binding_message(date)),
        }
        .next(0)
    }

    pub(super) fn ask_request(
        &self,
        phone: &str,
        endpoints: &Endpoints,
        binding_message: Option<&str>,
    ) -> ErrandRequest {
        let (hint, expiry) = (hint(phone), self.enrol.expiry_s.to_string());
        let mut form = vec![
            ("scope", self.enrol.scope.as_str()),
            ("login_hint", &hint),
            ("requested_expiry", &expiry),
        ];
        form.extend(binding_message.map(|text| ("binding_message", text)));
        self.as_client(endpoints.authentication.clone(), &form)
    }

    pub(super) fn read_asked(
        &self,
        phone: String,
        endpoints: Endpoints,
        binding_message: Option<String>,
        response: &HttpResponse,
    ) -> ErrandVerdict {
        if !response.is_success() {
            return login_refused(response);
        }
        let Ok(asked) = serde_json::from_slice::<wire::Asked>(&response.body) else {
            return ErrandVerdict::Unclear;
        };
        if asked.auth_req_id.is_empty() {
            return ErrandVerdict::Unclear;
        }
        let interval_s = asked
            .interval
            .unwrap_or(INTERVAL_S)
            .clamp(1, INTERVAL_S_MAX);
        Step::Collect {
            phone,
            endpoints,
            auth_req_id: asked.auth_req_id,
            interval_s,
            waited_s: interval_s,
            life_s: asked.expires_in,
            binding_message,
        }
        .next(seconds(interval_s))
    }

    pub(super) fn collect_request(&self, endpoints: &Endpoints, id: &str) -> ErrandRequest {
        let form = [
            ("grant_type", "urn:openid:params:grant-type:ciba"),
            ("auth_req_id", id),
        ];
        self.as_client(endpoints.token.clone(), &form)
    }

    pub(super) fn read_collected(&self, step: Step, response: &HttpResponse) -> ErrandVerdict {
        let Step::Collect {
            phone,
            endpoints,
            auth_req_id,
            interval_s,
            waited_s,
            life_s,
            binding_message,
        } = step
        else {
            return ErrandVerdict::Unclear;
        };
        if response.is_success() {
            return match serde_json::from_slice::<wire::LoginToken>(&response.body) {
                Ok(token) if token.is_bearer() => Step::Claims {
                    phone,
                    address: endpoints.user_info,
                    access_token: token.access_token,
                }
                .next(0),
                Ok(_) | Err(_) => ErrandVerdict::Unclear,
            };
        }
        let interval_s = match LoginError::read(&response.body) {
            Some(LoginError::AuthorizationPending) => interval_s,
            Some(LoginError::SlowDown) => (interval_s + SLOWER_BY_S).min(INTERVAL_S_MAX),
            _ => return login_refused(response),
        };
        if waited_s > life_s.saturating_add(OVERDUE_S) {
            return ErrandVerdict::Expired;
        }
        Step::Collect {
            phone,
            endpoints,
            auth_req_id,
            interval_s,
            waited_s: waited_s.saturating_add(interval_s),
            life_s,
            binding_message,
        }
        .next(seconds(interval_s))
    }

    /// With the customer's own token and nothing else (section 13).
    pub(super) fn claims_request(&self, address: &str, access_token: &str) -> ErrandRequest {
        let bearer = Secret::new(format!("Bearer {access_token}"));
        let request = self.request_to(Method::Get, address.to_owned());
        plain(request.secret_header("Authorization", bearer))
    }

    pub(super) fn read_claims(&self, phone: &str, response: &HttpResponse) -> ErrandVerdict {
        match response.status {
            200..=299 => {}
            403 => return refused(Reason::PermissionMissing, response),
            _ => return refused(Reason::RequestRefused, response),
        }
        let claims: Result<BTreeMap<String, Box<RawValue>>, _> =
            serde_json::from_slice(&response.body);
        let Ok(claims) = claims else {
            return ErrandVerdict::Unclear;
        };
        let named = claims.get("phone_number");
        let is_other = |raw: &RawValue| {
            normal_phone(raw.get().trim_matches('"')).map_or(true, |known| known != phone)
        };
        if named.is_some_and(|raw| is_other(raw)) {
            return refused(Reason::AnswerMismatch, response);
        }
        match serde_json::to_string(&claims) {
            Ok(text) => ErrandVerdict::Done(Secret::new(text)),
            Err(_) => ErrandVerdict::Unclear,
        }
    }

    fn request_to(&self, method: Method, url: String) -> HttpRequest {
        HttpRequest::new(method, url, self.capabilities.request_timeout_ms)
    }

    /// A form from the sales unit itself: this part of the platform takes no access token.
    fn as_client(&self, url: String, form: &[(&str, &str)]) -> ErrandRequest {
        let (id, secret) = (self.client_id.reveal(), self.client_secret.reveal());
        let mut pair = format!("{id}:{secret}");
        let basic = Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        zeroize::Zeroize::zeroize(&mut pair);
        let mut request = self
            .request_to(Method::Post, url)
            .secret_header("Authorization", basic)
            .header("Content-Type", "application/x-www-form-urlencoded");
        request.body = encoded(form).into_bytes();
        plain(request)
    }

    /// Whether an address is at the very host that the settings name.
    fn is_at_base(&self, address: &str) -> bool {
        let base = origin(&self.base_url);
        base.is_some() && origin(address) == base
    }

    /// Stands on the phone and in the errand, so that both people see which request it is. Made of
    /// what everybody may know.
    fn binding_message(&self, date: &str) -> String {
        let text = format!("{date} {}", self.merchant_serial_number);
        let letters = BASE32.encode(digest(&SHA256, text.as_bytes()).as_ref());
        let (one, rest) = letters.split_at_checked(3).unwrap_or(("AAA", "AAA"));
        let (two, _) = rest.split_at_checked(3).unwrap_or(("AAA", ""));
        format!("{one}-{two}")
    }
}

fn phone_of(phone: &Secret) -> Result<String, Invalid> {
    normal_phone(phone.reveal()).map_err(|invalid| Invalid {
        field: "phone",
        ..invalid
    })
}

fn hint(phone: &str) -> String {
    format!("urn:msisdn:{phone}")
}

fn plain(request: HttpRequest) -> ErrandRequest {
    ErrandRequest {
        request,
        needs_token: false,
    }
}

fn done(result: &serde_json::Value) -> ErrandVerdict {
    ErrandVerdict::Done(Secret::new(result.to_string()))
}

fn seconds(seconds: u32) -> i64 {
    i64::from(seconds).saturating_mul(1_000)
}

/// The login's refusals are told by words; which status goes with them is UNVERIFIED (section 13).
fn login_refused(response: &HttpResponse) -> ErrandVerdict {
    match LoginError::read(&response.body) {
        Some(LoginError::AccessDenied) => ErrandVerdict::Declined,
        Some(LoginError::ExpiredToken) => ErrandVerdict::Expired,
        Some(LoginError::UnknownUserId | LoginError::InvalidUser | LoginError::OldApp) => {
            refused(Reason::CustomerNotEligible, response)
        }
        Some(LoginError::InvalidClient) => refused(Reason::CredentialsRejected, response),
        Some(LoginError::UnauthorizedClient) => refused(Reason::PermissionMissing, response),
        Some(LoginError::InvalidScope) => refused(Reason::MerchantSetup, response),
        Some(LoginError::TransactionFailed) => refused(Reason::ProviderError, response),
        // These keep an errand waiting that has asked a customer, and belong to no other.
        Some(LoginError::AuthorizationPending | LoginError::SlowDown) => ErrandVerdict::Unclear,
        Some(
            LoginError::InvalidRequest
            | LoginError::InvalidBindingMessage
            | LoginError::InvalidGrant
            | LoginError::Unrecognized,
        )
        | None => match response.status {
            401 => refused(Reason::CredentialsRejected, response),
            403 => refused(Reason::PermissionMissing, response),
            404 => refused(Reason::MerchantSetup, response),
            _ => refused(Reason::RequestRefused, response),
        },
    }
}

/// Scheme and authority in their usual form; nothing for an address that could be read in two ways.
fn origin(address: &str) -> Option<(&str, String)> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if address.len() > ADDRESS_LEN_MAX || address.chars().any(odd) {
        return None;
    }
    let (scheme, rest) = address.split_once("://")?;
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let authority = authority.strip_suffix(port).unwrap_or(&authority);
    (!authority.is_empty() && !authority.contains('@')).then(|| (scheme, authority.to_owned()))
}

fn encoded(form: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in form {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                other => text.push_str(&format!("%{other:02X}")),
            }
        }
    }
    text
}
