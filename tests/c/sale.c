/* The sales of a day: by QR code, by phone number, by scan; refunds, a cancel, a rejection; all that
 * can be asked about them; and what is left after a restart. */

#include "till.h"

static void shows_its_code(payments_ctx *ctx, int64_t id) {
    static const int32_t formats[] = {PAYMENTS_QR_PNG, PAYMENTS_QR_SVG, PAYMENTS_QR_ROWS,
                                      PAYMENTS_QR_ESCPOS, PAYMENTS_QR_TERMINAL};
    size_t at;
    for (at = 0; at < sizeof formats / sizeof formats[0]; at++) {
        payments_qr_info info;
        unsigned char *image;
        size_t needed = 0;
        size_t again = 0;
        memset(&info, 0, sizeof info);
        info.struct_size = sizeof info;
        EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
               payments_qr_image(ctx, id, formats[at], 0, 0, NULL, 0, &needed, &info));
        CHECK(needed > 100 && needed < 4 * 1024 * 1024);
        image = malloc(needed + 1);
        CHECK(image != NULL);
        memset(image, 0xA5, needed + 1);
        EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
               payments_qr_image(ctx, id, formats[at], 0, 0, image, needed - 1, &again, NULL));
        CHECK(again == needed && image[needed - 1] == 0xA5);
        EXPECT(PAYMENTS_OK,
               payments_qr_image(ctx, id, formats[at], 0, 0, image, needed, &again, &info));
        CHECK(again == needed && image[needed] == 0xA5);
        CHECK(info.width > 20 && info.height > 10 && info.module_px >= 1);
        CHECK(info.smallest_module_px >= 1);
        switch (formats[at]) {
        case PAYMENTS_QR_PNG:
            CHECK(memcmp(image, "\x89PNG\r\n\x1a\n", 8) == 0);
            break;
        case PAYMENTS_QR_SVG:
            CHECK(memcmp(image, "<svg", 4) == 0 || memcmp(image, "<?xml", 5) == 0);
            break;
        case PAYMENTS_QR_ROWS:
            CHECK(needed == (size_t)((info.width + 7) / 8) * info.height);
            break;
        case PAYMENTS_QR_ESCPOS:
            CHECK(memmem(image, 32, "\x1dv0", 3) != NULL);
            break;
        default:
            break;
        }
        free(image);
    }
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 8, NULL, 0, NULL, NULL));
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_qr_image(ctx, id, 77, 0, 0, NULL, 0, NULL, NULL));
}

/* Texts are told their length, cut nowhere, and end with NUL. */
static void tells_its_texts(payments_ctx *ctx, int64_t id) {
    static const int32_t texts[] = {PAYMENTS_TEXT_EXPLANATION, PAYMENTS_TEXT_SUPPORT};
    size_t at;
    for (at = 0; at < sizeof texts / sizeof texts[0]; at++) {
        char text[16384];
        char small[8];
        size_t needed = 0;
        EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL, payments_text(ctx, id, texts[at], NULL, 0, &needed));
        CHECK(needed > 10 && needed <= sizeof text);
        memset(small, 'x', sizeof small);
        EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
               payments_text(ctx, id, texts[at], small, sizeof small, NULL));
        CHECK(small[0] == '\0');
        EXPECT(PAYMENTS_OK, payments_text(ctx, id, texts[at], text, needed, &needed));
        CHECK(strlen(text) + 1 == needed);
        if (texts[at] == PAYMENTS_TEXT_SUPPORT) {
            CHECK(text[0] == '{' && text[needed - 2] == '}');
        }
    }
}

static void sale_by_qr(payments_ctx *ctx, int port, int64_t *paid_id) {
    payments_view view;
    int64_t changed = -1;
    const int64_t id = till_tender(ctx, "qr-1", 49900, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    CHECK(view.kind == PAYMENTS_KIND_TENDER && view.id == id && view.parent_id == 0);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_CUSTOMER);
    CHECK(view.amount == 49900 && view.approved == 0 && view.captured == 0);
    CHECK(view.goods_may_leave == 0 && view.deadline_ms > 0 && view.updated_ms > 0);
    CHECK(strcmp(view.currency, "NOK") == 0 && strcmp(view.profile, "vipps") == 0);
    CHECK(strcmp(view.sale_ref, "qr-1") == 0 && strcmp(view.host_ref, "qr-1") == 0);
    CHECK(strlen(view.reference) >= 8);
    CHECK(strlen(view.cashier_text) > 5 && strlen(view.customer_text) > 5);
    CHECK((view.choices & (1u << PAYMENTS_CHOICE_CANCEL)) != 0 || view.choices == 0);
    shows_its_code(ctx, id);
    tells_its_texts(ctx, id);

    /* The same reference is the same tender; with another amount it is refused. */
    {
        payments_tender_request request;
        int64_t again = 0;
        till_request(&request, "qr-1", 49900, "{\"approach\":\"qr\"}");
        EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &again));
        CHECK(again == id);
        request.amount = 50000;
        EXPECT(PAYMENTS_E_CONFLICT, payments_begin_tender(ctx, &request, &again));
        CHECK(again == 0);
    }

    while (payments_wait_any(ctx, 0, &changed) == PAYMENTS_OK) {
    }
    CHECK(changed == 0);
    till_customer_scans(ctx, id, port, TILL_PHONE);
    till_customer(port, view.reference, "approve");
    do {
        EXPECT(PAYMENTS_OK, payments_wait_any(ctx, 20000, &changed));
        CHECK(changed == id);
        till_look(ctx, id, &view);
        if (view.goods_may_leave) CHECK(view.approved == 49900);
    } while (!payments_state_is_final(view.state));
    CHECK(view.state == PAYMENTS_STATE_PAID && view.reason == PAYMENTS_REASON_NONE);
    CHECK(view.captured == 49900 && view.goods_may_leave == 1);
    CHECK(view.assurance == PAYMENTS_ASSURANCE_CONFIRMED_ONLINE && view.prompt == 0);
    CHECK(view.cancelled_by == PAYMENTS_BY_NOBODY);
    EXPECT(PAYMENTS_E_STATE, payments_text(ctx, id, PAYMENTS_TEXT_QR, NULL, 0, NULL));
    EXPECT(PAYMENTS_E_STATE,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, NULL, 0, NULL, NULL));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-1"));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-1"));
    EXPECT(PAYMENTS_E_CONFLICT, payments_confirm(ctx, id, "receipt-2"));
    *paid_id = id;
}

