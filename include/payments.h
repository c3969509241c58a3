/*
 * libpayments: wallet and benefit payments for point-of-sale software.
 * Version 0.1.0. Licence: MIT. Generated from src/ffi by tests/header.rs; do not edit.
 *
 * A sale, on one thread:
 *
 *     payments_ctx *ctx = NULL;
 *     payments_tender_request request;
 *     payments_view view;
 *     int64_t id = 0;
 *     int32_t result;
 *
 *     if (payments_init("till.json", &ctx) != PAYMENTS_OK) return explain();
 *
 *     memset(&request, 0, sizeof request);
 *     request.struct_size = sizeof request;
 *     request.profile = "vipps";          request.sale_ref = "sale-1042";
 *     request.amount = 49900;             request.tender_ref = "sale-1042-1";
 *     request.currency = "NOK";           request.details_json = "{\"approach\":\"qr\"}";
 *     if (payments_begin_tender(ctx, &request, &id) != PAYMENTS_OK) return explain();
 *
 *     memset(&view, 0, sizeof view);
 *     view.struct_size = sizeof view;
 *     do {
 *         result = payments_poll(ctx, id, 1000, &view);
 *         if (result != PAYMENTS_OK && result != PAYMENTS_E_TIMEOUT) return explain();
 *         show(view.prompt, view.cashier_text, view.customer_text);
 *         if (view.state == PAYMENTS_STATE_NEEDS_DECISION)
 *             payments_resolve(ctx, id, ask_cashier(view.choices), "operator 7");
 *         else if (cashier_pressed_cancel())
 *             payments_cancel(ctx, id);
 *     } while (!payments_state_is_final(view.state));
 *
 *     if (view.state == PAYMENTS_STATE_PAID) {
 *         print_receipt(view.reference);
 *         payments_confirm(ctx, id, "receipt 1042");
 *     }
 *     payments_shutdown(ctx, 1000);
 *
 * After payments_init(), payments_recover_pending() lists what an earlier run left: payments that
 * are still open, and payments that were made but never confirmed. Do this first at each start.
 *
 * Results   0 is PAYMENTS_OK; a negative result is a call that failed, and payments_last_error()
 *           says why. A customer who declines is not a failed call: look at payments_view.state.
 *           Numbers never change; new ones may come, so ask payments_state_is_final() and
 *           payments_result_is_retryable() rather than comparing lists.
 * Blocking  Each call says how long it may block at most. None waits for a provider. The longest
 *           waits are those asked for: the timeout_ms of payments_poll() and payments_wait_any().
 *           A user interface calls payments_poll(ctx, id, 0, &view) from a timer.
 * Threads   Any thread may call anything. The library runs two threads of its own, three while a
 *           log callback is set, and calls back from none but the last.
 * Memory    The library hands out nothing to free but the ctx. It copies what it is given before
 *           the call returns, and writes only into what the caller provides. On failure outputs
 *           are 0, NULL or empty, unless the call says otherwise.
 * Structs   Zero them, set struct_size to sizeof, then fill them in: programs compiled with this
 *           header go on working with later libraries.
 * Texts     UTF-8, ended by NUL; paths too, also on Windows. Amounts are in minor units: 49900 is
 *           499.00 for NOK and 49900 for ISK. Times are milliseconds since 1970.
 * Process   No signal handler, no output, no change of locale, directory or environment. After
 *           fork() only the parent may go on; the child gets PAYMENTS_E_FORKED.
 */

#ifndef PAYMENTS_H
#define PAYMENTS_H

#include <stddef.h>
#include <stdint.h>

/* Versions: of this header, and of the interface. */

/** Compare with payments_version(). */
#define PAYMENTS_VERSION "0.1.0"
#define PAYMENTS_VERSION_MAJOR 0
#define PAYMENTS_VERSION_MINOR 1
#define PAYMENTS_VERSION_PATCH 0
/** Counts incompatible changes of this header; compare with payments_abi_version(). */
#define PAYMENTS_ABI_VERSION 1

/* Results. 0 is success; below 0 the call failed and changed nothing unless it says so. */

#define PAYMENTS_OK                 0
/** An argument is missing or makes no sense; payments_last_error() names it. */
#define PAYMENTS_E_ARGUMENT         (-1)
/** The ctx is NULL, closed, or was never one. */
#define PAYMENTS_E_HANDLE           (-2)
/** struct_size is smaller than that of version 1.0. */
#define PAYMENTS_E_STRUCT_SIZE      (-3)
/** A text is not UTF-8. */
#define PAYMENTS_E_UTF8             (-4)
/** A text or scan is longer than its limit. */
#define PAYMENTS_E_TOO_LONG         (-5)
/** The buffer is too small; `needed_out` says how much is needed. */
#define PAYMENTS_E_BUFFER_TOO_SMALL (-6)
/** No operation has this id. */
#define PAYMENTS_E_NOT_FOUND        (-7)
/** The configuration is not usable; payments_last_error() says where and why. */
#define PAYMENTS_E_CONFIG           (-8)
/** Not possible in the operation's present state. */
#define PAYMENTS_E_STATE            (-20)
/** The same reference was used for something else. */
#define PAYMENTS_E_CONFLICT         (-21)
/** Another payment of the same sale is not settled. */
#define PAYMENTS_E_GUARDED          (-22)
/** Too many unfinished operations. */
#define PAYMENTS_E_LIMIT            (-23)
/** Called from inside a callback of this library. */
#define PAYMENTS_E_REENTRANT        (-24)
/** The journal can not be written. Nothing was started. */
#define PAYMENTS_E_STORAGE          (-40)
/** The disk is full. Nothing was started. */
#define PAYMENTS_E_STORAGE_FULL     (-41)
/** Another process or ctx has the journal open. */
#define PAYMENTS_E_JOURNAL_BUSY     (-42)
/** The journal or its key file is damaged, missing or foreign. */
#define PAYMENTS_E_JOURNAL_DAMAGED  (-43)
/** The journal was written by a newer version of this library. */
#define PAYMENTS_E_JOURNAL_TOO_NEW  (-44)
/**
 * The time was up. For payments_poll() and payments_wait_any() nothing has changed; for other
 * calls the outcome is not known: repeat the call, references make that safe.
 */
