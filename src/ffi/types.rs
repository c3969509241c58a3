//! Structs and constants of the C interface. Numbers never change and are never reused.

#![allow(non_camel_case_types)]

use std::ffi::c_char;

/// Counts incompatible changes of this header; compare with payments_abi_version().
pub const PAYMENTS_ABI_VERSION: u32 = 1;

/* Results. 0 is success; below 0 the call failed and changed nothing unless it says so. */

pub const PAYMENTS_OK: i32 = 0;
/// An argument is missing or makes no sense; payments_last_error() names it.
pub const PAYMENTS_E_ARGUMENT: i32 = -1;
/// The ctx is NULL, closed, or was never one.
pub const PAYMENTS_E_HANDLE: i32 = -2;
/// struct_size is smaller than that of version 1.0.
pub const PAYMENTS_E_STRUCT_SIZE: i32 = -3;
/// A text is not UTF-8.
pub const PAYMENTS_E_UTF8: i32 = -4;
/// A text or scan is longer than its limit.
pub const PAYMENTS_E_TOO_LONG: i32 = -5;
/// The buffer is too small; `needed_out` says how much is needed.
pub const PAYMENTS_E_BUFFER_TOO_SMALL: i32 = -6;
/// No operation has this id.
pub const PAYMENTS_E_NOT_FOUND: i32 = -7;
/// The configuration is not usable; payments_last_error() says where and why.
pub const PAYMENTS_E_CONFIG: i32 = -8;
/// Not possible in the operation's present state.
pub const PAYMENTS_E_STATE: i32 = -20;
/// The same reference was used for something else.
pub const PAYMENTS_E_CONFLICT: i32 = -21;
/// Another payment of the same sale is not settled.
pub const PAYMENTS_E_GUARDED: i32 = -22;
/// Too many unfinished operations.
pub const PAYMENTS_E_LIMIT: i32 = -23;
/// Called from inside a callback of this library.
pub const PAYMENTS_E_REENTRANT: i32 = -24;
/// The journal can not be written. Nothing was started.
pub const PAYMENTS_E_STORAGE: i32 = -40;
/// The disk is full. Nothing was started.
pub const PAYMENTS_E_STORAGE_FULL: i32 = -41;
/// Another process or ctx has the journal open.
pub const PAYMENTS_E_JOURNAL_BUSY: i32 = -42;
/// The journal or its key file is damaged, missing or foreign.
pub const PAYMENTS_E_JOURNAL_DAMAGED: i32 = -43;
/// The journal was written by a newer version of this library.
pub const PAYMENTS_E_JOURNAL_TOO_NEW: i32 = -44;
/// The time was up. For payments_poll() and payments_wait_any() nothing has changed; for other
/// calls the outcome is not known: repeat the call, references make that safe.
pub const PAYMENTS_E_TIMEOUT: i32 = -60;
/// A mistake in this library; see payments_last_error().
pub const PAYMENTS_E_INTERNAL: i32 = -80;
/// A mistake in this library stopped the ctx. Shut it down and init again: the journal knows.
pub const PAYMENTS_E_PANIC: i32 = -81;
/// The ctx was stopped by an earlier PAYMENTS_E_PANIC.
pub const PAYMENTS_E_POISONED: i32 = -82;
/// The process has forked since payments_init(); only the parent may use the ctx.
pub const PAYMENTS_E_FORKED: i32 = -83;

/* What an operation is (payments_view.kind). */

pub const PAYMENTS_KIND_TENDER: i32 = 1;
pub const PAYMENTS_KIND_REFUND: i32 = 2;
/// Errands move no money; see payments_check_in(), payments_enrol(), payments_register_till().
pub const PAYMENTS_KIND_CHECK_IN: i32 = 3;
pub const PAYMENTS_KIND_ENROLMENT: i32 = 4;
pub const PAYMENTS_KIND_REGISTRATION: i32 = 5;

