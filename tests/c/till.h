/* What the test programs share: checks that say what went wrong, a till, the sandbox's admin API.
 * Each program is called as: program CONFIG SANDBOX_PORT FOLDER [more]. */

#ifndef TILL_H
#define TILL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payments.h"

/* Ends the program unless the condition holds. */
#define CHECK(condition) \
    till_check((condition) != 0, #condition, __FILE__, __LINE__)

/* The call must return this code. */
#define EXPECT(code, call) \
    till_expect((code), (call), #code, #call, __FILE__, __LINE__)

/* The call must return this code and leave a text that contains the hint. */
#define EXPECT_HINT(code, hint, call) \
    till_expect_hint((code), (hint), (call), #code, #call, __FILE__, __LINE__)

typedef struct till_arguments {
    const char *config;  /* path of the configuration */
    int port;            /* of the sandbox */
    const char *folder;  /* for files of this run */
    const char *more;    /* or NULL */
} till_arguments;

till_arguments till_begin(int argc, char **argv);

void till_check(int holds, const char *what, const char *file, int line);
void till_expect(int32_t code, int32_t got, const char *name, const char *call,
                 const char *file, int line);
void till_expect_hint(int32_t code, const char *hint, int32_t got, const char *name,
                      const char *call, const char *file, int line);

/* The calling thread's last error, in a static buffer of the thread. */
const char *till_error(void);

/* Milliseconds of a clock that only advances. */
int64_t till_now_ms(void);
void till_sleep_ms(int milliseconds);

/* Fills a request for NOK. details may be NULL; sale_ref becomes tender_ref. */
void till_request(payments_tender_request *request, const char *tender_ref, int64_t amount,
                  const char *details);
int64_t till_tender(payments_ctx *ctx, const char *tender_ref, int64_t amount,
                    const char *details);
int64_t till_refund(payments_ctx *ctx, int64_t tender_id, const char *refund_ref, int64_t amount);

/* Newest view; the call must succeed. */
void till_look(payments_ctx *ctx, int64_t id, payments_view *view);
/* Waits for one state; ends the program after 20 s or when another final state comes. */
void till_wait_state(payments_ctx *ctx, int64_t id, int32_t state, payments_view *view);
/* Waits until the tender shows a prompt. */
void till_wait_prompt(payments_ctx *ctx, int64_t id, int32_t prompt, payments_view *view);

/* One request to the sandbox; returns the HTTP status, the body in answer (may be NULL). */
int till_sandbox(int port, const char *method, const char *path, const char *body, char *answer,
                 size_t cap);
/* A customer with this number scans the code that the tender shows. */
void till_customer_scans(payments_ctx *ctx, int64_t id, int port, const char *phone);
/* "approve", "reject" or "open"; must succeed. */
void till_customer(int port, const char *reference, const char *act);

/* A whole sale by QR code up to PAID. */
int64_t till_paid_by_qr(payments_ctx *ctx, int port, const char *tender_ref, int64_t amount,
                        payments_view *view);

/* A mark that strace shows: an access() of a path that does not exist. */
void till_mark(const char *name);

#define TILL_PHONE "4712345678"

#endif
