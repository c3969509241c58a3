/*
 * A small but complete register on libpayments: copy from here.
 *
 *     cc -std=c99 -D_POSIX_C_SOURCE=200809L -I include -o register examples/c/register.c \
 *        examples/c/till.c examples/c/day.c -L target/debug -lpayments
 *     ./register till.json receipts.txt             a menu for the cashier
 *     ./register till.json receipts.txt day.txt     plays a whole day by itself (see day.c)
 *
 * `cargo demo` builds it and starts it against the sandbox. One thread, one loop: serve() below is
 * all that a sale, a refund, a restart and a decision need, because the view says what to show
 * and what the cashier may choose.
 */
#include "till.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

/* ---- The keyboard: a line at a time, without ever stopping the payment loop. ---- */

/* 1 with a line, 0 when the time was up, -1 at the end of input. -1 ms waits for ever. */
static int keyboard_line(char *line, size_t cap, int timeout_ms)
{
    static char typed[LINE_SIZE];
    static size_t length = 0;

    for (;;) {
        char *end = memchr(typed, '\n', length);
        struct timeval time = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
        fd_set inputs;
        ssize_t more;

        if (end != NULL) {
            size_t taken = (size_t)(end - typed) + 1;
            snprintf(line, cap, "%.*s", (int)(end - typed), typed);
            length -= taken;
            memmove(typed, end + 1, length);
            return 1;
        }
        if (length == sizeof typed) length = 0; /* nobody types this much: drop it */
        FD_ZERO(&inputs);
        FD_SET(STDIN_FILENO, &inputs);
        if (select(STDIN_FILENO + 1, &inputs, NULL, NULL, timeout_ms < 0 ? NULL : &time) <= 0) {
            return 0;
        }
        more = read(STDIN_FILENO, typed + length, sizeof typed - length);
        if (more <= 0) return -1;
        length += (size_t)more;
    }
}

/* Asks for a line: 0 with one, 1 when it is empty, -1 at the end of input. */
static int ask(const char *question, char *answer, size_t cap)
{
    printf("%s: ", question);
    fflush(stdout);
    if (keyboard_line(answer, cap, -1) != 1) return -1;
    return answer[0] == '\0';
}

/* ---- What a view says, on the screen. ---- */

static const struct {
    char key;
    int32_t choice;
    const char *words;
} CHOICES[] = {
    {'r', PAYMENTS_CHOICE_RETRY, "ask again now"},
    {'c', PAYMENTS_CHOICE_CANCEL, "cancel the payment"},
    {'b', PAYMENTS_CHOICE_REFUND, "give the money back"},
    {'u', PAYMENTS_CHOICE_RING_UP, "ring the sale up with this payment"},
    {'k', PAYMENTS_CHOICE_KEEP, "keep the payment"},
    {'p', PAYMENTS_CHOICE_FORCE_PAID, "close it as paid"},
    {'n', PAYMENTS_CHOICE_FORCE_NOT_PAID, "close it as not paid"},
};
enum { CHOICE_COUNT = sizeof CHOICES / sizeof CHOICES[0] };

static void show(Till *till, const payments_view *view)
{
    int i;

    switch (view->prompt) {
    case PAYMENTS_PROMPT_SHOW_QR:
    case PAYMENTS_PROMPT_PRINT_QR: show_qr(till, view); break;
    case PAYMENTS_PROMPT_USE_PLATE:
        printf("\n  The customer scans the code that stands at the till.\n");
        break;
    case PAYMENTS_PROMPT_SCAN:
        printf("\n  Scan what the customer shows. Where that is a receipt that cannot be scanned,\n"
               "  type = and its amount, and its number if there is one: =12.50 tx_ABC\n");
        break;
    default: break; /* the texts say it all */
    }
    printf("\n  Cashier:  %s\n", view->cashier_text);
    printf("  Customer: %s\n", view->customer_text);
    if (view->short_code[0] != '\0') printf("  For support: %s\n", view->short_code);
    for (i = 0; i < CHOICE_COUNT; i++) {
        if ((view->choices & (1u << CHOICES[i].choice)) == 0) continue;
        printf("  [%c + Enter] %s\n", CHOICES[i].key, CHOICES[i].words);
    }
    fflush(stdout);
}

/* Most changes of a view need no new picture on the screen. */
static int looks_the_same(const payments_view *a, const payments_view *b)
{
    return a->choices == b->choices && a->prompt == b->prompt
           && strcmp(a->cashier_text, b->cashier_text) == 0
           && strcmp(a->customer_text, b->customer_text) == 0;
}

/* ---- The loop of a payment. ---- */

/* An amount that the cashier reads from the customer's phone: "=12.50 tx_ABC". */
static void by_hand(Till *till, const payments_view *view, const char *line)
{
    const char *who = getenv("USER");
    char amount[32] = "";
    char transaction[80] = "";
    int64_t minor = 0;
    int words = sscanf(line, "=%31s %79s", amount, transaction);
    int32_t result;

    if (words < 1 || parse_amount(amount, &minor) != 0) {
        printf("  '%s' is not an amount.\n", line);
        return;
    }
    result = payments_manual_amount(till->ctx, view->id, minor, words == 2 ? transaction : NULL,
                                    who != NULL ? who : "cashier");
    if (result != PAYMENTS_OK) complain("payments_manual_amount", result);
}