/* Where an operation stands (payments_view.state). Treat an unknown number as not final. */

pub const PAYMENTS_STATE_STARTING: i32 = 10;
pub const PAYMENTS_STATE_WAITING_FOR_SCAN: i32 = 20;
pub const PAYMENTS_STATE_WAITING_FOR_CUSTOMER: i32 = 30;
/// Approved; being taken. See payments_view.goods_may_leave.
pub const PAYMENTS_STATE_COMPLETING: i32 = 40;
pub const PAYMENTS_STATE_CANCELLING: i32 = 50;
/// It is not known whether money has moved: neither paid nor declined. Asking goes on by itself.
pub const PAYMENTS_STATE_UNKNOWN: i32 = 60;
/// Answer with payments_resolve(); payments_view.choices says what is legal.
pub const PAYMENTS_STATE_NEEDS_DECISION: i32 = 70;
pub const PAYMENTS_STATE_PAID: i32 = 100;
pub const PAYMENTS_STATE_DECLINED: i32 = 110;
pub const PAYMENTS_STATE_CANCELLED: i32 = 120;
pub const PAYMENTS_STATE_EXPIRED: i32 = 130;
/// Nothing was ever reserved or taken.
pub const PAYMENTS_STATE_FAILED: i32 = 140;
pub const PAYMENTS_STATE_REFUNDED: i32 = 150;
/// The operator closed it by hand; the reason says as what.
pub const PAYMENTS_STATE_CLOSED_BY_HAND: i32 = 160;
/// An errand has its result; see PAYMENTS_TEXT_RESULT.
pub const PAYMENTS_STATE_DONE: i32 = 170;

/* Why (payments_view.reason). More may come. */

pub const PAYMENTS_REASON_NONE: i32 = 0;
pub const PAYMENTS_REASON_CUSTOMER_REJECTED: i32 = 100;
pub const PAYMENTS_REASON_WINDOW_CLOSED: i32 = 101;
pub const PAYMENTS_REASON_CANCELLED_AT_TILL: i32 = 102;
pub const PAYMENTS_REASON_CANCELLED_AT_PROVIDER: i32 = 103;
pub const PAYMENTS_REASON_CUSTOMER_NOT_ELIGIBLE: i32 = 104;
pub const PAYMENTS_REASON_FUNDS_RELEASED: i32 = 105;
/// Ended here, but the customer could still pay with the code that was shown. Should that happen,
/// the operation comes back as PAYMENTS_STATE_NEEDS_DECISION, or is given back by policy.
pub const PAYMENTS_REASON_STILL_PAYABLE: i32 = 106;
pub const PAYMENTS_REASON_PAYMENT_DECLINED: i32 = 107;
pub const PAYMENTS_REASON_LATE_APPROVAL: i32 = 120;
pub const PAYMENTS_REASON_FOUND_AFTER_RESTART: i32 = 121;
pub const PAYMENTS_REASON_CLOSED_AS_PAID: i32 = 122;
pub const PAYMENTS_REASON_CLOSED_AS_NOT_PAID: i32 = 123;
pub const PAYMENTS_REASON_CAPTURE_REFUSED: i32 = 124;
pub const PAYMENTS_REASON_PART_ALREADY_REFUNDED: i32 = 125;
/// Not paid yet: go on waiting (PAYMENTS_CHOICE_RETRY), or cancel?
pub const PAYMENTS_REASON_NOT_PAID_IN_TIME: i32 = 126;
/// The one cancel request had no effect: people have to look at the provider.
pub const PAYMENTS_REASON_CANCEL_FAILED: i32 = 127;
pub const PAYMENTS_REASON_NETWORK_DOWN: i32 = 200;
pub const PAYMENTS_REASON_NO_ANSWER: i32 = 201;
pub const PAYMENTS_REASON_PROVIDER_BUSY: i32 = 202;
pub const PAYMENTS_REASON_PROVIDER_ERROR: i32 = 203;
pub const PAYMENTS_REASON_ANSWER_MISMATCH: i32 = 204;
pub const PAYMENTS_REASON_STORAGE_FAILED: i32 = 205;
pub const PAYMENTS_REASON_PROVIDER_UNDECIDED: i32 = 206;
pub const PAYMENTS_REASON_CREDENTIALS_REJECTED: i32 = 300;
pub const PAYMENTS_REASON_PERMISSION_MISSING: i32 = 301;
pub const PAYMENTS_REASON_PUSH_NOT_ALLOWED: i32 = 302;
pub const PAYMENTS_REASON_CURRENCY_NOT_ALLOWED: i32 = 303;
pub const PAYMENTS_REASON_MERCHANT_SETUP: i32 = 304;
pub const PAYMENTS_REASON_AMOUNT_TOO_SMALL: i32 = 400;
pub const PAYMENTS_REASON_AMOUNT_INVALID: i32 = 401;
pub const PAYMENTS_REASON_PHONE_INVALID: i32 = 402;
pub const PAYMENTS_REASON_SCAN_AGAIN: i32 = 403;
pub const PAYMENTS_REASON_REQUEST_REFUSED: i32 = 404;
pub const PAYMENTS_REASON_PARTIAL_NOT_ALLOWED: i32 = 405;
pub const PAYMENTS_REASON_WRONG_STATE: i32 = 420;
pub const PAYMENTS_REASON_REFERENCE_UNKNOWN: i32 = 421;
pub const PAYMENTS_REASON_CAPTURE_PERIOD_OVER: i32 = 422;
pub const PAYMENTS_REASON_CANCEL_PERIOD_OVER: i32 = 423;
pub const PAYMENTS_REASON_REFUND_PERIOD_OVER: i32 = 424;
pub const PAYMENTS_REASON_REFUND_TOO_LARGE: i32 = 425;
pub const PAYMENTS_REASON_NOTHING_TO_REFUND: i32 = 426;
pub const PAYMENTS_REASON_CUSTOMER_ACCOUNT_GONE: i32 = 427;
pub const PAYMENTS_REASON_ALREADY_CANCELLED: i32 = 428;

