/* NULL, garbage and limits for every function and parameter: the documented code, a text that helps,
 * zeroed outputs, and never a crash. */

#include "till.h"

#define TOO_LONG_LEN 100000

static char too_long[TOO_LONG_LEN + 1];
static const char not_utf8[] = "caf\xe9";
static const char surrogate[] = "\xed\xa0\x80";

static const int64_t no_ids[] = {0, -1, INT64_MIN, INT64_MAX, 4711000111, 1};

/* All functions that take a ctx, with arguments that are fine but for the ctx. */
static void no_function_takes(payments_ctx *ctx, int32_t code) {
    payments_tender_request tender;
    payments_refund_request refund;
    payments_view view;
    int64_t id = 7;
    int64_t ids[2];
    int32_t what = 7;
    size_t count = 7;
    char text[64];
    till_request(&tender, "handle-1", 100, NULL);
    memset(&refund, 0, sizeof refund);
    refund.struct_size = sizeof refund;
    refund.tender_id = 1;
    refund.refund_ref = "r";
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    EXPECT(code, payments_begin_tender(ctx, &tender, &id));
    EXPECT(code, payments_poll(ctx, 1, 0, &view));
    EXPECT(code, payments_poll(ctx, 1, 50, &view));
    EXPECT(code, payments_submit_scan(ctx, 1, (const uint8_t *)"x", 1, &what));
    EXPECT(code, payments_manual_amount(ctx, 1, 1, NULL, "anna"));
    EXPECT(code, payments_check_in(ctx, "vipps", TILL_PHONE, &id));
    EXPECT(code, payments_enrol(ctx, 1, &id));
    EXPECT(code, payments_register_till(ctx, "vipps", "till-01", "Till 1", &id));
    EXPECT(code, payments_deliver_webhook(ctx, "vipps", "A: b", (const uint8_t *)"{}", 2));
    EXPECT(code, payments_take_scan(ctx, 0, text, sizeof text, &count, &what));
    EXPECT(code, payments_cancel(ctx, 1));
    EXPECT(code, payments_resolve(ctx, 1, PAYMENTS_CHOICE_RETRY, NULL));
    EXPECT(code, payments_confirm(ctx, 1, "r"));
    EXPECT(code, payments_capture(ctx, 1, 1));
    EXPECT(code, payments_refund(ctx, &refund, &id));
    EXPECT(code, payments_recover_pending(ctx, ids, 2, &count));
    EXPECT(code, payments_wait_any(ctx, 10, &id));
    EXPECT(code, payments_text(ctx, 1, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, &count));
    EXPECT(code, payments_qr_image(ctx, 1, PAYMENTS_QR_PNG, 0, 0, text, sizeof text, &count, NULL));
    EXPECT(code, payments_health(ctx, text, sizeof text, &count));
    EXPECT(code, payments_set_log_callback(ctx, NULL, NULL, PAYMENTS_LOG_INFO));
    EXPECT(code, payments_shutdown(ctx, 10));
}

static void handles(payments_ctx *live) {
    uint64_t random = 0x9e3779b97f4a7c15u;
    int round;
    payments_view view;
    no_function_takes(NULL, PAYMENTS_E_HANDLE);
    no_function_takes((payments_ctx *)(uintptr_t)1, PAYMENTS_E_HANDLE);
    no_function_takes((payments_ctx *)UINTPTR_MAX, PAYMENTS_E_HANDLE);
    no_function_takes((payments_ctx *)(void *)&view, PAYMENTS_E_HANDLE);
    no_function_takes((payments_ctx *)((uintptr_t)live + 1), PAYMENTS_E_HANDLE);
    no_function_takes((payments_ctx *)((uintptr_t)live ^ ((uintptr_t)1 << 20)), PAYMENTS_E_HANDLE);
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    for (round = 0; round < 100000; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if ((uintptr_t)random == (uintptr_t)live) continue;
        CHECK(payments_poll((payments_ctx *)(uintptr_t)random, 1, 0, &view) == PAYMENTS_E_HANDLE);
    }
}

