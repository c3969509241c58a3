//! Pointers, texts, lengths and structs: in, checked; out, bounded.

use super::errors::Failure;
use super::types::*;
use crate::device::qr::{self, QrError, QrFormat, QrImage, QrRequest};
use crate::engine::{BeginRequest, RefundRequest, View};
use crate::provider::scan::SCAN_LEN_MAX;
use crate::tender::{CaptureRule, Choice, OperationId, State};
use serde::de::DeserializeOwned;
use std::ffi::c_char;

use super::board::Words;

/// How long a text may be, in bytes without its NUL.
#[derive(Clone, Copy)]
pub struct Text(usize);

impl Text {
    pub const CONFIG: Text = Text(crate::config::CONFIG_LEN_MAX);
    pub const REFERENCE: Text = Text(64);
    pub const CURRENCY: Text = Text(3);
    pub const DETAILS: Text = Text(64 * 1024);
    pub const SCAN: Text = Text(SCAN_LEN_MAX);
    /// A customer's or a till's code.
    pub const CODE: Text = Text(512);
}

/// # Safety
/// `pointer` is NULL or good for writing one `T`.
pub unsafe fn out<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller's duty, handed on.
    unsafe { pointer.as_mut() }.ok_or_else(|| Failure::argument(format!("{name} is NULL")))
}

/// # Safety
/// `pointer` is NULL or readable up to and with a NUL, or up to the limit plus one byte.
pub unsafe fn text<'a>(
    pointer: *const c_char,
    name: &str,
    limit: Text,
) -> Result<&'a str, Failure> {
    // SAFETY: the caller's duty, handed on.
    match unsafe { optional_text(pointer, name, limit) }? {
        None => Err(Failure::argument(format!("{name} is NULL"))),
        Some("") => Err(Failure::argument(format!("{name} is empty"))),
        Some(text) => Ok(text),
    }
}

/// # Safety
/// As for [`text`].
pub unsafe fn optional_text<'a>(
    pointer: *const c_char,
    name: &str,
    limit: Text,
) -> Result<Option<&'a str>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: readable up to the NUL or one byte past the limit, whichever comes first.
    let len = unsafe { bounded_len(pointer, limit.0) };
    let Some(len) = len else {
        let problem = format!("{name} is longer than {} bytes", limit.0);
        return Err(Failure::new(PAYMENTS_E_TOO_LONG, problem));
    };
    // SAFETY: `len` bytes and the NUL behind them were just read.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), len) };
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(PAYMENTS_E_UTF8, format!("{name} is not UTF-8")))?;
    Ok(Some(text))
}

/// # Safety
/// `pointer` is readable up to a NUL, or for `limit + 1` bytes.
unsafe fn bounded_len(pointer: *const c_char, limit: usize) -> Option<usize> {
    (0..=limit).find(|index| {
        // SAFETY: no byte before this one was the NUL, so this one is readable.
        unsafe { *pointer.add(*index) == 0 }
    })
}

/// # Safety
/// `data` is NULL or readable for `len` bytes.
pub unsafe fn bytes<'a>(data: *const u8, len: usize) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(Failure::argument("data is NULL"));
    }
    if len > SCAN_LEN_MAX {
        let problem = format!("a scan has at most {SCAN_LEN_MAX} bytes");
        return Err(Failure::new(PAYMENTS_E_TOO_LONG, problem));
    }
    // SAFETY: the caller's duty, handed on.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// The longest webhook body that is read.
const BODY_LEN_MAX: usize = 64 * 1024;

/// # Safety
/// `body` is NULL or readable for `len` bytes.
pub unsafe fn body<'a>(body: *const u8, len: usize) -> Result<&'a [u8], Failure> {
    match (body.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::argument("body is NULL")),
        (false, len) if len > BODY_LEN_MAX => {
            let problem = format!("a webhook has at most {BODY_LEN_MAX} bytes");
            Err(Failure::new(PAYMENTS_E_TOO_LONG, problem))
        }
        // SAFETY: the caller's duty, handed on.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(body, len) }),
    }
}

/// # Safety
/// `ids` is NULL or good for writing `cap` ids.
pub unsafe fn ids_out<'a>(ids: *mut i64, cap: usize) -> Result<&'a mut [i64], Failure> {
    match (ids.is_null(), cap) {
        (true, 0) => Ok(&mut []),
        (true, _) => Err(Failure::argument("ids is NULL")),
        (false, cap) if cap > isize::MAX as usize / 8 => Err(Failure::argument("cap is too large")),
        // SAFETY: the caller's duty, handed on; the size does not overflow.
        (false, cap) => Ok(unsafe { std::slice::from_raw_parts_mut(ids, cap) }),
    }
}