#define PAYMENTS_E_TIMEOUT          (-60)
/** A mistake in this library; see payments_last_error(). */
#define PAYMENTS_E_INTERNAL         (-80)
/** A mistake in this library stopped the ctx. Shut it down and init again: the journal knows. */
#define PAYMENTS_E_PANIC            (-81)
/** The ctx was stopped by an earlier PAYMENTS_E_PANIC. */
#define PAYMENTS_E_POISONED         (-82)
/** The process has forked since payments_init(); only the parent may use the ctx. */
#define PAYMENTS_E_FORKED           (-83)

/* What an operation is (payments_view.kind). */

#define PAYMENTS_KIND_TENDER       1
#define PAYMENTS_KIND_REFUND       2
/** Errands move no money; see payments_check_in(), payments_enrol(), payments_register_till(). */
#define PAYMENTS_KIND_CHECK_IN     3
#define PAYMENTS_KIND_ENROLMENT    4
#define PAYMENTS_KIND_REGISTRATION 5

/* Where an operation stands (payments_view.state). Treat an unknown number as not final. */

#define PAYMENTS_STATE_STARTING             10
#define PAYMENTS_STATE_WAITING_FOR_SCAN     20
#define PAYMENTS_STATE_WAITING_FOR_CUSTOMER 30
/** Approved; being taken. See payments_view.goods_may_leave. */
#define PAYMENTS_STATE_COMPLETING           40
#define PAYMENTS_STATE_CANCELLING           50
/** It is not known whether money has moved: neither paid nor declined. Asking goes on by itself. */
#define PAYMENTS_STATE_UNKNOWN              60
/** Answer with payments_resolve(); payments_view.choices says what is legal. */
#define PAYMENTS_STATE_NEEDS_DECISION       70
#define PAYMENTS_STATE_PAID                 100
#define PAYMENTS_STATE_DECLINED             110
#define PAYMENTS_STATE_CANCELLED            120
#define PAYMENTS_STATE_EXPIRED              130
/** Nothing was ever reserved or taken. */
#define PAYMENTS_STATE_FAILED               140
#define PAYMENTS_STATE_REFUNDED             150
/** The operator closed it by hand; the reason says as what. */
#define PAYMENTS_STATE_CLOSED_BY_HAND       160
/** An errand has its result; see PAYMENTS_TEXT_RESULT. */
#define PAYMENTS_STATE_DONE                 170

/* Why (payments_view.reason). More may come. */

#define PAYMENTS_REASON_NONE                  0
#define PAYMENTS_REASON_CUSTOMER_REJECTED     100
#define PAYMENTS_REASON_WINDOW_CLOSED         101
#define PAYMENTS_REASON_CANCELLED_AT_TILL     102
#define PAYMENTS_REASON_CANCELLED_AT_PROVIDER 103
#define PAYMENTS_REASON_CUSTOMER_NOT_ELIGIBLE 104
#define PAYMENTS_REASON_FUNDS_RELEASED        105
/**
 * Ended here, but the customer could still pay with the code that was shown. Should that happen,
 * the operation comes back as PAYMENTS_STATE_NEEDS_DECISION, or is given back by policy.
 */
#define PAYMENTS_REASON_STILL_PAYABLE         106
#define PAYMENTS_REASON_PAYMENT_DECLINED      107
#define PAYMENTS_REASON_LATE_APPROVAL         120
#define PAYMENTS_REASON_FOUND_AFTER_RESTART   121
#define PAYMENTS_REASON_CLOSED_AS_PAID        122
#define PAYMENTS_REASON_CLOSED_AS_NOT_PAID    123
#define PAYMENTS_REASON_CAPTURE_REFUSED       124
#define PAYMENTS_REASON_PART_ALREADY_REFUNDED 125
/** Not paid yet: go on waiting (PAYMENTS_CHOICE_RETRY), or cancel? */
#define PAYMENTS_REASON_NOT_PAID_IN_TIME      126
/** The one cancel request had no effect: people have to look at the provider. */
#define PAYMENTS_REASON_CANCEL_FAILED         127
#define PAYMENTS_REASON_NETWORK_DOWN          200
#define PAYMENTS_REASON_NO_ANSWER             201
#define PAYMENTS_REASON_PROVIDER_BUSY         202
#define PAYMENTS_REASON_PROVIDER_ERROR        203
#define PAYMENTS_REASON_ANSWER_MISMATCH       204
#define PAYMENTS_REASON_STORAGE_FAILED        205
#define PAYMENTS_REASON_PROVIDER_UNDECIDED    206
#define PAYMENTS_REASON_CREDENTIALS_REJECTED  300
#define PAYMENTS_REASON_PERMISSION_MISSING    301
#define PAYMENTS_REASON_PUSH_NOT_ALLOWED      302
#define PAYMENTS_REASON_CURRENCY_NOT_ALLOWED  303
#define PAYMENTS_REASON_MERCHANT_SETUP        304
#define PAYMENTS_REASON_AMOUNT_TOO_SMALL      400
#define PAYMENTS_REASON_AMOUNT_INVALID        401
#define PAYMENTS_REASON_PHONE_INVALID         402
#define PAYMENTS_REASON_SCAN_AGAIN            403
#define PAYMENTS_REASON_REQUEST_REFUSED       404
#define PAYMENTS_REASON_PARTIAL_NOT_ALLOWED   405
#define PAYMENTS_REASON_WRONG_STATE           420
#define PAYMENTS_REASON_REFERENCE_UNKNOWN     421
#define PAYMENTS_REASON_CAPTURE_PERIOD_OVER   422
#define PAYMENTS_REASON_CANCEL_PERIOD_OVER    423
#define PAYMENTS_REASON_REFUND_PERIOD_OVER    424
#define PAYMENTS_REASON_REFUND_TOO_LARGE      425
#define PAYMENTS_REASON_NOTHING_TO_REFUND     426
#define PAYMENTS_REASON_CUSTOMER_ACCOUNT_GONE 427
#define PAYMENTS_REASON_ALREADY_CANCELLED     428

