/*
 * A whole day at the till, played from a script, without a question to anybody. Started again
 * after a power cut it goes on where it was: a step that is in the book is done, any other is begun
 * again under the same name, which is the same payment. One command a line:
 *
 *     lanes 3                                 so many payments may be open at once (1 unless said)
 *     sale s01 vipps phone 4712345678 499.00  a request to the customer's phone
 *     sale s02 smartpay qr - 129.00           the customer scans our code, on screen or paper
 *     sale s03 vipps scan CODE 75.50          we scan what the customer shows
 *     sale s04 smartum hand tx_ABC 18.00      we type what the customer shows
 *     sale s05 mobilepay plate - 65.00        the customer scans the code that stands at the till
 *     cancel s02 500                          the cashier cancels s02 so many ms after it was shown
 *     printer s03 1500                        the receipt of s03 takes so many ms to come
 *     refund r01 s01 100.00                   gives part of s01 back; "all" gives everything back
 *     plate mobilepay till-01                 sets up the code that stands at the till
 *     wait 200                                ms until the next step
 *     draw-codes                              draws the codes of sales
 *
 * Nobody decides here, so a rule does: paid and not booked is rung up; paid after a cancel is
 * given back; unknown is waited for.
 */
#include "till.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_COUNT_MAX = 128,
    WORD_COUNT_MAX = 6,
    OPEN_WAIT_MS = 50,
    CLOSING_MS = 60000,
    SCAN_COUNT_MAX = 2
};

enum step_kind { STEP_SALE, STEP_REFUND, STEP_PLATE, STEP_WAIT };
enum step_progress { STEP_TO_DO, STEP_OPEN, STEP_DONE };

