//! The exported functions. Each converts in, calls the engine once, converts out.
//!
//! The comments are written for the C reader: they become `include/payments.h`.

#![allow(unsafe_code)]
#![allow(
    clippy::missing_safety_doc,
    reason = "the headers' texts are written for C"
)]

mod board;
mod boundary;
mod convert;
mod errands;
mod errors;
mod handles;
mod library;
mod log;
mod scans;
mod threads;
mod types;

pub use boundary::arm_panic_for_tests;
pub use errands::*;
pub use library::*;
pub use scans::{payments_inspect_receipt, payments_take_scan};
pub use types::*;

use boundary::{boundary, library_boundary};
use convert::{OutText, Text};
use errors::Failure;
use std::ffi::{c_char, c_void};

use crate::engine::{HostCall, ManualAmount};

/// Opens the library: checks the whole configuration, opens the journal, and goes on with what was
/// unfinished, in the background.
///
/// @param config   A JSON object, or the path of a file that holds one. UTF-8, NUL-terminated, at
///                 most 1 MiB. docs/configuration.md describes every setting.
/// @param ctx_out  Set on success. Any thread may use it. Set to NULL on failure.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_CONFIG; PAYMENTS_E_JOURNAL_BUSY;
///         PAYMENTS_E_JOURNAL_DAMAGED; PAYMENTS_E_JOURNAL_TOO_NEW; PAYMENTS_E_STORAGE.
///
/// Blocking: disk only, no network; at most 10 seconds.   Threads: any.
/// Retry:    safe; a failed call leaves nothing open.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_init(
    config: *const c_char,
    ctx_out: *mut *mut payments_ctx,
) -> i32 {
    library_boundary(|| {
        // SAFETY: the header demands a place for one pointer, or NULL, which is refused.
        let out = unsafe { convert::out(ctx_out, "ctx_out") }?;
        *out = std::ptr::null_mut();
        // SAFETY: the header demands a NUL-terminated text or NULL, which is refused.
        let config = unsafe { convert::text(config, "config", Text::CONFIG) }?;
        *out = boundary::open(config)?;
        Ok(())
    })
}

/// Starts a tender and returns at once; follow it with payments_poll().
///
/// @param ctx            From payments_init().
/// @param request        Copied before return; the caller keeps it.
/// @param tender_id_out  Set on success, at least 1; stays valid across restarts.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_CONFLICT (tender_ref used for something
///         else); PAYMENTS_E_GUARDED (another payment of this sale is not settled);
///         PAYMENTS_E_LIMIT; PAYMENTS_E_STORAGE and PAYMENTS_E_STORAGE_FULL (nothing was started).
///
/// Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
/// Retry:    the same tender_ref returns the same tender.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_begin_tender(
    ctx: *mut payments_ctx,
    request: *const payments_tender_request,
    tender_id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(tender_id_out, "tender_id_out") }?;
        *out = 0;
        // SAFETY: the header demands a request of `struct_size` bytes, or NULL, which is refused.
        let request = unsafe { convert::tender_request(request) }?;
        *out = context.engine.call_id(HostCall::Begin(Box::new(request)))?;
        Ok(())
    })
}

/// Tells how an operation stands.
///
/// @param ctx         From payments_init().
/// @param id          A tender or a refund.
/// @param timeout_ms  0 or less looks and returns. Above 0 waits until the view's revision is another than
///                    the one in `view_out`, at most this long, capped at 30000.
/// @param view_out    struct_size must be set, and before a wait `revision`: 0, or what the last
///                    call left there. Filled whenever the id is known.
/// @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (nothing new; the view is filled all the same);
///         PAYMENTS_E_NOT_FOUND (no such id, or settled in an earlier run: payments_text() with
///         PAYMENTS_TEXT_SUPPORT reads it from the journal, then it is found);
///         PAYMENTS_E_STRUCT_SIZE; PAYMENTS_E_ARGUMENT.
///
/// Blocking: timeout_ms. Never network or disk; with 0 no lock, no allocation, no system call.
/// Threads:  any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_poll(
    ctx: *mut payments_ctx,
    id: i64,
    timeout_ms: i32,
    view_out: *mut payments_view,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a view of `struct_size` bytes, or NULL, which is refused.
        let view = unsafe { convert::view_out(view_out) }?;
        context.poll(id, timeout_ms, view)
    })
}