static void refunds(payments_ctx *ctx, int64_t paid) {
    payments_view view;
    payments_refund_request request;
    int64_t again = 0;
    const int64_t part = till_refund(ctx, paid, "refund-1", 9900);
    till_wait_state(ctx, part, PAYMENTS_STATE_REFUNDED, &view);
    CHECK(view.kind == PAYMENTS_KIND_REFUND && view.parent_id == paid);
    CHECK(view.refunded == 9900 && strcmp(view.host_ref, "refund-1") == 0);
    till_look(ctx, paid, &view);
    CHECK(view.refunded == 9900);

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.tender_id = paid;
    request.amount = 9900;
    request.refund_ref = "refund-1";
    EXPECT(PAYMENTS_OK, payments_refund(ctx, &request, &again));
    CHECK(again == part);
    request.amount = 9901;
    EXPECT(PAYMENTS_E_CONFLICT, payments_refund(ctx, &request, &again));
    CHECK(again == 0);
    request.refund_ref = "refund-too-much";
    request.amount = 40001;
    EXPECT(PAYMENTS_E_STATE, payments_refund(ctx, &request, &again));
    request.refund_ref = "refund-2";
    request.amount = 0; /* all that is left */
    EXPECT(PAYMENTS_OK, payments_refund(ctx, &request, &again));
    till_wait_state(ctx, again, PAYMENTS_STATE_REFUNDED, &view);
    CHECK(view.refunded == 40000);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, part, "refund-receipt-1"));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, again, "refund-receipt-2"));
    EXPECT(PAYMENTS_E_STATE, payments_cancel(ctx, part));
}

static int64_t sale_by_phone(payments_ctx *ctx, int port) {
    payments_view view;
    const int64_t id = till_tender(ctx, "phone-1", 12500,
                                   "{\"approach\":\"phone\",\"customer\":{\"phone\":\"+47 123 45 678\"},"
                                   "\"description\":\"Coffee and a bun\",\"operator\":\"7\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_CHECK_PHONE, &view);
    till_customer(port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    CHECK(view.captured == 12500);
    return id;
}

static void sale_by_scan(payments_ctx *ctx, int port) {
    payments_view view;
    int32_t what = 0;
    static const char code[] = "https://qr.vipps.no/p/sandbox-0001\r\n";
    const int64_t id = till_tender(ctx, "scan-1", 700, "{\"approach\":\"scan\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SCAN, &view);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)"6411401015090", 13, &what));
    CHECK(what == PAYMENTS_SCAN_PRODUCT);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)"4111111111111111", 16, &what));
    CHECK(what == PAYMENTS_SCAN_CARD);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)"https://example.org/", 20, &what));
    CHECK(what == PAYMENTS_SCAN_OTHER_ADDRESS);
    EXPECT(PAYMENTS_OK, payments_submit_scan(ctx, id, (const uint8_t *)"\xff\xfe", 2, &what));
    CHECK(what == PAYMENTS_SCAN_NOISE);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)code, sizeof code - 1, &what));
    CHECK(what == PAYMENTS_SCAN_CUSTOMER);
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_CHECK_PHONE, &view);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)code, sizeof code - 1, &what));
    CHECK(what == PAYMENTS_SCAN_NOT_WAITING);
    till_customer(port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-scan-1"));
}

