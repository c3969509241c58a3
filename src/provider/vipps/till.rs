//! The code at the till: registering it, and telling whether a check-in was at ours (section 11.3,
//! and section 10.2 of `providers/mobilepay-pos.md` for stickers of the old service).

use super::errand::{Step, refused};
use super::{Vipps, json, wire};
use crate::provider::{ErrandRequest, ErrandVerdict, HttpRequest, HttpResponse, Invalid, Method};
use crate::secret::Secret;
use crate::tender::Reason;
use serde_json::json as object;

const ID_LEN_MAX: usize = 64;
const DESCRIPTION_LEN_MAX: usize = 36;
const STICKER_SCHEME: &str = "mobilepaypos://";

/// What names the code at a till.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TillId {
    /// On a sticker that the old service gave out: 15 digits or a GUID.
    Beacon(String),
    /// A name of the merchant's own choice.
    Own(String),
}

impl TillId {
    /// Reads the whole text of a sticker, the bare id on it, or a name of our own.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_sticker = text
            .get(..STICKER_SCHEME.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(STICKER_SCHEME));
        if is_sticker {
            let (_, query) = text.split_once('?')?;
            let id = query.split('&').find_map(|pair| pair.strip_prefix("id="))?;
            return is_beacon(id).then(|| Self::Beacon(id.to_owned()));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=ID_LEN_MAX).contains(&text.len()) || !text.bytes().all(fits) {
            return None;
        }
        Some(if is_beacon(text) {
            Self::Beacon(text.to_owned())
        } else {
            Self::Own(text.to_owned())
        })
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Beacon(id) | Self::Own(id) => id,
        }
    }

    /// GUIDs are written in either case; names of our own are as we wrote them.
    pub fn is(&self, received: &str) -> bool {
        match self {
            Self::Beacon(id) => id.eq_ignore_ascii_case(received),
            Self::Own(id) => id == received,
        }
    }
}

fn is_beacon(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    (text.len() == 15 && digits(text))
        || (lengths == [8, 4, 4, 4, 12] && text.split('-').all(hexadecimal))
}

impl Vipps {
    pub(super) fn begin_register(&self, id: &str, description: &str) -> Result<Step, Invalid> {
        let id = TillId::read(id).ok_or_else(|| Invalid {
            field: "id",
            problem: "must be 15 digits, a GUID or the text of a sticker, or a name of 1 to 64 \
                letters, digits and '-'"
                .to_owned(),
        })?;
        let description = description.trim();
        if !(1..=DESCRIPTION_LEN_MAX).contains(&description.chars().count()) {
            return Err(Invalid {
                field: "description",
                problem: "must have 1 to 36 characters".to_owned(),
            });
        }
        Ok(Step::PutTill {
            id: id.text().to_owned(),
            description: description.to_owned(),
        })
    }

    pub(super) fn put_till(&self, id: &str, description: &str) -> ErrandRequest {
        let kind = match TillId::read(id) {
            Some(TillId::Beacon(_)) => "mobilepay/",
            Some(TillId::Own(_)) | None => "",
        };
        let request = self.till_request(Method::Put, &format!("{kind}{id}"));
        with_token(request.json(json(&wire::PutTill {
            location_description: description,
        })))
    }

    pub(super) fn read_till_request(&self, id: &str) -> ErrandRequest {
        with_token(self.till_request(Method::Get, id))
    }

    fn till_request(&self, method: Method, tail: &str) -> HttpRequest {
        let url = format!("{}/qr/v1/merchant-callback/{tail}", self.base_url);
        self.common(HttpRequest::new(
            method,
            url,
            self.capabilities.request_timeout_ms,
        ))
    }

    /// The answer is empty: what the code says must be read.
    pub(super) fn read_put_till(&self, id: &str, response: &HttpResponse) -> ErrandVerdict {
        match response.status {
            200..=299 => Step::ReadTill { id: id.to_owned() }.next(0),
            401 => ErrandVerdict::TokenRefused,
            403 => refused(Reason::PermissionMissing, response),
            // The sticker belongs to another sales unit.
            409 => refused(Reason::MerchantSetup, response),
            _ => refused(Reason::RequestRefused, response),
        }
    }

    pub(super) fn read_till(&self, id: &str, response: &HttpResponse) -> ErrandVerdict {
        match response.status {
            200..=299 => {}
            401 => return ErrandVerdict::TokenRefused,
            403 => return refused(Reason::PermissionMissing, response),
            _ => return ErrandVerdict::Unclear,
        }
        let Ok(till) = serde_json::from_slice::<wire::Till>(&response.body) else {
            return ErrandVerdict::Unclear;
        };
        let is_it = TillId::read(id).is_some_and(|id| id.is(&till.merchant_qr_id));
        let is_ours = till.merchant_serial_number == self.merchant_serial_number;
        if !is_it || !is_ours {
            return refused(Reason::AnswerMismatch, response);
        }
        let known = object!({
            "till_qr_id": till.merchant_qr_id,
            "qr_content": till.qr_content,
            "description": till.location_description,
        });
        ErrandVerdict::Done(Secret::new(known.to_string()))
    }
}

fn with_token(request: HttpRequest) -> ErrandRequest {
    ErrandRequest {
        request,
        needs_token: true,
    }
}
