/* Receipts and amounts entered by hand: customers have paid before the till comes in, and each
 * payment counts once, whoever claims it at the same moment and whatever ends the process. */

#include "till.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 16
#define ROUNDS 4
#define DUE 5000

static payments_ctx *ctx;
static till_arguments arguments;

/* A receipt as the customer's phone shows it. */
typedef struct receipt {
    char qr[4096];
    char jwt[4096];
    char tx[80];
} receipt;

/* Copies the text behind "name":" up to the next quotation mark. */
static void member(const char *json, const char *name, char *out, size_t cap) {
    char key[40];
    const char *start;
    size_t length;
    snprintf(key, sizeof key, "\"%s\":\"", name);
    start = strstr(json, key);
    CHECK(start != NULL);
    start += strlen(key);
    length = strcspn(start, "\"");
    CHECK(length < cap);
    memcpy(out, start, length);
    out[length] = '\0';
}

/* A customer pays; `order` is the act's JSON. */
static void pay(const char *order, receipt *shown) {
    char answer[16384];
    const int status = till_sandbox(arguments.port, "POST", "/_sandbox/wallets/smartum/receipt",
                                    order, answer, sizeof answer);
    if (status != 200) fprintf(stderr, "no receipt: %d %s\n", status, answer);
    CHECK(status == 200);
    member(answer, "qr_text", shown->qr, sizeof shown->qr);
    member(answer, "jwt", shown->jwt, sizeof shown->jwt);
    member(answer, "tx", shown->tx, sizeof shown->tx);
}

static int64_t waiting(const char *name, int64_t amount) {
    payments_tender_request request;
    payments_view view;
    int64_t id = 0;
    till_request(&request, name, amount, NULL);
    request.profile = "smartum";
    request.currency = "EUR";
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &id));
    till_look(ctx, id, &view);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    CHECK(view.prompt == PAYMENTS_PROMPT_SCAN && view.reason == PAYMENTS_REASON_NONE);
    return id;
}

/* Scans, and says what it was; the view is the one right after the call. */
static int32_t scan(int64_t id, const char *code, payments_view *view) {
    int32_t what = 0;
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, id, (const uint8_t *)code, strlen(code), &what));
    till_look(ctx, id, view);
    return what;
}

static void is_paid(const payments_view *view, int64_t captured, int32_t assurance) {
    CHECK(view->state == PAYMENTS_STATE_PAID);
    CHECK(view->captured == captured);
    CHECK(view->assurance == assurance);
    CHECK(view->goods_may_leave == 1);
}

static void is_refused(int64_t id, const char *code, int32_t reason) {
    payments_view view;
    const int32_t what = scan(id, code, &view);
    if (what != PAYMENTS_SCAN_RECEIPT_REFUSED || view.reason != reason) {
        fprintf(stderr, "scan %d, state %d, reason %d; wanted reason %d\n", (int)what,
                (int)view.state, (int)view.reason, (int)reason);
    }
    CHECK(what == PAYMENTS_SCAN_RECEIPT_REFUSED);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
    CHECK(view.reason == reason);
    CHECK(view.captured == 0 && view.goods_may_leave == 0);
    CHECK(view.cashier_text[0] != '\0');
}

/* Sixteen scan one receipt for sixteen tenders at the same moment. */

static pthread_barrier_t start;
static int64_t racers[THREADS];
static int32_t outcomes[THREADS];
static receipt prize;

static void *race(void *argument) {
    const intptr_t number = (intptr_t)argument;
    pthread_barrier_wait(&start);
    EXPECT(PAYMENTS_OK,
           payments_submit_scan(ctx, racers[number], (const uint8_t *)prize.qr, strlen(prize.qr),
                                &outcomes[number]));
    return NULL;
}

