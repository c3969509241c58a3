//! Codes: those that customers show, and those that the till shows.

use qrcode::render::svg;
use qrcode::{Color, QrCode};
use serde_json::{Value, json};

use super::create::{QrFormat, UserFlow, is_phone};
use super::fields::Checker;
use super::payment::Link;
use super::problem::Refusal;
use super::settings::{Customer, Settings};
use crate::clock::SECOND_MS;
use crate::sequence::Sequence;
use crate::{Response, answer};

pub(super) const IMAGE_PATH: &str = "/_sandbox/qr-image";
/// White modules around a code, on each side.
const QUIET_ZONE: usize = 4;

/// What the text of a personal code says.
pub(super) struct PersonalCode {
    pub phone: String,
    /// Tokens know when they were made; clear text does not.
    pub tokenized: bool,
}

/// Who shows this code. Known codes come from the settings; the old long form carries the number in
/// clear.
pub(super) fn personal_code(text: &str, settings: &Settings) -> Option<PersonalCode> {
    let mut customers = settings.customers.iter();
    if let Some(customer) = customers.find(|customer| customer.personal_qr == text) {
        return Some(PersonalCode {
            phone: customer.number.clone(),
            tokenized: true,
        });
    }
    let path = text.strip_prefix("https://qr.vipps.no/28/")?;
    let (path, _version) = path.split_once('?').unwrap_or((path, ""));
    let phone = path.rsplit('/').next().filter(|phone| is_phone(phone))?;
    Some(PersonalCode {
        phone: String::from(phone),
        tokenized: false,
    })
}

/// The token that a check-in at a static code gives the merchant: the customer's place in the
/// settings, encoded.
pub(super) fn customer_of_token<'s>(token: &str, settings: &'s Settings) -> Option<&'s Customer> {
    let bytes = data_encoding::BASE64.decode(token.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let number: usize = text.strip_prefix("sandbox-customer-token-")?.parse().ok()?;
    settings.customers.get(number.checked_sub(1)?)
}

pub(super) fn exchange(now_ms: i64, body: &[u8], settings: &Settings) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let checker = Checker::default();
    let text = checker
        .root(&body, &["qrCode", "requestedData"])
        .and_then(|fields| {
            fields.require(&["qrCode"]);
            let wanted = fields.raw("requestedData");
            if wanted.is_some_and(|wanted| *wanted != json!(["MSISDN"])) {
                fields.report("requestedData", "can only be MSISDN");
            }
            fields.text("qrCode")
        });
    if let Err(Refusal::Fields(problems)) = checker.finish() {
        return Ok(bad_exchange(&json!(problems)));
    }
    let Some(code) = text.and_then(|text| personal_code(text, settings)) else {
        let detail = json!([{"name": "qrCode", "reason": "Not a personal QR"}]);
        return Ok(bad_exchange(&detail));
    };
    let answer = if code.tokenized {
        json!({"msisdn": code.phone, "timestamp": now_ms / SECOND_MS, "version": "2.0"})
    } else {
        json!({"msisdn": code.phone, "version": "1.0"})
    };
    Ok(answer::json(200, answer::JSON, &answer))
}

/// This API has neither error numbers nor trace ids.
pub(super) fn bad_exchange(details: &Value) -> Response {
    let body = json!({
        "title": "Bad Request",
        "status": 400,
        "detail": "Invalid QR",
        "extraDetails": details,
    });
    answer::json(400, answer::PROBLEM_JSON, &body)
}

/// What the customer opens or scans; nothing for a request that is pushed to the phone.
pub(super) fn link(
    flow: UserFlow,
    format: QrFormat,
    public_address: &str,
    names: &mut Sequence,
) -> Option<Link> {
    let token = format!("{}{}", names.word(), names.word());
    let code = format!("https://qr.vipps.no/e/{token}");
    let image = format!("{public_address}{IMAGE_PATH}?token={token}");
    let (address, qr_text) = match (flow, format) {
        (UserFlow::PushMessage, _) => return None,
        (UserFlow::Qr, QrFormat::Text) => (code.clone(), code),
        (UserFlow::Qr, QrFormat::Svg | QrFormat::Png { .. }) => (image, code),
        (UserFlow::WebRedirect, _) => {
            let landing = format!("{public_address}/phone?token={token}");
            (landing.clone(), landing)
        }
        (UserFlow::NativeRedirect, _) => {
            let link = format!("vippsMT://?token={token}");
            (link.clone(), link)
        }
    };
    Some(Link {
        address,
        qr_text,
        token,
    })
}

pub(super) fn image(text: &str, format: QrFormat) -> Option<Response> {
    let code = QrCode::new(text).ok()?;
    match format {
        QrFormat::Png { size } => {
            let bytes = png(&code, size)?;
            Some(answer::body(200, "image/png", bytes))
        }
        QrFormat::Text | QrFormat::Svg => {
            let picture = code.render::<svg::Color>().min_dimensions(256, 256).build();
            Some(answer::body(200, "image/svg+xml", picture.into_bytes()))
        }
    }
}

/// A square of exactly `size` pixels, the code in whole pixels per module in its middle.
fn png(code: &QrCode, size: usize) -> Option<Vec<u8>> {
    let modules = code.width();
    let colors = code.to_colors();
    let scale = size.checked_div(modules + 2 * QUIET_ZONE)?.max(1);
    let margin = size.saturating_sub(scale * modules) / 2;
    let module_at = |pixel: usize| {
        let module = pixel.checked_sub(margin)? / scale;
        (module < modules).then_some(module)
    };
    let is_dark = |row: usize, column: usize| {
        let place = module_at(column).zip(module_at(row));
        let color = place.and_then(|(x, y)| colors.get(y * modules + x));
        color == Some(&Color::Dark)
    };
    let mut pixels = Vec::with_capacity(size * size);
    for row in 0..size {
        pixels.extend((0..size).map(|column| if is_dark(row, column) { 0_u8 } else { 255 }));
    }
    let side = u32::try_from(size).ok()?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}
