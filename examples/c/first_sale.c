/* The smallest honest sale: begin, follow, hand over, confirm. See register.c for a whole till. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "payments.h"

static int failed(const char *what, int code) {
    char why[512];
    payments_last_error(why, sizeof why, NULL);
    fprintf(stderr, "%s: %s: %s\n", what, payments_strerror(code), why);
    return 1;
}

int main(int argc, char **argv) {
    payments_ctx *ctx;
    int code = payments_init(argc > 1 ? argv[1] : "till.json", &ctx);
    if (code != PAYMENTS_OK) return failed("init", code);

    /* The till's own names for the sale and for this attempt to pay it. The same tender_ref again,
       also after a power cut, is the same tender: nobody is charged twice. */
    char name[32];
    snprintf(name, sizeof name, "sale-%" PRIdMAX, (intmax_t)time(NULL));

    payments_tender_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.profile = "vipps";
    request.amount = 49900; /* NOK 499.00 */
    request.currency = "NOK";
    request.sale_ref = name;
    request.tender_ref = name;
    request.details_json = "{\"customer\": {\"phone\": \"4712345678\"}}";

    int64_t id;
    code = payments_begin_tender(ctx, &request, &id);
    if (code != PAYMENTS_OK) return failed("begin", code);

    payments_view view;
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    while (!payments_state_is_final(view.state)) {
        code = payments_poll(ctx, id, 30000, &view); /* returns at each change */
        if (code == PAYMENTS_E_TIMEOUT) continue;
        if (code != PAYMENTS_OK) return failed("poll", code);
        printf("%s\n", view.cashier_text);
        if (view.state == PAYMENTS_STATE_NEEDS_DECISION) break; /* ask the cashier: payments_resolve */
    }

    if (view.state == PAYMENTS_STATE_PAID) {
        printf("Receipt %s: %s\n", name, view.reference);
        code = payments_confirm(ctx, id, name); /* our receipt is booked: the sale is finished */
        if (code != PAYMENTS_OK) return failed("confirm", code);
    }
    payments_shutdown(ctx, 1000);
    return 0;
}
