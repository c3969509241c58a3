/*
 * A whole day at the till, played from a script, without a question to anybody. Started again
 * after a power cut it goes on where it was: a step that is in the book is done, any other is begun
 * again under the same name, which is the same payment. One command a line:
 *
 *     lanes 3                           so many payments may be open at once (1 unless said)
 *     sale s01 phone 4712345678 499.00  a request to the customer's phone
 *     sale s02 qr 129.00                the customer scans our code
 *     sale s03 scan CODE 75.50          we scan the customer's code
 *     cancel s02 500                    the cashier cancels s02 so many ms after it was shown
 *     refund r01 s01 100.00             gives part of s01 back; "all" gives everything back
 *     wait 200                          ms until the next step
 *     draw-codes                        shows the codes of qr sales on the screen
 *
 * Nobody decides here, so a rule does: paid and not booked is rung up; paid after a cancel is
 * given back; unknown is waited for.
 */
#include "till.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_COUNT_MAX = 128, OPEN_WAIT_MS = 50, CLOSING_MS = 60000, SCAN_COUNT_MAX = 3 };

enum step_kind { STEP_SALE, STEP_REFUND, STEP_WAIT };
enum step_progress { STEP_TO_DO, STEP_OPEN, STEP_DONE };

typedef struct Step {
    enum step_kind kind;
    enum step_progress progress;
    char name[32];
    char how[8];        /* of a sale: phone, qr or scan */
    char argument[160]; /* number, code, or the sale to refund */
    int64_t amount;     /* of a refund 0 is all; of a wait it is ms */
    int64_t cancel_ms;  /* or -1 */
    int64_t id;
    int64_t asked_at;   /* when the customer was first asked in this run, or 0 */
    int scans;
    int drawn;
    payments_view view;
} Step;

typedef struct Day {
    Till *till;
    Step steps[STEP_COUNT_MAX];
    int count;
    int lanes;
    int draws_codes;
    int64_t not_before;
} Day;

/* ---- Reading the script. ---- */

static Step *find_step(Day *day, const char *name)
{
    int i;

    for (i = 0; i < day->count; i++) {
        if (day->steps[i].kind != STEP_WAIT && strcmp(day->steps[i].name, name) == 0) {
            return &day->steps[i];
        }
    }
    return NULL;
}

static Step *add_step(Day *day, enum step_kind kind)
{
    Step *step;

    if (day->count == STEP_COUNT_MAX) return NULL;
    step = &day->steps[day->count];
    memset(step, 0, sizeof *step);
    step->kind = kind;
    step->cancel_ms = -1;
    step->view = fresh_view();
    return step;
}

static int read_line(Day *day, const char *line)
{
    char word[16] = "", a[32] = "", b[160] = "", c[160] = "", d[32] = "";
    int words = sscanf(line, "%15s %31s %159s %159s %31s", word, a, b, c, d);
    Step *step;

    if (words <= 0 || word[0] == '#') return 0;
    if (strcmp(word, "lanes") == 0 && words == 2) {
        day->lanes = atoi(a);
        return day->lanes > 0 ? 0 : -1;
    }
    if (strcmp(word, "draw-codes") == 0 && words == 1) {
        day->draws_codes = 1;
        return 0;
    }
    if (strcmp(word, "cancel") == 0 && words == 3) {
        step = find_step(day, a);
        if (step == NULL || step->kind != STEP_SALE) return -1;
        step->cancel_ms = atoi(b);
        return 0;
    }
    step = add_step(day, STEP_SALE);
    if (step == NULL) return -1;
    snprintf(step->name, sizeof step->name, "%s", a);
    if (strcmp(word, "wait") == 0 && words == 2) {
        step->kind = STEP_WAIT;
        step->amount = atoi(a);
    } else if (strcmp(word, "refund") == 0 && words == 4) {
        step->kind = STEP_REFUND;
        snprintf(step->argument, sizeof step->argument, "%s", b);
        if (find_step(day, b) == NULL) return -1;
        if (strcmp(c, "all") != 0 && parse_amount(c, &step->amount) != 0) return -1;
    } else if (strcmp(word, "sale") == 0 && words >= 4) {
        int is_qr = strcmp(b, "qr") == 0;

        if (words != (is_qr ? 4 : 5)) return -1;
        if (!is_qr && strcmp(b, "phone") != 0 && strcmp(b, "scan") != 0) return -1;
        snprintf(step->how, sizeof step->how, "%.7s", b);
        if (!is_qr) snprintf(step->argument, sizeof step->argument, "%s", c);
        if (parse_amount(is_qr ? c : d, &step->amount) != 0) return -1;
    } else {
        return -1;
    }
    day->count++;
    return 0;
}