static void races(void) {
    pthread_t threads[THREADS];
    int round;
    intptr_t at;
    CHECK(pthread_barrier_init(&start, NULL, THREADS) == 0);
    for (round = 0; round < ROUNDS; round++) {
        int winners = 0;
        pay("{\"amount\":1250}", &prize);
        for (at = 0; at < THREADS; at++) {
            char name[40];
            snprintf(name, sizeof name, "race-%d-%d", round, (int)at);
            racers[at] = waiting(name, DUE);
        }
        for (at = 0; at < THREADS; at++) {
            CHECK(pthread_create(&threads[at], NULL, race, (void *)at) == 0);
        }
        for (at = 0; at < THREADS; at++) {
            CHECK(pthread_join(threads[at], NULL) == 0);
        }
        for (at = 0; at < THREADS; at++) {
            payments_view view;
            till_look(ctx, racers[at], &view);
            if (outcomes[at] == PAYMENTS_SCAN_RECEIPT) {
                winners++;
                is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
                CHECK(strcmp(view.provider_reference, prize.tx) == 0);
                /* The same receipt for the same tender is the same payment. */
                CHECK(scan(racers[at], prize.qr, &view) == PAYMENTS_SCAN_RECEIPT);
                is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
                EXPECT(PAYMENTS_OK, payments_confirm(ctx, racers[at], "receipt-race"));
            } else {
                CHECK(outcomes[at] == PAYMENTS_SCAN_RECEIPT_REFUSED);
                CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
                CHECK(view.reason == PAYMENTS_REASON_RECEIPT_ALREADY_USED);
                EXPECT(PAYMENTS_OK, payments_cancel(ctx, racers[at]));
            }
        }
        CHECK(winners == 1);
    }
    CHECK(pthread_barrier_destroy(&start) == 0);
}

/* What a receipt settles, and what proves nothing. */