/// Hands over what a scanner has read. Anything may be handed over; what is not meant for this
/// tender does no harm. A receipt that proves a payment settles the tender: its view is then
/// PAYMENTS_STATE_PAID, with `captured` perhaps less than `amount`, as customers may pay a part.
///
/// @param ctx       From payments_init().
/// @param id        The tender that waits for a scan.
/// @param data      The bytes as scanned, with or without prefix and line end. Not kept.
/// @param len       At most 8192.
/// @param what_out  PAYMENTS_SCAN_…: what it was. May be NULL.
/// @return PAYMENTS_OK (whatever it was); PAYMENTS_E_ARGUMENT; PAYMENTS_E_TOO_LONG;
///         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit for a customer's code or a receipt, otherwise none; at most 5 seconds.
/// Threads:  any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_submit_scan(
    ctx: *mut payments_ctx,
    id: i64,
    data: *const u8,
    len: usize,
    what_out: *mut i32,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header allows NULL or a place for one int32_t.
        let mut out = unsafe { what_out.as_mut() };
        if let Some(out) = out.as_deref_mut() {
            *out = 0;
        }
        // SAFETY: the header demands `data` readable for `len` bytes; NULL and the cap are checked.
        let bytes = unsafe { convert::bytes(data, len) }?.to_vec();
        let id = convert::operation_id(id)?;
        let what = context.engine.call_scan(HostCall::Scan { id, bytes })?;
        if let Some(out) = out {
            *out = what;
        }
        Ok(())
    })
}

/// Enters an amount that the customer has paid and the cashier reads from the customer's phone,
/// where nothing can be scanned. The library cannot check it: assurance is
/// PAYMENTS_ASSURANCE_MANUAL, and the entry is kept for an audit.
///
/// @param ctx             From payments_init().
/// @param id              A tender in state PAYMENTS_STATE_WAITING_FOR_SCAN.
/// @param amount          In minor units, from 1 to the tender's amount.
/// @param transaction_id  The payment's id on the customer's phone, or NULL. Without it the payment
///                        cannot be given back by this library unless the id is typed then.
/// @param operator_name   Who vouches for it, 1 to 64 bytes.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (the profile takes no amounts by hand, or not this one);
///         PAYMENTS_E_STATE (waits for no scan); PAYMENTS_E_CONFLICT (that payment is used already);
///         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit; at most 5 seconds.   Threads: any.
/// Retry:    the same entry is accepted again.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_manual_amount(
    ctx: *mut payments_ctx,
    id: i64,
    amount: i64,
    transaction_id: *const c_char,
    operator_name: *const c_char,
) -> i32 {
    boundary(ctx, |context| {
        let id = convert::operation_id(id)?;
        // SAFETY: the header demands a NUL-terminated text or NULL.
        let transaction =
            unsafe { convert::optional_text(transaction_id, "transaction_id", Text::REFERENCE) }?;
        // SAFETY: the header demands a NUL-terminated text or NULL, which is refused.
        let operator = unsafe { convert::text(operator_name, "operator_name", Text::REFERENCE) }?;
        let manual = ManualAmount {
            id,
            amount,
            transaction: transaction.map(str::to_owned),
            operator: operator.to_owned(),
        };
        Ok(context
            .engine
            .call_done(HostCall::ManualAmount(Box::new(manual)))?)
    })
}

/// Asks for a tender to be cancelled. The view says how it ended: the customer may have been
/// faster, and then the payment is completed or needs a decision.
///
/// @param ctx  From payments_init().
/// @param id   A tender.
/// @return PAYMENTS_OK (the wish is recorded); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STATE (a refund);
///         PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room); PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_cancel(ctx: *mut payments_ctx, id: i64) -> i32 {
    boundary(ctx, |context| {
        let id = convert::operation_id(id)?;
        Ok(context.engine.call_done(HostCall::Cancel { id })?)
    })
}