/// A buffer of the caller's, with the place for the needed size.
pub struct OutText<'a> {
    room: &'a mut [u8],
    needed: Option<&'a mut usize>,
}

impl OutText<'_> {
    /// # Safety
    /// `buf` is NULL or good for writing `cap` bytes; `needed` is NULL or good for one `usize`.
    pub unsafe fn new(buf: *mut c_char, cap: usize, needed: *mut usize) -> Result<Self, Failure> {
        // SAFETY: the caller's duty, handed on.
        let mut needed = unsafe { needed.as_mut() };
        if let Some(needed) = needed.as_deref_mut() {
            *needed = 0;
        }
        let room: &mut [u8] = match (buf.is_null(), cap) {
            (true, 0) => &mut [],
            (true, _) => return Err(Failure::argument("buf is NULL but cap is not 0")),
            (false, cap) if cap > isize::MAX as usize => {
                return Err(Failure::argument("cap is too large"));
            }
            // SAFETY: the caller's duty, handed on.
            (false, cap) => unsafe { std::slice::from_raw_parts_mut(buf.cast::<u8>(), cap) },
        };
        if let Some(first) = room.first_mut() {
            *first = 0;
        }
        Ok(Self { room, needed })
    }

    pub fn write(self, text: &str) -> Result<(), Failure> {
        let needed = text.len() + 1;
        if let Some(place) = self.needed {
            *place = needed;
        }
        if self.room.len() < needed {
            return Err(Failure::too_small(needed));
        }
        fill(self.room, text);
        Ok(())
    }

    pub fn write_cut(self, text: &str) {
        if let Some(place) = self.needed {
            *place = text.len() + 1;
        }
        fill(self.room, text);
    }

    pub fn write_bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        if let Some(place) = self.needed {
            *place = bytes.len();
        }
        match self.room.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(Failure::too_small(bytes.len())),
        }
    }
}

/// Copies a text with its NUL, cut at a character's boundary if need be.
fn fill(room: &mut [u8], text: &str) {
    let Some(most) = room.len().checked_sub(1) else {
        return;
    };
    let mut len = text.len().min(most);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    let part = text.as_bytes().get(..len).unwrap_or_default();
    for (place, byte) in room.iter_mut().zip(part.iter().chain(std::iter::once(&0))) {
        *place = *byte;
    }
}

pub fn operation_id(raw: i64) -> Result<OperationId, Failure> {
    OperationId::new(raw).ok_or_else(|| {
        Failure::new(
            PAYMENTS_E_NOT_FOUND,
            format!("{raw} is no id; ids begin at 1"),
        )
    })
}

pub fn choice(raw: i32) -> Result<Choice, Failure> {
    Choice::from_number(raw).ok_or_else(|| Failure::argument(format!("choice: {raw} is none")))
}

/// Reads a caller's struct: no more than it says it has, the rest zero.
///
/// # Safety
/// `pointer` is NULL, or readable for the `struct_size` bytes that its first four say.
unsafe fn sized<T: Copy>(
    pointer: *const T,
    name: &str,
    least: usize,
    zero: T,
) -> Result<T, Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format!("{name} is NULL")));
    }
    // SAFETY: every sized struct begins with its `uint32_t struct_size`.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    check_size(size, name, least)?;
    let mut value = zero;
    // SAFETY: both sides are good for the smaller of the two sizes.
    unsafe {
        std::ptr::copy_nonoverlapping(
            pointer.cast::<u8>(),
            (&raw mut value).cast::<u8>(),
            size.min(size_of::<T>()),
        );
    }
    Ok(value)
}

fn check_size(size: usize, name: &str, least: usize) -> Result<(), Failure> {
    if size < least || size > 64 * 1024 {
        let problem = format!(
            "{name}: struct_size is {size}; set it to sizeof of the struct, which is at least {least}"
        );
        return Err(Failure::new(PAYMENTS_E_STRUCT_SIZE, problem));
    }
    Ok(())
}

