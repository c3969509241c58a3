/* What every register needs around the library. See till.h. */
#include "till.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const Method METHODS[] = {
    {"vipps", "NOK", "Vipps"},
    {"mobilepay", "NOK", "MobilePay"},
    {"smartpay", "EUR", "SmartPay"},
    {"paymaster", "RUB", "PayMaster"},
    {"paymaster-print", "RUB", "PayMaster"},
    {"smartum", "EUR", "Smartum"},
};
const int METHOD_COUNT = sizeof METHODS / sizeof METHODS[0];

static int open_book(Till *till, const char *path);
static int add_booking(Till *till, Booking *entry);

const Method *find_method(const char *profile)
{
    int i;

    for (i = 0; i < METHOD_COUNT; i++) {
        if (strcmp(METHODS[i].profile, profile) == 0) return &METHODS[i];
    }
    return NULL;
}

int complain(const char *what, int32_t result)
{
    char why[512];

    why[0] = '\0';
    payments_last_error(why, sizeof why, NULL);
    fprintf(stderr, "%s: %s (%" PRId32 ")%s%s\n", what, payments_strerror(result), result,
            why[0] != '\0' ? ": " : "", why);
    return -1;
}

static void log_line(void *user_data, int32_t level, const char *line)
{
    fprintf(user_data, "%" PRId32 " %s\n", level, line);
    fflush(user_data);
}

/* REGISTER_LOG=file keeps the library's log; without it the library says nothing anywhere. */
static int set_log(Till *till)
{
    static FILE *file = NULL;
    const char *path = getenv("REGISTER_LOG");
    int32_t result;

    if (path == NULL || path[0] == '\0') return 0;
    file = fopen(path, "a");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    result = payments_set_log_callback(till->ctx, log_line, file, PAYMENTS_LOG_DEBUG);
    return result == PAYMENTS_OK ? 0 : complain("payments_set_log_callback", result);
}

int till_open(Till *till, const char *config, const char *book_path)
{
    int32_t result;

    till->ctx = NULL;
    till->book = NULL;
    if (payments_abi_version() != PAYMENTS_ABI_VERSION) {
        fprintf(stderr, "libpayments %s has another interface than this program was made for\n",
                payments_version());
        return -1;
    }
    if (open_book(till, book_path) != 0) return -1;
    result = payments_init(config, &till->ctx);
    if (result == PAYMENTS_OK && set_log(till) == 0) return 0;
    if (result != PAYMENTS_OK) complain("payments_init", result);
    till_close(till);
    return -1;
}

int till_close(Till *till)
{
    int32_t result = PAYMENTS_OK;

    /* What is unfinished stays in the journal; a timeout here loses nothing. */
    if (till->ctx != NULL) result = payments_shutdown(till->ctx, 5000);
    till->ctx = NULL;
    if (till->book != NULL) fclose(till->book);
    till->book = NULL;
    if (result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT) return 0;
    return complain("payments_shutdown", result);
}

/* Whether to make the same call again. References make that safe; three times is enough. */
static int again(int32_t result, int *tries)
{
    if (result == PAYMENTS_OK || !payments_result_is_retryable(result)) return 0;
    if (++*tries >= 3) return 0;
    pause_ms(200);
    return 1;
}

int begin_sale(Till *till, const char *sale, const Method *method, int64_t amount,
               const char *details, int64_t *id)
{
    payments_tender_request request;
    char tender_ref[REF_SIZE];
    int32_t result;
    int tries = 0;

    /* A sale may be paid in several ways: each tender has a name of its own. */
    snprintf(tender_ref, sizeof tender_ref, "%s-1", sale);
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.profile = method->profile;
    request.amount = amount;
    request.currency = method->currency;
    request.sale_ref = sale;
    request.tender_ref = tender_ref;
    request.details_json = details;
    do {
        result = payments_begin_tender(till->ctx, &request, id);
    } while (again(result, &tries));
    if (result == PAYMENTS_E_GUARDED) return 1;
    return result == PAYMENTS_OK ? 0 : complain("payments_begin_tender", result);
}

int begin_refund(Till *till, const char *refund, const Booking *receipt, int64_t amount,
                 int64_t *id)
{
    payments_refund_request request;
    int32_t result;
    int tries = 0;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.profile = receipt->profile;
    request.reference = receipt->reference;
    request.currency = receipt->currency;
    request.amount = amount;
    request.refund_ref = refund;
    do {
        result = payments_refund(till->ctx, &request, id);
    } while (again(result, &tries));
    return result == PAYMENTS_OK ? 0 : complain("payments_refund", result);
}

payments_view fresh_view(void)
{
    payments_view view;

    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    return view;
}

int look(Till *till, int64_t id, int32_t timeout_ms, payments_view *view)
{
    int32_t result = payments_poll(till->ctx, id, timeout_ms, view);

    /* A timeout is no failure: nothing has changed, and the view says how things stand. */
    if (result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT) return 0;
    return complain("payments_poll", result);
}

int is_over(const payments_view *view)
{
    const uint32_t open_question =
        (1u << PAYMENTS_CHOICE_REFUND) | (1u << PAYMENTS_CHOICE_RING_UP);

    if ((view->choices & open_question) != 0) return 0;
    return payments_state_is_final(view->state) || view->goods_may_leave;
}

