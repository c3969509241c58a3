/* Lives through a day with the log wide open and writes down everything that the library says.
 * tests/c_api.rs then looks for secrets in it, and in the journal. */

#include "till.h"

#include <unistd.h>

static FILE *log_file;
static FILE *said;

static void log_line(void *user_data, int32_t level, const char *line) {
    CHECK(user_data == (void *)&log_file);
    CHECK(level >= PAYMENTS_LOG_ERROR && level <= PAYMENTS_LOG_DEBUG);
    CHECK(strchr(line, '\n') == NULL && strchr(line, '\r') == NULL && strchr(line, 27) == NULL);
    fprintf(log_file, "%d %s\n", (int)level, line);
}

static void write_down(payments_ctx *ctx, int64_t id, const payments_view *view) {
    char text[16384];
    fprintf(said, "%s|%s|%s|%s|%s|%s\n", view->cashier_text, view->customer_text, view->short_code,
            view->provider_reference, view->reference, view->host_ref);
    if (payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, NULL) == PAYMENTS_OK) {
        fprintf(said, "%s\n", text);
    }
    if (payments_text(ctx, id, PAYMENTS_TEXT_SUPPORT, text, sizeof text, NULL) == PAYMENTS_OK) {
        fprintf(said, "%s\n", text);
    }
    if (payments_health(ctx, text, sizeof text, NULL) == PAYMENTS_OK) fprintf(said, "%s\n", text);
    fprintf(said, "%s\n", till_error());
}

static void note_error(void) {
    fprintf(said, "%s\n", till_error());
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    payments_tender_request request;
    char path[1024];
    char code[1024];
    int64_t id;
    int32_t what;
    const int fails = arguments.more != NULL && strcmp(arguments.more, "refused") == 0;

    snprintf(path, sizeof path, "%s/till.log", arguments.folder);
    log_file = fopen(path, "a");
    snprintf(path, sizeof path, "%s/said.txt", arguments.folder);
    said = fopen(path, "a");
    CHECK(log_file != NULL && said != NULL);
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    EXPECT(PAYMENTS_OK, payments_set_log_callback(ctx, log_line, &log_file, PAYMENTS_LOG_DEBUG));

    if (fails) {
        /* The provider does not take the credentials. */
        const int64_t end = till_now_ms() + 15000;
        id = till_tender(ctx, "secrets-refused", 100, "{\"approach\":\"qr\"}");
        do {
            till_sleep_ms(50);
            till_look(ctx, id, &view);
        } while (view.reason == PAYMENTS_REASON_NONE && till_now_ms() < end);
        CHECK(view.reason == PAYMENTS_REASON_CREDENTIALS_REJECTED);
        write_down(ctx, id, &view);
    } else {
        id = till_tender(ctx, "secrets-phone", 49900,
                         "{\"approach\":\"phone\",\"customer\":{\"phone\":\"4798765432\"}}");
        till_wait_prompt(ctx, id, PAYMENTS_PROMPT_CHECK_PHONE, &view);
        write_down(ctx, id, &view);
        till_customer(arguments.port, view.reference, "approve");
        till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
        write_down(ctx, id, &view);
        id = till_refund(ctx, id, "secrets-refund", 0);
        till_wait_state(ctx, id, PAYMENTS_STATE_REFUNDED, &view);
        write_down(ctx, id, &view);

        id = till_tender(ctx, "secrets-scan", 700, "{\"approach\":\"scan\"}");
        snprintf(code, sizeof code, "https://qr.vipps.no/p/sandbox-0002");
        EXPECT(PAYMENTS_OK,
               payments_submit_scan(ctx, id, (const uint8_t *)code, strlen(code), &what));
        till_wait_prompt(ctx, id, PAYMENTS_PROMPT_CHECK_PHONE, &view);
        EXPECT(PAYMENTS_OK,
               payments_submit_scan(ctx, id, (const uint8_t *)"4111111111111111", 16, &what));
        write_down(ctx, id, &view);
        EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
        till_wait_state(ctx, id, PAYMENTS_STATE_CANCELLED, &view);
        write_down(ctx, id, &view);

        id = till_tender(ctx, "secrets-qr", 800, "{\"approach\":\"qr\"}");
        till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
        write_down(ctx, id, &view);
        EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
        till_wait_state(ctx, id, PAYMENTS_STATE_CANCELLED, &view);

        /* Refused requests that hold a phone number: the error must not repeat it. */
        till_request(&request, "secrets-bad-1", 100,
                     "{\"approach\":\"phone\",\"customer\":{\"phone\":\"4798765432x\"}}");
        EXPECT(PAYMENTS_E_ARGUMENT, payments_begin_tender(ctx, &request, &id));
        note_error();
        till_request(&request, "secrets-bad-2", 100, "{\"customer\":{\"phone\":4798765432}}");
        EXPECT(PAYMENTS_E_ARGUMENT, payments_begin_tender(ctx, &request, &id));
        note_error();
        till_request(&request, "secrets-bad-3", 100, "{\"customer\":\"4798765432\"}");
        EXPECT(PAYMENTS_E_ARGUMENT, payments_begin_tender(ctx, &request, &id));
        note_error();
        till_request(&request, "secrets-bad-4", 100, "{\"approach\":\"4798765432\"}");
        EXPECT(PAYMENTS_E_ARGUMENT, payments_begin_tender(ctx, &request, &id));
        note_error();
    }
    EXPECT(PAYMENTS_OK, payments_set_log_callback(ctx, NULL, NULL, PAYMENTS_LOG_OFF));
    fclose(log_file);
    fclose(said);
    /* Without closing, everything of the last minutes lies in the write-ahead log. */
    if (arguments.more != NULL && strcmp(arguments.more, "dies") == 0) _exit(0);
    (void)payments_shutdown(ctx, 1000);
    return 0;
}