/* 430 to 437: what was scanned proves no payment. */

#define PAYMENTS_REASON_NOT_A_RECEIPT       430
#define PAYMENTS_REASON_RECEIPT_DAMAGED     431
#define PAYMENTS_REASON_SCANNER_LAYOUT      432
#define PAYMENTS_REASON_RECEIPT_ALGORITHM   433
#define PAYMENTS_REASON_RECEIPT_KEY_UNKNOWN 434
#define PAYMENTS_REASON_RECEIPT_SIGNATURE   435
#define PAYMENTS_REASON_RECEIPT_UNMAPPED    436
#define PAYMENTS_REASON_RECEIPT_UNSIGNED    437

/* 440 to 450: the customer has paid, but this tender cannot be settled with it. */

#define PAYMENTS_REASON_RECEIPT_NOT_VALID        440
#define PAYMENTS_REASON_RECEIPT_WRONG_VENUE      441
#define PAYMENTS_REASON_RECEIPT_WRONG_BENEFIT    442
#define PAYMENTS_REASON_RECEIPT_TOO_OLD          443
#define PAYMENTS_REASON_RECEIPT_FROM_FUTURE      444
#define PAYMENTS_REASON_RECEIPT_AMOUNT_ZERO      445
#define PAYMENTS_REASON_RECEIPT_EXCEEDS_DUE      446
#define PAYMENTS_REASON_RECEIPT_EXCEEDS_ELIGIBLE 447
#define PAYMENTS_REASON_RECEIPT_ALREADY_USED     448
#define PAYMENTS_REASON_RECEIPT_CURRENCY         449
#define PAYMENTS_REASON_RECEIPT_NOT_EXACT        450
/** Cancelled at the till; what the customer paid before can settle another sale. */
#define PAYMENTS_REASON_RECEIPT_RELEASED         451

/* What to have people do now (payments_view.prompt). */

#define PAYMENTS_PROMPT_NONE        0
/** Have the customer's code scanned; hand it to payments_submit_scan(). */
#define PAYMENTS_PROMPT_SCAN        1
/** Show the code of payments_qr_image() to the customer. */
#define PAYMENTS_PROMPT_SHOW_QR     2
#define PAYMENTS_PROMPT_PRINT_QR    3
#define PAYMENTS_PROMPT_USE_PLATE   4
/** The customer has a request on the phone. */
#define PAYMENTS_PROMPT_CHECK_PHONE 5
#define PAYMENTS_PROMPT_WAIT        6

/* Who ended it (payments_view.cancelled_by). */

#define PAYMENTS_BY_NOBODY   0
#define PAYMENTS_BY_CASHIER  1
#define PAYMENTS_BY_CUSTOMER 2
#define PAYMENTS_BY_PROVIDER 3
#define PAYMENTS_BY_POLICY   4
#define PAYMENTS_BY_WINDOW   5

/* How well the result is proven (payments_view.assurance). */

#define PAYMENTS_ASSURANCE_NONE              0
#define PAYMENTS_ASSURANCE_MANUAL            1
#define PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE 2
#define PAYMENTS_ASSURANCE_CONFIRMED_ONLINE  3

/* Answers for payments_resolve(). In payments_view.choices, choice n is the bit 1 << n. */

/** Ask the provider again now. */
#define PAYMENTS_CHOICE_RETRY          0
#define PAYMENTS_CHOICE_CANCEL         1
/** Give the money back. */
#define PAYMENTS_CHOICE_REFUND         2
/** The sale is rung up again with this payment; confirm it afterwards. */
#define PAYMENTS_CHOICE_RING_UP        3
/** Take the payment although it was cancelled. */
#define PAYMENTS_CHOICE_KEEP           4
/** Close as paid against the provider's silence. Audited; needs an operator. */
#define PAYMENTS_CHOICE_FORCE_PAID     5
/** Close as not paid. Audited; needs an operator. Money that turns up is given back. */
#define PAYMENTS_CHOICE_FORCE_NOT_PAID 6

/* When reserved money is taken (payments_tender_request.capture_rule). */

/** As soon as the customer has approved. */
#define PAYMENTS_CAPTURE_ON_APPROVAL 0
/** When the till calls payments_confirm(), or payments_capture() for a part. */
#define PAYMENTS_CAPTURE_ON_CONFIRM  1

/* What a scan was (payments_submit_scan()). */