void show_qr(Till *till, const payments_view *view)
{
    static char image[32 * 1024];
    payments_qr_info info;
    size_t needed = 0;
    int32_t result;

    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    /* For real screens there are PNG, SVG and rows of bits; for printers there is ESC/POS. */
    result = payments_qr_image(till->ctx, view->id, PAYMENTS_QR_TERMINAL, 0, 0, image,
                               sizeof image, &needed, &info);
    if (result != PAYMENTS_OK) {
        complain("payments_qr_image", result);
        return;
    }
    if (view->prompt == PAYMENTS_PROMPT_PRINT_QR) printf("    - - - 8< - - - printed - - -\n");
    fwrite(image, 1, needed, stdout);
    printf("\n");
}

int scanned(Till *till, const payments_view *view, const char *text)
{
    static const char *const WHAT[] = {
        [PAYMENTS_SCAN_CUSTOMER] = "The customer's code was read.",
        [PAYMENTS_SCAN_PRODUCT] = "That is a product. Scan the phone.",
        [PAYMENTS_SCAN_CARD] = "That looks like a card. Scan the phone.",
        [PAYMENTS_SCAN_NOT_WAITING] = "Nothing has to be scanned now.",
        [PAYMENTS_SCAN_RECEIPT] = "The receipt was read.",
        [PAYMENTS_SCAN_RECEIPT_REFUSED] = "The receipt is refused.",
        [PAYMENTS_SCAN_LAYOUT_DAMAGED] = "The scanner types another keyboard's signs. Set it up.",
    };
    const int32_t count = sizeof WHAT / sizeof WHAT[0];
    const char *words = NULL;
    int32_t what = 0;
    int32_t result = payments_submit_scan(till->ctx, view->id, (const uint8_t *)text, strlen(text),
                                          &what);

    if (result != PAYMENTS_OK) return complain("payments_submit_scan", result);
    if (what >= 0 && what < count) words = WHAT[what];
    printf("%-19s %s\n", view->host_ref,
           words != NULL ? words : "That is not a customer's code. Scan the phone.");
    return 0;
}

int hand_in_webhook(Till *till)
{
    static char text[128 * 1024];
    const char *path = getenv("REGISTER_WEBHOOK");
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    char *headers;
    char *body;
    size_t length;
    int32_t result;

    if (file == NULL) return 0;
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    headers = strchr(text, '\n');
    body = headers != NULL ? strstr(headers, "\n\n") : NULL;
    if (body != NULL) {
        *headers++ = '\0';
        body[1] = '\0';
        body += 2;
        /* A web server would answer its sender with 401 when this says PAYMENTS_E_ARGUMENT. */
        result = payments_deliver_webhook(till->ctx, text, headers, (const uint8_t *)body,
                                          length - (size_t)(body - text));
        if (result != PAYMENTS_OK) complain("payments_deliver_webhook", result);
        /* Not written down yet: it stays for the next time. */
        if (payments_result_is_retryable(result)) return 0;
    }
    return remove(path) == 0 ? 0 : -1;
}

/* The paper that the customer gets. */
static void print_receipt(const Booking *entry, int64_t still_due)
{
    const Method *method = find_method(entry->profile);
    char amount[32];
    char words[96];

    amount_text(entry->amount, amount, sizeof amount);
    printf("\n    +------------------------------------------+\n");
    printf("    |  SANDBOX SHOP %25s  |\n", entry->receipt);
    snprintf(words, sizeof words, "%s %s",
             strcmp(entry->kind, "REFUND") == 0 ? "Back with" : "Paid with",
             method != NULL ? method->name : entry->profile);
    printf("    |  %-22.22s %11s %3s  |\n", words, amount, entry->currency);
    if (still_due > 0) {
        amount_text(still_due, amount, sizeof amount);
        printf("    |  %-22s %11s %3s  |\n", "Still to pay", amount, entry->currency);
    }
    printf("    |  Payment %-30s  |\n", entry->reference);
    printf("    +------------------------------------------+\n\n");
}

static void copy_text(char *to, size_t cap, const char *from)
{
    snprintf(to, cap, "%s", from);
}