static void init_arguments(void) {
    payments_ctx *ctx = (payments_ctx *)(uintptr_t)1;
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "config", payments_init(NULL, &ctx));
    CHECK(ctx == NULL);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "ctx_out", payments_init("{}", NULL));
    ctx = (payments_ctx *)(uintptr_t)1;
    EXPECT_HINT(PAYMENTS_E_UTF8, "config", payments_init(not_utf8, &ctx));
    CHECK(ctx == NULL);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "config", payments_init("", &ctx));
    EXPECT(PAYMENTS_E_CONFIG, payments_init("{", &ctx));
    EXPECT(PAYMENTS_E_CONFIG, payments_init("{}", &ctx));
    EXPECT_HINT(PAYMENTS_E_CONFIG, "no-such-file", payments_init("/no-such-file.json", &ctx));
    {
        const size_t size = 2 * 1024 * 1024;
        char *large = malloc(size + 1);
        CHECK(large != NULL);
        memset(large, ' ', size);
        large[0] = '{';
        large[size] = '\0';
        EXPECT_HINT(PAYMENTS_E_TOO_LONG, "config", payments_init(large, &ctx));
        free(large);
    }
    CHECK(ctx == NULL);
}

static void begin_arguments(payments_ctx *ctx) {
    payments_tender_request request;
    int64_t id = 7;
    uint32_t size;

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "request", payments_begin_tender(ctx, NULL, &id));
    CHECK(id == 0);
    till_request(&request, "begin-1", 100, NULL);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "tender_id_out", payments_begin_tender(ctx, &request, NULL));
    for (size = 0; size < sizeof request; size++) {
        request.struct_size = size;
        id = 7;
        EXPECT(PAYMENTS_E_STRUCT_SIZE, payments_begin_tender(ctx, &request, &id));
        CHECK(id == 0);
    }

#define REFUSES(code, hint, member, value)                                              \
    do {                                                                                \
        till_request(&request, "begin-1", 100, NULL);                                   \
        request.member = (value);                                                       \
        id = 7;                                                                         \
        EXPECT_HINT((code), (hint), payments_begin_tender(ctx, &request, &id));         \
        CHECK(id == 0);                                                                 \
    } while (0)

    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, 0);
    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, -1);
    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, INT64_MIN);
    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, INT64_MAX);
    REFUSES(PAYMENTS_E_ARGUMENT, "sale_total", sale_total, 99);
    REFUSES(PAYMENTS_E_ARGUMENT, "sale_total", sale_total, -1);
    REFUSES(PAYMENTS_E_ARGUMENT, "capture_rule", capture_rule, 2);
    REFUSES(PAYMENTS_E_ARGUMENT, "capture_rule", capture_rule, -1);
    REFUSES(PAYMENTS_E_ARGUMENT, "capture_rule", capture_rule, INT32_MAX);
    REFUSES(PAYMENTS_E_ARGUMENT, "currency", currency, NULL);
    REFUSES(PAYMENTS_E_ARGUMENT, "currency", currency, "");
    REFUSES(PAYMENTS_E_ARGUMENT, "currency", currency, "nok");
    REFUSES(PAYMENTS_E_ARGUMENT, "currency", currency, "XYZ");
    REFUSES(PAYMENTS_E_ARGUMENT, "currency", currency, "EUR");
    REFUSES(PAYMENTS_E_UTF8, "currency", currency, "\xe9");
    REFUSES(PAYMENTS_E_TOO_LONG, "currency", currency, too_long);
    REFUSES(PAYMENTS_E_ARGUMENT, "profile", profile, NULL);
    REFUSES(PAYMENTS_E_ARGUMENT, "profile", profile, "");
    REFUSES(PAYMENTS_E_ARGUMENT, "vipps", profile, "vips");
    REFUSES(PAYMENTS_E_UTF8, "profile", profile, not_utf8);
    REFUSES(PAYMENTS_E_TOO_LONG, "profile", profile, too_long);
    REFUSES(PAYMENTS_E_ARGUMENT, "sale_ref", sale_ref, NULL);
    REFUSES(PAYMENTS_E_ARGUMENT, "sale_ref", sale_ref, "");
    REFUSES(PAYMENTS_E_UTF8, "sale_ref", sale_ref, surrogate);
    REFUSES(PAYMENTS_E_TOO_LONG, "sale_ref", sale_ref, too_long);
    REFUSES(PAYMENTS_E_ARGUMENT, "tender_ref", tender_ref, NULL);
    REFUSES(PAYMENTS_E_ARGUMENT, "tender_ref", tender_ref, "");
    REFUSES(PAYMENTS_E_UTF8, "tender_ref", tender_ref, not_utf8);
    REFUSES(PAYMENTS_E_TOO_LONG, "tender_ref", tender_ref,
            "1234567890123456789012345678901234567890123456789012345678901234-");
    REFUSES(PAYMENTS_E_UTF8, "details_json", details_json, not_utf8);
    REFUSES(PAYMENTS_E_TOO_LONG, "details_json", details_json, too_long);
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "");
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "{");
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "[]");
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "null");
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "{} {}");
    REFUSES(PAYMENTS_E_ARGUMENT, "aproach", details_json, "{\"aproach\":\"qr\"}");
    REFUSES(PAYMENTS_E_ARGUMENT, "approach", details_json, "{\"approach\":\"telepathy\"}");
    REFUSES(PAYMENTS_E_ARGUMENT, "approach", details_json, "{\"approach\":7}");
    REFUSES(PAYMENTS_E_ARGUMENT, "phone", details_json, "{\"approach\":\"phone\"}");
    REFUSES(PAYMENTS_E_ARGUMENT, "phone", details_json, "{\"customer\":{}}");
    REFUSES(PAYMENTS_E_ARGUMENT, "phone", details_json, "{\"customer\":{\"phone\":\"call me\"}}");
    REFUSES(PAYMENTS_E_ARGUMENT, "description", details_json, "{\"description\":\"x\"}");
    REFUSES(PAYMENTS_E_ARGUMENT, "lines", details_json, "{\"receipt\":{\"lines\":[]}}");
    REFUSES(PAYMENTS_E_ARGUMENT, "metadata", details_json,
            "{\"metadata\":{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\"}}");