/** A customer's code, taken for this tender. */
#define PAYMENTS_SCAN_CUSTOMER        1
#define PAYMENTS_SCAN_PRODUCT         2
/** Looks like a card number; it was not kept. */
#define PAYMENTS_SCAN_CARD            3
#define PAYMENTS_SCAN_OTHER_ADDRESS   4
#define PAYMENTS_SCAN_OTHER           5
#define PAYMENTS_SCAN_NOISE           6
/** A customer's code, but this operation waits for none. */
#define PAYMENTS_SCAN_NOT_WAITING     7
/** A receipt, taken for this tender. */
#define PAYMENTS_SCAN_RECEIPT         8
/** A receipt that was not taken; the view's reason says why. */
#define PAYMENTS_SCAN_RECEIPT_REFUSED 9
/** Looks like an address damaged by the scanner's keyboard layout. */
#define PAYMENTS_SCAN_LAYOUT_DAMAGED  10

/* Texts (payments_text()). */

/** What the payment's QR code says. Whoever has it can pay: do not log it. */
#define PAYMENTS_TEXT_QR          1
/** The operation's story, one fact a line, in English. */
#define PAYMENTS_TEXT_EXPLANATION 2
/** The provider's own fields, for support, as JSON. */
#define PAYMENTS_TEXT_SUPPORT     3
/** What an errand has found out, as JSON. Holds personal data: do not log it. */
#define PAYMENTS_TEXT_RESULT      4
/** What the cashier should do now, in a few words, for a button or a title. */
#define PAYMENTS_TEXT_ACTION      5

/* Forms of a QR code (payments_qr_image()). */

#define PAYMENTS_QR_PNG      1
#define PAYMENTS_QR_SVG      2
/** One bit a pixel, rows padded to whole bytes, most significant bit left, 1 is dark. */
#define PAYMENTS_QR_ROWS     3
/** Bytes for a receipt printer (GS v 0). */
#define PAYMENTS_QR_ESCPOS   4
/** UTF-8 half blocks for a terminal. */
#define PAYMENTS_QR_TERMINAL 5

/* Log levels (payments_set_log_callback()). */

#define PAYMENTS_LOG_OFF   0
#define PAYMENTS_LOG_ERROR 1
#define PAYMENTS_LOG_WARN  2
#define PAYMENTS_LOG_INFO  3
#define PAYMENTS_LOG_DEBUG 4

/** An open library. Made by payments_init(), ended by payments_shutdown(); never look inside. */
typedef struct payments_ctx payments_ctx;

/**
 * What the till wants paid. Zero the struct, set struct_size, fill in the rest.
 * All texts are UTF-8, end with NUL, and are copied before the call returns.
 */
typedef struct payments_tender_request {
  /** sizeof(payments_tender_request). */
  uint32_t struct_size;
  /** PAYMENTS_CAPTURE_ON_APPROVAL (0) or PAYMENTS_CAPTURE_ON_CONFIRM. */
  int32_t capture_rule;
  /** In minor units (49900 is NOK 499.00), more than 0. */
  int64_t amount;
  /** Of the whole sale, in minor units, or 0. Not less than amount. */
  int64_t sale_total;
  /** ISO 4217, for example "NOK". */
  const char *currency;
  /** A profile of the configuration. */
  const char *profile;
  /** The till's name for the sale, 1 to 64 bytes. Several tenders may share it. */
  const char *sale_ref;
  /**
   * The till's name for this tender, 1 to 64 bytes, never used for another one: the same name
   * again is the same tender.
   */
  const char *tender_ref;
  /**
   * A JSON object, or NULL: approach, customer, description, receipt, metadata, operator,
   * override_unknown, eligible_amount, manual. The README lists its members. At most 64 KiB.
   */
  const char *details_json;
} payments_tender_request;

/** How an operation stands. Set struct_size before the call. Texts end with NUL. */
typedef struct payments_view {
  /** sizeof(payments_view). */
  uint32_t struct_size;
  /** PAYMENTS_KIND_*. */
  int32_t kind;
  int64_t id;
  /** The tender that a refund belongs to, or 0. */
  int64_t parent_id;
  /** Grows with each change. */
  int64_t revision;
  /** PAYMENTS_STATE_*. */
  int32_t state;
  /** PAYMENTS_REASON_*. */
  int32_t reason;
  /** PAYMENTS_BY_*. */
  int32_t cancelled_by;
  /** PAYMENTS_PROMPT_*. */
  int32_t prompt;
  /** The legal answers for payments_resolve(): bit 1 << PAYMENTS_CHOICE_*. */
  uint32_t choices;
  /** 1 once the money is certain: the library takes it, across power cuts if need be. */
  int32_t goods_may_leave;
  /** PAYMENTS_ASSURANCE_*. */
  int32_t assurance;
  /** 1 if it was unfinished or unconfirmed when the library started. */
  int32_t found_after_restart;
  /** Minor units of the currency, like the three that follow. */
  int64_t amount;
  int64_t approved;
  int64_t captured;
  int64_t refunded;
  /** When the customer's time ends, in Unix milliseconds, or 0. */
  int64_t deadline_ms;
  /** When this was last changed, in Unix milliseconds. */
  int64_t updated_ms;
  char currency[8];
  /** For support: P, our reason, and the provider's own error number if there is one. */
  char short_code[24];
  char profile[64];
  /** Our reference of the payment at the provider; print it on the receipt. */
  char reference[72];
  char provider_reference[72];
  char sale_ref[72];
  /** The till's tender_ref or refund_ref. */
  char host_ref[72];
  /** What is true and what to do, in the configured language. */
  char cashier_text[256];
  /** The same for the customer's display. */
  char customer_text[256];
} payments_view;