typedef struct Step {
    enum step_kind kind;
    enum step_progress progress;
    char name[32];
    const Method *method;
    char how[8];         /* of a sale: phone, qr, scan, hand or plate */
    char argument[1500]; /* number, code, transaction, the sale to refund, or the till's code */
    int64_t amount;      /* of a refund 0 is all; of a wait it is ms */
    int64_t cancel_ms;   /* or -1 */
    int printer_ms;
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

/* Cuts a line into its words, in place. */
static int split(char *line, char **words)
{
    int count = 0;
    char *word;

    for (word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        if (count == WORD_COUNT_MAX) return -1;
        words[count++] = word;
    }
    return count;
}

/* What belongs to a sale that was named before. */
static int read_habit(Day *day, char *const *words)
{
    Step *step = find_step(day, words[1]);

    if (step == NULL || step->kind != STEP_SALE) return -1;
    if (strcmp(words[0], "cancel") == 0) {
        step->cancel_ms = atoi(words[2]);
    } else {
        step->printer_ms = atoi(words[2]);
    }
    return 0;
}

static int read_sale(Step *step, char *const *words)
{
    step->method = find_method(words[2]);
    snprintf(step->how, sizeof step->how, "%s", words[3]);
    snprintf(step->argument, sizeof step->argument, "%s", words[4]);
    return step->method != NULL ? parse_amount(words[5], &step->amount) : -1;
}

static int read_refund(Day *day, Step *step, char *const *words)
{
    step->kind = STEP_REFUND;
    snprintf(step->argument, sizeof step->argument, "%s", words[2]);
    if (find_step(day, words[2]) == NULL) return -1;
    return strcmp(words[3], "all") == 0 ? 0 : parse_amount(words[3], &step->amount);
}

static int read_line(Day *day, char *line)
{
    char *words[WORD_COUNT_MAX];
    int count = split(line, words);
    Step *step;

    if (count == 0 || (count > 0 && words[0][0] == '#')) return 0;
    if (count == 1 && strcmp(words[0], "draw-codes") == 0) {
        day->draws_codes = 1;
        return 0;
    }
    if (count == 2 && strcmp(words[0], "lanes") == 0) {
        day->lanes = atoi(words[1]);
        return day->lanes > 0 ? 0 : -1;
    }
    if (count == 3 && (strcmp(words[0], "cancel") == 0 || strcmp(words[0], "printer") == 0)) {
        return read_habit(day, words);
    }
    step = count > 1 ? add_step(day, STEP_SALE) : NULL;
    if (step == NULL) return -1;
    snprintf(step->name, sizeof step->name, "%s", words[1]);
    if (count == 6 && strcmp(words[0], "sale") == 0) {
        if (read_sale(step, words) != 0) return -1;
    } else if (count == 4 && strcmp(words[0], "refund") == 0) {
        if (read_refund(day, step, words) != 0) return -1;
    } else if (count == 3 && strcmp(words[0], "plate") == 0) {
        step->kind = STEP_PLATE;
        snprintf(step->argument, sizeof step->argument, "%s", words[2]);
    } else if (count == 2 && strcmp(words[0], "wait") == 0) {
        step->kind = STEP_WAIT;
        step->amount = atoi(words[1]);
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
    if (failed != 0) fprintf(stderr, "%s:%d is not understood\n", path, number);
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

    printf("%-19s decided: %s\n", view->host_ref, words);
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
        printf("%-19s %s\n", view->host_ref, view->cashier_text);
    }
    *told = *view;
}

/* ---- The steps. ---- */

static int begin_step_sale(Day *day, Step *step)
{
    const int by_phone = strcmp(step->how, "phone") == 0;
    const char *approach = step->how;
    char customer[64] = "";
    char details[256];
    int begun;

    if (strcmp(step->how, "hand") == 0) approach = "scan";
    if (strcmp(step->how, "plate") == 0) approach = "check_in";
    if (by_phone) {
        snprintf(customer, sizeof customer, "\"customer\":{\"phone\":\"%.20s\"},", step->argument);
    }
    snprintf(details, sizeof details, "{\"approach\":\"%s\",%s\"description\":\"Sale %s\"}",
             approach, customer, step->name);
    begun = begin_sale(day->till, step->name, step->method, step->amount, details, &step->id);
    /* Another payment of this system has to end first: the next round tries again. */
    step->progress = begun == 1 ? STEP_TO_DO : STEP_OPEN;
    return begun < 0 ? -1 : 0;
}

static int begin_step_refund(Day *day, Step *step)
{
    char sold[REF_SIZE];
    Booking receipt;

    snprintf(sold, sizeof sold, "%.40s-1", step->argument);
    if (!find_booking(day->till, sold, &receipt) || strcmp(receipt.kind, "SALE") != 0) {
        printf("%-19s nothing to give back: %.40s was not paid\n", step->name, step->argument);
        step->progress = STEP_DONE;
        return 0;
    }
    step->progress = STEP_OPEN;
    return begin_refund(day->till, step->name, &receipt, step->amount, &step->id);
}

/* Doing it again, at each start of the till, changes nothing. */
static int begin_step_plate(Day *day, Step *step)
{
    int32_t result = payments_register_till(day->till->ctx, step->name, step->argument, "Counter 1",
                                            &step->id);

    step->progress = STEP_OPEN;
    return result == PAYMENTS_OK ? 0 : complain("payments_register_till", result);
}

static int begin(Day *day, Step *step)
{
    char ref[REF_SIZE];
    Booking earlier;

    if (step->kind == STEP_PLATE) return begin_step_plate(day, step);
    snprintf(ref, sizeof ref, step->kind == STEP_SALE ? "%s-1" : "%s", step->name);
    if (find_booking(day->till, ref, &earlier)) {
        step->progress = STEP_DONE;
        return 0;
    }
    return step->kind == STEP_SALE ? begin_step_sale(day, step) : begin_step_refund(day, step);
}

/* The customer's payment is on the phone's display: scanned, or typed. */
static int take_what_is_shown(Day *day, Step *step)
{
    int32_t result;

    if (step->scans++ == SCAN_COUNT_MAX) {
        printf("%-19s the cashier gives up\n", step->view.host_ref);
        result = payments_cancel(day->till->ctx, step->id);
    } else if (strcmp(step->how, "hand") == 0) {
        result = payments_manual_amount(day->till->ctx, step->id, step->amount, step->argument,
                                        "script");
    } else if (scanned(day->till, &step->view, step->argument) != 0) {
        return -1;
    } else {
        pause_ms(step->printer_ms);
        return 0;
    }
    return result == PAYMENTS_OK ? 0 : complain("what the customer shows", result);
}

/* The code is on the screen, on paper, or stands at the till: the customer's turn. */
static void show_code(Day *day, Step *step)
{
    if (step->drawn) return;
    step->drawn = 1;
    if (step->view.prompt != PAYMENTS_PROMPT_USE_PLATE && day->draws_codes) {
        show_qr(day->till, &step->view);
    }
    printf("%-19s the code is there to be scanned\n", step->view.host_ref);
}

/* The cashier's part in a sale: showing, scanning, and changing one's mind. */
static int act(Day *day, Step *step)
{
    const payments_view *view = &step->view;
    int32_t result;

    switch (view->prompt) {
    case PAYMENTS_PROMPT_SCAN: return take_what_is_shown(day, step);
    case PAYMENTS_PROMPT_SHOW_QR:
    case PAYMENTS_PROMPT_PRINT_QR:
    case PAYMENTS_PROMPT_USE_PLATE: show_code(day, step); break;
    default: break;
    }
    if (view->state != PAYMENTS_STATE_WAITING_FOR_CUSTOMER || step->cancel_ms < 0) return 0;
    if (step->asked_at == 0) step->asked_at = now_ms();
    if (now_ms() - step->asked_at < step->cancel_ms) return 0;
    printf("%-19s the cashier cancels\n", view->host_ref);
    step->cancel_ms = -1;
    result = payments_cancel(day->till->ctx, step->id);
    return result == PAYMENTS_OK ? 0 : complain("payments_cancel", result);
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
        if (say) printf("%-19s found again: %s\n", view.host_ref, view.cashier_text);
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
        if (hand_in_webhook(till) != 0 || wait_for_news(till) != 0) return -1;
    }
    return close_day(till);
}