/// # Safety
/// As the header says of `payments_tender_request`.
pub unsafe fn tender_request(
    pointer: *const payments_tender_request,
) -> Result<BeginRequest, Failure> {
    let zero = payments_tender_request {
        struct_size: 0,
        capture_rule: 0,
        amount: 0,
        sale_total: 0,
        currency: std::ptr::null(),
        profile: std::ptr::null(),
        sale_ref: std::ptr::null(),
        tender_ref: std::ptr::null(),
        details_json: std::ptr::null(),
    };
    // SAFETY: the caller's duty, handed on; the texts likewise.
    unsafe {
        let raw = sized(pointer, "request", TENDER_REQUEST_SIZE_V1, zero)?;
        let capture = match raw.capture_rule {
            PAYMENTS_CAPTURE_ON_APPROVAL => CaptureRule::OnApproval,
            PAYMENTS_CAPTURE_ON_CONFIRM => CaptureRule::OnConfirm,
            other => {
                return Err(Failure::argument(format!(
                    "request.capture_rule: {other} is none"
                )));
            }
        };
        if raw.sale_total < 0 {
            return Err(Failure::argument("request.sale_total is negative"));
        }
        Ok(BeginRequest {
            profile: text(raw.profile, "request.profile", Text::REFERENCE)?.to_owned(),
            amount: raw.amount,
            currency: text(raw.currency, "request.currency", Text::CURRENCY)?.to_owned(),
            sale_ref: text(raw.sale_ref, "request.sale_ref", Text::REFERENCE)?.to_owned(),
            tender_ref: text(raw.tender_ref, "request.tender_ref", Text::REFERENCE)?.to_owned(),
            sale_total: (raw.sale_total > 0).then_some(raw.sale_total),
            capture: Some(capture),
            details: details(raw.details_json)?,
        })
    }
}

/// # Safety
/// As the header says of `payments_refund_request`.
pub unsafe fn refund_request(
    pointer: *const payments_refund_request,
) -> Result<RefundRequest, Failure> {
    let zero = payments_refund_request {
        struct_size: 0,
        reserved: 0,
        tender_id: 0,
        amount: 0,
        refund_ref: std::ptr::null(),
        profile: std::ptr::null(),
        reference: std::ptr::null(),
        currency: std::ptr::null(),
        details_json: std::ptr::null(),
    };
    // SAFETY: the caller's duty, handed on; the texts likewise.
    unsafe {
        let raw = sized(pointer, "request", REFUND_REQUEST_SIZE_V1, zero)?;
        if raw.reserved != 0 {
            return Err(Failure::argument(
                "request.reserved must be 0; zero the struct first",
            ));
        }
        if raw.amount < 0 {
            return Err(Failure::argument(
                "request.amount is negative; 0 is everything left",
            ));
        }
        let tender = match raw.tender_id {
            0 => None,
            id => Some(operation_id(id)?),
        };
        let (profile, reference, currency) = if tender.is_some() {
            let named = optional_text(raw.reference, "request.reference", Text::REFERENCE)?;
            let named = named.unwrap_or_default().to_owned();
            (String::new(), named, String::new())
        } else {
            (
                text(raw.profile, "request.profile", Text::REFERENCE)?.to_owned(),
                text(raw.reference, "request.reference", Text::REFERENCE)?.to_owned(),
                text(raw.currency, "request.currency", Text::CURRENCY)?.to_owned(),
            )
        };
        Ok(RefundRequest {
            tender,
            profile,
            reference,
            currency,
            amount: (raw.amount > 0).then_some(raw.amount),
            refund_ref: text(raw.refund_ref, "request.refund_ref", Text::REFERENCE)?.to_owned(),
            details: details(raw.details_json)?,
        })
    }
}

/// # Safety
/// `pointer` is NULL or a NUL-terminated text.
unsafe fn details<T: DeserializeOwned + Default>(pointer: *const c_char) -> Result<T, Failure> {
    // SAFETY: the caller's duty, handed on.
    let Some(json) = unsafe { optional_text(pointer, "details_json", Text::DETAILS) }? else {
        return Ok(T::default());
    };
    crate::config::read_details(json).map_err(Failure::argument)
}

/// A place for a view, and what the caller last saw there.
pub struct ViewOut {
    pointer: *mut u8,
    size: usize,
    pub seen_revision: i64,
}

/// # Safety
/// `pointer` is NULL, or good for reading and writing the bytes that its `struct_size` says.
pub unsafe fn view_out(pointer: *mut payments_view) -> Result<ViewOut, Failure> {
    if pointer.is_null() {
        return Err(Failure::argument("view_out is NULL"));
    }
    // SAFETY: every sized struct begins with its `uint32_t struct_size`; at least the first
    // version's bytes follow once that is checked.
    unsafe {
        let size = (&raw const (*pointer).struct_size).read_unaligned() as usize;
        check_size(size, "view_out", VIEW_SIZE_V1)?;
        let seen_revision = (&raw const (*pointer).revision).read_unaligned();
        Ok(ViewOut {
            pointer: pointer.cast(),
            size,
            seen_revision,
        })
    }
}

