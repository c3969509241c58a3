/*
 * What the cashier's menu (register.c) and the scripted day (day.c) share: calls to the library
 * with every result checked, amounts, and the till's own book of receipts.
 */
#ifndef TILL_H
#define TILL_H

#include "payments.h"

#include <stdio.h>

enum { REF_SIZE = 72, LINE_SIZE = 2048, PENDING_MAX = 64 };

/* A way to be paid: a profile of the configuration, its currency, and what people call it. This is
 * all that differs from system to system here; the rest is in the views. */
typedef struct Method {
    const char *profile;
    const char *currency;
    const char *name;
} Method;

extern const Method METHODS[];
extern const int METHOD_COUNT;

/* NULL when this till has no such profile. */
const Method *find_method(const char *profile);

typedef struct Till {
    payments_ctx *ctx;
    FILE *book;
    const char *operator_name;
} Till;

/* One line of the book. A sale that ended without money has no receipt: its number is "-". */
typedef struct Booking {
    char receipt[16];   /* R0001, or - */
    char kind[16];      /* SALE, REFUND or UNPAID */
    char ref[REF_SIZE]; /* our tender_ref or refund_ref */
    char profile[64];
    char reference[REF_SIZE];
    int64_t amount; /* what changed hands: customers may have paid a part */
    char currency[8];
} Booking;

/* Functions that return int give 0 when all is well and -1 when not; then they have said why. */

int till_open(Till *till, const char *config, const char *book_path);
int till_close(Till *till);

/* Says what went wrong, with the library's own explanation. Always gives -1. */
int complain(const char *what, int32_t result);

/* Begins the payment of a sale, or finds it again: the same sale is never charged twice. 1 when
 * another payment has to come to its end first. */
int begin_sale(Till *till, const char *sale, const Method *method, int64_t amount,
               const char *details, int64_t *id);

/* Begins giving back what a receipt was for; amount 0 is all of it. */
int begin_refund(Till *till, const char *refund, const Booking *receipt, int64_t amount,
                 int64_t *id);

/* Looks at a payment, for at most so long. Fills view->revision, so that the next look waits. */
int look(Till *till, int64_t id, int32_t timeout_ms, payments_view *view);

/* An empty view, ready for the first look. */
payments_view fresh_view(void);

/* Draws the code that the customer scans: the terminal is both the screen and the printer. */
void show_qr(Till *till, const payments_view *view);

/* What the scanner read, or what was typed in its place. Says what it was. */
int scanned(Till *till, const payments_view *view, const char *text);

/* Hands in the webhook that the shop's web server has put into the file REGISTER_WEBHOOK, if there
 * is one: the profile on the first line, then the header lines, an empty line and the body. */
int hand_in_webhook(Till *till);

/* Whether nothing more will happen that a cashier has to wait for or to decide. */
int is_over(const payments_view *view);

/* Writes the result into the book, then tells the library that it is written. */
int finish(Till *till, const payments_view *view);

/* 1 when the book has a line for this payment, 0 when not. */
int find_booking(Till *till, const char *ref, Booking *found);
int find_receipt(Till *till, const char *receipt, Booking *found);
void print_book(Till *till);

/* Reads 12, 12.5, 12.50 or 12,50 as 1200, 1250, 1250, 1250. No floating point near money. */
int parse_amount(const char *text, int64_t *minor);
const char *amount_text(int64_t minor, char *buf, size_t cap);

/* Plays the script of a whole day without asking anybody. */
int play_day(Till *till, const char *script);

void pause_ms(int ms);
int64_t now_ms(void);

#endif