#undef REFUSES

    /* A later header: a longer struct, whose tail this library does not know. */
    {
        struct {
            payments_tender_request known;
            char unknown[64];
        } longer;
        payments_view view;
        memset(&longer, 0xA5, sizeof longer);
        till_request(&longer.known, "begin-longer", 100, "{\"approach\":\"scan\"}");
        longer.known.struct_size = sizeof longer;
        EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &longer.known, &id));
        till_look(ctx, id, &view);
        CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
        EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    }
    /* 64 bytes are not too long. */
    id = till_tender(ctx, "1234567890123456789012345678901234567890123456789012345678901234", 100,
                     "{\"approach\":\"scan\"}");
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
}

static void views(payments_ctx *ctx, int64_t id) {
    payments_view view;
    uint32_t size;
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "view_out", payments_poll(ctx, id, 0, NULL));
    memset(&view, 0xA5, sizeof view);
    for (size = 0; size < sizeof view; size++) {
        view.struct_size = size;
        EXPECT(PAYMENTS_E_STRUCT_SIZE, payments_poll(ctx, id, 0, &view));
    }
    view.struct_size = sizeof view;
    /* A time that has already passed is no time. */
    EXPECT(PAYMENTS_OK, payments_poll(ctx, id, -1, &view));
    EXPECT(PAYMENTS_OK, payments_poll(ctx, id, INT32_MIN, &view));
    EXPECT(PAYMENTS_OK, payments_poll(ctx, id, 0, &view));
    CHECK(view.struct_size == sizeof view && view.id == id);
    {
        struct {
            payments_view known;
            unsigned char unknown[64];
        } longer;
        size_t at;
        memset(&longer, 0xA5, sizeof longer);
        longer.known.struct_size = sizeof longer;
        EXPECT(PAYMENTS_OK, payments_poll(ctx, id, 0, &longer.known));
        CHECK(longer.known.id == id && longer.known.struct_size == sizeof longer);
        /* What this library does not know it either leaves alone or zeroes, all alike. */
        for (at = 0; at < sizeof longer.unknown; at++) {
            CHECK(longer.unknown[at] == longer.unknown[0]);
        }
        CHECK(longer.unknown[0] == 0 || longer.unknown[0] == 0xA5);
    }
}