static void what_is_scanned(void) {
    receipt part;
    receipt odd;
    receipt back;
    payments_view view;
    char text[8192];
    const int64_t id = waiting("scanned-1", DUE);
    int64_t next;

    EXPECT(PAYMENTS_OK, payments_text(ctx, id, PAYMENTS_TEXT_ACTION, text, sizeof text, NULL));
    CHECK(text[0] != '\0' && strchr(text, '\n') == NULL);
    CHECK(scan(id, "6411401015090\r\n", &view) == PAYMENTS_SCAN_PRODUCT);
    CHECK(scan(id, "https://example.org/", &view) == PAYMENTS_SCAN_OTHER_ADDRESS);
    CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN && view.reason == PAYMENTS_REASON_NONE);

    pay("{\"amount\":1250,\"tamper\":\"signature\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_SIGNATURE);
    pay("{\"amount\":1250,\"tamper\":\"payload\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_SIGNATURE);
    pay("{\"amount\":1250,\"alg\":\"none\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_ALGORITHM);
    pay("{\"amount\":1250,\"kid\":\"nobody\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_KEY_UNKNOWN);
    pay("{\"amount\":1250,\"tamper\":\"truncated\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_DAMAGED);
    pay("{\"amount\":1250,\"tamper\":\"wedge\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_SCANNER_LAYOUT);
    pay("{\"amount\":1250,\"shape\":\"tx_id\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_UNSIGNED);
    pay("{\"amount\":1250,\"drop_claims\":[\"amount\"]}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_UNMAPPED);
    pay("{\"amount\":1250,\"venue\":\"ven_Sandbox0Other004\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_WRONG_VENUE);
    EXPECT(PAYMENTS_OK, payments_text(ctx, id, PAYMENTS_TEXT_SUPPORT, text, sizeof text, NULL));
    CHECK(strstr(text, odd.tx) != NULL);
    pay("{\"amount\":1250,\"benefit\":\"culture\"}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_WRONG_BENEFIT);
    pay("{\"amount\":5001}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_EXCEEDS_DUE);
    pay("{\"amount\":1250,\"paid_at_ms\":1000000000000}", &odd);
    is_refused(id, odd.qr, PAYMENTS_REASON_RECEIPT_TOO_OLD);

    /* A part: the rest of the sale is paid in another way. */
    pay("{\"amount\":1250,\"shape\":\"url_param\"}", &part);
    CHECK(scan(id, part.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    CHECK(view.amount == DUE && view.reason == PAYMENTS_REASON_NONE);
    CHECK(strcmp(view.provider_reference, part.tx) == 0);
    EXPECT(PAYMENTS_OK,
           payments_text(ctx, id, PAYMENTS_TEXT_EXPLANATION, text, sizeof text, NULL));
    /* A paid tender waits for no other receipt, and does not use it up. */
    pay("{\"amount\":100}", &odd);
    CHECK(scan(id, odd.qr, &view) == PAYMENTS_SCAN_NOT_WAITING);
    is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-scanned-1"));

    /* The same payment in other bytes. */
    next = waiting("scanned-2", 100);
    is_refused(next, part.jwt, PAYMENTS_REASON_RECEIPT_EXCEEDS_DUE);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, next));
    next = waiting("scanned-3", DUE);
    is_refused(next, part.jwt, PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    CHECK(scan(next, odd.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    is_paid(&view, 100, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    /* Cancelled before its receipt: the payment can settle another sale. */
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, next));
    till_look(ctx, next, &view);
    CHECK(view.state == PAYMENTS_STATE_CANCELLED);
    CHECK(view.reason == PAYMENTS_REASON_RECEIPT_RELEASED && view.captured == 0);
    next = waiting("scanned-4", DUE);
    CHECK(scan(next, odd.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    is_paid(&view, 100, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, next, "receipt-scanned-4"));

    /* And given back. */
    pay("{\"amount\":300}", &back);
    next = waiting("scanned-5", 300);
    CHECK(scan(next, back.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, next, "receipt-scanned-5"));
    till_wait_state(ctx, till_refund(ctx, next, "back-5", 300), PAYMENTS_STATE_REFUNDED, &view);
    next = waiting("scanned-6", 300);
    is_refused(next, back.qr, PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, next));
}

/* Amounts that the cashier reads from the customer's phone. */

static void entered_by_hand(void) {
    receipt shown;
    payments_view view;
    payments_refund_request refund;
    int64_t back = 0;
    int64_t first = waiting("manual-1", DUE);
    int64_t other;
    pay("{\"amount\":800}", &shown);

    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "amount",
                payments_manual_amount(ctx, first, DUE + 1, shown.tx, "anna"));
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "transaction",
                payments_manual_amount(ctx, first, 800, "R60D21hL60bj5N1v", "anna"));
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, first, 800, shown.tx, "anna"));
    till_look(ctx, first, &view);
    is_paid(&view, 800, PAYMENTS_ASSURANCE_MANUAL);
    CHECK(strcmp(view.provider_reference, shown.tx) == 0);
    /* Repeated: accepted. Changed: refused. */
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, first, 800, shown.tx, "anna"));
    EXPECT(PAYMENTS_E_STATE, payments_manual_amount(ctx, first, 801, shown.tx, "anna"));
    EXPECT(PAYMENTS_E_STATE, payments_manual_amount(ctx, first, 800, NULL, "anna"));
    CHECK(scan(first, shown.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    is_paid(&view, 800, PAYMENTS_ASSURANCE_MANUAL);

    /* Once typed it is neither typed nor scanned for another tender. */
    other = waiting("manual-2", DUE);
    EXPECT_HINT(PAYMENTS_E_CONFLICT, "already used",
                payments_manual_amount(ctx, other, 800, shown.tx, "anna"));
    is_refused(other, shown.qr, PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, first, "receipt-manual-1"));
    EXPECT(PAYMENTS_E_CONFLICT, payments_manual_amount(ctx, other, 800, shown.tx, "anna"));
    /* Once scanned it is not typed. */
    pay("{\"amount\":700}", &shown);
    CHECK(scan(other, shown.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, other, "receipt-manual-2"));
    first = waiting("manual-3", DUE);
    EXPECT(PAYMENTS_E_CONFLICT, payments_manual_amount(ctx, first, 700, shown.tx, "anna"));

    /* Without an id nothing is claimed; a refund then needs the id. */
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, first, 600, NULL, "anna"));
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, first, 600, NULL, "anna"));
    till_look(ctx, first, &view);
    is_paid(&view, 600, PAYMENTS_ASSURANCE_MANUAL);
    CHECK(view.provider_reference[0] == '\0');
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, first, "receipt-manual-3"));
    other = waiting("manual-4", DUE);
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, other, 600, NULL, "anna"));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, other, "receipt-manual-4"));
    memset(&refund, 0, sizeof refund);
    refund.struct_size = sizeof refund;
    refund.tender_id = first;
    refund.refund_ref = "back-manual";
    EXPECT_HINT(PAYMENTS_E_STATE, "tx_", payments_refund(ctx, &refund, &back));
    CHECK(back == 0);
    pay("{\"amount\":600}", &shown);
    refund.reference = shown.tx;
    EXPECT(PAYMENTS_OK, payments_refund(ctx, &refund, &back));
    till_wait_state(ctx, back, PAYMENTS_STATE_REFUNDED, &view);
    CHECK(view.refunded == 600);
}