/* 430 to 437: what was scanned proves no payment. */

pub const PAYMENTS_REASON_NOT_A_RECEIPT: i32 = 430;
pub const PAYMENTS_REASON_RECEIPT_DAMAGED: i32 = 431;
pub const PAYMENTS_REASON_SCANNER_LAYOUT: i32 = 432;
pub const PAYMENTS_REASON_RECEIPT_ALGORITHM: i32 = 433;
pub const PAYMENTS_REASON_RECEIPT_KEY_UNKNOWN: i32 = 434;
pub const PAYMENTS_REASON_RECEIPT_SIGNATURE: i32 = 435;
pub const PAYMENTS_REASON_RECEIPT_UNMAPPED: i32 = 436;
pub const PAYMENTS_REASON_RECEIPT_UNSIGNED: i32 = 437;

/* 440 to 450: the customer has paid, but this tender cannot be settled with it. */

pub const PAYMENTS_REASON_RECEIPT_NOT_VALID: i32 = 440;
pub const PAYMENTS_REASON_RECEIPT_WRONG_VENUE: i32 = 441;
pub const PAYMENTS_REASON_RECEIPT_WRONG_BENEFIT: i32 = 442;
pub const PAYMENTS_REASON_RECEIPT_TOO_OLD: i32 = 443;
pub const PAYMENTS_REASON_RECEIPT_FROM_FUTURE: i32 = 444;
pub const PAYMENTS_REASON_RECEIPT_AMOUNT_ZERO: i32 = 445;
pub const PAYMENTS_REASON_RECEIPT_EXCEEDS_DUE: i32 = 446;
pub const PAYMENTS_REASON_RECEIPT_EXCEEDS_ELIGIBLE: i32 = 447;
pub const PAYMENTS_REASON_RECEIPT_ALREADY_USED: i32 = 448;
pub const PAYMENTS_REASON_RECEIPT_CURRENCY: i32 = 449;
pub const PAYMENTS_REASON_RECEIPT_NOT_EXACT: i32 = 450;
/// Cancelled at the till; what the customer paid before can settle another sale.
pub const PAYMENTS_REASON_RECEIPT_RELEASED: i32 = 451;

