#include "till.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static __thread char error_text[1024];
static volatile int failures;

static void at_the_end(void);

till_arguments till_begin(int argc, char **argv) {
    till_arguments arguments;
    memset(&arguments, 0, sizeof arguments);
    CHECK(atexit(at_the_end) == 0);
    if (argc < 4) {
        fprintf(stderr, "usage: %s CONFIG SANDBOX_PORT FOLDER [more]; tests/c_api.rs runs it\n",
                argv[0]);
        exit(2);
    }
    arguments.config = argv[1];
    arguments.port = atoi(argv[2]);
    arguments.folder = argv[3];
    arguments.more = argc > 4 ? argv[4] : NULL;
    return arguments;
}

const char *till_error(void) {
    if (payments_last_error(error_text, sizeof error_text, NULL) != PAYMENTS_OK) {
        error_text[0] = '\0';
    }
    return error_text;
}

/* Ends the program; with TILL_GO_ON set it only fails in the end, to show all that is wrong at once. */
static void failed(void) {
    failures++;
    if (getenv("TILL_GO_ON") == NULL || failures > 40) exit(1);
}

static void at_the_end(void) {
    if (failures > 0) _exit(1);
}

void till_check(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    fprintf(stderr, "%s:%d: does not hold: %s\n    last error: %s\n", file, line, what,
            till_error());
    failed();
}

void till_expect(int32_t code, int32_t got, const char *name, const char *call,
                 const char *file, int line) {
    const char *text = till_error();
    if (got != code) {
        fprintf(stderr, "%s:%d: %s\n    returned %d: %s\n    wanted %d: %s (%s)\n    last error: %s\n",
                file, line, call, (int)got, payments_strerror(got), (int)code,
                payments_strerror(code), name, text);
        failed();
        return;
    }
    if (code == PAYMENTS_OK && text[0] != '\0') {
        fprintf(stderr, "%s:%d: %s\n    succeeded, but the last error says: %s\n", file, line, call,
                text);
        failed();
        return;
    }
    if (code != PAYMENTS_OK && code != PAYMENTS_E_TIMEOUT && text[0] == '\0') {
        fprintf(stderr, "%s:%d: %s\n    failed with %s, but the last error is empty\n", file, line,
                call, name);
        failed();
        return;
    }
    if (strchr(text, '\n') != NULL || strchr(text, '\r') != NULL) {
        fprintf(stderr, "%s:%d: %s\n    the last error is not one line: %s\n", file, line, call,
                text);
        failed();
        return;
    }
}

void till_expect_hint(int32_t code, const char *hint, int32_t got, const char *name,
                      const char *call, const char *file, int line) {
    till_expect(code, got, name, call, file, line);
    if (got == code && strstr(till_error(), hint) == NULL) {
        fprintf(stderr, "%s:%d: %s\n    the last error does not help: wanted \"%s\" in: %s\n", file,
                line, call, hint, till_error());
        failed();
        return;
    }
}

int64_t till_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void till_sleep_ms(int milliseconds) {
    struct timespec pause;
    pause.tv_sec = milliseconds / 1000;
    pause.tv_nsec = (milliseconds % 1000) * 1000000L;
    while (nanosleep(&pause, &pause) != 0) {
    }
}

void till_request(payments_tender_request *request, const char *tender_ref, int64_t amount,
                  const char *details) {
    memset(request, 0, sizeof *request);
    request->struct_size = sizeof *request;
    request->amount = amount;
    request->currency = "NOK";
    request->profile = "vipps";
    request->sale_ref = tender_ref;
    request->tender_ref = tender_ref;
    request->details_json = details;
}

int64_t till_tender(payments_ctx *ctx, const char *tender_ref, int64_t amount,
                    const char *details) {
    payments_tender_request request;
    int64_t id = 0;
    till_request(&request, tender_ref, amount, details);
    EXPECT(PAYMENTS_OK, payments_begin_tender(ctx, &request, &id));
    CHECK(id >= 1);
    return id;
}

int64_t till_refund(payments_ctx *ctx, int64_t tender_id, const char *refund_ref, int64_t amount) {
    payments_refund_request request;
    int64_t id = 0;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.tender_id = tender_id;
    request.amount = amount;
    request.refund_ref = refund_ref;
    EXPECT(PAYMENTS_OK, payments_refund(ctx, &request, &id));
    CHECK(id >= 1 && id != tender_id);
    return id;
}