static void ends_without_money(payments_ctx *ctx, int port) {
    payments_view view;
    int64_t id = till_tender(ctx, "cancel-1", 5000, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    till_wait_state(ctx, id, PAYMENTS_STATE_CANCELLED, &view);
    CHECK(view.cancelled_by == PAYMENTS_BY_CASHIER && view.captured == 0);
    CHECK(view.goods_may_leave == 0);
    EXPECT(PAYMENTS_E_STATE, payments_resolve(ctx, id, PAYMENTS_CHOICE_KEEP, NULL));

    id = till_tender(ctx, "reject-1", 5000, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    till_customer_scans(ctx, id, port, TILL_PHONE);
    till_customer(port, view.reference, "reject");
    till_wait_state(ctx, id, PAYMENTS_STATE_DECLINED, &view);
    CHECK(view.cancelled_by == PAYMENTS_BY_CUSTOMER);
    CHECK(view.reason == PAYMENTS_REASON_CUSTOMER_REJECTED);
    CHECK(strlen(view.short_code) >= 4);
}

/* Goods are handed over in parts: take less than was approved. */
static void capture_on_confirm(payments_ctx *ctx, int port) {
    payments_view view;
    payments_tender_request request;
    int64_t id = 0;
    till_request(&request, "later-1", 30000, "{\"approach\":\"qr\"}");
    request.capture_rule = PAYMENTS_CAPTURE_ON_CONFIRM;
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &id));
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    till_customer_scans(ctx, id, port, TILL_PHONE);
    till_customer(port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_COMPLETING, &view);
    CHECK(view.approved == 30000 && view.captured == 0 && view.goods_may_leave == 1);
    EXPECT(PAYMENTS_E_ARGUMENT, payments_capture(ctx, id, 0));
    EXPECT(PAYMENTS_E_ARGUMENT, payments_capture(ctx, id, 30001));
    EXPECT(PAYMENTS_OK, payments_capture(ctx, id, 20000));
    EXPECT(PAYMENTS_OK, payments_capture(ctx, id, 20000));
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    CHECK(view.captured == 20000);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-later-1"));
}

static void is_healthy(payments_ctx *ctx) {
    char text[4096];
    size_t needed = 0;
    EXPECT(PAYMENTS_OK, payments_health(ctx, text, sizeof text, &needed));
    CHECK(needed == strlen(text) + 1 && text[0] == '{');
    CHECK(strstr(text, "\"journal\":\"ok\"") != NULL && strstr(text, "vipps") != NULL);
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    int64_t paid = 0;
    int64_t unconfirmed;
    int64_t ids[8];
    size_t count = 99;
    char text[4096];

    CHECK(payments_abi_version() == PAYMENTS_ABI_VERSION);
    CHECK(strcmp(payments_version(), PAYMENTS_VERSION) == 0);
    CHECK(payments_state_is_final(PAYMENTS_STATE_PAID) == 1);
    CHECK(payments_state_is_final(PAYMENTS_STATE_UNKNOWN) == 0);
    CHECK(payments_state_is_final(12345) == 0 && payments_state_is_final(-1) == 0);

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, NULL, 0, &count));
    CHECK(count == 0);
    is_healthy(ctx);
    sale_by_qr(ctx, arguments.port, &paid);
    refunds(ctx, paid);
    sale_by_scan(ctx, arguments.port);
    ends_without_money(ctx, arguments.port);
    capture_on_confirm(ctx, arguments.port);
    unconfirmed = sale_by_phone(ctx, arguments.port);
    is_healthy(ctx);
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL, payments_recover_pending(ctx, NULL, 0, &count));
    CHECK(count == 1);
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    EXPECT(PAYMENTS_E_HANDLE, payments_cancel(ctx, unconfirmed));

    /* The next day: paid, but the till never said that its receipt was booked. */
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, ids, 8, &count));
    CHECK(count == 1 && ids[0] == unconfirmed);
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    till_look(ctx, unconfirmed, &view);
    CHECK(view.found_after_restart == 1 && view.captured == 12500);
    CHECK(view.state == PAYMENTS_STATE_PAID && view.reason == PAYMENTS_REASON_FOUND_AFTER_RESTART);
    CHECK(view.choices == ((1u << PAYMENTS_CHOICE_RING_UP) | (1u << PAYMENTS_CHOICE_REFUND)));
    EXPECT(PAYMENTS_OK, payments_resolve(ctx, unconfirmed, PAYMENTS_CHOICE_RING_UP, "operator 7"));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, unconfirmed, "receipt-phone-1"));
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, ids, 8, &count));
    CHECK(count == 0);
    /* A sale that is over and done is brought back by asking about it, or by its reference. */
    EXPECT(PAYMENTS_E_NOT_FOUND, payments_poll(ctx, paid, 0, &view));
    EXPECT(PAYMENTS_OK,
           payments_text(ctx, paid, PAYMENTS_TEXT_SUPPORT, text, sizeof text, NULL));
    till_look(ctx, paid, &view);
    CHECK(view.state == PAYMENTS_STATE_PAID && view.refunded == 49900);
    CHECK(till_tender(ctx, "qr-1", 49900, "{\"approach\":\"qr\"}") == paid);
    till_look(ctx, paid, &view);
    CHECK(view.state == PAYMENTS_STATE_PAID && view.refunded == 49900);
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