/** What the till wants to give back. Zero the struct, set struct_size, fill in the rest. */
typedef struct payments_refund_request {
  /** sizeof(payments_refund_request). */
  uint32_t struct_size;
  /** Must be 0. */
  int32_t reserved;
  /** The tender to refund, or 0 when profile, reference and currency name the payment. */
  int64_t tender_id;
  /** In minor units; 0 is everything that is left. */
  int64_t amount;
  /** The till's name for this refund, 1 to 64 bytes: the same name again is the same refund. */
  const char *refund_ref;
  /**
   * Only without tender_id: the profile, the payment's reference as printed on the receipt
   * (payments_view.reference, or the provider's own), and the currency. NULL otherwise. With the
   * tender_id of an amount entered by hand without one, `reference` names the payment.
   */
  const char *profile;
  const char *reference;
  const char *currency;
  /** A JSON object with the member "operator", or NULL. */
  const char *details_json;
} payments_refund_request;

/** Measures of a QR image. Set struct_size before the call. */
typedef struct payments_qr_info {
  /** sizeof(payments_qr_info). */
  uint32_t struct_size;
  /** In pixels, dots, or characters and lines in a terminal. */
  uint32_t width;
  uint32_t height;
  /** The module size that was used. */
  uint32_t module_px;
  /** The smallest module size that readers cope with on this target. */
  uint32_t smallest_module_px;
  uint32_t reserved;
} payments_qr_info;

/**
 * Takes a log line: UTF-8, one line, no secrets and no personal data, valid during the call only.
 * Called on a thread of the library, one call at a time, never after payments_shutdown() or after
 * the callback was replaced. Must not call this library with the same ctx.
 */
typedef void (*payments_log_callback)(void *user_data, int32_t level, const char *line);











#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * Opens the library: checks the whole configuration, opens the journal, and goes on with what was
 * unfinished, in the background.
 *
 * @param config   A JSON object, or the path of a file that holds one. UTF-8, NUL-terminated, at
 *                 most 1 MiB. docs/configuration.md describes every setting.
 * @param ctx_out  Set on success. Any thread may use it. Set to NULL on failure.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_CONFIG; PAYMENTS_E_JOURNAL_BUSY;
 *         PAYMENTS_E_JOURNAL_DAMAGED; PAYMENTS_E_JOURNAL_TOO_NEW; PAYMENTS_E_STORAGE.
 *
 * Blocking: disk only, no network; at most 10 seconds.   Threads: any.
 * Retry:    safe; a failed call leaves nothing open.   Since: 1.0
 */
int32_t payments_init(const char *config, struct payments_ctx **ctx_out);

/**
 * Starts a tender and returns at once; follow it with payments_poll().
 *
 * @param ctx            From payments_init().
 * @param request        Copied before return; the caller keeps it.
 * @param tender_id_out  Set on success, at least 1; stays valid across restarts.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_CONFLICT (tender_ref used for something
 *         else); PAYMENTS_E_GUARDED (another payment of this sale is not settled);
 *         PAYMENTS_E_LIMIT; PAYMENTS_E_STORAGE and PAYMENTS_E_STORAGE_FULL (nothing was started).
 *
 * Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
 * Retry:    the same tender_ref returns the same tender.   Since: 1.0
 */
int32_t payments_begin_tender(struct payments_ctx *ctx,
                              const struct payments_tender_request *request,
                              int64_t *tender_id_out);

/**
 * Tells how an operation stands.
 *
 * @param ctx         From payments_init().
 * @param id          A tender or a refund.
 * @param timeout_ms  0 or less looks and returns. Above 0 waits until the view's revision is another than
 *                    the one in `view_out`, at most this long, capped at 30000.
 * @param view_out    struct_size must be set, and before a wait `revision`: 0, or what the last
 *                    call left there. Filled whenever the id is known.
 * @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (nothing new; the view is filled all the same);
 *         PAYMENTS_E_NOT_FOUND (no such id, or settled in an earlier run: payments_text() with
 *         PAYMENTS_TEXT_SUPPORT reads it from the journal, then it is found);
 *         PAYMENTS_E_STRUCT_SIZE; PAYMENTS_E_ARGUMENT.
 *
 * Blocking: timeout_ms. Never network or disk; with 0 no lock, no allocation, no system call.
 * Threads:  any.   Retry: safe.   Since: 1.0
 */
int32_t payments_poll(struct payments_ctx *ctx,
                      int64_t id,
                      int32_t timeout_ms,
                      struct payments_view *view_out);

/**
 * Hands over what a scanner has read. Anything may be handed over; what is not meant for this
 * tender does no harm. A receipt that proves a payment settles the tender: its view is then
 * PAYMENTS_STATE_PAID, with `captured` perhaps less than `amount`, as customers may pay a part.
 *
 * @param ctx       From payments_init().
 * @param id        The tender that waits for a scan.
 * @param data      The bytes as scanned, with or without prefix and line end. Not kept.
 * @param len       At most 8192.
 * @param what_out  PAYMENTS_SCAN_*: what it was. May be NULL.
 * @return PAYMENTS_OK (whatever it was); PAYMENTS_E_ARGUMENT; PAYMENTS_E_TOO_LONG;
 *         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit for a customer's code or a receipt, otherwise none; at most 5 seconds.
 * Threads:  any.   Retry: safe.   Since: 1.0
 */
int32_t payments_submit_scan(struct payments_ctx *ctx,
                             int64_t id,
                             const uint8_t *data,
                             size_t len,
                             int32_t *what_out);

