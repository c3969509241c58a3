/* The customer club, the code at the till, and webhooks: errands that move no money. */

#include "till.h"

#include <unistd.h>

#define CODE "https://qr.vipps.no/p/sandbox-0001"

#define TOO_LONG_LEN 100000

static payments_ctx *ctx;
static till_arguments arguments;
static char too_long[TOO_LONG_LEN + 1];
static const char not_utf8[] = "caf\xe9";
static const char surrogate[] = "\xed\xa0\x80";

static void customer(const char *act, const char *with, int status) {
    char path[128];
    char answer[1024];
    int got;
    snprintf(path, sizeof path, "/_sandbox/wallets/vipps/%s", act);
    got = till_sandbox(arguments.port, "POST", path, with, answer, sizeof answer);
    if (got != status) fprintf(stderr, "%s %s: %d %s\n", act, with, got, answer);
    CHECK(got == status);
}

static void result_of(int64_t id, char *text, size_t cap) {
    EXPECT(PAYMENTS_OK, payments_text(ctx, id, PAYMENTS_TEXT_RESULT, text, cap, NULL));
}

/* An errand moves no money: its view says nothing of any. */
static void is_errand(const payments_view *view, int32_t kind) {
    CHECK(view->kind == kind);
    CHECK(view->amount == 0 && view->approved == 0 && view->captured == 0);
    CHECK(view->goods_may_leave == 0 && view->parent_id == 0);
    CHECK(view->sale_ref[0] == '\0');
}

static int64_t checked_in(const char *who, payments_view *view) {
    int64_t id = 0;
    EXPECT(PAYMENTS_OK, payments_check_in(ctx, "vipps", who, &id));
    CHECK(id >= 1);
    till_wait_state(ctx, id, PAYMENTS_STATE_DONE, view);
    is_errand(view, PAYMENTS_KIND_CHECK_IN);
    return id;
}

static void check_ins(void) {
    payments_view view;
    char text[1024];
    char small[4] = "abc";
    size_t needed = 0;
    size_t count = 7;
    int64_t id = checked_in(CODE, &view);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "\"phone\":\"" TILL_PHONE "\"") != NULL);
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
           payments_text(ctx, id, PAYMENTS_TEXT_RESULT, small, sizeof small, &needed));
    CHECK(small[0] == '\0' && needed == strlen(text) + 1);
    /* What was found out is no one's to read in logs. */
    EXPECT(PAYMENTS_OK,
           payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, NULL));
    CHECK(strstr(text, TILL_PHONE) == NULL && strstr(text, "sandbox-0001") == NULL);
    EXPECT(PAYMENTS_OK, payments_text(ctx, id, PAYMENTS_TEXT_SUPPORT, text, sizeof text, NULL));
    CHECK(strstr(text, TILL_PHONE) == NULL);

    id = checked_in("+47 12 34 56 78", &view);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "\"exists\":true") != NULL && strstr(text, TILL_PHONE) != NULL);
    id = checked_in("4799999990", &view);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "\"exists\":false") != NULL);

    /* A code of nobody, and what is no code. */
    EXPECT(PAYMENTS_OK, payments_check_in(ctx, "vipps", "https://qr.vipps.no/p/junk", &id));
    till_wait_state(ctx, id, PAYMENTS_STATE_FAILED, &view);
    CHECK(view.reason == PAYMENTS_REASON_SCAN_AGAIN);
    EXPECT(PAYMENTS_E_STATE,
           payments_text(ctx, id, PAYMENTS_TEXT_RESULT, text, sizeof text, &needed));
    CHECK(text[0] == '\0' && needed == 0);
    id = 7;
    EXPECT(PAYMENTS_E_ARGUMENT, payments_check_in(ctx, "vipps", "6411401015090x", &id));
    CHECK(id == 0);
    EXPECT(PAYMENTS_E_ARGUMENT, payments_check_in(ctx, "vipps", "12", &id));
    EXPECT(PAYMENTS_E_ARGUMENT, payments_check_in(ctx, "smartum", CODE, &id));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "profile", payments_check_in(ctx, "nobody", CODE, &id));

    /* Nothing waits for the cashier, and a sale has no such result. */
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, NULL, 0, &count));
    CHECK(count == 0);
    id = till_tender(ctx, "errands-sale", 100, "{\"approach\":\"scan\"}");
    EXPECT(PAYMENTS_E_STATE, payments_text(ctx, id, PAYMENTS_TEXT_RESULT, NULL, 0, NULL));
    EXPECT(PAYMENTS_E_STATE, payments_enrol(ctx, id, &id));
    CHECK(id == 0);
}

