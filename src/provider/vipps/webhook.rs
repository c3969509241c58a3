//! Webhooks that the host hands in: what is proven genuine, and what it tells (section 14.3).

use super::till::TillId;
use super::wire;
use crate::provider::{Delivery, Invalid, News};
use crate::secret::Secret;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE64;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const SIGNED: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";
/// Some servers keep `Authorization` for themselves; the other is the same and undocumented.
const AUTHORIZATIONS: [&str; 2] = ["authorization", "x-vipps-authorization"];
/// The longest body that is looked at.
const BODY_LEN_MAX: usize = 64 * 1024;

/// What is needed to tell a genuine delivery.
pub struct Receiver {
    pub secret: Secret,
    pub address: Address,
    pub age_max_ms: i64,
}

/// The registered address, cut where the signature needs it. What the request itself says counts
/// for nothing: a proxy may stand before the host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// With the port, unless it is the usual one.
    authority: String,
    path_and_query: String,
}

/// Whose news is wanted.
pub struct Unit<'a> {
    pub merchant_serial_number: &'a str,
    pub till: Option<&'a TillId>,
}

impl Address {
    pub fn read(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://")?;
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end)?;
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(":443").unwrap_or(&authority);
        let odd = |c: char| !c.is_ascii_graphic() || c == '\\';
        if authority.is_empty() || authority.contains('@') || url.chars().any(odd) {
            return None;
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Some(Self {
            authority: authority.to_owned(),
            path_and_query: format!("{slash}{target}"),
        })
    }
}

impl Receiver {
    /// Genuine and of this sales unit, or an error; only then is anything of it used.
    pub fn read(&self, delivery: &Delivery<'_>, unit: &Unit<'_>) -> Result<News, Invalid> {
        if delivery.body.len() > BODY_LEN_MAX {
            return invalid("body", "is too long");
        }
        let date = header(delivery, "x-ms-date")?;
        let hash = header(delivery, "x-ms-content-sha256")?;
        self.check_body(delivery.body, hash)?;
        self.check_signature(delivery, date, hash)?;
        // Last, as only the signature makes the date worth anything.
        self.check_age(date, delivery.now_ms)?;
        news(delivery.body, unit)
    }

    fn check_body(&self, body: &[u8], hash: &str) -> Result<(), Invalid> {
        let is = BASE64.encode(digest(&SHA256, body).as_ref());
        constant_time::verify_slices_are_equal(is.as_bytes(), hash.as_bytes()).or_else(|_| {
            invalid(
                "body",
                "is not the one that was sent: hand in the very bytes, before anything reads them",
            )
        })
    }

    fn check_signature(
        &self,
        delivery: &Delivery<'_>,
        date: &str,
        hash: &str,
    ) -> Result<(), Invalid> {
        let Address {
            authority,
            path_and_query,
        } = &self.address;
        let text = format!("POST\n{path_and_query}\n{date};{authority};{hash}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.reveal().as_bytes());
        let is_ours = |(name, value): &(String, String)| {
            let named = AUTHORIZATIONS
                .iter()
                .any(|it| name.eq_ignore_ascii_case(it));
            let signature = value.trim().strip_prefix(SIGNED).filter(|_| named);
            let signature = signature.and_then(|text| BASE64.decode(text.as_bytes()).ok());
            signature.is_some_and(|it| hmac::verify(&key, text.as_bytes(), &it).is_ok())
        };
        if delivery.headers.iter().any(is_ours) {
            return Ok(());
        }
        invalid(
            "headers.authorization",
            "no signature fits: compare webhook_secret and webhook_url with the registration",
        )
    }

    fn check_age(&self, date: &str, now_ms: i64) -> Result<(), Invalid> {
        let layout = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let Ok(date) = PrimitiveDateTime::parse(date, &layout) else {
            return invalid("headers.x-ms-date", "is no date");
        };
        let sent_ms = date.assume_utc().unix_timestamp().saturating_mul(1_000);
        let away_ms = now_ms.saturating_sub(sent_ms).saturating_abs();
        if away_ms > self.age_max_ms {
            return invalid(
                "headers.x-ms-date",
                "is too far from now: an old delivery, or a clock that is wrong",
            );
        }
        Ok(())
    }
}

fn news(body: &[u8], unit: &Unit<'_>) -> Result<News, Invalid> {
    let Ok(told) = serde_json::from_slice::<wire::Told>(body) else {
        return invalid("body", "is nothing that can be read");
    };
    if told.unit() != Some(unit.merchant_serial_number) {
        return invalid("body.msn", "is another sales unit's");
    }
    if let (Some(token), Some(till), Some(at)) =
        (told.customer_token, told.merchant_qr_id, told.initiated_at)
    {
        let Ok(at) = OffsetDateTime::parse(&at, &Rfc3339) else {
            return invalid("body.initiatedAt", "is no time");
        };
        let at_ms = i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000));
        let is_here = unit.till.is_some_and(|own| own.is(&till));
        return Ok(match at_ms {
            Ok(at_ms) if is_here && !token.is_empty() => News::CheckedIn {
                customer: Secret::new(token),
                at_ms,
            },
            _ => News::Nothing,
        });
    }
    Ok(match told.reference {
        Some(reference) if told.psp_reference.is_some() => News::Payment { reference },
        _ => News::Nothing,
    })
}

fn header<'d>(delivery: &Delivery<'d>, name: &'static str) -> Result<&'d str, Invalid> {
    let mut headers = delivery.headers.iter();
    headers
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .ok_or_else(|| Invalid {
            field: "headers",
            problem: format!("'{name}' is missing"),
        })
}

fn invalid<T>(field: &'static str, problem: &str) -> Result<T, Invalid> {
    Err(Invalid {
        field,
        problem: problem.to_owned(),
    })
}