/* The process ends between scan and receipt. */

static void tills_first_life(const receipt *shown) {
    payments_view view;
    int64_t id;
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    id = waiting("killed-1", DUE);
    CHECK(scan(id, shown->qr, &view) == PAYMENTS_SCAN_RECEIPT);
    is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    kill(getpid(), SIGKILL);
}

/* Runs in a child that must die of SIGKILL. */
static void killed(void (*life)(const receipt *), const receipt *shown) {
    int status = 0;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        life(shown);
        _exit(7);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_kill_after_the_scan(void) {
    receipt shown;
    payments_view view;
    int64_t ids[4] = {0, 0, 0, 0};
    size_t count = 0;
    int64_t id;
    pay("{\"amount\":1250}", &shown);
    killed(tills_first_life, &shown);

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, ids, 4, &count));
    CHECK(count == 1);
    till_look(ctx, ids[0], &view);
    is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    CHECK(strcmp(view.host_ref, "killed-1") == 0 && view.found_after_restart == 1);
    CHECK(view.reason == PAYMENTS_REASON_FOUND_AFTER_RESTART);
    CHECK((view.choices & (1u << PAYMENTS_CHOICE_RING_UP)) != 0);
    id = waiting("killed-2", DUE);
    is_refused(id, shown.qr, PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    EXPECT(PAYMENTS_E_CONFLICT, payments_manual_amount(ctx, id, 1250, shown.tx, "anna"));
    EXPECT(PAYMENTS_OK, payments_resolve(ctx, ids[0], PAYMENTS_CHOICE_RING_UP, "anna"));
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, ids[0], "receipt-killed-1"));
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));

    /* Settled and forgotten, and still used. */
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    id = waiting("killed-3", DUE);
    is_refused(id, shown.qr, PAYMENTS_REASON_RECEIPT_ALREADY_USED);
    EXPECT(PAYMENTS_E_CONFLICT, payments_manual_amount(ctx, id, 1250, shown.tx, "anna"));
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
}

/* Power is lost at any point of a scan: the receipt settles one tender, before or after. */

static volatile int kill_after_us;
static int moment;

static void *executioner(void *argument) {
    (void)argument;
    usleep((useconds_t)kill_after_us);
    kill(getpid(), SIGKILL);
    return NULL;
}

