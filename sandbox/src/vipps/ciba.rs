//! Login that the merchant begins: discovery, the request to the phone, tokens, and what the
//! customer shares.

use http::header::{CACHE_CONTROL, HeaderValue};
use serde_json::{Map, Value, json};

use super::enrolment::{Enrolment, Grant, Poll};
use super::form::{self, Form};
use super::settings::{Customer, Settings};
use super::{MAGIC_PHONE_OLD_APP, MAGIC_PHONE_UNKNOWN, Vipps, create, gate, read};
use crate::sequence::Sequence;
use crate::{Request, Response, answer};

/// Below this age nobody can log in anywhere.
const AGE_MIN: u8 = 15;
const GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";

#[derive(Debug, Clone, Copy)]
pub(super) enum LoginCall {
    Discovery,
    Keys,
    Authenticate,
    Token,
    UserInfo,
    UserExists,
}

/// A refusal as OAuth has them.
struct Denied {
    status: u16,
    error: &'static str,
    error_code: Option<&'static str>,
}

impl Vipps {
    pub(super) fn login(&mut self, now_ms: i64, request: &Request, call: LoginCall) -> Response {
        let answered = match call {
            LoginCall::Discovery => Ok(discovery(request, &self.settings)),
            LoginCall::Keys => Ok(answer::json(200, answer::JSON, &json!({"keys": []}))),
            LoginCall::UserInfo => Ok(self.user_info(now_ms, request)),
            LoginCall::Authenticate | LoginCall::Token | LoginCall::UserExists => {
                self.login_of_client(now_ms, request, call)
            }
        };
        answered.unwrap_or_else(Denied::into_response)
    }

    fn login_of_client(
        &mut self,
        now_ms: i64,
        request: &Request,
        call: LoginCall,
    ) -> Result<Response, Denied> {
        if !form::is_client(request.headers(), &self.settings) {
            return Err(Denied::new(401, "invalid_client"));
        }
        let form = Form::of(request).ok_or(Denied::new(400, "invalid_request"))?;
        match call {
            LoginCall::Authenticate => self.authenticate(now_ms, &form),
            LoginCall::UserExists => {
                let phone = self.hinted(now_ms, &form)?;
                let exists = self.check_customer(&phone).is_ok();
                Ok(answer::json(200, answer::JSON, &json!({"exists": exists})))
            }
            _ => self.collect(now_ms, &form),
        }
    }

    /// The request appears on the customer's phone.
    fn authenticate(&mut self, now_ms: i64, form: &Form) -> Result<Response, Denied> {
        let scope = form.get("scope").unwrap_or("");
        if scope.trim().is_empty() {
            return Err(Denied::new(400, "invalid_scope"));
        }
        let message = form.get("binding_message");
        if message.is_some_and(|text| !is_binding_message(text)) {
            return Err(Denied::new(400, "invalid_binding_message"));
        }
        let life_s = match form.get("requested_expiry").map(str::parse) {
            None => self.settings.login_expiry_s,
            Some(Ok(life_s)) if (60..=900).contains(&life_s) => life_s,
            Some(_) => return Err(Denied::new(400, "invalid_request")),
        };
        let phone = self.hinted(now_ms, form)?;
        self.check_customer(&phone)?;
        // What is outside the merchant's plan is left out without a word.
        let allowed = &self.settings.login_scopes;
        let scopes = scope
            .split(' ')
            .filter(|word| allowed.iter().any(|it| it == word));
        let scopes = scopes.map(String::from).collect();
        let mut enrolment = Enrolment::new(&phone, scopes, now_ms, life_s, &self.settings);
        enrolment.binding_message = message.map(String::from);
        let id = self.club.ask(enrolment, &mut self.names);
        let body = json!({
            "auth_req_id": id,
            "expires_in": life_s,
            "interval": self.settings.login_interval_s,
        });
        Ok(answer::json(200, answer::JSON, &body))
    }

    fn collect(&mut self, now_ms: i64, form: &Form) -> Result<Response, Denied> {
        if form.get("grant_type") != Some(GRANT_TYPE) {
            return Err(Denied::new(400, "unsupported_grant_type"));
        }
        let id = form.get("auth_req_id").unwrap_or("");
        match self.club.poll(now_ms, id, &mut self.names) {
            Poll::Pending => Err(Denied::new(400, "authorization_pending")),
            Poll::TooFast => Err(Denied::new(400, "slow_down")),
            Poll::Denied => Err(Denied::new(
                self.settings.login_denied_status,
                "access_denied",
            )),
            Poll::Expired => Err(Denied::new(400, "expired_token")),
            Poll::Unknown => Err(Denied::new(400, "invalid_grant")),
            Poll::Joined {
                access_token,
                life_s,
            } => {
                let body = json!({
                    "access_token": access_token,
                    "token_type": "Bearer",
                    "expires_in": life_s,
                    "id_token": "e.y.J",
                });
                Ok(answer::json(200, answer::JSON, &body))
            }
        }
    }

    fn user_info(&self, now_ms: i64, request: &Request) -> Response {
        let authorization = gate::text(request.headers(), "authorization");
        let token = authorization.and_then(|it| it.strip_prefix("Bearer "));
        match token.and_then(|token| self.club.grant(now_ms, token)) {
            Some(grant) => answer::json(200, answer::JSON, &claims(grant, &self.settings)),
            None => Denied::new(401, "invalid_token").into_response(),
        }
    }