static void ids(payments_ctx *ctx) {
    size_t at;
    for (at = 0; at < sizeof no_ids / sizeof no_ids[0]; at++) {
        const int64_t id = no_ids[at];
        const int32_t code = PAYMENTS_E_NOT_FOUND;
        payments_view view;
        payments_refund_request refund;
        int64_t out = 7;
        int32_t what = 7;
        size_t needed = 7;
        char text[64] = "before";
        memset(&view, 0, sizeof view);
        view.struct_size = sizeof view;
        EXPECT(code, payments_poll(ctx, id, 0, &view));
        EXPECT(code, payments_poll(ctx, id, 20, &view));
        EXPECT(code, payments_submit_scan(ctx, id, (const uint8_t *)"x", 1, &what));
        CHECK(what == 0);
        EXPECT(code, payments_manual_amount(ctx, id, 1, NULL, "anna"));
        EXPECT(code, payments_enrol(ctx, id, &out));
        CHECK(out == 0);
        EXPECT(code, payments_cancel(ctx, id));
        EXPECT(code, payments_resolve(ctx, id, PAYMENTS_CHOICE_RETRY, NULL));
        EXPECT(code, payments_confirm(ctx, id, "r"));
        EXPECT(code, payments_capture(ctx, id, 1));
        EXPECT(code, payments_text(ctx, id, PAYMENTS_TEXT_QR, text, sizeof text, &needed));
        CHECK(text[0] == '\0' && needed == 0);
        EXPECT(code, payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, NULL, 0, NULL));
        EXPECT(code, payments_text(ctx, id, PAYMENTS_TEXT_SUPPORT, NULL, 0, NULL));
        EXPECT(code, payments_text(ctx, id, PAYMENTS_TEXT_RESULT, NULL, 0, NULL));
        EXPECT(code, payments_text(ctx, id, PAYMENTS_TEXT_ACTION, NULL, 0, NULL));
        EXPECT(code, payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, NULL, 0, &needed, NULL));
        if (id != 0) {
            memset(&refund, 0, sizeof refund);
            refund.struct_size = sizeof refund;
            refund.tender_id = id;
            refund.refund_ref = "refund-of-nothing";
            EXPECT(code, payments_refund(ctx, &refund, &out));
            CHECK(out == 0);
        }
    }
}

static void refunds(payments_ctx *ctx, int64_t tender) {
    payments_refund_request request;
    int64_t id = 7;
    uint32_t size;
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "request", payments_refund(ctx, NULL, &id));
    CHECK(id == 0);

#define FILL()                                    \
    do {                                          \
        memset(&request, 0, sizeof request);      \
        request.struct_size = sizeof request;     \
        request.tender_id = tender;               \
        request.refund_ref = "refund-arguments";  \
        id = 7;                                   \
    } while (0)
#define REFUSES(code, hint, member, value)                                      \
    do {                                                                        \
        FILL();                                                                 \
        request.member = (value);                                               \
        EXPECT_HINT((code), (hint), payments_refund(ctx, &request, &id));       \
        CHECK(id == 0);                                                         \
    } while (0)

    FILL();
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "refund_id_out", payments_refund(ctx, &request, NULL));
    for (size = 0; size < sizeof request; size++) {
        FILL();
        request.struct_size = size;
        EXPECT(PAYMENTS_E_STRUCT_SIZE, payments_refund(ctx, &request, &id));
        CHECK(id == 0);
    }
    REFUSES(PAYMENTS_E_ARGUMENT, "reserved", reserved, 1);
    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, -1);
    REFUSES(PAYMENTS_E_ARGUMENT, "amount", amount, INT64_MIN);
    REFUSES(PAYMENTS_E_ARGUMENT, "refund_ref", refund_ref, NULL);
    REFUSES(PAYMENTS_E_ARGUMENT, "refund_ref", refund_ref, "");
    REFUSES(PAYMENTS_E_UTF8, "refund_ref", refund_ref, not_utf8);
    REFUSES(PAYMENTS_E_TOO_LONG, "refund_ref", refund_ref, too_long);
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "{\"reason\":\"x\"}");
    REFUSES(PAYMENTS_E_ARGUMENT, "details", details_json, "7");
    REFUSES(PAYMENTS_E_UTF8, "details_json", details_json, not_utf8);
    /* Without a tender, the payment must be named whole. */
    REFUSES(PAYMENTS_E_ARGUMENT, "", tender_id, 0);
    FILL();
    request.tender_id = 0;
    request.profile = "vipps";
    request.currency = "NOK";
    request.reference = "short";
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "reference", payments_refund(ctx, &request, &id));
    request.reference = "a reference/with?odd=characters";
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "reference", payments_refund(ctx, &request, &id));
    request.reference = "reference-0001";
    request.profile = "nobody";
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "profile", payments_refund(ctx, &request, &id));
    request.profile = "vipps";
    request.currency = "N";
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "currency", payments_refund(ctx, &request, &id));
    CHECK(id == 0);
    /* Not paid, so nothing to give back. */
    FILL();
    EXPECT(PAYMENTS_E_STATE, payments_refund(ctx, &request, &id));