static int read_script(Day *day, const char *path)
{
    char line[LINE_SIZE];
    FILE *script = fopen(path, "r");
    int number = 0;
    int failed = 0;

    if (script == NULL) {
        perror(path);
        return -1;
    }
    while (failed == 0 && fgets(line, sizeof line, script) != NULL) {
        number++;
        failed = read_line(day, line);
    }
    if (failed != 0) fprintf(stderr, "%s:%d: not understood: %s", path, number, line);
    fclose(script);
    return failed;
}

/* ---- One payment, whether it is of this run or was found after a restart. ---- */

static int offers(const payments_view *view, int32_t choice)
{
    return (view->choices & (1u << choice)) != 0;
}

static int decide(Till *till, const payments_view *view, int32_t choice, const char *words)
{
    int32_t result = payments_resolve(till->ctx, view->id, choice, "script");

    printf("%-15s decided: %s\n", view->host_ref, words);
    /* Something else has happened since the last look: look again. */
    if (result == PAYMENTS_OK || result == PAYMENTS_E_STATE) return 0;
    return complain("payments_resolve", result);
}

/* Does what the rule says about where a payment stands. 1 when it is over, 0 when not yet. */
static int follow(Till *till, const payments_view *view)
{
    Booking earlier;

    /* Booked before the power went: only the confirmation is missing. */
    if (payments_state_is_final(view->state) && find_booking(till, view->host_ref, &earlier)) {
        return finish(till, view) == 0 ? 1 : -1;
    }
    if (is_over(view)) return finish(till, view) == 0 ? 1 : -1;
    if (offers(view, PAYMENTS_CHOICE_RING_UP)) {
        return decide(till, view, PAYMENTS_CHOICE_RING_UP, "ring it up");
    }
    if (offers(view, PAYMENTS_CHOICE_REFUND)) {
        return decide(till, view, PAYMENTS_CHOICE_REFUND, "give the money back");
    }
    return 0;
}

static void tell(const payments_view *view, payments_view *told)
{
    if (strcmp(view->cashier_text, told->cashier_text) != 0) {
        printf("%-15s %s\n", view->host_ref, view->cashier_text);
    }
    *told = *view;
}

/* ---- The steps. ---- */

static int begin(Day *day, Step *step)
{
    char details[320];
    char ref[REF_SIZE];
    Booking earlier;

    snprintf(ref, sizeof ref, step->kind == STEP_SALE ? "%s-1" : "%s", step->name);
    step->progress = STEP_DONE;
    if (find_booking(day->till, ref, &earlier)) return 0;
    if (step->kind == STEP_REFUND) {
        char sold[REF_SIZE];

        snprintf(sold, sizeof sold, "%.40s-1", step->argument);
        if (!find_booking(day->till, sold, &earlier) || strcmp(earlier.kind, "SALE") != 0) {
            printf("%-15s nothing to give back: %s was not paid\n", step->name, step->argument);
            return 0;
        }
        step->progress = STEP_OPEN;
        return begin_refund(day->till, step->name, earlier.reference, step->amount, &step->id);
    }
    snprintf(details, sizeof details, "{\"approach\":\"%s\",%s%.*s%s\"description\":\"Sale %s\"}",
             step->how, strcmp(step->how, "phone") == 0 ? "\"customer\":{\"phone\":\"" : "",
             strcmp(step->how, "phone") == 0 ? 40 : 0, step->argument,
             strcmp(step->how, "phone") == 0 ? "\"}," : "", step->name);
    step->progress = STEP_OPEN;
    return begin_sale(day->till, step->name, step->amount, details, &step->id);
}

/* The cashier's part in a sale: showing, scanning, and changing one's mind. */
static int act(Day *day, Step *step)
{
    const payments_view *view = &step->view;
    int32_t result = PAYMENTS_OK;

    if (view->prompt == PAYMENTS_PROMPT_SHOW_QR && day->draws_codes && !step->drawn) {
        show_qr(day->till, step->id);
        step->drawn = 1;
    }
    if (view->prompt == PAYMENTS_PROMPT_SCAN) {
        if (step->scans++ < SCAN_COUNT_MAX) {
            result = payments_submit_scan(day->till->ctx, step->id,
                                          (const uint8_t *)step->argument,
                                          strlen(step->argument), NULL);
        } else {
            result = payments_cancel(day->till->ctx, step->id);
        }
    } else if (view->state == PAYMENTS_STATE_WAITING_FOR_CUSTOMER && step->cancel_ms >= 0) {
        if (step->asked_at == 0) step->asked_at = now_ms();
        if (now_ms() - step->asked_at < step->cancel_ms) return 0;
        printf("%-15s the cashier cancels\n", view->host_ref);
        result = payments_cancel(day->till->ctx, step->id);
        step->cancel_ms = -1;
    }
    return result == PAYMENTS_OK ? 0 : complain("the cashier's part", result);
}

