/* A till that does what it is told: one command a line on its input, the words parted by tabs, and
 * one line of answer on its output. The first word of an answer is the result code; after a failed
 * call the rest is the last error. It keeps nothing between two commands but the library, so that
 * whoever tells it what to do may kill it and start another. See tests/over_http/till.rs. */

#include "till.h"

#include <inttypes.h>

enum { LINE_MAX_BYTES = 256 * 1024, WORDS_MAX = 12, IDS_MAX = 256 };

static payments_ctx *ctx;

typedef struct command {
    char *words[WORDS_MAX];
    int count;
} command;

/* A word that is needed. */
static const char *word(const command *said, int at) {
    CHECK(at < said->count);
    return said->words[at];
}

/* The empty word stands for no text. */
static const char *text_or_null(const command *said, int at) {
    const char *text = word(said, at);
    return *text != '\0' ? text : NULL;
}

static int64_t number(const command *said, int at) {
    char *end = NULL;
    const char *text = word(said, at);
    const intmax_t value = strtoimax(text, &end, 10);
    CHECK(*text != '\0' && *end == '\0');
    return (int64_t)value;
}

static command split(char *line) {
    command said;
    char *tab;
    memset(&said, 0, sizeof said);
    line[strcspn(line, "\n")] = '\0';
    for (;;) {
        CHECK(said.count < WORDS_MAX);
        said.words[said.count++] = line;
        tab = strchr(line, '\t');
        if (tab == NULL) return said;
        *tab = '\0';
        line = tab + 1;
    }
}

static void answer_code(int32_t code) {
    if (code == PAYMENTS_OK) {
        printf("%" PRId32 "\n", code);
    } else {
        printf("%" PRId32 "\t%s\n", code, till_error());
    }
}

static void answer_number(int32_t code, int64_t value) {
    if (code == PAYMENTS_OK) {
        printf("%" PRId32 "\t%" PRId64 "\n", code, value);
    } else {
        answer_code(code);
    }
}

/* begin PROFILE AMOUNT CURRENCY SALE_TOTAL CAPTURE_RULE SALE TENDER DETAILS */
static void begin(const command *said) {
    payments_tender_request request;
    int64_t id = 0;
    int32_t code;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.profile = word(said, 1);
    request.amount = number(said, 2);
    request.currency = word(said, 3);
    request.sale_total = number(said, 4);
    request.capture_rule = (int32_t)number(said, 5);
    request.sale_ref = word(said, 6);
    request.tender_ref = word(said, 7);
    request.details_json = word(said, 8);
    code = payments_begin_tender(ctx, &request, &id);
    answer_number(code, id);
}

/* refund ID AMOUNT REFUND PROFILE REFERENCE CURRENCY; the last three are empty with an id. */
static void refund(const command *said) {
    payments_refund_request request;
    int64_t id = 0;
    int32_t code;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.tender_id = number(said, 1);
    request.amount = number(said, 2);
    request.refund_ref = word(said, 3);
    request.profile = text_or_null(said, 4);
    request.reference = text_or_null(said, 5);
    request.currency = text_or_null(said, 6);
    code = payments_refund(ctx, &request, &id);
    answer_number(code, id);
}

/* wait ID REVISION TIMEOUT_MS: the view, as soon as its revision is another, or when time is up. */
static void wait_for_change(const command *said) {
    payments_view view;
    const int64_t id = number(said, 1);
    int32_t code;
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    view.revision = number(said, 2);
    code = payments_poll(ctx, id, (int32_t)number(said, 3), &view);
    if (code == PAYMENTS_E_NOT_FOUND) {
        /* Settled in an earlier run: it has to be asked for. */
        size_t needed = 0;
        code = payments_text(ctx, id, PAYMENTS_TEXT_SUPPORT, NULL, 0, &needed);
        if (code == PAYMENTS_E_BUFFER_TOO_SMALL) code = payments_poll(ctx, id, 0, &view);
    }
    if (code != PAYMENTS_OK && code != PAYMENTS_E_TIMEOUT) {
        answer_code(code);
        return;
    }
    CHECK(view.id == id);
    printf("%d\t%" PRId32 "\t%" PRId32 "\t%" PRId32 "\t%" PRIu32 "\t%" PRId32 "\t%" PRId64
           "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\n",
           PAYMENTS_OK, view.state, view.reason, view.prompt, view.choices, view.goods_may_leave,
           view.amount, view.captured, view.refunded, view.revision, view.reference,
           view.provider_reference);
}

static int hex_digit(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, digit);
    CHECK(digit != '\0' && at != NULL);
    return (int)(at - digits);
}

