//! Codes that stand at tills, and the customers who check in there.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::problem::FieldProblem;
use super::settings::Settings;
use super::{create, qr};
use crate::clock::SECOND_MS;
use crate::sequence::Sequence;
use crate::{Request, Response, answer};

const DESCRIPTION_LENGTH_MAX: usize = 36;
const ID_LENGTH_MAX: usize = 64;
const BEACON_DIGITS: usize = 15;
const CATEGORIES: [&str; 3] = ["IN_STORE", "VENDING", "AGE_CHECK"];
const SIZE_DEFAULT: usize = 1024;
/// Tokens that have ended are swept when there are more than this.
const TOKENS_SWEEP_AT: usize = 1_024;

/// All codes of the sales unit.
#[derive(Default)]
pub(super) struct TillCodes {
    codes: BTreeMap<String, TillCode>,
    /// Whom the tokens of check-ins mean.
    tokens: BTreeMap<String, Visitor>,
}

struct TillCode {
    description: String,
    category: String,
    /// An old sticker, whose text does not come from here.
    is_beacon: bool,
    last_check_in: Option<CheckIn>,
}

/// What the merchant is told about a customer at a till.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckIn {
    pub customer_token: String,
    pub merchant_qr_id: String,
    pub msn: String,
    pub initiated_at: String,
}

struct Visitor {
    phone: String,
    came_ms: i64,
}

/// What a phone page shows of a till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredTill {
    pub till_qr_id: String,
    pub qr: String,
    pub description: String,
    pub category: String,
}

impl TillCodes {
    /// Makes a code, or says anew where it stands; the code itself never changes.
    pub fn put(&mut self, id: &str, request: &Request, names: &mut Sequence) -> Response {
        if !is_till_id(id) {
            return refusal(request, "merchantQrId", "is not an identifier", names);
        }
        self.write(id, false, request, names)
    }