static int64_t asked(int64_t check_in, payments_view *view) {
    int64_t id = 0;
    EXPECT(PAYMENTS_OK, payments_enrol(ctx, check_in, &id));
    CHECK(id >= 1 && id != check_in);
    till_wait_state(ctx, id, PAYMENTS_STATE_WAITING_FOR_CUSTOMER, view);
    is_errand(view, PAYMENTS_KIND_ENROLMENT);
    CHECK(view->prompt == PAYMENTS_PROMPT_CHECK_PHONE);
    EXPECT(PAYMENTS_E_STATE, payments_text(ctx, id, PAYMENTS_TEXT_RESULT, NULL, 0, NULL));
    return id;
}

static void enrolments(void) {
    payments_view view;
    char text[2048];
    const int64_t check_in = checked_in(CODE, &view);
    int64_t id = asked(check_in, &view);
    customer("enrol_accept", "{\"phone\":\"" TILL_PHONE "\"}", 200);
    till_wait_state(ctx, id, PAYMENTS_STATE_DONE, &view);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "Ada Lovelace") != NULL && strstr(text, TILL_PHONE) != NULL);
    /* Only what the profile asks for. */
    CHECK(strstr(text, "email") == NULL);
    EXPECT(PAYMENTS_OK,
           payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, NULL));
    CHECK(strstr(text, "Ada") == NULL);

    id = asked(check_in, &view);
    customer("enrol_decline", "{\"phone\":\"" TILL_PHONE "\"}", 200);
    till_wait_state(ctx, id, PAYMENTS_STATE_DECLINED, &view);
    EXPECT(PAYMENTS_E_STATE, payments_text(ctx, id, PAYMENTS_TEXT_RESULT, NULL, 0, NULL));

    id = asked(check_in, &view);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_CANCELLED);
    /* An enrolment is no check-in. */
    EXPECT(PAYMENTS_E_STATE, payments_enrol(ctx, id, &id));
}

static void registrations(void) {
    payments_view view;
    char text[1024];
    char long_description[64];
    int64_t id = 0;
    memset(long_description, 'x', 37);
    long_description[37] = '\0';
    EXPECT(PAYMENTS_OK,
           payments_register_till(ctx, "mobilepay", "till-01", "Kasse 1 ved d\xc3\xb8ren", &id));
    till_wait_state(ctx, id, PAYMENTS_STATE_DONE, &view);
    is_errand(&view, PAYMENTS_KIND_REGISTRATION);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "\"till_qr_id\":\"till-01\"") != NULL);
    CHECK(strstr(text, "\"qr_content\":\"https://qr.vipps.no/c/till-01\"") != NULL);
    CHECK(strstr(text, "Kasse 1 ved d\xc3\xb8ren") != NULL);
    /* Again: another description. */
    EXPECT(PAYMENTS_OK, payments_register_till(ctx, "mobilepay", "till-01", "Kasse 2", &id));
    till_wait_state(ctx, id, PAYMENTS_STATE_DONE, &view);
    result_of(id, text, sizeof text);
    CHECK(strstr(text, "Kasse 2") != NULL);
    /* A sticker of another shop. */
    EXPECT(PAYMENTS_OK,
           payments_register_till(ctx, "mobilepay", "999999999999999", "Kasse 1", &id));
    till_wait_state(ctx, id, PAYMENTS_STATE_FAILED, &view);
    CHECK(view.reason == PAYMENTS_REASON_MERCHANT_SETUP);
    id = 7;
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_register_till(ctx, "mobilepay", "till 01", "Kasse 1", &id));
    CHECK(id == 0);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "description",
                payments_register_till(ctx, "mobilepay", "till-01", long_description, &id));
    EXPECT(PAYMENTS_E_ARGUMENT,
           payments_register_till(ctx, "smartum", "till-01", "Kasse 1", &id));
}

/* A webhook as tests/c_api_errands.rs leaves it in two files. */
typedef struct delivery {
    char headers[4096];
    char body[4096];
    size_t len;
} delivery;

static size_t read_file(const char *name, char *out, size_t cap) {
    const int64_t end = till_now_ms() + 20000;
    char path[512];
    FILE *file;
    size_t len;
    snprintf(path, sizeof path, "%s/%s", arguments.folder, name);
    while ((file = fopen(path, "rb")) == NULL && till_now_ms() < end) till_sleep_ms(10);
    CHECK(file != NULL);
    len = fread(out, 1, cap - 1, file);
    fclose(file);
    CHECK(len > 0 && len < cap - 1);
    out[len] = '\0';
    return len;
}

static void read_delivery(const char *name, delivery *told) {
    char file[64];
    snprintf(file, sizeof file, "%s.headers", name);
    (void)read_file(file, told->headers, sizeof told->headers);
    snprintf(file, sizeof file, "%s.body", name);
    told->len = read_file(file, told->body, sizeof told->body);
}