/* Bytes that would not fit into a line of text, ended by a zero that is not counted. */
static size_t unhex(const char *hex, uint8_t bytes[LINE_MAX_BYTES / 2]) {
    size_t length;
    for (length = 0; hex[2 * length] != '\0'; length++) {
        const int high = hex_digit(hex[2 * length]);
        bytes[length] = (uint8_t)(high * 16 + hex_digit(hex[2 * length + 1]));
    }
    bytes[length] = '\0';
    return length;
}

/* scan ID HEX */
static void scan(const command *said) {
    static uint8_t bytes[LINE_MAX_BYTES / 2];
    const size_t length = unhex(word(said, 2), bytes);
    int32_t kind = 0;
    const int32_t code = payments_submit_scan(ctx, number(said, 1), bytes, length, &kind);
    answer_number(code, kind);
}

/* deliver PROFILE HEADERS_HEX BODY_HEX: a webhook as the host has received it. */
static void deliver(const command *said) {
    static uint8_t headers[LINE_MAX_BYTES / 2];
    static uint8_t body[LINE_MAX_BYTES / 2];
    size_t length;
    (void)unhex(word(said, 2), headers);
    length = unhex(word(said, 3), body);
    answer_code(payments_deliver_webhook(ctx, word(said, 1), (const char *)headers, body, length));
}

/* result ID: what an errand has found out, which is one line of JSON. */
static void result(const command *said) {
    static char text[64 * 1024];
    const int32_t code =
        payments_text(ctx, number(said, 1), PAYMENTS_TEXT_RESULT, text, sizeof text, NULL);
    if (code == PAYMENTS_OK) {
        printf("%d\t%s\n", PAYMENTS_OK, text);
    } else {
        answer_code(code);
    }
}

/* identify PROFILE CUSTOMER, enrol ID, register PROFILE CODE DESCRIPTION: errands. */
static int errand(const command *said) {
    const char *verb = word(said, 0);
    int64_t id = 0;
    int32_t code;
    if (strcmp(verb, "identify") == 0) {
        code = payments_check_in(ctx, word(said, 1), word(said, 2), &id);
    } else if (strcmp(verb, "enrol") == 0) {
        code = payments_enrol(ctx, number(said, 1), &id);
    } else if (strcmp(verb, "register") == 0) {
        code = payments_register_till(ctx, word(said, 1), word(said, 2), word(said, 3), &id);
    } else {
        return 0;
    }
    answer_number(code, id);
    return 1;
}

static void recover(void) {
    int64_t ids[IDS_MAX];
    size_t count = 0;
    size_t at;
    const int32_t code = payments_recover_pending(ctx, ids, IDS_MAX, &count);
    if (code != PAYMENTS_OK) {
        answer_code(code);
        return;
    }
    printf("%d", PAYMENTS_OK);
    for (at = 0; at < count; at++) printf("\t%" PRId64, ids[at]);
    printf("\n");
}

static int obey(const command *said) {
    const char *verb = word(said, 0);
    if (strcmp(verb, "quit") == 0) return 0;
    if (strcmp(verb, "begin") == 0) {
        begin(said);
    } else if (strcmp(verb, "refund") == 0) {
        refund(said);
    } else if (strcmp(verb, "wait") == 0) {
        wait_for_change(said);
    } else if (strcmp(verb, "scan") == 0) {
        scan(said);
    } else if (strcmp(verb, "manual") == 0) {
        answer_code(payments_manual_amount(ctx, number(said, 1), number(said, 2),
                                           text_or_null(said, 3), word(said, 4)));
    } else if (strcmp(verb, "cancel") == 0) {
        answer_code(payments_cancel(ctx, number(said, 1)));
    } else if (strcmp(verb, "resolve") == 0) {
        answer_code(payments_resolve(ctx, number(said, 1), (int32_t)number(said, 2),
                                     text_or_null(said, 3)));
    } else if (strcmp(verb, "confirm") == 0) {
        answer_code(payments_confirm(ctx, number(said, 1), word(said, 2)));
    } else if (strcmp(verb, "capture") == 0) {
        answer_code(payments_capture(ctx, number(said, 1), number(said, 2)));
    } else if (strcmp(verb, "recover") == 0) {
        recover();
    } else if (strcmp(verb, "result") == 0) {
        result(said);
    } else if (strcmp(verb, "deliver") == 0) {
        deliver(said);
    } else if (!errand(said)) {
        fprintf(stderr, "scenario: what is '%s'?\n", verb);
        exit(2);
    }
    return 1;
}

int main(int argc, char **argv) {
    static char line[LINE_MAX_BYTES];
    const till_arguments arguments = till_begin(argc, argv);
    int32_t code;
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        const command said = split(line);
        if (!obey(&said)) break;
        fflush(stdout);
    }
    /* A question to the provider may still be under way. */
    code = payments_shutdown(ctx, 1000);
    CHECK(code == PAYMENTS_OK || code == PAYMENTS_E_TIMEOUT);
    return 0;
}