    /// Takes over the code of an old sticker, unless another sales unit has it.
    pub fn put_beacon(
        &mut self,
        id: &str,
        request: &Request,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Response {
        if !is_beacon(id) {
            return refusal(request, "beaconId", "is not 15 digits or a GUID", names);
        }
        if settings.beacons_elsewhere.iter().any(|other| other == id) {
            return answer::json(409, answer::JSON, &json!({"id": id}));
        }
        self.write(id, true, request, names)
    }

    fn write(
        &mut self,
        id: &str,
        is_beacon: bool,
        request: &Request,
        names: &mut Sequence,
    ) -> Response {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let description = body.get("locationDescription").and_then(Value::as_str);
        let Some(description) = description.filter(|text| is_description(text)) else {
            let reason = "is required, with at most 36 characters";
            return refusal(request, "locationDescription", reason, names);
        };
        let category = match body.get("category") {
            None => Some("IN_STORE"),
            Some(word) => CATEGORIES.into_iter().find(|known| word == known),
        };
        let Some(category) = category else {
            return refusal(request, "category", "is not a known word", names);
        };
        let code = self.codes.entry(String::from(id)).or_insert(TillCode {
            description: String::new(),
            category: String::new(),
            is_beacon,
            last_check_in: None,
        });
        code.description = String::from(description);
        code.category = String::from(category);
        answer::empty(200)
    }

    pub fn list(&self, request: &Request, settings: &Settings, names: &mut Sequence) -> Response {
        let Some(picture) = Picture::wanted(request) else {
            return bad_picture(request, names);
        };
        let codes = self.codes.iter();
        let codes: Vec<Value> = codes
            .map(|(id, code)| code.shown(id, &picture, settings))
            .collect();
        answer::json(200, answer::JSON, &codes)
    }

    pub fn read(
        &self,
        id: &str,
        request: &Request,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Response {
        let Some(picture) = Picture::wanted(request) else {
            return bad_picture(request, names);
        };
        match self.codes.get(id) {
            Some(code) => answer::json(200, answer::JSON, &code.shown(id, &picture, settings)),
            None => problem(404, "Not Found", request, &[], names),
        }
    }

    pub fn delete(&mut self, id: &str, request: &Request, names: &mut Sequence) -> Response {
        match self.codes.remove(id) {
            Some(_) => answer::empty(200),
            None => problem(404, "Not Found", request, &[], names),
        }
    }

    /// The picture of a code; needs no token, as a printer's browser fetches it.
    pub fn image(&self, query: &str, settings: &Settings) -> Option<Response> {
        let id = parameter(query, "till")?;
        let text = self.codes.get(id)?.text(id, settings);
        qr::image(&text, Picture::of(query)?.format())
    }

    /// A customer scans the code of a till: by its id, or by what the camera reads.
    pub fn check_in(
        &mut self,
        now_ms: i64,
        scanned: &str,
        phone: &str,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Option<CheckIn> {
        let is_it = |(id, code): &(&String, &mut TillCode)| {
            id.as_str() == scanned || code.text(id, settings) == scanned
        };
        let (id, code) = self.codes.iter_mut().find(is_it)?;
        let token = format!("sandbox-check-in-{}", names.word());
        let check_in = CheckIn {
            customer_token: data_encoding::BASE64.encode(token.as_bytes()),
            merchant_qr_id: id.clone(),
            msn: settings.msn.clone(),
            initiated_at: crate::clock::utc(now_ms),
        };
        code.last_check_in = Some(check_in.clone());
        if self.tokens.len() > TOKENS_SWEEP_AT {
            let life_ms = token_life_ms(settings);
            self.tokens
                .retain(|_, visitor| now_ms - visitor.came_ms < life_ms);
        }
        let visitor = Visitor {
            phone: String::from(phone),
            came_ms: now_ms,
        };
        self.tokens.insert(check_in.customer_token.clone(), visitor);
        Some(check_in)
    }

    /// The newest check-in at a till, for telling the merchant again.
    pub fn last_check_in(&self, scanned: &str, settings: &Settings) -> Option<CheckIn> {
        let is_it = |(id, code): &(&String, &TillCode)| {
            id.as_str() == scanned || code.text(id, settings) == scanned
        };
        let (_, code) = self.codes.iter().find(is_it)?;
        code.last_check_in.clone()
    }

    /// Whom a token means and when that customer came, while the token is worth something.
    pub fn visitor(
        &self,
        now_ms: i64,
        token: &str,
        settings: &Settings,
    ) -> Option<(String, Option<i64>)> {
        if let Some(visitor) = self.tokens.get(token) {
            let fresh = now_ms - visitor.came_ms < token_life_ms(settings);
            return fresh.then(|| (visitor.phone.clone(), Some(visitor.came_ms)));
        }
        let customer = qr::customer_of_token(token, settings)?;
        Some((customer.number.clone(), None))
    }

    /// `POST /qr/v1/exchange/customer`
    pub fn exchange(&self, now_ms: i64, body: &[u8], settings: &Settings) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let wanted = body.get("requestedData");
        if wanted.is_some_and(|wanted| *wanted != json!(["MSISDN"])) {
            return qr::bad_exchange(&json!([
                {"name": "requestedData", "reason": "can only be MSISDN"},
            ]));
        }
        let token = body.pointer("/customer/customerToken");
        let token = token.and_then(Value::as_str).unwrap_or("");
        match self.visitor(now_ms, token, settings) {
            Some((phone, Some(came_ms))) => {
                let body = json!({"msisdn": phone, "timestamp": came_ms / SECOND_MS});
                answer::json(200, answer::JSON, &body)
            }
            Some((phone, None)) => answer::json(200, answer::JSON, &json!({"msisdn": phone})),
            None => qr::bad_exchange(&json!([
                {"name": "customer", "reason": "The token is unknown or has ended."},
            ])),
        }
    }

    pub fn registered(&self, settings: &Settings) -> Vec<RegisteredTill> {
        let codes = self.codes.iter();
        codes
            .map(|(id, code)| RegisteredTill {
                till_qr_id: id.clone(),
                qr: code.text(id, settings),
                description: code.description.clone(),
                category: code.category.clone(),
            })
            .collect()
    }
}

impl TillCode {
    /// What a camera reads.
    fn text(&self, id: &str, settings: &Settings) -> String {
        if self.is_beacon {
            format!("mobilepaypos://pos?id={id}&source=qr")
        } else {
            format!("{}{id}", settings.till_code_prefix)
        }
    }

    fn shown(&self, id: &str, picture: &Picture, settings: &Settings) -> Value {
        let (address, path) = (&settings.public_address, qr::IMAGE_PATH);
        let query = picture.query();
        json!({
            "merchantSerialNumber": settings.msn,
            "merchantQrId": id,
            "locationDescription": self.description,
            "qrImageUrl": format!("{address}{path}?till={id}&{query}"),
            "qrContent": self.text(id, settings),
        })
    }
}

/// Which picture a query asks for; names of parameters are read in any case.
struct Picture {
    png_size: Option<usize>,
}

impl Picture {
    fn wanted(request: &Request) -> Option<Picture> {
        Picture::of(request.uri().query().unwrap_or(""))
    }

    /// Nothing if the query asks for what there is not.
    fn of(query: &str) -> Option<Picture> {
        let size = match parameter(query, "QrImageSize") {
            None => SIZE_DEFAULT,
            Some(digits) => digits.parse().ok().filter(|it| (100..=2000).contains(it))?,
        };
        match parameter(query, "QrImageFormat") {
            None | Some("SVG") => Some(Picture { png_size: None }),
            Some("PNG") => Some(Picture {
                png_size: Some(size),
            }),
            Some(_) => None,
        }
    }

    fn format(&self) -> create::QrFormat {
        match self.png_size {
            Some(size) => create::QrFormat::Png { size },
            None => create::QrFormat::Svg,
        }
    }

    fn query(&self) -> String {
        match self.png_size {
            Some(size) => format!("QrImageFormat=PNG&QrImageSize={size}"),
            None => String::from("QrImageFormat=SVG"),
        }
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut fitting = pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    fitting.next().map(|(_, value)| value)
}

fn token_life_ms(settings: &Settings) -> i64 {
    settings.customer_token_life_s.saturating_mul(SECOND_MS)
}

fn is_description(text: &str) -> bool {
    (1..=DESCRIPTION_LENGTH_MAX).contains(&text.chars().count())
}

fn is_till_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// As the old service named its codes.
fn is_beacon(text: &str) -> bool {
    let digits = text.len() == BEACON_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hexadecimal = groups
        .iter()
        .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits || (lengths == [8, 4, 4, 4, 12] && hexadecimal)
}

fn bad_picture(request: &Request, names: &mut Sequence) -> Response {
    let reason = "QrImageFormat is PNG or SVG, QrImageSize 100 to 2000";
    refusal(request, "query", reason, names)
}

fn refusal(request: &Request, name: &str, reason: &str, names: &mut Sequence) -> Response {
    let parameter = FieldProblem {
        name: String::from(name),
        reason: String::from(reason),
    };
    problem(400, "Validation error", request, &[parameter], names)
}

/// This part of the service has a shape of its own for refusals.
fn problem(
    status: u16,
    title: &str,
    request: &Request,
    parameters: &[FieldProblem],
    names: &mut Sequence,
) -> Response {
    let body = json!({
        "type": format!("https://httpstatuses.io/{status}"),
        "title": title,
        "detail": format!("{title}: {}", request.uri().path()),
        "instance": names.guid(),
        "invalidParams": parameters,
    });
    answer::json(status, answer::JSON, &body)
}