static void a_short_life(const receipt *shown) {
    pthread_t thread;
    payments_view view;
    char name[40];
    int64_t id;
    snprintf(name, sizeof name, "short-%d", moment);
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    id = waiting(name, DUE);
    CHECK(pthread_create(&thread, NULL, executioner, NULL) == 0);
    (void)scan(id, shown->qr, &view);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void a_second_life(const receipt *shown) {
    payments_view view;
    int64_t ids[4];
    size_t count = 0;
    size_t at;
    int paid = 0;
    int64_t id;
    char name[40];
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    EXPECT(PAYMENTS_OK, payments_recover_pending(ctx, ids, 4, &count));
    for (at = 0; at < count; at++) {
        till_look(ctx, ids[at], &view);
        if (view.state == PAYMENTS_STATE_PAID) {
            paid++;
            EXPECT(PAYMENTS_OK, payments_confirm(ctx, ids[at], "receipt-short"));
        } else {
            CHECK(view.state == PAYMENTS_STATE_WAITING_FOR_SCAN);
            EXPECT(PAYMENTS_OK, payments_cancel(ctx, ids[at]));
        }
    }
    snprintf(name, sizeof name, "long-%d", moment);
    id = waiting(name, DUE);
    if (scan(id, shown->qr, &view) == PAYMENTS_SCAN_RECEIPT) {
        paid++;
        EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-long"));
    } else {
        CHECK(view.reason == PAYMENTS_REASON_RECEIPT_ALREADY_USED);
        EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    }
    CHECK(paid == 1);
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    kill(getpid(), SIGKILL);
}

static void kills_at_any_moment(void) {
    for (moment = 0; moment < 12; moment++) {
        receipt shown;
        kill_after_us = moment * 400;
        pay("{\"amount\":1250}", &shown);
        killed(a_short_life, &shown);
        killed(a_second_life, &shown);
    }
}

/* What is said of a token by whoever cannot read it yet. */

static void inspection(void) {
    receipt shown;
    char text[2048];
    char small[8] = "before";
    size_t needed = 0;
    pay("{\"amount\":1250,\"shape\":\"url_param\"}", &shown);
    EXPECT(PAYMENTS_OK, payments_inspect_receipt(shown.qr, text, sizeof text, &needed));
    CHECK(needed == strlen(text) + 1);
    CHECK(strstr(text, "\"alg\":\"ES512\"") != NULL && strstr(text, "/transaction") != NULL);
    CHECK(strstr(text, shown.tx) == NULL && strstr(text, "1250") == NULL);
    EXPECT(PAYMENTS_E_BUFFER_TOO_SMALL,
           payments_inspect_receipt(shown.qr, small, sizeof small, &needed));
    CHECK(small[0] == '\0' && needed == strlen(text) + 1);
    /* Broken and forged ones can be looked at too; products cannot. */
    pay("{\"amount\":1250,\"alg\":\"none\"}", &shown);
    EXPECT(PAYMENTS_OK, payments_inspect_receipt(shown.qr, text, sizeof text, NULL));
    CHECK(strstr(text, "\"alg\":\"none\"") != NULL);
    EXPECT_HINT(PAYMENTS_E_ARGUMENT, "scan",
                payments_inspect_receipt("6411401015090", text, sizeof text, &needed));
    CHECK(text[0] == '\0' && needed == 0);
}

/* tests/c_api_receipts.rs counts with strace between the marks. */
static void syncs(void) {
    receipt shown;
    receipt forged;
    payments_view view;
    int64_t id;
    pay("{\"amount\":1250}", &shown);
    pay("{\"amount\":1250,\"tamper\":\"signature\"}", &forged);
    till_sleep_ms(300);
    id = waiting("syncs-1", DUE);
    till_mark("forged-begin");
    is_refused(id, forged.qr, PAYMENTS_REASON_RECEIPT_SIGNATURE);
    CHECK(scan(id, "6411401015090", &view) == PAYMENTS_SCAN_PRODUCT);
    till_mark("forged-end");
    till_mark("scan-begin");
    CHECK(scan(id, shown.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    till_mark("scan-end");
    is_paid(&view, 1250, PAYMENTS_ASSURANCE_OFFLINE_SIGNATURE);
    till_sleep_ms(300);
    CHECK(scan(id, shown.qr, &view) == PAYMENTS_SCAN_RECEIPT);
    till_mark("quiet-end");
    id = waiting("syncs-2", DUE);
    till_mark("manual-begin");
    EXPECT(PAYMENTS_OK, payments_manual_amount(ctx, id, 800, "tx_0000000000000001", "anna"));
    till_mark("manual-end");
}

int main(int argc, char **argv) {
    const char *what;
    arguments = till_begin(argc, argv);
    what = arguments.more != NULL ? arguments.more : "";
    if (strcmp(what, "kill") == 0) {
        a_kill_after_the_scan();
        return 0;
    }
    if (strcmp(what, "kills") == 0) {
        kills_at_any_moment();
        return 0;
    }
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    if (strcmp(what, "syncs") == 0) {
        syncs();
    } else if (strcmp(what, "races") == 0) {
        races();
    } else {
        what_is_scanned();
        entered_by_hand();
        inspection();
    }
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
