/* Any thread may call anything: sixteen do, at once, and one closes the ctx under the others' feet. */

#include "till.h"

#include <pthread.h>

#define THREADS 16

static payments_ctx *ctx;
static volatile int closing;
static volatile int failures;

/* Results that are in order while others cancel, confirm and close. */
static int expected(int32_t result) {
    switch (result) {
    case PAYMENTS_OK:
    case PAYMENTS_E_TIMEOUT:
    case PAYMENTS_E_STATE:
    case PAYMENTS_E_BUFFER_TOO_SMALL:
        return 1;
    case PAYMENTS_E_HANDLE:
        return closing;
    default:
        return 0;
    }
}

#define ASK(call)                                                                        \
    do {                                                                                 \
        const int32_t result_ = (call);                                                  \
        if (!expected(result_)) {                                                        \
            fprintf(stderr, "%s:%d: %s returned %d: %s\n", __FILE__, __LINE__, #call,    \
                    (int)result_, till_error());                                         \
            __sync_fetch_and_add(&failures, 1);                                          \
        }                                                                                \
        if (result_ == PAYMENTS_E_HANDLE) return NULL;                                   \
    } while (0)

static void *work(void *argument) {
    const int number = (int)(intptr_t)argument;
    int round;
    for (round = 0;; round++) {
        payments_tender_request request;
        payments_view view;
        int64_t id = 0;
        int64_t changed = 0;
        int64_t ids[4];
        size_t count = 0;
        int32_t what = 0;
        char name[64];
        char text[8192];
        snprintf(name, sizeof name, "thread-%d-%d", number, round);
        till_request(&request, name, 100 + round, "{\"approach\":\"scan\"}");
        ASK(payments_begin_tender(ctx, &request, &id));
        memset(&view, 0, sizeof view);
        view.struct_size = sizeof view;
        ASK(payments_poll(ctx, id, 0, &view));
        if (view.id != id || view.amount != 100 + round || strcmp(view.host_ref, name) != 0) {
            fprintf(stderr, "thread %d was shown another's view\n", number);
            __sync_fetch_and_add(&failures, 1);
        }
        ASK(payments_submit_scan(ctx, id, (const uint8_t *)"6411401015090", 13, &what));
        ASK(payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, NULL));
        ASK(payments_health(ctx, text, sizeof text, NULL));
        ASK(payments_recover_pending(ctx, ids, 4, &count));
        ASK(payments_wait_any(ctx, number % 2, &changed));
        ASK(payments_set_log_callback(ctx, NULL, NULL, PAYMENTS_LOG_OFF));
        ASK(payments_cancel(ctx, id));
        ASK(payments_poll(ctx, id, 20, &view));
        ASK(payments_poll(ctx, id, 30000 * (number == 3), &view)); /* one waits long */
    }
}

/* All begin the same tender: one payment. */
static int64_t same_id[THREADS];

static void *begin_the_same(void *argument) {
    payments_tender_request request;
    till_request(&request, "same", 777, "{\"approach\":\"scan\"}");
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &same_id[(intptr_t)argument]));
    return NULL;
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    const int run_ms = arguments.more != NULL ? atoi(arguments.more) : 2000;
    pthread_t threads[THREADS];
    int64_t from;
    intptr_t at;

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    for (at = 0; at < THREADS; at++) {
        CHECK(pthread_create(&threads[at], NULL, begin_the_same, (void *)at) == 0);
    }
    for (at = 0; at < THREADS; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
        CHECK(same_id[at] == same_id[0] && same_id[0] >= 1);
    }

    for (at = 0; at < THREADS; at++) {
        CHECK(pthread_create(&threads[at], NULL, work, (void *)at) == 0);
    }
    till_sleep_ms(run_ms);
    closing = 1;
    from = till_now_ms();
    {
        const int32_t result = payments_shutdown(ctx, 2000);
        CHECK(result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT);
    }
    for (at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK(till_now_ms() - from < 2000 + 1000 + 2000);
    CHECK(failures == 0);
    EXPECT(PAYMENTS_E_HANDLE, payments_cancel(ctx, same_id[0]));
    return 0;
}