/// Answers what a view asks.
///
/// @param ctx       From payments_init().
/// @param id        A tender or a refund.
/// @param choice    PAYMENTS_CHOICE_…; its bit must be set in the view's `choices`.
/// @param operator  Who decides, at most 64 bytes. Needed for the two forced choices, else it may
///                  be NULL. Kept in the journal.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STATE (not offered now);
///         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room);
///         PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit; at most 5 seconds.   Threads: any.
/// Retry:    after PAYMENTS_E_TIMEOUT look at the view first.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_resolve(
    ctx: *mut payments_ctx,
    id: i64,
    choice: i32,
    operator: *const c_char,
) -> i32 {
    boundary(ctx, |context| {
        let id = convert::operation_id(id)?;
        let choice = convert::choice(choice)?;
        // SAFETY: the header demands a NUL-terminated text or NULL.
        let operator = unsafe { convert::optional_text(operator, "operator", Text::REFERENCE) }?;
        let operator = operator.unwrap_or_default().to_owned();
        Ok(context.engine.call_done(HostCall::Resolve {
            id,
            choice,
            operator,
        })?)
    })
}

/// Tells that the till has taken over the result: its receipt is booked. Until then a paid tender
/// is found by payments_recover_pending() after a restart.
///
/// @param ctx          From payments_init().
/// @param id           A tender or a refund, final, or one whose goods may leave.
/// @param receipt_ref  The till's receipt number, 1 to 64 bytes.
/// @return PAYMENTS_OK; PAYMENTS_E_STATE; PAYMENTS_E_CONFLICT (confirmed with another receipt);
///         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room);
///         PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit; at most 5 seconds.   Threads: any.
/// Retry:    the same receipt_ref is accepted again.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_confirm(
    ctx: *mut payments_ctx,
    id: i64,
    receipt_ref: *const c_char,
) -> i32 {
    boundary(ctx, |context| {
        let id = convert::operation_id(id)?;
        // SAFETY: the header demands a NUL-terminated text or NULL, which is refused.
        let receipt = unsafe { convert::text(receipt_ref, "receipt_ref", Text::REFERENCE) }?;
        let receipt_ref = receipt.to_owned();
        Ok(context
            .engine
            .call_done(HostCall::Confirm { id, receipt_ref })?)
    })
}

/// Takes a part, or all, of an approved tender that was begun with PAYMENTS_CAPTURE_ON_CONFIRM. The
/// rest of the reservation is released. Confirm afterwards, as with any paid tender.
///
/// @param ctx     From payments_init().
/// @param id      An approved tender.
/// @param amount  Minor units, from 1 to the approved amount.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STATE (not waiting for this, or the profile
///         takes only whole amounts); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as
///         soon as there is room); PAYMENTS_E_STORAGE.
///
/// Blocking: one disk commit; at most 5 seconds.   Threads: any.
/// Retry:    the same amount is accepted again.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_capture(ctx: *mut payments_ctx, id: i64, amount: i64) -> i32 {
    boundary(ctx, |context| {
        let id = convert::operation_id(id)?;
        Ok(context.engine.call_done(HostCall::Capture { id, amount })?)
    })
}

/// Gives money back, all or part. A refund is an operation with an id of its own.
///
/// @param ctx            From payments_init().
/// @param request        Copied before return; the caller keeps it.
/// @param refund_id_out  Set on success; follow it with payments_poll().
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_NOT_FOUND (no such tender);
///         PAYMENTS_E_STATE (not settled, or more than is left); PAYMENTS_E_CONFLICT (refund_ref
///         used for something else); PAYMENTS_E_STORAGE (nothing was started).
///
/// Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
/// Retry:    the same refund_ref returns the same refund.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_refund(
    ctx: *mut payments_ctx,
    request: *const payments_refund_request,
    refund_id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(refund_id_out, "refund_id_out") }?;
        *out = 0;
        // SAFETY: the header demands a request of `struct_size` bytes, or NULL, which is refused.
        let request = unsafe { convert::refund_request(request) }?;
        *out = context
            .engine
            .call_id(HostCall::Refund(Box::new(request)))?;
        Ok(())
    })
}