/**
 * Enters an amount that the customer has paid and the cashier reads from the customer's phone,
 * where nothing can be scanned. The library cannot check it: assurance is
 * PAYMENTS_ASSURANCE_MANUAL, and the entry is kept for an audit.
 *
 * @param ctx             From payments_init().
 * @param id              A tender in state PAYMENTS_STATE_WAITING_FOR_SCAN.
 * @param amount          In minor units, from 1 to the tender's amount.
 * @param transaction_id  The payment's id on the customer's phone, or NULL. Without it the payment
 *                        cannot be given back by this library unless the id is typed then.
 * @param operator_name   Who vouches for it, 1 to 64 bytes.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (the profile takes no amounts by hand, or not this one);
 *         PAYMENTS_E_STATE (waits for no scan); PAYMENTS_E_CONFLICT (that payment is used already);
 *         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit; at most 5 seconds.   Threads: any.
 * Retry:    the same entry is accepted again.   Since: 1.0
 */
int32_t payments_manual_amount(struct payments_ctx *ctx,
                               int64_t id,
                               int64_t amount,
                               const char *transaction_id,
                               const char *operator_name);

/**
 * Asks for a tender to be cancelled. The view says how it ended: the customer may have been
 * faster, and then the payment is completed or needs a decision.
 *
 * @param ctx  From payments_init().
 * @param id   A tender.
 * @return PAYMENTS_OK (the wish is recorded); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STATE (a refund);
 *         PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room); PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_cancel(struct payments_ctx *ctx, int64_t id);

/**
 * Answers what a view asks.
 *
 * @param ctx       From payments_init().
 * @param id        A tender or a refund.
 * @param choice    PAYMENTS_CHOICE_*; its bit must be set in the view's `choices`.
 * @param operator  Who decides, at most 64 bytes. Needed for the two forced choices, else it may
 *                  be NULL. Kept in the journal.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STATE (not offered now);
 *         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room);
 *         PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit; at most 5 seconds.   Threads: any.
 * Retry:    after PAYMENTS_E_TIMEOUT look at the view first.   Since: 1.0
 */
int32_t payments_resolve(struct payments_ctx *ctx,
                         int64_t id,
                         int32_t choice,
                         const char *operator_);

/**
 * Tells that the till has taken over the result: its receipt is booked. Until then a paid tender
 * is found by payments_recover_pending() after a restart.
 *
 * @param ctx          From payments_init().
 * @param id           A tender or a refund, final, or one whose goods may leave.
 * @param receipt_ref  The till's receipt number, 1 to 64 bytes.
 * @return PAYMENTS_OK; PAYMENTS_E_STATE; PAYMENTS_E_CONFLICT (confirmed with another receipt);
 *         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as soon as there is room);
 *         PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit; at most 5 seconds.   Threads: any.
 * Retry:    the same receipt_ref is accepted again.   Since: 1.0
 */
int32_t payments_confirm(struct payments_ctx *ctx, int64_t id, const char *receipt_ref);

/**
 * Takes a part, or all, of an approved tender that was begun with PAYMENTS_CAPTURE_ON_CONFIRM. The
 * rest of the reservation is released. Confirm afterwards, as with any paid tender.
 *
 * @param ctx     From payments_init().
 * @param id      An approved tender.
 * @param amount  Minor units, from 1 to the approved amount.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STATE (not waiting for this, or the profile
 *         takes only whole amounts); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE_FULL (recorded as
 *         soon as there is room); PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit; at most 5 seconds.   Threads: any.
 * Retry:    the same amount is accepted again.   Since: 1.0
 */
int32_t payments_capture(struct payments_ctx *ctx, int64_t id, int64_t amount);

/**
 * Gives money back, all or part. A refund is an operation with an id of its own.
 *
 * @param ctx            From payments_init().
 * @param request        Copied before return; the caller keeps it.
 * @param refund_id_out  Set on success; follow it with payments_poll().
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_NOT_FOUND (no such tender);
 *         PAYMENTS_E_STATE (not settled, or more than is left); PAYMENTS_E_CONFLICT (refund_ref
 *         used for something else); PAYMENTS_E_STORAGE (nothing was started).
 *
 * Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
 * Retry:    the same refund_ref returns the same refund.   Since: 1.0
 */
int32_t payments_refund(struct payments_ctx *ctx,
                        const struct payments_refund_request *request,
                        int64_t *refund_id_out);

/**
 * Lists everything that is unfinished, or paid or refunded and not confirmed, oldest first. Needs
 * nothing saved by the till: call it at start, and before the day is closed.
 *
 * @param ctx        From payments_init().
 * @param ids        Room for `cap` ids; may be NULL when cap is 0.
 * @param cap        How many ids fit.
 * @param count_out  How many there are, which may be more than cap.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_BUFFER_TOO_SMALL (the first `cap` are
 *         filled in).
 *
 * Blocking: memory only; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_recover_pending(struct payments_ctx *ctx,
                                 int64_t *ids,
                                 size_t cap,
                                 size_t *count_out);

/**
 * Waits until any operation changes: many lanes, one thread.
 *
 * @param ctx         From payments_init().
 * @param timeout_ms  At most this long, capped at 30000; 0 or less only looks.
 * @param id_out      The operation that changed, each change told once; 0 when the time was up.
 * @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT; PAYMENTS_E_ARGUMENT.
 *
 * Blocking: timeout_ms.   Threads: any; each change goes to one waiter.   Retry: safe.   Since: 1.0
 */
int32_t payments_wait_any(struct payments_ctx *ctx, int32_t timeout_ms, int64_t *id_out);