static int go_on(Day *day, Step *step)
{
    payments_view view = step->view;
    int over;

    if (look(day->till, step->id, 0, &view) != 0) return -1;
    tell(&view, &step->view);
    over = follow(day->till, &view);
    if (over < 0) return -1;
    if (over > 0) {
        step->progress = STEP_DONE;
        return 0;
    }
    return step->kind == STEP_SALE ? act(day, step) : 0;
}

/* Steps begin in their order, as lanes allow; a refund waits for its sale. */
static int begin_what_may(Day *day)
{
    int open = 0;
    int i;

    for (i = 0; i < day->count; i++) open += day->steps[i].progress == STEP_OPEN;
    for (i = 0; i < day->count && now_ms() >= day->not_before; i++) {
        Step *step = &day->steps[i];

        if (step->progress != STEP_TO_DO) continue;
        if (step->kind == STEP_WAIT) {
            day->not_before = now_ms() + step->amount;
            step->progress = STEP_DONE;
            continue;
        }
        if (open >= day->lanes) return 0;
        if (step->kind == STEP_REFUND
            && find_step(day, step->argument)->progress != STEP_DONE) {
            continue;
        }
        if (begin(day, step) != 0) return -1;
        open += step->progress == STEP_OPEN;
    }
    return 0;
}

static int steps_left(const Day *day)
{
    int left = 0;
    int i;

    for (i = 0; i < day->count; i++) left += day->steps[i].progress != STEP_DONE;
    return left;
}

/* Waits for the first change of whatever is open; with nothing open it is a short rest. */
static int wait_for_news(Till *till)
{
    int64_t changed = 0;
    int32_t result = payments_wait_any(till->ctx, OPEN_WAIT_MS, &changed);

    if (result == PAYMENTS_OK || result == PAYMENTS_E_TIMEOUT) return 0;
    return complain("payments_wait_any", result);
}

/* ---- What no step is about: found at the start, or left at the end. ---- */

static int settle_pending(Till *till, int say, size_t *left)
{
    int64_t ids[PENDING_MAX];
    size_t i;
    int32_t result = payments_recover_pending(till->ctx, ids, PENDING_MAX, left);

    if (result != PAYMENTS_OK && result != PAYMENTS_E_BUFFER_TOO_SMALL) {
        return complain("payments_recover_pending", result);
    }
    for (i = 0; i < *left && i < PENDING_MAX; i++) {
        payments_view view = fresh_view();

        if (look(till, ids[i], 0, &view) != 0) return -1;
        if (say) printf("%-15s found again: %s\n", view.host_ref, view.cashier_text);
        if (follow(till, &view) < 0) return -1;
    }
    return 0;
}

/* The day is not over before nothing is open and everything is confirmed. */
static int close_day(Till *till)
{
    int64_t give_up_at = now_ms() + CLOSING_MS;
    size_t left = 0;

    do {
        if (settle_pending(till, 0, &left) != 0) return -1;
        if (left > 0 && wait_for_news(till) != 0) return -1;
    } while (left > 0 && now_ms() < give_up_at);
    if (left == 0) return 0;
    fprintf(stderr, "%d payment(s) are still open at the end of the day\n", (int)left);
    return -1;
}

int play_day(Till *till, const char *script)
{
    static Day day;
    size_t found = 0;
    int i;

    memset(&day, 0, sizeof day);
    day.till = till;
    day.lanes = 1;
    if (read_script(&day, script) != 0) return -1;
    if (settle_pending(till, 1, &found) != 0) return -1;
    while (steps_left(&day) > 0) {
        if (begin_what_may(&day) != 0) return -1;
        for (i = 0; i < day.count; i++) {
            if (day.steps[i].progress != STEP_OPEN) continue;
            if (go_on(&day, &day.steps[i]) != 0) return -1;
        }
        if (wait_for_news(till) != 0) return -1;
    }
    return close_day(till);
}