/* Has tests/c_api_errands.rs play the customer. */
static void ask_for(const char *name) {
    char path[512];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.wanted", arguments.folder, name);
    file = fopen(path, "w");
    CHECK(file != NULL && fclose(file) == 0);
}

static int32_t deliver(const char *profile, const delivery *told) {
    return payments_deliver_webhook(ctx, profile, told->headers, (const uint8_t *)told->body,
                                    told->len);
}

static int64_t danish(const char *tender_ref, const char *details, payments_view *view) {
    payments_tender_request request;
    int64_t id = 0;
    till_request(&request, tender_ref, 12500, details);
    request.profile = "mobilepay";
    request.currency = "DKK";
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &id));
    till_look(ctx, id, view);
    return id;
}

static void still_waits(int64_t id) {
    payments_view view;
    till_sleep_ms(300);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
}

static void forgeries(const delivery *genuine) {
    delivery forged = *genuine;
    char *place = strstr(forged.body, "customerToken\":\"");
    CHECK(place != NULL);
    place += strlen("customerToken\":\"");
    *place = *place == 'A' ? 'B' : 'A';
    EXPECT(PAYMENTS_E_ARGUMENT, deliver("mobilepay", &forged));
    forged = *genuine;
    forged.len--;
    EXPECT(PAYMENTS_E_ARGUMENT, deliver("mobilepay", &forged));
    forged = *genuine;
    place = strstr(forged.headers, "Signature=");
    while (place != NULL) {
        place += strlen("Signature=");
        *place = *place == 'A' ? 'B' : 'A';
        place = strstr(place, "Signature=");
    }
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "signature", deliver("mobilepay", &forged));
    forged = *genuine;
    forged.headers[0] = '\0';
    EXPECT(PAYMENTS_E_ARGUMENT, deliver("mobilepay", &forged));
    /* Profiles that have no webhooks. */
    EXPECT(PAYMENTS_E_ARGUMENT, deliver("vipps", genuine));
    EXPECT(PAYMENTS_E_ARGUMENT, deliver("smartum", genuine));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "profile", deliver("nobody", genuine));
}

static void webhooks(void) {
    static delivery early;
    static delivery told;
    payments_view view;
    const int64_t id = danish("check-in-1", NULL, &view);
    int64_t revision;
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    CHECK(view.prompt == PAYMENTS_PROMPT_USE_PLATE);
    /* Somebody scanned the code before this sale: genuine, and of no use. */
    read_delivery("early", &early);
    EXPECT(PAYMENTS_OK, deliver("mobilepay", &early));
    still_waits(id);

    /* It goes on waiting for the same after a restart. */
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    still_waits(id);
    till_look(ctx, id, &view);
    CHECK(view.prompt == PAYMENTS_PROMPT_USE_PLATE);

    ask_for("check-in");
    read_delivery("check-in", &told);
    forgeries(&told);
    still_waits(id);

    EXPECT(PAYMENTS_OK, deliver("mobilepay", &told));
    till_wait_state(ctx, id, PAYMENTS_STATE_WAITING_FOR_CUSTOMER, &view);
    CHECK(view.prompt == PAYMENTS_PROMPT_CHECK_PHONE);
    /* Twice is once. */
    revision = view.revision;
    EXPECT(PAYMENTS_OK, deliver("mobilepay", &told));
    till_sleep_ms(300);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_CUSTOMER && view.revision == revision);
    till_customer(arguments.port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    CHECK(view.captured == 12500);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-check-in-1"));
    EXPECT(PAYMENTS_OK, deliver("mobilepay", &told));
}