/* What the cashier typed while a payment is open. A refused choice is no reason to stop. */
static void answer(Till *till, const payments_view *view, const char *line)
{
    const char *who = getenv("USER");
    int32_t result;
    int i;

    for (i = 0; i < CHOICE_COUNT; i++) {
        if (line[0] != CHOICES[i].key || line[1] != '\0') continue;
        if ((view->choices & (1u << CHOICES[i].choice)) == 0) continue;
        if (CHOICES[i].choice == PAYMENTS_CHOICE_CANCEL) {
            result = payments_cancel(till->ctx, view->id);
        } else {
            result = payments_resolve(till->ctx, view->id, CHOICES[i].choice,
                                      who != NULL ? who : "cashier");
        }
        if (result != PAYMENTS_OK) complain("the choice", result);
        return;
    }
    if (view->prompt == PAYMENTS_PROMPT_SCAN && line[0] == '=') {
        by_hand(till, view, line);
    } else if (view->prompt == PAYMENTS_PROMPT_SCAN) {
        scanned(till, view, line); /* scanners that act as keyboards end up here */
    } else if (line[0] != '\0') {
        printf("  '%s' is not possible now.\n", line);
    }
}

/* Follows a payment or a refund to its end: shows, asks, books, confirms. */
static int serve(Till *till, int64_t id)
{
    payments_view view = fresh_view();
    payments_view shown = fresh_view();
    Booking earlier;
    char line[LINE_SIZE];

    if (look(till, id, 0, &view) != 0) return -1;
    /* The power went between the receipt and its confirmation: the receipt is what counts. */
    if (find_booking(till, view.host_ref, &earlier) && payments_state_is_final(view.state)) {
        printf("  %s has receipt %s already.\n", view.host_ref, earlier.receipt);
        return finish(till, &view);
    }
    for (;;) {
        if (shown.revision == 0 || !looks_the_same(&view, &shown)) show(till, &view);
        shown = view;
        if (is_over(&view)) return finish(till, &view);
        if (keyboard_line(line, sizeof line, 0) == 1) answer(till, &view, line);
        if (hand_in_webhook(till) != 0) return -1;
        if (look(till, id, 250, &view) != 0) return -1;
    }
}

/* ---- What the cashier can do. ---- */

/* A name that no earlier sale has. A real till numbers its sales in its own database. */
static void new_name(const char *kind, char *name, size_t cap)
{
    static int count = 0;
    char when[32];
    time_t now = time(NULL);

    strftime(when, sizeof when, "%Y%m%d-%H%M%S", gmtime(&now));
    snprintf(name, cap, "%s-%s-%d", kind, when, ++count);
}

/* The one place where systems are told apart: by the name of their profile. */
static const Method *choose_method(void)
{
    char typed[LINE_SIZE];
    int number;

    for (number = 1; number <= METHOD_COUNT; number++) {
        const Method *method = &METHODS[number - 1];

        printf("  %d  %-10s %s  %s\n", number, method->name, method->currency, method->profile);
    }
    if (ask("With", typed, sizeof typed) != 0) return NULL;
    number = atoi(typed);
    if (number >= 1 && number <= METHOD_COUNT) return &METHODS[number - 1];
    printf("  There is no '%s'.\n", typed);
    return NULL;
}

/* How the customer is reached: as the profile says, or as the cashier does. */
static void ask_details(char *details, size_t cap)
{
    static const char WHAT[] = "\"description\":\"Coffee and buns\"";
    char typed[LINE_SIZE];
    char phone[24];
    size_t length = 0;
    const char *c;

    if (ask("Enter, or q: code on our screen, s: scan the customer's code, or a phone number",
            typed, sizeof typed) != 0) {
        snprintf(details, cap, "{%s}", WHAT);
        return;
    }
    if (strcmp(typed, "q") == 0 || strcmp(typed, "s") == 0) {
        snprintf(details, cap, "{\"approach\":\"%s\",%s}", typed[0] == 'q' ? "qr" : "scan", WHAT);
        return;
    }
    /* Only digits go into the JSON text, so that nothing in it needs escaping. */
    for (c = typed; *c != '\0' && length + 1 < sizeof phone; c++) {
        if (*c >= '0' && *c <= '9') phone[length++] = *c;
    }
    phone[length] = '\0';
    snprintf(details, cap, "{\"approach\":\"phone\",\"customer\":{\"phone\":\"%s\"},%s}", phone,
             WHAT);
}

static int sell(Till *till)
{
    const Method *method = choose_method();
    char typed[LINE_SIZE];
    char sale[REF_SIZE];
    char details[160];
    int64_t amount = 0;
    int64_t id = 0;
    int begun;

    if (method == NULL) return 0;
    if (ask("Amount, for example 49.50", typed, sizeof typed) != 0) return 0;
    if (parse_amount(typed, &amount) != 0) {
        printf("  '%s' is not an amount.\n", typed);
        return 0;
    }
    ask_details(details, sizeof details);
    new_name("sale", sale, sizeof sale);
    begun = begin_sale(till, sale, method, amount, details, &id);
    if (begun == 1) printf("  Another payment has to come to its end first: see 4.\n");
    /* A number that no phone has is refused here and now; the till goes on. */
    return begun == 0 ? serve(till, id) : 0;
}