/* What to have people do now (payments_view.prompt). */

pub const PAYMENTS_PROMPT_NONE: i32 = 0;
/// Have the customer's code scanned; hand it to payments_submit_scan().
pub const PAYMENTS_PROMPT_SCAN: i32 = 1;
/// Show the code of payments_qr_image() to the customer.
pub const PAYMENTS_PROMPT_SHOW_QR: i32 = 2;
pub const PAYMENTS_PROMPT_PRINT_QR: i32 = 3;
pub const PAYMENTS_PROMPT_USE_PLATE: i32 = 4;
/// The customer has a request on the phone.
pub const PAYMENTS_PROMPT_CHECK_PHONE: i32 = 5;
pub const PAYMENTS_PROMPT_WAIT: i32 = 6;

/* Who ended it (payments_view.cancelled_by). */

pub const PAYMENTS_BY_NOBODY: i32 = 0;
pub const PAYMENTS_BY_CASHIER: i32 = 1;
pub const PAYMENTS_BY_CUSTOMER: i32 = 2;
pub const PAYMENTS_BY_PROVIDER: i32 = 3;
pub const PAYMENTS_BY_POLICY: i32 = 4;
pub const PAYMENTS_BY_WINDOW: i32 = 5;

/* How well the result is proven (payments_view.assurance). */

pub const PAYMENTS_ASSURANCE_NONE: i32 = 0;
pub const PAYMENTS_ASSURANCE_MANUAL: i32 = 1;
pub const PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE: i32 = 2;
pub const PAYMENTS_ASSURANCE_CONFIRMED_ONLINE: i32 = 3;

/* Answers for payments_resolve(). In payments_view.choices, choice n is the bit 1 << n. */

/// Ask the provider again now.
pub const PAYMENTS_CHOICE_RETRY: i32 = 0;
pub const PAYMENTS_CHOICE_CANCEL: i32 = 1;
/// Give the money back.
pub const PAYMENTS_CHOICE_REFUND: i32 = 2;
/// The sale is rung up again with this payment; confirm it afterwards.
pub const PAYMENTS_CHOICE_RING_UP: i32 = 3;
/// Take the payment although it was cancelled.
pub const PAYMENTS_CHOICE_KEEP: i32 = 4;
/// Close as paid against the provider's silence. Audited; needs an operator.
pub const PAYMENTS_CHOICE_FORCE_PAID: i32 = 5;
/// Close as not paid. Audited; needs an operator. Money that turns up is given back.
pub const PAYMENTS_CHOICE_FORCE_NOT_PAID: i32 = 6;

/* When reserved money is taken (payments_tender_request.capture_rule). */

/// As soon as the customer has approved.
pub const PAYMENTS_CAPTURE_ON_APPROVAL: i32 = 0;
/// When the till calls payments_confirm(), or payments_capture() for a part.
pub const PAYMENTS_CAPTURE_ON_CONFIRM: i32 = 1;

/* What a scan was (payments_submit_scan()). */