/**
 * Copies a text about an operation.
 *
 * @param ctx         From payments_init().
 * @param id          A tender or a refund.
 * @param what        PAYMENTS_TEXT_*.
 * @param buf         Room for `cap` bytes; may be NULL when cap is 0.
 * @param cap         Bytes in buf, with the NUL.
 * @param needed_out  Bytes needed, with the NUL. May be NULL.
 * @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL (buf holds an empty text); PAYMENTS_E_STATE (no
 *         such text now); PAYMENTS_E_NOT_FOUND; PAYMENTS_E_ARGUMENT; PAYMENTS_E_STORAGE.
 *
 * Blocking: at most one disk read; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_text(struct payments_ctx *ctx,
                      int64_t id,
                      int32_t what,
                      char *buf,
                      size_t cap,
                      size_t *needed_out);

/**
 * Draws the QR code that a tender shows to its customer.
 *
 * @param ctx           From payments_init().
 * @param id            A tender whose prompt is PAYMENTS_PROMPT_SHOW_QR.
 * @param format        PAYMENTS_QR_*.
 * @param module_px     Pixels of one module, or 0 for the largest that fits.
 * @param max_width_px  Width of the target, or 0: 384 for a printer, 1024 for a screen.
 * @param buf           Room for `cap` bytes; may be NULL when cap is 0.
 * @param cap           Bytes in buf.
 * @param needed_out    Bytes needed. May be NULL.
 * @param info_out      Measures of the image; struct_size must be set. May be NULL.
 * @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL (nothing is written); PAYMENTS_E_STATE (no code
 *         to show now); PAYMENTS_E_ARGUMENT (the target is too narrow; the error says how wide);
 *         PAYMENTS_E_NOT_FOUND.
 *
 * Blocking: computes in the caller's thread; at most 5 seconds.   Threads: any.   Retry: safe.
 * Since: 1.0
 */
int32_t payments_qr_image(struct payments_ctx *ctx,
                          int64_t id,
                          int32_t format,
                          uint32_t module_px,
                          uint32_t max_width_px,
                          void *buf,
                          size_t cap,
                          size_t *needed_out,
                          struct payments_qr_info *info_out);

/**
 * Tells how the library itself is: journal, tokens, last contact with each provider.
 *
 * @param ctx         From payments_init().
 * @param buf         Room for a JSON text of `cap` bytes; may be NULL when cap is 0.
 * @param cap         Bytes in buf, with the NUL.
 * @param needed_out  Bytes needed, with the NUL. May be NULL.
 * @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL; PAYMENTS_E_ARGUMENT.
 *
 * Blocking: memory only; at most 5 seconds.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_health(struct payments_ctx *ctx, char *buf, size_t cap, size_t *needed_out);

/**
 * Has log lines handed to the host. Without a callback nothing is logged anywhere.
 *
 * @param ctx        From payments_init().
 * @param callback   See payments_log_callback, or NULL for none. When this call returns, the
 *                   callback that was set before is not running and will not run again.
 * @param user_data  Handed through.
 * @param max_level  PAYMENTS_LOG_*: the most talkative level wanted.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT; PAYMENTS_E_REENTRANT (called from the callback).
 *
 * Blocking: waits for a running callback of this ctx to return. Starts one thread while a callback
 * is set.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_set_log_callback(struct payments_ctx *ctx,
                                  payments_log_callback callback,
                                  void *user_data,
                                  int32_t max_level);

/**
 * Closes the library. Payments that are under way stay in the journal; the next payments_init()
 * goes on with them. Calls of other threads on this ctx return PAYMENTS_E_HANDLE.
 *
 * @param ctx         From payments_init(); never valid again after this call.
 * @param timeout_ms  How long to let requests and commits that are under way end, capped at 30000;
 *                    0 or less does not wait.
 * @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (closed all the same; what was under way is unfinished,
 *         not lost); PAYMENTS_E_HANDLE; PAYMENTS_E_REENTRANT.
 *
 * Blocking: at most timeout_ms + 1 second.   Threads: any but the log callback's.
 * Retry:    not needed.   Since: 1.0
 */
int32_t payments_shutdown(struct payments_ctx *ctx, int32_t timeout_ms);

/**
 * Finds out who a customer is, before or without a sale. An errand: follow it with payments_poll();
 * once it is PAYMENTS_STATE_DONE, PAYMENTS_TEXT_RESULT tells, for example {"phone":"4712345678"}.
 * Whether that is a member is known to the till alone.
 *
 * @param ctx       From payments_init().
 * @param profile   A profile of the configuration.
 * @param customer  What the customer's personal code says, as scanned, or a phone number as typed.
 * @param id_out    Set on success.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (also: the provider has no such thing);
 *         PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
 * Retry:    safe; each call is an errand of its own.   Since: 1.0
 */
int32_t payments_check_in(struct payments_ctx *ctx,
                          const char *profile,
                          const char *customer,
                          int64_t *id_out);

/**
 * Asks the customer of a finished check-in, by a question on the phone, to join the customer club.
 * An errand of its own: PAYMENTS_STATE_WAITING_FOR_CUSTOMER while the question stands, then
 * PAYMENTS_STATE_DONE with the data that the customer has agreed to give (PAYMENTS_TEXT_RESULT),
 * PAYMENTS_STATE_DECLINED, PAYMENTS_STATE_EXPIRED or PAYMENTS_STATE_FAILED. The sale does not
 * depend on it. payments_cancel() stops waiting.
 *
 * @param ctx          From payments_init().
 * @param check_in_id  From payments_check_in(), in PAYMENTS_STATE_DONE.
 * @param id_out       Set on success.
 * @return PAYMENTS_OK; PAYMENTS_E_STATE (no finished check-in); PAYMENTS_E_ARGUMENT;
 *         PAYMENTS_E_NOT_FOUND; PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
 * Retry:    each call asks the customer once more.   Since: 1.0
 */
int32_t payments_enrol(struct payments_ctx *ctx, int64_t check_in_id, int64_t *id_out);