/// Lists everything that is unfinished, or paid or refunded and not confirmed, oldest first. Needs
/// nothing saved by the till: call it at start, and before the day is closed.
///
/// @param ctx        From payments_init().
/// @param ids        Room for `cap` ids; may be NULL when cap is 0.
/// @param cap        How many ids fit.
/// @param count_out  How many there are, which may be more than cap.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_BUFFER_TOO_SMALL (the first `cap` are
///         filled in).
///
/// Blocking: memory only; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_recover_pending(
    ctx: *mut payments_ctx,
    ids: *mut i64,
    cap: usize,
    count_out: *mut usize,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one size_t, or NULL, which is refused.
        let count = unsafe { convert::out(count_out, "count_out") }?;
        *count = 0;
        // SAFETY: the header demands room for `cap` ids, or NULL with cap 0.
        let room = unsafe { convert::ids_out(ids, cap) }?;
        let found = context.engine.call_ids(HostCall::Recover)?;
        *count = found.len();
        for (place, id) in room.iter_mut().zip(&found) {
            *place = *id;
        }
        if found.len() > cap {
            Err(Failure::too_small(found.len()))
        } else {
            Ok(())
        }
    })
}

/// Waits until any operation changes: many lanes, one thread.
///
/// @param ctx         From payments_init().
/// @param timeout_ms  At most this long, capped at 30000; 0 or less only looks.
/// @param id_out      The operation that changed, each change told once; 0 when the time was up.
/// @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT; PAYMENTS_E_ARGUMENT.
///
/// Blocking: timeout_ms.   Threads: any; each change goes to one waiter.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_wait_any(
    ctx: *mut payments_ctx,
    timeout_ms: i32,
    id_out: *mut i64,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands a place for one int64_t, or NULL, which is refused.
        let out = unsafe { convert::out(id_out, "id_out") }?;
        *out = 0;
        *out = context.wait_any(timeout_ms)?;
        Ok(())
    })
}

/// Copies a text about an operation.
///
/// @param ctx         From payments_init().
/// @param id          A tender or a refund.
/// @param what        PAYMENTS_TEXT_….
/// @param buf         Room for `cap` bytes; may be NULL when cap is 0.
/// @param cap         Bytes in buf, with the NUL.
/// @param needed_out  Bytes needed, with the NUL. May be NULL.
/// @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL (buf holds an empty text); PAYMENTS_E_STATE (no
///         such text now); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STORAGE.
///
/// Blocking: at most one disk read; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_text(
    ctx: *mut payments_ctx,
    id: i64,
    what: i32,
    buf: *mut c_char,
    cap: usize,
    needed_out: *mut usize,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
        let out = unsafe { OutText::new(buf, cap, needed_out) }?;
        let id = convert::operation_id(id)?;
        let call = match what {
            PAYMENTS_TEXT_QR => HostCall::QrText { id },
            PAYMENTS_TEXT_EXPLANATION => HostCall::Explain { id },
            PAYMENTS_TEXT_SUPPORT => HostCall::Support { id },
            PAYMENTS_TEXT_RESULT => HostCall::Result { id },
            PAYMENTS_TEXT_ACTION => HostCall::Action { id },
            other => return Err(Failure::argument(format!("what: {other} names no text"))),
        };
        out.write(&context.engine.call_text(call)?)
    })
}