/// A customer's code, taken for this tender.
pub const PAYMENTS_SCAN_CUSTOMER: i32 = 1;
pub const PAYMENTS_SCAN_PRODUCT: i32 = 2;
/// Looks like a card number; it was not kept.
pub const PAYMENTS_SCAN_CARD: i32 = 3;
pub const PAYMENTS_SCAN_OTHER_ADDRESS: i32 = 4;
pub const PAYMENTS_SCAN_OTHER: i32 = 5;
pub const PAYMENTS_SCAN_NOISE: i32 = 6;
/// A customer's code, but this operation waits for none.
pub const PAYMENTS_SCAN_NOT_WAITING: i32 = 7;
/// A receipt, taken for this tender.
pub const PAYMENTS_SCAN_RECEIPT: i32 = 8;
/// A receipt that was not taken; the view's reason says why.
pub const PAYMENTS_SCAN_RECEIPT_REFUSED: i32 = 9;
/// Looks like an address damaged by the scanner's keyboard layout.
pub const PAYMENTS_SCAN_LAYOUT_DAMAGED: i32 = 10;

/* Texts (payments_text()). */

/// What the payment's QR code says. Whoever has it can pay: do not log it.
pub const PAYMENTS_TEXT_QR: i32 = 1;
/// The operation's story, one fact a line, in English.
pub const PAYMENTS_TEXT_EXPLANATION: i32 = 2;
/// The provider's own fields, for support, as JSON.
pub const PAYMENTS_TEXT_SUPPORT: i32 = 3;
/// What an errand has found out, as JSON. Holds personal data: do not log it.
pub const PAYMENTS_TEXT_RESULT: i32 = 4;
/// What the cashier should do now, in a few words, for a button or a title.
pub const PAYMENTS_TEXT_ACTION: i32 = 5;

/* Forms of a QR code (payments_qr_image()). */

pub const PAYMENTS_QR_PNG: i32 = 1;
pub const PAYMENTS_QR_SVG: i32 = 2;
/// One bit a pixel, rows padded to whole bytes, most significant bit left, 1 is dark.
pub const PAYMENTS_QR_ROWS: i32 = 3;
/// Bytes for a receipt printer (GS v 0).
pub const PAYMENTS_QR_ESCPOS: i32 = 4;
/// UTF-8 half blocks for a terminal.
pub const PAYMENTS_QR_TERMINAL: i32 = 5;

/* Log levels (payments_set_log_callback()). */

pub const PAYMENTS_LOG_OFF: i32 = 0;
pub const PAYMENTS_LOG_ERROR: i32 = 1;
pub const PAYMENTS_LOG_WARN: i32 = 2;
pub const PAYMENTS_LOG_INFO: i32 = 3;
pub const PAYMENTS_LOG_DEBUG: i32 = 4;

/// An open library. Made by payments_init(), ended by payments_shutdown(); never look inside.
pub struct payments_ctx {
    _private: [u8; 0],
}

/// What the till wants paid. Zero the struct, set struct_size, fill in the rest.
/// All texts are UTF-8, end with NUL, and are copied before the call returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct payments_tender_request {
    /// sizeof(payments_tender_request).
    pub struct_size: u32,
    /// PAYMENTS_CAPTURE_ON_APPROVAL (0) or PAYMENTS_CAPTURE_ON_CONFIRM.
    pub capture_rule: i32,
    /// In minor units (49900 is NOK 499.00), more than 0.
    pub amount: i64,
    /// Of the whole sale, in minor units, or 0. Not less than amount.
    pub sale_total: i64,
    /// ISO 4217, for example "NOK".
    pub currency: *const c_char,
    /// A profile of the configuration.
    pub profile: *const c_char,
    /// The till's name for the sale, 1 to 64 bytes. Several tenders may share it.
    pub sale_ref: *const c_char,
    /// The till's name for this tender, 1 to 64 bytes, never used for another one: the same name
    /// again is the same tender.
    pub tender_ref: *const c_char,
    /// A JSON object, or NULL: approach, customer, description, receipt, metadata, operator,
    /// override_unknown, eligible_amount, manual. The README lists its members. At most 64 KiB.
    pub details_json: *const c_char,
}