#undef REFUSES
#undef FILL
}

static void scans(payments_ctx *ctx, int64_t id) {
    static uint8_t noise[8193];
    int32_t what = 7;
    memset(noise, 'A', sizeof noise);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "data", payments_submit_scan(ctx, id, NULL, 1, &what));
    CHECK(what == 0);
    EXPECT(PAYMENTS_E_TOO_LONG, payments_submit_scan(ctx, id, noise, 8193, &what));
    EXPECT(PAYMENTS_E_TOO_LONG, payments_submit_scan(ctx, id, noise, SIZE_MAX, &what));
    EXPECT(PAYMENTS_E_TOO_LONG, payments_submit_scan(ctx, id, noise, SIZE_MAX / 2 + 1, NULL));
    EXPECT(PAYMENTS_OK, payments_submit_scan(ctx, id, noise, 8192, &what));
    CHECK(what == PAYMENTS_SCAN_OTHER || what == PAYMENTS_SCAN_NOISE);
    EXPECT(PAYMENTS_OK, payments_submit_scan(ctx, id, noise, 1, NULL));
}

static void by_hand(payments_ctx *ctx, int64_t id) {
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "operator_name",
                payments_manual_amount(ctx, id, 1, NULL, NULL));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "operator_name", payments_manual_amount(ctx, id, 1, NULL, ""));
    EXPECT_HINT(PAYMENTS_E_UTF8, "operator_name",
                payments_manual_amount(ctx, id, 1, NULL, not_utf8));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "operator_name",
                payments_manual_amount(ctx, id, 1, NULL, too_long));
    EXPECT_HINT(PAYMENTS_E_UTF8, "transaction_id",
                payments_manual_amount(ctx, id, 1, surrogate, "anna"));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "transaction_id",
                payments_manual_amount(ctx, id, 1, too_long, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount", payments_manual_amount(ctx, id, 0, NULL, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount", payments_manual_amount(ctx, id, -1, NULL, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount",
                payments_manual_amount(ctx, id, INT64_MIN, NULL, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount",
                payments_manual_amount(ctx, id, INT64_MAX, NULL, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount", payments_manual_amount(ctx, id, 101, NULL, "anna"));
    /* A wallet that is asked for its payments takes none by hand. */
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "by hand", payments_manual_amount(ctx, id, 100, NULL, "anna"));
}

static void no_scanner(payments_ctx *ctx) {
    char text[64] = "before";
    size_t needed = 7;
    int32_t what = 7;
    EXPECT_HINT(PAYMENTS_E_STATE, "scanner",
                payments_take_scan(ctx, 100, text, sizeof text, &needed, &what));
    CHECK(text[0] == '\0' && needed == 0 && what == 0);
    EXPECT(PAYMENTS_E_STATE, payments_take_scan(ctx, INT32_MIN, NULL, 0, NULL, NULL));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "buf", payments_take_scan(ctx, 0, NULL, 1, &needed, &what));
}

static void inspections(void) {
    char text[64] = "before";
    size_t needed = 7;
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "scan",
                payments_inspect_receipt(NULL, text, sizeof text, &needed));
    CHECK(text[0] == '\0' && needed == 0);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "scan", payments_inspect_receipt("", text, sizeof text, NULL));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "scan",
                payments_inspect_receipt("a.b.c", text, sizeof text, &needed));
    EXPECT_HINT(PAYMENTS_E_UTF8, "scan",
                payments_inspect_receipt(not_utf8, text, sizeof text, &needed));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "scan",
                payments_inspect_receipt(too_long, text, sizeof text, &needed));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "buf", payments_inspect_receipt("a.b.c", NULL, 1, &needed));
}

