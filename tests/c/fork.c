/* A child of the process gets PAYMENTS_E_FORKED from every call and touches nothing; the parent goes
 * on as if nothing had happened. */

#include "till.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(payments_ctx *ctx, int64_t id) {
    payments_tender_request request;
    payments_refund_request refund;
    payments_view view;
    int64_t out = 0;
    size_t count = 0;
    int32_t what = 0;
    char text[256];
    till_request(&request, "child", 100, NULL);
    memset(&refund, 0, sizeof refund);
    refund.struct_size = sizeof refund;
    refund.tender_id = id;
    refund.refund_ref = "child";
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    EXPECT(PAYMENTS_E_FORKED, payments_poll(ctx, id, 0, &view));
    EXPECT(PAYMENTS_E_FORKED, payments_poll(ctx, id, 1000, &view));
    EXPECT(PAYMENTS_E_FORKED, payments_begin_tender(ctx, &request, &out));
    EXPECT(PAYMENTS_E_FORKED, payments_submit_scan(ctx, id, (const uint8_t *)"x", 1, &what));
    EXPECT(PAYMENTS_E_FORKED, payments_cancel(ctx, id));
    EXPECT(PAYMENTS_E_FORKED, payments_resolve(ctx, id, PAYMENTS_CHOICE_CANCEL, NULL));
    EXPECT(PAYMENTS_E_FORKED, payments_confirm(ctx, id, "child"));
    EXPECT(PAYMENTS_E_FORKED, payments_capture(ctx, id, 1));
    EXPECT(PAYMENTS_E_FORKED, payments_refund(ctx, &refund, &out));
    EXPECT(PAYMENTS_E_FORKED, payments_recover_pending(ctx, &out, 1, &count));
    EXPECT(PAYMENTS_E_FORKED, payments_wait_any(ctx, 1000, &out));
    EXPECT(PAYMENTS_E_FORKED,
           payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, &count));
    EXPECT(PAYMENTS_E_FORKED,
           payments_qr_image(ctx, id, PAYMENTS_QR_PNG, 0, 0, text, sizeof text, &count, NULL));
    EXPECT(PAYMENTS_E_FORKED, payments_health(ctx, text, sizeof text, &count));
    EXPECT(PAYMENTS_E_FORKED, payments_set_log_callback(ctx, NULL, NULL, PAYMENTS_LOG_OFF));
    EXPECT(PAYMENTS_E_FORKED, payments_shutdown(ctx, 1000));
    CHECK(payments_abi_version() == PAYMENTS_ABI_VERSION);
}

static void wait_for_child(pid_t pid, int signal_allowed) {
    int status = 0;
    int tries;
    for (tries = 0; tries < 2000; tries++) {
        const pid_t ended = waitpid(pid, &status, WNOHANG);
        CHECK(ended >= 0);
        if (ended == pid) {
            if (signal_allowed && WIFSIGNALED(status)) return;
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            return;
        }
        till_sleep_ms(5);
    }
    fprintf(stderr, "the child %d hangs\n", (int)pid);
    exit(1);
}

static payments_ctx *busy_ctx;
static volatile int stop;

static void *keep_busy(void *argument) {
    int round;
    (void)argument;
    for (round = 0; !stop; round++) {
        char name[32];
        int64_t id;
        snprintf(name, sizeof name, "busy-%d", round);
        id = till_tender(busy_ctx, name, 100, "{\"approach\":\"scan\"}");
        EXPECT(PAYMENTS_OK, payments_cancel(busy_ctx, id));
    }
    return NULL;
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    int64_t id;
    pid_t pid;
    pthread_t busy;
    int round;
    size_t count = 9;

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    id = till_tender(ctx, "fork-1", 5000, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);

    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        child(ctx, id);
        _exit(0);
    }
    wait_for_child(pid, 0);

    /* Ends through exit(), with everything that runs at exit. */
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        child(ctx, id);
        exit(0);
    }
    wait_for_child(pid, 0);

    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    wait_for_child(pid, 0);

    /* In the middle of commits. */
    busy_ctx = ctx;
    CHECK(pthread_create(&busy, NULL, keep_busy, NULL) == 0);
    for (round = 0; round < 60; round++) {
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            payments_view mine;
            int32_t result;
            memset(&mine, 0, sizeof mine);
            mine.struct_size = sizeof mine;
            result = payments_poll(ctx, id, 0, &mine);
            if (result != PAYMENTS_E_FORKED) _exit(1);
            if (payments_shutdown(ctx, 100) != PAYMENTS_E_FORKED) _exit(2);
            if (round % 3 == 0) abort();
            _exit(0);
        }
        wait_for_child(pid, 1);
    }
    stop = 1;
    CHECK(pthread_join(busy, NULL) == 0);

    till_customer_scans(ctx, id, arguments.port, TILL_PHONE);
    till_customer(arguments.port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-fork-1"));
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));

    /* The journal is whole. */
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    CHECK(till_tender(ctx, "fork-1", 5000, "{\"approach\":\"qr\"}") == id);
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_PAID);
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, NULL, 0, &count));
    CHECK(count == 0);
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