int finish(Till *till, const payments_view *view)
{
    Booking entry;
    int32_t result;
    int tries = 0;
    int known;
    int64_t paid = view->captured > 0 ? view->captured : view->amount;
    int money = view->goods_may_leave || view->state == PAYMENTS_STATE_PAID;

    if (view->kind == PAYMENTS_KIND_REFUND) {
        money = view->state == PAYMENTS_STATE_REFUNDED;
        paid = view->amount;
    } else if (view->kind != PAYMENTS_KIND_TENDER) {
        return 0; /* an errand: no money, no line in the book */
    }
    /* First the book, then the library: dying in between, we find the payment at the next start
     * and its line in the book, and only the second half is done again. */
    known = find_booking(till, view->host_ref, &entry);
    /* A sale booked as unpaid whose customer has paid after all gets its receipt now. */
    if (!known || (money && strcmp(entry.kind, "UNPAID") == 0)) {
        memset(&entry, 0, sizeof entry);
        copy_text(entry.kind, sizeof entry.kind,
                  !money ? "UNPAID" : view->kind == PAYMENTS_KIND_REFUND ? "REFUND" : "SALE");
        copy_text(entry.ref, sizeof entry.ref, view->host_ref);
        copy_text(entry.profile, sizeof entry.profile, view->profile);
        copy_text(entry.reference, sizeof entry.reference, view->reference);
        copy_text(entry.currency, sizeof entry.currency, view->currency);
        entry.amount = money ? paid : view->amount;
        if (add_booking(till, &entry) != 0) return -1;
        if (money) print_receipt(&entry, view->amount - paid);
    }
    if (!money) return 0;
    do {
        result = payments_confirm(till->ctx, view->id, entry.receipt);
    } while (again(result, &tries));
    return result == PAYMENTS_OK ? 0 : complain("payments_confirm", result);
}

/* ---- The book: one line a booking, appended and synced, never changed. ---- */

static int next_booking(FILE *book, Booking *entry)
{
    char line[LINE_SIZE];

    if (fgets(line, sizeof line, book) == NULL) return 0;
    memset(entry, 0, sizeof *entry);
    return sscanf(line, "%15s %15s %71s %63s %71s %" SCNd64 " %7s", entry->receipt, entry->kind,
                  entry->ref, entry->profile, entry->reference, &entry->amount,
                  entry->currency) == 7;
}

static int open_book(Till *till, const char *path)
{
    long whole = 0;
    int c;

    till->book = fopen(path, "a+");
    if (till->book == NULL) {
        perror(path);
        return -1;
    }
    /* A line without an end was being written when the power went: it was never confirmed. */
    rewind(till->book);
    while ((c = fgetc(till->book)) != EOF) {
        if (c == '\n') whole = ftell(till->book);
    }
    if (ftruncate(fileno(till->book), whole) == 0) return 0;
    perror(path);
    return -1;
}

int find_booking(Till *till, const char *ref, Booking *found)
{
    Booking entry;
    int lines = 0;

    rewind(till->book);
    while (next_booking(till->book, &entry)) {
        if (strcmp(entry.ref, ref) != 0) continue;
        *found = entry; /* the newest counts */
        lines++;
    }
    return lines > 0;
}

int find_receipt(Till *till, const char *receipt, Booking *found)
{
    rewind(till->book);
    while (next_booking(till->book, found)) {
        if (strcmp(found->receipt, receipt) == 0) return 1;
    }
    return 0;
}

/* Gives the booking its number and makes it durable. */
static int add_booking(Till *till, Booking *entry)
{
    Booking earlier;
    int receipts = 0;

    rewind(till->book);
    while (next_booking(till->book, &earlier)) receipts += earlier.receipt[0] == 'R';
    if (strcmp(entry->kind, "UNPAID") == 0) {
        copy_text(entry->receipt, sizeof entry->receipt, "-");
    } else {
        snprintf(entry->receipt, sizeof entry->receipt, "R%04d", receipts + 1);
    }
    fseek(till->book, 0, SEEK_END);
    fprintf(till->book, "%s %s %s %s %s %" PRId64 " %s\n", entry->receipt, entry->kind, entry->ref,
            entry->profile, entry->reference, entry->amount, entry->currency);
    if (fflush(till->book) == 0 && fsync(fileno(till->book)) == 0) return 0;
    perror("the book of receipts");
    return -1;
}

void print_book(Till *till)
{
    Booking entry;
    char amount[32];
    int lines = 0;

    rewind(till->book);
    while (next_booking(till->book, &entry)) {
        printf("  %-6s %-7s %-26s %-15s %10s %s\n", entry.receipt, entry.kind, entry.ref,
               entry.profile, amount_text(entry.amount, amount, sizeof amount), entry.currency);
        lines++;
    }
    if (lines == 0) printf("  Nothing has been sold yet.\n");
}

/* ---- Amounts and time. ---- */

int parse_amount(const char *text, int64_t *minor)
{
    int64_t value = 0;
    int digits = 0;
    int decimals = -1;

    for (; *text != '\0' && *text != '\n'; text++) {
        if ((*text == '.' || *text == ',') && decimals < 0 && digits > 0) {
            decimals = 0;
        } else if (*text >= '0' && *text <= '9' && decimals < 2 && value < 100000000000) {
            value = value * 10 + (*text - '0');
            digits++;
            if (decimals >= 0) decimals++;
        } else {
            return -1;
        }
    }
    if (digits == 0 || decimals == 0) return -1;
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++) value *= 10;
    *minor = value;
    return value > 0 ? 0 : -1;
}

const char *amount_text(int64_t minor, char *buf, size_t cap)
{
    snprintf(buf, cap, "%" PRId64 ".%02" PRId64, minor / 100, minor % 100);
    return buf;
}

void pause_ms(int ms)
{
    struct timespec time;

    time.tv_sec = ms / 1000;
    time.tv_nsec = (long)(ms % 1000) * 1000000L;
    nanosleep(&time, NULL);
}

int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