static void the_rest(payments_ctx *ctx, int64_t id) {
    static const int32_t no_choices[] = {-1, 7, 31, 32, INT32_MAX, INT32_MIN};
    static const int32_t no_texts[] = {0, -1, 6, INT32_MAX, INT32_MIN};
    static const int32_t no_formats[] = {0, -1, 6, INT32_MAX, INT32_MIN};
    payments_qr_info info;
    char text[64] = "before";
    size_t count = 7;
    int64_t out = 7;
    size_t at;

    for (at = 0; at < sizeof no_choices / sizeof no_choices[0]; at++) {
        EXPECT_HINT(PAYMENTS_E_ARGUMENT, "choice", payments_resolve(ctx, id, no_choices[at], NULL));
    }
    EXPECT(PAYMENTS_E_STATE, payments_resolve(ctx, id, PAYMENTS_CHOICE_KEEP, NULL));
    EXPECT_HINT(PAYMENTS_E_UTF8, "operator",
                payments_resolve(ctx, id, PAYMENTS_CHOICE_CANCEL, not_utf8));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "operator",
                payments_resolve(ctx, id, PAYMENTS_CHOICE_CANCEL, too_long));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "receipt_ref", payments_confirm(ctx, id, NULL));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "receipt_ref", payments_confirm(ctx, id, ""));
    EXPECT_HINT(PAYMENTS_E_UTF8, "receipt_ref", payments_confirm(ctx, id, not_utf8));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "receipt_ref", payments_confirm(ctx, id, too_long));
    EXPECT(PAYMENTS_E_STATE, payments_confirm(ctx, id, "r"));
    EXPECT(PAYMENTS_E_STATE, payments_capture(ctx, id, 1));

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "count_out", payments_recover_pending(ctx, &out, 1, NULL));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "ids", payments_recover_pending(ctx, NULL, 1, &count));
    CHECK(count == 0);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "id_out", payments_wait_any(ctx, 0, NULL));
    while (payments_wait_any(ctx, 0, &out) == PAYMENTS_OK) {
    }
    out = 7;
    EXPECT(PAYMENTS_E_TIMEOUT, payments_wait_any(ctx, -1, &out));
    CHECK(out == 0);

    for (at = 0; at < sizeof no_texts / sizeof no_texts[0]; at++) {
        count = 7;
        memcpy(text, "before", 7);
        EXPECT(PAYMENTS_E_ARGUMENT,
               payments_text(ctx, id, no_texts[at], text, sizeof text, &count));
        CHECK(text[0] == '\0' && count == 0);
    }
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, NULL, 1, &count));
    EXPECT(PAYMENTS_E_STATE, payments_text(ctx, id, PAYMENTS_TEXT_QR, text, sizeof text, &count));
    EXPECT(PAYMENTS_E_STATE,
           payments_text(ctx, id, PAYMENTS_TEXT_RESULT, text, sizeof text, &count));
    EXPECT(PAYMENTS_E_ARGUMENT, payments_text(ctx, id, PAYMENTS_TEXT_ACTION, NULL, 1, &count));
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
           payments_text(ctx, id, PAYMENTS_TEXT_ACTION, text, 2, &count));
    CHECK(text[0] == '\0' && count > 2);
    for (at = 0; at < sizeof no_formats / sizeof no_formats[0]; at++) {
        EXPECT_HINT(PAYMENTS_E_ARGUMENT, "format",
                    payments_qr_image(ctx, id, no_formats[at], 0, 0, NULL, 0, &count, NULL));
    }
    memset(&info, 0, sizeof info);
    EXPECT(PAYMENTS_E_STATE,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, NULL, 0, &count, NULL));
    EXPECT(PAYMENTS_E_ARGUMENT, payments_health(ctx, NULL, 1, &count));
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL, payments_health(ctx, text, 2, NULL));
    CHECK(text[0] == '\0');

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "max_level", payments_set_log_callback(ctx, NULL, NULL, -1));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "max_level", payments_set_log_callback(ctx, NULL, NULL, 5));
}