    /// The number that a hint means.
    fn hinted(&self, now_ms: i64, form: &Form) -> Result<String, Denied> {
        let hint = form.get("login_hint").unwrap_or("");
        if let Some(phone) = hint.strip_prefix("urn:msisdn:") {
            let fits = create::is_phone(phone);
            return fits
                .then(|| String::from(phone))
                .ok_or(Denied::new(400, "invalid_request"));
        }
        let token = hint.strip_prefix("urn:customer-token:");
        let visitor = token.and_then(|token| self.tills.visitor(now_ms, token, &self.settings));
        visitor
            .map(|(phone, _)| phone)
            .ok_or(Denied::new(400, "invalid_request"))
    }

    /// Customers without a row in the settings are old enough for everything.
    fn check_customer(&self, phone: &str) -> Result<(), Denied> {
        let plain = self.settings.login_plain_errors;
        let customer = customer_of(phone, &self.settings);
        let too_young = customer.is_some_and(|customer| customer.age < AGE_MIN);
        if phone == MAGIC_PHONE_OLD_APP {
            return Err(Denied::with_code("old_app"));
        }
        match phone == MAGIC_PHONE_UNKNOWN || too_young {
            true if plain => Err(Denied::new(400, "unknown_user_id")),
            true => Err(Denied::with_code("invalid_user")),
            false => Ok(()),
        }
    }
}

impl Denied {
    fn new(status: u16, error: &'static str) -> Denied {
        Denied {
            status,
            error,
            error_code: None,
        }
    }

    fn with_code(code: &'static str) -> Denied {
        Denied {
            error_code: Some(code),
            ..Denied::new(400, "invalid_request")
        }
    }

    fn into_response(self) -> Response {
        let mut body = json!({
            "error": self.error,
            "error_description": "The request was not carried out.",
        });
        if let Some(code) = self.error_code {
            body["error_code"] = Value::from(code);
        }
        answer::json(self.status, answer::JSON, &body)
    }
}

/// Where the calls of this part are: below the address that the question itself came to.
fn discovery(request: &Request, settings: &Settings) -> Response {
    let base = own_address(request, &settings.public_address);
    let access = format!("{base}/access-management-1.0/access");
    let body = json!({
        "issuer": format!("{access}/"),
        "token_endpoint": format!("{access}/oauth2/token"),
        "userinfo_endpoint": format!("{base}/vipps-userinfo-api/userinfo"),
        "jwks_uri": format!("{access}/.well-known/jwks.json"),
        "backchannel_authentication_endpoint":
            format!("{base}/vipps-login-ciba/api/backchannel/authentication"),
        "backchannel_token_delivery_modes_supported": ["poll"],
        "grant_types_supported": [GRANT_TYPE],
    });
    let mut response = answer::json(200, answer::JSON, &body);
    let life = HeaderValue::from_static("max-age=3600");
    response.headers_mut().insert(CACHE_CONTROL, life);
    response
}

/// A request over a socket names its host and not its scheme: the port of the plain listener is
/// known, any other is behind TLS.
fn own_address(request: &Request, public_address: &str) -> String {
    let uri = request.uri();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        return format!("{scheme}://{authority}");
    }
    let Some(host) = gate::text(request.headers(), "host") else {
        return String::from(public_address);
    };
    let (scheme, public) = public_address.split_once("://").unwrap_or(("https", ""));
    let port = |text: &str| text.rsplit_once(':').map(|(_, port)| String::from(port));
    let scheme = if port(host) == port(public) {
        scheme
    } else {
        "https"
    };
    format!("{scheme}://{host}")
}

/// What the customer shares, by what was asked for.
fn claims(grant: &Grant, settings: &Settings) -> Value {
    let name = customer_of(&grant.phone, settings).map_or("Sandbox Customer", |it| &it.name);
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let subject = read::subject(&grant.phone).unwrap_or_default();
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| {
        claims.insert(String::from(name), value);
    };
    for scope in &grant.scopes {
        match scope.as_str() {
            "openid" => {
                claim("sub", json!(subject));
                claim("sid", json!(Sequence::new(1).guid()));
            }
            "name" => {
                claim("name", json!(name));
                claim("given_name", json!(first));
                claim("family_name", json!(last));
            }
            "phoneNumber" => claim("phone_number", json!(grant.phone)),
            "email" => {
                let mailbox = name.to_lowercase().replace(' ', ".");
                claim("email", json!(format!("{mailbox}@example.test")));
                claim("email_verified", json!(true));
            }
            "birthDate" => claim("birthdate", json!("1990-12-10")),
            "address" => {
                let address = json!({
                    "address_type": "home",
                    "country": "NO",
                    "formatted": "Storgata 1\n0155 Oslo\nNO",
                    "postal_code": "0155",
                    "region": "Oslo",
                    "street_address": "Storgata 1",
                });
                claim("address", address);
            }
            _ => {}
        }
    }
    Value::Object(claims)
}

fn customer_of<'s>(phone: &str, settings: &'s Settings) -> Option<&'s Customer> {
    settings.customers.iter().find(|it| it.number == phone)
}

fn is_binding_message(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (5..=8).contains(&text.len()) && text.bytes().all(fits)
}