static int give_back(Till *till)
{
    char typed[LINE_SIZE];
    char refund[REF_SIZE];
    Booking receipt;
    int64_t amount = 0;
    int64_t id = 0;

    if (ask("Receipt number, for example R0001", typed, sizeof typed) != 0) return 0;
    if (!find_receipt(till, typed, &receipt) || strcmp(receipt.kind, "SALE") != 0) {
        printf("  No sale has the receipt %s.\n", typed);
        return 0;
    }
    if (ask("Amount to give back, or all", typed, sizeof typed) != 0) return 0;
    if (strcmp(typed, "all") != 0 && parse_amount(typed, &amount) != 0) {
        printf("  '%s' is not an amount.\n", typed);
        return 0;
    }
    new_name("refund", refund, sizeof refund);
    /* So is more than what is left. */
    if (begin_refund(till, refund, &receipt, amount, &id) != 0) return 0;
    return serve(till, id);
}

/* Everything that an earlier run left: open payments, and paid ones that were never confirmed. */
static int recover(Till *till)
{
    int64_t ids[PENDING_MAX];
    size_t count = 0;
    size_t i;
    int32_t result = payments_recover_pending(till->ctx, ids, PENDING_MAX, &count);

    if (result != PAYMENTS_OK && result != PAYMENTS_E_BUFFER_TOO_SMALL) {
        return complain("payments_recover_pending", result);
    }
    if (count == 0) {
        printf("Nothing is unfinished.\n");
        return 0;
    }
    printf("%d payment(s) of an earlier run need attention.\n", (int)count);
    for (i = 0; i < count && i < PENDING_MAX; i++) {
        payments_view view = fresh_view();
        char amount[32];

        if (look(till, ids[i], 0, &view) != 0) return -1;
        printf("\n%s %s, %s %s:\n", view.kind == PAYMENTS_KIND_REFUND ? "Refund" : "Payment",
               view.host_ref, amount_text(view.amount, amount, sizeof amount), view.currency);
        if (serve(till, ids[i]) != 0) return -1;
    }
    /* More than fitted: the next ones move up once these are settled. */
    return count > PENDING_MAX ? recover(till) : 0;
}

/* Once, when the till is set up: the code that stands there becomes known to the provider. */
static int set_up_plate(Till *till)
{
    const Method *method = choose_method();
    char code[LINE_SIZE];
    char text[2048];
    int64_t id = 0;
    int32_t result;

    if (method == NULL || ask("What the code says, or a name for it", code, sizeof code) != 0) {
        return 0;
    }
    result = payments_register_till(till->ctx, method->profile, code, "Counter 1", &id);
    if (result != PAYMENTS_OK) {
        complain("payments_register_till", result);
        return 0;
    }
    if (serve(till, id) != 0) return -1;
    result = payments_text(till->ctx, id, PAYMENTS_TEXT_RESULT, text, sizeof text, NULL);
    if (result == PAYMENTS_OK) printf("  What to print: %s\n", text);
    return 0;
}

static int show_health(Till *till)
{
    static char health[16 * 1024];
    int32_t result = payments_health(till->ctx, health, sizeof health, NULL);

    if (result != PAYMENTS_OK) return complain("payments_health", result);
    printf("%s\n", health);
    return 0;
}

static int menu(Till *till)
{
    static const char WORDS[] =
        "\n  1  Sell               4  What is unfinished\n"
        "  2  Give money back    5  Set up the code at the till\n"
        "  3  The book           6  How the library is\n"
        "  q  Close the till\n";
    char key[LINE_SIZE];
    int failed = 0;
    int empty;

    while (failed == 0) {
        printf("%s", WORDS);
        empty = ask("Choose", key, sizeof key);
        if (empty < 0) break;
        if (empty) continue;
        switch (key[1] == '\0' ? key[0] : '?') {
        case '1': failed = sell(till); break;
        case '2': failed = give_back(till); break;
        case '3': print_book(till); break;
        case '4': failed = recover(till); break;
        case '5': failed = set_up_plate(till); break;
        case '6': failed = show_health(till); break;
        case 'q': return 0;
        default: printf("  There is no '%s'.\n", key); break;
        }
    }
    return failed;
}

int main(int argc, char **argv)
{
    Till till;
    int failed;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: register CONFIG.json RECEIPTS.txt [DAY.txt]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (till_open(&till, argv[1], argv[2]) != 0) return 1;
    printf("The till is open (libpayments %s).\n", payments_version());
    if (argc == 4) {
        failed = play_day(&till, argv[3]);
    } else {
        failed = recover(&till) != 0 || menu(&till) != 0;
    }
    if (till_close(&till) != 0) failed = 1;
    printf("The till is closed.\n");
    return failed != 0;
}