/// What the till wants to give back. Zero the struct, set struct_size, fill in the rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct payments_refund_request {
    /// sizeof(payments_refund_request).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: i32,
    /// The tender to refund, or 0 when profile, reference and currency name the payment.
    pub tender_id: i64,
    /// In minor units; 0 is everything that is left.
    pub amount: i64,
    /// The till's name for this refund, 1 to 64 bytes: the same name again is the same refund.
    pub refund_ref: *const c_char,
    /// Only without tender_id: the profile, the payment's reference as printed on the receipt
    /// (payments_view.reference, or the provider's own), and the currency. NULL otherwise. With the
    /// tender_id of an amount entered by hand without one, `reference` names the payment.
    pub profile: *const c_char,
    pub reference: *const c_char,
    pub currency: *const c_char,
    /// A JSON object with the member "operator", or NULL.
    pub details_json: *const c_char,
}

/// How an operation stands. Set struct_size before the call. Texts end with NUL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct payments_view {
    /// sizeof(payments_view).
    pub struct_size: u32,
    /// PAYMENTS_KIND_….
    pub kind: i32,
    pub id: i64,
    /// The tender that a refund belongs to, or 0.
    pub parent_id: i64,
    /// Grows with each change.
    pub revision: i64,
    /// PAYMENTS_STATE_….
    pub state: i32,
    /// PAYMENTS_REASON_….
    pub reason: i32,
    /// PAYMENTS_BY_….
    pub cancelled_by: i32,
    /// PAYMENTS_PROMPT_….
    pub prompt: i32,
    /// The legal answers for payments_resolve(): bit 1 << PAYMENTS_CHOICE_….
    pub choices: u32,
    /// 1 once the money is certain: the library takes it, across power cuts if need be.
    pub goods_may_leave: i32,
    /// PAYMENTS_ASSURANCE_….
    pub assurance: i32,
    /// 1 if it was unfinished or unconfirmed when the library started.
    pub found_after_restart: i32,
    /// Minor units of the currency, like the three that follow.
    pub amount: i64,
    pub approved: i64,
    pub captured: i64,
    pub refunded: i64,
    /// When the customer's time ends, in Unix milliseconds, or 0.
    pub deadline_ms: i64,
    /// When this was last changed, in Unix milliseconds.
    pub updated_ms: i64,
    pub currency: [c_char; 8],
    /// For support: P, our reason, and the provider's own error number if there is one.
    pub short_code: [c_char; 24],
    pub profile: [c_char; 64],
    /// Our reference of the payment at the provider; print it on the receipt.
    pub reference: [c_char; 72],
    pub provider_reference: [c_char; 72],
    pub sale_ref: [c_char; 72],
    /// The till's tender_ref or refund_ref.
    pub host_ref: [c_char; 72],
    /// What is true and what to do, in the configured language.
    pub cashier_text: [c_char; 256],
    /// The same for the customer's display.
    pub customer_text: [c_char; 256],
}

/// Measures of a QR image. Set struct_size before the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct payments_qr_info {
    /// sizeof(payments_qr_info).
    pub struct_size: u32,
    /// In pixels, dots, or characters and lines in a terminal.
    pub width: u32,
    pub height: u32,
    /// The module size that was used.
    pub module_px: u32,
    /// The smallest module size that readers cope with on this target.
    pub smallest_module_px: u32,
    pub reserved: u32,
}

/// Takes a log line: UTF-8, one line, no secrets and no personal data, valid during the call only.
/// Called on a thread of the library, one call at a time, never after payments_shutdown() or after
/// the callback was replaced. Must not call this library with the same ctx.
pub type payments_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut std::ffi::c_void, level: i32, line: *const c_char)>;

/// Sizes of the first release: what a caller may have been compiled with at the earliest.
pub const TENDER_REQUEST_SIZE_V1: usize = size_of::<payments_tender_request>();
pub const REFUND_REQUEST_SIZE_V1: usize = size_of::<payments_refund_request>();
pub const VIEW_SIZE_V1: usize = size_of::<payments_view>();
pub const QR_INFO_SIZE_V1: usize = size_of::<payments_qr_info>();