static void shown_code(payments_ctx *ctx) {
    payments_view view;
    payments_qr_info info;
    uint32_t size;
    unsigned char one;
    const int64_t id = till_tender(ctx, "arguments-qr", 100, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    for (size = 0; size < sizeof info; size++) {
        memset(&info, 0xA5, sizeof info);
        info.struct_size = size;
        EXPECT(PAYMENTS_E_STRUCT_SIZE,
               payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, NULL, 0, NULL, &info));
    }
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, NULL, 1, NULL, NULL));
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, UINT32_MAX, 0, &one, 1, NULL, NULL));
    /* As wide as a number can say: refused, or limited, but neither huge nor a crash. */
    {
        size_t needed = 0;
        const int32_t result =
            payments_qr_image(ctx, id, PAYMENTS_QR_ROWS, 0, UINT32_MAX, NULL, 0, &needed, NULL);
        CHECK(result == PAYMENTS_E_ARGUMENT ||
              (result == PAYMENTS_E_BUFFER_TOO_SMALL && needed < 64u * 1024 * 1024));
    }
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    till_wait_state(ctx, id, PAYMENTS_STATE_CANCELLED, &view);
}

static void last_error(void) {
    char text[16];
    char whole[1024];
    size_t needed = 0;
    int32_t code;
    EXPECT(PAYMENTS_E_HANDLE, payments_cancel(NULL, 1));
    CHECK(payments_last_error(NULL, 0, &needed) == PAYMENTS_OK && needed > sizeof text);
    CHECK(payments_last_error(text, sizeof text, NULL) == PAYMENTS_OK);
    CHECK(strlen(text) == sizeof text - 1);
    CHECK(payments_last_error(whole, sizeof whole, &needed) == PAYMENTS_OK);
    CHECK(strlen(whole) + 1 == needed && strncmp(whole, text, strlen(text)) == 0);
    CHECK(payments_last_error(NULL, 1, NULL) == PAYMENTS_E_ARGUMENT);
    CHECK(payments_last_error(text, 0, NULL) == PAYMENTS_OK);
    for (code = -100; code <= 100; code++) {
        CHECK(payments_strerror(code) != NULL && payments_strerror(code)[0] != '\0');
        CHECK(payments_result_is_retryable(code) == 0 || payments_result_is_retryable(code) == 1);
    }
    CHECK(payments_strerror(INT32_MIN) != NULL && payments_strerror(INT32_MAX) != NULL);
    CHECK(payments_result_is_retryable(PAYMENTS_E_TIMEOUT) == 1);
    CHECK(payments_result_is_retryable(PAYMENTS_OK) == 0);
    CHECK(payments_result_is_retryable(PAYMENTS_E_CONFLICT) == 0);
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    int64_t id;
    memset(too_long, 'x', TOO_LONG_LEN);

    no_function_takes(NULL, PAYMENTS_E_HANDLE); /* nothing was ever opened */
    init_arguments();
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    ids(ctx);
    handles(ctx);
    begin_arguments(ctx);
    id = till_tender(ctx, "arguments-1", 100, "{\"approach\":\"scan\"}");
    views(ctx, id);
    refunds(ctx, id);
    scans(ctx, id);
    by_hand(ctx, id);
    no_scanner(ctx);
    inspections();
    the_rest(ctx, id);
    shown_code(ctx);
    last_error();
    {
        const int32_t result = payments_shutdown(ctx, -1);
        CHECK(result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT);
    }
    no_function_takes(ctx, PAYMENTS_E_HANDLE);
    return 0;
}
