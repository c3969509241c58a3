/*
 * What the cashier's menu (register.c) and the scripted day (day.c) share: calls to the library
 * with every result checked, amounts, and the till's own book of receipts.
 */
#ifndef TILL_H
#define TILL_H

#include "payments.h"

#include <stdio.h>

/* The profile of the configuration that this till sells with, and its currency. */
#define TILL_PROFILE "vipps"
#define TILL_CURRENCY "NOK"

enum { REF_SIZE = 72, LINE_SIZE = 512, PENDING_MAX = 64 };

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
    char reference[REF_SIZE];
    int64_t amount;
    char currency[8];
} Booking;

/* Functions that return int give 0 when all is well and -1 when not; then they have said why. */

int till_open(Till *till, const char *config, const char *book_path);
int till_close(Till *till);

/* Says what went wrong, with the library's own explanation. Always gives -1. */
int complain(const char *what, int32_t result);

/* Begins the payment of a sale, or finds it again: the same sale is never charged twice. */
int begin_sale(Till *till, const char *sale, int64_t amount, const char *details, int64_t *id);

/* Begins giving money back. The reference is the one on the receipt; amount 0 is all of it. */
int begin_refund(Till *till, const char *refund, const char *reference, int64_t amount,
                 int64_t *id);

/* Looks at a payment, for at most so long. Fills view->revision, so that the next look waits. */
int look(Till *till, int64_t id, int32_t timeout_ms, payments_view *view);

/* An empty view, ready for the first look. */
payments_view fresh_view(void);

/* Draws the code that the customer scans, in the terminal. */
void show_qr(Till *till, int64_t id);

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