impl ViewOut {
    pub fn fill(&self, words: &Words) {
        let len = self.size.min(size_of::<Words>());
        let size = u32::try_from(self.size).unwrap_or(u32::MAX);
        // SAFETY: `view_out` has checked that the caller's struct has `size` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(words.as_ptr().cast::<u8>(), self.pointer, len);
            self.pointer.cast::<u32>().write_unaligned(size);
        }
    }

    pub fn clear(&self) {
        // SAFETY: as in `fill`; `struct_size` stays as it was.
        unsafe { self.pointer.add(4).write_bytes(0, self.size - 4) };
    }
}

fn c_text<const N: usize>(text: &str) -> [c_char; N] {
    let mut bytes = [0_u8; N];
    fill(&mut bytes, text);
    // Signed on some targets, unsigned on others.
    bytes.map(|byte| c_char::from_ne_bytes([byte]))
}

/// A view as the words of its C struct.
pub fn view_words(view: &View) -> Words {
    let raw = payments_view {
        struct_size: u32::try_from(size_of::<payments_view>()).unwrap_or(0),
        kind: view.kind.number(),
        id: view.id.get(),
        parent_id: view.parent.map_or(0, OperationId::get),
        revision: view.revision,
        state: view.state.number(),
        reason: view.reason.number(),
        cancelled_by: view.cancelled_by.number(),
        prompt: view.prompt.number(),
        choices: view.choices.mask(),
        goods_may_leave: i32::from(view.goods_may_leave),
        assurance: view.assurance.number(),
        found_after_restart: i32::from(view.found_after_restart),
        amount: view.amount.minor,
        approved: view.approved,
        captured: view.captured,
        refunded: view.refunded,
        deadline_ms: view.deadline_ms,
        updated_ms: view.updated_ms,
        currency: c_text(if view.kind.is_errand() {
            ""
        } else {
            view.amount.currency.code()
        }),
        short_code: c_text(&view.short_code),
        profile: c_text(&view.profile),
        reference: c_text(&view.reference),
        provider_reference: c_text(&view.provider_reference),
        sale_ref: c_text(&view.sale_ref),
        host_ref: c_text(&view.host_ref),
        cashier_text: c_text(&view.cashier_text),
        customer_text: c_text(&view.customer_text),
    };
    // SAFETY: the struct is plain integers without padding (asserted in the tests of its layout)
    // and its size is that of the words.
    unsafe { std::mem::transmute::<payments_view, Words>(raw) }
}

/// Back from words: any bits make a view.
pub fn view_of(words: &Words) -> payments_view {
    // SAFETY: as above, the other way round.
    unsafe { std::mem::transmute::<Words, payments_view>(*words) }
}

pub fn is_final(words: &Words) -> bool {
    State::from_number(view_of(words).state).is_some_and(State::is_final)
}

pub fn qr_format(raw: i32) -> Result<QrFormat, Failure> {
    match raw {
        PAYMENTS_QR_PNG => Ok(QrFormat::Png),
        PAYMENTS_QR_SVG => Ok(QrFormat::Svg),
        PAYMENTS_QR_ROWS => Ok(QrFormat::Rows),
        PAYMENTS_QR_ESCPOS => Ok(QrFormat::EscPos),
        PAYMENTS_QR_TERMINAL => Ok(QrFormat::Terminal),
        other => Err(Failure::argument(format!("format: {other} is none"))),
    }
}

pub fn qr_image(
    text: &str,
    format: QrFormat,
    module_px: u32,
    max_width_px: u32,
) -> Result<QrImage, Failure> {
    let request = QrRequest {
        module_px,
        max_width_px,
        ..QrRequest::new(text, format)
    };
    qr::render(&request).map_err(|error| match error {
        QrError::Png(_) => Failure::new(PAYMENTS_E_INTERNAL, error.to_string()),
        error => Failure::argument(error.to_string()),
    })
}

/// # Safety
/// `pointer` is NULL, or good for writing the bytes that its `struct_size` says.
pub unsafe fn qr_info_out(pointer: *mut payments_qr_info, image: &QrImage) -> Result<(), Failure> {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: the struct begins with its size; the first version's bytes follow once that is
    // checked.
    unsafe {
        let size = (&raw const (*pointer).struct_size).read_unaligned();
        check_size(size as usize, "info_out", QR_INFO_SIZE_V1)?;
        pointer.write_unaligned(payments_qr_info {
            struct_size: size,
            width: image.width,
            height: image.height,
            module_px: image.module_px,
            smallest_module_px: image.smallest_module_px,
            reserved: 0,
        });
    }
    Ok(())
}