/* A sale that waits for the customer's own code is not started by a check-in at the plate. */
static void another_way(void) {
    static delivery told;
    payments_view view;
    const int64_t id = danish("scan-1", "{\"approach\":\"scan\"}", &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    CHECK(view.prompt == PAYMENTS_PROMPT_SCAN);
    ask_for("stray");
    read_delivery("stray", &told);
    EXPECT(PAYMENTS_OK, deliver("mobilepay", &told));
    still_waits(id);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
}

/* NULL, garbage and limits, as tests/c/arguments.c has them for the other calls. */

static void errand_arguments(void) {
    int64_t id = 7;

#define REFUSES(code, hint, call)           \
    do {                                    \
        id = 7;                             \
        EXPECT_HINT((code), (hint), (call)); \
        CHECK(id == 0);                     \
    } while (0)

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "id_out", payments_check_in(ctx, "vipps", TILL_PHONE, NULL));
    REFUSES(PAYMENTS_E_ARGUMENT, "profile", payments_check_in(ctx, NULL, TILL_PHONE, &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "profile", payments_check_in(ctx, "", TILL_PHONE, &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "vips", payments_check_in(ctx, "vips", TILL_PHONE, &id));
    REFUSES(PAYMENTS_E_UTF8, "profile", payments_check_in(ctx, not_utf8, TILL_PHONE, &id));
    REFUSES(PAYMENTS_E_TOO_LONG, "profile", payments_check_in(ctx, too_long, TILL_PHONE, &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "customer", payments_check_in(ctx, "vipps", NULL, &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "customer", payments_check_in(ctx, "vipps", "", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "", payments_check_in(ctx, "vipps", "   ", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "", payments_check_in(ctx, "vipps", "call me", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "", payments_check_in(ctx, "vipps", "()--++", &id));
    REFUSES(PAYMENTS_E_UTF8, "customer", payments_check_in(ctx, "vipps", surrogate, &id));
    REFUSES(PAYMENTS_E_TOO_LONG, "customer", payments_check_in(ctx, "vipps", too_long, &id));

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "id_out", payments_enrol(ctx, 1, NULL));

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "id_out",
                payments_register_till(ctx, "vipps", "till-01", "Till 1", NULL));
    REFUSES(PAYMENTS_E_ARGUMENT, "profile",
            payments_register_till(ctx, NULL, "till-01", "Till 1", &id));
    REFUSES(PAYMENTS_E_TOO_LONG, "profile",
            payments_register_till(ctx, too_long, "till-01", "Till 1", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "till_code",
            payments_register_till(ctx, "vipps", NULL, "Till 1", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "till_code",
            payments_register_till(ctx, "vipps", "", "Till 1", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "", payments_register_till(ctx, "vipps", "a/../b", "Till 1", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "", payments_register_till(ctx, "vipps", "\r\n", "Till 1", &id));
    REFUSES(PAYMENTS_E_UTF8, "till_code",
            payments_register_till(ctx, "vipps", not_utf8, "Till 1", &id));
    REFUSES(PAYMENTS_E_TOO_LONG, "till_code",
            payments_register_till(ctx, "vipps", too_long, "Till 1", &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "description",
            payments_register_till(ctx, "vipps", "till-01", NULL, &id));
    REFUSES(PAYMENTS_E_ARGUMENT, "description",
            payments_register_till(ctx, "vipps", "till-01", "  ", &id));
    REFUSES(PAYMENTS_E_UTF8, "description",
            payments_register_till(ctx, "vipps", "till-01", not_utf8, &id));
    REFUSES(PAYMENTS_E_TOO_LONG, "description",
            payments_register_till(ctx, "vipps", "till-01", too_long, &id));
#undef REFUSES
}

static void webhook_arguments(void) {
    static uint8_t body[65537];
    memset(body, '{', sizeof body);
#define DELIVER(profile, headers, bytes, len) \
    payments_deliver_webhook(ctx, (profile), (headers), (bytes), (len))
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "profile", DELIVER(NULL, "A: b", body, 2));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "vips", DELIVER("vips", "A: b", body, 2));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "profile", DELIVER(too_long, "A: b", body, 2));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "headers", DELIVER("vipps", NULL, body, 2));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "headers", DELIVER("vipps", "no colon", body, 2));
    EXPECT_HINT(PAYMENTS_E_UTF8, "headers", DELIVER("vipps", not_utf8, body, 2));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "headers", DELIVER("vipps", too_long, body, 2));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "body", DELIVER("vipps", "A: b", NULL, 2));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "webhook", DELIVER("vipps", "A: b", body, sizeof body));
    EXPECT_HINT(PAYMENTS_E_TOO_LONG, "webhook", DELIVER("vipps", "A: b", body, SIZE_MAX));
    /* Nothing is believed without the secret that the profile does not have. */
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "webhook_secret", DELIVER("vipps", "A: b", body, 65536));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "webhook_secret", DELIVER("vipps", "A: b", NULL, 0));
#undef DELIVER
    {
        static char lines[101 * 6 + 1];
        int line;
        for (line = 0; line < 101; line++) memcpy(lines + line * 6, "A: b\r\n", 6);
        EXPECT_HINT(PAYMENTS_E_ARGUMENT, "headers",
                    payments_deliver_webhook(ctx, "vipps", lines, body, 2));
    }
}

int main(int argc, char **argv) {
    const char *what;
    arguments = till_begin(argc, argv);
    what = arguments.more != NULL ? arguments.more : "";
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    if (strcmp(what, "register") == 0) {
        registrations();
    } else if (strcmp(what, "webhooks") == 0) {
        webhooks();
    } else if (strcmp(what, "another-way") == 0) {
        another_way();
    } else if (strcmp(what, "arguments") == 0) {
        memset(too_long, 'x', TOO_LONG_LEN);
        errand_arguments();
        webhook_arguments();
    } else {
        check_ins();
        enrolments();
    }
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
