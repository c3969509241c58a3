/* A scanner that the library reads by itself, here the other end of a pseudo terminal: what a
 * tender waits for reaches it, everything else waits for the host. */

#include "till.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define MILK "6411401015090"

static payments_ctx *ctx;
static till_arguments arguments;
static int line = -1;

static void plug_in(void) {
    char device[128];
    char name[512];
    line = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(line >= 0);
    CHECK(grantpt(line) == 0 && unlockpt(line) == 0);
    CHECK(ptsname_r(line, device, sizeof device) == 0);
    snprintf(name, sizeof name, "%s/scanner", arguments.folder);
    CHECK(symlink(device, name) == 0);
}

static void read_out(const char *code) {
    const size_t len = strlen(code);
    CHECK(write(line, code, len) == (ssize_t)len);
    CHECK(write(line, "\r", 1) == 1);
}

static void wait_until_ready(void) {
    const int64_t end = till_now_ms() + 10000;
    char health[8192];
    do {
        till_sleep_ms(20);
        EXPECT(PAYMENTS_OK, payments_health(ctx, health, sizeof health, NULL));
    } while (strstr(health, "\"scanner\":\"ready\"") == NULL && till_now_ms() < end);
    CHECK(strstr(health, "\"scanner\":\"ready\"") != NULL);
}

/* The host's next code must be this one. */
static void expect_code(const char *code, int32_t what) {
    char text[8192];
    size_t len = 0;
    int32_t got = 0;
    EXPECT(PAYMENTS_OK, payments_take_scan(ctx, 5000, text, sizeof text, &len, &got));
    CHECK(len == strlen(code) && memcmp(text, code, len) == 0);
    CHECK(got == what);
}

static void expect_nothing(int timeout_ms) {
    char text[8192] = "before";
    size_t len = 7;
    int32_t what = 7;
    EXPECT(PAYMENTS_E_TIMEOUT,
           payments_take_scan(ctx, timeout_ms, text, sizeof text, &len, &what));
    CHECK(text[0] == '\0' && len == 0 && what == 0);
}

static void receipt(char *qr, size_t cap) {
    char answer[16384];
    const char *start;
    CHECK(till_sandbox(arguments.port, "POST", "/_sandbox/wallets/smartum/receipt",
                       "{\"amount\":1250}", answer, sizeof answer) == 200);
    start = strstr(answer, "\"qr_text\":\"");
    CHECK(start != NULL);
    start += strlen("\"qr_text\":\"");
    CHECK(strcspn(start, "\"") < cap);
    snprintf(qr, cap, "%.*s", (int)strcspn(start, "\""), start);
}

static int64_t waiting(const char *profile, const char *currency, const char *name) {
    payments_tender_request request;
    payments_view view;
    int64_t id = 0;
    till_request(&request, name, 5000, "{\"approach\":\"scan\"}");
    request.profile = profile;
    request.currency = currency;
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &id));
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    return id;
}

static void the_host_fetches_what_no_tender_wants(void) {
    char small[8] = "before!";
    char code[24];
    size_t len = 0;
    int32_t what = 7;
    int at;
    expect_nothing(0);
    expect_nothing(-1);
    read_out(MILK);
    expect_code(MILK, PAYMENTS_SCAN_PRODUCT);
    read_out("4111111111111111");
    expect_code("4111111111111111", PAYMENTS_SCAN_CARD);
    read_out("https://example.org/offer");
    expect_code("https://example.org/offer", PAYMENTS_SCAN_OTHER_ADDRESS);
    /* A buffer that is too small loses nothing. */
    read_out(MILK);
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
           payments_take_scan(ctx, 5000, small, sizeof small, &len, &what));
    CHECK(small[0] == '\0' && len == strlen(MILK) && what == 0);
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL, payments_take_scan(ctx, 0, NULL, 0, &len, NULL));
    CHECK(len == strlen(MILK));
    expect_code(MILK, PAYMENTS_SCAN_PRODUCT);
    expect_nothing(0);
    /* Of what nobody fetches the newest 32 are kept. */
    for (at = 0; at < 40; at++) {
        snprintf(code, sizeof code, "code-%02d", at);
        read_out(code);
    }
    till_sleep_ms(1000);
    for (at = 8; at < 40; at++) {
        snprintf(code, sizeof code, "code-%02d", at);
        expect_code(code, PAYMENTS_SCAN_OTHER);
    }
    expect_nothing(0);
}

static void a_tender_gets_what_it_waits_for(void) {
    static char qr[4096];
    payments_view view;
    int64_t id = waiting("smartum", "EUR", "scanner-1");
    int64_t other;
    int at;
    /* Products pass by. */
    read_out(MILK);
    expect_code(MILK, PAYMENTS_SCAN_PRODUCT);
    receipt(qr, sizeof qr);
    read_out(qr);
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    CHECK(view.captured == 1250);
    CHECK(view.assurance == PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    expect_nothing(200);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-scanner-1"));

    /* A used one reaches the tender too, which says why it is not taken. */
    id = waiting("smartum", "EUR", "scanner-2");
    read_out(qr);
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    for (at = 0; at < 20 && view.reason == PAYMENTS_REASON_NONE; at++) {
        const int32_t result = payments_poll(ctx, id, 1000, &view);
        CHECK(result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT);
    }
    CHECK(view.reason == PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    expect_nothing(200);

    /* A customer's code belongs to the wallet that reads it, of two that wait. */
    other = waiting("vipps", "NOK", "scanner-3");
    read_out("https://qr.vipps.no/p/sandbox-0001");
    till_wait_state(ctx, other, PAYMENTS_STATE_WAITING_FOR_CUSTOMER, &view);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    till_look(ctx, other, &view);
    till_customer(arguments.port, view.reference, "approve");
    till_wait_state(ctx, other, PAYMENTS_STATE_PAID, &view);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, other, "receipt-scanner-3"));

    /* Two that wait for the same: nobody knows whose it is, so the host decides. */
    other = waiting("smartum", "EUR", "scanner-4");
    receipt(qr, sizeof qr);
    read_out(qr);
    expect_code(qr, PAYMENTS_SCAN_OTHER);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN && view.captured == 0);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, other, (const uint8_t *)qr, strlen(qr), NULL));
    till_wait_state(ctx, other, PAYMENTS_STATE_PAID, &view);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, other, "receipt-scanner-4"));
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
}

/* payments_shutdown() does not wait for one who waits for a scan. */
static void *wait_for_long(void *argument) {
    char text[64];
    int32_t *result = argument;
    *result = payments_take_scan(ctx, 30000, text, sizeof text, NULL, NULL);
    return NULL;
}

static void the_end(void) {
    pthread_t thread;
    int32_t result = PAYMENTS_OK;
    int64_t begun;
    CHECK(pthread_create(&thread, NULL, wait_for_long, &result) == 0);
    till_sleep_ms(200);
    begun = till_now_ms();
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(till_now_ms() - begun < 2500);
    CHECK(result == PAYMENTS_E_HANDLE || result == PAYMENTS_E_TIMEOUT);
}

int main(int argc, char **argv) {
    arguments = till_begin(argc, argv);
    plug_in();
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    wait_until_ready();
    the_host_fetches_what_no_tender_wants();
    a_tender_gets_what_it_waits_for();
    the_end();
    CHECK(close(line) == 0);
    return 0;
}