/// Draws the QR code that a tender shows to its customer.
///
/// @param ctx           From payments_init().
/// @param id            A tender whose prompt is PAYMENTS_PROMPT_SHOW_QR.
/// @param format        PAYMENTS_QR_….
/// @param module_px     Pixels of one module, or 0 for the largest that fits.
/// @param max_width_px  Width of the target, or 0: 384 for a printer, 1024 for a screen.
/// @param buf           Room for `cap` bytes; may be NULL when cap is 0.
/// @param cap           Bytes in buf.
/// @param needed_out    Bytes needed. May be NULL.
/// @param info_out      Measures of the image; struct_size must be set. May be NULL.
/// @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL (nothing is written); PAYMENTS_E_STATE (no code
///         to show now); PAYMENTS_E_ARGUMENT (the target is too narrow; the error says how wide);
///         PAYMENTS_E_NOT_FOUND.
///
/// Blocking: computes in the caller's thread; at most 5 seconds.   Threads: any.   Retry: safe.
/// Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_qr_image(
    ctx: *mut payments_ctx,
    id: i64,
    format: i32,
    module_px: u32,
    max_width_px: u32,
    buf: *mut c_void,
    cap: usize,
    needed_out: *mut usize,
    info_out: *mut payments_qr_info,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
        let out = unsafe { OutText::new(buf.cast(), cap, needed_out) }?;
        let format = convert::qr_format(format)?;
        let id = convert::operation_id(id)?;
        let text = context.engine.call_text(HostCall::QrText { id })?;
        let image = convert::qr_image(&text, format, module_px, max_width_px)?;
        // SAFETY: the header demands a struct of `struct_size` bytes, or NULL.
        unsafe { convert::qr_info_out(info_out, &image) }?;
        out.write_bytes(&image.bytes)
    })
}

/// Tells how the library itself is: journal, tokens, last contact with each provider.
///
/// @param ctx         From payments_init().
/// @param buf         Room for a JSON text of `cap` bytes; may be NULL when cap is 0.
/// @param cap         Bytes in buf, with the NUL.
/// @param needed_out  Bytes needed, with the NUL. May be NULL.
/// @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL; PAYMENTS_E_ARGUMENT.
///
/// Blocking: memory only; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_health(
    ctx: *mut payments_ctx,
    buf: *mut c_char,
    cap: usize,
    needed_out: *mut usize,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
        let out = unsafe { OutText::new(buf, cap, needed_out) }?;
        out.write(&context.health()?)
    })
}

/// Has log lines handed to the host. Without a callback nothing is logged anywhere.
///
/// @param ctx        From payments_init().
/// @param callback   See payments_log_callback, or NULL for none. When this call returns, the
///                   callback that was set before is not running and will not run again.
/// @param user_data  Handed through.
/// @param max_level  PAYMENTS_LOG_…: the most talkative level wanted.
/// @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_REENTRANT (called from the callback).
///
/// Blocking: waits for a running callback of this ctx to return. Starts one thread while a callback
/// is set.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_set_log_callback(
    ctx: *mut payments_ctx,
    callback: payments_log_callback,
    user_data: *mut c_void,
    max_level: i32,
) -> i32 {
    boundary(ctx, |context| {
        if !(PAYMENTS_LOG_OFF..=PAYMENTS_LOG_DEBUG).contains(&max_level) {
            return Err(Failure::argument(format!(
                "max_level: {max_level} is no log level"
            )));
        }
        context.set_log_callback(callback, user_data, max_level)
    })
}

/// Closes the library. Payments that are under way stay in the journal; the next payments_init()
/// goes on with them. Calls of other threads on this ctx return PAYMENTS_E_HANDLE.
///
/// @param ctx         From payments_init(); never valid again after this call.
/// @param timeout_ms  How long to let requests and commits that are under way end, capped at 30000;
///                    0 or less does not wait.
/// @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (closed all the same; what was under way is unfinished,
///         not lost); PAYMENTS_E_HANDLE; PAYMENTS_E_REENTRANT.
///
/// Blocking: at most timeout_ms + 1 second.   Threads: any but the log callback's.
/// Retry:    not needed.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_shutdown(ctx: *mut payments_ctx, timeout_ms: i32) -> i32 {
    library_boundary(|| boundary::close(ctx, timeout_ms))
}