/**
 * Makes the code that stands at this till known to the provider. Done once, when the till is set
 * up; the profile's setting for it then names the same id. An errand: follow it with
 * payments_poll(); PAYMENTS_TEXT_RESULT tells what to print.
 *
 * @param ctx          From payments_init().
 * @param profile      A profile of the configuration.
 * @param till_code    What an existing sticker's code says, the bare id on it, or a new name of 1 to
 *                     64 letters, digits and '-'.
 * @param description  What customers are shown of the till, 1 to 36 characters.
 * @param id_out       Set on success.
 * @return PAYMENTS_OK; PAYMENTS_E_ARGUMENT (also: the provider has no such thing);
 *         PAYMENTS_E_STORAGE.
 *
 * Blocking: one disk commit, never the network; at most 5 seconds.   Threads: any.
 * Retry:    safe; registering again changes only the description.   Since: 1.0
 */
int32_t payments_register_till(struct payments_ctx *ctx,
                               const char *profile,
                               const char *till_code,
                               const char *description,
                               int64_t *id_out);

/**
 * Hands in a webhook that the host has received, exactly as it came. It is believed only if its
 * signature is genuine. It may start a tender that waits for a check-in at the till's code, or have
 * a payment asked about at once; nothing else.
 *
 * @param ctx      From payments_init().
 * @param profile  A profile of the configuration.
 * @param headers  The request's header lines, "Name: value", one a line. At most 64 KiB.
 * @param body     The request's body, unchanged byte for byte.
 * @param len      Bytes in body, at most 65536.
 * @return PAYMENTS_OK (genuine, whether or not it was of use); PAYMENTS_E_ARGUMENT (not genuine, not
 *         for this profile, or the profile has no webhook settings: answer the sender with 401);
 *         PAYMENTS_E_TOO_LONG; PAYMENTS_E_STORAGE.
 *
 * Blocking: at most one disk commit; at most 5 seconds.   Threads: any.
 * Retry:    safe; a webhook that comes twice does nothing the second time.   Since: 1.0
 */
int32_t payments_deliver_webhook(struct payments_ctx *ctx,
                                 const char *profile,
                                 const char *headers,
                                 const uint8_t *body,
                                 size_t len);

/**
 * Copies the reason why the last call of this thread failed: English, one line, no secrets.
 *
 * @param buf         Room for `cap` bytes; may be NULL when cap is 0.
 * @param cap         Bytes in buf, with the NUL. A longer text is cut.
 * @param needed_out  Bytes needed for the whole text, with the NUL. May be NULL.
 * @return PAYMENTS_OK, with an empty text when the last call succeeded; PAYMENTS_E_ARGUMENT.
 *
 * Blocking: no.   Threads: any; each has its own last error.   Retry: safe; calling this does not
 * clear the text.   Since: 1.0
 */
int32_t payments_last_error(char *buf, size_t cap, size_t *needed_out);

/**
 * Names a result code in English.
 *
 * @param code  PAYMENTS_OK or PAYMENTS_E_*.
 * @return A static text, never NULL.
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
const char *payments_strerror(int32_t code);

/**
 * The library's version, for example "0.1.0".
 *
 * @return A static text, never NULL.
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
const char *payments_version(void);

/**
 * The version of the interface: a program works with every library that returns the
 * PAYMENTS_ABI_VERSION it was compiled with.
 *
 * @return A number, at least 1.
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
uint32_t payments_abi_version(void);

/**
 * Whether an operation in this state is finished.
 *
 * @param state  payments_view.state, also one newer than this header.
 * @return 1 or 0.
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_state_is_final(int32_t state);

/**
 * Whether the same call may succeed later without anything being changed.
 *
 * @param code  PAYMENTS_E_*.
 * @return 1 or 0.
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_result_is_retryable(int32_t code);

/**
 * Fetches a code that the library's own scanner has read and that no tender waited for: a product,
 * a loyalty number, a customer's code before the sale. Scans that a tender waits for reach it by
 * themselves. Of scans that nobody fetches the newest 32 are kept.
 *
 * @param ctx         From payments_init(), with `scanner` in the configuration.
 * @param timeout_ms  Waits at most this long, capped at 30000; 0 or less only looks.
 * @param buf         Room for `cap` bytes; the code is not ended by a NUL. 8192 are always enough.
 * @param cap         Bytes in buf.
 * @param needed_out  Bytes of the code. May be NULL.
 * @param what_out    PAYMENTS_SCAN_*: what it looks like. May be NULL.
 * @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (nothing was scanned); PAYMENTS_E_BUFFER_TOO_SMALL (it is
 *         kept); PAYMENTS_E_STATE (no scanner is configured); PAYMENTS_E_ARGUMENT.
 *
 * Blocking: timeout_ms.   Threads: any; each code goes to one caller.   Retry: safe.   Since: 1.0
 */
int32_t payments_take_scan(struct payments_ctx *ctx,
                           int32_t timeout_ms,
                           char *buf,
                           size_t cap,
                           size_t *needed_out,
                           int32_t *what_out);

/**
 * Tells what a receipt's token says of itself, without believing any of it: the header's algorithm,
 * type and key id, and the names of its claims, never their values. For the one who sets up a
 * profile and has to say where in a receipt each fact stands.
 *
 * @param scan        What was scanned, or the token alone. UTF-8, NUL-terminated, at most 8192 bytes.
 * @param buf         Room for a JSON text of `cap` bytes; may be NULL when cap is 0.
 * @param cap         Bytes in buf, with the NUL.
 * @param needed_out  Bytes needed, with the NUL. May be NULL.
 * @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL; PAYMENTS_E_ARGUMENT (no token to be found).
 *
 * Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
 */
int32_t payments_inspect_receipt(const char *scan,
                                 char *buf,
                                 size_t cap,
                                 size_t *needed_out);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* PAYMENTS_H */
