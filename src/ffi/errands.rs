//! Errands and webhooks: the customer club, and the code that stands at a till.

use super::boundary::boundary;
use super::convert::{self, Text};
use super::errors::Failure;
use super::types::*;
use crate::engine::HostCall;
use crate::provider::scan::{self, ScanKind};
use crate::provider::{CustomerHint, ErrandOrder};
use crate::secret::Secret;
use std::ffi::c_char;

/// The most headers of a webhook that are looked at.
const HEADERS_MAX: usize = 100;

/// Finds out who a customer is, before or without a sale. An errand: follow it with payments_poll();
/// once it is PAYMENTS_STATE_DONE, PAYMENTS_TEXT_RESULT tells, for example {"phone":"4712345678"}.
/// Whether that is a member is known to the till alone.
///
/// @param ctx       From payments_init().
/// @param profile   A profile of the configuration.
/// @param customer  What the customer's personal code says, as scanned, or a phone number as typed.
/// @param id_out    Set on success.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (also: the provider has no such thing);
///         PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
/// Retry:    safe; each call is an errand of its own.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_check_in(
    ctx: *mut payments_ctx,
    profile: *const c_char,
    customer: *const c_char,
    id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(id_out, "id_out") }?;
        *out = 0;
        // SAFETY: the header demands NUL-terminated texts or NULL, which is refused.
        let profile = unsafe { convert::text(profile, "profile", Text::REFERENCE) }?;
        // SAFETY: as above.
        let customer = unsafe { convert::text(customer, "customer", Text::CODE) }?.trim();
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')');
        // A product's code has more digits than a number at the till, or fewer; twelve could be both.
        let is_product =
            matches!(customer.len(), 8 | 13 | 14) && scan::classify(customer) == ScanKind::Product;
        let hint = if customer.chars().all(is_number) && !is_product {
            CustomerHint::Phone(Secret::new(customer))
        } else {
            CustomerHint::Code(Secret::new(customer))
        };
        *out = context.engine.call_id(HostCall::Errand {
            profile: profile.to_owned(),
            order: ErrandOrder::CheckIn(hint),
        })?;
        Ok(())
    })
}

/// Asks the customer of a finished check-in, by a question on the phone, to join the customer club.
/// An errand of its own: PAYMENTS_STATE_WAITING_FOR_CUSTOMER while the question stands, then
/// PAYMENTS_STATE_DONE with the data that the customer has agreed to give (PAYMENTS_TEXT_RESULT),
/// PAYMENTS_STATE_DECLINED, PAYMENTS_STATE_EXPIRED or PAYMENTS_STATE_FAILED. The sale does not
/// depend on it. payments_cancel() stops waiting.
///
/// @param ctx          From payments_init().
/// @param check_in_id  From payments_check_in(), in PAYMENTS_STATE_DONE.
/// @param id_out       Set on success.
/// @return PAYMENTS_OK; PAYMENTS_E_STATE (no finished check-in); PAYMENTS_E_ARGUMENT;
///         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
/// Retry:    each call asks the customer once more.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_enrol(
    ctx: *mut payments_ctx,
    check_in_id: i64,
    id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(id_out, "id_out") }?;
        *out = 0;
        let id = convert::operation_id(check_in_id)?;
        *out = context.engine.call_id(HostCall::Enrol { id })?;
        Ok(())
    })
}

/// Makes the code that stands at this till known to the provider. Done once, when the till is set
/// up; the profile's setting for it then names the same id. An errand: follow it with
/// payments_poll(); PAYMENTS_TEXT_RESULT tells what to print.
///
/// @param ctx          From payments_init().
/// @param profile      A profile of the configuration.
/// @param till_code    What an existing sticker's code says, the bare id on it, or a new name of 1 to
///                     64 letters, digits and '-'.
/// @param description  What customers are shown of the till, 1 to 36 characters.
/// @param id_out       Set on success.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (also: the provider has no such thing);
///         PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
/// Retry:    safe; registering again changes only the description.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_register_till(
    ctx: *mut payments_ctx,
    profile: *const c_char,
    till_code: *const c_char,
    description: *const c_char,
    id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(id_out, "id_out") }?;
        *out = 0;
        // SAFETY: the header demands NUL-terminated texts or NULL, which is refused.
        let profile = unsafe { convert::text(profile, "profile", Text::REFERENCE) }?;
        // SAFETY: as above.
        let code = unsafe { convert::text(till_code, "till_code", Text::CODE) }?;
        // SAFETY: as above.
        let shown = unsafe { convert::text(description, "description", Text::CODE) }?;
        *out = context.engine.call_id(HostCall::Errand {
            profile: profile.to_owned(),
            order: ErrandOrder::RegisterTill {
                id: code.trim().to_owned(),
                description: shown.to_owned(),
            },
        })?;
        Ok(())
    })
}

/// Hands in a webhook that the host has received, exactly as it came. It is believed only if its
/// signature is genuine. It may start a tender that waits for a check-in at the till's code, or have
/// a payment asked about at once; nothing else.
///
/// @param ctx      From payments_init().
/// @param profile  A profile of the configuration.
/// @param headers  The request's header lines, "Name: value", one a line. At most 64 KiB.
/// @param body     The request's body, unchanged byte for byte.
/// @param len      Bytes in body, at most 65536.
/// @return PAYMENTS_OK (genuine, whether or not it was of use); PAYMENTS_E_ARGUMENT (not genuine, not
///         for this profile, or the profile has no webhook settings: answer the sender with 401);
///         PAYMENTS_E_TOO_LONG; PAYMENTS_E_STORAGE.
///
/// Blocking: at most one disk commit; at most 5 seconds.   Threads: any.
/// Retry:    safe; a webhook that comes twice does nothing the second time.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_deliver_webhook(
    ctx: *mut payments_ctx,
    profile: *const c_char,
    headers: *const c_char,
    body: *const u8,
    len: usize,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands NUL-terminated texts or NULL, which is refused.
        let profile = unsafe { convert::text(profile, "profile", Text::REFERENCE) }?;
        // SAFETY: as above.
        let headers = unsafe { convert::text(headers, "headers", Text::DETAILS) }?;
        // SAFETY: the header demands `body` readable for `len` bytes; NULL and the cap are checked.
        let body = unsafe { convert::body(body, len) }?.to_vec();
        Ok(context.engine.call_done(HostCall::Webhook {
            profile: profile.to_owned(),
            headers: header_lines(headers)?,
            body,
        })?)
    })
}

/// Names in lower case, values without the blanks around them.
fn header_lines(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.len() > HEADERS_MAX {
        return Err(Failure::argument(format!(
            "headers: more than {HEADERS_MAX} lines"
        )));
    }
    let header = |line: &&str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    lines
        .iter()
        .map(|line| {
            header(line).ok_or_else(|| {
                Failure::argument("headers: each line must be 'Name: value'".to_owned())
            })
        })
        .collect()
}