void till_look(payments_ctx *ctx, int64_t id, payments_view *view) {
    memset(view, 0, sizeof *view);
    view->struct_size = sizeof *view;
    EXPECT(PAYMENTS_OK, payments_poll(ctx, id, 0, view));
}

static void describe(const payments_view *view) {
    fprintf(stderr, "    view: id %lld, state %d, reason %d, prompt %d, code \"%s\", \"%s\"\n",
            (long long)view->id, (int)view->state, (int)view->reason, (int)view->prompt,
            view->short_code, view->cashier_text);
}

static int wait_for(payments_ctx *ctx, int64_t id, int32_t state, int32_t prompt,
                    payments_view *view) {
    const int64_t end = till_now_ms() + 20000;
    till_look(ctx, id, view);
    for (;;) {
        int32_t result;
        if (state != 0 && view->state == state) return 1;
        if (state == 0 && view->prompt == prompt) return 1;
        if (payments_state_is_final(view->state) || till_now_ms() > end) return 0;
        result = payments_poll(ctx, id, 1000, view);
        if (result != PAYMENTS_OK && result != PAYMENTS_E_TIMEOUT) {
            EXPECT(PAYMENTS_OK, result);
            exit(1);
        }
    }
}

void till_wait_state(payments_ctx *ctx, int64_t id, int32_t state, payments_view *view) {
    if (wait_for(ctx, id, state, 0, view)) return;
    fprintf(stderr, "operation %lld did not reach state %d\n", (long long)id, (int)state);
    describe(view);
    exit(1);
}

void till_wait_prompt(payments_ctx *ctx, int64_t id, int32_t prompt, payments_view *view) {
    if (wait_for(ctx, id, 0, prompt, view)) return;
    fprintf(stderr, "operation %lld did not come to prompt %d\n", (long long)id, (int)prompt);
    describe(view);
    exit(1);
}

int till_sandbox(int port, const char *method, const char *path, const char *body, char *answer,
                 size_t cap) {
    struct sockaddr_in address;
    char request[4096];
    char reply[65536];
    size_t length = 0;
    ssize_t got;
    char *start;
    int status = 0;
    const int peer = socket(AF_INET, SOCK_STREAM, 0);
    const int size =
        snprintf(request, sizeof request,
                 "%s %s HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
                 "Content-Length: %u\r\nConnection: close\r\n\r\n%s",
                 method, path, (unsigned)strlen(body), body);
    CHECK(size > 0 && (size_t)size < sizeof request);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(peer >= 0);
    CHECK(connect(peer, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(send(peer, request, (size_t)size, MSG_NOSIGNAL) == size);
    while ((got = recv(peer, reply + length, sizeof reply - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    close(peer);
    reply[length] = '\0';
    CHECK(sscanf(reply, "HTTP/1.1 %d", &status) == 1);
    start = strstr(reply, "\r\n\r\n");
    if (answer != NULL) {
        snprintf(answer, cap, "%s", start != NULL ? start + 4 : "");
    }
    return status;
}

void till_customer(int port, const char *reference, const char *act) {
    char path[256];
    char answer[512];
    int status;
    snprintf(path, sizeof path, "/_sandbox/payments/%s/%s", reference, act);
    status = till_sandbox(port, "POST", path, "", answer, sizeof answer);
    if (status != 200) {
        fprintf(stderr, "the customer could not %s %s: %d %s\n", act, reference, status, answer);
        exit(1);
    }
}

void till_customer_scans(payments_ctx *ctx, int64_t id, int port, const char *phone) {
    char code[1024];
    char body[2048];
    char answer[512];
    int status;
    EXPECT(PAYMENTS_OK, payments_text(ctx, id, PAYMENTS_TEXT_QR, code, sizeof code, NULL));
    snprintf(body, sizeof body, "{\"qr\":\"%s\",\"phone\":\"%s\"}", code, phone);
    status = till_sandbox(port, "POST", "/_sandbox/scan", body, answer, sizeof answer);
    if (status != 200) {
        fprintf(stderr, "the customer could not scan: %d %s\n", status, answer);
        exit(1);
    }
}

int64_t till_paid_by_qr(payments_ctx *ctx, int port, const char *tender_ref, int64_t amount,
                        payments_view *view) {
    const int64_t id = till_tender(ctx, tender_ref, amount, "{\"approach\":\"qr\"}");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, view);
    till_customer_scans(ctx, id, port, TILL_PHONE);
    till_customer(port, view->reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, view);
    return id;
}

void till_mark(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "/till-mark/%s", name);
    (void)access(path, F_OK);
}
